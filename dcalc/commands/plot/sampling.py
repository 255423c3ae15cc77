"""The samples of a plot: where they lie, where the lines between them break, what the picture shows of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...backends.result import Note
from .bends import Bend, bends, edges, short
from .function import Function, Numbers

#: Even samples without --samples, how often steep parts are sampled again, and samples in the end at most.
POINTS = 400
ROUNDS = 3
MOST_SAMPLES = 4_000
MOST_POINTS = 1_000_000
#: Undefined parts that are told.
MOST_GAPS = 8
#: A curve whose largest values are so many times the rest is cut at what the rest needs.
TAIL = 30.0
#: A derivative has so many times the function's height above and below the function, at most.
MOST_TIMES = 5.0


class Samples(NamedTuple):
    """A function sampled.

    xs: n places, increasing. values: (orders, m, n), of which `order` + 1 orders are drawn; nan or infinite outside
    the domain. bends: the places without a derivative; more: how many are not told. gaps: where the value is not
    defined, as (from, to). window: what a picture shows of the values, (lowest, highest). cut: whether values lie
    outside it.
    """

    xs: Numbers
    values: Numbers
    bends: list[Bend]
    more: int
    gaps: list[tuple[float, float]]
    window: tuple[float, float]
    cut: bool


def spread(low: float, high: float, points: int) -> Numbers:
    """Even places from low to high, both included."""
    xs: Numbers = np.linspace(low, high, points)
    return xs


def defined_part(function: Function, low: float, high: float) -> tuple[float, float]:
    """Of a range that nobody asked for, the part in which the function is defined, with some room beside it."""
    xs = spread(low, high, POINTS + 1)
    known = np.isfinite(function(xs)[0]).any(axis=0)
    parts = np.flatnonzero(known[1:] & known[:-1])  # x^x is defined at -2, but nowhere beside it
    if not len(parts):
        return low, high
    first, last = float(xs[parts[0]]), float(xs[parts[-1] + 1])
    room = 0.05 * (last - first) or (high - low) / POINTS
    return max(low, first - room), min(high, last + room)


def sample(function: Function, low: float, high: float, order: int, points: int | None) -> Samples:
    """Sample a function and the derivatives up to `order`. points: exactly so many even places, no others."""
    xs = spread(low, high, points or POINTS)
    values = function(xs)
    finite = np.isfinite(values[0]).all(axis=0)
    borders = edges(function, xs, finite)
    found, more = bends(function, xs, values, max(order, 1), borders)
    gaps = _gaps(xs, finite, borders)
    window, cut = _window(values[: order + 1], found)
    if points is None:
        xs, values = _refined(function, xs, values, order, window)
        new = [inside for inside, _ in borders]
        for bend in found:  # no sample is so near that rounding could put it on the wrong side
            left, right = _beside(bend.x, high - low)
            kept = (xs <= left) | (xs >= right) | (xs == bend.x)
            xs, values = xs[kept], values[:, :, kept]
            new += [x for x in (left, right) if low <= x <= high]
        xs, values = _merged(function, xs, values, np.array(new))
    return Samples(xs, values, found, more, gaps, window, cut)


def _beside(x: float, width: float) -> tuple[float, float]:
    """Places so near to a bend that a picture cannot tell them from it."""
    step = max(1e-9 * width, 4 * float(np.spacing(abs(x))))
    return x - step, x + step


def _merged(function: Function, xs: Numbers, values: Numbers, new: Numbers) -> tuple[Numbers, Numbers]:
    new = np.setdiff1d(new, xs)
    if not len(new):
        return xs, values
    both = np.concatenate([xs, new])
    places = np.argsort(both, kind="stable")
    return both[places], np.concatenate([values, function(new)], axis=2)[:, :, places]


def _refined(
    function: Function, xs: Numbers, values: Numbers, order: int, window: tuple[float, float]
) -> tuple[Numbers, Numbers]:
    """More samples where a curve turns quickly within the window."""
    height = window[1] / 2 - window[0] / 2
    for _ in range(ROUNDS):
        shown = np.clip(values[: order + 1] / 2, window[0] / 2, window[1] / 2)
        with np.errstate(all="ignore"):
            turn = np.abs(np.diff(shown, 2) / height).max(axis=(0, 1))
            edge = np.isfinite(shown[:, :, 1:]).all(axis=(0, 1)) != np.isfinite(shown[:, :, :-1]).all(axis=(0, 1))
        steep = ~(turn < 0.004)
        wanted = np.zeros(len(xs) - 1, dtype=np.bool_)
        wanted[:-1] |= steep & np.isfinite(turn)
        wanted[1:] |= steep & np.isfinite(turn)
        places = np.flatnonzero(wanted | edge)[: max(0, MOST_SAMPLES - len(xs))]
        if not len(places):
            break
        xs, values = _merged(function, xs, values, xs[places] / 2 + xs[places + 1] / 2)
    return xs, values


def _gaps(xs: Numbers, finite: NDArray[np.bool_], borders: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts of the range in which the value is not defined."""
    ends = [float(xs[0])] * (not finite[0]) + [outside for _, outside in borders]
    ends += [float(xs[-1])] * (len(ends) % 2)
    gaps = [(ends[k] + 0.0, ends[k + 1] + 0.0) for k in range(0, len(ends), 2)]
    narrow = 1e-12 * float(xs[-1] - xs[0])
    return [(short(a, narrow), short(b, narrow)) for a, b in gaps]


def _window(values: Numbers, found: list[Bend]) -> tuple[tuple[float, float], bool]:
    """What a picture shows of the values; a pole does not squash the rest. And whether values lie outside."""
    low, high, cut = math.inf, -math.inf, False
    poles = any(bend.kind == "pole" for bend in found)
    for order, rows in enumerate(values):
        own, spare = (low, high), (high - low) / 2
        for row in rows:
            known = np.clip(row[np.isfinite(row)], -4e307, 4e307)
            if not len(known):
                continue
            least, most = float(known.min()), float(known.max())
            inner = [float(q) for q in np.quantile(known, (0.05, 0.95))]
            tails = most - least > TAIL * (inner[1] - inner[0])
            if poles or tails or len(known) < len(row):
                if order and (poles or tails):  # a derivative grows faster yet, and must not squash the function
                    inner = [float(q) for q in np.quantile(known, (0.12, 0.88))]
                room = (inner[1] - inner[0]) / 4
                below, above = max(least, inner[0] - room), min(most, inner[1] + room)
                if (most - least) > 3 * (above - below) > 0:
                    least, most, cut = below, above, True
                if order and cut and (poles or tails):
                    least, most = max(least, own[0] - spare), min(most, own[1] + spare)
            elif order and most - least > MOST_TIMES * 4 * spare > 0:
                least, most, cut = own[0] - MOST_TIMES * 2 * spare, own[1] + MOST_TIMES * 2 * spare, True
            low, high = min(low, least), max(high, most)
    if low > high:
        return (-1.0, 1.0), False
    if low == high:
        room = abs(low) / 2 or 1.0
        return (low - room, high + room), cut
    room = (high - low) * 0.03
    return (low - room, high + room), cut


def domain_notes(function: Function, samples: Samples, variable: str) -> list[Note]:
    """Where the value is not defined, or too large, in words. A pole is told as one already."""
    width = float(samples.xs[-1] - samples.xs[0])
    poles = [bend.x for bend in samples.bends if bend.kind == "pole"]
    kinds: dict[str, list[tuple[float, float]]] = {}
    for first, last in samples.gaps:
        if any(abs(first - x) + abs(last - x) <= 1e-9 * width for x in poles):
            continue
        middle = function(np.array([first / 2 + last / 2]))[0]
        large = np.isinf(middle).any() and not np.isnan(middle).any()
        kinds.setdefault("too large for floating point" if large else "not defined", []).append((first, last))

    def words(gap: tuple[float, float]) -> str:
        return f"at {gap[0]:.10g}" if gap[0] == gap[1] else f"from {gap[0]:.10g} to {gap[1]:.10g}"

    notes = []
    for kind, gaps in kinds.items():
        shown = ", ".join(words(gap) for gap in gaps[:MOST_GAPS])
        rest = f" and in {len(gaps) - MOST_GAPS} more places" if len(gaps) > MOST_GAPS else ""
        data = {"gaps": [list(gap) for gap in gaps]}
        notes.append(Note("domain", f"{kind} for {variable} {shown}{rest}", data=data))
    return notes
