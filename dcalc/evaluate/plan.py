"""The plan of an evaluation: live nodes in order, with entries that are defined by a formula written out.

`scalar` and `array` run the same plan; they differ in the kernels alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..graph.build import Builder
from ..graph.graph import STRUCTURAL, Graph
from ..graph.template import template
from ..primitives import TABLE


class Step(NamedTuple):
    """One operation: values[slot] = op(values[a] for a in args)."""

    slot: int
    op: str
    args: tuple[int, ...]
    attr: Any


class Plan(NamedTuple):
    """What to compute, in order, in `size` slots."""

    size: int
    #: (slot, constant) and (slot, input's name, component or None)
    constants: list[tuple[int, Any]]
    inputs: list[tuple[int, str, int | None]]
    steps: list[Step]
    #: the slots of the outputs that were asked for
    outputs: list[int]


def make_plan(graph: Graph, outputs: Sequence[int]) -> Plan:
    """The plan that computes scalar nodes of a graph."""
    # Entries without a kernel of their own are written out into a graph beside: users see the node, not its insides.
    target = Graph()
    builder = Builder(target)
    place: dict[int, int] = {}
    for node in graph.reachable(outputs):
        op, attr = graph.ops[node], graph.attrs[node]
        args = tuple(place[arg] for arg in graph.args[node])
        if op in STRUCTURAL:
            place[node] = target.emit(op, args, attr, graph.shapes[node])
            continue
        entry = TABLE[op]
        if entry.value is None:
            place[node] = target.emit(op, args, attr)
        else:
            place[node] = _written_out(builder, op, args, attr)
    return _number(target, [place[node] for node in outputs])


def _written_out(builder: Builder, op: str, args: tuple[int, ...], static: Any) -> int:
    """The value formula of an entry; entries in it that have formulas themselves are written out in turn."""
    entry = TABLE[op]
    assert entry.value is not None
    if entry.static:
        args = (builder.const(static), *args)
    inner = template(entry.value, entry.parameters, static)
    done: list[int] = []
    for name, places, attr in inner.nodes:
        values = tuple(done[a] if a >= 0 else args[-1 - a] for a in places)
        if name == "const":
            done.append(builder.graph.emit("const", (), attr))
        elif TABLE[name].value is not None:
            done.append(_written_out(builder, name, values, attr))
        else:
            done.append(builder.apply(name, values, attr))
    return done[inner.output] if inner.output >= 0 else args[-1 - inner.output]


def _number(graph: Graph, outputs: list[int]) -> Plan:
    """Slots for the live nodes."""
    slots: dict[int, int] = {}
    constants: list[tuple[int, Any]] = []
    inputs: list[tuple[int, str, int | None]] = []
    steps: list[Step] = []
    for node in graph.reachable(outputs):
        slot = slots[node] = len(slots)
        op, args, attr = graph.ops[node], graph.args[node], graph.attrs[node]
        if op == "const":
            constants.append((slot, attr))
        elif op == "input":
            if not graph.shapes[node]:
                inputs.append((slot, attr, None))
        elif op == "index":
            inputs.append((slot, graph.attrs[args[0]], attr))
        elif op != "vector":
            steps.append(Step(slot, op, tuple(slots[arg] for arg in args), attr))
    return Plan(len(slots), constants, inputs, steps, [slots[node] for node in outputs])
