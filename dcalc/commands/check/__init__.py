"""`check`: do the backends agree, is my formula right, are my numbers right?"""

from __future__ import annotations

from typing import NamedTuple

from ...backends.derive import Request
from ...backends.result import Compared
from ...errors import EXIT_FAILED, DcalcError
from ..base import Ask, Command, Output, State
from ..options import RENDER
from ..prepare import prepare, problem

#: The highest order of derivatives that backends are compared in.
MOST_ORDER = 2


class Agreement(NamedTuple):
    """Whether the backends agree."""

    compared: Compared

    @property
    def verdict(self) -> str:
        """ "agree" or "disagree"."""
        return "disagree" if self.compared.disagreements else "agree"


def _run(state: State, ask: Ask) -> Output:
    if ask.get("claim") and ask.get("grad"):
        message = "claim is about a formula, grad about numbers"
        raise DcalcError("usage", message, hint="ask for one of them at a time")
    if ask.get("claim"):
        from .claim import check_claim

        return check_claim(state, ask)
    if ask.get("grad"):
        from .numbers import check_numbers

        return check_numbers(state, ask)
    if "tolerance" in ask.options:
        raise DcalcError("usage", "tolerance goes with your numbers", hint="for example --grad x=0.33 --tolerance 0.01")
    return _backends(state, ask)


def _backends(state: State, ask: Ask) -> Output:
    from ...backends.agree import compare

    prepared = prepare(state, ask)
    asked = problem(prepared, ask)
    order = ask.get("order", 1)
    if order > MOST_ORDER:
        hint = "--order 1 is the first derivative, --order 2 the Hessian"
        raise DcalcError("usage", f"the backends are compared up to order {MOST_ORDER}", hint=hint)
    kind = "hess" if order == MOST_ORDER else "jac" if asked.shape else "grad"
    compared = compare(asked, Request(kind))
    notes = [*prepared.notes, *compared.notes]
    return Output([Agreement(compared)], notes, EXIT_FAILED if compared.disagreements else 0)


COMMAND = Command(
    "check",
    "is it right? Your derivative, your numbers, or the backends against each other",
    "EXPR",
    ("claim", "grad", "at", "wrt", "order", "tolerance", "load", "steps", *RENDER),
    (
        'dcalc check "x^2*sin(y)" --at x=1,y=2',
        'dcalc check "sin(2*x)" --claim "2*(cos(x)^2 - sin(x)^2)"',
        'dcalc check "x^2*y" --claim "[2*x*y, x^2]"',
        'dcalc check "sqrt(x)" --grad x=0.354 --at x=2',
    ),
    "--claim: is this the derivative? PROVEN by the simplifier; or EQUAL ON SAMPLES, which is no proof; or WRONG,\n"
    "with a point, both numbers there and the slip that leads to the claim, if one does. Of several inputs --wrt\n"
    "names one, or the claim lists all: a gradient, a row for each output of a vector. --order N: the N-th\n"
    "derivative. --at: the claim is tried there as well; what it gives where others stay free keeps its value.\n"
    "--grad: are these the numbers? They are held to the digits that you wrote (half a unit of the last one);\n"
    "numbers without a decimal point and expressions are taken as exact. --tolerance N: how far off they may be.\n"
    "Neither: do all backends agree at the point? --order 2 compares Hessians.\n"
    "At a kink there is no derivative: check says kink, and both one-sided ones. Exit status 0: yes; 1: no.",
    _run,
)
