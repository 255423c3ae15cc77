"""Simplification: the same values, as a textbook writes them.

A node is read as a sum of numbers times products of powers (`poly`), which collects like terms and powers, is made
shorter where that can be (`shorten`, by the table `rewrites` and by arithmetic: common denominators, products
multiplied out, common factors) and is written again (`layout`). The result is never longer than what was given. No
value changes where the original has one; a removable point may be gained (x^2/x is x).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...progress import stage
from ..graph import Graph
from ..to_ast import operations
from .algebra import Algebra
from .order import TextOrder
from .reader import Reader

#: One pass makes nearly everything; what a pass has written may let a second one collect a little more.
MAX_PASSES = 6


def simplify(graph: Graph, nodes: Sequence[int], *, decimals: bool = False) -> list[int]:
    """The nodes, simplified, in the same graph. Simplifying the result again gives the result.

    decimals: keep coefficients such as 0.25 rather than dividing by 4 (for texts written with decimals).
    """
    begun = len(graph)
    with stage("simplifying", unit="operations", probe=lambda: len(graph) - begun):
        return _simplified(graph, nodes, decimals=decimals)


def _simplified(graph: Graph, nodes: Sequence[int], *, decimals: bool) -> list[int]:
    current = list(nodes)
    order = TextOrder(graph)
    for _ in range(MAX_PASSES):
        algebra = Algebra(graph, decimals, order)
        reader = Reader(algebra, current)
        following = [graph.full(algebra.node(reader.values[node]), graph.shapes[node]) for node in current]
        if following == current:
            break
        current = following
    return [_shorter(graph, old, new) for old, new in zip(nodes, current, strict=True)]


def _shorter(graph: Graph, old: int, new: int) -> int:
    """The new node, but the old one where the usual order of things is longer than what was written by hand.

    Formulas of arrays are in the usual order all the same, transpose(A) @ x rather than x @ A, and so are numbers:
    sqrt(8) is 2*sqrt(2).
    """
    if old == new or operations(graph, new) <= operations(graph, old):
        return new
    below = graph.reachable([old])
    varies = any(graph.ops[node] == "input" for node in below)
    return old if varies and not any(graph.shapes[node] for node in below) else new
