"""Dual numbers in the language: eps, dual, real, conj, part; the orders that are known; what refuses them."""

from __future__ import annotations

import json
import math

import pytest


def parts(dcalc, text, *options):
    answer = dcalc(["eval", text, *options, "--json"])
    assert answer.status == 0, answer.out + answer.err
    return json.loads(answer.out)["dual"]


@pytest.fixture
def session(dcalc):
    """The lines that a session prints."""
    return lambda *lines: dcalc(["run", "-"], stdin="\n".join(lines).encode()).out.splitlines()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("dual(2, 3)*dual(4, 5)", [8, 22]),  # (a, b)(c, d) = (ac, ad + bc)
        ("dual(2, 3) + dual(4, 5)", [6, 8]),
        ("dual(2, 3)/dual(4, 8)", [0.5, -0.25]),
        ("dual(2, 3)*conj(dual(4, 8))/(dual(4, 8)*conj(dual(4, 8)))", [0.5, -0.25]),  # the lectures' way
        ("dual(2, 3)*conj(dual(2, 3))", [4, 0]),  # z z* = a²
        ("conj(dual(1, 2, 3))", [1, -2, 3]),
        ("dual(2, 1)^2", [4, 4]),
        ("eps^2", [0, 0]),
        ("ε*2", [0, 2]),
        ("dual(0, 1, 0)^2", [0, 0, 1]),
        ("dual(0, 1, 0)^3", [0, 0, 0]),
        ("exp(dual(0, 1))", [1, 1]),
        ("sin(dual(0, 2))", [0, 2]),
        ("log(dual(1, 5))", [0, 5]),
        ("abs(dual(-2, 5))", [2, -5]),
        ("2^dual(1, 1)", [2, 2 * math.log(2)]),
        ("if(dual(2, 1) > 1, eps, 7)", [0, 1]),
        ("x = dual(2, 1); while x < 10 { x = x*x }; x", [16, 32]),
        ("f(n, x) = { if n == 0 { return 1 }; x*f(n - 1, x) }; f(3, dual(2, 1))", [8, 12]),
        ("s = 0; for k in 1..3 { s = s + k*eps }; s", [0, 6]),
        ("f(x) = x^3; f'(dual(2, 1))", [12, 12]),
        ("x = 3; diff(x^2*eps, x)", [0, 6]),
        ("sum([dual(1, 2), 3]^2)", [10, 4]),
        ("[1, 2] @ [dual(1, 2), eps]", [1, 4]),
        ("dual([1, 2], [3, 4])*2", [[2, 4], [6, 8]]),
        ("[eps, 1]", [[0, 1], [1, 0]]),
        ("apply(f, x) = f(x); apply(conj, dual(1, 2))", [1, -2]),
    ],
)
def test_values(dcalc, text, wanted):
    got = parts(dcalc, text)
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        assert a == pytest.approx(b, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("real(dual(2, 3)^2)", 4),
        ("part(dual(2, 3)^2, 1)", 12),
        ("part(exp(dual(1, 1, 0)^2), 2)", 3 * math.e),
        ("part(5, 1)", 0),
        ("real(7)", 7),
        ("x = 2; grad(part(sin(x*dual(1, 1)), 1), x)", math.cos(2) - 2 * math.sin(2)),
    ],
)
def test_parts_are_numbers(dcalc, text, wanted):
    assert json.loads(dcalc(["eval", text, "--json"]).out)["value"] == pytest.approx(wanted, rel=1e-14)


def test_the_order_is_that_of_the_highest_that_is_asked_for(dcalc):
    # f, f' and f''/2 of exp(x^2) at 1 in one pass: e, 2e, 3e (row 18)
    assert parts(dcalc, "exp(dual(1, 1, 0)^2)") == pytest.approx([math.e, 2 * math.e, 3 * math.e])
    assert parts(dcalc, "exp((x + eps)^2)", "--at", "x=1", "--order", "2") == pytest.approx(
        [math.e, 2 * math.e, 3 * math.e]
    )
    assert len(parts(dcalc, "dual(1, 1)*dual(1, 1, 1, 1)")) == 4
    assert parts(dcalc, "eps^2 + dual(1, 1, 1)") == [1, 1, 2]


def test_the_definition_of_the_derivative(dcalc):
    text = "f(x) = x^3; (f(x + eps) - f(x))/eps"
    assert parts(dcalc, text, "--at", "x=2") == [12]
    assert parts(dcalc, text, "--at", "x=2", "--order", "3") == [12, 6, 1]
    answer = dcalc(["eval", text, "--at", "x=2"])
    assert answer.out == "12\n"
    assert "--order 2 shows more" in answer.err
    second = "(f(x + eps) - 2*f(x) + f(x - eps))/eps^2"
    assert "--order 2" in dcalc(["eval", "f(x) = x^3; " + second, "--at", "x=2"]).err
    assert parts(dcalc, "f(x) = x^3; " + second, "--at", "x=2", "--order", "2") == [12]


def test_at_gives_dual_numbers(dcalc):
    assert parts(dcalc, "x^2 + 3*x", "--at", "x=dual(2,1)") == [10, 7]
    assert parts(dcalc, "x*y", "--at", "x=2+eps,y=3-eps") == [6, 1]


def test_sessions(session):
    assert session("x = dual(2, 1)", "x^2 + 3*x", "ans + 1", "x = 3", "x^2")[1:] == ["10 + 7ε", "11 + 7ε", "x  3", "9"]


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (["--ascii"], "4 - 4eps + eps^2\n"),
        (["--digits", "3"], "4 - 4ε + ε²\n"),
        (["--json"], '{"dcalc": 1, "kind": "dual", "dual": [4.0, -4.0, 1.0]}\n'),
        (["--format", "latex"], "4 - 4 \\varepsilon + \\varepsilon^{2}\n"),
        (["--format", "csv"], "name,value\nreal,4.0\nε,-4.0\nε^2,1.0\n"),
    ],
)
def test_formats(dcalc, form, wanted):
    assert dcalc(["eval", "dual(2, -1, 0)^2", *form]).out == wanted


def test_large_arrays_are_told_by_parts(dcalc):
    out = dcalc(["eval", "x*[k for k in 1..12]", "--at", "x=dual(2,1)"]).out
    assert out.splitlines()[0].startswith("real  [2, 4")
    assert out.splitlines()[1].startswith("ε     [1, 2")


def test_kinks_follow_the_lectures_and_are_told(dcalc):
    answer = dcalc(["eval", "abs(eps)"])
    assert answer.out == "0 + 0ε\n"
    assert "left -1, right 1" in answer.err
    assert parts(dcalc, "relu(eps)") == [0, 1]
    assert parts(dcalc, "max(dual(1, 1), dual(1, 2))") == [1, 2]


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("1/eps", 1, "divided by one without one"),
        ("dual(1, 2)/dual(0, 0, 3)", 1, "begins with ε²"),
        ("eps/eps^2", 1, "cut off"),
        ("log(eps)", 1, "log(u) needs u > 0"),
        ("sqrt(eps)", 1, "no series in ε"),
        ("part(eps, 2)", 1, "the parts 0 to 1"),
        ("dual(1)", 2, "at least 2"),
        ("dual()", 2, "at least 2"),
        ("real(eps, 1)", 2, "takes 1 argument"),
        ("part(eps)", 2, "2 arguments"),
    ],
)
def test_errors(dcalc, text, status, words):
    answer = dcalc(["eval", text])
    assert answer.status == status
    assert words in answer.err


def test_ieee_goes_on(dcalc):
    assert dcalc(["eval", "sqrt(eps)", "--ieee"]).out == "0 + inf*ε\n"
    assert dcalc(["eval", "1/eps", "--ieee"]).out.startswith("nan")


def test_parts_are_not_taken_inside_of_what_differentiates_in_the_name(dcalc):
    answer = dcalc(["eval", "f(x) = real(x)*x; f'(dual(2, 1))"])
    assert answer.status == 1
    assert "cannot be taken" in answer.err


@pytest.mark.parametrize("verb", ["grad", "jac", "hess", "diff", "trace"])
def test_the_other_verbs_refuse_dual_numbers(dcalc, verb):
    for arguments in ([verb, "x^2*eps", "--at", "x=1"], [verb, "x^2 + y", "--at", "x=dual(2,1),y=1"]):
        answer = dcalc(arguments)
        assert answer.status == 2
        assert "plain numbers belong here" in answer.err


def test_order_is_for_dual_numbers(dcalc):
    answer = dcalc(["eval", "x^2", "--at", "x=1", "--order", "2"])
    assert answer.status == 2
    assert "no ε" in answer.err
    assert dcalc(["eval", "exp(eps)", "--order", "501"]).status == 1


def test_names_of_the_user_s_come_first(dcalc, session):
    answer = dcalc(["eval", "eps + 1", "--at", "eps=3"])
    assert (answer.out, answer.err) == ("4\n", "note: eps is your variable here, not the constant\n")
    assert dcalc(["grad", "ε^2", "--at", "ε=3"]).out == "value  9\nd/dε   6\n"
    # what dcalc remembers does not hang on them
    assert session("dual(a, b) = 7", "x = 2 + eps", "ans*2")[-1] == "4 + 2ε"
