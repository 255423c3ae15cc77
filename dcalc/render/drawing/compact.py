"""A layout on the grid of characters: as narrow as labels, boxes and edges allow, in the order that the library chose.

Along each axis the distinct coordinates become variables with least distances; the smallest solution is found by going
through them in order. Order is kept, so nothing that was apart meets; what the library aligned stays aligned.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .layout import Box, Placed

#: Units of the library for a line and a column of characters.
ROW, COLUMN = 18.0, 9.0
#: What is nearer than this may come to share a cell.
CLOSE = 9.0


class Cells(NamedTuple):
    """A box or a path in cells; of a box both sides are its own cells."""

    boxes: list[tuple[int, int, int, int]]
    paths: list[list[tuple[int, int]]]


class _Segment(NamedTuple):
    """A piece of an edge: where it is on its axis, from where to where on the other, whether it is the last."""

    edge: int
    at: float
    start: float
    end: float
    last: bool


class _Axis:
    """Variables along one axis: coordinate -> cell."""

    def __init__(self) -> None:
        self.needs: dict[float, dict[float, int]] = {}

    def add(self, at: float) -> None:
        self.needs.setdefault(at, {})

    def apart(self, before: float, after: float, least: int) -> None:
        known = self.needs.setdefault(after, {})
        self.needs.setdefault(before, {})
        known[before] = max(known.get(before, 0), least)

    def solve(self) -> dict[float, int]:
        cells: dict[float, int] = {}
        latest = 0
        for at in sorted(self.needs):
            latest = max([latest, *(cells[before] + least for before, least in self.needs[at].items())])
            cells[at] = latest
        return cells


def compact(
    placed: Placed,
    edges: Sequence[tuple[int, int]],
    sizes: Sequence[tuple[int, int]],
    labels: Sequence[tuple[int, int]],
    gaps: tuple[int, int],
    near: tuple[int, int],
) -> Cells:
    """Cells of a layout along its own axes (from layer to layer, and across).

    sizes: of the boxes, borders included. labels: of each edge, along and across its last piece; (0, 0) for none.
    gaps: between boxes across, and between a box and the first bend of its edges along. near: how near edges may come
    to each other and to other boxes, along and across.
    """
    along, across = _Axis(), _Axis()
    level: list[_Segment] = []
    upright: list[_Segment] = []
    for edge, path in enumerate(placed.paths):
        for k, ((x0, y0), (x1, y1)) in enumerate(pairwise(path)):
            last = k == len(path) - 2
            if y0 == y1:
                level.append(_Segment(edge, y0, min(x0, x1), max(x0, x1), last))
            else:
                upright.append(_Segment(edge, x0, min(y0, y1), max(y0, y1), last))
    _boxes(placed.boxes, sizes, along, across, gaps)
    _ports(placed, edges, labels, along, across, gaps[1])
    _pieces(level, placed.boxes, labels, across, near[1], flat=True)
    _pieces(upright, placed.boxes, labels, along, near[0], flat=False)
    for piece in level:
        if piece.last and labels[piece.edge][0]:
            need = labels[piece.edge][0]
            for other in upright:  # what crosses it may not cross its label
                if piece.start <= other.at < piece.end and other.start <= piece.at <= other.end:
                    along.apart(other.at, piece.end, need + 1)
            along.apart(piece.start, piece.end, need + 2)
    columns, rows = along.solve(), across.solve()
    ports: dict[int, list[int]] = {}
    for (source, target), path in zip(edges, placed.paths, strict=True):
        ports.setdefault(source, []).append(rows[path[0][1]])
        ports.setdefault(target, []).append(rows[path[-1][1]])
    boxes = []
    for node, (box, (long, wide)) in enumerate(zip(placed.boxes, sizes, strict=True)):
        top, bottom = _shrunk(rows[box.top], rows[box.bottom], wide, ports.get(node, []))
        left, right = _shrunk(columns[box.left], columns[box.right], long, [])
        boxes.append((left, top, right, bottom))
    paths = []
    for (source, target), path in zip(edges, placed.paths, strict=True):
        cells = [(columns[x], rows[y]) for x, y in path]
        cells[0] = (boxes[source][2] + 1, cells[0][1])
        cells[-1] = (boxes[target][0] - 1, cells[-1][1])
        paths.append(cells)
    return Cells(boxes, paths)


def _boxes(
    boxes: Sequence[Box], sizes: Sequence[tuple[int, int]], along: _Axis, across: _Axis, gaps: tuple[int, int]
) -> None:
    for box, (long, wide) in zip(boxes, sizes, strict=True):
        along.apart(box.left, box.right, long - 1)
        across.apart(box.top, box.bottom, wide - 1)
    for a in boxes:
        for b in boxes:
            if a.bottom < b.top and _meet(a.left, a.right, b.left, b.right):
                across.apart(a.bottom, b.top, gaps[0])
            if a.right < b.left and _meet(a.top, a.bottom, b.top, b.bottom):
                along.apart(a.right, b.left, gaps[1] + 1)


def _ports(
    placed: Placed,
    edges: Sequence[tuple[int, int]],
    labels: Sequence[tuple[int, int]],
    along: _Axis,
    across: _Axis,
    gap: int,
) -> None:
    """Edges end within the sides of boxes, whose corners also leave room for labels across."""
    for (source, target), path, (_, wide) in zip(edges, placed.paths, labels, strict=True):
        for node, (_, y), room in ((source, path[0], 0), (target, path[-1], wide // 2)):
            across.apart(placed.boxes[node].top, y, max(1, room))
            across.apart(y, placed.boxes[node].bottom, max(1, room))
        if len(path) > 2:
            along.apart(placed.boxes[source].right, path[1][0], gap)
            along.apart(path[-2][0], placed.boxes[target].left, gap + 1)


def _pieces(
    pieces: Sequence[_Segment],
    boxes: Sequence[Box],
    labels: Sequence[tuple[int, int]],
    axis: _Axis,
    near: int,
    *,
    flat: bool,
) -> None:
    """Parallel pieces that pass each other, and pieces that pass a box."""

    def half(piece: _Segment) -> int:
        return (labels[piece.edge][1] + 1) // 2 if flat and piece.last else 0

    for a in pieces:
        axis.add(a.at)
        for b in pieces:
            if a.at < b.at and a.edge != b.edge and _meet(a.start, a.end, b.start, b.end):
                axis.apart(a.at, b.at, max(near, 1 + half(a) + half(b)))
        for box in boxes:
            low, high, side, other = (
                (box.left, box.right, box.top, box.bottom) if flat else (box.top, box.bottom, box.left, box.right)
            )
            if _meet(a.start, a.end, low, high):
                if a.at < side:
                    axis.apart(a.at, side, near + half(a))
                elif a.at > other:
                    axis.apart(other, a.at, near + half(a))


def _meet(start: float, end: float, other_start: float, other_end: float) -> bool:
    """Whether two stretches share a place, or nearly: cells are coarser than the library's units."""
    return start <= other_end + CLOSE and other_start <= end + CLOSE


def _shrunk(start: int, end: int, size: int, ports: Sequence[int]) -> tuple[int, int]:
    """A side of a box of its own size within what it was given, in the middle, with its edges within it."""
    low = start + (end - start + 1 - size) // 2
    high = low + size - 1
    if ports:
        low = min(low, min(ports) - 1)
        high = max(high, max(ports) + 1)
    return max(start, low), min(end, high)
