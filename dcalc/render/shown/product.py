"""A product of derivatives with a vector: the value, what was differentiated, and its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...backends.products import Product
from ...backends.result import Compared, Derived, nested
from ...backends.rows import Matrix
from ...graph.shapes import Shape
from ..arrays import Array
from ..derivatives import compared_views, derived_views
from ..json_ import compared_body, derivative_body, derived_body
from ..json_values import numbers
from ..latex_cells import aligned, cell
from ..latex_formula import latex_name
from ..view import Cell, Pairs, Table, View

#: What is differentiated in the end.
THROUGH = {"vjp": "u·f", "hvp": "∇f·v"}


def views(result: Product, *, full: bool = False) -> list[View]:
    """As a gradient or a Jacobian is shown, with the function's own value in front."""
    answer = result.answer
    if result.kind == "jvp":
        return compared_views(answer, full=full) if isinstance(answer, Compared) else derived_views(answer, full=full)
    through = THROUGH[result.kind]
    value = _array(result.value, result.shape)
    if isinstance(answer, Compared):
        table, *rest = compared_views(answer, full=full)
        assert isinstance(table, Table)
        rows = [[_label(str(row[0]), through), *row[1:]] for row in table.rows]
        return [Pairs([("value", value)]), table._replace(rows=rows), *rest]
    (pairs,) = derived_views(answer, full=full)
    assert isinstance(pairs, Pairs)
    items = [(_label(label, through), cell) for label, cell in pairs.items]
    return [pairs._replace(items=[("value", value), *items], errors=[None, *pairs.errors] if pairs.errors else [])]


def _label(label: str, through: str) -> str:
    """`value` is that of what was differentiated, `d/dx` its derivative."""
    return through if label == "value" else label.replace("d/", f"d({through})/", 1)


#: The product in LaTeX, and what was differentiated on the way.
_SYMBOLS = {"jvp": ("J v", ""), "vjp": (r"u^{\mathsf{T}} J", r"u \cdot f"), "hvp": ("H v", r"\nabla f \cdot v")}


def latex(result: Product, digits: int) -> str:
    """Equations: the value, and the product as an array for each input."""
    found, (symbol, through) = result.first, _SYMBOLS[result.kind]
    lines = [("f", cell(_array(result.value, result.shape), digits))]
    if result.kind == "jvp":
        lines.append((symbol, cell(_array([row[0] for row in found.entries[0]], result.shape), digits)))
        return aligned(lines)
    lines.append((through, cell(found.value[0], digits)))
    start = 0
    for variable in found.variables:
        numbers_of = list(found.entries[0][0][start : start + variable.size])
        name = rf"\left({symbol}\right)_{{{latex_name(variable.name)}}}"
        lines.append((name, cell(_array(numbers_of, variable.shape), digits)))
        start += variable.size
    return aligned(lines)


def _array(numbers_of: Sequence[float], shape: Shape) -> Cell:
    return Array(numbers_of, shape) if shape else numbers_of[0]


def body(result: Product) -> dict[str, Any]:
    """The value, and the product in the shape that it has: the value's for a jvp, by input otherwise."""
    answer = result.answer
    form = _tangent if result.kind == "jvp" else derivative_body
    found = compared_body(answer, form) if isinstance(answer, Compared) else derived_body(answer, form)
    if result.kind == "jvp":
        del found["wrt"]
    value = nested(numbers(result.value), result.shape)
    return {**found, "kind": result.kind, "value": value, "u" if result.kind == "vjp" else "v": result.vector}


def _tangent(result: Derived, entries: Sequence[Matrix]) -> Any:
    """A derivative in one number, in the shape of the value."""
    return nested(numbers([row[0] for row in entries[0]]), result.shape)
