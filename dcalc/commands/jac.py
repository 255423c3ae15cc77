"""`jac`: the Jacobian of a vector-valued expression."""

from __future__ import annotations

from .base import Ask, Command, Output, State
from .derivatives import run
from .flat import flat
from .options import DERIVE, RENDER


def _run(state: State, ask: Ask) -> Output:
    return flat(run("jac", state, ask), ask)


COMMAND = Command(
    "jac",
    "the Jacobian: rows are outputs, columns are inputs",
    "EXPR",
    (*DERIVE, "flat", *RENDER),
    (
        'dcalc jac "[x*y, x+y]" --at x=2,y=3',
        'dcalc jac "[r*cos(t), r*sin(t)]" --at r=1,t=pi/2 --format latex',
        'dcalc jac "W @ y + b" --at "W=[[1,2],[3,4]],y=[5,6],b=[0,1]"',
    ),
    "EXPR is a vector [f1, f2, …], or one expression, whose Jacobian is a row. Where it or an input is a matrix, each\n"
    "input has a block: for each component of EXPR an array of the input's shape. --flat makes one table of all.",
    _run,
)
