"""Figures above and below the line: x², v₋₁."""

from __future__ import annotations

SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉₋"
_FIGURES = "0123456789-"
_RAISED = str.maketrans(_FIGURES, SUPERSCRIPTS)
_LOWERED = str.maketrans(_FIGURES, SUBSCRIPTS)
_LEVEL = str.maketrans(SUPERSCRIPTS + SUBSCRIPTS, _FIGURES * 2)


def raised(number: int | str) -> str:
    """A whole number as an exponent: ²."""
    return str(number).translate(_RAISED)


def lowered(number: int | str) -> str:
    """A whole number as an index: ₋₁."""
    return str(number).translate(_LOWERED)


def level(text: str) -> str:
    """A text with its raised and lowered figures back on the line."""
    return text.translate(_LEVEL)
