"""Steps without needless changes of sign: a pass over the memory each, where sums and products can carry the sign.

Nothing changes but which operations are done: x + (-u) is x - u and (-u)*v is -(u*v), to the last bit and the sign of
zero. (-u) + (-v) is left alone, since -(u + v) is -0 where it is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .plan import Step

#: Powers of which the sign does not matter, and those that carry it.
_EVEN, _ODD = (2, 4, -2), (-1, 3)


def with_fewer_signs(
    steps: Sequence[Step], constants: Mapping[int, Any], outputs: Sequence[int], size: int
) -> tuple[list[Step], list[int], int]:
    """The same results with fewer steps `neg`, if there is a way: steps, the outputs' slots, the number of slots."""
    if not any(step.op == "neg" for step in steps):
        return list(steps), list(outputs), size
    carried = _Carried(constants, size)
    for step in steps:
        carried.take(step)
    slots = [carried.plain(slot) for slot in outputs]
    if len(carried.steps) >= len(steps):
        return list(steps), list(outputs), size
    return carried.steps, slots, carried.size


class _Carried:
    def __init__(self, constants: Mapping[int, Any], size: int) -> None:
        self.steps: list[Step] = []
        self.size = size
        self._constants = constants
        #: slot -> the slot that holds its value, and whether that has to be negated
        self._held: dict[int, tuple[int, bool]] = {}
        #: what was negated already -> where it is
        self._negated: dict[int, int] = {}

    def plain(self, slot: int) -> int:
        """A slot that holds the very value."""
        base, minus = self._held.get(slot, (slot, False))
        if not minus:
            return base
        known = self._negated.get(base)
        if known is None:
            known = self._negated[base] = self.size
            self.size += 1
            self.steps.append(Step(known, "neg", (base,), None))
        return known

    def take(self, step: Step) -> None:
        """A step, which may come out as another."""
        op, slot = step.op, step.slot
        given = [self._held.get(arg, (arg, False)) for arg in step.args]
        args, minus = [base for base, _ in given], [sign for _, sign in given]
        if op == "neg":
            self._held[slot] = args[0], not minus[0]
            return
        sign = False
        if op in ("*", "/"):
            sign = minus[0] != minus[1]
        elif op in ("+", "-"):
            below = minus[1] != (op == "-")  # what is taken away in the end
            if minus[0] and not below:
                op, args = "-", args[::-1]
            else:
                args[0] = self.plain(step.args[0])
                op = "-" if below else "+"
        elif op == "abs" or (op == "^" and self._constants.get(step.args[1]) in _EVEN):
            pass
        elif op == "^" and self._constants.get(step.args[1]) in _ODD and not minus[1]:
            sign = minus[0]
        else:
            args = [self.plain(arg) for arg in step.args]
        self.steps.append(step._replace(op=op, args=tuple(args)))
        if sign:
            self._held[slot] = slot, True
