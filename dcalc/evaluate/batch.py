"""The interpreter for many points: the same plan with one more axis in front, in blocks that bound the memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph.exact import to_float
from ..graph.graph import Graph
from ..graph.shapes import size as size_of
from .array import bind, last_uses, read
from .moves import Kernel, key
from .plan import Plan, make_plan
from .scalar import Point

Numbers = NDArray[np.float64]
#: Points of a block at most, and numbers of its largest value (8 MB): the cache holds the small ones.
BLOCK = 16_384
BLOCK_NUMBERS = 2**20


def evaluate_batch(
    graph: Graph, outputs: Sequence[int], point: Point, batch: Mapping[str, Numbers], size: int
) -> list[Numbers]:
    """The values of nodes at `size` points: arrays of shape (size, *node's shape).

    batch: the inputs that differ from point to point, each of shape (size, *its shape). All others have the value of
    `point`; what depends on none of the batch is computed once. A missing input is a KeyError with its name.
    """
    return Batch(make_plan(graph, outputs), batch).run(point, batch, size)


class Batch:
    """A plan with its kernels bound for given inputs that differ from point to point."""

    def __init__(self, plan: Plan, names: Mapping[str, Any]) -> None:
        self.plan = plan
        #: slots with a value for each point
        many = {given.slot for given in plan.inputs if given.name in names}
        once, each = [], []
        largest = 1
        for step in plan.steps:
            if many.isdisjoint(step.args):
                once.append(step)
            else:
                each.append(step)
                many.add(step.slot)
                largest = max(largest, size_of(step.shape), *map(size_of, step.shapes))
        self.block = min(BLOCK, max(1, BLOCK_NUMBERS // largest))
        self._many = many
        # The outputs, and what the blocks read of what is computed once, live to the end.
        kept = {arg for step in each for arg in step.args if arg not in many}.union(plan.outputs)
        kernels: dict[Any, Kernel] = {}
        self._once = [(s, _kernel(kernels, s, many), dead) for s, dead in zip(once, last_uses(once, kept), strict=True)]
        self._each = [
            (s, _kernel(kernels, s, many), tuple(arg for arg in dead if arg in many))
            for s, dead in zip(each, last_uses(each, plan.outputs), strict=True)
        ]

    def run(self, point: Point, batch: Mapping[str, Numbers], size: int) -> list[Numbers]:
        """The outputs at every point."""
        plan, many = self.plan, self._many
        results = [np.empty((size, *shape)) for shape in plan.shapes]
        fixed: list[Any] = [None] * plan.size
        columns: list[tuple[int, Numbers]] = []
        for slot, constant in plan.constants:
            fixed[slot] = to_float(constant)
        for slot, name, places, shape in plan.inputs:
            if slot in many:
                column = np.asarray(batch[name], dtype=np.float64)
                columns.append((slot, column if places is None else column[(slice(None), *key(places))]))
            else:
                fixed[slot] = read(point[name], places, shape)
        with np.errstate(all="ignore"):  # IEEE results; whoever asked looks for what is not finite
            _run(self._once, fixed)
            for slot, result in zip(plan.outputs, results, strict=True):
                if slot not in many:
                    result[...] = fixed[slot]
            for start in range(0, size, self.block):
                values = fixed.copy()
                for slot, column in columns:
                    values[slot] = column[start : start + self.block]
                _run(self._each, values)
                for slot, result in zip(plan.outputs, results, strict=True):
                    if slot in many:
                        result[start : start + self.block] = values[slot]
        return results


def _kernel(kernels: dict[Any, Kernel], step: Any, many: set[int]) -> Kernel:
    batched = tuple(arg in many for arg in step.args)
    signature = (step.op, step.attr, step.shapes, batched)
    kernel = kernels.get(signature)
    if kernel is None:
        kernel = kernels[signature] = bind(step, batched)
    return kernel


def _run(steps: Sequence[tuple[Any, Kernel, tuple[int, ...]]], values: list[Any]) -> None:
    for step, kernel, dead in steps:
        values[step.slot] = kernel(*[values[arg] for arg in step.args])
        for arg in dead:
            values[arg] = None
