"""A drawing as SVG: one file that needs nothing else, light or dark as the reader's screen is."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ...commands.graph import Drawing
from . import labels
from .layout import Box
from .scene import LINE, PADDING, PlacedEdge, PlacedNode, Scene, scene

#: The radius of an edge's bends, and the size of its tip.
BEND, TIP = 7.0, 8.0


def style() -> str:
    """The style sheet that all drawings share."""
    return (Path(__file__).with_name("drawing.css")).read_text("utf-8")


def draw(drawing: Drawing) -> str:
    """The file."""
    made = scene(drawing)
    title = f"Computational graph: {drawing.text}"
    body = markup(drawing, made)
    words = [labels.caption(drawing), *labels.legend(drawing)]
    rows = [
        f'<text class="legend" x="16" y="{made.height + 14 + 18 * k:g}">{escape(row)}</text>'
        for k, row in enumerate(words)
    ]
    width = max(made.width, *(32 + 8 * len(row) for row in words))
    height = made.height + 18 * len(words) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dcalc" role="img" aria-labelledby="title desc" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape("; ".join(words))}</desc>\n'
        f"<style>\n{style()}.dcalc .legend {{ fill: var(--line); font-size: 12.5px; }}\n</style>\n"
        f'<rect class="paper" width="{width:g}" height="{height:g}"/>\n'
        f"{body}\n" + "\n".join(rows) + "\n</svg>"
    )


def markup(drawing: Drawing, made: Scene) -> str:
    """The edges and the boxes. Each has an id, edge-3 or node-2, and says itself in words."""
    edges = [_edge(drawing, k, one) for k, one in enumerate(made.edges)]
    nodes = [_node(drawing, k, one) for k, one in enumerate(made.nodes)]
    return "\n".join([*edges, *nodes])


def _node(drawing: Drawing, place: int, one: PlacedNode) -> str:
    node, box = drawing.nodes[place], one.box
    kinds = ["node", *(["input"] if node.formula is None else []), *(["output"] if place in drawing.outputs else [])]
    kinds += [name for name, holds in (("asleep", not node.active), ("kink", node.kink)) if holds]
    first = box.top + PADDING + 10
    texts = [
        f'<text x="{box.left + PADDING:g}" y="{first + LINE * k:g}">'
        f'<tspan class="{line.kind}">{escape(line.text)}</tspan></text>'
        for k, line in enumerate(one.lines)
    ]
    told = ", ".join(line.text for line in one.lines)
    return (
        f'<g id="node-{place}" class="{" ".join(kinds)}"><title>{escape(told)}</title>{_rectangle(box)}'
        + "".join(texts)
        + "</g>"
    )


def _rectangle(box: Box) -> str:
    width, height = box.right - box.left, box.bottom - box.top
    return f'<rect x="{box.left:g}" y="{box.top:g}" width="{width:g}" height="{height:g}" rx="7"/>'


def _edge(drawing: Drawing, place: int, one: PlacedEdge) -> str:
    edge = drawing.edges[place]
    x, y = one.corners[-1]
    tip = f"M{x:g} {y:g}l{-TIP:g} {-TIP / 2:g}v{TIP:g}z"
    anchor_x, anchor_y = one.anchor
    label = (
        f'<text class="partial" x="{anchor_x:g}" y="{anchor_y - 5:g}">{escape(one.label)}</text>' if one.label else ""
    )
    return (
        f'<g id="edge-{place}" class="edge {edge.kind}" data-source="{edge.source}" data-target="{edge.target}">'
        f"<title>{escape(labels.told(drawing, edge))}</title>"
        f'<path class="wire" d="{_rounded(one.corners)}"/><path class="tip" d="{tip}"/>{label}</g>'
    )


def _rounded(corners: list[tuple[float, float]]) -> str:
    """A path with rounded bends, from the box to the tip's base."""
    x, y = corners[0]
    parts = [f"M{x:g} {y:g}"]
    end = (corners[-1][0] - TIP + 1, corners[-1][1])
    points = [*corners[:-1], end]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(at, before), _towards(at, after)
        parts.append(f"L{near[0]:g} {near[1]:g}Q{at[0]:g} {at[1]:g} {far[0]:g} {far[1]:g}")
    parts.append(f"L{end[0]:g} {end[1]:g}")
    return "".join(parts)


def _towards(at: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """A little way from one point to another, on a level or upright line."""
    x, y = at
    radius = min(BEND, (abs(other[0] - x) + abs(other[1] - y)) / 2)
    return x + radius * ((other[0] > x) - (other[0] < x)), y + radius * ((other[1] > y) - (other[1] < y))
