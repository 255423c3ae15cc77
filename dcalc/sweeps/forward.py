"""Forward mode: tangents are carried from the inputs to the outputs, any number of directions at once.

ẏ = Σᵢ (∂f/∂uᵢ)·u̇ᵢ (Griewank and Walther, *Evaluating Derivatives*, 2nd ed., section 3.1). What does not depend on
a seed has no tangent, not a zero one; selections choose a tangent, they never multiply by an indicator. A direction
through an array is one of its components at a time: where its seed is 0, and what elementwise operations make of it
there, is masked, so that an infinite partial of one component does not spoil the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ..collecting import paused
from ..graph.build import Builder
from ..graph.graph import LOOPS, MOVES, Graph
from ..primitives.entry import Primitive
from ..progress import stage
from . import moves
from .rules import Rules

#: Tangents of one node: direction -> node. A direction that is missing has the tangent 0.
Tangents = dict[int, int]
#: A rule for one node alone: from the tangents of its arguments (None where there is none) to its own.
Own: TypeAlias = Callable[[Rules, tuple[int | None, ...]], int]


def forward(
    graph: Graph,
    outputs: Sequence[int],
    seeds: Mapping[int, Mapping[int, int]],
    *,
    masks: Mapping[int, int] | None = None,
    shown: bool = False,
    own: Mapping[int, Own] | None = None,
    spots: Mapping[tuple[int, int], int] | None = None,
) -> dict[int, Tangents]:
    """The tangents of every node between seeds and outputs.

    seeds: node -> its tangents, direction -> node. The graph is cut at a seeded node: what it is made of does not
    matter. masks: direction -> where its seed is not 0; spots: (node, direction) -> the same where one direction goes
    through several seeds. Returns node -> tangents for the nodes that have any; a tangent may be of a smaller shape
    that broadcasts to its node's. own: nodes that have a rule of their own instead of the table's: what a slip would
    make of them.
    """
    sweep = _Forward(graph, seeds, masks or {}, shown, own or {})
    sweep.masks.update(spots or {})
    return sweep.sweep(outputs)


class _Forward:
    def __init__(
        self,
        graph: Graph,
        seeds: Mapping[int, Mapping[int, int]],
        masks: Mapping[int, int],
        shown: bool,
        own: Mapping[int, Own],
    ) -> None:
        self.graph = graph
        self.own = own
        self.builder = Builder(graph)
        self.rules = Rules(self.builder, shown=shown)
        self.tangents: dict[int, Tangents] = {node: dict(given) for node, given in seeds.items()}
        #: (node, direction) -> where the tangent may be other than 0; what is not here may be so everywhere
        self.masks = {(node, d): masks[d] for node, given in seeds.items() for d in given if d in masks}

    def sweep(self, outputs: Sequence[int]) -> dict[int, Tangents]:
        order = self.graph.reachable(outputs)
        with paused, stage("differentiating", len(order), "operations", lambda: len(self.tangents)):
            return self._sweep(order)

    def _sweep(self, order: Sequence[int]) -> dict[int, Tangents]:
        graph, tangents = self.graph, self.tangents
        for node in order:
            if node in tangents or not any(arg in tangents for arg in graph.args[node]):
                continue
            entry = self.rules.entry(node)
            if node in self.own:
                result = self._by_own(node)
            elif entry is None:
                result = self._move(node)
            elif entry.kind == "selection":
                result = self._select(entry, node)
            elif entry.kind == "elementwise":
                result = self._elementwise(entry, node)
            elif entry.kind == "reduction":
                result = self._reduce(entry, node)
            else:
                result = self._apply(entry, node)
            if result:
                tangents[node] = result
        return tangents

    def _by_own(self, node: int) -> Tangents:
        args, tangents, rule = self.graph.args[node], self.tangents, self.own[node]
        directions = dict.fromkeys(d for arg in args for d in tangents.get(arg, {}))
        return {d: rule(self.rules, tuple(tangents.get(arg, {}).get(d) for arg in args)) for d in directions}

    def _masked(self, value: int, arg: int, direction: int) -> int:
        mask = self.masks.get((arg, direction))
        return value if mask is None else self.builder.select(mask, value, self.builder.zero)

    def _hand_on(self, node: int, sources: Sequence[int], direction: int) -> None:
        """The mask of an elementwise result: where one of its arguments' tangents may be other than 0."""
        union: int | None = None
        for arg in sources:
            if direction in self.tangents.get(arg, ()):
                mask = self.masks.get((arg, direction))
                if mask is None:
                    return
                union = self.builder.either(union, mask)
        if union is not None:
            self.masks[node, direction] = union

    def _select(self, entry: Primitive, node: int) -> Tangents:
        builder, tangents, args = self.builder, self.tangents, self.graph.args[node]
        condition, first, second = self.rules.choice(entry, node)
        held = tangents.get(args[first], {}) if first is not None else {}
        other = tangents.get(args[second], {}) if second is not None else {}
        result: Tangents = {}
        for direction in (*held, *(d for d in other if d not in held)):
            pair = (held.get(direction, builder.zero), other.get(direction, builder.zero))
            result[direction] = builder.select(condition, *pair)
            self._hand_on(node, [args[k] for k in (first, second) if k is not None], direction)
        return result

    def _elementwise(self, entry: Primitive, node: int) -> Tangents:
        builder, args = self.builder, self.graph.args[node]
        result: Tangents = {}
        sources: dict[int, list[int]] = {}
        for position, arg in enumerate(args):
            if arg not in self.tangents:
                continue
            partial = self.rules.partial(entry, node, position)
            if partial == builder.zero:
                continue
            for direction, tangent in self.tangents[arg].items():
                product = self._masked(builder.mul(partial, tangent), arg, direction)
                result[direction] = builder.add(result[direction], product) if direction in result else product
                sources.setdefault(direction, []).append(arg)
        if self.masks:
            for direction, places in sources.items():
                self._hand_on(node, places, direction)
        return result

    def _reduce(self, entry: Primitive, node: int) -> Tangents:
        (arg,) = self.graph.args[node]
        result: Tangents = {}
        for direction, tangent in self.tangents[arg].items():
            result[direction], mask = self.rules.reduced(entry, node, tangent, self.masks.get((arg, direction)))
            if mask is not None:
                self.masks[node, direction] = mask
        return result

    def _apply(self, entry: Primitive, node: int) -> Tangents:
        builder, graph = self.builder, self.graph
        result: Tangents = {}
        for position, arg in enumerate(graph.args[node]):
            for direction, tangent in self.tangents.get(arg, {}).items():
                term = self.rules.tangent(entry, node, position, graph.full(tangent, graph.shapes[arg]))
                if term != builder.zero:
                    result[direction] = builder.add(result[direction], term) if direction in result else term
        if entry.kind == "multilinear" and self.masks:
            for direction in result:
                self._mix(entry, node, direction)
        return result

    def _mix(self, entry: Primitive, node: int, direction: int) -> None:
        """The mask of a sum of products: where one of the terms may be other than 0, if all the factors were 1."""
        builder, graph = self.builder, self.graph
        args = graph.args[node]
        union: int | None = None
        ones = tuple(graph.full(builder.one, graph.shapes[arg]) for arg in args)
        for position, arg in enumerate(args):
            if direction in self.tangents.get(arg, ()):
                mask = self.masks.get((arg, direction))
                if mask is None:
                    return
                moved = (*ones[:position], graph.full(mask, graph.shapes[arg]), *ones[position + 1 :])
                count = graph.emit(entry.name, moved, graph.attrs[node])
                union = count if union is None else builder.add(union, count)
        if union is not None:
            self.masks[node, direction] = union

    def _move(self, node: int) -> Tangents:
        if self.graph.ops[node] in LOOPS:
            return self._loop(node)
        if self.graph.ops[node] not in MOVES:
            return {}
        args = self.graph.args[node]
        result: Tangents = {}
        for direction in dict.fromkeys(d for arg in args for d in self.tangents.get(arg, {})):
            given = [self.tangents.get(arg, {}).get(direction) for arg in args]
            result[direction] = moves.tangent(self.builder, node, given)
            masks = [self.masks.get((arg, direction)) for arg in args]
            if all(mask is not None or one is None for mask, one in zip(masks, given, strict=True)):
                self.masks[node, direction] = moves.tangent(self.builder, node, masks)
        return result

    def _loop(self, node: int) -> Tangents:
        """The tangents of a loop; what masks say of its arguments is not known of what it makes of them."""
        from . import loops  # loads what few graphs need

        args, tangents = self.graph.args[node], self.tangents
        result: Tangents = {}
        for direction in dict.fromkeys(d for arg in args for d in tangents.get(arg, {})):
            given = [tangents.get(arg, {}).get(direction) for arg in args]
            result[direction] = loops.tangent(self.builder, node, given)
        return result
