"""Forward mode (tangents; dual numbers): all inputs are seeded in one sweep, or in few when there are many."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Graph
from ..sweeps.forward import forward
from .problem import Problem
from .protocol import Derivative, Options, count, evaluated

#: Directions that one sweep carries: partials are shared among them, tangents are kept for each.
WIDTH = 64


def columns(graph: Graph, rows: Sequence[int], leaves: Sequence[int]) -> tuple[list[list[int]], int]:
    """The Jacobian's nodes, row by row, and the number of sweeps it took."""
    one, zero = graph.const(1), graph.const(0)
    matrix: list[list[int]] = [[] for _ in rows]
    sweeps = 0
    for start in range(0, len(leaves), WIDTH):
        chunk = leaves[start : start + WIDTH]
        tangents = forward(graph, rows, {leaf: {k: one} for k, leaf in enumerate(chunk)})
        sweeps += 1
        for line, row in zip(matrix, rows, strict=True):
            mine = tangents.get(row, {})
            line.extend(mine.get(k, zero) for k in range(len(chunk)))
    return matrix, sweeps


class Forward:
    """Tangents from the inputs on."""

    name = "forward"
    summary = "forward mode: tangents from the inputs on, a column of the Jacobian for each input"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One sweep that carries every input's tangent (at most 64 at a time)."""
        nodes, sweeps = columns(problem.graph, problem.rows, problem.leaves)
        seeds = count(len(problem.leaves), "seed")
        return evaluated(problem, [nodes], f"{count(sweeps, 'forward pass')}, {seeds}")

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """A forward sweep of a forward sweep."""
        graph, leaves = problem.graph, problem.leaves
        first, sweeps = columns(graph, problem.rows, leaves)
        flat = [node for row in first for node in row]
        second, more = columns(graph, flat, leaves)
        n = len(leaves)
        nodes = [second[k * n : (k + 1) * n] for k in range(len(first))]
        return evaluated(problem, nodes, count(sweeps + more, "forward pass") + ", forward over forward")
