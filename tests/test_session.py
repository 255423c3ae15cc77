"""The pure step of a session, without a terminal."""

from __future__ import annotations

import pytest

from dcalc.commands.base import Output, new_state
from dcalc.commands.lines import Line, is_blank, is_open, is_silent, statements
from dcalc.commands.sentence import verb_of
from dcalc.errors import DcalcError, Source
from dcalc.render.errors import render as failure
from dcalc.session import names_of, presentation, step
from tests.sessions import Session, frozen

# ---- statements


def test_a_name_is_bound_to_a_node_and_its_input_moves() -> None:
    assert Session("x = 2; a = x^2; x = 3")("a") == "9"
    session = Session("x = 2", "a = x^2", "x = 3")
    assert session("a") == "9"
    assert session("y = x; x = 4; y") == "4"


def test_one_line_is_a_program_whose_last_expression_is_its_value() -> None:
    session = Session()
    assert session("x = 1; y = 2; x + y") == "3"
    assert session("x") == "1"
    assert session("x = 5") == "x  5"
    assert session("v = [x, x^2]") == "v  [5, 25]"
    assert session("v[2] + 1") == "26"
    assert session("f(x) = 2x") == ""


def test_a_definition_may_come_before_its_inputs() -> None:
    session = Session()
    assert session("a = b + 1") == ""
    assert "b has no value" in session.refuses("a")
    assert session("b = 2") == "b  2"
    assert session("a") == "3"
    assert session("a = 5") == "a  5"
    assert session("b") == "2"


def test_a_name_on_both_sides_counts_up() -> None:
    session = Session("x = 2")
    assert session("x = x + 1") == "x  3"
    assert session("x = x + 1") == "x  4"
    assert session("x = 10") == "x  10"
    assert session("x") == "10"


def test_a_name_without_a_value_is_not_proposed_for_itself() -> None:
    session = Session("a = x; x = a", "speed = 2")
    assert session.refuses("x").splitlines()[-1] == "hint: set it: x = 2"
    assert session.refuses("sped").splitlines()[-1] == "hint: did you mean speed? Or set it: sped = 2"


def test_functions_are_looked_up_when_they_are_called() -> None:
    session = Session("f(x) = x^2", "g(x) = f(x) + 1")
    assert session("g(3)") == "10"
    session("f(x) = x^3")
    assert session("g(3)") == "28"
    assert session("f''(2)") == "12"
    assert "f takes 1 argument" in session.refuses("f(1, 2)")
    session("f(x, y) = x*y")
    assert "f takes 2 arguments" in session.refuses("g(3)")
    assert session("f(2, 3)") == "6"
    session("f = 4")
    assert session("f(f, f)") == "16", "a name before a bracket is the function, elsewhere the variable"
    session("h(x) = h(x)")
    assert "calls itself without end" in session.refuses("h(1)")


def test_free_names_of_a_function_are_the_session_s() -> None:
    session = Session("x = 2", "f(t) = x*t")
    assert session("f(3)") == "6"
    session("x = 5")
    assert session("f(3)") == "15"
    assert session("grad f(t) at t=1, x=7") == "value  7\nd/dt   7\nd/dx   1"


def test_a_constant_may_be_shadowed_with_a_note() -> None:
    session = Session()
    assert session("e = 2") == "e  2"
    assert session.notes == ["e is your variable from here on, not the constant"]
    assert session("e^2") == "4"
    assert session.notes == []
    assert session("grad e^2") == "value  4\nd/de   4"
    assert session("eval pi at pi=3") == "3"
    assert session("eval pi digits 3") == "3.14", "`at` stands for one line alone"


@pytest.mark.parametrize("line", ["", "   ", ";", " ;; ", "# words", "\t# grad x", "; # x", "\n\n"])
def test_a_line_may_hold_nothing(line: str) -> None:
    state = new_state()
    assert step(state, Source(line)) == (state, Output([], []))
    assert is_blank(line)


def test_comments_are_no_part_of_anything() -> None:
    session = Session()
    assert session("x = 1; # one") == ""
    assert session("x = 1 # one") == "x  1"
    assert session("grad x^2 at x=2 # at x=3") == "value  4\nd/dx   4"
    assert session("diff sin(t) order 2 # twice") == "-sin(t)"
    assert session("help exit # please").startswith("exit\n")
    assert session("rules tan # please").splitlines()[0].endswith("tan(u)")


def test_an_expression_leaves_the_state_alone() -> None:
    session = Session("x = 2")
    before = session.state
    assert session("x^2 + sin(x)") == "4.909297427"
    session("jac q^2 at q=[1, 2]")
    after = session.state
    assert (after.graph, after.names, after.point) == (before.graph, before.names, before.point)
    assert session("grad q^2 at q=3") == "value  9\nd/dq   6", "q may have another shape in another line"


def test_names_of_a_state() -> None:
    assert names_of(Session("x = 2", "a = x^2", "f(t) = t").state) == {"x", "a", "f"}


# ---- sentences


def test_sentences_of_the_notes() -> None:
    session = Session()
    line = "grad max(y*z, y+2*x) at x=2, y=3, z=-1 wrt x using forward"
    assert session(line) == "value  7\nd/dx   2"
    assert session("grad -x^2 at x=1") == "value  -1\nd/dx   -2"
    assert session("grad (x+1)^2 at x=1") == "value  4\nd/dx   4"
    assert session("  grad\tx^2 at\tx=1") == "value  1\nd/dx   2"
    assert session("grad a = x^2; b = exp(a); a + b at x=0 wrt a") == "value  1\nd/da   2"
    assert session("grad x*y at x=1 at y=2 wrt y wrt x") == "value  2\nd/dy   1\nd/dx   2"
    assert session("grad x*y at x=1, y=2, wrt y") == "value  2\nd/dy   1"
    assert session("hess x*y at x=1,y=2 wrt x") == "value  2\n      x\n--  ---\nx     0"


@pytest.mark.parametrize(
    "line",
    ["grad(x)", "grad = 3", "grad := 3", "diff == 2", "diff * 2", "diff ^ 2", "diff < 2", "diff, 2", "diff and 1",
     "cost = 3", "gradx", "grad'(x)", "x grad", "diff ² ", "hess ≤ 1", "# grad x", "", "f(x) = x"],
)  # fmt: skip
def test_statements(line: str) -> None:
    assert verb_of(line) is None


@pytest.mark.parametrize(
    ("line", "verb"),
    [("grad x", "grad"), ("grad -x", "grad"), ("grad [x]", "grad"), ("grad (x)", "grad"), ("grad √2", "grad"),
     ("grad not x", "grad"), ("grad if(x, 1, 2)", "grad"), ("help", "help"), ("help;", "help"), ("rules ;", "rules"),
     ("\n\ngrad x", "grad"), ("rules *", "rules"), ("help <=", "help"), ("rules =", "rules"), ("run x", "run"),
     ("grad # nothing", "grad"), ("grad at x=1", "grad")],
)  # fmt: skip
def test_sentences(line: str, verb: str) -> None:
    assert verb_of(line) == verb


def test_a_name_of_the_user_s_wins_over_a_verb() -> None:
    session = Session("diff = 5", "x = 1")
    assert session("diff") == "5"
    assert session("diff - x") == "4", "never -1, the derivative of -x"
    assert session("diff + 1; diff * 2") == "10"
    assert session("diff x^2") == "2*x", "where no statement could be meant, it is still the verb"
    assert session("diff sin(x) order 2") == "-sin(x)"
    session("rules = [1, 2]")
    assert session("rules [2]") == "2"
    session("hess(t) = t + 1")
    assert session("hess (3)") == "4"


def test_option_words_are_names_where_an_operand_goes_on() -> None:
    session = Session("order = 3")
    assert session("diff x*order wrt x") == "order"
    assert session("diff sin(x) order 2") == "-sin(x)"
    assert session("diff order*x order 2 wrt x") == "0"
    assert session("diff order^2 wrt order order 2") == "2"
    assert session("diff order^2") == "2*order"
    assert session("grad h*x at x=2, h=3 wrt h") == "value  6\nd/dh   2"
    assert session("grad h^2 at h=2 h 1e-3 using fd scheme central").startswith("value  4\nd/dh   4")
    assert session("diff sin(x) branches wrt x") == "branches*cos(x)", "an implicit product, since diff has no branches"
    assert session("diff (x + order) order 2 wrt order") == "0"


def test_words_with_a_hyphen() -> None:
    session = Session()
    assert session("grad abs(x) at x=0 at-kink right") == "value  0\nd/dx   1"
    assert session("grad abs(x) at-kink left at x=0 branches") == "value  0\nd/dx   -1"
    refusal = session.refuses("grad abs(x) at x=0 at-kink up").splitlines()
    assert refusal[1:3] == ["  grad abs(x) at x=0 at-kink up", "                             ^^"]
    assert session("grad kink-x at x=1, kink=2 wrt kink") == "value    1\nd/dkink  1"


def test_the_point_is_the_session_s_where_at_is_silent() -> None:
    session = Session("x = 2; y = 3")
    assert session("grad x*y") == "value  6\nd/dx   3\nd/dy   2"
    assert session("grad x*y at x=y+1") == "value  12\nd/dx   3\nd/dy   4"
    assert session("x") == "2"
    session("a = x^2")
    assert session("grad a*y wrt a") == "value  12\nd/da   3"
    assert session("grad a*y at a=1") == "value  3\nd/da   3\nd/dy   1"


def test_how_an_answer_is_shown_is_said_in_the_line() -> None:
    session = Session()
    assert session("eval pi digits 3") == "3.14"
    assert session("eval pi json").startswith('{"dcalc": 1, "kind": "eval"')
    assert session("eval pi format json").startswith("{")
    state, line = new_state(), Source("grad x digits 3 at x=1")
    assert presentation(state, line, {"digits": 5, "format": "csv"}) == {"digits": 3, "format": "csv"}
    assert presentation(state, Source("1 + 1"), {"digits": 5}) == {"digits": 5}


def test_settings_hold_where_the_line_is_silent() -> None:
    line = Source("grad x^2 at x=1")
    settings = {"backend": "fd", "order": 7}
    (told,) = step(new_state(), line, settings)[1].results
    assert told.backend == "fd"
    (told,) = step(new_state(), Source(line.text + " using forward"), settings)[1].results
    assert told.backend == "forward"


# ---- failures


def test_a_failed_line_leaves_nothing_behind() -> None:
    session = Session("x = 1")
    for line in ("y = 2; z = q + 1; q", "y = 2; 1/0", "f(t) = t; f(1, 2)", "v[1]", "x = 2; log(-x)", "x = 3; sin"):
        session.refuses(line)
    assert session("v = [1, 2]; v[1]") == "1", "the v of the failed line was a number"
    assert names_of(session.state) == {"x", "v"}
    assert session("x") == "1"


def test_a_failure_that_is_no_error_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session("x = 1")
    before = frozen(session.state)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dcalc.session.inputs_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session("y = sin(x) + cos(x)")
    assert frozen(session.state) == before


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2*/x", ["  2*/x", "    ^"]),
        ("grad 2*/x at x=1", ["  grad 2*/x at x=1", "         ^"]),
        ("grad x^2 at x=1+", ["  grad x^2 at x=1+", "                 ^"]),
        ("grad x at x=2, y=log(-1)", ["  grad x at x=2, y=log(-1)", "                   ^^^^^^^"]),
        ("grad sin(x at x=1", ["  grad sin(x at x=1", "       ^^^^"]),
        ("grad log(x) at x=-1", ["  grad log(x) at x=-1", "       ^^^^^^"]),
        ("grad x^2 using forward json 3", ["  grad x^2 using forward json 3", "                              ^"]),
        ("diff x order two", ["  diff x order two", "               ^^^"]),
        ("diff x order", ["  diff x order", "         ^^^^^"]),
        ("diff x order 1 order 2", ["  diff x order 1 order 2", "                 ^^^^^"]),
        ("diff x using forward", ["  diff x using forward", "         ^^^^^"]),
        ("grad x^2 at x=1 order 2", ["  grad x^2 at x=1 order 2", "                  ^^^^^"]),
        ("rules tann", ["  rules tann", "        ^^^^"]),
        ("grad wrt x", ["  grad wrt x", "  ^^^^"]),
        ("grad x^2 at x=1 wrt q", ["  grad x^2 at x=1 wrt q", "                      ^"]),
        ("αβ + sinn(1)", ["  αβ + sinn(1)", "       ^^^^"]),
        ("grad e\u0301 + sinn(1)", ["  grad é + sinn(1)", "           ^^^^"]),
    ],
)
def test_carets_stand_in_the_whole_line(line: str, expected: list[str]) -> None:
    assert Session().refuses(line).splitlines()[1:3] == expected


def test_a_failure_of_an_earlier_definition_shows_it() -> None:
    session = Session("a = log(x)", "x = -1")
    assert session.refuses("a").splitlines()[1:3] == ["  a = log(x)", "      ^^^^^^"]
    session("x = 1")
    assert session("a") == "0"


def test_positions_in_a_script_count_its_lines() -> None:
    line = Line("grad x +\n  sinn(2)", "script.dc", 10)
    with pytest.raises(DcalcError) as caught:
        step(new_state(), line)
    assert failure(caught.value, position=True).startswith("script.dc:12:3: name error")
    with pytest.raises(DcalcError) as caught:
        step(new_state(), Line("grad x^2 at x=1,x=2", "script.dc", 4))
    assert failure(caught.value, position=True).startswith("script.dc:5:17: usage error")


# ---- lines


@pytest.mark.parametrize(
    "text",
    [
        "(",
        "f(x",
        "[1,",
        "1 +",
        "x =",
        "x :=",
        "2 **",
        "a and",
        "not",
        "√",
        "x <=",
        "grad x at x=1,",
        "(1 # )",
        "1 + # c",
    ],
)
def test_open(text: str) -> None:
    assert is_open(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "x;",
        "(1)",
        "f'",
        "rules *",
        "help <=",
        "rules (",
        "x ! ",
        "# (",
        "grad x",
        ")",
        ") (x)",
        "x²",
        "help +;",
    ],
)
def test_closed(text: str) -> None:
    assert not is_open(text)


def test_statements_are_lines_or_several() -> None:
    text = "x = 1\n\n(1 +\n 2)\nrules *\n3 *\n4; # (\n5\f+ 1\r\nlast("
    assert list(statements(text)) == [
        (0, "x = 1"),
        (1, ""),
        (2, "(1 +\n 2)"),
        (4, "rules *"),
        (5, "3 *\n4; # ("),
        (7, "5\f+ 1\r"),
        (8, "last("),
    ]


@pytest.mark.parametrize(
    ("text", "silent"), [("x;", True), ("x; # c", True), ("x; \n", True), ("x # ;", False), ("x;y", False)]
)
def test_silent(text: str, silent: bool) -> None:
    assert is_silent(text) is silent


def test_an_else_on_a_line_of_its_own_belongs_to_the_if_above():
    from dcalc.commands.lines import statements

    text = "if x > 0 {\n  y = 1\n}\n\n# otherwise\nelse {\n  y = 2\n}\ny\nf(u) = {\n  u\n}\nf(2)"
    assert [above for above, _ in statements(text)] == [0, 8, 9, 12]


def test_a_declared_shape_holds_for_the_point() -> None:
    session = Session("x: 3")
    with pytest.raises(DcalcError, match="declared as a vector of 3"):
        session("grad sum(x^2) at x=[1, 2]")
    with pytest.raises(DcalcError) as caught:
        session("x")
    assert caught.value.hint == "set it: x = […]"


def test_a_branch_that_gives_an_input_another_value_holds() -> None:
    session = Session("x = 1", "a = 2", "if x > 0 { a = 3 }")
    assert session("a") == "3"
    session("x = -1")
    assert session("a") == "2"


def test_a_branch_that_was_not_taken_is_remembered() -> None:
    session = Session("x = 1", "a = 2", "if x > 5 { a = 3; while a < 100 { a = a*2 } }")
    assert session("a") == "2"
    session("x = 10")
    with pytest.raises(DcalcError, match="followed at another point"):
        session("a")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["x = 0", "diff(abs(x), x)"], "abs(x) has a kink here; its derivative in the expression"),
        (["f(u) = relu(u)", "f'(0)"], "relu(0) has a kink here; its derivative in the expression"),
        (["x = 1", "f(u) = abs(u)*u", "g(t) = f'(t - 1)", "g(x)"], "abs(x - 1) has a kink here"),
        (["v = [1, 0]", "f(u) = abs(u)", "f'(v)"], "abs(v) has a kink here at [2]"),
        (["v = [1, 0]", "f(u) = [abs(u), u] @ [1, 1]", "f'(v)"], "abs(v[2]) has a kink here"),
    ],
)
def test_a_kink_inside_of_a_derivative_is_told(lines: list[str], words: str) -> None:
    session = Session(*lines)
    assert any(words in note for note in session.notes)


def test_away_from_the_kink_nothing_is_told() -> None:
    assert Session("f(u) = relu(u)", "f'(1)").notes == []
    session = Session("v = [1, -2]", "f(u) = abs(u)")
    assert (session("f'(v)"), session.notes) == ("[1, -1]", [])
