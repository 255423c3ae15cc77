"""Interrupted work: nothing is lost, and nothing looks whole that is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcalc.tables import journal, lines, parts

from .conftest import EXPRESSION, columns, write

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be killed")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(parts, "MOST_ROWS", 50)
    monkeypatch.setattr(lines, "LEAST_BLOCK", 2**10)
    monkeypatch.setattr(lines, "BLOCK", 2**10)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (".csv", ".csv"),
        (".parquet", ".parquet"),
        (".npz", ".npz"),
        (".csv", ".npz"),
        (".jsonl", ".arrow"),
        (".npy", ".npy"),
    ],
)
def test_killed_at_random_moments_and_gone_on_with_it_is_the_same_to_the_byte(tmp_path, source, target):
    write(tmp_path / f"points{source}", columns(3000))
    command = [sys.executable, "-m", "tests.tables.interrupted", str(tmp_path), str(tmp_path / f"points{source}")]
    done = subprocess.run(
        [*command, str(tmp_path / f"result{target}"), "4", "1"], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["status"] == 0 and found["same"] and not found["rest"], found
    assert found["killed"] and found["going_on"], found


class Stop(BaseException):
    """As if the process ended here."""


def stopped(dcalc, monkeypatch, command, when) -> None:
    """Run it, and end it as a killed process ends at the n-th part: nothing is tidied up."""
    count = [0]
    add = journal.Kept.add

    def stopping(self, encoded, sums, taken):
        count[0] += 1
        if count[0] == when:
            self._file.write(bytes(encoded.data[0])[:7])  # half a part
            raise Stop
        add(self, encoded, sums, taken)

    with monkeypatch.context() as patch:
        patch.setattr(journal.Kept, "add", stopping)
        patch.setattr(journal.Kept, "leave", lambda self, *, keep: self._journal.close())
        with pytest.raises(Stop):
            dcalc(command)


def test_it_goes_on_behind_the_last_part_that_is_whole(dcalc, tmp_path, monkeypatch, small):
    write(tmp_path / "p.csv", columns(500))
    command = ["grad", EXPRESSION, "--points", str(tmp_path / "p.csv"), "--out", str(tmp_path / "r.csv")]
    assert dcalc(command).status == 0
    whole = (tmp_path / "r.csv").read_bytes()
    (tmp_path / "r.csv").write_text("precious")
    stopped(dcalc, monkeypatch, command, 5)
    assert (tmp_path / "r.csv").read_text() == "precious"
    written = []
    add = journal.Kept.add
    monkeypatch.setattr(journal.Kept, "add", lambda self, *given: (written.append(1), add(self, *given)))
    part = tmp_path / ".r.csv.dcalc-part"
    damaged = bytearray(part.read_bytes())
    damaged[-200] ^= 1  # in the last part but the half one: it is found out, and done again
    part.write_bytes(damaged)
    done = dcalc([*command, "--resume"])
    assert done.status == 0
    assert "500 rows: 500 ok" in done.err
    assert (tmp_path / "r.csv").read_bytes() == whole
    pieces = whole.count(b"\n") // 20
    assert 0 < len(written) < pieces
    assert sorted(one.name for one in tmp_path.iterdir()) == ["p.csv", "r.csv"]
    written.clear()
    stopped(dcalc, monkeypatch, command, 5)
    assert dcalc(command).status == 0  # without --resume it begins anew
    assert (tmp_path / "r.csv").read_bytes() == whole


def test_columns_that_are_written_into_their_places_are_gone_on_with(dcalc, tmp_path, monkeypatch, small):
    write(tmp_path / "p.npz", columns(500))
    command = ["grad", EXPRESSION, "--points", str(tmp_path / "p.npz"), "--out", str(tmp_path / "r.npz")]
    assert dcalc(command).status == 0
    whole = (tmp_path / "r.npz").read_bytes()
    (tmp_path / "r.npz").unlink()
    stopped(dcalc, monkeypatch, command, 7)
    part = tmp_path / ".r.npz.dcalc-part"
    damaged = bytearray(part.read_bytes())
    place = whole.index(np.load(tmp_path / "p.npz")["y"].tobytes()) + 8 * 220  # a row of the fifth part
    damaged[place] ^= 1
    part.write_bytes(damaged)
    written = []
    add = journal.Kept.add
    monkeypatch.setattr(journal.Kept, "add", lambda self, *given: (written.append(1), add(self, *given)))
    done = dcalc([*command, "--resume"])
    assert (done.status, len(written)) == (0, 6)
    assert (tmp_path / "r.npz").read_bytes() == whole
    assert sorted(one.name for one in tmp_path.iterdir()) == ["p.npz", "r.npz"]


def test_what_has_changed_is_refused(dcalc, tmp_path, monkeypatch, small):
    points = tmp_path / "p.csv"
    write(points, columns(500))
    command = ["grad", EXPRESSION, "--points", str(points), "--out", str(tmp_path / "r.csv")]
    stopped(dcalc, monkeypatch, command, 3)
    for other, words in (
        (["--at", "y=2"], "its at, inputs, results was another"),
        (["--backend", "forward"], "its options was another"),
    ):
        done = dcalc([*command, "--resume", *other])
        assert done.status == 2
        assert words in done.err
    text = points.read_text()
    points.write_text(text.replace("1", "2", 1))
    done = dcalc([*command, "--resume"])
    assert done.status == 2
    assert "p.csv has changed since" in done.err and "without --resume" in done.err
    assert dcalc(command).status == 0


def test_points_that_change_while_they_are_read(dcalc, tmp_path, monkeypatch, small):
    points = tmp_path / "p.csv"
    write(points, columns(500))
    add = journal.Kept.add

    def adding(self, *given):
        with points.open("a") as file:
            file.write("1,2,3\n")
        add(self, *given)

    monkeypatch.setattr(journal.Kept, "add", adding)
    done = dcalc(["grad", EXPRESSION, "--points", str(points), "--out", str(tmp_path / "r.csv")])
    assert done.status == 2
    assert "has changed while it was read" in done.err
    assert [one.name for one in tmp_path.iterdir()] == ["p.csv"]


def test_a_full_disk_loses_nothing(tmp_path):
    write(tmp_path / "p.csv", columns(3000))
    script = """
import sys
from pathlib import Path
from tests.tables.interrupted import EXPRESSION, child, small
small()
folder = Path(sys.argv[1])
command = ["grad", EXPRESSION, "--points", str(folder / "p.csv"), "--out", str(folder / "r.parquet")]
print(child(command, limit=60_000, log=str(folder / "log"))[0], (folder / "r.parquet").exists())
print((folder / "log").read_text())
print(child([*command, "--resume"])[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    first, *said, last = done.stdout.splitlines()
    assert (first, last) == ("2 False", "0"), done
    text = " ".join(said)
    assert "cannot write" in text and "File too large" in text and "--resume goes on with it" in text
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "r.parquet").num_rows == 3000


def test_two_at_once_are_refused(dcalc, tmp_path, monkeypatch, small):
    write(tmp_path / "p.csv", columns(500))
    command = ["grad", EXPRESSION, "--points", str(tmp_path / "p.csv"), "--out", str(tmp_path / "r.csv")]
    add, seen = journal.Kept.add, []

    def adding(self, *given):
        if not seen:
            seen.append(1)
            seen.append(dcalc(command))
        add(self, *given)

    monkeypatch.setattr(journal.Kept, "add", adding)
    assert dcalc(command).status == 0
    assert seen[1].status == 2 and "another dcalc is writing" in seen[1].err


def test_in_place_and_through_a_link(dcalc, tmp_path, small):
    write(tmp_path / "p.csv", columns(300))
    (tmp_path / "link.csv").symlink_to(tmp_path / "p.csv")
    (tmp_path / "p.csv").chmod(0o640)
    done = dcalc(["grad", EXPRESSION, "--points", str(tmp_path / "p.csv"), "--out", str(tmp_path / "link.csv")])
    assert done.status == 0
    assert (tmp_path / "link.csv").is_symlink()
    header, *rows = (tmp_path / "p.csv").read_text().splitlines()
    assert header == "id,x,y,value,d/dx,d/dy,status" and len(rows) == 300
    assert (tmp_path / "p.csv").stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_resumed_says_so(dcalc, tmp_path):
    write(tmp_path / "p.csv", columns(3))
    for more, words in (
        (["--resume"], "cannot be resumed"),
        (["--resume", "--out", "/dev/null"], "cannot be resumed"),
        (["--out", str(tmp_path / "nowhere" / "r.csv")], "No such file or directory"),
        (["--out", str(tmp_path)], "is no table that dcalc knows"),
    ):
        done = dcalc(["eval", "x", "--points", str(tmp_path / "p.csv"), *more])
        assert done.status == 2, more
        assert words in done.err, (more, done.err)
    done = dcalc(["eval", "x", "--points", "-", "--out", str(tmp_path / "r.csv"), "--resume"], b"x\n1\n")
    assert done.status == 2
    assert "standard input cannot be resumed" in done.err


def test_memory_is_bounded_by_the_pieces(tmp_path):
    """A table of ten times the rows takes no more memory; one group of all of them is divided."""
    script = """
import json, sys
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from tests.tables.interrupted import EXPRESSION, child, small
small(2**13)
folder = Path(sys.argv[1])
peaks = {}
for rows in (30_000, 300_000):
    x, y = np.random.default_rng(0).normal(size=(2, rows))
    pq.write_table(pa.table({"x": x, "y": y}), folder / f"{rows}.parquet", row_group_size=rows)
    np.save(folder / f"{rows}.npy", np.stack([x, y], 1))
    with open(folder / f"{rows}.csv", "w") as file:
        file.write("x,y\\n" + "1.25,0.123456789012345678901234567890\\n" * rows)
del x, y
for kind, other in (("parquet", "parquet"), ("npy", "npz"), ("csv", "csv")):
    for rows in (30_000, 300_000):
        command = ["grad", EXPRESSION, "--points", str(folder / f"{rows}.{kind}"), "--out", str(folder / f"r.{other}")]
        status, used = child(command)
        assert status == 0
        peaks[f"{kind} {rows}"] = used.ru_maxrss // 1024
print(json.dumps(peaks))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    peaks = json.loads(done.stdout)
    for kind in ("parquet", "npy", "csv"):  # in MB; the results have 13 to 25 MB
        assert peaks[f"{kind} 300000"] - peaks[f"{kind} 30000"] < 10, peaks
