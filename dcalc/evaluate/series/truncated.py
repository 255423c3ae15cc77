"""Numbers that are power series in several ε's: the terms of one series are series in the next.

A bound list of recurrences does not ask what its numbers are, so that mixed derivatives of high order come out of the
same loops: the values that the outer list starts from are series in the inner ε, computed by an inner list. Nothing is
interpolated, no digits are lost. (The box of orders is computed in full: for few variables of high order.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import mul
from typing import Any

from ..scalar import Point
from .bound import bound
from .recipes import Program


class Truncated:
    """c₀ + c₁ε + … up to an order, with the arithmetic that recurrences need."""

    __slots__ = ("terms",)

    def __init__(self, terms: list[Any]) -> None:
        self.terms = terms

    def __bool__(self) -> bool:
        return bool(self.terms[0])

    def __add__(self, other: Any) -> Truncated:
        if isinstance(other, Truncated):
            return Truncated([a + b for a, b in zip(self.terms, other.terms, strict=True)])
        return Truncated([self.terms[0] + other, *self.terms[1:]])

    __radd__ = __add__

    def __neg__(self) -> Truncated:
        return Truncated([-term for term in self.terms])

    def __sub__(self, other: Any) -> Truncated:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Truncated:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Truncated:
        if isinstance(other, Truncated):
            u, v = self.terms, other.terms
            return Truncated([sum(map(mul, u, v[k::-1])) for k in range(len(u))])
        return Truncated([term * other for term in self.terms])

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Truncated:
        if not isinstance(other, Truncated):
            return Truncated([term / other for term in self.terms])
        u, v = self.terms, other.terms
        found: list[Any] = []
        for k, term in enumerate(u):
            found.append((term - sum(map(mul, v[1 : k + 1], found[::-1]))) / v[0] if k else term / v[0])
        return Truncated(found)

    def __rtruediv__(self, other: Any) -> Truncated:
        return Truncated([other, *[0 * other] * (len(self.terms) - 1)]) / self


def mixed(
    programs: Sequence[tuple[Program, int, int]],
    outputs: Sequence[int],
    point: Point,
    value: Callable[[int], Any],
) -> list[Any] | None:
    """The series of outputs in several ε's, the first outermost: `Truncated` of `Truncated` … of floats.

    programs: for each ε its program over one graph, its leaf and the order. value: the values of nodes at the point.
    None where a list of recurrences cannot be made. ZeroDivisionError where a divisor has no real part.
    """
    if not programs:
        return [value(node) for node in outputs]
    program, leaf, order = programs[0]
    made = bound(program, outputs, order, value)
    if made is None:
        return None
    inner = mixed(programs[1:], made.reals, point, value)
    if inner is None:
        return None
    return [Truncated(terms) for terms in made.terms(inner, {leaf: 1.0}, 0.0)]


def term(series: Any, orders: Sequence[int]) -> float:
    """A coefficient of what `mixed` gives. What does not depend on an ε is a number among the series."""
    for place, k in enumerate(orders):
        if not isinstance(series, Truncated):
            return float(series) if not any(orders[place:]) else 0.0
        series = series.terms[k]
    return float(series)
