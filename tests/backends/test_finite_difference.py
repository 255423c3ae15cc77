"""Finite differences: orders of the schemes, honest estimates, what they say of their work."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest

from dcalc.backends import backend
from dcalc.backends.agree import rounding_of
from dcalc.backends.derive import Request
from dcalc.backends.forward import Forward
from dcalc.backends.problem import Problem
from dcalc.backends.protocol import Options
from dcalc.backends.richardson import extrapolate
from dcalc.errors import DcalcError
from dcalc.evaluate.scalar import Point, evaluate
from dcalc.sweeps.derivative import derivative

from ..tools import Value, problem_of, seeded

FD = backend("fd")


def error(scheme: str, h: float, order: int = 1) -> float:
    problem = problem_of("exp(x)*sin(x)", x=0.1)
    e, s, c = math.exp(0.1), math.sin(0.1), math.cos(0.1)
    if order == 1:
        return abs(FD.jacobian(problem, Options(scheme, h)).entries[0][0][0] - e * (s + c))
    return abs(FD.hessian(problem, Options(scheme, h)).entries[0][0][0] - 2 * e * c)


@pytest.mark.parametrize(("scheme", "power"), [("forward", 1), ("backward", 1), ("central", 2)])
@pytest.mark.parametrize("order", [1, 2])
def test_the_order_of_the_error(scheme: str, power: int, order: int) -> None:
    steps = [2.0**-k for k in range(5, 10)]
    errors = [error(scheme, h, order) for h in steps]
    slopes = [math.log2(a / b) for a, b in pairwise(errors)]
    assert slopes == pytest.approx([power] * 4, abs=0.12)


def test_the_mixed_second_difference() -> None:
    problem = problem_of("sin(x*y)*y", x=0.7, y=1.3)
    graph, (row,) = problem.graph, problem.rows
    x, y = problem.leaves
    mixed = evaluate(graph, [derivative(graph, derivative(graph, row, x), y)], problem.point)[0]
    for scheme, power in (("forward", 1), ("central", 2)):
        errors = [abs(FD.hessian(problem, Options(scheme, h)).entries[0][0][1] - mixed) for h in (2**-6, 2**-7)]
        assert math.log2(errors[0] / errors[1]) == pytest.approx(power, abs=0.2)


def honest(problem: Problem, options: Options, hess: bool = False) -> list[tuple[float, float, float]]:
    """(entry, estimate, exact value) of every component that is finite."""
    answer = FD.hessian(problem, options) if hess else FD.jacobian(problem, options)
    engine = Forward()
    exact = engine.hessian(problem, options) if hess else engine.jacobian(problem, options)
    assert answer.estimates is not None and exact.parts is not None
    bounds = rounding_of(problem, exact.parts, Request("hess" if hess else "jac"))  # the exact one's own round-off
    tensors = [np.ravel(one) for one in (answer.entries, answer.estimates, bounds, exact.entries)]
    result = [(a, e + 32 * r, b) for a, e, r, b in zip(*tensors, strict=True)]
    return [triple for triple in result if all(map(math.isfinite, triple))]


SAMPLES: list[tuple[str, dict[str, Value]]] = [
    ("exp(x)*sin(x)", {"x": 0.8}),
    ("x^3 - 2*x", {"x": 0.0}),
    ("1/x", {"x": 1e-4}),
    ("log(x)", {"x": 1e-10}),
    ("sqrt(x)", {"x": 1e-6}),
    ("x^2", {"x": 1e150}),
    ("sin(100*x)", {"x": 1.0}),
    ("sin(2*pi*x)", {"x": 1.0}),
    ("cos(8*pi*x) + x", {"x": 3.0}),
    ("tanh(x)", {"x": 20.0}),
    ("exp(-1/x^2)", {"x": 0.1}),
    ("x*y*z + sin(x - y)", {"x": 1.0, "y": 1e6, "z": 1e-6}),
    ("gelu(x)*softplus(y)", {"x": -3.0, "y": 5.0}),
    ("(1 - cos(x))/x^2", {"x": 1e-3}),
    ("sin(x)", {"x": 1e9}),
    ("sin(x)*cos(y)", {"x": 1e5, "y": -1e7}),
    ("abs(x - 1e-9)", {"x": 0.0}),
    ("floor(x + 1e-7)*x", {"x": 1.0}),
    ("atan(1000*x)", {"x": 0.01}),
    ("x^30", {"x": 1.0}),
    ("v[1]*exp(v[2])", {"v": (1.0, 2.0)}),
]


@pytest.mark.parametrize(("text", "point"), SAMPLES)
def test_estimates_are_honest(text: str, point: dict[str, Value]) -> None:
    for found, estimate, exact in honest(problem_of(text, **point), Options()):
        assert abs(found - exact) <= estimate + 1e-13 * abs(exact)


#: A single step cannot see what is smaller than itself: inputs near a pole, waves shorter than the step.
COARSE = [s for s in SAMPLES if "1e-9" in s[0] or s[0] == "log(x)" or any(x in (1e5, 1e6, 1e9) for x in s[1].values())]


@pytest.mark.parametrize(("text", "point"), [s for s in SAMPLES if s not in COARSE])
@pytest.mark.parametrize("scheme", ["central", "forward", "backward"])
def test_estimates_of_a_single_step_are_honest(text: str, point: dict[str, Value], scheme: str) -> None:
    for found, estimate, exact in honest(problem_of(text, **point), Options(scheme)):
        assert abs(found - exact) <= 2 * estimate + 1e-13 * abs(exact)


@pytest.mark.parametrize(("text", "point"), SAMPLES[:10])
def test_the_adaptive_scheme_is_the_most_accurate_and_its_estimate_no_empty_phrase(
    text: str, point: dict[str, Value]
) -> None:
    for found, estimate, exact in honest(problem_of(text, **point), Options()):
        assert abs(found - exact) <= 1e-7 * max(abs(exact), 1e-3)
        assert estimate <= 1e-6 * max(abs(exact), 1e-3) or "100" in text or "pi" in text


def test_estimates_over_random_expressions() -> None:
    checked = 0
    for text, point in seeded(7, 150):
        problem = problem_of(text, **point)
        if not all(map(math.isfinite, evaluate(problem.graph, problem.rows, point))) or point["x"] == 0:
            continue
        for found, estimate, exact in honest(problem, Options()):
            checked += 1
            assert abs(found - exact) <= 2 * estimate + 1e-12 * abs(exact), (text, point)
    assert checked > 60


@pytest.mark.parametrize(("text", "point"), [s for s in SAMPLES if "abs" not in s[0] and "floor" not in s[0]])
def test_second_differences_are_honest(text: str, point: dict[str, Value]) -> None:
    for found, estimate, exact in honest(problem_of(text, **point), Options(), hess=True):
        assert abs(found - exact) <= 2 * estimate + 1e-12 * abs(exact)


def test_the_number_of_evaluations_is_said_and_true(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    from dcalc.backends import finite_difference

    class Counting(finite_difference.Scalar):
        def run(self, point: Point) -> list[float]:
            calls.append(point)
            return super().run(point)

    monkeypatch.setattr(finite_difference, "Scalar", Counting)
    problem = problem_of("x*y + sin(z)", x=1.0, y=2.0, z=3.0)
    for scheme in finite_difference.SCHEMES:
        for method in (FD.jacobian, FD.hessian):
            calls.clear()
            answer = method(problem, Options(scheme))
            said = re.match(r"(\d+) evaluations?(?: and (\d+) for the error estimate)?,", answer.work)
            assert said is not None
            assert int(said[1]) + int(said[2] or 0) == len(calls)
            assert f"scheme {scheme}" in answer.work
            if method == FD.jacobian and scheme != "adaptive":
                assert int(said[1]) == (7 if scheme == "central" else 4)
    assert FD.jacobian(problem_of("3"), Options()).work == "1 evaluation, scheme adaptive"


@pytest.mark.parametrize("h", [1e-320, 1e-200, 1e-20, 1e-3, 1e10, 1e300])
@pytest.mark.parametrize("scheme", ["forward", "backward", "central"])
def test_any_step_is_survived(h: float, scheme: str) -> None:
    problem = problem_of("x^2*y", x=1.0, y=2.0)
    for found, estimate, exact in honest(problem, Options(scheme, h)) + honest(problem, Options(scheme, h), hess=True):
        assert abs(found - exact) <= 3 * estimate + 1e-12


def test_a_given_step_is_used() -> None:
    problem = problem_of("x^3", x=1.0)
    assert FD.jacobian(problem, Options("forward", 0.5)).entries[0][0][0] == (1.5**3 - 1) / 0.5
    assert FD.jacobian(problem, Options("backward", 0.5)).entries[0][0][0] == (1 - 0.5**3) / 0.5
    central = FD.jacobian(problem, Options("adaptive", 0.5))
    assert central.entries[0][0][0] == (1.5**3 - 0.5**3) / 1.0
    assert "central" in central.work


@pytest.mark.parametrize("options", [Options("foo"), Options("central", 0.0), Options("central", -1.0)])
def test_options_that_are_none(options: Options) -> None:
    for method in (FD.jacobian, FD.hessian):
        with pytest.raises(DcalcError) as caught:
            method(problem_of("x", x=1.0), options)
        assert caught.value.kind == "usage"


@pytest.mark.parametrize("h", [math.inf, math.nan])
def test_a_step_is_a_number(h: float) -> None:
    with pytest.raises(DcalcError):
        FD.jacobian(problem_of("x", x=1.0), Options("central", h))


def test_at_the_edge_of_the_domain_one_side_is_enough() -> None:
    answer = FD.jacobian(problem_of("x^1.5 + y", x=0.0, y=1.0), Options())
    assert answer.entries[0][0] == pytest.approx([0, 1], abs=1e-3)


def test_sides_at_a_kink() -> None:
    answer = FD.jacobian(problem_of("abs(x) + 3*x", x=0.0), Options())
    assert answer.sides is not None
    left, right = answer.sides
    assert (left[0][0], right[0][0]) == (pytest.approx(2), pytest.approx(4))


def test_extrapolation_by_itself() -> None:
    f, x = math.exp, 1.0
    steps = [2.0**-k for k in range(1, 12)]
    value, estimate = extrapolate([(f(x + h) - f(x - h)) / (2 * h) for h in steps], [1e-16 / h for h in steps], 2)
    assert abs(value - math.e) <= estimate < 1e-11
    nan = math.nan
    assert math.isnan(extrapolate([nan, nan], [1.0, 1.0], 2)[0])
    assert extrapolate([nan, nan], [1.0, 1.0], 2)[1] == math.inf
    value, _ = extrapolate([nan, *((f(x + h) - f(x)) / h for h in steps)], [1e-16 / h for h in (1.0, *steps)], 1)
    assert value == pytest.approx(math.e, rel=1e-9)
