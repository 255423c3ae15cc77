"""Factors of a polynomial in several unknowns over the rationals.

Numbers and powers that all terms have come out; what is homogeneous loses an unknown; in one unknown it is Zassenhaus'
work (`univariate`); several become one by Kronecker's substitution, and factors of that are tried together.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product as choices
from math import gcd, lcm, prod

from ..exact import Exact, shrink
from . import univariate
from .poly import Factor, Poly, Symbolic, TooLarge

#: Exponents of the unknowns -> coefficient.
Terms = dict[tuple[int, ...], int]

#: How many products of Kronecker's factors are tried.
MOST_TRIALS = 5000


def factored(poly: Poly) -> tuple[Exact, list[tuple[Poly, int]]]:
    """A number, and irreducible polynomials with whole coefficients and their powers. Raises TooLarge.

    A root of an unknown is the unknown: x - 1 is no product, x - sqrt(x) is sqrt(x)*(sqrt(x) - 1).
    """
    unknowns: dict[object, int] = {}
    roots: dict[object, int] = {}
    for key in poly:
        for factor in key:
            name = _unknown(factor)
            unknowns.setdefault(name, len(unknowns))
            if not isinstance(factor[1], Symbolic):
                roots[name] = lcm(roots.get(name, 1), factor[1].denominator)
    content = Fraction(gcd(*[v.numerator for v in poly.values()]), lcm(*[v.denominator for v in poly.values()]))
    terms: Terms = {}
    for key, value in poly.items():
        powers = [0] * len(unknowns)
        for factor in key:
            name, exponent = _unknown(factor), factor[1]
            powers[unknowns[name]] = 1 if isinstance(exponent, Symbolic) else int(exponent * roots.get(name, 1))
        terms[tuple(powers)] = int(value / content)
    sign = -1 if terms[max(terms)] < 0 else 1
    lowest = tuple(map(min, zip(*terms, strict=True)))
    terms = {_minus(powers, lowest): value * sign for powers, value in terms.items()}
    found = [(part, power) for part, power in _factors(terms)]
    # Factors may begin with a minus sign in this order of the unknowns: Kronecker's line has another one.
    if sum(power for part, power in found if part[max(part)] < 0) % 2:
        sign = -sign
    for place, power in enumerate(lowest):
        if power:
            found.insert(0, ({tuple([int(k == place) for k in range(len(unknowns))]): 1}, power))
    names = list(unknowns)

    def back(part: Terms) -> Poly:
        result: Poly = {}
        for powers, value in sorted(part.items(), reverse=True):
            key = [_power(names[k], powers[k], roots) for k in range(len(names)) if powers[k]]
            result[tuple(sorted(key, key=lambda factor: factor[0]))] = value
        return result

    return shrink(content * sign), [(back(part), power) for part, power in found]


def _unknown(factor: Factor) -> object:
    base, exponent = factor
    return (base, exponent) if isinstance(exponent, Symbolic) else base


def _power(name: object, power: int, roots: dict[object, int]) -> Factor:
    if isinstance(name, tuple):
        if power != 1:
            raise TooLarge  # a square of x^n would have another exponent
        return name
    assert isinstance(name, int)
    return name, shrink(Fraction(power, roots.get(name, 1)))


def _minus(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([x - y for x, y in zip(a, b, strict=True)])


def _factors(terms: Terms) -> list[tuple[Terms, int]]:
    """Of primitive terms that no unknown divides."""
    if len(terms) == 1:
        return []
    used = [k for k, top in enumerate(map(max, zip(*terms, strict=True))) if top]
    width = len(next(iter(terms)))
    if len(used) == 1:
        return _in_one(terms, used[0], width)
    degrees = {sum(powers) for powers in terms}
    if len(degrees) == 1:
        last = used[-1]
        flat = {(*powers[:last], 0, *powers[last + 1 :]): value for powers, value in terms.items()}
        return [(_homogeneous(part, last), power) for part, power in _factors(flat)]
    return _kronecker(terms, used, width)


def _homogeneous(terms: Terms, last: int) -> Terms:
    degree = max(map(sum, terms))
    return {(*powers[:last], degree - sum(powers), *powers[last + 1 :]): value for powers, value in terms.items()}


def _in_one(terms: Terms, place: int, width: int) -> list[tuple[Terms, int]]:
    dense = [0] * (1 + max(powers[place] for powers in terms))
    for powers, value in terms.items():
        dense[powers[place]] = value

    def back(part: list[int]) -> Terms:
        return {tuple([k if n == place else 0 for n in range(width)]): v for k, v in enumerate(part) if v}

    return [(back(part), power) for part, power in univariate.factors(dense)]


def _kronecker(terms: Terms, used: list[int], width: int) -> list[tuple[Terms, int]]:
    sizes = [1 + max(powers[k] for powers in terms) for k in used]
    if prod(sizes) > univariate.MOST_DEGREE:
        raise TooLarge
    steps = [prod(sizes[:k]) for k in range(len(sizes))]

    def line(some: Terms) -> list[int]:
        dense = [0] * (1 + max(sum(powers[k] * s for k, s in zip(used, steps, strict=True)) for powers in some))
        for powers, value in some.items():
            dense[sum(powers[k] * s for k, s in zip(used, steps, strict=True))] += value
        return dense

    def back(dense: list[int]) -> Terms:
        found: Terms = {}
        for exponent, value in enumerate(dense):
            if value:
                powers = [0] * width
                for k, size in zip(used, sizes, strict=True):
                    exponent, powers[k] = divmod(exponent, size)
                if exponent:
                    return {}
                found[tuple(powers)] = value
        return found

    parts = univariate.factors(line(terms))
    if prod(power + 1 for _, power in parts) > MOST_TRIALS:
        raise TooLarge
    found: list[tuple[Terms, int]] = []
    counts = [power for _, power in parts]
    trials = sorted(choices(*[range(count + 1) for count in counts]), key=sum)
    for chosen in trials:
        if not any(chosen) or any(c > left for c, left in zip(chosen, counts, strict=True)):
            continue
        dense = [1]
        for (part, _), power in zip(parts, chosen, strict=True):
            for _ in range(power):
                dense = univariate.times(dense, part)
        candidate = back(dense)
        if len(candidate) < 2 or not any(powers[k] for powers in candidate for k in used):
            continue
        power = 0
        while all(c <= left for c, left in zip(chosen, counts, strict=True)):
            rest = divided(terms, candidate)
            if rest is None:
                break
            terms, power = rest, power + 1
            counts = [left - c for c, left in zip(chosen, counts, strict=True)]
        if power:
            found.append((candidate, power))
        if len(terms) == 1:
            break
    if len(terms) > 1:
        found.append((terms, 1))
    return found


def divided(terms: Terms, by: Terms) -> Terms | None:
    """The quotient where it is a polynomial with whole coefficients."""
    rest = dict(terms)
    lead = max(by)
    result: Terms = {}
    while rest:
        top = max(rest)
        powers = _minus(top, lead)
        value, remainder = divmod(rest[top], by[lead])
        if remainder or min(powers) < 0:
            return None
        result[powers] = value
        for other, factor in by.items():
            place = tuple([x + y for x, y in zip(powers, other, strict=True)])
            left = rest.get(place, 0) - value * factor
            if left:
                rest[place] = left
            else:
                rest.pop(place, None)
    return result
