"""The user's settings and lines, the user's editor, and the history file, without a terminal."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from dcalc.commands.base import new_state
from dcalc.errors import DcalcError
from dcalc.repl import Repl
from dcalc.repl.config import config_file, configured, init_file, init_script
from dcalc.repl.external import edited, editor
from dcalc.repl.history import PrivateHistory, history_file, open_history


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "dcalc").mkdir()
    return tmp_path / "dcalc"


def test_where_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("", "relative/path"):
        monkeypatch.setenv("XDG_CONFIG_HOME", given)
        assert config_file() == tmp_path / ".config" / "dcalc" / "config.toml"
        assert init_file() == tmp_path / ".config" / "dcalc" / "init.dc"
    assert configured(new_state()).settings == {}
    assert init_script() is None


def test_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config_file().write_text(
        'editing = "vi"  # as always\ndigits = 6\npreview = false\nmouse = "on"\nbackend = "forward"\n'
    )
    expected = {"editing": "vi", "digits": 6, "preview": "off", "mouse": "on", "backend": "forward"}
    assert configured(new_state()).settings == expected
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("digit = 6", "there is no setting digit; did you mean digits?"),
        ("digits = 99", "digits needs a whole number from 1 to 17, not 99"),
        ("digits = true", "digits needs a whole number from 1 to 17, not on"),
        ('editing = "emac"', "editing cannot be emac; did you mean emacs?"),
        ("[section]\ndigits = 6", "there is no setting section"),
        ("digits = 6\ndigits = 7", "no setting is taken from it"),
        ("digits", "no setting is taken from it"),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_holds(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    config_file().write_text(f'mouse = "on"\n{text}\n')
    settings = configured(new_state()).settings
    assert settings == ({} if "no setting is taken" in said else {"mouse": "on"})
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"note: {config_file()}: ")
    assert said in err
    assert err.count("\n") == 1


def test_lines_at_the_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init_file().write_text("# mine\nf(x) = x^2\n\nk = f(3)\nk + 1\n1/0\nq(\n  2,\n  3)\nm = 4\nset digits 3\n")
    repl = Repl()
    repl.begin()
    out, err = capsys.readouterr()
    assert out == "", "what the lines answer is not shown"
    heads = [line for line in err.splitlines() if "error" in line]
    assert heads == [
        f"{init_file()}:6:1: domain error: 1/0 is not defined",
        f"{init_file()}:7:1: name error: there is no function q",
    ]
    repl.take("k + m/3\nundo")
    out, err = capsys.readouterr()
    assert out == "10.3\n"
    assert "nothing to undo" in err


def test_the_session_s_lines_cannot_break_its_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init_file().write_bytes(b"x = 1\xff\n")
    repl = Repl()
    repl.begin()
    assert "it is not run" in capsys.readouterr().err
    repl.take("1 + 1")
    assert capsys.readouterr().out == "2\n"


# ---- the editor


def test_which_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISUAL", "'my editor' --wait")
    monkeypatch.setenv("EDITOR", "other")
    assert editor() == ["my editor", "--wait"]
    monkeypatch.setenv("VISUAL", "  ")
    assert editor() == ["other"]
    monkeypatch.setenv("EDITOR", "'open")
    with pytest.raises(DcalcError, match=r"\$EDITOR cannot be read"):
        editor()
    monkeypatch.delenv("EDITOR")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DcalcError, match="there is no editor"):
        editor()
    (tmp_path / "nano").write_text("")
    (tmp_path / "nano").chmod(0o755)
    assert editor() == ["nano"]


def test_editing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "script"
    lines = ("#!/bin/sh", 'cd "$(dirname "$0")"', 'cp "$1" seen', 'ls -l "$1" > listed', 'printf "x = π\\n\\n" > "$1"')
    script.write_text("\n".join(lines))
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    assert edited("f(x) = {\nx }") == "x = π"
    assert (tmp_path / "seen").read_text() == "f(x) = {\nx }\n"
    listed = (tmp_path / "listed").read_text()
    assert listed.startswith("-rw-------"), "nobody else may read it"
    assert not Path(listed.split()[-1]).exists()
    for command, said in (("false", "ended with status 1"), (str(tmp_path / "none"), "No such file")):
        monkeypatch.setenv("VISUAL", command)
        with pytest.raises(DcalcError, match=said):
            edited("1")


# ---- the history


def _write(file: Path, who: int, count: int) -> None:
    history = PrivateHistory(file)
    for k in range(count):
        history.append_string(f"begin {who} {k}\n{'x' * 20_000}\nend {who} {k}")


def test_entries_of_sessions_at_once_stand_whole(folder: Path) -> None:
    open_history()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(history_file(), who, 25)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = list(open_history().load_history_strings())
    assert len(found) == 75
    for who in range(3):
        own = [entry for entry in found if entry.startswith(f"begin {who} ")]
        assert own == [f"begin {who} {k}\n{'x' * 20_000}\nend {who} {k}" for k in reversed(range(25))]


def test_of_a_long_history_the_end_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = open_history()
    for k in range(200):
        history.append_string(f"{k}\n+ 1")
    monkeypatch.setattr("dcalc.repl.history.MOST_BYTES", 1000)
    found = list(open_history().load_history_strings())
    assert 5 < len(found) < 100
    assert found == [f"{k}\n+ 1" for k in range(199, 199 - len(found), -1)]


def test_a_lock_that_is_never_given_back_is_waited_for_but_not_for_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("dcalc.repl.history.PATIENCE", 0.05)
    history = open_history()
    with history_file().open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        history.append_string("all the same")
    assert list(open_history().load_history_strings()) == ["all the same"]
