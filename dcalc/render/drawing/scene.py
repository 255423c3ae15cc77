"""A drawing in pixels: placed boxes with their lines, edges with their corners, and where labels stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...commands.graph import Drawing
from ...errors import DcalcError
from . import labels
from .canvas import width
from .layout import Box, lay_out

#: More boxes than this are a picture for nobody, and take the layout many seconds.
MOST = 1000
#: Pixels: a character of the boxes and of the edges, a line of text, the room around a box's text and a drawing.
LETTER, SMALL, LINE, PADDING, MARGIN = 8.0, 7.0, 19.0, 12.0, 16.0
#: Edges end on so much of a box's side (the library's way); with two lines of text between them they are so far apart.
ENDS, TWO_LINES = 0.63, 33.0
#: From an edge's end back to its label.
ARROW = 13.0


class Line(NamedTuple):
    """A line of a box: what it is ("head", "value", "derivative", "remark") and its text."""

    kind: str
    text: str


class PlacedNode(NamedTuple):
    """A box with its lines."""

    box: Box
    lines: list[Line]


class PlacedEdge(NamedTuple):
    """An edge: its corners, its label, and the label's right end on the line."""

    corners: list[tuple[float, float]]
    label: str
    anchor: tuple[float, float]


class Room(NamedTuple):
    """How many characters boxes and edges show at times; edges that meet are apart by two lines of text."""

    nodes: list[int]
    edges: list[int]


class Scene(NamedTuple):
    """All of it, in a frame from (0, 0) to (width, height)."""

    width: float
    height: float
    nodes: list[PlacedNode]
    edges: list[PlacedEdge]


def lines(drawing: Drawing, place: int) -> list[Line]:
    """The lines of a box: its formula, its value and its adjoint, each in words, and remarks."""
    node = drawing.nodes[place]
    made = [Line("head", labels.head(drawing, node))]
    value = labels.value_of(drawing, node)
    if value is not None:
        made.append(Line("value", f"value {value}"))
    other = labels.derivative(drawing, place)
    if other is not None:
        made.append(Line("derivative", f"{labels.mode(drawing)} {other}"))
    return [*made, *(Line("remark", remark) for remark in labels.remarks(drawing, place))]


def scene(drawing: Drawing, room: Room | None = None) -> Scene:
    """The scene; room: for what is shown later. Raises DcalcError."""
    count = len(drawing.nodes)
    hold_size(drawing)
    boxes = [lines(drawing, place) for place in range(count)]
    edges = [(edge.source, edge.target) for edge in drawing.edges]
    meeting = [0] * count
    for _, target in edges:
        meeting[target] += 1
    sizes = []
    for place, box in enumerate(boxes):
        letters = max(max(width(line.text) for line in box), room.nodes[place] if room else 0)
        height = len(box) * LINE + 2 * PADDING - 6
        if room and drawing.passes and meeting[place] > 1:
            height = max(height, TWO_LINES * max(2, meeting[place] - 1) / ENDS)
        sizes.append((letters * LETTER + 2 * PADDING, height))
    placed = lay_out(sizes, edges, *ends(drawing))
    texts = [labels.full_partial(drawing, edge) for edge in drawing.edges]
    wide = [max(width(text), room.edges[k] if room else 0) for k, text in enumerate(texts)]
    steps = _stretched(
        placed.boxes, [(target, letters * SMALL) for (_, target), letters in zip(edges, wide, strict=True)]
    )
    top = min([box.top for box in placed.boxes] + [y for path in placed.paths for _, y in path])
    left = min(box.left for box in placed.boxes)

    def moved(x: float, y: float) -> tuple[float, float]:
        shift = sum(extra for start, extra in steps if x >= start)
        return round(x - left + shift + MARGIN, 2), round(y - top + MARGIN, 2)

    nodes = []
    for side, words in zip(placed.boxes, boxes, strict=True):
        nodes.append(PlacedNode(Box(*moved(side.left, side.top), *moved(side.right, side.bottom)), words))
    drawn = []
    for path, text in zip(placed.paths, texts, strict=True):
        corners = [moved(x, y) for x, y in path]
        x, y = corners[-1]
        drawn.append(PlacedEdge(corners, text, (x - ARROW, y)))
    points = [(node.box.right, node.box.bottom) for node in nodes] + [at for edge in drawn for at in edge.corners]
    return Scene(max(x for x, _ in points) + MARGIN, max(y for _, y in points) + MARGIN, nodes, drawn)


def hold_size(drawing: Drawing) -> None:
    """Refuse a graph that is too large for a picture, with a DcalcError of kind limit."""
    if len(drawing.nodes) > MOST:
        message = f"a picture has at most {MOST} steps, this graph has {len(drawing.nodes)}"
        hint = "draw a part of the expression; the formats dot, mermaid, json and csv take any number"
        raise DcalcError("limit", message, hint=hint)


def ends(drawing: Drawing) -> tuple[set[int], set[int]]:
    """What stands first, the inputs, and last, the outputs that no step uses."""
    first = {k for k, node in enumerate(drawing.nodes) if node.formula is None}
    used = {edge.source for edge in drawing.edges}
    return first, {k for k in range(len(drawing.nodes)) if k not in used and k not in first}


def _stretched(boxes: Sequence[Box], wanted: Sequence[tuple[int, float]]) -> list[tuple[float, float]]:
    """Room for the labels in front of each layer: (from where on, how much is added), for the ends of edges."""
    starts: list[float] = []
    end = float("-inf")
    for left, right in sorted((box.left, box.right) for box in boxes):
        if left > end:
            starts.append(left)
        end = max(end, right)
    extra = dict.fromkeys(starts, 0.0)
    for target, pixels in wanted:
        start = max(at for at in starts if at <= boxes[target].left)
        extra[start] = max(extra[start], pixels and pixels + ARROW - 12)
    return list(extra.items())
