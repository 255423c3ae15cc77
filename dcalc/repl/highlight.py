"""Highlighting from the language's own tokens: each has a role, a style gives roles their colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from ..commands import command
from ..commands.base import State
from ..commands.sentence import find_cuts, names_words, verb_of
from ..language import RESERVED, tokens
from ..session import names_of

#: Colours of the sixteen that every theme has, as `render.color` uses them.
STYLE = Style.from_dict(
    {
        "value": "ansicyan",
        "name": "ansigreen",
        "function": "",
        "operator": "ansimagenta",
        "word": "bold",
        "error": "ansired underline",
        "comment": "ansibrightblack",
    }
)
#: Without colour the selected word of the menu is still to be seen.
PLAIN = Style.from_dict({"completion-menu.completion.current": "reverse"})

_OPERATORS = frozenset(
    (
        *("SIGN", "TIMES", "DIVIDE", "MATMUL", "POWER", "SUPERSCRIPT", "ROOT", "RELATION", "ASSIGN", "PRIMES"),
        *("ARROW", "RANGE"),
    )
)
_ROLES = {"NUMBER": "value", "NAME": "name", "ERROR": "error", **dict.fromkeys(_OPERATORS, "operator")}


class Piece(NamedTuple):
    """A part of a text with its role."""

    begin: int
    end: int
    role: str


def pieces(text: str, state: State | None = None) -> list[Piece]:
    """The parts of a text that have a role, in order. Never fails: half a line is the rule while typing."""
    found = tokens(text)
    known = names_of(state) if state else ()
    verb = verb_of(text, known)
    words: dict[int, int] = {}  # where a word of the sentence begins -> where it ends
    if verb is not None:
        head = next(token for token in found if token.type != "NEWLINE")
        words[head.start] = head.end
        if not names_words(verb):
            words.update((cut.begin, cut.end) for cut in find_cuts(text, command(verb)))
    result: list[Piece] = []
    behind = 0
    for token, following in zip(found, [*found[1:], None], strict=False):
        if token.start < behind:
            continue
        _comment(result, text, behind, token.start)
        behind = token.end
        role = _ROLES.get(token.type, "")
        if token.start in words:
            role, behind = "word", words[token.start]
        elif token.text in RESERVED:
            role = "word"
        elif role == "name" and following is not None and following.type in ("LPAR", "PRIMES"):
            role = "function"
        if role:
            result.append(Piece(token.start, behind, role))
    _comment(result, text, behind, len(text))
    return result


def _comment(result: list[Piece], text: str, begin: int, end: int) -> None:
    """What stands between two tokens is blank, or a comment at its end."""
    place = text.find("#", begin, end)
    if place >= 0:
        result.append(Piece(place, end, "comment"))


class Highlighter(Lexer):
    """Our pieces as prompt_toolkit wants them: line by line."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The styled lines of a document."""
        text = document.text
        lines: list[StyleAndTextTuples] = [[]]

        def add(style: str, part: str) -> None:
            first, *rest = part.split("\n")
            lines[-1].append((style, first))
            lines.extend([(style, line)] for line in rest)

        behind = 0
        for piece in pieces(text, self._state()):
            add("", text[behind : piece.begin])
            add(f"class:{piece.role}", text[piece.begin : piece.end])
            behind = piece.end
        add("", text[behind:])
        return lambda number: lines[number] if number < len(lines) else []
