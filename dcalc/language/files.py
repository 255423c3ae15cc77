"""`W=@weights.npy` in the bindings of `--at`. File names are no tokens, so they are cut out before lexing."""

from __future__ import annotations

import re

from ..errors import DcalcError, Source, Span
from .ast import Define, File
from .builder import Builder
from .lexer import CLOSES, OPENS, Token
from .tables import load

_FILE = re.compile(r"(?<!\w)([^\W\d]\w*)\s*:?=\s*@")
_ENDS = re.compile(r"[,\n]|\Z")
_BLANKS = re.compile(r"[^\S\n]*")
_AS = 'write the file behind `@`, as in `W=@weights.npy`, `W=@data.npz:name` or `W=@"my file.csv"`'


def cut(source: Source) -> tuple[list[Define], str]:
    """The definitions by files, and the text with blanks in their place: every offset stays."""
    text = source.text
    lexer = load().lexer
    builder = Builder(source)
    end = len(text.rstrip())
    found: list[Define] = []
    pieces: list[str] = []
    depth, before, comma = 0, "COMMA", -1  # the brackets open here, the last token's type, the last comma's place
    cursor = kept = 0  # how far the text was lexed, and how far it was put into the pieces
    leaves_comma = False  # whether the last file's own comma is still there
    match = _FILE.search(text)
    while match:
        start = match.start()
        for token in lexer.tokens(text[cursor:start]):
            before = token.type
            depth += (before in OPENS) - (before in CLOSES)
            if before == "COMMA":
                comma = cursor + token.start
        cursor = start
        if depth or before != "COMMA" or [t.type for t in lexer.tokens(match[1])] != ["NAME"]:
            match = _FILE.search(text, match.end())  # the parser will say what is wrong
            continue
        file = _file(source, match.end() - 1)
        name = Token("NAME", match[1], match.span(1))
        cursor = file.span[1]
        found.append(Define(builder.name([name]).name, None, file, (start, cursor), name.span))
        behind = _BLANKS.match(text, cursor).end()  # type: ignore[union-attr]  # it matches nothing, too
        if behind < end and text[behind] != ",":
            raise _refused(
                source, (behind, behind + 1), "something follows the file's name", "write `,` between values"
            )
        if behind == end - 1:
            raise _refused(source, (behind, end), "nothing follows `,`", "write what comes next, or remove the `,`")
        # A comma goes with it: the one before, where that stands behind a value, else the one behind.
        if comma >= kept and (text[kept:comma].strip() or leaves_comma):
            start, leaves_comma = comma, True
        elif behind < end:
            cursor, leaves_comma = behind + 1, False
        pieces += (text[kept:start], " " * (cursor - start))
        kept = cursor
        match = _FILE.search(text, cursor)
    return found, "".join([*pieces, text[kept:]])


def _file(source: Source, at: int) -> File:
    # What begins with the `@` at this place.
    text = source.text
    start = _BLANKS.match(text, at + 1).end()  # type: ignore[union-attr]
    quote = text[start : start + 1]
    member: str | None = None
    if quote and quote in "\"'":
        end = text.find(quote, start + 1)
        if end < 0:
            raise _refused(
                source, (start, start + 1), f"this `{quote}` is not closed", f"write `{quote}` behind the name"
            )
        path = text[start + 1 : end]
        end += 1
        if text[end : end + 1] == ":":
            stop = _ENDS.search(text, end).start()  # type: ignore[union-attr]  # every text has an end
            member = text[end + 1 : stop].strip()
            end = len(text[:stop].rstrip())
    else:
        stop = _ENDS.search(text, start).start()  # type: ignore[union-attr]
        path = text[start:stop].strip()
        end = start + len(path)
        left, colon, right = path.rpartition(":")
        is_drive = len(left) == 1 and right[:1] in ("/", "\\")
        if colon and not is_drive:
            path, member = left, right
    if not path:
        raise _refused(source, (at, max(end, at + 1)), "no file is named behind `@`", _AS)
    if member == "":
        raise _refused(source, (at, end), "no array of the file is named behind `:`", _AS)
    return File(path, member, (at, end))


def _refused(source: Source, span: Span, message: str, hint: str) -> DcalcError:
    return DcalcError("syntax", message, source=source, span=span, hint=hint)
