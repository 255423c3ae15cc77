"""The symbolic trace: the tangent of each step with the seed put in and simplified, over the names of the steps."""

from __future__ import annotations

from ...graph.graph import Graph
from ...graph.lower import Names, lower
from ...graph.simplify import simplify
from ...graph.to_ast import is_small, to_ast
from ...language import ast
from ..wengert import Wengert, seeds
from ..wengert.seeds import Seed
from .traced import Row

#: A tangent of more nodes goes by its name in those that are made of it.
SMALL = 24
#: Of so many steps the tangents are simplified; of later ones they stay as their rules have them.
MOST = 1000


def with_symbols(steps: Wengert, seed: Seed, *, decimals: bool = False) -> list[Row]:
    """Rows of formulas: each step, its tangent, and what the seed makes of that (of the first MOST steps)."""
    graph = Graph()  # its inputs are the steps' names, so that nothing is written out
    names = Names()
    scope = names.nodes
    rows = []
    for place, node in enumerate(steps.order):
        name, shape = steps.names[node], steps.graph.shapes[node]
        tangent, rule = steps.tangent_name(node), steps.tangent(node)
        scope[name] = graph.input(name, shape)
        if node in steps.leaves:
            made = seeds.constant(graph, seed.parts.get(node, [0.0] * steps.graph.size(node)), shape)
            made = graph.full(graph.const(0), shape) if node not in seed.parts else made
        elif rule is None:
            made = graph.full(graph.const(0), shape)
        elif place < MOST:
            made = _simplified(graph, rule, names, decimals)
        else:
            made = graph.input(tangent, shape)
        tree = rule if rule is not None and place >= MOST else to_ast(graph, made, decimals=decimals)
        rows.append(Row(name, steps.own.get(node, ""), steps.formula(node), None, tangent, rule, [], tree))
        scope[tangent] = made if is_small(graph, made, SMALL) else graph.input(tangent, shape)
    return rows


def _simplified(graph: Graph, rule: ast.Node, names: Names, decimals: bool) -> int:
    """A tangent's formula over what is known by names."""
    made = lower(ast.Program((rule,)), None, graph=graph, names=names).output
    assert made is not None
    return simplify(graph, [made], decimals=decimals)[0]
