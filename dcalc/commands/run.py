"""`run`: the lines of a script, as a session would take them."""

from __future__ import annotations

from .base import Ask, Command, Output, State


def _run(state: State, ask: Ask) -> Output:
    # Only reached inside a session; the command line hands the file to the session itself.
    from ..errors import DcalcError

    raise DcalcError("usage", "run starts from the command line", hint="load FILE takes the lines of a file")


COMMAND = Command(
    "run",
    "run a script: the lines of a session from a file",
    "FILE",
    ("format", "json", "digits", "color", "ascii"),
    ("dcalc run examples/first.dc",),
    "- reads the script from standard input. The first failure stops it, with file:line:column.",
    _run,
)
