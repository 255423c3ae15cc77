"""Slips: what the derivative becomes when one rule is applied wrongly at one place, as people do.

Each slip is a wrong tangent of one node, made of what the right rule is made of (its partials, its arguments and their
tangents); the rest of the sweep is the table's. So a slip is recognised by construction: the expression is
differentiated with the slip in it, and what comes out is the claim, or it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..graph.build import Builder
from ..graph.graph import Graph
from ..sweeps.forward import Own, forward
from ..sweeps.rules import Rules
from .slip_rules import FALLS, RANK, Site, Wrong, ways

#: Derivatives with a slip that are tried, and nodes that they may be made of together.
MOST = 400
MOST_WORK = 300_000


class Slip(NamedTuple):
    """A slip that explains a claim.

    kind: the rule, as in "chain rule". words: what is wrong, with {f} for the expression where it is, {u}, {v} for its
    arguments, {du}, {dv} for their derivatives, {df} for its own right one, {x} for the variable. node: where; None
    where it is nowhere in particular.
    """

    kind: str
    words: str
    node: int | None = None
    #: the same slip at several places
    everywhere: bool = False


class Mutants(NamedTuple):
    """Derivatives with a slip: (slip, node), and whether some places were left out."""

    items: list[tuple[Slip, int]]
    left_out: bool


def mutants(graph: Graph, output: int, leaf: int) -> Mutants:
    """The derivatives of a number in a number with one slip, from the outside in, each slip also at all its places."""
    order = graph.reachable([output])
    active = graph.depending(order, [leaf])
    swept = forward(graph, [output], {leaf: {0: graph.const(1)}})
    rules = Rules(Builder(graph))
    places = [node for node in reversed(order) if node in active and _differentiable(rules, node)]
    most = min(MOST, MOST_WORK // max(len(order), 1))
    single: list[tuple[int, Wrong]] = []
    #: the same slip -> the nodes where it can be made
    alike: dict[tuple[str, str], list[tuple[int, Wrong]]] = {}
    for node in places:
        site = Site(rules, node, tuple(swept.get(arg, {}).get(0) for arg in graph.args[node]), leaf)
        for k, wrong in enumerate(ways(site)):
            single.append((node, wrong))
            alike.setdefault((graph.ops[node], f"{k} {wrong.words}"), []).append((node, wrong))
    several = [sites for sites in alike.values() if len(sites) > 1]
    several = several[: max(most // 2, most - len(single))]
    kept = single[: most - len(several)]
    found = [
        (Slip(wrong.kind, wrong.words, node), _with(graph, output, leaf, {node: _own(wrong, node, leaf)}))
        for node, wrong in kept
    ]
    for sites in several:
        own = {node: _own(wrong, node, leaf) for node, wrong in sites}
        first, wrong = sites[-1]
        found.append((Slip(wrong.kind, wrong.words, first, everywhere=True), _with(graph, output, leaf, own)))
    return Mutants(found, len(kept) < len(single))


def _differentiable(rules: Rules, node: int) -> bool:
    entry = rules.entry(node)
    return entry is not None and entry.kind == "elementwise" and not entry.truth and not entry.static


def _own(wrong: Wrong, node: int, leaf: int) -> Own:
    return lambda rules, tangents: wrong.make(Site(rules, node, tangents, leaf))


def _with(graph: Graph, output: int, leaf: int, own: dict[int, Own]) -> int:
    swept = forward(graph, [output], {leaf: {0: graph.const(1)}}, own=own)
    return swept.get(output, {}).get(0, graph.const(0))


def likeliest(fitting: Sequence[Slip]) -> Slip | None:
    """Of the slips that explain a claim: one at one place before one everywhere, by rank, from the outside in."""
    ordered = sorted(fitting, key=lambda slip: (slip.everywhere, RANK.index(slip.kind), slip.words != FALLS))
    return ordered[0] if ordered else None
