"""Loops that are run: engines against each other, checkpoints within checkpoints, memory, many points."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import mpmath
import numpy as np
import pytest

import dcalc
from dcalc.evaluate import loops, rounds
from dcalc.evaluate.engines import unavailable, using
from dcalc.graph import for_loops

ENGINES = [None, "scalar", "array"] + ([] if unavailable() else ["llvm"])

#: Programs that are nodes as they are, with values at which no round has a kink.
LONG = [
    ("l = 0.5; for k in 1..6000 { l = r*l*(1-l) }; l", {"r": 2.8}),
    ("s = 0; for k in 1..6000 { s = s + x/k^2 }; s", {"x": 1.5}),
    ("s = 1; for k in 1..6000 { s = s*(1 + x/k^2) }; s", {"x": 1.5}),
    ("a = x; b = y; for k in 1..6000 { c = a; a = a + b/1000; b = b - sin(c)/1000 }; a*b", {"x": 0.5, "y": 0.1}),
    ("a = x; for k in 1..6000 { a = if(mod(k, 3) == 0, sqrt(a + y), a/2 + 1/k) }; a", {"x": 0.5, "y": 0.7}),
    ("a = x; s = 0; for k in 1..6000 { a = 3.9*a*(1-a)*y; s = s + exp(-a)/k }; s", {"x": 0.3, "y": 0.4}),
]


@pytest.fixture(autouse=True)
def all_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(for_loops, "LEAST_WORK", 0)


def answer(text: str, point: dict[str, float], engine: str | None) -> tuple[float, Any, Any]:
    with using(engine):
        f = dcalc.function(text)
        return f(point), np.array(f.grad(point, backend="reverse").entries()), np.array(f.hess(point).entries())


@pytest.mark.parametrize("text,point", LONG)
def test_all_engines_agree(text: str, point: dict[str, float]) -> None:
    value, gradient, hessian = answer(text, point, "scalar")
    with using("scalar"):
        forward = np.array(dcalc.function(text).grad(point, backend="forward").entries())
    np.testing.assert_allclose(forward, gradient, rtol=1e-10)
    for engine in ENGINES:
        other = answer(text, point, engine)
        for found, expected in zip(other, (value, gradient, hessian), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_against_mpmath() -> None:
    """A product of 5000 factors: its logarithm's derivative is a sum that mpmath knows to 30 digits."""
    f = dcalc.function("s = 1; for k in 1..5000 { s = s*(1 + x/k^2) }; s")
    with mpmath.workdps(30):
        product = mpmath.fprod(1 + mpmath.mpf(1.5) / k**2 for k in range(1, 5001))
        slope = mpmath.fsum(1 / (k**2 + mpmath.mpf(1.5)) for k in range(1, 5001))
        assert f(x=1.5) == pytest.approx(float(product), rel=1e-13)
        assert f.grad(x=1.5)["x"] == pytest.approx(float(product * slope), rel=1e-12)


def test_checkpoints_within_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two checkpoints a level and stretches of three rounds: nine levels of them, and the same numbers."""
    text, point = "a = x; b = y; for k in 1..1500 { c = a; a = b + cos(a)/k; b = c*b }; a + b", {"x": 0.5, "y": 0.9}
    with using("scalar"):
        expected = dcalc.function(text).grad(point, backend="reverse").entries()
        monkeypatch.setattr(loops, "CHECKPOINTS", 2)
        monkeypatch.setattr(rounds, "ROUNDS", 3)
        found = dcalc.function(text).grad(point, backend="reverse").entries()
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_many_points(engine: str | None) -> None:
    xs = np.linspace(0.1, 0.7, 11)
    text = "a = x; for k in 1..5000 { a = a/2 + sin(a*y)/k }; a"
    f = dcalc.function(text)
    with using(engine):
        values = np.asarray(f(points={"x": xs, "y": 2 - xs}))
        gradients = f.grad(points={"x": xs, "y": 2 - xs})
    for k, x in enumerate(xs):
        one = f.grad(x=float(x), y=float(2 - x))
        assert np.ravel(values)[k] == pytest.approx(one.value, rel=1e-12)
        row = [np.ravel(gradients[name])[k] for name in ("x", "y")]
        np.testing.assert_allclose(row, [one["x"], one["y"]], rtol=1e-9, atol=1e-300)


def test_a_second_call_is_the_same_loop_at_another_point() -> None:
    f = dcalc.function("l = 0.5; for k in 1..50000 { l = r*l*(1-l) }; l")
    for r in (2.8, 2.5, 1.7, 2.8):
        assert f.grad(r=r)["r"] == pytest.approx(1 / r**2, rel=1e-12)
        assert f(r=r) == pytest.approx(1 - 1 / r, rel=1e-12)
    with pytest.raises(dcalc.DcalcError, match=r"too large.*in round"):
        f(r=5)
    assert f(r=2.8) == pytest.approx(1 - 1 / 2.8, rel=1e-12)


@pytest.mark.parametrize("engine", ["scalar"] + ([] if unavailable() else ["llvm"]))
def test_memory_is_bounded(engine: str) -> None:
    """A reverse sweep over 300 000 rounds of three states, beside one over 3000: less than 40 MB more."""
    program = f"""
import resource, dcalc
from dcalc.evaluate.engines import using
def peak(n):
    rounds = "t = a; a = sin(b)/2; b = t + c/k; c = c/3 + t"
    f = dcalc.function("a = x; b = y; c = 0; for k in 1..%d {{ %s }}; a + c" % (n, rounds))
    with using({engine!r}):
        f.grad(x=0.3, y=0.4, backend="reverse")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
few = peak(30_000)
print(peak(300_000) - few)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 40_000


def test_the_limit_is_told() -> None:
    with pytest.raises(dcalc.DcalcError, match="this loop has 3999999998 rounds, the limit is 1000000000"):
        dcalc.function("s = x; for k in 1..4*10^9 { s = s/2 + 1 }; s")(x=1)
