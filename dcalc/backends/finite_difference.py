"""Finite differences: the program as a black box, evaluated beside the point.

Schemes: forward, backward and central with one step h, and adaptive (central, steps halved many times and
extrapolated; gives an error estimate for each component). All points of one derivative are evaluated in one call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..errors import DcalcError
from ..evaluate.plan import make_plan
from ..evaluate.scalar import Point, Scalar
from ..sweeps.rounding import rounding
from .problem import Problem
from .protocol import SCHEMES, Derivative, Options, count
from .richardson import EPSILON, SLACK, extrapolate
from .rows import Matrix

#: Halvings of the first step, a quarter of max(|x|, 1); and more from |x|/2 down where x is small.
HALVINGS = 26
SMALL_HALVINGS = 12
HESSIAN_HALVINGS = 18
#: Large inputs have large first steps, and more of them, down to the steps of ordinary ones: sin(x) at 1e6.
MORE_HALVINGS = 20
#: The running rounding bound takes every kernel as correctly rounded; the special functions are off by more.
KERNEL_ULPS = 16.0
#: To how much of a one-sided derivative, or of 1, differences from that side are held.
SIDE = 1e-5
#: Of a scheme with one step, the ends of the difference in steps from the point.
ENDS = {"central": (1, -1), "forward": (1, 0), "backward": (0, -1)}
#: Power of machine epsilon that balances truncation against round-off, for first and second differences.
BEST_POWER = {"central": 1 / 3, "forward": 1 / 2, "backward": 1 / 2}

#: Points times operations from which importing NumPy pays (its import is about 100 ms, an operation about 0.1 µs).
ENOUGH_FOR_ARRAYS = 500_000
FEW = 8
#: Numbers that moved points in one call may hold, and inputs.
MOST_NUMBERS = 4_000_000
MOST_INPUTS = 20_000

#: Shifts of the inputs by position: {0: h, 2: -h}.
Shift: TypeAlias = dict[int, float]
Values: TypeAlias = list[float]


class FiniteDifference:
    """Difference quotients."""

    name = "fd"
    summary = "finite differences: the program evaluated beside the point, with error estimates"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """Quotients along each input."""
        scheme = _scheme(options)
        asked = _Asked(problem)
        base = asked.at({})
        if scheme == "adaptive":
            return _adaptive(problem, asked, base)
        columns: list[Callable[[int], tuple[float, float]]] = []
        for k, x in enumerate(asked.origin):
            h = _step(options.h or EPSILON ** BEST_POWER[scheme] * max(abs(x), 1.0), x)
            columns.append(_quotient(asked, base, scheme, k, h))
        work = asked.run(f"scheme {scheme}")
        pairs = [[column(row) for column in columns] for row in range(problem.m)]
        entries, estimates = _split(pairs)
        return Derivative([entries], work, estimates=[estimates])

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """Second differences along each pair of inputs."""
        scheme = _scheme(options)
        asked = _Asked(problem)
        base = asked.at({})
        n = len(asked.origin)
        cells: dict[tuple[int, int], Callable[[int], tuple[float, float]]] = {}
        for i in range(n):
            for j in range(i, n):
                cells[i, j] = _second(asked, base, scheme, i, j, options.h)
        work = asked.run(f"scheme {scheme}, second differences")
        entries, estimates = [], []
        for row in range(problem.m):
            known = {pair: cell(row) for pair, cell in cells.items()}
            both = [[known[min(i, j), max(i, j)] for j in range(n)] for i in range(n)]
            values, errors = _split(both)
            entries.append(values)
            estimates.append(errors)
        return Derivative(entries, work, estimates=estimates)


class _Asked:
    """Points to be evaluated in one call: `at` notes a point and promises its values."""

    def __init__(self, problem: Problem) -> None:
        if problem.n > MOST_INPUTS:
            raise DcalcError(
                "limit",
                f"finite differences take each of {problem.n} inputs in turn, the limit is {MOST_INPUTS}",
                hint="--backend reverse needs one sweep for all of them; or name fewer inputs with --wrt",
            )
        self.problem = problem
        self.origin: list[float] = []
        for variable in problem.variables:
            value = problem.point[variable.name]
            self.origin.extend([value] if isinstance(value, float) else value.ravel().tolist())
        self._shifts: list[Shift] = []
        self._known: dict[tuple[tuple[int, float], ...], int] = {}
        self._values: list[Values] = []
        self._extra = 0
        graph = problem.graph
        bounds = [
            bound
            for row, node in zip(problem.rows, rounding(graph, problem.rows), strict=True)
            for bound in problem.numbers(graph.full(node, graph.shapes[row]))
        ]
        #: of each output, the round-off that its value may carry
        self.noise = [KERNEL_ULPS * bound if math.isfinite(bound) else 0.0 for bound in bounds]

    def at(self, shift: Shift, *, extra: bool = False) -> Callable[[], Values]:
        """A promise of the outputs at the point moved by a shift. extra: for the error estimate only."""
        key = tuple(shift.items())
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = len(self._shifts)
            self._shifts.append(shift)
            self._extra += extra
        return lambda: self._values[place]

    def run(self, how: str) -> str:
        """Evaluate everything that was asked for; says how much that was."""
        problem = self.problem
        plan = make_plan(problem.graph, problem.rows)
        arrays = any(variable.shape for variable in problem.variables) or not plan.scalar
        if not arrays and (len(self._shifts) <= FEW or len(self._shifts) * len(plan.steps) < ENOUGH_FOR_ARRAYS):
            program = Scalar(plan)
            self._values = [program.run(self._moved(shift)) for shift in self._shifts]
        else:
            block = max(1, MOST_NUMBERS // max(len(self.origin), problem.m))
            for start in range(0, len(self._shifts), block):
                self._values += self._together(self._shifts[start : start + block])
        estimating = f" and {self._extra} for the error estimate" if self._extra else ""
        return f"{count(len(self._shifts) - self._extra, 'evaluation')}{estimating}, {how}"

    def _moved(self, shift: Shift) -> Point:
        """The point of numbers moved by a shift."""
        point = dict(self.problem.point)
        for position, h in shift.items():
            point[self.problem.variables[position].name] = self.origin[position] + h
        return point

    def _together(self, shifts: list[Shift]) -> list[Values]:
        """The outputs at many moved points in one call."""
        import numpy as np

        from ..evaluate.batch import evaluate_batch

        problem = self.problem
        moved = np.tile(np.array(self.origin), (len(shifts), 1))
        for k, shift in enumerate(shifts):
            for position, h in shift.items():
                moved[k, position] += h
        batch, start = {}, 0
        for variable in problem.variables:
            batch[variable.name] = moved[:, start : start + variable.size].reshape(len(shifts), *variable.shape)
            start += variable.size
        found = evaluate_batch(problem.graph, problem.rows, problem.point, batch, len(shifts))
        values: list[Values] = np.concatenate([one.reshape(len(shifts), -1) for one in found], axis=1).tolist()
        return values


def _scheme(options: Options) -> str:
    if options.scheme not in SCHEMES:
        raise DcalcError("usage", f"there is no scheme {options.scheme}", hint=f"there are {', '.join(SCHEMES)}")
    if options.h is not None and not (0 < options.h < math.inf):
        raise DcalcError("usage", "the step h is a number above 0", hint="for example --h 1e-6")
    if options.h is not None and options.scheme == "adaptive":
        return "central"  # a step that is given is used; choosing one by itself is what adaptive means
    return options.scheme


def _step(h: float, x: float) -> float:
    """The step nearest to h for which x + h is a double, so that the quotient divides by the step it took."""
    return (x + h) - x or h


def _ladder(x: float, halvings: int, small: int) -> list[float]:
    """Steps to extrapolate from: powers of two times a scale, largest first."""
    exponent = math.frexp(max(abs(x), 1.0))[1]
    more = min(max(0, exponent - 6), MORE_HALVINGS)
    steps = [2.0 ** (exponent - 3) / 2**k for k in range(halvings + more)]
    if 0 < abs(x) < 0.01:
        nearby = 2.0 ** (math.frexp(abs(x))[1] - 2)
        steps += [nearby / 2**k for k in range(small) if 0 < nearby / 2**k < steps[-1]]
    return steps


def _noise(level: float, values: tuple[float, ...], h: float) -> float:
    """The round-off of a quotient: `level` is that of the value at the point, and no value has less than an ulp."""
    return max(level, EPSILON * max(map(abs, values))) / h


def _quotient(
    asked: _Asked, base: Callable[[], Values], scheme: str, k: int, h: float
) -> Callable[[int], tuple[float, float]]:
    """(quotient, error estimate) along input k with one step, for a row of the outputs."""
    ahead, behind = ENDS[scheme]

    def ends(step: float, *, extra: bool) -> tuple[Callable[[], Values], ...]:
        return tuple(asked.at({k: side * step}, extra=extra) if side else base for side in (ahead, behind))

    near, far = ends(h, extra=False), ends(2 * h, extra=True)

    def result(row: int) -> tuple[float, float]:
        def quotient(at: tuple[Callable[[], Values], ...], step: float) -> float:
            return (at[0]()[row] - at[1]()[row]) / ((ahead - behind) * step)

        value = quotient(near, h)
        # The change from 2h to h is the truncation error in its leading power of h; twice that covers the next.
        truncation = 2 * abs(value - quotient(far, 2 * h))
        return value, truncation + _noise(asked.noise[row], tuple(end()[row] for end in near), h)

    return result


def _adaptive(problem: Problem, asked: _Asked, base: Callable[[], Values]) -> Derivative:
    ladders = [_ladder(x, HALVINGS, SMALL_HALVINGS) for x in asked.origin]
    promised = [[(h, asked.at({k: h}), asked.at({k: -h})) for h in ladder] for k, ladder in enumerate(ladders)]
    work = asked.run("scheme adaptive")
    entries: list[list[float]] = []
    estimates: list[list[float]] = []
    left: list[list[float]] = []
    right: list[list[float]] = []
    for row in range(problem.m):
        f = base()[row]
        for matrix in (entries, estimates, left, right):
            matrix.append([])
        for x, column in zip(asked.origin, promised, strict=True):
            triples = [(h, up()[row], down()[row]) for h, up, down in column]
            # A kernel is as good as its condition allows: x may be off by an ulp, so the value by that times f'.
            level = max(asked.noise[row], EPSILON * abs(x) * _slope(triples))
            noises = [_noise(level, (f, up, down), h) for h, up, down in triples]
            central, error = extrapolate([(up - down) / (2 * h) for h, up, down in triples], noises, 2)
            ahead, ahead_error = extrapolate([(up - f) / h for h, up, _ in triples], noises, 1)
            behind, behind_error = extrapolate([(f - down) / h for h, _, down in triples], noises, 1)
            gap = abs(ahead - behind)
            if gap > SLACK * (ahead_error + behind_error):  # a kink, here or nearer than the steps can tell
                error += gap / 2
            if math.isnan(central):  # at the edge of the domain only one side exists
                central, error = min((ahead_error, ahead), (behind_error, behind))[::-1]
                error *= SLACK  # there the error may fall as slowly as a root of h does
            entries[-1].append(central)
            estimates[-1].append(error)
            left[-1].append(_known(behind, behind_error))
            right[-1].append(_known(ahead, ahead_error))
    return Derivative([entries], work, estimates=[estimates], sides=(left, right))


def _known(value: float, error: float) -> float:
    """The derivative from one side; nan where it is not known to the digits by which sides are compared."""
    return value if SLACK * error <= SIDE * max(abs(value), 1.0) else math.nan


def _slope(triples: list[tuple[float, float, float]]) -> float:
    """About how steep the function is, from the middle of the ladder; 0 where nothing there is finite."""
    slopes = [abs(up - down) / (2 * h) for h, up, down in triples[len(triples) // 2 :]]
    return next((slope for slope in slopes if math.isfinite(slope)), 0.0)


def _second(
    asked: _Asked, base: Callable[[], Values], scheme: str, i: int, j: int, h: float | None
) -> Callable[[int], tuple[float, float]]:
    """(second difference, error estimate) along inputs i and j."""
    scale = max(abs(asked.origin[i]), abs(asked.origin[j]), 1.0)
    if scheme == "adaptive":
        steps = _ladder(scale, HESSIAN_HALVINGS, 0)
    else:
        first = h or EPSILON ** (1 / 4 if scheme == "central" else 1 / 3) * scale
        steps = [2 * first, first]
    sign = -1 if scheme == "backward" else 1

    def corner(a: float, b: float) -> Callable[[], Values]:
        shift = {i: a + b} if i == j else {i: a, j: b}
        return asked.at({k: s for k, s in shift.items() if s})

    promised = []
    for step in steps:
        s = sign * step
        if scheme in ("adaptive", "central"):
            half = s / 2 if i == j else s
            promised.append((step, corner(half, half), corner(half, -half), corner(-half, half), corner(-half, -half)))
        else:
            promised.append((step, corner(s, s), corner(s, 0.0), corner(0.0, s), corner(0.0, 0.0)))

    def result(row: int) -> tuple[float, float]:
        quotients, noises = [], []
        for step, *corners in promised:
            a, b, c, d = (corner()[row] for corner in corners)
            sides = 4 if i != j and scheme in ("adaptive", "central") else 1
            quotients.append(((a - b) - (c - d)) / step / step / sides)  # step*step may be 0
            level = max(asked.noise[row], EPSILON * scale * max(abs(a - b), abs(c - d)) / step)
            noises.append(4 * _noise(level, (a, b, c, d), step) / step / sides)
        if scheme == "adaptive":
            return extrapolate(quotients, noises, 2)
        return quotients[-1], abs(quotients[-1] - quotients[0]) + noises[-1]

    return result


def evaluations(scheme: str, origin: Mapping[float, int]) -> tuple[int, int]:
    """How many evaluations a gradient takes, the value's among them, and how many more for its error estimate.

    origin: coordinate of the point -> how many inputs have it.
    """
    n = sum(origin.values())
    if scheme == "adaptive":
        return 1 + 2 * sum(len(_ladder(x, HALVINGS, SMALL_HALVINGS)) * times for x, times in origin.items()), 0
    ends = sum(map(bool, ENDS[scheme]))
    return 1 + ends * n, ends * n


def _split(pairs: list[list[tuple[float, float]]]) -> tuple[Matrix, Matrix]:
    return [[value for value, _ in row] for row in pairs], [[error for _, error in row] for row in pairs]
