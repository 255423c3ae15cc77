"""What a line would answer, told while it is typed: its parsed form, value and gradient at the session's point.

Nothing is kept and nothing is done: a copy of the session's graph is worked on, no file is read, and only expressions
are looked at. What would take long, or much memory, is not looked at either.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from ..backends.derive import derive, value
from ..backends.problem import Problem
from ..backends.result import Note, Value, nested
from ..commands import VERBS
from ..commands.base import Ask, State
from ..commands.derivatives import request as derivation
from ..commands.lines import is_blank, is_open, statements
from ..commands.prepare import Prepared, prepare, problem
from ..commands.sessions.answers import with_answers
from ..commands.sessions.settings import get, of_lines
from ..errors import DcalcError, Source
from ..evaluate.scalar import shape_of
from ..graph.duals import units
from ..graph.lower import inputs_of
from ..language import RESERVED, ast, parse_bindings, tokens, unparse
from ..primitives import ALIASES, TABLE
from ..primitives.arrays import FUNCTIONS
from ..render.text import cell
from ..render.view import cell_of
from .budget import HAS_CLOCK, OutOfTime, SmallGraph, heavy_nodes, is_large, within
from .validation import OPTION_WORDS, Fault, Request, fault, is_unfinished, place, request

#: Seconds that one look may take.
TIME = 0.05
#: Statements, rounds and calls of a program, and characters of a line, that is looked at. Less without a clock.
STEPS = 10_000 if HAS_CLOCK else 200
MOST_CHARACTERS = 5_000 if HAS_CLOCK else 300
#: Characters of a parsed form, and components of a gradient that are told.
WIDEST = 60
MOST_SHOWN = 8
#: Numbers of a preview have so many digits at most.
DIGITS = 6
#: Options that a verb's operand is looked at with.
_TAKEN = ("at", "wrt", "at-kink", "backend")


class Remark(NamedTuple):
    """A piece of what is told. role: "", "value", "note" or "error". tail: what is not left out where room is short."""

    role: str
    text: str
    tail: str = ""


class Look(NamedTuple):
    """What can be said of a line: remarks, and the place that is wrong."""

    remarks: tuple[Remark, ...] = ()
    fault: Fault | None = None


def preview(state: State, text: str) -> str | None:
    """What a line would answer, on one line; None where there is nothing to tell."""
    remarks = look(state, text).remarks
    return "   ".join(remark.text + remark.tail for remark in remarks) or None


def look(state: State, text: str, *, seconds: float = TIME) -> Look:
    """What can be said of a line within so much time, by the session's settings."""
    if not text.strip() or len(text) > MOST_CHARACTERS:
        return Look()
    for _ in range(2):
        loaded = len(sys.modules)
        try:
            return within(seconds, lambda: _look(state, text))
        except OutOfTime:
            if len(sys.modules) == loaded:
                break  # else it was the loading of modules that took long, which is done now
        except Exception:  # a fault of ours is told when the line is taken, not while it is typed
            if os.environ.get("DCALC_DEBUG"):
                raise
            break
    return Look()


class Looks:
    """Looks that are remembered as long as the session's state stays."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self._of: State | None = None
        self._known: dict[str, Look] = {}

    def known(self, text: str) -> Look | None:
        """The look at a text, if there was one."""
        state = self._state()
        if state is not self._of:
            self._of, self._known = state, {}
        return self._known.get(text)

    def take(self, text: str) -> Look:
        """The look at a text."""
        found = self.known(text)
        if found is None:
            found = self._known[text] = look(self._state(), text)
        return found


def _look(state: State, text: str) -> Look:
    marks = get(state.settings, "validation") == "on"
    wrong = fault(state, text) if marks else None
    if wrong is not None:
        return Look((Remark("error", wrong.message),), wrong)
    if get(state.settings, "preview") != "on" or is_open(text):
        return Look()
    lines = [line for _, line in statements(text) if not is_blank(line)]
    if len(lines) != 1:
        return Look()
    try:
        asked = request(state, text)
    except DcalcError:
        return Look()  # half a line, or the user wants no marks
    try:
        heavy = heavy_nodes(state.graph)
        if asked is None or not _is_harmless(state, text, asked, heavy):
            return Look()
        return Look(tuple(_remarks(state._replace(graph=SmallGraph(state.graph, heavy)), asked)))
    except DcalcError as problem:
        found = place(problem, text)
        if found is not None and (is_unfinished(text, found) or (problem.kind == "name" and found.end == len(text))):
            return Look()  # a name at the end may become another one, or be called
        missing = problem.kind == "name" and problem.message.endswith("no value")
        remark = Remark("note" if missing else "error", f"{problem.kind} error: {problem.message}")
        if missing:
            remark = Remark("note", problem.message)
        return Look((remark,), found if marks and not missing and problem.kind != "domain" else None)


def _is_harmless(state: State, text: str, asked: Request, heavy: frozenset[int]) -> bool:
    """Whether a request reads and writes no file, and names nothing large."""
    if any(name in asked.options for name in ("load", "out")):
        return False
    for given in _sources(asked, "at"):
        if any(isinstance(binding.body, ast.File) for binding in parse_bindings(given)):
            return False
    point, nodes = state.point, state.names.nodes
    words = {token.text for token in tokens(text)}
    return not any(is_large(point[word]) if word in point else nodes.get(word, -1) in heavy for word in words)


def _sources(asked: Request, name: str) -> list[Source]:
    given = asked.options.get(name, [])
    return given if isinstance(given, list) else []


def _remarks(state: State, asked: Request) -> list[Remark]:
    form = unparse(asked.tree)
    told = form if len(form) <= WIDEST else form[: WIDEST - 1] + "…"
    last = asked.tree.children[-1] if asked.tree.children else None
    if not _has_value(last):
        return [Remark("", told)]
    options = {name: given for name, given in asked.options.items() if name in _TAKEN}
    options = {**_settings(state, asked), **options}
    ask = Ask(asked.operand, options)
    prepared = prepare(with_answers(state, asked.operand), ask, duals=asked.verb in ("", "eval"))
    missing = _missing(prepared)
    if missing and (_may_become(missing[-1], asked) or _is_function(asked.operand.text.strip())):
        return []
    if missing:
        return [Remark("", told), Remark("note", f"{', '.join(missing)}: no value")]
    if isinstance(last, ast.Define) and last.name in prepared.lowered.names.point:
        return [*_value(told, prepared, state), *_kinks(prepared.notes)]
    if units(prepared.graph, [prepared.output]):
        return _value(told, prepared, state)  # a dual number, which no verb differentiates
    return _derived(told, prepared, ask, state)


def _settings(state: State, asked: Request) -> dict[str, Any]:
    given = {name: given for name, given in of_lines(state.settings).items() if name in _TAKEN}
    if given.get("backend") in ("all", "fd"):
        del given["backend"]  # they take their time
    return {**given, "steps": STEPS}


def _has_value(last: ast.Node | None) -> bool:
    if isinstance(last, ast.Define):
        return last.parameters is None and not isinstance(last.body, ast.Lambda)
    return last is not None and not isinstance(last, (ast.Declare, ast.If, ast.For, ast.While, ast.Lambda))


def _may_become(name: str, asked: Request) -> bool:
    """Whether a name that stands alone, or last, could be the beginning of a word of ours."""
    text = asked.operand.text
    if text.strip() == name:
        return any(word.startswith(name) for words in (VERBS, TABLE, FUNCTIONS) for word in words)
    words = (*RESERVED, *(OPTION_WORDS if asked.verb else ()))
    return text.endswith(f" {name}") and any(word.startswith(name) for word in words)


def _is_function(text: str) -> bool:
    """Whether a text is the name of a function, which waits for its arguments."""
    return text in TABLE or text in FUNCTIONS or text in ALIASES


def _missing(prepared: Prepared) -> list[str]:
    """The inputs that have no value."""
    graph = prepared.graph
    names = [graph.attrs[node] for node in inputs_of(graph, [prepared.output])]
    return [name for name in names if name not in prepared.point][:MOST_SHOWN]


def _value(told: str, prepared: Prepared, state: State) -> list[Remark]:
    """The form with the value behind it, unless it is one already."""
    answer = value(Problem(prepared.graph, prepared.output, (), prepared.point), ieee=False)
    return [_with_value(told, answer, state)]


def _with_value(told: str, answer: Any, state: State) -> Remark:
    if not isinstance(answer, Value):
        return Remark("", told)
    text = _shown(answer.value, state)
    return Remark("", told, "" if told.rpartition("=")[2].strip() == text else f" = {text}")


def _derived(told: str, prepared: Prepared, ask: Ask, state: State) -> list[Remark]:
    """Form, value, gradient of a number, and kinks."""
    asked = problem(prepared, ask)
    if asked.shape or not asked.variables or asked.n > STEPS:
        answer = value(asked, ieee=False)
        return [_with_value(told, answer, state), *_kinks(answer.notes)]
    result = derive(asked, derivation("grad", ask))
    remarks = [Remark("", told, f" = {_shown(nested(result.value, result.shape), state)}")]
    row = list(result.entries[0][0])
    for label, number in zip(result.labels[:MOST_SHOWN], row, strict=False):
        remarks.append(Remark("value", f"d/d{label} {_shown(number, state)}"))
    if len(row) > MOST_SHOWN:
        remarks.append(Remark("", "…"))
    return [*remarks, *_kinks([*prepared.notes, *result.notes])]


def _shown(number: Any, state: State) -> str:
    digits = min(DIGITS, get(state.settings, "digits"))
    text = cell(cell_of(number.tolist() if shape_of(number) else number), digits)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _kinks(notes: list[Note]) -> list[Remark]:
    return [Remark("note", note.message) for note in notes if note.kind in ("kink", "non-finite")][:2]
