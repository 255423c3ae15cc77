"""Symbolic differentiation: each partial as a formula.

A formula that is printed is simplified, from the table's textbook forms. Numbers come from the accurate forms as
they stand: simplifying may undo what makes them accurate. `--backend all` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DcalcError
from ..graph.graph import Graph
from ..graph.simplify import simplify
from ..graph.to_ast import operations, to_ast, to_program, tree_size
from ..language import ast
from ..sweeps.derivative import derivative
from ..sweeps.forward import forward
from .forward import columns, outputs
from .problem import Problem
from .protocol import Derivative, Options, Part, count, evaluated, offsets

#: A formula whose tree has more nodes than this is printed with its shared parts as definitions, however short.
LARGEST_TREE = 2_000
#: One of more operations than this with those of at least so many, if a quarter of what is written is saved.
LONG, WORTH_A_NAME = 60, 3


def formulas(graph: Graph, rows: Sequence[int], leaf: int, *, decimals: bool = False) -> list[int]:
    """The simplified textbook formulas of the rows' derivatives in one leaf. decimals: 0.2*x rather than x/5."""
    return simplify(graph, partials(graph, rows, leaf, shown=True), decimals=decimals)


def readable(graph: Graph, node: int, *, decimals: bool = False) -> ast.Node:
    """A formula to be printed: a tree, or, where that would be long, a program that names its shared parts."""
    size = tree_size(graph, node)
    if size > LARGEST_TREE:
        return to_program(graph, [node], decimals=decimals)
    length = operations(graph, node) if size > LONG else 0
    if length > LONG:
        program = to_program(graph, [node], decimals=decimals, least=WORTH_A_NAME)
        if len(program.children) > 1 and 4 * sum(isinstance(one, ast.Call) for one in program.walk()) <= 3 * length:
            return program
    return to_ast(graph, node, decimals=decimals)


def partials(graph: Graph, rows: Sequence[int], leaf: int, *, shown: bool = False) -> list[int]:
    """The derivatives of the rows in one leaf as they stand, by the accurate or the textbook's forms.

    Each has its row's shape followed by the leaf's.
    """
    if graph.shapes[leaf]:
        return [derivative(graph, row, leaf, shown=shown) for row in rows]
    tangents = forward(graph, rows, {leaf: {0: graph.const(1)}}, shown=shown)
    zero = graph.const(0)
    return [graph.full(tangents.get(row, {}).get(0, zero), graph.shapes[row]) for row in rows]


class Symbolic:
    """A formula for each entry, then its number."""

    name = "symbolic"
    summary = "symbolic: a formula for each entry, evaluated at the point"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        """One formula for each entry; of arrays, one for all of their components."""
        parts = first(problem)
        return evaluated(problem, parts, _size(problem.graph, parts))

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        """The formulas' formulas."""
        parts = second(problem)
        return evaluated(problem, parts, _size(problem.graph, parts), 2)


def first(problem: Problem) -> list[Part]:
    """The formulas of the Jacobian, not simplified."""
    hold_closed(problem.graph, problem.conditions)
    if problem.graph.loops([problem.output]):
        message = "a long loop has no formula that could be written out"
        raise DcalcError("usage", message, hint="--backend reverse takes it as it is")
    return _further(problem, outputs(problem), 1)


def second(problem: Problem) -> list[Part]:
    """The formulas of the Hessians, not simplified."""
    return _further(problem, first(problem), 2)


def _further(problem: Problem, parts: list[Part], axis: int) -> list[Part]:
    """The derivatives of parts: a number's in an array is one formula, an array's in an array goes by its seeds."""
    graph, found = problem.graph, []
    for leaf, start in zip(problem.leaves, offsets([graph.size(leaf) for leaf in problem.leaves]), strict=True):
        plain = [part for part in parts if not graph.shapes[leaf] or not graph.shapes[part.node]]
        arrays = [part for part in parts if graph.shapes[leaf] and graph.shapes[part.node]]
        for part, node in zip(plain, partials(graph, [part.node for part in plain], leaf), strict=True):
            own = axis if graph.shapes[leaf] else part.axis
            found.append(Part(node, (*part.start, start), own, part.seeds))
        seeded = columns(graph, arrays, [leaf], axis)[0] if arrays else []
        found += [part._replace(start=(*part.start[:-1], start)) for part in seeded]
    return found


def hold_closed(graph: Graph, conditions: Sequence[int]) -> None:
    """Refuse a program that was followed at the point: it has a derivative there, but no formula."""
    if conditions:
        source, span = graph.origins.get(conditions[0], (None, None))
        raise DcalcError(
            "usage",
            "symbolic differentiation needs a closed form, but the path of this program depends on values",
            source=source,
            span=span,
            hint="grad by forward, reverse or fd follows the program at the point",
        )


def _size(graph: Graph, parts: list[Part]) -> str:
    operations = sum(bool(graph.args[node]) for node in graph.reachable([part.node for part in parts]))
    return f"{count(len(parts), 'formula')}, {count(operations, 'shared operation')}"
