"""Highlighting from the language's own tokens: each has a role, a style gives roles their colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from ..commands import verb as verb_named
from ..commands.base import State
from ..commands.sentence import find_cuts, names_words, verb_of
from ..language import RESERVED, tokens
from ..session import names_of

#: Colours of the sixteen that every theme has, as `render.color` uses them.
STYLE = Style.from_dict(
    {
        "value": "ansicyan",
        "name": "ansigreen",
        "operator": "ansimagenta",
        "word": "bold",
        "error": "ansired underline",
        "comment": "ansibrightblack",
        "bracket": "bold reverse",
        "fault": "ansired underline",
        "auto-suggestion": "ansibrightblack",
        "bottom-toolbar": "noreverse",
        "bottom-toolbar.text": "ansibrightblack",
        "remark.value": "ansicyan",
        "remark.note": "ansiyellow",
        "remark.error": "ansired",
        "remark.mode": "bold",
    }
)
#: Without colour the selected word of the menu, what is wrong and brackets are still to be seen.
PLAIN = Style.from_dict(
    {
        "completion-menu.completion.current": "reverse",
        "bracket": "underline",
        "fault": "underline",
        "bottom-toolbar": "noreverse",
    }
)

_OPERATORS = frozenset(
    (
        *("SIGN", "TIMES", "DIVIDE", "MATMUL", "POWER", "SUPERSCRIPT", "ROOT", "RELATION", "ASSIGN", "PRIMES"),
        *("ARROW", "RANGE"),
    )
)
_ROLES = {"NUMBER": "value", "NAME": "name", "ERROR": "error", **dict.fromkeys(_OPERATORS, "operator")}
#: Roles that have no look of their own.
_PLAIN = frozenset(("function",))
#: A name before one of these is a function's.
_CALLS = frozenset(("LPAR", "PRIMES"))


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
            words.update((cut.begin, cut.end) for cut in find_cuts(text, verb_named(verb)))
    result: list[Piece] = []
    behind = last = -1
    has_comments = "#" in text
    for token in found:
        begin, end = token.span
        if begin < behind:
            continue
        if has_comments:
            _comment(result, text, max(behind, 0), begin)
        kind = token.type
        if kind in _CALLS and result and result[-1].end == last and result[-1].role == "name":
            result[-1] = result[-1]._replace(role="function")
        behind = last = end
        if begin in words:
            behind = words[begin]
            result.append(Piece(begin, behind, "word"))
        elif token.text in RESERVED:
            result.append(Piece(begin, end, "word"))
        elif role := _ROLES.get(kind):
            result.append(Piece(begin, end, role))
    _comment(result, text, max(behind, 0), len(text))
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
            if "\n" not in part:
                lines[-1].append((style, part))
                return
            first, *rest = part.split("\n")
            lines[-1].append((style, first))
            lines.extend([(style, line)] for line in rest)

        behind = 0
        for begin, end, role in pieces(text, self._state()):
            if role in _PLAIN:
                continue  # every fragment costs time at every key
            if behind < begin:
                add("", text[behind:begin])
            add(f"class:{role}", text[begin:end])
            behind = end
        add("", text[behind:])
        return lambda number: lines[number] if number < len(lines) else []
