"""What a backend is asked: a program as a graph, the inputs to differentiate in, and a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from ..evaluate.scalar import Point
from ..evaluate.tracing import Tracer
from ..graph.graph import Graph
from ..graph.shapes import Shape, size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Variable(NamedTuple):
    """An input that is differentiated in: its name, shape and node."""

    name: str
    shape: Shape
    node: int

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return size(self.shape)

    @property
    def labels(self) -> list[str]:
        """The names of its components, row by row: `x`; `v[1]`, `v[2]`, …; `W[1,1]`, `W[1,2]`, …"""
        return labels(self.name, self.shape)


class Problem:
    """A function R^n -> R^m at a point.

    output: the node of the value; m is its number of components, n that of all variables. point: a value for every
    input that is reached. conditions: nodes of truth values that a traced program was decided by at this point.
    bends: (node, zero), nodes that the program itself differentiates, without a derivative where `zero` is 0. tracer:
    what is known of the values at this point, if there is any.
    """

    def __init__(
        self,
        graph: Graph,
        output: int,
        variables: tuple[Variable, ...],
        point: Point,
        conditions: tuple[int, ...] = (),
        bends: Sequence[tuple[int, int]] = (),
        tracer: Tracer | None = None,
    ) -> None:
        self.graph = graph
        self.output = output
        self.variables = variables
        self.point = point
        self.conditions = conditions
        self.bends = bends
        #: what backends emitted for it, for others at other points of the same graph: see `derive`; None: not kept
        self.emitted: dict[Any, Any] | None = None
        #: what nodes were before a program was made of another one (see `products`): notes name them as they were
        self.written: Mapping[int, int] = {}
        #: values of nodes at the point, each computed once
        self.tracer = tracer or Tracer(graph, point)

    def value(self, node: int) -> float | NDArray[np.float64]:
        """The value of a node at the point: a float, or an array that is not to be written to."""
        value: float | NDArray[np.float64] = self.tracer.value(node)
        return value

    def values(self, order: Sequence[int]) -> dict[int, Any]:
        """The values of many nodes, given in order of evaluation with all that they are made of."""
        return self.tracer.fill(order)

    def numbers(self, node: int) -> list[float]:
        """The numbers of a node's value, row by row."""
        value = self.value(node)
        return [value] if isinstance(value, float) else value.ravel().tolist()

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return self.graph.shapes[self.output]

    @property
    def rows(self) -> tuple[int, ...]:
        """The parts of the value that are differentiated apart: the numbers of a vector that was written as such."""
        graph, node = self.graph, self.output
        stacked = graph.ops[node] == "vector" and not any(graph.shapes[arg] for arg in graph.args[node])
        return graph.args[node] if stacked else (node,)

    @property
    def m(self) -> int:
        """How many numbers the value holds."""
        return self.graph.size(self.output)

    @property
    def n(self) -> int:
        """How many numbers the variables hold."""
        return sum(variable.size for variable in self.variables)

    @property
    def leaves(self) -> tuple[int, ...]:
        """The nodes of the variables."""
        return tuple(variable.node for variable in self.variables)

    @property
    def labels(self) -> list[str]:
        """The names of the n columns."""
        return labels_of(self.variables)


def variable(graph: Graph, node: int) -> Variable:
    """The variable that an input node stands for."""
    return Variable(graph.attrs[node], graph.shapes[node], node)


def labels_of(variables: Sequence[Variable]) -> list[str]:
    """The names of the columns of a derivative in these variables."""
    return [label for variable in variables for label in variable.labels]


def outputs_of(shape: Shape) -> list[str]:
    """The names of the outputs: `f`; `f1`, `f2`, …; `f[1,1]`, `f[1,2]`, …"""
    return [f"f{k}" for k in range(1, shape[0] + 1)] if len(shape) == 1 else labels("f", shape)


def entry_label(kind: str, outputs: Sequence[str], columns: Sequence[str], k: int, i: int, j: int) -> str:
    """The name of an entry of a derivative: `d/dx`, `df2/dx`, `d²f[1,2]/dW[1,1] dx`."""
    output = outputs[k if kind == "hess" else i] if len(outputs) > 1 else ""
    if kind != "hess":
        return f"d{output}/d{columns[j]}"
    return f"d²{output}/d{columns[i]}²" if i == j else f"d²{output}/d{columns[i]} d{columns[j]}"


def labels(name: str, shape: Shape) -> list[str]:
    """The names of an array's components, row by row."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(str(k + 1) for k in place)}]" for place in product(*map(range, shape))]
