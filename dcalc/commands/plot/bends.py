"""Where a function jumps, bends or becomes infinite, to the last digit, and where it is defined at all.

Candidates lie between neighbouring samples: a kink's expression, the value or a derivative changes its sign, or the
values do not follow their slopes. Each is narrowed down by bisection, and then looked at from both sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .function import Function, Numbers

#: Halvings of an interval between two samples: to the last digit wherever the interval is not at 0.
HALVINGS = 64
#: After so many it is seen which intervals are worth the others.
FIRST = 8
#: Intervals of one curve that are looked into, the most suspicious first.
MOST_INTERVALS = 400
#: Of long programs less: operations of all halvings, operations times intervals of one; but never less than these.
MOST_STEPS, FEWEST_HALVINGS = 300_000, 24
MOST_WORK, FEWEST_INTERVALS = 4_000_000, 20
#: How far from a candidate it is looked at, in widths of the range; and how many times nearer again.
NEAR = 1e-8
NEARER = 256.0
#: What is told of one curve; more are only counted.
MOST_TOLD = 40


class Bend(NamedTuple):
    """A place without a derivative.

    kind: "kink" (the slope jumps), "vertical" (it is infinite), "jump" (the value jumps) or "pole" (it grows without
    bound). component: of the value, from 0. order: of the derivative that jumps, 0 for the value. value: that at the
    place itself, nan where it has none. left and right: value and slope on either side, nan where there are none.
    what: the operation, if the table of primitives knows it.
    """

    x: float
    kind: str
    component: int
    order: int
    value: float
    left: tuple[float, float]
    right: tuple[float, float]
    what: str


def _halvings(function: Function) -> int:
    """How often an interval is halved: to the last digit, unless that takes too long."""
    return max(FEWEST_HALVINGS, min(HALVINGS, MOST_STEPS // max(function.steps, 1)))


def _intervals(function: Function) -> int:
    """How many intervals are looked into."""
    return max(FEWEST_INTERVALS, min(MOST_INTERVALS, MOST_WORK // max(function.steps, 1)))


def halve(
    low: Numbers, high: Numbers, goes_left: Callable[[Numbers], NDArray[np.bool_]], halvings: int = HALVINGS
) -> tuple[Numbers, Numbers]:
    """Bisect many intervals at once. goes_left(middles): in which of them the place lies left of the middle."""
    low, high = low.copy(), high.copy()
    for _ in range(halvings):
        middle = low / 2 + high / 2
        if ((middle == low) | (middle == high)).all():
            break
        left = goes_left(middle)
        high[left] = middle[left]
        low[~left] = middle[~left]
    return low, high


def edges(function: Function, xs: Numbers, finite: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Where the domain of the value ends between two samples: (last place inside, first place outside).

    finite: at which samples the function is defined.
    """
    places = np.flatnonzero(finite[1:] != finite[:-1])[: _intervals(function)]
    if not len(places):
        return []
    inside = np.where(finite[places], xs[places], xs[places + 1])
    outside = np.where(finite[places], xs[places + 1], xs[places])

    def left(middle: Numbers) -> NDArray[np.bool_]:
        outside: NDArray[np.bool_] = ~np.isfinite(function(middle)[0]).all(axis=0)
        return outside

    inside, outside = halve(inside, outside, left, _halvings(function))
    return [(float(a), float(b)) for a, b in zip(inside, outside, strict=True)]


def bends(
    function: Function, xs: Numbers, values: Numbers, order: int, borders: list[tuple[float, float]]
) -> tuple[list[Bend], int]:
    """What a function has in the way of kinks, jumps and poles between its samples, and how many more there are.

    values: of shape (orders, m, n), at least order + 2 orders: a jump shows when the slope is known. order: of the
    highest derivative whose jumps count. borders: the `edges` of the domain, which may be poles, as that of log is.
    """
    width = float(xs[-1] - xs[0])
    found: list[Bend] = []
    words = _declared(function, xs)
    for component in range(function.m):
        places = [list(words), _infinite(xs, values[:2, component]), [outside for _, outside in borders]]
        places += [_sign_changes(function, xs, values, k, component) for k in range(order + 1)]
        places += [_leaps(function, xs, values, k, component) for k in range(order + 1)]
        for x in _apart(places, width):
            bend = _look(function, x, width, component, order)
            if bend is not None and not _beyond(bend, xs, values[:2, component]):
                found.append(bend._replace(what=_word(function, words, x, width)))
    found.sort(key=lambda bend: bend.x)
    return found[:MOST_TOLD], max(0, len(found) - MOST_TOLD)


def _beyond(bend: Bend, xs: Numbers, rows: Numbers) -> bool:
    """Whether a place is an end of the range and the function there is what it is within: the bend lies outside."""
    if bend.kind == "pole" or xs[0] < bend.x < xs[-1]:
        return False
    k, side = (0, bend.right) if bend.x <= xs[0] else (-1, bend.left)
    return all(abs(float(row[k]) - inner) <= 1e-9 * abs(inner) for row, inner in zip(rows, side, strict=True))


def _word(function: Function, words: dict[float, str], x: float, width: float) -> str:
    """The operation that bends at a place, if the table of primitives knows of one."""
    known = next((word for place, word in words.items() if abs(place - x) <= 1e-12 * width), "")
    at = (word for word, zero in zip(function.words, function.zeros(np.array([x]))[:, 0], strict=True) if not zero)
    return known or next(at, "")


def _declared(function: Function, xs: Numbers) -> dict[float, str]:
    """The zeros of what the table of primitives says has a kink there, with the operation in words."""
    zeros = function.zeros(xs)
    signs = np.sign(zeros)
    found: dict[float, str] = {}
    for row, word in enumerate(function.words):
        for k in np.flatnonzero(signs[row] == 0)[: _intervals(function)]:
            found[float(xs[k])] = word
        places = np.flatnonzero(signs[row, 1:] * signs[row, :-1] < 0)[: _intervals(function)]
        if not len(places):
            continue
        before = signs[row, places]

        def left(middle: Numbers, row: int = row, before: Numbers = before) -> NDArray[np.bool_]:
            changed: NDArray[np.bool_] = np.sign(function.zeros(middle)[row]) != before
            return changed

        low, high = halve(xs[places], xs[places + 1], left, _halvings(function))
        ends = np.abs(function.zeros(low)[row]) < np.abs(function.zeros(high)[row])
        found.update({float(x): word for x in np.where(ends, low, high)})
    return found


def _sign_changes(function: Function, xs: Numbers, values: Numbers, k: int, component: int) -> list[float]:
    """Where a derivative of order k changes its sign by way of infinity or a jump and not by way of 0."""
    row = values[k, component]
    with np.errstate(invalid="ignore"):
        places = np.flatnonzero(np.sign(row[1:]) * np.sign(row[:-1]) < 0)
    if len(places) > (most := _intervals(function)):  # a pole or a jump is less likely near 0
        near = np.minimum(np.abs(row[places]), np.abs(row[places + 1]))
        places = places[np.argsort(-near, kind="stable")[:most]]
    low, high = xs[places], xs[places + 1]
    for halvings in (FIRST, _halvings(function) - FIRST):  # most changes go by way of 0, and show it soon
        if not len(places):
            return []
        before = np.sign(row[places])

        def left(middle: Numbers, before: Numbers = before) -> NDArray[np.bool_]:
            changed: NDArray[np.bool_] = np.sign(function(middle)[k, component]) != before
            return changed

        low, high = halve(low, high, left, halvings)
        ends = np.abs(np.stack([function(low)[k, component], function(high)[k, component]]))
        near = np.minimum(np.abs(row[places]), np.abs(row[places + 1]))
        with np.errstate(invalid="ignore"):
            apart = ~(ends.max(axis=0) < near)
        places, low, high = places[apart], low[apart], high[apart]
    return [float(x) for x in high]


def _leaps(function: Function, xs: Numbers, values: Numbers, k: int, component: int) -> list[float]:
    """Where the derivative of order k does not go the way that its slope says."""
    row, slope = values[k, component], values[k + 1, component]
    with np.errstate(all="ignore"):
        change = np.diff(row)
        told = np.diff(xs) * (slope[1:] / 2 + slope[:-1] / 2)
        gap = np.abs(change - told)
        scale = np.maximum(np.abs(change), np.abs(told))
        floor = 1e-9 * np.nanmax(np.where(np.isfinite(row), np.abs(row), np.nan), initial=0.0)
        suspicious = np.isfinite(change) & ~(gap <= np.maximum(0.25 * scale, floor))
    places = np.flatnonzero(suspicious)
    if len(places) > (most := _intervals(function)):
        places = places[np.argsort(-np.nan_to_num(gap[places]), kind="stable")[:most]]
    low, high = xs[places], xs[places + 1]
    # A tangent may be vertical there: then the slope goes on growing.
    for halvings, growth in ((FIRST, 2.0), (_halvings(function) - FIRST, 1e3)):
        if not len(places):
            return []
        low, high, at_low, at_high = _narrowed(function, low, high, k, component, halvings)
        steep = np.maximum(np.abs(slope[places]), np.abs(slope[places + 1]))
        with np.errstate(all="ignore"):
            stays = ~(np.abs(at_high[0] - at_low[0]) <= 0.1 * gap[places])
            stays |= ~(np.maximum(np.abs(at_high[1]), np.abs(at_low[1])) < growth * steep)
        places, low, high = places[stays], low[stays], high[stays]
    return [float(x) for x in high]


def _narrowed(
    function: Function, low: Numbers, high: Numbers, k: int, component: int, halvings: int
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Intervals halved towards where the values least go the way that the slopes say, and both at their ends."""
    at_low, at_high = (function(ends)[k : k + 2, component] for ends in (low, high))
    for _ in range(halvings):
        middle = low / 2 + high / 2
        if ((middle == low) | (middle == high)).all():
            break
        here = function(middle)[k : k + 2, component]
        with np.errstate(all="ignore"):
            gaps = [
                np.abs(b[0] - a[0] - (q - p) * (a[1] / 2 + b[1] / 2))
                for p, q, a, b in ((low, middle, at_low, here), (middle, high, here, at_high))
            ]
            left = ~(gaps[0] < gaps[1])
        high, at_high = np.where(left, middle, high), np.where(left, here, at_high)
        low, at_low = np.where(left, low, middle), np.where(left, at_low, here)
    return low, high, at_low, at_high


def _infinite(xs: Numbers, rows: Numbers) -> list[float]:
    """Samples at which value or slope is infinite or undefined though both are defined on both sides of them."""
    bad = np.logical_not(np.isfinite(rows[0]) & np.isfinite(rows[1]))
    inside = np.concatenate([[True], ~bad, [True]])  # at an end of the range one side is enough
    return [float(x) for x in xs[bad & inside[:-2] & inside[2:]]]


def _apart(places: list[list[float]], width: float) -> list[float]:
    """Places without those that are the same but for rounding: of these the one that was found in the surest way.

    places: by the way in which they were found, the surest first.
    """
    found: list[tuple[float, int]] = []
    for x, rank in sorted((x, rank) for rank, some in enumerate(places) for x in some):
        if found and x - found[-1][0] <= NEAR * width:
            found[-1] = min(found[-1], (x, rank), key=lambda place: (place[1], len(repr(place[0]))))
        else:
            found.append((x, rank))
    # Where only the values told, they did so up to their rounding.
    return [short(x, width * 2.0 ** (-46 if rank >= len(places) / 2 + 1 else -60)) for x, rank in found]


def short(x: float, slack: float) -> float:
    """The shortest number that is the same but for rounding: 0 for 1e-19, 1 for 1.0000000000000002."""
    for digits in range(16):
        if abs(round(x, digits) - x) <= max(slack, float(np.spacing(abs(x)))):
            return round(x, digits) + 0.0
    return x


def _look(function: Function, x: float, width: float, component: int, order: int) -> Bend | None:
    """What a place is, seen from both sides at four distances; None where nothing is the matter."""
    near = max(NEAR * width, 2.0**26 * float(np.spacing(abs(x))))
    ahead = near * np.array([NEARER, 1.0, 1 / NEARER, NEARER**-2])
    numbers = function(np.concatenate([x - ahead, x + ahead, [x]]))[: order + 2, component]
    before, after, value = numbers[:, :4], numbers[:, 4:8], float(numbers[0, 8])
    with np.errstate(all="ignore"):
        left, right = _ends(before, after, float(ahead[2]))
        if _grows(before[0]) or _grows(after[0]):
            return Bend(x, "pole", component, 0, np.nan, left, right, "")
        if not (math.isfinite(left[0]) and math.isfinite(right[0])):
            return None  # the end of the domain
        if _leaps_at(before[0], after[0], 0.25):
            return Bend(x, "jump", component, 0, value, left, right, "")
        if math.isinf(left[1]) or math.isinf(right[1]):
            if any(_swings(rows, ahead) for rows in (before, after)):
                return None  # sin(1/x) at 0 has no value to have a tangent at
            return Bend(x, "vertical" if left[1] == right[1] else "kink", component, 1, value, left, right, "")
        for k in range(1, order + 1):
            if _leaps_at(before[k], after[k], 0.6):
                return Bend(x, "kink", component, k, value, left, right, "")
    return None


def _grows(row: Numbers) -> bool:
    """Whether numbers at places ever nearer grow without bound."""
    size = np.abs(row)
    growth = np.diff(size)
    return bool(growth[0] > 1e-6 * size[0] and (growth[1:] >= 0.9 * growth[:-1]).all())


def _swings(rows: Numbers, ahead: Numbers) -> bool:
    """Whether the slopes are far steeper than the way of the values towards a place, which then go up and down."""
    steep = np.abs(rows[1, :3]) * ahead[:3]
    return bool((steep > 8.0 * np.abs(np.diff(rows[0]))).any())


def _leaps_at(before: Numbers, after: Numbers, most: float) -> bool:
    """Whether there is a jump: as large when looked at from nearer, and each side for itself at rest."""
    gap, scale = abs(after[2] - before[2]), max(abs(after[2]), abs(before[2]))
    unrest = max(abs(before[2] - before[1]), abs(after[2] - after[1]))
    return bool(gap > 1e-8 * scale and gap > 0.5 * abs(after[1] - before[1]) and unrest < most * gap)


def _ends(before: Numbers, after: Numbers, step: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Value and slope on either side, as they are at the place itself; a slope that grows without bound is infinite."""
    found = []
    for rows, ahead in ((before, -step), (after, step)):
        value, slope = float(rows[0, 2]), float(rows[1, 2])
        if _grows(rows[1]):
            slope = math.copysign(math.inf, slope)
        else:
            value -= ahead * slope
            slope -= ahead * float(rows[2, 2]) if math.isfinite(rows[2, 2]) else 0.0
        found.append((value, slope))
    # What extrapolation leaves of a 0 is the rounding of the other side.
    sizes = [max((abs(side[k]) for side in found if math.isfinite(side[k])), default=0.0) for k in (0, 1)]
    left, right = (tuple(0.0 if abs(side[k]) < 1e-11 * sizes[k] else side[k] for k in (0, 1)) for side in found)
    return (left[0], left[1]), (right[0], right[1])
