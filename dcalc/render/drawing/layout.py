"""Where boxes and edges go: inputs first, outputs last, in layers. The library graphlay does it (MIT; a wheel of Rust).

It was chosen for its orthogonal edges that end apart on the boxes' sides and pass no box, its determinism and its
licence. It has no wheels for every platform (musl), hence the extra: dcalc without it still writes DOT, Mermaid, JSON
and a list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ...errors import DcalcError

EXTRA = "draw"
#: The space between layers, boxes, parallel edges and the ends of edges, in the library's units (pixels).
LAYER_GAP, NODE_GAP, LANE, PORT = 80.0, 34.0, 16.0, 18.0
SLIGHT = 1.5
#: An edge that comes as near to a box as this seems to touch it, and is moved if the graph is not larger than this.
NEAR, CHECKED = 3.0, 250
OPTIONS = {
    "direction": "leftright",
    "spacing": {
        "layer_gap": LAYER_GAP,
        "node_gap": NODE_GAP,
        "dummy_gap": NODE_GAP,
        "port_gap": PORT,
        "edge_label_margin": 0,
    },
    "routing": {"style": "orthogonal", "lane_gap": LANE, "port_sides": "facing_only", "bundle_parallel": False},
}


class Box(NamedTuple):
    """A placed box: its sides."""

    left: float
    top: float
    right: float
    bottom: float


class Placed(NamedTuple):
    """Boxes, and for each edge its corners from the source's right side to the target's left side."""

    boxes: list[Box]
    paths: list[list[tuple[float, float]]]


def available() -> bool:
    """Whether the library is there."""
    from importlib.util import find_spec

    return find_spec("graphlay") is not None


def missing() -> DcalcError:
    """The error that says how to get it."""
    return DcalcError(
        "usage",
        "drawing a graph needs the library graphlay",
        hint=f"pip install 'dcalc[{EXTRA}]'; the formats dot, mermaid, json and csv need none",
    )


def lay_out(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    first: Collection[int],
    last: Collection[int],
) -> Placed:
    """Boxes of these widths and heights from left to right. Raises DcalcError where the library is missing."""
    try:
        import graphlay
    except ImportError:
        raise missing() from None
    graph = graphlay.Graph()
    for node, (width, height) in enumerate(sizes):
        rank = {"rank": "first"} if node in first else {"rank": "last"} if node in last else {}
        graph.node(node, width=width, height=height, port_sides="facing_only", **rank)
    for source, target in edges:
        graph.edge(source, target)
    made = graphlay.layout(graph, options=OPTIONS)
    boxes = []
    for one in made.nodes:
        x, y, size = one["center"]["x"], one["center"]["y"], one["size"]
        w, h = size["width"] / 2, size["height"] / 2
        boxes.append(Box(x - w, y - h, x + w, y + h))
    paths = [straightened([(point["x"], point["y"]) for point in one["points"]]) for one in made.edges]
    placed = Placed(boxes, paths)
    return _moved_away(placed, edges) if len(sizes) <= CHECKED else placed


def _moved_away(placed: Placed, edges: Sequence[tuple[int, int]]) -> Placed:
    """Level pieces that touch a box are moved beside it, if that spares a touch and their ends stay on their boxes."""
    paths = [list(path) for path in placed.paths]
    for edge, ((source, target), path) in enumerate(zip(edges, paths, strict=True)):
        for k, ((x0, y0), (x1, y1)) in enumerate(pairwise(path)):
            before = _touched(Placed(placed.boxes, [path]), [(source, target)]) if y0 == y1 else 0
            if not before:
                continue
            allowed = [placed.boxes[source]] * (k == 0) + [placed.boxes[target]] * (k == len(path) - 2)
            for box in placed.boxes:
                for y in (box.top - 3 * NEAR, box.bottom + 3 * NEAR):
                    if abs(y - y0) > PORT or any(not one.top + NEAR < y < one.bottom - NEAR for one in allowed):
                        continue
                    moved = [*path[:k], (x0, y), (x1, y), *path[k + 2 :]]
                    free = not _runs_along(moved, k, (one for place, one in enumerate(paths) if place != edge))
                    if free and _touched(Placed(placed.boxes, [moved]), [(source, target)]) < before:
                        paths[edge] = path = moved
                        before = _touched(Placed(placed.boxes, [path]), [(source, target)])
    return Placed(placed.boxes, paths)


def _runs_along(path: list[tuple[float, float]], k: int, others: Iterable[list[tuple[float, float]]]) -> bool:
    """Whether the k-th piece of a path, a level one, comes near another path's level piece."""
    (x0, y), (x1, _) = path[k], path[k + 1]
    pieces = (piece for other in others for piece in pairwise(other))
    return any(
        b == d and abs(b - y) < NEAR and min(a, c) < max(x0, x1) and min(x0, x1) < max(a, c)
        for (a, b), (c, d) in pieces
    )


def _touched(placed: Placed, edges: Sequence[tuple[int, int]]) -> int:
    """How often an edge runs over a box or along its border; the library does not always keep away."""
    count = 0
    for ends, path in zip(edges, placed.paths, strict=True):
        for (x0, y0), (x1, y1) in pairwise(path):
            left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            for node, box in enumerate(placed.boxes):
                near = 0.0 if node in ends else NEAR
                across = box.top - near < bottom and top < box.bottom + near
                count += across and box.left - near < right and left < box.right + near
    return count


def straightened(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of a path, each once, with what differs only by rounding made the same."""
    made: list[tuple[float, float]] = []
    for x, y in ((round(x, 3), round(y, 3)) for x, y in points):
        if made:  # a step of less than SLIGHT is none
            x = made[-1][0] if abs(x - made[-1][0]) < SLIGHT else x
            y = made[-1][1] if abs(y - made[-1][1]) < SLIGHT else y
            if (x, y) == made[-1]:
                continue
        if len(made) > 1 and (made[-2][0] == made[-1][0] == x or made[-2][1] == made[-1][1] == y):
            made.pop()  # it was on the way
        made.append((x, y))
    return made
