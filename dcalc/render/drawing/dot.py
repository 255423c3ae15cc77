"""A drawing in the DOT language of Graphviz."""

from __future__ import annotations

from ...commands.graph import Drawing
from . import labels
from .scene import ends, lines


def draw(drawing: Drawing) -> str:
    """The file."""
    first, last = ends(drawing)
    rows = [
        "digraph dcalc {",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded", fontname="monospace"];',
        '  edge [fontname="monospace", fontsize=11];',
    ]
    for place, node in enumerate(drawing.nodes):
        label = quoted("\n".join(line.text for line in lines(drawing, place)))
        extra = (
            ', style="rounded,dashed", color=gray' if not node.active else ", penwidth=2" * (place in drawing.outputs)
        )
        rows.append(f"  n{place} [label={label}{extra}];")
    for edge in drawing.edges:
        facts = [f"label={quoted(text)}"] if (text := labels.full_partial(drawing, edge)) else []
        facts += {"untaken": ["style=dashed", "color=gray"], "choice": ["style=dotted"]}.get(edge.kind, [])
        rows.append(f"  n{edge.source} -> n{edge.target}" + (f" [{', '.join(facts)}];" if facts else ";"))
    for rank, places in (("source", first), ("sink", last)):
        if places:
            rows.append(f"  {{ rank={rank}; {' '.join(f'n{place};' for place in sorted(places))} }}")
    return "\n".join([*rows, "}"])


def quoted(text: str) -> str:
    """A string of DOT; its lines are set from the left."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + (text.replace("\n", "\\l") + "\\l" if "\n" in text else text) + '"'
