"""Factors of one product that have something in common: what is above and below the line is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exact import Exact, shrink
from .cost import cost, size
from .fractions import taken_out
from .layout import degree, single_base
from .poly import FEW, FEW_FACTORS, Exponent, Factor, Poly, Symbolic, accumulate, common_factors, quotient, raised

if TYPE_CHECKING:
    from fractions import Fraction

    from .algebra import Algebra

#: Polynomials of a higher degree are not divided by one another.
MAX_DEGREE = 12
#: Fractions within fractions are cancelled this deep: each level may be looked at from several sides.
MAX_DEPTH = 3
#: Sums of more terms are not searched.
MANY = 24
#: Longer products are not searched.
MAX_FACTORS = 64


class Cancel:
    """Looks for one pair of factors at a time; what was found out about a sum is remembered."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._common: dict[int, dict[int, Exponent]] = {}
        self._divisors: dict[int, dict[int, int]] = {}
        self._factored: dict[int, Poly | None] = {}
        self._divided: dict[tuple[Factor, Factor], Poly | None] = {}
        self._rests: dict[tuple[int, int, int], int] = {}
        self._depth = 0

    def step(self, powers: dict[int, Exponent], todo: list[Factor]) -> Exact:
        """Take factors that meet out of a product, put what becomes of them into todo; the number that comes out.

        Nothing in todo afterwards: nothing was found.
        """
        algebra = self.algebra
        if len(powers) > MAX_FACTORS or self._depth > MAX_DEPTH:
            return 1
        graph = algebra.graph
        for base in powers:
            if graph.ops[base] == "cofactor" and powers[base] == 1:
                # The cofactors over the determinant are the inverse, transposed.
                determinant = graph.emit("det", graph.args[base])
                power = powers.get(determinant)
                if isinstance(power, int) and power < 0:
                    del powers[base]
                    todo += [(graph.emit("transpose", (graph.emit("inv", graph.args[base]),)), 1), (determinant, 1)]
                    return 1
        sums = [base for base in powers if algebra.is_sum(base)]
        for base in sums:
            exponent = powers[base]
            if isinstance(exponent, Symbolic):
                continue
            if not isinstance(exponent, int):
                # sqrt(1 - x) beside x - 1: the root keeps its sum as it is, so the other one is turned.
                content, other = algebra.primitive(base)
                whole = powers.get(other)
                if other != base and isinstance(whole, int):
                    del powers[other]
                    todo.append((base, whole))
                    return raised(quotient(1, content), whole)
                continue
            shared = self._shared(base)
            for factor, power in (*shared.items(), *self._fractions(base).items()):
                opposite = powers.get(factor)
                if isinstance(power, int) and isinstance(opposite, int) and (power * exponent > 0) != (opposite > 0):
                    count = min(abs(power), abs(opposite) // abs(exponent)) * (1 if power > 0 else -1)
                    if count:
                        del powers[base]
                        todo += [(factor, count * exponent), (self._without(base, factor, count), exponent)]
                        return 1
            if exponent == -1:
                for factor, power in self._fractions(base).items():
                    rest = self._without(base, factor, power)
                    if algebra.is_sum(rest) and size(algebra, rest) + abs(power) // 2 < size(algebra, base):
                        del powers[base]
                        todo += [(factor, -power), (rest, -1)]
                        return 1
            if exponent in (1, -1) and len(powers) > 1 and shared and len(algebra.canon[base]) <= MANY:
                better = self._taken_out(base, shared)
                if better is not None:
                    del powers[base]
                    return self._put_back(better, exponent, todo)
        if 1 < len(sums) <= FEW:
            for above in sums:
                for below in sums:
                    better = self._quotient((above, powers[above]), (below, powers[below]))
                    if better is not None:
                        del powers[above], powers[below]
                        return self._put_back(better, 1, todo)
        return 1

    def _put_back(self, poly: Poly, exponent: int, todo: list[Factor]) -> Exact:
        ((key, value),) = poly.items()
        todo += [(base, self.algebra.scale_exponent(power, exponent)) for base, power in key]
        return raised(value, exponent)

    def _shared(self, base: int) -> dict[int, Exponent]:
        if base not in self._common:
            self._common[base] = common_factors(self.algebra.canon[base])
        return self._common[base]

    def _fractions(self, base: int) -> dict[int, int]:
        """What some terms of a sum are divided by: x -> -2 for 1 + 1/x^2."""
        if base not in self._divisors:
            lowest: dict[int, int] = {}
            terms = self.algebra.canon[base]
            for key in terms if len(terms) <= MANY else ():
                for factor, power in key:
                    if isinstance(power, int) and power < lowest.get(factor, 0):
                        lowest[factor] = power
            shared = self._shared(base)
            self._divisors[base] = {factor: power for factor, power in lowest.items() if factor not in shared}
        return self._divisors[base]

    def _without(self, base: int, factor: int, count: int) -> int:
        """A sum divided by a power of something."""
        known = self._rests.get((base, factor, count))
        if known is None:
            rest: Poly = {}
            self._depth += 1
            for key, value in self.algebra.canon[base].items():
                accumulate(rest, self.algebra.product(value, [*key, (factor, -count)]))
            self._depth -= 1
            known = self._rests[base, factor, count] = self.algebra.node(rest)
        return known

    def _taken_out(self, base: int, shared: dict[int, Exponent]) -> Poly | None:
        """A sum that is a factor with what its terms share outside: x*(exp(x^2) + 1); None if that is not shorter."""
        if base not in self._factored:
            algebra = self.algebra
            poly = algebra.canon[base]
            result = taken_out(algebra, poly, list(shared.items()))
            few = len(result) == 1 and len(next(iter(result))) <= FEW_FACTORS
            saved = cost(algebra, poly) - cost(algebra, result)
            # Between x^3 - 3*x and x*(x^2 - 3) the text has the choice.
            good = few and (saved > 0 or (saved == 0 and not algebra.layout.is_polynomial(base)))
            self._factored[base] = result if good else None
        return self._factored[base]

    def _quotient(self, above: Factor, below: Factor) -> Poly | None:
        """Two polynomials above and below the line without their common divisor, or None: (x^2 - 1)/(x - 1)."""
        if not isinstance(above[1], int) or not isinstance(below[1], int) or not above[1] > 0 > below[1]:
            return None
        if (above, below) not in self._divided:
            self._divided[above, below] = None
            algebra = self.algebra
            divisor = common_divisor(algebra.canon[above[0]], algebra.canon[below[0]])
            if divisor is not None:
                parts: list[Factor] = [(algebra.node(divisor), above[1] + below[1])]
                for base, exponent in (above, below):
                    parts.append((algebra.node(divided(algebra.canon[base], divisor)), exponent))
                result = algebra.product(1, parts)
                if len(result) > 1:
                    result = {((algebra.node(result), 1),): 1}
                before: Poly = {tuple(sorted((above, below))): 1}
                if cost(algebra, result) < cost(algebra, before):
                    self._divided[above, below] = result
        return self._divided[above, below]


def common_divisor(one: Poly, other: Poly) -> Poly | None:
    """The greatest common divisor of two polynomials in one and the same base, if it is not a number (Euclid)."""
    base = _polynomial_base(one)
    if base is None or _polynomial_base(other) != base:
        return None
    a, b = _coefficients(one), _coefficients(other)
    while b:
        a, b = b, _remainder(a, b)[1]
    if len(a) < 2:
        return None
    return {((base, power),) if power else (): shrink(value / a[-1]) for power, value in enumerate(a) if value}


def divided(one: Poly, other: Poly) -> Poly:
    """A polynomial divided by one that divides it."""
    base = _polynomial_base(one)
    assert base is not None
    result, rest = _remainder(_coefficients(one), _coefficients(other))
    assert not rest
    return {((base, power),) if power else (): shrink(value) for power, value in enumerate(result) if value}


def _polynomial_base(poly: Poly) -> int | None:
    if not single_base(poly) or len(poly) > MAX_DEGREE + 1:
        return None
    base: int | None = None
    for key, value in poly.items():
        power = degree(key)
        if not isinstance(power, int) or not 0 <= power <= MAX_DEGREE or abs(value.numerator).bit_length() > 64:
            return None
        if key:
            base = key[0][0]
    return base


def _coefficients(poly: Poly) -> list[Fraction]:
    from fractions import Fraction

    result = [Fraction(0)] * (1 + max(degree(key) for key in poly))
    for key, value in poly.items():
        result[degree(key)] = Fraction(value)
    return result


def _remainder(a: list[Fraction], b: list[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
    """Quotient and remainder of polynomials, by ascending powers, without leading zeros."""
    rest = a.copy()
    result = [a[0] * 0] * max(0, len(a) - len(b) + 1)
    while len(rest) >= len(b):
        factor = rest[-1] / b[-1]
        shift = len(rest) - len(b)
        result[shift] = factor
        for place, value in enumerate(b):
            rest[place + shift] -= factor * value
        while rest and not rest[-1]:
            rest.pop()
    return result, rest
