"""`eval`: the value of an expression at a point."""

from __future__ import annotations

from ..backends.derive import value
from ..backends.problem import Problem
from ..errors import DcalcError
from ..graph.duals import order_of
from .base import Ask, Command, Output, State
from .derivatives import wants_branches
from .options import POINT, RENDER, TABLE
from .prepare import prepare, problem


def _run(state: State, ask: Ask) -> Output:
    if ask.get("points") is not None:
        from .over_points import run as run_over_points

        return run_over_points("eval", state, ask)
    prepared = prepare(state, ask, duals=True, loop_nodes=True)
    asked: Problem = problem(prepared, ask)
    order = ask.get("order", 0)
    if order and not order_of(asked.graph, asked.output):
        hint = "order is of a dual number: exp((x + eps)^2); diff has an order, too"
        raise DcalcError("usage", "there is no ε in this", source=ask.operand, hint=hint)
    result = value(asked, ieee=ask.get("ieee", False), branches=wants_branches(ask), order=order)
    return Output([result], [note for note in [*prepared.notes, *result.notes] if note.kind != "zero"])


COMMAND = Command(
    "eval",
    "the value of an expression",
    "EXPR",
    (*POINT, "branches", "order", *TABLE, *RENDER),
    (
        'dcalc eval "sqrt(2)^2 - 2"',
        'dcalc eval "max(y*z, y+2*x)" --at x=2,y=3,z=-1 --branches',
        'dcalc eval "A @ v" --at "A=[[1,2],[3,4]],v=[1,1]"',
        'dcalc eval "x^2 + 3*x" --at "x=dual(2,1)"',
    ),
    "Without --at every name must be a constant (pi, e) or be defined in EXPR.\n"
    "--points FILE computes it at every row of a table: `dcalc help points`.",
    _run,
)
