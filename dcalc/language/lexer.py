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


def shared(text: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    same, differs = 0, min(len(text), len(other)) + 1
    while differs - same > 1:
        middle = (same + differs) // 2
        if text.startswith(other[same:middle], same):
            same = middle
        else:
            differs = middle
    return same


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

    def tokens(self, text: str, begin: int = 0) -> list[Token]:
        """Every token from there on, newlines too. Never fails: what begins no token is an ERROR of one character."""
        types = self._types
        keywords = self._keywords
        found = []
        for match in self._scan(text, begin):
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
        *("SIGN", "TIMES", "DIVIDE", "MATMUL", "POWER", "ROOT", "RELATION", "ASSIGN", "AND", "OR", "NOT"),
        *("COMMA", "SEMICOLON", "COLON", "RANGE", "ARROW", "LPAR", "LSQB", "LBRACE"),
        *("IF", "ELSE", "FOR", "IN", "WHILE", "RETURN"),
    )
)
#: What closes a bracket -> what opens it.
CLOSES = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
OPENS = frozenset(CLOSES.values())

#: Statements that end in a block: no separator need stand between its brace and one of the tokens below.
_BLOCKS = frozenset(("IF", "FOR", "WHILE"))
#: Not a sign: `if c { 1 } else { 2 } - 1` would silently be two statements.
_STARTS = frozenset(
    (
        *("NUMBER", "NAME", "ANSWER", "LPAR", "LSQB", "ROOT", "NOT"),
        *("IF", "FOR", "WHILE", "BREAK", "RETURN"),
    )
)


def is_plain(text: str) -> bool:
    """Whether `logical` would change nothing."""
    return "\n" not in text and "{" not in text and "if" not in text


def logical(tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens as the grammar wants them: without the newlines that end no statement, and with calls of `if` named.

    Those newlines are the ones inside brackets (braces hold statements, so there they count), at the very beginning,
    after an operator, `,`, `{` or `;`, before `else`, at the end, and all but one of several in a row. Between a
    statement's closing brace and another statement on its line a separator is put in.
    """
    tokens = list(tokens)
    _name_calls(tokens)
    brackets: list[tuple[str, str]] = []  # each with the first token of the statement that it stands in
    leading = previous = "SEMICOLON"
    held: Token | None = None
    for token in tokens:
        kind = token.type
        if kind == "NEWLINE":
            if held is None and previous not in CONTINUES and not (brackets and brackets[-1][0] != "LBRACE"):
                held = token
            continue
        if held is not None:
            if kind != "ELSE":
                yield held
                previous = "NEWLINE"
            held = None
        elif (
            previous == "RBRACE"
            and leading in _BLOCKS
            and kind in _STARTS
            and not (brackets and brackets[-1][0] != "LBRACE")
        ):
            place = token.span[0]
            yield type(token)("SEMICOLON", "", (place, place))
            previous = "SEMICOLON"
        if previous in ("NEWLINE", "SEMICOLON", "LBRACE"):
            leading = kind
        if kind in OPENS:
            brackets.append((kind, leading))
        elif brackets and CLOSES.get(kind) == brackets[-1][0]:
            leading = brackets.pop()[1]
        yield token
        previous = kind


def _name_calls(tokens: list[Token]) -> None:
    # `if` is a function's name, and not the word of a statement, where a parenthesis follows that holds a comma of its
    # own, or nothing, or is not closed.
    opened: list[tuple[Token | None, bool]] = []  # the `if` before the bracket, and whether a comma was seen
    previous: Token | None = None
    for token in tokens:
        kind = token.type
        if kind in OPENS:
            is_if = kind == "LPAR" and previous is not None and previous.type == "IF"
            opened.append((previous if is_if else None, False))
        elif kind == "COMMA":
            if opened:
                opened[-1] = (opened[-1][0], True)
        elif kind in CLOSES and opened:
            word, is_call = opened.pop()
            if word is not None and (is_call or (previous is not None and previous.type == "LPAR")):
                word.type = "NAME"
        if kind != "NEWLINE":
            previous = token
    for word, _ in opened:
        if word is not None:
            word.type = "NAME"
