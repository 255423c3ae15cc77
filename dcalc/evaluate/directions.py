"""A plan along directions that stay the same while the point moves: what hangs on them alone is computed once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..graph.exact import to_float
from ..graph.graph import STRUCTURAL
from ..graph.shapes import size
from ..primitives import TABLE
from .array import bind, last_uses, read
from .moves import Kernel, key
from .plan import Plan, Step
from .scalar import Point

if TYPE_CHECKING:
    from .fused import Fused

Numbers: TypeAlias = NDArray[np.float64]
#: Values of fewer numbers are kept to the end of a run: to let them go costs more than it saves.
LARGE = 10_000
#: Operations that NumPy computes with the processor's own flags: what is not finite raises.
_FLAGGED = STRUCTURAL | {"+", "-", "*", "/", "neg", "^", "sqrt", "relu", "if", "sum[]"}
_FLAGGED |= {"<", "<=", ">", ">=", "==", "!=", "and", "or", "not"}


class Directions:
    """A plan with its kernels bound, for `count` directions: inputs that have `count` values, one for each."""

    def __init__(self, plan: Plan, directions: Mapping[str, Numbers]) -> None:
        self.plan = plan
        many = {given.slot for given in plan.inputs if given.name in directions}
        moving = {given.slot for given in plan.inputs if given.name not in directions}
        self._start: list[Any] = [None] * plan.size
        for slot, constant in plan.constants:
            self._start[slot] = to_float(constant)
        for given in plan.inputs:
            if given.slot in many:
                value = directions[given.name]
                self._start[given.slot] = value if given.places is None else value[(slice(None), *key(given.places))]
        kernels: dict[Any, Kernel] = {}
        once: list[Step] = []
        each: list[Step] = []
        for step in plan.steps:
            if moving.isdisjoint(step.args):
                once.append(step)
            else:
                each.append(step)
                moving.add(step.slot)
            if not many.isdisjoint(step.args):
                many.add(step.slot)
        with np.errstate(all="ignore"):
            for step in once:
                self._start[step.slot] = _bound(kernels, step, many)(*[self._start[arg] for arg in step.args])
        needed = {arg for step in each for arg in step.args}.union(plan.outputs)
        for step in once:
            if step.slot not in needed:
                self._start[step.slot] = None
        self._inputs = [given for given in plan.inputs if given.slot in moving]
        #: numbers, and what raises no flags: looked at when all is done
        self._scalars = [step.slot for step in each if not step.shape and step.slot not in many]
        self._quiet = {step.slot for step in each if not _flagged(step) and (step.shape or step.slot in many)}
        kept = needed.difference(moving).union(plan.outputs, self._scalars)
        width = max([1, *(size(step.shape) for step in each)])
        dead = last_uses(each, kept) if width > LARGE else [()] * len(each)
        bound = [(step, _bound(kernels, step, many)) for step in each]
        self._steps = [(step.slot, kernel, step.args, gone) for (step, kernel), gone in zip(bound, dead, strict=True)]
        self._bound, self._many, self._moving = bound, many, moving
        self._fused: Fused | None = None

    @property
    def compiled(self) -> bool:
        """Whether a strict run is compiled, as far as it can be."""
        return self._fused is not None

    def compile(self, count: int, parts: Sequence[int], assemble: Callable[[list[Any]], Numbers]) -> None:
        """Have what works by component compiled, where that is worth it, for runs by `entries`.

        parts: the outputs, by their positions, of which `assemble` makes the entries; it only moves numbers.
        """
        from .fused import fused

        slots = [self.plan.outputs[k] for k in parts]
        rest = [slot for k, slot in enumerate(self.plan.outputs) if k not in parts]
        wanted = {*rest, *self._scalars}
        self._fused = fused(self._bound, self._many, self._moving, count, self._start, wanted, slots, assemble)
        self._parts, self._assemble = slots, assemble
        if self._fused is not None:
            self._quiet &= self._fused.slots

    def entries(self, point: Point) -> Numbers:
        """The entries by what is compiled. FloatingPointError where not all that is computed is finite."""
        assert self._fused is not None
        values = self._start.copy()
        for slot, name, places, shape in self._inputs:
            values[slot] = read(point[name], places, shape)
        with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
            for task in self._fused.tasks:
                task(values)
            if self._fused.gathered is not None:
                found = self._fused.entries()
            else:
                found = self._assemble([values[slot] for slot in self._parts])
        self._hold_finite(values)
        if not np.isfinite(found).all():
            raise FloatingPointError
        return found

    def _hold_finite(self, values: list[Any]) -> None:
        if not all(map(math.isfinite, [values[slot] for slot in self._scalars])):
            raise FloatingPointError
        for slot in self._quiet:
            if values[slot] is not None and not np.isfinite(values[slot]).all():
                raise FloatingPointError

    def run(self, point: Point, *, strict: bool = True) -> list[Any]:
        """The outputs: a value for each direction where they depend on it, else one.

        strict: FloatingPointError where a value on the way is not finite. A missing input is a KeyError.
        """
        values = self._start.copy()
        for slot, name, places, shape in self._inputs:
            values[slot] = read(point[name], places, shape)
        how: Any = "raise" if strict else "ignore"
        with np.errstate(divide=how, over=how, invalid=how, under="ignore"):
            for slot, kernel, args, dead in self._steps:
                if len(args) == 2:
                    result = kernel(values[args[0]], values[args[1]])
                elif len(args) == 1:
                    result = kernel(values[args[0]])
                else:
                    result = kernel(*[values[arg] for arg in args])
                if strict and slot in self._quiet and not np.isfinite(result).all():
                    raise FloatingPointError
                values[slot] = result
                for arg in dead:
                    values[arg] = None
        if strict and not all(map(math.isfinite, [values[slot] for slot in self._scalars])):
            raise FloatingPointError
        return [values[slot] for slot in self.plan.outputs]


def _flagged(step: Step) -> bool:
    if step.op in _FLAGGED:
        return True
    return TABLE[step.op].kind == "elementwise" and isinstance(getattr(np, TABLE[step.op].numpy or "", None), np.ufunc)


def _bound(kernels: dict[Any, Kernel], step: Step, many: set[int]) -> Kernel:
    batched = tuple(arg in many for arg in step.args)
    signature = (step.op, step.attr, step.shapes, batched)
    kernel = kernels.get(signature)
    if kernel is None:
        kernel = kernels[signature] = bind(step, batched)
    return kernel
