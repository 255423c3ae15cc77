"""The point: values of inputs, as `--at` gives them."""

from __future__ import annotations

from ..errors import DcalcError, Source
from ..evaluate.failures import first_failure, node_values
from ..evaluate.scalar import PointValue
from ..graph.duals import refusal, units
from ..graph.graph import Graph
from ..graph.lower import inputs_of
from ..language import ast, parse_bindings
from .base import State
from .reading import read


def constant(graph: Graph, node: int, point: dict[str, PointValue]) -> PointValue:
    """The value of a node at a point. A value that is not finite is an error, unless it was written as inf."""
    values = node_values(graph, [node], point)
    failure = first_failure(graph, [node], values)
    if failure is not None:
        raise failure
    value: PointValue = values[node]
    return value


def point_of(state: State, texts: list[Source], duals: dict[str, int] | None = None) -> dict[str, PointValue]:
    """The point that `--at` gives: `x=2, y=pi/2, v=[1, 2], W=@weights.npy`. Names in the values are the session's.

    duals: where dual numbers go, `x=dual(2,1)`, as nodes; without, they are refused.
    """
    point: dict[str, PointValue] = {}
    for text in texts:
        for binding in parse_bindings(text):
            name = binding.name
            if binding.parameters is not None:
                raise DcalcError("usage", "a point gives values, not functions", source=text, span=binding.at)
            if name in point or (duals and name in duals):
                hint = f"leave one of the {name}=…"
                raise DcalcError("usage", f"{name} is given twice", source=text, span=binding.at, hint=hint)
            body = binding.body
            if isinstance(body, ast.File):
                point[name] = _loaded(body, text)
                continue
            node = _lowered(state, name, body, text)
            if duals is not None and units(state.graph, [node]):
                duals[name] = node
                continue
            if refused := refusal(state.graph, node, text):
                raise refused
            point[name] = constant(state.graph, node, state.point)
    return point


def value_of(state: State, text: Source, what: str, hint: str) -> PointValue:
    """The value of an expression that stands alone, as an option gives it. what: what it is called in failures."""
    words = Source(f"s={text.text}", text.name)
    try:
        return point_of(state, [words])["s"]
    except DcalcError as problem:
        if problem.source is not words:
            raise
        problem.source = text
        problem.span = problem.span and (max(0, problem.span[0] - 2), max(1, problem.span[1] - 2))
        if problem.message.startswith("the value of s "):
            problem.message, problem.hint = problem.message.replace("the value of s", what, 1), hint
        problem.hint = problem.hint and problem.hint.replace("`s=", "`", 1)
        raise


def _loaded(file: ast.File, text: Source) -> PointValue:
    """What a file holds."""
    from .files import load_array

    try:
        return load_array(file.path, file.member)
    except DcalcError as problem:
        problem.source, problem.span = text, file.span
        raise


def _lowered(state: State, name: str, body: ast.Node, text: Source) -> int:
    """The node of an expression in which only the session's inputs stand."""
    program = ast.Program((body,), body.span)
    lowered = read(program, text, state.graph, state.names, state.point)
    if lowered.output is None:
        raise DcalcError("usage", "a point gives values, not functions", source=text, span=body.span)
    for node in inputs_of(state.graph, [lowered.output]):
        unknown = state.graph.attrs[node]
        if unknown not in state.point:
            places = (n.span for n in body.walk() if isinstance(n, ast.Name) and n.name == unknown)
            message = f"the value of {name} is not a number: {unknown} has no value"
            hint = f"for example --at {name}=2"
            raise DcalcError("name", message, source=text, span=next(places, body.span), hint=hint)
    return lowered.output
