"""Long comprehensions over a range are lowered together: the same function as written out, of a few nodes."""

from __future__ import annotations

import numpy as np
import pytest

import dcalc
from dcalc.graph import together

N = 9
X = np.linspace(0.3, 1.7, N + 2)

#: Bodies that become arrays.
ALIKE = [
    "sum((1-x[i])^2 + 100*(x[i+1]-x[i]^2)^2 for i in 1..9)",
    "sum(i*sin(x[i])/(i+1) for i in 1..9)",
    "sum(x[i]^i for i in 1..9)",
    "sum(x[i-1]*x[i+1] for i in 2..10)",
    "sum(a*x[1+i] for i in 3..9)",
    "f(u, v) = u*exp(-v^2); sum(f(x[i], x[i+1]) for i in 1..9)",
    "y = x*2; sum(y[i]*x[i] for i in 1..9)",
    "max([abs(x[i] - a) for i in 1..9])",
    "mean([log(x[i]) for i in 1..9])",
    "prod([x[i] for i in 1..9])",
    "logsumexp([x[i] for i in 1..9])",
    "sum(if(x[i] > 1, sqrt(x[i] - 1), a) for i in 1..9)",
    "sum(if(i > 4, x[i], x[i]^2) for i in 1..9)",
    "A = [x, 2*x]; sum(A[2,i]*A[1,i+1] for i in 1..9)",
    "A = transpose([x, 2*x]); sum(A[i,2]*A[i,1] for i in 1..9)",
    "sum(a for i in 1..9) + x[1]",
    "v = [x[i]^2 for i in 1..9]; v[3]*v[4]",
    "sum(clip(x[i], 0.5, 1) for i in 1..9)",
]
#: Bodies that are written out.
OTHER = [
    "sum(x[2*i] for i in 1..5)",
    "sum(x[12-i]*i for i in 1..9)",
    "sum(if(i > 1, x[i-1], 0) for i in 1..9)",
    "sum(sum(x[j] for j in 1..i) for i in 1..9)",
    "sum(prod([x[i], x[i+1]]) for i in 1..9)",
    "sum(x[i]*x[j] for i in 1..9 for j in 1..9)",
    "sum(x[i..i+1] @ x[i..i+1] for i in 1..9)",
    "sum(diff(x[i]^2*a, a) for i in 1..9)",
]


def nodes(text, monkeypatch, least):
    monkeypatch.setattr(together, "LEAST", least)
    prepared = dcalc.function(text)._prepare({"x": X, "a": 1.1})
    return len(prepared.graph.reachable([prepared.output]))


@pytest.mark.parametrize("text", [*ALIKE, *OTHER])
def test_the_same_function(text, monkeypatch):
    answers, notes = [], []
    for least in (10**9, 4):
        monkeypatch.setattr(together, "LEAST", least)
        function = dcalc.function(text)
        first = function.grad(x=X, a=1.1)
        second = function.hess(x=X, a=1.1)
        answers.append([first.value, *first["x"], first["a"], *np.ravel(second["x", "x"])])
        notes.append([note.kind for note in first.notes])
    assert answers[1] == pytest.approx(answers[0], rel=1e-12, abs=1e-13)
    assert notes[0] == notes[1]


@pytest.mark.parametrize("text", ALIKE)
def test_few_nodes(text, monkeypatch):
    assert nodes(text, monkeypatch, 4) <= (34 if "prod" in text or "^i" in text or "i*" in text else 22)


def test_vectors(monkeypatch):
    text = "[x[i+1] - x[i]^2 for i in 1..9]"
    answers = []
    for least in (10**9, 4):
        monkeypatch.setattr(together, "LEAST", least)
        function = dcalc.function(text)
        found = function.jac(x=X)
        answers.append([*function(x=X), *np.ravel(found["x"])])
    assert answers[1] == pytest.approx(answers[0])
    by_hand = np.diag(-2 * X[:N], 0)[:, :N]
    assert np.ravel(found["x"]).reshape(N, N + 2)[:, :N] == pytest.approx(by_hand + np.diag(np.ones(N - 1), 1))


def test_kinks_and_failures_are_told(monkeypatch):
    monkeypatch.setattr(together, "LEAST", 4)
    point = X.copy()
    point[3] = 1.0
    answer = dcalc.function("sum(abs(x[i] - 1) for i in 1..9)").grad(x=point)
    (note,) = answer.notes
    assert note.kind == "kink"
    assert answer["x"][3] == 0
    with pytest.raises(dcalc.DcalcError, match=r"log\(-1.7\) is not defined, at component 1"):
        dcalc.function("sum(log(x[i] - 2) for i in 1..9)")(x=point)
    with pytest.raises(dcalc.DcalcError, match="a subscript from 1 to 11 belongs here"):
        dcalc.function("sum(x[i] for i in 1..12)")(x=X)


def test_a_hundred_thousand(monkeypatch):
    x = np.random.default_rng(0).standard_normal(100_001)
    function = dcalc.function("sum((1-x[i])^2 + 100*(x[i+1]-x[i]^2)^2 for i in 1..100000)")
    answer = function.grad(x=x)
    a, b = x[:-1], x[1:]
    expected = np.zeros_like(x)
    expected[:-1] = -2 * (1 - a) - 400 * a * (b - a * a)
    expected[1:] += 200 * (b - a * a)
    assert answer.value == pytest.approx(np.sum((1 - a) ** 2 + 100 * (b - a * a) ** 2), rel=1e-12)
    np.testing.assert_allclose(answer["x"], expected, rtol=1e-11, atol=1e-10)
    assert len(function._prepare({"x": x}).graph) < 100


def test_a_short_one_is_written_out():
    assert str(dcalc.function("x: 3; sum(x[i]^2 for i in 1..3)").diff("x")) == "2*x"
    prepared = dcalc.function("sum(x[i]^2 for i in 1..3)")._prepare({"x": X})
    graph = prepared.graph
    assert [graph.ops[node] for node in graph.reachable([prepared.output])].count("^") == 3
