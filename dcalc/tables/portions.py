"""A table in several files, and portions of it that are read alone: by threads here or by processes elsewhere.

A portion is a whole file, or some pieces of one that follow each other; files are cut always in the same places.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ..errors import DcalcError
from . import ENDINGS, KINDS, kind_of
from .lines import DASH
from .parts import Piece, Position, Source

#: Pieces of a portion that is cut out of a file.
PIECES = 8
#: Where there are so many files, those of so many bytes are not cut: of text, which would be read through, and others.
MANY = 16
WHOLE_TEXT, WHOLE = 2**28, 2**26
TEXTS = ("csv", "tsv", "jsonl")


class Portion(NamedTuple):
    """A part of one of the files, in plain data. start, stop: None for the file's own. size: bytes, about."""

    file: int
    start: Position | None
    stop: Position | None
    size: float


def are_several(points: str) -> bool:
    """Whether `--points` names a folder, or a pattern: not a single file."""
    path = os.path.expanduser(points)  # noqa: PTH111
    if os.path.isdir(path):  # noqa: PTH112
        return True
    return points != DASH and any(one in points for one in "*?[") and not os.path.exists(path)  # noqa: PTH110


def files_of(points: str) -> list[str]:
    """The files of a folder or a pattern in their order (2 before 10), all of one kind; else the one file.

    Names that begin with . or _ are not of the table, as everywhere. Raises DcalcError.
    """
    if not are_several(points):
        return [points]
    path = os.path.expanduser(points)  # noqa: PTH111
    if os.path.isdir(path):  # noqa: PTH112
        entries = [os.path.join(points, name) for name in _listed(path)]  # noqa: PTH118
        folders = [one for one in entries if os.path.isdir(os.path.expanduser(one))]  # noqa: PTH111, PTH112
        if folders:
            hint = f"name the files: --points '{os.path.join(points, '*', '*')}'"  # noqa: PTH118
            raise DcalcError("usage", f"{points} has folders in it, {_few(folders)}", hint=hint)
    else:
        found = glob.glob(path)  # noqa: PTH207 (names stay as they were given)
        entries = [one for one in found if os.path.basename(one)[0] not in "._" and os.path.isfile(one)]  # noqa: PTH113, PTH119
    if not entries:
        raise DcalcError("usage", f"there are no files {points}", hint=KINDS)
    entries.sort(key=_natural)
    kinds = {kind_of(one) for one in entries if _ending(one) in ENDINGS}
    strangers = [one for one in entries if _ending(one) not in ENDINGS]
    if strangers or len(kinds) > 1:
        what = f"{_few(strangers)} among them" if strangers else f"{', '.join(sorted(kinds))}"
        hint = f"name those that are wanted: --points '{os.path.join(points, '*.parquet')}'"  # noqa: PTH118
        raise DcalcError("usage", f"the files of {points} are not of one kind: {what}", hint=hint)
    return entries


def _listed(path: str) -> list[str]:
    try:
        return [name for name in os.listdir(path) if name[0] not in "._"]  # noqa: PTH208
    except OSError as problem:
        raise DcalcError("usage", f"cannot read {path}: {problem.strerror}") from None


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()  # noqa: PTH122


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _natural(path: str) -> list[tuple[int, str]]:
    """Numbers in names count as numbers."""
    return [(int(one), "") if one.isdecimal() else (-1, one) for one in re.split(r"(\d+)", path)]


def is_whole(kind: str, size: int, count: int) -> bool:
    """Whether a file of so many bytes, of so many files, is one portion without being looked into."""
    return count >= MANY and size <= (WHOLE_TEXT if kind in TEXTS else WHOLE)


def cut(source: Source, file: int, size: int) -> Iterator[Portion]:
    """The portions of a file; at least one. source: prepared, so that its pieces are those that are computed."""
    start: Position | None = None
    before = 0
    pieces = source.cuts()
    while found := _run(pieces):
        stop = found[-1].stop
        done = source.done(found[-1])
        yield Portion(file, found[0].start, stop, size * (done - before) / source.total if source.total else 0)
        start, before = stop, done
    if start is None:
        yield Portion(file, None, None, size)


def _run(pieces: Iterator[Piece]) -> list[Piece]:
    """The next pieces, without their data."""
    return [one._replace(data=None) for one in islice(pieces, PIECES)]


def pieces_of(source: Source, portion: Portion) -> Iterator[Piece]:
    """The pieces of a portion. Raises DcalcError where the file is cut otherwise."""
    stop = portion.stop
    at = portion.start
    for piece in source.pieces(portion.start):
        if stop is not None and piece.start >= stop:
            break
        at = piece.stop
        yield piece
    if stop is not None and at != stop:
        raise DcalcError("usage", f"{source.path} is cut at {at}, not at {stop}", hint="has it changed?")
