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
        moved = tuple(tangents.get(arg, zero) for arg in args)
        if entry.truth:
            if entry.kink:
                beyond[node] = _beyond(builder, node, moved)
            else:
                beyond[node] = builder.apply(entry.name, tuple(beyond.get(arg, arg) for arg in args))
            continue
        if any(arg in beyond for arg in args) and entry.kind != "selection":
            # A truth value used as a number: constant on either side, so its tangent is 0 unless it jumps.
            moved = tuple(_still(builder, a, beyond) if a in beyond else m for a, m in zip(args, moved, strict=True))
        if entry.kind == "selection":
            tangents[node] = _selection(rules, node, tangents, beyond)
            continue
        total = zero
        for position, arg in enumerate(args):
            if arg in tangents or arg in beyond:
                partial = rules.partial(entry, node, position)
                if partial != zero and moved[position] != zero:
                    total = builder.add(total, builder.mul(partial, moved[position]))
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


def _beyond(builder: Builder, node: int, moved: tuple[int, ...]) -> int:
    """A comparison's truth just beyond the point: at a tie the tangents decide; where they tie too, nan."""
    graph = builder.graph
    u, v = graph.args[node]
    du, dv = moved
    op = graph.ops[node]
    symbol = _BEYOND[op].split()
    decided = builder.const(int(symbol[0])) if len(symbol) == 1 else builder.apply(symbol[1], (du, dv))
    undecided = builder.apply("==", (du, dv))
    tie = builder.apply("==", (u, v))
    return builder.select(tie, builder.select(undecided, graph.const("nan"), decided), node)


def _still(builder: Builder, node: int, beyond: dict[int, int]) -> int:
    """The tangent of a truth value: 0 where it is the same beyond the point, nan where it jumps."""
    same = builder.apply("==", (node, beyond[node]))
    return builder.select(same, builder.zero, builder.const("nan"))


def _selection(rules: Rules, node: int, tangents: dict[int, int], beyond: dict[int, int]) -> int:
    """The tangent of what is chosen just beyond the point; nan where that is another value than here."""
    builder, graph = rules.builder, rules.graph
    entry = TABLE[graph.ops[node]]
    condition, first, second = rules.choice(entry, node)
    args = graph.args[node]
    zero, nan = builder.zero, builder.const("nan")
    if condition in beyond:
        decided = beyond[condition]
    elif entry.kink and graph.ops[condition] in _BEYOND:
        u, v = graph.args[condition]
        decided = _beyond_choice(builder, condition, tangents.get(u, zero), tangents.get(v, zero))
    else:
        decided = condition
    a, b = (args[first] if first is not None else zero), (args[second] if second is not None else zero)
    da, db = tangents.get(a, zero), tangents.get(b, zero)
    tangent = builder.select(decided, da, db)
    if decided == condition:
        return tangent
    value = builder.select(decided, a, b)
    # nan is a truth value that is not determined: it equals nothing, itself included.
    known = builder.apply("==", (decided, decided))
    continuous = builder.apply("==", (value, node))
    return builder.select(builder.apply("and", (known, continuous)), tangent, nan)


def _beyond_choice(builder: Builder, condition: int, du: int, dv: int) -> int:
    """Like `_beyond`, for a choice between two values that tie: equal tangents make either choice right."""
    u, v = builder.graph.args[condition]
    tie = builder.apply("==", (u, v))
    symbol = _BEYOND[builder.graph.ops[condition]].split()[1]
    return builder.select(tie, builder.apply(symbol, (du, dv)), condition)
