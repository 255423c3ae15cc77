"""The verbs of sessions and earlier answers, without a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcalc.commands import OF_SESSIONS, verb
from dcalc.commands.base import lines_of, new_state
from dcalc.commands.sessions.settings import SETTINGS
from dcalc.errors import DcalcError
from dcalc.language import source
from dcalc.render import render
from dcalc.session import attempted, step
from tests.sessions import Session

# ---- earlier answers


def test_the_last_answer_and_numbered_ones() -> None:
    session = Session("6*7", "ans/2")
    assert session("_ + %1") == "63"
    assert session("%2^2") == "441"
    assert session("x = 5") == "x  5"
    assert session("ans + 1") == "6", "a definition's value is an answer"


def test_answers_of_derivatives() -> None:
    session = Session("grad x^2*y at x=2, y=3")
    assert session("ans") == "[12, 4]"
    session("jac [x*y, x] at x=2, y=3")
    assert session("ans[1, 2]") == "2"
    session("hess x^2*y at x=2, y=3")
    assert session("ans") == "[[6, 4],\n [4, 0]]"
    session("diff t^3")
    assert session("diff ans") == "6*t", "a formula is an expression again"
    session("grad sum(W^2) at W=[[1,2],[3,4]]")
    assert session("ans") == "[[2, 4],\n [6, 8]]", "in the shape of its only input"


def test_an_answer_is_a_number_and_does_not_move() -> None:
    session = Session("x = 2", "x^2", "y = ans", "x = 3")
    assert session("%2") == "4"
    assert session("grad y^2") == "value  16\nd/dy   8", "what an answer gives its value is an input"
    assert session("grad x*%2") == "value  12\nd/dx   4"


def test_large_answers_are_no_constants() -> None:
    session = Session("v = 1..2000", "v/2")
    assert session("sum(ans)") == "1000500"
    session("w = %2")
    assert session("w[2000]") == "1000"


def test_no_such_answer() -> None:
    assert Session().problem("%1").message == "there is no answer %1"
    session = Session("1 + 1")
    assert session.problem("%2 + 1").hint == "only %1"
    assert session.problem("%0").span == (0, 2)
    assert session.problem("%99999999999999999999").kind == "name"
    assert Session().problem("ans").hint == "there is no earlier answer yet"


def test_names_of_the_users_win() -> None:
    assert Session("7", "ans = 3")("ans + 1") == "4"
    assert Session("7", "f(_) = _ + 1")("f(1)") == "2"


def test_a_remainder_is_not_an_answer() -> None:
    session = Session("2", "3", "4")
    for line in ("7%3", "7 %3", "x%2"):
        problem = session.problem(line)
        assert problem.kind == "syntax"
        assert "mod" in (problem.hint or "")


def test_answers_that_are_not_finite() -> None:
    session = Session("set ieee on", "1/0")
    assert session.problem("ans + 1").message == "%1 is not a finite number"


# ---- names


def test_vars_funcs_and_del() -> None:
    session = Session("x = 2; a = x^2", "W: 2x3", "f(u, v) = u*v")
    rows = session("vars").splitlines()
    assert [row.split() for row in rows[2:]] == [
        ["x", "2"],
        ["W", "an", "input,", "a", "2x3", "matrix"],
        ["a", "x^2", "4"],
        ["ans,", "%1", "4"],
    ]
    assert session("funcs").splitlines()[2].split() == ["f(u,", "v)", "u*v"]
    session("del x, f")
    assert session("funcs") == "no functions yet"
    assert session.problem("a").message == "x has no value"
    assert session.problem("del x").span == (4, 5)
    session("x = 3")
    assert session("a") == "9"


def test_grad_of_a_function_by_its_name() -> None:
    session = Session("f(u, v) = u^2*v")
    assert session("grad f at u=1, v=5") == "value  5\nd/du   10\nd/dv   1"
    assert session("diff f wrt v") == "u^2"
    assert session("diff tan") == "sec(u)^2"


# ---- undo and reset


def test_undo_goes_back_change_by_change() -> None:
    session = Session("x = 2", "x = 3", "x^2", "set digits 3", "undo")
    assert session("pi*x") == "9.424777961"
    session("undo")
    assert session("x") == "2"
    session("undo")
    assert session.problem("undo").message == "there is nothing to undo"
    assert session.problem("x").kind == "name"


def test_reset_can_be_undone() -> None:
    session = Session("x = 2", "a = x^2", "set digits 3", "reset")
    assert session("vars") == "no variables yet"
    assert session("pi") == "3.14", "settings stay"
    session("undo")
    session("y = x + a")
    assert session("y") == "6"


def test_what_was_undone_can_be_defined_anew() -> None:
    session = Session("f(x) = x^2", "f(x) = x^3", "undo", "g(x) = f(x) + 1")
    assert session("g(2)") == "5"


# ---- settings


def test_settings_hold_where_a_line_is_silent() -> None:
    session = Session("set digits 3", "set backend forward")
    assert session("pi") == "3.14"
    assert session("eval pi digits 5") == "3.1416"
    session("grad x^2 at x=1")
    assert session.output.results[0].backend == "forward"
    session("grad x^2 at x=1 using reverse")
    assert session.output.results[0].backend == "reverse"
    session("set scheme central")
    session("grad x^2 at x=1")
    assert session.output.results[0].backend == "forward", "a scheme does not ask for finite differences"
    session("grad x^2 at x=1 using fd")
    assert "central" in session.output.results[0].work
    session("set digits default")
    assert session("pi") == "3.141592654"


def test_at_kink_as_a_setting() -> None:
    session = Session("set at-kink error")
    assert session.problem("grad abs(x) at x=0").kind == "domain"


def test_every_setting_can_be_set_to_its_default_and_is_shown() -> None:
    session = Session(*(f"set {name} {setting.default}" for name, setting in SETTINGS.items()))
    shown = session("show settings")
    for name in SETTINGS:
        assert f"\n{name} " in shown


@pytest.mark.parametrize("line", ["set nothing 3", "set digits 99", "set digits", "set editing nano", "show nothing"])
def test_settings_that_are_none(line: str) -> None:
    problem = Session().problem(line)
    assert problem.kind == "usage"
    assert problem.hint


# ---- files


def test_save_load_and_export(tmp_path: Path) -> None:
    session = Session("x = 2; f(u) = u^3", "f(x)", "x = 4", "undo", "vars")
    session(f"save {tmp_path}/lines.dc")
    assert session.output.file == f"{tmp_path}/lines.dc"
    text = render(session.output.results, [])
    assert text == "x = 2; f(u) = u^3\nf(x)", "without what was undone and what was only looked at"
    (tmp_path / "lines.dc").write_text(text + "\n")
    other = Session("y = 1", f"load {tmp_path}/lines.dc")
    assert [result.value for result in other.output.results] == [8.0]
    assert other("f(x + y)") == "27"
    other("undo")
    assert other.problem("x").kind == "name", "a load is undone as a whole"
    other(f"export session {tmp_path}/notes.md")
    assert "> f(x)\n8\n" in render(session("export session a.md") and session.output.results, [])


def test_a_load_that_fails_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.dc").write_text("x = 1\n\ny = nope(\n2)\nz = 3\n")
    session = Session("y = 1")
    problem = session.problem(f"load {tmp_path}/bad.dc")
    assert problem.source is not None
    assert problem.source.position(problem.span[0] if problem.span else 0) == (3, 5)
    assert session.problem("load").kind == "usage"
    assert "no such file" in session.problem("load /no/such/file.dc").message.lower()


def test_lines_again() -> None:
    session = Session("grad x^2 at x=3")
    assert session("!!") == "value  9\nd/dx   6"
    session("!! using forward")
    assert session.output.results[0].backend == "forward"
    assert lines_of(session.state)[-1].line == "grad x^2 at x=3 using forward"
    assert Session().problem("!!").kind == "usage"


def test_the_line_before_is_also_one_that_only_asked_or_failed() -> None:
    session = Session("x = 2", "show digits")
    assert session("!!").split()[:2] == ["setting", "value"]
    assert session.state.log is not None
    assert session.state.log.line == "x = 2", "a script needs no such line"
    line = source("grad q^2", "input")
    with pytest.raises(DcalcError):
        step(session.state, line)
    session.state = attempted(session.state, line)
    assert session("!! at q=3") == "value  9\nd/dq   6"
    assert attempted(new_state(), source("!!", "input")).line == ""
    assert Session("x = 1", "x = 2", "undo", "!!").problem("x").kind == "name", "undo again"


# ---- files are written whole


@pytest.mark.parametrize("end", ["", ";", " ; # silent"])
def test_what_is_written_to_a_file_is_no_answer_to_be_silent_about(end: str) -> None:
    session = Session("x = 3")
    assert session(f"save a.dc{end}") == "x = 3"
    assert session.output.results
    assert session.output.file == "a.dc"
    assert session(f"grad x^2 out a.txt{end}") == "value  9\nd/dx   6"
    assert session.output.file == "a.txt"


@pytest.mark.parametrize("form", ["json", "csv", "latex", "markdown"])
def test_scripts_and_transcripts_have_a_format_of_their_own(form: str) -> None:
    session = Session(f"set format {form}", "x = 3")
    assert session("save a.dc") == f"set format {form}\nx = 3"
    assert "```text\n> x = 3\nx  3\n```" in session("export session a.md")


def test_a_name_with_blanks_is_a_name() -> None:
    session = Session("x = 3")
    session("export notes of today.md")
    assert session.output.file == "notes of today.md"
    session("export session my notes.md")
    assert session.output.file == "my notes.md"


def test_a_file_that_loads_itself(tmp_path: Path) -> None:
    (tmp_path / "a.dc").write_text(f"x = 1\nload {tmp_path}/b.dc\n")
    (tmp_path / "b.dc").write_text(f"load {tmp_path}/../{tmp_path.name}/a.dc\n")
    problem = Session().problem(f"load {tmp_path}/a.dc")
    assert problem.message.endswith("a.dc loads itself")
    assert problem.source is not None
    assert problem.source.name.endswith("b.dc")
    for k in range(60):
        (tmp_path / f"{k}.dc").write_text(f"load {tmp_path}/{k + 1}.dc\n")
    assert Session().problem(f"load {tmp_path}/0.dc").kind == "limit"
    (tmp_path / "twice.dc").write_text(f"load {tmp_path}/x.dc\nload {tmp_path}/x.dc\n")
    (tmp_path / "x.dc").write_text("x = 1\n")
    assert Session(f"load {tmp_path}/twice.dc")("x") == "1"


def test_a_load_tells_what_it_does_not_write(tmp_path: Path) -> None:
    (tmp_path / "a.dc").write_text("x = 3\ngrad x^2 out g.json\nsave b.dc\n")
    session = Session(f"load {tmp_path}/a.dc")
    assert [type(result).__name__ for result in session.output.results] == ["Value"]
    assert [note.message.split()[0] for note in session.output.notes] == ["g.json", "b.dc"]


def test_a_file_that_is_missing_is_told_where_the_line_stands(dcalc) -> None:
    status, _, err = dcalc(["-"], b"x = 1\n\nload no/such.dc\n")
    assert status == 2
    assert err.startswith("standard input:3:6: usage error: cannot read no/such.dc")
    status, _, err = dcalc(["-"], b"x = 1\nsave no/such/file.dc\n")
    assert status == 2
    assert err.startswith("standard input:2:1: usage error: cannot write no/such/file.dc")
    assert "out" not in err.split("hint:")[1]


def test_a_tilde_is_the_home_folder(dcalc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert dcalc(["-"], b"x = 3\nsave ~/a.dc\n")[0] == 0
    assert (tmp_path / "a.dc").read_text() == "x = 3\n"


# ---- help


@pytest.mark.parametrize("line", ["?tan", "tan?", "? tan", "help tan"])
def test_help_by_a_question_mark(line: str) -> None:
    assert Session()(line).split()[:2] == ["operation", "tan(u)"]


@pytest.mark.parametrize("line", ["# what is sin?", "x = 1 # right?", "x = 1 #?", "#?"])
def test_a_question_in_a_comment_is_none(line: str) -> None:
    assert Session()(line) in ("", "x  1")


def test_help_of_ones_own_names() -> None:
    session = Session("x = 3; a = x^2; f(u) = u + 1")
    assert session("?a").splitlines()[-1].split() == ["a", "x^2", "9"]
    assert session("f?").splitlines()[-1].split() == ["f(u)", "u", "+", "1"]


@pytest.mark.parametrize("name", [name for name, module in OF_SESSIONS.items() if module != "sessions.at_prompt"])
def test_examples_of_the_verbs_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(root / "examples")
    page = verb(name)
    session = Session()
    for line in page.examples:  # type: ignore[attr-defined]
        session(line)
    assert page.summary in session(f"help {name}")


def test_a_verb_of_sessions_on_the_command_line(dcalc) -> None:
    status, _, err = dcalc(["vars"])
    assert status == 2
    assert "vars is for sessions" in err


def test_only_some_verbs_take_words() -> None:
    session = Session()
    assert session.problem("vars x").message == "vars stands alone"
    assert session("save = 3") == "save  3"
    assert session("save + 1") == "4"


def test_help_in_a_session_speaks_its_language() -> None:
    session = Session()
    assert "grad max(y*z, y+2*x) at x=2,y=3,z=-1" in session("help grad")
    assert "--" not in session("help grad")
    assert session("?sin").splitlines()[-2].split() == ["example", "diff", "sin(x)"]
    assert "dcalc grad" in session("help"), "the overview is about both"
