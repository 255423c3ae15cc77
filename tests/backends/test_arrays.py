"""Arrays through every backend: agreement, shapes, kinks by component, limits, and programs followed at a point."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dcalc.backends.agree import compare
from dcalc.backends.derive import Request, derive
from dcalc.errors import DcalcError

from ..tools import problem_of

X = [0.5, -1.25, 2.0]
A = [[2.0, 0.5, -1.0], [0.25, 3.0, 1.0], [-0.5, 1.0, 1.5]]
W = [[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]]

NUMBERS = [
    ("sum(x^2)", {"x": X}),
    ("transpose(x) @ A @ x", {"x": X, "A": A}),
    ("sum(tanh(W @ x + b)^2)", {"W": W, "x": X, "b": [0.1, -0.2]}),
    ("log(det(A))", {"A": A}),
    ("tr(inv(A) @ A @ A)", {"A": A}),
    ("sum(solve(A, x))", {"A": A, "x": X}),
    ("norm(x - A[2, :])", {"x": X, "A": A}),
    ("max(A) + min(x)", {"A": A, "x": X}),
    ("sum(max(A, axis=1)*min(A, axis=2))", {"A": A}),
    ("prod(x)", {"x": X}),
    ("prod(x)", {"x": [0.0, 2.0, 3.0, 0.0, 1.0]}),
    ("sum(prod(A, axis=2))", {"A": A}),
    ("logsumexp(A[1, :]) + sum(softmax(x)*x)", {"A": A, "x": X}),
    ("sum(softmax(A, axis=2)[:, 1])", {"A": A}),
    ("mean(outer(x, x) @ x)", {"x": X}),
    ("sum(concat(x, A[1])*concat(x[2..3], [1, 2, 3, 4]))", {"x": X, "A": A}),
    ("sum(stack(x, x^2) @ A)", {"x": X, "A": A}),
    ("sum(reshape(A, 9)[2..7]^2)", {"A": A}),
    ("dot(x, diag(A)) + tr(diag(x) @ A)", {"x": X, "A": A}),
    ("sum([x[i]^i for i in 1..3])", {"x": X}),
    ("sum(x[i]*A[i, j] for i in 1..3 for j in i..3)", {"x": X, "A": A}),
    ("sum(if(x > 0, sqrt(x), x^2))", {"x": X}),
    ("sum(relu(A)*leaky_relu(x))", {"x": X, "A": A}),
    ("sum(linspace(0, 1, 3)*x^2 + eye(3) @ x + zeros(3) + ones(3))", {"x": X}),
    ("s*sum(A/t)", {"s": 2.0, "t": 4.0, "A": A}),
]
ARRAYS = [
    ("A @ x", {"A": A, "x": X}),
    ("W*x", {"W": W, "x": X}),
    ("sum(A, axis=1)", {"A": A}),
    ("inv(A)", {"A": A}),
    ("softmax(x)", {"x": X}),
    ("[x[1]*s, x[2]/s]", {"x": X, "s": 3.0}),
    ("transpose(W) @ W", {"W": W}),
]


@pytest.mark.parametrize(("text", "point"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_backends_agree_on_gradients(text: str, point: dict[str, Any]) -> None:
    found = compare(problem_of(text, **point), Request("grad", "all"))
    assert not found.disagreements
    assert found.largest < 1e-5
    assert {answer.backend for answer in found.answers} == {"fd", "forward", "reverse", "symbolic"}


@pytest.mark.parametrize(("text", "point"), ARRAYS, ids=[text for text, _ in ARRAYS])
def test_backends_agree_on_jacobians(text: str, point: dict[str, Any]) -> None:
    asked = problem_of(text, **point)
    found = compare(asked, Request("jac", "all"))
    assert not found.disagreements
    (matrix,) = found.answers[1].entries
    assert np.shape(matrix) == (asked.m, asked.n)


@pytest.mark.parametrize(("text", "point"), [*NUMBERS[:8], *ARRAYS[:5]], ids=lambda v: v if isinstance(v, str) else "")
def test_backends_agree_on_hessians(text: str, point: dict[str, Any]) -> None:
    asked = problem_of(text, **point)
    found = compare(asked, Request("hess", "all"))
    assert not found.disagreements
    tensor = np.array(found.answers[1].entries)
    assert tensor.shape == (asked.m, asked.n, asked.n)
    np.testing.assert_allclose(tensor, tensor.transpose(0, 2, 1), rtol=1e-9, atol=1e-9)


def test_known_gradients() -> None:
    def grad(text: str, **point: Any) -> list[float]:
        return list(derive(problem_of(text, **point), Request("grad")).entries[0][0])

    x, a = np.array(X), np.array(A)
    assert grad("x @ A @ x", x=X, A=A)[:3] == pytest.approx((a + a.T) @ x)
    assert grad("x @ A @ x", x=X, A=A)[3:] == pytest.approx(np.outer(x, x).ravel())
    assert grad("log(det(A))", A=A) == pytest.approx(np.linalg.inv(a).T.ravel())
    assert grad("prod(x)", x=[1.0, 2.0, 3.0, 4.0]) == [24.0, 12.0, 8.0, 6.0]
    assert grad("prod(x)", x=[1.0, 0.0, 3.0, 4.0]) == [0.0, 12.0, 0.0, 0.0]
    assert grad("max(x)", x=[1.0, 3.0, 3.0]) == [0.0, 0.0, 1.0]
    assert grad("norm(x)", x=[0.0, 0.0]) == [0.0, 0.0]
    assert grad("norm(x)", x=[3.0, 4.0]) == pytest.approx([0.6, 0.8])


def test_kinks_are_told_by_component() -> None:
    answer = derive(problem_of("sum(relu(x))", x=[1.0, 0.0, -1.0]), Request("grad"))
    (note,) = answer.notes
    assert note.kind == "kink" and "relu(x) has a kink here at [2]" in note.message
    assert "d/dx[2]: left 0, right 1" in note.message
    assert list(answer.entries[0][0]) == [1.0, 1.0, 0.0]
    for side, expected in (("left", [1.0, 0.0, 0.0]), ("right", [1.0, 1.0, 0.0]), ("mean", [1.0, 0.5, 0.0])):
        request = Request("grad", at_kink=side)
        assert list(derive(problem_of("sum(relu(x))", x=[1.0, 0.0, -1.0]), request).entries[0][0]) == expected


def test_a_tie_of_a_maximum_has_both_sides() -> None:
    answer = derive(problem_of("max(x)", x=[2.0, 1.0, 2.0]), Request("grad", at_kink="right"))
    assert list(answer.entries[0][0]) == [1.0, 0.0, 1.0]
    assert (
        list(derive(problem_of("max(x)", x=[2.0, 1.0, 2.0]), Request("grad", at_kink="left")).entries[0][0])
        == [0.0] * 3
    )


def test_a_norm_at_zero_is_a_kink() -> None:
    answer = derive(
        problem_of("norm(y - W @ x)", y=[3.0, 7.0], W=[[1.0, 2.0], [3.0, 4.0]], x=[1.0, 1.0]), Request("grad")
    )
    assert any(note.kind == "kink" for note in answer.notes)
    assert not any(answer.entries[0][0])


def test_an_infinite_component_costs_the_others_nothing() -> None:
    answer = derive(problem_of("sum(sqrt(x))", x=[0.0, 4.0]), Request("grad"))
    assert list(answer.entries[0][0]) == [math.inf, 0.25]
    assert any("d/dx[1] is inf" in note.message for note in answer.notes)


def test_values_that_are_not_finite_are_told_by_component() -> None:
    with pytest.raises(DcalcError, match="component 2"):
        derive(problem_of("sum(log(x))", x=[1.0, -1.0]), Request("grad"))
    with pytest.raises(DcalcError) as caught:
        derive(problem_of("sum(inv(A))", A=[[1.0, 2.0], [2.0, 4.0]]), Request("grad"))
    assert caught.value.kind == "domain"


def test_a_derivative_of_too_many_numbers_is_refused() -> None:
    with pytest.raises(DcalcError) as caught:
        derive(problem_of("outer(x, x)", x=np.ones(500)), Request("jac"))
    assert caught.value.kind == "limit" and "250000 x 500" in caught.value.message


def test_a_large_gradient_is_one_sweep() -> None:
    """A million weights; the numbers stay views of an array."""
    width = 1000
    rng = np.random.default_rng(1)
    w, x = rng.normal(size=(width, width)), rng.normal(size=width)
    answer = derive(problem_of("sum(relu(W @ x)^2)", W=w, x=x), Request("grad"))
    row = answer.entries[0][0]
    assert len(row) == width * width + width
    z = w @ x
    np.testing.assert_allclose(
        np.asarray(row)[: width * width].reshape(width, width), 2 * np.outer(np.maximum(z, 0), x)
    )
    assert answer.work.startswith("1 reverse pass")


def test_a_kink_of_one_component_leaves_the_others_to_finite_differences() -> None:
    found = compare(problem_of("sum(abs(x))", x=[-1.0, 0.0, 2.0]), Request("grad", "all"))
    assert found.apart == ["d/dx[2]"] and not found.disagreements


def test_finite_differences_beyond_a_pole_are_no_agreement() -> None:
    """log(det(A)) nearly at its pole: the steps reach over it."""
    found = compare(problem_of("log(det(A))", A=[[1.0, 2.0], [2.0, 4.0000000000001]]), Request("grad", "all"))
    assert len(found.apart) == 4 and found.largest < 1e-2


@pytest.mark.parametrize("name", ["fd", "forward", "all"])
def test_a_million_inputs_are_for_reverse_mode(name: str) -> None:
    asked = problem_of("sum(tanh(W))", W=np.ones((1000, 1000)))
    with pytest.raises(DcalcError) as caught:
        compare(asked, Request("grad", name)) if name == "all" else derive(asked, Request("grad", name))
    assert caught.value.kind == "limit" and caught.value.hint is not None and "reverse" in caught.value.hint


def test_components_that_are_not_finite_are_told_once_they_are_many() -> None:
    answer = derive(problem_of("sum(sqrt(x))", x=[0.0] * 30), Request("grad"))
    words = [note.message for note in answer.notes if note.kind == "non-finite"]
    assert len(words) == 9 and words[-1] == "22 more components are not finite"
