"""What the terms of a node's series are made of, at whatever point: the structure that `series` computes over."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ...graph.build import Builder
from ...graph.graph import MOVES, Graph
from ...primitives import TABLE
from ...primitives.entry import Primitive
from ...sweeps.rules import Rules


class Recipe(NamedTuple):
    """What a node's terms are made of.

    kind: "seed", "slope" (the derivative of its argument's series), "flat" (nothing behind the real part), "move",
    "choose", "product", "quotient", "partials", "opaque". parts: pairs (argument, partial) of those arguments that
    have a say; of "opaque" the arguments' tangents.
    """

    kind: str
    args: tuple[int, ...]
    parts: tuple[tuple[int, int], ...] = ()
    entry: Primitive | None = None


class Program:
    """What series are made of, over a graph that grows by the partials that higher orders ask for.

    leaves: the nodes that depend on ε; the graph is cut there.
    """

    def __init__(self, graph: Graph, leaves: Collection[int]) -> None:
        self.graph = graph
        self.rules = Rules(Builder(graph))
        self._leaves = frozenset(leaves)
        #: a leaf that stands for the derivative of a node's series -> that node
        self._slopes: dict[int, int] = {}
        self._active = bytearray()
        self._recipes: dict[int, Recipe] = {}

    def depends(self, node: int) -> bool:
        """Whether a node depends on ε."""
        known, args = self._active, self.graph.args
        for one in range(len(known), node + 1):
            inside = one in self._leaves or one in self._slopes
            known.append(inside or any([known[arg] for arg in args[one]]))  # noqa: C419 (a list is faster)
        return bool(known[node])

    def recipe(self, node: int) -> Recipe:
        """The recipe of a node that depends on ε."""
        known = self._recipes.get(node)
        if known is None:
            known = self._recipes[node] = self._written(node)
        return known

    def _written(self, node: int) -> Recipe:
        graph, rules = self.graph, self.rules
        if node in self._leaves:
            return Recipe("seed", ())
        if node in self._slopes:
            return Recipe("slope", (self._slopes[node],))
        op, args = graph.ops[node], graph.args[node]
        if op in MOVES:
            return Recipe("move", args)
        entry = TABLE[op]
        if op == "/":
            return Recipe("quotient", args)
        if op == "*" or entry.kind == "multilinear":
            return Recipe("product", args)
        if entry.kind == "selection":
            condition, first, second = rules.choice(entry, node)
            chosen = (-1 if place is None else args[place] for place in (first, second))
            return Recipe("choose", (condition, *chosen))
        active = [(position, arg) for position, arg in enumerate(args) if self.depends(arg)]
        zero = rules.builder.zero
        if entry.kind == "opaque":
            tangents = ((arg, rules.tangent(entry, node, k, self._slope(arg))) for k, arg in active)
            parts = tuple((arg, tangent) for arg, tangent in tangents if tangent != zero)
            return Recipe("opaque" if parts else "flat", args, parts, entry)
        partials = ((arg, rules.partial(entry, node, k)) for k, arg in active)
        parts = tuple((arg, partial) for arg, partial in partials if partial != zero)
        return Recipe("partials" if parts else "flat", args, parts, entry)

    def _slope(self, node: int) -> int:
        """The leaf that stands for the derivative of a node's series in ε."""
        leaf = self.graph.input(f" slope of {node}", self.graph.shapes[node])  # no user's name is such
        self._slopes[leaf] = node
        del self._active[leaf:]  # another program may have left such a leaf in the graph
        return leaf
