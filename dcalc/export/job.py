"""What is to be written as source: the plan of values and derivatives, their names, and numbers to test it with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ..backends.layout import derivative_parts, extent, placed
from ..backends.many import Reading
from ..backends.problem import Problem
from ..backends.protocol import hold_size
from ..backends.samples import points
from ..errors import DcalcError
from ..evaluate.plan import Plan, make_plan
from ..evaluate.scalar import PointValue, evaluate
from ..graph.graph import Graph
from ..graph.shapes import Shape, name_of, size
from ..graph.to_ast import is_small, to_ast
from ..language import unparse
from ..primitives import TABLE
from ..sweeps.kinks import kinks

#: Points that are tried until all numbers are finite.
MOST_TRIED = 60
#: Remarks of one kind that a source has, and nodes of an expression in them.
MOST_REMARKS, MOST_NODES = 6, 25
#: Operations of a source at most: compilers are slow with long functions.
MOST_STEPS = 100_000


class Piece(NamedTuple):
    """Where an output of the plan stands in a result, row by row: `length` numbers from `start` on, `step` apart."""

    output: int
    start: int
    step: int
    length: int


class Result(NamedTuple):
    """What one of `WHAT` is made of; numbers that no piece names are 0.

    fields: of a gradient the shapes of its inputs; else the one shape.
    """

    kind: str
    shape: Shape
    pieces: list[Piece]
    fields: list[Shape]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return sum(map(size, self.fields))


class Job(NamedTuple):
    """A function to be written.

    arguments: names and shapes in order; names: in which the derivatives are. labels: slots -> the user's names.
    point: a value for each argument; expected: the numbers of each result there, row by row.
    """

    text: str
    name: str
    plan: Plan
    arguments: list[tuple[str, Shape]]
    names: list[str]
    results: list[Result]
    labels: dict[int, str]
    point: dict[str, Any]
    expected: list[list[float]]
    #: where it has no value, where no derivative, and what the derivatives are there
    domains: list[str]
    bends: list[str]
    conventions: list[str]


def sampled(graph: Graph, inputs: Sequence[int], point: Mapping[str, PointValue]) -> dict[str, PointValue]:
    """The point, with some value for every input that has none."""
    missing = {graph.attrs[node]: graph.shapes[node] for node in inputs if graph.attrs[node] not in point}
    found = dict(point)
    if missing:
        found |= next(iter(points(missing, {})))
    return found


def make_job(
    reading: Reading,
    what: Sequence[str],
    labels: Mapping[str, int],
    given: Mapping[str, PointValue],
    text: str,
    name: str,
    order: Sequence[str] = (),
) -> Job:
    """The function of a problem. labels: the user's names -> nodes; given: inputs whose values the user told.

    order: inputs that come first.

    Raises DcalcError.
    """
    asked, defined = reading.problem, reading.defined
    if asked.conditions:
        origin, span = asked.graph.origins.get(asked.conditions[0], (None, None))
        hint = "write it with if(condition, a, b), of which both are in the source, or loops whose rounds are known"
        message = "the path of this program depends on values: as source it would hold on one path only"
        raise DcalcError("usage", message, source=origin, span=span, hint=hint)
    asked, shape = _flat(asked)
    graph, results = asked.graph, []
    nodes: list[int] = []
    for kind in what:
        results.append(_result(asked, kind, shape, nodes))
    nodes = graph.substitute(nodes, defined)
    reached = set(graph.reachable(nodes))
    own = {}
    for label, node in labels.items():
        (now,) = graph.substitute([node], defined) if node in reached or defined else [node]
        if now in reached and graph.args[now] and graph.ops[now] != "index":
            own[now] = label
    plan = make_plan(graph, [*nodes, *own])
    if len(plan.steps) > MOST_STEPS:
        message = f"this has {len(plan.steps)} operations, a source has at most {MOST_STEPS}"
        raise DcalcError("limit", message, hint="export the value, or derivatives in fewer inputs (--wrt)")
    count = len(nodes)
    slots = dict(zip(plan.outputs[count:], own.values(), strict=True))
    computed = {step.slot for step in plan.steps}
    plan = plan._replace(outputs=plan.outputs[:count], shapes=plan.shapes[:count])
    arguments = _arguments(asked, graph, nodes, order)
    point, values = _tried(graph, nodes, asked.point, arguments, given)
    where = [node for node in graph.reachable([asked.output]) if node < len(graph)]
    return Job(
        text, name, plan, arguments, [one.name for one in asked.variables], results,
        {slot: label for slot, label in slots.items() if slot in computed}, point,
        [_numbers(one, values) for one in results],
        _domains(graph, where), *_bends(asked, any(kind != "value" for kind in what)),
    )  # fmt: skip


def _flat(asked: Problem) -> tuple[Problem, Shape]:
    """The problem with an array that is written out in numbers as a vector of them, and its shape."""
    graph, shape = asked.graph, asked.shape
    parts = [asked.output]
    for _ in shape:
        if any(graph.ops[part] != "vector" for part in parts):
            return asked, shape
        parts = [arg for part in parts for arg in graph.args[part]]
    if len(shape) < 2:
        return asked, shape
    node = graph.vector(tuple(parts))
    return Problem(graph, node, asked.variables, asked.point, asked.conditions, asked.bends), shape


def _result(asked: Problem, kind: str, shape: Shape, nodes: list[int]) -> Result:
    """A result, whose nodes are put behind the others."""
    graph, m, n = asked.graph, asked.m, asked.n
    if kind == "value":
        start, pieces = 0, []
        for row in asked.rows:
            pieces.append(Piece(len(nodes), start, 1, graph.size(row)))
            nodes.append(row)
            start += graph.size(row)
        return Result(kind, shape, pieces, [shape])
    if not asked.variables:
        raise DcalcError("usage", "there is no input to differentiate in", hint="--what value exports the value alone")
    if kind == "grad" and shape:
        message = f"a gradient is of a number, this is {name_of(shape)}"
        raise DcalcError("shape", message, hint="--what jac exports its Jacobian")
    hold_size(m, n, 2 if kind == "hess" else 1)
    # A loop backwards would keep all states; forwards a loop stays a loop.
    backend = "forward" if graph.loops([asked.output]) else "auto"
    form = "jac" if kind == "grad" else kind
    pieces = []
    for node, places in placed(graph, derivative_parts(asked, form, backend), extent(asked, form), 0):
        if graph.attrs[node] == 0 and graph.is_const(node):
            continue
        step = places[1] - places[0] if len(places) > 1 else 1
        pieces.append(Piece(len(nodes), places[0], step, len(places)))
        nodes.append(node)
    if kind == "grad":
        return Result(kind, (n,), pieces, [variable.shape for variable in asked.variables])
    made = (m, n) if kind == "jac" else (m, n, n) if shape else (n, n)
    return Result(kind, made, pieces, [made])


def _arguments(asked: Problem, graph: Graph, nodes: Sequence[int], order: Sequence[str]) -> list[tuple[str, Shape]]:
    """All inputs: those in `order` first, then the others in the order of the text."""
    reached = [node for node in graph.reachable([asked.output, *nodes]) if graph.ops[node] == "input"]
    found = {graph.attrs[node]: graph.shapes[node] for node in reached}
    found = {name: shape for name, shape in found.items() if not name.startswith(" ")}
    for one in asked.variables:
        found.setdefault(one.name, one.shape)
    first = [name for name in order if name in found]
    return [(name, found[name]) for name in [*first, *(name for name in found if name not in first)]]


def _tried(
    graph: Graph,
    nodes: Sequence[int],
    point: Mapping[str, PointValue],
    arguments: Sequence[tuple[str, Shape]],
    given: Mapping[str, PointValue],
) -> tuple[dict[str, Any], list[Any]]:
    """A point where all numbers are finite, the user's own if he gave it, and the values there."""
    held = {name: point[name] for name, _ in arguments if name in given}
    shapes = dict(arguments)
    first: tuple[dict[str, Any], list[Any]] | None = None
    for one in islice(points(shapes, held), MOST_TRIED):
        values = evaluate(graph, nodes, one)
        first = first or (one, values)
        if all(math.isfinite(x) for value in values for x in _row(value)):
            return {name: one[name] for name in shapes}, values
    assert first is not None
    return {name: first[0][name] for name in shapes}, first[1]


def _row(value: Any) -> list[float]:
    return [value] if isinstance(value, float) else value.ravel().tolist()


def _numbers(result: Result, values: Sequence[Any]) -> list[float]:
    found = [0.0] * result.size
    for piece in result.pieces:
        row = _row(values[piece.output])
        for k in range(piece.length):
            found[piece.start + k * piece.step] = row[k]
    return found


def _domains(graph: Graph, order: Sequence[int]) -> list[str]:
    """`log(x - 1) needs x - 1 > 0`, of the small ones."""
    found: dict[str, None] = {}
    for node in order:
        entry = TABLE.get(graph.ops[node])
        if entry is None or not entry.domain or len(entry.domain) > 12 or not is_small(graph, node, MOST_NODES):
            continue
        if graph.ops[node] == "/" and graph.is_const(graph.args[node][1]):
            continue
        words = dict(zip(entry.parameters, [unparse(to_ast(graph, arg)) for arg in graph.args[node]], strict=False))
        parts = entry.domain.split(" ")
        needs = " ".join(words.get(part, part) for part in parts)
        found[f"{unparse(to_ast(graph, node))} needs {needs}"] = None
    return list(found)[:MOST_REMARKS]


def _bends(asked: Problem, derived: bool) -> tuple[list[str], list[str]]:
    """Where there is no derivative, and what it is taken to be there."""
    if not derived:
        return [], []
    graph = asked.graph
    found: dict[str, None] = {}
    ops: dict[str, None] = {}
    for kink in kinks(graph, [asked.output], asked.leaves):
        ops[graph.ops[kink.node]] = None
        if kink.inside is None and is_small(graph, kink.zero, MOST_NODES):
            found[f"where {unparse(to_ast(graph, kink.zero))} = 0 ({graph.ops[kink.node].removesuffix('[]')})"] = None
        else:
            found["where one of its kinks is met (" + graph.ops[kink.node].removesuffix("[]") + ")"] = None
    conventions = []
    for op in ops:
        entry = TABLE.get(op)
        if entry is None or entry.truth:
            continue
        shown = f"{entry.word}({', '.join(entry.parameters)})"
        if entry.choices[0]:
            first, second = [f"{one}'" if one.isalpha() else one for one in entry.choices]
            conventions.append(f"{shown}' is {first} where {entry.when}, else {second}")
        elif entry.kind == "elementwise" and len(entry.d) == 1:
            remark = ", with sign(0) = 0" if "sign" in entry.d[0] else ""
            conventions.append(f"{shown}' is {entry.d[0]}{remark}")
        elif op in ("hypot", "norm[]"):
            conventions.append(f"{shown}' is 0 at 0")
        elif entry.picks:
            conventions.append(f"{shown}' is that of the last one chosen")
    return list(found)[:MOST_REMARKS], conventions[:MOST_REMARKS]
