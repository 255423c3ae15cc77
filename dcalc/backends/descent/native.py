"""Whole runs of steps by compiled code, where the objective is an expression of numbers on one path."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from ... import progress
from ...evaluate.engines import WANTED
from .objective import Compiled, Single
from .record import HEAD, Record
from .run import LOST, Outcome, Plan, ended_by, lost_by, start_of

Numbers = NDArray[np.float64]

#: Rows of a run at first, and at most; numbers of its room; seconds that one should take, so that Ctrl-C is heard.
FIRST_RUN, LONGEST_RUN, MOST_NUMBERS = 1024, 2**16, 2**22
SLICE = 0.1
#: Parameters up to which loops over single numbers are no loss against NumPy's.
MOST_PARAMETERS = 4096


def by_native(objective: Single, x: Numbers, plan: Plan, record: Record) -> Outcome | None:
    """The descent by compiled code; None where it cannot be made."""
    path = objective.path
    fits = 0 < objective.n <= MOST_PARAMETERS and not path.problem.conditions
    if not fits or path.call is None or WANTED.get() not in (None, "llvm"):
        return None
    from ...evaluate.llvm.descend import METHODS

    if plan.method not in METHODS:
        return None
    with np.errstate(all="ignore"):
        loss, slope = start_of(objective, x)
        return _descent(objective, path.call, x, plan, record, (loss, slope.copy()))


def _descent(
    objective: Single, code: Compiled, x: Numbers, plan: Plan, record: Record, start: tuple[float, Numbers]
) -> Outcome:
    from ...evaluate.llvm import descend as loop

    n = objective.n
    x = np.array(x)
    most = max(2, min(LONGEST_RUN, MOST_NUMBERS // (n + HEAD)))
    count = min(FIRST_RUN, most)
    room = np.empty((count, n + HEAD))
    first, second, ahead = np.zeros(n), np.zeros(n), np.zeros(n)
    straight = np.array_equal(code.order, np.arange(n))
    words = dict.fromkeys(loop.WORDS, 0)
    words |= {
        "code": code.address, "none": code.none.ctypes.data, "fixed": code.fixed.ctypes.data,
        "block": code.block.ctypes.data, "width": code.width, "spill": code.spill, "n": n,
        "method": loop.METHODS.index(plan.method), "given": -1 if straight else len(code.order),
        "order": code.order.ctypes.data,
        "x": x.ctypes.data, "first": first.ctypes.data, "second": second.ctypes.data, "ahead": ahead.ctypes.data,
        "steps": plan.steps, "alarm": n + 1 if objective.path.has_kinks else -1,
    }  # fmt: skip
    given = np.array(list(words.values()), dtype=np.int64)
    top = LOST * max(1.0, abs(start[0]))
    numbers = np.array([plan.speed, plan.momentum, *plan.rules.bounds, top, math.nan, math.nan, 1.0, 1.0])
    run = loop.loop().call
    place = {name: k for k, name in enumerate(loop.WORDS)}
    why, rule, k = "steps", "", 0
    kink: Numbers | None = None
    last: Numbers | None = None
    behind: Numbers | None = None
    try:
        while True:
            begun = time.perf_counter()
            run(given.ctypes.data, numbers.ctypes.data, room.ctypes.data, count, 0, None)
            spent = time.perf_counter() - begun
            rows = room[: int(given[place["rows"]])]
            objective.calls += len(rows)
            objective.kinked += int(given[place["kinks"]])
            if kink is None and given[place["kink"]] >= 0:
                kink = rows[int(given[place["kink"]]), HEAD:].copy()
            record.add(rows)
            behind = rows[-2].copy() if len(rows) > 1 else last
            last = rows[-1].copy()
            k = int(last[0])
            progress.advance(len(rows))
            ended = int(given[place["why"]])
            if ended != loop.FULL:
                break
            if spent < SLICE / 2 and count < most:
                count = min(2 * count, most)
                room = np.empty((count, n + HEAD))
    except KeyboardInterrupt:
        ended, why = -1, "interrupted"
    if last is None:
        last = np.array([0, start[0], math.nan, math.nan, *x])
    if ended in (loop.LOST, loop.BEYOND):
        why = "diverged" if last[1] > 0 else "unbounded"
        if ended == loop.LOST:
            why = lost_by(last[1], last[2], start[0] if behind is None else behind[1], start[0])
        last = last if behind is None else behind
    elif ended == loop.RULE:
        before = numbers[loop.NUMBERS.index("before")]
        why, rule = "stopped", plan.rules.held(last[2], last[1], last[3], abs(last[1] - before))
    if kink is not None and not objective.first_kink:
        from .objective import kinks_at

        objective.first_kink = kinks_at(objective.moved(kink))
    x = last[HEAD:].copy()
    met, calls, notes = objective.kinked, objective.calls, objective.first_kink
    loss, slope = objective.at(x)
    objective.kinked, objective.calls, objective.first_kink = met, calls, notes
    why, rule = ended_by(why, rule, plan)
    return Outcome(why, rule, k, x, loss, slope.copy(), record, start[0])
