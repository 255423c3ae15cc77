"""What grad, jac and hess have in common: a problem, a backend or all of them, one answer."""

from __future__ import annotations

from typing import Any

from ..backends.derive import Request, derive
from ..backends.problem import Problem
from ..backends.protocol import Options
from ..backends.result import Derived, Note
from ..errors import EXIT_FAILED, DcalcError
from ..graph.shapes import name_of
from .base import Ask, Output, State
from .options import MATRICES
from .prepare import prepare, problem

#: What chooses no step.
EXACT = ("forward", "reverse", "symbolic", "auto")
#: What takes long loops as they are; for others they are written out.
WITH_LOOPS = ("forward", "reverse", "fd", "auto", "all")


def request(kind: str, ask: Ask) -> Request:
    """How the options ask for it."""
    for name in ("scheme", "h"):
        if name in ask.options and ask.get("backend", "auto") in EXACT:
            raise DcalcError("usage", f"{name} is an option of finite differences", hint="add --backend fd")
    options = Options(ask.get("scheme", "adaptive"), ask.get("h"))
    return Request(
        kind,
        ask.get("backend", "auto"),
        options,
        ask.get("at-kink", "lecture"),
        ask.get("ieee", False),
        wants_branches(ask),
    )


def wants_branches(ask: Ask) -> bool:
    """JSON always tells the active branches, people are told when they ask."""
    return bool(ask.get("branches")) or ask.get("format") == "json"


def answer(kind: str, asked: Problem, how: Request) -> Any:
    """One backend's answer, or all of them compared."""
    if how.backend != "all":
        return derive(asked, how)
    from ..backends.agree import compare  # loads every backend and the simplifier

    return compare(asked, how)


def hold_dense(ask: Ask) -> None:
    """The formats of sparse matrices are theirs alone."""
    if ask.get("format") in MATRICES:
        raise DcalcError("usage", f"{ask.get('format')} is a format of sparse matrices", hint="add --sparse")


def run(kind: str, state: State, ask: Ask) -> Output:
    """Prepare, derive, and see whether the backends agreed."""
    prepared = prepare(state, ask, loop_nodes=ask.get("backend", "auto") in WITH_LOOPS)
    asked = problem(prepared, ask)
    if kind == "grad" and asked.shape:
        raise DcalcError(
            "shape",
            f"a gradient is of a number, this is {name_of(asked.shape)}",
            source=ask.operand,
            span=prepared.tree.span,
            hint="jac gives a row for each component",
        )
    result = answer(kind, asked, request(kind, ask))
    if "backend" in ask.options and isinstance(result, Derived) and ask.get("format") != "json":
        # Who names a backend wants to know what it took; JSON has it as "work", a comparison prints it.
        result.notes.append(Note("work", f"{result.backend}: {result.work}"))
    disagree = bool(getattr(result, "disagreements", None))
    return Output([result], [*prepared.notes, *result.notes], EXIT_FAILED if disagree else 0)
