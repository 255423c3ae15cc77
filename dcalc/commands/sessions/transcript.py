"""`export session FILE`: the lines of a session with their answers. (`export EXPR` writes code: `commands.export`.)"""

from __future__ import annotations

from typing import NamedTuple

from ...errors import DcalcError
from ..base import Ask, Entry, Output, SessionCommand, State, Step, lines_of


class Transcript(NamedTuple):
    """The lines of a session with their answers."""

    entries: list[Entry]


def _export(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    text = ask.operand.text.strip() if ask.operand else ""
    first, _, rest = text.partition(" ")
    name = (rest if first == "session" else text).strip().strip("\"'")
    if not name:
        raise DcalcError("usage", "export needs a file", hint="for example: export session notes.md")
    return state, Output([Transcript(lines_of(state))], [], file=name)


TRANSCRIPT = SessionCommand(
    "export",
    "write the lines and their answers to a file, in Markdown",
    "session FILE",
    ("x = 2", "x^2", "export session notes.md"),
    "",
    _export,
)
