"""What a table of points is made of while it passes through: pieces of a source, chunks of rows, columns of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..backends.many import STATUS as OF_MANY
from ..errors import DcalcError
from ..graph.shapes import Shape

Numbers: TypeAlias = NDArray[np.float64]
Statuses: TypeAlias = NDArray[np.uint8]
#: Where something stands in a source: bytes and lines of a text, groups and rows of columns.
Position: TypeAlias = tuple[int, ...]

#: What may become of a row: what `Many` says of it, or that there is no point in it to begin with.
STATUS = (*OF_MANY, "missing", "no number")
OK, KINK, NOT_FINITE, ERROR, MISSING, NO_NUMBER = range(len(STATUS))
#: Rows of a piece at least where the source has them, and at most; numbers of a piece, and bytes of one, at most.
ROWS = 2**17
MOST_ROWS = 2**18
MOST_NUMBERS = 2**23
MOST_BYTES = 2**28


class Column(NamedTuple):
    """The cells of some rows under one name.

    cells: as they came, a list of texts or of JSON's values, an array of NumPy or of Arrow; this is what is carried
    through. numbers: what they say, (size, *shape), where they are wanted as numbers, nan where there is none. faults:
    MISSING or NO_NUMBER where there is none, None where all are well.
    """

    cells: Any
    numbers: Numbers | None = None
    faults: Statuses | None = None


class Chunk(NamedTuple):
    """Some rows of a table.

    place: says where the k-th of them stands, "points.csv:18". broken: rows that are no rows of this table (a line with
    too many cells), in words. records: the rows as JSON has them, where they came so.
    """

    size: int
    columns: dict[str, Column]
    place: Callable[[int], str]
    broken: Mapping[int, str] = {}
    records: list[dict[str, Any]] | None = None


class Piece(NamedTuple):
    """A part of a source, small enough to be held in memory; the same ones whenever the source is cut.

    start, stop: its place, enough to read it alone. first: how many rows stand before it, of a text lines. data: what
    was read already when it was found.
    """

    start: Position
    stop: Position
    first: int
    data: Any = None


class Source:
    """A table that is read piece by piece.

    names: the columns as they are called here (see `renamed`). total: how much there is of what `done` counts, 0 where
    that is not known; unit: of what. most: rows of a piece at most.
    """

    #: the columns have no names of their own: they are those of the inputs, in order
    nameless = False
    unit = "points"
    #: it is read in less time than a library is loaded
    small = False

    def __init__(self, path: str, names: Sequence[str], rename: Mapping[str, str]) -> None:
        self.path = path
        #: as the file calls them
        self.stored = list(names)
        self.names = renamed(path, self.stored, rename)
        self.total = 0
        self.most = MOST_ROWS
        #: names that were met too late to be columns, and where first: their cells are in no result but JSONL
        self.late: dict[str, str] = {}
        #: columns that are wanted as numbers, and the shape of a cell
        self.wanted: dict[str, Shape] = {}

    @property
    def rows(self) -> int | None:
        """How many rows there are; None where that is not known beforehand."""
        return self.total if self.total and self.unit == "points" else None

    def shape_of(self, name: str) -> Shape:
        """The shape of a column's cells as numbers: () or (n,). DcalcError where they are none."""
        return ()

    def dtype_of(self, name: str) -> Any:
        """What NumPy's files keep a column as; None for one that is not of numbers. Known when columns are wanted."""
        return np.dtype((np.float64, self.wanted[name])) if name in self.wanted else None

    def arrow_type(self, name: str) -> Any:
        """What Arrow's files keep a column as."""
        import pyarrow as pa

        if name not in self.wanted:
            return pa.string()
        return pa.list_(pa.float64()) if self.wanted[name] else pa.float64()

    def want(self, columns: Mapping[str, Shape], titles: int) -> None:
        """Say which columns are wanted as numbers, and how many numbers each row will become."""
        self.wanted = dict(columns)
        self.most = max(1, min(MOST_ROWS, MOST_NUMBERS // (titles + len(self.names))))

    def pieces(self, start: Position | None = None) -> Iterator[Piece]:
        """The pieces in order, from a place on where one ends (None: the beginning)."""
        raise NotImplementedError

    def cuts(self) -> Iterator[Piece]:
        """The pieces, for their places alone: read no more than cutting needs."""
        return self.pieces()

    def read(self, piece: Piece) -> Chunk:
        """The rows of a piece. May be called by several threads at once, and without the piece's data."""
        raise NotImplementedError

    def peek(self) -> Chunk | None:
        """The first rows; what is read by that is read again. None where there are none."""
        piece = next(self.pieces(), None)
        return None if piece is None else self.read(piece)

    def done(self, piece: Piece) -> int:
        """How much of the source lies before a piece's end, in what `total` counts."""
        return piece.stop[0]

    def state(self) -> dict[str, Any] | None:
        """What tells whether the source is the same again; None where that cannot be known."""
        return None

    def close(self) -> None:
        """Let go of the file."""


def renamed(path: str, names: Sequence[str], rename: Mapping[str, str]) -> list[str]:
    """Names after `--rename old=new`. DcalcError where one is not there, or two become one."""
    for old in rename:
        if old not in names:
            raise DcalcError("usage", f"{path} has no column {old} to rename", hint=there_are(names))
    found = [rename.get(name, name) for name in names]
    if len(set(found)) < len(found):
        twice = next(name for k, name in enumerate(found) if name in found[:k])
        hint = "columns are told apart by their names"
        raise DcalcError("usage", f"{path} has two columns {twice or 'without a name'}", hint=hint)
    return found


def there_are(names: Sequence[str], most: int = 12) -> str:
    """The columns that there are, in words."""
    more = ", …" if len(names) > most else ""
    return f"its columns are {', '.join(names[:most])}{more}" if names else "it has no columns"


def cut_rows(lengths: Sequence[int], most: int, start: Position | None) -> Iterator[tuple[Position, Position, int]]:
    """Pieces of a table that is stored in groups of so many rows: (group, row in it) from, to, and the rows before.

    Small groups are put together until they are ROWS; one of more than `most` is divided.
    """
    before = 0
    group = row = 0
    wanted = start or (0, 0)
    while group < len(lengths):
        first, rows = (group, row), 0
        while group < len(lengths):
            left = lengths[group] - row
            if rows and (rows >= ROWS or rows + left > most):
                break
            if left > most:
                rows += most
                row += most
                break
            rows += left
            group, row = group + 1, 0
        if group < len(lengths) and row == lengths[group]:
            group, row = group + 1, 0
        if first >= wanted and rows:
            yield first, (group, row), before
        before += rows
