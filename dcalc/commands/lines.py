"""A text line by line: where a statement ends, and whether there is anything in it to do or to show."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Source
from ..language import tokens
from ..language.lexer import CLOSES, CONTINUES, OPENS
from .sentence import blanked, names_words, verb_of


class Line(Source):
    """A statement or a sentence of a file in which `above` lines stand before it.

    loading: the files that are being loaded while it is taken.
    """

    __slots__ = ("above", "loading")

    def __init__(self, text: str, name: str, above: int, loading: tuple[str, ...] = ()) -> None:
        super().__init__(text, name)
        self.above = above
        self.loading = loading

    def saying(self, text: str) -> Line:
        """Another text in this one's place."""
        return Line(text, self.name, self.above, self.loading)

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) in the file."""
        line, column = super().position(offset)
        return line + self.above, column


def is_blank(text: str) -> bool:
    """Whether there is nothing to do: blanks, comments and semicolons only."""
    return all(token.type in ("NEWLINE", "SEMICOLON") for token in tokens(text))


def is_silent(text: str) -> bool:
    """Whether the user asked not to see the value: a semicolon stands at the end."""
    last = next((token for token in reversed(tokens(text)) if token.type != "NEWLINE"), None)
    return last is not None and last.type == "SEMICOLON"


def is_open(text: str) -> bool:
    """Whether more has to come: a bracket is open, or an operator waits for its right side."""
    return _Balance().add(text)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """(lines above, text) of each line, or of several where a bracket is open or an operator waits."""
    above = 0
    pending: list[str] = []
    balance = _Balance()
    lines = text.split("\n")
    for k, line in enumerate(lines):
        pending.append(line)
        if balance.add(line + "\n") or (balance.last == "RBRACE" and _goes_on(lines, k + 1)):
            continue
        yield above, "\n".join(pending)
        above += len(pending)
        pending = []
        balance = _Balance()
    if pending:
        yield above, "\n".join(pending)


def _goes_on(lines: list[str], k: int) -> bool:
    """Whether the next line that says something, from the k-th on, begins with `else`."""
    for line in lines[k:]:
        first = next((token for token in tokens(line) if token.type != "NEWLINE"), None)
        if first is not None:
            return first.type == "ELSE"
    return False


class _Balance:
    """Counts brackets, and remembers the last word; fed line by line."""

    def __init__(self) -> None:
        self.depth = 0
        self.last = ""
        self.words = False  # a sentence like `rules *`, which waits for nothing
        self.begun = False

    def add(self, text: str) -> bool:
        """Whether more has to come."""
        if not self.begun and text.lstrip().startswith("assert"):
            text = blanked(text)  # a bracket in words is none
        for token in tokens(text):
            if token.type in OPENS:
                self.depth += 1
            elif token.type in CLOSES:
                self.depth = max(0, self.depth - 1)
            if token.type != "NEWLINE":
                self.last = token.type
        if not self.begun and self.last:
            self.begun = True
            verb = verb_of(text)
            self.words = verb is not None and names_words(verb)
        return not self.words and (self.depth > 0 or (self.last in CONTINUES and self.last != "SEMICOLON"))
