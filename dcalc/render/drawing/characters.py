"""A drawing in characters: from left to right where that fits, else from top to bottom; None where neither does."""

from __future__ import annotations

from ...commands.graph import Drawing
from ..plain import plain
from . import labels
from .canvas import ARROWS, Canvas, width
from .compact import COLUMN, ROW, compact
from .layout import lay_out

#: Columns of a terminal, and boxes that a picture of characters may have.
WIDTH = 80
MOST = 200


def draw(drawing: Drawing, ascii: bool) -> str | None:
    """The picture, if it fits the width of a terminal."""
    for level in (True, False):
        text = _picture(drawing, ascii, level)
        if text is not None and max(map(width, text.splitlines())) <= WIDTH:
            return text
    return None


def _picture(drawing: Drawing, ascii: bool, level: bool) -> str | None:
    """The picture from left to right (`level`) or from top to bottom; None where lines would run into each other."""

    def words(text: str) -> str:
        return plain(text) if ascii else text

    boxes = [[words(line) for line in labels.lines(drawing, k)] for k in range(len(drawing.nodes))]
    texts = [words(labels.partial(drawing, edge)) for edge in drawing.edges]
    sizes = [(max(map(width, lines)) + 4, len(lines) + 2) for lines in boxes]
    edges = [(edge.source, edge.target) for edge in drawing.edges]
    used = {source for source, _ in edges}
    first = {k for k, node in enumerate(drawing.nodes) if node.formula is None}
    last = {k for k in range(len(drawing.nodes)) if k not in used and k not in first}
    if level:
        units = [(columns * COLUMN, rows * ROW) for columns, rows in sizes]
        spaces = [(width(text) + 4, 1) if text else (0, 0) for text in texts]
        gaps, near = (1, 2), (2, 1)
    else:
        units = [(rows * ROW, columns * COLUMN) for columns, rows in sizes]
        sizes = [(rows, columns) for columns, rows in sizes]
        spaces = [(2, width(text)) if text else (0, 0) for text in texts]
        gaps, near = (3, 2), (1, 2)
    cells = compact(lay_out(units, edges, first, last), edges, sizes, spaces, gaps, near)
    canvas = Canvas(ascii)
    for edge, path, text in zip(drawing.edges, cells.paths, texts, strict=True):
        points = path if level else [(y, x) for x, y in path]
        canvas.line(points, edge.source, dashed=edge.kind != "flow")
        x, y = points[-1]
        canvas.write(x, y, ARROWS["right" if level else "down"][ascii])
        if text and level:
            canvas.write(x - 2 - width(text), y, f" {text} ")
        elif text:
            canvas.write(x - (width(text) - 1) // 2, y - 1, text)
    for node, (left, top, right, bottom), lines in zip(drawing.nodes, cells.boxes, boxes, strict=True):
        sides = (left, top, right, bottom) if level else (top, left, bottom, right)
        canvas.box(sides, lines, dashed=not node.active)
    for path in cells.paths:
        x, y = path[0]
        canvas.tee((x - 1, y) if level else (y, x - 1), "right" if level else "down")
    return None if canvas.muddled else canvas.render()
