"""The descent itself: steps until a rule holds, the objective is lost, or they are used up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import progress
from ...errors import DcalcError
from .methods import MOMENTUM, RATE, RATES, Method
from .objective import Objective, Single, Table
from .record import HEAD, Record
from .rules import DEFAULT, Rules

Numbers = NDArray[np.float64]

#: A loss that has grown by this factor (against 1 and the first loss) will not come back.
LOST = 1e12
#: Steps between two looks at the clock, by Python.
LOOK = 256


class Batches(NamedTuple):
    """How rows of a table are taken: so many at a time, in an order that a seed shuffles for each epoch."""

    size: int
    seed: int = 0


class Plan(NamedTuple):
    """What is to be done. rate: None is the method's own."""

    method: str = "gd"
    rate: float | None = None
    momentum: float = MOMENTUM
    steps: int = 1000
    rules: Rules = DEFAULT
    batches: Batches | None = None

    @property
    def speed(self) -> float:
        """The rate."""
        return RATES.get(self.method, RATE) if self.rate is None else self.rate


class Outcome(NamedTuple):
    """How a descent went.

    why: "stopped" (rule says by which), "steps", "diverged", "undefined", "unbounded" or "interrupted". x, loss, slope:
    where it ended; of a descent that was lost, the last point with finite numbers. best: the least loss met, at which
    step.
    """

    why: str
    rule: str
    steps: int
    x: Numbers
    loss: float
    slope: Numbers
    record: Record
    start_loss: float
    seconds: float = 0.0
    bent: int = 0
    message: str = ""

    @property
    def converged(self) -> bool:
        """Whether it ended as was asked for."""
        return self.why == "stopped"


def descend(objective: Objective, x: Numbers, plan: Plan, record: Record | None = None) -> Outcome:
    """Go downhill from x. An interrupt ends it with what has been reached. Raises DcalcError as values do."""
    record = record or Record(objective.n)
    begun = time.perf_counter()
    found: Outcome | None = None
    with progress.stage("descending", plan.steps, "steps"):
        if plan.batches is not None and isinstance(objective, Table):
            found = _by_batches(objective, x, plan, plan.batches, record)
        else:
            if isinstance(objective, Single):
                from .native import by_native

                found = by_native(objective, x, plan, record)
            if found is None:
                found = _by_steps(objective, x, plan, record)
    return found._replace(seconds=time.perf_counter() - begun)


def start_of(objective: Objective, x: Numbers) -> tuple[float, Numbers]:
    """The value and gradient at the start. DcalcError where there are none."""
    value, slope = objective.at(x)
    if not (math.isfinite(value) and np.isfinite(slope).all()):
        if isinstance(objective, Single):
            from ..derive import Request, derive

            derive(objective.there(x), Request("grad"))  # says why
        message = f"the {'value' if not math.isfinite(value) else 'gradient'} is not finite where the descent begins"
        raise DcalcError("domain", message, hint="begin elsewhere: --start")
    return value, slope


def length(vector: Numbers) -> float:
    """The Euclidean length."""
    found = math.sqrt(float(vector @ vector))
    if found == 0 or not math.isfinite(found):  # squares may leave the range of floating point
        found = math.hypot(*vector.tolist()) if len(vector) < 1000 else float(np.linalg.norm(vector))
    return found


def _by_steps(objective: Objective, x: Numbers, plan: Plan, record: Record) -> Outcome:
    """Step by step."""
    x = x.copy()
    with np.errstate(all="ignore"):
        loss, slope = start_of(objective, x)
        method = Method(plan.method, objective, plan.speed, plan.momentum)
        rules, start = plan.rules, loss
        top = LOST * max(1.0, abs(start))
        look = max(1, min(LOOK, 2**20 // (HEAD + objective.n)))
        rows = np.empty((look, HEAD + objective.n))
        filled = k = 0
        moved = math.nan
        before = math.nan
        why, rule, message = "steps", "", ""
        good = (x.copy(), loss, slope.copy())
        try:
            while True:
                size = length(slope)
                row = rows[filled]
                row[0], row[1], row[2], row[3] = k, loss, size, moved
                row[HEAD:] = x
                filled += 1
                if filled == look:
                    record.add(rows)
                    filled = 0
                    progress.advance(look)
                if not (math.isfinite(loss) and math.isfinite(size)):
                    why = lost_by(loss, size, good[1], start)
                    break
                if abs(loss) > top:
                    why = "diverged" if loss > 0 else "unbounded"
                    break
                good = (x, loss, slope)
                change = abs(loss - before)
                rule = rules.held(size, loss, moved, change)
                if rule:
                    why = "stopped"
                    break
                if k >= plan.steps:
                    break
                step = method.step(x, slope)
                moved = length(step)
                before = loss
                x = x + step
                slope = slope.copy()
                good = (good[0], loss, slope)
                k += 1
                try:
                    loss, slope = objective.at(x)
                except DcalcError as problem:
                    if problem.kind not in ("domain", "limit"):
                        raise
                    loss, slope, message = math.nan, np.full(len(x), math.nan), problem.message
        except KeyboardInterrupt:
            why = "interrupted"
        record.add(rows[:filled])
    x, loss, slope = good
    why, rule = ended_by(why, rule, plan)
    if why == "undefined" and isinstance(objective, Table):
        message = objective.failure
    return Outcome(why, rule, k, x, loss, np.array(slope), record, start, bent=method.bent, message=message)


def ended_by(why: str, rule: str, plan: Plan) -> tuple[str, str]:
    """All steps are what was wanted where the rules say so."""
    return ("stopped", "steps") if why == "steps" and plan.rules.all_steps else (why, rule)


def lost_by(loss: float, size: float, before: float, start: float) -> str:
    """What became of numbers that are not finite: they grew beyond all bounds, or there are none here."""
    if loss == math.inf or (math.isinf(size) and not math.isnan(loss)):
        return "diverged"
    if loss == -math.inf:
        return "unbounded"
    # A value that was growing when it was lost overflowed on the way (inf - inf).
    return "diverged" if before > 1e3 * max(1.0, abs(start)) else "undefined"


def _by_batches(table: Table, x: Numbers, plan: Plan, batches: Batches, record: Record) -> Outcome:
    """A step for each batch of rows; the loss of all rows is computed, and the rules asked, after each epoch."""
    x = x.copy()
    random = np.random.default_rng(batches.seed)
    each = -(-table.rows // batches.size)
    with np.errstate(all="ignore"):
        table.choose(None)
        loss, slope = start_of(table, x)
        slope = slope.copy()
        method = Method(plan.method, table, plan.speed, plan.momentum)
        start, before, k = loss, math.nan, 0
        top = LOST * max(1.0, abs(start))
        moved = math.nan
        why, rule = "steps", ""
        good = (x, loss, slope)
        try:
            while True:
                size = length(slope)
                record.add(np.array([[k, loss, size, moved, *x]]))
                if not (math.isfinite(loss) and math.isfinite(size)):
                    why = lost_by(loss, size, good[1], start)
                    break
                if abs(loss) > top:
                    why = "diverged" if loss > 0 else "unbounded"
                    break
                good = (x, loss, slope)
                rule = plan.rules.held(size, loss, moved, abs(loss - before))
                if rule:
                    why = "stopped"
                    break
                if k >= plan.steps:
                    break
                order = random.permutation(table.rows)
                begin = x
                for number in range(min(each, plan.steps - k)):
                    table.choose(np.sort(order[number * batches.size : (number + 1) * batches.size]))
                    _, part = table.at(x)
                    x = x + method.step(x, part)
                    k += 1
                    progress.advance()
                moved, before = length(x - begin), loss
                table.choose(None)
                loss, slope = table.at(x)
                slope = slope.copy()
        except KeyboardInterrupt:
            why = "interrupted"
        finally:
            table.choose(None)
    x, loss, slope = good
    why, rule = ended_by(why, rule, plan)
    return Outcome(why, rule, k, x, loss, slope, record, start, bent=method.bent)


#: Rates that are tried after one that was lost: a decade has three.
TRIED = 36
#: Seconds that trying may take.
PATIENCE = 2.0


class Proposal(NamedTuple):
    """A rate with which the same descent goes well: it converges, or at least goes down, in so many steps."""

    rate: float
    converges: bool
    steps: int
    loss: float


def smaller_rate(make: Callable[[], Objective], x: Numbers, plan: Plan) -> Proposal | None:
    """The largest of the rates 1, 2, 5 times a power of ten below the plan's with which the descent converges; else
    the one of those that do not diverge which comes furthest down. Each is tried. None where none is any good.
    """
    begun = time.perf_counter()
    best: Proposal | None = None
    objective = make()
    for rate in _below(plan.speed):
        try:
            found = descend(objective, x, plan._replace(rate=rate), Record(objective.n, 4))
        except DcalcError:
            return best
        if found.why == "interrupted":
            return best
        if found.converged:
            return Proposal(rate, True, found.steps, found.loss)
        if found.why == "steps" and found.loss < found.start_loss and (best is None or found.loss < best.loss):
            best = Proposal(rate, False, found.steps, found.loss)
        if time.perf_counter() - begun > PATIENCE:
            break
    return best


def _below(rate: float) -> list[float]:
    """1, 2, 5 times the powers of ten below a number, the largest first."""
    power = math.floor(math.log10(rate)) + 1
    found = [float(f"{digit}e{power - k}") for k in range(TRIED) for digit in (5, 2, 1)]
    return [one for one in found if 0 < one < rate * (1 - 1e-9)][:TRIED]
