"""`export`: on the command line, in sessions and in scripts, as code and as a transcript."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from dcalc.cli import main
from dcalc.commands.base import new_state
from dcalc.commands.export import Exported
from dcalc.commands.sentence import sentence
from dcalc.commands.sessions.transcript import Transcript
from dcalc.language import source
from dcalc.repl.completion import words_at
from dcalc.session import step


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["export", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("ending", "mark"),
    [("py", "import math"), ("c", "#include <math.h>"), ("tex", r"\documentclass"), ("h", "#include")],
)
def test_the_ending_tells_the_language(ending: str, mark: str, tmp_path: Path) -> None:
    file = tmp_path / f"f.{ending}"
    assert main(["export", "x^2*y", "--out", str(file)]) == 0
    assert mark in file.read_text()


def test_an_ending_of_another_language_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "some.folder" / "f.rs"
    file.parent.mkdir()
    assert main(["export", "x^2", "--out", str(file)]) == 2
    assert "--lang says which" in capsys.readouterr().err
    assert not file.exists()
    for words in (["--out", str(file), "--lang", "c"], ["--out", str(file.with_name("plain"))]):
        assert main(["export", "x^2", *words]) == 0


def test_a_language_that_is_named_wins(tmp_path: Path) -> None:
    assert main(["export", "x^2*y", "--lang", "numpy", "--out", str(tmp_path / "f.py")]) == 0
    assert "import numpy" in (tmp_path / "f.py").read_text()


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(shown(capsys, "W: 2x2; sum(W*x)", "--lang", "c", "--what", "grad,value", "--json"))
    assert (found["kind"], found["language"], found["what"]) == ("export", "c", ["value", "grad"])
    assert found["inputs"] == {"W": [2, 2], "x": []}
    assert "double f(" in found["source"]


def test_the_point_and_the_inputs_that_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "x^2*y", "--at", "y=7,x=3", "--wrt", "x", "--name", "area")
    assert "def area(y, x):" in text
    assert "area(7.0, 3.0)" in text
    assert "grad = [2*x*y]" in text or "grad = [y*(2*x)]" in text


@pytest.mark.parametrize("words", [["x^2", "--what", "slope"], ["x^2", "--lang", "basic"], ["1/0*x[1]"]])
def test_errors(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", *words]) in (1, 2)
    assert "error" in capsys.readouterr().err


def answer(*lines: str) -> object:
    state, output = new_state(), None
    for line in lines:
        state, output = step(state, source(line, "input"))
    assert output is not None
    return output.results[0]


def test_sessions_export_code() -> None:
    found = answer("f(x) = x^2", "y = 3", "export f(x)*y lang c what grad")
    assert isinstance(found, Exported)
    assert "2.0*x" in found.source
    assert "3.0" in found.source.partition("TEST")[2], "the session's point"


@pytest.mark.parametrize(
    "line", ["export session notes.md", "export notes.md", "export /tmp/notes.md", "export session a"]
)
def test_sessions_export_themselves(line: str) -> None:
    assert isinstance(answer("x = 2", line), Transcript)


def test_saved_scripts_keep_exported_code() -> None:
    found = answer("x = 2", "export x^2 lang c", "export session a.md", "save a.dc")
    assert found.lines == ["x = 2", "export x^2 lang c"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", ["export x^2", "export session*2", "export x^2 out f.c", "export session lang c"])
def test_expressions_are_code(line: str) -> None:
    verb, ask = sentence(source(line, "input"))
    assert verb.operand == "EXPR"
    assert ask.operand is not None


def test_completion_knows_both() -> None:
    words = {word.text for word in words_at(new_state(), "export ")[1]}
    assert {"session", "sin"} <= words
    assert {"lang", "what", "out"} <= {word.text for word in words_at(new_state(), "export x^2 ")[1]}


@pytest.mark.parametrize(
    "text", ["a = x^2*sin(y); a + exp(a)", "[α*x, x_1/Δ^2]", "W: 2x2; sum(W @ W)", "max(x, 2) # 50% & more\n"]
)
def test_latex_compiles(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    what = "value,jac,hess" if "W" not in text else "value,jac"
    found = shown(capsys, text, "--lang", "latex", "--what", what)
    assert r"\begin{align*}" in found
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    (tmp_path / "f.tex").write_text(found)
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "f.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_readme_shows_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    shown_there = readme.partition("```c\n")[2].partition("```")[0]
    assert shown_there.startswith("static inline double f")
    assert shown_there in shown(capsys, "a = x^2*sin(y); a + abs(a - 1)", "--lang", "c")
