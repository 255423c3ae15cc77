"""`taylor`: the Taylor polynomial at a point, its remainder, and how good it is nearby."""

from __future__ import annotations

from ..backends.derive import Survey, as_written, gradient_kinks
from ..backends.expansion import Expansion, Near, expand, nearby
from ..backends.problem import Problem
from ..backends.result import Note
from ..errors import DcalcError, suggestion
from ..evaluate.scalar import PointValue, shape_of
from ..graph.shapes import name_of
from ..language import source
from .base import Ask, Command, Output, State
from .options import RENDER
from .point import point_of
from .prepare import prepare, prepare_at
from .prepare import problem as problem_of

#: The order in one variable and in several, where none is asked for.
ORDER, ORDER_OF_SEVERAL = 5, 2


def _run(state: State, ask: Ask) -> Output:
    if ask.get("var") is not None:
        if ask.get("wrt"):
            raise DcalcError("usage", "var and wrt both name what varies", hint="leave out one of them")
        ask = ask._replace(options={**ask.options, "wrt": [source(ask.get("var"), "--var")]})
    prepared = prepare(state, ask)
    asked = problem_of(prepared, ask)
    assert ask.operand is not None
    if not asked.variables:
        hint = "an expression in x has the input x; --var x names one"
        raise DcalcError(
            "usage", "there is no input to expand in", source=ask.operand, span=prepared.tree.span, hint=hint
        )
    hold_number(asked, ask, "a Taylor polynomial")
    order = ask.get("order", ORDER if asked.n == 1 else ORDER_OF_SEVERAL)
    close = point_of(state, ask.get("near", []))
    result, notes = expanded(asked, order, ask.get("at-kink"), tensors=bool(ask.get("tensors")), near=bool(close))
    if close:
        result = result._replace(near=_nearby(state, ask, asked, result, close))
    return Output([result], [*prepared.notes, *notes])


def expanded(
    asked: Problem, order: int, at_kink: str | None, *, tensors: bool = False, near: bool = False
) -> tuple[Expansion, list[Note]]:
    """The polynomial, and notes on it: on kinks, and on a gap that a series closes, as of sin(x)/x at 0."""
    try:
        survey = Survey(asked, ieee=False)
    except DcalcError as failure:
        if Survey(asked, ieee=True).kinks:
            raise
        try:
            result = expand(asked, order, tensors=tensors, near=near)
        except DcalcError:
            raise failure from None
        message = f"the value is not defined here ({failure.message}): the polynomial is that of what continues it"
        return result, [Note("domain", message, failure.source, failure.span)]
    notes = [*survey.bends(), *hold_smooth(survey, order, at_kink)]
    return expand(asked, order, tensors=tensors, near=near), notes


def hold_number(asked: Problem, ask: Ask, what: str) -> None:
    """Refuse an array."""
    if asked.shape:
        message = f"{what} is of a number, this is {name_of(asked.shape)}"
        raise DcalcError("shape", message, source=ask.operand, hint="take its components one by one")


def hold_smooth(survey: Survey, order: int, at_kink: str | None) -> list[Note]:
    """Refuse a kink unless the conventions are to hold: on its two sides there are two different series."""
    found = survey.kinks or (gradient_kinks(survey.problem) if order > 1 else [])
    if not found:
        return []
    if at_kink == "lecture":
        notes = survey.kink_notes(second=True)
        words = "at a kink: what follows is by the conventions for derivatives there, on neither side need it be near"
        return [*notes, Note("kink", words)]
    if at_kink not in (None, "error"):
        message = f"taylor has no --at-kink {at_kink}"
        raise DcalcError("usage", message, hint="--at-kink lecture follows the conventions; or take a point beside it")
    kink = found[0]
    (graph, node) = (survey.problem.graph, kink.node) if kink.inside is None else kink.inside[:2]
    where, span = graph.origins.get(node, (None, None))
    what = as_written(survey.problem, kink.node) if kink.inside is None else "a round of a loop"
    raise DcalcError(
        "domain",
        f"there is no Taylor polynomial here: {what.strip('[]')} has a kink or a switch at this point",
        source=where,
        span=span,
        hint="a point beside it has the series of its side; --at-kink lecture goes on by the conventions",
    )


def _nearby(state: State, ask: Ask, asked: Problem, result: Expansion, close: dict[str, PointValue]) -> Near:
    assert ask.operand is not None
    shapes = {variable.name: variable.shape for variable in asked.variables}
    for name, value in close.items():
        text = ask.get("near")[-1]
        if name not in shapes:
            hint = suggestion(name, list(shapes), f"it varies in {', '.join(shapes)}")
            raise DcalcError("name", f"{name} is not what varies here", source=text, hint=hint)
        if shape_of(value) != shapes[name]:
            message = f"{name} is {name_of(shapes[name])}, near the point it is {name_of(shape_of(value))}"
            raise DcalcError("shape", message, source=text)
    there = {**point_of(state, ask.get("at", [])), **close}
    wanted = ask._replace(options={"wrt": [source(",".join(shapes), "--wrt")]})
    prepared = prepare_at(state, ask.operand, there, list(shapes), ask.get("steps"))
    problem = problem_of(prepared, wanted)
    (value,) = Survey(problem, ieee=False).value
    return nearby(asked, result, close, value, {name: problem.point[name] for name in shapes})


COMMAND = Command(
    "taylor",
    "the Taylor polynomial at a point, its remainder, and its error at a nearby point",
    "EXPR",
    ("at", "order", "near", "var", "wrt", "tensors", "at-kink", "load", "steps", "engine", *RENDER),
    (
        'dcalc taylor "sin(x)" --at x=0 --order 5',
        'dcalc taylor "exp(sin(x))" --at x=0.5 --order 4 --near x=0.6',
        'dcalc taylor "exp(x)*sin(y)" --at x=0,y=0 --order 3',
        'dcalc taylor "x*exp(y) + y^2" --at x=1,y=0 --near x=1.1,y=0.2 --tensors',
    ),
    "The coefficients are f^(k)(x0)/k!, by Taylor-mode automatic differentiation: a recurrence over the derivatives\n"
    "of each operation that costs O(n^2) to order n (O(n^3) where derivatives never come back to themselves: lgamma).\n"
    "They are fractions where the point and the function are rational there. A Maclaurin polynomial is one at 0.\n"
    "The remainder is Lagrange's: the next derivative at a place between, over (n + 1)!, times the distance^(n + 1).\n"
    "--near gives a point to try: what each order adds, the error that it leaves, and the largest remainder that\n"
    "Lagrange's form has at nine places between the two points (an estimate, no bound).\n"
    "In several variables order k is D^k f contracted with the step: the value, the gradient times it, half of the\n"
    "Hessian twice, and so on. --tensors gives these symmetric arrays of derivatives; --order is 2 there, else 5.\n"
    "At a kink there is no Taylor polynomial, which is an error unless --at-kink lecture is given.",
    _run,
)
