"""What a backend is asked: a program as a graph, the inputs to differentiate in, and a point."""

from __future__ import annotations

from typing import NamedTuple

from ..evaluate.scalar import Point
from ..graph.graph import Graph, Shape


class Variable(NamedTuple):
    """An input that is differentiated in: its name, shape, and the scalar nodes it is made of."""

    name: str
    shape: Shape
    leaves: tuple[int, ...]

    @property
    def labels(self) -> list[str]:
        """The names of its components: `x`, or `v[1]`, `v[2]`, …"""
        return [f"{self.name}[{i + 1}]" for i in range(self.shape[0])] if self.shape else [self.name]


class Problem(NamedTuple):
    """A function R^n -> R^m at a point.

    output: the node of the value, of shape () or (m,). point: a value for every input that is reached.
    """

    graph: Graph
    output: int
    variables: tuple[Variable, ...]
    point: Point

    @property
    def rows(self) -> tuple[int, ...]:
        """The m scalar nodes of the value."""
        return self.graph.components(self.output)

    @property
    def leaves(self) -> tuple[int, ...]:
        """The n scalar nodes of the inputs."""
        return tuple(leaf for variable in self.variables for leaf in variable.leaves)

    @property
    def labels(self) -> list[str]:
        """The names of the n columns."""
        return [label for variable in self.variables for label in variable.labels]


def variable(graph: Graph, node: int) -> Variable:
    """The variable that an input node stands for."""
    return Variable(graph.attrs[node], graph.shapes[node], graph.components(node))
