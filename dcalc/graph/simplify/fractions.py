"""Sums over one denominator, multiplied out, and with common factors outside: other shapes of the same value."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from .poly import FEW, Exponent, Factor, Poly, Symbolic, accumulate, common_factors, times

if TYPE_CHECKING:
    from .algebra import Algebra

#: What is multiplied out has no more terms and no higher powers than these.
MOST_TERMS, MOST_POWER = 24, 3
#: Polynomials are tried for factors if they have a degree below this; the product of (degree + 1) in several unknowns.
MOST_PLACES = 30


def taken_out(algebra: Algebra, poly: Poly, outside: list[Factor]) -> Poly:
    """A sum as a product with factors that all of its terms have."""
    inverse = [(base, algebra.scale_exponent(exponent, -1)) for base, exponent in outside]
    rest: Poly = {}
    for key, value in poly.items():
        accumulate(rest, algebra.product(value, [*key, *inverse]))
    return algebra.product(1, [(algebra.node(rest), 1), *outside]) if outside else poly


def multiplied(algebra: Algebra, one: Poly, other: Poly) -> Poly:
    """The product of two sums, multiplied out."""
    result: Poly = {}
    for a, x in one.items():
        for b, y in other.items():
            accumulate(result, algebra.product(times(x, y), [*a, *b]))
    return result


def opens(algebra: Algebra, factor: Factor) -> bool:
    """Whether a factor is a sum that may be multiplied out."""
    base, exponent = factor
    return (
        isinstance(exponent, int)
        and 0 < exponent <= MOST_POWER
        and algebra.is_sum(base)
        and len(algebra.canon[base]) ** exponent <= MOST_TERMS
    )


def expanded(algebra: Algebra, poly: Poly) -> Poly | None:
    """The sum of all products, multiplied out; None where there is nothing to do, or too much."""
    result: Poly = {}
    found = False
    for key, value in poly.items():
        opened = [factor for factor in key if opens(algebra, factor)]
        part: Poly = {tuple([factor for factor in key if factor not in opened]): value}
        found = found or bool(opened)
        for base, exponent in opened:
            for _ in range(exponent):  # type: ignore[arg-type]  # a whole number, see `opens`
                part = multiplied(algebra, part, algebra.canon[base])
                if len(part) > MOST_TERMS:
                    return None
        accumulate(result, part)
    return result if found and len(result) <= MOST_TERMS else None


def denominators(poly: Poly) -> dict[int, Exponent]:
    """What some terms of a sum are divided by: base -> the lowest power."""
    lowest: dict[int, Exponent] = {}
    for key in poly:
        for base, exponent in key:
            if not isinstance(exponent, Symbolic) and exponent < lowest.get(base, 0):  # type: ignore[operator]
                lowest[base] = exponent
    return lowest


def numerator(algebra: Algebra, poly: Poly, below: dict[int, Exponent]) -> Poly:
    """A sum times what it is divided by."""
    result: Poly = {}
    for key, value in poly.items():
        powers = dict(key)
        for base, exponent in below.items():
            powers[base] = algebra.add_exponents(powers.get(base, 0), algebra.scale_exponent(exponent, -1))
        accumulate(result, algebra.product(value, list(powers.items())))
    return result


def divided(algebra: Algebra, above: Poly, below: dict[int, Exponent]) -> Poly:
    """A sum over a denominator: a product."""
    if not above:
        return {}
    if len(above) > 1:
        return algebra.product(1, [(algebra.node(above), 1), *below.items()])
    ((key, value),) = above.items()
    return algebra.product(value, [*key, *below.items()])


def shared_out(algebra: Algebra, poly: Poly) -> tuple[Poly | None, Poly | None]:
    """A sum with exponentials and sums that all terms have outside; with all that they have outside.

    Exponentials come out as every textbook has it: exp(x)*(sin(x) + cos(x)), x^x*(log(x) + 1), and so do sums,
    (x^2 + 1)^2*(…). Other factors stay where the product rule has put them, 2*x*sin(x) + x^2*cos(x), unless it pays.
    """
    shared = list(common_factors(poly).items())
    usual = [
        (base, exponent)
        for base, exponent in shared
        if isinstance(exponent, Symbolic)
        or algebra.graph.ops[base] in ("exp", "exp2")
        or (exponent > 0 and algebra.is_sum(base))
    ]
    one = taken_out(algebra, poly, usual) if usual else None
    other = taken_out(algebra, poly, shared) if len(shared) > len(usual) else None
    return one, other


def factored(algebra: Algebra, poly: Poly) -> Poly | None:
    """A small polynomial as a product of several sums over the rationals; None where it is none, or too large."""
    from .factors import factored as factors_of

    tops: dict[int, int] = {}
    for key in poly:
        for base, exponent in key:
            if not isinstance(exponent, int) or exponent < 0 or algebra.is_sum(base):
                return None
            tops[base] = max(tops.get(base, 0), exponent)
    if not 1 < len(poly) <= FEW or max(tops.values()) < 2 or prod([top + 1 for top in tops.values()]) > MOST_PLACES:
        return None
    number, parts = factors_of(poly)
    if sum([power for part, power in parts if len(part) > 1]) < 2:
        return None
    factors: list[Factor] = []
    for part, power in parts:
        if len(part) > 1:
            factors.append((algebra.node(part), power))
        else:
            factors += [(base, times(own, power)) for ((base, own),) in part]  # type: ignore[arg-type]  # whole numbers
    return algebra.product(number, factors)
