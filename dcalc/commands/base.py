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


def new_state() -> State:
    """The state of a session that has just begun."""
    return State(Graph(), Names(), {})


class Ask(NamedTuple):
    """A request: the command's operand as text (None where there is none) and the options that were given."""

    operand: Source | None
    options: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """An option's value."""
        return self.options.get(name, default)


class Output(NamedTuple):
    """What a command answers: results (of the types that `dcalc.render` knows), notes, and the exit status."""

    results: list[Any]
    notes: list[Note]
    status: int = 0


#: Takes one line of a script; `run` is given it, since the session stands above the commands.
Step: TypeAlias = Callable[[State, Source], tuple[State, Output]]


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
