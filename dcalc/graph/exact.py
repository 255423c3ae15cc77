"""Exact constants: integers and fractions while they stay under 4096 bits, names (`pi`), floats beyond.

A constant of the graph is an int, a Fraction, the name of a constant, or, for a literal too large or too small
to be kept exactly, a float. Folding is exact or it does not happen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Union

if TYPE_CHECKING:
    from fractions import Fraction

Exact: TypeAlias = Union[int, "Fraction"]
Constant: TypeAlias = Union[int, "Fraction", str, float]

MAX_BITS = 4096
#: A literal with more digits or a larger exponent than this is read as a float (4096 bits are 1233 digits).
MAX_DIGITS = 1200

#: The named constants. `nan` is for the table's formulas only; no user text can name it.
NAMED = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}


def literal(text: str) -> Constant:
    """The constant that a number literal writes: `12`, `.5`, `1e-3`."""
    if text.isdecimal() and len(text) <= MAX_DIGITS:
        return int(text)
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 5 or abs(int(exponent or "0")) > MAX_DIGITS:
        return float(text)
    from fractions import Fraction

    return shrink(Fraction(text))


def shrink(value: Exact) -> Exact:
    """A fraction with denominator 1 as an int."""
    return value if isinstance(value, int) else value.numerator if value.denominator == 1 else value


def is_exact(value: Any) -> bool:
    """Whether a constant is a rational number."""
    return not isinstance(value, (str, float))


def to_float(value: Constant) -> float:
    """The nearest double; beyond the range, an infinity with the sign."""
    if isinstance(value, str):
        return NAMED.get(value, 0.0)  # ε and its powers are 0 as numbers, see `duals`
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _bits(value: Exact) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _divide(a: Exact, b: Exact) -> Exact | None:
    if not b:
        return None
    if isinstance(a, int) and isinstance(b, int):
        if a % b == 0:
            return a // b
        from fractions import Fraction

        return Fraction(a, b)
    quotient: Exact = a / b  # type: ignore[assignment]  # one of them is a Fraction
    return quotient


def _power(a: Exact, b: Exact) -> Exact | None:
    if not isinstance(b, int):
        return _root(a, b)
    if not a:
        return (1 if b == 0 else 0) if b >= 0 else None
    if _bits(a) > 1 and abs(b) * (_bits(a) - 1) > MAX_BITS:
        return None  # 9^9^9^9 is refused before it is computed
    if b < 0:
        inverse = _divide(1, a)
        return None if inverse is None else _power(inverse, -b)
    result: Exact = a**b
    return result


def _root(a: Exact, b: Fraction) -> Exact | None:
    """a^(p/2) where a is a perfect square; other roots stay as they are."""
    if b.denominator != 2 or a <= 0:
        return None
    top = a if isinstance(a, int) else a.numerator
    below = 1 if isinstance(a, int) else a.denominator
    if math.isqrt(top) ** 2 != top or math.isqrt(below) ** 2 != below:
        return None
    root = _divide(math.isqrt(top), math.isqrt(below))
    return None if root is None else _power(root, b.numerator)


_FOLD: dict[str, Callable[..., Exact | None]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "^": _power,
    "neg": lambda a: -a,
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "and": lambda a, b: int(bool(a) and bool(b)),
    "or": lambda a, b: int(bool(a) or bool(b)),
    "not": lambda a: int(not a),
}


def fold(op: str, values: Sequence[Constant]) -> Exact | None:
    """The exact result of an operation on exact constants, or None where there is none to be had."""
    rule = _FOLD.get(op)
    if rule is None or not all(map(is_exact, values)):
        return None
    result = rule(*values)
    if result is None:
        return None
    result = shrink(result)
    return result if _bits(result) <= MAX_BITS else None
