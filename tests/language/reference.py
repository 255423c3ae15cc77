"""Lark's own parser of the language, with the room's builder: what the lean driver is held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lark import Lark, UnexpectedCharacters, UnexpectedToken
from lark.lark import PostLex

from dcalc.errors import Source
from dcalc.language import source
from dcalc.language.builder import Builder
from dcalc.language.generate import KEPT, parser
from dcalc.language.lexer import ERROR, Token, logical
from dcalc.language.tables import grammar_path

GRAMMAR = Path(grammar_path()).read_text(encoding="utf-8")


class LarkToken(Token):
    """The room's token, with what Lark wants of the last one at the end of a text."""

    start_pos = end_pos = line = column = end_line = end_column = 0


class Logical(PostLex):
    """The filter that the lean driver uses, on Lark's tokens."""

    always_accept = KEPT

    def process(self, stream: Any) -> Any:
        return logical(self._tokens(stream))

    def _tokens(self, stream: Any) -> Any:
        # The filter reads everything before the parser does, so a bad character has to be a token until it is met.
        try:
            for t in stream:
                yield LarkToken(t.type, str(t), (t.start_pos, t.start_pos + len(t)))
        except UnexpectedCharacters as error:
            place = error.pos_in_stream
            yield LarkToken(ERROR, error.char, (place, place + 1))


class Delegate:
    """The builder of the text at hand: Lark looks its methods up once, when it is made."""

    def __init__(self) -> None:
        self.builder = Builder(Source(""))
        for name in dir(Builder):
            if not name.startswith("_") and callable(getattr(Builder, name)):
                setattr(self, name, self._through(name))

    def _through(self, name: str) -> Any:
        return lambda children: getattr(self.builder, name)(children)


_delegate = Delegate()
_lark: Lark = parser(GRAMMAR, Logical(), _delegate, strict=True)


def parse(text: str, start: str = "program") -> Any:
    """What Lark makes of a text: a tree, or ("error", start, end) of the token that it cannot use."""
    given = source(text)
    _delegate.builder = Builder(given)
    try:
        return _lark.parse(given.text, start=start)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            return ("error", len(given.text), len(given.text))
        return ("error", *error.token.span)
