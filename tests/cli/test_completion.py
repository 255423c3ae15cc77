"""`dcalc completion`: the scripts do in real shells what they promise. What is not installed here is not tried."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dcalc.commands import NAMES, command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script of each shell, and files to be found."""
    folder = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "zsh", "fish"):
        made = subprocess.run(
            [sys.executable, "-m", "dcalc", "completion", shell], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert made.stderr == ""
        (folder / f"dcalc.{shell}").write_text(made.stdout)
    (folder / "lines.dc").touch()
    (folder / "functions").mkdir()
    shutil.copy(folder / "dcalc.zsh", folder / "functions" / "_dcalc")
    (folder / "dcalc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dcalc "$@"\n')
    (folder / "dcalc").chmod(0o755)
    return folder


#: What is on the line -> what the last word may become.
CASES = [
    ("dcalc gra", {"grad", "graph"} & set(NAMES)),
    ("dcalc grad x --sche", {"--scheme"}),
    ("dcalc grad x --backend fo", {"forward"}),
    ("dcalc grad x --at-kink l", {"lecture", "left"}),
    ("dcalc trace x --mode d", {"dual"}),
    ("dcalc jac x --format ma", {"markdown"}),
    ("dcalc help kin", {"kinks"}),
    ("dcalc rules tanh", {"tanh"}),
    ("dcalc completion z", {"zsh"}),
    ("dcalc run li", {"lines.dc"}),
    ("dcalc grad x --load li", {"lines.dc"}),
]


def needs(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")


def test_bash(scripts: Path) -> None:
    needs("bash")
    lines = ["source ./dcalc.bash", "complete -p dcalc"]
    for line, _ in CASES:
        words = " ".join(line.split())
        lines += [f"COMP_WORDS=({words}) COMP_CWORD={len(line.split()) - 1} COMPREPLY=() COMP_LINE='{line}'"]
        lines += ["${F:=_shtab_dcalc}", 'echo "${COMPREPLY[*]}"']
    done = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, text=True, cwd=scripts, check=True)
    registered, *found = done.stdout.splitlines()
    assert re.fullmatch(r"complete .*-F _shtab_dcalc dcalc", registered)
    assert [set(line.split()) for line in found] == [expected for _, expected in CASES]


def test_fish(scripts: Path) -> None:
    needs("fish")
    lines = ["source ./dcalc.fish", *(f"complete -C '{line}'; echo ---" for line, _ in CASES)]
    env = {**os.environ, "HOME": str(scripts), "PATH": f"{scripts}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["fish", "--no-config", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        cwd=scripts,
        check=True,
        env=env,
    )
    parts = done.stdout.split("---\n")[:-1]
    found = [{line.partition("\t")[0] for line in part.splitlines()} for part in parts]
    for (line, expected), words in zip(CASES, found, strict=True):
        assert expected <= words, line
    assert re.search(r"^grad\tthe value and the gradient", done.stdout, re.M), "each verb says what it does"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_tab_in_a_terminal(scripts: Path, shell: str) -> None:
    needs(shell)
    pexpect = pytest.importorskip("pexpect")
    env = {
        **os.environ,
        "PATH": f"{scripts}:{os.environ['PATH']}",
        "TERM": "dumb",
        "PS1": "ready$ ",
        "HOME": str(scripts),
    }
    env |= {"PYTHONPATH": str(ROOT)}
    words = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[shell]
    child = pexpect.spawn(shell, words, env=env, cwd=str(scripts), timeout=20, dimensions=(30, 120), encoding="utf-8")
    child.delaybeforesend = 0.05
    begin = {
        "bash": "source ./dcalc.bash",
        "zsh": "PS1='ready$ '; fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D",
    }[shell]
    child.sendline(begin + "; echo be''gun")
    child.expect("begun\r")
    child.expect_exact("ready$ ")
    child.send("dcalc eva\t")
    child.expect("eval ")
    child.send("1+2 --dig\t")
    child.expect("--digits ")
    child.send("3\r")
    child.expect(r"\r\n3\r")
    child.expect_exact("ready$ ")
    child.send("dcalc run li\t")
    child.expect("lines.dc")
    child.close(force=True)


def test_other_shells_are_refused(dcalc) -> None:
    status, _, err = dcalc(["completion", "zhs"])
    assert (status, err.splitlines()) == (2, ["usage error: there is no completion for zhs", "hint: did you mean zsh?"])


def test_the_library_is_loaded_by_this_verb_alone() -> None:
    assert command("completion").formats == ("text",)
    code = "import sys; from dcalc.cli import main; main(['eval', '1']); sys.exit('shtab' in sys.modules)"
    start = time.perf_counter()
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True).returncode == 0
    assert time.perf_counter() - start < 60
