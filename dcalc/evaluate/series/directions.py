"""Mixed derivatives from series along directions: exact weights of whole directions.

With F_j the k-th coefficient of f(x + t·j), j a tuple of natural numbers with |j| = d, the coefficient of the monomial
δ^i, |i| = k <= d, of f(x + δ) is Σ_j γ_ij F_j / i!, where

    γ_ij = Σ_{0 < m <= i} (-1)^|i - m| C(i, m) C(d·m/|m|, j) (|m|/d)^|i|

(Griewank, Utke and Walther, *Evaluating higher derivative tensors by forward propagation of univariate Taylor series*,
Mathematics of Computation 69 (2000), 1117-1130; *Evaluating Derivatives*, 2nd ed., section 13.3). The weights are
rational numbers, the same for all functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import comb, factorial, prod

#: A tuple of natural numbers: the powers of a monomial, or a direction.
Index = tuple[int, ...]


def indices(count: int, degree: int) -> Iterator[Index]:
    """The tuples of so many natural numbers with this sum: (2, 0), (1, 1), (0, 2)."""
    numbers = [degree, *[0] * (count - 1)]
    while True:
        yield tuple(numbers)
        last = next((k for k in range(count - 2, -1, -1) if numbers[k]), None)
        if last is None:
            return
        numbers[last] -= 1
        numbers[-1], numbers[last + 1] = 0, numbers[-1] + 1


@lru_cache(maxsize=100_000)
def weight(powers: Index, direction: Index) -> Fraction:
    """What the coefficient along a direction adds to that of a monomial."""
    order, degree = sum(powers), sum(direction)
    total = Fraction(0)
    for part in product(*(range(power + 1) for power in powers)):
        size = sum(part)
        if not size:
            continue
        sign = -1 if (order - size) % 2 else 1
        chosen = prod(comb(i, m) for i, m in zip(powers, part, strict=True))
        spread = prod(
            (_binomial(Fraction(degree * m, size), j) for m, j in zip(part, direction, strict=True)), start=Fraction(1)
        )
        total += sign * chosen * spread * Fraction(size, degree) ** order
    return total / prod(map(factorial, powers))


def _binomial(top: Fraction, below: int) -> Fraction:
    result = Fraction(1)
    for k in range(below):
        result *= (top - k) / (k + 1)
    return result
