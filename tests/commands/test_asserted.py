"""`assert`: silent where it holds, both sides' values where it does not."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    "text",
    [
        "x == 2",
        "abs(x^2 - 4) < 1e-12",
        "1 < x <= 2",
        "x > 5 or not x > 3",
        "[x, 3] >= [2, 2]",
        "[x > 1]",
        "a = x^2; a == 4",
    ],
)
def test_what_holds_says_nothing(dcalc, text):
    assert dcalc(["assert", text, "--at", "x=2"]) == (0, "", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x == 3", "2 == 3 is false"),
        ("x^2 < 1e-12", "4 < 1e-12 is false"),
        ("1 < x < 1.5", "2 < 1.5 is false"),
        ("x < 1 or x > 3", "2 < 1 is false; 2 > 3 is false"),
        ("[x, 3] == [2, 4]", "at [2] 3 == 4 is false"),
        ("[1, 2, 3]*x < [1, 1, 1]", "at [1] 2 < 1 is false, and 2 more"),
        ("a = x^2; a == 5", "4 == 5 is false"),
        ("not x == 2", "it is 0"),
    ],
)
def test_what_fails_tells_both_sides(dcalc, text, words):
    status, out, err = dcalc(["assert", text, "--at", "x=2"])
    assert (status, out) == (1, "")
    assert f"assertion error: the assertion does not hold: {words}" in err
    found = json.loads(dcalc(["assert", text, "--at", "x=2", "--json"]).out)
    assert found["error"]["kind"] == "assertion"


def test_numbers_that_are_nearly_equal_have_a_hint(dcalc):
    err = dcalc(["assert", "0.1 + x == 0.3", "--at", "x=0.2"]).err
    assert "0.30000000000000004 == 0.3" in err
    assert "abs(a - b)" in err
    assert "abs(a - b)" not in dcalc(["assert", "1 == 2"]).err


@pytest.mark.parametrize(
    ("text", "kind", "hint"),
    [
        ("x = 2", "syntax", "== compares"),
        ("x - 2", "usage", "assert x == 2"),
        ("2", "usage", ""),
        ("x ==", "syntax", ""),
    ],
)
def test_what_is_no_condition_is_refused(dcalc, text, kind, hint):
    status, _, err = dcalc(["assert", text, "--at", "x=2"])
    assert (status, err.startswith(f"{kind} error")) == (2, True)
    assert hint in err


@pytest.mark.parametrize("said", ["x is off", "at x wrt (y using", 'a \\"quote\\"', "it's # no comment"])
@pytest.mark.parametrize("tail", ["", "  # a comment", " ;"])
def test_words_of_one_s_own(dcalc, said, tail):
    line = f'assert x == 3, "{said}"{tail}'
    status, out, err = dcalc(["run", "-e", "x = 2;", "-e", line])
    assert (status, out) == (1, "")
    shown = said.replace("\\", "")
    assert f"-e 2:1:8: assertion error: {shown}: 2 == 3 is false" in err
    assert dcalc(["run", "-e", "x = 3;", "-e", line, "-e", "x"]) == (0, "3\n", "")


def test_a_name_of_the_user_s_is_no_verb(dcalc):
    assert dcalc(["run", "-e", "assert = 2;", "-e", "assert == 2"]).out == "1\n"


def test_a_point_of_its_own(dcalc):
    assert (
        dcalc(["run", "-e", "f(u) = u^2", "-e", "assert f'(t) == 6 at t=3", "-e", "assert f(t) == 1 at t=3"]).status
        == 1
    )
