"""Derivatives of high order as nodes: a bound list of recurrences run over formulas instead of numbers.

Sweeping n times makes a program that grows with every sweep, of 1/(1 + x) exponentially; the recurrence makes O(n²)
nodes. Only for formulas: where something is chosen by a value the list would be that of one side.
"""

from __future__ import annotations

from math import factorial
from typing import Any

from ...graph.build import Builder
from ...graph.exact import Constant
from ...graph.graph import Graph
from .bound import bound
from .recipes import Program


class Formula:
    """A node with the arithmetic that recurrences need."""

    __slots__ = ("build", "node")

    def __init__(self, build: Builder, node: int) -> None:
        self.build = build
        self.node = node

    def _of(self, other: Any) -> int:
        if isinstance(other, Formula):
            return other.node
        number: Constant = other
        return self.build.const(number)

    def __add__(self, other: Any) -> Formula:
        return Formula(self.build, self.build.add(self.node, self._of(other)))

    __radd__ = __add__

    def __neg__(self) -> Formula:
        return Formula(self.build, self.build.neg(self.node))

    def __sub__(self, other: Any) -> Formula:
        return Formula(self.build, self.build.sub(self.node, self._of(other)))

    def __rsub__(self, other: Any) -> Formula:
        return Formula(self.build, self.build.sub(self._of(other), self.node))

    def __mul__(self, other: Any) -> Formula:
        return Formula(self.build, self.build.mul(self.node, self._of(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Formula:
        return Formula(self.build, self.build.div(self.node, self._of(other)))


def derivative_of_order(graph: Graph, output: int, leaf: int, order: int) -> int | None:
    """The node of a number's derivative of this order in a number; None where it has to be swept."""
    if graph.shapes[output] or graph.shapes[leaf] or graph.loops([output]):
        return None
    made = bound(Program(graph, [leaf]), [output], order, None)
    if made is None:
        return None
    build = Builder(graph)
    reals = [Formula(build, node) for node in made.reals]
    (terms,) = made.terms(reals, {leaf: Formula(build, build.one)}, Formula(build, build.zero))
    return build.mul(terms[order].node, build.const(factorial(order)))
