"""The running rounding bounds really bound: the same graph at 50 digits tells the error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath
import pytest
from hypothesis import given, settings
from mpmath import mp, mpf

from dcalc.evaluate.precise import constant
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import Graph
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.rounding import EPSILON, rounding

from ..primitives.oracle import VALUES
from ..tools import SMOOTH, points, problem_of, texts

#: The kernels are not correctly rounded; `compare` allows 32 of these bounds.
KERNELS = 8.0


def at_50_digits(graph: Graph, outputs: Sequence[int], point: dict[str, float]) -> list[mpf]:
    """The exact values of a graph at a point of doubles, by the independent oracle's functions."""
    with mp.workdps(50):
        values: dict[int, mpf] = {}
        for node in graph.reachable(outputs):
            op, attr = graph.ops[node], graph.attrs[node]
            if op == "const":
                values[node] = constant(attr)
            elif op == "input":
                values[node] = mpf(point[attr])
            else:
                values[node] = VALUES[op](*[values[arg] for arg in graph.args[node]])
        return [values[node] for node in outputs]


@settings(max_examples=200, deadline=None)
@given(texts(3, SMOOTH, conditions=False), points)
def test_the_bounds_hold(text: str, point: dict[str, float]) -> None:
    problem = problem_of(text, **point)
    graph, (row,) = problem.graph, problem.rows
    nodes = [row, *(derivative(graph, row, leaf) for leaf in problem.leaves[:1])]
    bounds = rounding(graph, nodes)
    found = evaluate(graph, [*nodes, *bounds], point)
    values, limits = found[: len(nodes)], found[len(nodes) :]
    if not all(map(math.isfinite, found)) or max(map(abs, found)) > 1e100:
        return
    try:
        exact = at_50_digits(graph, nodes, point)
    except (ZeroDivisionError, ValueError, OverflowError, TypeError, mpmath.libmp.NoConvergence):
        return  # the exact value is none; in floating point rounding may have led past it
    for value, limit, truth in zip(values, limits, exact, strict=True):
        if isinstance(truth, mpf) and mp.isfinite(truth):
            assert abs(mpf(value) - truth) <= KERNELS * limit + 1e-290, (value, truth, limit)


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("(x + 1e8) - 1e8", 0.1),
        ("(1 - cos(x))/x^2", 1e-4),
        ("exp(x) - 1 - x", 1e-5),
        ("sqrt(x + 1) - sqrt(x)", 1e10),
        ("log(x/3) + log(3)", 1.0000001),
        ("sin(pi*x)", 1.0),
        ("x - 0.1", 0.1),
        ("1e23*x - 99999999999999991611392", 1.0),
        ("(x^3 - 3*x^2 + 3*x) - 1", 1.00001),
    ],
)
def test_cancellation_is_seen(text: str, x: float) -> None:
    problem = problem_of(text, x=x)
    value, bound = evaluate(problem.graph, [problem.output, *rounding(problem.graph, [problem.output])], {"x": x})
    (truth,) = at_50_digits(problem.graph, [problem.output], {"x": x})
    assert abs(value - truth) <= 4 * bound
    assert bound <= 1e6 * max(abs(value - truth), EPSILON * 1e8)  # and is no empty phrase


@pytest.mark.parametrize(("text", "expected"), [("x", 0), ("3", 0), ("2*x", EPSILON * 3), ("x^2 + x", EPSILON * 6)])
def test_bounds_by_hand(text: str, expected: float) -> None:
    problem = problem_of(text, x=1.5)
    assert evaluate(problem.graph, rounding(problem.graph, [problem.output]), {"x": 1.5}) == [expected]


def test_inputs_are_exact_and_constants_are_rounded() -> None:
    for text, exact in (("x + 0.5", True), ("x + 0.1", False), ("x + pi", False), ("x + 10^22", True)):
        problem = problem_of(text, x=0.0)
        value, bound = evaluate(problem.graph, [problem.output, *rounding(problem.graph, [problem.output])], {"x": 0.0})
        assert bound == pytest.approx(EPSILON * value * (1 if exact else 2))
    problem = problem_of("x*(10^23 + 0*x)", x=1.0)
    assert evaluate(problem.graph, rounding(problem.graph, [problem.output]), {"x": 1.0})[0] > EPSILON * 1e23 * 1.5


def test_of_a_branch_only_the_one_taken_counts() -> None:
    problem = problem_of("if(x > 0, log(x), x)", x=-1.0)
    assert evaluate(problem.graph, rounding(problem.graph, [problem.output]), {"x": -1.0}) == [0]
