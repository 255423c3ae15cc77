"""How to compute each operation on Python floats: IEEE 754 results, never an exception, no NumPy.

Python raises where IEEE 754 has an answer (1/0, log(0), exp(1000), (-8.)**(1/3)); here the exception is turned into
that answer. Truth values are 1.0 and 0.0. Entries with a `value` formula have no kernel: the plan writes them out.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping

from ..errors import DcalcError
from ..primitives.entry import Primitive

TYPE_CHECKING = False  # `import typing` costs 11 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

Kernel = Callable[..., float]

inf, nan = math.inf, math.nan


def _divide(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0 or x != x:
            return nan
        return math.copysign(inf, x) * math.copysign(1.0, y)


def _power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and math.fmod(y, 2) else inf
    except ValueError:
        if x == 0:  # and y < 0: a pole, whose side shows for odd whole numbers only
            return math.copysign(inf, x) if math.fmod(y, 2) in (1.0, -1.0) else inf
        return nan


def _mod(x: float, y: float) -> float:
    try:
        return x % y
    except ZeroDivisionError:
        return nan


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x if x != x else 0.0


def _rounded(function: Callable[[float], int]) -> Kernel:
    """Python's rounding functions make whole numbers, which inf and nan are not; -0.2 rounds to -0.0."""

    def kernel(x: float) -> float:
        return math.copysign(function(x), x) if math.isfinite(x) else x

    return kernel


def _gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.copysign(inf, x)
    except ValueError:  # a pole: at 0 its side is known (C99, F.9.5.4)
        return math.copysign(inf, x) if x == 0 else nan


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return inf


def _cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return inf


def _sqrt(x: float) -> float:
    try:
        # IEEE has sqrt(-0) = -0, whose reciprocal in the derivative would be -inf: sqrt(-x) at 0.
        return math.sqrt(x) + 0.0
    except ValueError:
        return nan


def _ieee(function: Callable[[float], float], poles: Mapping[float, float]) -> Kernel:
    """A function of `math` with infinities at its poles and beyond its range, and nan outside of its domain."""

    def kernel(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return poles.get(x, nan)
        except OverflowError:
            return math.copysign(inf, x)

    return kernel


_POLES: dict[str, Mapping[float, float]] = {
    "log": {0.0: -inf},
    "log2": {0.0: -inf},
    "log10": {0.0: -inf},
    "log1p": {-1.0: -inf},
    "atanh": {1.0: inf, -1.0: -inf},
}

#: Functions of `math` that never raise.
_PLAIN = frozenset({"fabs", "erf", "erfc", "atan", "atan2", "tanh", "asinh", "cbrt", "hypot"})

_OWN: dict[str, Kernel] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "neg": operator.neg,
    "/": _divide,
    "^": _power,
    "cosh": _cosh,
    "sqrt": _sqrt,
    "gamma": _gamma,
    "lgamma": _lgamma,
    "sign": _sign,
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "round": _rounded(round),
    "mod": _mod,
    # A value that is no number is passed on, whichever argument it is.
    "max": lambda u, v: u if u > v or u != u else v,
    "min": lambda u, v: u if u < v or u != u else v,
    "relu": lambda u: 0.0 if u < 0 else u,
    "if": lambda c, u, v: u if c else v,
    "<": lambda u, v: 1.0 if u < v else 0.0,
    "<=": lambda u, v: 1.0 if u <= v else 0.0,
    ">": lambda u, v: 1.0 if u > v else 0.0,
    ">=": lambda u, v: 1.0 if u >= v else 0.0,
    "==": lambda u, v: 1.0 if u == v else 0.0,
    "!=": lambda u, v: 1.0 if u != v else 0.0,
    "and": lambda u, v: 1.0 if u and v else 0.0,
    "or": lambda u, v: 1.0 if u or v else 0.0,
    "not": lambda u: 0.0 if u else 1.0,
    # A number is an array without axes.
    "sum[]": lambda u: u,
    "max[]": lambda u: u,
    "min[]": lambda u: u,
    "norm[]": math.fabs,
    "logsumexp[]": lambda u: u,
    "last_max": lambda u: 1.0,
    "last_min": lambda u: 1.0,
    "transpose": lambda u: u,
}


def scipy_special(name: str) -> Any:
    """The module `scipy.special`, for what only it can compute."""
    try:
        from scipy import special
    except ImportError:
        raise DcalcError("usage", f"{name} needs SciPy", hint="pip install 'dcalc[special]'") from None
    return special


def _digamma() -> Kernel:
    digamma = scipy_special("digamma").digamma
    return lambda x: float(digamma(x))


def _polygamma() -> Kernel:
    special = scipy_special("polygamma")
    digamma, zeta = special.digamma, special.zeta

    def kernel(n: int, x: float) -> float:
        # (-1)^(n + 1) n! zeta(n + 1, x): Abramowitz and Stegun 6.4.10. scipy's own polygamma is this too, for arrays.
        return float(zeta(n + 1, x)) * polygamma_factor(n) if n else float(digamma(x))

    return kernel


def polygamma_factor(n: int) -> float:
    """(-1)^(n + 1) n!, the infinity beyond 170."""
    return math.copysign(float(math.factorial(n)) if n <= 170 else inf, 1 if n % 2 else -1)


_SPECIAL: dict[str, Callable[[], Kernel]] = {"digamma": _digamma, "polygamma": _polygamma}


def scalar_kernel(entry: Primitive) -> Kernel:
    """The function that computes an entry on floats; one with a static parameter takes it first.

    DcalcError (usage) where the function needs a package that is not installed.
    """
    own = _OWN.get(entry.name)
    if own is not None:
        return own
    if entry.name in _SPECIAL:
        return _SPECIAL[entry.name]()
    if entry.math is None:
        raise DcalcError("internal", f"{entry.name} has neither a kernel nor a formula for its value")
    function: Kernel = getattr(math, entry.math)
    return function if entry.math in _PLAIN else _ieee(function, _POLES.get(entry.name, {}))
