"""Symbolic differentiation: each partial as a formula, simplified, and then evaluated.

Numbers come from the table's accurate forms, printed formulas from the textbook's; a test proves the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Graph
from ..graph.simplify import simplify
from ..sweeps.forward import derivative
from .problem import Problem
from .protocol import Derivative, Options, evaluated


def partials(graph: Graph, rows: Sequence[int], leaf: int, *, shown: bool) -> list[int]:
    """The simplified derivatives of the rows with respect to one leaf."""
    return simplify(graph, [derivative(graph, row, leaf, shown=shown) for row in rows])


class Symbolic:
    """A formula for each entry, then its number."""

    name = "symbolic"
    summary = "symbolic: a simplified formula for each entry, evaluated at the point"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One formula for each entry."""
        graph, rows = problem.graph, problem.rows
        by_leaf = [partials(graph, rows, leaf, shown=False) for leaf in problem.leaves]
        nodes = [[column[k] for column in by_leaf] for k in range(len(rows))]
        return evaluated(problem, [nodes], _size(graph, [nodes]))

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """The formulas' formulas."""
        graph, leaves = problem.graph, problem.leaves
        by_leaf = [partials(graph, problem.rows, leaf, shown=False) for leaf in leaves]
        nodes = []
        for k in range(len(problem.rows)):
            first = [column[k] for column in by_leaf]
            by_second = [partials(graph, first, leaf, shown=False) for leaf in leaves]
            nodes.append([[column[i] for column in by_second] for i in range(len(leaves))])
        return evaluated(problem, nodes, _size(graph, nodes))


def _size(graph: Graph, nodes: list[list[list[int]]]) -> str:
    flat = [node for matrix in nodes for row in matrix for node in row]
    operations = sum(bool(graph.args[node]) for node in graph.reachable(flat))
    formulas = "1 formula" if len(flat) == 1 else f"{len(flat)} formulas"
    return f"{formulas}, {operations} operations shared"
