"""From a tree to its graph at a point: where lowering is given what only the rooms above its own have."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import Source
from ..evaluate.scalar import Point, shape_of
from ..evaluate.tracing import Tracer
from ..graph.duals import units
from ..graph.graph import Graph
from ..graph.lower import Lowered, Names, lower
from ..language import ast
from ..sweeps.derivative import derivative
from ..sweeps.kinks import bends


def read(
    tree: ast.Node,
    text: Source,
    graph: Graph,
    names: Names,
    point: Point,
    *,
    free: Collection[str] = (),
    steps: int | None = None,
    loop_nodes: bool = False,
) -> Lowered:
    """A program in the graph, followed at the point where it depends on values. Raises DcalcError, as `lower` does.

    names: what names mean already. point: the inputs that have a value, and so a shape. free: names that are to be
    inputs, even where the program defines them. steps: how many the program may take. loop_nodes: see `lower`.
    """
    found = lower(
        tree,
        text,
        graph=graph,
        names=names,
        shapes={name: shape_of(value) for name, value in point.items()},
        differentiate=_derivative,
        bends=bends,
        free=free,
        numbers=Tracer(graph, point),
        steps=steps,
        loop_nodes=loop_nodes,
    )
    if loop_nodes and found.output is not None and graph.looping and units(graph, [found.output]):
        # Who works with dual numbers knows nothing of loops that are nodes.
        return read(tree, text, graph, names, point, free=free, steps=steps)
    return found


def _derivative(graph: Graph, output: int, leaf: int, order: int = 1) -> int:
    """A derivative as a node. One of high order is a recurrence where it can be: sweeps grow with every order."""
    if order > 1:
        from ..evaluate.series.formulas import derivative_of_order

        found = derivative_of_order(graph, output, leaf, order)
        if found is not None:
            return found
    return derivative(graph, output, leaf, order)
