"""The independent oracle: every primitive's value by mpmath, its derivatives by differences at hundreds of digits.

The values are those of `dcalc.evaluate.precise.values`, in which nothing is taken from the table but the names. A
derivative of order k is a central difference with a step of 1e-30 of the argument's size, so that its truncation is
below 1e-55 of the result; the digits are raised until the cancellation is, too. (The condition numbers in the bound are
made of the next order's derivatives.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

import mpmath
from mpmath import mp, mpf

from dcalc.evaluate.precise.values import VALUES as VALUES

Number = mpmath.mpf
Point = tuple[float, ...]
Function = Callable[..., Number]

#: Where the oracle's function is analytic around the points of the entry's sample range: the complex step holds.
ANALYTIC = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "neg",
        "^",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "cbrt",
        "hypot",
        "logsumexp",
        "unit",
        "one_minus_square",
        "sin",
        "cos",
        "tan",
        "sec",
        "csc",
        "cot",
        "asin",
        "acos",
        "atan",
        "acot",
        "sinh",
        "cosh",
        "tanh",
        "sech",
        "csch",
        "coth",
        "asinh",
        "acosh",
        "atanh",
        "sigmoid",
        "logit",
        "softplus",
        "silu",
        "gelu",
        "erf",
        "erfc",
        "gamma",
        "digamma",
        "polygamma",
        "beta",
    ]
)

STEP = mpf(10) ** -30
#: Weights of central differences: offset -> weight, times 1/step^order.
STENCILS: tuple[dict[int, Number], ...] = (
    {0: mpf(1)},
    {-1: mpf(-1) / 2, 1: mpf(1) / 2},
    {-1: mpf(1), 0: mpf(-2), 1: mpf(1)},
    {-2: mpf(-1) / 2, -1: mpf(1), 1: mpf(-1), 2: mpf(1) / 2},
)
#: What is smaller than this need not be known to any digit: it is 0 as a double.
NOTHING = mpf(10) ** -335


class Differences:
    """The derivatives of a function at a point of doubles."""

    def __init__(self, function: Function, point: Point) -> None:
        self.function = function
        self.point = point
        size = max((abs(x) for x in point), default=0.0) or 1.0
        self.steps = [mpf(abs(x) or size) * STEP for x in point]
        self._known: dict[tuple[int, tuple[int, ...]], Number] = {}

    def __call__(self, orders: tuple[int, ...]) -> Number:
        """The partial derivative whose order in each argument is given."""
        for digits in (150, 500, 1500, 4000):
            with mp.workdps(digits):
                result, size = mpf(0), mpf(0)
                for offsets in product(*(STENCILS[order] for order in orders)):
                    weight = mp.fprod(STENCILS[order][offset] for order, offset in zip(orders, offsets, strict=True))
                    value = self._value(digits, offsets)
                    result += weight * value
                    size = max(size, abs(value))
                scale = mp.fprod(step**order for order, step in zip(orders, self.steps, strict=True))
                result, noise = result / scale, size / scale * mpf(10) ** (5 - digits)
                if noise <= mpf(10) ** -25 * max(abs(result), NOTHING):
                    return result
        raise ArithmeticError(f"4000 digits are not enough for order {orders} at {self.point}")

    def _value(self, digits: int, offsets: tuple[int, ...]) -> Number:
        key = (digits, offsets)
        known = self._known.get(key)
        if known is None:
            at = [mpf(x) + k * step for x, k, step in zip(self.point, offsets, self.steps, strict=True)]
            known = self._known[key] = self.function(*at)
        return known


@cache
def differences(name: str, point: Point) -> Differences:
    """The derivatives of a primitive at a point, kept for the session."""
    return Differences(VALUES[name], point)


def complex_step(name: str, point: Point, position: int) -> Number:
    """The first derivative as Im f(x + ih)/h (Squire and Trapp, SIAM Review 40 (1998)), to 80 digits."""
    with mp.workdps(150):  # mpmath's complex functions lose the step's own digits
        step = mpf(abs(point[position]) or 1.0) * mpf(10) ** -40
        at = [mpf(x) for x in point]
        at[position] = mpmath.mpc(at[position], step)
        return mp.im(VALUES[name](*at)) / step
