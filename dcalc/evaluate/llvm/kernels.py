"""How to compute each operation of the table in IR: the same results as the scalar kernels', within a few ulp.

Entries that have no form here are those of `compiled` False: the plan is cut at them, and NumPy computes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...primitives import TABLE
from . import elementary
from .ir import Body
from .power import power

#: Takes the body and the arguments' names and values (of constants, else None), gives the result's name.
Kernel = Callable[..., str]

#: Functions that C's library computes lane by lane, at 10 to 50 ns a number; all are in C99, so every library has them.
C_FUNCTIONS: Mapping[str, tuple[str, int]] = {
    "log2": ("log2", 1),
    "log10": ("log10", 1),
    "cbrt": ("cbrt", 1),
    "hypot": ("hypot", 2),
    "asin": ("asin", 1),
    "acos": ("acos", 1),
    "atan2": ("atan2", 2),
    "asinh": ("asinh", 1),
    "acosh": ("acosh", 1),
    "atanh": ("atanh", 1),
    "erf": ("erf", 1),
    "erfc": ("erfc", 1),
}

_ELEMENTARY: Mapping[str, Callable[[Body, str], str]] = {
    "neg": Body.neg,
    "abs": Body.abs,
    "norm[]": Body.abs,
    "exp": elementary.exp,
    "exp2": elementary.exp2,
    "expm1": elementary.expm1,
    "log": elementary.log,
    "log1p": elementary.log1p,
    "sqrt": elementary.sqrt,
    "sin": elementary.sin,
    "cos": elementary.cos,
    "tan": elementary.tan,
    "atan": elementary.atan,
    "sinh": elementary.sinh,
    "cosh": elementary.cosh,
    "tanh": elementary.tanh,
    "floor": lambda b, u: b.call("floor", u),
    "ceil": lambda b, u: b.call("ceil", u),
    "round": lambda b, u: b.call("rint", u),
    # A number is an array without axes.
    **{name: lambda b, u: u for name in ("sum[]", "max[]", "min[]", "logsumexp[]", "transpose")},
    **{name: lambda b, u: b.constant(1.0) for name in ("last_max", "last_min")},
}
#: Of these the result is worth keeping apart, in a function of its own, where a program is long.
OUTLINED = frozenset(
    {"exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "^", "mod"}
)

_PLAIN: Mapping[str, Callable[[Body, str, str], str]] = {
    "+": Body.add,
    "-": Body.sub,
    "*": Body.mul,
    "/": Body.div,
}
_COMPARISONS = {"<": "olt", "<=": "ole", ">": "ogt", ">=": "oge", "==": "oeq", "!=": "une"}


def _truth(b: Body, truth: str) -> str:
    return b.select(truth, b.constant(1.0), b.constant(0.0))


def _true(b: Body, u: str) -> str:
    return b.compare("une", u, b.constant(0.0))


def _comparison(how: str) -> Kernel:
    return lambda b, u, v: _truth(b, b.compare(how, u, v))


def _extremum(how: str) -> Kernel:
    def kernel(b: Body, u: str, v: str) -> str:
        return b.select(b.either(b.compare(how, u, v), b.compare("uno", u, u)), u, v)

    return kernel


def _sign(b: Body, u: str) -> str:
    zero = b.constant(0.0)
    rest = b.select(b.compare("uno", u, u), u, zero)
    rest = b.select(b.compare("olt", u, zero), b.constant(-1.0), rest)
    return b.select(b.compare("ogt", u, zero), b.constant(1.0), rest)


def _mod(b: Body, u: str, v: str) -> str:
    """Python's: with the sign of v, where C's fmod has that of u."""
    r = b.lanes("fmod", [u, v], u, "splat (i1 true)")
    zero = b.constant(0.0)
    other = b.do(f"xor {b.truth} {b.compare('olt', r, zero)}, {b.compare('olt', v, zero)}")
    moved = b.select(other, b.add(r, v), r)
    moved = b.select(b.compare("oeq", r, zero), b.copysign(zero, v), moved)
    return b.select(b.compare("oeq", v, zero), b.constant(elementary.NAN), moved)


_OWN: Mapping[str, Kernel] = {
    **{name: _comparison(how) for name, how in _COMPARISONS.items()},
    "max": _extremum("ogt"),
    "min": _extremum("olt"),
    "sign": _sign,
    "mod": _mod,
    "relu": lambda b, u: b.select(b.compare("olt", u, b.constant(0.0)), b.constant(0.0), u),
    "if": lambda b, c, u, v: b.select(_true(b, c), u, v),
    "and": lambda b, u, v: _truth(b, b.both(_true(b, u), _true(b, v))),
    "or": lambda b, u, v: _truth(b, b.either(_true(b, u), _true(b, v))),
    "not": lambda b, u: _truth(b, b.compare("oeq", u, b.constant(0.0))),
}


def _square(b: Body, u: str) -> str:
    return b.mul(u, u)


def _inverse(b: Body, u: str) -> str:
    return b.div(b.constant(1.0), u)


def _fourth(b: Body, u: str) -> str:
    """u^4, with what u*u lost when it was rounded."""
    square = _square(b, u)
    lost = b.fma(u, u, b.neg(square))
    value = _square(b, square)
    better = b.fma(b.add(square, square), lost, value)
    return b.select(b.compare("olt", value, b.constant(elementary.INF)), better, value)


def _inverse_square(b: Body, u: str) -> str:
    """u^-2, with what 1/u lost when it was rounded."""
    inverse = _inverse(b, u)
    lost = b.fma(b.neg(inverse), u, b.constant(1.0))
    value = _square(b, inverse)
    better = b.fma(value, b.add(lost, lost), value)
    usual = b.both(b.compare("olt", value, b.constant(elementary.INF)), b.compare("ord", lost, lost))
    return b.select(usual, better, value)


def _root(b: Body, u: str) -> str:
    """u^(1/2), which is +inf at -inf, unlike the square root."""
    lowest = b.compare("oeq", u, b.constant(-elementary.INF))
    return b.select(lowest, b.constant(elementary.INF), elementary.sqrt(b, u))


#: Powers that a few products give within 1.5 ulp, without leaving the range before their result does.
POWERS: Mapping[float, Callable[[Body, str], str]] = {
    0.0: lambda b, u: b.constant(1.0),
    1.0: lambda b, u: u,
    2.0: _square,
    3.0: lambda b, u: b.mul(_square(b, u), u),
    4.0: _fourth,
    -1.0: _inverse,
    -2.0: _inverse_square,
    0.5: _root,
    -0.5: lambda b, u: _inverse(b, _root(b, u)),
}


def names() -> frozenset[str]:
    """The operations that have a form in IR."""
    return frozenset(("^", *_ELEMENTARY, *_PLAIN, *_OWN, *C_FUNCTIONS))


def compiled(op: str) -> bool:
    """Whether an operation on numbers has a form in IR."""
    return op in _ELEMENTARY or op in _PLAIN or op in _OWN or op in C_FUNCTIONS or op == "^"


def weight(op: str, exponent: float | None = None) -> int:
    """About how many instructions an operation takes."""
    if op == "^":
        return 2 if exponent in POWERS else 90
    return {"sin": 40, "cos": 40, "tan": 60, "exp": 25, "log": 40, "sqrt": 2}.get(op, 60 if op in OUTLINED else 1)


def emit(b: Body, op: str, args: tuple[str, ...], exponent: float | None = None) -> str:
    """The instructions of an operation. exponent: the value of a power's constant exponent."""
    if op in _PLAIN:
        return _PLAIN[op](b, *args)
    if op in _ELEMENTARY:
        return _ELEMENTARY[op](b, *args)
    if op == "^":
        known = None if exponent is None else POWERS.get(exponent)
        return known(b, args[0]) if known else power(b, *args)
    if op in _OWN:
        return _OWN[op](b, *args)
    function, count = C_FUNCTIONS[op]
    assert count == len(args) == TABLE[op].arity
    return b.lanes(function, args, args[0], "splat (i1 true)")
