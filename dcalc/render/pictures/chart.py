"""Charts of characters: curves as braille dots by plotille, or as letters in plain ASCII."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from ..color import curve
from .axes import decades, ticks

#: Between two marks of one curve, in columns.
MARK_EVERY = 11
BRAILLE = 0x2800

Point: TypeAlias = tuple[float, float]


class Line(NamedTuple):
    """A curve: pieces that are not joined, with the mark that tells it from the others.

    mark: of the Unicode chart, " " for the dots alone; letter: what it is drawn by in ASCII. dotted: by marks alone.
    """

    pieces: Sequence[Sequence[Point]]
    mark: str
    letter: str
    dotted: bool = False


class Spot(NamedTuple):
    """A single place with a mark."""

    x: float
    y: float
    mark: str
    letter: str


class Chart(NamedTuple):
    """What is drawn: lines, spots, upright dotted lines, a window (left, right, bottom, top), the axes' names.

    logarithmic: the coordinates are logarithms to the base 10; upright: those on the vertical axis alone.
    """

    window: tuple[float, float, float, float]
    lines: list[Line]
    spots: list[Spot]
    uprights: list[float]
    across: str
    up: str
    logarithmic: bool = False
    upright: bool = False


def draw(chart: Chart, columns: int, rows: int, ascii: bool, color: bool = False) -> str:
    """The chart with its axes, at most so many columns wide and rows high; its curves in colours where wanted."""
    left, right, bottom, top = chart.window
    high = max(rows - 3, 4)
    marks_up = (decades if chart.logarithmic or chart.upright else ticks)(bottom, top, max(2, high // 3))
    margin = max((len(text) for _, text in marks_up), default=0) + 1
    wide = max(columns - margin - 2, 16)
    grid = _grid(chart, wide, high, ascii, color)
    bar, tick, corner, line, down = ("|", "+", "+", "-", "+") if ascii else ("│", "┤", "└", "─", "┬")
    labels = {high - 1 - _cell(y, bottom, top, high): text for y, text in marks_up}
    text = [" " * (margin + 1) + chart.up]
    for k, row in enumerate(grid):
        label = labels.get(k, "")
        text.append(f"{label:>{margin}}{tick if label else bar}{''.join(row)}".rstrip())
    axis, below = [line] * wide, [" "] * (margin + 1 + wide)
    free = 0
    name_at = margin + 1 + wide - len(chart.across)
    for x, label in (decades if chart.logarithmic else ticks)(left, right, max(2, wide // 10)):
        column = _cell(x, left, right, wide)
        start = max(0, min(margin + 1 + column - len(label) // 2, margin + 1 + wide - len(label)))
        if start < free or start + len(label) >= name_at:
            continue
        axis[column] = down
        below[start : start + len(label)] = label
        free = start + len(label) + 1
    below[name_at:] = chart.across
    text += [" " * margin + corner + "".join(axis), "".join(below).rstrip()]
    return "\n".join(text)


def _grid(chart: Chart, wide: int, high: int, ascii: bool, color: bool) -> list[list[str]]:
    """The characters of the field."""
    left, right, bottom, top = chart.window
    empty = " "
    grid = [[empty] * wide for _ in range(high)]
    if not (chart.logarithmic or chart.upright) and bottom < 0 < top:
        grid[high - 1 - _cell(0.0, bottom, top, high)] = ["-" if ascii else "┈"] * wide
    for x in chart.uprights:
        if left <= x <= right:
            for row in grid:
                row[_cell(x, left, right, wide)] = ":" if ascii else "┊"
    taken: dict[tuple[int, int], int] = {}
    for k, line in enumerate(chart.lines):
        for (height, column), dots in _dots(line, chart.window, wide, high).items():
            if line.dotted and (column % 2 or (height, column) in taken):
                continue
            row = grid[height]
            if ascii:  # where curves lie upon one another, each is seen now and then
                drawn = "" if (height, column) in taken and column % (k + 1) and not line.dotted else line.letter
            elif line.dotted or (line.mark != " " and column % MARK_EVERY == (3 + 4 * k) % MARK_EVERY):
                drawn = line.mark
            else:
                drawn = chr(BRAILLE + (taken.get((height, column), 0) | dots))
            if drawn:
                row[column] = curve(drawn, k, color)
            if not line.dotted:
                taken[height, column] = taken.get((height, column), 0) | dots
    for spot in chart.spots:
        if left <= spot.x <= right and bottom <= spot.y <= top:
            height = high - 1 - _cell(spot.y, bottom, top, high)
            grid[height][_cell(spot.x, left, right, wide)] = spot.letter if ascii else spot.mark
    return grid


def _dots(line: Line, window: tuple[float, float, float, float], wide: int, high: int) -> dict[tuple[int, int], int]:
    """The cells (row from the top, column) that a line goes through, with their braille dots."""
    from plotille import Canvas  # type: ignore[import-untyped]

    left, right, bottom, top = window
    # The canvas has its own coordinates from 0 to 1: it subtracts, which overflows for what is nearly 1e308.
    canvas = Canvas(wide, high, 0.0, 0.0, 1.0, 1.0)
    inside = 1 - 0.5 / (2 * wide), 1 - 0.5 / (4 * high)

    def place(point: Point) -> Point:
        return _share(point[0], left, right) * inside[0], _share(point[1], bottom, top) * inside[1]

    for piece in line.pieces:
        placed = [place(point) for point in piece]
        for a, b in zip(placed, placed[1:] or placed, strict=False):
            cut = _clipped(a, b, inside)
            if cut is not None:
                canvas.line(*cut[0], *cut[1])
    found = {}
    for row, text in enumerate(canvas.plot("\n").split("\n")):
        found.update({(row, column): ord(one) - BRAILLE for column, one in enumerate(text) if ord(one) != BRAILLE})
    return found


def _share(value: float, low: float, high: float) -> float:
    """Where a number lies between two others, from 0 to 1; huge ones are far away, not infinite."""
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return max(-1e6, min(1e6, share))


def _cell(value: float, low: float, high: float, cells: int) -> int:
    return max(0, min(cells - 1, int(_share(value, low, high) * cells)))


def _clipped(a: Point, b: Point, inside: Point) -> tuple[Point, Point] | None:
    """The part of a segment within (0, 0) and `inside` (Liang and Barsky), None for none."""
    start, end = 0.0, 1.0
    for k in (0, 1):
        step = b[k] - a[k]
        for gap, rate in ((a[k], step), (inside[k] - a[k], -step)):
            if rate == 0:
                if gap < 0:
                    return None
            elif rate > 0:
                start = max(start, -gap / rate)
            else:
                end = min(end, -gap / rate)
    if start > end:
        return None
    return (
        (a[0] + start * (b[0] - a[0]), a[1] + start * (b[1] - a[1])),
        (a[0] + end * (b[0] - a[0]), a[1] + end * (b[1] - a[1])),
    )


def pieces(xs: Sequence[float], ys: Sequence[float], breaks: Sequence[float]) -> Iterator[list[Point]]:
    """The parts of a curve that may be joined: nothing crosses a gap in the values or one of the breaks (sorted)."""
    piece: list[Point] = []
    k = 0
    for x, y in zip(xs, ys, strict=True):
        crossed = False
        while k < len(breaks) and breaks[k] < x:
            crossed, k = True, k + 1
        at = k < len(breaks) and breaks[k] == x
        if piece and (crossed or at or not math.isfinite(y)):
            yield piece
            piece = []
        if at:
            k += 1
            if math.isfinite(y):
                yield [(x, y)]
        elif math.isfinite(y):
            piece.append((x, y))
    if piece:
        yield piece
