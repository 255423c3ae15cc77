"""`jac`: the Jacobian of a vector-valued expression."""

from __future__ import annotations

from .base import FORMATS, Ask, Command, Output, State
from .derivatives import hold_dense, run
from .flat import flat
from .options import DERIVE, MATRICES, RENDER, TABLE


def _run(state: State, ask: Ask) -> Output:
    if ask.get("points") is not None:
        from .over_points import run as run_over_points

        return run_over_points("jac", state, ask)
    if ask.get("sparse"):
        from .sparse import run as run_sparse

        return run_sparse("jac", state, ask)
    hold_dense(ask)
    return flat(run("jac", state, ask), ask)


COMMAND = Command(
    "jac",
    "the Jacobian: rows are outputs, columns are inputs",
    "EXPR",
    (*DERIVE, "flat", "sparse", *TABLE, *RENDER),
    (
        'dcalc jac "[x*y, x+y]" --at x=2,y=3',
        'dcalc jac "[r*cos(t), r*sin(t)]" --at r=1,t=pi/2 --format latex',
        'dcalc jac "W @ y + b" --at "W=[[1,2],[3,4]],y=[5,6],b=[0,1]"',
        'dcalc jac "x[2..4] - x[1..3]^2" --at x=[1,2,3,4] --sparse',
    ),
    "EXPR is a vector [f1, f2, …], or one expression, whose Jacobian is a row. Where it or an input is a matrix, each\n"
    "input has a block: for each component of EXPR an array of the input's shape. --flat makes one table of all.\n"
    "--sparse finds on the graph which outputs depend on which inputs, and takes one tangent for each colour of the\n"
    "columns or one adjoint for each of the rows. --out FILE.npz is a file of SciPy's sparse matrices, FILE.mtx one\n"
    "of Matrix Market; --json has rows and columns, which count from 0 there.",
    _run,
    (*FORMATS, *MATRICES),
)
