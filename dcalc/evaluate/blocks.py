"""Many points in blocks, on several threads: NumPy and compiled code let go of Python's lock while they compute."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from ..progress import advance

#: Takes the first point of a block and the one behind its last.
Block = Callable[[int, int], None]
#: Threads at most: what is computed is soon limited by the memory, which they share.
MOST_THREADS = 8


def processors() -> int:
    """How many threads may compute; the environment's DCALC_THREADS may say fewer."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = os.environ.get("DCALC_THREADS", "")
    asked = int(given) if given.isascii() and given.isdecimal() and len(given) < 4 else MOST_THREADS
    return max(1, min(available, asked, MOST_THREADS))


def in_blocks(make: Callable[[], Block], size: int, block: int, threads: int) -> None:
    """Call a function for blocks of points; each thread takes the next block. `make` makes a function for each thread.

    An exception in one thread, Ctrl-C as well, ends the others at the end of their block and is raised.
    """
    count = -(-size // block)
    threads = max(1, min(threads, count))
    failed: list[BaseException] = []
    turns = iter(range(count))  # one for all: a thread that others hold up takes fewer

    def work() -> None:
        try:
            function = make()
            for k in turns:
                if failed:
                    return
                start, stop = k * block, min(size, (k + 1) * block)
                function(start, stop)
                advance(stop - start)
        except BaseException as problem:
            failed.append(problem)

    helpers = [threading.Thread(target=work, daemon=True) for _ in range(1, threads)]
    try:
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()
    except BaseException as problem:  # Ctrl-C while waiting
        failed.append(problem)
        for helper in helpers:
            if helper.is_alive():
                helper.join()
    if failed:
        raise failed[0]
