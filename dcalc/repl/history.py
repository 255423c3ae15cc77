"""The history: a private file in the XDG state folder, written as you go; in memory where that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from ..backends.result import Note
from ..cli import show
from ..commands.base import Output


def history_file() -> Path:
    """$XDG_STATE_HOME/dcalc/history; ~/.local/state where the variable holds no absolute path."""
    given = os.environ.get("XDG_STATE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path("~/.local/state").expanduser()
    return base / "dcalc" / "history"


def open_history() -> History:
    """The history of this user, or one that is forgotten at the end, with a warning."""
    try:
        file = history_file()
        _make_private(file)
    except (OSError, RuntimeError) as problem:  # RuntimeError: there is no home
        _warn(problem)
        return InMemoryHistory()
    return PrivateHistory(str(file))


class PrivateHistory(FileHistory):
    """A FileHistory that goes on without its file when writing fails."""

    _warned = False

    def store_string(self, string: str) -> None:
        """Write one entry."""
        try:
            super().store_string(string)
        except OSError as problem:
            if not self._warned:
                self._warned = True
                _warn(problem)


def _make_private(file: Path) -> None:
    """Make the file where it is missing, and let nobody else read it."""
    file.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.parent.chmod(0o700)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _warn(problem: Exception) -> None:
    show(Output([], [Note("history", f"this session's history will not be kept: {problem}")]), {})
