"""What only a process of its own can show: streams, pipes, terminals, signals, exit statuses, imports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MAIN = 'grad "max(y*z, y+2*x)" --at x=2,y=3,z=-1'
ANSWER = "value  7\nd/dx   2\nd/dy   1\nd/dz   0\n"


def test_main_job(dcalc_process):
    assert dcalc_process(MAIN) == (0, ANSWER, "")


def test_main_job_by_the_console_script(dcalc_process, console_script, tmp_path):
    assert dcalc_process(MAIN, program=console_script, cwd=tmp_path) == (0, ANSWER, "")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("eval 1+1", 0),
        ("eval 1/0", 1),
        ("eval 'f(x) = f(x); f(1)'", 1),
        ("eval 'sin(x'", 2),
        ("eval x", 2),
        ("grad x --frobnicate", 2),
        ("nonsense", 2),
    ],
)
def test_exit_status_and_streams(dcalc_process, line, status):
    found = dcalc_process(line)
    assert found.status == status
    assert (found.out == "") == (status != 0)
    assert (found.err == "") == (status == 0)
    assert "Traceback" not in found.err


def test_results_to_stdout_words_to_stderr(dcalc_process):
    found = dcalc_process("grad relu(x) --at x=0")
    assert (found.status, found.out) == (0, "value  0\nd/dx   1\n")
    assert found.err == "note: relu(x) has a kink here (d/dx: left 0, right 1)\n"


def test_no_colour_prompt_or_banner_where_there_is_no_terminal(dcalc_process):
    found = dcalc_process("", stdin=b"x = 2\ngrad x^2\nrelu(0)\ngrad relu(x) at x=0\n", TERM="xterm-256color")
    assert found.out == "x  2\nvalue  4\nd/dx   4\n0\nvalue  0\nd/dx   1\n"
    assert "\x1b" not in found.out + found.err
    assert dcalc_process("eval 1/0", TERM="xterm-256color").err.startswith("domain error")


def test_color_always_and_never(dcalc_process):
    assert "\x1b[" in dcalc_process("eval 1/0 --color always").err
    assert "\x1b[" in dcalc_process("eval 1/0 --color always", NO_COLOR="1").err, "what is asked for beats NO_COLOR"
    assert "\x1b" not in dcalc_process("eval 1/0 --color never").err
    assert "\x1b" not in dcalc_process("eval 1/0 --json --color always").out


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal(environment, coloured):
    ours, theirs = os.openpty()
    env = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), **environment}
    if "NO_COLOR" not in environment:
        env.pop("NO_COLOR", None)
    done = subprocess.run([sys.executable, "-m", "dcalc", "eval", "1/0"], stderr=theirs, cwd=ROOT, env=env, timeout=60)
    os.close(theirs)
    text = os.read(ours, 10_000).decode()
    os.close(ours)
    assert done.returncode == 1
    assert ("\x1b[31;1m" in text) == coloured


@pytest.mark.skipif(os.name != "posix", reason="pipes of a POSIX shell")
@pytest.mark.parametrize("command", ["rules", "help grad", "eval 1"])
def test_a_closed_pipe_ends_quietly(command):
    shell = f"{sys.executable} -m dcalc {command} | true"
    done = subprocess.run(
        ["bash", "-c", f"{shell}; echo ${{PIPESTATUS[0]}}"], capture_output=True, cwd=ROOT, timeout=60
    )
    assert done.stderr == b""
    assert done.stdout.strip() == b"0"


@pytest.mark.skipif(os.name != "posix", reason="redirections of a POSIX shell")
@pytest.mark.parametrize(
    ("command", "status", "out"),
    [
        ("<&-", 0, ""),
        ("eval 1+1 <&-", 0, "2\n"),
        ("eval - <&-", 2, ""),
        ("eval 1+1 >&-", 0, ""),
        ("eval 1/0 2>&-", 1, ""),
    ],
)
def test_a_stream_that_is_closed_from_the_start(command, status, out):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m dcalc {command}"], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert (done.returncode, done.stdout) == (status, out)
    assert "Traceback" not in done.stderr


def test_a_session_from_a_pipe_that_is_no_text(dcalc_process):
    found = dcalc_process("", stdin=b"\xff")
    assert found == (2, "", "syntax error: standard input is not UTF-8 (byte 1)\nhint: save it as UTF-8 text\n")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("arguments", [["run", "-"], ["eval", "-"]])
def test_interrupt(arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "dcalc", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    # It waits for standard input once it has taken what the pipe holds: that shows that it is in main.
    process.stdin.write(b"#" + b" " * 1_000_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"interrupted\n")


def test_an_encoding_that_lacks_the_characters(dcalc_process):
    found = dcalc_process(["trace", "θ^2", "--at", "θ=1"], PYTHONIOENCODING="ascii", LC_ALL="C")
    assert found.status == 0
    assert "theta" in found.out  # as with --ascii


def test_version_and_help(dcalc_process):
    assert re.fullmatch(r"dcalc \d+\.\d+\.\d+\n", dcalc_process("--version").out)
    assert dcalc_process("--help") == dcalc_process("help")


def test_an_internal_error_says_how_to_report_it(dcalc, monkeypatch):
    from dcalc.commands import grad

    def broken(state, ask):
        raise ZeroDivisionError("a fault made on purpose")

    monkeypatch.setattr(grad, "COMMAND", grad.COMMAND._replace(run=broken))
    status, out, err = dcalc(MAIN)
    assert (status, out) == (70, "")
    assert err.splitlines() == [
        "internal error: ZeroDivisionError: a fault made on purpose",
        "hint: DCALC_DEBUG=1 shows where",
        "This is a fault in dcalc. Please report it with the command line that led here.",
    ]
    status, out, err = dcalc(f"{MAIN} --json")
    assert (status, err) == (70, "")
    assert '"kind": "internal"' in out
    monkeypatch.setenv("DCALC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        dcalc(MAIN)


@pytest.mark.parametrize("fault", [RecursionError, MemoryError])
def test_limits_of_the_machine_are_no_traceback(dcalc, monkeypatch, fault):
    from dcalc.commands import grad

    def broken(state, ask):
        raise fault

    monkeypatch.setattr(grad, "COMMAND", grad.COMMAND._replace(run=broken))
    status, out, err = dcalc(MAIN)
    assert (status, out) == ((1, "") if fault is MemoryError else (70, ""))
    assert "Traceback" not in err
