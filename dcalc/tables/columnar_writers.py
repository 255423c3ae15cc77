"""Parquet and Arrow files, put together of parts that pyarrow has encoded alone: only the foot is ours.

A part of a Parquet file is a group of rows as pyarrow writes it, without the magic and the foot of the file that it was
written as; the foot of the whole lists all groups, each moved to where it stands. A part of an Arrow file is a record
batch; the foot lists where each stands.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DcalcError
from . import thrift
from .cells import arrow
from .parts import STATUS, Chunk, Column, Source
from .text_writers import plain_texts
from .writer import STATUS_NAME, Encoded, Placed, Result, Writer

PARQUET = b"PAR1"
ARROW = b"ARROW1"
#: Fields of the structs in a Parquet file's foot that are places in the file (parquet.thrift).
NUM_ROWS, ROW_GROUPS = 3, 4
COLUMNS, GROUP_START, ORDINAL = 1, 5, 7
COLUMN_START, COLUMN_DATA, INDICES = 2, 3, (4, 6)
PAGES = (9, 10, 11, 14)


class ColumnarWriter(Writer):
    """Makes tables of Arrow. codes: the status may be numbers that name a few texts."""

    codes = True

    def __init__(self, source: Source, titles: Sequence[str]) -> None:
        super().__init__(source, titles)
        pa = arrow()
        self._pa = pa
        fields = [pa.field(name, self._type(source.arrow_type(name))) for name in self.names]
        fields += [pa.field(title, pa.float64()) for title in self.titles]
        fields.append(pa.field(STATUS_NAME, pa.dictionary(pa.int8(), pa.string()) if self.codes else pa.string()))
        self.schema = pa.schema(fields)
        self._words = pa.array(STATUS)

    def _type(self, kind: Any) -> Any:
        if not self.codes and self._pa.types.is_dictionary(kind):
            return kind.value_type
        return self._pa.string() if self._pa.types.is_null(kind) else kind

    def table(self, chunk: Chunk, result: Result) -> Any:
        """A chunk with its results."""
        pa = self._pa
        columns = [self._column(chunk, name) for name in self.names]
        absent = result.absent
        for k in range(len(self.titles)):
            arrays, start = [], 0
            for block in result.blocks:
                mask = None if absent is None else absent[start : start + block.shape[1]]
                arrays.append(pa.array(block[k], mask=mask))
                start += block.shape[1]
            columns.append(pa.chunked_array(arrays, pa.float64()))
        status = pa.DictionaryArray.from_arrays(pa.array(result.status.astype(np.int8)), self._words)
        columns.append(status if self.codes else status.dictionary_decode())
        return pa.Table.from_arrays(columns, schema=self.schema)

    def _column(self, chunk: Chunk, name: str) -> Any:
        pa, column, kind = self._pa, chunk.columns[name], self.schema.field(name).type
        cells = column.cells
        try:
            if isinstance(cells, (pa.Array, pa.ChunkedArray)) and isinstance(self.source, _columnar()):
                return cells if cells.type == kind else cells.cast(kind)
            if column.numbers is not None and not isinstance(cells, np.ndarray):
                return _numbers(pa, column)
            if isinstance(cells, list) and pa.types.is_string(kind):
                cells = [None if cell is None else cell if isinstance(cell, str) else plain_texts([cell])[0]
                         for cell in cells]  # fmt: skip
            if isinstance(cells, np.ndarray):
                cells = list(cells) if cells.ndim > 1 else np.ascontiguousarray(cells)
            return pa.array(cells, kind) if not isinstance(cells, (pa.Array, pa.ChunkedArray)) else cells.cast(kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as problem:
            message = f"{self.source.path}: what {name} holds from row {chunk.place(0)} on is no {kind}: {problem}"
            raise DcalcError("usage", message, hint="a result in JSONL keeps rows as they are") from None


def _columnar() -> type:
    from .columnar import Columnar

    return Columnar


def _numbers(pa: Any, column: Column) -> Any:
    """Cells that were read as numbers, null where there is none."""
    numbers, faults = column.numbers, column.faults
    assert numbers is not None
    if numbers.ndim > 1:
        rows = list(numbers)
        return pa.array([None if faults is not None and faults[k] else row for k, row in enumerate(rows)])
    return pa.array(numbers, mask=None if faults is None else faults != 0)


class ParquetWriter(ColumnarWriter):
    """Parquet, compressed by Snappy; numbers plain, texts by dictionary."""

    def _file(self, table: Any) -> tuple[Any, bytes]:
        """A table as a Parquet file: its bytes up to the foot, and the foot."""
        from pyarrow import parquet

        sink = self._pa.BufferOutputStream()
        by_code = [field.name for field in self.schema if not self._pa.types.is_floating(field.type)]
        parquet.write_table(table, sink, row_group_size=max(1, table.num_rows), use_dictionary=by_code,
                            write_page_index=False)  # fmt: skip
        data = memoryview(sink.getvalue())
        (size,) = struct.unpack("<I", data[-8:-4])
        return data[: -8 - size], bytes(data[-8 - size : -8])

    def head(self, rows: int) -> bytes:
        """See Writer."""
        return PARQUET

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer."""
        if not chunk.size:
            return Encoded([], 0)
        data, foot = self._file(self.table(chunk, result))
        groups = thrift.Reader(foot).struct()[ROW_GROUPS][1][1]
        return Encoded([data[len(PARQUET) :]], chunk.size,
                       [base64.b64encode(thrift.write(group)).decode() for group in groups])  # fmt: skip

    def foot(self, parts: Sequence[Placed]) -> bytes:
        """See Writer."""
        _, empty = self._file(self.schema.empty_table())
        whole = thrift.Reader(empty).struct()
        groups: list[thrift.Struct] = []
        for part in parts:
            for text in part.extra or ():
                group = thrift.Reader(base64.b64decode(text)).struct()
                _move(group, part.start - len(PARQUET), len(groups))
                groups.append(group)
        whole[NUM_ROWS] = whole[NUM_ROWS][0], sum(part.rows for part in parts)
        whole[ROW_GROUPS] = thrift.LIST, (thrift.STRUCT, groups)
        foot = thrift.write(dict(sorted(whole.items())))
        return foot + struct.pack("<I", len(foot)) + PARQUET


def _move(group: thrift.Struct, by: int, ordinal: int) -> None:
    """Say that a group of rows stands further on."""
    _shift(group, (GROUP_START,), by)
    if ORDINAL in group:
        group[ORDINAL] = group[ORDINAL][0], ordinal
        if ordinal > 0x7FFF:
            del group[ORDINAL]
    for column in group[COLUMNS][1][1]:
        _shift(column, (COLUMN_START, *INDICES), by)
        if COLUMN_DATA in column:
            _shift(column[COLUMN_DATA][1], PAGES, by)


def _shift(fields: thrift.Struct, places: Sequence[int], by: int) -> None:
    for place in places:
        if place in fields and fields[place][1]:  # 0 stands for nowhere
            fields[place] = fields[place][0], fields[place][1] + by


class StreamWriter(ColumnarWriter):
    """An Arrow stream: the schema, the batches, an end."""

    codes = False
    END = b"\xff\xff\xff\xff\0\0\0\0"

    def head(self, rows: int) -> bytes:
        """See Writer."""
        return bytes(self.schema.serialize())

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer."""
        if not chunk.size:
            return Encoded([], 0)
        table = self.table(chunk, result).combine_chunks()
        messages = [memoryview(batch.serialize()) for batch in table.to_batches()]
        return Encoded(messages, chunk.size, [[len(one), 8 + struct.unpack("<i", one[4:8])[0]] for one in messages])

    def foot(self, parts: Sequence[Placed]) -> bytes:
        """See Writer."""
        return self.END


class ArrowWriter(StreamWriter):
    """An Arrow file: a stream between magics, and a foot that says where each batch stands."""

    def head(self, rows: int) -> bytes:
        """See Writer."""
        return ARROW.ljust(8, b"\0") + super().head(rows)

    def foot(self, parts: Sequence[Placed]) -> bytes:
        """See Writer. Arrow writes the foot for so many empty batches; their places are then put in."""
        pa = self._pa
        blocks = []
        for part in parts:
            at = part.start
            for size, metadata in part.extra or ():
                blocks.append(struct.pack("<qi4xq", at, metadata, size - metadata))
                at += size
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, self.schema) as file:
            empty = pa.RecordBatch.from_arrays([pa.array([], field.type) for field in self.schema], schema=self.schema)
            for _ in blocks:
                file.write_batch(empty)
        data = memoryview(sink.getvalue())
        (size,) = struct.unpack("<i", data[-10:-6])
        foot = bytearray(data[-10 - size : -10])
        start = _blocks(foot, len(blocks))
        foot[start : start + 24 * len(blocks)] = b"".join(blocks)
        return self.END + bytes(foot) + struct.pack("<i", size) + ARROW


def _blocks(foot: bytearray, count: int) -> int:
    """Where in a foot (a flatbuffer, Footer of Arrow's File.fbs) the record batches' blocks begin."""
    if not count:
        return 0
    table: int = struct.unpack_from("<I", foot, 0)[0]
    (back,) = struct.unpack_from("<i", foot, table)
    (field,) = struct.unpack_from("<H", foot, table - back + 4 + 2 * 3)  # version, schema, dictionaries, batches
    place = table + field
    vector: int = place + struct.unpack_from("<I", foot, place)[0]
    if struct.unpack_from("<I", foot, vector)[0] != count:
        raise ValueError("an Arrow file's foot is not as it should be")
    return vector + 4
