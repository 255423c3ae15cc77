"""Keys and words at the prompt that need no terminal: a pipe stands for the keyboard."""

from __future__ import annotations

import threading
import time

import pytest
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from dcalc.language import source
from dcalc.repl import Repl
from dcalc.repl.completion import words_at
from dcalc.repl.preview import preview
from dcalc.repl.prompt import Editor
from dcalc.session import step


def typed(editing: str, *keys: str, pause: float = 0.4) -> str:
    """What the editor reads when these are typed, with a pause between them."""
    repl = Repl()
    repl.state, _ = step(repl.state, source(f"set editing {editing}"))
    with create_pipe_input() as keyboard:
        editor = Editor(lambda: repl.state, history=InMemoryHistory(), input=keyboard, output=DummyOutput())

        def type_all() -> None:
            for key in keys:
                time.sleep(pause)
                keyboard.send_text(key)
            if not done.wait(5):
                keyboard.close()  # it waits for more, which the test did not mean

        done = threading.Event()
        typist = threading.Thread(target=type_all, daemon=True)
        typist.start()
        try:
            text = editor.read()
        finally:
            done.set()
            typist.join()
    return text


@pytest.mark.parametrize(
    ("editing", "keys", "text"),
    [
        ("vi", ("3+4", "\x1b", "\r"), "3+4"),
        ("vi", ("3+4", "\x1b\r", "5", "\r"), "3+4\n5"),
        ("emacs", ("3+4", "\x1b\r", "5", "\r"), "3+4\n5"),
        ("emacs", ("3+4", "\x1b", "\r", "5", "\r"), "3+4\n5"),
    ],
)
def test_escape_in_vi_is_a_key_of_its_own(editing: str, keys: tuple[str, ...], text: str) -> None:
    """Alt-Enter comes as Escape and Enter at once; in emacs Escape may also be typed for Alt."""
    assert typed(editing, *keys) == text


def test_the_menu_names_options_as_sentences_do() -> None:
    state = Repl().state
    meanings = {word.text: word.meaning for word in words_at(state, "grad x^2 ")[1]}
    assert meanings["json"] == "short for format json"
    assert not [meaning for meaning in meanings.values() if "--" in meaning]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("trace x*y seed ", ["x", "y", "all"]),
        ("plot x*y var ", ["x", "y"]),
        ("check x^2 grad ", ["x"]),
        ("check sin(x) claim co", ["cos", "cosh", "cot", "coth", "conj", "concat"]),
        ("plot sin(x) from 0 to p", ["pi", "polygamma", "prod", "part"]),
    ],
)
def test_what_an_option_waits_for_is_offered(text: str, offered: list[str]) -> None:
    found = [word.text for word in words_at(Repl().state, text)[1]]
    assert set(offered) <= set(found)


def test_the_line_before_may_have_failed(capsys: pytest.CaptureFixture[str]) -> None:
    repl = Repl()
    repl.take("grad q^2")
    repl.take("!! at q=3")
    assert capsys.readouterr().out == "value  9\nd/dq   6\n"


def test_what_cannot_be_written_leaves_the_session_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    repl = Repl()
    repl.take("grad x^2 at x=3 out /no/such/folder/a.txt")
    assert "cannot write" in capsys.readouterr().err
    assert repl.state.log is None
    assert repl.state.answer is None


def test_the_preview_of_dual_numbers_is_no_error() -> None:
    state = Repl().state
    assert preview(state, "dual(2, 1)^2") == "dual(2, 1)^2"
    assert preview(state, "eval eps*3") == "eps*3"
    assert "plain numbers belong here" in (preview(state, "grad eps*x at x=1") or "")


def test_a_misspelt_verb_is_told_while_it_is_typed() -> None:
    state = Repl().state
    assert "did you mean grad?" in (preview(state, "grd x^2 at x=1 ") or "")
    assert "did you mean using?" in (preview(state, "grad x^2 at x=1 usng fd ") or "")
