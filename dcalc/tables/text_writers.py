"""CSV, TSV and JSONL. With Arrow the lines of a part are joined by its compute functions, else one by one."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .cells import arrow_if_any, written
from .parts import STATUS, Chunk, Column, Source
from .writer import Encoded, Result, Writer


class SeparatedWriter(Writer):
    """CSV or TSV: a header, numbers in the fewest digits that read as the same ones; no number is an empty cell."""

    def __init__(self, source: Source, titles: Sequence[str], separator: str = ",") -> None:
        super().__init__(source, titles)
        self.separator = separator
        self._arrow = arrow_if_any(small=source.small)

    def head(self, rows: int) -> bytes:
        """See Writer."""
        return self._lines([self.columns])

    def _lines(self, rows: Any) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.separator, lineterminator="\n").writerows(rows)
        return text.getvalue().encode(errors="replace")

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer."""
        if not chunk.size:
            return Encoded([], 0)
        if self._arrow:
            return Encoded(self._joined(chunk, result), chunk.size)
        columns = [plain_texts(chunk.columns[name].cells) for name in self.names]
        absent = result.absent
        for k in range(len(self.titles)):
            numbers = [one for block in result.blocks for one in block[k].tolist()]
            texts = [*map(written, numbers)]
            if absent is not None:
                texts = ["" if none else text for text, none in zip(texts, absent.tolist(), strict=True)]
            columns.append(texts)
        columns.append(result.words)
        return Encoded([self._lines(zip(*columns, strict=True))], chunk.size)

    def _joined(self, chunk: Chunk, result: Result) -> list[Any]:
        """The lines as Arrow's buffers of characters."""
        pa = self._arrow
        columns = [self._quoted(texts(pa, chunk.columns[name].cells)) for name in self.names]
        ends = pa.array([f"{word}\n" for word in STATUS])
        absent = result.absent
        buffers = []
        start = 0
        for block in result.blocks:
            stop = start + block.shape[1]
            mask = None if absent is None else absent[start:stop]
            numbers = [pa.compute.cast(pa.array(row, mask=mask), pa.string()) for row in block]
            own = [column.slice(start, stop - start) for column in columns]
            end = ends.take(pa.array(result.status[start:stop]))
            lines = pa.compute.binary_join_element_wise(
                *own, *numbers, end, self.separator, null_handling="replace", null_replacement=""
            )
            buffers += [_characters(lines)]
            start = stop
        return buffers

    def _quoted(self, cells: Any) -> Any:
        """Texts in quotation marks where they need them."""
        pc, characters = self._arrow.compute, memoryview(_characters(cells)).tobytes()
        if not any(one in characters for one in (self.separator.encode(), b'"', b"\n", b"\r")):
            return cells
        needs = pc.match_substring_regex(cells, f'[{self.separator}"\r\n]')
        doubled = pc.replace_substring(cells, '"', '""')
        return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), cells)


def _characters(cells: Any) -> Any:
    """The characters of an array of texts, as they stand in memory."""
    _, offsets, data = cells.buffers()
    if data is None:
        return b""
    wide = np.int64 if str(cells.type) == "large_string" else np.int32
    places = np.frombuffer(offsets, wide, len(cells) + 1, cells.offset * np.dtype(wide).itemsize)
    return data.slice(int(places[0]), int(places[-1] - places[0]))


def texts(pa: Any, cells: Any) -> Any:
    """A column's cells as an array of texts."""
    if isinstance(cells, list):
        return pa.array(plain_texts(cells), pa.string())
    if isinstance(cells, np.ndarray):
        if cells.ndim > 1:
            return pa.array(plain_texts(cells), pa.string())
        cells = pa.array(np.ascontiguousarray(cells, np.float64) if cells.dtype.kind == "f" else
                         np.ascontiguousarray(cells))  # fmt: skip
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_string(cells.type):
        return cells
    if pa.types.is_floating(cells.type):
        cells = cells.cast(pa.float64())
    try:
        return pa.compute.cast(cells, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array(plain_texts(cells.to_pylist()), pa.string())


def plain_texts(cells: Any) -> list[str]:
    """A column's cells as texts, one by one."""
    return [_text(cell) for cell in (cells if isinstance(cells, list) else cells.tolist())]


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return written(cell)
    return json_text(cell) if isinstance(cell, (list, dict)) else str(cell)


class JsonWriter(Writer):
    """JSONL: an object on every line, with all that the row had. inf and nan are the strings "inf", "-inf", "nan"."""

    keeps_records = True

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer."""
        titles, words = self.titles, result.words
        absent = result.absent
        rows: list[dict[str, Any]]
        if chunk.records is not None:
            rows = [dict(record) for record in chunk.records]
        else:
            columns = [values_of(chunk.columns[name]) for name in self.names]
            rows = [dict(zip(self.names, cells, strict=True)) for cells in zip(*columns, strict=True)]
        numbers = (row for block in result.blocks for row in block.T.tolist())
        for k, (row, own) in enumerate(zip(rows, numbers, strict=True)):
            if absent is not None and absent[k]:
                row.update(dict.fromkeys(titles))
            else:
                row.update(zip(titles, own, strict=True))
            row["status"] = words[k]
        return Encoded(["".join([json_text(row) + "\n" for row in rows]).encode(errors="replace")], chunk.size)


def values_of(column: Column) -> list[Any]:
    """A column as JSON's values: numbers where texts are wanted as such."""
    cells = column.cells
    if isinstance(cells, list):
        listed = cells
    else:
        listed = cells.tolist() if isinstance(cells, np.ndarray) else cells.to_pylist()
    if column.numbers is None or not any(isinstance(cell, str) for cell in listed[:1000]):
        return listed
    faults = column.faults
    numbers: list[Any] = column.numbers.tolist()
    if faults is None:
        return numbers
    return [cell if bad else number for cell, bad, number in zip(listed, faults.tolist(), numbers, strict=True)]


def json_text(value: Any) -> str:
    """JSON with what is not finite as strings."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value
