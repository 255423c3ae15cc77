"""Long work pauses Python's collector, and what it made is not looked through when it is over."""

from __future__ import annotations

import gc
import sys
import threading
import weakref

from dcalc.collecting import paused


class Round:
    """An object in a cycle."""

    def __init__(self):
        self.own = self


def test_it_is_paused_and_goes_on():
    with paused:
        assert not gc.isenabled()
        with paused:
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_is_new_is_taken_for_old_and_still_collected():
    before = gc.get_freeze_count()
    with paused:
        many = [[] for _ in range(50_000)]
        lost = weakref.ref(Round())
    assert gc.get_count()[0] < 20_000
    assert gc.get_freeze_count() == before
    assert lost() is not None
    gc.collect()
    assert lost() is None
    assert len(many) == 50_000


def test_what_is_frozen_stays_frozen():
    gc.collect()
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with paused:
            many = [[] for _ in range(50_000)]
        assert abs(gc.get_freeze_count() - frozen) < 1_000 < len(many)
    finally:
        gc.unfreeze()


def test_threads_that_begin_at_once_leave_it_on():
    def work():
        for _ in range(20_000):
            with paused:
                pass

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert gc.isenabled()
    finally:
        sys.setswitchinterval(interval)
        gc.enable()
