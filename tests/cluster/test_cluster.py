"""`--cluster`: a real scheduler and workers that are killed; what comes out is what one process makes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dcalc import cluster
from dcalc.tables import portions

from .conftest import ROOT, lines, wait_for

EXPRESSION = "sin(x*y)*exp(-x/y)"


#: In a worker's `sitecustomize`: each part takes its time, so that there is a middle to be killed in.
SLOW = """
import time
from dcalc.commands import over_parts
do = over_parts.do_portion
def do_portion(*given):
    time.sleep(0.2)
    return do(*given)
over_parts.do_portion = do_portion
"""


def table(path: Path, files: int = 30, rows: int = 100) -> str:
    """A folder of files; some of their rows have no answer."""
    path.mkdir()
    for k in range(files):
        texts = ('{"x": %r, "y": %r}\n' % ((k + 1 + i / 7) / 100, i % 50 - 3) for i in range(rows))  # noqa: UP031
        (path / f"p-{k}.jsonl").write_text("".join(texts))
    return str(path)


def contents(folder: Path) -> dict[str, bytes]:
    """The parts of a result."""
    assert (folder / "_SUCCESS").exists()
    found = {one.name: one.read_bytes() for one in sorted(folder.iterdir()) if not one.name.startswith("_")}
    assert all(name.startswith("part-") for name in found), found.keys()
    return found


def start(*words: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "dcalc", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_worker_an_interrupted_client_and_the_same_bytes(dcalc, dask, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    workers = [dask.worker(first=str(tmp_path)), dask.worker(first=str(tmp_path))]
    points = table(tmp_path / "points")
    command = ["hess", EXPRESSION, "--points", points, "--out"]
    here = dcalc([*command, str(tmp_path / "here.jsonl")])
    assert here.status == 1 and "60 error" in here.err, here.err
    dask.wait(2)

    # Ctrl-C in the middle: nothing that looks whole, and what is done is kept.
    there = tmp_path / "there.jsonl"
    kept = tmp_path / ".there.jsonl.dcalc-parts"
    client = start(*command, str(there), "--cluster", dask.address)
    wait_for(lambda: lines(kept / "_dcalc.jsonl") > 4 or client.poll() is not None)
    client.send_signal(signal.SIGINT)
    err = client.communicate(timeout=30)[1]
    assert client.returncode == 130, err
    assert "--resume goes on with it" in err and not there.exists()
    done = {one.name: one.stat().st_mtime_ns for one in kept.glob("part-*")}
    assert 3 < len(done) < 30

    # It goes on, and a worker is killed in the middle of that.
    client = start(*command, str(there), "--cluster", dask.address, "--resume")
    wait_for(lambda: lines(kept / "_dcalc.jsonl") > len(done) + 4 or client.poll() is not None)
    assert client.poll() is None
    workers[0].send_signal(signal.SIGKILL)
    err = client.communicate(timeout=60)[1]
    assert client.returncode == 1, err
    assert contents(there) == contents(tmp_path / "here.jsonl")
    assert {name: (there / name).stat().st_mtime_ns for name in done} == done, "parts that were there are done again"
    same = here.err.replace("here.jsonl", "there.jsonl")
    assert err == same, (err, same)
    assert not kept.exists()

    # All of it is there: nothing is left to do, not even for nobody.
    again = dcalc([*command, str(there), "--cluster", "tcp://127.0.0.1:1", "--resume"])
    assert (again.status, again.err) == (1, same)


def test_a_file_is_cut_and_its_parts_are_what_one_run_writes(dcalc, dask, tmp_path, monkeypatch):
    pq = pytest.importorskip("pyarrow.parquet")
    import numpy as np
    import pyarrow as pa

    dask.worker()
    monkeypatch.setattr(portions, "PIECES", 1)
    x, y = np.random.default_rng(2).uniform(1, 2, (2, 200_000))
    columns = pa.table({"x": x, "y": y, "name": [f"a{k}" for k in range(200_000)]})
    pq.write_table(columns, tmp_path / "p.parquet", row_group_size=20_000)
    rows = zip(x.tolist(), y.tolist(), strict=True)
    (tmp_path / "p.csv").write_text("x,y\n" + "".join(f"{a!r},{b!r}\n" for a, b in rows))
    dask.wait(1)
    for name in ("p.parquet", "p.csv"):
        command = ["grad", "x^y + atan2(y, x)", "--points", str(tmp_path / name), "--out"]
        once, parts = tmp_path / f"once.{name}", tmp_path / f"parts.{name}"
        assert dcalc([*command, str(once)]).status == 0
        done = dcalc([*command, str(parts), "--cluster", dask.address])
        assert done.status == 0, done.err
        files = [parts / one for one in contents(parts)]
        assert len(files) == 2
        if name == "p.csv":
            head, *rest = (one.read_bytes() for one in files)
            assert head + b"".join(one.partition(b"\n")[2] for one in rest) == once.read_bytes()
            continue
        whole = pq.ParquetFile(once)
        groups = [(file, k) for file in map(pq.ParquetFile, files) for k in range(file.num_row_groups)]
        assert len(groups) == whole.num_row_groups
        for k, (file, group) in enumerate(groups):
            assert file.read_row_group(group).equals(whole.read_row_group(k))
        assert pq.read_table(parts).num_rows == 200_000  # what else reads folders passes over _SUCCESS and the rest

    # Workers that are not as they should be.
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import dcalc\ndcalc.__version__ = '0.0.9'\n")
    dask.worker(first=str(other))
    dask.wait(2)
    command = ["grad", "x", "--points", str(tmp_path / "p.csv"), "--out", str(tmp_path / "n")]
    refused = dcalc([*command, "--cluster", dask.address])
    assert refused.status == 2
    assert "has dcalc 0.0.9, here is" in refused.err and "install the same version" in refused.err
    assert not (tmp_path / "n").exists() and not (tmp_path / ".n.dcalc-parts").exists()


def test_answers_as_they_come(monkeypatch):
    """Without a cluster: what Dask's client would do is told by a stand-in."""
    import queue

    monkeypatch.setattr(cluster, "PAUSE", 0.01)
    ready = queue.SimpleQueue()
    assert cluster._next(ready) == []
    for k in range(100):
        ready.put(k)
    assert cluster._next(ready) == [*range(64)] and cluster._next(ready) == [*range(64, 100)]


def test_no_cluster(dcalc, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "TO_ANSWER", 1.0)
    (tmp_path / "p.csv").write_text("x\n1\n")
    command = ["grad", "x^2", "--points", str(tmp_path / "p.csv"), "--out", str(tmp_path / "r"), "--cluster"]
    for address, words in (("nowhere", "is no address of a scheduler"), ("tcp://127.0.0.1:1", "no Dask scheduler")):
        done = dcalc([*command, address])
        assert done.status == 2 and words in done.err, done.err
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = dcalc([*command, "local"])
    assert done.status == 2 and "pip install 'dcalc[cluster]'" in done.err
    assert [one.name for one in tmp_path.iterdir()] == ["p.csv"]
