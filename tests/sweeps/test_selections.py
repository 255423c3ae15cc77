"""Selections: masks, strong zeros, and which piece counts at a tie."""

from __future__ import annotations

import math

import pytest

from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import check
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.reverse import gradient

from ..tools import problem_of


def four(text: str, **point: float) -> list[list[float]]:
    """The gradient by forward and reverse; and the second derivatives' diagonal by both over both."""
    problem = problem_of(text, **point)
    graph, (row,), leaves = problem.graph, problem.rows, problem.leaves
    ahead = [derivative(graph, row, leaf) for leaf in leaves]
    back = gradient(graph, row, leaves)
    second = [
        [derivative(graph, one, leaf) for one, leaf in zip(back, leaves, strict=True)],
        [gradient(graph, one, [leaf])[0] for one, leaf in zip(ahead, leaves, strict=True)],
    ]
    check(graph)
    return [evaluate(graph, nodes, point) for nodes in (ahead, back, *second)]


@pytest.mark.parametrize(
    ("text", "x", "first", "second"),
    [
        ("if(x > 0, sqrt(x), 0)", 0.0, 0, 0),
        ("if(x > 0, sqrt(x), 0)", -1.0, 0, 0),
        ("if(x > 0, sqrt(x), 0)", 4.0, 0.25, -1 / 32),
        ("if(x > 0, log(x), if(x < -1, sqrt(-1-x), x*0))", 2.0, 0.5, -0.25),
        ("if(x > 0, log(x), if(x < -1, sqrt(-1-x), x*0))", 0.0, 0, 0),
        ("if(x > 0, log(x), if(x < -1, sqrt(-1-x), x*0))", -1.0, 0, 0),
        ("if(x > 0, log(x), if(x < -1, sqrt(-1-x), x*0))", -0.5, 0, 0),
        ("if(x > 0, log(x), if(x < -1, sqrt(-1-x), x*0))", -5.0, -0.25, -1 / 32),
        # sqrt(x) is used inside a branch and, at points where it is defined, outside as well.
        ("a = sqrt(x); if(x > 1, a^2, 0) + a", 4.0, 1.25, -1 / 32),
        ("a = sqrt(x); if(x > 1, a^3, a) + a", 0.25, 2, -4),
        ("a = x^2; if(x > 0, log(a), 0) + a", 0.0, 0, 2),
        ("a = 1/x; if(x != 0, a, 0) + x", 0.0, 1, 0),
        ("a = log(x); if(x > 0, a, 0) + if(x > 1, a, 0)", 0.0, 0, 0),
        ("a = log(x); if(x > 0, a, 0) + if(x > 1, a, 0)", 0.5, 2, -4),
        ("a = log(x); if(x > 0, a, 0) + if(x > 1, a, 0)", 2.0, 1, -0.5),
        ("a = log(x); if(x > 0, if(x > 1, a, 0), a*0 + 1)", 0.5, 0, 0),
        ("if(x > 0 and x < 1, log(x), x)", -1.0, 1, 0),
        ("if(x > 0 and x < 1, log(x), x)", 0.5, 2, -4),
        ("if(x <= 0 or x > 9, x, log(x))", -1.0, 1, 0),
        ("if(not(x > 0), x, log(x))", -1.0, 1, 0),
        ("if(not(x > 0), x, log(x))", 2.0, 0.5, -0.25),
        ("if(x, 1/x, x)", 0.0, 1, 0),
        ("if(x > 0, x*log(x), 0)", 0.0, 0, 0),
        ("max(if(x > 0, log(x), -9), x - 10)", -1.0, 0, 0),
        ("relu(if(x > 0, sqrt(x), 0))", 0.0, 0, 0),
        ("if(x > 0, exp(if(x > 5, log(x - 5), x)), x^2)", 1.0, math.e, math.e),
        ("if(x > 0, exp(if(x > 5, log(x - 5), x)), x^2)", -1.0, -2, 2),
        ("if(x < 0, (-x)^0.5, x^0.5)", 4.0, 0.25, -1 / 32),
        ("if(x < 0, (-x)^0.5, x^0.5)", -4.0, -0.25, -1 / 32),
        ("[x > 0]*x^2", 3.0, 6, 2),
        ("[x > 0]*x^2", -3.0, 0, 0),
    ],
)
def test_a_branch_not_taken_is_not_looked_at(text: str, x: float, first: float, second: float) -> None:
    ahead, back, *curved = four(text, x=x)
    assert ahead == pytest.approx([first], rel=1e-14)
    assert back == pytest.approx([first], rel=1e-14)
    assert curved == [pytest.approx([second], rel=1e-13)] * 2


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("max(x, y)", {"x": 1.0, "y": 1.0}, [0, 1]),
        ("min(x, y)", {"x": 1.0, "y": 1.0}, [0, 1]),
        ("max(x, y, z)", {"x": 1.0, "y": 1.0, "z": 1.0}, [0, 0, 1]),
        ("max(x, y, z)", {"x": 1.0, "y": 1.0, "z": 0.0}, [0, 1, 0]),
        ("max(x, y)", {"x": 2.0, "y": 1.0}, [1, 0]),
        ("min(x, y)", {"x": 2.0, "y": 1.0}, [0, 1]),
        ("max(x, 0)", {"x": 0.0}, [0]),
        ("max(0, x)", {"x": 0.0}, [1]),
        ("min(x, 0)", {"x": 0.0}, [0]),
        ("relu(x)", {"x": 0.0}, [1]),
        ("relu(-x)", {"x": 0.0}, [-1]),
        ("leaky_relu(x)", {"x": 0.0}, [1]),
        ("elu(x)", {"x": 0.0}, [1]),
        ("step(x)", {"x": 0.0}, [0]),
        ("abs(x)", {"x": 0.0}, [0]),
        ("sign(x)", {"x": 0.0}, [0]),
        ("clip(x, 0, 1)", {"x": 0.0}, [0]),
        ("clip(x, 0, 1)", {"x": 1.0}, [0]),
        ("clip(x, 0, 1)", {"x": 0.5}, [1]),
        ("clip(x, y, 1)", {"x": 0.0, "y": 0.0}, [0, 1]),
        ("floor(x)", {"x": 2.0}, [0]),
        ("ceil(x)", {"x": 2.5}, [0]),
        ("round(x)", {"x": 2.5}, [0]),
        ("hypot(x, y)", {"x": 0.0, "y": 0.0}, [0, 0]),
        ("max(x, x)", {"x": 1.0}, [1]),
        ("max(x, -x)", {"x": 0.0}, [-1]),
        ("max(y*z, y + 2*x)", {"x": 2.0, "y": 3.0, "z": -1.0}, [2, 1, 0]),
        ("max(x, y)*max(x, y)", {"x": 3.0, "y": 3.0}, [0, 6]),
    ],
)
def test_ties_follow_the_lectures(text: str, point: dict[str, float], expected: list[float]) -> None:
    ahead, back, *_ = four(text, **point)
    assert ahead == expected
    assert back == expected


@pytest.mark.parametrize("text", ["sqrt(x)^2", "sqrt(x)*x", "sqrt(x^2)", "sqrt(x*y)"])
def test_a_computed_zero_times_an_infinite_partial_is_not_invented(text: str) -> None:
    ahead, back, *_ = four(text, x=0.0, y=0.0)
    assert any(map(math.isnan, ahead)) or text == "sqrt(x)*x"
    assert any(map(math.isnan, back)) or text == "sqrt(x)*x"


def test_an_infinite_partial_costs_the_other_components_nothing() -> None:
    ahead, back, *_ = four("sqrt(x) + y^2 + if(z > 0, log(z), z)", x=0.0, y=3.0, z=-1.0)
    assert ahead == back == [math.inf, 6, 1]
