"""One call for any number of points: few go through `scalar`, many through `array`."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Graph
from .plan import make_plan
from .scalar import Point, Scalar

#: Points times operations from which importing NumPy pays (its import is about 100 ms, an operation about 0.1 µs).
ENOUGH_FOR_ARRAYS = 500_000


def evaluate_points(graph: Graph, outputs: Sequence[int], points: Sequence[Point]) -> list[list[float]]:
    """The values of scalar nodes at each point: one list of outputs per point."""
    plan = make_plan(graph, outputs)
    if len(points) * len(plan.steps) >= ENOUGH_FOR_ARRAYS and len(points) > 8:
        from .array import Array

        columns: list[list[float]] = Array(plan).run(points).T.tolist()
        return columns
    program = Scalar(plan)
    return [program.run(point) for point in points]
