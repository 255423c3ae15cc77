"""A drawing as one HTML page that steps through the passes by key or button. It needs nothing but a browser."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from ...commands.graph import Drawing
from . import labels
from .scene import Scene, hold_size, scene
from .steps import parts, room, steps
from .svg import markup, style


def draw(drawing: Drawing) -> str:
    """The page. What the user wrote is escaped; the script gets it as data, which cannot end the script."""
    hold_size(drawing)
    played = steps(drawing)
    made = scene(drawing, room(drawing, played))
    title = f"Computational graph: {drawing.text}"
    svg = (
        f'<svg class="dcalc" role="group" aria-label="{escape(title)}" width="{made.width:g}" height="{made.height:g}" '
        f'viewBox="0 0 {made.width:g} {made.height:g}">\n{_with_carried(drawing, made)}\n</svg>'
    )
    options = "".join(f'<option value="{k}">{escape(name)}</option>' for k, name in enumerate(parts(drawing)))
    legend = "".join(f"<li>{escape(row)}</li>" for row in [*_how(drawing), *labels.legend(drawing)])
    notes = "".join(f"<li>note: {escape(note.message)}</li>" for note in drawing.notes)
    fields = {
        "TITLE": escape(title),
        "STYLE": style(),
        "SVG": svg,
        "OPTIONS": options,
        "LEGEND": legend + notes,
        "DATA": data({"steps": [step._asdict() for step in played], "parts": parts(drawing)}),
    }
    # In one pass, so that a user's text that looks like a field stays what it is.
    pieces = Path(__file__).with_name("page.html").read_text("utf-8").split("{{")
    return pieces[0] + "".join(fields[name] + rest for name, _, rest in (one.partition("}}") for one in pieces[1:]))


def data(value: Any) -> str:
    """JSON that may stand within a script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _how(drawing: Drawing) -> list[str]:
    return [
        "Keys: → and ← step, Home and End go to the ends, space plays"
        + (", f and b begin the first and the second pass" if drawing.passes else ""),
        labels.caption(drawing),
    ]


def _with_carried(drawing: Drawing, made: Scene) -> str:
    """The drawing with a place below each edge for what it carries."""
    carried = [
        f'<g class="edge"><text class="carried" id="carried-{place}" x="{one.anchor[0]:g}" y="{one.anchor[1] + 14:g}">'
        "</text></g>"
        for place, one in enumerate(made.edges)
    ]
    return "\n".join([markup(drawing, made), *carried])
