"""Where boxes and edges go: inputs first, outputs last, in layers. The library graphlay does it (MIT; a wheel of Rust).

It was chosen for its orthogonal edges that end apart on the boxes' sides and pass no box, its determinism and its
licence. It has no wheels for every platform (musl), hence the extra: dcalc without it still writes DOT, Mermaid, JSON
and a list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ...errors import DcalcError

EXTRA = "draw"
#: The space between layers, boxes, parallel edges and the ends of edges, in the library's units (pixels).
LAYER_GAP, NODE_GAP, LANE, PORT = 80.0, 34.0, 16.0, 18.0
SLIGHT = 1.5


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
    options = {
        "direction": "leftright",
        "spacing": {
            "layer_gap": LAYER_GAP,
            "node_gap": NODE_GAP,
            "dummy_gap": NODE_GAP,
            "port_gap": PORT,
            "edge_label_margin": 0,
        },
        "routing": {
            "style": "orthogonal",
            "lane_gap": LANE,
            "port_sides": "facing_only",
            "bundle_parallel": False,
        },
    }
    made = graphlay.layout(graph, options=options)
    boxes = []
    for one in made.nodes:
        x, y, size = one["center"]["x"], one["center"]["y"], one["size"]
        w, h = size["width"] / 2, size["height"] / 2
        boxes.append(Box(x - w, y - h, x + w, y + h))
    paths = [straightened([(point["x"], point["y"]) for point in one["points"]]) for one in made.edges]
    return Placed(boxes, paths)


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
