"""What a session in a terminal reads and writes: the history of two at once, config.toml, init.dc, the editor."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

helper = pytest.importorskip("dcalc_terminal")
Terminal, ENTER, UP, CTRL_C, ESCAPE = helper.Terminal, helper.ENTER, helper.UP, helper.CTRL_C, helper.ESCAPE


def entries(folder: Path) -> list[str]:
    text = (folder / "dcalc" / "history").read_text()
    return [line[1:] for line in text.splitlines() if line.startswith("+")]


def test_two_sessions_write_one_history(tmp_path: Path) -> None:
    with Terminal(tmp_path) as one, Terminal(tmp_path) as two:
        one.ready()
        two.ready()
        for k in range(4):
            one.type(f"1000 + {k}" + ENTER)
            two.type(f"2000 + {k}" + ENTER)
            one.until(str(1000 + k), ">")
            two.until(str(2000 + k), ">")
        two.type("(7" + ENTER + ")*6" + ENTER)
        two.until("42", ">")
        assert one.leave() == two.leave() == 0
    found = entries(tmp_path)
    assert [line for line in found if line[0] == "1"] == [f"1000 + {k}" for k in range(4)]
    assert [line for line in found if line[0] == "2"] == [f"2000 + {k}" for k in range(4)]
    with Terminal(tmp_path) as third:
        third.ready()
        third.type(UP)
        third.until("> (7", ". )*6")


def test_a_line_that_is_given_again_is_kept_once(tmp_path: Path) -> None:
    for _ in range(2):
        with Terminal(tmp_path) as terminal:
            terminal.ready()
            for _ in range(2):
                terminal.type("6*7" + ENTER)
                terminal.until("42", ">")
    assert entries(tmp_path) == ["6*7"]


def test_a_crash_loses_nothing_that_was_typed(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("s = 0; k = 0; while k < 1e9 { k = k + 1; s = s + 1/k^2 }; s" + ENTER)
        end = time.monotonic() + helper.PATIENCE
        while not entries(tmp_path) and time.monotonic() < end:
            terminal.read()
        os.kill(terminal.child.pid, signal.SIGKILL)
    assert entries(tmp_path) == ["s = 0; k = 0; while k < 1e9 { k = k + 1; s = s + 1/k^2 }; s"]


def test_ctrl_c_in_the_middle_of_a_long_sum(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.ready()
        terminal.type("x = 2" + ENTER)
        terminal.until("x  2", ">")
        for long in ("sum(sin(k*x) for k in 1..900000)", "for k in 1..900000 { x = x + sin(k) }; x"):
            terminal.type(long + ENTER)
            terminal.until("> " + long)
            terminal.read(0.3)
            terminal.type(CTRL_C)
            terminal.until("interrupted", ">", seconds=5.0)
        terminal.type("x" + ENTER)
        terminal.until("> x", "2", ">")
        assert terminal.leave() == 0


def test_settings_and_lines_of_the_user_s(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "dcalc"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('digits = 4\ndigit = 5\nediting = "vim"\nsuggestions = false\n')
    (folder / "init.dc").write_text("half(x) = x/2\ntwo = 2\n1 +* 2\nthree = two + 1\n")
    with Terminal(tmp_path, columns=200) as terminal:
        lines = terminal.ready().lines
        file = folder / "config.toml"
        assert f"note: {file}: there is no setting digit; did you mean digits?" in lines
        assert f"note: {file}: editing cannot be vim; did you mean vi?" in lines
        assert any(line.startswith(f"{folder / 'init.dc'}:3:4: syntax error") for line in lines)
        terminal.type("half(three)/9" + ENTER)
        terminal.until("> half(three)/9", "0.1667", ">")
        assert terminal.leave() == 0


@pytest.mark.parametrize(
    ("content", "said"), [(b"digits = ", "no setting is taken"), (b"\xff\xfe", "no setting is taken")]
)
def test_a_broken_file_of_settings_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    folder = tmp_path / "config" / "dcalc"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_bytes(content)
    (folder / "init.dc").mkdir()
    with Terminal(tmp_path, columns=200) as terminal:
        lines = terminal.ready().lines
        assert any(said in line for line in lines)
        assert any("it is not run" in line for line in lines)
        terminal.type("1 + 1" + ENTER)
        terminal.until("2", ">")


def test_the_editor_of_the_user(tmp_path: Path) -> None:
    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\nsed -i "s/7/8/" "$2"\n')
    script.chmod(0o755)
    with Terminal(tmp_path, VISUAL=f"'{script}' --wait", EDITOR="false") as terminal:
        terminal.ready()
        terminal.type("6*7" + ENTER)
        terminal.until("42", ">")
        terminal.type("edit" + ENTER)
        terminal.until("> edit", "> 6*8", "48", ">")
        terminal.type("1 + 7\x18\x05")  # Ctrl-X Ctrl-E
        terminal.until("> 1 + 8")
        terminal.type(ENTER)
        terminal.until("9", ">")
        terminal.type(UP + UP)
        terminal.until("> 6*8")
    with Terminal(tmp_path, VISUAL="", EDITOR="false") as terminal:
        terminal.ready()
        terminal.type("edit" + ENTER)
        terminal.until("usage error: false ended with status 1", "hint: nothing was run", ">")
        terminal.type("clear" + ENTER)
        end = time.monotonic() + helper.PATIENCE
        while terminal.above != [">"] and time.monotonic() < end:
            terminal.read()
        assert terminal.above == [">"]
