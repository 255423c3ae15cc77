"""The language room: text to AST and back.

    program = parse("a = x^2; 2a + 1")      # Program, with spans into source(…).text
    unparse(program)                        # "a = x^2; 2*a + 1"
    parse_bindings("x=2, W=@weights.npy")   # what `--at` takes
    tokens("sin(x) + ¿")                    # for highlighting; never fails

Every failure is a `DcalcError` of kind "syntax" (one: "limit") whose source holds the text in NFC.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from ..errors import Source
from .lexer import ERROR, Token, is_plain, logical, shared

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

    from .ast import Define, Node, Program

__all__ = [
    "ERROR",
    "RESERVED",
    "Source",
    "Token",
    "parse",
    "parse_bindings",
    "source",
    "tokens",
    "unparse",
]

#: Words that no name may be. The grammar has them as keywords (a test compares).
RESERVED = frozenset(("at", "wrt", "using", "for", "in", "if", "else", "while", "break", "return", "and", "or", "not"))


def source(text: str, name: str = "expression") -> Source:
    """A Source whose text is normalised (NFC): the one that spans and errors of `parse` refer to."""
    if not text.isascii():
        from unicodedata import normalize

        text = normalize("NFC", text)
    return Source(text, name)


def parse(text: str | Source, name: str = "expression") -> Program:
    """The program that a text says. A Source is taken as it is: make it by `source`.

    The last long one's is remembered as long as its Source lives: whoever holds that asks for it again.
    """
    if isinstance(text, str):
        text = source(text, name)
    if len(text.text) < _LONG:
        return _parse("program", text)  # type: ignore[no-any-return]
    if _last and _last[0][0]() is text:
        return _last[0][1]
    from weakref import ref

    _last.clear()
    tree: Program = _parse("program", text)
    _last[:] = [(ref(text, _forget), tree)]
    return tree


def _forget(gone: Any) -> None:
    if _last and _last[0][0] is gone:
        _last.clear()


def parse_bindings(text: str | Source, name: str = "--at") -> tuple[Define, ...]:
    """The definitions in `x=2, y=pi/2, v=[1, 2], W=@weights.npy`; none in a blank text."""
    given = source(text, name) if isinstance(text, str) else text
    files: list[Define] = []
    rest = given.text
    if "@" in rest:
        from .files import cut

        files, rest = cut(given)
    if not rest.strip():
        return tuple(files)
    return tuple(sorted([*files, *_parse("bindings", given, rest)], key=lambda item: item.span[0]))


#: The last long text that was read, and its program.
_last: list[tuple[Any, Program]] = []
#: Characters from which on a text is long enough for the garbage collector's rounds to cost half of the time.
_LONG = 10_000


def _parse(start: str, given: Source, text: str | None = None) -> Any:
    # text: the part of the source that is to be read, the rest of it blank.
    text = given.text if text is None else text
    if len(text) < _LONG:
        return _read(start, given, text)
    from ..collecting import paused
    from ..progress import stage

    with paused, stage("reading the text"):
        return _read(start, given, text)


def _read(start: str, given: Source, text: str) -> Any:
    from .builder import Builder
    from .driver import Unexpected, run
    from .tables import load

    tables = load()
    found = tables.lexer.tokens(text)
    if not is_plain(text):
        found = list(logical(found))
    try:
        if start == "program" and not found:
            raise Unexpected(Token("$END", "", (len(text), len(text))), [])
        return run(tables, start, found, len(text), Builder(given))
    except Unexpected as problem:
        from . import explain

        error = explain.unexpected(given, start, found, problem)
    raise error


#: Texts whose tokens are remembered, and how many there may be.
_tokens: dict[str, list[Token]] = {}
_REMEMBERED = 16
#: No token depends on more characters behind it.
_AHEAD = 32
_end = attrgetter("end")


def tokens(text: str) -> list[Token]:
    """Every token of a text as it stands (not normalised), newlines too; ERROR ones for what is not of the language.

    The last texts' are remembered: whoever edits a line asks for them again and again. They are not to be changed.
    """
    known = _tokens.get(text)
    if known is None:
        from .tables import load

        begun = _begun(text)
        known = begun + load().lexer.tokens(text, begun[-1].end if begun else 0)
        if len(text) < _LONG:
            if len(_tokens) >= _REMEMBERED:
                _tokens.clear()
            _tokens[text] = known
    return known.copy()


def _begun(text: str) -> list[Token]:
    """The tokens that a long text shares with the last one: nothing that has changed is near them."""
    if not _tokens or not _AHEAD < len(text) < _LONG:
        return []
    last, known = next(reversed(_tokens.items()))
    same = shared(text, last) - _AHEAD
    return known[: bisect_right(known, same, key=_end)]


def unparse(node: Node, *, textbook: bool = False) -> str:
    """The canonical text of a tree, with the fewest parentheses: `parse(unparse(t)) == t`.

    textbook: as books print it (a·b, x², u ≤ v), which is not to be read back.
    """
    from .printer import unparse as write

    return write(node, textbook=textbook)
