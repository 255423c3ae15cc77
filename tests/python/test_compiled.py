"""`f.compile(…)`, and plain calls that use again what was prepared."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from dcalc import DcalcError, function
from dcalc.evaluate.engines import unavailable

ENGINES = [None, "scalar", "array", *([] if unavailable() else ["llvm"])]
ROSENBROCK = function("+".join(f"(1 - x{k})^2 + 100*(x{k + 1} - x{k}^2)^2" for k in range(1, 10)))


def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    """The value and the gradient."""
    a = x[1:] - x[:-1] ** 2
    slope = np.zeros_like(x)
    slope[1:] += 200 * a
    slope[:-1] += -400 * a * x[:-1] - 2 * (1 - x[:-1])
    return float((100 * a**2 + (1 - x[:-1]) ** 2).sum()), slope


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers(engine: str | None) -> None:
    x = np.random.default_rng(1).normal(size=10)
    value, slope = rosenbrock(x)
    assert math.isclose(ROSENBROCK.compile(engine=engine)(*x), value, rel_tol=1e-12)
    np.testing.assert_allclose(ROSENBROCK.compile("grad", engine=engine)(*x), slope, rtol=1e-11)
    both = ROSENBROCK.compile("value_and_grad", engine=engine)(*x.tolist())
    assert type(both[0]) is float
    np.testing.assert_allclose(both[1], slope, rtol=1e-11)
    f = function("y*exp(x)*sin(y)")
    with mpmath.workdps(30):
        second = mpmath.diff(lambda u, v: v * mpmath.exp(u) * mpmath.sin(v), (0.5, 2), (1, 1))
    # `inputs` has y first
    np.testing.assert_allclose(f.compile("hess", engine=engine)(2.0, 0.5)[0, 1], float(second), rtol=1e-13)
    vector = function("[x*y, x + y, 3]")
    assert vector.compile("jac", engine=engine)(2.0, 5.0).tolist() == [[5, 2], [1, 1], [0, 0]]
    assert vector.compile(engine=engine)(2.0, 5.0).tolist() == [10, 7, 3]
    assert vector.compile("hess", engine=engine)(2.0, 5.0).shape == (3, 2, 2)
    assert function("2 + 3").compile(engine=engine)() == 5


def test_arguments() -> None:
    g = function("x^2*sin(y)").compile("grad")
    expected = [2 * math.sin(2), math.cos(2)]
    for answer in (g(1.0, 2.0), g(1, 2), g(1, y=2), g(y=2, x=1), g(np.float32(1), np.array(2.0))):
        np.testing.assert_allclose(answer, expected, rtol=1e-14)
    out = np.zeros(2)
    assert g(1, 2, out=out) is out
    np.testing.assert_allclose(out, expected)
    assert g(1.0, 2.0) is not g(1.0, 2.0), "an answer is the caller's"
    assert function("x^2*y*z").compile("grad", wrt=["z", "x"])(2.0, 3.0, 5.0).tolist() == [12, 60]
    assert function("a = x^2; a^2*y").compile("grad", wrt="a")(2.0, 3.0).tolist() == [24]
    assert function("x^3").diff("x").compile()(2.0) == 12


@pytest.mark.parametrize("engine", ENGINES)
def test_arrays(engine: str | None) -> None:
    v, w = np.arange(1.0, 5), np.array([0.5, -1, 2, 0])
    f = function("a*v@v + sum(w*v)")
    slopes = (2 * v * 3 + w, v @ v, v)
    g = f.compile("grad", engine=engine)
    inputs = dict(zip(f.inputs, (3.0, v, w), strict=True))
    assert f.inputs == ["a", "v", "w"]
    for answer in (g(3.0, v, w), g(a=3, v=v.tolist(), w=w), g(3.0, v, w)):
        assert isinstance(answer, tuple)
        for name, one in zip(f.inputs, answer, strict=True):
            np.testing.assert_allclose(one, dict(zip("vaw", slopes, strict=True))[name], rtol=1e-13)
    value, only = f.compile("value_and_grad", wrt="v", engine=engine)(3.0, v, w)
    assert math.isclose(value, 3 * v @ v + w @ v)
    np.testing.assert_allclose(only, slopes[0])
    out = np.zeros(4)
    assert f.compile("grad", wrt="v", engine=engine)(3.0, v, w, out=out) is out
    np.testing.assert_allclose(out, slopes[0])
    np.testing.assert_allclose(f.compile("hess", engine=engine)(3.0, v, w), np.asarray(f.hess(inputs)), rtol=1e-13)
    np.testing.assert_allclose(function("v*x").compile("jac", engine=engine)(v, 2.0), np.c_[2 * np.eye(4), v])
    # other shapes are other calls of the same function
    assert g(1.0, np.ones(2), np.ones(2))[1].tolist() == [3, 3]


def test_numbers_come_as_they_are() -> None:
    assert math.isnan(function("log(x)").compile()(-1.0))
    assert function("1/x").compile("grad")(0.0).tolist() == [-math.inf]
    assert function("abs(x)").compile("grad")(0.0).tolist() == [0]
    assert math.isclose(function("gamma(x)").compile("grad")(2.0)[0], float(mpmath.digamma(2)), rel_tol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: function("x").compile("slope"), "cannot be compiled"),
        (lambda: function("x").compile(engine="gpu"), "no engine gpu"),
        (lambda: function("x*y").compile("grad")(1), "2 inputs, here it has 1"),
        (lambda: function("x*y").compile("grad")(1, 2, 3), "here it has 3"),
        (lambda: function("x*y").compile("grad")(1, x=2), "x is given twice"),
        (lambda: function("x*y").compile("grad")(1), "here it has 1"),
        (lambda: function("x*y").compile("grad")(x=1), "y has no value"),
        (lambda: function("x*y").compile("grad")(1, z=1), "no input z"),
        (lambda: function("x*y").compile()("a", 1), "the value of x is not a number"),
        (lambda: function("x*y").compile("grad")(1, 2, out=np.zeros(3)), "out is a vector of 3"),
        (lambda: function("[x, y]").compile("grad"), "a gradient is of a number"),
        (lambda: function("s = x; while s > 1 { s = s/2 }; s").compile(), "depends on values"),
        (lambda: function("x").compile("grad", wrt="q"), "no q"),
    ],
)
def test_errors(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(DcalcError, match=words):
        call()


@pytest.mark.parametrize("engine", ENGINES)
def test_threads(engine: str | None) -> None:
    numbers = function("x^2*sin(y) + exp(x)").compile("grad", engine=engine)
    arrays = function("sum(sin(v)*v)").compile("grad", engine=engine)
    wrong: list[float] = []

    def work(x: float) -> None:
        v = np.full(70, x)
        for _ in range(300):
            if not math.isclose(numbers(x, 2.0)[0], 2 * x * math.sin(2) + math.exp(x), rel_tol=1e-12):
                wrong.append(x)
            if not np.allclose(arrays(v), np.cos(x) * x + np.sin(x)):
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(k / 3,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_calls_cost_little() -> None:
    """Measured: 1.6 µs compiled, 8 µs by f.grad; the limits leave room for a busy machine."""
    f = function("x^2*sin(y)")
    for call, limit in ((f.compile("grad"), 12e-6), (lambda x, y: f.grad(x=x, y=y), 60e-6)):
        call(1.0, 2.0)
        call(1.0, 2.0)
        taken = []
        for _ in range(7):
            begun = time.process_time()
            for _ in range(500):
                call(1.0, 2.0)
            taken.append((time.process_time() - begun) / 500)
        assert min(taken) < limit


# ---- plain calls, which use again what was prepared


POINTS = [(1.0, 2.0), (0.5, 2.0), (0.0, 1.0), (2.0, 2.0), (1, -1), (-1.0, 0.0), (-2.0, 0.5), (math.inf, 1), (3, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "abs(x)*log(y)",
        "sqrt(x - y) + x/y",
        "max(x, y)^2*exp(300*x)",
        "x = 3; x*y^2 + z",
        "elu(x)*y",
        "[x*y, y^x]",
        "e^x + y",
    ],
)
def test_every_call_is_as_the_first(text: str) -> None:
    f = function(text)
    for kind in ("", "grad", "jac", "hess"):
        if kind == "grad" and text[0] == "[":
            continue
        for x, y in [
            (1.0, 2.0),
            (0.5, 2.0),
            (0.0, 1.0),
            (2.0, 2.0),
            (1, -1),
            (-1.0, 0.0),
            (-2.0, 0.5),
            (math.inf, 1),
            (3, 1),
        ]:
            point = {"x": x, "y": y, "z": 1.0}
            point = {name: point[name] for name in f.inputs}
            fresh = function(text)
            outcomes = []
            for g in (f, fresh):
                try:
                    answer: Any = getattr(g, kind)(point) if kind else g(point)
                    notes = [(note.kind, note.message) for note in answer.notes] if kind else []
                    value = np.asarray(answer.value if kind else 0).tolist()
                    outcomes.append((str(answer), np.asarray(answer).tolist(), value, notes))
                except DcalcError as problem:
                    outcomes.append((problem.kind, problem.message, problem.hint, problem.span))
            assert repr(outcomes[0]) == repr(outcomes[1]), (kind, x, y)


def test_calls_with_arrays_again() -> None:
    f = function("norm(v)*x")
    for v, x in (([3.0, 4], 2.0), ([0.0, 0], 1.0), ([6.0, 8], 1.0), ([1.0, 2, 2], 3.0), ([3.0, 4], -1.0)):
        answer, fresh = f.grad(v=v, x=x), function("norm(v)*x").grad(v=v, x=x)
        assert (str(answer), [one.data for one in answer.notes]) == (str(fresh), [one.data for one in fresh.notes])
        assert math.isclose(answer.value, math.hypot(*v) * x)
    value = function("v + 1")
    for _ in range(3):
        given = np.ones(2)
        found = value(v=given)
        found[0] = 9
        assert given.tolist() == [1, 1]
        assert value(v=given).tolist() == [2, 2]


def test_a_path_is_followed_at_each_call() -> None:
    f = function("s = x; while s > 1 { s = s/2 }; s*x")
    for x in (0.5, 3.0, 5.0, 3.0, 1.5):
        n = max(0, math.ceil(math.log2(x)))
        assert f(x=x) == x * x / 2**n
        assert f.grad(x=x).entries() == [2 * x / 2**n]


def test_calls_from_several_threads() -> None:
    f = function("abs(x)*exp(x)")
    wrong = []

    def work(x: float) -> None:
        for _ in range(60):
            if f.grad(x=x).entries() != [0 if x == 0 else math.copysign(1, x) * math.exp(x) + abs(x) * math.exp(x)]:
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(-1, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_is_written_where_it_is_wanted(engine) -> None:
    value = function("x^2*sin(y)").compile("value", engine=engine)
    out = np.zeros(())
    assert value(1.0, 2.0, out=out) is out
    assert out == pytest.approx(value(1.0, 2.0), rel=1e-14)
    with pytest.raises(DcalcError, match="out is"):
        value(1.0, 2.0, out=np.zeros(2))
