"""One-sided derivatives: a forward sweep whose choices break ties on the tangents.

Along a direction, `u > v` at u = v holds just beyond the point where u̇ > v̇. Where the tangents tie too, or where
the function jumps, no one-sided derivative is determined and the tangent is not a number. (Piecewise
differentiable functions: Griewank and Walther, chapter 14; Scholtes, *Introduction to Piecewise Differentiable
Equations*.)
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.build import Builder
from ..graph.graph import Graph
from ..primitives import TABLE
from .rules import Rules

#: How a comparison at a tie is decided by the tangents, as a formula over du and dv.
_BEYOND = {"<": "du < dv", "<=": "du < dv", ">": "du > dv", ">=": "du > dv", "==": "0", "!=": "1"}


def one_sided(graph: Graph, outputs: Sequence[int], leaf: int, *, backward: bool = False) -> list[int]:
    """The nodes of the one-sided derivatives of the outputs along one leaf.

    backward: approach from the left, that is minus the derivative along the negative direction. At the point a
    node is `nan` where it is not determined.
    """
    builder = Builder(graph)
    rules = Rules(builder)
    zero, nan = builder.zero, graph.const("nan")
    tangents: dict[int, int] = {leaf: builder.const(-1 if backward else 1)}
    #: truth-valued node -> its value just beyond the point
    beyond: dict[int, int] = {}

    for node in graph.reachable(outputs):
        args = graph.args[node]
        if node in tangents or not any(arg in tangents or arg in beyond for arg in args):
            continue
        entry = rules.entry(node)
        if entry is None:
            continue
        # A truth value used as a number is constant on either side: its tangent is 0 unless it jumps.
        moved = tuple(_still(builder, a, beyond) if a in beyond else tangents.get(a, zero) for a in args)
        if entry.truth:
            values = tuple(beyond.get(arg, arg) for arg in args)
            beyond[node] = (_comparison if entry.kink else _logic)(builder, entry.name, values, moved)
            continue
        if entry.kind == "selection":
            tangents[node] = _selection(rules, node, moved, beyond)
            continue
        total = zero
        for position, arg in enumerate(args):
            if arg in tangents or arg in beyond:
                partial = rules.partial(entry, node, position)
                if partial != zero and moved[position] != zero:
                    total = builder.add(total, builder.mul(partial, moved[position]))
        if entry.jumps:
            total = _unless_jump(builder, moved, total)
        if entry.one_sided:
            at_kink = builder.apply("==", (rules.formula(entry, entry.kink, node), zero))
            aside = rules.formula(entry, entry.one_sided, node, moved)
            if entry.jumps:
                aside = builder.select(_all_tie(builder, moved), nan, aside)
            total = builder.select(at_kink, aside, total)
        tangents[node] = total

    results = []
    for output in outputs:
        tangent = _still(builder, output, beyond) if output in beyond else tangents.get(output, zero)
        results.append(builder.neg(tangent) if backward and tangent not in (zero, nan) else tangent)
    return results


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


def _logic(builder: Builder, op: str, values: tuple[int, ...], moved: tuple[int, ...]) -> int:
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
