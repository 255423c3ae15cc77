"""A dual number: `4 + 4ε`; a small array of them in brackets, a large one by its parts."""

from __future__ import annotations

from typing import Any

from ...backends.dual import DualValue
from ..arrays import array_of
from ..duals import Duals, latex_dual
from ..json_values import nested_value
from ..view import Cell, Pairs, View, cell_of

#: Arrays of more dual numbers are shown part by part.
MOST_INLINE = 9


def views(result: DualValue, *, full: bool = False) -> list[View]:
    """The number as it is written; full: its parts, a line for each."""
    arrays = [array_of(part) for part in result.parts]
    shape = arrays[0].shape
    if not full and len(arrays[0].numbers) <= MOST_INLINE:
        numbers = list(zip(*(array.numbers for array in arrays), strict=True))
        return [Pairs([(result.name or "", Duals(numbers, shape))])]
    labels = ["real", *(("ε" if k == 1 else f"ε^{k}") for k in range(1, len(arrays)))]
    items: list[tuple[str, Cell]] = [
        (f"{result.name} {label}" if result.name else label, cell_of(part))
        for label, part in zip(labels, result.parts, strict=True)
    ]
    return [Pairs(items)]


def body(result: DualValue) -> dict[str, Any]:
    """The parts: [a, b, …], each nested lists for an array."""
    found: dict[str, Any] = {"kind": "dual", "dual": [nested_value(part) for part in result.parts]}
    if result.name is not None:
        found["name"] = result.name
    return found


def latex(result: DualValue, digits: int) -> str:
    r"""`4 + 4\varepsilon`; an array of dual numbers is written as an array of its real parts plus one times ε."""
    from ..latex_cells import array_of_numbers
    from ..latex_formula import latex_name

    arrays = [array_of(part) for part in result.parts]
    if not arrays[0].shape:
        text = latex_dual([array.numbers[0] for array in arrays], digits)
    else:
        powers = ["", r" \varepsilon", *(rf" \varepsilon^{{{k}}}" for k in range(2, len(arrays)))]
        shown = zip(arrays, powers, strict=False)
        text = " + ".join(array_of_numbers(array, digits) + power for array, power in shown)
    return f"{latex_name(result.name)} = {text}" if result.name else text
