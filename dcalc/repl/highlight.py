"""Highlighting from the language's own tokens: each has a role, a style gives roles their colours."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import split_lines
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from ..commands import verb as verb_named
from ..commands.base import State
from ..commands.sentence import find_cuts, names_words, verb_of
from ..language import RESERVED, tokens
from ..language.lexer import shared
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
#: A word's role depends on nothing that is farther behind it.
NEAR = 64
_start, _piece_end = attrgetter("start"), attrgetter("end")


class Piece(NamedTuple):
    """A part of a text with its role."""

    begin: int
    end: int
    role: str


def pieces(text: str, state: State | None = None, begun: Sequence[Piece] = ()) -> list[Piece]:
    """The parts of a text that have a role, in order. Never fails: half a line is the rule while typing.

    begun: those of its beginning, where they are known.
    """
    found = tokens(text)
    known = names_of(state) if state else ()
    verb = verb_of(text, known)
    words: dict[int, int] = {}  # where a word of the sentence begins -> where it ends
    if verb is not None:
        head = next(token for token in found if token.type != "NEWLINE")
        words[head.start] = head.end
        if not names_words(verb):
            words.update((cut.begin, cut.end) for cut in find_cuts(text, verb_named(verb)))
    result = list(begun)
    behind, last = result[-1].end if result else -1, -1
    has_comments = "#" in text
    for token in found[bisect_left(found, behind, key=_start) :]:
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
    """Our pieces as prompt_toolkit wants them: line by line. What stands before a change is as it was the last time."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self._of: State | None = None
        self._text = ""
        self._pieces: list[Piece] = []
        #: what is drawn; of each piece how many fragments that takes, and up to where they go
        self._fragments: StyleAndTextTuples = []
        self._drawn: list[tuple[int, int]] = []

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The styled lines of a document."""
        self._renew(document.text)
        if "\n" not in document.text:
            line = self._fragments
            return lambda number: line if number == 0 else []
        lines = list(split_lines(self._fragments))
        return lambda number: lines[number] if number < len(lines) else []

    def _renew(self, text: str) -> None:
        state = self._state()
        same = shared(text, self._text) - NEAR if state is self._of else 0
        kept = bisect_right(self._pieces, same, key=_piece_end)
        found = pieces(text, state, self._pieces[:kept])
        count, behind = self._drawn[kept - 1] if kept else (0, 0)
        fragments, drawn = self._fragments[:count], self._drawn[:kept]
        for begin, end, role in found[kept:]:
            if role not in _PLAIN:  # every fragment costs time at every key
                if behind < begin:
                    fragments.append(("", text[behind:begin]))
                fragments.append((f"class:{role}", text[begin:end]))
                behind = end
            drawn.append((len(fragments), behind))
        if behind < len(text):
            fragments.append(("", text[behind:]))
        self._of, self._text, self._pieces = state, text, found
        self._fragments, self._drawn = fragments, drawn
