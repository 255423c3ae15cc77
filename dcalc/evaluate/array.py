"""The interpreter for plans with arrays, at one point. What is a number is computed as `scalar` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..graph.exact import to_float
from ..graph.graph import LOOPS
from ..primitives import TABLE
from .array_kernels import array_kernel
from .linear import LINEAR
from .moves import MOVES, Kernel, Maker, aligner
from .plan import Plan, Step
from .reductions import REDUCTIONS
from .scalar import Point, Value
from .scalar_kernels import scalar_kernel

_MAKERS: Mapping[str, Maker] = {**MOVES, **REDUCTIONS, **LINEAR}


class Array:
    """A plan with its kernels bound; call `run` with a point."""

    __slots__ = ("_start", "_steps", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._start: list[Value] = [None] * plan.size
        for slot, constant in plan.constants:
            self._start[slot] = to_float(constant)
        kernels: dict[Any, Kernel] = {}
        self._steps: list[tuple[int, Kernel, tuple[int, ...], tuple[int, ...]]] = []
        for step, dead in zip(plan.steps, last_uses(plan.steps, plan.outputs), strict=True):
            signature = (step.op, step.attr, step.shapes)
            kernel = kernels.get(signature)
            if kernel is None:
                kernel = kernels[signature] = bind(step, (False,) * len(step.args))
            self._steps.append((step.slot, kernel, step.args, dead))

    def run(self, point: Point) -> list[Value]:
        """The outputs at a point. A missing input is a KeyError with its name."""
        values = self._start.copy()
        for slot, name, places, shape in self.plan.inputs:
            values[slot] = read(point[name], places, shape)
        with np.errstate(all="ignore"):  # IEEE results; whoever asked looks for what is not finite
            for slot, kernel, args, dead in self._steps:
                if len(args) == 2:
                    values[slot] = kernel(values[args[0]], values[args[1]])
                elif len(args) == 1:
                    values[slot] = kernel(values[args[0]])
                else:
                    values[slot] = kernel(*[values[arg] for arg in args])
                for arg in dead:
                    values[arg] = None
        return [
            np.ascontiguousarray(values[slot]) if shape else values[slot]
            for slot, shape in zip(self.plan.outputs, self.plan.shapes, strict=True)
        ]


def read(value: Any, places: Any, shape: tuple[int, ...]) -> Value:
    """An input's value, as the plan wants it."""
    if places is not None:
        return value.item(places)
    return np.asarray(value, dtype=np.float64) if shape else value


def last_uses(steps: Sequence[Step], outputs: Iterable[int]) -> list[tuple[int, ...]]:
    """For each step, the slots that nobody reads behind it: a large value goes as soon as it may."""
    seen = set(outputs)
    result: list[tuple[int, ...]] = []
    for step in reversed(steps):
        dead = tuple(arg for arg in dict.fromkeys(step.args) if arg not in seen)
        seen.update(dead)
        result.append(dead)
    return result[::-1]


def bind(step: Step, batched: Sequence[bool]) -> Kernel:
    """The function that computes a step for arguments of which some have one more axis in front: one value a point.

    Its result has that axis too if an argument has it; else it is a float for a number. Whoever calls it sets
    `np.errstate(all="ignore")`. DcalcError (usage) where the step needs a package that is not installed.
    """
    many = any(batched)
    if step.op in LOOPS:
        from .loops import MAKERS

        return MAKERS[step.op](step, batched)
    if step.op in _MAKERS:
        if not many and not step.shape and not any(step.shapes):
            return scalar_kernel(TABLE[step.op])
        kernel = _MAKERS[step.op](step, batched)
        if many or step.shape or step.op == "index":
            return kernel
        return lambda *args: float(kernel(*args))
    entry = TABLE[step.op]
    static = step.attr
    if many or step.shape:
        kernel = array_kernel(entry)
        if step.op == "if" and not step.shapes[0] and not many:
            kernel = _choice(step)
        if static is not None:
            kernel = _with_static(kernel, static)
        return _aligned(kernel, step, batched) if many else kernel
    kernel = scalar_kernel(entry)
    return kernel if static is None else _with_static(kernel, static)


def _with_static(kernel: Kernel, static: Any) -> Kernel:
    return lambda *args: kernel(static, *args)


def _choice(step: Step) -> Kernel:
    """Of an `if` whose condition is one number, the branch that holds, as large as the result."""
    shape = step.shape

    def choose(condition: float, u: Any, v: Any) -> Any:
        chosen = u if condition else v
        return chosen if np.shape(chosen) == shape else np.full(shape, chosen)

    return choose


def _aligned(kernel: Kernel, step: Step, batched: Sequence[bool]) -> Kernel:
    """An elementwise kernel whose batched arguments first get the axes that they lack against the result."""
    short = [k for k, shape in enumerate(step.shapes) if batched[k] and len(shape) < len(step.shape)]
    if not short:
        return kernel
    aligners = [(k, aligner(step, k)) for k in short]

    def aligned(*args: Any) -> Any:
        given = list(args)
        for k, align in aligners:
            given[k] = align(given[k])
        return kernel(*given)

    return aligned
