"""Symbolic differentiation: each partial as a formula.

A formula that is printed is simplified, from the table's textbook forms. Numbers come from the accurate forms as
they stand: simplifying may undo what makes them accurate. `--backend all` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Graph
from ..graph.simplify import simplify
from ..graph.to_ast import to_ast, to_program, tree_size
from ..language import ast
from ..sweeps.forward import forward
from .problem import Problem
from .protocol import Derivative, Options, count, evaluated

#: A formula whose tree has more nodes than this is printed with its shared parts as definitions.
LARGEST_TREE = 2_000


def formulas(graph: Graph, rows: Sequence[int], leaf: int, *, decimals: bool = False) -> list[int]:
    """The simplified textbook formulas of the rows' derivatives in one leaf. decimals: 0.2*x rather than x/5."""
    return simplify(graph, partials(graph, rows, leaf, shown=True), decimals=decimals)


def readable(graph: Graph, node: int, *, decimals: bool = False) -> ast.Node:
    """A formula to be printed: a tree, or, where that would be a giant, a program that names its shared parts."""
    if tree_size(graph, node) > LARGEST_TREE:
        return to_program(graph, [node], decimals=decimals)
    return to_ast(graph, node, decimals=decimals)


def partials(graph: Graph, rows: Sequence[int], leaf: int, *, shown: bool = False) -> list[int]:
    """The derivatives of the rows in one leaf as they stand, by the accurate or the textbook's forms."""
    zero = graph.const(0)
    tangents = forward(graph, rows, {leaf: {0: graph.const(1)}}, shown=shown)
    return [tangents.get(row, {}).get(0, zero) for row in rows]


class Symbolic:
    """A formula for each entry, then its number."""

    name = "symbolic"
    summary = "symbolic: a formula for each entry, evaluated at the point"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One formula for each entry."""
        nodes = [first(problem)]
        return evaluated(problem, nodes, _size(problem.graph, nodes))

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """The formulas' formulas."""
        nodes = second(problem)
        return evaluated(problem, nodes, _size(problem.graph, nodes))


def first(problem: Problem) -> list[list[int]]:
    """The nodes of the Jacobian's formulas, not simplified."""
    return _by_rows([partials(problem.graph, problem.rows, leaf) for leaf in problem.leaves], len(problem.rows))


def second(problem: Problem) -> list[list[list[int]]]:
    """The nodes of the Hessians' formulas, not simplified."""
    graph, leaves = problem.graph, problem.leaves
    return [_by_rows([partials(graph, row, leaf) for leaf in leaves], len(leaves)) for row in first(problem)]


def _by_rows(columns: list[list[int]], rows: int) -> list[list[int]]:
    return [[column[k] for column in columns] for k in range(rows)]


def _size(graph: Graph, nodes: list[list[list[int]]]) -> str:
    flat = [node for matrix in nodes for row in matrix for node in row]
    operations = sum(bool(graph.args[node]) for node in graph.reachable(flat))
    return f"{count(len(flat), 'formula')}, {count(operations, 'shared operation')}"
