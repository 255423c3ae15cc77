"""The engines, and which of them computes a batch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from ..errors import DcalcError
from ..primitives import TABLE
from .plan import Plan

ENGINES = ("scalar", "array", "llvm")

#: What compiling takes, in milliseconds: loading LLVM, a program, each of its operations.
LOADING, COMPILING, EACH = 60.0, 12.0, 0.04
#: Operations from which on a program is not compiled but data for a compiled interpreter (see `llvm.tape`), and what
#: writing down each of them takes.
LONG, WRITING = 2_000, 0.003
#: Nanoseconds that NumPy takes for a number: of an operation of one instruction, and of a function.
SIMPLE, FUNCTION = 1.0, 7.0

#: The engine that was asked for; see `using`.
WANTED: ContextVar[str | None] = ContextVar("engine", default=None)
#: Why an engine is the one that was asked for.
ASKED = "asked for"


class Choice(NamedTuple):
    """An engine, and why it is the one."""

    name: str
    why: str


@contextmanager
def using(name: str | None) -> Iterator[None]:
    """Have an engine compute what can be computed by it, as long as the context lasts. None: chosen each time."""
    if name is not None and name not in ENGINES:
        raise DcalcError("usage", f"there is no engine {name}", hint=f"there are {', '.join(ENGINES)}")
    if name == "llvm":
        require()
    token = WANTED.set(name)
    try:
        yield
    finally:
        WANTED.reset(token)


def require() -> None:
    """DcalcError (usage) where nothing can be compiled."""
    missing = unavailable()
    if missing:
        hint = "pip install 'dcalc[fast]'" if "installed" in missing else "--engine array does the same"
        raise DcalcError("usage", f"the engine llvm is not there: {missing}", hint=hint)


def unavailable() -> str:
    """Why nothing can be compiled here; "" where it can be."""
    try:
        from .llvm.host import host, installed
    except ImportError:
        return "llvmlite is not installed"
    if not installed():
        return "llvmlite is not installed"
    try:
        return "" if host() is not None else "this processor has no fused multiply-add"
    except Exception as problem:  # whatever is wrong with a library of another's make: there is NumPy
        return f"LLVM does not start: {problem}"


def choose(
    plan: Plan, points: int, wanted: str | None = None, *, ready: bool = False, loaded: bool | None = None
) -> Choice:
    """Which engine computes a plan at so many points, and why.

    wanted: the one asked for, else that of `using`. ready: the plan is compiled already. loaded: whether LLVM is
    there already; without it, as it is. DcalcError (usage) where the wanted one is not installed.
    """
    wanted = wanted or WANTED.get()
    if wanted == "scalar":
        return Choice("scalar", ASKED)
    if wanted == "array":
        return Choice("array", ASKED)
    if not plan.scalar:
        return Choice("array", "values are arrays, which are not compiled")
    if wanted == "llvm":
        require()
        return Choice("llvm", ASKED)
    if ready:
        return Choice("llvm", "compiled already")
    if points <= 1:
        return Choice("scalar", "one point needs no more")
    numpy_time = points * _work(plan) * 1e-6
    if loaded is None:
        loaded = "llvmlite.binding" in sys.modules
    compiling = (0.0 if loaded else LOADING) + price(len(plan.steps))
    why = f"NumPy takes some {_time(numpy_time)}, compiling {_time(compiling)}"
    if numpy_time < 1.3 * compiling:
        return Choice("array", why)
    missing = unavailable()
    return Choice("array", missing) if missing else Choice("llvm", why)


def price(operations: int) -> float:
    """The milliseconds that compiling so many operations takes, if LLVM is loaded."""
    return COMPILING + (EACH if operations < LONG else WRITING) * operations


def _time(milliseconds: float) -> str:
    """About how long, in words."""
    for unit, size in (("s", 1e3), ("ms", 1.0)):
        if milliseconds >= 2 * size:
            return f"{milliseconds / size:.0f} {unit}"
    return f"{max(1, milliseconds * 1e3):.0f} µs"


def _work(plan: Plan) -> float:
    """Nanoseconds that NumPy takes for a point, about."""
    constants = {slot for slot, _ in plan.constants}
    total = 0.0
    for step in plan.steps:
        entry = TABLE.get(step.op)
        power = step.op == "^" and step.args[1] not in constants
        simple = (entry is None or entry.math is None) and step.op != "mod" and not power
        total += SIMPLE if simple else FUNCTION
    return total
