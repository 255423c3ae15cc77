"""How a poly is written down: the order of its factors and terms, its signs, its one fraction.

Products: number, powers of inputs, sums of them, functions, sums with functions, brackets. Sums: polynomials in one
base by descending powers, others in the order of the text with the constant last; a sum starts without a minus sign
if it can (1 - x^2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exact import Exact
from ..to_ast import decimal, is_truth
from .poly import Exponent, Factor, Key, Poly, Symbolic, TooLarge, quotient, raised, remembered

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
        coefficient, factors = self._as_in_the_text(key, coefficient)
        if coefficient < 0:
            coefficient, factors = self._turned(coefficient, factors)
        above: list[int] = []
        below: list[int] = []
        factors = self._roots_joined(factors)
        factors.sort(key=self._rank)
        inputs = [factor for factor in factors if self._rank(factor)[0] == POWER]
        if len(inputs) > 1:  # they stand behind the numbers, by age; the text may have another order
            start = factors.index(inputs[0])
            factors[start : start + len(inputs)] = self.algebra.order.of(inputs)
        for base, exponent in factors:
            if not isinstance(exponent, Symbolic) and exponent < 0:
                below.append(self._power(base, -exponent))
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

    def _roots_joined(self, factors: list[Factor]) -> list[Factor]:
        """sqrt(2)*sqrt(3) is written as sqrt(6)."""
        graph = self.graph
        roots: dict[Exponent, int] = {}
        others: list[Factor] = []
        for base, exponent in factors:
            if graph.is_const(base) and type(graph.attrs[base]) is int and not isinstance(exponent, Symbolic):
                roots[exponent] = roots.get(exponent, 1) * graph.attrs[base]
            else:
                others.append((base, exponent))
        return [(graph.const(number), exponent) for exponent, number in roots.items()] + others

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

    def _as_in_the_text(self, key: Key, coefficient: Exact) -> tuple[Exact, list[Factor]]:
        """Every sum as the text has it: x - 1 or 1 - x, and 6*(2*x + 4)^2 rather than 24*(x + 2)^2."""
        algebra = self.algebra
        factors = list(key)
        for place, (base, exponent) in enumerate(factors):
            multiple = algebra.text_multiple.get(base, 1)
            if multiple == 1 or not isinstance(exponent, int):
                continue
            sign = 1 if multiple > 0 else -1
            try:
                other = quotient(coefficient, raised(multiple * sign, exponent))
            except TooLarge:
                other = coefficient
            if _length(other) <= _length(coefficient):
                coefficient = other
            else:
                multiple = sign
            factors[place] = (algebra.multiple(base, multiple), exponent)
            if exponent % 2:
                coefficient *= sign
        return coefficient, factors

    def _turned(self, coefficient: Exact, factors: list[Factor]) -> tuple[Exact, list[Factor]]:
        """-(x - 1) is 1 - x: a minus sign goes into the last sum that can take it."""
        canon = self.algebra.canon
        for place in reversed(range(len(factors))):
            base, exponent = factors[place]
            if isinstance(exponent, int) and exponent % 2 and self.algebra.is_sum(base):
                signs = [value > 0 for value in canon[base].values()]
                if any(signs) and not all(signs):
                    factors[place] = (self.algebra.multiple(base, -1), exponent)
                    return -coefficient, factors
        return coefficient, factors

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
            return (POLYNOMIAL if self.is_polynomial(base) else SUM), base
        return FUNCTION, base

    def is_polynomial(self, root: int) -> bool:
        """Whether only numbers, inputs, and sums of those under whole powers are in it."""
        graph, canon, known = self.graph, self.algebra.canon, self._polynomials

        def below(node: int) -> list[int]:
            return [base for key in canon[node] for base, _ in key] if self.algebra.is_sum(node) else []

        def make(node: int) -> bool:
            if not self.algebra.is_sum(node):
                op = graph.ops[node]
                return op in ("input", "index") or (op == "const" and graph.attrs[node] in ("pi", "e"))
            return all(
                isinstance(exponent, int) and exponent > 0 and known[base]
                for key in canon[node]
                for base, exponent in key
            )

        return remembered(root, known, below, make)

    # -- sums ------------------------------------------------------------------------------------------------

    def sum(self, poly: Poly) -> int:
        """The node of a sum of several terms."""
        signs = {key: self._as_in_the_text(key, value)[0] > 0 for key, value in poly.items()}
        result = -1
        for key in self._order(poly, signs):
            value = poly[key]
            if result < 0:
                result = self.term(key, value)
            elif signs[key]:
                result = self.graph.emit("+", (result, self.term(key, value)))
            else:
                result = self.graph.emit("-", (result, self.term(key, -value)))
        return result

    def _order(self, poly: Poly, signs: dict[Key, bool]) -> list[Key]:
        """The terms of a sum as they are written. signs: whether a term has a plus."""
        if single_base(poly):
            keys = sorted(poly, key=degree, reverse=True)
            if not signs[keys[0]] and signs[keys[-1]]:
                keys.reverse()
            return keys
        keys = [key for key in poly if key]
        if () in poly:
            keys.append(())
        if not signs[keys[0]]:
            for place, key in enumerate(keys):
                if signs[key]:
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


def _length(value: Exact) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _identity(key: Key) -> tuple[tuple[int, bool, Any], ...]:
    return tuple([(base, isinstance(exponent, Symbolic), exponent) for base, exponent in key])
