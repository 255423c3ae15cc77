"""The error of difference quotients against their step: the V-curve, its slopes and its best step.

A large step leaves out what the Taylor series goes on with (slope 1 for one-sided quotients, 2 for the symmetric
one); a small one divides the round-off of the values by h (slope -1). The quotients are those of the backend `fd`.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...backends.finite_difference import FiniteDifference
from ...backends.problem import Problem
from ...backends.protocol import Options
from ...backends.symbolic import partials

#: The quotients that are compared, with the order of what they leave out.
QUOTIENTS = {"forward": 1, "backward": 1, "central": 2}
EPSILON = 2.0**-52
#: Steps from the largest down to where x + h is hardly another number than x.
DECADES = 15
PER_DECADE = 8
#: A slope is not fitted to fewer errors.
FEWEST = 6


class StepErrors(NamedTuple):
    """One scheme's errors.

    errors: |quotient - derivative| at each step, 0 where they are equal. best_h: where the largest error among the
    neighbouring steps is least (a single error may be small by chance), best_error that largest one. theory_h: where
    truncation and round-off balance by theory, nan where nothing is left out. slope: of log(error) against log(h)
    where truncation rules, round_off: where round-off does; nan where there is nothing to fit. expected: the
    slope by theory, nan where nothing is left out.
    """

    scheme: str
    expected: float
    errors: list[float]
    best_h: float
    best_error: float
    theory_h: float
    slope: float
    round_off: float


class StepPlot(NamedTuple):
    """What `plot --error-vs-h` answers: the steps, and each scheme's errors."""

    variable: str
    title: str
    x: float
    derivative: float
    steps: list[float]
    schemes: list[StepErrors]
    size: tuple[int, int] | None


def step_errors(problem: Problem, title: str, size: tuple[int, int] | None) -> StepPlot:
    """The errors of all quotients of a number in its only variable, at the problem's point."""
    graph, (variable,) = problem.graph, problem.variables
    rows = problem.rows
    numbers = problem.numbers(rows[0])
    for _ in range(3):
        rows = tuple(partials(graph, rows, variable.node))
        numbers += problem.numbers(rows[0])
    x = float(problem.numbers(variable.node)[0])
    scale = 10.0 ** math.floor(math.log10(max(abs(x), 1.0)))
    steps = scale * np.logspace(0, -DECADES, DECADES * PER_DECADE + 1)
    fd = FiniteDifference()
    schemes = []
    for scheme, order in QUOTIENTS.items():
        found = [fd.jacobian(problem, Options(scheme, float(h))).entries[0][0][0] for h in steps]
        errors = np.abs(np.array(found) - numbers[1])
        schemes.append(_judged(scheme, order, steps, errors, numbers, scale, x))
    return StepPlot(variable.name, title, x, numbers[1], steps.tolist(), schemes, size)


def _judged(
    scheme: str,
    order: int,
    steps: NDArray[np.float64],
    errors: NDArray[np.float64],
    numbers: list[float],
    scale: float,
    x: float,
) -> StepErrors:
    value, slope, left_out = numbers[0], numbers[1], numbers[order + 1]
    theory = _theory(order, value, left_out, max(abs(x), 1.0))
    # Every error counts as at least the rounding of the derivative itself.
    floor = np.where(np.isfinite(errors), np.maximum(errors, EPSILON * abs(slope) / 4), np.inf)
    reach = PER_DECADE // 4
    around = _around(floor, reach)
    best = int(np.argmin(around))
    peaks = _around(np.where(np.isfinite(errors), errors, 0.0), reach)
    h = float(steps[best])
    length = _length(numbers, scale)
    truncation = (steps >= 10 * max(h, theory if theory > 0 else 0.0)) & (steps <= 0.02 * length)
    round_off = (steps <= h / 10) & (steps >= 1e-14 * scale)
    return StepErrors(
        scheme,
        _expected(order, numbers),
        errors.tolist(),
        h,
        float(peaks[best]),
        theory,
        _fit(steps[truncation], errors[truncation]),
        _fit(steps[round_off], peaks[round_off]),
    )


def _around(errors: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Of each error, the largest one in its neighbourhood."""
    padded = np.pad(errors, reach, mode="edge")
    found: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    return found


def _expected(order: int, numbers: list[float]) -> float:
    """The slope by theory: the order of the first derivative left out that is not 0, as far as it is known."""
    left_out = [k - 1 for k in range(order + 1, len(numbers)) if numbers[k] and (order == 1 or k % 2)]
    return float(left_out[0]) if left_out else math.nan


def _theory(order: int, value: float, left_out: float, scale: float) -> float:
    """The step at which what is left out equals the round-off.

    One-sided: h/2*|f''| against 2*u*|f|/h, symmetric: h^2/6*|f'''| against u*|f|/h, u half of machine epsilon. Where
    the value is 0 its round-off is not known, and the root of epsilon times the scale of x stands.
    """
    if not math.isfinite(left_out) or left_out == 0:
        return math.nan
    ratio = abs(value / left_out)
    if order == 1:
        return math.sqrt(2 * EPSILON * ratio) if value else math.sqrt(EPSILON) * scale
    return math.cbrt(1.5 * EPSILON * ratio) if value else math.cbrt(EPSILON) * scale


def _length(numbers: list[float], scale: float) -> float:
    """How far the leading term of what is left out rules, roughly."""
    lengths = [abs(a / b) for a, b in pairwise(numbers[1:]) if a and b and math.isfinite(a / b)]
    return min([*lengths, scale])


def _fit(steps: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """The slope of log(error) against log(step), nan for too few errors."""
    known = np.isfinite(errors) & (errors > 0)
    if known.sum() < FEWEST:
        return math.nan
    return float(np.polyfit(np.log10(steps[known]), np.log10(errors[known]), 1)[0])
