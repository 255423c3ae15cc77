"""The REPL as people meet it: in a terminal."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect")
_helper = pytest.importorskip("dcalc_terminal")
Terminal, ENTER, TAB, UP = _helper.Terminal, _helper.ENTER, _helper.TAB, _helper.UP
CTRL_C, CTRL_D = _helper.CTRL_C, _helper.CTRL_D

#: Functions that call functions: enough work to be interrupted.
LONG = [
    "f(x) = sin(x*x + 1)",
    *(f"f{k}(x) = f{k - 1 or ''}(f{k - 1 or ''}(f{k - 1 or ''}(f{k - 1 or ''}(x))))" for k in range(1, 12)),
]


def test_statements_a_sentence_and_an_error(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        assert terminal.lines[0].startswith("dcalc 0."), "the banner"
        terminal.type("x = 2; a = x^2" + ENTER)
        terminal.until("> x = 2; a = x^2", "a  4", ">")
        terminal.type("x = 3;" + ENTER)
        terminal.until("> x = 3;", ">")
        terminal.type("a + 1" + ENTER)
        terminal.until("> a + 1", "10", ">")
        terminal.type("grad max(y*z, y+2*x) at x=2, y=3, z=-1 wrt x using forward" + ENTER)
        terminal.until_there("d/dx   2")
        terminal.until("*", ">")
        terminal.type("2 + sin(x" + ENTER + ENTER)
        terminal.until("*", "  2 + sin(x", "      ^^^^", "*", ">")
        terminal.type("a" + ENTER)
        terminal.until("> a", "9", ">")
        assert terminal.leave() == 0


def test_notes_and_help(tmp_path: Path) -> None:
    with Terminal(tmp_path, columns=120) as terminal:
        terminal.ready()
        terminal.type("grad abs(x) at x=0" + ENTER)
        terminal.until("value  0", "d/dx   0", "note: abs(x) has a kink here (d/dx: left -1, right 1)", ">")
        terminal.type("help grad" + ENTER)
        terminal.until("examples", "*", "*", "*", "*", ">")
        terminal.type("rules tan" + ENTER)
        terminal.until_there("operation      tan(u)")
        terminal.until(">")
        terminal.type("quit" + ENTER)
        assert terminal.status() == 0


def test_several_lines_are_one_statement(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("(1 +" + ENTER)
        terminal.until("> (1 +", ".")
        terminal.type("2" + ENTER + ") *" + ENTER + "5" + ENTER)
        terminal.until("> (1 +", ". 2", ". ) *", ". 5", "15", ">")
        terminal.type("max(1," + ENTER + ENTER)
        terminal.until_there("syntax error")  # an empty line ends what was left open
        terminal.until("*", ">")
        assert terminal.leave() == 0


def test_pasted_lines_are_statements(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("\x1b[200~x = 5\ny = x^2\n\n# so\ngrad x*y at x=1\x1b[201~")
        terminal.until_there("grad x*y at x=1")
        terminal.type(ENTER)
        terminal.until("x  5", "y  25", "value  1", "d/dx   3", ">")


def test_history_is_private_and_comes_back(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("1 + 41" + ENTER)
        terminal.until("42", ">")
        file = tmp_path / "dcalc" / "history"
        assert "1 + 41" in file.read_text(), "written as you go"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert terminal.leave() == 0
    file.chmod(0o644)
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        terminal.type(UP)
        terminal.until("> 1 + 41")
        terminal.type("0" + ENTER)
        terminal.until("> 1 + 410", "411", ">")


def test_a_history_that_cannot_be_kept_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "dcalc").write_text("a file where the folder should be")
    with Terminal(tmp_path, columns=200) as terminal:
        terminal.ready()
        terminal.type("1 + 1" + ENTER)
        terminal.until("2", ">")
        terminal.type(UP)
        lines = terminal.until("> 1 + 1")
        assert sum("history will not be kept" in line for line in lines) == 1
        terminal.type(CTRL_C)
        terminal.until(">")
        assert terminal.leave() == 0


def test_ctrl_c_at_the_prompt_drops_the_line(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("x = 1" + ENTER)
        terminal.until("x  1", ">")
        terminal.type("x = 222 + (" + CTRL_C)
        terminal.until("> x = 222 + (", ">")
        terminal.type("x" + ENTER)
        terminal.until("> x", "1", ">")
        assert terminal.leave() == 0


def test_ctrl_c_stops_a_computation_and_keeps_the_session(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        for line in LONG:
            terminal.type(line + ENTER)
        terminal.until(f"> {LONG[-1]}", ">")
        terminal.type("y = f2(1)" + ENTER)
        terminal.until_there("y  ")
        terminal.until("*", ">")
        terminal.type("z = f11(y)" + ENTER)
        terminal.until("> z = f11(y)")
        terminal.read(0.5)
        terminal.type(CTRL_C)
        terminal.until("interrupted", ">")
        terminal.type("z" + ENTER)
        terminal.until_there("z has no value")
        terminal.type("2*y - y - y" + ENTER)
        terminal.until("> 2*y - y - y", "0", ">")
        assert terminal.leave() == 0


def test_tab_completes(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("trac" + TAB)
        terminal.until("> trace")
        terminal.type(CTRL_C)
        terminal.until("> trace", ">")
        terminal.type("speed = 3" + ENTER)
        terminal.until("speed  3", ">")
        for keys, line in (
            ("grad spe" + TAB, "> grad speed"),
            ("^2 us" + TAB, "> grad speed^2 using"),
            (" forw" + TAB, "> grad speed^2 using forward"),
        ):
            terminal.type(keys)
            terminal.until(line)
        terminal.type(ENTER)
        terminal.until_there("d/dspeed  6")
        terminal.until("*", ">")
        terminal.type("diff sinh(x) ord" + TAB)
        terminal.until("> diff sinh(x) order")
        terminal.type(" 2" + ENTER)
        terminal.until("> diff sinh(x) order 2", "sinh(x)", ">")
        terminal.type("si" + TAB)
        lines = terminal.until_there("sigmoid")
        assert any("inverse of" in line or "logistic" in line for line in lines), "the menu says what a word is"
        terminal.type("n" + CTRL_C)
        assert terminal.child.isalive()


def test_no_color(tmp_path: Path) -> None:
    with Terminal(tmp_path, NO_COLOR="1") as terminal:
        terminal.ready()
        terminal.type("1 + sin(2,3)" + ENTER)
        terminal.until_there("hint: write sin(u)")
        terminal.until(">")
        assert terminal.leave() == 0
        codes = re.findall(rb"\x1b\[([0-9;]*)m", terminal.raw)
        plain = {b"", b"0", b"1", b"4", b"7"}  # bold, underlined and reversed are no colours
        assert all(set(code.split(b";")) <= plain for code in codes), codes
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("1 + sin(2,3)" + ENTER)
        terminal.until_there("hint: write sin(u)")
        terminal.until(">")
        assert re.search(rb"\x1b\[[0-9;]*3[0-9][0-9;]*m", terminal.raw), "colour where it is wanted"


def test_a_dumb_terminal(tmp_path: Path) -> None:
    with Terminal(tmp_path, TERM="dumb") as terminal:
        terminal.ready()
        terminal.type("(1 +" + ENTER)
        terminal.until(".")
        terminal.type("2)" + ENTER)
        terminal.until("3", ">")
        terminal.type("1 + CTRL" + CTRL_C)
        terminal.until("*", ">")
        terminal.type("1/0" + ENTER)
        terminal.until_there("domain error")
        terminal.until(">")
        assert terminal.leave() == 0
        assert b"\x1b" not in terminal.raw


def test_answers_to_a_file_come_without_prompt_and_banner(tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f'exec "{sys.executable}" -m dcalc > "{answers}"'],
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(_helper.ROOT), "XDG_STATE_HOME": str(tmp_path)},
        timeout=_helper.PATIENCE,
    )
    child.sendline("x = 2")
    child.sendline("x^(")
    child.sendline("3)")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert answers.read_text() == "x  2\n8\n"


def test_step_shows_a_table_a_row_per_key(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("trace relu(x)*2 at x=0 step" + ENTER)
        terminal.until("*", "0/3  Enter next, b back, a all, q quit")
        terminal.type(ENTER)
        terminal.until_there("1/3")
        terminal.type(" ")
        lines = terminal.until_there("2/3")
        assert any(line.startswith("v₁ = relu(v₀)") for line in lines)
        terminal.type("b")
        lines = terminal.until_there("1/3")
        assert not any(line.startswith("v₁ = relu(v₀)") for line in lines)
        terminal.type("a")
        terminal.until_there("note: relu(x) has a kink here")
        lines = terminal.until(">")
        assert any(line.startswith("v₂ = v₁·2") for line in lines)
        assert not any("Enter next" in line for line in lines), "what the keys do is wiped away"
        terminal.type("trace x^2 at x=3 step" + ENTER)
        terminal.until_there("0/2")
        terminal.type("q")
        terminal.until(">")
        terminal.type("trace x^2 at x=3 step json" + ENTER)
        terminal.until_there("step shows text on a terminal")
        assert terminal.leave() == 0
