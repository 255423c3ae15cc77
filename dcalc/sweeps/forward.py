"""Forward mode: tangents are carried from the inputs to the outputs, any number of directions at once.

ẏ = Σᵢ (∂f/∂uᵢ)·u̇ᵢ (Griewank and Walther, *Evaluating Derivatives*, 2nd ed., section 3.1). What does not depend on
a seed has no tangent, not a zero one; selections choose a tangent, they never multiply by an indicator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph.build import Builder
from ..graph.graph import Graph
from .rules import Rules

#: Tangents of one node: direction -> node. A direction that is missing has the tangent 0.
Tangents = dict[int, int]


def forward(
    graph: Graph, outputs: Sequence[int], seeds: Mapping[int, Mapping[int, int]], *, shown: bool = False
) -> dict[int, Tangents]:
    """The tangents of every node between seeds and outputs.

    seeds: node -> its tangents, direction -> node. The graph is cut at a seeded node: what it is made of does not
    matter. Returns node -> tangents for the nodes that have any.
    """
    builder = Builder(graph)
    rules = Rules(builder, shown=shown)
    tangents: dict[int, Tangents] = {node: dict(given) for node, given in seeds.items()}
    for node in graph.reachable(outputs):
        if node in tangents:
            continue
        args = graph.args[node]
        if not any(arg in tangents for arg in args):
            continue
        entry = rules.entry(node)
        if entry is None:
            continue
        result: Tangents = {}
        if entry.kind == "selection":
            condition, first, second = rules.choice(entry, node)
            held = tangents.get(args[first], {}) if first is not None else {}
            other = tangents.get(args[second], {}) if second is not None else {}
            for direction in (*held, *(d for d in other if d not in held)):
                result[direction] = builder.select(
                    condition, held.get(direction, builder.zero), other.get(direction, builder.zero)
                )
        else:
            for position, arg in enumerate(args):
                if arg not in tangents:
                    continue
                partial = rules.partial(entry, node, position)
                if partial == builder.zero:
                    continue
                for direction, tangent in tangents[arg].items():
                    product = builder.mul(partial, tangent)
                    result[direction] = builder.add(result[direction], product) if direction in result else product
        if result:
            tangents[node] = result
    return tangents


def derivative(graph: Graph, output: int, leaf: int, *, shown: bool = False) -> int:
    """The node of d output / d leaf, by one forward sweep."""
    one = graph.const(1)
    swept = forward(graph, [output], {leaf: {0: one}}, shown=shown)
    return swept.get(output, {}).get(0, graph.const(0))
