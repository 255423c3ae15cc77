"""Results -> text, JSON, CSV, Markdown, LaTeX, and what some can be drawn as. Formats are chosen here by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .numbers import DIGITS
from .shown import module_of


def render(
    results: list[Any],
    notes: list[Any],
    form: str = "text",
    digits: int = DIGITS,
    *,
    ascii: bool = False,
    color: bool = False,
    width: int | None = None,
) -> str:
    """The results in a format, without a newline at the end. Notes are part of JSON only.

    ascii: plain ASCII characters only; LaTeX is that anyway. color, width (columns that a table may have): of text
    alone.
    """
    module = import_module(f"{__name__}.{'json_' if form == 'json' else 'csv_' if form == 'csv' else form}")
    options: dict[str, Any] = {} if form == "latex" else {"ascii": ascii}
    if form == "text":
        options |= {"color": color, "width": width}
    text: str = module.render(results, notes, digits, **options)
    return text


def drawn(results: list[Any], form: str, digits: int = DIGITS) -> str | bytes:
    """A result in a format that only its kind has (`options.DRAWN`): a picture, a page."""
    (result,) = results
    module = module_of(result)
    assert module is not None, result
    made: str | bytes = module.drawn(result, form, digits)
    return made
