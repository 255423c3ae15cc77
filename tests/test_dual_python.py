"""What ordinary Python and NumPy code does with dual numbers: statistics, branches by np.where, vectors, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import dcalc
from dcalc import DcalcError, Dual, derivative, gradient

POINT = np.array([3.0, 1.2, 2.0])
MATRIX = np.array([[3.0, 1.0, 0.5], [1.0, 4.0, 1.0], [0.2, 1.0, 5.0]])


def differences(f, at, h=1e-6):
    steps = h * np.eye(len(at))
    return [(float(f(at + step)) - float(f(at - step))) / (2 * h) for step in steps]


@pytest.mark.parametrize(
    "f",
    [
        np.var,
        np.std,
        lambda v: np.vdot(v, v),
        lambda v: v.conj() @ v,
        lambda v: np.linalg.norm(v, axis=0),
        lambda v: np.tensordot(v, v, 1),
        lambda v: (v - v.mean())[0] / v.std(),
        lambda v: np.log(np.sum(np.exp(v))),
        lambda v: (np.exp(v - np.max(v)) / np.exp(v - np.max(v)).sum())[0],
        lambda v: np.tanh(MATRIX @ v + v).sum(),
        lambda v: np.where(v > 1.5, np.sqrt(v), -v).sum(),
        lambda v: np.maximum(v, 1.5).prod(),
        lambda v: np.arctan2(v, 1.0).sum() + np.hypot(v, 2.0).sum(),
        lambda v: np.logaddexp(v, 1.0).sum(),
        lambda v: np.exp(np.concatenate([v, [1.0, 2.0]])).sum(),
        lambda v: np.float_power(v, 2).sum(),
        lambda v: v[np.isfinite(v)].sum() ** 2,
    ],
)
def test_functions_of_a_vector(f):
    (found,) = gradient(f, [POINT])
    assert found == pytest.approx(differences(f, POINT), rel=1e-6, abs=1e-7)


def test_in_place():
    def f(v):
        v = v.copy()
        v += 1
        np.exp(v, out=v)
        v *= v
        return v.sum()

    assert gradient(f, [[0.5, 0.25]]) == [pytest.approx([2 * np.exp(3.0), 2 * np.exp(2.5)])]


def test_an_array_without_an_axis_is_its_item():
    assert derivative(lambda x: np.where(x > 0, x**2, -x), 2.0) == 4.0
    assert derivative(lambda x: x * np.where(x > 0, x, 0), 2.0) == 4.0
    assert derivative(lambda x: np.maximum(x, np.where(x > 0, 2 * x, 0)), 2.0) == 2.0
    assert derivative(lambda x: dcalc.sin(np.where(x > 0, x, 0)), 0.5) == pytest.approx(np.cos(0.5))
    assert Dual(2, 1) < np.array(Dual(3, 1), dtype=object)


def test_comparisons_choose_items():
    numbers = np.array([1.0, 3.0])
    assert numbers[numbers < Dual(2, 1)].tolist() == [1.0]


def test_the_conjugate_of_dual_numbers_is_not_that_of_numpy():
    assert Dual(2, 3).conj().parts == (2.0, -3.0)
    assert Dual(2, 3).conjugate().parts == np.conjugate(Dual(2, 3)).parts == (2.0, 3.0)


def test_an_exponent_without_a_coefficient_of_epsilon_is_a_number():
    assert (Dual(-2, 1) ** Dual(2, 0)).parts == (4.0, -4.0)
    assert (Dual(-2, 1, 0) ** Dual(3, 0, 0)).parts == (-8.0, 12.0, -6.0)
    assert gradient(lambda v: v[0] ** v[1], [[2.0, 3.0]]) == [pytest.approx([12.0, 8 * np.log(2)])]
    with pytest.raises(DcalcError, match=r"\(-2\)\^2 has no series"):
        Dual(-2, 1) ** Dual(2, 1)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: derivative(lambda x: None, 2.0), "None; `return` may be missing"),
        (lambda: derivative(lambda x: {"a": x}, 2.0), "gives {'a'"),
        (lambda: derivative(lambda x: lambda y: x + y, 2.0), "gives a function"),
        (lambda: derivative("x^2", 2.0), "of a Python function"),
        (lambda: gradient("x^2", [2.0]), "of a Python function"),
        (lambda: gradient(lambda x: x, 2.0), "a value for each argument"),
        (lambda: gradient(lambda x: x, {"x": 2.0}), "a value for each argument"),
        (lambda: gradient(lambda v: v[0], [2.0, 3.0]), "cannot be called with 2 arguments"),
        (lambda: derivative(lambda x: 1 / x, 0.0), r"^1/0 is not defined"),
        (lambda: derivative(dcalc.log, 0.0), r"^log\(0\) is not defined"),
        (lambda: derivative(dcalc.sqrt, 0.0), r"^sqrt\(0\) has no series"),
        (lambda: derivative(lambda x: x**0.5, 0.0), r"^0\^0.5 has no series"),
        (lambda: derivative(lambda x: dcalc.sin(x) / x, 0.0), "a quotient is 0/0"),
        (lambda: derivative(lambda x: np.exp(np.array([x, 1.0])).sum(), 2.0), "np.exp takes no array that has dual"),
        (lambda: gradient(lambda v: np.degrees(v).sum(), [[1.0, 2.0]]), "np.degrees takes no dual numbers"),
        (lambda: gradient(lambda v: np.log(v).sum(), [[-1.0, 2.0]]), r"log\(-1\) is not defined"),
        (lambda: gradient(lambda v: np.nextafter(v, 1.0).sum(), [[1.0, 2.0]]), "takes no dual numbers"),
    ],
)
def test_errors(action, words):
    with pytest.raises(DcalcError, match=words):
        action()


@pytest.mark.parametrize(
    "action",
    [
        lambda: dcalc.function("sum(v)")(v=[Dual(1, 1), 2]),
        lambda: dcalc.function("sum(v)")(v=np.array([Dual(1, 1), 2])),
        lambda: dcalc.function("x^2").grad(x=Dual(1, 1)),
    ],
)
def test_where_texts_take_no_dual_numbers(action):
    with pytest.raises(DcalcError, match="is not a number") as caught:
        action()
    assert "takes dual numbers for inputs that are numbers" in caught.value.hint


def test_errors_of_the_function_itself_are_its_own():
    with pytest.raises(TypeError, match="not subscriptable"):
        derivative(lambda x: (x + 1)[0], 2.0)


def test_the_hint_for_an_array_of_both_kinds_works():
    with pytest.raises(DcalcError) as caught:
        derivative(lambda x: np.arcsin(np.array([x, 0.5])).sum(), 0.0)
    assert caught.value.hint == "dcalc.asin takes it"
    assert derivative(lambda x: dcalc.asin(np.array([x, 0.5])).sum(), 0.0) == 1.0


def test_the_hint_for_a_function_of_a_vector_works():
    with pytest.raises(DcalcError) as caught:
        gradient(lambda v: v[0] * v[1], [2.0, 3.0])
    assert "gradient(f, [[x, y]])" in caught.value.hint
    assert gradient(lambda v: v[0] * v[1], [[2.0, 3.0]]) == [[3.0, 2.0]]
