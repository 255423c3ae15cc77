"""The independent oracle: every primitive's value by mpmath, its derivatives by differences at hundreds of digits.

Nothing here is taken from the table but the names. A derivative of order k is a central difference with a step of
1e-30 of the argument's size, so that its truncation is below 1e-55 of the result; the digits are raised until the
cancellation is, too. (The condition numbers in the bound are made of the next order's derivatives.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

import mpmath
from mpmath import mp, mpf

Number = mpmath.mpf
Point = tuple[float, ...]
Function = Callable[..., Number]


def _truth(predicate: Callable[..., bool]) -> Function:
    return lambda *args: mpf(1) if predicate(*args) else mpf(0)


def _power(u: Number, v: Number) -> Number:
    if u == 0:
        return mpf(1) if v == 0 else mpf(0) if v > 0 else mp.inf
    return u**v


def _round(u: Number) -> Number:
    below = mp.floor(u)
    rest = u - below
    if rest == mpf(1) / 2:
        return below if below % 2 == 0 else below + 1
    return below if rest < mpf(1) / 2 else below + 1


def _hypot(u: Number, v: Number) -> Number:
    return mp.sqrt(u * u + v * v)


def _stirling(u: Number) -> Number:
    return mp.loggamma(u) - ((u - mpf(1) / 2) * mp.log(u) - u + mp.log(2 * mp.pi) / 2)


def _polygamma(n: Number, u: Number) -> Number:
    return mp.psi(int(n), u)


#: name -> value. They take complex arguments too where they are in ANALYTIC.
VALUES: dict[str, Function] = {
    "+": lambda u, v: u + v,
    "-": lambda u, v: u - v,
    "*": lambda u, v: u * v,
    "/": lambda u, v: u / v,
    "neg": lambda u: -u,
    "^": _power,
    "exp": mp.exp,
    "exp2": lambda u: mpf(2) ** u,
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda u: mp.log(u) / mp.log(2),
    "log10": lambda u: mp.log(u) / mp.log(10),
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "cbrt": lambda u: mp.cbrt(u) if isinstance(u, mpmath.mpc) or u >= 0 else -mp.cbrt(-u),
    "hypot": _hypot,
    "logsumexp": lambda u, v: mp.log(mp.exp(u) + mp.exp(v)),
    "unit": lambda u, v: u / _hypot(u, v),
    "one_minus_square": lambda u: 1 - u * u,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sec": mp.sec,
    "csc": mp.csc,
    "cot": mp.cot,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "acot": lambda u: mp.atan2(1, u) if isinstance(u, mpf) else mp.acot(u),
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "csch": mp.csch,
    "coth": mp.coth,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "abs": lambda u: u if u >= 0 else -u,
    "sign": mp.sign,
    "step": _truth(lambda u: u >= 0),
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": _round,
    "mod": lambda u, v: u - v * mp.floor(u / v),
    "max": max,
    "min": min,
    "clip": lambda u, v, w: min(max(u, v), w),
    "if": lambda c, u, v: u if c else v,
    "relu": lambda u: u if u >= 0 else mpf(0),
    "leaky_relu": lambda u, slope: u if u >= 0 else slope * u,
    "elu": lambda u, alpha: u if u >= 0 else alpha * mp.expm1(u),
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "logit": lambda u: mp.log(u / (1 - u)),
    "softplus": lambda u: mp.log1p(mp.exp(u)),
    "softsign": lambda u: u / (1 + abs(u)),
    "silu": lambda u: u / (1 + mp.exp(-u)),
    "gelu": lambda u: u * mp.erfc(-u / mp.sqrt(2)) / 2,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gamma": mp.gamma,
    "lgamma": lambda u: mp.log(abs(mp.gamma(u))) if abs(u) < 1000 else mp.loggamma(u),
    "digamma": lambda u: mp.psi(0, u),
    "polygamma": _polygamma,
    "beta": lambda u, v: mp.exp(mp.loggamma(u) + mp.loggamma(v) - mp.loggamma(u + v)),
    "large_beta": lambda u, v: mp.exp(mp.loggamma(u) + mp.loggamma(v) - mp.loggamma(u + v)),
    "stirling": _stirling,
    "polygamma_gap": lambda n, u, v: _polygamma(n, u + v) - _polygamma(n, u),
    "<": _truth(lambda u, v: u < v),
    "<=": _truth(lambda u, v: u <= v),
    ">": _truth(lambda u, v: u > v),
    ">=": _truth(lambda u, v: u >= v),
    "==": _truth(lambda u, v: u == v),
    "!=": _truth(lambda u, v: u != v),
    "and": _truth(lambda u, v: bool(u) and bool(v)),
    "or": _truth(lambda u, v: bool(u) or bool(v)),
    "not": _truth(lambda u: not u),
}

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
