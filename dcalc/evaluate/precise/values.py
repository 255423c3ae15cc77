"""The value of every primitive on numbers by its definition, with mpmath: nothing of the table but the names.

The reference of `compare`, and of the tests, which hold every rule to it. The working precision is mpmath's own.
Importing this module needs mpmath; ask `precise.required` first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import mpmath  # type: ignore[import-untyped]
from mpmath import mp, mpf

Number: TypeAlias = Any
Function: TypeAlias = Callable[..., Number]


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


#: name -> value; where a function is analytic it takes complex arguments too.
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
