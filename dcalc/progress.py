"""What long work is doing and how far it is: written down here by whoever does it, read by whoever shows it.

Nothing here prints. A stage has a name and, where it is known, a total; stages nest. Where nobody watches (in Python,
where stderr is no terminal), a stage costs a call and `advance` a glance. Loops whose turns are short are not slowed
by it at all: they give a `probe` that says how far they are when it is asked:

    with progress.stage("evaluating", size, "points"):
        for block in blocks:
            …
            progress.advance(len(block))

    with progress.stage("differentiating", len(order), probe=lambda: len(adjoints)):
        …
"""

from __future__ import annotations

import time

TYPE_CHECKING = False  # typing's, without its import: this is loaded by every start
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Context:
    """What `with` takes; this one does nothing."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        pass


class Stage(Context):
    """A piece of work: what it is, how much of it is done, of how much (0: unknown), and since when it runs."""

    __slots__ = ("advanced", "begun", "probe", "shown", "total", "unit", "what")

    def __init__(self, what: str, total: float = 0, unit: str = "", probe: Callable[[], float] | None = None) -> None:
        self.what, self.total, self.unit, self.probe = what, total, unit, probe
        self.advanced: float = 0
        #: the largest part of the whole that was told, so that no bar goes back
        self.shown = 0.0
        self.begun = time.monotonic()

    @property
    def done(self) -> float:
        """How much is done."""
        return self.advanced if self.probe is None else self.advanced + self.probe()

    def __enter__(self) -> None:
        _stages.append(self)

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        if self in _stages:
            del _stages[_stages.index(self) :]


#: Where nobody watches.
NOTHING = Context()
#: The stages of the process's work, the innermost last; empty where nobody watches.
_stages: list[Stage] = []
#: What takes away the line that is shown, and lets it come again; None where nobody watches.
_shown: Context | None = None


def stage(what: str, total: float = 0, unit: str = "", probe: Callable[[], float] | None = None) -> Context:
    """A context in which something is done ("evaluating"), of so much in all (in so many points, say; 0: unknown).

    probe: says how much is done, in another thread.
    """
    return NOTHING if _shown is None else Stage(what, total, unit, probe)


def advance(amount: float = 1) -> None:
    """So much more is done of the innermost stage. Cheap, but not free: once a block, or every some hundred turns."""
    if _stages:
        _stages[-1].advanced += amount


def hidden() -> Context:
    """A context in which no line of progress stands on the terminal: for whoever writes while the work goes on."""
    return _shown or NOTHING


def watch(shown: Context | None) -> None:
    """Begin to write stages down, or end (None). shown: the context of `hidden`."""
    global _shown
    _shown = shown
    _stages.clear()


def watched() -> bool:
    """Whether somebody watches."""
    return _shown is not None


def stages() -> list[Stage]:
    """The stages that are under way, the outermost first."""
    return _stages.copy()
