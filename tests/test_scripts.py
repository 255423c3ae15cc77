"""`dcalc run`: several scripts and statements in one session, --set, --keep-going, assertions, scripts as programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def script(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path)


def test_files_and_statements_are_one_session_in_the_order_given(dcalc, tmp_path):
    one = script(tmp_path / "one.dc", "x = 2\nf(u) = u^3\n")
    two = script(tmp_path / "two.dc", "f(x) + y\n")
    status, out, err = dcalc(["run", one, "-e", "y = 10", two, "-e", "grad f(x)"])
    assert (status, err) == (0, "")
    assert out == "x  2\ny  10\n18\nvalue  8\nd/dx   12\n"
    assert dcalc(["run", "-ex = 4", "-", "-e", "-x"], stdin=b"x^2\n").out == "x  4\n16\n-4\n"


def test_nothing_runs_where_a_file_is_missing(dcalc, tmp_path):
    status, out, err = dcalc(["run", "-e", "1+1", str(tmp_path / "no.dc")])
    assert (status, out) == (2, "")
    assert "cannot read" in err


@pytest.mark.parametrize(
    "words", [["run"], ["run", "--json"], ["run", "-e"], ["run", "-", "-"], ["run", "--what", "-"]]
)
def test_what_run_refuses(dcalc, words):
    status, out, err = dcalc(words)
    assert status == 2
    assert "error" in (err or out)


def test_set_wins_over_the_script_s_own_value(dcalc, tmp_path):
    path = script(tmp_path / "s.dc", "x = 2; y = x^2\ny\nx = 5\ngrad x = 7; x^3\nreset\nx = 9\n")
    assert dcalc(["run", path]).out == "y  4\n4\nx  5\nvalue  343\nd/dx   147\nx  9\n"
    status, out, err = dcalc(["run", path, "--set", "x=sqrt(9)"])
    assert (status, err) == (0, "")
    assert out == "y  9\n9\nx  3\nvalue  27\nd/dx   27\nx  9\n"  # reset forgets what was set as well


def test_set_that_no_script_names_is_noted(dcalc):
    status, out, err = dcalc(["run", "-e", "x = 2", "--set", "xx=3"])
    assert (status, out) == (0, "x  2\n")
    assert "xx" in err


def test_keep_going_tries_every_line_and_counts(dcalc, tmp_path):
    path = script(tmp_path / "s.dc", "1+1\nlog(-1)\n\n# nothing\n  2 +* 3\nassert 1 > 2\n4\n")
    status, out, err = dcalc(["run", path])
    assert (status, out) == (1, "2\n")
    assert f"{path}:2:1: domain error" in err
    status, out, err = dcalc(["run", path, "--keep-going"])
    assert (status, out) == (2, "2\n4\n")
    assert [f"{path}:{place}" in err for place in ("2:1", "5:", "6:8")] == [True] * 3
    assert err.endswith("5 statements: 3 of 5 failed\n")
    assert dcalc(["run", "-e", "1", "--keep-going"]).err == "1 statement: all well\n"


def test_json_is_an_object_a_line_failures_too(dcalc):
    status, out, _ = dcalc(["run", "-e", "1+1", "-e", "y", "-e", "assert 1 < 2", "-e", "3", "--json", "--keep-going"])
    value, failure, held, last = map(json.loads, out.splitlines())
    assert (status, value["value"], last["value"]) == (2, 2, 3)
    assert (failure["error"]["source"], failure["error"]["line"]) == ("-e 2", 1)
    assert (held["kind"], held["condition"], held["holds"]) == ("assert", "1 < 2", True)


@pytest.mark.skipif(os.name != "posix", reason="#! lines")
@pytest.mark.parametrize("line", ["#!/usr/bin/env -S dcalc run", "#!{0} run"])
def test_a_script_is_a_program(tmp_path, line):
    program = tmp_path / "dcalc"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dcalc "$@"\n')
    path = tmp_path / "cube.dc"
    path.write_text(f"{line.format(program)}\nx = 2\nassert x > 1\nx^3\n")
    for file in (program, path):
        file.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for words, expected in (([], ["x", "2", "8"]), (["--set", "x=3"], ["x", "3", "27"])):
        done = subprocess.run([str(path), *words], capture_output=True, text=True, env=env, timeout=60)
        assert (done.returncode, done.stdout.split()) == (0, expected), done.stderr
    done = subprocess.run([str(path), "--set", "x=1"], capture_output=True, text=True, env=env, timeout=60)
    assert (done.returncode, "cube.dc:3:8: assertion error" in done.stderr) == (1, True)
