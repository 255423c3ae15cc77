"""Where a program may have no derivative: the expressions whose zeros are kinks or jumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..graph.build import Builder
from ..graph.graph import LOOPS, Graph
from ..primitives import TABLE
from .rules import Rules

if TYPE_CHECKING:
    from .firsts import Inside

#: The operations that have kinks, or may have.
_KINKED = LOOPS.union(name for name, entry in TABLE.items() if entry.kink)


class Kink(NamedTuple):
    """A node without a derivative wherever the node `zero` is 0. inside: of a loop, what of its rounds has none."""

    node: int
    zero: int
    inside: Inside | None = None


def bends(graph: Graph, output: int, leaf: int) -> list[tuple[int, int]]:
    """The possible kinks of one output as a function of one leaf, as plain pairs (node, zero)."""
    return [(kink.node, kink.zero) for kink in kinks(graph, [output], [leaf])]


def kinks(graph: Graph, outputs: Sequence[int], leaves: Sequence[int]) -> list[Kink]:
    """The possible kinks of the outputs as functions of the leaves, in order of evaluation."""
    order = graph.reachable(outputs)
    if _KINKED.isdisjoint([graph.ops[node] for node in order]):
        return []
    active = graph.depending(order, leaves)
    builder = Builder(graph)
    rules = Rules(builder)
    found = []
    for node in order:
        if node in active:
            entry = rules.entry(node)
            if entry is not None and entry.kink:
                found.append(Kink(node, rules.formula(entry, entry.kink, node)))
            elif graph.ops[node] in LOOPS:
                from . import firsts  # loads what few graphs need

                for one in firsts.kinks(builder, node, [arg in active for arg in graph.args[node]]):
                    found.append(Kink(node, builder.apply("==", (one.first, builder.zero)), one))
    return found
