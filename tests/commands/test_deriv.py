"""deriv: mixed orders against mpmath by every backend, high orders, components of arrays, kinks, refusals."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import mpmath
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from sessions import Session

AT = ["--at", "x=0.7,y=1.3"]
TEXT = "sin(x*y)*exp(x) + y^3/(1 + x^2)"


def function(x, y):
    return mpmath.sin(x * y) * mpmath.exp(x) + y**3 / (1 + x * x)


def exact(*orders):
    with mpmath.workdps(60):
        return float(mpmath.diff(function, (mpmath.mpf(0.7), mpmath.mpf(1.3)), orders))


def body(dcalc, *words, status=0):
    result = dcalc(["deriv", *words, "--json"])
    assert result.status == status, result.err or result.out
    return json.loads(result.out)


@pytest.mark.parametrize("backend", ["taylor", "forward", "reverse", "symbolic", "fd", "auto"])
@pytest.mark.parametrize("orders", [(1, 0), (0, 2), (2, 1), (1, 3)])
def test_every_backend(dcalc, backend, orders):
    words = ",".join(f"{name}={k}" for name, k in zip("xy", orders, strict=True) if k)
    found = body(dcalc, TEXT, *AT, "--orders", words, "--backend", backend)
    assert found["derivative"] == pytest.approx(exact(*orders), rel=1e-12 if backend != "fd" else 1e-7)
    assert found["value"] == pytest.approx(float(function(0.7, 1.3)))
    assert found["orders"] == {name: k for name, k in zip("xy", orders, strict=True) if k}
    assert ("error_estimate" in found) == (backend == "fd")


def test_all_of_them_agree(dcalc):
    found = body(dcalc, TEXT, *AT, "--orders", "x=2,y=2", "--backend", "all")
    assert found["agree"]
    assert list(found["backends"]) == ["fd", "forward", "reverse", "symbolic", "taylor"]
    text = dcalc(["deriv", TEXT, *AT, "--orders", "x=2,y=2", "--backend", "all"]).out
    assert "5 methods agree" in text
    assert "d⁴/dx² dy²" in text


def test_a_wrong_number_is_noticed(dcalc, monkeypatch):
    from dcalc.backends import mixed

    right = mixed.by_taylor
    monkeypatch.setattr(mixed, "by_taylor", lambda *a: right(*a)._replace(numbers=[right(*a).numbers[0] * 1.00001]))
    found = body(dcalc, TEXT, *AT, "--orders", "x=2,y=1", "--backend", "all", status=1)
    assert not found["agree"]
    assert "taylor says" in found["disagreements"][0]


def test_high_orders_take_no_time_and_lose_no_digits(dcalc):
    found = body(dcalc, "1/(1 + x)", "--at", "x=0.5", "--orders", "x=40")
    assert found["derivative"] == pytest.approx(math.factorial(40) / 1.5**41, rel=1e-13)
    assert found["backend"] == "taylor"
    found = body(dcalc, "exp(x*y)", "--at", "x=1,y=0.5", "--orders", "x=10,y=10")
    want = math.exp(0.5) * sum(math.comb(10, k) * math.perm(10, k) * 0.5 ** (10 - k) for k in range(11))
    assert found["derivative"] == pytest.approx(want, rel=1e-13)


def test_sweeps_that_would_grow_too_long_are_left_out(dcalc, monkeypatch):
    from dcalc.backends import mixed

    monkeypatch.setattr(mixed, "MOST_NODES", 2_000)
    words = ["gamma(x)*tan(x)/(1 + x^2)", "--at", "x=1.2", "--orders", "x=20"]
    result = dcalc(["deriv", *words, "--backend", "all"])
    assert result.status == 0
    assert "only Taylor mode" in result.err
    assert dcalc(["deriv", *words, "--backend", "forward"]).status == 1


def test_components_of_arrays(dcalc):
    words = ["sum(v)^4*v[1]", "--at", "v=[1,2]", "--orders", "v[1]=2,v[2]=1"]
    # d²/dv₁² d/dv₂ of (a + b)^4·a at (1, 2): 24(a + b)·a + 2·12(a + b)²
    for backend in ("auto", "forward", "symbolic", "all"):
        found = body(dcalc, *words, "--backend", backend)
        numbers = (
            [one["derivative"] for one in found["backends"].values()] if backend == "all" else [found["derivative"]]
        )
        assert numbers == pytest.approx([24 * 3 * 1 + 24 * 9] * len(numbers), rel=1e-6)


def test_of_arrays_each_component_and_loops_and_paths(dcalc):
    assert body(dcalc, "[x^3, x*y, 2]", "--at", "x=1,y=2", "--orders", "x=2")["derivative"] == [6, 0, 0]
    assert body(dcalc, "[x^4, x*y, 2]", "--at", "x=1,y=2", "--orders", "x=3")["derivative"] == [24, 0, 0]
    loop = "s = x; for k in 1..5 { s = s*x }; s"
    assert body(dcalc, loop, "--at", "x=2", "--orders", "x=4")["derivative"] == pytest.approx(360 * 4)


def test_kinks_are_told(dcalc):
    result = dcalc(["deriv", "abs(x)*x", "--at", "x=0", "--orders", "x=2"])
    assert result.status == 0
    assert "abs(x) has a kink here" in result.err


def test_sentences_and_the_answer():
    session = Session("f(x) = x^5", "x = 2")
    assert session("deriv f(x) orders x=3") == "value   32\nd³/dx³  240"
    assert session("ans/2") == "120"
    session("deriv f(x) orders x=3 using forward")
    assert "forward: " in session.output.notes[-1].message


def test_formats(dcalc):
    words = ["deriv", "x^3*exp(2*y)", "--orders", "x=2,y=1", "--at", "x=1,y=0"]
    assert r"\frac{\partial^{3} f}{\partial x^{2} \, \partial y} &= 12" in dcalc([*words, "--format", "latex"]).out
    assert dcalc([*words, "--format", "csv"]).out.splitlines()[-1] == "d³/dx² dy,12.0"
    assert dcalc([*words, "--ascii"]).out.splitlines()[-1].split() == ["d^3/dx^2", "dy", "12"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["x^2", "--at", "x=1"], "which derivative?"),
        (["x^2", "--at", "x=1", "--orders", "x=0"], "a whole number from 1 on"),
        (["x^2", "--at", "x=1", "--orders", "x=two"], "a whole number from 1 on"),
        (["x^2", "--at", "x=1", "--orders", "x=2,x=1"], "stands twice"),
        (["x^2", "--at", "x=1", "--orders", "z=2"], "no z"),
        (["sum(v)", "--at", "v=[1,2]", "--orders", "v=2"], "which component?"),
        (["sum(v)", "--at", "v=[1,2]", "--orders", "v[3]=2"], "no v[3]"),
        (["x^2", "--at", "x=1", "--orders", "x=900"], "900"),
        (["x^2.5", "--at", "x=0", "--orders", "x=3"], "x^2.5"),
        (["1/x", "--at", "x=0.001", "--orders", "x=200"], "order 102 is too large for floating point"),
        (["x^2", "--at", "x=1", "--orders", "x=2", "--backend", "nosuch"], "no backend nosuch"),
    ],
)
def test_refusals(dcalc, words, what):
    result = dcalc(["deriv", *words])
    assert result.status in (1, 2)
    assert what in result.err


def test_the_language_takes_high_orders(dcalc):
    found = json.loads(dcalc(["eval", "diff(1/(1 + x), x, 40)", "--at", "x=0.5", "--json"]).out)
    assert found["value"] == pytest.approx(math.factorial(40) / 1.5**41, rel=1e-13)
    assert dcalc(["eval", "diff(if(x > 0, x^12, x), x, 12)", "--at", "x=1"]).out == "479001600\n"
    assert dcalc(["grad", "diff(exp(2*x*y), x, 12)", "--at", "x=0,y=1"]).out.split() == [
        "value",
        "4096",
        "d/dx",
        "8192",
        "d/dy",
        "49152",
    ]
    assert "kink" in dcalc(["eval", "diff(abs(x), x, 12)", "--at", "x=0"]).err
