"""How tests run the tool: in this process (fast), or as a process of its own (the real thing)."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Result(NamedTuple):
    status: int
    out: str
    err: str


def call_main(line: str | list[str], stdin: bytes = b"") -> Result:
    from dcalc.cli import main

    args = shlex.split(line) if isinstance(line, str) else line
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch("sys.stdin", given):
        status = main(args)
        out.flush()
        err.flush()
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Result(status, *texts)


def run_process(
    line: str | list[str], stdin: bytes = b"", *, program: list[str] | None = None, cwd: Path = ROOT, **env: str
) -> Result:
    args = shlex.split(line) if isinstance(line, str) else line
    done = subprocess.run(
        [*(program or [sys.executable, "-m", "dcalc"]), *args],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **env},
        timeout=120,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="session")
def dcalc() -> Callable[..., Result]:
    """dcalc("eval 1+1") or dcalc(["eval", "1+1"], stdin=b"…"), in this process."""
    return call_main


@pytest.fixture(scope="session")
def dcalc_process() -> Callable[..., Result]:
    """The same as a process of its own; keywords are environment variables."""
    return run_process


@pytest.fixture(scope="session")
def console_script() -> list[str]:
    """The installed `dcalc` beside this Python, as a program for dcalc_process."""
    found = shutil.which("dcalc", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("dcalc is not installed beside this Python")
    return [found]


@pytest.fixture(scope="session")
def recording() -> bool:
    """DCALC_RECORD=1 writes expected outputs anew. Read the difference before it is committed."""
    return bool(os.environ.get("DCALC_RECORD"))
