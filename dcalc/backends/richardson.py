"""Richardson extrapolation of difference quotients, with an error estimate (Ridders, *Adv. Eng. Software* 4, 1982).

Given quotients D(h), D(h/2), D(h/4), … whose truncation error is a series in h^p, h^2p, …, the tableau
T[k][j] = T[k][j-1] + (T[k][j-1] - T[k-1][j-1])/(2^(jp) - 1) removes one power after another. An entry's error is
its distance to its two parents and its share of the values' round-off. Long steps can agree with each other by
chance (a step of one period sees a constant), so an entry also has to agree with those of all shorter steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

EPSILON = 2.0**-52
#: Columns beyond this one only amplify round-off.
MAX_ORDER = 8
#: How many error estimates apart two entries may be and still agree.
SLACK = 8.0


def extrapolate(quotients: Sequence[float], noises: Sequence[float], power: int) -> tuple[float, float]:
    """(derivative, error estimate) from quotients at h, h/2, h/4, …

    noises: the round-off that each quotient may carry. Quotients that are not finite (a step out of the domain)
    are passed over. With none left, (nan, inf).
    """
    candidates: list[tuple[float, float]] = []
    above: list[tuple[float, float]] = []
    for quotient, noise in zip(quotients, noises, strict=True):
        if not math.isfinite(quotient):
            above = []
            continue
        row = [(quotient, noise)]
        best, error = quotient, math.inf
        for j, (parent, parent_noise) in enumerate(above[:MAX_ORDER], start=1):
            factor = 2.0 ** (j * power)
            left, left_noise = row[-1]
            value = left + (left - parent) / (factor - 1)
            own_noise = (factor * left_noise + parent_noise) / (factor - 1)
            distance = max(abs(value - left), abs(value - parent)) + own_noise
            if distance < error:
                best, error = value, distance
            row.append((value, own_noise))
        candidates.append((best, error))
        above = row
    return _choose(candidates)


def _choose(candidates: list[tuple[float, float]]) -> tuple[float, float]:
    """The candidate of least error among those that agree with all that come from shorter steps."""
    chosen = (math.nan, math.inf)
    for k in range(len(candidates) - 1, -1, -1):
        value, error = candidates[k]
        if math.isnan(chosen[0]):
            chosen = (value, error)
        if error < chosen[1] and all(
            abs(value - other) <= SLACK * (error + other_error) for other, other_error in candidates[k + 1 :]
        ):
            chosen = (value, error)
    return chosen
