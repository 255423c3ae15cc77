"""Do the backends agree? What two of them may differ by, and the verdict.

Two exact ones: 1e-12 of the value, and 32 times that component's running rounding bound. Finite differences: their
own error estimate; at a kink their two sides are held against the one-sided derivatives instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import DcalcError
from ..graph.simplify import simplify
from ..sweeps.rounding import rounding
from . import BUILT_IN, backend
from .derive import Request, Survey, derive
from .finite_difference import SIDE
from .problem import Problem, entry_label, outputs_of
from .protocol import Derivative, Part, entries
from .result import Compared, Derived
from .rows import Matrix
from .symbolic import first, second

RELATIVE = 1e-12
#: A formula as people read it may lose digits that the accurate form keeps.
FORMULA = 1e-9
ROUNDINGS = 32.0
#: Entries that are smaller than this part of the largest one may be 0 but for rounding.
CANCELLED = 1e-3
#: Numbers that are farther apart than this part of the larger one have nothing in common.
VAGUE = 0.1
#: Entries that are compared: each is computed by finite differences as well.
MOST_COMPARED = 20_000


def compare(problem: Problem, request: Request) -> Compared:
    """Every built-in backend's answer, the largest relative differences, and what does not agree."""
    count = problem.m * problem.n ** (2 if request.kind == "hess" else 1)
    if count > MOST_COMPARED:
        raise DcalcError(
            "limit",
            f"comparing {count} entries would take too long, the limit is {MOST_COMPARED}",
            hint="name fewer inputs with --wrt, or one backend: reverse takes a sweep for each output",
        )
    survey = Survey(problem, request.ieee)
    # A program that was followed at the point has no formula, nor has a long loop.
    closed = not problem.conditions and not problem.graph.loops([problem.output])
    names = [name for name in BUILT_IN if closed or name != "symbolic"]
    answers = [derive(problem, request._replace(backend=name), survey) for name in names]
    kinked = any(note.kind == "kink" for note in answers[0].notes)
    pair = survey.sides if kinked and request.kind != "hess" else None
    exact = [a for a in answers if a.backend != "fd"]
    fd = next(a for a in answers if a.backend == "fd")
    bounds = bounds_of(problem, request)
    labels = outputs_of(problem.shape), problem.labels
    disagreements: list[str] = []
    differences: list[list[list[float]]] = []
    apart: list[str] = []
    reference = exact[0]
    sizes = [abs(entry) for matrix in reference.entries for row in matrix for entry in row]
    largest = max(filter(math.isfinite, sizes), default=0.0)
    for k, matrix in enumerate(reference.entries):
        differences.append([])
        for i, row in enumerate(matrix):
            differences[-1].append([])
            for j, expected in enumerate(row):
                name = entry_label(request.kind, *labels, k, i, j)
                bound = bounds[k][i][j]
                for other in exact[1:]:
                    found = other.entries[k][i][j]
                    if not close(found, expected, RELATIVE * abs(expected) + ROUNDINGS * bound):
                        disagreements.append(_disagree(name, other, found, reference, expected))
                error = fd.estimates[k][i][j] if fd.estimates else 0.0
                # An infinite estimate says that finite differences have no answer here (the edge of a domain).
                usable = math.isfinite(expected) and math.isfinite(error)
                if kinked:  # of several inputs some may not meet the kink
                    usable = usable and pair is not None and pair[0][i][j] == pair[1][i][j] == expected
                found, tolerance = fd.entries[k][i][j], error + ROUNDINGS * bound
                # A tolerance that lets pass what has nothing in common says nothing.
                size = VAGUE * max(abs(expected), abs(found), CANCELLED * largest)
                if tolerance > size and not close(found, expected, size):
                    usable = False
                if usable:
                    if not close(found, expected, tolerance):
                        disagreements.append(_disagree(name, fd, found, reference, expected))
                else:
                    apart.append(name)
                compared = answers if usable else exact
                differences[-1][-1].append(_spread([a.entries[k][i][j] for a in compared], bound, largest))
    if closed and (not kinked or request.at_kink == "lecture"):  # formulas know no sides
        disagreements += _formulas_disagree(problem, request, reference, bounds)
    if pair is not None:
        disagreements += _sides_disagree(problem, request, pair)
    notes = [note for a in answers for note in a.notes]
    unique = {(note.kind, note.message): note for note in notes}
    return Compared(answers, differences, disagreements, list(unique.values()), apart)


def close(a: float, b: float, tolerance: float) -> bool:
    """Whether two numbers are within a tolerance, the same infinity, or both undefined."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    return abs(a - b) <= tolerance if math.isfinite(tolerance) else True


def bounds_of(
    problem: Problem,
    request: Request,
    engines: Sequence[str] = ("forward", "reverse"),
    *,
    rounded_inputs: bool = False,
) -> Sequence[Matrix]:
    """The rounding bounds of the components, by the larger of those of two differently made programs.

    rounded_inputs: whether the point is off by a rounding, too.
    """
    result: Sequence[Matrix] | None = None
    for name in engines:
        engine = backend(name)
        ask = engine.hessian if request.kind == "hess" else engine.jacobian
        parts = ask(problem, request.options).parts
        assert parts is not None
        mine = [
            [[_finite(b) for b in row] for row in matrix]
            for matrix in rounding_of(problem, parts, request, rounded_inputs)
        ]
        if result is None:
            result = mine
        else:
            result = [
                [[max(pair) for pair in zip(*rows, strict=True)] for rows in zip(*matrices, strict=True)]
                for matrices in zip(result, mine, strict=True)
            ]
    assert result is not None
    return result


def rounding_of(problem: Problem, parts: list[Part], request: Request, rounded_inputs: bool = False) -> list[Matrix]:
    """The rounding bound of each entry."""
    graph = problem.graph
    bounds = rounding(graph, [part.node for part in parts], rounded_inputs=rounded_inputs)
    whole = [
        part._replace(node=graph.full(bound, graph.shapes[part.node]))
        for part, bound in zip(parts, bounds, strict=True)
    ]
    return entries(problem, whole, 2 if request.kind == "hess" else 1)


def _finite(bound: float) -> float:
    # Beside an infinite partial the bound says nothing; the relative tolerance is left.
    return bound if math.isfinite(bound) else 0.0


def _spread(values: list[float], bound: float, largest: float) -> float:
    """The largest relative difference between two of the values.

    A difference that is only rounding is no larger than it is beside a thousandth of the largest entry: where one is 0
    that the other has as 1e-17, nothing is amiss.
    """
    if len({repr(value) for value in values}) == 1:
        return 0.0
    if not all(map(math.isfinite, values)):
        return math.inf
    gap = max(values) - min(values)
    scale = max(*map(abs, values), CANCELLED * largest if gap <= ROUNDINGS * bound else 0.0)
    return gap / scale if scale else 0.0


def _disagree(name: str, a: Derived, x: float, b: Derived, y: float) -> str:
    return f"{name}: {a.backend} says {x!r}, {b.backend} says {y!r}"


def _formulas_disagree(problem: Problem, request: Request, reference: Derived, bounds: Sequence[Matrix]) -> list[str]:
    """The simplified formulas, as `diff` prints them, against the numbers of the sweep."""
    parts = second(problem) if request.kind == "hess" else first(problem)
    simple = simplify(problem.graph, [part.node for part in parts])
    parts = [part._replace(node=node) for part, node in zip(parts, simple, strict=True)]
    found = entries(problem, parts, 2 if request.kind == "hess" else 1)
    own = rounding_of(problem, parts, request)
    labels = outputs_of(problem.shape), problem.labels
    words = []
    for k, matrix in enumerate(reference.entries):
        for i, row in enumerate(matrix):
            for j, expected in enumerate(row):
                value, bound = found[k][i][j], own[k][i][j] + bounds[k][i][j]
                # Where a formula overflows on the way its bound is no number, and it says nothing of the rule.
                # And where the sweep meets 0 times an infinite partial, a simplified formula may have a value.
                says = math.isfinite(bound) and not math.isnan(expected)
                if says and not close(value, expected, FORMULA * abs(expected) + ROUNDINGS * bound):
                    name = entry_label(request.kind, *labels, k, i, j)
                    words.append(f"{name}: the simplified formula says {value!r}, {reference.backend} {expected!r}")
    return words


def _sides_disagree(problem: Problem, request: Request, exact: tuple[Matrix, Matrix]) -> list[str]:
    """At a kink: finite differences from each side against the one-sided derivatives."""
    options = request.options._replace(scheme="adaptive", h=None)
    answer: Derivative = backend("fd").jacobian(problem, options)
    if answer.sides is None:
        return []
    words = []
    labels = outputs_of(problem.shape), problem.labels
    for side, found, expected in zip(("left", "right"), answer.sides, exact, strict=True):
        for i, row in enumerate(expected):
            for j, value in enumerate(row):
                difference = found[i][j]
                known = math.isfinite(value) and math.isfinite(difference)
                if known and not close(difference, value, SIDE * max(abs(value), 1.0)):
                    name = entry_label(request.kind, *labels, 0, i, j)
                    words.append(
                        f"{name}: fd from the {side} says {difference!r}, the one-sided derivative is {value!r}"
                    )
    return words
