"""The 50-digit reference: against closed forms at many digits; kinks, zeros and infinite slopes; every array kernel."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from dcalc.errors import DcalcError
from dcalc.evaluate.precise import Reference
from dcalc.evaluate.precise.arrays import KERNELS
from dcalc.evaluate.precise.values import VALUES
from dcalc.evaluate.scalar import evaluate
from dcalc.primitives import TABLE

from ..tools import problem_of, seeded


def reference(text: str, **point):
    problem = problem_of(text, **point)
    return problem, Reference(problem.graph, problem.rows, problem.point)


def derivative(text: str, x: float):
    problem, known = reference(text, x=x)
    return known.derivatives(problem.leaves[0], 0)[0]


CLOSED = {
    "exp(sin(x))/x": lambda x: mp.exp(mp.sin(x)) * (mp.cos(x) / x - 1 / x**2),
    "x^x": lambda x: x**x * (mp.log(x) + 1),
    "gamma(x)": lambda x: mp.gamma(x) * mp.psi(0, x),
    "erf(x)*tanh(x)": lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x) * mp.tanh(x) + mp.erf(x) * mp.sech(x) ** 2,
    "(1 + 1e-300*x) - 1": lambda x: mpf(10) ** -300,
    "sin(x)^2 + cos(x)^2": lambda x: mpf(0),
    "log(x)*1e8": lambda x: mpf(10) ** 8 / x,
}


@pytest.mark.parametrize("text", CLOSED)
@pytest.mark.parametrize("x", [0.3, 1.75, 12.5, 1e-5])
def test_fifty_digits(text, x):
    exact = derivative(text, x).value
    with mp.workdps(120):
        expected = CLOSED[text](mpf(x))
        assert abs(exact - expected) <= mpf(10) ** -50 * abs(expected)


@pytest.mark.parametrize(
    ("text", "x", "value", "sides"),
    [
        ("x^2", 0.0, 0.0, None),
        ("x*abs(x)", 0.0, 0.0, None),
        ("floor(x)", 1.5, 0.0, None),
        ("abs(x)", 0.0, None, (-1.0, 1.0)),
        ("max(x, 2*x)", 0.0, None, (1.0, 2.0)),
        ("sqrt(x)", 0.0, None, None),
        ("cbrt(x)", 0.0, None, None),
        ("floor(x)", 1.0, None, None),
        ("if(x > 0, log(x), x)", -1.0, 1.0, None),
    ],
)
def test_corners(text, x, value, sides):
    exact = derivative(text, x)
    assert (None if exact.value is None else float(exact.value)) == value
    assert exact.sides == sides


def test_random_expressions_agree_with_differences_of_mpmath():
    for text, point in seeded(21, 40, 3):
        problem, known = reference(text, **point)
        (value,) = known.values()
        (computed,) = evaluate(problem.graph, [problem.output], problem.point)
        if value.value is not None and np.isfinite(computed):
            assert float(value.value) == pytest.approx(computed, rel=1e-9, abs=1e-12), (text, point)


W = [[1.0, 2.0, 0.5], [3.0, -4.0, 1.5], [0.25, 2.5, 6.0]]
ARRAYS = {
    "sum(W @ v)": 1,
    "W @ v": 3,
    "sum(W @ W)": 1,
    "outer(v, v)[2]": 3,
    "transpose(W)[1]": 3,
    "diag(W)": 3,
    "sum(diag(v) @ W)": 1,
    "max(W)": 1,
    "min(W, axis=1)": 3,
    "norm(W)": 1,
    "norm(W, axis=2)": 3,
    "logsumexp(W)": 1,
    "softmax(v)": 3,
    "det(W)": 1,
    "sum(inv(W)*W)": 1,
    "solve(W, v)": 3,
    "mean(W)": 1,
    "prod(v)": 1,
    "concat(v, v)[2..5]": 4,
    "reshape(W, 9)[2..4]": 3,
    "sum(v*W, axis=1)": 3,
    "diff(det(W), W)[1]": 3,
    "diff(max(v)^2, v)": 3,
    "if(v > 3, v^2, v)": 3,
    "[v[1]^2, v[2]*v[3]]": 2,
}


@pytest.mark.parametrize("text", ARRAYS)
def test_arrays(text):
    problem, known = reference(text, W=W, v=[1.0, 2.0, 3.5])
    found = known.values()
    computed = [n for value in evaluate(problem.graph, problem.rows, problem.point) for n in np.ravel(value)]
    assert len(found) == ARRAYS[text]
    assert [float(one.value) for one in found] == pytest.approx(computed, rel=1e-13)
    # Each derivative against a difference quotient of doubles.
    for variable in problem.variables:
        for k in range(variable.size):
            point = dict(problem.point)
            ends = []
            for step in (1e-6, -1e-6):
                moved = np.array(problem.point[variable.name])
                moved.flat[k] += step
                point[variable.name] = moved
                ends.append([n for v in evaluate(problem.graph, problem.rows, point) for n in np.ravel(v)])
            slopes = [(a - b) / 2e-6 for a, b in zip(*ends, strict=True)]
            exact = known.derivatives(variable.node, k)
            assert [float(one.value) for one in exact] == pytest.approx(slopes, rel=1e-6, abs=1e-6)


def test_every_operation_of_the_table_is_known_or_refused():
    unknown = {
        name
        for name, entry in TABLE.items()
        if entry.kind not in ("composite",) and name not in KERNELS and name not in VALUES and not entry.helper
    }
    assert unknown == set()
    with pytest.raises(DcalcError, match="no 50-digit definition"):
        reference("sum(cofactors_along(W, W))", W=W)[1].values()


def test_error_is_relative_and_absolute_at_zero():
    exact = derivative("x^3", 2.0)
    assert exact.error(12.0) == 0 and exact.error(12.12) == pytest.approx(0.01)
    assert derivative("x^2", 0.0).error(1e-3) == pytest.approx(1e-3)
    assert derivative("sqrt(x)", 0.0).error(1.0) is None


def test_digits_of_the_caller_are_left_alone():
    with mpmath.workdps(31):
        derivative("exp(x)", 1.0)
        assert mp.dps == 31


def test_huge_arguments_end():
    for text in ("if(x > 0, x, gamma(exp(1000 - x)))", "if(x > 0, x, exp(exp(exp(1e3*x))))"):
        assert float(derivative(text, 1.0).value) == 1


def test_what_bends_within_the_first_steps():
    exact = derivative("sin(x)", 1e22).value
    with mp.workdps(120):
        assert abs(exact - mp.cos(mpf(1e22))) <= mpf(10) ** -50
    exact = derivative("f(x, n) = { l = x; for k in 1..n { l = 4*l*(1 - l) }; l }; f(x, 100)", 0.3).value
    with mp.workdps(200):  # sin(2^n*t)^2 with x = sin(t)^2
        t = mp.asin(mp.sqrt(mpf(0.3)))
        assert mp.almosteq(exact, 2**100 * mp.sin(2**101 * t) / mp.sin(2 * t), mpf(10) ** -49)


def test_what_the_value_is_not_made_of():
    problem, known = reference("2*y", y=2.0)
    leaves = problem.graph.input("x"), problem.leaves[0]
    assert [float(known.derivatives(leaf, 0)[0].value) for leaf in leaves] == [0, 2]
