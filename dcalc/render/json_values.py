"""Values as JSON can hold them: numbers in full, inf and nan as strings, arrays as nested lists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..backends.result import Nested, nested
from .arrays import array_of
from .numbers import MOST_DIGITS, count


def number(value: float) -> float | str:
    """A number as JSON can hold it."""
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def whole(value: int) -> int | str:
    """A count; one of more digits than anybody reads is words."""
    return value if value < 10**MOST_DIGITS else count(value)


def plain(value: Any) -> Any:
    """Data of a note, with its numbers made safe."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def numbers(values: Sequence[float]) -> list[Any]:
    """Numbers as JSON can hold them; there may be millions."""
    return list(values) if all(map(math.isfinite, values)) else list(map(number, values))


def nested_value(value: Nested) -> Any:
    """A value as a number or nested lists."""
    array = array_of(value)
    return nested(numbers(array.numbers), array.shape)
