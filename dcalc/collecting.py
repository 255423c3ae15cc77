"""Long work that makes no garbage, without the collector's rounds, which would cost half of the time.

What a long text becomes (tokens, a tree, nodes, steps) is kept, and none of it stands in a cycle; Python's collector
looks through all of it again and again while it grows.
"""

from __future__ import annotations

import _thread
import gc

TYPE_CHECKING = False  # typing's, without its import: this is loaded by every start
if TYPE_CHECKING:
    from types import TracebackType

#: New objects from which on the collector is to take them for old ones at once, and not look through all of them.
_MANY = 20_000
#: How many `paused` are under way, and whether the collector ran before the first.
_depth = 0
_ran = False
#: Held while these are changed: of two threads that begin at once the second would find the collector off already.
_lock = _thread.allocate_lock()


class Paused:
    """A context in which nothing is collected; they nest. Other threads' garbage waits as well."""

    __slots__ = ()

    def __enter__(self) -> None:
        global _depth, _ran
        with _lock:
            if not _depth:
                _ran = gc.isenabled()
                gc.disable()
            _depth += 1

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        global _depth
        with _lock:
            _depth -= 1
            if _depth or not _ran:
                return
            if gc.get_count()[0] > _MANY and not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()  # to the oldest ones: it is not to keep them from being collected
            gc.enable()


paused = Paused()
