"""`rules`: what the table knows of an operation."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import DcalcError, suggestion
from ..primitives import ALIASES, TABLE
from ..primitives.arrays import FUNCTIONS
from ..primitives.entry import Primitive
from .base import Ask, Command, Output, State
from .options import RENDER


class RuleCard(NamedTuple):
    """One entry of the table, to be shown in full."""

    entry: Primitive
    #: a command to try, where the entry does not say what it is applied to
    example: str = ""


class RuleList(NamedTuple):
    """The entries of the table, a line for each."""

    entries: list[Primitive]
    helpers: list[Primitive]


_EXAMPLES = {
    "mean": "mean([1, 2, 6])",
    "prod": "prod([2, 3, 4])",
    "softmax": "softmax([1, 2, 3])",
    "concat": "concat([1, 2], [3])",
    "stack": "stack([1, 2], [3, 4])",
    "reshape": "reshape([1, 2, 3, 4], 2, 2)",
    "eye": "eye(2)",
    "zeros": "zeros(2, 2)",
    "ones": "ones(3)",
    "linspace": "linspace(0, 1, 5)",
    "len": "len([4, 5, 6])",
}


def _card(entry: Primitive) -> RuleCard:
    text = _EXAMPLES.get(entry.name) if entry.kind == "function" else None
    return RuleCard(entry, f'dcalc eval "{text}"' if text else "")


def _function(name: str) -> Primitive:
    """What makes, reshapes or takes apart arrays, as an entry to be shown: `value` is how it is written."""
    how, what = FUNCTIONS[name]
    return Primitive(name, "function", (), what, value=how)


def entries_of(name: str) -> list[Primitive]:
    """What a text may mean by a name: max is a choice of numbers and a reduction of arrays."""
    name = ALIASES.get(name, name).removesuffix("[]")
    found = [TABLE[known] for known in (name, f"{name}[]") if known in TABLE]
    return [*found, _function(name)] if name in FUNCTIONS else found


def _run(state: State, ask: Ask) -> Output:
    if ask.operand is None or not ask.operand.text.strip():
        entries = [entry for entry in TABLE.values() if not entry.helper]
        entries += map(_function, FUNCTIONS)
        return Output([RuleList(entries, [entry for entry in TABLE.values() if entry.helper])], [])
    name = ask.operand.text.strip()
    name = {"**": "^", "×": "*", "÷": "/", "−": "-"}.get(name, name)
    found = entries_of(name)
    if not found:
        words = [*(entry.word for entry in TABLE.values()), *FUNCTIONS, *ALIASES]
        hint = suggestion(name, words, "`dcalc rules` lists them all")
        raise DcalcError(
            "name", f"the table has no {name}", source=ask.operand, span=(0, len(ask.operand.text)), hint=hint
        )
    return Output([_card(entry) for entry in found], [])


COMMAND = Command(
    "rules",
    "what is known of an operation: its derivative, domain, kink and textbook form",
    "[NAME]",
    RENDER,
    ("dcalc rules tan", "dcalc rules @", "dcalc rules"),
    "Without NAME, every operation and its derivative.",
    _run,
)
