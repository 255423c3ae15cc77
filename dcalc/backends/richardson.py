"""Richardson extrapolation of difference quotients, with an error estimate (Ridders, *Adv. Eng. Software* 4, 1982).

Given quotients D(h), D(h/2), D(h/4), … whose truncation error is a series in h^p, h^2p, …, the tableau
T[k][j] = T[k][j-1] + (T[k][j-1] - T[k-1][j-1])/(2^(jp) - 1) removes one power after another. The entry whose
distance to its two parents and whose share of the values' round-off are together least is the answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

EPSILON = 2.0**-52
#: Columns beyond this one only amplify round-off.
MAX_ORDER = 8


def extrapolate(quotients: Sequence[float], noises: Sequence[float], power: int) -> tuple[float, float]:
    """(derivative, error estimate) from quotients at h, h/2, h/4, …

    noises: the round-off that each quotient may carry. Quotients that are not finite (a step out of the domain)
    are passed over. With none left, (nan, inf).
    """
    best, error = math.nan, math.inf
    above: list[tuple[float, float]] = []
    for quotient, noise in zip(quotients, noises, strict=True):
        if not math.isfinite(quotient):
            above = []
            continue
        row = [(quotient, noise)]
        for j, (parent, parent_noise) in enumerate(above[:MAX_ORDER], start=1):
            factor = 2.0 ** (j * power)
            left, left_noise = row[-1]
            value = left + (left - parent) / (factor - 1)
            own_noise = (factor * left_noise + parent_noise) / (factor - 1)
            distance = max(abs(value - left), abs(value - parent)) + own_noise
            if distance < error:
                best, error = value, distance
            row.append((value, own_noise))
        if math.isnan(best):
            best = quotient
        above = row
    return best, error
