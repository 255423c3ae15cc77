"""Taylor polynomials as curves of a plot, beside the function that they are of."""

from __future__ import annotations

import math

import numpy as np

from ...backends.expansion import polynomial
from ...backends.problem import Problem
from ...backends.result import Note
from ...errors import DcalcError
from ...language import unparse
from ..taylor import expanded
from .curves import Curve
from .sampling import Samples

#: Polynomials in one picture, and the longest that is written in the legend.
MOST, LONGEST = 10, 60


def with_polynomials(
    problem: Problem, order: int, curves: list[Curve], samples: Samples
) -> tuple[list[Curve], Samples, list[Note]]:
    """The curves and samples with those of T₁, …, Tₙ; a polynomial that adds nothing to the one before is left out."""
    if problem.m != 1:
        raise DcalcError("shape", "Taylor polynomials are drawn of one number", hint="plot its components one by one")
    result, notes = expanded(problem, order, None)
    (center,) = result.center
    terms = [one.value for one in result.coefficients]
    orders = [k for k in range(1, order + 1) if terms[k]] or [order]
    if len(orders) > MOST:
        message = f"{len(orders)} polynomials are too many for one picture, the limit is {MOST}"
        raise DcalcError("limit", message, hint=f"--taylor {orders[MOST - 1]}")
    delta = samples.xs - center
    rows = [samples.values[0]]
    found = list(curves)
    for k in orders:
        with np.errstate(all="ignore"):
            rows.append(np.polynomial.polynomial.polyval(delta, terms[: k + 1])[np.newaxis])
        written = [one for one in result.coefficients[: k + 1] if one.value]
        tree = polynomial(result.labels, result.center, written)
        short = result.exact and len(unparse(tree)) <= LONGEST
        found.append(Curve(f"T{k}", len(rows) - 1, 0, tree if short else None))
    values = np.concatenate(rows, axis=0)
    others = np.full((len(samples.values) - 1, len(values), len(delta)), math.nan)
    others[:, :1] = samples.values[1:]
    return found, samples._replace(values=np.concatenate([values[np.newaxis], others])), notes
