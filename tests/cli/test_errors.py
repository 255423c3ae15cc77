r"""Every error as a newcomer sees it: the blocks of errors/*.txt are command lines with what they print.

    $ dcalc eval "sin(x"        or   $ printf 'x\0y' | dcalc eval -
    [2]                         the exit status
    | …                         lines of standard output, where there are any
    syntax error: …             lines of standard error

They run in a folder with the files of FILES. DCALC_RECORD=1 writes the answers anew: read them as a newcomer would.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent / "errors"
FILES = {
    "latin1.txt": "x*é".encode("latin-1"),
    "program.txt": b"# two lines\na = x^2\nb = a +* 3\na*b\n",
    "empty.txt": b"\n  \n# nothing but a remark\n",
    "script.dc": b"x = 2\ny = 3;\ngrad x*log(y - 3)\nx\n",
    "sentence.dc": b"x = 2\ngrad x^2 wrt q\n",
    "lib.dc": b"square(u) = u^2\ncube(u) = u*square(u)\n",
    "broken.dc": b"square(u) = u^2\ncube(u) = u*sqare(u\n",
    "rows.csv": b"1,2\n3,4\n",
    "ragged.csv": b"1,2\n3\n",
    "header.csv": b"a,b\n1,2\n",
}
#: Messages that say what to do by themselves.
ENOUGH = {
    "shape error: a vector of 2 has 1 subscript, not 2",
    "shape error: a 2x2 matrix has 2 subscripts, not 3",
    "syntax error: break stands outside of a loop",
    "syntax error: return stands outside of a function",
}
KINDS = "syntax|name|arity|shape|domain|limit|usage|internal"


class Block(NamedTuple):
    remarks: str
    command: str
    expected: str


def blocks(path: Path) -> list[Block]:
    found = []
    for text in re.split(r"\n\n(?=(?:#|\$))", path.read_text(encoding="utf-8").strip("\n")):
        lines = text.split("\n")
        start = next((k for k, line in enumerate(lines) if line.startswith("$ ")), None)
        if start is not None:
            found.append(Block("\n".join(lines[:start]), lines[start], "\n".join(lines[start + 1 :])))
    return found


CASES = [(path, block) for path in sorted(HERE.glob("*.txt")) for block in blocks(path)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("errors")
    for name, content in FILES.items():
        (path / name).write_bytes(content)
    (path / "folder").mkdir()
    return path


def answer(dcalc, command: str) -> str:
    words = shlex.split(command.removeprefix("$ "))
    stdin = b""
    if words[0] == "printf":
        stdin = words[1].encode().decode("unicode_escape").encode("latin-1")
        words = words[words.index("|") + 1 :]
    assert words[0] == "dcalc"
    status, out, err = dcalc(words[1:], stdin=stdin)
    return "\n".join([f"[{status}]", *(f"| {line}" for line in out.splitlines()), *err.splitlines()])


@pytest.mark.parametrize(("path", "block"), CASES, ids=[f"{path.stem}: {block.command[2:]}" for path, block in CASES])
def test_error_is_as_recorded(path, block, folder, dcalc, monkeypatch, recording):
    monkeypatch.chdir(folder)
    found = answer(dcalc, block.command)
    if recording:
        old = re.compile(rf"^{re.escape(block.command)}(?:\n.+)*$", re.MULTILINE)
        text = path.read_text(encoding="utf-8")
        path.write_text(old.sub(lambda _: f"{block.command}\n{found}", text, count=1), encoding="utf-8")
        return
    assert found == block.expected


@pytest.mark.parametrize(("path", "block"), CASES, ids=[f"{path.stem}: {block.command[2:]}" for path, block in CASES])
def test_error_has_its_parts(path, block):
    """Whatever is recorded: one kind, a caret that points into the text, a next step, and no traceback."""
    status, *lines = block.expected.split("\n")
    if status == "[0]":
        assert any(line.startswith("note: ") for line in lines)
        return
    assert status in ("[1]", "[2]"), "a user's error is no internal one"
    assert "Traceback" not in block.expected
    told = [line for line in lines if not line.startswith("| ")]
    assert re.match(rf"(?:[^ ]+:\d+:\d+: |standard input:\d+:\d+: )?(?:{KINDS}) error: .*[^.]$", told[0])
    assert told[-1].startswith("hint: ") or told[0] in ENOUGH
    carets = [k for k, line in enumerate(told) if re.fullmatch(r" +\^+", line)]
    for k in carets:
        pointed = told[k - 1][told[k].index("^") : len(told[k])]
        assert len(told[k]) <= len(told[k - 1]) + 1, "the caret stands in the text, or just behind it"
        assert pointed == pointed.strip(), "the caret covers words, not the blanks around them"
