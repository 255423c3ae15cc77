"""The table's formulas at 50 digits, over the oracle's functions: an interpreter of the tree in twenty lines."""

from __future__ import annotations

from collections.abc import Mapping

from mpmath import mp, mpf
from oracle import VALUES, Number

from dcalc.graph.calls import formula
from dcalc.language import ast
from dcalc.primitives import ALIASES
from dcalc.primitives.entry import Primitive


def evaluate_formula(text: str, names: Mapping[str, Number]) -> Number:
    """The value of one of the table's formulas at the working precision."""
    constants = {"pi": +mp.pi, "e": +mp.e, "inf": mp.inf, "nan": mp.nan}
    return _evaluate(formula(text), {**constants, **names})


def _evaluate(node: ast.Node, names: Mapping[str, Number]) -> Number:
    if isinstance(node, ast.Number):
        return mpf(node.text)
    if isinstance(node, ast.Name):
        return names[node.name]
    if isinstance(node, ast.Iverson):
        return _evaluate(node.children[0], names)
    assert isinstance(node, ast.Call)
    name = ALIASES.get(node.function, node.function)
    if name == "if":  # the other branch may be infinite
        condition, first, second = node.children
        return _evaluate(first if _evaluate(condition, names) else second, names)
    args = [_evaluate(child, names) for child in node.children]
    return VALUES[name](*args)


def at_point(entry: Primitive, point: tuple[float, ...]) -> dict[str, Number]:
    """The names of an entry's formulas at a point of doubles: its parameters and the result."""
    values = [mpf(x) for x in point]
    return {**dict(zip(entry.parameters, values, strict=True)), "y": VALUES[entry.name](*values)}
