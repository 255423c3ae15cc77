"""The pure step of a session: (state, line) -> (state, answer). The REPL, scripts and tests all use it.

A line is a sentence (`grad -x^2 at x=1`, see `commands.sentence`) or one or more statements of the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .backends.derive import value
from .backends.problem import Problem
from .backends.result import Note
from .commands.base import Output, State
from .commands.point import constant
from .commands.prepare import path_note
from .commands.reading import read
from .commands.sentence import Part, in_words, names_words, sentence, shown, verb_of
from .errors import DcalcError, Source, nearest
from .graph.lower import inputs_of
from .language import ast, parse, tokens
from .language.lexer import CLOSES, CONTINUES, OPENS


class Line(Source):
    """A statement or a sentence of a file in which `above` lines stand before it."""

    __slots__ = ("above",)

    def __init__(self, text: str, name: str, above: int) -> None:
        super().__init__(text, name)
        self.above = above

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) in the file."""
        line, column = super().position(offset)
        return line + self.above, column


def step(state: State, line: Source, settings: Mapping[str, Any] | None = None) -> tuple[State, Output]:
    """Take one line. Whatever is raised, the old state stands as it was.

    settings: options that hold where the line is silent.
    """
    # A copy to work on, so that a step that fails or is interrupted leaves no node behind.
    working = State(state.graph.copy(), state.names, state.point)
    try:
        if is_sentence(state, line.text):
            verb, ask = sentence(line, settings)
            return state, verb.run(working, ask)
        if is_blank(line.text):
            return state, Output([], [])
        after, output = _statement(working, line, (settings or {}).get("steps"))
        return after or state, output
    except DcalcError as problem:
        if isinstance(problem.source, Part):
            part = problem.source
            start, stop = problem.span or (0, len(part.text))
            problem.span = (max(start, part.begin), max(stop, part.begin + 1))
            problem.source = part.whole
        if problem.hint:
            problem.hint = in_words(problem.hint)
        raise


def presentation(state: State, line: Source, settings: Mapping[str, Any]) -> dict[str, Any]:
    """How the answer to a line is to be shown: the settings, and for this line alone what its words say.

    state: the one before the line's step.
    """
    if not is_sentence(state, line.text):
        return dict(settings)
    return {**settings, **shown(sentence(line)[1])}


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


def is_blank(text: str) -> bool:
    """Whether there is nothing to do: blanks, comments and semicolons only."""
    return all(token.type in ("NEWLINE", "SEMICOLON") for token in tokens(text))


def is_silent(text: str) -> bool:
    """Whether the user asked not to see the value: a semicolon stands at the end."""
    last = next((token for token in reversed(tokens(text)) if token.type != "NEWLINE"), None)
    return last is not None and last.type == "SEMICOLON"


def is_open(text: str) -> bool:
    """Whether more has to come: a bracket is open, or an operator waits for its right side."""
    return _Balance().add(text)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """(lines above, text) of each line, or of several where a bracket is open or an operator waits."""
    above = 0
    pending: list[str] = []
    balance = _Balance()
    lines = text.split("\n")
    for k, line in enumerate(lines):
        pending.append(line)
        if balance.add(line + "\n") or (balance.last == "RBRACE" and _goes_on(lines, k + 1)):
            continue
        yield above, "\n".join(pending)
        above += len(pending)
        pending = []
        balance = _Balance()
    if pending:
        yield above, "\n".join(pending)


def _goes_on(lines: list[str], k: int) -> bool:
    """Whether the next line that says something, from the k-th on, begins with `else`."""
    for line in lines[k:]:
        first = next((token for token in tokens(line) if token.type != "NEWLINE"), None)
        if first is not None:
            return first.type == "ELSE"
    return False


class _Balance:
    """Counts brackets, and remembers the last word; fed line by line."""

    def __init__(self) -> None:
        self.depth = 0
        self.last = ""
        self.words = False  # a sentence like `rules *`, which waits for nothing
        self.begun = False

    def add(self, text: str) -> bool:
        """Whether more has to come."""
        for token in tokens(text):
            if token.type in OPENS:
                self.depth += 1
            elif token.type in CLOSES:
                self.depth = max(0, self.depth - 1)
            if token.type != "NEWLINE":
                self.last = token.type
        if not self.begun and self.last:
            self.begun = True
            verb = verb_of(text)
            self.words = verb is not None and names_words(verb)
        return not self.words and (self.depth > 0 or (self.last in CONTINUES and self.last != "SEMICOLON"))


def _statement(state: State, line: Source, steps: int | None = None) -> tuple[State | None, Output]:
    """Definitions and expressions. The new state, None where nothing was defined."""
    point = dict(state.point)
    tree = parse(line)
    lowered = read(tree, line, state.graph, state.names, state.point, steps=steps)
    notes = [Note("name", text) for text in lowered.notes]
    for name, node in lowered.names.point.items():
        point[name] = constant(lowered.graph, node, point)
    names = lowered.names.copy()
    names.point.clear()  # from here on it is the state's point that holds the values
    plain = (ast.Define, ast.Declare, ast.If, ast.For, ast.While)
    defines = any(isinstance(statement, plain) for statement in tree.children)
    new = State(state.graph, names, point) if defines else None
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
        raise DcalcError("name", f"{name} has no value", source=origin, span=span, hint=hint)
    answer = value(Problem(graph, lowered.output, (), point, bends=lowered.bends), ieee=False)
    if lowered.conditions:
        notes.append(path_note(lowered.conditions))
    return new, Output([answer._replace(notes=[], name=lowered.defined)], [*notes, *answer.notes])
