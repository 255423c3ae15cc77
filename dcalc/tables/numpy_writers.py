"""NumPy's files: .npy is a matrix or an array of records, .npz an array for each column.

A status is one byte, its place in STATUS. Where columns have no names a .npy is what such a file was, a matrix.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import DcalcError
from . import stored
from .parts import Chunk, Source
from .writer import STATUS_NAME, Encoded, Placed, Result, Writer

#: Bytes of a .npy's head, whatever the number of rows; more where there are many columns.
HEAD = 128
#: Bytes that are copied at a time.
BLOCK = 2**22


class _OfArrays(Writer):
    """What is common: columns of one of NumPy's types. Columns of texts are left out."""

    def __init__(self, source: Source, titles: Sequence[str]) -> None:
        super().__init__(source, titles)
        #: what is carried through, and its types
        self.fields: list[tuple[str, np.dtype[Any]]] = []
        for name in self.names:
            dtype = source.dtype_of(name)
            if dtype is None:
                self.left_out.append(name)
            else:
                self.fields.append((name, np.dtype(dtype)))
        self.names = [name for name, _ in self.fields]


def _head(dtype: np.dtype[Any], shape: tuple[int, ...], before: int = 0) -> bytes:
    """The head of a .npy, so long that it does not hang on the digits of the number of rows.

    before: bytes in front of it in the file; what follows begins at a multiple of 64.
    """
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    longest, text = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_2_0(text, described)
    np.lib.format.write_array_header_2_0(longest, {**described, "shape": (10**15, *shape[1:])})
    size = -(-(len(longest.getvalue()) + before) // HEAD) * HEAD - before
    body = text.getvalue()[12:].rstrip(b"\n ")
    return text.getvalue()[:8] + (size - 12).to_bytes(4, "little") + body.ljust(size - 13) + b"\n"


class NpyWriter(_OfArrays):
    """A matrix of the results, a row for each point, where the source's columns have no names; else records."""

    def __init__(self, source: Source, titles: Sequence[str]) -> None:
        super().__init__(source, titles)
        self._plain = source.nameless
        self.dtype: np.dtype[Any] = np.dtype(np.float64)
        if self._plain:
            self.names, self.left_out, self.keeps_status = [], [], False
            return
        try:
            own: list[Any] = [*self.fields, *((title, np.float64) for title in self.titles), (STATUS_NAME, np.uint8)]
            self.dtype = np.dtype(own)
        except ValueError as problem:
            raise DcalcError("usage", f"the columns cannot be fields of an array: {problem}") from None

    def head(self, rows: int) -> bytes:
        """See Writer."""
        return _head(self.dtype, (rows, len(self.titles)) if self._plain else (rows,))

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer."""
        if not chunk.size:
            return Encoded([], 0)
        if self._plain:
            matrix = np.empty((chunk.size, len(self.titles)))
            for first, block in _held(result):
                matrix[first : first + block.shape[1]] = block.T
            return Encoded([matrix.reshape(-1).data], chunk.size)
        rows: Any = np.empty(chunk.size, self.dtype)
        for name in self.names:
            rows[name] = _cells(chunk, name)
        for first, block in _held(result):
            for title, numbers in zip(self.titles, block, strict=True):
                rows[title][first : first + block.shape[1]] = numbers
        rows[STATUS_NAME] = result.status
        return Encoded([rows.view(np.uint8).data], chunk.size)


def _held(result: Result) -> Iterator[tuple[int, Any]]:
    """The blocks, each with its first row, nan where there are no numbers."""
    absent, first = result.absent, 0
    for block in result.blocks:
        if absent is not None:
            block[:, absent[first : first + block.shape[1]]] = np.nan
        yield first, block
        first += block.shape[1]


def _cells(chunk: Chunk, name: str) -> Any:
    """A column as it came, as NumPy has it."""
    column = chunk.columns[name]
    if isinstance(column.cells, np.ndarray):
        return column.cells
    if column.numbers is not None:
        return column.numbers
    return column.cells.cast("double", safe=False).to_numpy()  # Arrow's, and nan for none


class _Member(NamedTuple):
    """An array of a .npz: its name, its head, where its rows begin, and how many bytes one has."""

    name: str
    head: bytes
    start: int
    width: int


class NpzWriter(_OfArrays):
    """A .npz. Each column has its place as soon as it is known how many rows there are (`rows`); parts go there.

    Where that is not known the parts are put one behind the other, and into their places at the end.
    """

    def __init__(self, source: Source, titles: Sequence[str], rows: int | None = None) -> None:
        super().__init__(source, titles)
        number = np.dtype(np.float64)
        self.fields += [*((title, number) for title in self.titles), (STATUS_NAME, np.dtype(np.uint8))]
        self.placed, self.converts = rows is not None, rows is None
        self._rows = rows or 0

    def _members(self, rows: int) -> list[_Member]:
        found, at = [], 0
        for name, dtype in self.fields:
            kind, shape = dtype.subdtype or (dtype, ())
            at += stored.before(f"{name}.npy")
            head = _head(kind, (rows, *shape), at)
            found.append(_Member(f"{name}.npy", head, at + len(head), dtype.itemsize))
            at += len(head) + rows * dtype.itemsize
        return found

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer. The columns one behind the other; what the foot needs is the CRC of each."""
        if not chunk.size:
            return Encoded([], 0)
        columns: list[list[Any]] = []
        for name in self.names:
            columns.append([np.ascontiguousarray(_cells(chunk, name), self.source.dtype_of(name).base)])
        blocks = [block for _, block in _held(result)]
        columns += [[block[k] for block in blocks] for k in range(len(self.titles))]
        columns.append([result.status])
        data = [[np.ravel(one).view(np.uint8).data for one in column if one.size] for column in columns]
        sums = [stored.crc(column) for column in data]
        return Encoded([one for column in data for one in column], chunk.size, sums)

    def places(self, first: int, rows: int, sizes: Sequence[int]) -> list[int]:
        """See Writer."""
        found = []
        left = iter(sizes)
        for member in self._members(self._rows):
            at = member.start + first * member.width
            stop = at + rows * member.width
            while at < stop:
                found.append(at)
                at += next(left)
        return found

    def frame(self, parts: Sequence[Placed]) -> list[tuple[int, bytes]]:
        """See Writer: what stands before the columns, and the list of them at the end."""
        rows = sum(part.rows for part in parts)
        if self.placed and rows != self._rows:
            raise DcalcError("usage", f"{self.source.path} has {rows} rows, not {self._rows}", hint="has it changed?")
        found, entries = [], []
        for k, member in enumerate(self._members(rows)):
            total = stored.crc([member.head])
            for part in parts:
                total = stored.joined(total, part.extra[k], part.rows * member.width) if part.rows else total
            size = len(member.head) + rows * member.width
            at = member.start - len(member.head)
            entry = stored.Entry(member.name, at - stored.before(member.name), size, total)
            entries.append(entry)
            found.append((entry.start, stored.local(entry) + member.head))
        at = entries[-1].start + stored.before(entries[-1].name) + entries[-1].size
        return [*found, (at, stored.directory(entries, at))]

    def convert(self, source: Any, target: Any, parts: Sequence[Placed]) -> None:
        """See Writer."""
        self._rows = sum(part.rows for part in parts)
        first = 0
        for part in parts:
            sizes = [part.rows * dtype.itemsize for _, dtype in self.fields] if part.rows else []
            at = part.start
            for size, place in zip(sizes, self.places(first, part.rows, sizes), strict=True):
                target.seek(place)
                for begin in range(at, at + size, BLOCK):
                    source.seek(begin)
                    target.write(source.read(min(BLOCK, at + size - begin)))
                at += size
            first += part.rows
        for place, data in self.frame(parts):
            target.seek(place)
            target.write(data)
