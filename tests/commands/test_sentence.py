"""What a line in a session may have meant: misspelt verbs and options, `--option`, hints that can be followed."""

from __future__ import annotations

import pytest

from tests.sessions import Session


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("grd x^2 at x=1", "did you mean grad? Else write `grd*x^2`"),
        ("jacobian [x, y]", "did you mean jac? Else jacobian is a number here"),
        ("GRAD x^2", "did you mean grad?"),
        ("gradd", "did you mean grad? Else set it: gradd = 2"),
        ("grad x^2 at x=1 usng fd", "did you mean using? Else write `usng*fd`"),
        ("grad x^2 usng fd at x=1", "did you mean using?"),
        ("dcalc grad x^2", "leave out `dcalc`: the verb comes first\n"),
        ("a b", "write `a*b`\n"),
        ("\\sin x", "dcalc reads no LaTeX"),
    ],
)
def test_a_misspelt_word_is_told(line: str, hint: str) -> None:
    assert f"hint: {hint}" in Session().refuses(line) + "\n"


def test_a_name_of_the_user_s_is_no_misspelt_verb() -> None:
    assert "did you mean" not in Session("grd = 2").refuses("grd x")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("grad x^2 --at x=3", "value  9\nd/dx   6"),
        ("grad x^2*y --wrt x at y=1", "value  4\nd/dx   4"),
        ("eval 1/3 --digits 3", "0.333"),
        ("eval x*3 --json", '{"dcalc": 1, "kind": "eval", "value": 6.0}'),
        ("grad abs(x) --at-kink left --at x=0", "value  0\nd/dx   -1"),
        ("eval x --digits", "5"),
        ("eval x --digits - 1", "4"),
        ("eval x--digits", "5"),
    ],
)
def test_options_as_the_command_line_writes_them(line: str, answer: str) -> None:
    """Answers and hints name them so; where a name could be meant it is one."""
    assert Session("x = 2; digits = 3")(line) == answer


def test_hints_for_statements_can_be_followed() -> None:
    """A statement has no options."""
    session = Session("f(a) = { x = a; while x > 1 { x = x/2 }; x }", "set steps 10")
    assert "allow more steps: set steps 100" in session.refuses("f(1e30)")
    session("set steps 1000")
    assert session("f(1e30)")
    assert "`set ieee on` goes on with inf" in session.refuses("1e200*1e200")
    session("eps^2/eps")
    assert "eval … order 2 shows more" in session.notes[0]
    session("eval eps^2/eps")
    assert "; order 2 shows more" in session.notes[0]


def test_ans_as_a_name_is_told_once() -> None:
    session = Session("ans = 5")
    assert session.notes == ["ans is your variable from here on, not the last answer"]
    session("ans = 6")
    assert session.notes == []


def test_what_a_setting_needs_is_told_in_its_own_words() -> None:
    session = Session()
    assert "from 1 to 999999999, not 1000000000" in session.refuses("set steps 1000000000")
    assert "for example: set digits 10" in session.refuses("set digits many")
    assert "set digits needs a value" in session.refuses("set digits")
    assert "did you mean settings" in session.refuses("show setings")
    assert "it is one of text, json, csv, latex, markdown" in session.refuses("set format picture")
    assert "load FILE takes the lines" in session.refuses("run a.dc")


def test_a_name_of_the_user_s_hides_no_help() -> None:
    session = Session("reset = 1; sin = 2; dual = 3; mine = 4")
    assert session("help reset").splitlines()[2].split() == ["reset", "1"]
    assert "forget all names and answers" in session("help reset")
    assert "derivative of sin" in session("?sin")
    assert "sin" in session("?sin").splitlines()[2]
    assert "eps" in session("dual?")
    assert session("mine?").splitlines()[2:] == [session("mine?").splitlines()[-1]]


def test_options_and_the_unit_have_help() -> None:
    session = Session()
    assert session("?using").splitlines()[0] == "using NAME"
    assert session("?at-kink").splitlines()[-1] == "grad abs(x) at x=0 at-kink right"
    assert session("help --digits").splitlines()[0] == "digits N"
    assert session("?eps") == session("help dual")
