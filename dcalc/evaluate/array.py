"""The interpreter for many points: the same plan over NumPy columns, in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph.exact import to_float
from ..primitives import TABLE
from .array_kernels import array_kernel
from .plan import Plan
from .scalar import Point

Columns = NDArray[np.float64]
BLOCK = 16_384


class Array:
    """A plan with its NumPy kernels bound; call `run` with points."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._kernels: list[Callable[..., Any]] = [array_kernel(TABLE[step.op]) for step in plan.steps]

    def run(self, points: Sequence[Point]) -> Columns:
        """The outputs at each point, as an array of shape (outputs, points)."""
        result = np.empty((len(self.plan.outputs), len(points)))
        for start in range(0, len(points), BLOCK):
            block = points[start : start + BLOCK]
            self._block(block, result[:, start : start + len(block)])
        return result

    def _block(self, points: Sequence[Point], result: Columns) -> None:
        plan = self.plan
        values: list[Any] = [None] * plan.size
        for slot, constant in plan.constants:
            values[slot] = np.float64(to_float(constant))
        for slot, name, position in plan.inputs:
            column = [p[name] if position is None else p[name][position] for p in points]  # type: ignore[index]
            values[slot] = np.array(column, dtype=np.float64)
        with np.errstate(all="ignore"):  # IEEE results; whoever asked looks for what is not finite
            for (slot, _, args, attr), kernel in zip(plan.steps, self._kernels, strict=True):
                given = [values[arg] for arg in args]
                values[slot] = kernel(*given) if attr is None else kernel(attr, *given)
        for row, slot in enumerate(plan.outputs):
            result[row] = values[slot]
