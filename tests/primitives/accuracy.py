"""How far a primitive's programs are from the oracle, against the bound that the design promises."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import NamedTuple

from mpmath import mp, mpf
from oracle import Differences, Number, Point, differences
from programs import Program

from dcalc.primitives import TABLE

#: Relative to max(1, condition number); the condition number is the largest over the arguments.
BOUND = {0: 1e-14, 1: 1e-13, 2: 1e-13}
SMALLEST_NORMAL = sys.float_info.min
LARGEST = sys.float_info.max


class Miss(NamedTuple):
    """The worst relative error of one order of derivative, over max(1, condition number)."""

    error: float
    point: Point
    what: str


def condition(oracle: Differences, orders: tuple[int, ...], value: Number, static: bool) -> Number:
    """|x·F'/F| of a derivative F, the largest over the arguments, in units of F: the largest |x·F'|."""
    largest = abs(value)
    for i, x in enumerate(oracle.point):
        if x and not (static and i == 0):
            next_order = tuple(order + (i == k) for k, order in enumerate(orders))
            largest = max(largest, abs(mpf(x) * oracle(next_order)))
    return largest


def relative_error(
    result: float, oracle: Differences, orders: tuple[int, ...], static: bool, *, strict: bool = False
) -> float:
    """|result - truth| over max(|truth|, |x·truth'|), or |truth| if strict; below the normal doubles all is 0."""
    truth = oracle(orders)
    if abs(truth) > LARGEST:
        return 0.0 if result == math.copysign(math.inf, truth) else math.inf
    if not math.isfinite(result):
        return math.inf
    missed = abs(mpf(result) - truth)
    if missed <= SMALLEST_NORMAL:
        return 0.0
    scale = abs(truth) if strict else condition(oracle, orders, truth, static)
    return float(missed / scale) if scale else math.inf


def worst(name: str, at: Sequence[Point], *, strict: bool = False) -> dict[int, Miss]:
    """The worst error of each order over some points."""
    entry = TABLE[name]
    programs: dict[int | None, Program] = {}
    found: dict[int, Miss] = {}
    for point in at:
        static = int(point[0]) if entry.static else None
        program = programs.get(static) or programs.setdefault(static, Program(name, static))
        oracle = differences(name, point)
        with mp.workdps(60):
            for orders, how, result in program.run(point):
                order = sum(orders)
                if order and entry.truth and point in entry.extreme:
                    continue  # the jumps themselves: no derivative to compare with
                error = relative_error(result, oracle, orders, entry.static, strict=strict)
                if order not in found or error > found[order].error:
                    what = f"{how} {orders}: {result!r}, truth {mp.nstr(oracle(orders), 20)}"
                    found[order] = Miss(error, point, what)
    return found
