"""Text to tokens: one regular expression in Lark's order, and the rule for newlines that Lark's parser shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..errors import Span

#: What a character that begins no token becomes. No rule of the grammar takes it.
ERROR = "ERROR"
END = "$END"


class Token:
    """A piece of the text: `type` is the grammar's name of its terminal, or ERROR."""

    __slots__ = ("span", "text", "type")

    def __init__(self, type: str, text: str, span: Span) -> None:
        self.type = type
        self.text = text
        self.span = span

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.span[0]

    @property
    def end(self) -> int:
        """Offset behind the last character."""
        return self.span[1]

    def __repr__(self) -> str:
        return f"Token({self.type}, {self.text!r}, {self.span})"


class Lexer:
    """The grammar's terminals, compiled: the first that matches wins, as in Lark, and keywords are names taken away."""

    def __init__(self, patterns: Iterable[tuple[str, str]], ignored: Iterable[str], keywords: dict[str, str]) -> None:
        skip = set(ignored)
        self._types: list[str | None] = [None]
        groups = []
        for name, pattern in patterns:
            self._types.append(None if name in skip else name)
            groups.append(f"({pattern})")
        self._types.append(ERROR)
        self._keywords = keywords
        self._scan = re.compile("|".join([*groups, r"([\s\S])"])).finditer

    def tokens(self, text: str) -> list[Token]:
        """Every token, newlines too. Never fails: what begins no token is an ERROR of one character."""
        types = self._types
        keywords = self._keywords
        found = []
        for match in self._scan(text):
            kind = types[match.lastindex]  # type: ignore[index]  # every alternative is a group
            if kind is not None:
                word = match.group()
                if kind == "NAME" and word in keywords:
                    kind = keywords[word]
                found.append(Token(kind, word, match.span()))
        return found


#: A newline behind one of these ends nothing.
CONTINUES = frozenset(
    (
        *("SIGN", "TIMES", "DIVIDE", "POWER", "ROOT", "RELATION", "ASSIGN", "AND", "OR", "NOT"),
        *("COMMA", "SEMICOLON", "LPAR", "LSQB", "LBRACE"),
    )
)
#: What closes a bracket -> what opens it.
CLOSES = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
OPENS = frozenset(CLOSES.values())


def logical(tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens without the newlines that end no statement.

    Those are the ones inside brackets (braces hold statements, so there they count), at the very beginning, after an
    operator, `,`, `{` or `;`, before `else`, at the end, and all but one of several in a row.
    """
    brackets: list[str] = []
    previous = "SEMICOLON"
    held: Token | None = None
    for token in tokens:
        kind = token.type
        if kind == "NEWLINE":
            if held is None and previous not in CONTINUES and not (brackets and brackets[-1] != "LBRACE"):
                held = token
            continue
        if held is not None:
            if kind != "ELSE":
                yield held
            held = None
        if kind in OPENS:
            brackets.append(kind)
        elif brackets and CLOSES.get(kind) == brackets[-1]:
            brackets.pop()
        yield token
        previous = kind
