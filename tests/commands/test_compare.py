"""`compare`: errors against numbers known otherwise, kinks without blame, what is missing told."""

from __future__ import annotations

import json
import math
import sys

import pytest

METHODS = ["symbolic", "forward", "reverse", "fd adaptive", "fd central", "fd forward", "fd backward"]


def compare(dcalc, text: str, at: str, *more: str) -> dict:
    answer = dcalc(["compare", text, "--at", at, "--no-time", *more, "--json"])
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


def test_row_20_every_method_with_its_error(dcalc):
    found = compare(dcalc, "x^2*sin(y)", "x=1,y=2")
    assert list(found["methods"]) == METHODS
    exact = [2 * math.sin(2), math.cos(2)]
    for name, method in found["methods"].items():
        (row,), (errors,) = method["derivative"], method["error"]
        for value, error, expected in zip(row, errors, exact, strict=True):
            assert error == pytest.approx(abs(value - expected) / abs(expected), abs=3e-16)
            assert error < (1e-6 if name in ("fd forward", "fd backward") else 1e-9 if name == "fd central" else 1e-13)
        assert method["operations"] and method["nodes"] and method["tree"] and "seconds" not in method
    # sin 2 and cos 2 to 50 digits, by another hand
    assert found["reference"][0][1] == "-0.41614683654714238699756822950076218976600077107554"
    runs = {name: method["runs"] for name, method in found["methods"].items()}
    assert (runs["forward"], runs["reverse"], runs["fd forward"], runs["fd central"]) == (2, 1, 3, 5)


def test_times_are_measured(dcalc):
    answer = dcalc(["compare", "sin(x)", "--at", "x=1", "--json"])
    for method in json.loads(answer.out)["methods"].values():
        assert 0 < method["seconds"] < 1 and 0 < method["seconds_first"] < 1
    shown = dcalc(["compare", "sin(x)", "--at", "x=1"]).out
    assert "time" in shown and " µs" in shown


def test_a_vector(dcalc):
    found = compare(dcalc, "[x*y, sin(x)/y]", "x=1,y=2")
    assert found["rows"] == ["f1", "f2"] and found["columns"] == ["x", "y"]
    assert found["methods"]["reverse"]["runs"] == 2
    assert found["reference"][0] == ["2", "1"]
    flat = dcalc(["compare", "[x*y, sin(x)/y]", "--at", "x=1,y=2", "--no-time", "--flat"]).out
    assert flat.count("reference") == 4 and "df2/dy" in flat


def test_arrays(dcalc):
    found = compare(dcalc, "sum(tanh(W @ x)^2)", "W=[[0.1,0.2],[0.3,0.4]],x=[1,2]", "--wrt", "W")
    assert max(found["methods"]["reverse"]["error"][0]) < 1e-14
    assert found["columns"] == ["W[1,1]", "W[1,2]", "W[2,1]", "W[2,2]"]
    shown = dcalc(["compare", "sum(v^3)", "--at", "v=[1,2,3,4,5,6]", "--no-time"]).out
    assert "6 components" in shown and "d/dv[" in shown


def test_a_kink_blames_nobody(dcalc):
    found = compare(dcalc, "abs(x)*y", "x=0,y=2")
    assert found["kinks"] == ["d/dx"] and found["left"][0][0] == -2 and found["right"][0][0] == 2
    for method in found["methods"].values():
        assert method["error"][0][0] == "kink" and method["error"][0][1] == 0
    answer = dcalc(["compare", "abs(x)*y", "--at", "x=0,y=2", "--no-time"])
    assert "from the left" in answer.out and "has a kink here" in answer.err and answer.status == 0


def test_a_wrong_rule_is_seen(dcalc, monkeypatch):
    from dcalc.primitives import TABLE
    from dcalc.sweeps import rules

    monkeypatch.setitem(TABLE, "atan", TABLE["atan"]._replace(d=("1.0001/(1 + u^2)",), shown=()))
    assert rules.TABLE is TABLE
    found = compare(dcalc, "atan(x)", "x=0.5")
    for name in ("symbolic", "forward", "reverse"):
        assert found["methods"][name]["error"][0][0] == pytest.approx(1e-4, rel=1e-6)
    assert found["methods"]["fd adaptive"]["error"][0][0] < 1e-11


def test_without_mpmath_the_rest_is_shown(dcalc, monkeypatch):
    monkeypatch.setitem(sys.modules, "mpmath", None)
    answer = dcalc(["compare", "sin(x)", "--at", "x=1", "--no-time"])
    assert answer.status == 0
    assert "dcalc[precise]" in answer.err and "fd backward" in answer.out and "0.5403023" in answer.out


def test_notes_do_not_contradict_each_other(dcalc):
    answer = dcalc(["compare", "sqrt(x)", "--at", "x=0", "--no-time"])
    assert "d/dx is inf" in answer.err and "undefined" not in answer.err


def test_an_input_that_the_value_does_not_have(dcalc):
    answer = dcalc(["compare", "2*y", "--at", "x=1,y=2", "--no-time", "--json"])
    assert answer.status == 0 and json.loads(answer.out)["reference"] == [["0", "2"]]


def test_a_followed_program(dcalc):
    program = "root(a) = { x = a; while abs(x^2 - a) > 1e-12 { x = (x + a/x)/2 }; x }; root(a)"
    found = compare(dcalc, program, "a=2")
    assert "closed form" in found["methods"]["symbolic"]["failure"]
    assert found["methods"]["reverse"]["error"][0][0] < 1e-15


def test_no_finite_derivative_and_no_value(dcalc):
    answer = dcalc(["compare", "sqrt(x)", "--at", "x=0", "--no-time"])
    assert answer.status == 0 and "no 50-digit reference of d/dx" in answer.out and "infinite" in answer.err
    assert dcalc(["compare", "log(x)", "--at", "x=-1"]).status == 1
    assert dcalc(["compare", "3"]).status == 2
    assert dcalc(["compare", "sin(x)"]).status == 2


def test_large_problems_are_sampled_or_refused(dcalc, monkeypatch):
    monkeypatch.setattr("dcalc.commands.compare.MOST_WORK", 40_000)
    answer = dcalc(["compare", "sum(sin(v)*v^2)", "--at", "v=linspace(1,2,120)", "--no-time"])
    assert answer.status == 0 and "of 120 components" in answer.out and "too long" in answer.err
    heavy = dcalc(["compare", "sum(tanh(W @ x))", "--at", "W=ones(900,900)/900,x=ones(900)", "--wrt", "x", "--no-time"])
    assert heavy.status == 0 and "too many for a 50-digit reference" in heavy.err
    refused = dcalc(["compare", "sum(v^2)", "--at", "v=ones(30000)"])
    assert refused.status != 0 and "limit" in refused.err


def test_of_a_deep_program(dcalc):
    program = "f(x, n) = { l = x; for k in 1..n { l = sin(l) + x }; l }; f(x, 1100)"
    found = compare(dcalc, program, "x=0.2")
    assert found["methods"]["forward"]["error"][0][0] < 1e-12
    assert found["methods"]["symbolic"]["nodes"] > 1100


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "csv", "json"])
@pytest.mark.parametrize("text", ["x^2*sin(y)", "[x*y, x+y, x/y]", "abs(x - 1)*y"])
def test_every_format(dcalc, form, text):
    answer = dcalc(["compare", text, "--at", "x=1,y=2", "--format", form])
    assert answer.status == 0 and "fd central" in answer.out


def test_plain_ascii(dcalc):
    assert dcalc(["compare", "x*y", "--at", "x=1,y=2", "--ascii"]).out.isascii()
