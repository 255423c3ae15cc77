"""What `simplify`, `expand`, `factor`, `collect` and `subs` have in common: one expression in another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..backends.symbolic import readable
from ..errors import DcalcError
from ..graph.simplify.poly import TooLarge
from ..graph.to_ast import operations
from ..language import ast
from .base import Ask, Output, State
from .prepare import Prepared, prepare

#: What makes the new form of a number's node.
Make = Callable[[Prepared, int], int]


class Form(NamedTuple):
    """An expression in another form, and how many operations it had and has."""

    verb: str
    tree: ast.Node
    before: int
    after: int

    @property
    def remembered(self) -> ast.Node:
        """What a session's later lines may use."""
        return self.tree


def closed(state: State, ask: Ask, verb: str) -> Prepared:
    """A request's expression, which has to be a formula. Raises DcalcError."""
    prepared = prepare(state, ask)
    if prepared.lowered.conditions:
        source, span = prepared.graph.origins.get(prepared.lowered.conditions[0], (None, None))
        message = f"there is no formula to {verb}: the path of this program depends on values"
        raise DcalcError("usage", message, source=source, span=span, hint="eval follows it at a point")
    return prepared


def answer(prepared: Prepared, verb: str, node: int, *, decimals: bool | None = None) -> Output:
    """A node as the answer. decimals: whether numbers are written with a point; by default as in the text."""
    graph = prepared.graph
    tree = readable(graph, node, decimals=prepared.decimals if decimals is None else decimals)
    form = Form(verb, tree, operations(graph, prepared.output), operations(graph, node))
    return Output([form], prepared.notes)


def by_component(state: State, ask: Ask, verb: str, make: Make) -> Output:
    """The answer of a verb that takes numbers; of an array that is written out, component by component."""
    prepared = closed(state, ask, verb)
    graph = prepared.graph

    def made(node: int) -> int:
        if not graph.shapes[node]:
            return make(prepared, node)
        if graph.ops[node] == "vector":
            return graph.vector(tuple([made(arg) for arg in graph.args[node]]))
        message = f"{verb} takes numbers and arrays that are written out, [a, b]"
        raise DcalcError("usage", message, source=ask.operand, hint=f"name a component, or: simplify {_short(ask)}")

    try:
        return answer(prepared, verb, made(prepared.output))
    except TooLarge:
        message = f"this is too large to {verb}"
        raise DcalcError("limit", message, source=ask.operand, hint=f"dcalc help {verb} says what it can") from None


def _short(ask: Ask) -> str:
    text = ask.operand.text.strip() if ask.operand else ""
    return text if len(text) < 40 else "EXPR"
