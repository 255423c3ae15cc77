"""`deriv`: the number of a derivative of any mixed order at a point."""

from __future__ import annotations

import re

from ..backends.derive import Survey
from ..backends.mixed import HIGH, Mixed, Part, by_all, by_sweeps, by_taylor, parts_of
from ..backends.problem import Problem
from ..backends.result import Note
from ..errors import EXIT_FAILED, DcalcError, Source, suggestion
from .base import Ask, Command, Output, State
from .derivatives import request
from .options import RENDER
from .prepare import names_of, prepare, problem

_ORDER = re.compile(r"\s*([^\W\d]\w*)\s*(\[[^\]]*\])?\s*(?:=\s*(\S+)\s*)?")


def _run(state: State, ask: Ask) -> Output:
    texts: list[Source] = ask.get("orders", [])
    if not texts:
        raise DcalcError("usage", "which derivative?", source=ask.operand, hint="say it by --orders x=2,y=1")
    wanted = orders_of(texts)
    names = list(dict.fromkeys(label.partition("[")[0] for label, _ in wanted))
    free = Source(",".join(names), "--orders")
    prepared = prepare(state, ask._replace(options={**ask.options, "wrt": [free]}))
    asked = problem(prepared, ask._replace(options={**ask.options, "wrt": [free]}))
    parts = _parts(asked, wanted, texts[-1])
    backend = ask.get("backend", "auto")
    survey = Survey(asked, ask.get("ieee", False))
    result, notes = answer(survey, parts, ask)
    notes = [*prepared.notes, *survey.bends(), *notes]
    if "backend" in ask.options and backend != "all" and ask.get("format") != "json":
        (only,) = result.methods
        notes.append(Note("work", f"{only.name}: {only.work}"))
    return Output([result], notes, EXIT_FAILED if result.disagreements else 0)


def answer(survey: Survey, parts: list[Part], ask: Ask) -> tuple[Mixed, list[Note]]:
    """The derivative by the backend that is asked for, and its notes."""
    asked = survey.problem
    order = sum(part.order for part in parts)
    backend, why = ask.get("backend", "auto"), ""
    if backend == "auto":
        backend = "taylor" if order >= HIGH else "forward"
        why = " (chosen for its order)"
    notes = survey.kink_notes(second=order > 1)
    words: list[str] = []
    if backend == "taylor":
        one = by_taylor(asked, parts)
        methods = [one._replace(work=one.work + why)]
    else:
        how = request("grad", ask._replace(options={**ask.options, "backend": backend}))
        if backend == "all":
            methods, words, more = by_all(asked, parts, how)
        else:
            one, more = by_sweeps(asked, parts, how)
            methods = [one._replace(work=one.work + why)]
        notes += more
    return Mixed(parts, survey.value, asked.shape, methods, words), notes


def orders_of(texts: list[Source]) -> list[tuple[str, int]]:
    """What `x=2,y=1,v[3]=2` says: labels and orders. `x` alone is once."""
    found: dict[str, int] = {}
    for text in texts:
        for one in names_of([text]):
            match = _ORDER.fullmatch(one.name)
            count = match[3] or "1" if match else ""
            if match is None or not (count.isascii() and count.isdecimal() and len(count) <= 4 and int(count)):
                message = f"an order is a name and a whole number from 1 on, not {one.name}"
                raise DcalcError("usage", message, source=text, span=one.span, hint="--orders x=2,y=1")
            label = match[1] + (match[2] or "").replace(" ", "")
            if label in found:
                raise DcalcError("usage", f"{label} stands twice in orders", source=text, span=one.span)
            found[label] = int(count)
    return list(found.items())


def _parts(asked: Problem, wanted: list[tuple[str, int]], text: Source) -> list[Part]:
    try:
        return parts_of(asked, wanted)
    except KeyError as problem:
        label = str(problem.args[0])
        known = asked.labels
        message = f"there is no {label} to differentiate in"
        array = next((v for v in asked.variables if v.name == label), None)
        if array is not None:
            message, hint = f"{label} is an array: which component?", f"--orders {array.labels[0]}=2"
        else:
            hint = suggestion(label, known, f"it has {', '.join(known[:8])}")
        raise DcalcError("name", message, source=text, hint=hint) from None


COMMAND = Command(
    "deriv",
    "the number of a derivative of any mixed order at a point",
    "EXPR",
    ("orders", "at", "backend", "scheme", "h", "ieee", "load", "steps", "engine", *RENDER),
    (
        'dcalc deriv "x^3*exp(2*y)" --orders x=2,y=1 --at x=1,y=0',
        'dcalc deriv "1/(1 + x)" --orders x=40 --at x=0.5',
        'dcalc deriv "sin(x*y)" --orders x=2,y=1 --at x=1,y=2 --backend all',
        'dcalc deriv "sum(x)^4*x[1]" --orders x[1]=2,x[2]=1 --at x=[1,2]',
    ),
    "Orders are counts: x=2,y=1 is d^3/dx^2 dy. Components of arrays are x[1]=2. Taylor mode (--backend taylor, which\n"
    "is chosen from order 3 on) takes any order in one pass: a series in each of the variables. The other backends\n"
    "sweep the program again and again, and differentiate the last time in their own way; fd so takes a difference of\n"
    "the exact derivative one order lower. --backend all compares. `diff --order n` gives the formula.",
    _run,
)
