"""Parquet and Arrow files, by pyarrow (extra `data`): read group by group, large groups in parts."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import DcalcError
from ..graph.shapes import Shape
from .cells import arrow, column_of, text_column
from .lines import opened, seal
from .parts import MISSING, MOST_BYTES, Chunk, Column, Numbers, Piece, Position, Source, cut_rows


class Columnar(Source):
    """A table that Arrow knows the types of. schema: as the file has it, under the names that the columns have here."""

    def __init__(self, path: str, rename: Mapping[str, str], schema: Any) -> None:
        super().__init__(path, schema.names, rename)
        pa = arrow()
        fields = [schema.field(k).with_name(name) for k, name in enumerate(self.names)]
        self.schema = pa.schema(fields)
        #: lengths of vectors in cells that may be of any length, by the first of them
        self._lengths: dict[str, int] = {}

    def _sample(self, name: str) -> Any:
        """Some of the first cells of a column."""
        raise NotImplementedError

    def shape_of(self, name: str) -> Shape:
        """See Source."""
        types = arrow().types
        kind = self.schema.field(name).type
        if types.is_dictionary(kind):
            kind = kind.value_type
        if types.is_fixed_size_list(kind) and _is_number(kind.value_type):
            return (kind.list_size,)
        if (types.is_list(kind) or types.is_large_list(kind)) and _is_number(kind.value_type):
            if name not in self._lengths:
                first = next((one for one in self._sample(name).to_pylist() if one is not None), None)
                self._lengths[name] = len(first or ())
            return (self._lengths[name],)
        if _is_number(kind) or _is_text(kind) or types.is_null(kind):
            return ()
        hint = "numbers, texts that are numbers, and lists of numbers can be points"
        raise DcalcError("usage", f"{self.path} has no numbers in {name}, but {kind}", hint=hint)

    def dtype_of(self, name: str) -> Any:
        """See Source."""
        if name in self.wanted:
            return super().dtype_of(name)
        return np.dtype(np.float64) if _is_number(self.schema.field(name).type) else None

    def arrow_type(self, name: str) -> Any:
        """See Source."""
        return self.schema.field(name).type

    def chunk(self, table: Any, first: int) -> Chunk:
        """A table of Arrow as a chunk. first: how many rows stand before it."""
        columns = {}
        for k, name in enumerate(self.names):
            cells = table.column(k)
            shape = self.wanted.get(name)
            columns[name] = Column(cells) if shape is None else self._column(name, cells, shape)
        return Chunk(table.num_rows, columns, lambda k: f"{self.path}, row {first + k + 1}")

    def _column(self, name: str, cells: Any, shape: Shape) -> Column:
        pa = arrow()
        types, kind = pa.types, cells.type
        if isinstance(cells, pa.ChunkedArray):
            cells = cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()
        plain = cells
        if types.is_dictionary(kind):
            plain = cells.dictionary_decode()
            kind = plain.type
        if _is_text(kind):
            return text_column(plain)._replace(cells=cells)
        if shape:
            return _vectors(plain, shape[0])._replace(cells=cells)
        missing = plain.is_null().to_numpy(zero_copy_only=False) if plain.null_count else None
        numbers: Numbers = pa.compute.cast(plain, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        if missing is None:
            return Column(cells, numbers)
        return Column(cells, np.where(missing, np.nan, numbers), np.where(missing, MISSING, 0).astype(np.uint8))

    def state(self) -> dict[str, Any] | None:
        """See Source."""
        with opened(self.path) as file:
            return seal(file)


def _is_number(kind: Any) -> bool:
    types = arrow().types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind))


def _is_text(kind: Any) -> bool:
    types = arrow().types
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _vectors(cells: Any, size: int) -> Column:
    """Lists of numbers. Those of another length are no numbers of this table."""
    pa = arrow()
    lengths = pa.compute.list_value_length(cells)
    flat = pa.compute.cast(pa.compute.list_flatten(cells), pa.float64(), safe=False)
    if not cells.null_count and not flat.null_count and len(flat) == size * len(cells):
        every = lengths.to_numpy(zero_copy_only=False)
        if (every == size).all():
            numbers: Numbers = flat.to_numpy(zero_copy_only=False).reshape(len(cells), size)
            return Column(cells, numbers)
    return column_of(cells.to_pylist(), size)._replace(cells=cells)


class Parquet(Columnar):
    """A Parquet file."""

    def __init__(self, path: str, rename: Mapping[str, str]) -> None:
        arrow()
        opened(path).close()
        self._stored = os.path.expanduser(path)  # noqa: PTH111
        self._metadata: Any = None
        self._own = threading.local()
        file = self._file(path)
        self._metadata = file.metadata
        super().__init__(path, rename, file.schema_arrow)
        groups = [file.metadata.row_group(k) for k in range(file.metadata.num_row_groups)]
        self._lengths_of_groups: list[int] = [group.num_rows for group in groups]
        self.total = sum(self._lengths_of_groups)
        self._bytes = sum(group.total_byte_size for group in groups)

    def _file(self, path: str = "") -> Any:
        """The file, for each thread its own. Not read ahead: a group may be larger than the memory."""
        from pyarrow import lib, parquet

        if not hasattr(self._own, "file"):
            try:
                self._own.file = parquet.ParquetFile(
                    self._stored, metadata=self._metadata, pre_buffer=False, buffer_size=2**20
                )
            except (lib.ArrowInvalid, OSError) as problem:
                message = f"{path or self.path} is no Parquet file that can be read: {_line(problem)}"
                raise DcalcError("usage", message) from None
        return self._own.file

    def want(self, columns: Mapping[str, Shape], titles: int) -> None:
        """See Source."""
        super().want(columns, titles)
        if self.total:
            self.most = max(1, min(self.most, MOST_BYTES * self.total // max(1, self._bytes)))

    def _sample(self, name: str) -> Any:
        stored = self.stored[self.names.index(name)]
        batches = self._file().iter_batches(batch_size=1024, columns=[stored], use_threads=False)
        batch = next(batches, None)
        return arrow().array([]) if batch is None else batch.column(0)

    def pieces(self, start: Position | None = None) -> Iterator[Piece]:
        """See Source. Groups that are divided are read here, in order; the rest by whoever reads the piece."""
        stream: _Rows | None = None
        group = -1
        for first, last, before in cut_rows(self._lengths_of_groups, self.most, start):
            if not first[1] and not last[1]:
                yield Piece(first, last, before)
                continue
            parts, at = [], first
            while at < last:
                if at[0] >= len(self._lengths_of_groups):
                    break
                stop = last[1] if last[0] == at[0] else self._lengths_of_groups[at[0]]
                if stream is None or group != at[0]:
                    stream, group = _Rows(self._file(), at, self.most), at[0]
                parts += stream.take(stop - at[1])
                at = (at[0] + 1, 0) if stop == self._lengths_of_groups[at[0]] else (at[0], stop)
            yield Piece(first, last, before, arrow().Table.from_batches(parts))

    def cuts(self) -> Iterator[Piece]:
        """See Source."""
        return (Piece(*one) for one in cut_rows(self._lengths_of_groups, self.most, None))

    def read(self, piece: Piece) -> Chunk:
        """See Source."""
        from pyarrow import lib

        try:
            return self.chunk(piece.data if piece.data is not None else self._table(piece), piece.first)
        except (lib.ArrowInvalid, OSError) as problem:
            message = f"{self.path} cannot be read, row {piece.first + 1} and what follows: {_line(problem)}"
            raise DcalcError("usage", message) from None

    def _table(self, piece: Piece) -> Any:
        (first, row), (last, end) = piece.start, piece.stop
        if not row and not end:
            return self._file().read_row_groups(list(range(first, last)), use_threads=False)
        batches = []
        for group in range(first, last + bool(end)):
            begin = row if group == first else 0
            stop = end if group == last else self._lengths_of_groups[group]
            batches += _Rows(self._file(), (group, begin), self.most).take(stop - begin)
        return arrow().Table.from_batches(batches)

    def done(self, piece: Piece) -> int:
        """See Source."""
        return sum(self._lengths_of_groups[: piece.stop[0]]) + piece.stop[1]


class _Rows:
    """The rows of a Parquet file's group, from one on, as many at a time as are asked for."""

    def __init__(self, file: Any, start: Position, size: int) -> None:
        self._batches = file.iter_batches(batch_size=size, row_groups=[start[0]], use_threads=False)
        self._left: Any = None
        self.take(start[1])

    def take(self, count: int) -> list[Any]:
        """So many rows, as record batches."""
        found = []
        while count:
            batch = self._left if self._left is not None else next(self._batches)
            found.append(batch.slice(0, count))
            self._left = batch.slice(count) if batch.num_rows > count else None
            count -= found[-1].num_rows
        return found


class Arrow(Columnar):
    """An Arrow file (Feather) or stream."""

    def __init__(self, path: str, rename: Mapping[str, str]) -> None:
        pa = arrow()
        opened(path).close()
        self._stored = os.path.expanduser(path)  # noqa: PTH111
        self._own = threading.local()
        self._batches: list[int] = []
        self._is_file = True
        try:
            try:
                schema = self._file().schema
            except pa.ArrowInvalid:
                self._is_file = False
                with pa.ipc.open_stream(self._stored) as stream:
                    schema = stream.schema
        except (pa.ArrowInvalid, OSError) as problem:
            message = f"{path} is no Arrow file that can be read: {_line(problem)}"
            raise DcalcError("usage", message, hint="Feather is read in its second version") from None
        super().__init__(path, rename, schema)
        if self._is_file:
            file = self._file()
            self._batches = [file.get_batch(k).num_rows for k in range(file.num_record_batches)]
            self.total = sum(self._batches)

    def _file(self) -> Any:
        """The file, for each thread its own; mapped, so that its batches cost no memory."""
        pa = arrow()
        if not hasattr(self._own, "file"):
            self._own.file = pa.ipc.open_file(pa.memory_map(self._stored))
        return self._own.file

    def _sample(self, name: str) -> Any:
        pa, place = arrow(), self.names.index(name)
        if not self._is_file:
            with pa.ipc.open_stream(self._stored) as stream:
                return next((batch.column(place).slice(0, 1024) for batch in stream if batch.num_rows), pa.array([]))
        file = self._file()
        batches = (file.get_batch(k) for k in range(file.num_record_batches))
        return next((batch.column(place).slice(0, 1024) for batch in batches if batch.num_rows), pa.array([]))

    def pieces(self, start: Position | None = None) -> Iterator[Piece]:
        """See Source."""
        if self._is_file:
            for first, last, before in cut_rows(self._batches, self.most, start):
                yield Piece(first, last, before)
            return
        # Of a stream the lengths are not known beforehand: a piece is a batch, or a part of one.
        before = 0
        with arrow().ipc.open_stream(self._stored) as stream:
            for k, batch in enumerate(stream):
                for row in range(0, batch.num_rows, self.most):
                    part = batch.slice(row, self.most)
                    ends = row + part.num_rows == batch.num_rows
                    if start is None or (k, row) >= start:
                        stop = (k + 1, 0) if ends else (k, row + part.num_rows)
                        yield Piece((k, row), stop, before, arrow().Table.from_batches([part]))
                    before += part.num_rows

    def read(self, piece: Piece) -> Chunk:
        """See Source."""
        pa = arrow()
        try:
            return self.chunk(piece.data if piece.data is not None else self._table(piece), piece.first)
        except (pa.ArrowInvalid, OSError) as problem:
            message = f"{self.path} cannot be read, row {piece.first + 1} and what follows: {_line(problem)}"
            raise DcalcError("usage", message) from None

    def _table(self, piece: Piece) -> Any:
        (first, row), (last, end) = piece.start, piece.stop
        if not self._is_file:
            return next(one.data for one in self.pieces(piece.start))
        batches = []
        for k in range(first, last + bool(end)):
            begin = row if k == first else 0
            batch = self._file().get_batch(k)
            batches.append(batch.slice(begin, (end if k == last else batch.num_rows) - begin))
        return arrow().Table.from_batches(batches)

    def done(self, piece: Piece) -> int:
        """See Source."""
        if not self._is_file:
            return 0
        return sum(self._batches[: piece.stop[0]]) + piece.stop[1]


def _line(problem: BaseException) -> str:
    return str(problem).partition("\n")[0][:200]
