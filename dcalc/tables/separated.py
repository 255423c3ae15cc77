"""CSV and TSV: any of the usual separators, quotation marks where they are needed, a header line or none.

pyarrow's reader splits lines into cells where it is installed, Python's own where it is not or where a line is broken.
Cells are texts in both cases, so that what is carried through stays what it was; numbers are made of those that count.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import DcalcError
from .cells import arrow_if_any, column_of, read_number, text_column
from .lines import Lines
from .parts import Chunk, Column, Piece, Position

#: What may stand between cells, in the order in which they are preferred.
SEPARATORS = (",", ";", "\t", "|")
TAB = "\t"
#: A cell may hold as much as a row; Python's reader would allow 128 kB.
csv.field_size_limit(2**27)


class Separated(Lines):
    """A CSV or TSV. separator: "" for the one that the first line has most of."""

    def __init__(self, path: str, rename: Mapping[str, str], separator: str = "") -> None:
        self.separator = separator
        super().__init__(path, rename)
        self._arrow = arrow_if_any(small=self.small)

    def _header(self, data: bytes) -> tuple[Position, Sequence[str]]:
        self._row_end = b"\r" if b"\n" not in data and b"\r" in data else b"\n"
        line, byte = 1, self._mark
        while (end := data.find(self._row_end, byte)) >= 0 and not data[byte:end].strip():
            byte, line = end + 1, line + 1  # empty lines before anything
        if not data[byte:].strip():
            raise DcalcError("usage", f"{self._called} is empty", hint="its first line names the columns")
        self._patterns(self.separator or ",")
        end = self._first_row(data, byte) or len(data)
        text = data[byte:end]
        if not self.separator:
            outside = re.sub(rb'"(?:[^"]|"")*"', b"", text)
            self.separator = max(SEPARATORS, key=lambda one: outside.count(one.encode()))
            self._patterns(self.separator)
            end = self._first_row(data, byte) or len(data)
            text = data[byte:end]
        try:
            cells = next(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=self.separator))
        except UnicodeDecodeError:
            raise DcalcError("usage", f"{self._called}:{line} is not UTF-8", hint="save it as UTF-8 text") from None
        except csv.Error as problem:
            raise DcalcError("usage", f"{self._called}:{line}: {problem}") from None
        names = [cell.strip() for cell in cells]
        if all(isinstance(read_number(name), float) for name in names):
            self.nameless = True
            return (byte, line), [f"column {k}" for k in range(1, len(names) + 1)]
        if names[0].startswith("#"):
            names[0] = names[0][1:].strip()
        return (end, line + self._count(text)), names

    def _patterns(self, separator: str) -> None:
        """What a row and a run of whole rows look like. Possessive, so that nothing is tried twice."""
        one, end = re.escape(separator.encode()), re.escape(self._row_end)
        field = rb'(?:"(?:[^"]|"")*+"[^%s%s]*+|(?!")[^%s%s]*+)' % (one, end, one, end)
        row = rb"(?:%s%s)*+%s%s" % (field, one, field, end)
        self._one_row, self._rows = re.compile(row), re.compile(rb"(?:%s)*+" % row)

    def _first_row(self, data: bytes, start: int) -> int:
        found = self._one_row.match(data, start)
        return found.end() if found else 0

    def _end(self, data: bytes) -> int:
        if b'"' not in data:
            return data.rfind(self._row_end) + 1
        found = self._rows.match(data)
        return found.end() if found else 0

    def _count(self, data: bytes) -> int:
        return data.count(self._row_end)

    def _hold_end(self, data: bytes, line: int) -> None:
        if b'"' not in data:
            return
        end = self._end(data)
        rest = data[end:]
        if rest and not self._one_row.fullmatch(rest + self._row_end):
            message = f"{self._called}:{line + self._count(data[:end])}: a quotation mark is not closed"
            raise DcalcError("usage", message, hint='inside a cell in quotation marks, "" stands for one of them')

    def read(self, piece: Piece) -> Chunk:
        """See Source."""
        data = self.bytes_of(piece)
        columns = self._split(data) if self._arrow else None
        if columns is None:
            return self._slowly(piece)
        found = {}
        for name, cells in zip(self.names, columns, strict=True):
            found[name] = text_column(cells) if name in self.wanted else Column(cells)
        place = _Place(self, piece)
        return Chunk(len(columns[0]), found, place)

    def _split(self, data: bytes) -> list[Any] | None:
        """The columns as arrays of texts; None where a line has too few or too many cells, or is no UTF-8."""
        pa = self._arrow
        from pyarrow import csv as reader

        names = [str(k) for k in range(len(self.names))]
        try:
            table = reader.read_csv(
                pa.BufferReader(data),
                reader.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
                reader.ParseOptions(delimiter=self.separator, newlines_in_values=b'"' in data),
                reader.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
            )
        except pa.ArrowInvalid:
            return None
        if not table.num_rows:
            return [pa.array([], pa.string()) for _ in names]
        return [column.chunk(0) if column.num_chunks == 1 else column.combine_chunks() for column in table.columns]

    def rows_of(self, piece: Piece) -> tuple[list[list[str]], list[int]]:
        """The cells of a piece by Python's reader, and the lines that the rows begin in. Empty lines are none."""
        reader = csv.reader(io.StringIO(self.text_of(piece), newline=""), delimiter=self.separator)
        rows, lines = [], []
        before = 0
        try:
            for row in reader:
                if row:
                    rows.append(row)
                    lines.append(piece.first + before)
                before = reader.line_num
        except csv.Error as problem:
            raise DcalcError("usage", f"{self._called}:{piece.first + before}: {problem}") from None
        return rows, lines

    def _slowly(self, piece: Piece) -> Chunk:
        rows, lines = self.rows_of(piece)
        width = len(self.names)
        broken = {}
        for k, row in enumerate(rows):
            if len(row) != width:
                broken[k] = f"{len(row)} cells in this row, {width} in the first one"
                rows[k] = [*row[:width], *[""] * (width - len(row))]
        columns = {}
        for k, name in enumerate(self.names):
            cells = [row[k] for row in rows]
            columns[name] = column_of(cells) if name in self.wanted else Column(cells)
        return Chunk(len(rows), columns, lambda k: f"{self.path}:{lines[k]}", broken)


class _Place:
    """Where rows stand; found out when it is asked for."""

    def __init__(self, source: Separated, piece: Piece) -> None:
        self._source, self._piece = source, piece
        self._lines: list[int] | None = None

    def __call__(self, k: int) -> str:
        if self._lines is None:
            self._lines = self._source.rows_of(self._piece)[1]
        return f"{self._source.path}:{self._lines[k]}"
