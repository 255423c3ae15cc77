"""Results -> text, JSON, CSV, Markdown, LaTeX. One module per format, chosen here by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .numbers import DIGITS


def render(results: list[Any], notes: list[Any], form: str = "text", digits: int = DIGITS) -> str:
    """The results in a format, without a newline at the end. Notes are part of JSON only."""
    module = import_module(f"{__name__}.{'json_' if form == 'json' else 'csv_' if form == 'csv' else form}")
    text: str = module.render(results, notes, digits)
    return text
