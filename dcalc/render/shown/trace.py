"""A trace: the table of steps."""

from __future__ import annotations

from typing import Any

from ...commands.trace import Trace
from ...language import ast, unparse
from ..json_values import nested_value
from ..view import Cell, Table, View, cell_of


def views(result: Trace, *, full: bool = False) -> list[View]:
    """The table with its caption."""
    if result.mode == "dual":
        headers = ["step", "formula", "value", "derivative"]
        rows: list[list[Cell]] = [[r.name, r.formula, cell_of(r.value), cell_of(r.other)] for r in result.rows]
        return [Table(headers, rows, f"dual numbers (value, derivative), derivative in {result.subject}")]
    other = "tangent" if result.mode == "forward" else "adjoint"
    rows = [[r.name, r.formula, cell_of(r.value), r.other_name, r.other_formula, cell_of(r.other)] for r in result.rows]
    caption = (
        f"seed {result.subject}" if result.mode == "forward" else f"adjoints of {result.subject}, computed upwards"
    )
    return [Table(["primal", "formula", "value", other, "formula", "value"], rows, caption)]


def body(result: Trace) -> dict[str, Any]:
    """The steps."""

    def text(tree: ast.Node | None) -> str | None:
        return None if tree is None else unparse(tree)

    other = "adjoint" if result.mode == "reverse" else "tangent"
    steps = [
        {
            "name": row.name,
            "formula": text(row.formula),
            "value": nested_value(row.value),
            other: nested_value(row.other),
            f"{other}_formula": text(row.other_formula),
        }
        for row in result.rows
    ]
    return {"kind": "trace", "mode": result.mode, "subject": result.subject, "steps": steps}


def latex(result: Trace, digits: int) -> str:
    """The table as an array."""
    from ..latex_cells import cell, table
    from ..latex_formula import latex_name

    rows = []
    for row in result.rows:
        cells = [latex_name(row.name), cell(row.formula, digits), cell(cell_of(row.value), digits)]
        if result.mode != "dual":
            cells += [latex_name(row.other_name), cell(row.other_formula, digits)]
        rows.append([*cells, cell(cell_of(row.other), digits)])
    if result.mode == "dual":
        return table("llrr", ["step", "formula", "value", "derivative"], rows)
    other = "tangent" if result.mode == "forward" else "adjoint"
    return table("llr|llr", ["primal", "formula", "value", other, "formula", "value"], rows)
