"""`expand`: everything multiplied out."""

from __future__ import annotations

from ..graph.simplify.forms import expand
from .base import Ask, Command, Output, State
from .form import by_component
from .options import RENDER


def _run(state: State, ask: Ask) -> Output:
    return by_component(
        state, ask, "expand", lambda prepared, node: expand(prepared.graph, node, decimals=prepared.decimals)
    )


COMMAND = Command(
    "expand",
    "products and powers of sums, multiplied out",
    "EXPR",
    ("load", "steps", *RENDER),
    ('dcalc expand "(x + 1)^3"', 'dcalc expand "(x + y)*(x - y)/x"', 'dcalc expand "(sqrt(x) + 1)^2"'),
    "Sums below a fraction's line, and what stands inside of functions, stay as they are. Up to 5000 terms.",
    _run,
)
