"""Patterns: equal to those made by hand, and never without an entry that is not 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dcalc.backends.derive import Request, derive
from dcalc.backends.sparse import Sparse
from dcalc.errors import DcalcError
from dcalc.graph.graph import Graph
from dcalc.sweeps import pattern as module
from dcalc.sweeps.sparsity import jacobian_pattern

from ..tools import problem_of

N = 7
ONES = [1.0] * N


def pattern(text: str, kind: str, wrt: str = "", **point: Any) -> np.ndarray:
    """The pattern as a matrix of 0 and 1, in all of the point's inputs or in those of `wrt`."""
    problem = problem_of(text, **point)
    variables = [one for one in problem.variables if not wrt or one.name in wrt]
    found = Sparse(problem.graph, problem.output, variables, kind)
    matrix = np.zeros(found.shape, int)
    np.add.at(matrix, (found.pattern.rows, found.pattern.columns), 1)
    assert matrix.max(initial=0) <= 1
    return matrix


def band(n: int, *offsets: int) -> np.ndarray:
    return sum((np.eye(n, k=k, dtype=int) for k in offsets), start=np.zeros((n, n), int))


ARROW = np.eye(N, dtype=int)
ARROW[0] = ARROW[:, 0] = 1
ARROW_BARE = ARROW.copy()
ARROW_BARE[1:, 1:] = 0
BLOCK = np.zeros((N, N), int)
BLOCK[:3, :3] = BLOCK[3:, 3:] = 1
ROSENBROCK = band(N, -1, 0, 1)

HESSIANS = [
    ("sum(x[1]*x^3)", ARROW),
    ("x[1]*sum(x)", ARROW_BARE),
    (f"sum(100*(x[2..{N}] - x[1..{N - 1}]^2)^2 + (1 - x[1..{N - 1}])^2)", ROSENBROCK),
    (f"sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2 for i in 1..{N - 1})", ROSENBROCK),
    (f"exp(sum(x[1..3])) + norm(x[4..{N}])", BLOCK),
    ("sum(x)", np.zeros((N, N), int)),
    ("sum(3*x + 1) + x[2]*5", np.zeros((N, N), int)),
    ("sum(sin(x))", np.eye(N, dtype=int)),
    ("sum(abs(x)) + sum(floor(x)*2) + max(x)", np.zeros((N, N), int)),
    ("sum(if(x > 0, x^2, 3*x))", np.eye(N, dtype=int)),
    (f"sum(if(x[2..{N}] > 0, x[1..{N - 1}]^2, x[2..{N}]*2))", np.diag([1] * (N - 1) + [0])),
    (f"sum(max(x[1..{N - 1}]^2, x[2..{N}]^2))", np.eye(N, dtype=int)),
    (f"dot(x[1..{N - 1}], x[2..{N}])", band(N, -1, 1)),
    ("sum(x/x[1])", ARROW_BARE),
]


@pytest.mark.parametrize(("text", "wanted"), HESSIANS, ids=[text for text, _ in HESSIANS])
def test_hessian_patterns(text: str, wanted: np.ndarray) -> None:
    assert (pattern(text, "hess", x=ONES) == wanted).all()


A, B, X, Y = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, 2.0], [3.0, 4.0, 5.0]
EYE3, EYE2 = np.eye(3, dtype=int), np.eye(2, dtype=int)
JACOBIANS = [
    ("sin(y)", "y", EYE3),
    ("y[1..2]*s", "ys", [[1, 0, 0, 1], [0, 1, 0, 1]]),
    ("[y[1]*y[2], y[3], 5]", "y", [[1, 1, 0], [0, 0, 1], [0, 0, 0]]),
    ("y > s", "ys", np.zeros((3, 4), int)),
    ("A @ x", "Ax", np.hstack([np.kron(EYE3, [[1, 1]]), np.ones((3, 2), int)])),
    ("A @ B", "A", np.kron(EYE3, np.ones((3, 2), int))),
    ("x @ B", "B", np.kron([[1, 1]], EYE3)),
    ("transpose(A)", "A", np.eye(6, dtype=int)[[0, 2, 4, 1, 3, 5]]),
    ("outer(x, y)", "xy", np.hstack([np.kron(EYE2, np.ones((3, 1), int)), np.kron([[1], [1]], EYE3)])),
    ("diag(x)", "x", [[1, 0], [0, 0], [0, 0], [0, 1]]),
    ("diag(reshape(concat(x, x^2), 2, 2))", "x", EYE2),
    ("sum(A, axis=1)", "A", np.kron([[1, 1, 1]], EYE2)),
    ("max(A, axis=2)", "A", np.kron(EYE3, [[1, 1]])),
    ("stack(x, x^2)", "x", np.kron([[1], [1]], EYE2)),
    ("concat(A, A[1..1], axis=1)", "A", np.eye(6, dtype=int)[[0, 1, 2, 3, 4, 5, 0, 1]]),
    ("A[2..3, 2]", "A", np.eye(6, dtype=int)[[3, 5]]),
    ("A*x", "x", np.kron([[1], [1], [1]], EYE2)),
    ("norm(y)", "y", [[1, 1, 1]]),
    ("solve([[1, 2], [3, 4]], x)", "x", np.ones((2, 2), int)),
    ("x", "x", EYE2),
]
POINT = {"A": A, "B": B, "x": X, "y": Y, "s": 2.0}


@pytest.mark.parametrize(("text", "wrt", "wanted"), JACOBIANS, ids=[text for text, *_ in JACOBIANS])
def test_jacobian_patterns(text: str, wrt: str, wanted: Any) -> None:
    assert pattern(text, "jac", wrt, **POINT).tolist() == np.asarray(wanted).tolist()


def test_placed_numbers() -> None:
    graph = Graph()
    x = graph.input("x", (2,))
    node = graph.emit("place", (graph.emit("exp", (x,)),), ((1, (0, 2)), (2, 3)))
    found = jacobian_pattern(graph, [node], [x])
    assert (found.rows.tolist(), found.columns.tolist(), found.height) == ([3, 4], [0, 1], 6)


def test_what_is_cut_off_is_constant() -> None:
    """Inputs that are not among the leaves have no columns."""
    assert pattern("x*y + z", "jac", "y", x=1.0, y=2.0, z=3.0).tolist() == [[1]]


def test_long_sums_are_not_written_out() -> None:
    """A chain of n sums of numbers keeps unions: each would else hold all that came before."""
    n = 3000
    graph = Graph()
    leaves = [graph.input(f"x{k}") for k in range(n)]
    total = leaves[0]
    for leaf in leaves[1:]:
        total = graph.emit("+", (total, leaf))
    found = jacobian_pattern(graph, [total, leaves[5]], leaves)
    assert found.columns.tolist() == [*range(n), 5]


def test_a_band_stays_a_band() -> None:
    n = 100_000
    text = f"sum(100*(x[2..{n}] - x[1..{n - 1}]^2)^2 + (1 - x[1..{n - 1}])^2)"
    problem = problem_of(text, x=np.ones(n))
    found = Sparse(problem.graph, problem.output, problem.variables, "hess")
    assert (len(found.pattern.columns), found.way.total) == (3 * n - 2, 3)


def test_what_is_not_sparse_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENTRIES", 1000)
    problem = problem_of("exp(sum(x))", x=[1.0] * 40)
    with pytest.raises(DcalcError, match="not sparse") as caught:
        Sparse(problem.graph, problem.output, problem.variables, "hess")
    assert caught.value.kind == "limit"


@pytest.mark.parametrize(
    "text",
    [
        "sum(prod(A, axis=2)) + det(A)*s",
        "sum(inv(A) @ x)*s",
        "logsumexp(A[1, :]) + sum(softmax(x)*x)",
        "max(A)*min(x) + norm(x - A[2, :])",
        "sum(if(A > s, A^s, exp(A)))",
        "tr(A @ A) + mean(outer(x, x) @ x)",
    ],
)
def test_nothing_is_missing(text: str) -> None:
    point = {"A": [[2.0, 0.5, 1.0], [0.25, 3.0, 1.0], [0.5, 1.0, 1.5]], "x": [0.5, 1.25, 2.0], "s": 1.7}
    problem = problem_of(text, **point)
    names = [variable.name for variable in problem.variables]
    dense = np.asarray(derive(problem, Request("hess")).entries[0])
    found = pattern(text, "hess", **{name: point[name] for name in names})
    assert (found >= (dense != 0)).all()


def test_symmetric_patterns() -> None:
    chance = np.random.default_rng(3)
    for _ in range(60):
        matrix = chance.random((6, 6)) < 0.25
        rows, columns = np.nonzero(matrix)
        found = module.Pattern(np.searchsorted(rows, np.arange(7)), columns, 6).symmetric
        whole = np.zeros((6, 6), bool)
        whole[found.rows, found.columns] = True
        assert (whole == (matrix | matrix.T)).all() and len(found.columns) == whole.sum()


def test_a_long_chain_in_few_inputs_is_written_out_as_it_goes(monkeypatch):
    """The dense Hessian of a product of many factors: no chain of unions, which would be walked for every component."""
    monkeypatch.setattr("dcalc.sweeps.sparsity.Union", None)
    text = "*".join(f"(1 + x{k % 50}/{k + 10}^2)" for k in range(200))
    found = pattern(text, "hess", **{f"x{k}": 0.5 for k in range(50)})
    assert found.shape == (50, 50) and found.all()
