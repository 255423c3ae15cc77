"""`dcalc batch --out`: what is killed, interrupted or out of room loses nothing, and is never taken for whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dcalc.batch import pool as pool_module
from dcalc.batch.reader import Reader

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"id": "endless", "expr": "while x < 1 { x = x - 1 }; x", "at": {"x": 0}, "steps": 999_999_999}
WORDS = ("--jobs", "1", "--timeout", "0.8")
posix = pytest.mark.skipif(os.name != "posix", reason="signals")


def jobs_in(folder: Path, form: str) -> Path:
    """Forty jobs, some of them wrong, one that takes all its time, and forty more."""
    path = folder / f"jobs.{form}"
    good = [{"id": k, "expr": f"x^{k % 5} + 1/(x - {k % 3})", "at": {"x": 1.5 if k % 7 else k % 3}} for k in range(80)]
    jobs = [*good[:40], SLOW, *good[40:]]
    if form == "jsonl":
        path.write_text("\n\n".join(json.dumps(job) for job in jobs) + "\n", "utf-8")
    else:
        rows = [f'{job["id"]},"{job["expr"]}",{job["at"]["x"]},{job.get("steps", "")}' for job in jobs]
        path.write_text("\r\n".join(["id,expr,at:x,steps", *rows]), "utf-8")
    return path


def stopped(path: Path, out: Path, how: signal.Signals) -> tuple[int, str]:
    """Run a batch and end it while it is at the slow job; its status and what it said."""
    command = [sys.executable, "-m", "dcalc", "batch", str(path), *WORDS, "--out", str(out)]
    part = out.parent / f".{out.name}.dcalc-part"
    before = out.read_text() if out.exists() else None
    while True:
        with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT, text=True) as process:
            while process.poll() is None and not (part.exists() and part.read_bytes().count(b"\n") >= 15):
                time.sleep(0.01)
            process.send_signal(how)
            status, said = process.wait(30), process.stderr.read()
        if part.exists():
            return status, said
        # This machine was so busy that the batch ended first.
        out.unlink() if before is None else out.write_text(before)


@posix
@pytest.mark.parametrize(("form", "how"), [("jsonl", signal.SIGKILL), ("csv", signal.SIGINT)])
def test_what_was_stopped_is_gone_on_with(dcalc, tmp_path, monkeypatch, form, how):
    path, out, whole = jobs_in(tmp_path, form), tmp_path / f"a.{form}", tmp_path / f"whole.{form}"
    assert dcalc(["batch", str(path), *WORDS, "--out", str(whole)]).status == 1
    out.write_text("as it was")
    status, said = stopped(path, out, how)
    assert out.read_text() == "as it was"
    assert status == (130 if how == signal.SIGINT else -how)
    assert "Traceback" not in said
    assert how != signal.SIGINT or "--resume goes on with it" in said

    left_out = []
    skip = Reader.skip
    monkeypatch.setattr(Reader, "skip", lambda self, count: (left_out.append(count), skip(self, count))[1])
    answered = dcalc(["batch", str(path), *WORDS, "--out", str(out), "--resume"])
    assert 10 <= left_out[0] < 81
    assert out.read_bytes() == whole.read_bytes()
    assert answered.status == 1
    assert answered.err.startswith("81 jobs, 13 failed (domain 12, limit 1)")
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([out.name, path.name, whole.name])


@posix
def test_other_jobs_and_other_limits_are_not_gone_on_with(dcalc, tmp_path):
    path, out = jobs_in(tmp_path, "jsonl"), tmp_path / "a.jsonl"
    stopped(path, out, signal.SIGKILL)
    status, _, err = dcalc(["batch", str(path), "--timeout", "5", "--out", str(out), "--resume"])
    assert (status, "cannot be gone on with" in err, "begun anew" in err) == (2, True, True)
    path.write_text('{"expr": "1 + 1"}\n')
    status, _, err = dcalc(["batch", str(path), *WORDS, "--out", str(out), "--resume"])
    assert (status, "jobs.jsonl has changed since" in err) == (2, True)
    assert dcalc(["batch", str(path), *WORDS, "--out", str(out)]).status == 0
    assert json.loads(out.read_text())["value"] == 2


def test_processes_that_cannot_be_started_lose_no_answer(dcalc, tmp_path, monkeypatch):
    path, out = jobs_in(tmp_path, "jsonl"), tmp_path / "a.jsonl"
    watch = pool_module.Pool._collect

    def fails(self):
        if self._next > 10:
            raise pool_module.DcalcError("internal", "the processes end at once")
        watch(self)

    with monkeypatch.context() as patch:
        patch.setattr(pool_module.Pool, "_collect", fails)
        status, _, err = dcalc(["batch", str(path), *WORDS, "--out", str(out)])
    assert (status, "--resume goes on with it" in err, out.exists()) == (70, True, False)
    assert dcalc(["batch", str(path), *WORDS, "--out", str(out), "--resume"]).err.startswith("81 jobs, 13 failed")


def test_what_cannot_be_resumed_is_told(dcalc, tmp_path):
    path = jobs_in(tmp_path, "jsonl")
    status, out, err = dcalc(["batch", str(path), "--resume"])
    assert (status, out, "--out FILE" in err) == (2, "", True)
    status, out, err = dcalc(["batch", "-", "--out", str(tmp_path / "a.jsonl"), "--resume"], stdin=b"{}\n")
    assert (status, "cannot be resumed" in err) == (2, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's full device")
def test_a_full_disk_is_told(dcalc_process, tmp_path):
    path = jobs_in(tmp_path, "jsonl")
    path.write_text('{"expr": "1 + 1"}\n')
    status, _, err = dcalc_process(["batch", str(path), *WORDS, "--out", "/dev/full"])
    assert (status, "No space left on device" in err) == (2, True)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "dcalc", "batch", str(path), *WORDS]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, text=True, timeout=60)
    assert (done.returncode, "cannot write standard output: No space left" in done.stderr) == (2, True), done.stderr
