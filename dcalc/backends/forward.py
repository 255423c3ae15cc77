"""Forward mode (tangents; dual numbers): all inputs are seeded in one sweep, or in few when there are many."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Graph
from ..sweeps.forward import forward
from .problem import Problem
from .protocol import Derivative, Options, Part, Seed, count, evaluated, offsets, seed

#: Directions that one sweep carries: partials are shared among them, tangents are kept for each.
WIDTH = 64


def columns(graph: Graph, rows: Sequence[Part], leaves: Sequence[int], axis: int = 1) -> tuple[list[Part], int]:
    """The derivatives of parts in the leaves, which run along a further axis; and the number of sweeps it took.

    A leaf that is an array is one direction, evaluated for each of its components.
    """
    one, zero = graph.const(1), graph.const(0)
    starts = offsets([graph.size(leaf) for leaf in leaves])
    parts: list[Part] = []
    sweeps = 0
    for begin in range(0, len(leaves), WIDTH):
        chunk = leaves[begin : begin + WIDTH]
        seeds: dict[int, Seed] = {k: seed(graph, leaf, axis) for k, leaf in enumerate(chunk) if graph.shapes[leaf]}
        given = {leaf: {k: seeds[k].node if k in seeds else one} for k, leaf in enumerate(chunk)}
        masks = {k: mine.mask for k, mine in seeds.items()}
        tangents = forward(graph, [part.node for part in rows], given, masks=masks)
        sweeps += 1
        for part in rows:
            mine = tangents.get(part.node, {})
            for k in range(len(chunk)):
                if k in mine or not graph.shapes[part.node]:
                    node = graph.full(mine.get(k, zero), graph.shapes[part.node])
                    more = (seeds[k],) if k in seeds else ()
                    parts.append(Part(node, (*part.start, starts[begin + k]), part.axis, (*part.seeds, *more)))
    return parts, sweeps


def outputs(problem: Problem) -> list[Part]:
    """The parts of a value before it is differentiated."""
    graph, rows = problem.graph, problem.rows
    return [Part(row, (start,)) for row, start in zip(rows, offsets([graph.size(row) for row in rows]), strict=True)]


class Forward:
    """Tangents from the inputs on."""

    name = "forward"
    summary = "forward mode: tangents from the inputs on, a column of the Jacobian for each input"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One sweep that carries every input's tangent (at most 64 at a time)."""
        parts, sweeps = columns(problem.graph, outputs(problem), problem.leaves)
        return evaluated(problem, parts, f"{count(sweeps, 'forward pass')}, {count(problem.n, 'seed')}")

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """A forward sweep of a forward sweep."""
        graph, leaves = problem.graph, problem.leaves
        first, sweeps = columns(graph, outputs(problem), leaves)
        parts, more = columns(graph, first, leaves, 2)
        return evaluated(problem, parts, count(sweeps + more, "forward pass") + ", forward over forward", 2)
