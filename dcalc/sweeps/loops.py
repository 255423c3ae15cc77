"""How derivatives and what goes with them follow loops that are nodes: each is a loop again, of the round's own sweep.

The tangent of a loop is the loop of the round with its tangents. Its adjoint goes back through the rounds with the
round's reverse sweep (Griewank and Walther, *Evaluating Derivatives*, 2nd ed., chapter 12, for what is kept). Both
are closed: a way back B(s, p, g) is the gradient of <g, L(s, p)>, so that its tangent along (s', p', g') is the
gradient of <g', L> + <g, L'>, where L' is the tangent of the loop; and that is a way back through the rounds with
tangents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph.build import Builder
from ..graph.graph import Graph
from ..graph.loops import Back, Loop, frozen, input_name, joined, parts, remembered
from ..graph.shapes import Shape


class Opened:
    """A copy of a round's graph, to which a sweep may add."""

    def __init__(self, loop: Loop) -> None:
        self.graph = loop.body.graph.copy()
        self.builder = Builder(self.graph)
        self.results = list(loop.body.results)
        self.states = list(range(loop.count))
        self.counter = loop.count
        self.given = list(range(loop.count + 1, loop.count + 1 + loop.given))
        #: the inputs in the order of a loop's arguments
        self.args = [*self.states, *self.given]

    def like(self, node: int) -> int:
        """A new input of a node's shape."""
        return self.graph.input(input_name(len(self.graph)), self.graph.shapes[node])

    def loop(self, old: Loop, states: Sequence[int], given: Sequence[int], results: Sequence[int]) -> Loop:
        """The loop with these states and given values behind those that there were."""
        leaves = [*self.states, *states, self.counter, *self.given, *given]
        body = frozen(self.graph, leaves, [*self.results, *results])
        made: Loop = remembered(
            Loop(body, len(self.states) + len(states), len(self.given) + len(given), old.first, old.rounds)
        )
        return made


def closure(loop: Loop, moving: frozenset[int]) -> list[int]:
    """The states that depend on the arguments in these places in some round."""
    graph, results = loop.body.graph, loop.body.results
    order = graph.reachable(results)
    shift = [k if k < loop.count else k + 1 for k in moving]
    active = set(shift)
    while True:
        depending = graph.depending(order, active)
        more = {k for k, result in enumerate(results) if result in depending} - active
        if not more:
            return sorted(k for k in active if k < loop.count)
        active |= more


class Tangents:
    """A loop with tangents: behind its states those of the `moving` states, behind what is given those of it.

    how: the sweep through a round, "forward" or "one_sided".
    """

    def __init__(self, loop: Loop, args: frozenset[int], how: str) -> None:
        opened = Opened(loop)
        graph = opened.graph
        #: the states that have tangents; the given values' places (among the arguments) that have
        self.states = closure(loop, args)
        self.given = sorted(k for k in args if k >= loop.count)
        with_tangents = {k: opened.like(opened.args[k]) for k in (*self.states, *self.given)}
        seeds = {opened.args[k]: leaf for k, leaf in with_tangents.items()}
        wanted = [opened.results[k] for k in self.states]
        if how == "forward":
            from .forward import forward

            swept = forward(graph, wanted, {leaf: {0: seed} for leaf, seed in seeds.items()})
            found = [swept.get(node, {}).get(0, opened.builder.zero) for node in wanted]
        else:
            from .one_sided import along

            found = along(graph, wanted, seeds)
        found = [graph.full(one, graph.shapes[node]) for one, node in zip(found, wanted, strict=True)]
        states, given = ([with_tangents[k] for k in places] for places in (self.states, self.given))
        self.base = loop
        self.loop = opened.loop(loop, states, given, found)
        self.loop.made["exact"] = loop.made.get("exact", loop.count)

    def args(self, given: Sequence[int], tangents: Mapping[int, int], zeros: Sequence[int]) -> tuple[int, ...]:
        """The arguments of the loop with tangents, from those of the loop and the tangents of some."""
        count = self.base.count
        more = [tangents.get(k, zeros[k]) for k in self.states]
        return (*given[:count], *more, *given[count:], *(tangents[k] for k in self.given))


def _tangents(loop: Loop, args: frozenset[int], how: str = "forward") -> Tangents:
    key = (how, args)
    known: Tangents | None = loop.made.get(key)
    if known is None:
        known = loop.made[key] = Tangents(loop, args, how)
    return known


def _zeros(builder: Builder, shapes: Sequence[Shape]) -> list[int]:
    return [builder.graph.full(builder.zero, shape) for shape in shapes]


def tangent(builder: Builder, node: int, given: Sequence[int | None], how: str = "forward") -> int:
    """The tangent of a loop or a way back from those of its arguments; None is a tangent of 0."""
    graph = builder.graph
    attr, args = graph.attrs[node], graph.args[node]
    shapes = attr.shapes
    moving = {k: graph.full(one, shapes[k]) for k, one in enumerate(given) if one is not None and one != builder.zero}
    if isinstance(attr, Loop):
        return joined(graph, *_loop_tangent(builder, attr, args, moving, how))
    assert attr.of is not None, "only reverse sweeps are differentiated"
    # Linear in what is carried; and for what it goes through, the identity above.
    loop = attr.loop
    count, inner = loop.count, len(loop.shapes)
    through = {k: one for k, one in moving.items() if k < inner}
    carried = {k - inner: one for k, one in moving.items() if k >= inner}
    zeros = _zeros(builder, attr.carried)
    if not through:
        return graph.emit("back", (*args[:inner], *(carried.get(k, zeros[k]) for k in range(attr.count))), attr)
    swept = _tangents(loop, frozenset(through))
    starts = swept.args(args[:inner], through, _zeros(builder, loop.shapes))
    rates = [carried.get(k, zeros[k]) for k in range(count)]
    adjoints = [*rates, *(args[inner + k] for k in swept.states)]
    more = [carried.get(count + k, zeros[count + k]) for k in range(len(attr.of))]
    back = reversed_loop(swept.loop, tuple(len(swept.states) + k for k in attr.of))
    found = parts(graph, graph.emit("back", (*starts, *adjoints, *more), back), back.carried)
    return joined(graph, [*found[:count], *found[count + len(swept.states) :]], attr.carried)


def _loop_tangent(
    builder: Builder, loop: Loop, args: tuple[int, ...], moving: dict[int, int], how: str = "forward"
) -> tuple[list[int], list[Shape]]:
    """The tangents of the final states, and their shapes."""
    graph = builder.graph
    zeros = _zeros(builder, loop.shapes)
    swept = _tangents(loop, frozenset(moving), how)
    node = graph.emit("loop", swept.args(args, moving, zeros), swept.loop)
    found = dict(zip(swept.states, parts(graph, node, swept.loop.carried)[loop.count :], strict=True))
    return [found.get(k, zeros[k]) for k in range(loop.count)], loop.carried


def reversed_loop(loop: Loop, of: tuple[int, ...]) -> Back:
    """The reverse sweep through a loop, with the adjoints of its states and of what it is given in these places.

    of: places among the arguments. Carried are the states' adjoints and the sums of the others.
    """
    key = ("reverse", of)
    known: Back | None = loop.made.get(key)
    if known is not None:
        return known
    from .reverse import reverse

    opened = Opened(loop)
    graph, builder = opened.graph, opened.builder
    adjoints = [opened.like(state) for state in opened.states]
    wanted = [opened.args[k] for k in of]
    sums = [opened.like(leaf) for leaf in wanted]
    # The adjoint of each result is put in by way of the sum of their products, of which nothing is left.
    objective = builder.zero
    for result, adjoint in zip(opened.results, adjoints, strict=True):
        product = builder.mul(adjoint, result)
        if graph.shapes[product]:
            product = graph.emit("sum[]", (product,))
        objective = builder.add(objective, product)
    leaves = [*opened.states, *wanted]
    total = reverse(graph, objective, leaves).total
    found = [graph.full(total.get(leaf, builder.zero), graph.shapes[leaf]) for leaf in leaves]
    found[loop.count :] = [
        graph.full(builder.add(one, total[leaf]), graph.shapes[leaf]) if leaf in total else one
        for one, leaf in zip(sums, wanted, strict=True)
    ]
    body = frozen(graph, [*adjoints, *sums, *opened.states, opened.counter, *opened.given], found)
    back: Back = remembered(Back(loop, body, len(found), 0, tuple(of)))
    loop.made[key] = back
    return back


def adjoints(builder: Builder, node: int, adjoint: int, wanted: Sequence[int]) -> dict[int, int]:
    """What a loop or a way back hands to its arguments in the wanted places of its adjoint (of its full shape)."""
    graph = builder.graph
    attr, args = graph.attrs[node], graph.args[node]
    mine = parts(graph, adjoint, attr.carried)
    if isinstance(attr, Loop):
        of = tuple(k for k in wanted if k >= attr.count)
        back = reversed_loop(attr, of)
        zeros = _zeros(builder, [attr.shapes[k] for k in of])
        found = parts(graph, graph.emit("back", (*args, *mine, *zeros), back), back.carried)
        places = [*range(attr.count), *of]
        return {k: part for k, part in zip(places, found, strict=True) if k in wanted}
    assert attr.of is not None, "only reverse sweeps are differentiated"
    loop = attr.loop
    count, inner = loop.count, len(loop.shapes)
    result = {inner + k: mine[k] for k in range(count, attr.count) if inner + k in wanted}
    # <mine, gradient of <g, L>> is <g, L'> along `mine`: what goes through L' backwards is asked of its adjoint.
    moving = {**dict(enumerate(mine[:count])), **dict(zip(attr.of, mine[count:], strict=True))}
    swept = _tangents(loop, frozenset(moving))
    zeros = _zeros(builder, loop.shapes)
    starts = swept.args(args[:inner], moving, zeros)
    if any(inner <= k < inner + count for k in wanted):
        finals, _ = _loop_tangent(builder, loop, args[:inner], moving)
        result.update({inner + k: finals[k] for k in range(count) if inner + k in wanted})
    through = tuple(k for k in wanted if k < inner)
    if through:
        of = tuple(k for k in through if k >= count)
        back = reversed_loop(swept.loop, tuple(len(swept.states) + k for k in of))
        ends = [*zeros[:count], *(args[inner + k] for k in swept.states), *(zeros[k] for k in of)]
        found = parts(graph, graph.emit("back", (*starts, *ends), back), back.carried)
        handed = dict(enumerate(found[:count]))
        handed.update(zip(of, found[count + len(swept.states) :], strict=True))
        result.update({k: handed[k] for k in through})
    return result


def bound(builder: Builder, node: int, given: Sequence[int | None]) -> int:
    """The rounding bound of a loop or a way back from those of its arguments; None is one of 0."""
    graph = builder.graph
    attr, args = graph.attrs[node], graph.args[node]
    shapes = attr.shapes
    bounds = [graph.full(builder.zero if one is None else one, shape) for one, shape in zip(given, shapes, strict=True)]
    loop = attr if isinstance(attr, Loop) else attr.loop
    wide = _bounded(loop)
    count, inner = loop.count, len(loop.shapes)
    states, others = slice(count), slice(count, inner)
    starts = (*args[states], *bounds[states], *args[others], *bounds[others])
    if loop is attr:
        found = parts(graph, graph.emit("loop", starts, wide), wide.carried)
        return joined(graph, found[count:], attr.carried)
    back: Back | None = attr.made.get("bounds")
    if back is None:
        back = attr.made["bounds"] = _bounded_back(attr, wide)
    rest = attr.count
    carried = (*args[inner : inner + rest], *bounds[inner : inner + rest])
    more = (*args[inner + rest :], *bounds[inner + rest :])
    found = parts(graph, graph.emit("back", (*starts, *carried, *more), back), back.carried)
    return joined(graph, found[rest:], attr.carried)


#: Results of a round up to which their errors are carried by its Jacobian: a bound that does not grow needlessly.
FEW = 12


def _bounded(loop: Loop) -> Loop:
    """The loop with rounding bounds: of all states behind the states, of all that is given behind that."""
    known: Loop | None = loop.made.get("bounds")
    if known is None:
        opened = Opened(loop)
        leaves = [opened.like(arg) for arg in opened.args]
        found = _bounds(opened.graph, opened.results, dict(zip(opened.args, leaves, strict=True)))
        known = loop.made["bounds"] = opened.loop(loop, leaves[: loop.count], leaves[loop.count :], found)
    return known


def _bounds(graph: Graph, results: Sequence[int], known: Mapping[int, int]) -> list[int]:
    """The bounds of a round's results from those of its inputs, each of its full shape.

    Those of numbers by the Jacobian of the whole round, |J|*b, and the roundings of the round itself: operation by
    operation, two that cancel would count twice, in every round anew.
    """
    from .reverse import gradient
    from .rounding import rounding

    builder = Builder(graph)
    if len(results) > FEW or any(graph.shapes[node] for node in (*results, *known)):
        found = rounding(graph, results, known=known)
    else:
        found = []
        for result, total in zip(results, rounding(graph, results), strict=True):
            for partial, leaf in zip(gradient(graph, result, list(known)), known.values(), strict=True):
                if partial != builder.zero:
                    total = builder.add(total, builder.mul(builder.apply("abs", (partial,)), leaf))
            found.append(total)
    return [graph.full(one, graph.shapes[result]) for one, result in zip(found, results, strict=True)]


def _bounded_back(attr: Back, wide: Loop) -> Back:
    graph = attr.body.graph.copy()
    counter = attr.count + attr.loop.count
    inputs = list(range(counter + 1 + attr.loop.given + attr.given))
    leaf = {k: graph.input(input_name(len(graph) + k), graph.shapes[k]) for k in inputs if k != counter}
    results = list(attr.body.results)
    found = _bounds(graph, results, leaf)
    behind = counter + 1 + attr.loop.given
    groups = [inputs[: attr.count], inputs[attr.count : counter], inputs[counter + 1 : behind], inputs[behind:]]
    doubled = [[*group, *(leaf[k] for k in group)] for group in groups]
    leaves = [*doubled[0], *doubled[1], counter, *doubled[2], *doubled[3]]
    body = frozen(graph, leaves, [*results, *found])
    made: Back = remembered(Back(wide, body, 2 * attr.count, 2 * attr.given, None))
    return made
