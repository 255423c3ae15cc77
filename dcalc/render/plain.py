"""Text in plain ASCII: v̇₆ as dv6, v̄₆ as v6_bar, x² as x^2. What has no such form is written as Python would."""

from __future__ import annotations

import re
import unicodedata

from ..language import ast, unparse
from ..language.figures import SUBSCRIPTS, SUPERSCRIPTS, level
from .numbers import count
from .view import Cell, Count, Equation, Formula, Lines, Pairs, Phrase, Picture, Table, View
from .where import lines

#: What is written otherwise; the rest is left to Unicode's own decomposition and names.
_WORDS = {
    "·": "*", "×": "*", "−": "-", "÷": "/", "±": "+-", "√": "sqrt", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~",
    "→": "->", "←": "<-", "⇒": "=>", "∂": "d", "∇": "grad ", "Σ": "sum", "‖": "|", "π": "pi", "ε": "eps", "∞": "inf",
    "ᵀ": "^T", "…": "...", "µ": "u", "′": "'", "ʹ": "'", "–": "-", "—": "-", "✓": "ok", "✗": "no",
}  # fmt: skip
_TO_SUBSCRIPTED = str.maketrans(SUBSCRIPTS, "0123456789m")  # v₋₁ is vm1: v-1 would be a difference
#: A name with a combining dot (a tangent) or macron (an adjoint) somewhere in it, perhaps with accents of its own.
_MARKED = re.compile("([^\\W\\d][\\w\u0300-\u0303\u0305\u0306\u0308-\u036f]*)([\u0307\u0304])([\\w₀-₉₋]*)")
_POWER = re.compile(f"[{SUPERSCRIPTS}]+")


def plain(text: str) -> str:
    """A text in ASCII."""
    if text.isascii():
        return text
    text = _MARKED.sub(_marked, unicodedata.normalize("NFD", text))
    text = _POWER.sub(lambda m: "^" + level(m[0]), text).translate(_TO_SUBSCRIPTED)
    return "".join(one if one.isascii() else _letter(one) for one in text)


def _marked(match: re.Match[str]) -> str:
    name = match[1] + match[3]
    return f"d{name}" if match[2] == "\u0307" else f"{name}_bar"


def _letter(one: str) -> str:
    if one in _WORDS:
        return _WORDS[one]
    decomposed = unicodedata.normalize("NFKD", one).encode("ascii", "ignore").decode()
    if decomposed:
        return decomposed
    if unicodedata.combining(one):
        return ""
    name = unicodedata.name(one, "")
    return name.rpartition(" ")[2].lower() if name.startswith("GREEK") else f"\\u{ord(one):04x}"


def plain_view(view: View) -> View:
    """A view whose words and formulas are in ASCII before they are laid out."""
    if isinstance(view, Picture):
        return Lines(view.draw(True))
    if isinstance(view, Lines):
        return Lines(plain(view.text))
    if isinstance(view, Formula):
        return Lines(plain(f"{view.label} = {lines(view.tree)}" if view.label else lines(view.tree)))
    if isinstance(view, Pairs):
        items = [(plain(label), _cell(content)) for label, content in view.items]
        return view._replace(items=items, caption=plain(view.caption))
    rows = [[_cell(content) for content in row] for row in view.rows]
    headers, narrower = [plain(header) for header in view.headers], None
    if view.narrower is not None:
        made = plain_view(view.narrower)
        narrower = made if isinstance(made, Table) else None
    return view._replace(headers=headers, rows=rows, caption=plain(view.caption), narrower=narrower)


def _cell(content: Cell) -> Cell:
    if isinstance(content, ast.Node):
        return plain(unparse(content))
    if isinstance(content, Equation):
        side = unparse(content.side, textbook=True) if isinstance(content.side, ast.Node) else content.side
        return Equation(plain(content.name), None if side is None else plain(side))
    if isinstance(content, Phrase):
        return Phrase(tuple(plain(part) if isinstance(part, str) else part for part in content.parts))
    if isinstance(content, Count) and not count(content).isascii():
        return plain(count(content))
    return plain(content) if isinstance(content, str) else content
