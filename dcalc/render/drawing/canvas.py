"""A canvas of characters: boxes, lines that cross and bend, text; in box-drawing characters or plain ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from wcwidth import wcwidth

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_LINES = " ╵╷│╴╯╮┤╶╰╭├─┴┬┼"
_PLAIN = " |||-++|-++|-+++"
#: Lines that are dashed.
_DASHED = {"│": "┆", "─": "┄"}
_PLAIN_DASHED = {"|": ":", "-": "."}
ARROWS = {"right": ("►", ">"), "down": ("▼", "v")}


class Canvas:
    """Cells by (column, row). Lines remember what they join, so that crossings come out right."""

    def __init__(self, ascii: bool) -> None:
        self.ascii = ascii
        self.text: dict[tuple[int, int], str] = {}
        self.joins: dict[tuple[int, int], int] = {}
        self.solid: set[tuple[int, int]] = set()
        #: (cell, whether it runs level) -> whose line it is
        self.owners: dict[tuple[int, int, bool], int] = {}
        #: whether lines of different owners have met other than by crossing
        self.muddled = False

    def line(self, path: Sequence[tuple[int, int]], owner: int, *, dashed: bool) -> None:
        """A path of level and upright pieces. Lines of one owner may run together."""
        for (x0, y0), (x1, y1) in pairwise(path):
            level = y0 == y1
            step = ((x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0))
            x, y = x0, y0
            while True:
                self._own(x, y, level, owner)
                if not dashed:
                    self.solid.add((x, y))
                if (x, y) == (x1, y1):
                    break
                ahead = {(1, 0): RIGHT, (-1, 0): LEFT, (0, 1): DOWN, (0, -1): UP}[step]
                back = {RIGHT: LEFT, LEFT: RIGHT, DOWN: UP, UP: DOWN}[ahead]
                self.joins[x, y] = self.joins.get((x, y), 0) | ahead
                x, y = x + step[0], y + step[1]
                self.joins[x, y] = self.joins.get((x, y), 0) | back
        for x, y in path[1:-1]:  # a bend is both
            self._own(x, y, True, owner)
            self._own(x, y, False, owner)

    def _own(self, x: int, y: int, level: bool, owner: int) -> None:
        if self.owners.setdefault((x, y, level), owner) != owner:
            self.muddled = True

    def write(self, x: int, y: int, text: str) -> None:
        """A text; a combining mark shares the cell of its letter."""
        for one in text:
            if wcwidth(one) == 0 and (x - 1, y) in self.text:
                self.text[x - 1, y] += one
                continue
            self.text[x, y] = one
            for _ in range(max(1, wcwidth(one)) - 1):
                x += 1
                self.text[x, y] = ""
            x += 1

    def box(self, sides: tuple[int, int, int, int], lines: Sequence[str], *, dashed: bool) -> None:
        """A box with lines of text in its middle."""
        left, top, right, bottom = sides
        level, upright, corners = ("-", "|", "++++") if self.ascii else ("─", "│", "┌┐└┘")
        if dashed:
            level, upright = (".", ":") if self.ascii else ("┄", "┆")
        for cell in ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)):
            if cell in self.joins:
                self.muddled = True
            self.text[cell] = " "
        for x in range(left, right + 1):
            self.text[x, top] = self.text[x, bottom] = level
        for y in range(top, bottom + 1):
            self.text[left, y] = self.text[right, y] = upright
        for cell, corner in zip(((left, top), (right, top), (left, bottom), (right, bottom)), corners, strict=True):
            self.text[cell] = corner
        wide = max((width(line) for line in lines), default=0)
        x = left + 1 + (right - left - 1 - wide + 1) // 2
        y = top + 1 + (bottom - top - 1 - len(lines)) // 2
        for k, line in enumerate(lines):
            self.write(x, y + k, line)

    def tee(self, cell: tuple[int, int], side: str) -> None:
        """Where an edge leaves a box."""
        self.text[cell] = "+" if self.ascii else {"right": "├", "down": "┬"}[side]
        beside = (cell[0] + 1, cell[1]) if side == "right" else (cell[0], cell[1] + 1)
        self.joins[beside] = self.joins.get(beside, 0) | (LEFT if side == "right" else UP)

    def render(self) -> str:
        """The lines of text, without blanks at their ends."""
        cells = {**{cell: self._drawn(cell) for cell in self.joins}, **self.text}
        if not cells:
            return ""
        right, bottom = max(x for x, _ in cells), max(y for _, y in cells)
        rows = ("".join(cells.get((x, y), " ") for x in range(right + 1)).rstrip() for y in range(bottom + 1))
        return "\n".join(rows)

    def _drawn(self, cell: tuple[int, int]) -> str:
        drawn = (_PLAIN if self.ascii else _LINES)[self.joins[cell]]
        dashes = _PLAIN_DASHED if self.ascii else _DASHED
        return drawn if cell in self.solid else dashes.get(drawn, drawn)


def width(text: str) -> int:
    """How many cells a text takes."""
    return sum(max(0, wcwidth(one)) for one in text)
