"""What was reached, by the Hessian's eigenvalues: a minimum, a maximum, a saddle, or what they do not tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .objective import MOST_HESSIAN, Objective

Numbers = NDArray[np.float64]

#: Eigenvalues that are 0 but for rounding: against the largest in size, and against 1 where all are tiny.
ROUNDING = 1e-10
#: By how much eigenvalues may change, against themselves, on the way to where the gradient would be 0.
STEADY = 0.2
#: How far that place may be, against 1 and the point.
NEAR = 0.01
#: A gradient that is 0 but for what a descent leaves, against 1 and the first one: the Hessian tells what is there.
FLAT = 1e-3


class Verdict(NamedTuple):
    """kind: minimum, maximum, saddle, plateau, degenerate, kink, slope (it is not flat there) or unknown.

    eigenvalues: the Hessian's, ascending. direction: the unit vector of the least one, where that leads down.
    """

    kind: str
    eigenvalues: Numbers
    direction: Numbers | None = None


def verdict(objective: Objective, x: Numbers, slope: Numbers, first: float, *, on_kink: bool) -> Verdict:
    """What the point is. first: how long the gradient was where the descent began."""
    none = np.zeros(0)
    if on_kink:
        return Verdict("kink", none)
    if objective.n > MOST_HESSIAN:
        return Verdict("unknown", none)
    with np.errstate(all="ignore"):
        hessian = objective.hessian(x)
        if not np.isfinite(hessian).all():
            return Verdict("unknown", none)
        values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
        size = float(np.linalg.norm(slope))
        largest = float(np.abs(values).max(initial=0.0))
        if size > FLAT * max(1.0, first):
            return Verdict("slope", values)
        if not largest:
            return Verdict("plateau", values)
        if (np.abs(values) <= ROUNDING * max(largest, 1e-6)).any():
            kind = "saddle" if values[0] < -ROUNDING * largest < ROUNDING * largest < values[-1] else "degenerate"
            return Verdict(kind, values, vectors[:, 0] if kind == "saddle" else None)
        near, steady = _steady(objective, x, slope, values, vectors)
        if not (near and steady):
            return Verdict("degenerate" if near else "slope", values)
    if values[0] > 0:
        return Verdict("minimum", values)
    if values[-1] < 0:
        return Verdict("maximum", values, vectors[:, 0])
    return Verdict("saddle", values, vectors[:, 0])


def _steady(objective: Objective, x: Numbers, slope: Numbers, values: Numbers, vectors: Numbers) -> tuple[bool, bool]:
    """Whether the place where the gradient would be 0 by the Hessian is near, and whether that stays what it is there.

    Of x^4 or x^3 near 0 it does not, however near that is: it is no more than what is left of the way.
    """
    step = -(vectors @ ((vectors.T @ slope) / values))
    if not np.isfinite(step).all() or not step.any():
        return True, True
    near = float(np.linalg.norm(step)) <= NEAR * (1 + float(np.linalg.norm(x)))
    there = objective.hessian(x + step)
    if not np.isfinite(there).all():
        return near, False
    change = np.abs(np.linalg.eigvalsh((there + there.T) / 2) - values)
    return near, bool((change <= STEADY * np.abs(values)).all())
