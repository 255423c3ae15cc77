"""Dual numbers as text: `4 + 4ε`, `1 - ε + 3ε²`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..graph.shapes import Shape
from ..language.figures import raised
from .latex_names import latex_figures
from .numbers import DIGITS, number

UNIT = "ε"


class Duals(NamedTuple):
    """A dual number, or an array of them row by row: for each the coefficients of 1, ε, ε², …"""

    numbers: Sequence[Sequence[float]]
    shape: Shape


def dual_text(parts: Sequence[float], digits: int = DIGITS) -> str:
    """A dual number for people; all of its parts, also those that are 0."""
    return joined([number(part, digits) for part in parts])


def joined(parts: Sequence[str], unit: str = UNIT) -> str:
    """Coefficients as a sum; one that is more than a number in parentheses."""
    text = ""
    for k, part in enumerate(parts):
        minus = k > 0 and part.startswith("-") and " " not in part
        size = part[1:] if minus else part
        if k:
            size = f"({size})" if " " in size else size
            # A word beside the letter would be another name: inf*ε.
            power = unit + (raised(k) if k > 1 else "")
            size = power if size == "1" else f"{size}*{power}" if size[-1:].isalpha() else size + power
            text += (" - " if minus else " + ") + size
        else:
            text = size
    return text


def latex_dual(parts: Sequence[float], digits: int) -> str:
    r"""A dual number in math mode, `4 + 4\varepsilon`."""
    text = ""
    for k, part in enumerate(parts):
        figures = number(part, digits)
        minus = k > 0 and figures.startswith("-")
        size = latex_figures(figures[1:] if minus else figures)
        if k:
            power = r"\varepsilon" + (f"^{{{k}}}" if k > 1 else "")
            text += (" - " if minus else " + ") + (power if size == "1" else f"{size} {power}")
        else:
            text = size
    return text


def inline(duals: Duals, digits: int) -> str:
    """Dual numbers on one line, arrays in brackets."""
    texts = [dual_text(parts, digits) for parts in duals.numbers]
    for length in reversed(duals.shape):
        texts = [f"[{', '.join(texts[k : k + length])}]" for k in range(0, len(texts), length)]
    return texts[0]
