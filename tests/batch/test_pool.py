"""`dcalc batch` as a whole: order, limits that hold, workers that die, files that are whole or not there."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dcalc.batch import pool as module
from dcalc.batch.pool import Pool
from dcalc.batch.reader import Reader
from dcalc.batch.worker import Settings

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to so much memory")


def write(path: Path, jobs: list) -> str:
    path.write_text("".join(job if isinstance(job, str) else json.dumps(job) + "\n" for job in jobs), "utf-8")
    return str(path)


def answers(dcalc, path: str, *words: str) -> tuple[int, list[dict], str]:
    status, out, err = dcalc(["batch", path, *words])
    return status, [json.loads(line) for line in out.splitlines()], err


GOOD = [{"id": k, "expr": f"x^2 + {k}*x", "at": {"x": k % 7}} for k in range(300)]


@pytest.fixture
def endless():
    return {"id": "endless", "expr": "while x < 1 { x = x - 1 }; x", "at": {"x": 0}, "steps": 999_999_999}


def test_an_answer_does_not_hang_on_what_was_asked_before(dcalc, tmp_path):
    loop = {"expr": "s = x; for k in 1..3000 { s = s/2 + x }; s", "at": {"x": 0.5}}
    jobs = [{**loop, "want": "grad"}, {**loop, "want": "grad", "backend": "symbolic"}, {**loop, "want": "diff"}]
    alone = [answers(dcalc, write(tmp_path / f"{k}.jsonl", [job]))[1][0] for k, job in enumerate(jobs)]
    together = answers(dcalc, write(tmp_path / "jobs.jsonl", jobs), "--jobs", "1")[1]
    assert [{**one, "line": 1} for one in together] == alone
    assert not any("error" in one for one in alone)


def test_answers_are_in_order_and_the_same_for_any_number_of_processes(dcalc, tmp_path):
    path = write(tmp_path / "jobs.jsonl", GOOD)
    status, one, err = answers(dcalc, path, "--jobs", "1")
    assert (status, err) == (0, "300 jobs\n")
    assert [(found["id"], found["value"], found["grad"]["x"]) for found in one] == [
        (k, (k % 7) ** 2 + k * (k % 7), 2 * (k % 7) + k) for k in range(300)
    ]
    assert answers(dcalc, path, "--jobs", "3")[1] == one


def test_hostile_jobs_harm_nobody(dcalc, tmp_path, endless):
    """Among good jobs: loops without end, arrays larger than memory, a million brackets, laughs by the billion."""
    laughs = "; ".join(["f0(x) = x + x", *(f"f{k}(x) = f{k - 1}(f{k - 1}(x + {k}))" for k in range(1, 40)), "f39(1)"])
    hostile = [
        endless,
        {"id": "power", "expr": "9^9^9^9"},
        {"id": "array", "expr": "sum(1..1000000000)"},
        {"id": "outer", "expr": "v = 1..40000; sum(outer(v, v))"},
        {"id": "brackets", "expr": "(" * 500_000 + "x" + ")" * 500_000, "at": {"x": 1}},
        {"id": "laughs", "expr": laughs},
        '{"id": "broken"\n',
    ]
    jobs = [job for k, bad in enumerate(hostile) for job in (*GOOD[20 * k : 20 * k + 20], bad)]
    status, found, err = answers(
        dcalc, write(tmp_path / "jobs.jsonl", jobs), "--jobs", "2", "--timeout", "1", "--memory", "300"
    )
    assert status == 1
    assert len(found) == len(jobs)
    good = [answer for answer in found if isinstance(answer.get("id"), int)]
    assert [(answer["id"], answer["value"]) for answer in good] == [(k, (k % 7) ** 2 + k * (k % 7)) for k in range(140)]
    bad = {answer.get("id"): answer for answer in found if not isinstance(answer.get("id"), int)}
    assert "longer than 1 s" in bad["endless"]["error"]["message"]
    for name in ("power", "array", "laughs"):
        assert bad[name]["error"]["kind"] in ("limit", "domain"), bad[name]
    assert bad[None]["error"]["kind"] == "usage"
    assert all(answer.get("error", {}).get("kind") != "internal" for answer in found)
    assert err.startswith(f"{len(jobs)} jobs, ")


@linux
def test_memory_is_held(dcalc, tmp_path):
    jobs = [{"id": 1, "expr": "sum(outer(v, v)*outer(v, v))", "at": {"v": [1.5] * 3000}, "want": "value"}, GOOD[1]]
    path = write(tmp_path / "jobs.jsonl", jobs)
    status, (large, small), _ = answers(dcalc, path, "--jobs", "1", "--memory", "50")
    assert (status, small["value"]) == (1, 2)
    assert large["error"]["kind"] == "limit"
    assert "memory" in large["error"]["message"] or "--memory" in large["error"]["hint"]
    assert answers(dcalc, path, "--jobs", "1")[1][0]["value"] == pytest.approx(1.5**4 * 3000**2)


class Running:
    """A pool that answers in a thread."""

    def __init__(self, path: str, settings: Settings, count: int = 1) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)
        reader = Reader(self.descriptor, path)
        reader.begin()
        self.pool = Pool(reader, settings, count)
        self.found: list = []
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        for some in self.pool.answers():
            self.found += [json.loads(answer.text) for answer in some]

    def worker(self) -> int:
        """The process of a worker that is at a job."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for worker in list(self.pool._workers):
                if worker.beat[0] >= 0:
                    return worker.process.pid
            time.sleep(0.01)
        raise AssertionError("no worker begins")

    def end(self) -> list:
        self.thread.join(60)
        assert not self.thread.is_alive()
        os.close(self.descriptor)
        return self.found


def test_a_killed_worker_loses_nothing(tmp_path):
    slow = {"id": "slow", "expr": "s = x; for k in 1..20000 { s = s + 1 }; s", "at": {"x": 0}, "want": "value"}
    path = write(tmp_path / "jobs.jsonl", [*GOOD[:50], slow, *GOOD[50:60]])
    running = Running(path, Settings(30.0, 10**9, False, False))
    os.kill(running.worker(), signal.SIGKILL)
    found = running.end()
    assert [answer["id"] for answer in found] == [*range(50), "slow", *range(50, 60)]
    assert found[50]["value"] == 20000
    assert not [answer for answer in found if "error" in answer]


def test_a_process_that_begins_anew_loads_all_before_it_is_sealed(dcalc, tmp_path, monkeypatch):
    """As on Windows, or where the process that others are copies of found no dcalc in its folder."""
    monkeypatch.setattr(module, "_context", lambda: multiprocessing.get_context("spawn"))
    job = {"expr": "v: 2; A: 2x2; A @ v", "at": {"A": [[1, 2], [3, 4]], "v": [1, -1]}}
    status, found, _ = answers(dcalc, write(tmp_path / "jobs.jsonl", [job]), "--jobs", "1")
    assert (status, found[0].get("value")) == (0, [-1, -1]), found


def test_a_job_that_kills_its_workers_is_an_error(tmp_path, endless):
    running = Running(write(tmp_path / "jobs.jsonl", [GOOD[1], endless, GOOD[2]]), Settings(30.0, 10**9, False, False))
    killed: set[int] = set()
    while len(killed) < 2:
        pool = running.pool
        for worker in list(pool._workers):
            if worker.beat[0] == 1 and worker.process.pid not in killed:
                killed.add(worker.process.pid)
                os.kill(worker.process.pid, signal.SIGKILL)
        time.sleep(0.01)
    first, second, third = running.end()
    assert (first["value"], third["value"]) == (2, 8)
    assert "died (SIGKILL)" in second["error"]["message"]


def test_a_worker_that_does_not_listen_is_ended(tmp_path, endless, monkeypatch):
    monkeypatch.setattr(module, "GRACE", 0.2)
    running = Running(write(tmp_path / "jobs.jsonl", [endless, GOOD[3]]), Settings(1.0, 10**9, False, False))
    os.kill(running.worker(), signal.SIGSTOP)  # as if it were in the middle of a long call of a library
    first, second = running.end()
    assert "longer than 1 s" in first["error"]["message"]
    assert second["value"] == 18


def test_out_is_whole_or_not_there(dcalc, tmp_path):
    path = write(tmp_path / "jobs.jsonl", GOOD[:5])
    out = tmp_path / "answers.jsonl"
    status, said, err = dcalc(["batch", path, "--out", str(out)])
    assert (status, said, err) == (0, "", f"5 jobs; written to {out}\n")
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == list(range(5))
    status, _, err = dcalc(["batch", path, "--out", str(tmp_path / "no" / "answers.jsonl")])
    assert (status, "cannot write" in err) == (2, True)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["answers.jsonl", "jobs.jsonl"]
    if os.name == "posix":
        assert stat.S_IMODE(out.stat().st_mode) & 0o600 == 0o600


def test_what_cannot_be_read(dcalc, tmp_path):
    for name in ("missing.jsonl", "."):
        status, out, err = dcalc(["batch", str(tmp_path / name)])
        assert (status, out) == (2, "")
        assert "cannot read" in err
    assert dcalc(["batch", write(tmp_path / "empty.jsonl", [])]) == (0, "", "0 jobs\n")


def test_csv_in_and_out(dcalc, tmp_path):
    import csv

    path = tmp_path / "jobs.csv"
    path.write_text("id,expr,at:x,want\na,x^2,3,grad\nb,log(x),-1,\nc,1/x,0,value\n")
    status, out, _ = dcalc(["batch", str(path)])
    rows = list(csv.DictReader(out.splitlines()))
    assert (status, [(row["id"], row["value"], row["grad"], row["error"]) for row in rows]) == (
        1,
        [("a", "9.0", '{"x": 6.0}', ""), ("b", "", "", "domain"), ("c", "", "", "domain")],
    )
    status, out, _ = dcalc(["batch", str(path), "--json"])
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a", "b", "c"]
    status, out, _ = dcalc(["batch", "-"], stdin=path.read_bytes())
    assert list(csv.DictReader(out.splitlines())) == rows


def test_a_pipe_is_answered_as_the_lines_come():
    command = [sys.executable, "-m", "dcalc", "batch", "-", "--jobs", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        for k in range(3):
            process.stdin.write(json.dumps({"id": k, "expr": "x^2", "at": {"x": k}}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["value"] == k * k
        process.stdin.close()
        assert process.wait(30) == 0


SEALED = """
import os, sys, socket, subprocess, pathlib, urllib.request
from dcalc.batch.seal import seal, hold_memory
folder = pathlib.Path(sys.argv[1])
hold_memory(10**9)
seal(reading=sys.argv[2] == "reading")
def refused(act):
    try:
        act()
    except PermissionError:
        return True
    except Exception as problem:
        print(repr(problem))
    return False
tries = [
    lambda: open(folder / "new", "w"), lambda: open(folder / "there", "a"), lambda: os.open(folder / "n", os.O_CREAT),
    lambda: os.remove(folder / "there"), lambda: os.rename(folder / "there", folder / "x"),
    lambda: os.mkdir(folder / "d"),
    lambda: socket.socket(), lambda: subprocess.run(["true"]), lambda: os.system("true"),
    lambda: urllib.request.urlopen("http://127.0.0.1:1/"), lambda: os.symlink("/", folder / "s"), os.fork,
]
assert all([refused(act) for act in tries]), [refused(act) for act in tries]
reads = [lambda: open(folder / "there"), lambda: open("/etc/passwd"),
         lambda: open(folder / ".." / folder.name / "there"), lambda: open(folder / "link")]
if sys.platform == "linux":
    reads.append(lambda: open("/proc/self/environ"))
    open("/proc/cpuinfo").close()
assert [refused(act) for act in reads] == [sys.argv[2] != "reading"] * len(reads)
import colorsys, mpmath
"""


@pytest.mark.skipif(os.name != "posix", reason="paths of POSIX")
@pytest.mark.parametrize("reading", ["reading", "nothing"])
def test_a_sealed_process_cannot_write_connect_or_read(tmp_path, reading):
    (tmp_path / "there").write_text("secret")
    (tmp_path / "link").symlink_to("/etc/passwd")
    done = subprocess.run(
        [sys.executable, "-c", SEALED, str(tmp_path), reading], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert sorted(item.name for item in tmp_path.iterdir()) == ["link", "there"]
