"""The history: a private file in the XDG state folder, written as you go; in memory where that cannot be.

The file is prompt_toolkit's (a line with the time, then the entry's lines behind a `+`). Each entry is appended by one
write under a lock, so that the entries of sessions that run at once stand whole beside each other.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from prompt_toolkit.history import History, InMemoryHistory

from ..backends.result import Note
from ..cli import show
from ..commands.base import Output
from .folders import folder

try:
    import fcntl
except ImportError:  # not on every system; one append is one write all the same
    fcntl = None  # type: ignore[assignment]

#: Of a longer file the end is read.
MOST_BYTES = 2_000_000
#: Seconds to wait for a lock that somebody holds; an entry is written without it rather than lost.
PATIENCE = 1.0


def history_file() -> Path:
    """$XDG_STATE_HOME/dcalc/history. Raises RuntimeError where there is no home."""
    return folder("XDG_STATE_HOME", "~/.local/state") / "history"


def open_history() -> History:
    """The history of this user, or one that is forgotten at the end, with a warning."""
    try:
        file = history_file()
        _make_private(file)
    except (OSError, RuntimeError) as problem:  # RuntimeError: there is no home
        _warn(problem)
        return InMemoryHistory()
    return PrivateHistory(file)


class PrivateHistory(History):
    """The entries of a file, and new ones appended to it. It goes on without its file when writing fails."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self._warned = False

    def load_history_strings(self) -> Iterator[str]:
        """The entries, the last first."""
        try:
            with self.file.open("rb") as stream:
                beyond = os.fstat(stream.fileno()).st_size - MOST_BYTES
                if beyond > 0:
                    stream.seek(beyond)
                data = stream.read()
        except OSError:
            data, beyond = b"", 0
        if beyond > 0:
            data = data[data.find(b"\n#") + 1 :]  # the first whole entry
        yield from reversed(list(_entries(data.decode("utf-8", errors="replace").split("\n"))))

    def store_string(self, string: str) -> None:
        """Write one entry."""
        try:
            _append(self.file, string)
        except OSError as problem:
            if not self._warned:
                self._warned = True
                _warn(problem)


def _entries(lines: Iterable[str]) -> Iterator[str]:
    entry: list[str] = []
    for line in lines:
        if line.startswith("+"):
            entry.append(line[1:])
        elif entry:
            yield "\n".join(entry)
            entry = []
    if entry:
        yield "\n".join(entry)


def _append(file: Path, entry: str) -> None:
    lines = "".join(f"+{line}\n" for line in entry.split("\n"))
    data = f"\n# {datetime.now()}\n{lines}".encode("utf-8", errors="replace")
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _lock(handle)
        while data:
            data = data[os.write(handle, data) :]
    finally:
        os.close(handle)  # and with it the lock


def _lock(handle: int) -> None:
    """Take the file's lock; go on without where it cannot be had."""
    if fcntl is None:
        return
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return
            time.sleep(0.005)
        except OSError:  # a file system without locks
            return
        else:
            return


def _make_private(file: Path) -> None:
    """Make the file where it is missing, and let nobody else read it."""
    file.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.parent.chmod(0o700)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        with contextlib.suppress(AttributeError):
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _warn(problem: Exception) -> None:
    show(Output([], [Note("history", f"this session's history will not be kept: {problem}")]), {})
