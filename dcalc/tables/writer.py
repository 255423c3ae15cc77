"""What writes a table: a head, parts that are encoded alone (by threads, in any order), and a foot.

A file is head + parts + foot, so that an interrupted one goes on behind its last whole part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import DcalcError
from .parts import ERROR, MISSING, NO_NUMBER, STATUS, Chunk, Numbers, Source, Statuses

#: What the last column is called.
STATUS_NAME = "status"


class Result(NamedTuple):
    """What became of a chunk: the numbers in blocks of (titles, rows), one behind the other, and each row's status."""

    blocks: list[Numbers]
    status: Statuses

    @property
    def absent(self) -> Any:
        """Which rows have no numbers; None where all have."""
        if not (self.status >= ERROR).any():
            return None
        return np.isin(self.status, (ERROR, MISSING, NO_NUMBER))

    @property
    def words(self) -> list[str]:
        """Each row's status in words."""
        return [STATUS[one] for one in self.status.tolist()]


class Encoded(NamedTuple):
    """A part in a file's own form. extra: what the foot needs to know of it, as JSON has it."""

    data: list[Any]
    rows: int
    extra: Any = None

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(memoryview(one).nbytes for one in self.data)


class Placed(NamedTuple):
    """A part that is written: where it begins, and what `Encoded` says of it."""

    start: int
    size: int
    rows: int
    extra: Any


class Writer:
    """Encodes chunks with their results. names: the columns that are carried through; left_out: those that are not."""

    #: the file that is put together of head, parts and foot is not the result yet, see `convert`
    converts = False
    #: parts do not stand one behind the other: see `places` and `frame`, in place of head and foot
    placed = False
    #: all that a record had is in the result, whatever the columns are
    keeps_records = False
    #: each row's status can be found in the result
    keeps_status = True

    def __init__(self, source: Source, titles: Sequence[str]) -> None:
        self.source, self.names, self.titles = source, list(source.names), list(titles)
        self.left_out: list[str] = []
        for name in (*titles, STATUS_NAME):
            if name in self.names:
                hint = f'call it otherwise: --rename "{name}=old_{name}"'
                raise DcalcError("usage", f"{source.path} has a column {name}, as the result will", hint=hint)

    @property
    def columns(self) -> list[str]:
        """All columns of the result."""
        return [*self.names, *self.titles, STATUS_NAME]

    def head(self, rows: int) -> bytes:
        """What the file begins with; equally long whatever the number of rows."""
        return b""

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """A part of the file."""
        raise NotImplementedError

    def foot(self, parts: Sequence[Placed]) -> bytes:
        """What the file ends with."""
        return b""

    def places(self, first: int, rows: int, sizes: Sequence[int]) -> list[int]:
        """Where the pieces of a part go. first: the rows before it; sizes: of its pieces, as `encode` made them."""
        raise NotImplementedError

    def frame(self, parts: Sequence[Placed]) -> list[tuple[int, bytes]]:
        """What stands around the parts, each with its place; the last is the end of the file."""
        raise NotImplementedError

    def convert(self, source: Any, target: Any, parts: Sequence[Placed]) -> None:
        """Make what is wanted of the file that was put together. source: to be read; target: to be written."""
        raise NotImplementedError
