"""`subs`: expressions in the place of names."""

from __future__ import annotations

from ..errors import DcalcError, Source, Span
from ..graph.shapes import ShapeError
from ..graph.simplify import simplify
from ..language import ast, parse_bindings
from .base import Ask, Command, Output, State
from .form import answer, closed
from .options import RENDER
from .prepare import Prepared, decimals
from .reading import read


def _run(state: State, ask: Ask) -> Output:
    prepared = closed(state, ask, "substitute in")
    replaced, pointed = _replacements(state, prepared, ask)
    pointed = pointed or prepared.decimals
    try:
        (node,) = prepared.graph.substitute([prepared.output], replaced)
    except ShapeError as problem:
        raise DcalcError("shape", f"with these the shapes do not fit: {problem}", source=ask.operand) from None
    (node,) = simplify(prepared.graph, [node], decimals=pointed)
    return answer(prepared, "subs", node, decimals=pointed)


def _replacements(state: State, prepared: Prepared, ask: Ask) -> tuple[dict[int, int], bool]:
    """Inputs -> what stands in their places, and whether numbers in that are written with a point."""
    graph = prepared.graph
    inputs = {graph.attrs[node]: node for node in prepared.inputs()}
    found: dict[int, int] = {}
    pointed = False
    texts: list[Source] = ask.get("with", [])
    if not texts:
        raise DcalcError("usage", "subs needs to know what for", source=ask.operand, hint="for example --with x=a+1")
    for text in texts:
        for binding in parse_bindings(text):
            name, body = binding.name, binding.body
            if binding.parameters is not None or isinstance(body, ast.File):
                raise DcalcError("usage", "--with takes expressions", source=text, span=binding.at)
            if name not in inputs:
                known = ", ".join(list(inputs)[:8]) or "none"
                message = f"there is no input {name} in this"
                raise DcalcError("name", message, source=text, span=binding.at, hint=f"its inputs: {known}")
            if inputs[name] in found:
                raise DcalcError("usage", f"{name} is given twice", source=text, span=binding.at)
            found[inputs[name]] = _node(state, body, text, body.span)
            pointed = pointed or decimals(body)
    return found, pointed


def _node(state: State, body: ast.Node, text: Source, span: Span) -> int:
    lowered = read(ast.Program((body,), span), text, state.graph, state.names, {})
    if lowered.output is None or lowered.conditions:
        raise DcalcError("usage", "--with takes formulas", source=text, span=span)
    return lowered.output


COMMAND = Command(
    "subs",
    "expressions in the place of names, all at once",
    "EXPR",
    ("with", "load", "steps", *RENDER),
    ('dcalc subs "x^2 + y" --with x=a+1,y=x', 'dcalc subs "sin(t)*r" --with "t=pi/2"'),
    "x=y,y=x exchanges the two. The result is simplified. Numbers stay exact: eval gives them as decimals.",
    _run,
)
