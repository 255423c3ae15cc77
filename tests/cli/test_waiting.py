"""The line of progress as people meet it, and Ctrl-C: in terminals, through pipes, on threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from dcalc import progress, waiting
from dcalc.cli import working

ROOT = Path(__file__).resolve().parent.parent.parent
#: It ends some day, and has no form that is quicker.
LONG = "i = 0.5; while i < 10^12 { i = i + 1 + sin(i)/2 }; i"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals and signals of POSIX")


class Terminal:
    """stderr as a terminal, while the context lasts; gives what was written to it since it was asked last."""

    def __enter__(self):
        self._outer, inner = os.openpty()
        os.set_blocking(self._outer, False)
        self._stream = os.fdopen(inner, "w", encoding="utf-8")
        self._patches = mock.patch("sys.stderr", self._stream), mock.patch.dict(os.environ, TERM="xterm")
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *_):
        for patch in self._patches:
            patch.stop()
        self._stream.close()
        os.close(self._outer)

    def __call__(self):
        try:
            return os.read(self._outer, 100_000).decode()
        except BlockingIOError:
            return ""


def screen(written: str) -> str:
    """What stands on the line in the end."""
    return written.replace("\x1b[K", "\r").rpartition("\r")[2]


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)


def test_a_line_comes_and_goes_without_trace(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.02)
    monkeypatch.setattr(waiting, "PAUSE", 0.02)
    shown = ""

    def seen(text: str) -> bool:
        nonlocal shown
        shown += terminal()
        return text in screen(shown)

    with Terminal() as terminal:
        with working("plot"):
            until(lambda: seen("plot [00:00]"))
            with progress.stage("evaluating", 1000, "points"):
                progress.advance(250)
                until(lambda: seen("plot · evaluating:  25%|"))
                with progress.hidden():
                    shown += terminal()
                    assert screen(shown) == ""
                    time.sleep(0.1)
                    assert terminal() == ""
                until(lambda: seen("plot · evaluating:  25%|"))
        shown += terminal()
    assert screen(shown) == ""
    assert not progress.watched()


def test_quick_work_shows_nothing():
    with Terminal() as terminal:
        with working("eval"):
            pass
        assert terminal() == ""


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_the_line_goes_when_the_work_fails(monkeypatch, failure):
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    shown = ""
    with Terminal() as terminal:
        with pytest.raises(failure), working("eval"):
            while "eval" not in shown:
                time.sleep(0.001)
                shown += terminal()
            raise failure
        shown += terminal()
    assert screen(shown) == ""


def test_nothing_is_shown_where_stderr_is_no_terminal_or_a_dumb_one(monkeypatch):
    with Terminal():
        assert working("eval") is not progress.NOTHING
        monkeypatch.setenv("TERM", "dumb")
        assert working("eval") is progress.NOTHING
    monkeypatch.setenv("TERM", "xterm")
    with Path(os.devnull).open("w") as nothing, mock.patch("sys.stderr", nothing):
        assert working("eval") is progress.NOTHING


def test_ctrl_c_in_a_terminal(tmp_path):
    pexpect = pytest.importorskip("pexpect")
    out = tmp_path / "out"
    command = f'exec {sys.executable} -m dcalc eval "{LONG}" --steps 100000000 > {out}'
    child = pexpect.spawn("/bin/sh", ["-c", command], cwd=ROOT, timeout=60, env={**os.environ, "TERM": "xterm"})
    child.expect_exact(b"\x1b[Keval ")
    child.expect_exact("operations/s]")
    begin = time.monotonic()
    child.sendintr()
    child.expect(pexpect.EOF)
    assert time.monotonic() - begin < 5, "a second, on a machine that is not busy"
    assert screen(child.before.decode().replace("\r\n", "\n")) == "interrupted\n"
    child.close()
    assert child.exitstatus == 130
    assert out.read_bytes() == b""


def test_sigint_without_a_terminal_leaves_one_word():
    process = subprocess.Popen(
        [sys.executable, "-m", "dcalc", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    process.stdin.write(f"eval 1+1\neval {LONG} steps 100000000\n".encode())
    process.stdin.close()
    assert process.stdout.readline() == b"2\n"
    time.sleep(1.3)
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == b""
    assert process.stderr.read() == b"interrupted\n"
    assert process.wait(timeout=60) == 130


BATCH = """
import numpy as np, signal, sys, threading, time
from tests.tools import graph_of
from dcalc.evaluate.batch import evaluate_batch
text = " + ".join(f"sin(x*{k})*exp(-x/{k})" for k in range(1, 200))
graph = graph_of(text)
x, out = np.ones(4_000_000), np.empty((1, 4_000_000))
try:
    engine = sys.argv[1]
    evaluate_batch(graph.graph, [graph.output], {}, {"x": x[:10]}, 10, engine=engine)
    print("ready", flush=True)
    evaluate_batch(graph.graph, [graph.output], {}, {"x": x}, len(x), engine=engine, out=out)
    print("never that fast")
except KeyboardInterrupt:
    print("stopped", threading.active_count())
"""


@pytest.mark.parametrize("engine", ["array", "llvm", "scalar"])
def test_ctrl_c_ends_a_batch_and_its_threads_between_blocks(engine):
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    process = subprocess.Popen(
        [sys.executable, "-c", BATCH, engine],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    assert process.stdout.read() == b"stopped 1\n"
    assert time.monotonic() - begin < 5, "a second, on a machine that is not busy"
    assert process.wait(timeout=60) == 0
