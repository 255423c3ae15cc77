"""`rules`: what the table knows of an operation."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import DcalcError, Source, suggestion
from ..language import ast
from ..primitives import ALIASES, TABLE
from ..primitives.arrays import FUNCTIONS
from ..primitives.entry import Primitive
from . import command
from .base import Ask, Command, Output, State, new_state
from .options import RENDER


class RuleCard(NamedTuple):
    """One entry of the table, to be shown in full."""

    entry: Primitive
    #: a command to try, and the formula that it prints, if it prints one
    example: str
    shows: ast.Node | None
    #: whether the example is to be one of a session
    in_session: bool = False


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
    "dual": "dual(2, 1)^2",
    "real": "real(dual(2, 1)^2)",
    "conj": "conj(dual(2, 1))",
    "part": "part(dual(2, 1)^2, 1)",
}


def _card(entry: Primitive) -> RuleCard:
    if entry.kind == "function":
        return RuleCard(entry, f'dcalc eval "{_EXAMPLES[entry.name]}"', None)
    text = _example(entry)
    if entry.shapes:
        point = ",".join(f"{name}={_sample(shape)}" for name, shape in zip("xyz", entry.shapes, strict=False))
        return RuleCard(entry, f'dcalc jac "{text}" --at "{point}"', None)
    derivative = command("diff").run(new_state(), Ask(Source(text), {})).results[0]
    return RuleCard(entry, f'dcalc diff "{text}"', derivative.items[0].tree if len(derivative.items) == 1 else None)


def _example(entry: Primitive) -> str:
    inner = ["x", "y", "z"][: entry.arity - len(entry.defaults) - entry.static]
    if len(inner) == 2 and entry.symbol:
        text = f" {entry.symbol} ".join(inner) if entry.shapes or entry.truth else entry.symbol.join(inner)
    elif entry.symbol:
        text = f"{entry.symbol}{' ' * entry.symbol.isalpha()}x"
    else:
        text = f"{entry.word}({', '.join(['1'] * entry.static + inner)})"
    return text


def _sample(shape: tuple[int, ...]) -> str:
    """Numbers of a shape, for an example; of a square matrix such as have an inverse."""
    if not shape:
        return "2"
    if len(shape) == 1:
        return f"[{','.join(str(k + 1) for k in range(shape[0]))}]"
    rows, columns = shape
    if rows == columns:
        numbers = [[2 if i == j else int((j - i) % rows == 1) for j in range(columns)] for i in range(rows)]
    else:
        numbers = [[i * columns + j + 1 for j in range(columns)] for i in range(rows)]
    return f"[{','.join('[' + ','.join(map(str, row)) + ']' for row in numbers)}]"


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
