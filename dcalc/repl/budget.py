"""Work that has so much time and no more, and a graph that cannot grow large: for what is computed unasked.

The clock is an interval timer of the process; its signal raises `OutOfTime` in the middle of the work, only while the
work is running. Where there is no such timer the graph's bounds are all that holds.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Set
from types import FrameType
from typing import Any, TypeVar

from ..evaluate.scalar import shape_of
from ..graph.graph import Graph
from ..graph.shapes import Shape, size

_T = TypeVar("_T")

#: Whether work can be stopped in the middle.
HAS_CLOCK = hasattr(signal, "setitimer")
#: A signal that came where an exception is lost (a finaliser) or does harm (an import) is given again so soon.
AGAIN = 0.005
#: Numbers that one value may hold, and nodes that may be added, unasked.
MOST_NUMBERS = 5_000
MOST_NODES = 20_000


class OutOfTime(BaseException):
    """The work took too long, or would. No `except Exception` stops it."""


def within(seconds: float, work: Callable[[], _T]) -> _T:
    """What some work returns. Raises OutOfTime where it takes longer."""
    if not HAS_CLOCK or threading.current_thread() is not threading.main_thread():
        return work()
    armed = False

    def ring(number: int, frame: FrameType | None) -> None:
        if armed and not _is_importing(frame):
            raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    lost, sys.unraisablehook = sys.unraisablehook, _quietly(sys.unraisablehook)
    try:
        try:
            armed = True
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
            return work()
        finally:
            armed = False
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = lost
        signal.signal(signal.SIGALRM, before)


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being imported: half of one would stay behind."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _quietly(hook: Callable[[Any], object]) -> Callable[[Any], object]:
    """A hook for lost exceptions that says nothing of ours: the next signal is not lost."""
    return lambda lost: None if isinstance(lost.exc_value, OutOfTime) else hook(lost)


class SmallGraph(Graph):
    """A copy of a graph to which little can be added, none of it made of large arrays. Else it raises OutOfTime."""

    __slots__ = ("_heavy", "_most")

    def __init__(self, graph: Graph, heavy: Set[int]) -> None:
        super().__init__()
        for column in Graph.__slots__:
            setattr(self, column, getattr(graph, column).copy())
        self._heavy = heavy
        self._most = len(graph) + MOST_NODES

    def emit(self, op: str, args: tuple[int, ...] = (), attr: Any = None, shape: Shape = ()) -> int:
        """As in any graph."""
        node = super().emit(op, args, attr, shape)
        heavy = self._heavy
        large = heavy and (node in heavy or not heavy.isdisjoint(args))
        if large or node > self._most or size(self.shapes[node]) > MOST_NUMBERS:
            raise OutOfTime
        return node


def heavy_nodes(graph: Graph) -> frozenset[int]:
    """The nodes whose values take large arrays to compute."""
    heavy: set[int] = set()
    for node, (args, shape) in enumerate(zip(graph.args, graph.shapes, strict=True)):
        if (shape and size(shape) > MOST_NUMBERS) or (heavy and not heavy.isdisjoint(args)):
            heavy.add(node)
    return frozenset(heavy)


def is_large(value: Any) -> bool:
    """Whether a value is a large array."""
    return size(shape_of(value)) > MOST_NUMBERS
