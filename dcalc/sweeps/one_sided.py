"""One-sided derivatives: a forward sweep whose choices break ties on the tangents.

Along a direction, `u > v` at u = v holds just beyond the point where u̇ > v̇. Where the tangents tie too, or where
the function jumps, no one-sided derivative is determined and the tangent is not a number. (Piecewise
differentiable functions: Griewank and Walther, chapter 14; Scholtes, *Introduction to Piecewise Differentiable
Equations*.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph.build import Builder
from ..graph.graph import LOOPS, Graph
from ..primitives import TABLE
from ..primitives.entry import Primitive
from . import loops, moves
from .rules import Rules

#: How a comparison at a tie is decided by the tangents, as a formula over du and dv.
_BEYOND = {"<": "du < dv", "<=": "du < dv", ">": "du > dv", ">=": "du > dv", "==": "0", "!=": "1"}


def one_sided(
    graph: Graph,
    outputs: Sequence[int],
    leaf: int,
    *,
    backward: bool = False,
    seed: int | None = None,
    mask: int | None = None,
) -> list[int]:
    """The nodes of the one-sided derivatives of the outputs along one leaf, each of its output's shape.

    backward: approach from the left, that is minus the derivative along the negative direction. At the point a
    node is `nan` where it is not determined. seed: of an array, the direction; mask: where that is not 0.
    """
    return _OneSided(graph, leaf, backward, seed, mask).sweep(outputs)


def along(graph: Graph, outputs: Sequence[int], seeds: Mapping[int, int]) -> list[int]:
    """The same of several leaves at once, each with its tangent, ahead of the point."""
    swept = _OneSided(graph, -1, False, None, None)
    swept.tangents = dict(seeds)
    return swept.sweep(outputs)


class _OneSided:
    def __init__(self, graph: Graph, leaf: int, backward: bool, seed: int | None, mask: int | None) -> None:
        self.graph = graph
        self.builder = builder = Builder(graph)
        self.rules = Rules(builder)
        self.backward = backward
        ahead = builder.one if seed is None else seed
        self.tangents: dict[int, int] = {leaf: builder.neg(ahead) if backward else ahead}
        #: truth-valued node -> its value just beyond the point
        self.beyond: dict[int, int] = {}
        #: node -> where its tangent may be other than 0
        self.masks: dict[int, int] = {} if mask is None else {leaf: mask}

    def sweep(self, outputs: Sequence[int]) -> list[int]:
        graph, builder, tangents, beyond = self.graph, self.builder, self.tangents, self.beyond
        for node in graph.reachable(outputs):
            args = graph.args[node]
            moving = [arg for arg in args if arg in tangents or arg in beyond]
            if node in tangents or not moving:
                continue
            # A truth value used as a number is constant on either side: its tangent is 0 unless it jumps.
            moved = tuple(_still(builder, a, beyond) if a in beyond else tangents.get(a, builder.zero) for a in args)
            entry = self.rules.entry(node)
            if graph.ops[node] in LOOPS:
                tangents[node] = loops.tangent(builder, node, moved, "one_sided")
                continue
            if entry is None:
                tangents[node] = moves.tangent(builder, node, moved)
                if all(arg in self.masks for arg in moving):
                    self.masks[node] = moves.tangent(builder, node, [self.masks.get(arg) for arg in args])
                continue
            if entry.kind not in ("elementwise", "selection"):
                tangents[node] = self._of_array(entry, node, moved)
                continue
            mask = self._mask(moving)
            if mask is not None:
                self.masks[node] = mask
            if entry.truth:
                values = tuple(beyond.get(arg, arg) for arg in args)
                ahead = (_comparison if entry.kink else _logic)(builder, entry.name, values, moved)
                beyond[node] = ahead if mask is None else builder.select(mask, ahead, node)
                continue
            if entry.kind == "selection":
                tangent = _selection(self.rules, node, moved, beyond)
            else:
                tangent = self._elementwise(entry, node, moved)
            tangents[node] = tangent if mask is None else builder.select(mask, tangent, builder.zero)
        results = []
        for output in outputs:
            known = output in beyond
            tangent = _still(builder, output, beyond) if known else tangents.get(output, builder.zero)
            still = tangent in (builder.zero, graph.const("nan"))
            tangent = builder.neg(tangent) if self.backward and not still else tangent
            results.append(graph.full(tangent, graph.shapes[output]))
        return results

    def _mask(self, moving: list[int]) -> int | None:
        """Where a tangent that is made of these arguments' elementwise may be other than 0; None for everywhere."""
        union: int | None = None
        for arg in moving:
            mask = self.masks.get(arg)
            if mask is None:
                return None
            union = self.builder.either(union, mask)
        return union

    def _elementwise(self, entry: Primitive, node: int, moved: tuple[int, ...]) -> int:
        builder, rules, zero = self.builder, self.rules, self.builder.zero
        total = zero
        for position, tangent in enumerate(moved):
            if tangent != zero:
                partial = rules.partial(entry, node, position)
                if partial != zero:
                    total = builder.add(total, builder.mul(partial, tangent))
        if entry.jumps:
            total = _unless_jump(builder, moved, total)
        if entry.one_sided:
            at_kink = builder.apply("==", (rules.formula(entry, entry.kink, node), zero))
            aside = rules.formula(entry, entry.one_sided, node, moved)
            if entry.jumps:
                aside = builder.select(_all_tie(builder, moved), self.graph.const("nan"), aside)
            total = builder.select(at_kink, aside, total)
        return total

    def _of_array(self, entry: Primitive, node: int, moved: tuple[int, ...]) -> int:
        """The tangent of a reduction, or of a multilinear or opaque node."""
        builder, rules, graph = self.builder, self.rules, self.graph
        args = graph.args[node]
        total = builder.zero
        if entry.kind == "reduction":
            total, mask = rules.reduced(entry, node, moved[0], self.masks.get(args[0]))
            if mask is not None:
                self.masks[node] = mask
            if entry.one_sided:
                kink = rules.formula(entry, entry.kink, node)
                aside = rules.formula(entry, entry.one_sided, node, moved)
                kink, aside = (graph.reshape(one, graph.shapes[node]) for one in (kink, aside))
                total = builder.select(builder.apply("==", (kink, builder.zero)), aside, total)
            return total
        for position, tangent in enumerate(moved):
            if tangent != builder.zero:
                term = rules.tangent(entry, node, position, graph.full(tangent, graph.shapes[args[position]]))
                total = builder.add(total, term)
        return total


def _all_tie(builder: Builder, moved: tuple[int, ...]) -> int:
    """Whether the tangents that are there are all 0 in number: where to, only higher derivatives would tell."""
    ties = [builder.apply("==", (tangent, builder.zero)) for tangent in moved if tangent != builder.zero]
    result = builder.one
    for tie in ties:
        result = tie if result == builder.one else builder.apply("and", (result, tie))
    return result


def _comparison(builder: Builder, op: str, values: tuple[int, ...], moved: tuple[int, ...]) -> int:
    """A comparison's truth just beyond the point: at a tie the tangents decide; where they tie too, nan."""
    here = builder.apply(op, values)
    if moved == (builder.zero, builder.zero):
        return here
    symbol = _BEYOND[op].split()
    decided = builder.const(int(symbol[0])) if len(symbol) == 1 else builder.apply(symbol[1], moved)
    decided = builder.select(builder.apply("==", moved), builder.const("nan"), decided)
    return _unless_jump(builder, moved, builder.select(builder.apply("==", values), decided, here))


def _logic(builder: Builder, op: str, values: tuple[int, ...], _: tuple[int, ...]) -> int:
    """and, or, not just beyond the point: known where every truth value that is not determined could be either."""
    ends = [
        builder.apply(op, tuple(builder.select(builder.apply("==", (v, v)), v, end) for v in values))
        for end in (builder.zero, builder.one)
    ]
    return builder.select(builder.apply("==", (ends[0], ends[1])), ends[0], builder.const("nan"))


def _unless_jump(builder: Builder, moved: tuple[int, ...], decided: int) -> int:
    """nan where a tangent is not determined: what jumps may end on either side of a comparison."""
    gap = builder.sub(*moved) if len(moved) == 2 else moved[0]
    return builder.select(builder.apply("==", (gap, gap)), decided, builder.const("nan"))


def _still(builder: Builder, node: int, beyond: dict[int, int]) -> int:
    """The tangent of a truth value: 0 where it is the same beyond the point, nan where it jumps."""
    same = builder.apply("==", (node, beyond[node]))
    return builder.select(same, builder.zero, builder.const("nan"))


def _selection(rules: Rules, node: int, moved: tuple[int, ...], beyond: dict[int, int]) -> int:
    """The tangent of what is chosen just beyond the point; nan where that is another value than here."""
    builder, graph = rules.builder, rules.graph
    entry = TABLE[graph.ops[node]]
    condition, first, second = rules.choice(entry, node)
    args = graph.args[node]
    zero, nan = builder.zero, builder.const("nan")
    if entry.kink and graph.ops[condition] in _BEYOND:
        # Between two values that tie with equal tangents either choice is right.
        rates = (moved[0], moved[1] if len(moved) == 2 else zero)
        tie = builder.apply("==", graph.args[condition])
        ahead = builder.apply(_BEYOND[graph.ops[condition]].split()[1], rates)
        decided = _unless_jump(builder, rates, builder.select(tie, ahead, condition))
    elif condition in beyond:
        decided = beyond[condition]
    else:
        decided = _unless_jump(builder, moved[:1], condition)
    (a, da), (b, db) = ((args[k], moved[k]) if k is not None else (zero, zero) for k in (first, second))
    tangent = builder.select(decided, da, db)
    if decided == condition:
        return tangent
    value = builder.select(decided, a, b)
    # nan is a truth value that is not determined: it equals nothing, itself included.
    known = builder.apply("==", (decided, decided))
    continuous = builder.apply("==", (value, node))
    return builder.select(builder.apply("and", (known, continuous)), tangent, nan)
