"""A real pseudo-terminal with dcalc in it: keys go in, the screen is read back."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pexpect
import pyte

ROOT = Path(__file__).resolve().parents[2]
ENTER = "\r"
TAB = "\t"
UP = "\x1b[A"
LEFT = "\x1b[D"
RIGHT = "\x1b[C"
ESCAPE = "\x1b"
ALT_ENTER = "\x1b\r"
CTRL_E = "\x05"
CTRL_R = "\x12"
CTRL_C = "\x03"
CTRL_D = "\x04"
#: Seconds to wait for what should come at once; machines that test are busy.
PATIENCE = 20.0


class _Screen(pyte.Screen):
    """A screen that answers the program's questions (where is the cursor?) as terminals do."""

    child: pexpect.spawn | None = None

    def write_process_input(self, data: str) -> None:
        if self.child is not None:
            self.child.send(data)


def _upto(lines: Sequence[str]) -> list[str]:
    lines = [line.rstrip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


class Terminal:
    """dcalc in a terminal of its own, with its own folders for state and configuration."""

    def __init__(
        self, state_home: Path, *, columns: int = 80, rows: int = 40, cwd: Path | None = None, **environment: str
    ) -> None:
        env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "DCALC_DEBUG", "PROMPT_TOOLKIT_NO_CPR")}
        env |= {"TERM": "xterm-256color", "XDG_STATE_HOME": str(state_home), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
        env |= {"XDG_CONFIG_HOME": str(state_home / "config"), "PYTHONPATH": str(ROOT), **environment}
        self.screen = _Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child = pexpect.spawn(
            sys.executable, ["-m", "dcalc"], dimensions=(rows, columns), env=env, timeout=PATIENCE, cwd=cwd
        )
        self.child.delaybeforesend = 0.02
        self.screen.child = self.child

    def read(self, seconds: float = 0.05) -> None:
        """Take what the program has written."""
        try:
            data = self.child.read_nonblocking(65536, seconds)
        except pexpect.TIMEOUT:
            return
        self.raw += data
        self.stream.feed(data)

    @property
    def lines(self) -> list[str]:
        """The screen's lines down to the last that is not empty."""
        return _upto(self.screen.display)

    @property
    def above(self) -> list[str]:
        """The lines down to the cursor's: without what stands below the line that is typed."""
        return _upto(self.screen.display[: self.screen.cursor.y + 1])

    @property
    def below(self) -> list[str]:
        """The lines of the toolbar, in one: what stands at the foot of the screen, below the cursor."""
        return [line for line in self.lines[self.screen.cursor.y + 1 :] if line.strip()]

    def style(self, text: str) -> set[str]:
        """How the first place on the screen looks that has this text: its colour, and "underscore" and the like."""
        for y, line in enumerate(self.screen.display):
            x = line.find(text)
            if x >= 0:
                cell = self.screen.buffer[y][x]
                looks = {name for name in ("bold", "underscore", "reverse") if getattr(cell, name)}
                return looks | {cell.fg}
        return set()

    def until(self, *wanted: str, seconds: float = PATIENCE) -> list[str]:
        """Wait until the last lines down to the cursor are these (`*` stands for any line)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read()
            last = self.above[-len(wanted) :]
            if len(last) == len(wanted) and all(want in ("*", line) for want, line in zip(wanted, last, strict=True)):
                return self.above
        raise AssertionError(f"the screen does not end with {wanted}:\n" + "\n".join(self.lines))

    def until_below(self, wanted: str, seconds: float = PATIENCE) -> list[str]:
        """Wait until a text stands in the toolbar; "" waits until it is empty."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read()
            below = self.below
            if any(wanted in line for line in below) if wanted else not below:
                return below
        raise AssertionError(f"{wanted!r} does not come below:\n" + "\n".join(self.lines))

    def until_styled(self, text: str, *looks: str, seconds: float = PATIENCE) -> None:
        """Wait until a text on the screen has these looks."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read()
            if set(looks) <= self.style(text):
                return
        raise AssertionError(f"{text!r} does not become {looks} but {self.style(text)}:\n" + "\n".join(self.lines))

    def resize(self, rows: int, columns: int) -> None:
        """Give the window another size."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def until_there(self, wanted: str, seconds: float = PATIENCE) -> list[str]:
        """Wait until a text stands somewhere on the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read()
            if any(wanted in line for line in self.lines):
                return self.lines
        raise AssertionError(f"{wanted!r} does not come:\n" + "\n".join(self.lines))

    def ready(self) -> Terminal:
        """Wait for the first prompt."""
        self.until(">")
        return self

    def type(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys)

    def leave(self) -> int:
        """Press Ctrl-D; the exit status."""
        self.type(CTRL_D)
        return self.status()

    def status(self) -> int:
        """Wait for the end; the exit status."""
        try:
            while True:
                data = self.child.read_nonblocking(65536, PATIENCE)
                self.raw += data
                self.stream.feed(data)
        except pexpect.EOF:
            pass
        self.child.close()
        return -1 if self.child.exitstatus is None else self.child.exitstatus

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)
