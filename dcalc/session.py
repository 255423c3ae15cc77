"""The pure step of a session: (state, line) -> (state, answer). The REPL, scripts and tests all use it.

A line is a sentence (`grad -x^2 at x=1`, see `commands.sentence`) or one or more statements of the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .backends.derive import value
from .backends.problem import Problem
from .backends.result import Note
from .commands.base import Command, Output, State, run_verb
from .commands.lines import is_blank, is_silent
from .commands.options import RENDER
from .commands.point import constant
from .commands.prepare import path_note, with_fixed
from .commands.reading import read
from .commands.sentence import Part, in_words, meant, sentence, shown, verb_of
from .commands.sessions.answers import LAST, answered, with_answers, without_answers
from .commands.sessions.settings import of_lines
from .commands.sessions.whole import FILES, changed, logged
from .errors import DcalcError, Source, nearest
from .evaluate.scalar import PointValue
from .graph.lower import inputs_of
from .language import ast, parse

#: `?sin`, `sin?` or `?` alone. A comment may follow; what is in one is no question.
_QUESTION = re.compile(r"(?:\?\s*([^\s?#]*)|([^\s?#]+)\s*\?)\s*(?:#.*)?")


def step(state: State, line: Source, settings: Mapping[str, Any] | None = None) -> tuple[State, Output]:
    """Take one line. Whatever is raised, the old state stands as it was.

    settings: options that hold where the line is silent, before those that the state has.
    """
    line = written_out(state, line)
    given = {**of_lines(state.settings), **(settings or {})}
    # A copy to work on, so that a step that fails or is interrupted leaves no node behind.
    working = state._replace(graph=state.graph.copy())
    says = is_sentence(state, line.text)
    try:
        if is_blank(line.text):
            return state, Output([], [])
        named = with_answers(working, line)
        if says:
            after, output = _sentence(state, named, line, given)
        else:
            defined, output = _statement(named, line, given)
            after = without_answers(named, defined) if defined and named is not working else defined or state
    except DcalcError as problem:
        if isinstance(problem.source, Part):
            part = problem.source
            start, stop = problem.span or (0, len(part.text))
            problem.span = (max(start, part.begin), max(stop, part.begin + 1))
            problem.source = part.whole
        if problem.hint:
            problem.hint = in_words(problem.hint, statement=not says)
        add_guess(problem, state, line)
        raise
    after = answered(changed(state, after), output)
    notes = [note._replace(message=in_words(note.message, statement=not says)) for note in output.notes]
    hidden = names_of(after).intersection(LAST) - names_of(state) if not says else ()
    notes += [Note("name", f"{name} is your variable from here on, not the last answer") for name in sorted(hidden)]
    output = output._replace(notes=notes)
    if is_silent(line.text) and not output.file:
        output = output._replace(results=[])
    return logged(after, line, output)._replace(line=line.text), output


def add_guess(problem: DcalcError, state: State, line: Source) -> None:
    """Put before the hint of a line that failed what a misspelt word in it may have meant."""
    whole = problem.source.whole if isinstance(problem.source, Part) else problem.source
    if problem.kind in ("syntax", "name", "shape") and whole is line:
        guess = meant(line, names_of(state))
        if guess and "did you mean" not in (problem.hint or ""):
            problem.hint = f"{guess} Else {problem.hint}" if problem.hint and guess.endswith("?") else guess


def attempted(state: State, line: Source) -> State:
    """The state after a line that failed: it is what it was, but `!!` is this line."""
    try:
        return state._replace(line=written_out(state, line).text)
    except DcalcError:
        return state


def _sentence(state: State, named: State, line: Source, given: Mapping[str, Any]) -> tuple[State, Output]:
    verb, ask = sentence(line, given)
    if isinstance(verb, Command):
        output = run_verb(verb, named, ask)
        own = [one._replace(in_session=True) if hasattr(one, "in_session") else one for one in output.results]
        if output.point:  # the verb was asked to leave values behind
            state = _with_values(state, output.point)
        return state, output._replace(results=own, file=output.file or ("" if output.written else ask.get("out", "")))
    if not verb.operand and ask.operand is not None:
        raise DcalcError("usage", f"{verb.name} stands alone", source=line)
    return verb.change(state, ask, step)


def _with_values(state: State, values: Mapping[str, PointValue]) -> State:
    """The state in which inputs have these values, whatever their names meant."""
    names = state.names.copy()
    for name in values:
        names.nodes.pop(name, None)
    return state._replace(names=names, point={**state.point, **values})


def written_out(state: State, line: Source) -> Source:
    """A line as it is meant: `!!` is the line before, `?sin` and `sin?` are `help sin`."""
    text = line.text.strip()
    if text.startswith("!!"):
        if not state.line:
            raise DcalcError("usage", "there is no line before this one", source=line)
        return line.saying(state.line + text[2:])
    asked = _QUESTION.fullmatch(text)
    return line.saying(f"help {asked[1] or asked[2] or ''}") if asked else line


def presentation(state: State, line: Source, settings: Mapping[str, Any]) -> dict[str, Any]:
    """How the answer to a line is to be shown: the settings, and for this line alone what its words say.

    state: the one before the line's step.
    """
    own = {**{name: value for name, value in of_lines(state.settings).items() if name in RENDER}, **settings}
    line = written_out(state, line)
    if not is_sentence(state, line.text):
        return own
    verb, ask = sentence(line)
    if verb.name in FILES:
        own.pop("format", None)
    return {**own, **shown(ask)}


def is_sentence(state: State, text: str) -> bool:
    """Whether a line begins with a verb. A name of the user's makes it a statement where it could be one."""
    verb = verb_of(text)
    if verb is None:
        return False
    if verb in state.names.functions or verb in state.names.nodes or verb in state.point:
        return verb_of(text, (verb,)) is not None
    return True


def names_of(state: State) -> frozenset[str]:
    """The names that the user gave."""
    return frozenset((*state.names.functions, *state.names.nodes, *state.point))


def _statement(state: State, line: Source, given: Mapping[str, Any]) -> tuple[State | None, Output]:
    """Definitions and expressions. The new state, None where nothing was defined."""
    point = dict(state.point)
    tree = parse(line)
    tree, last = with_fixed(tree, state)
    plain = (ast.Define, ast.Declare, ast.If, ast.For, ast.While)
    defines = any(isinstance(statement, plain) for statement in tree.children)
    # What is only shown may have loops as nodes; what a name stands for is shown by commands that do not know them.
    steps = given.get("steps")
    lowered = read(tree, line, state.graph, state.names, state.point, steps=steps, loop_nodes=not defines)
    notes = [Note("name", text) for text in lowered.notes]
    for name, node in lowered.names.point.items():
        point[name] = constant(lowered.graph, node, point)
    names = lowered.names.copy()
    names.point.clear()  # from here on it is the state's point that holds the values
    new = state._replace(names=names, point=point) if defines else None
    if lowered.output is None:
        return new, Output([], notes)
    graph = lowered.graph
    missing = [n for n in inputs_of(graph, [lowered.output]) if graph.attrs[n] not in point]
    if missing and lowered.defined is not None:
        return new, Output([], notes)  # a definition over inputs that have no value yet
    if missing:
        name = graph.attrs[missing[0]]
        origin, span = graph.origins.get(missing[0], (None, None))
        if origin is not line:
            origin, span = line, tree.span
        known = [other for other in (*names.functions, *names.nodes, *point) if other != name]
        similar = nearest(name, known, limit=1)
        shape = graph.shapes[missing[0]]
        example = f"{'[' * len(shape)}…{']' * len(shape)}" if shape else "2"
        hint = (
            f"set it: {name} = {example}"
            if not similar
            else f"did you mean {similar[0]}? Or set it: {name} = {example}"
        )
        if name in LAST:
            hint = "there is no earlier answer yet"
        raise DcalcError("name", f"{name} has no value", source=origin, span=span, hint=hint)
    answer = value(Problem(graph, lowered.output, (), point, bends=lowered.bends), ieee=given.get("ieee", False))
    if lowered.conditions:
        notes.append(path_note(lowered.conditions))
    return new, Output([answer._replace(notes=[], name=lowered.defined or last)], [*notes, *answer.notes])
