"""A formula of the table, compiled once into a few nodes and emitted wherever it is needed."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from .build import Builder
from .calls import formula
from .exact import Constant
from .graph import Graph
from .lower import lower_formula
from .shapes import Shape


class Template(NamedTuple):
    """Nodes of a formula: arguments >= 0 are earlier nodes, argument -1 - k is the k-th name."""

    nodes: tuple[tuple[str, tuple[int, ...], object], ...]
    output: int

    def emit(self, builder: Builder, values: tuple[int, ...]) -> int:
        """The formula's node with values in the place of its names."""
        if not self.nodes:
            return values[-1 - self.output]
        done: list[int] = []
        apply = builder.apply
        for op, args, attr in self.nodes:
            if op == "const":
                done.append(builder.graph.emit(op, (), attr))
            else:
                done.append(apply(op, tuple([done[a] if a >= 0 else values[-1 - a] for a in args]), attr))
        return done[self.output] if self.output >= 0 else values[-1 - self.output]


@cache
def template(
    text: str,
    names: tuple[str, ...],
    static: Constant | None = None,
    shapes: tuple[Shape, ...] | None = None,
    axis: int | None = None,
) -> Template:
    """The template of a formula over `names`; where `static` is given, the first name stands for it.

    shapes: of the names, where the formula is not elementwise. axis: along which its reductions go, kept.
    """
    graph = Graph()
    leaves = [graph.input(name, shape) for name, shape in zip(names, shapes or ((),) * len(names), strict=True)]
    scope = dict(zip(names, leaves, strict=True))
    if static is not None:
        scope[names[0]] = graph.const(static)
    output = lower_formula(graph, formula(text), scope, axis)
    place = {leaf: -1 - k for k, leaf in enumerate(leaves)}
    nodes: list[tuple[str, tuple[int, ...], object]] = []
    for node in graph.reachable([output]):
        if node not in place:
            place[node] = len(nodes)
            nodes.append((graph.ops[node], tuple(place[arg] for arg in graph.args[node]), graph.attrs[node]))
    return Template(tuple(nodes), place[output])
