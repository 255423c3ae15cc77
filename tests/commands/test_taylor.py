"""taylor and plot --taylor: textbook polynomials, remainders, nearby points, several variables, and refusals."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import mpmath
import pytest

from dcalc.language import parse, source, unparse

sys.path.insert(0, str(Path(__file__).parent.parent))
from sessions import Session


def body(dcalc, *words, status=0):
    result = dcalc([*words, "--json"])
    assert result.status == status, result.err or result.out
    return json.loads(result.out)


def values(found):
    return [one["value"] for one in found["coefficients"]]


TEXTBOOK = [
    ("sin(x)", "x=0", 5, "x - x^3/6 + x^5/120"),
    ("cos(x)", "x=0", 4, "1 - x^2/2 + x^4/24"),
    ("exp(-x)", "x=0", 3, "1 - x + x^2/2 - x^3/6"),
    ("log(1 + x)", "x=0", 4, "x - x^2/2 + x^3/3 - x^4/4"),
    ("log(x)", "x=1", 3, "(x - 1) - (x - 1)^2/2 + (x - 1)^3/3"),
    ("1/(1 - x)", "x=0", 3, "1 + x + x^2 + x^3"),
    ("1/x", "x=-2", 2, "-1/2 - (x + 2)/4 - (x + 2)^2/8"),
    ("sqrt(x)", "x=1/4", 2, "1/2 + (x - 1/4) - (x - 1/4)^2"),
    ("tan(x)", "x=0", 5, "x + x^3/3 + 2*x^5/15"),
    ("x^3 - 2*x", "x=2", 5, "4 + 10*(x - 2) + 6*(x - 2)^2 + (x - 2)^3"),
    ("exp(x)*sin(y)", "x=0,y=0", 3, "y + x*y + x^2*y/2 - y^3/6"),
    ("v[1]*v[2]", "v=[1,2]", 2, "2 + 2*(v[1] - 1) + (v[2] - 2) + (v[1] - 1)*(v[2] - 2)"),
    ("0*x", "x=1", 2, "0"),
]


@pytest.mark.parametrize(("text", "at", "order", "want"), TEXTBOOK, ids=[one[0] for one in TEXTBOOK])
def test_polynomials_as_in_textbooks(dcalc, text, at, order, want):
    found = body(dcalc, "taylor", text, "--at", at, "--order", str(order))
    assert unparse(parse(source(found["polynomial"]))) == unparse(parse(source(want)))
    first = dcalc(["taylor", text, "--at", at, "--order", str(order)]).out.splitlines()[0]
    assert first.partition(" = ")[2] == found["polynomial"]


def test_it_reads_again_as_the_function_nearby(dcalc):
    found = body(dcalc, "taylor", "exp(sin(x))", "--at", "x=0.5", "--order", "12")
    assert not found["exact"]
    again = body(dcalc, "eval", found["polynomial"], "--at", "x=0.6")
    assert again["value"] == pytest.approx(math.exp(math.sin(0.6)), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "function", "x"),
    [
        ("exp(sin(x))", lambda x: mpmath.exp(mpmath.sin(x)), 0.5),
        ("x^x", lambda x: x**x, 1.3),
        ("erf(x)", mpmath.erf, 0.2),
        ("sum([x, x^2]^2)*norm([x, 1])", lambda x: (x**2 + x**4) * mpmath.sqrt(x * x + 1), 0.7),
        ("r = x; while r > 1 { r = r/2 + 1/8 }; sin(r)", lambda x: mpmath.sin((x / 2 + 0.125) / 2 + 0.125), 2.5),
    ],
)
def test_coefficients_derivatives_and_the_next_one(dcalc, text, function, x):
    found = body(dcalc, "taylor", text, "--at", f"x={x}", "--order", "6")
    with mpmath.workdps(50):
        want = [float(one) for one in mpmath.taylor(function, mpmath.mpf(x), 7)]
    assert values(found) == pytest.approx(want[:7], rel=1e-12, abs=1e-12)
    derivatives = [one["derivative"] for one in found["coefficients"]]
    assert derivatives == pytest.approx([c * math.factorial(k) for k, c in enumerate(want[:7])], rel=1e-12, abs=1e-9)
    assert found["next"]["value"] == pytest.approx(want[7], rel=1e-9)


def test_lecture_row_24(dcalc):
    found = body(dcalc, "taylor", "sin(x)", "--at", "x=0", "--order", "7", "--near", "x=1")
    sums = [1, 1, 1 - 1 / 6, 1 - 1 / 6, 1 - 1 / 6 + 1 / 120]
    assert [one["sum"] for one in found["near"]["orders"]][1:6] == pytest.approx(sums)
    assert [one["error"] for one in found["near"]["orders"]][7] == pytest.approx(-2.7306e-6, rel=1e-3)
    # sin^(8) = sin, whose largest value at nine places between 0 and 1 is that at 1
    assert found["near"]["lagrange"] == pytest.approx(math.sin(1) / math.factorial(8))


def test_lecture_row_25(dcalc):
    """f(x0) + ∇f(x0)(x − x0) gets worse away from x0, and each order mends it."""
    errors = []
    for step in (0.1, 0.2, 0.4):
        near = body(dcalc, "taylor", "exp(x)*cos(y)", "--at", "x=0,y=0", "--order", "4", "--near", f"x={step},y={step}")
        f = math.exp(step) * math.cos(step)
        orders = near["near"]["orders"]
        # D^k of Re exp((1 + i)t): Re (1 + i)^k/k!
        terms = [((1 + 1j) ** k).real / math.factorial(k) * step**k for k in range(5)]
        assert [one["term"] for one in orders] == pytest.approx(terms, abs=1e-15)
        assert [one["error"] for one in orders] == pytest.approx([sum(terms[: k + 1]) - f for k in range(5)], abs=1e-14)
        assert near["near"]["value"] == pytest.approx(f)
        errors.append(abs(orders[1]["error"]))
        assert abs(orders[3]["error"]) < abs(orders[1]["error"])
    assert errors[0] < errors[1] / 4 < errors[2] / 16


def test_tensors_are_the_symmetric_arrays_of_derivatives(dcalc):
    found = body(dcalc, "taylor", "x^2*y + y^3*exp(x)", "--at", "x=0.5,y=2", "--order", "3", "--tensors")
    value, gradient, hessian, third = found["tensors"]

    def function(x, y):
        return x**2 * y + y**3 * mpmath.exp(x)

    def d(*orders):
        return float(mpmath.diff(function, (0.5, 2), orders))

    assert value == pytest.approx(function(0.5, 2))
    assert gradient == pytest.approx([d(1, 0), d(0, 1)])
    assert [*hessian[0], *hessian[1]] == pytest.approx([d(2, 0), d(1, 1), d(1, 1), d(0, 2)])
    for i in range(2):
        for j in range(2):
            for k in range(2):
                ones = i + j + k
                assert third[i][j][k] == pytest.approx(d(3 - ones, ones), rel=1e-6)


def test_high_orders_in_two_variables_lose_no_digits(dcalc):
    found = body(dcalc, "taylor", "exp(x*y) + sin(x)", "--at", "x=0.3,y=0.7", "--order", "12")
    for one in found["coefficients"]:
        i, j = one["powers"]
        # d^i/dx^i d^j/dy^j exp(x*y): a sum of positive terms by Leibniz' rule
        want = sum(
            math.comb(j, k) * math.perm(i, k) * 0.7 ** (i - k) * 0.3 ** (j - k) for k in range(min(i, j) + 1)
        ) * math.exp(0.21)
        if not j:
            want += [math.sin, math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x)][i % 4](0.3)
        assert one["derivative"] == pytest.approx(want, rel=1e-12)


def test_a_nearby_point_needs_no_polynomial_in_many_variables(dcalc):
    point = ",".join(["1"] * 100)
    near = ",".join(["1.01"] * 100)
    words = ["taylor", "sum(x^3)", "--at", f"x=[{point}]", "--order", "3"]
    found = body(dcalc, *words, "--near", f"x=[{near}]")
    assert found["polynomial"] is None
    assert [one["term"] for one in found["near"]["orders"]] == pytest.approx([100, 3, 0.03, 1e-4])
    assert "coefficients" in body(dcalc, *words, status=1)["error"]["message"]


def test_a_gap_that_the_series_closes_is_told(dcalc):
    result = dcalc(["taylor", "sin(x)/x", "--at", "x=0", "--order", "4"])
    assert result.out.startswith("T4(x) = 1 - 0.1666666667*x^2 + 0.008333333333*x^4")
    assert "not defined here (0/0" in result.err
    assert dcalc(["taylor", "abs(x)/x", "--at", "x=0"]).status == 1


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["abs(x)", "--at", "x=0"], "abs(x) has a kink"),
        (["relu(x)^2", "--at", "x=0"], "relu(x) has a kink"),
        (["if(x > 0, x, 2*x)", "--at", "x=0"], "kink"),
        (["sqrt(x)", "--at", "x=0"], "no Taylor series"),
        (["1/x", "--at", "x=0"], "1/0 is not defined"),
        (["log(x)", "--at", "x=-1"], "log(-1)"),
        (["[x, x^2]", "--at", "x=0"], "is of a number"),
        (["sin(x)"], "x has no value"),
        (["3"], "no input"),
        (["sin(x)", "--at", "x=0", "--near", "y=1"], "y is not what varies"),
        (["sin(x)", "--at", "x=0", "--near", "x=[1,2]"], "x is a number"),
        (["sin(x)", "--at", "x=0", "--order", "600"], "order 600"),
        (["sin(x)", "--at", "x=0", "--var", "x", "--wrt", "x"], "var and wrt"),
        (["abs(x)", "--at", "x=0", "--at-kink", "left"], "at-kink left"),
        (["log(x)", "--at", "x=1", "--near", "x=-1"], "log(-1)"),
    ],
)
def test_refusals(dcalc, words, what):
    result = dcalc(["taylor", *words])
    assert result.status in (1, 2)
    assert what in result.err


def test_at_a_kink_the_conventions_hold_if_they_are_asked_for(dcalc):
    result = dcalc(["taylor", "relu(x)*exp(x)", "--at", "x=0", "--order", "2", "--at-kink", "lecture"])
    assert result.status == 0
    assert result.out.startswith("T2(x) = x + x^2")
    assert "relu(x) has a kink here" in result.err


def test_var_and_wrt_hold_the_others_constant(dcalc):
    found = body(dcalc, "taylor", "a*sin(x)", "--at", "a=2,x=0", "--var", "x", "--order", "3")
    assert found["variables"] == ["x"]
    assert values(found) == [0, 2, 0, pytest.approx(-1 / 3)]


def test_sentences_and_the_answer():
    session = Session("f(x) = exp(x)")
    assert session("taylor f(x) at x=0 order 2").startswith("T2(x) = 1 + x + x^2/2")
    session("x = 2")
    assert session("eval %1") == "5"  # the polynomial
    assert "at x=3" in session("taylor f(x) order 2 near x=3")


def test_formats(dcalc):
    words = ["taylor", "sin(x)", "--at", "x=0", "--order", "3"]
    assert r"T_{3}\left(x\right) &= x - \frac{{x}^{3}}{6}" in dcalc([*words, "--format", "latex"]).out
    table = dcalc([*words, "--format", "csv"]).out.splitlines()
    assert table[0] == "T3(x),x - x^3/6"
    assert table[-1] == "3,-0.16666666666666666,-1.0"
    assert "| 3" in dcalc([*words, "--format", "markdown"]).out
    assert dcalc([*words, "--ascii"]).out.isascii()
    assert dcalc(["taylor", "sin(xi)", "--at", "xi=0"]).out.splitlines()[1].endswith("for a c between 0 and xi;")
    near = dcalc([*words, "--near", "x=0.5", "--format", "csv"]).out.splitlines()
    assert near[2] == "order,term,sum,sum - f"
    latex = dcalc([*words, "--near", "x=0.5", "--format", "latex"]).out
    assert r"\text{order}" in latex


def test_plot_draws_the_polynomials(dcalc):
    words = ["plot", "sin(x)", "--taylor", "5", "--at", "x=0", "--from", "-3", "--to", "3", "--samples", "7"]
    found = body(dcalc, *words)
    assert [curve["label"] for curve in found["curves"]] == ["f", "T1", "T3", "T5"]
    x = found["x"]
    assert found["curves"][2]["values"] == pytest.approx([t - t**3 / 6 for t in x])
    assert found["curves"][3]["formula"] == "x - x^3/6 + x^5/120"
    assert "T5 = x - x^3/6 + x^5/120" in dcalc(words[:-2]).out
    table = dcalc([*words, "--format", "csv"]).out.splitlines()
    assert table[0] == "x,f,T1,T3,T5"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["abs(x)", "--taylor", "3"], "kink"),
        (["exp(x)", "--taylor", "30"], "too many"),
        (["[x, x]", "--taylor", "3"], "one number"),
        (["sin(x)", "--taylor", "3", "--order", "1"], "no derivatives"),
    ],
)
def test_plots_that_cannot_be(dcalc, words, what):
    result = dcalc(["plot", *words])
    assert result.status in (1, 2)
    assert what in result.err


def test_many_variables_are_no_depth_and_take_seconds(dcalc):
    found = body(dcalc, "taylor", "sum(x^2)", "--at", "x=[k/4 for k in 1..1200]", "--order", "1")
    assert len(found["coefficients"]) == 1201
    slopes = {one["powers"].index(1) + 1: one["value"] for one in found["coefficients"] if any(one["powers"])}
    assert slopes == pytest.approx({k: k / 2 for k in range(1, 1201)})
