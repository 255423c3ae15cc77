"""Loops as nodes against the same loops written out: values, gradients, Hessians, kinks, sides, on random bodies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.backends.derive import Request, derive
from dcalc.backends.problem import Problem, variable
from dcalc.errors import DcalcError
from dcalc.evaluate.engines import unavailable, using
from dcalc.graph import for_loops
from dcalc.graph.graph import check
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, source
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.kinks import bends
from dcalc.sweeps.loops import bound

ENGINES = ["scalar", "llvm"] if not unavailable() else ["scalar"]


@pytest.fixture(autouse=True)
def all_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(for_loops, "LEAST_ROUNDS", 2)
    monkeypatch.setattr(for_loops, "LEAST_WORK", 0)


def problem_of(text: str, point: dict[str, object], *, nodes: bool) -> Problem:
    where = source(text)
    values = {name: np.array(one, dtype=float) if isinstance(one, list) else float(one) for name, one in point.items()}
    shapes = {name: one.shape if isinstance(one, np.ndarray) else () for name, one in values.items()}
    lowered = lower(parse(where), where, shapes=shapes, loop_nodes=nodes, differentiate=derivative, bends=bends)
    assert lowered.output is not None
    check(lowered.graph)
    assert nodes or not lowered.graph.looping
    leaves = inputs_of(lowered.graph, [lowered.output])
    variables = tuple(variable(lowered.graph, leaf) for leaf in sorted(leaves, key=lambda n: lowered.graph.attrs[n]))
    return Problem(lowered.graph, lowered.output, variables, values)


def answers(text: str, point: dict[str, object], kind: str, backend: str, at_kink: str = "lecture"):
    found = []
    for nodes in (True, False):
        problem = problem_of(text, point, nodes=nodes)
        try:
            answer = derive(problem, Request(kind, backend, at_kink=at_kink))
            found.append((answer.value, answer.entries, sorted({n.kind for n in answer.notes})))
        except DcalcError as failure:
            found.append((failure.kind, failure.message.split(" (in round")[0], failure.span))
    return found


def agree(text: str, point: dict[str, object], kind: str, backend: str, at_kink: str = "lecture") -> None:
    mine, expected = answers(text, point, kind, backend, at_kink)
    if isinstance(expected[0], str):
        assert mine == expected
        return
    np.testing.assert_allclose(mine[0], expected[0], rtol=1e-12, atol=1e-300)
    a, b = np.array(mine[1], dtype=float), np.array(expected[1], dtype=float)
    finite = b[np.isfinite(b)]
    scale = max(np.abs(finite), default=0.0)
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * scale)
    assert mine[2] == expected[2]


PROGRAMS = [
    ("l = 0.5; for k in 1..9 { l = r*l*(1-l) }; l", {"r": 2.8}),
    ("l = x; m = y; for k in 1..7 { t = l; l = sin(m) + k*t; m = t*m/(1+t^2) }; l*m", {"x": 0.3, "y": 0.7}),
    ("s = 0; p = 1; for k in 1..8 { s = s + x^k/k; p = p*(1 + x/k) }; s + p", {"x": 0.4}),
    (
        "v = [x, y, 1]; for k in 1..6 { v = [[0.1, 0.2, 0], [0, 0.5, x], [0.3, 0, 0.4]] @ v + k*v^2/20 }; sum(v)",
        {"x": 0.3, "y": -0.2},
    ),
    ("s = 0; for i in 1..6 { t = x; for j in 1..5 { t = t*y + i/j }; s = s + sin(t) }; s", {"x": 0.3, "y": 0.4}),
    ("s = x; for k in 1..6 { s = if(s > 1, s/2, s*y + 0.7) }; s", {"x": 0.3, "y": 1.4}),
    ("s = x; for k in 1..6 { if s > 1 { s = s/2 } else { s = s*y + 0.7; s = s^2 } }; s", {"x": 0.3, "y": 1.4}),
    ("s = 1; for k in 1..6 { s = x*y + k }; s", {"x": 0.3, "y": 1.4}),
    ("s = x; for k in 1..6 { t = y*k }; s + t", {"x": 0.3, "y": 1.4}),
    ("f(a) = { s = a; for k in 1..6 { s = cos(s)*a }; s }; f(x)*f(y)", {"x": 0.3, "y": 1.4}),
    ("f(a) = { s = a; for k in 1..6 { s = cos(s)*a }; s }; f'(x)", {"x": 0.3}),
    ("s = sum(v); for k in 1..5 { s = s*v[2] + sum(v^2)/k }; s", {"v": [0.1, 0.5, 0.9]}),
    ("w = v; for k in 1..5 { w = w*v + [w[2], w[3], w[1]]/k }; w @ v", {"v": [0.1, 0.5, 0.9]}),
    ("A = W; for k in 1..4 { A = A @ W/3 + transpose(W) }; tr(A)", {"W": [[0.1, 0.5], [0.9, 0.3]]}),
    ("s = x; t = y; for k in 1..6 { u = s; s = t; t = u*s }; s + 2*t", {"x": 0.3, "y": 1.4}),
    ("s = 0; for k in 1..9 { s = s + max(x*k - 2, 0)^2 }; s", {"x": 0.3}),
    ("s = 0; for k in 5..9 { s = s + exp(-x*k) }; s", {"x": 0.3}),
    # what is picked of arrays by the round's number
    ("s = 0; for k in 1..6 { s = s*a + v[k] }; s", {"v": [0.1, 0.5, 0.9, 0.2, 0.4, 0.7], "a": 0.3}),
    ("s = 0; for k in 2..6 { s = s*a + v[k]*v[k-1] }; s", {"v": [0.1, 0.5, 0.9, 0.2, 0.4, 0.7], "a": 0.3}),
    ("s = 0; for k in 1..4 { s = s*a + v[5-k]^2 + sum(v)/k }; s", {"v": [0.1, 0.5, 0.9, 0.2], "a": 0.3}),
    ("s = [0,0]; for k in 1..3 { s = sin(s) + A[k]*a }; sum(s)", {"A": [[0.1, 0.5], [0.9, 0.2], [0.4, 0.7]], "a": 0.3}),
    (
        "s = 0; for k in 1..3 { s = sin(s)*A[2,k] + A[k,1]*a }; s",
        {"A": [[0.1, 0.5, 0.6], [0.9, 0.2, 0.5], [0.4, 0.7, 0.1]], "a": 0.3},
    ),
    (
        "s = 0; for i in 1..3 { for j in 1..4 { s = s/2 + sin(A[i,j]*a) } }; s",
        {"A": [[0.1, 0.5, 0.6, 0.4], [0.9, 0.2, 0.5, 0.3], [0.4, 0.7, 0.1, 0.2]], "a": 0.3},
    ),
    (
        "s = 0; for k in 1..4 { s = s*a + if(v[k] > 0.45, v[k]^2, sqrt(v[k+1])) }; s",
        {"v": [0.1, 0.5, 0.9, 0.2, 0.4], "a": 0.3},
    ),
    ("w = v; for k in 1..4 { w = w*a + w[k] }; sum(w)", {"v": [0.1, 0.5, 0.9, 0.2], "a": 0.3}),
]


@pytest.mark.parametrize("text", [text for text, _ in PROGRAMS if "t = y*k" not in text and "s = x*y + k" not in text])
def test_they_are_nodes(text: str) -> None:
    point = next(point for other, point in PROGRAMS if other == text)
    problem = problem_of(text, point, nodes=True)
    assert problem.graph.loops([problem.output])


@pytest.mark.parametrize("kind", ["jac", "hess"])
@pytest.mark.parametrize("backend", ["forward", "reverse"])
@pytest.mark.parametrize("text,point", PROGRAMS)
def test_like_the_loop_written_out(text: str, point: dict[str, object], kind: str, backend: str) -> None:
    for engine in ENGINES:
        with using(engine):
            agree(text, point, kind, backend)
    with using(None):
        agree(text, point, kind, backend)


@pytest.mark.parametrize(
    "text,point",
    [
        ("s = x; for k in 1..9 { s = abs(s - 1/k) }; s", {"x": 0.5}),
        ("s = x; for k in 1..9 { s = max(s, 0) + y*k }; s", {"x": 0.5, "y": 0}),
        ("s = x; for k in 1..9 { s = relu(s - 1) }; s", {"x": 4}),
        ("s = x; for k in 1..9 { if s > 2 { s = s - 1 } else { s = s + x } }; s", {"x": 1}),
        ("s = x; for k in 1..9 { s = s + if(k > 3, 0, abs(x)) }; s", {"x": 0}),
        ("s = x; for k in 1..9 { s = s + if(k > 20, abs(x), x) }; s", {"x": 0}),  # the kink is in no round
        ("s = x; for k in 1..9 { s = max(s, x*k/3) }; s", {"x": 3}),
        ("s = 0; for k in 1..5 { s = s + abs(v[k])*a }; s", {"v": [0.1, 0, 0.9, 0.2, 0.4], "a": 0.3}),
        ("v = [x, 1, 2]; for k in 1..5 { v = abs(v - 1/k) }; sum(v)", {"x": 1}),
    ],
)
def test_kinks_in_rounds(text: str, point: dict[str, object]) -> None:
    for kind in ("jac", "hess"):
        for backend in ("forward", "reverse"):
            agree(text, point, kind, backend)
    for side in ("left", "right", "mean", "error"):
        mine, expected = answers(text, point, "jac", "forward", side)
        if not isinstance(expected[0], str):
            np.testing.assert_allclose(mine[1], expected[1], rtol=1e-12, equal_nan=True)
        else:
            assert isinstance(mine[0], str)


@pytest.mark.parametrize(
    "text,point",
    [
        ("s = 1; for k in 1..2000 { s = s*x }; s", {"x": 2.5}),
        ("s = 1; for k in 1..900 { s = s + 1/exp(k*x) }; s", {"x": 1}),
        ("s = x; for k in 1..9 { s = sqrt(s - 1) + 1/2 }; s", {"x": 3}),
        ("s = x; for k in 1..9 { s = if(s > 0, log(s), 2) }; s", {"x": 3}),
        ("s = 0; for k in 1..9 { s = if(x*k > 3, 1, log(x)) + s }; s", {"x": -3}),
        ("s = 0; for k in 1..9 { s = s + if(k > 20, log(x), x) }; s", {"x": -3}),
        ("y = log(x); s = 0; for k in 1..9 { s = s + if(k > 20, y, x) }; s", {"x": -3}),
        ("s = 0; for k in 1..9 { s = s + log(x) }; s", {"x": -3}),
        ("s = 0; for k in 1..5 { s = s + log(v[k])*a }; s", {"v": [0.1, 0.1, 0.9, -0.2, 0.4], "a": 0.3}),
        ("s = 0; for k in 1..9 { s = exp(720 - 10*k) }; s + x", {"x": -3}),
    ],
)
def test_what_is_not_finite(text: str, point: dict[str, object]) -> None:
    for engine in ENGINES:
        with using(engine):
            agree(text, point, "jac", "reverse")


def expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["a", "b", "x", "y", "k", "0.5", "2"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            inner.map(lambda u: f"sin({u})"),
            inner.map(lambda u: f"({u})/(2 + cos({u}))"),
            inner.map(lambda u: f"tanh({u})"),
            st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
            st.tuples(inner, inner, inner).map(lambda t: f"if({t[0]} > 0.3, {t[1]}, {t[2]})"),
        ),
        max_leaves=5,
    )


@settings(max_examples=40, deadline=None)
@given(expressions(), expressions(), st.integers(2, 6), st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
def test_random_rounds(first: str, second: str, rounds: int, x: float, y: float) -> None:
    text = f"a = x; b = y + x; for k in 1..{rounds} {{ a = tanh({first}); b = sin({second}) + 0*a }}; a*b + x*y"
    point = {"x": round(x, 3) + 0.0001234, "y": round(y, 3) + 0.0004321}
    for kind in ("jac", "hess"):
        mine, expected = answers(text, point, kind, "reverse")
        other, _ = answers(text, point, kind, "forward")
        assert type(mine[0]) is type(expected[0])
        if isinstance(expected[0], str):
            continue
        scale = 1 + float(np.max(np.abs(np.nan_to_num(np.array(expected[1], dtype=float)))))
        for found in (mine, other):
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(
                np.array(found[1], dtype=float), np.array(expected[1], dtype=float), rtol=1e-9, atol=1e-11 * scale
            )


def test_a_bound_holds_and_does_not_grow() -> None:
    """The logistic map at r = 2.8 forgets its errors, and so does the bound; the exact value is 1 - 1/r."""
    problem = problem_of("l = 0.5; for k in 1..20000 { l = r*l*(1-l) }; l", {"r": 2.8}, nodes=True)
    graph = problem.graph
    from dcalc.sweeps.rounding import rounding

    (b,) = rounding(graph, [problem.output])
    size = float(problem.value(b))
    assert abs(float(problem.value(problem.output)) - (1 - 1 / 2.8)) <= size < 1e-14
    assert callable(bound)


def test_the_logistic_map_has_its_closed_derivatives() -> None:
    problem = problem_of("l = 0.5; for k in 1..100000 { l = r*l*(1-l) }; l", {"r": 2.8}, nodes=True)
    for backend in ("forward", "reverse"):
        assert math.isclose(derive(problem, Request("jac", backend)).entries[0][0][0], 1 / 2.8**2, rel_tol=1e-13)
        assert math.isclose(derive(problem, Request("hess", backend)).entries[0][0][0], -2 / 2.8**3, rel_tol=1e-12)
