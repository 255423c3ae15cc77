"""NumPy's files as tables: a matrix whose columns are the inputs in order, records with names, arrays by name.

They are read by their place, not mapped: memory stays bounded in every sense. Never a pickle.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DcalcError
from ..graph.shapes import Shape
from .lines import opened, seal
from .parts import Chunk, Column, Numbers, Piece, Position, Source, cut_rows

#: Rows of a piece at most.
MOST_ROWS = 2**16


class Header(NamedTuple):
    """What an array in a file is: shape, whether it is stored column by column, its type, where its numbers begin."""

    shape: tuple[int, ...]
    by_columns: bool
    dtype: np.dtype[Any]
    start: int


def header(file: IO[bytes], path: str) -> Header:
    """The header of a .npy. DcalcError where there is none that can be read."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_columns, dtype = read(file)
    except (ValueError, EOFError, OSError):
        hint = "write it by numpy.save, as float64"
        raise DcalcError("usage", f"{path} has no array that can be read: it is damaged or of another kind",
                         hint=hint) from None  # fmt: skip
    if dtype.hasobject:
        hint = "write it by numpy.save, as float64"
        raise DcalcError("usage", f"{path} holds Python objects, not numbers", hint=hint)
    return Header(shape, by_columns, dtype, file.tell())


def column(name: str, cells: NDArray[Any], wanted: Mapping[str, Shape]) -> Column:
    """A column of an array's numbers; of texts and times as texts."""
    if cells.dtype.kind not in "biuf":
        return Column(cells.astype(str).tolist())
    if name not in wanted:
        return Column(cells)
    numbers: Numbers = np.ascontiguousarray(cells, dtype=np.float64)
    return Column(cells, numbers)


def _shape(path: str, name: str, dtype: np.dtype[Any]) -> Shape:
    """The shape of a column's cells."""
    base, shape = dtype.subdtype or (dtype, ())
    if base.kind not in "biuf":
        raise DcalcError("usage", f"{path} has no numbers in {name}, but {base}", hint="save it as float64")
    if len(shape) > 1:
        raise DcalcError("shape", f"{path} has matrices in {name}", hint="columns W[1,1], W[1,2], … make a matrix")
    return tuple(shape)


class _OfArrays(Source):
    """What a .npy and a .npz have in common: columns of one of NumPy's types."""

    def stored_type(self, name: str) -> np.dtype[Any]:
        """The type of a column in the file, that of a vector with its shape."""
        raise NotImplementedError

    def want(self, columns: Mapping[str, Shape], titles: int) -> None:
        """See Source. Cutting costs nothing here, and small pieces stay in the cache until they are written."""
        super().want(columns, titles)
        self.most = min(self.most, MOST_ROWS)

    def dtype_of(self, name: str) -> Any:
        """See Source."""
        dtype = self.stored_type(name)
        return dtype if dtype.base.kind in "biuf" else None

    def arrow_type(self, name: str) -> Any:
        """See Source."""
        import pyarrow as pa

        dtype = self.stored_type(name)
        if dtype.base.kind not in "biuf":
            return pa.string()
        kind = pa.from_numpy_dtype(dtype.base)
        return pa.list_(kind) if dtype.shape else kind


class Npy(_OfArrays):
    """A .npy: (N,) or (N, n) numbers in the order of the inputs, or records."""

    def __init__(self, path: str, rename: Mapping[str, str]) -> None:
        self._file = opened(path)
        size = os.fstat(self._file.fileno()).st_size
        found = self._header = header(self._file, path)
        records = found.dtype.names is not None
        if len(found.shape) not in ((1,) if records else (1, 2)):
            axes = len(found.shape)
            message = f"{path} has {axes} axes, a table has rows and columns"
            raise DcalcError("shape", message, hint="an array (N, n) has a point in each row")
        width = 1 if len(found.shape) == 1 else found.shape[1]
        self._count = found.shape[0]
        if size < found.start + self._count * width * found.dtype.itemsize:
            raise DcalcError("usage", f"{path} breaks off: it is shorter than its header says")
        self.nameless = not records
        names = list(found.dtype.names or [f"column {k}" for k in range(1, width + 1)])
        super().__init__(path, names, rename)
        self.total = self._count

    def stored_type(self, name: str) -> np.dtype[Any]:
        """See _OfArrays."""
        dtype = self._header.dtype
        return dtype if dtype.names is None else dtype[self.stored[self.names.index(name)]]

    def shape_of(self, name: str) -> Shape:
        """See Source."""
        return _shape(self.path, name, self.stored_type(name))

    def pieces(self, start: Position | None = None) -> Iterator[Piece]:
        """See Source."""
        for first, last, before in cut_rows([self._count], self.most, start):
            stop = last[1] if last[0] == 0 else self._count
            yield Piece((0, first[1]), (0, stop), before)

    def done(self, piece: Piece) -> int:
        """See Source."""
        return piece.stop[1]

    def read(self, piece: Piece) -> Chunk:
        """See Source."""
        (_, start), (_, stop) = piece.start, piece.stop
        found = self._header
        width = 1 if len(found.shape) == 1 else found.shape[1]
        if found.by_columns and width > 1:
            stored = [self._run(k * self._count + start, stop - start) for k in range(width)]
        else:
            rows = self._run(start * width, (stop - start) * width)
            if found.dtype.names is not None:
                stored = [rows[name] for name in found.dtype.names]
            else:
                stored = list(rows.reshape(-1, width).T)
        columns = {name: column(name, cells, self.wanted) for name, cells in zip(self.names, stored, strict=True)}
        return Chunk(stop - start, columns, lambda k: f"{self.path}, row {piece.first + k + 1}")

    def _run(self, first: int, count: int) -> NDArray[Any]:
        dtype = self._header.dtype
        data = os.pread(self._file.fileno(), count * dtype.itemsize, self._header.start + first * dtype.itemsize)
        return np.frombuffer(data, dtype, count)

    def state(self) -> dict[str, Any] | None:
        """See Source."""
        return seal(self._file)

    def close(self) -> None:
        """See Source."""
        self._file.close()


class Npz(_OfArrays):
    """A .npz: a column for each array (N,), a column of vectors for each array (N, n)."""

    def __init__(self, path: str, rename: Mapping[str, str]) -> None:
        self._file = opened(path)
        try:
            self._archive = zipfile.ZipFile(self._file)
            members = [one for one in self._archive.namelist() if one.endswith(".npy")]
            self._headers: dict[str, Header] = {}
            for member in members:
                with self._archive.open(member) as stream:
                    self._headers[member.removesuffix(".npy")] = header(stream, f"{path}:{member[:-4]}")
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
            raise DcalcError("usage", f"{path} is no .npz, or damaged", hint="write it by numpy.savez") from None
        if not self._headers:
            raise DcalcError("usage", f"{path} holds no arrays", hint="write it by numpy.savez(file, x=…, y=…)")
        lengths = {name: one.shape[0] if one.shape else 0 for name, one in self._headers.items()}
        for name, one in self._headers.items():
            if not 1 <= len(one.shape) <= 2 or (one.by_columns and len(one.shape) == 2):
                hint = "an array (N,) has a number for each point, (N, n) a vector, stored row by row"
                raise DcalcError("shape", f"{path}:{name} has shape {one.shape}, this is no column", hint=hint)
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:6])
            raise DcalcError("shape", f"the arrays of {path} are not equally long: {shown}")
        super().__init__(path, list(self._headers), rename)
        self.total = self._count = next(iter(lengths.values()))

    def stored_type(self, name: str) -> np.dtype[Any]:
        """See _OfArrays."""
        found = self._headers[self.stored[self.names.index(name)]]
        return np.dtype((found.dtype, found.shape[1:]))

    def shape_of(self, name: str) -> Shape:
        """See Source."""
        return _shape(self.path, name, self.stored_type(name))

    def pieces(self, start: Position | None = None) -> Iterator[Piece]:
        """See Source."""
        streams: dict[str, IO[bytes]] = {}
        try:
            for first, last, before in cut_rows([self._count], self.most, start):
                stop = last[1] if last[0] == 0 else self._count
                streams = streams or self._streams(first[1])
                yield Piece((0, first[1]), (0, stop), before, self._read(streams, stop - first[1]))
        finally:
            for stream in streams.values():
                stream.close()

    def done(self, piece: Piece) -> int:
        """See Source."""
        return piece.stop[1]

    def _width(self, name: str) -> int:
        found = self._headers[name]
        return found.dtype.itemsize * (found.shape[1] if len(found.shape) == 2 else 1)

    def _streams(self, row: int) -> dict[str, IO[bytes]]:
        streams = {}
        for name in self.stored:
            stream = streams[name] = self._archive.open(f"{name}.npy")
            stream.seek(self._headers[name].start + row * self._width(name))
        return streams

    def _read(self, streams: Mapping[str, IO[bytes]], count: int) -> list[NDArray[Any]]:
        found = []
        for name in self.stored:
            one = self._headers[name]
            try:
                data = streams[name].read(count * self._width(name))
                found.append(np.frombuffer(data, one.dtype).reshape(count, *one.shape[1:]))
            except (zipfile.BadZipFile, ValueError, EOFError, OSError) as problem:
                raise DcalcError("usage", f"{self.path}:{name} is damaged", hint=str(problem)) from None
        return found

    def read(self, piece: Piece) -> Chunk:
        """See Source."""
        (_, start), (_, stop) = piece.start, piece.stop
        arrays = piece.data
        if arrays is None:
            streams = self._streams(start)
            arrays = self._read(streams, stop - start)
            for stream in streams.values():
                stream.close()
        columns = {name: column(name, cells, self.wanted) for name, cells in zip(self.names, arrays, strict=True)}
        return Chunk(stop - start, columns, lambda k: f"{self.path}, row {piece.first + k + 1}")

    def state(self) -> dict[str, Any] | None:
        """See Source."""
        return seal(self._file)

    def close(self) -> None:
        """See Source."""
        self._archive.close()
        self._file.close()
