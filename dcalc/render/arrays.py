"""Arrays of numbers as text: aligned grids that can be pasted back, and large ones shortened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from math import prod
from typing import NamedTuple, TypeAlias

from ..backends.result import Nested
from ..graph.shapes import Shape, name_of
from .numbers import number

#: What people are shown in full: numbers of an array, of a vector, rows and columns of a grid; beyond it EDGE at both
#: ends, or fewer where numbers are wide.
MOST_NUMBERS = 1000
MOST_COMPONENTS = 100
MOST_ROWS = 20
MOST_COLUMNS = 12
EDGE = 3
#: Arrays of more axes are told by their shape alone, as is what cannot be shortened to as many numbers as this.
MOST_AXES = 16
MOST_SHOWN = 5000
#: Columns of a line; longer rows are broken.
WIDTH = 100
GAP = "…"
HOW_TO_SEE_ALL = "shortened; --json and --format csv print all"

#: Positions along an axis, None where some are left out.
Kept: TypeAlias = list[int | None]


class Array(NamedTuple):
    """The numbers of an array, row by row, and its shape."""

    numbers: Sequence[float]
    shape: Shape


def array_of(value: Nested) -> Array:
    """Nested lists as an array; a number has the shape ()."""
    shape: list[int] = []
    flat: list[Nested] = [value]
    while isinstance(flat[0], list):
        shape.append(len(flat[0]))
        flat = list(chain.from_iterable(flat))  # type: ignore[arg-type]
    return Array(flat, tuple(shape))  # type: ignore[arg-type]


def kept(length: int, most: int, edge: int = EDGE) -> Kept:
    """Which positions of so many are shown."""
    if length <= max(most, 2 * edge + 1):
        return list(range(length))
    return [*range(edge), None, *range(length - edge, length)]


def kept_of(shape: Shape) -> list[Kept] | None:
    """Which positions along each axis are shown; None where no numbers are."""
    if len(shape) == 1:
        return [kept(shape[0], MOST_COMPONENTS)]
    if len(shape) > MOST_AXES:
        return None
    axes = [*(kept(length, MOST_ROWS) for length in shape[:-1]), kept(shape[-1], MOST_COLUMNS)]
    for edge in (EDGE, EDGE, 2, 1):
        if prod(map(len, axes)) <= MOST_NUMBERS:
            return axes
        axes = [kept(length, 0, edge) for length in shape]
    return axes if prod(map(len, axes)) <= MOST_SHOWN else None


def is_shortened(shape: Shape) -> bool:
    """Whether an array of this shape is not shown in full."""
    axes = kept_of(shape) if shape else []
    return axes is None or any(None in axis for axis in axes)


def grid(array: Array, digits: int) -> list[str]:
    """An array over as many lines as it needs; a shortened one begins with its shape in words."""
    axes = kept_of(array.shape)
    if axes is None:
        return [_words(array.shape)]
    rows, widths = _aligned(array, axes, digits)
    if None in axes[-1] and len(axes) + sum(widths) + 2 * len(widths) > WIDTH:
        rows, widths = _aligned(array, [*axes[:-1], kept(array.shape[-1], 0, EDGE - 1)], digits)
    lines = [_words(array.shape)] if is_shortened(array.shape) else []
    for opening, cells, closing in rows:
        if not cells:
            lines.append(opening + GAP)
            continue
        padded = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
        lines += _broken(opening, padded, closing)
    return lines


#: What opens a row (brackets, or blanks below them), its numbers (none for a gap), what closes it.
Row: TypeAlias = tuple[str, list[str], str]


def _aligned(array: Array, axes: list[Kept], digits: int) -> tuple[list[Row], list[int]]:
    """The rows and the widths of their columns; a vector has nothing to align."""
    rows = list(_rows(array, axes, digits))
    columns = zip(*(cells for _, cells, _ in rows if cells), strict=True)
    return rows, [max(map(len, column)) if len(axes) > 1 else 0 for column in columns]


def inline(array: Array, digits: int) -> str:
    """An array on one line; a shortened one with its shape in front."""
    axes = kept_of(array.shape)
    if axes is None:
        return _words(array.shape)
    parts = [
        f"{opening.strip()}{', '.join(cells) if cells else f'{GAP},'}{closing}"
        for opening, cells, closing in _rows(array, axes, digits)
    ]
    text = " ".join(parts)
    return f"{_words(array.shape)}: {text}" if is_shortened(array.shape) else text


def _words(shape: Shape) -> str:
    return name_of(shape) if len(shape) <= MOST_AXES else f"an array of {len(shape)} axes"


def _rows(array: Array, axes: list[Kept], digits: int) -> Iterator[Row]:
    outer, last = axes[:-1], axes[-1]
    strides = [prod(array.shape[axis + 1 :]) for axis in range(len(array.shape))]
    #: the positions of each row along the outer axes; those of a gap end with None
    places: list[tuple[int | None, ...]] = [()]
    for axis in outer:
        places = [
            longer
            for place in places
            for longer in ([place] if place[-1:] == (None,) else [(*place, position) for position in axis])
        ]
    for place in places:
        if place[-1:] == (None,):
            yield " " * len(place), [], ""
            continue
        begun = _run(place, [axis[0] for axis in outer])
        ended = _run(place, [axis[-1] for axis in outer])
        start = sum(position * stride for position, stride in zip(place, strides, strict=False) if position)
        cells = [GAP if k is None else number(array.numbers[start + k], digits) for k in last]
        closing = "]" * (ended + 1) + ("," if ended < len(outer) else "")
        yield " " * (len(outer) - begun) + "[" * (begun + 1), cells, closing


def _run(place: Sequence[int | None], ends: Sequence[int | None]) -> int:
    """How many of the last axes stand at their first (last) position."""
    count = 0
    for position, end in zip(reversed(place), reversed(ends), strict=True):
        if position != end:
            break
        count += 1
    return count


def _broken(opening: str, cells: list[str], closing: str) -> Iterator[str]:
    """A row's lines."""
    line = opening
    for k, cell in enumerate(cells):
        piece = cell + (closing if k == len(cells) - 1 else ",")
        if k and len(line) + 1 + len(piece) > WIDTH:
            yield line
            line = " " * len(opening) + piece
        else:
            line += (" " if k else "") + piece
    yield line
