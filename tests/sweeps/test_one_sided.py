"""One-sided derivatives at kinks: by hand, and against differences from one side; and which kinks are found."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.backends.derive import Survey, sides
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import check
from dcalc.primitives import TABLE

from ..tools import expression, problem_of

NAN = math.nan


def one_sided(text: str, **point: float) -> list[tuple[float, float]]:
    """(left, right) along each input of the point."""
    problem = problem_of(text, **point)
    left, right = sides(problem)
    check(problem.graph)
    return list(zip(left[0], right[0], strict=True))


CASES = [
    ("abs(x)", 0.0, -1, 1),
    ("abs(x)", 2.0, 1, 1),
    ("abs(-2*x)", 0.0, -2, 2),
    ("abs(x)^2", 0.0, 0, 0),
    ("abs(x)*x", 0.0, 0, 0),
    ("abs(x)*abs(x - 1)", 0.0, -1, 1),
    ("abs(abs(x) - 1)", 1.0, -1, 1),
    ("abs(x^2)", 0.0, 0, 0),
    ("abs(x) + abs(x - 1)", 1.0, 0, 2),
    ("exp(abs(x))*(1 + relu(x))", 0.0, -1, 2),
    ("max(x, x)", 1.0, 1, 1),
    ("max(x, 2*x)", 0.0, 1, 2),
    ("min(x, 2*x)", 0.0, 2, 1),
    ("max(x, -x, 2*x)", 0.0, -1, 2),
    ("max(x^2, 2*x - 1)", 1.0, 2, 2),
    ("max(max(x, 0), max(-x, 0))", 0.0, -1, 1),
    ("relu(x)", 0.0, 0, 1),
    ("relu(-x)", 0.0, -1, 0),
    ("relu(relu(x) - relu(-x))", 0.0, 0, 1),
    ("relu(x)^2", 0.0, 0, 0),
    ("relu(x^2)", 0.0, 0, 0),
    ("relu(x^2) + [x^2 >= 0]*0", 0.0, 0, 0),
    ("leaky_relu(x)", 0.0, 0.01, 1),
    ("elu(x, 2)", 0.0, 2, 1),
    ("elu(x)", 0.0, 1, 1),
    ("clip(x, 0, 1)", 0.0, 0, 1),
    ("clip(x, 0, 1)", 1.0, 1, 0),
    ("if(x > 0, x, -x)", 0.0, -1, 1),
    ("if(x >= 0, x, -x)", 0.0, -1, 1),
    ("if(x < 0, -x, x)", 0.0, -1, 1),
    ("if(0 >= x, -x, x)", 0.0, -1, 1),
    ("if(x == 0, 0, x)", 0.0, 1, 1),
    ("if(x != 0, x, 0)", 0.0, 1, 1),
    ("if(x > 1, x^2, 2*x - 1)", 1.0, 2, 2),
    ("if(not(x > 0), -x, x)", 0.0, -1, 1),
    ("if(x > 0 and x < 5, x, -x)", 0.0, -1, 1),
    ("if(x > 0 or x > 7, x, -x)", 0.0, -1, 1),
    ("if(x > 0, x, if(x < 0, -2*x, 9))", 0.0, NAN, NAN),
    ("if(x > 0, x, if(x < 0, -2*x, 0))", 0.0, -2, 1),
    ("if(x > 0, x + 1, 0)", 0.0, 0, NAN),
    ("if(x^2 > 0, x, 2*x)", 0.0, NAN, NAN),
    ("if(x^2 < 0 and 1 > x, 5*x, x)", 0.0, NAN, NAN),
    ("if(x^2 < 0 and x > 1, 5*x, x)", 0.0, 1, 1),
    # a number as a condition holds where it is not 0, and this one ties at 0
    ("if([x > 0] + 0, x, -x)", 0.0, NAN, NAN),
    ("max([x > 0], 0.5) + x", 0.0, 1, NAN),
    ("floor(x)", 2.0, NAN, 0),
    ("ceil(x)", 2.0, 0, NAN),
    ("round(x)", 0.5, 0, NAN),
    ("floor(x)*x", 2.0, NAN, 2),
    ("floor(-x)", 2.0, 0, NAN),
    ("if(floor(x) > 1, x, 0)", 2.0, NAN, 1),
    ("max(floor(x), 1.5)", 2.0, NAN, 0),
    ("sign(x)", 0.0, NAN, NAN),
    ("round(acos(ceil(x)))", -1.0, 0, NAN),
    ("floor(ceil(x)/4)", 2.5, 0, 0),
    ("step(floor(x) + 3)", 2.0, NAN, 0),
    ("sign(x)*x", 0.0, NAN, NAN),
    ("step(x)", 0.0, NAN, 0),
    ("mod(x, 2)", 4.0, NAN, 1),
    ("mod(4, x)", 2.0, -2, NAN),
    ("[x > 0]", 0.0, 0, NAN),
    ("[x >= 0]", 0.0, NAN, 0),
    ("x > 0", 1.0, 0, 0),
    ("sqrt(abs(x))", 0.0, -math.inf, math.inf),
    ("hypot(x, 0)", 0.0, -1, 1),
    ("hypot(abs(x), x)", 0.0, -math.sqrt(2), math.sqrt(2)),
    ("x^2 + 3", 1.0, 2, 2),
]


@pytest.mark.parametrize(("text", "x", "left", "right"), CASES)
def test_by_hand(text: str, x: float, left: float, right: float) -> None:
    assert one_sided(text, x=x) == [pytest.approx((left, right), rel=1e-14, nan_ok=True)]


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("max(x, y)", {"x": 1.0, "y": 1.0}, [(0, 1), (0, 1)]),
        ("max(x, y, z)", {"x": 1.0, "y": 1.0, "z": 1.0}, [(0, 1)] * 3),
        ("min(x, y, x*y)", {"x": 1.0, "y": 1.0}, [(1, 0), (1, 0)]),
        ("abs(x)*abs(y)", {"x": 0.0, "y": 0.0}, [(0, 0), (0, 0)]),
        ("abs(x)*y", {"x": 0.0, "y": 3.0}, [(-3, 3), (0, 0)]),
        ("abs(x - y)", {"x": 2.0, "y": 2.0}, [(-1, 1), (-1, 1)]),
        ("hypot(x, y)", {"x": 0.0, "y": 0.0}, [(-1, 1), (-1, 1)]),
        ("max(x, y)*min(x, y)", {"x": 2.0, "y": 2.0}, [(2, 2), (2, 2)]),
        ("if(x > y, x, y)", {"x": 1.0, "y": 1.0}, [(0, 1), (0, 1)]),
        ("if(x > 0 and y > 0, x*y, 0)", {"x": 0.0, "y": 2.0}, [(0, 2), (0, 0)]),
    ],
)
def test_in_several_variables(text: str, point: dict[str, float], expected: list[tuple[float, float]]) -> None:
    assert one_sided(text, **point) == [pytest.approx(pair) for pair in expected]


KINKED = [
    entry
    for entry in TABLE.values()
    if entry.name in ("+", "-", "*", "neg", "abs", "max", "min", "relu", "leaky_relu", "sign", "floor", "exp", "sin")
]


@st.composite
def kinked(draw: st.DrawFn) -> str:
    """Expressions of few ordinary numbers with many kinks, so that ties are common."""
    return expression(lambda items: draw(st.sampled_from(list(items))), 3, KINKED)


@settings(max_examples=300, deadline=None)
@given(kinked(), st.tuples(*[st.sampled_from([-1.0, 0.0, 1.0, 2.0])] * 3))
def test_against_differences_from_one_side(text: str, at: tuple[float, float, float]) -> None:
    """Where a side is determined, quotients of shorter and shorter steps tend to it."""
    point = dict(zip("xyz", at, strict=True))
    problem = problem_of(text, **point)
    left, right = sides(problem)
    graph, rows = problem.graph, problem.rows
    value = evaluate(graph, rows, point)[0]
    for k, name in enumerate(problem.labels):
        for expected, sign in ((left[0][k], -1), (right[0][k], 1)):
            if math.isfinite(expected) and abs(value) < 1e4:
                steps = [sign * 2.0**-20, sign * 2.0**-21]
                a, b = ((evaluate(graph, rows, {**point, name: point[name] + h})[0] - value) / h for h in steps)
                scale = max(1.0, abs(a), abs(value), abs(expected))
                assert 2 * b - a == pytest.approx(expected, abs=1e-7 * scale + 4 * abs(a - b)), name


@pytest.mark.parametrize(
    ("text", "point", "found"),
    [
        ("abs(x)", {"x": 0.0}, ["abs"]),
        ("abs(x)", {"x": 1e-300}, []),
        ("max(x, y)", {"x": 1.0, "y": 1.0}, ["max"]),
        ("max(x, y, 3)", {"x": 1.0, "y": 1.0}, ["max"]),
        ("relu(x) + abs(x - 1)", {"x": 0.0}, ["relu"]),
        ("if(x > 0, abs(x), 0)", {"x": 0.0}, [">"]),
        ("if(x > -1, 1, abs(x))", {"x": 0.0}, []),
        ("if(x > 0 and y > 0, x, y)", {"x": -1.0, "y": 0.0}, []),
        ("if(x > 0 and y > 0, x, y)", {"x": 1.0, "y": 0.0}, [">"]),
        ("if(x > 0 or y > 0, x, y)", {"x": 1.0, "y": 0.0}, []),
        ("leaky_relu(x, 1)", {"x": 0.0}, []),
        ("floor(x) + ceil(x)", {"x": 3.0}, ["floor", "ceil"]),
        ("floor(x)", {"x": 3.5}, []),
        ("round(x)", {"x": 3.5}, ["round"]),
        ("mod(x, 3)", {"x": 6.0}, ["mod"]),
        ("abs(2) + max(1, 1) + x", {"x": 0.0}, []),
        ("x^2", {"x": 0.0}, []),
    ],
)
def test_kinks_are_found_where_the_point_lies_on_one(text: str, point: dict[str, float], found: list[str]) -> None:
    problem = problem_of(text, **point)
    kinks = Survey(problem, ieee=False).kinks
    assert [problem.graph.ops[kink.node] for kink in kinks] == found
