"""Where a sum reads better as a product: a common exponential factor, a common denominator that shortens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .poly import FEW, Factor, Key, Poly, Symbolic, TooLarge, accumulate, common_factors, remembered, times

if TYPE_CHECKING:
    from .algebra import Algebra

#: Sums of more terms are not tried for a common denominator.
MANY = 24
_LARGE = 1_000_000


def shape(algebra: Algebra, poly: Poly) -> Poly:
    """The same value as it is written; the very same object where that is the sum as it stands."""
    try:
        if len(poly) <= MANY:
            for base, _ in min(poly, key=len):
                if algebra.is_sum(base) and all(any(base == other for other, _ in key) for key in poly):
                    joined = _common_denominator(algebra, poly, base)
                    if joined is not None and cost(algebra, joined) < cost(algebra, poly):
                        return joined
        # Exponentials come out, as every textbook has it: exp(x)*(sin(x) + cos(x)), x^x*(log(x) + 1), and so do sums,
        # (x^2 + 1)^2*(…). Other factors stay where the product rule has put them: 2*x*sin(x) + x^2*cos(x).
        outside = [
            (base, exponent)
            for base, exponent in common_factors(poly).items()
            if isinstance(exponent, Symbolic)
            or algebra.graph.ops[base] in ("exp", "exp2")
            or (exponent > 0 and algebra.is_sum(base))
        ]
        if outside:
            product = taken_out(algebra, poly, outside)
            if cost(algebra, product) < cost(algebra, poly):
                return product
        return poly
    except TooLarge:
        return poly


def taken_out(algebra: Algebra, poly: Poly, outside: list[Factor]) -> Poly:
    """A sum as a product with factors that all of its terms have."""
    inverse = [(base, algebra.scale_exponent(exponent, -1)) for base, exponent in outside]
    rest: Poly = {}
    for key, value in poly.items():
        accumulate(rest, algebra.product(value, [*key, *inverse]))
    return algebra.product(1, [(algebra.node(rest), 1), *outside]) if outside else poly


def _common_denominator(algebra: Algebra, poly: Poly, base: int) -> Poly | None:
    """The sum over a power of `base`, a sum that every term has, multiplied out above the line; or None.

    1/(x - 1) - (x + 1)/(x - 1)^2 is -2/(x - 1)^2.
    """
    exponents = [dict(key)[base] for key in poly]
    numbers = [exponent for exponent in exponents if not isinstance(exponent, Symbolic)]
    lowest = min(numbers, default=0)
    if len(numbers) < len(exponents) or lowest >= 0 or len(algebra.canon[base]) > FEW:
        return None
    above: Poly = {}
    for (key, value), exponent in zip(poly.items(), numbers, strict=True):
        rest: Key = tuple(factor for factor in key if factor[0] != base)
        if exponent - lowest not in (0, 1):
            return None
        part: Poly = {rest: value}
        if exponent != lowest:
            part = multiplied(algebra, part, algebra.canon[base])
        for factor, power in rest:
            if power == 1 and algebra.is_sum(factor) and len(algebra.canon[factor]) <= FEW and len(part) == 1:
                part = multiplied(algebra, {tuple(f for f in rest if f[0] != factor): value}, algebra.canon[factor])
        accumulate(above, part)
    numerator = taken_out(algebra, above, list(common_factors(above).items())) if above else {}
    if not numerator:  # 1 - x^2 + (x - 1)*(x + 1): what stands above is 0, at once or when a factor is out
        return {}
    if len(numerator) > 1:
        return algebra.product(1, [(algebra.node(numerator), 1), (base, lowest)])
    ((key, value),) = numerator.items()
    return algebra.product(value, [*key, (base, lowest)])


def multiplied(algebra: Algebra, one: Poly, other: Poly) -> Poly:
    """The product of two sums, multiplied out."""
    result: Poly = {}
    for a, x in one.items():
        for b, y in other.items():
            accumulate(result, algebra.product(times(x, y), [*a, *b]))
    return result


def cost(algebra: Algebra, poly: Poly) -> int:
    """About how many operations a reader sees."""
    count = max(0, len(poly) - 1)
    for key, value in poly.items():
        above = int(abs(value.numerator) != 1)
        below = int(value.denominator != 1)
        for base, exponent in key:
            count += size(algebra, base)
            if isinstance(exponent, Symbolic):
                above += 1
                count += 1 + size(algebra, exponent.node)
            else:
                above += exponent > 0
                below += exponent < 0
                count += abs(exponent) != 1
        count += max(0, above - 1) + below
    return count


def size(algebra: Algebra, root: int) -> int:
    """The operations in a node's tree, up to a bound."""
    known, args = algebra.sizes, algebra.graph.args
    if root in known:
        return known[root]

    def make(node: int) -> int:
        return min(_LARGE, sum([known[arg] for arg in args[node]]) + bool(args[node]))

    return remembered(root, known, args.__getitem__, make)
