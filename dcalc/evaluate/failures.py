"""Where a value that is not finite was born, told as an error with the place in the user's text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..errors import DcalcError
from ..graph.graph import STRUCTURAL, Graph
from ..graph.template import template
from ..primitives import TABLE
from ..primitives.entry import Primitive
from .scalar import Point, evaluate

Values = Mapping[int, float]


def node_values(graph: Graph, outputs: Sequence[int], point: Point) -> dict[int, float]:
    """The value of every scalar node that the outputs are made of."""
    order = graph.reachable(outputs)
    hold_shapes(graph, order, point)
    nodes = [node for node in order if not graph.shapes[node]]
    return dict(zip(nodes, evaluate(graph, nodes, point), strict=True))


def hold_shapes(graph: Graph, nodes: Sequence[int], point: Point) -> None:
    """An input that was written as a number may have become a vector since, or the other way about: an error."""
    for node in nodes:
        name, shape = graph.attrs[node], graph.shapes[node]
        if graph.ops[node] != "input" or name not in point:
            continue
        value = point[name]
        given = (len(value),) if isinstance(value, tuple) else ()
        if shape == given:
            continue
        was, now = (f"a vector of {kind[0]}" if kind else "a number" for kind in (shape, given))
        source, span = graph.origins.get(node, (None, None))
        hint = f"write again what was made of {name}"
        raise DcalcError("shape", f"{name} is {was} here, but its value is {now}", source=source, span=span, hint=hint)


def taken(graph: Graph, outputs: Sequence[int], values: Values) -> set[int]:
    """The nodes that matter at this point: of an `if` only the condition and the branch that holds.

    Of `and` and `or` only the left side where it decides: `x > 0 and log(x) < 1` at -1 does not fail.
    """
    seen = set(outputs)
    stack = list(seen)
    while stack:
        node = stack.pop()
        args = graph.args[node]
        if graph.ops[node] == "if":
            args = (args[0], args[1] if values[args[0]] else args[2])
        elif graph.ops[node] in ("and", "or") and (graph.ops[node] == "or") == bool(values[args[0]]):
            args = args[:1]
        for arg in args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return seen


def first_failure(graph: Graph, outputs: Sequence[int], values: Values) -> DcalcError | None:
    """The first value on the way to the outputs that is not finite though its arguments allow it, as an error.

    An infinity that the user wrote or gave is none.
    """
    if all(map(math.isfinite, values.values())):
        return None
    for node in sorted(taken(graph, outputs, values)):
        if graph.shapes[node] or math.isfinite(values[node]):
            continue
        if graph.ops[node] in STRUCTURAL:
            if graph.ops[node] == "const" and not isinstance(graph.attrs[node], str):
                source, span = graph.origins.get(node, (None, None))
                message = "this number is too large for floating point (the limit is 1.8e308)"
                return DcalcError("domain", message, source=source, span=span, hint="--ieee goes on with inf")
            continue
        args = [values[arg] for arg in graph.args[node]]
        born_nan = math.isnan(values[node]) and not any(map(math.isnan, args))
        born_infinite = math.isinf(values[node]) and all(map(math.isfinite, args))
        if born_nan or born_infinite:
            return _failure(graph, node, args, values[node])
    return None


def _failure(graph: Graph, node: int, args: list[float], value: float) -> DcalcError:
    entry = TABLE[graph.ops[node]]
    source, span = graph.origins.get(node, (None, None))
    shown = call(entry, args, graph.attrs[node])
    if not _in_domain(entry, args, graph.attrs[node]):
        signature = call(entry, None, graph.attrs[node])
        hint = f"{signature} needs {entry.domain}"
        if entry.remedy:
            hint += f"; {entry.remedy}"
        return DcalcError("domain", f"{shown} is not defined", source=source, span=span, hint=hint)
    if math.isinf(value):
        message = f"{shown} is too large for floating point (the limit is 1.8e308)"
        hint = "--ieee goes on with inf; working with logarithms keeps the numbers small"
        return DcalcError("domain", message, source=source, span=span, hint=hint)
    hint = f"--ieee goes on with {'nan' if math.isnan(value) else value}"
    return DcalcError("domain", f"{shown} is not defined", source=source, span=span, hint=hint)


def _in_domain(entry: Primitive, args: list[float], attr: object) -> bool:
    if not entry.domain:
        return True
    graph = Graph()
    from ..graph.build import Builder

    leaves = tuple(graph.input(name) for name in entry.parameters[entry.static :])
    names = (graph.const(attr), *leaves) if entry.static else leaves  # type: ignore[arg-type]
    node = template(entry.domain, entry.parameters).emit(Builder(graph), names)
    point = dict(zip(entry.parameters[entry.static :], args, strict=True))
    return bool(evaluate(graph, [node], point)[0])


def call(entry: Primitive, args: Sequence[float] | None, attr: object = None) -> str:
    """An operation on numbers (or on its parameters) as text: `log(-1)`, `1/0`, `(-8)^(0.333…)`."""
    if args is None:
        words = list(entry.parameters)
        if entry.static:
            words[0] = str(attr)
    else:
        words = [format(arg, ".10g") for arg in args]
        if entry.static:
            words.insert(0, str(attr))
    if entry.symbol and len(words) == 2:
        if args is not None:
            words = [f"({word})" if word.startswith("-") else word for word in words]
        return f"{words[0]}{entry.symbol}{words[1]}"
    if entry.symbol and len(words) == 1:
        return f"{entry.symbol}{words[0]}"
    return f"{entry.name}({', '.join(words)})"
