"""`undo`, `reset`, `save` and `load`: what is done with a session as a whole."""

from __future__ import annotations

import os
from typing import NamedTuple

from ...backends.result import Note
from ...errors import DcalcError, Source
from ...graph.graph import Graph
from ...graph.lower import Names
from ...language import source
from ..base import Ask, Entry, Output, SessionCommand, State, Step, lines_of
from ..lines import Line, statements
from ..load import read_text
from ..sentence import Part, verb_of
from .transcript import Transcript

#: Verbs that are about the session, so that a saved script leaves them out.
LEFT_OUT = ("save", "export", "load", "undo", "edit", "clear", "vars", "funcs", "help", "show")

#: Verbs that write files of a format of their own, whatever `set format` says.
FILES = ("save", "export")
#: Files that load one another, one in the other.
MOST_LOADING = 50


class Script(NamedTuple):
    """The lines of a session."""

    lines: list[str]


def changed(before: State, after: State) -> State:
    """A state after a step, with what `undo` returns to: the state before it where names or settings are others."""
    same = before.names is after.names and before.point is after.point and before.settings is after.settings
    if same or after.past is not before.past:  # an answer alone is no change, and `undo` is none to be undone
        return after
    return after._replace(past=before._replace(graph=Graph()))


def logged(state: State, line: Source, output: Output) -> State:
    """A state whose log has a line and its answer. Lines about the session itself are not kept."""
    verb = verb_of(line.text) or ""
    if verb in LEFT_OUT and (verb != "export" or any(isinstance(one, Transcript) for one in output.results)):
        return state
    return state._replace(log=Entry(line.text, output, state.log))


def _undo(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    if state.past is None:
        raise DcalcError("usage", "there is nothing to undo")
    # The graph only grows, so that the older names mean what they meant.
    return state.past._replace(graph=state.graph), Output([], [])


def _reset(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    # The graph stays: `undo` brings names back that mean nodes of it.
    return state._replace(names=Names(), point={}, answer=None), Output([], [])


def _save(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    file = _file(ask, "save session.dc")
    return state, Output([Script([entry.line for entry in lines_of(state)])], [], file=file)


def _load(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    name = _file(ask, "load session.dc")
    assert ask.operand is not None
    loading = _loading(ask.operand, name)
    try:
        text = read_text(Source(name))
    except DcalcError as problem:
        problem.source, problem.span = ask.operand, (0, len(ask.operand.text))
        raise
    results, notes, status = [], [], 0
    loaded = state
    for above, statement in statements(source(text.text).text):
        loaded, output = step(loaded, Line(statement, name, above, loading))
        notes += output.notes
        status = max(status, output.status)
        if output.file:
            notes.append(Note("name", f"{output.file} is not written: load takes lines and writes no files"))
        else:
            results += output.results
    return loaded._replace(past=state.past), Output(results, notes, status)


def _loading(operand: Source, name: str) -> tuple[str, ...]:
    """The files that are being loaded when this one is. Raises DcalcError where it would load itself."""
    line = operand.whole if isinstance(operand, Part) else operand
    above = line.loading if isinstance(line, Line) else ()
    path = os.path.realpath(os.path.expanduser(name))  # noqa: PTH111 (as `read_text` does)
    span = (0, len(operand.text))
    if path in above:
        hint = f"take the line `load {name}` out of it"
        raise DcalcError("usage", f"{name} loads itself", source=operand, span=span, hint=hint)
    if len(above) >= MOST_LOADING:
        message = f"more than {MOST_LOADING} files load one another"
        raise DcalcError("limit", message, source=operand, span=span)
    return (*above, path)


def _file(ask: Ask, example: str) -> str:
    name = ask.operand.text.strip().strip("\"'") if ask.operand else ""
    if not name:
        raise DcalcError("usage", "the name of a file is missing", hint=f"for example: {example}")
    return name


COMMANDS = {
    "undo": SessionCommand(
        "undo",
        "take the last change of names or settings back",
        "",
        ("x = 2", "x = 3", "undo"),
        "Again and again, to the beginning. Lines that only asked for something change nothing.",
        _undo,
    ),
    "reset": SessionCommand(
        "reset", "forget all names and answers", "", ("x = 2", "reset"), "Settings stay; undo takes it back.", _reset
    ),
    "save": SessionCommand(
        "save",
        "write the lines of this session to a file",
        "FILE",
        ("x = 2", "save session.dc"),
        "What failed or was undone is left out. `load` and `dcalc run` take such a file.",
        _save,
    ),
    "load": SessionCommand(
        "load",
        "take the lines of a file",
        "FILE",
        ("load examples/first.dc",),
        "A line that fails leaves the session as it was before the load.",
        _load,
    ),
}
