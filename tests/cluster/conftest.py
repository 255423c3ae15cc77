"""A Dask cluster of processes on this machine: a scheduler, and workers that are told how to be."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Dask:
    """A scheduler and its workers, as processes that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        self._start("scheduler", "--port", "0", "--host", "127.0.0.1", "--scheduler-file", str(folder / "s.json"))
        self.address = ""

    def _start(self, what: str, *arguments: str, **env: str) -> subprocess.Popen:
        path = os.pathsep.join([*env.pop("first", "").split(), str(ROOT)])
        settings = {**os.environ, "PYTHONPATH": path, "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False", **env}
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *arguments]
        with (self.folder / f"{what}{len(self.processes)}.log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=settings, cwd=self.folder)
        self.processes.append(process)
        return process

    def worker(self, **env: str) -> subprocess.Popen:
        """Another worker, of one process without a nurse that would bring it back."""
        file = str(self.folder / "s.json")
        return self._start("worker", "--scheduler-file", file, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1",
                           "--local-directory", str(self.folder), **env)  # fmt: skip

    def ready(self) -> str:
        """The scheduler's address, when it is there."""
        while not self.address:
            with contextlib.suppress(OSError, ValueError, KeyError):
                self.address = json.loads((self.folder / "s.json").read_text())["address"]
            time.sleep(0.02)
        return self.address

    def wait(self, workers: int) -> None:
        """Until so many workers are there."""
        from distributed import Client

        with Client(self.ready(), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=40)
            while len(client.scheduler_info(n_workers=-1)["workers"]) != workers:
                time.sleep(0.05)

    def end(self) -> None:
        """End all of it."""
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait(20)


@pytest.fixture
def dask(tmp_path_factory):
    """A scheduler."""
    pytest.importorskip("distributed")
    made = Dask(tmp_path_factory.mktemp("dask"))
    yield made
    made.end()


def lines(path: Path) -> int:
    """Lines of a file that may not be there yet."""
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


def wait_for(condition, seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.01)
