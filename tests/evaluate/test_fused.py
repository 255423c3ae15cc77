"""Sparse derivatives whose operations by component are compiled: the same numbers, the same failures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dcalc.backends.sparse import Sparse
from dcalc.evaluate import engines

from ..tools import problem_of

pytestmark = pytest.mark.skipif(bool(engines.unavailable()), reason=engines.unavailable() or "there")

N = 80
X = np.linspace(0.4, 1.6, N)
TEXTS = [
    "sum(100*(x[2..80] - x[1..79]^2)^2 + (1 - x[1..79])^2)",
    "sum(exp(x[2..80]*x[1..79])*sin(x[1..79])/a)",
    "sum(if(x[2..80] > 1, x[1..79]^3*x[2..80], a*x[1..79]^2))",
    "sum(log(x)*x[1]*x) + sum(x[3..80]*x[1..78]*x[2..79])^2*0",
    "sum(x*sqrt(x)*a + b*x^3)*a",
    "sum(concat(x[1..40]*x[41..80]*a, x[2..80]^3*x[1..79]))",
    "sum((reshape(x, 8, 10)[:, 1..9]*reshape(x, 8, 10)[:, 2..10])^2*exp(a*reshape(x, 8, 10)[:, 1..9]))",
    "sum(max(x, 1)^3*x) + a*b^2",
    "sum(tanh(x[1..70]*x[2..71])*x[3..72]/x[1..70])",
    "sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2 for i in 1..79)",
]
POINT: dict[str, Any] = {"x": X, "a": 0.7, "b": 1.3}


def pair(text: str, kind: str, **point: Any) -> tuple[Sparse, Sparse, dict[str, Any]]:
    """The same derivative interpreted and compiled."""
    made = []
    for _ in range(2):
        problem = problem_of(text, **point)
        variables = [one for one in problem.variables if one.name == "x"]
        made.append(Sparse(problem.graph, problem.output, variables, kind))
    plain, fast = made
    with engines.using("array"):
        assert plain.at(problem.point) is not None
    with engines.using("llvm"):
        for _ in range(2):
            fast.at(problem.point)
    return plain, fast, dict(problem.point)


@pytest.mark.parametrize("kind", ["hess", "jac"])
@pytest.mark.parametrize("text", TEXTS)
def test_the_same_numbers(text: str, kind: str) -> None:
    plain, fast, point = pair(text, kind, **POINT)
    for shift in (0.0, 0.05, 0.3):
        point |= {"x": X + shift, "a": 0.7 + shift}
        with engines.using("array"):
            wanted = plain.at(point)
        found = fast.at(point)
        assert wanted is not None and found is not None
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12 * abs(wanted).max(initial=1))


def test_something_is_compiled() -> None:
    for text in (TEXTS[0], TEXTS[1], TEXTS[9]):
        _, fast, _ = pair(text, "hess", **POINT)
        assert fast._ready is not None and fast._ready.compiled


def test_entries_are_the_callers_own() -> None:
    _, fast, point = pair(TEXTS[0], "hess", **POINT)
    first = fast.at(point)
    assert first is not None
    kept = first.copy()
    fast.at(point | {"x": X + 1})
    assert (first == kept).all()


def test_failures_are_seen() -> None:
    """Also where no entry shows them: 1/(1/0) is 0, and so is its derivative's share."""
    for text, place in (
        ("sum(log(x)*x^2*x[1..80])", -1.0),
        ("sum(1/(1/x)*x^2*exp(x))", 0.0),
        ("sum(exp(-exp(1/x^2))*x + x^3)", 0.01),
        ("sum(x^3*exp(x)*x)", np.inf),
    ):
        _, fast, point = pair(text, "hess", x=X)
        bad = X.copy()
        bad[33] = place
        assert fast.at(point | {"x": bad}) is None
        assert fast.at(point) is not None


def test_others_pay_no_compiler() -> None:
    problem = problem_of(TEXTS[0], x=X)
    found = Sparse(problem.graph, problem.output, problem.variables, "hess")
    for _ in range(3):
        found.at(problem.point)
    assert found._ready is not None and not found._ready.compiled
