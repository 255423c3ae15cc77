"""Lowering of arrays: what reductions, products, subscripts and constructors become, and which shapes are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dcalc.errors import DcalcError
from dcalc.render.errors import render

from ..tools import graph_of, value_of

A = np.array([[1.0, -2.0, 3.0], [4.0, 0.5, -6.0]])
S = np.array([[2.0, 1.0], [1.0, 3.0]])
V = np.array([1.0, -2.0, 3.0])
POINT: dict[str, Any] = {"A": A, "S": S, "v": V, "x": 2.0, "y": -1.5}


def refused(text: str) -> DcalcError:
    with pytest.raises(DcalcError) as caught:
        graph_of(text, {**POINT})
    return caught.value


def places(error: DcalcError) -> list[str]:
    """The texts that the carets mark."""
    assert error.source is not None and error.span is not None
    return [error.source.text[slice(*span)] for span in (error.span, *error.also)]


def lse(u: Any, axis: int | None = None) -> Any:
    return np.log(np.sum(np.exp(u), axis=axis))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # reductions
        ("sum(A)", A.sum()),
        ("sum(A, axis=1)", A.sum(axis=0)),
        ("sum(A, axis=2)", A.sum(axis=1)),
        ("sum(v, axis=1)", V.sum()),
        ("max(A, axis=2)", A.max(axis=1)),
        ("min(A)", A.min()),
        ("norm(A)", np.linalg.norm(A)),
        ("norm(A, axis=1)", np.linalg.norm(A, axis=0)),
        ("norm([3, x*2])", 5),
        ("norm(y)", 1.5),
        ("sum(3) + max(x) + mean(y) + prod(4)", 3 + 2 - 1.5 + 4),
        ("logsumexp(A, axis=2)", lse(A, 1)),
        ("mean(A)", A.mean()),
        ("mean(A, axis=1)", A.mean(axis=0)),
        ("mean([x, y])", 0.25),
        ("prod(A)", A.prod()),
        ("prod(A, axis=1)", A.prod(axis=0)),
        ("prod(A, axis=2)", A.prod(axis=1)),
        ("prod(v)", V.prod()),
        ("prod([x, y, 3])", -9),
        ("softmax(v)", np.exp(V) / np.exp(V).sum()),
        ("softmax(A, axis=2)", np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)),
        ("softmax([x, y])", np.exp([2, -1.5]) / np.exp([2, -1.5]).sum()),
        ("softmax(x)", 1),
        ("sum(x > 0)", 1),
        ("sum([v > 0])", 2),
        ("max(v, 0)", np.maximum(V, 0)),
        ("max(A, v, 1)", np.maximum(np.maximum(A, V), 1)),
        ("sum(1..4)", 10),
        ("sum(v[i]^2 for i in 1..3)", (V**2).sum()),
        # products
        ("A @ v", A @ V),
        ("v @ v", V @ V),
        ("dot(A, v)", A @ V),
        ("transpose(A) @ S", A.T @ S),
        ("transpose(v)", V),
        ("outer(v, [x, y])", np.outer(V, [2, -1.5])),
        ("tr(S) + det(S)", 5 + 5),
        ("inv(S) @ S", np.eye(2)),
        ("solve(S, [1, 2])", np.linalg.solve(S, [1, 2])),
        ("diag(S)", [2, 3]),
        ("diag(v)", np.diag(V)),
        # elementwise with broadcasting
        ("A + v", A + V),
        ("2*A - A/x", 2 * A - A / 2),
        ("A^2", A**2),
        ("reshape(v, 3, 1)*[1, 2]", V[:, None] * [1, 2]),
        ("if(A > 0, A, 0)", np.maximum(A, 0)),
        ("clip(v, -1, 1)", np.clip(V, -1, 1)),
        # subscripts
        ("v[2]", -2),
        ("v[2..3]", V[1:3]),
        ("A[2]", A[1]),
        ("A[2, 3]", -6),
        ("A[:, 1]", A[:, 0]),
        ("A[1, :]", A[0]),
        ("A[:, 2..3]", A[:, 1:3]),
        ("A[2, 1..2]", A[1, :2]),
        ("A[1 + 1][len(v)]", -6),
        ("[x, y, 3][2..3]", [-1.5, 3]),
        ("[[x, y], [1, 2]][2, 1]", 1),
        ("[[x, y], [1, 2]][:, 2]", [-1.5, 2]),
        # made and reshaped
        ("[[1, 2], [x, y]]", [[1, 2], [2, -1.5]]),
        ("[v, 2*v]", [V, 2 * V]),
        ("concat(v, [x])", [*V, 2]),
        ("concat(A, A)", np.concatenate([A, A])),
        ("concat(A, S, axis=2)", np.concatenate([A, S], axis=1)),
        ("concat([x], [y, 1])", [2, -1.5, 1]),
        ("stack(v, v)", [V, V]),
        ("reshape(A, 3, 2)", A.reshape(3, 2)),
        ("reshape(A, 6)", A.ravel()),
        ("reshape(x, 1, 1)", [[2]]),
        ("eye(2)*x", 2 * np.eye(2)),
        ("zeros(2, 3) + ones(3)", np.ones((2, 3))),
        ("linspace(0, 1, 5)", [0, 0.25, 0.5, 0.75, 1]),
        ("linspace(x, y, 3)", [2, 0.25, -1.5]),
        ("linspace(x, y, 1)", [2]),
        ("len(A) + len(v)", 5),
        ("concat(2..4, [x])", [2, 3, 4, 2]),
        # comprehensions
        ("[x*k for k in 1..3]", [2, 4, 6]),
        ("[sum(row) for row in A]", A.sum(axis=1)),
        ("[i*j for i in 1..3 for j in 1..i]", [1, 2, 4, 3, 6, 9]),
        ("[k*u for k in 1..2 for u in v]", [*V, *(2 * V)]),
        ("[[i + j for i in 1..2] for j in 1..2]", [[2, 3], [3, 4]]),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert value_of(text, **POINT) == pytest.approx(np.asarray(value), rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("sum([x, y, z])", ["+", "+"]),
        ("prod([x, y, z])", ["*", "*"]),
        ("max([x, y, z])", ["max", "max"]),
        ("logsumexp([x, y])", ["logsumexp"]),
        ("sum(k*x for k in 1..2)", ["*", "*", "+"]),
        ("norm([x, y])", ["norm[]", "vector"]),
        ("sum([v, v])", ["sum[]", "vector"]),
        ("sum(A)", ["sum[]"]),
        ("x*[1, 2]", ["*", "vector"]),
        ("(v + 1)[2]", ["+", "index"]),
        ("[x, y][2]", []),
    ],
)
def test_operations(text: str, operations: list[str]) -> None:
    lowered = graph_of(text, {"A": A, "v": V})
    graph = lowered.graph
    assert lowered.output is not None
    made = [graph.ops[node] for node in graph.reachable([lowered.output])]
    assert sorted(op for op in made if op not in ("input", "const")) == sorted(operations)


def test_constants_in_arrays_are_exact() -> None:
    lowered = graph_of("sum(k for k in 1..10)/11 + linspace(0, 1, 4)[2]*3")
    assert lowered.output is not None
    assert lowered.graph.attrs[lowered.output] == 6


def test_a_product_is_made_of_few_nodes() -> None:
    assert len(graph_of("prod(u)", {"u": np.ones(1000)}).graph) < 60


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("[1, 2] @ [[1, 2, 3]]", "2 components against 1 row", ["[1, 2]", "[[1, 2, 3]]"]),
        ("1 + v*[1, 2]", "a vector of 3 and a vector of 2 do not fit", ["v", "[1, 2]"]),
        ("max(v, 4, [1, 2])", "a vector of 3 and a vector of 2", ["v", "[1, 2]"]),
        ("clip(v, 0, [1, 2])", "a vector of 3 and a vector of 2", ["v", "[1, 2]"]),
        ("if(v > 0, [1, 2], 0)", "a vector of 3 and a vector of 2", ["v > 0", "[1, 2]"]),
        ("[[1, 2], [3]]", "a vector of 2 beside a vector of 1", ["[1, 2]", "[3]"]),
        ("dot(v, S)", "3 components against 2 rows", ["v", "S"]),
        ("x @ v", "this is a number", ["x"]),
        ("det(A)", "det takes a square matrix, this is a 2x3 matrix", ["A"]),
        ("tr(v)", "tr takes a square matrix, this is a vector of 3", ["v"]),
        ("det(x)", "this is a number", ["x"]),
        ("solve(S, v)", "solve of a 2x2 matrix and a vector of 3", ["S", "v"]),
        ("outer(A, v)", "outer takes two vectors", ["A"]),
        ("concat(v, A)", "concat of a vector of 3 and a 2x3 matrix", ["v", "A"]),
        ("concat(v, x)", "concat takes arrays", ["x"]),
        ("stack(v, S)", "a vector of 3 beside a 2x2 matrix", ["v", "S"]),
        ("reshape(A, 4, 2)", "has 6 numbers, a 4x2 matrix has 8", ["A"]),
        ("sum(A, axis=0)", "axes count from 1", ["0"]),
        ("sum(A, axis=3)", "has the axes 1 to 2, not 3", ["3"]),
        ("sum(v, axis=2)", "has one axis, not 2", ["2"]),
        ("sum(x, axis=1)", "a number has no axes", ["1"]),
        ("sum(A, axis=x > 1)", "no value", ["x > 1"]),
        ("A[3, 1]", "a subscript from 1 to 2", ["3"]),
        ("A[1, 2..4]", "a subscript from 1 to 3", ["2..4"]),
        ("A[1, 3..2]", "3..2 is empty", ["3..2"]),
        ("A[1, 1, 1]", "has 2 subscripts, not 3", ["A[1, 1, 1]"]),
        ("v[1.5]", "a subscript from 1 to 3", ["1.5"]),
        ("v[v]", "a subscript from 1 to 3", ["v"]),
        ("2*x[1]", "is a number and has no components", ["x[1]"]),
        ("sum(3..1)", "3..1 is empty", ["3..1"]),
        ("sum(1..10^9)", "more than can be written out", ["1..10^9"]),
        ("[k for k in 3..1]", "this vector is empty", ["[k for k in 3..1]"]),
        ("[k for k in x]", "a loop runs over a range or an array", ["x"]),
        ("zeros(0)", "a length is at least 1", ["0"]),
        ("eye(1.5)", "a whole number belongs here", ["1.5"]),
        ("linspace(v, 1, 2)", "linspace goes between numbers", ["v"]),
        ("len(x)", "a number has no length", ["x"]),
        ("eye(100000)", "more than", ["eye(100000)"]),
    ],
)
def test_shapes_that_do_not_fit(text: str, message: str, where: list[str]) -> None:
    error = refused(text)
    assert message in error.message
    assert places(error) == where


@pytest.mark.parametrize("text", ["sum(A, 1)", "sum()", "mean(A, 2)", "sin(x, axis=1)", "max(A, v, axis=1)", "prod()",
                                  "elu(x, slope=2)", "reshape(A)", "eye(2, 3)", "dot(v)", "len(A, 1)"])  # fmt: skip
def test_arity(text: str) -> None:
    assert refused(text).kind == "arity"


def test_named_parameters() -> None:
    assert value_of("elu(x, alpha=2)", x=-1.0) == pytest.approx(2 * np.expm1(-1))
    assert value_of("leaky_relu(x, slope=0.5)", x=-1.0) == -0.5
    assert value_of("f(x, n) = x^n; f(3, n=2)") == 9


def test_a_shape_error_has_carets_under_both_operands() -> None:
    lines = render(refused("2 * ([1, 2] @ v)")).split("\n")
    assert lines[1:3] == ["  2 * ([1, 2] @ v)", "       ^^^^^^   ^"]
    lines = render(refused("a = [1,\n2]\nmax(a, v)")).split("\n")
    assert lines[1:3] == ["  max(a, v)", "      ^  ^"]


def test_a_number_in_the_place_of_an_array_has_a_hint() -> None:
    for text in ("q[1]", "q @ v", "len(q)", "concat(q, v)", "[1 for k in q]"):
        assert "--at q=[…]" in (refused(text).hint or "")
        assert "q: 3" in (refused(text).hint or "")


# ---- declared shapes


def test_declared_shapes() -> None:
    lowered = graph_of("W: 3x2; b: 3; W @ [x, y] + b")
    assert lowered.output is not None
    assert lowered.graph.shapes[lowered.output] == (3,)
    assert lowered.names.declared == {"W": (3, 2), "b": (3,)}
    assert value_of("W: 2; W = [1, x]; W[2]", x=3.0) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A: 3x2; sum(A)", "declared as a 3x2 matrix, but its value is a 2x3 matrix"),
        ("v: 2; v", "declared as a vector of 2, but its value is a vector of 3"),
        ("q*2; q: 3; q", "after it was used as a number"),
        ("q: 3; q = [1, 2]; q", "was declared as a vector of 3, this is a vector of 2"),
        ("f(u) = { q: 3; u }; f(1)", "not declared inside of a block"),
    ],
)
def test_declarations_that_do_not_fit(text: str, message: str) -> None:
    assert message in refused(text).message
