"""`edit`, `clear`, `quit` and `exit`: what only a session at a prompt can do. The prompt itself does it."""

from __future__ import annotations

from ...errors import DcalcError
from ..base import Ask, Output, SessionCommand, State, Step


def _refuse(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    hint = "a script ends with its last line" if ask.operand is None else None
    raise DcalcError("usage", "this is for a session at a prompt", source=ask.operand, hint=hint)


COMMANDS = {
    "edit": SessionCommand(
        "edit",
        "open the last statement in $VISUAL or $EDITOR, and run what is saved",
        "",
        ("x = 2", "edit"),
        "Ctrl-X Ctrl-E (v in vi's normal mode) opens what is being typed. An empty file runs nothing.",
        _refuse,
    ),
    "clear": SessionCommand("clear", "clear the screen", "", ("clear",), "Ctrl-L does it as well.", _refuse),
    "quit": SessionCommand("quit", "leave", "", ("quit",), "Ctrl-D on an empty line does it as well.", _refuse),
    "exit": SessionCommand("exit", "leave", "", ("exit",), "The same as quit.", _refuse),
}
