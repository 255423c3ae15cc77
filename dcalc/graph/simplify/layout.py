"""How a poly is written down: the order of its factors and terms, its signs, its one fraction.

Products: number, powers of inputs, sums of them, functions, sums with functions, brackets. Sums: polynomials in one
base by descending powers, others in the order of the text with the constant last; a sum starts without a minus sign
if it can (1 - x^2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exact import Exact
from ..to_ast import decimal, is_truth
from .poly import Exponent, Factor, Key, Poly, Symbolic

if TYPE_CHECKING:
    from .algebra import Algebra

# Ranks of factors in a product.
NUMBER, POWER, POLYNOMIAL, FUNCTION, SUM, BRACKET = range(6)


class Layout:
    """Writes polys into the graph."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.graph = algebra.graph
        self._polynomials: dict[int, bool] = {}

    # -- products --------------------------------------------------------------------------------------------

    def term(self, key: Key, coefficient: Exact) -> int:
        """The node of a number times a product of powers: one fraction, one sign."""
        emit, const = self.graph.emit, self.graph.const
        coefficient, factors = self._signs(key, coefficient)
        above: list[int] = []
        below: list[int] = []
        factors.sort(key=self._rank)
        inputs = [factor for factor in factors if self._rank(factor)[0] == POWER]
        if len(inputs) > 1:  # they stand behind the numbers, by age; the text may have another order
            start = factors.index(inputs[0])
            factors[start : start + len(inputs)] = self.algebra.order.of(inputs)
        for base, exponent in factors:
            if self._is_negative(exponent):
                below.append(self._power(base, self.algebra.scale_exponent(exponent, -1)))
            else:
                above.append(self._power(base, exponent))
        number: Exact = coefficient.numerator
        if coefficient.denominator != 1:
            if not key or (
                self.algebra.decimals and decimal(abs(coefficient.numerator), coefficient.denominator) is not None
            ):
                number = coefficient
            else:
                below.insert(0, const(coefficient.denominator))
        if number == -1 and above:
            above[0] = emit("neg", (above[0],))
        elif number != 1 or not above:
            above.insert(0, const(number))
        node = self._chain(above)
        return emit("/", (node, self._chain(below))) if below else node

    def _chain(self, nodes: list[int]) -> int:
        result = nodes[0]
        for node in nodes[1:]:
            result = self.graph.emit("*", (result, node))
        return result

    def _power(self, base: int, exponent: Exponent) -> int:
        if isinstance(exponent, Symbolic):
            return self.graph.emit("^", (base, exponent.node))
        if exponent == 1:
            return base
        if exponent.numerator == 1 and exponent.denominator == 2:
            return self.graph.emit("sqrt", (base,))
        return self.graph.emit("^", (base, self.graph.const(exponent)))

    def _is_negative(self, exponent: Exponent) -> bool:
        """Whether a power is written below the line."""
        if not isinstance(exponent, Symbolic):
            return exponent < 0
        return all(value < 0 for value in self.algebra.poly(exponent.node).values())

    def _signs(self, key: Key, coefficient: Exact) -> tuple[Exact, list[Factor]]:
        """Turn sums around, x - 1 into 1 - x, where that saves a minus sign or is how the text has it."""
        factors = list(key)
        turnable = -1
        for place, (base, exponent) in enumerate(factors):
            if not isinstance(exponent, int) or not self.algebra.is_sum(base):
                continue
            turned = self.algebra.orientation.get(base, 1) < 0
            if exponent % 2 == 0:
                if turned:
                    factors[place] = (self.algebra.negated(base), exponent)
            elif any(value < 0 for value in self.algebra.canon[base].values()) and (turnable < 0 or turned):
                turnable = place
        if coefficient < 0 and turnable >= 0:
            base, exponent = factors[turnable]
            factors[turnable] = (self.algebra.negated(base), exponent)
            coefficient = -coefficient
        return coefficient, factors

    def _turns(self, key: Key) -> bool:
        """Whether a minus sign goes into a sum that the text has the other way round."""
        algebra = self.algebra
        return any(
            isinstance(exponent, int)
            and exponent % 2
            and algebra.orientation.get(base, 1) < 0
            and any(value < 0 for value in algebra.canon[base].values())
            for base, exponent in key
        )

    def _rank(self, factor: Factor) -> tuple[int, int]:
        base, exponent = factor
        op = self.graph.ops[base]
        if op == "const":
            return (FUNCTION if isinstance(exponent, Symbolic) else NUMBER, base)
        if is_truth(self.graph, base):
            return BRACKET, base
        if not isinstance(exponent, int):
            return FUNCTION, base
        if op in ("input", "index"):
            return POWER, base
        if self.algebra.is_sum(base):
            return (POLYNOMIAL if self._is_polynomial(base) else SUM), base
        return FUNCTION, base

    def _is_polynomial(self, base: int) -> bool:
        known = self._polynomials.get(base)
        if known is None:
            known = self._polynomials[base] = is_polynomial(self.algebra, self.algebra.canon[base])
        return known

    # -- sums ------------------------------------------------------------------------------------------------

    def sum(self, poly: Poly) -> int:
        """The node of a sum of several terms."""
        result = -1
        for key in self.order(poly):
            value = poly[key]
            if result < 0:
                result = self.term(key, value)
            elif value < 0 and not self._turns(key):
                result = self.graph.emit("-", (result, self.term(key, -value)))
            else:
                result = self.graph.emit("+", (result, self.term(key, value)))
        return result

    def order(self, poly: Poly) -> list[Key]:
        """The terms of a sum as they are written."""
        single = single_base(poly)
        keys = [key for key in poly if key]
        if single:
            keys = sorted(poly, key=degree, reverse=True)
            if poly[keys[0]] < 0 < poly[keys[-1]]:
                keys.reverse()
            return keys
        if () in poly:
            keys.append(())
        if poly[keys[0]] < 0:
            for place, key in enumerate(keys):
                if poly[key] > 0:
                    keys.insert(0, keys.pop(place))
                    break
        return keys

    def leading(self, poly: Poly) -> Key:
        """The term whose coefficient gives a sum its sign; the same whatever the order of the terms."""
        if single_base(poly):
            return max(poly, key=degree)
        return min((key for key in poly if key), key=_identity)


def single_base(poly: Poly) -> bool:
    """Whether every term is a rational power of one and the same base."""
    base = -1
    for key in poly:
        if key:
            if len(key) > 1 or isinstance(key[0][1], Symbolic) or base not in (-1, key[0][0]):
                return False
            base = key[0][0]
    return True


def degree(key: Key) -> Any:
    """The exponent in a term of a polynomial in one base."""
    return key[0][1] if key else 0


def _identity(key: Key) -> tuple[tuple[int, bool, Any], ...]:
    return tuple([(base, isinstance(exponent, Symbolic), exponent) for base, exponent in key])


def is_polynomial(algebra: Algebra, poly: Poly) -> bool:
    """Whether only numbers, inputs, and sums of those in brackets of whole positive powers are in it."""
    graph = algebra.graph
    seen: set[int] = set()
    todo = [poly]
    while todo:
        for key in todo.pop():
            for base, exponent in key:
                if not isinstance(exponent, int) or exponent < 0:
                    return False
                if base in seen or graph.ops[base] in ("input", "index"):
                    continue
                seen.add(base)
                if graph.ops[base] == "const":
                    if graph.attrs[base] not in ("pi", "e"):
                        return False
                elif algebra.is_sum(base):
                    todo.append(algebra.canon[base])
                else:
                    return False
    return True
