"""`engines`: what can evaluate at many points here, and which engine would be chosen for an expression."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from ..errors import DcalcError
from ..evaluate.engines import ENGINES, choose, unavailable
from ..evaluate.plan import make_plan
from ..sweeps.reverse import gradient
from .base import Ask, Command, Output, State
from .options import RENDER
from .prepare import prepare

#: How many points a choice is told for, where an expression is given.
SIZES = (1, 1_000, 100_000, 10_000_000)
_WHAT = {
    "scalar": "one point after another",
    "array": "NumPy, block by block",
    "llvm": "vector code, of numbers",
}


class Engine(NamedTuple):
    """An engine; missing: why it cannot be used here, else ""; version: what it is made of."""

    name: str
    what: str
    missing: str
    version: str


class Chosen(NamedTuple):
    """The engine that evaluates an expression and its gradient at so many points, and why."""

    points: int
    engine: str
    why: str


class Engines(NamedTuple):
    """What `engines` answers; operations and choices where an expression was given."""

    engines: list[Engine]
    operations: int | None
    choices: list[Chosen]


def _engine(name: str) -> Engine:
    version = missing = ""
    if name == "array":
        import numpy

        version = f"NumPy {numpy.__version__}"
    elif name == "llvm":
        missing = unavailable()
        if not missing:
            from ..evaluate.llvm.host import described

            version = described()
    else:
        from platform import python_version

        version = f"Python {python_version()}"
    return Engine(name, _WHAT[name], missing, version)


def _run(state: State, ask: Ask) -> Output:
    engines = [_engine(name) for name in ENGINES]
    if ask.operand is None or not ask.operand.text.strip():
        return Output([Engines(engines, None, [])], [])
    prepared = prepare(state, ask)
    graph = prepared.graph
    outputs = list(graph.components(prepared.output))
    inputs = prepared.inputs()
    if len(outputs) == 1:  # as `grad` has it; of several outputs the values alone
        with suppress(DcalcError):
            outputs += gradient(graph, outputs[0], inputs)
    plan = make_plan(graph, outputs)
    choices = [Chosen(points, *choose(plan, points, loaded=False)) for points in SIZES]
    return Output([Engines(engines, len(plan.steps), choices)], prepared.notes)


COMMAND = Command(
    "engines",
    "what evaluates at many points here, and which engine is chosen for an expression",
    "[EXPR]",
    ("at", "load", "steps", *RENDER),
    (
        "dcalc engines",
        'dcalc engines "sin(x)*exp(y)"',
        'dcalc grad "sin(x)*exp(y)" --at x=1,y=2 --engine array',
    ),
    "scalar   one point after the other, with Python's floats: what one point is computed by\n"
    "array    NumPy over blocks of points that fit the cache, on several threads; arrays as well as numbers\n"
    "llvm     vector code for this processor, made by LLVM (pip install 'dcalc[fast]'), for programs of numbers;\n"
    "         functions within 1.5 units in the last place; where the table has an entry without compiled\n"
    "         form (gamma, lgamma, digamma, polygamma), NumPy computes that one between compiled parts\n"
    "With EXPR: which engine evaluates it and its gradient at so many points, and why. Compiling takes some 15 ms\n"
    "(60 more to load LLVM), so it is chosen where NumPy would take longer than that; --engine NAME overrides.\n"
    "Programs of 2000 operations and more are data for a compiled interpreter: nothing of them is compiled anew.\n"
    "All give the same numbers within a few units in the last place. Compiled code is kept in\n"
    "$XDG_CACHE_HOME/dcalc/code (else ~/.cache), which nobody else may write to, and checked before it is used.\n"
    "Blocks bound the memory, whatever the number of points; large results are written past the processor's caches.\n"
    "DCALC_THREADS=1 in the environment has one thread compute, DCALC_VECTOR=4 (or 2) has shorter vectors.",
    _run,
)
