"""Every failure of dcalc as data: kind, message, where in the text, what to do next, exit status.

Nothing here formats: `dcalc.render.errors` draws the caret, JSON writes the object.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_NOT_UNDERSTOOD = 2
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130

#: Kind of failure -> exit status. 1: the computation failed; 2: the request could not be understood.
EXIT_STATUS = {
    "syntax": EXIT_NOT_UNDERSTOOD,
    "name": EXIT_NOT_UNDERSTOOD,
    "arity": EXIT_NOT_UNDERSTOOD,
    "shape": EXIT_NOT_UNDERSTOOD,
    "usage": EXIT_NOT_UNDERSTOOD,
    "domain": EXIT_FAILED,
    "limit": EXIT_FAILED,
    "assertion": EXIT_FAILED,
    "internal": EXIT_INTERNAL,
}

#: Half-open character offsets [start, end) into the text of a `Source`.
Span = tuple[int, int]


class Source:
    """A text that a user gave, and what to call it in messages ("expression", "--at", a file's name)."""

    __slots__ = ("__weakref__", "name", "text")

    def __init__(self, text: str, name: str = "expression") -> None:
        self.text = text
        self.name = name

    def saying(self, text: str) -> Source:
        """Another text in this one's place."""
        return Source(text, self.name)

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a character offset, both counted from 1."""
        line = self.text.count("\n", 0, offset) + 1
        return line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1


class File(Source):
    """The text of a file: messages about it say where it stands there."""

    __slots__ = ()


class DcalcError(Exception):
    """A failure that a user can act on.

    kind: a key of `EXIT_STATUS`. message: one sentence, no full stop. hint: the next step, or None.
    source and span: the text and the place in it, or None where there is none. also: further places in it that the
    failure is about (of shapes that do not fit, the other operand's).
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        source: Source | None = None,
        span: Span | None = None,
        hint: str | None = None,
        also: tuple[Span, ...] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint
        self.also = also

    @property
    def exit_status(self) -> int:
        """The process's exit status for this kind of failure."""
        return EXIT_STATUS[self.kind]


class NeedsPointError(DcalcError):
    """A program that can only be followed at a point: the values that decide its way are missing."""

    #: the inputs whose values are asked for
    names: tuple[str, ...] = ()


def suggestion(word: str, known: list[str], otherwise: str) -> str:
    """A hint for an unknown word: `did you mean …?`, or `otherwise` where nothing is near."""
    similar = nearest(word, known)
    return f"did you mean {', '.join(similar)}?" if similar else otherwise


def nearest(word: str, known: list[str], *, limit: int = 3) -> list[str]:
    """Up to `limit` known words that `word` may be a misspelling of, best first (Ratcliff–Obershelp)."""
    import difflib  # only a failure pays for it

    return difflib.get_close_matches(word, known, n=limit, cutoff=0.6)
