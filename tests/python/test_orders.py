"""f.taylor, f.deriv, f.jvp, f.vjp, f.hvp in Python."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from threading import Thread

import mpmath
import numpy as np
import pytest

import dcalc
from dcalc.errors import DcalcError


def test_a_polynomial_at_a_point():
    p = dcalc.function("exp(sin(x))").taylor(order=4, x=0.5, near={"x": 0.6})
    with mpmath.workdps(30):
        want = [float(c) for c in mpmath.taylor(lambda x: mpmath.exp(mpmath.sin(x)), mpmath.mpf(0.5), 4)]
    assert isinstance(p.coefficients, np.ndarray)
    assert p.coefficients == pytest.approx(want, rel=1e-14)
    assert p.derivatives == pytest.approx([c * math.factorial(k) for k, c in enumerate(want)], rel=1e-14)
    assert p.exact is None
    assert p.polynomial(x=0.6) == pytest.approx(math.exp(math.sin(0.6)), abs=2e-7)
    assert p.near.steps[-1].error == pytest.approx(p.polynomial(x=0.6) - math.exp(math.sin(0.6)), rel=1e-6)
    assert str(p).startswith("T4(x) = 1.615146296 +")
    assert p._repr_latex_().startswith("$$")


def test_fractions_and_several_variables():
    assert dcalc.function("sin(x)").taylor(order=5, x=0).exact == [0, 1, 0, Fraction(-1, 6), 0, Fraction(1, 120)]
    p = dcalc.function("exp(x)*sin(y)").taylor(order=3, x=0, y=0, tensors=True)
    assert p.coefficients[2, 1] == 0.5
    assert p.exact[0, 3] == Fraction(-1, 6)
    assert np.array_equal(p.tensors[2], [[0, 1], [1, 0]])
    assert p.polynomial.text == "y + x*y + x^2*y/2 - y^3/6"
    assert dcalc.function("a*x^2").taylor(order=2, wrt="x", a=3, x=1).coefficients.tolist() == [3, 6, 3]


def test_a_prepared_series_at_many_points():
    t = dcalc.function("tan(x)").taylor(order=20)
    for x in (0.3, -1.2, 1, 0.3):
        with mpmath.workdps(40):
            want = [float(c) for c in mpmath.taylor(mpmath.tan, mpmath.mpf(x), 20)]
        assert t(x) == pytest.approx(want, rel=1e-12)
        assert t(x=x) == t(x)
    assert type(t(0.3)) is list
    again = pickle.loads(pickle.dumps(t))
    assert again(0.3) == t(0.3)


def test_a_prepared_series_along_directions_of_arrays_and_on_paths():
    t = dcalc.function("x*y^2").taylor(order=3)
    assert t(1.0, 2.0, along={"x": 1, "y": -1}) == [4, 0, -3, 1]
    assert t(x=1.0, y=2.0, along={"y": 1}) == [4, 4, 1, 0]
    with pytest.raises(DcalcError, match="which direction"):
        t(1.0, 2.0)
    with pytest.raises(DcalcError, match="no input z"):
        t(1.0, 2.0, along={"z": 1})
    assert dcalc.function("x*y^2").taylor(order=2, wrt="y")(1.0, 2.0) == [4, 4, 1]
    assert dcalc.function("sum(v^2)").taylor(order=2)([1.0, 2.0], along={"v": [1, 0]}) == [5, 2, 1]
    assert dcalc.function("abs(x)").taylor(order=2)(-2.0) == [2, -1, 0]
    t = dcalc.function("n = 1; while n < x { n = n*2 }; n*x").taylor(order=2)
    assert [t(3.0), t(5.0), t(3.0)] == [[12, 4, 0], [40, 8, 0], [12, 4, 0]]
    t = dcalc.function("sin(x)/x").taylor(order=2)
    assert t(0.0) == pytest.approx([1, 0, -1 / 6])
    assert t(1.0)[0] == math.sin(1)
    with pytest.raises(DcalcError, match="log"):
        dcalc.function("log(x)").taylor(order=2)(-1.0)


def test_threads_may_call_a_prepared_series():
    t = dcalc.function("if(x > 0, exp(x), sin(x))*x").taylor(order=6)
    want = {x: t(x) for x in (-1.0, 1.0, 0.5)}
    wrong = []

    def work(x):
        wrong.extend(x for _ in range(300) if t(x) != want[x])

    threads = [Thread(target=work, args=(x,)) for x in want]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_deriv():
    f = dcalc.function("x^3*exp(2*y)")
    d = f.deriv({"x": 2, "y": 1}, x=1, y=0)
    assert float(d) == 12
    assert d.value == 1
    assert float(f.deriv("x=2,y=1", {"x": 1, "y": 0}, backend="symbolic")) == 12
    assert f.deriv({"x": 3}, x=1, y=0, backend="all").agree
    assert str(d) == "value      1\nd³/dx² dy  12"
    vector = dcalc.function("[x^3, x*y]").deriv({"x": 3}, x=2.0, y=1.0)
    assert np.asarray(vector).tolist() == [6, 0]
    assert float(dcalc.function("sum(v^3)").deriv({"v[2]": 2}, v=[1, 2])) == 12
    for wrong in ({}, {"x": 0}, {"z": 1}, {"x": 1.5}, 3):
        with pytest.raises(DcalcError):
            f.deriv(wrong, x=1, y=0)


def test_products():
    f = dcalc.function("[x*y, x + y]")
    assert f.jvp(v={"x": 1, "y": 2}, x=2, y=3).product.tolist() == [7, 3]
    assert f.jvp(v=[1, 2], x=2, y=3).value.tolist() == [6, 5]
    down = f.vjp(u=[1, 10], x=2, y=3)
    assert np.asarray(down).tolist() == [13, 12]
    assert (down["x"], down["y"]) == (13, 12)
    assert str(down).splitlines()[0] == "value      [6, 5]"
    g = dcalc.function("x^2*y + y^3")
    assert np.asarray(g.hvp(v={"x": 1}, x=1, y=2)).tolist() == [4, 2]
    assert g.hvp(v=[1, 1], x=1, y=2, backend="all").agree
    assert float(g.jvp({"x": 1, "y": 2}, v={"y": 1})) == 13
    assert g.vjp(x=1, y=2).product.tolist() == [4, 13]
    kink = dcalc.function("abs(x)").jvp(v=[1], x=0)
    assert "kink" in str(kink)
    matrix = dcalc.function("sum(W @ x)").vjp(W=[[1, 2], [3, 4]], x=[1, 1])
    assert matrix["W"].tolist() == [[1, 1], [1, 1]]
    for call in (
        lambda: g.hvp(v={"z": 1}, x=1, y=2),
        lambda: g.hvp(v=[1], x=1, y=2),
        lambda: f.hvp(v=[1, 1], x=1, y=2),
        lambda: f.vjp(u=[1], x=1, y=2),
        lambda: f.vjp(x=1, y=2),
        lambda: g.jvp(v=[math.inf, 0], x=1, y=2),
    ):
        with pytest.raises(DcalcError):
            call()


def test_refusals():
    f = dcalc.function("abs(x)")
    with pytest.raises(DcalcError, match="kink"):
        f.taylor(order=2, x=0)
    assert f.taylor(order=2, x=0, at_kink="lecture").coefficients.tolist() == [0, 0, 0]
    for order in (0, -1, 1.5, "2"):
        with pytest.raises(DcalcError, match="order"):
            f.taylor(order=order, x=1)
    with pytest.raises(DcalcError, match="not what varies"):
        f.taylor(order=2, x=1, near={"y": 1})
    with pytest.raises(DcalcError, match="is of a number"):
        dcalc.function("[x, x]").taylor(x=1)


def test_hessians_of_vectors_are_m_n_n():
    h = dcalc.function("[x*y^2, x^2, y]").hess(x=2, y=3)
    want = [[[0, 6], [6, 4]], [[2, 0], [0, 0]], [[0, 0], [0, 0]]]
    assert np.asarray(h).tolist() == want
    assert h.entries() == want
    assert h["x", "y"].tolist() == [6, 0, 0]
