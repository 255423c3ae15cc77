"""The curves of a plot, with their names and formulas."""

from __future__ import annotations

from typing import NamedTuple

from ...backends.problem import Problem
from ...backends.symbolic import formulas
from ...graph.to_ast import is_small, to_ast
from ...language import ast
from ...language.figures import raised

#: A formula of a derivative is shown where its tree has at most so many nodes.
LONGEST = 40
#: Nodes of a program whose derivative is simplified to be shown.
LARGEST = 200


class Curve(NamedTuple):
    """A curve of a plot: the derivative of this order (0: the value itself) of a component (from 0)."""

    label: str
    component: int
    order: int
    formula: ast.Node | None


def named(problem: Problem, order: int, *, decimals: bool) -> list[Curve]:
    """The curves with their names and, where they are short, formulas."""
    trees = _formulas(problem, order, decimals=decimals) if not problem.conditions else {}
    curves = []
    for component in range(problem.m):
        base = "f" if problem.m == 1 else f"f{component + 1}"
        for k in range(order + 1):
            primes = "′" * k if k <= 3 else f"⁽{raised(k)}⁾"
            curves.append(Curve(base + primes, component, k, trees.get((k, component))))
    return curves


def _formulas(problem: Problem, order: int, *, decimals: bool) -> dict[tuple[int, int], ast.Node]:
    """The formulas of values and derivatives that are short enough to be read in a legend, by order and component."""
    graph, rows = problem.graph, problem.rows
    if len(rows) != problem.m or not all(is_small(graph, row, LARGEST) for row in rows):
        return {}
    (variable,) = problem.variables
    found: dict[tuple[int, int], ast.Node] = {}
    nodes = list(rows)
    for k in range(order + 1):
        if k:
            nodes = formulas(graph, nodes, variable.node, decimals=decimals)
        for component, node in enumerate(nodes):
            if is_small(graph, node, LONGEST):
                found[k, component] = to_ast(graph, node, decimals=decimals)
        if not all(is_small(graph, node, LARGEST) for node in nodes):
            break
    return found
