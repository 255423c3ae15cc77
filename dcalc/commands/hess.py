"""`hess`: the Hessian."""

from __future__ import annotations

from .base import Ask, Command, Output, State
from .derivatives import run
from .flat import flat
from .options import DERIVE, RENDER


def _run(state: State, ask: Ask) -> Output:
    return flat(run("hess", state, ask), ask)


COMMAND = Command(
    "hess",
    "the Hessian: the matrix of second derivatives, one for each output",
    "EXPR",
    (*DERIVE, "flat", *RENDER),
    (
        'dcalc hess "x^2*y + y^3" --at x=1,y=2',
        'dcalc hess "x^2*y + y^3" --at x=1,y=2 --backend all',
    ),
    "Rows and columns are the components of the inputs; for more than 12 of them, matrices among them, each pair of\n"
    "inputs has a block unless --flat is given.\n"
    "At a kink only --at-kink lecture (the convention of the notes) has an answer.",
    _run,
)
