"""The plan of an evaluation: live nodes in order, with entries that are defined by a formula written out.

All interpreters run the same plan; they differ in the kernels alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..collecting import paused
from ..graph.build import Builder
from ..graph.graph import STRUCTURAL, Graph
from ..graph.shapes import Places, Shape
from ..graph.template import template
from ..primitives import TABLE


class Step(NamedTuple):
    """One operation: values[slot] = op(values[a] for a in args)."""

    slot: int
    op: str
    args: tuple[int, ...]
    attr: Any
    #: of the result and of the arguments
    shape: Shape = ()
    shapes: tuple[Shape, ...] = ()


class Input(NamedTuple):
    """A value of the point, or where `places` is not None the number there in an array."""

    slot: int
    name: str
    places: Places | None
    shape: Shape = ()


class Plan(NamedTuple):
    """What to compute, in order, in `size` slots."""

    size: int
    #: (slot, constant)
    constants: list[tuple[int, Any]]
    inputs: list[Input]
    steps: list[Step]
    #: the slots of the outputs that were asked for, and their shapes
    outputs: list[int]
    shapes: list[Shape]
    #: whether every value is a number; arrays are only inputs that numbers are picked from
    scalar: bool


def make_plan(graph: Graph, outputs: Sequence[int]) -> Plan:
    """The plan that computes nodes of a graph."""
    with paused:
        return _planned(graph, outputs)


def _planned(graph: Graph, outputs: Sequence[int]) -> Plan:
    order = graph.reachable(outputs)
    ops = graph.ops
    if all(op in STRUCTURAL or TABLE[op].value is None for op in {ops[node] for node in order}):
        return _number(graph, order, outputs)
    # Entries without a kernel of their own are written out into a graph beside: users see the node, not its insides.
    target = Graph()
    builder = Builder(target)
    place: dict[int, int] = {}
    for node in order:
        op, attr, shape = graph.ops[node], graph.attrs[node], graph.shapes[node]
        args = tuple(place[arg] for arg in graph.args[node])
        if op in STRUCTURAL or TABLE[op].value is None:
            place[node] = target.emit(op, args, attr, () if args else shape)
        else:
            # Folding may leave fewer numbers than the node has (0*u is 0): elementwise they would do, elsewhere not.
            place[node] = target.full(_written_out(builder, op, args, attr), shape)
    wanted = [place[node] for node in outputs]
    return _number(target, target.reachable(wanted), wanted)


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


def _number(graph: Graph, order: Sequence[int], outputs: Sequence[int]) -> Plan:
    """Slots for the live nodes, which `order` holds."""
    ops, shapes, arguments, attrs = graph.ops, graph.shapes, graph.args, graph.attrs
    picked = {node for node in order if ops[node] == "index" and not shapes[node] and _input(graph, node)}
    # An array that only single numbers are picked from needs no slot.
    unused = _only_picked(graph, order, picked, outputs) if picked else picked
    slots: dict[int, int] = {}
    constants: list[tuple[int, Any]] = []
    inputs: list[Input] = []
    steps: list[Step] = []
    scalar = True
    new = tuple.__new__  # (a Step of a million, without the checks of its constructor)
    scalars = [(), ((),), ((), ()), ((), (), ())]
    for node in order:
        op, args, shape = ops[node], arguments[node], shapes[node]
        if not args:
            if node in unused:
                continue
            slot = slots[node] = len(slots)
            if op == "const":
                constants.append((slot, attrs[node]))
            else:
                inputs.append(Input(slot, attrs[node], None, shape))
                scalar = scalar and not shape
            continue
        slot = slots[node] = len(slots)
        if node in picked:
            inputs.append(Input(slot, attrs[args[0]], attrs[node]))
            continue
        given: tuple[Shape, ...] = tuple([shapes[arg] for arg in args])
        if len(given) < len(scalars) and given == scalars[len(given)]:
            given = scalars[len(given)]  # one for all
            scalar = scalar and not shape
        else:
            scalar = scalar and not shape and not any(given)
        steps.append(new(Step, (slot, op, tuple([slots[arg] for arg in args]), attrs[node], shape, given)))
    wanted = [slots[node] for node in outputs]
    return Plan(len(slots), constants, inputs, steps, wanted, [shapes[node] for node in outputs], scalar)


def _only_picked(graph: Graph, order: Sequence[int], picked: set[int], outputs: Sequence[int]) -> set[int]:
    """The inputs that are arrays of which only single numbers are used."""
    bases = {graph.args[node][0] for node in picked}.difference(outputs)
    for node in order:
        if node not in picked and not bases.isdisjoint(graph.args[node]):
            bases.difference_update(graph.args[node])
    return bases


def _input(graph: Graph, node: int) -> bool:
    return graph.ops[graph.args[node][0]] == "input"
