"""The marks of an axis: round numbers, or powers of ten where an axis is logarithmic."""

from __future__ import annotations

import math


def ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """At most `most` round numbers from low to high, with their text."""
    rough = (high / 2 - low / 2) / max(1, most - 1) * 2
    if not (0 < rough < math.inf):
        return [(low, short(low))]
    power = 10.0 ** math.floor(math.log10(rough))
    if not power:
        return [(low, short(low)), (high, short(high))]
    for step in (power, 2 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [(k * step, short(k * step, step)) for k in range(first, last + 1)]
    return []


def decades(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """At most `most` powers of ten between two logarithms."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    step = next(s for s in (1, 2, 3, 4, 5, 10, 20, 50, 100, 1000) if (last - first) // s < most)
    return [(float(k), f"1e{k}" if k else "1") for k in range(first, last + 1) if k % step == 0]


def short(value: float, step: float = 0.0) -> str:
    """A number for an axis; step: the distance to the next one, which tells the digits."""
    if step:
        digits = max(1, math.ceil(math.log10(max(abs(value), step) / step) - 1e-9) + 1)
        value = float(f"{value:.{min(digits, 15)}g}")
    if value == 0:
        return "0"
    text = f"{value:.10g}"
    if "e" in text or not 1e-4 <= abs(value) < 1e6:
        mantissa, _, power = f"{value:.6e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    return text
