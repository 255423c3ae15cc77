"""`vars`, `funcs` and `del`: what names mean in a session."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ...backends.result import Nested, nested_of
from ...errors import DcalcError, suggestion
from ...evaluate.failures import node_values
from ...graph.duals import units
from ...graph.lower import inputs_of
from ...graph.shapes import name_of
from ...graph.to_ast import is_small, to_ast
from ...language import ast
from ..base import Ask, Output, SessionCommand, State, Step

#: A definition with more operations is told by its size.
LONGEST = 200


class Binding(NamedTuple):
    """What a name means: its signature or name, its definition (a formula, words, or None) and its value."""

    name: str
    definition: ast.Node | str | None
    value: Nested | None


class Bindings(NamedTuple):
    """What `vars` and `funcs` answer."""

    title: str
    items: list[Binding]


def variables(state: State) -> list[Binding]:
    """The inputs that have a value or a declared shape, the derived names with theirs, and the last answer."""
    items = [Binding(name, None, nested_of(value)) for name, value in state.point.items() if name[0] != "%"]
    graph, names = state.graph, state.names
    declared = {name: shape for name, shape in names.declared.items() if name not in state.point}
    items += [Binding(name, f"an input, {name_of(shape)}", None) for name, shape in declared.items()]
    for name, node in names.nodes.items():
        small = is_small(graph, node, LONGEST)
        formula = to_ast(graph, node) if small else f"{len(graph.reachable([node]))} operations"
        known = all(graph.attrs[leaf] in state.point for leaf in inputs_of(graph, [node])) and not units(graph, [node])
        value = nested_of(node_values(graph, [node], state.point)[node]) if known else None
        items.append(Binding(name, formula, value))
    if state.answer is not None:
        kept = state.answer.result.remembered
        last = f"ans, %{state.answer.number}"
        items.append(Binding(last, kept, None) if isinstance(kept, ast.Node) else Binding(last, None, kept))
    return items


def functions(state: State) -> list[Binding]:
    """The user's functions."""
    return [Binding(one.signature, one.body or one.name, None) for one in state.names.functions.values()]


def meanings(state: State, name: str) -> Bindings | None:
    """What a name of the user's means, or None where it is none."""
    own = [item for item in variables(state) if item.name == name]
    own += [
        Binding(one.signature, one.body or one.name, None) for key, one in state.names.functions.items() if key == name
    ]
    return Bindings("names", own) if own else None


def _vars(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    return state, Output([Bindings("variables", variables(state))], [])


def _funcs(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    return state, Output([Bindings("functions", functions(state))], [])


def _del(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    text = ask.operand
    if text is None:
        raise DcalcError("usage", "del needs a name", hint="for example: del x, f")
    names, point = state.names.copy(), dict(state.point)
    for match in re.finditer(r"[^\s,]+", text.text):
        name = match.group()
        meanings: tuple[dict[str, Any], ...] = (names.nodes, names.functions, names.declared, names.paths, point)
        places = [place for place in meanings if name in place]
        if not places:
            known = [*state.point, *state.names.nodes, *state.names.functions]
            hint = suggestion(name, known, "`vars` and `funcs` list the names")
            raise DcalcError("name", f"there is no {name} to forget", source=text, span=match.span(), hint=hint)
        for place in places:
            del place[name]
    return state._replace(names=names, point=point), Output([], [])


COMMANDS = {
    "vars": SessionCommand(
        "vars",
        "the variables and their values",
        "",
        ("x = 2; a = x^2", "vars"),
        "An input with its value, a derived name with its formula and the value that it has now.",
        _vars,
    ),
    "funcs": SessionCommand("funcs", "your functions", "", ("f(x) = x^2", "funcs"), "", _funcs),
    "del": SessionCommand(
        "del",
        "forget names",
        "NAME, …",
        ("x = 2; f(x) = x^2", "del x, f"),
        "What is made of a forgotten input has no value until the input has one again.",
        _del,
    ),
}
