"""Runs dcalc again and again, each time in a fork that is killed, until it is done. See test_journal.

python -m tests.tables.interrupted FOLDER POINTS TARGET KILLS SEED: answers JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np  # loaded once, for all forks
import pyarrow.compute
import pyarrow.parquet  # noqa: F401

import dcalc.commands.over_points
import dcalc.tables.columnar
import dcalc.tables.columnar_writers
import dcalc.tables.numpy_files
import dcalc.tables.numpy_writers  # noqa: F401
from dcalc.cli import main
from dcalc.tables import journal, lines, parts, separated, text_writers  # noqa: F401

EXPRESSION = "sin(x)*y^2"


def small(rows: int = 100) -> None:
    """Many pieces."""
    parts.MOST_ROWS = rows
    lines.LEAST_BLOCK = lines.BLOCK = 40 * rows


def child(arguments: list[str], *, after: float = 0, pause: float = 0, limit: int = 0, log: str = os.devnull) -> tuple:
    """Run dcalc in a fork; kill -9 after so many seconds. Its status (-9: killed) and its resources."""
    pid = os.fork()
    if pid:
        _, status, used = os.wait4(pid, 0)
        return os.waitstatus_to_exitcode(status), used
    with contextlib.suppress(BaseException):
        for stream in (1, 2):
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if pause:
            write = journal.Kept.add
            journal.Kept.add = lambda *given: (time.sleep(pause), write(*given))  # type: ignore[method-assign]
        if after:
            threading.Timer(after, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
        status = main(arguments)
        sys.stderr.flush()
        os._exit(status)
    os._exit(99)


def run(folder: str, points: str, target: str, kills: int, seed: int) -> dict:
    draw = random.Random(seed)
    undisturbed, disturbed = Path(folder, f"whole{Path(target).suffix}"), Path(target)
    command = ["grad", EXPRESSION, "--points", points, "--out"]
    assert child([*command, str(undisturbed)])[0] == 0
    whole = undisturbed.read_bytes()
    begun = time.monotonic()
    assert child([*command, str(undisturbed)], pause=0.002)[0] == 0
    usual = time.monotonic() - begun
    killed = early = going_on = 0
    for turn in range(5 * kills):  # on a busy machine some come before the first part
        if turn >= kills and going_on:
            break
        kept = disturbed.parent / f".{disturbed.name}.dcalc-part"
        going_on += kept.exists()
        before = kept.stat().st_size if kept.exists() else 0
        status, _ = child([*command, str(disturbed), "--resume"], after=draw.uniform(0.02, 0.8) * usual, pause=0.002)
        killed += status == -9
        early += status == -9 and before > 0
        if disturbed.exists():
            assert disturbed.read_bytes() == whole, "a result that looks whole and is not"
            disturbed.unlink()
    status, _ = child([*command, str(disturbed), "--resume"])
    rest = sorted(one.name for one in disturbed.parent.iterdir() if one.name.startswith("."))
    return {"status": status, "same": disturbed.read_bytes() == whole, "killed": killed, "going_on": going_on,
            "rest": rest}  # fmt: skip


if __name__ == "__main__":
    small()
    folder, points, target, kills, seed = sys.argv[1:]
    print(json.dumps(run(folder, points, target, int(kills), int(seed))))
    del np
