"""Roles -> terminal colours, the last thing that happens to a text."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {"error": "31;1", "note": "33", "hint": "36", "operator": "35", "name": "32", "value": "1"}


#: Of the curves of a picture, one after the other.
_CURVES = ("36", "33", "35", "32", "34", "31")


def wanted(when: str, stream: TextIO) -> bool:
    """Whether to colour: `always`, `never`, or `auto`: on a terminal, unless NO_COLOR is set or it is dumb."""
    if when != "auto":
        return when == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, role: str, enabled: bool) -> str:
    """A text in its role's colour."""
    return f"\033[{_CODES[role]}m{text}\033[0m" if enabled else text


def curve(text: str, k: int, enabled: bool) -> str:
    """A text in the colour of the k-th curve of a picture."""
    return f"\033[{_CURVES[k % len(_CURVES)]}m{text}\033[0m" if enabled else text
