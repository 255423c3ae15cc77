"""`collect`: an expression by the powers of one input."""

from __future__ import annotations

from ..errors import DcalcError
from ..graph.simplify.forms import collect
from .base import Ask, Command, Output, State
from .form import by_component
from .options import RENDER
from .prepare import Prepared


def _run(state: State, ask: Ask) -> Output:
    return by_component(
        state,
        ask,
        "collect",
        lambda prepared, node: collect(prepared.graph, node, _variable(prepared, ask), decimals=prepared.decimals),
    )


def _variable(prepared: Prepared, ask: Ask) -> int:
    graph, name = prepared.graph, ask.get("var")
    inputs = {graph.attrs[node]: node for node in prepared.inputs()}
    if name is None and len(inputs) == 1:
        return next(iter(inputs.values()))
    if name in inputs:
        return inputs[name]
    if not inputs:
        raise DcalcError("usage", "there is no input to collect by", source=ask.operand)
    known = ", ".join(list(inputs)[:8])
    message = f"there is no input {name}" if name else "by which input? there are several"
    raise DcalcError("usage", message, source=ask.operand, hint=f"--var takes one of {known}")


COMMAND = Command(
    "collect",
    "multiplied out and sorted by the powers of one input",
    "EXPR",
    ("var", "load", "steps", *RENDER),
    ('dcalc collect "(x + a)*(x + b)" --var x', 'dcalc collect "a*sin(x) + b*sin(x) + x*y" --var x'),
    "Terms that have the same of the input, a power or a function, are put together. Up to 5000 terms.",
    _run,
)
