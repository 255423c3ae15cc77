"""What is asked of the rounds of a loop that is a node: which round is the first on a kink, or not finite.

Each is a loop again, with one more state for each answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..graph.build import Builder
from ..graph.graph import MOVES, Graph
from ..graph.loops import Back, Loop, input_name
from ..graph.shapes import size
from ..primitives import TABLE
from .loops import Opened, closure


def reach(graph: Graph, builder: Builder, outputs: Sequence[int]) -> dict[int, int]:
    """Of the nodes that the outputs are made of: the truth value of whether one is looked at (`if`, `and`, `or`)."""
    where = dict.fromkeys(outputs, builder.one)
    for node in reversed(graph.reachable(outputs)):
        mine, op, args = where[node], graph.ops[node], graph.args[node]
        conditions = [mine] * len(args)
        if op in ("if", "and", "or") and not graph.shapes[args[0]]:
            held = _both(builder, mine, args[0])
            failed = _both(builder, mine, builder.apply("not", (args[0],)))
            conditions = [mine, held, failed] if op == "if" else [mine, held if op == "and" else failed]
        for arg, condition in zip(args, conditions, strict=True):
            known = where.get(arg)
            if known is None or condition == builder.one:
                where[arg] = condition
            elif known not in (builder.one, condition):
                where[arg] = builder.apply("or", (known, condition))
    return where


def _both(builder: Builder, mine: int, condition: int) -> int:
    return condition if mine == builder.one else builder.apply("and", (mine, condition))


class Inside(NamedTuple):
    """A node in the rounds of a loop: of which graph, and the outer node of the first round in which it matters."""

    graph: Graph
    node: int
    first: int


def kinks(builder: Builder, node: int, active: Sequence[bool]) -> list[Inside]:
    """The kinks in the rounds of a loop or of a way back, each with the first round on it.

    active: which arguments depend on what is differentiated in. Rounds are numbered by the loop's own numbers, plus
    1 - its first number; 0: in no round.
    """
    graph = builder.graph
    attr, args = graph.attrs[node], graph.args[node]
    loop = attr if isinstance(attr, Loop) else attr.loop
    inner = len(loop.shapes)
    moving = frozenset(k for k in range(inner) if active[k])
    key = ("kinks", moving)
    known = attr.made.get(key)
    if known is None:
        known = attr.made[key] = _kinks(loop, attr, moving)
    made, inside, places = known
    if made is None:
        return []
    zeros = [builder.zero] * len(places)
    whole = graph.emit("loop", (*args[: loop.count], *zeros, *args[loop.count : inner]), made)
    start = sum(map(size, loop.carried))
    return [Inside(inside, place, graph.index(whole, (start + k,))) for k, place in enumerate(places)]


def _kinks(loop: Loop, attr: Loop | Back, moving: frozenset[int]) -> tuple[Loop | None, Graph, list[int]]:
    """The loop that finds the kinks, and the kinked nodes in a graph."""
    from .kinks import kinks as of_graph

    opened = Opened(loop)
    graph, outputs, shift = opened.graph, list(opened.results), 0
    if isinstance(attr, Back):
        graph, outputs, shift = attr.body.graph.copy(), list(attr.body.results), attr.count
    builder = Builder(graph)
    leaves = [*closure(loop, moving), *(k + 1 for k in moving if k >= loop.count)]
    found = [kink for kink in of_graph(graph, outputs, [leaf + shift for leaf in leaves]) if kink.inside is None]
    if not found:
        return None, graph, []
    where = reach(graph, builder, outputs)
    places, moments = [], []
    for kink in found:
        at = builder.apply("==", (kink.zero, builder.zero))
        if graph.shapes[at]:
            at = graph.emit("max[]", (at,))
        places.append(kink.node)
        moments.append(_both(builder, where.get(kink.node, builder.one), at))
    if isinstance(attr, Back):
        moved = _moved(attr, graph, moments, opened)
        places = [place for place, moment in zip(places, moved, strict=True) if moment is not None]
        moments = [moment for moment in moved if moment is not None]
    return (with_firsts(loop, opened, moments), graph, places) if places else (None, graph, [])


def _moved(attr: Back, graph: Graph, nodes: Sequence[int], opened: Opened) -> list[int | None]:
    """Nodes of the rounds of a way back in the loop's own rounds; None for those that hang on what is carried."""
    count = attr.count
    place = {count + k: leaf for k, leaf in enumerate([*opened.states, opened.counter, *opened.given])}
    order = graph.reachable(nodes)
    behind = graph.depending(order, range(count))
    for node in order:
        if node not in behind and node not in place:
            args = tuple([place[arg] for arg in graph.args[node]])
            place[node] = opened.graph.emit(graph.ops[node], args, graph.attrs[node])
    return [place.get(node) for node in nodes]


def with_firsts(loop: Loop, opened: Opened, moments: Sequence[int]) -> Loop:
    """The loop with one more state for each of some truth values of its round: the first round in which it holds.

    Rounds are counted from 1; 0 stands for none.
    """
    graph, builder = opened.graph, opened.builder
    leaves, results = [], []
    for moment in moments:
        leaf = graph.input(input_name(len(graph)))
        count = builder.sub(opened.counter, builder.const(loop.first - 1))
        leaves.append(leaf)
        results.append(builder.select(leaf, leaf, builder.select(moment, count, builder.zero)))
    return opened.loop(loop, leaves, [], results)


#: Operations whose value is not finite where an argument is not: what is computed from an infinity shows it.
_TELLING = frozenset(("+", "-", "*", "neg"))


def watching(loop: Loop, *, always: bool = False) -> Loop | None:
    """The loop with the first round, counted from 1, in which something that is looked at is not finite.

    None where that shows in the final states, unless `always`.
    """
    key = ("watching", always)
    if key not in loop.made:
        loop.made[key] = _watching(loop, always)
    made: Loop | None = loop.made[key]
    return made


def _watching(loop: Loop, always: bool) -> Loop | None:
    opened = Opened(loop)
    graph, builder = opened.graph, opened.builder
    where = reach(graph, builder, opened.results)
    order = [node for node in where if node < len(loop.body.graph)]
    users: dict[int, list[int]] = {node: [] for node in order}
    for node in order:
        if graph.ops[node] in _TELLING and where[node] == builder.one:
            for arg in graph.args[node]:
                users[arg].append(node)
    watched = [node for node in order if _can_fail(graph, node)]
    if not always:
        lasting = set(range(loop.count))
        while True:
            told = {opened.results[k] for k in lasting if where[opened.results[k]] == builder.one}
            for node in sorted(order, reverse=True):
                if any(user in told for user in users[node]):
                    told.add(node)
            fewer = {k for k in lasting if opened.states[k] in told}
            if fewer == lasting:
                break
            lasting = fewer
        if all(node in told for node in watched):
            return None
    # Of a chain of sums and products the last one tells all.
    watched = [node for node in watched if not users[node]]
    total = builder.zero
    for node in sorted(watched):
        none = graph.emit("*", (builder.zero, node))  # 0, or not a number
        if graph.shapes[node]:
            none = graph.emit("sum[]", (none,))
        total = builder.add(total, builder.select(where[node], none, builder.zero))
    moment = graph.emit("!=", (total, total))
    for node in watched:
        inner = failing(builder, node) if graph.ops[node] == "loop" else None
        if inner is not None:
            moment = builder.apply("or", (moment, _both(builder, where[node], inner)))
    return with_firsts(loop, opened, [moment])


def _can_fail(graph: Graph, node: int) -> bool:
    op = graph.ops[node]
    return op in MOVES or op == "loop" or (op in TABLE and not TABLE[op].truth)


def failing(builder: Builder, node: int) -> int | None:
    """The first round of a loop in which something is not finite, from 1 on, else 0; None where its value tells."""
    graph = builder.graph
    loop, args = graph.attrs[node], graph.args[node]
    made = watching(loop)
    if made is None:
        return None
    whole = graph.emit("loop", (*args[: loop.count], builder.zero, *args[loop.count :]), made)
    return graph.index(whole, (sum(map(size, loop.carried)),))
