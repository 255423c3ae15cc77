"""Reverse mode: adjoints are carried from one output back to the inputs.

ūᵢ += ȳ·∂f/∂uᵢ (Griewank and Walther, *Evaluating Derivatives*, 2nd ed., section 3.2). An adjoint that enters an
untaken branch of a selection carries its mask, and where adjoints meet the masked ones are *selected*, never
multiplied: whatever was computed in a branch that is not taken, an infinity or no number at all, is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from ..collecting import paused
from ..graph.build import Builder
from ..graph.graph import LEAVES, LOOPS, MOVES, Graph
from ..graph.shapes import Places, Shape, picked
from ..primitives import TABLE
from ..primitives.entry import Primitive
from ..progress import stage
from . import moves
from .rules import Rules

#: A contribution to an adjoint: the mask under which it counts (None: always), and its node.
Contribution = tuple[int | None, int]


class Adjoints:
    """The result of a reverse sweep: the nodes' adjoints, and where they come from."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        #: node -> its adjoint, in the order in which they were computed (from the output back)
        self.total: dict[int, int] = {}


def reverse(
    graph: Graph,
    output: int,
    leaves: Sequence[int],
    seed: int | None = None,
    mask: int | None = None,
    *,
    shown: bool = False,
    kept: dict[tuple[int, int], list[Contribution]] | None = None,
) -> Adjoints:
    """The adjoints of every node between one output and the leaves.

    seed: the output's adjoint, 1 by default, and the mask under which it counts. Only nodes that depend on a leaf are
    visited, so a gradient with respect to the inputs of a network never computes that of its weights. An adjoint may
    be of a smaller shape that broadcasts to its node's. kept: takes (argument, user) -> what the one is handed by the
    other; by an index only for the part that it picks.
    """
    result = Adjoints()
    order = graph.reachable([output])
    active = graph.depending(order, set(leaves))
    with paused, stage("differentiating", len(active), "operations", lambda: len(result.total)):
        _sweep(result, graph, order, active, set(leaves), output, seed, mask, shown, kept)
    return result


def _sweep(
    result: Adjoints,
    graph: Graph,
    order: Sequence[int],
    active: Set[int],
    cut: Set[int],
    output: int,
    seed: int | None,
    mask: int | None,
    shown: bool,
    kept: dict[tuple[int, int], list[Contribution]] | None,
) -> None:
    builder = Builder(graph)
    rules = Rules(builder, shown=shown)
    shapes, zero, one, multiply = graph.shapes, builder.zero, builder.one, builder.apply
    pending: dict[int, list[Contribution]] = {output: [(mask, builder.one if seed is None else seed)]}
    #: node -> what its parts that were picked by an index are given
    parts: dict[int, dict[Places, list[Contribution]]] = {}

    def hand(user: int, arg: int, value: int, mask: int | None = None) -> None:
        known = pending.get(arg)
        if known is None:
            pending[arg] = [(mask, value)]
        else:
            known.append((mask, value))
        if kept is not None:
            kept.setdefault((arg, user), []).append((mask, value))

    def give(user: int, arg: int, mask: int | None, value: int) -> None:
        if shapes[arg] != shapes[user]:  # it was broadcast: it counts where any of its copies does
            value = moves.unbroadcast(builder, _counted(builder, mask, value), shapes[user], shapes[arg])
            if mask is not None and shapes[mask]:
                mask = moves.unbroadcast(builder, mask, shapes[user], shapes[arg])
        hand(user, arg, value, mask)

    for node in reversed(order):
        clean = False  # whether the adjoint is 0 already where the mask is
        if node in parts:
            clean = node not in pending
            mine = _gather(builder, graph.shapes[node], parts.pop(node))
            pending.setdefault(node, []).append((None, mine[1]) if shown else mine)
        if node not in pending or node not in active:
            continue
        given = pending.pop(node)
        mask, adjoint = given[0] if len(given) == 1 else _meet(builder, given)
        # What leaves the sweep is selected here, since nobody later knows of the mask.
        result.total[node] = adjoint if clean else _counted(builder, mask, adjoint)
        op, args = graph.ops[node], graph.args[node]
        if node in cut or op in LEAVES:
            continue
        if op == "index":
            if args[0] in active:
                parts.setdefault(args[0], {}).setdefault(graph.attrs[node], []).append((mask, adjoint))
                if kept is not None:
                    kept[args[0], node] = [(mask, adjoint)]
            continue
        if op in LOOPS:
            from . import loops  # loads what few graphs need

            wanted = [position for position, arg in enumerate(args) if arg in active]
            whole = graph.full(result.total[node], graph.shapes[node])
            for position, value in loops.adjoints(builder, node, whole, wanted).items():
                hand(node, args[position], value, _anywhere(builder, mask))
            continue
        if op in MOVES:
            # What was picked of an array that all rounds of a loop share is selected already, in one place of many.
            masks = moves.adjoints(builder, node, mask) if mask is not None and op != "pick" else [None] * len(args)
            handed = moves.adjoints(builder, node, result.total[node])
            for arg, part, where in zip(args, handed, masks, strict=True):
                if arg in active:
                    hand(node, arg, part, where)
            continue
        entry = TABLE[op]
        if entry.kind == "selection":
            condition, first, second = rules.choice(entry, node)
            if first is not None and first == second:
                if args[first] in active:
                    give(node, args[first], mask, adjoint)
                continue
            if first is not None and args[first] in active:
                give(node, args[first], _both(builder, mask, condition), adjoint)
            if second is not None and args[second] in active:
                give(node, args[second], _both(builder, mask, builder.apply("not", (condition,))), adjoint)
        elif entry.kind == "elementwise":
            for position, arg in enumerate(args):
                if arg in active:
                    partial = rules.partial(entry, node, position)
                    if partial != zero:
                        give(node, arg, mask, adjoint if partial == one else multiply("*", (adjoint, partial)))
        elif entry.kind == "reduction":
            partial = rules.partial(entry, node, 0)
            spread = rules.kept(entry, node, result.total[node])
            where = None if mask is None else rules.kept(entry, node, mask)
            if entry.picks:
                hand(node, args[0], spread, _both(builder, where, partial))
            else:
                hand(node, args[0], builder.mul(spread, partial), where)
        else:
            whole = graph.full(result.total[node], graph.shapes[node])
            for position, arg in enumerate(args):
                if arg in active:
                    value = rules.adjoint(entry, node, position, whole)
                    if value != builder.zero:
                        hand(node, arg, value, _through(rules, entry, node, mask))


def gradient(
    graph: Graph,
    output: int,
    leaves: Sequence[int],
    seed: int | None = None,
    mask: int | None = None,
    *,
    shown: bool = False,
) -> list[int]:
    """The nodes of d output / d leaf for each leaf, each of the leaf's shape, by one reverse sweep."""
    total = reverse(graph, output, leaves, seed, mask, shown=shown).total
    zero = graph.const(0)
    return [graph.full(total.get(leaf, zero), graph.shapes[leaf]) for leaf in leaves]


def _gather(builder: Builder, shape: Shape, parts: Mapping[Places, list[Contribution]]) -> Contribution:
    """The adjoint of an array from what its parts are given, and where any of them is."""
    graph = builder.graph
    values: dict[Places, int] = {}
    masks: dict[Places, int] = {}
    for places, given in parts.items():
        mask, value = _meet(builder, given)
        picked_shape = picked(shape, places)
        values[places] = graph.full(_counted(builder, mask, value), picked_shape)
        masks[places] = graph.full(builder.one if mask is None else mask, picked_shape)
    return moves.gathered(builder, shape, masks), moves.gathered(builder, shape, values)


def _through(rules: Rules, entry: Primitive, node: int, mask: int | None) -> int | None:
    """The mask of what a multilinear or opaque node hands on.

    A linear function of one argument takes it as it takes the adjoint. Products mix what is masked with what is not,
    unless all of it is.
    """
    graph = rules.graph
    if mask is None or not graph.shapes[mask]:
        return mask
    if entry.kind == "multilinear" and len(graph.args[node]) == 1:
        return rules.adjoint(entry, node, 0, graph.full(mask, graph.shapes[node]))
    return None


def _anywhere(builder: Builder, mask: int | None) -> int | None:
    """Whether any number of a mask counts; None where that is known."""
    graph = builder.graph
    if mask is None or mask == builder.one or not graph.shapes[mask]:
        return None if mask == builder.one else mask
    if graph.ops[mask] == "vector" and builder.one in graph.args[mask]:
        return None
    return graph.emit("max[]", (mask,))


def _counted(builder: Builder, mask: int | None, value: int) -> int:
    return value if mask is None else builder.select(mask, value, builder.zero)


def _both(builder: Builder, mask: int | None, condition: int) -> int:
    return condition if mask is None else builder.apply("and", (mask, condition))


def _meet(builder: Builder, contributions: list[Contribution]) -> Contribution:
    """The sum of contributions and the mask under which any of it counts."""
    masks = {mask for mask, _ in contributions}
    alike = len(masks) == 1
    total: int | None = None
    if alike and None in masks:
        for _, value in contributions:
            total = value if total is None else builder.apply("+", (total, value))
    for mask, value in contributions if total is None else ():
        if not alike and mask is not None:
            value = builder.select(mask, value, builder.zero)
        total = value if total is None else builder.add(total, value)
    assert total is not None
    if alike:
        return contributions[0][0], total
    if None in masks:
        return None, total
    union: int | None = None
    for mask, _ in contributions:
        assert mask is not None
        union = builder.either(union, mask)
    return union, total
