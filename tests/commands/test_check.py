"""`check`: the verdicts, what they rest on, and what cannot be asked."""

from __future__ import annotations

import json
import math

import pytest

from dcalc.commands.base import new_state
from dcalc.errors import Source
from dcalc.session import step


def answer_of(dcalc, *args: str):
    """The exit status and the object."""
    answer = dcalc(["check", *args, "--json"])
    return answer.status, json.loads(answer.out)


# -- claims ---------------------------------------------------------------------------------------------------------


def test_proven_by_the_simplifier(dcalc):
    answer = dcalc(["check", "x^2*sin(x)", "--claim", "x*(2*sin(x) + x*cos(x))"])
    assert (answer.status, answer.out.split(":")[0]) == (0, "PROVEN")


def test_equal_on_samples_is_no_proof_and_says_where(dcalc):
    status, answer = answer_of(dcalc, "relu(x)", "--claim", "if(x > 0, 1, 0)")
    assert (status, answer["verdict"]) == (0, "equal")
    low, high = answer["ranges"]["x"]
    assert low < -1000 and high > 1000
    assert answer["components"][0]["samples"]["agree"] >= 40
    text = dcalc(["check", "relu(x)", "--claim", "if(x > 0, 1, 0)"]).out
    assert "EQUAL ON SAMPLES" in text and "no proof" in text and "points, x from" in text


def test_a_counterexample_has_both_numbers(dcalc):
    status, answer = answer_of(dcalc, "sin(x^2)", "--claim", "cos(x^2)")
    assert status == 1
    counter = answer["components"][0]["counterexample"]
    x = counter["point"]["x"]
    assert counter["yours"] == pytest.approx(math.cos(x * x))
    assert counter["right"] == pytest.approx(2 * x * math.cos(x * x))


def test_the_place_of_a_slip_is_shown(dcalc):
    out = dcalc(["check", "x + sin(x^2)", "--claim", "1 + cos(x^2)"]).out
    assert "  x + sin(x^2)\n      ^^^^^^^^\n" in out


def test_the_caret_stands_where_it_belongs_in_ascii(dcalc):
    out = dcalc(["check", "x·sin(x²)", "--claim", "sin(x^2) + x*cos(x^2)", "--ascii"]).out
    assert "  x*sin(x^2)\n    ^^^^^^^^\n" in out


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("x/3", "0.333"),
        ("x/3", "0.3333333333333"),
        ("x*sqrt(2)", "1.41421356237"),
        ("x*pi", "3.141592653589"),
        ("x^2", "2*x + 1e-9"),
        ("max(x, 1e7)", "0"),
        ("if(x > 54321, x^2, x)", "1"),
        ("sqrt(x - 1000)", "0"),
        ("x^2", "if(x < -90000, 0, 2*x)"),
        ("x^2*y^2", "[2*x*y^2, 2*x^2*y + 1e-6*(x - y)]"),
    ],
)
def test_what_is_nearly_right_is_wrong(dcalc, text, claim):
    status, answer = answer_of(dcalc, text, "--claim", claim)
    assert (status, answer["verdict"]) == (1, "wrong")


def test_a_rounded_constant_is_told(dcalc):
    _, answer = answer_of(dcalc, "x/3", "--claim", "0.333")
    assert answer["components"][0]["slip"]["kind"] == "rounded"


def test_narrow_domains_are_found_by_the_numbers_in_the_text(dcalc):
    status, answer = answer_of(dcalc, "sqrt(x - 1000) + sqrt(1001 - x)", "--claim", "0")
    assert (status, answer["verdict"]) == (1, "wrong")
    status, answer = answer_of(dcalc, "log(-1 - x^2)", "--claim", "1")
    assert (status, answer["verdict"]) == (1, "undecided")


def test_what_underflows_says_nothing(dcalc):
    text = "exp(-exp(x^2 + 9))"
    _, answer = answer_of(dcalc, text, "--claim", f"2*diff({text}, x)")
    assert answer["verdict"] == "undecided"


def test_a_claim_that_is_right_on_one_side(dcalc):
    _, answer = answer_of(dcalc, "abs(x)", "--claim", "1")
    assert answer["components"][0]["hints"] == ["the claim is right where x > 0"]


def test_what_swings_faster_than_the_steps_of_differences_is_no_fault_of_the_table(dcalc):
    answer = dcalc(["check", "sin(1e10*x)", "--claim", "1e10*cos(1e10*x)"])
    assert answer.status == 0 and answer.out.startswith("PROVEN") and "report" not in answer.err


def test_of_a_constant_by_name(dcalc):
    answer = dcalc(["check", "pi^2", "--claim", "2*pi", "--wrt", "x"])
    assert answer.status == 1 and "right: d/dx = 0" in answer.out and "does not depend on x" in answer.err
    assert dcalc(["check", "pi^2", "--claim", "0", "--wrt", "x"]).out == "PROVEN: d/dx = 0\n"
    assert "--wrt x" in dcalc(["check", "pi^2", "--claim", "0"]).err  # the hint that is followed here
    assert dcalc(["cost", "5", "--wrt", "x"]).status == 0
    assert "no y" in dcalc(["check", "x^2", "--claim", "0", "--wrt", "y"]).err


def test_a_claim_with_a_smaller_domain(dcalc):
    answer = dcalc(["check", "x^3", "--claim", "3*x^1.5*sqrt(x)"])
    assert answer.status == 0 and "where your claim is defined" in answer.out
    assert "not defined at x = -1, where the derivative is 3" in answer.err
    status, answer = answer_of(dcalc, "x^2", "--claim", "sqrt(-1 - x^2)")
    assert (status, answer["components"][0]["counterexample"]["yours"]) == (1, "nan")


def test_at_a_kink_it_says_kink(dcalc):
    answer = dcalc(["check", "relu(x)", "--claim", "[x > 0]", "--at", "x=0"])
    assert answer.status == 0 and "WRONG" not in answer.out
    assert "left 0, right 1" in answer.err
    assert "0 at this kink, the left-hand derivative, the lectures' convention has 1" in answer.err


def test_the_point_is_tried_as_well(dcalc):
    _, answer = answer_of(dcalc, "sin(x)", "--claim", "cos(x)", "--at", "x=1")
    assert answer["components"][0]["at_point"]["right"] == pytest.approx(math.cos(1))
    out = dcalc(["check", "x^2", "--claim", "4", "--at", "x=2"]).out
    assert out.startswith("WRONG") and "yours at the point  4" in out


def test_a_part_of_a_point_is_held(dcalc):
    answer = dcalc(["check", "a*x^2", "--claim", "6*x", "--wrt", "x", "--at", "a=3"])
    assert (answer.status, answer.out.split(":")[0]) == (0, "EQUAL ON SAMPLES")
    assert "a = 3 is held" in answer.err
    answer = dcalc(["check", "x^2*y", "--claim", "2*x*y", "--wrt", "x", "--at", "x=1"])
    assert "x of it was not tried" in answer.err


def test_gradients_jacobians_arrays(dcalc):
    _, answer = answer_of(dcalc, "[x*y, x + y]", "--claim", "[[y, x], [1, 2]]")
    assert [item["verdict"] for item in answer["components"]] == ["proven", "proven", "proven", "wrong"]
    assert answer["components"][3]["label"] == "df2/dy"
    at = "W=[[1,2],[3,4]],x=[1,2]"
    status, _ = answer_of(dcalc, "sum(W @ x)", "--claim", "outer([1, 1], x)", "--wrt", "W", "--at", at)
    assert status == 0
    status, answer = answer_of(dcalc, "sum(W @ x)", "--claim", "outer(x, [1, 1])", "--wrt", "W", "--at", at)
    assert (status, answer["components"][0]["counterexample"]["component"]) == (1, "[1,2]")
    assert dcalc(["check", "x: 3; sum(x^2)", "--claim", "2*x"]).status == 0


def test_slips_of_arrays(dcalc):
    at = "W=[[1,2],[3,4]],x=[1,2]"
    for text, claim, kind in (
        ("sum(W @ x)", "outer(x, [1, 1])", "transposed"),
        ("det(W) + sum(x)", "det(W)*inv(W)", "transposed"),
        ("sum(W @ x)", "3*outer([1, 1], x)", "constant factor"),
        ("sum(W @ x)", "-outer([1, 1], x)", "sign"),
    ):
        _, answer = answer_of(dcalc, text, "--claim", claim, "--wrt", "W", "--at", at)
        assert answer["components"][0]["slip"]["kind"] == kind


def test_programs_on_samples_of_their_path(dcalc):
    root = "root(a) = { x = a; while abs(x^2 - a) > 1e-12 { x = (x + a/x)/2 }; x }; root(a)"
    status, answer = answer_of(dcalc, root, "--claim", "1/(2*sqrt(a))", "--at", "a=2")
    assert (status, answer["verdict"], answer["components"][0]["right"]) == (0, "equal", None)
    assert answer_of(dcalc, root, "--claim", "1/sqrt(a)", "--at", "a=2")[1]["verdict"] == "wrong"
    assert dcalc(["check", root, "--claim", "1"]).status == 2


def test_sentences(dcalc):
    state = new_state()
    for line in ("f(u) = sin(u^2)", "x = 2"):
        state, _ = step(state, Source(line))
    _, output = step(state, Source("check f(x) claim 2*x*cos(x^2)"))
    assert (output.status, output.results[0].verdict) == (0, "proven")
    _, output = step(state, Source("check f(x) grad x=-2.61"))
    assert output.status == 0
    _, output = step(state, Source("check f(x)"))
    assert output.results[0].verdict == "agree"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["x^2*y", "--claim", "2*x*y"], "which of x, y"),
        (["x^2", "--claim", "2*y"], "has no y"),
        (["x^2", "--claim", "[1, 2]"], "the derivative is a number"),
        (["x^2", "--claim", "2*"], "nothing follows"),
        (["x^2", "--claim", "2*x", "--claim", "x"], "one formula at a time"),
        (["x^2", "--claim", "2*x", "--grad", "x=1"], "claim is about a formula"),
        (["x^2", "--claim", "2*x", "--wrt", "q"], "no q"),
        (["x^2", "--grad", "q=1", "--at", "x=1"], "has no q"),
        (["x^2", "--grad", "x=[1,2]", "--at", "x=1"], "this is a vector"),
        (["x^2", "--grad", "x=1"], "has no value"),
        (["x^2", "--grad", "", "--at", "x=1"], "no numbers to check"),
        (["x^2"], "has no value"),
        (["x^2", "--at", "x=1", "--order", "3"], "up to order 2"),
        (["x^2", "--at", "x=1", "--tolerance", "1"], "tolerance goes with"),
        (["5", "--claim", "0"], "no input"),
    ],
)
def test_what_cannot_be_asked(dcalc, args, words):
    answer = dcalc(["check", *args])
    assert answer.status == 2 and words in answer.err


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "csv", "json"])
@pytest.mark.parametrize(
    "args",
    [
        ["sin(x^2)", "--claim", "cos(x^2)"],
        ["x^2*y", "--claim", "[2*x*y, x^2]"],
        ["x^2*y", "--grad", "x=4,y=2", "--at", "x=1,y=2"],
        ["x^2*y", "--at", "x=1,y=2"],
    ],
)
def test_every_format(dcalc, args, form):
    answer = dcalc(["check", *args, "--format", form, "--ascii"])
    assert answer.status in (0, 1) and answer.out.isascii()
    assert form not in ("text",) or max(map(len, answer.out.splitlines())) <= 80


# -- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("0.354", "right"),
        ("0.35", "right"),
        ("0.4", "right"),
        ("0.353", "wrong"),
        ("0.3536", "right"),
        ("0.3537", "wrong"),
        ("0.35355339", "right"),
        ("0.353553390593", "right"),
        ("0.353553390595", "wrong"),
        ("3.54e-1", "right"),
        ("1/(2*sqrt(2))", "right"),
        ("1/3", "wrong"),
        ("0", "wrong"),
        ("1", "wrong"),
    ],
)
def test_numbers_are_held_to_the_digits_written(dcalc, number, verdict):
    status, answer = answer_of(dcalc, "sqrt(x)", "--grad", f"x={number}", "--at", "x=2")
    assert (status, answer["verdict"]) == (int(verdict == "wrong"), verdict)


def test_0_is_right_where_only_rounding_keeps_it_from_that(dcalc):
    assert dcalc(["check", "sin(x)", "--grad", "x=0", "--at", "x=pi/2"]).status == 0
    assert dcalc(["check", "cos(v[1])*v[2]", "--grad", "v=[0,-1]", "--at", "v=[pi,1]"]).status == 0
    assert dcalc(["check", "sin(x)", "--grad", "x=0", "--at", "x=1.57079632"]).status == 1
    assert dcalc(["check", "1e-20*x", "--grad", "x=0", "--at", "x=1"]).status == 1
    assert dcalc(["check", "x^2", "--grad", "x=0", "--at", "x=1e-17"]).status == 1


def test_numbers_may_be_formulas_at_the_point(dcalc):
    assert dcalc(["check", "x^2*y", "--grad", "x=2*x*y,y=x^2", "--at", "x=3,y=2"]).out.startswith("RIGHT")


def test_at_a_jump_it_says_kink(dcalc):
    assert dcalc(["check", "floor(x)", "--grad", "x=0", "--at", "x=2"]).out.startswith("KINK")
    assert dcalc(["check", "floor(x)", "--grad", "x=5", "--at", "x=2"]).status == 1
    assert json.loads(dcalc(["check", "floor(x)", "--grad", "x=0", "--at", "x=2", "--json"]).out)["verdict"] == "kink"


@pytest.mark.parametrize("claim", ["dy/dx = 2x", "f'(x) = 2x"])
def test_a_claim_is_the_right_hand_side(dcalc, claim):
    answer = dcalc(["check", "x^2", "--claim", claim])
    assert answer.status == 2 and 'hint: the claim is what stands on the right: --claim "2x"' in answer.err


def test_the_hint_names_the_option(dcalc):
    assert "--grad x=2" in dcalc(["check", "x^2", "--grad", "x=2*q", "--at", "x=2"]).err


def test_a_tolerance_of_ones_own(dcalc):
    assert answer_of(dcalc, "sqrt(x)", "--grad", "x=0.36", "--at", "x=2", "--tolerance", "0.01")[0] == 0
    assert answer_of(dcalc, "sqrt(x)", "--grad", "x=0.37", "--at", "x=2", "--tolerance", "0.01")[0] == 1


@pytest.mark.parametrize(
    ("grad", "slips"),
    [
        ("x=1,y=4", ["swapped with d/dy", "swapped with d/dx"]),
        ("x=-4,y=1", ["the sign is turned around"]),
        ("x=2,y=1", ["the factor 2 from the exponent of x^2 is missing"]),
        ("x=4,y=7", ["7 times the right number"]),
    ],
)
def test_slips_in_numbers(dcalc, grad, slips):
    _, answer = answer_of(dcalc, "x^2*y", "--grad", grad, "--at", "x=1,y=2")
    found = [row["slip"]["message"] for row in answer["components"] if "slip" in row]
    assert found == slips


def test_cut_off_instead_of_rounded(dcalc):
    _, answer = answer_of(dcalc, "sqrt(x)", "--grad", "x=0.353", "--at", "x=2")
    assert answer["components"][0]["slip"]["message"].endswith("Rounded it is 0.354")


def test_missing_components_are_told(dcalc):
    answer = dcalc(["check", "x^2*y*z", "--grad", "x=4", "--at", "x=1,y=2,z=1"])
    assert answer.status == 0 and "not given, so not checked: d/dy, d/dz" in answer.err


def test_arrays_of_numbers(dcalc):
    at = "W=[[1,2],[3,4]],x=[1,2]"
    status, answer = answer_of(dcalc, "sum(W @ x)", "--grad", "W=[[1,2],[1,3]]", "--at", at)
    assert status == 1
    assert [row["label"] for row in answer["components"] if row["verdict"] == "wrong"] == ["d/dW[2,2]"]
    assert answer_of(dcalc, "W @ x", "--grad", "x=[[1,2],[3,4]]", "--at", at)[0] == 0


@pytest.mark.parametrize(
    ("number", "verdict", "remark"),
    [
        ("0.5", "kink", "between the one-sided derivatives"),
        ("0", "kink", "the left-hand derivative"),
        ("1", "kink", "what the lectures' convention has"),
        ("2", "wrong", "outside of the one-sided derivatives"),
    ],
)
def test_numbers_at_a_kink(dcalc, number, verdict, remark):
    status, answer = answer_of(dcalc, "relu(x)", "--grad", f"x={number}", "--at", "x=0")
    (row,) = answer["components"]
    assert (status, answer["verdict"], row["left"], row["right_hand"]) == (int(verdict == "wrong"), verdict, 0, 1)
    assert remark in row["remark"]


# -- backends -------------------------------------------------------------------------------------------------------


def test_backends_agree(dcalc):
    answer = dcalc(["check", "x^2*y", "--at", "x=1,y=2"])
    assert answer.status == 0 and answer.out.startswith("AGREE: fd, forward, reverse, symbolic; ")
    status, answer = answer_of(dcalc, "[x*y, sin(x)]", "--at", "x=1,y=2", "--order", "2")
    assert (status, answer["verdict"], answer["of"]) == (0, "agree", "hess")
    assert answer_of(dcalc, "abs(x)", "--at", "x=0")[0] == 0
