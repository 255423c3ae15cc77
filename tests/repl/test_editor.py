"""Editing a line in a terminal: menu, suggestions, brackets, marks, preview, vi, several lines, narrow windows."""

from __future__ import annotations

from pathlib import Path

import pytest

helper = pytest.importorskip("dcalc_terminal")
Terminal, ENTER, TAB, UP = helper.Terminal, helper.ENTER, helper.TAB, helper.UP
CTRL_C, CTRL_E, CTRL_R, ESCAPE = helper.CTRL_C, helper.CTRL_E, helper.CTRL_R, helper.ESCAPE
LEFT, RIGHT, ALT_ENTER = helper.LEFT, helper.RIGHT, helper.ALT_ENTER


def test_the_preview_tells_form_value_gradient_and_kink(tmp_path: Path) -> None:
    with Terminal(tmp_path, cwd=tmp_path) as terminal:
        terminal.ready()
        terminal.type("x = 2" + ENTER)
        terminal.until("x  2", ">")
        terminal.type("2x² + abs(x-2)")
        terminal.until_below("2*x^2 + abs(x - 2) = 8   d/dx 8")
        assert any("has a kink here (d/dx: left 7, right 9)" in line for line in terminal.below)
        terminal.until_styled("abs(x - 2) has", "brown")
        terminal.type(CTRL_C)
        terminal.until_below("")
        terminal.type("save written")
        terminal.until("> save written")
        terminal.read(0.3)
        terminal.type(CTRL_C + "y = 5; x*y")
        terminal.until_below("y = 5; x*y = 10   d/dx 5   d/dy 2")
        terminal.type(CTRL_C + "y" + ENTER)
        terminal.until_there("y has no value")  # a preview keeps nothing
        terminal.type("set preview off" + ENTER)
        terminal.until("*", ">")
        terminal.type("x*7 )")
        terminal.until_below("closes nothing")  # what is wrong is told all the same
        assert not (tmp_path / "written").exists()


def test_what_cannot_be_read_is_marked_but_not_too_early(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("3 + sin x")
        terminal.until_below("needs parentheses")
        terminal.until_styled("sin x", "red", "underscore")
        terminal.type(CTRL_C)
        terminal.until("> 3 + sin x", ">")
        for begun, rest, told in (
            ("(1 + 2", ") * 2", "(1 + 2)*2 = 6"),
            ("7 *", " 6", "7*6 = 42"),
            ("pi > 3 a", "nd 1 < 2", "pi > 3 and 1 < 2"),
            ("grad y^2 a", "t y=3", "y^2 = 9   d/dy 6"),
        ):
            terminal.type(begun)
            terminal.until("> " + begun)
            terminal.read(0.3)
            assert not terminal.below, begun
            terminal.type(rest)
            terminal.until_below(told)
            terminal.type(CTRL_C)
            terminal.until(f"> {begun}{rest}", ">")
        terminal.type("set validation off" + ENTER)
        terminal.until("> set validation off", ">")
        terminal.type("set preview off" + ENTER)
        terminal.until("> set preview off", ">")
        terminal.type("3 + sin x")
        terminal.until("> 3 + sin x")
        terminal.read(0.3)
        assert not terminal.below


def test_brackets_are_matched(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("[sin(1) # )]")
        terminal.until("> [sin(1) # )]")
        assert "reverse" not in terminal.style("[sin"), "what stands in comments is no bracket"
        terminal.type(LEFT * 5)
        terminal.until_styled("(1", "reverse")
        terminal.until_styled(") #", "reverse")
        assert "reverse" not in terminal.style("[sin")


def test_the_menu_tells_signature_value_and_meaning(tmp_path: Path) -> None:
    (tmp_path / "first.dc").write_text("x = 1\n")
    (tmp_path / "folder").mkdir()
    with Terminal(tmp_path, cwd=tmp_path) as terminal:
        terminal.ready()
        terminal.type("area(width, height) = width*height" + ENTER + "arc = 2.5" + ENTER)
        terminal.until("arc  2.5", ">")
        terminal.type("2*ar" + TAB)
        terminal.until_there("area(width, height)")
        assert any("arc" in line and "= 2.5" in line for line in terminal.lines)
        terminal.type(TAB)
        terminal.until_there("> 2*area")
        terminal.type(CTRL_C)
        terminal.type("set edi" + TAB)
        terminal.until("> set editing")
        terminal.type(" " + TAB)
        terminal.until_there("emacs")
        assert any("vi" in line.split() for line in terminal.lines)
        terminal.type(CTRL_C)
        terminal.type("load f" + TAB)
        terminal.until_there("first.dc")
        assert any("folder/" in line for line in terminal.lines)
        terminal.type("i" + TAB)
        terminal.until("> load first.dc")
        terminal.type(ENTER)
        terminal.until("> load first.dc", "x  1", ">")


def test_a_suggestion_from_the_history(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("gamma(5) + 1" + ENTER)
        terminal.until("25", ">")
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("gam")
        terminal.until("> gamma(5) + 1")
        terminal.until_styled("ma(5)", "brightblack")
        terminal.type(RIGHT + ENTER)
        terminal.until("> gamma(5) + 1", "25", ">")
        terminal.type("gamma(5) +")
        terminal.until("> gamma(5) + 1")
        terminal.type(CTRL_E + "00" + ENTER)
        terminal.until("> gamma(5) + 100", "124", ">")
        terminal.type("set suggestions off" + ENTER)
        terminal.until("> set suggestions off", ">")
        terminal.type("gam")
        terminal.until("> gam")
        terminal.type(CTRL_C + CTRL_R + "(5) + 1")
        terminal.until_there("gamma(5) + 100")
        terminal.type(ENTER)
        terminal.until("> gamma(5) + 100")


def test_several_lines(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("a = 3" + ALT_ENTER + "a + 4" + ENTER)
        terminal.until("> a = 3", ". a + 4", "a  3", "7", ">")
        terminal.type("f(x) = {" + ENTER + "y = x^2" + ENTER + "y + 1" + ENTER + "}" + ENTER)
        terminal.until(". }", ">")
        terminal.type("f(3)" + ENTER)
        terminal.until("> f(3)", "10", ">")
        terminal.type(UP + UP)
        terminal.until("> f(x) = {", ". y = x^2", ". y + 1", ". }")


def test_vi(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("set editing vi" + ENTER)
        terminal.until("> set editing vi", ">")
        terminal.until_below("[insert]")
        terminal.type("1 + 41" + ESCAPE)
        terminal.until_below("[normal]")
        terminal.type("0x")  # the first character goes
        terminal.until(">  + 41")
        terminal.type("i2")
        terminal.until_below("[insert]")
        terminal.type(ENTER)
        terminal.until("> 2 + 41", "43", ">")
        terminal.type("set editing emacs" + ENTER)
        terminal.until("> set editing emacs", ">")
        terminal.until_below("")


def test_forty_columns(tmp_path: Path) -> None:
    with Terminal(tmp_path, columns=40, rows=30) as terminal:
        terminal.until_there("leave")
        terminal.until("*", ">")
        terminal.type("x = 2; y = 3" + ENTER)
        terminal.until("*", ">")
        terminal.type("x^2*y + sin(x*y) + cos(x + y) + 1000 + 2000")
        terminal.until("> x^2*y + sin(x*y) + cos(x + y) + 1000 +", "   2000")
        lines = terminal.until_below("d/dx 15.8394   d/dy 6.87926")
        assert lines[0].endswith("… = 3012"), "the form is cut, the value is not"
        assert len(terminal.below) > 1, "what does not fit stands on the next line"
        terminal.type(CTRL_C + "si" + TAB)
        terminal.until_there("sinh(u)")
        terminal.type(CTRL_C)
        terminal.type("jac [x*y/7, x/y, x+y] at x=2, y=3, z=4 wrt x, y, z" + ENTER)
        terminal.until_there("d/dz")
        terminal.until("*", ">")
        assert all(len(line) <= 40 for line in terminal.lines)
        assert sum(line.startswith("f1 ") for line in terminal.lines) >= 2, "the first column is repeated"


def test_another_size(tmp_path: Path) -> None:
    with Terminal(tmp_path, columns=80) as terminal:
        terminal.ready()
        terminal.type("1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10")
        terminal.until_below("= 55")
        terminal.resize(30, 30)
        terminal.until_there("8 + 9 + 10")
        terminal.type(ENTER)
        terminal.until("55", ">")
        terminal.type("6*7" + ENTER)
        terminal.until("> 6*7", "42", ">")
