"""A gradient at every row of a table, against pyarrow merely copying that table.

    python3 -m pip install '.[bench,data,fast]' && python3 -m tests.benchmarks.tables [--points 10000000] [--rounds 5]

Parquet to Parquet and CSV to CSV (a tenth of the points). Each round times each once, so that a slow moment of the
machine slows all; the work is a function call, after one of a few rows (no start of Python; with it: `processes`).
The copies read and write row group by row group, once with pyarrow's settings and once with ours (Snappy, numbers
plain), and for CSV block by block as pyarrow chooses. `wide` copies a table that has the columns of our result: the
result is that much larger than the source. Wall clock and processor time, medians and least values.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from dcalc.cli import main

EXPRESSION = "(sin(x1/x2)+x1/x2-exp(x2))*(x1/x2-exp(x2))"


def copy_parquet(source: Path, target: Path, **how: object) -> None:
    """Read and write, a row group at a time."""
    file = parquet.ParquetFile(source)
    with parquet.ParquetWriter(target, file.schema_arrow, **how) as writer:
        for k in range(file.num_row_groups):
            writer.write_table(file.read_row_group(k))


def copy_csv(source: Path, target: Path) -> None:
    """Read and write, a block at a time."""
    reader = csv.open_csv(source)
    with csv.CSVWriter(target, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def dcalc(source: Path, target: Path) -> None:
    """The gradient at all rows."""
    with contextlib.redirect_stderr(io.StringIO()):
        status = main(["grad", EXPRESSION, "--points", str(source), "--out", str(target)])
    assert status == 0


def process(source: Path, target: Path) -> None:
    """The same, the start of Python and all that is loaded included."""
    command = [sys.executable, "-m", "dcalc", "grad", EXPRESSION, "--points", str(source), "--out", str(target)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def measure(cases: dict[str, Callable[[], None]], rounds: int, unit: str) -> None:
    """Time all cases, interleaved; in relation to the first."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            wall, used = perf_counter(), process_time() + sum(os.times()[2:4])
            case()
            times[name].append((perf_counter() - wall, process_time() + sum(os.times()[2:4]) - used))
    bound = {name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in times.items()}
    print(f"{'':34}{'wall':>8}{'least':>8}{'cpu':>8}{'least':>8}  times the {unit}")
    first = bound[next(iter(cases))]
    for name, found in times.items():
        wall, used = bound[name]
        least, thrifty = (min(column) for column in zip(*found, strict=True))
        print(f"{name:34}{wall:7.2f}s{least:7.2f}s{used:7.2f}s{thrifty:7.2f}s  {wall / first[0]:5.2f}")


def run(points: int, rounds: int, folder: Path) -> None:
    """Make the tables, and measure."""
    x1, x2 = np.random.default_rng(1).uniform(1, 2, (2, points))
    narrow = pa.table({"x1": x1, "x2": x2})
    parquet.write_table(narrow, folder / "a.parquet")
    csv.write_csv(narrow.slice(0, points // 10), folder / "a.csv")
    parquet.write_table(narrow.slice(0, 1000), folder / "few.parquet")
    ours = {"use_dictionary": ["status"]}
    dcalc(folder / "few.parquet", folder / "r.parquet")
    dcalc(folder / "a.parquet", folder / "wide.parquet")
    dcalc(folder / "a.csv", folder / "wide.csv")
    out, table = folder / "out", folder / "a.parquet"
    print(f"{points} points, Parquet ({pa.default_memory_pool().backend_name})")
    cases = {
        "pyarrow copies": lambda: copy_parquet(table, out),
        "pyarrow copies, no dictionaries": lambda: copy_parquet(table, out, use_dictionary=False),
        "pyarrow copies the result (wide)": lambda: copy_parquet(folder / "wide.parquet", out, **ours),
        "dcalc grad": lambda: dcalc(table, folder / "r.parquet"),
        "dcalc grad, a process": lambda: process(table, folder / "r.parquet"),
    }
    measure(cases, rounds, "copy")
    print(f"{points // 10} points, CSV")
    cases = {
        "pyarrow copies": lambda: copy_csv(folder / "a.csv", out),
        "pyarrow copies the result (wide)": lambda: copy_csv(folder / "wide.csv", out),
        "dcalc grad": lambda: dcalc(folder / "a.csv", folder / "r.csv"),
    }
    measure(cases, rounds, "copy")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", help="where the tables are made; by default a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        run(options.points, options.rounds, Path(made))
