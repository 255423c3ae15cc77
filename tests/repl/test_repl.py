"""The parts of the REPL that need no terminal: what it does with a text, completion, highlighting, reading, history."""

from __future__ import annotations

import asyncio
import random
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory

import dcalc.repl
from dcalc.commands import VERBS
from dcalc.errors import DcalcError
from dcalc.language import source
from dcalc.repl import Repl
from dcalc.repl.completion import WordsCompleter, words_at
from dcalc.repl.highlight import Highlighter, pieces
from dcalc.repl.history import PrivateHistory, history_file, open_history
from dcalc.repl.keys import waits
from dcalc.repl.marks import partners
from dcalc.repl.reader import read_plainly
from dcalc.repl.suggest import FromHistory
from dcalc.session import step


def state_of(*lines: str) -> Any:
    repl = Repl()
    for line in lines:
        repl.state, _ = step(repl.state, source(line))
    return repl.state


# ---- what is done with a text


def test_answers_and_silence(capsys: pytest.CaptureFixture[str]) -> None:
    repl = Repl()
    for line in ("x = 2", "x^2;", "e = 3; # silent", "x^2", "grad x*y at y=3 digits 3 json;", "grad x at x=1"):
        assert not repl.take(line)
    out, err = capsys.readouterr()
    assert out == "x  2\n4\nvalue  1\nd/dx   1\n"
    assert err == "note: e is your variable from here on, not the constant\n", "a silent line still says what matters"


def test_a_failure_is_shown_and_the_rest_of_a_paste_is_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    repl = Repl()
    assert not repl.take("x = 1\ny = sin(x\n + \n2, 3)\nx = 2")
    out, err = capsys.readouterr()
    assert out == "x  1\n"
    assert "arity error" in err.splitlines()[0]
    assert repl.state.point == {"x": 1.0}


def test_leaving(capsys: pytest.CaptureFixture[str]) -> None:
    for line in ("quit", " exit ; # bye", "quit()", "1 + 1\nexit\n2 + 2"):
        assert Repl().take(line)
    assert capsys.readouterr().out == "2\n"
    repl = Repl()
    assert not repl.take("exit = 3\nexit\nquit x\nexit(2)")
    assert capsys.readouterr().out == "exit  3\n3\n"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ValueError("a bug"), "internal error: ValueError: a bug"),
        (RecursionError(), "internal error: RecursionError"),
        (MemoryError(), "limit error: out of memory"),
        (KeyboardInterrupt(), "interrupted"),
        (DcalcError("limit", "too much"), "limit error: too much"),
    ],
)
def test_nothing_ends_the_session(
    fault: BaseException, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repl = Repl()
    repl.take("x = 2")

    def fails(*_: object) -> Iterator[None]:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(dcalc.repl, "step", fails)
        assert not repl.take("x = 3")
    err = capsys.readouterr().err
    assert err.startswith(said)
    assert "Traceback" not in err
    repl.take("x")
    assert capsys.readouterr().out == "2\n"


# ---- completion


def texts(text: str, *lines: str) -> list[str]:
    return [word.text for word in words_at(state_of(*lines), text)[1]]


def test_completion_at_the_start() -> None:
    assert "grad" in texts("gr")
    assert texts("qu") == ["quit"]
    assert set(VERBS) - {"completion"} <= set(texts(""))
    assert texts("spe", "speed = 3", "spell(x) = x") == ["spell", "speed"]
    assert texts("2si") == texts("x = 1; si") == texts("f(si")
    assert {"sin", "sinh", "sign", "sigmoid", "silu"} <= set(texts("2si"))
    assert texts("x ") == texts("x s") == [], "nothing stands behind an operand"
    assert texts("# gr") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("grad x^2 at", ["at", "at-kink"]),
        ("grad x^2 at x=2 u", ["using"]),
        ("grad x^2 using fo", ["forward"]),
        ("grad x^2 using ", ["fd", "forward", "reverse", "symbolic", "auto", "all"]),
        ("grad abs(x) at x=0 at-k", ["at-kink"]),
        ("grad abs(x) at-kink r", ["right"]),
        ("grad x*sin(y) wrt ", ["x", "y"]),
        ("grad x*sin(y) wrt x, ", ["x", "y"]),
        ("grad x*y at ", ["x", "y"]),
        ("grad x using forward u", []),
        ("diff x order ", []),
        ("help gra", ["grad"]),
        ("?gra", ["grad"]),
        ("help ki", ["kinks"]),
        ("rules ta", ["tan", "tanh"]),
        ("trace x mode d", ["dual"]),
        ("grad x branches form", ["format"]),
        ("grad x + cosh", ["cosh"]),
        ("grad x at x=cosh", ["cosh"]),
        ("set edi", ["editing"]),
        ("set editing ", ["emacs", "vi", "default"]),
        ("show se", ["settings"]),
        ("show dig", ["digits"]),
        ("export ses", ["session"]),
        ("grad x format m", ["markdown"]),
        ("vars ", []),
    ],
)
def test_completion_in_a_sentence(text: str, expected: list[str]) -> None:
    found = texts(text)
    assert found == expected or (text.startswith(("help", "?")) and set(expected) <= set(found))


def test_what_the_menu_shows() -> None:
    lines = ("area(w, h) = w*h", "arc = 2.5", "arch = [1, 2]", "arm = 2*arc")
    words = {word.text: word for word in words_at(state_of(*lines), "ar")[1]}
    assert words["area"].shown == "area(w, h)"
    assert [words[name].meaning for name in ("arc", "arch", "arm")] == ["= 2.5", "a vector of 2", "= 5"]
    words = {word.text: word for word in words_at(state_of(), "1 + ")[1]}
    assert (words["sin"].shown, words["sin"].meaning) == ("sin(u)", "sine")
    assert words["leaky_relu"].shown == "leaky_relu(u, slope=0.01)"
    assert words["sum"].shown == "sum(u, axis=…)"
    assert words_at(state_of(*lines), "del ar")[1][0].shown == "area(w, h)"


def test_completion_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one.dc", "one.npy", "other.dc", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "old").mkdir()
    monkeypatch.chdir(tmp_path)
    assert texts("load on") == ["one.dc", "one.npy"]
    assert texts("save ") == ["old/", "one.dc", "one.npy", "other.dc"]
    assert texts("export session ot") == ["other.dc"]
    assert texts("grad W at W=@one.n") == ["one.npy"]
    assert texts("grad f(x) load oth") == ["other.dc"]
    assert texts("grad x out ./ol") == ["./old/"]
    assert texts("load .h") == [".hidden"]
    assert texts("load nowhere/") == []


def test_completions_as_prompt_toolkit_wants_them() -> None:
    state = state_of("sine = 1")
    document = Document("1 + sine", 6)
    found = list(WordsCompleter(lambda: state).get_completions(document, None))  # type: ignore[arg-type]
    assert [(c.text, c.start_position) for c in found if c.text == "sine"] == [("sine", -2)]
    assert len({c.text for c in found}) == len(found)


@pytest.mark.parametrize(
    "text", ["grad ", "grad\n", "¿", "\x00", "grad ) at ", "at", "help  ", "2e", "x-", "é", "grad x at-"]
)
def test_completion_and_highlighting_never_fail(text: str) -> None:
    for end in range(len(text) + 1):
        words_at(state_of(), text[:end])
        pieces(text[:end])


# ---- highlighting


def roles(text: str, *lines: str) -> list[tuple[str, str]]:
    return [(text[piece.begin : piece.end], piece.role) for piece in pieces(text, state_of(*lines))]


def test_roles() -> None:
    assert roles("grad 2sin(x)^y at x=3 at-kink left # so") == [
        ("grad", "word"), ("2", "value"), ("sin", "function"), ("x", "name"), ("^", "operator"), ("y", "name"),
        ("at", "word"), ("x", "name"), ("=", "operator"), ("3", "value"), ("at-kink", "word"), ("left", "name"),
        ("# so", "comment"),
    ]  # fmt: skip
    assert roles("order = order and ¿") == [
        ("order", "name"), ("=", "operator"), ("order", "name"), ("and", "word"), ("¿", "error"),
    ]  # fmt: skip
    assert roles("diff - 1")[0] == ("diff", "word")
    assert roles("diff - 1", "diff = 2")[0] == ("diff", "name")
    assert roles("# a\n1 # b\n") == [("# a", "comment"), ("1", "value"), ("# b", "comment")]


@pytest.mark.parametrize("text", ["", "x", "grad (x # one\n+ 2) at x=3 \n\n# two", "\n\n", "¿\n¿"])
def test_highlighted_lines_are_the_text_s(text: str) -> None:
    line = Highlighter(state_of).lex_document(Document(text))
    expected = text.split("\n")
    assert ["".join(part for _, part, *_ in line(k)) for k in range(len(expected))] == expected
    assert line(len(expected)) == []


def test_an_edited_text_looks_like_a_new_one() -> None:
    state = state_of("x = 1", "order = 2")
    words = (
        "grad ",
        "x",
        "sin(",
        ")",
        " ",
        "at x=",
        "2.5",
        "\n",
        "# so\n",
        "order ",
        "using ",
        "if ",
        "* ",
        "'",
        "f",
        "at-kink ",
    )
    random.seed(3)
    edited = Highlighter(lambda: state)
    for _ in range(30):
        text = "grad " + "".join(random.choices(words, k=60))
        for _ in range(40):
            begin = random.choice((len(text), random.randint(0, len(text))))
            text = (
                text[:begin]
                + "".join(random.choices(words, k=random.randint(0, 2)))
                + text[begin + random.choice((0, 0, 1, 9)) :]
            )
            line, fresh = edited.lex_document(Document(text)), Highlighter(lambda: state).lex_document(Document(text))
            for k in range(text.count("\n") + 2):
                assert characters(line(k)) == characters(fresh(k)), text


def characters(fragments: Any) -> list[tuple[str, str]]:
    return [(style, character) for style, part, *_ in fragments for character in part]


# ---- suggestions, and what a key costs


def test_suggestions() -> None:
    buffer = Buffer(history=InMemoryHistory(["gamma(5)", "grad x at x=1", "grad x at x=2", "f(x) = {\nx^2\n}", "g"]))

    def suggested(text: str, cursor: int | None = None) -> str | None:
        found = FromHistory().get_suggestion(buffer, Document(text, cursor))
        return None if found is None else found.text

    asyncio.run(_loaded(buffer))
    assert suggested("grad") == " x at x=2", "the last one"
    assert suggested("grad x at x=2") is None
    assert suggested("f(") == "x) = {", "to the end of the line"
    assert suggested("f(x) = {") is None
    assert suggested("f(x) = {\nx") == "^2"
    assert suggested("gamma", 2) is None
    assert suggested("") is suggested("  ") is None


async def _loaded(buffer: Buffer) -> None:
    async for _ in buffer.history.load():
        pass


def test_a_key_costs_little_with_a_long_line_and_a_long_history() -> None:
    """The whole, with the drawing, is measured by tests/benchmarks/keystrokes.py."""
    state = state_of("x = 1")
    line = "grad (" + " + ".join(f"sin(x*{k}.5)^2*max(y, {k})" for k in range(80)) + ")"
    assert len(line) > 1900
    buffer = Buffer(history=InMemoryHistory([f"{line[:-1]} - {k}" for k in range(1000)]))
    asyncio.run(_loaded(buffer))
    highlighter, spent = Highlighter(lambda: state), []
    for k in range(20):
        document = Document(f"{line} + {k}")
        start = time.process_time()
        highlighter.lex_document(document)(0)
        partners(document.text, 6)
        FromHistory().get_suggestion(buffer, document)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.010


# ---- reading


def test_enter_waits_for_what_is_open() -> None:
    for text, expected in (("(", True), ("(1)", False), ("(\n", False), ("(\n1", True), ("\n", False), ("", False)):
        assert waits(Buffer(document=Document(text))) is expected, text


def test_plain_reading() -> None:
    def reading(*lines: str) -> str:
        rest = iter(lines)

        def ask(prompt: str) -> str:
            assert prompt == ""
            line = next(rest, None)
            if line is None:
                raise EOFError
            return line

        text = read_plainly(ask, "")
        assert not list(rest)
        return text

    assert reading("x") == "x"
    assert reading("(x", "+", "1)") == "(x\n+\n1)"
    assert reading("(x", "") == "(x\n"
    assert reading("(x") == "(x", "the end of the input ends what is open"
    with pytest.raises(EOFError):
        reading()


# ---- history


def test_where_the_history_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("", "relative/path"):
        monkeypatch.setenv("XDG_STATE_HOME", given)
        assert history_file() == tmp_path / ".local" / "state" / "dcalc" / "history"
    monkeypatch.delenv("XDG_STATE_HOME")
    file = history_file()
    assert isinstance(open_history(), PrivateHistory)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_several_lines_come_back_as_they_were(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    history = open_history()
    for text in ("(1 +\n2)", "x = π # ünï", "+1"):
        history.append_string(text)
    history_file().write_bytes(history_file().read_bytes() + b"\n# broken\n+\xff\xfe\n")
    assert list(open_history().load_history_strings())[1:] == ["+1", "x = π # ünï", "(1 +\n2)"]


def test_a_history_that_fails_later_warns_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    history = open_history()
    history_file().unlink()
    history_file().mkdir()
    history.append_string("one")
    history.append_string("two")
    assert capsys.readouterr().err.count("will not be kept") == 1
    assert history.get_strings() == ["one", "two"], "in memory it goes on"
    assert isinstance(open_history(), InMemoryHistory), "a folder is no history"
