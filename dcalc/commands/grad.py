"""`grad`: the value of an expression and its gradient."""

from __future__ import annotations

from .base import Ask, Command, Output, State
from .derivatives import run
from .options import DERIVE, RENDER, TABLE


def _run(state: State, ask: Ask) -> Output:
    if ask.get("points") is not None:
        from .over_points import run as run_over_points

        return run_over_points("grad", state, ask)
    return run("grad", state, ask)


COMMAND = Command(
    "grad",
    "the value and the gradient: one partial derivative for each input",
    "EXPR",
    (*DERIVE, *TABLE, *RENDER),
    (
        'dcalc grad "max(y*z, y+2*x)" --at x=2,y=3,z=-1',
        'dcalc grad "a = x^2; b = exp(a); a + b" --at x=1 --wrt a',
        'dcalc grad "x^2*sin(y)" --at x=1,y=2 --backend all',
        'dcalc grad "norm(W @ y)" --at "W=[[1,2],[3,4]],y=[1,1]" --wrt W',
    ),
    "EXPR is an expression or a program; - reads it from standard input, @FILE from a file.\n"
    "The gradient in an array is an array of its shape.\n"
    "A name in --at that EXPR lacks has derivative 0. A defined name in --wrt cuts the program there.\n"
    "--points FILE computes it at every row of a table: `dcalc help points`.",
    _run,
)
