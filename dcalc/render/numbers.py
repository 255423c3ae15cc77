"""Numbers as text."""

from __future__ import annotations

import math

from ..language.figures import raised

DIGITS = 10
#: Counts of more digits are not written in full anywhere (Python refuses to write 5000).
MOST_DIGITS = 300


def number(value: float, digits: int = DIGITS) -> str:
    """For people: significant digits, no trailing zeros, no negative zero."""
    if math.isnan(value):
        return "nan"
    text = format(value, f".{digits}g")
    return "0" if text == "-0" else text


def count(value: int) -> str:
    """A whole number for people: 42, 1,002,000, and what nobody reads to the end as 1.3·10³⁰."""
    from ..graph.count import MOST

    if value >= MOST:
        return "> " + count(MOST - 1)
    if value < 10**10:
        return f"{value:,}" if value >= 10_000 else str(value)
    exponent = int(math.log10(value))
    first = 10 ** (math.log10(value) - exponent)
    if f"{first:.1f}" == "10.0":
        first, exponent = 1.0, exponent + 1
    return f"{first:.1f}·10{raised(exponent)}"


def seconds(value: float) -> str:
    """A time in the unit that suits it, to three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def full(value: float) -> str:
    """In full: the shortest text that reads back as the same double."""
    return repr(float(value)) if math.isfinite(value) else number(value)
