"""A plan as one would write it by hand: signs are moved into sums and differences, a*(1/b) is a/b.

Moving a sign is exact. a/b is rounded once where a*(1/b) is rounded twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from ..evaluate.plan import Plan, Step

_SUMS = frozenset("+-")
_PRODUCTS = frozenset("*/")


def tidied(plan: Plan, named: Collection[int]) -> Plan:
    """The plan with the same outputs. named: slots whose values somebody wants to see as they are."""
    made = _Signs(plan, named)
    for step in plan.steps:
        made.take(step)
    outputs = [made.positive(slot) for slot in plan.outputs]
    steps = _quotients(made.steps, made.constants, outputs, named)
    return plan._replace(size=made.size, constants=list(made.constants.items()), steps=steps, outputs=outputs)


class _Signs:
    """Steps anew, in which a value may stand for its negative. sign: slot -> (whether it is negative, of what)."""

    def __init__(self, plan: Plan, named: Collection[int]) -> None:
        self.size = plan.size
        self.named = frozenset(named)
        self.steps: list[Step] = []
        self.constants: dict[int, Any] = dict(plan.constants)
        self.sign: dict[int, tuple[bool, int]] = {}
        self.shapes = {step.slot: step.shape for step in plan.steps} | {one.slot: one.shape for one in plan.inputs}
        self.whole: dict[int, int] = {}
        positive = {value: slot for slot, value in plan.constants if not isinstance(value, str) and value > 0}
        for slot, value in plan.constants:
            if not isinstance(value, str) and value < 0:
                if -value not in positive:
                    positive[-value] = self._fresh()
                    self.constants[positive[-value]] = -value
                self.sign[slot] = True, positive[-value]
                self.whole[positive[-value]] = slot

    def _fresh(self) -> int:
        self.size += 1
        return self.size - 1

    def _of(self, slot: int) -> tuple[bool, int]:
        return self.sign.get(slot, (False, slot))

    def positive(self, slot: int) -> int:
        """A slot that holds the value itself."""
        negative, of = self._of(slot)
        if not negative:
            return of
        if of not in self.whole:
            self.whole[of] = own = self._fresh()
            shape = self.shapes.get(of, ())
            self.shapes[own] = shape
            self.steps.append(Step(own, "neg", (of,), None, shape, (shape,)))
        return self.whole[of]

    def take(self, step: Step) -> None:
        """Write a step."""
        if step.slot in self.named or step.op not in (*_SUMS, *_PRODUCTS, "neg"):
            args = tuple([self.positive(arg) for arg in step.args])
            self.steps.append(step._replace(args=args))
            return
        signs = [self._of(arg) for arg in step.args]
        if step.op == "neg":
            ((negative, of),) = signs
            self.sign[step.slot] = not negative, of
            return
        (first, u), (second, v) = signs
        if step.op in _PRODUCTS:
            self.steps.append(step._replace(args=(u, v)))
            self.sign[step.slot] = first != second, step.slot
            return
        second ^= step.op == "-"
        args, shapes = (u, v), step.shapes
        if first and second:  # -u - v; of -(u + v) a zero would have the other sign
            args = (self.positive(step.args[0]), v)
        elif first:  # -u + v
            args, shapes = (v, u), shapes[::-1]
        self.steps.append(step._replace(op="-" if first or second else "+", args=args, shapes=shapes))


def _quotients(
    steps: list[Step], constants: dict[int, Any], outputs: Collection[int], named: Collection[int]
) -> list[Step]:
    """a*(1/b) as a/b, where nobody else wants 1/b; and without what nobody wants."""
    uses = Counter(outputs)
    for step in steps:
        uses.update(step.args)
    by_slot = {step.slot: step for step in steps}

    def inverse(slot: int) -> Step | None:
        step = by_slot.get(slot)
        once = step is not None and uses[slot] == 1 and slot not in named
        return step if once and step is not None and step.op == "/" and constants.get(step.args[0]) == 1 else None

    found: list[Step] = []
    gone: set[int] = set()
    for step in steps:
        if step.op == "*":
            for k in (1, 0):
                other = inverse(step.args[k])
                if other is not None and other.shape == step.shapes[k]:
                    args = step.args[1 - k], other.args[1]
                    step = step._replace(op="/", args=args, shapes=(step.shapes[1 - k], other.shapes[1]))
                    by_slot[step.slot] = step
                    gone.add(other.slot)
                    break
        found.append(step)
    return _live([step for step in found if step.slot not in gone], outputs)


def _live(steps: list[Step], outputs: Collection[int]) -> list[Step]:
    wanted = set(outputs)
    found = []
    for step in reversed(steps):
        if step.slot in wanted:
            wanted.update(step.args)
            found.append(step)
    return found[::-1]
