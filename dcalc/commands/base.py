"""What a command is: its words, its options, and a function from a request to results. No formatting, no terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from ..backends.result import Note
from ..errors import Source
from ..evaluate.scalar import PointValue
from ..graph.graph import Graph
from ..graph.lower import Names


class Entry(NamedTuple):
    """A line that a session has taken, its answer, and the entry before it: a list that grows without being copied."""

    line: str
    output: Output
    before: Entry | None


class Answer(NamedTuple):
    """An answer that lines may name: `%3`, or `ans` for the last. result: it is its `remembered` that they mean."""

    number: int
    result: Any
    before: Answer | None


class State(NamedTuple):
    """What a session knows. Never changed: a step makes a new one, and a failed step leaves the old one.

    A step works on a copy of the graph.
    """

    graph: Graph
    names: Names
    #: the inputs that have a value
    point: dict[str, PointValue]
    #: what `set` has changed (see `settings`): name -> value
    settings: Mapping[str, Any] = MappingProxyType({})
    #: the line before, for `!!`; one that failed or that only asked for something counts
    line: str = ""
    #: the last line that belongs to the session's script, and the last answer
    log: Entry | None = None
    answer: Answer | None = None
    #: what `undo` returns to: the state before the last change of names or settings, with an empty graph
    past: State | None = None
    #: inputs whose values the command line has set: what a script gives them at its top level is no more than a default
    fixed: frozenset[str] = frozenset()


def new_state() -> State:
    """The state of a session that has just begun."""
    return State(Graph(), Names(), {})


def lines_of(state: State) -> list[Entry]:
    """What a session has taken, in order."""
    entries = []
    entry = state.log
    while entry is not None:
        entries.append(entry)
        entry = entry.before
    return entries[::-1]


class Ask(NamedTuple):
    """A request: the command's operand as text (None where there is none) and the options that were given."""

    operand: Source | None
    options: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """An option's value."""
        return self.options.get(name, default)


class Output(NamedTuple):
    """What a command answers: results (of the types that `dcalc.render` knows), notes, and the exit status.

    file: where the results are to be written instead of being shown; "" for nowhere. written: a file that the command
    has written itself. point: values that inputs of the session have from here on.
    """

    results: list[Any]
    notes: list[Note]
    status: int = 0
    file: str = ""
    written: str = ""
    point: Mapping[str, PointValue] = MappingProxyType({})


#: Takes one line; commands that take lines themselves are given it, since the session stands above them.
Step: TypeAlias = Callable[[State, Source], tuple[State, Output]]
#: What a verb of sessions does: it may change the state.
Change: TypeAlias = Callable[[State, Ask, Step], tuple[State, Output]]


def run_verb(verb: Command, state: State, ask: Ask) -> Output:
    """A verb's answer, computed by the engine that the request names."""
    name = ask.get("engine")
    if name is None:
        return verb.run(state, ask)
    from ..evaluate.engines import using

    with using(name):
        return verb.run(state, ask)


class Option(NamedTuple):
    """An option, `--name VALUE` on the command line and `name VALUE` in a sentence.

    metavar is "" for a switch. repeats: may be given again. word: its name in a sentence, if another.
    """

    name: str
    metavar: str
    help: str
    example: str
    choices: tuple[str, ...] = ()
    convert: Callable[[str], Any] | None = None
    repeats: bool = False
    word: str = ""


#: How every verb can show its results; some can draw as well.
FORMATS = ("text", "json", "csv", "latex", "markdown")


class Command(NamedTuple):
    """A verb. operand: what it works on ("EXPR", "[NAME]", ""); examples are command lines that run."""

    name: str
    summary: str
    operand: str
    options: tuple[str, ...]
    examples: tuple[str, ...]
    details: str
    run: Callable[[State, Ask], Output]
    formats: tuple[str, ...] = FORMATS
    #: options that have another meaning here than `options.OPTIONS` gives their names
    own: tuple[Option, ...] = ()


class SessionCommand(NamedTuple):
    """A verb that only a session has. operand: what it works on, read as words; examples are lines of one session."""

    name: str
    summary: str
    operand: str
    examples: tuple[str, ...]
    details: str
    change: Change
    options: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
