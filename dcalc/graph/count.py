"""How much work a graph is: operations with the sizes of arrays, of the graph as it is and of its tree written out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import prod
from typing import NamedTuple

from ..primitives import TABLE
from .graph import STRUCTURAL, Graph
from .shapes import Shape, size

#: Counts of trees double with each step of a program; beyond this they are only said to be beyond.
MOST = 2**4096


class Work(NamedTuple):
    """operations: one for each number that an operation makes; in a product of matrices one for each multiply-add.

    flops: the same by the table's weights (`Primitive.cost`); a multiply-add is two.
    """

    operations: int
    flops: int

    def __add__(self, other: Work) -> Work:  # type: ignore[override]
        return Work(min(self.operations + other.operations, MOST), min(self.flops + other.flops, MOST))

    def times(self, factor: int) -> Work:
        """The work of so many repetitions."""
        return Work(min(self.operations * factor, MOST), min(self.flops * factor, MOST))


NOTHING = Work(0, 0)


def of_node(graph: Graph, node: int) -> Work:
    """The work of one node, its arguments being known."""
    op = graph.ops[node]
    if op in STRUCTURAL:
        return NOTHING
    shape, shapes = graph.shapes[node], [graph.shapes[arg] for arg in graph.args[node]]
    entry = TABLE[op]
    if entry.kind == "reduction":
        count = size(shapes[0]) - (size(shape) if entry.cost == 1 else 0)  # n numbers are n - 1 additions
        return Work(count, entry.cost * size(shapes[0]) if entry.cost > 1 else count)
    if entry.kind in ("multilinear", "opaque"):
        return _of_arrays(op, shape, shapes)
    return Work(size(shape), entry.cost * size(shape))


def _of_arrays(op: str, shape: Shape, shapes: list[Shape]) -> Work:
    """Of products and of linear algebra: by elimination, n^3/3 multiply-adds for a matrix of n rows."""
    if op == "@":
        count = size(shape) * shapes[0][-1]
    elif op == "outer":
        return Work(size(shape), size(shape))
    elif op in ("transpose", "diag"):
        return NOTHING
    else:
        n = shapes[0][0] if shapes[0] else 1
        third = -(-(n**3) // 3)
        if op == "det":
            count = third
        elif op == "solve":
            count = third + n * size(shapes[1])
        elif op in ("inv", "cofactor"):
            count = n**3
        elif op == "cofactors_along":
            count = 4 * n**3
        else:
            return Work(prod(shapes[0]), prod(shapes[0]))
    return Work(count, 2 * count)


def work(graph: Graph, nodes: Iterable[int], seeds: Mapping[int, int] | None = None) -> Work:
    """The work of nodes, each once. seeds: input -> how often what depends on it is repeated."""
    order = sorted(nodes)
    repeated: dict[int, int] = {}
    for seed, times in (seeds or {}).items():
        for node in graph.depending(order, [seed]) if times != 1 else ():
            repeated[node] = repeated.get(node, 1) * times
    operations = flops = 0
    for node in order:
        one = of_node(graph, node)
        if one.operations:
            times = repeated.get(node, 1)
            operations += one.operations * times
            flops += one.flops * times
    return Work(operations, flops)


class Tree(NamedTuple):
    """An expression written out as a tree: how many nodes it has (leaves too), and its work."""

    size: int
    work: Work


def written_out(graph: Graph, outputs: Collection[int]) -> Tree:
    """The trees of the outputs: every shared part counts as often as it is used.

    They are counted over the graph and never built.
    """
    known: dict[int, tuple[int, int, int]] = {}
    for node in graph.reachable(outputs):
        operations, flops = of_node(graph, node)
        nodes = 1
        for arg in graph.args[node]:
            more, added, weighed = known[arg]
            nodes += more
            operations += added
            flops += weighed
        known[node] = (min(nodes, MOST), min(operations, MOST), min(flops, MOST))
    total = [known[node] for node in outputs]
    nodes, operations, flops = (min(sum(column), MOST) for column in zip(*total, strict=True)) if total else (0, 0, 0)
    return Tree(nodes, Work(operations, flops))


class Cut(NamedTuple):
    """A value through which everything passes that the output takes from the leaves."""

    node: int
    size: int


def cuts(graph: Graph, output: int, leaves: Collection[int]) -> list[Cut]:
    """The nodes between leaves and output (itself the last) that no path goes around, in order of evaluation."""
    order = graph.reachable([output])
    active = graph.depending(order, leaves)
    last: dict[int, int] = {}
    for node in order:
        if node in active:
            for arg in graph.args[node]:
                last[arg] = node
    #: the farthest node that reads something before the present one
    far = max((last.get(leaf, 0) for leaf in leaves), default=0)
    found = []
    for node in order:
        if node not in active or node in leaves:
            continue
        if far <= node:
            found.append(Cut(node, graph.size(node)))
        far = max(far, last.get(node, node))
    return found
