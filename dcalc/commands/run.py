"""`run`: the lines of a script, as a session would take them."""

from __future__ import annotations

from .base import Ask, Command, Output, State


def _run(state: State, ask: Ask) -> Output:
    # Only reached inside a session; the command line hands the file to the session itself.
    from ..errors import DcalcError

    raise DcalcError("usage", "run starts from the command line", hint="load FILE takes the lines of a file")


COMMAND = Command(
    "run",
    "run scripts: the lines of a session from files",
    "FILE…",
    ("set", "keep-going", "format", "json", "digits", "color", "ascii"),
    (
        "dcalc run examples/first.dc",
        "dcalc run -e 'x = 2' -e 'grad x^3'",
        "dcalc run examples/newton.dc -e 'root(9)' --digits 4",
        "dcalc run examples/assertions.dc --set x=3 --keep-going",
    ),
    """\
Several files and statements (-e STATEMENT, as often as wanted) are one session, in the order given; - reads standard
input. The first failure stops it with file:line:column and the exit status of its kind; with --keep-going all lines
are tried, the last line on stderr says how many failed, and the exit status is the largest.
--set x=2 gives an input its value before the scripts: a line x = 5 at the top level of one is then only a default, and
the line is as if it said x. What a loop, a branch or a function sets is as it stands.
A line assert x^2 == 4 fails where its condition does not hold (`dcalc help assert`): such a script is a test.
With --json each result is an object on a line of its own, and a failure as well; nothing else is on stdout.
A script can be a program: its first line is #!/usr/bin/env -S dcalc run (without -S Linux looks for a program that is
called "dcalc run"), then chmod +x; its arguments are those of run: ./script.dc --set x=3.""",
    _run,
)
