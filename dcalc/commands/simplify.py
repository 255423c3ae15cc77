"""`simplify`: the shortest form that is found."""

from __future__ import annotations

from ..graph.simplify import simplify
from .base import Ask, Command, Output, State
from .form import answer, closed
from .options import RENDER


def _run(state: State, ask: Ask) -> Output:
    prepared = closed(state, ask, "simplify")
    (node,) = simplify(prepared.graph, [prepared.output], decimals=prepared.decimals)
    return answer(prepared, "simplify", node)


COMMAND = Command(
    "simplify",
    "the shortest form of an expression that is found",
    "EXPR",
    ("load", "steps", *RENDER),
    (
        'dcalc simplify "sin(x)^2 + cos(x)^2"',
        'dcalc simplify "sqrt(x^2) + (x^2 - 1)/(x - 1)"',
        'dcalc simplify "cos(x)/(1 + sin(x)) + tan(x)"',
        'dcalc simplify "a = x^2; b = 2*a; a*b/x"',
    ),
    "Like terms, powers, fractions, roots, exponentials, logarithms, identities of functions; never longer than\n"
    "what was written, and of the same value wherever that has one, for real numbers: sqrt(x^2) is abs(x). A point\n"
    "where it has none may get one: x^2/x is x. High powers of sums stay: see `expand` and `factor`.",
    _run,
)
