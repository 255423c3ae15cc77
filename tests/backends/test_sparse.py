"""Sparse Jacobians and Hessians: the numbers of the dense ones, at every kind of point; colours that tell apart."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.backends import colouring
from dcalc.backends import sparse as module
from dcalc.backends.derive import Request, derive
from dcalc.backends.problem import Problem
from dcalc.backends.sparse import Sparse
from dcalc.errors import DcalcError
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.graph import check
from dcalc.graph.roll import roll
from dcalc.sweeps.pattern import Pattern

from ..tools import points, problem_of, seeded, texts
from .test_arrays import ARRAYS, NUMBERS

#: The dense mode that does the same: where the value is not finite they differ among each other.
DENSE = {"columns": "forward", "rows": "reverse", "both": "reverse"}


def both(problem: Problem, kind: str) -> tuple[np.ndarray, np.ndarray, Sparse]:
    """The dense matrix, the sparse one, and how it was made."""
    found = Sparse(problem.graph, problem.output, problem.variables, kind)
    dense = np.asarray(derive(problem, Request(kind, DENSE[found.way.along], ieee=True)).entries[0], dtype=float)
    values = found.at(problem.point)
    if values is None:
        values = found.guarded(problem.point)
    matrix = np.zeros(found.shape)
    matrix[found.pattern.rows, found.pattern.columns] = values
    return dense.reshape(found.shape), matrix, found


def alike(problem: Problem, kind: str) -> Sparse:
    dense, matrix, found = both(problem, kind)
    scale = np.abs(dense[np.isfinite(dense)]).max(initial=1.0)
    np.testing.assert_allclose(matrix, dense, rtol=1e-10, atol=1e-12 * scale, err_msg=str(found.way))
    return found


@pytest.mark.parametrize(("text", "point"), NUMBERS, ids=[text for text, _ in NUMBERS])
@pytest.mark.parametrize("kind", ["jac", "hess"])
def test_numbers_of_arrays(text: str, point: dict[str, Any], kind: str) -> None:
    alike(problem_of(text, **point), kind)


@pytest.mark.parametrize(("text", "point"), ARRAYS, ids=[text for text, _ in ARRAYS])
def test_arrays(text: str, point: dict[str, Any]) -> None:
    alike(problem_of(text, **point), "jac")


@pytest.mark.parametrize("kind", ["jac", "hess"])
def test_random_expressions(kind: str) -> None:
    for text, point in seeded(7, 150):
        problem = problem_of(text, **point)
        if problem.variables:
            try:
                alike(problem, kind)
            except AssertionError as failure:
                raise AssertionError((text, point)) from failure


@settings(max_examples=60, deadline=None)
@given(texts(depth=2), texts(depth=2), points, st.sampled_from(["jac", "hess"]))
def test_over_slices(first: str, second: str, point: dict[str, float], kind: str) -> None:
    """Two random functions of neighbours, along a vector: a band."""
    parts = {"x": "v[1..5]", "y": "v[2..6]", "z": "v[3..7]"}
    first, second = (re.sub(r"\b[xyz]\b", lambda found: parts[found[0]], text) for text in (first, second))
    text = f"sum(({first})*({second}) + 0*v[1..5])"
    values = np.array([*point.values(), 0.5, -0.25, 1.75, 0.0])
    alike(problem_of(text, v=values), kind)


@pytest.mark.parametrize(
    ("text", "point", "count"),
    [
        ("sum(x[1]*x^3)", [1.0] * 9, 2),  # an arrow needs two, whatever its length
        ("sum(100*(x[2..9] - x[1..8]^2)^2 + (1 - x[1..8])^2)", [0.5] * 9, 3),
        ("sum(sin(x))", [0.5] * 9, 1),
        ("sum(x[1..7]*x[2..8]*x[3..9])", [0.5] * 9, 5),
        ("exp(sum(x))", [0.5] * 4, 4),
        ("sum(x)", [0.5] * 4, 1),
    ],
)
def test_colours_of_hessians(text: str, point: list[float], count: int) -> None:
    assert alike(problem_of(text, x=point), "hess").way.total == count


@pytest.mark.parametrize(
    ("text", "point", "way"),
    [
        ("sin(x)", [0.5] * 9, ("columns", 1)),
        ("x[2..9] - x[1..8]^2", [0.5] * 9, ("columns", 2)),
        ("prod(x)", [0.5] * 9, ("rows", 1)),
        ("concat([sum(x)], x^2)", [0.5] * 9, ("rows", 2)),
        ("concat(x[1]*x, [sum(x)])", [0.5] * 9, ("columns", 10)),
    ],
)
def test_ways_of_jacobians(text: str, point: list[float], way: tuple[str, int]) -> None:
    if way == ("columns", 10):  # a full row and a full column
        way = ("columns", 9)
    found = alike(problem_of(text, x=point), "jac")
    assert (found.way.along, found.way.total) == way


@pytest.mark.parametrize("kind", ["jac", "hess"])
@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x^1.5 + x*y", {"x": 0.0, "y": 2.0}),
        ("sqrt(x) + x*y + y^2", {"x": 0.0, "y": 2.0}),
        ("sum(sqrt(v)) + v[1]*v[2] + v[3]^2", {"v": [0.0, 4.0, 0.0, 1.0]}),
        ("sum(v[1..3]^1.5*v[2..4])", {"v": [0.0, 4.0, 0.0, 1.0]}),
        ("sum(if(v > 0, sqrt(v), v))", {"v": [0.0, 4.0, -1.0, 1.0]}),
        ("log(x)*y", {"x": -1.0, "y": 2.0}),
        ("exp(x)*y", {"x": 800.0, "y": 2.0}),
        ("x*y", {"x": math.inf, "y": 2.0}),
        ("[x, y]", {"x": math.nan, "y": 2.0}),
    ],
)
def test_what_is_not_finite(text: str, point: dict[str, Any], kind: str) -> None:
    if kind == "hess" and text.startswith("["):
        return
    alike(problem_of(text, **point), kind)


@pytest.mark.parametrize("kind", ["jac", "hess"])
@pytest.mark.parametrize(
    "text", ["abs(x)*y", "relu(x)^2*y", "max(x, y)*y", "elu(x)*y", "x*abs(x) + y", "norm([x, x]) + y", "max(x, x*y, y)"]
)
def test_kinks_follow_the_convention(text: str, kind: str) -> None:
    for x, y in itertools.product([0.0, 1.0, -1.0], repeat=2):
        alike(problem_of(text, x=x, y=y), kind)


def test_a_failure_on_the_way_is_seen() -> None:
    """A value that is not finite makes `at` give up, also where the derivative is finite."""
    for text, point in {"log(x)": -1.0, "1/(1/x)": 0.0, "exp(-exp(x))": 1000.0, "gamma(x)*0 + x": -1.0}.items():
        problem = problem_of(text, x=point)
        assert Sparse(problem.graph, problem.output, problem.variables, "jac").at(problem.point) is None


def test_directions_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 40)
    for kind in ("jac", "hess"):
        alike(problem_of("sum(x[1..9]*x[2..10]*x[1])*x[4]", x=np.linspace(0.5, 2, 10)), kind)


def test_no_inputs() -> None:
    assert both(problem_of("1 + 1"), "hess")[1].shape == (0, 0)
    assert both(problem_of("[1, 2]"), "jac")[1].shape == (2, 0)


def test_a_hessian_is_of_a_number() -> None:
    problem = problem_of("x^2", x=[1.0, 2.0])
    with pytest.raises(DcalcError, match="sparse Hessian is of a number"):
        Sparse(problem.graph, problem.output, problem.variables, "hess")


# -- loops that were written out -------------------------------------------------------------------------------------

LOOPS = [
    "sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2 for i in 1..39)",
    "s = 0; for i in 1..39 { s = s + x[i]*x[i+1]*exp(x[i]) }; s",
    "sum(x[i]*x[41 - i] for i in 1..40)",
    "sum(i*x[i]^2/a for i in 1..40)",
    "sum((x[i] - x[1])^2 for i in 2..40) + x[40]^3",
    "s = x[1]*x[40]; for i in 1..39 { s = s + x[i]*x[i+1] }; s",
    "sum(if(x[i] > 1, x[i]^2, a*x[i]) for i in 1..40)",
    "max(x[i]^2 for i in 1..40)",
    "prod(x[i] for i in 1..40)",
    "l = a; for i in 1..30 { l = 2.8*l*(1 - l)*x[i] }; l",
    "sum(x[i]*x[j] for i in 1..12 for j in i..12)",
    "sum(sin(x[1])*x[i] for i in 1..9) + sum(sin(x[2])*x[i]*a for i in 1..12) + sum(sin(x[2])*x[i] for i in 9..20)",
    "t = [sin(x[1]), sin(x[2])]; sum(t[j]*x[i] for i in 1..10 for j in 1..2)",
]


@pytest.mark.parametrize("text", LOOPS)
def test_loops(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", 0)
    problem = problem_of(text, x=np.linspace(0.5, 1.5, 40) + 0.01, a=0.3)
    for kind in ("jac", "hess"):
        alike(problem, kind)
    rolled = roll(problem.graph, problem.output)
    check(problem.graph)
    mine, other = evaluate(problem.graph, [problem.output, rolled], problem.point)
    assert mine == pytest.approx(other, rel=1e-13)


@pytest.mark.parametrize("text", [LOOPS[0], LOOPS[3], "[x[i+1] - x[i]^2 for i in 1..39]"])
def test_loops_become_arrays(text: str) -> None:
    problem = problem_of(text, x=np.linspace(0.5, 1.5, 40), a=0.3)
    rolled = roll(problem.graph, problem.output)
    count = sum(not problem.graph.is_const(node) for node in problem.graph.reachable([rolled]))
    assert count < 20 < len(problem.graph.reachable([problem.output]))


def test_a_grid() -> None:
    """A five-point stencil in two loops."""
    text = "sum((4*u[i,j] - u[i-1,j] - u[i+1,j] - u[i,j-1] - u[i,j+1])^2*u[i,j] for i in 2..9 for j in 2..9)"
    found = alike(problem_of(text, u=np.linspace(0, 1, 100).reshape(10, 10) ** 2 + 0.1), "hess")
    assert found.way.total < 20


# -- colours ---------------------------------------------------------------------------------------------------------


def patterns(matrix: np.ndarray) -> Pattern:
    rows, columns = np.nonzero(matrix)
    return Pattern(np.searchsorted(rows, np.arange(len(matrix) + 1)), columns, matrix.shape[1])


@pytest.mark.parametrize("seed", range(40))
def test_columns_of_a_colour_share_no_row(seed: int) -> None:
    chance = np.random.default_rng(seed)
    matrix = chance.random((chance.integers(1, 30), chance.integers(1, 30))) < chance.choice([0.05, 0.1, 0.3])
    colours = colouring.columns(patterns(matrix))
    for row in matrix:
        assert len(set(colours[row])) == row.sum()


@pytest.mark.parametrize("seed", range(40))
def test_entries_of_a_hessian_are_told_apart(seed: int) -> None:
    """On one side of the diagonal an entry is the only one of its column's colour in its row."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(2, 25))
    matrix = chance.random((n, n)) < chance.choice([0.05, 0.1, 0.3])
    matrix |= matrix.T
    colours = colouring.star(patterns(matrix))
    for i, j in zip(*np.nonzero(matrix), strict=True):
        alone = sum(colours[matrix[i]] == colours[j]) == 1
        assert alone or (i != j and sum(colours[matrix[j]] == colours[i]) == 1)


def test_an_arrow_of_any_length_has_two_colours() -> None:
    n = 20_000
    starts = np.concatenate([[0, n], n + 2 * np.arange(1, n)])
    columns = np.concatenate([np.arange(n), np.stack([np.zeros(n - 1, int), np.arange(1, n)], 1).ravel()])
    assert colouring.star(Pattern(starts, columns, n)).max() == 1
