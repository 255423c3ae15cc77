"""The line that says what is being done: on stderr where it is a terminal, after a second, gone when the work is done.

A thread looks at `progress` and draws; the work knows nothing of it. tqdm makes the line (the bar, the rate, the time
left): it is small, has no dependencies, and its `format_meter` is a function from numbers to text, where the bar of
prompt_toolkit is an application that takes the keyboard. It is loaded when there is something to draw, and `threading`
not at all.
"""

from __future__ import annotations

import _thread
import os
import sys
import time
from types import TracebackType

from . import progress

#: Seconds before the line comes, and between two drawings of it.
PATIENCE, PAUSE = 1.0, 0.1
#: Columns that stay free at the right: for the ^C that a terminal writes.
MARGIN = 4
#: Of so many the part of one is not counted.
MANY = 10_000
#: Back to the line's start, and away with what stands there.
CLEAR = "\r\x1b[K"


class Watch(progress.Context):
    """A context whose work is watched. stderr is a terminal that can clear a line."""

    def __init__(self, what: str) -> None:
        self._what = what
        #: held while the work goes on; whoever waits for it waits for the end
        self._going = _thread.allocate_lock()
        #: held while the thread lives
        self._alive = _thread.allocate_lock()
        #: held by who draws or must not be disturbed
        self.terminal = _thread.allocate_lock()
        self.drawn = False

    def __enter__(self) -> None:
        progress.watch(_Hidden(self))
        progress.stage(self._what).__enter__()
        self._going.acquire()
        self._alive.acquire()
        try:
            _thread.start_new_thread(self._look, ())
        except RuntimeError:  # no more threads: then there is no line
            self._alive.release()

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        progress.watch(None)
        self._going.release()
        self._alive.acquire()  # the line is gone

    def _look(self) -> None:
        try:
            pause = PATIENCE
            while not self._going.acquire(timeout=pause):
                pause = PAUSE
                if self.terminal.acquire(blocking=False):
                    try:
                        self._draw()
                    finally:
                        self.terminal.release()
            self.clear()
        except (OSError, ValueError, ImportError):  # the terminal is gone, or tqdm: the work goes on
            pass
        finally:
            self._alive.release()

    def _draw(self) -> None:
        text = line(progress.stages(), _columns())
        if text:
            self.drawn = True
            sys.stderr.write(CLEAR + text)
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.drawn:
            self.drawn = False
            sys.stderr.write(CLEAR)
            sys.stderr.flush()


class _Hidden(progress.Context):
    """No line inside."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        self._watch.terminal.acquire()
        self._watch.clear()

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._watch.terminal.release()


def line(stages: list[progress.Stage], columns: int) -> str:
    """The stages in a line of so many columns; a bar where a total is known, and then the time left."""
    if not stages:
        return ""
    from tqdm.std import tqdm

    names = " · ".join(dict.fromkeys(stage.what for stage in stages))
    known = [stage for stage in stages if stage.total]
    # Of what has no total, the innermost that counts; of what has one, the outermost.
    subject = known[0] if known else next((stage for stage in reversed(stages) if stage.done), stages[0])
    done = subject.done
    if known:
        part = 0.0
        for stage in reversed(known):
            # A part of one of many, as of a byte of a file, would promise weeks.
            part = min(1.0, (stage.done + (part if stage.total < MANY else 0.0)) / stage.total)
        subject.shown = max(subject.shown, part)
        done = subject.shown * subject.total
    columns = max(10, columns - MARGIN)
    elapsed = time.monotonic() - subject.begun
    if not done:
        return f"{names} [{tqdm.format_interval(elapsed)}]"[:columns]
    text = tqdm.format_meter(
        done,
        subject.total or None,  # type: ignore[arg-type]  # None is its word for unknown
        elapsed,
        ncols=columns,
        prefix=names,
        ascii=not _writes_unicode(),
        unit=f" {subject.unit}" if subject.unit else "",
        unit_scale=True,
    )
    return text[:columns]


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _writes_unicode() -> bool:
    return (getattr(sys.stderr, "encoding", None) or "").lower().startswith("utf")
