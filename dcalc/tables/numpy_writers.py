"""NumPy's files: .npy is an array of records, .npz an array for each column."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DcalcError
from .parts import STATUS, Chunk, Source
from .writer import STATUS_NAME, Encoded, Result, Writer

#: Bytes of a .npy's head, whatever the number of rows; more where there are many columns.
HEAD = 128
#: Rows that are put into a .npz at a time.
ROWS = 2**16


class NpyWriter(Writer):
    """An array of records. Columns of texts are left out."""

    def __init__(self, source: Source, titles: Sequence[str]) -> None:
        super().__init__(source, titles)
        fields: list[Any] = []
        for name in self.names:
            dtype = source.dtype_of(name)
            if dtype is None:
                self.left_out.append(name)
            else:
                fields.append((name, dtype))
        self.names = [name for name in self.names if name not in self.left_out]
        fields += [(title, np.float64) for title in self.titles]
        fields.append((STATUS_NAME, f"U{max(map(len, STATUS))}"))
        try:
            self.dtype = np.dtype(fields)
        except ValueError as problem:
            raise DcalcError("usage", f"the columns cannot be fields of an array: {problem}") from None
        self._words = np.array(STATUS)

    def head(self, rows: int) -> bytes:
        """See Writer."""
        text = io.BytesIO()
        shape = (rows,)
        described = {"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(text, described)
        found = text.getvalue()
        # The length must not hang on the digits of `rows`: the spaces before the newline make room.
        longest = io.BytesIO()
        np.lib.format.write_array_header_2_0(longest, {**described, "shape": (10**15,)})
        size = -(-len(longest.getvalue()) // HEAD) * HEAD
        body = found[12:].rstrip(b"\n ")
        return found[:8] + (size - 12).to_bytes(4, "little") + body.ljust(size - 13) + b"\n"

    def encode(self, chunk: Chunk, result: Result) -> Encoded:
        """See Writer."""
        rows = np.zeros(chunk.size, self.dtype)
        for name in self.names:
            column = chunk.columns[name]
            cells = column.cells if isinstance(column.cells, np.ndarray) else column.numbers
            if cells is None:
                cells = _numbers(column.cells)
            rows[name] = cells
        absent, start = result.absent, 0
        for block in result.blocks:
            own = rows[start : start + block.shape[1]]
            for title, numbers in zip(self.titles, block, strict=True):
                own[title] = numbers
            start += block.shape[1]
        if absent is not None:
            for title in self.titles:
                rows[title][absent] = np.nan
        rows[STATUS_NAME] = self._words[result.status]
        return Encoded([rows.view(np.uint8).data if chunk.size else b""], chunk.size)


def _numbers(cells: Any) -> Any:
    """Numbers of Arrow that nobody asked for as such, nan for none."""
    return cells.cast("double", safe=False).to_numpy()


class NpzWriter(NpyWriter):
    """A .npz: what is put together is an array of records, of which the columns are taken at the end."""

    converts = True

    def convert(self, path: str, target: Any, rows: int) -> None:
        """See Writer. target: a file to write."""
        start, size = len(self.head(rows)), self.dtype.itemsize
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name in self.dtype.names or ():
                kind, shape = self.dtype[name].subdtype or (self.dtype[name], ())
                descr = np.lib.format.dtype_to_descr(kind)
                described = {"descr": descr, "fortran_order": False, "shape": (rows, *shape)}
                info = zipfile.ZipInfo(f"{name}.npy")  # without the time: the same work gives the same file
                with archive.open(info, "w", force_zip64=True) as member:
                    np.lib.format.write_array_header_2_0(member, described)
                    for first in range(0, rows, ROWS):
                        records = np.fromfile(path, self.dtype, min(ROWS, rows - first), offset=start + first * size)
                        member.write(np.ascontiguousarray(records[name]).tobytes())
