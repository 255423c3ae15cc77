"""`factor`: a polynomial as a product."""

from __future__ import annotations

from ..graph.simplify.forms import factor
from .base import Ask, Command, Output, State
from .form import by_component
from .options import RENDER


def _run(state: State, ask: Ask) -> Output:
    return by_component(
        state, ask, "factor", lambda prepared, node: factor(prepared.graph, node, decimals=prepared.decimals)
    )


COMMAND = Command(
    "factor",
    "a polynomial or a fraction of two, as a product over the rationals",
    "EXPR",
    ("load", "steps", *RENDER),
    ('dcalc factor "x^4 + 4"', 'dcalc factor "x^6 - y^6"', 'dcalc factor "1/(x - 1) - 2/(x^2 - 1)"'),
    "Functions count as unknowns: sin(x)^2 - 1 is (sin(x) - 1)*(sin(x) + 1). What cannot be factored\n"
    "over the rationals, such as x^2 - 2, stays.\n"
    "In one unknown up to degree 120; in several as long as the product of (degree + 1) over the unknowns stays\n"
    "within 120 (without one of them where all terms have the same degree).",
    _run,
)
