"""`hess`: the Hessian."""

from __future__ import annotations

from .base import FORMATS, Ask, Command, Output, State
from .derivatives import hold_dense, run
from .flat import flat
from .options import DERIVE, MATRICES, RENDER, TABLE


def _run(state: State, ask: Ask) -> Output:
    if ask.get("points") is not None:
        from .over_points import run as run_over_points

        return run_over_points("hess", state, ask)
    if ask.get("sparse"):
        from .sparse import run as run_sparse

        return run_sparse("hess", state, ask)
    hold_dense(ask)
    return flat(run("hess", state, ask), ask)


COMMAND = Command(
    "hess",
    "the Hessian: the matrix of second derivatives, one for each output",
    "EXPR",
    (*DERIVE, "flat", "sparse", *TABLE, *RENDER),
    (
        'dcalc hess "x^2*y + y^3" --at x=1,y=2',
        'dcalc hess "x^2*y + y^3" --at x=1,y=2 --backend all',
        'dcalc hess "sum((x[2..4] - x[1..3]^2)^2)" --at x=[1,2,3,4] --sparse',
    ),
    "Rows and columns are the components of the inputs; for more than 12 of them, matrices among them, each pair of\n"
    "inputs has a block unless --flat is given.\n"
    "At a kink only --at-kink lecture (the convention of the notes) has an answer.\n"
    "--sparse finds on the graph which pairs of inputs interact, and takes one product of the Hessian with a vector\n"
    "for each colour of the columns: three for a band of three, whatever its length. --out FILE.npz is a file of\n"
    "SciPy's sparse matrices, FILE.mtx one of Matrix Market; --json has rows and columns, which count from 0 there.",
    _run,
    (*FORMATS, *MATRICES),
)
