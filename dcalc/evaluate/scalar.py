"""The interpreter for one point: Python floats and `math`, IEEE results, no exceptions, no NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..graph.exact import to_float
from ..graph.graph import Graph
from ..primitives import TABLE
from .plan import Plan, make_plan
from .scalar_kernels import scalar_kernel

#: Values of the inputs at a point; a vector's are a tuple.
Point = Mapping[str, float | tuple[float, ...]]


class Scalar:
    """A plan with its kernels bound; call `run` with a point."""

    __slots__ = ("_start", "_steps", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._start = [0.0] * plan.size
        for slot, constant in plan.constants:
            self._start[slot] = to_float(constant)
        kernels: dict[str, Callable[..., float]] = {}
        self._steps: list[tuple[int, Callable[..., float], tuple[int, ...], Any]] = []
        for slot, op, args, attr in plan.steps:
            kernel = kernels.get(op)
            if kernel is None:
                kernel = kernels[op] = scalar_kernel(TABLE[op])
            self._steps.append((slot, kernel, args, attr))

    def run(self, point: Point) -> list[float]:
        """The outputs at a point. A missing input is a KeyError with its name."""
        values = self._start.copy()
        for slot, name, position in self.plan.inputs:
            value = point[name]
            values[slot] = value if position is None else value[position]  # type: ignore[assignment,index]
        for slot, kernel, args, attr in self._steps:
            if attr is not None:
                values[slot] = kernel(attr, *[values[arg] for arg in args])
            elif len(args) == 2:
                values[slot] = kernel(values[args[0]], values[args[1]])
            elif len(args) == 1:
                values[slot] = kernel(values[args[0]])
            else:
                values[slot] = kernel(*[values[arg] for arg in args])
        return [values[slot] for slot in self.plan.outputs]


def evaluate(graph: Graph, outputs: Sequence[int], point: Point) -> list[float]:
    """The values of scalar nodes at a point."""
    return Scalar(make_plan(graph, outputs)).run(point)
