"""What the README shows is what dcalc prints, to the letter: notes follow the results, as on a terminal."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from unicodedata import normalize

import pytest

from dcalc.cli import main

#: A command whose exit status is shown below its output.
STATUS = "; echo $?"
ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
CASES = [
    (command, shown)
    for block in BLOCKS
    for command, shown in re.findall(r"^\$ dcalc (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
]


@pytest.mark.parametrize(("command", "shown"), CASES, ids=[command for command, _ in CASES])
def test_console_examples(command: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    line, asked, _ = command.partition(STATUS)
    status = main(shlex.split(line))
    out, err = capsys.readouterr()
    assert status == 0 or asked, "who shows an answer that is no shows the exit status too"
    ended = f"{status}\n" if asked else ""
    assert normalize("NFC", out + err + ended) == normalize("NFC", shown)


def test_there_are_examples() -> None:
    assert len(CASES) >= 12
