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
#: Operations beyond which nothing is compiled: LLVM would take more than 8 seconds.
MOST_OPERATIONS = 200_000
#: Nanoseconds that NumPy takes for a number: of an operation of one instruction, and of a function.
SIMPLE, FUNCTION = 0.7, 7.0

_wanted: ContextVar[str | None] = ContextVar("engine", default=None)


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
    token = _wanted.set(name)
    try:
        yield
    finally:
        _wanted.reset(token)


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


def choose(plan: Plan, points: int, wanted: str | None = None, *, ready: bool = False) -> Choice:
    """Which engine computes a plan at so many points, and why.

    wanted: the one asked for, else that of `using`. ready: the plan is compiled already. DcalcError (usage) where the
    wanted one is not installed.
    """
    wanted = wanted or _wanted.get()
    if wanted == "scalar":
        return Choice("scalar", "asked for")
    if wanted == "array":
        return Choice("array", "asked for")
    if not plan.scalar:
        return Choice("array", "values are arrays, which are not compiled")
    if wanted == "llvm":
        require()
        return Choice("llvm", "asked for")
    if ready:
        return Choice("llvm", "compiled already")
    if len(plan.steps) > MOST_OPERATIONS:
        return Choice("array", f"more than {MOST_OPERATIONS} operations take too long to compile")
    numpy_time = points * _work(plan) * 1e-6
    if numpy_time < 2 * COMPILING:
        return Choice("array", f"compiling would take longer than NumPy's {_milliseconds(numpy_time)}")
    loading = 0.0 if "llvmlite.binding" in sys.modules else LOADING
    compiling = loading + COMPILING + EACH * len(plan.steps)
    if numpy_time < 1.3 * compiling:
        why = f"NumPy's {_milliseconds(numpy_time)} are hardly more than the {_milliseconds(compiling)} of compiling"
        return Choice("array", why)
    missing = unavailable()
    if missing:
        return Choice("array", missing)
    why = f"NumPy would take {_milliseconds(numpy_time)}, compiling takes {_milliseconds(compiling)}"
    return Choice("llvm", why)


def _milliseconds(time: float) -> str:
    return f"{time:.3g} ms" if time < 10 else f"{time:.0f} ms"


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
