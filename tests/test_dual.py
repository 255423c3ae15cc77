"""`dcalc.Dual`: ordinary Python functions, NumPy's, nesting, algebra; and `dcalc.sin` and its kin."""

from __future__ import annotations

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dcalc
from dcalc import DcalcError, Dual, derivative, gradient
from dcalc.primitives import TABLE

small = st.integers(-6, 6).map(float)
duals = st.builds(Dual, small, small, small)


def close(got, *want, tolerance=1e-13):
    assert len(got.parts) == len(want)
    for a, b in zip(got.parts, want, strict=True):
        assert a == pytest.approx(b, rel=tolerance, abs=tolerance)


# -- algebra


@given(duals, duals, duals)
def test_the_ring_laws_hold(a, b, c):
    def same(u, v):
        assert u.parts == v.parts

    same(a + b, b + a)
    same((a + b) + c, a + (b + c))
    same(a * b, b * a)
    same((a * b) * c, a * (b * c))
    same(a * (b + c), a * b + a * c)
    same(a - a, Dual(0, 0, 0))
    same(1 * a + 0, a)
    same(a**3, a * a * a)
    same(-1 * -a, a)
    same((a * b).conj(), a.conj() * b.conj())


@given(small, small, small, small)
def test_pairs(a, b, c, d):
    product = Dual(a, b) * Dual(c, d)
    assert product.parts == (a * c, a * d + b * c)
    assert (Dual(a, b) * Dual(a, b).conj()).parts == (a * a, 0.0)
    if c:
        close(Dual(a, b) / Dual(c, d), a / c, (b * c - a * d) / c**2)
        close(Dual(a, b) / Dual(c, d) * Dual(c, d), a, b)


def test_powers_of_epsilon_above_the_order_are_cut_off():
    assert (Dual(0, 1) ** 2).parts == (0.0, 0.0)
    assert (Dual(0, 1, 0) ** 2).parts == (0.0, 0.0, 1.0)
    assert (Dual(0, 1, 0) ** 3).parts == (0.0, 0.0, 0.0)
    assert (Dual(1, 1) + Dual(1, 2, 3)).parts == (2.0, 3.0)  # what is above was cut off of the first
    assert Dual(2, 1, order=3).parts == (2.0, 1.0, 0.0, 0.0)


def test_the_definition_of_the_derivative():
    x, eps = Dual(3, 0), Dual(0, 1)
    quotient = ((x + eps) ** 2 - x**2) / eps
    assert quotient.parts == (6.0,)
    assert repr(quotient) == "Dual(6.0, order=0)"


# -- Python's functions


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = (x + a / x) / 2
    return x


def power(x, n):
    return 1 if n == 0 else power(x * x, n // 2) if n % 2 == 0 else x * power(x, n - 1)


def branches(x):
    if x > 1:
        return x * x
    if 0 <= x <= 1:
        return 3 * x
    return -x


def test_loops_recursion_and_branches():
    close(newton(Dual(2, 1)), math.sqrt(2), 1 / (2 * math.sqrt(2)))
    close(power(Dual(1.5, 1), 13), 1.5**13, 13 * 1.5**12)
    assert [derivative(branches, x) for x in (2.0, 0.5, -1.0)] == [4.0, 3.0, -1.0]
    assert derivative(lambda x: sum((k * x for k in range(int(x) + 1)), start=x), 3.5) == 7.0
    close(2 ** Dual(3, 1), 8, 8 * math.log(2))
    close(Dual(2, 1) ** Dual(2, 1), 4, 4 * (math.log(2) + 1))
    close(1 / Dual(2, 1), 0.5, -0.25)
    close(7 % Dual(4, 1), 3, -1)
    close(abs(Dual(-2, 1)), 2, -1)
    assert (Dual(7.5, 1) // 2).parts == (3.0, 0.0)


def test_nesting_does_not_confuse_perturbations():
    assert derivative(lambda x: x * derivative(lambda y: x + y, 1.0), 5.0) == 1.0
    assert derivative(lambda x: x * derivative(lambda y: x * y**2, x), 3.0) == 6 * 9.0  # (2x^3)'
    third = derivative(lambda x: derivative(lambda y: derivative(lambda z: y * z**3 * x, y), x), 2.0)
    assert third == 27 * 2.0**2  # 3yz²x at z = y, of that 9y²x at y = x, of that 27x²
    assert derivative(lambda x: derivative(dcalc.sin, x), 0.5) == pytest.approx(-math.sin(0.5), rel=1e-15)


def test_higher_orders_in_one_pass_and_by_nesting():
    def f(x):
        return dcalc.exp(x * x) * dcalc.sin(x)

    want = mpmath.taylor(lambda x: mpmath.exp(x * x) * mpmath.sin(x), 0.7, 5)
    close(f(Dual(0.7, 1, order=5)), *map(float, want), tolerance=1e-12)
    for order in (1, 2, 5):
        assert derivative(f, 0.7, order=order) == pytest.approx(float(want[order]) * math.factorial(order), rel=1e-12)
    assert derivative(lambda x: derivative(f, x), 0.7) == pytest.approx(2 * float(want[2]), rel=1e-13)
    assert derivative(lambda x: 3.0, 1.0) == 0.0
    assert derivative(lambda x: [x, (x * x, 1)], 3.0) == [1.0, (6.0, 0.0)]


def test_gradients():
    assert gradient(lambda x, y: x * y**2, [2, 3]) == [9.0, 12.0]
    assert gradient(lambda v, c: c * np.sum(v * v), [[1, 2, 3], 2]) == [[4.0, 8.0, 12.0], 14.0]


# -- functions


@pytest.mark.parametrize("name", ["sin", "exp", "log", "tanh", "atan", "sqrt", "sigmoid", "lgamma", "erf", "cbrt"])
def test_the_table_s_functions(name):
    function = getattr(dcalc, name)
    h = 1e-6
    value, slope = function(Dual(0.8, 1)).parts
    assert value == function(0.8)
    assert slope == pytest.approx((function(0.8 + h) - function(0.8 - h)) / (2 * h), rel=1e-8)
    assert isinstance(function(0.8), float)
    array = np.array([[0.3, 0.8]])
    assert np.allclose(function(array), [[function(0.3), function(0.8)]], rtol=1e-15)


def test_functions_of_several_arguments():
    x = Dual(2, 1)
    assert dcalc.max(1, x, Dual(2, 5)).parts == (2.0, 5.0)  # of equal ones the last, as in the lectures
    assert dcalc.clip(x, 0, 1).parts == (1.0, 0.0)
    assert dcalc.leaky_relu(Dual(-1, 1)).parts == (-0.01, 0.01)
    assert dcalc.relu(Dual(0, 1)).parts == (0.0, 1.0)
    assert abs(Dual(0, 1)).parts == (0.0, 0.0)
    close(dcalc.polygamma(1, x), math.pi**2 / 6 - 1, -0.4041138063191886)
    close(dcalc.hypot(Dual(3, 1), 4), 5, 0.6)
    assert dcalc.ln(1) == 0.0
    assert {"sin", "ln", "relu", "Dual", "function"} <= set(dir(dcalc))
    assert not {"if", "unit", "+", "dot"} & set(dir(dcalc))


def test_numpy_functions_and_arrays_of_duals():
    x = Dual(2, 1)
    close(np.sin(x), math.sin(2), math.cos(2))
    close(np.float64(3) * x, 6, 3)
    close(np.arctan2(x, 1.0), math.atan2(2, 1), 0.2)
    v = np.array([x, Dual(3, 0)])
    for total in (np.sum(v * v), np.dot(v, v), v @ v):
        assert total.parts == (13.0, 4.0)
    assert [one.parts for one in np.array([1.0, 2.0]) * x] == [(2.0, 1.0), (4.0, 2.0)]
    assert [one.parts[1] for one in np.exp(v)] == [math.exp(2), 0.0]
    assert [one.parts[1] for one in dcalc.sin(v)] == [math.cos(2), 0.0]
    assert [bool(one) for one in v > 2.5] == [False, True]
    for entry in TABLE.values():
        if entry.kind == "elementwise" and entry.numpy and entry.arity == 1:
            x = Dual(sum(entry.sample[0]) / 2 + 0.1, 1)
            assert getattr(np, entry.numpy)(x).parts == getattr(dcalc, entry.name)(x).parts


def test_texts_take_dual_numbers_and_give_them():
    f = dcalc.function("x^2*sin(y)")
    close(f(x=Dual(2, 1), y=3), 4 * math.sin(3), 4 * math.sin(3))
    close(f(x=Dual(2, 1), y=Dual(3, 1)), 4 * math.sin(3), 4 * math.sin(3) + 4 * math.cos(3))
    assert derivative(lambda x: f(x=x, y=0.5), 3.0) == pytest.approx(6 * math.sin(0.5))
    assert dcalc.function("(x + eps)^2")(x=3).parts == (9.0, 6.0)
    with pytest.raises(DcalcError, match="plain numbers"):
        dcalc.function("(x + eps)^2").grad(x=3)


# -- as a value


def test_comparisons_go_by_the_real_part():
    x = Dual(2, 1)
    assert x == 2 and x == Dual(2, 5) and x != 3 and hash(x) == hash(2.0)
    assert 1 < x <= 2 and x >= 2 and not x > 2
    assert x and not Dual(0, 1)
    assert (int(Dual(2.7, 1)), math.floor(Dual(-2.5, 1)), math.ceil(Dual(2.5, 1)), round(Dual(2.6, 1))) == (2, -3, 3, 3)
    assert (x == "a") is False


def test_texts_of_values():
    x = Dual(2, 1) ** 2
    assert (str(x), repr(x), f"{x:.2f}") == ("4 + 4ε", "Dual(4.0, 4.0)", "4.00 + 4.00ε")
    assert str(Dual(1, -1, 0, 2.5)) == "1 - ε + 0ε² + 2.5ε³"
    assert x._repr_latex_() == r"$4 + 4 \varepsilon$"
    assert (x.real, x.order, x.part(1)) == (4.0, 1, 4.0)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: math.sin(Dual(1, 1)), "dcalc.sin and np.sin"),
        (lambda: float(Dual(1, 1)), "its ε would be lost"),
        (lambda: dcalc.log(Dual(-1, 1)), r"log\(-1\) is not defined"),
        (lambda: dcalc.log(-1.0), r"log\(-1\) is not defined"),
        (lambda: dcalc.sqrt(Dual(0, 1)), "no series"),
        (lambda: dcalc.exp(Dual(1000, 1)), "too large"),
        (lambda: 1 / Dual(0, 1), "divided by one without one"),
        (lambda: Dual(1, 1) / 0, "not defined"),
        (lambda: Dual(0, 1) / Dual(0, 0), "cut off"),
        (lambda: Dual(Dual(1, 1), 1), "already"),
        (lambda: Dual("1"), "is a number"),
        (lambda: Dual(), "real part"),
        (lambda: Dual(1, 2, order=0), "order"),
        (lambda: Dual(1, 2).part(2), "parts 0 to 1"),
        (lambda: np.arctanh(Dual(2, 1)), "not defined"),
        (lambda: np.nextafter(Dual(2, 1), 3), "takes no dual numbers"),
        (lambda: dcalc.sin("x"), "takes numbers"),
        (lambda: dcalc.clip(Dual(2, 1), 0), "arguments"),
        (lambda: derivative(dcalc.sin, 1.0, order=0), "order"),
        (lambda: derivative(dcalc.sin, [1.0]), "at a number"),
        (lambda: dcalc.function("x*y")(x=Dual(1, 1), y=Dual.variable(2)), "different ε"),
    ],
)
def test_errors(action, words):
    with pytest.raises(DcalcError, match=words):
        action()


def test_a_type_error_for_those_who_ask_for_a_float():
    with pytest.raises(TypeError):
        math.cos(Dual(1, 1))
    assert not hasattr(dcalc, "no_such_function")


def test_importing_dcalc_stays_light():
    code = "import sys, dcalc; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"numpy", "dcalc.dual", "dcalc.primitives"} & set(done.stdout.split())
