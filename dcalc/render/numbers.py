"""Numbers as text."""

from __future__ import annotations

import math

DIGITS = 10


def number(value: float, digits: int = DIGITS) -> str:
    """For people: significant digits, no trailing zeros, no negative zero."""
    if math.isnan(value):
        return "nan"
    text = format(value, f".{digits}g")
    return "0" if text == "-0" else text


def full(value: float) -> str:
    """In full: the shortest text that reads back as the same double."""
    return repr(float(value)) if math.isfinite(value) else number(value)
