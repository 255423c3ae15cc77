"""Tables of points for the tests, and results read by what else reads them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

EXPRESSION = "sin(x)*y^2"
STATUSES = ("ok", "kink", "not finite", "error", "missing", "no number")


def columns(size: int, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {"id": np.arange(size), "x": random.normal(size=size), "y": random.normal(size=size)}


def wanted(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The value and the gradient of EXPRESSION, by NumPy alone."""
    x, y = (np.asarray(found[name], float) for name in "xy")
    return {"value": np.sin(x) * y**2, "d/dx": np.cos(x) * y**2, "d/dy": 2 * np.sin(x) * y}


def write(path: Path, data: dict[str, np.ndarray]) -> None:
    kind = path.suffix
    rows = [dict(zip(data, row, strict=True)) for row in zip(*(one.tolist() for one in data.values()), strict=True)]
    if kind in (".csv", ".tsv"):
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, list(data), delimiter="," if kind == ".csv" else "\t")
            table.writeheader()
            table.writerows(rows)
    elif kind == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == ".npy":
        records = np.zeros(len(rows), [(name, one.dtype) for name, one in data.items()])
        for name, one in data.items():
            records[name] = one
        np.save(path, records)
    elif kind == ".npz":
        np.savez(path, **data)
    else:
        import pyarrow as pa
        from pyarrow import feather, parquet

        table = pa.table(data)
        if kind == ".parquet":
            parquet.write_table(table, path, row_group_size=max(1, len(rows) // 3))
        elif kind == ".arrow":
            feather.write_feather(table, path, chunksize=max(1, len(rows) // 3))
        else:
            with pa.ipc.new_stream(path, table.schema) as stream:
                stream.write_table(table)


def read(path: Path) -> dict[str, np.ndarray]:
    """A table by readers that are not dcalc's; None is nan."""
    kind = path.suffix
    if kind in (".csv", ".tsv"):
        with path.open(newline="") as file:
            header, *rows = csv.reader(file, delimiter="," if kind == ".csv" else "\t")
        return {name: np.array([_cell(row[k]) for row in rows]) for k, name in enumerate(header)}
    if kind == ".jsonl":
        found = [json.loads(line) for line in path.read_text().splitlines()]
        return {name: np.array([np.nan if row[name] is None else row[name] for row in found]) for name in found[0]}
    if kind == ".npy":
        records = np.load(path)
        return in_words({name: records[name] for name in records.dtype.names})
    if kind == ".npz":
        return in_words(dict(np.load(path)))
    import pyarrow as pa
    from pyarrow import feather, parquet

    if kind == ".parquet":
        table = parquet.read_table(path)
    elif kind == ".arrow":
        table = feather.read_table(path)
    else:
        table = pa.ipc.open_stream(path).read_all()
    table.validate(full=True)
    return {name: np.array(table[name].to_pylist()) for name in table.column_names}


def in_words(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """NumPy's files have the place of a status, as `dcalc help points` lists them."""
    assert found["status"].dtype == np.uint8
    return {**found, "status": np.array(STATUSES)[found["status"]]}


def _cell(text: str) -> float | str:
    try:
        return float(text) if text else np.nan
    except ValueError:
        return text


@pytest.fixture
def no_arrow(monkeypatch):
    """As if pyarrow were not installed."""
    import sys

    for name in [one for one in sys.modules if one.partition(".")[0] == "pyarrow"] or ["pyarrow"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
