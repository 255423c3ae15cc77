"""The interpreter for one point: Python floats and `math`, IEEE results, no exceptions; NumPy only where arrays are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from ..graph.exact import to_float
from ..graph.graph import Graph
from ..graph.shapes import Shape
from ..primitives import TABLE
from .engines import WANTED
from .plan import Plan, make_plan
from .scalar_kernels import scalar_kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What an input may be: a number or an array of float64, row by row in memory.
PointValue: TypeAlias = Union[float, "NDArray[np.float64]"]
#: Values of the inputs at a point.
Point: TypeAlias = Mapping[str, PointValue]
#: A float for a node of shape (), else an array of that shape: the graph knows which, the type checker does not.
Value: TypeAlias = Any


def shape_of(value: PointValue) -> Shape:
    """The shape of an input's value: () for a number."""
    shape: Shape = getattr(value, "shape", ())
    return shape


class Scalar:
    """A plan of numbers (`plan.scalar`) with its kernels bound; call `run` with a point."""

    __slots__ = ("_start", "_steps", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._start = [0.0] * plan.size
        for slot, constant in plan.constants:
            self._start[slot] = to_float(constant)
        kernels: dict[str, Callable[..., float]] = {}
        self._steps: list[tuple[int, Callable[..., float], tuple[int, ...], Any]] = []
        for step in plan.steps:
            kernel = kernels.get(step.op)
            if kernel is None:
                kernel = kernels[step.op] = scalar_kernel(TABLE[step.op])
            self._steps.append((step.slot, kernel, step.args, step.attr))

    def run(self, point: Point) -> list[float]:
        """The outputs at a point. A missing input is a KeyError with its name."""
        values = self._start.copy()
        for slot, name, places, _ in self.plan.inputs:
            value = point[name]
            values[slot] = value if places is None else value.item(places)  # type: ignore[arg-type,assignment,union-attr]
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


def evaluate(graph: Graph, outputs: Sequence[int], point: Point) -> list[Value]:
    """The values of nodes at a point: a float for a number, else an array of the node's shape, not to be written to.

    A missing input is a KeyError with its name.
    """
    plan = make_plan(graph, outputs)
    if plan.scalar:
        wanted = WANTED.get()
        if wanted in (None, "scalar"):
            return Scalar(plan).run(point)
        from .batch import at_one_point

        return at_one_point(plan, point)
    from .array import Array

    return Array(plan).run(point)
