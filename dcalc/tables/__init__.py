"""Tables of points: read in pieces, written in parts, so that a table larger than the memory passes through.

`open_table` opens a source (CSV, TSV, JSONL, .npy, .npz, Parquet, Arrow), `writer_for` finds a writer, `match` which
columns are which inputs, and `work` does the rest: pieces are read, computed and encoded by threads and written in
order. A file that is written so is begun under another name with a journal beside it (`journal`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..errors import DcalcError, suggestion
from .parts import Source
from .writer import Writer

#: Endings of tables -> what they are.
ENDINGS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".npy": "npy",
    ".npz": "npz",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".arrows": "arrows",
}
SEPARATORS = {"csv": ",", "tsv": "\t"}
KINDS = (
    "tables are .csv, .tsv, .jsonl, .npy, .npz, .parquet and .arrow (.feather); - is CSV on standard input or output"
)


def kind_of(path: str) -> str:
    """What a table is, by the ending of its name; `-` is CSV. DcalcError where dcalc knows none of that name."""
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 (a name is a text here, and may be a wrong one)
    if path == "-" or (not ending and path.startswith("/dev/")):
        return "csv"
    if ending not in ENDINGS:
        hint = suggestion(ending, list(ENDINGS), KINDS) if ending else KINDS
        raise DcalcError("usage", f"{path} is no table that dcalc knows", hint=hint)
    return ENDINGS[ending]


def open_table(path: str, rename: Mapping[str, str] | None = None, kind: str = "") -> Source:
    """A table to be read. rename: names of columns -> what they are called here. Raises DcalcError."""
    rename = rename or {}
    kind = kind or kind_of(path)
    if path == "-" and kind not in ("csv", "tsv", "jsonl"):
        raise DcalcError("usage", f"{kind} cannot be read from standard input", hint="name a file")
    if kind in ("csv", "tsv"):
        from .separated import Separated

        return Separated(path, rename, "\t" if kind == "tsv" else "")
    if kind == "jsonl":
        from .jsonl import JsonLines

        return JsonLines(path, rename)
    if kind in ("npy", "npz"):
        from . import numpy_files

        return (numpy_files.Npy if kind == "npy" else numpy_files.Npz)(path, rename)
    from . import columnar

    return (columnar.Parquet if kind == "parquet" else columnar.Arrow)(path, rename)


def writer_for(kind: str, source: Source, titles: Sequence[str], *, alone: bool = False) -> Writer:
    """What writes a table of this kind. alone: of this whole source and nothing else. Raises DcalcError."""
    if kind in ("csv", "tsv", "jsonl"):
        from .text_writers import JsonWriter, SeparatedWriter

        return JsonWriter(source, titles) if kind == "jsonl" else SeparatedWriter(source, titles, SEPARATORS[kind])
    if kind in ("npy", "npz"):
        from .numpy_writers import NpyWriter, NpzWriter

        if kind == "npy":
            return NpyWriter(source, titles)
        return NpzWriter(source, titles, source.rows if alone else None)
    from .columnar_writers import ArrowWriter, ParquetWriter, StreamWriter

    return {"parquet": ParquetWriter, "arrow": ArrowWriter, "arrows": StreamWriter}[kind](source, titles)
