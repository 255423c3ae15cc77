"""A derivative of mixed order: the value and the number, by one method or by all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...backends.mixed import Method, Mixed
from ...backends.result import nested
from ...language.figures import raised
from ..arrays import Array
from ..json_values import numbers
from ..latex_cells import aligned, cell
from ..latex_formula import latex_name
from ..view import Cell, Lines, Pairs, Table, View


def views(result: Mixed, *, full: bool = False) -> list[View]:
    """Value and derivative; of several methods a table of what each says."""
    value = _cell(result, result.value)
    label = label_of(result)
    if len(result.methods) == 1:
        (only,) = result.methods
        error = [None, _cell(result, only.estimates)] if only.estimates else []
        return [Pairs([("value", value), (label, _cell(result, only.numbers))], error)]
    rows: list[list[Cell]] = []
    for one in result.methods:
        rows.append([one.name, _cell(result, one.numbers), one.work])
    words = f"{len(result.methods)} methods agree" if not result.disagreements else "\n".join(result.disagreements)
    return [Pairs([("value", value)]), Table(["method", label, "work"], rows), *([] if full else [Lines(words)])]


def label_of(result: Mixed) -> str:
    """d³/dx² dy."""
    order = sum(part.order for part in result.parts)
    below = " ".join(f"d{part.label}{raised(part.order) if part.order > 1 else ''}" for part in result.parts)
    return f"d{raised(order) if order > 1 else ''}/{below}"


def _cell(result: Mixed, found: Sequence[float]) -> Cell:
    return Array(found, result.shape) if result.shape else found[0]


def body(result: Mixed) -> dict[str, Any]:
    """The numbers in the value's shape."""
    found: dict[str, Any] = {
        "kind": "deriv",
        "orders": {part.label: part.order for part in result.parts},
        "value": nested(numbers(result.value), result.shape),
    }
    if len(result.methods) == 1:
        return {**found, **_method(result, result.methods[0])}
    return {
        **found,
        "backends": {one.name: _method(result, one, named=False) for one in result.methods},
        "agree": not result.disagreements,
        "disagreements": result.disagreements,
    }


def _method(result: Mixed, one: Method, *, named: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {"derivative": nested(numbers(one.numbers), result.shape)}
    if named:
        found["backend"] = one.name
    found["work"] = one.work
    if one.estimates:
        found["error_estimate"] = nested(numbers(one.estimates), result.shape)
    return found


def latex(result: Mixed, digits: int) -> str:
    """The derivative as an equation; of several methods the exact one."""
    order = sum(part.order for part in result.parts)
    below = r" \, ".join(
        rf"\partial {_component(part.label)}{f'^{{{part.order}}}' if part.order > 1 else ''}" for part in result.parts
    )
    above = rf"\partial{f'^{{{order}}}' if order > 1 else ''} f"
    last = result.methods[-1].numbers
    return aligned(
        [
            ("f", cell(_cell(result, result.value), digits)),
            (rf"\frac{{{above}}}{{{below}}}", cell(_cell(result, last), digits)),
        ]
    )


def _component(label: str) -> str:
    name, _, places = label.partition("[")
    return latex_name(name) + (rf"_{{{places[:-1]}}}" if places else "")
