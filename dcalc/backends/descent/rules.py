"""When to stop: `grad<1e-8`, `loss<0.01`, `step<…`, `change<…`, several with commas or `or`, and `steps`."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from ...errors import DcalcError, suggestion

#: What is compared, in the order in which a step is looked at.
MEASURES = ("grad", "loss", "step", "change")
#: Words for them that mean the same.
_ALSO = {"|grad|": "grad", "gradient": "grad", "f": "loss", "value": "loss", "cost": "loss", "|step|": "step"}
#: The rule that is no rule: all steps are done, and that is what was wanted.
ALL_STEPS = "steps"
_RULE = re.compile(r"\s*([^\s<=>]+)\s*<\s*=?\s*(\S+)\s*")


class Rules(NamedTuple):
    """Bounds of the gradient's length, the loss, the length of a step and the loss's change; -inf: none.

    all_steps: whether having done all steps is what was asked for.
    """

    grad: float = -math.inf
    loss: float = -math.inf
    step: float = -math.inf
    change: float = -math.inf
    all_steps: bool = False

    def held(self, grad: float, loss: float, step: float, change: float) -> str:
        """The first rule that holds, by its name; "" where none does."""
        if grad < self.grad:
            return "grad"
        if loss < self.loss:
            return "loss"
        if step < self.step:
            return "step"
        return "change" if change < self.change else ""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The bounds, in the order of `MEASURES`."""
        return self[:4]

    def __str__(self) -> str:
        parts = [f"{name}<{bound:g}" for name, bound in zip(MEASURES, self.bounds, strict=True) if bound > -math.inf]
        return " or ".join(parts + [ALL_STEPS] * self.all_steps)


#: Where nothing is asked for.
DEFAULT = Rules(grad=1e-8)


def rules_of(text: str) -> Rules:
    """The rules that a text says. ValueError for what is none."""
    found: dict[str, float] = {}
    all_steps = False
    for part in re.split(r",|;|\bor\b|\|\|", text):
        if part.strip() == ALL_STEPS:
            all_steps = True
            continue
        match = _RULE.fullmatch(part)
        if match is None:
            raise ValueError("rules such as grad<1e-8 or change<1e-12 (or steps: all of them)")
        name = _ALSO.get(match[1], match[1])
        if name not in MEASURES:
            hint = suggestion(name, [*MEASURES], f"there are {', '.join(MEASURES)}")
            raise DcalcError("usage", f"a descent cannot stop by {match[1]}", hint=hint)
        try:
            bound = float(match[2])
        except ValueError:
            bound = math.nan
        if math.isnan(bound) or (name != "loss" and bound <= 0):
            raise ValueError(f"a number{' above 0' * (name != 'loss')} behind {name}<")
        if name in found:
            raise ValueError(f"{name} once")
        found[name] = bound
    return Rules(**found, all_steps=all_steps)
