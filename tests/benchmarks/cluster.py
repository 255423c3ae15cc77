"""What sizes a cluster: points a second a core, bytes a point, what a part costs, and how fast a file is cut.

    python3 -m pip install '.[bench,data,fast,cluster]' && python3 -m tests.benchmarks.cluster [--points 4000000]

Processor time of what a worker does, in this process (least of several rounds); then small parts through a cluster of
this machine, for what Dask costs; then a table by one process and by the cluster, wall clock.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from dcalc.cli import main
from dcalc.commands import over_folder
from dcalc.commands.over_folder import Here
from dcalc.tables import open_table
from dcalc.tables.portions import cut

EXPRESSION = "(sin(x1/x2)+x1/x2-exp(x2))*(x1/x2-exp(x2))"


def dcalc(*words: str) -> None:
    """A command that has to succeed."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        status = main([*words])
    assert status == 0, said.getvalue()


class Measured(Here):
    """One part after another, in this thread; `used` is the processor time of each."""

    used: list[float] = []  # noqa: RUF012

    def do(self, function, parts):
        """See Here."""
        for k, given in parts:
            begun = process_time()
            answer = function(*given)
            self.used.append(process_time() - begun)
            yield k, answer


def size(path: Path) -> int:
    """Bytes of a file or a folder."""
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file()) if path.is_dir() else path.stat().st_size


def worker(source: Path, points: int, rounds: int, verb: str) -> None:
    """What a worker takes for a point."""
    out = source.with_name(f"r{source.suffix}")
    times = []
    over_folder.Here = Measured  # type: ignore[misc]
    (source.parent / "one").mkdir(exist_ok=True)
    (source.parent / "one" / source.name).unlink(missing_ok=True)
    os.link(source, source.parent / "one" / source.name)
    for _ in range(rounds):
        Measured.used = []
        dcalc(verb, EXPRESSION, "--points", str(source.parent / "one" / f"*{source.suffix}"), "--out", str(out))
        times.append(sum(Measured.used))
    over_folder.Here = Here  # type: ignore[misc]
    rate, read, written = points / min(times) / 1e6, size(source) / points, size(out) / points
    print(f"{verb:5}{source.suffix:9}{rate:6.2f} million points/s/core,{read:5.0f} B/point in,{written:5.0f} out")


def run(points: int, rounds: int, folder: Path) -> None:
    """Make the tables, and measure."""
    os.environ["DCALC_THREADS"] = "1"
    x1, x2 = np.random.default_rng(1).uniform(1, 2, (2, points))
    table = pa.table({"x1": x1, "x2": x2})
    parquet.write_table(table, folder / "a.parquet", row_group_size=2**17)
    csv.write_csv(table.slice(0, points // 8), folder / "a.csv")
    for verb in ("eval", "grad", "hess"):
        worker(folder / "a.parquet", points, rounds, verb)
    worker(folder / "a.csv", points // 8, rounds, "grad")

    source = open_table(str(folder / "a.csv"))
    source.want({"x1": (), "x2": ()}, 3)
    begun = process_time()
    parts = len(list(cut(source, 0, size(folder / "a.csv"))))
    print(f"cutting a CSV: {size(folder / 'a.csv') / (process_time() - begun) / 1e9:.2f} GB/s, {parts} parts")

    (folder / "many").mkdir()
    few = table.slice(0, 10)
    for k in range(600):
        parquet.write_table(few, folder / "many" / f"{k}.parquet")
    times = {}
    del os.environ["DCALC_THREADS"]
    for count in (100, 600):  # what starting costs is in both
        for k in range(count, 600):
            (folder / "many" / f"{k}.parquet").rename(folder / "many" / f"_{k}.parquet")
        begun, used = perf_counter(), process_time()
        dcalc("grad", EXPRESSION, "--points", str(folder / "many"), "--out", str(folder / "m"), "--cluster", "local")
        times[count] = perf_counter() - begun, process_time() - used
        for one in (folder / "many").glob("_*"):
            one.rename(one.with_name(one.name[1:]))
    (first, own), (last, all_own) = times[100], times[600]
    print(f"a part of 10 rows: {(last - first) / 500 * 1e3:.1f} ms by the clock, "
          f"{(all_own - own) / 500 * 1e3:.1f} ms of the client's processor; start and end {first:.1f} s")  # fmt: skip
    for more in ((), ("--cluster", "local")):
        begun = perf_counter()
        out = str(folder / ("s.parquet" if more else "o.parquet"))
        dcalc("grad", EXPRESSION, "--points", str(folder / "a.parquet"), "--out", out, *more)
        print(f"{points} points, {' '.join(more) or 'one process'}: {perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        run(options.points, options.rounds, Path(made))
