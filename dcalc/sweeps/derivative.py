"""The derivative of one node in another as a node: what `diff`, `f'` and `grad` inside an expression are."""

from __future__ import annotations

from ..graph.graph import Graph
from .forward import forward
from .reverse import gradient


def derivative(graph: Graph, output: int, leaf: int, order: int = 1, *, shown: bool = False) -> int:
    """The node of d output / d leaf, of the output's shape followed by the leaf's; of a higher order, again and again.

    By tangents for a number, by adjoints for an array; of an array in an array it is put together of its output's
    components. shown: by the textbook's forms.
    """
    for _ in range(order - 1):
        output = derivative(graph, output, leaf, shown=shown)
    out, of = graph.shapes[output], graph.shapes[leaf]
    if not of:
        swept = forward(graph, [output], {leaf: {0: graph.const(1)}}, shown=shown)
        return graph.full(swept.get(output, {}).get(0, graph.const(0)), out)
    rows = [gradient(graph, row, [leaf], shown=shown)[0] for row in graph.components(output)]
    return graph.stacked(rows, out)
