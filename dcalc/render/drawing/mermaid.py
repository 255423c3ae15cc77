"""A drawing as a Mermaid flowchart, which many Markdown viewers draw."""

from __future__ import annotations

from ...commands.graph import Drawing
from . import labels
from .scene import ends, lines

#: Mermaid reads some characters as its own; it writes any of them as #code;
_OWN = frozenset('"#<>&;`\\[](){}|')


def draw(drawing: Drawing) -> str:
    """The chart."""
    rows = ["flowchart LR"]
    for place in range(len(drawing.nodes)):
        label = "<br/>".join(escaped(line.text) for line in lines(drawing, place))
        rows.append(f'  n{place}["{label}"]')
    for edge in drawing.edges:
        text = labels.full_partial(drawing, edge)
        arrow = "-->" if edge.kind == "flow" else "-.->"
        rows.append(f"  n{edge.source} {arrow}" + (f'|"{escaped(text)}"|' if text else "") + f" n{edge.target}")
    classes = [("input", sorted(ends(drawing)[0])), ("output", sorted(set(drawing.outputs)))]
    classes.append(("untaken", [place for place, node in enumerate(drawing.nodes) if not node.active]))
    styles = {"input": "stroke-width:1px", "output": "stroke-width:3px", "untaken": "stroke-dasharray:5 4,opacity:0.6"}
    for name, places in classes:
        if places:
            rows.append(f"  classDef {name} {styles[name]}")
            rows.append(f"  class {','.join(f'n{place}' for place in places)} {name}")
    return "\n".join(rows)


def escaped(text: str) -> str:
    """A text within quotes."""
    return "".join(f"#{ord(one)};" if one in _OWN else one for one in text)
