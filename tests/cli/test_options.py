"""Each option, alone and where it meets the others."""

from __future__ import annotations

import json

import numpy as np
import pytest


def answer(dcalc, line: str | list[str]) -> dict:
    words = [*line, "--json"] if isinstance(line, list) else f"{line} --json"
    result = dcalc(words)
    assert result.status == 0, result.out
    return json.loads(result.out)


# -- the expression -------------------------------------------------------------------------------------------------


def test_expression_from_standard_input(dcalc):
    assert dcalc("eval -", stdin=b"a = 3\n# a remark\na^2").out == "9\n"


def test_expression_from_a_file(dcalc, tmp_path):
    file = tmp_path / "f.txt"
    file.write_bytes("\ufeffa = x^2   # a remark\r\nb = exp(a)\r\na + b\r\n".encode())
    assert dcalc(["grad", f"@{file}", "--at", "x=0"]).out == "value  1\nd/dx   0\n"


@pytest.mark.parametrize(
    ("expression", "value"),
    [("-x^2", -9), ("-(x+1)", -4), ("-2x", -6), ("- x", -3), ("-sin(0x)", 0), ("+x", 3), ("--1", 1), ("-1", -1)],
)
def test_expression_may_begin_with_a_sign(dcalc, expression, value):
    assert answer(dcalc, ["eval", expression, "--at", "x=3"])["value"] == value


def test_behind_two_signs_all_is_expression(dcalc):
    assert dcalc(["eval", "--at", "x=3", "--", "--x"]).out == "3\n"


def test_options_stand_anywhere(dcalc):
    plain = dcalc(["grad", "x*y", "--at", "x=1,y=2", "--wrt", "y"])
    assert (
        plain
        == dcalc(["grad", "--at", "x=1,y=2", "--wrt=y", "x*y"])
        == dcalc(["grad", "--wrt", "y", "x*y", "--at=x=1,y=2"])
    )


# -- the point ------------------------------------------------------------------------------------------------------


def test_values_of_the_point_are_expressions(dcalc):
    found = answer(dcalc, ["grad", "x*y + z", "--at", "x=2^3, y=pi/2, z=max(1, 2)"])
    assert found["derivative"] == {"x": pytest.approx(1.5707963267948966), "y": 8, "z": 1}


def test_at_repeats(dcalc):
    assert dcalc("grad x*y --at x=1 --at y=2") == dcalc("grad x*y --at x=1,y=2")


def test_vectors_in_the_point(dcalc):
    found = answer(dcalc, ["grad", "v[1]*v[2] + w", "--at", "v=[2, 3],w=1"])
    assert found["derivative"] == {"v": [3, 2], "w": 1}
    assert dcalc("grad v[1]*v[2] --at v=[2,3]").out == "value    6\nd/dv[1]  3\nd/dv[2]  2\n"


def test_matrices_in_the_point(dcalc):
    found = answer(dcalc, ["grad", "sum(W @ v)", "--at", "W=[[1, 2], [3, 4]], v=[5, 6]"])
    assert found["derivative"] == {"W": [[5, 6], [5, 6]], "v": [4, 6]}
    assert found["shapes"] == {"W": [2, 2], "v": [2]}
    assert dcalc(["grad", "sum(W @ v)", "--at", "W=[[1,2],[3,4]],v=[5,6]"]).out == (
        "value    56\nd/dW     [[5, 6],\n          [5, 6]]\nd/dv[1]  4\nd/dv[2]  6\n"
    )


def test_files_in_the_point(dcalc, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("w.npy", np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.savez("all.npz", v=np.array([5, 6]), s=np.array(2))
    (tmp_path / "my table.csv").write_text("1;2\n3;4\n")
    (tmp_path / "v.json").write_text("[5, 6]")
    text = ["grad", "s*sum(W @ v)", "--at"]
    expected = dcalc([*text, "W=[[1,2],[3,4]], v=[5,6], s=2"])
    assert expected.status == 0
    assert dcalc([*text, "W=@w.npy, v=@all.npz:v, s=@all.npz:s"]) == expected
    assert dcalc([*text, 'W=@"my table.csv"', "--at", "v=@v.json,s=2"]) == expected
    session = dcalc("-", stdin=b"grad s*sum(W @ v) at W=@w.npy, v=@v.json, s=1+1\n")
    assert session.out == expected.out


@pytest.mark.parametrize(
    ("given", "first", "below"),
    [
        ("x=1, W=@none.npy", "usage error: cannot read none.npy: No such file or directory", "     ^^^^^^^^^"),
        ("W=@all.npz", "usage error: all.npz holds arrays by name", "^^^^^^^^"),
        ("W=@nan.csv", "domain error: nan.csv has nan at [2]", "^^^^^^^^"),
    ],
)
def test_files_that_hold_no_point(dcalc, tmp_path, monkeypatch, given, first, below):
    monkeypatch.chdir(tmp_path)
    np.savez("all.npz", v=np.array([5, 6]))
    (tmp_path / "nan.csv").write_text("1,nan\n")
    status, out, err = dcalc(["eval", "sum(W)", "--at", given])
    assert (out, err.splitlines()[0]) == ("", first)
    assert err.splitlines()[2].endswith(below)
    assert status == (1 if first.startswith("domain") else 2)


def test_negative_and_unicode_points(dcalc):
    assert answer(dcalc, ["grad", "θ^2", "--at", "θ=−3"])["derivative"] == {"θ": -6}


def test_a_name_that_is_not_used_has_derivative_zero(dcalc):
    status, out, err = dcalc("grad x^2 --at x=3,q=1")
    assert (status, out) == (0, "value  9\nd/dx   6\nd/dq   0\n")
    assert err == "note: the value does not depend on q: its derivative is 0\n"


# -- wrt ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrt", "names"), [("y,x", ["y", "x"]), ("y", ["y"]), (" x , y ", ["x", "y"])])
def test_wrt_chooses_and_orders(dcalc, wrt, names):
    assert answer(dcalc, ["grad", "x*y", "--at", "x=1,y=2", "--wrt", wrt])["wrt"] == names


def test_wrt_repeats(dcalc):
    assert answer(dcalc, "grad x*y --at x=1,y=2 --wrt y --wrt x")["wrt"] == ["y", "x"]


def test_without_wrt_the_order_is_that_of_the_point(dcalc):
    assert answer(dcalc, "grad x*y --at y=1,x=2")["wrt"] == ["y", "x"]


@pytest.mark.parametrize("backend", ["fd", "forward", "reverse", "symbolic"])
def test_wrt_a_defined_name_cuts_the_program_there(dcalc, backend):
    found = answer(dcalc, ["grad", "a = x^2; b = exp(a); a*b", "--at", "x=1", "--wrt", "a", "--backend", backend])
    assert found["value"] == pytest.approx(2.718281828459045)
    assert found["derivative"]["a"] == pytest.approx(2 * 2.718281828459045, rel=1e-9)
    cut = answer(dcalc, ["grad", "a = x^2; b = exp(a); a*b", "--at", "x=1", "--wrt", "b", "--backend", backend])
    assert cut["derivative"]["b"] == pytest.approx(1, rel=1e-9)


def test_diff_of_a_defined_name(dcalc):
    assert dcalc(["diff", "a = x^2; a*exp(a)", "--wrt", "a"]).out == "(a + 1)*exp(a)\n"


# -- flat ---------------------------------------------------------------------------------------------------------


def test_flat_is_one_table(dcalc):
    line = ["jac", "W @ v", "--at", "W=[[1,2],[3,4]],v=[5,6]", "--wrt", "W"]
    assert dcalc(line).out.splitlines()[1] == "d f/d W, shape 2 x 2x2"
    assert [row.split() for row in dcalc([*line, "--flat"]).out.splitlines()] == [
        ["f", "[17,", "39]"],
        ["d/dW[1,1]", "d/dW[1,2]", "d/dW[2,1]", "d/dW[2,2]"],
        ["--", *["-----------"] * 4],
        ["f1", "5", "6", "0", "0"],
        ["f2", "0", "0", "5", "6"],
    ]
    assert answer(dcalc, [*line, "--flat"])["derivative"] == {
        "rows": ["f1", "f2"],
        "columns": ["W[1,1]", "W[1,2]", "W[2,1]", "W[2,2]"],
        "matrix": [[5, 6, 0, 0], [0, 0, 5, 6]],
    }
    assert answer(dcalc, line)["derivative"] == [{"W": [[5, 6], [0, 0]]}, {"W": [[0, 0], [5, 6]]}]
    found = answer(dcalc, ["hess", "x^2*y", "--at", "x=1,y=2", "--flat"])["derivative"]
    assert found == {"rows": ["x", "y"], "columns": ["x", "y"], "matrix": [[4, 2], [2, 0]]}
    sentence = dcalc("-", stdin=b"jac W @ v at W=[[1,2],[3,4]], v=[5,6] wrt W flat\n")
    assert sentence.out == dcalc([*line, "--flat"]).out


# -- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "text"), [("1", "3"), ("4", "3.142"), ("10", "3.141592654"), ("17", "3.1415926535897931")]
)
def test_digits(dcalc, digits, text):
    assert dcalc(["eval", "pi", "--digits", digits]).out == f"{text}\n"


def test_ten_digits_by_default(dcalc):
    assert dcalc("eval 1/3").out == "0.3333333333\n"
    assert dcalc("eval 10^20").out == "1e+20\n"


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("eval 1/x --at x=0", "inf\n"),
        ("eval -1/x --at x=0", "-inf\n"),
        ("eval 0/x --at x=0", "nan\n"),
        ("eval log(0)", "-inf\n"),
        ("eval exp(1000)", "inf\n"),
        ("eval sqrt(-1)", "nan\n"),
        ("grad log(x) --at x=0", "value  -inf\nd/dx   inf\n"),
    ],
)
def test_ieee_prints_everything_as_it_comes(dcalc, line, out):
    assert dcalc(line).status == 1
    found = dcalc(f"{line} --ieee")
    assert (found.status, found.out) == (0, out)


# -- kinks ----------------------------------------------------------------------------------------------------------

KINKS = {
    "abs(x)": {"lecture": 0, "left": -1, "right": 1, "mean": 0},
    "relu(x)": {"lecture": 1, "left": 0, "right": 1, "mean": 0.5},
    "max(x, 0)": {"lecture": 0, "left": 0, "right": 1, "mean": 0.5},
    "max(0, x)": {"lecture": 1, "left": 0, "right": 1, "mean": 0.5},
    "min(x, -x)": {"lecture": -1, "left": 1, "right": -1, "mean": 0},
    "2*abs(x) + 3*x": {"lecture": 3, "left": 1, "right": 5, "mean": 3},
}


@pytest.mark.parametrize("backend", ["fd", "forward", "reverse", "symbolic"])
@pytest.mark.parametrize("expression", KINKS)
def test_at_kink(dcalc, expression, backend):
    for which, derivative in KINKS[expression].items():
        if backend == "fd" and which == "lecture":
            continue  # fd measures, it knows no convention
        found = answer(dcalc, ["grad", expression, "--at", "x=0", "--at-kink", which, "--backend", backend])
        assert found["derivative"]["x"] == derivative, which
        kink = next(note for note in found["notes"] if note["kind"] == "kink")
        assert (kink["left"], kink["right"]) == ([[KINKS[expression]["left"]]], [[KINKS[expression]["right"]]])
    refused = dcalc(["grad", expression, "--at", "x=0", "--at-kink", "error", "--backend", backend])
    assert refused.status == 1
    assert refused.out == ""


@pytest.mark.parametrize("which", ["lecture", "left", "right", "mean"])
@pytest.mark.parametrize("expression", KINKS)
def test_at_kink_all_backends_agree(dcalc, expression, which):
    assert dcalc(["grad", expression, "--at", "x=0", "--at-kink", which, "--backend", "all"]).status == 0


@pytest.mark.parametrize("which", ["lecture", "left", "right", "mean", "error"])
def test_at_kink_says_nothing_elsewhere(dcalc, which):
    assert dcalc(["grad", "abs(x)", "--at", "x=2", "--at-kink", which]) == (0, "value  2\nd/dx   1\n", "")


def test_a_jump_is_not_determined(dcalc):
    found = dcalc("grad step(x) --at x=0 --at-kink left")
    assert "d/dx   nan" in found.out
    assert "left not determined" in found.err


def test_all_backends_at_a_kink(dcalc):
    status, out, err = dcalc("grad abs(x) --at x=0 --backend all")
    assert status == 0, out
    assert "kink" in err


# -- finite differences ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "order", "sign"),
    [
        ("forward --h 1e-3", 1, 1),
        ("forward --h 1e-3", 1, -1),
        ("backward --h 1e-3", 1, 1),
        ("backward --h 1e-3", 1, -1),
        ("central --h 1e-3", 2, 1),
        ("central --h 1e-3", 2, -1),
        ("adaptive", 3, 1),
        ("adaptive", 3, -1),
    ],
)
def test_schemes(dcalc, scheme, order, sign):
    found = answer(dcalc, f"grad exp({sign}*x) --at x=0 --backend fd --scheme {scheme}")
    error = abs(found["derivative"]["x"] - sign)
    assert error <= 1e-3**order
    assert error >= 1e-3**order / 10 or order == 3, "the scheme that was asked for was used"
    assert error <= found["error_estimate"]["x"]


def test_h_is_the_step(dcalc):
    for h in (0.5, 0.125):
        found = answer(dcalc, f"grad x^2 --at x=1 --backend fd --scheme forward --h {h}")
        assert found["derivative"]["x"] == pytest.approx(2 + h, rel=1e-12)


# -- diff -----------------------------------------------------------------------------------------------------------


def test_diff_orders(dcalc):
    assert dcalc("diff x^5 --order 2").out == "20*x^3\n"
    assert dcalc("diff x^2*y^3 --wrt x,y").out == "6*x*y^2\n"
    assert dcalc("diff x^2*y^3 --wrt x,y,y").out == "12*x*y\n"
    assert dcalc("diff x^2*y^3").out == "d/dx = 2*x*y^3\nd/dy = 3*x^2*y^2\n"
    assert dcalc("diff sin(x) --order 4 --wrt x").out == "sin(x)\n"
    assert dcalc("diff x^2 --at x=3").out == "2*x\nd/dx  6\n"


def test_diff_says_what_its_numbers_need(dcalc):
    assert (
        "note: d/dx is undefined: the partial of sqrt(x) is infinite here"
        in dcalc(["diff", "sqrt(x)^2", "--at", "x=0"]).err
    )
    assert "abs(x) has a kink here (d/dx: left -1, right 1)" in dcalc(["diff", "abs(x)", "--at", "x=0"]).err
    # The partial of (-2)^x in x is log(-2) times the power, which is no number rather than an infinite one.
    assert "partial of (-2)^x is undefined here" in dcalc(["grad", "(-2)^x", "--at", "x=3"]).err


def test_a_hessian_says_that_the_first_derivative_has_a_kink(dcalc):
    assert "note: the first derivative has a kink here" in dcalc(["hess", "elu(x)", "--at", "x=0"]).err
    assert dcalc(["hess", "x^y", "--at", "x=2,y=0"]).err == ""


def test_a_number_as_a_condition_is_a_jump_at_0(dcalc):
    assert "the condition x != 0 switches here" in dcalc(["grad", "if(x, x^2, 5 + x)", "--at", "x=0"]).err


def test_an_estimate_leaves_with_its_number(dcalc):
    assert "±" not in dcalc(["grad", "abs(x)", "--at", "x=0", "--at-kink", "mean", "--backend", "fd"]).out


def test_a_step_that_leaves_the_range_is_told(dcalc):
    # The second derivative is 2e-174; the sweep says 1, since (1/u)/u underflows on its way.
    assert "note: a step of the derivative underflowed" in dcalc(["hess", "log(1+exp(x))", "--at", "x=400"]).err
    assert dcalc(["hess", "softplus(x)", "--at", "x=800"]).err == ""


def test_where_finite_differences_have_no_say(dcalc):
    assert "fd has no say in d/dx" in dcalc(["grad", "sqrt(x)", "--at", "x=0", "--backend", "all"]).out
    assert "fd has no say" not in dcalc(["grad", "sqrt(x)", "--at", "x=4", "--backend", "all"]).out


def test_a_function_alone_is_told_how_to_end(dcalc):
    assert "for example f(x, y)" in dcalc(["diff", "f(x, y) = x^2*y"]).err
