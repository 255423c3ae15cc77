"""`rules`: what the table knows of an operation."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import DcalcError, suggestion
from ..primitives import ALIASES, TABLE
from ..primitives.entry import Primitive
from .base import Ask, Command, Output, State
from .options import RENDER


class RuleCard(NamedTuple):
    """One entry of the table, to be shown in full."""

    entry: Primitive


class RuleList(NamedTuple):
    """The entries of the table, a line for each."""

    entries: list[Primitive]
    helpers: list[Primitive]


def _run(state: State, ask: Ask) -> Output:
    if ask.operand is None or not ask.operand.text.strip():
        entries = [entry for entry in TABLE.values() if not entry.helper]
        return Output([RuleList(entries, [entry for entry in TABLE.values() if entry.helper])], [])
    name = ask.operand.text.strip()
    name = {"**": "^", "×": "*", "÷": "/", "−": "-"}.get(name, name)
    entry = TABLE.get(ALIASES.get(name, name))
    if entry is None:
        hint = suggestion(name, [*TABLE, *ALIASES], "`dcalc rules` lists them all")
        raise DcalcError(
            "name", f"the table has no {name}", source=ask.operand, span=(0, len(ask.operand.text)), hint=hint
        )
    return Output([RuleCard(entry)], [])


COMMAND = Command(
    "rules",
    "what is known of an operation: its derivative, domain, kink and textbook form",
    "[NAME]",
    RENDER,
    ("dcalc rules tan", "dcalc rules"),
    "Without NAME, every operation and its derivative.",
    _run,
)
