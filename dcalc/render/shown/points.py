"""An expression at the rows of a table: the first of them and the last."""

from __future__ import annotations

from typing import Any

from ...commands.over_points import Shown
from ..view import Cell, Table, View

#: What stands in a row for those that are left out.
GAP = "…"


def views(result: Shown, *, full: bool = False) -> list[View]:
    """A table; words where there are neither."""
    rows: list[list[Cell]] = [[_cell(cell) for cell in row] for row in result.first]
    hidden = result.rows - len(result.first) - len(result.last)
    if hidden:
        rows.append([f"{hidden:,} more" if not k else GAP for k in range(len(result.columns))])
    rows += [[_cell(cell) for cell in row] for row in result.last]
    return [Table(result.columns, rows)]


def _cell(cell: Any) -> Cell:
    if isinstance(cell, (float, str)) or cell is None:
        return "" if cell is None else cell
    return str(cell)


def body(result: Shown) -> dict[str, Any]:
    """The same as data."""
    return {
        "kind": result.kind,
        "columns": result.columns,
        "rows": [*result.first, *result.last],
        "counts": result.tally,
    }
