"""What jvp, vjp and hvp have in common: a problem, a vector, and the derivative of the program that both make."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..backends.derive import Survey
from ..backends.problem import Problem
from ..backends.products import Direction, Product, along, length, scaled, slope, weighted
from ..backends.result import Derived, Note
from ..errors import EXIT_FAILED, DcalcError, Source, suggestion
from ..evaluate.scalar import PointValue, shape_of
from ..graph.shapes import name_of
from ..language import tokens
from .base import Ask, Output, State
from .derivatives import WITH_LOOPS, answer, request
from .options import DERIVE
from .point import point_of, value_of
from .prepare import Prepared, prepare, problem

#: The options of all three.
OPTIONS = tuple(name for name in DERIVE if name != "branches")


def jvp(state: State, ask: Ask) -> Output:
    """J·v, the derivative along a direction."""
    return _run("jvp", state, ask, lambda asked, prepared: along(asked, _direction(state, ask, asked)))


def vjp(state: State, ask: Ask) -> Output:
    """uᵀ·J, the derivative of a weighted sum of the outputs."""
    return _run("vjp", state, ask, lambda asked, prepared: weighted(asked, _weights(state, ask, asked)))


def hvp(state: State, ask: Ask) -> Output:
    """H·v, the Hessian's product with a direction."""

    def through(asked: Problem, prepared: Prepared) -> Problem:
        if asked.shape:
            raise DcalcError(
                "shape",
                f"hvp is of a number, this is {name_of(asked.shape)}",
                source=ask.operand,
                span=prepared.tree.span,
                hint="hess gives the Hessian of each component; sum(u*f) is a number",
            )
        return slope(asked, _direction(state, ask, asked))

    return _run("hvp", state, ask, through)


def _run(kind: str, state: State, ask: Ask, through: Callable[[Problem, Prepared], Problem]) -> Output:
    prepared = prepare(state, ask, loop_nodes=ask.get("backend", "auto") in WITH_LOOPS)
    asked = problem(prepared, ask)
    if not asked.variables:
        raise DcalcError("usage", "there is no input to differentiate in", source=ask.operand, span=prepared.tree.span)
    survey = Survey(asked, ask.get("ieee", False))  # failures are told in the words of what the user wrote
    made = through(asked, prepared)
    form = "jac" if made.shape else "grad"
    found = answer(form, made, request(form, ask))
    vector = ", ".join(" ".join(text.text.split()) for text in ask.get("u" if kind == "vjp" else "v", []))
    result = Product(kind, vector, survey.value, asked.shape, found)
    if "backend" in ask.options and isinstance(found, Derived) and ask.get("format") != "json":
        found.notes.append(Note("work", f"{found.backend}: {found.work}"))
    disagree = bool(getattr(found, "disagreements", None))
    return Output([result], [*prepared.notes, *survey.bends(), *found.notes], EXIT_FAILED if disagree else 0)


def _direction(state: State, ask: Ask, asked: Problem) -> Direction:
    """`--v x=1,y=2`, inputs that are not named stay; or `--v [1,2]`, the components of all inputs in their order."""
    texts: list[Source] = ask.get("v", [])
    if not texts:
        names = ",".join(f"{variable.name}=…" for variable in asked.variables)
        raise DcalcError("usage", "which direction?", source=ask.operand, hint=f"give it by --v {names}")
    named = [text for text in texts if _is_named(text)]
    if not named and len(texts) == 1:
        value = value_of(state, texts[0], "the direction", "a direction is --v x=1,y=2 or --v [1,2]")
        found = split(value, asked, texts[0])
    elif len(named) == len(texts):
        found = point_of(state, named)
        hold_fitting(found, asked, texts[-1])
    else:
        raise DcalcError(
            "usage", "a direction is given by names or as one vector", source=texts[-1], hint="--v x=1,y=2"
        )
    size = length(found)
    if not math.isfinite(size):
        raise DcalcError("domain", "a direction is made of finite numbers", source=texts[-1])
    if not ask.get("unit"):
        return found
    if not size:
        raise DcalcError("domain", "a direction of length 0 has no unit vector", source=texts[-1])
    return scaled(found, 1 / size)


def _is_named(text: Source) -> bool:
    found = [token.type for token in tokens(text.text) if token.type != "NEWLINE"]
    return found[:1] == ["NAME"] and found[1:2] == ["ASSIGN"]


def hold_fitting(found: Direction, asked: Problem, text: Source | None = None) -> None:
    """Refuse a direction along what is no input, or of another shape."""
    shapes = {variable.name: variable.shape for variable in asked.variables}
    for name, value in found.items():
        if name not in shapes:
            known = list(shapes)
            hint = suggestion(name, known, f"it has {', '.join(known)}")
            raise DcalcError("name", f"there is no input {name} to move along", source=text, hint=hint)
        if shape_of(value) != shapes[name]:
            message = f"{name} is {name_of(shapes[name])}, its part of the direction is {name_of(shape_of(value))}"
            raise DcalcError("shape", message, source=text, hint="a direction has the shapes of the inputs")


def split(value: PointValue, asked: Problem, text: Source | None = None) -> dict[str, PointValue]:
    """A vector of all components as a part for each input."""
    import numpy as np

    numbers = np.asarray(value, dtype=np.float64).reshape(-1)
    if numbers.size != asked.n:
        message = f"the inputs have {asked.n} component{'s' * (asked.n != 1)}, the direction has {numbers.size}"
        hint = f"they are {', '.join(asked.labels[:8])}{', …' * (asked.n > 8)}"
        raise DcalcError("shape", message, source=text, hint=hint)
    parts: dict[str, PointValue] = {}
    start = 0
    for variable in asked.variables:
        piece = numbers[start : start + variable.size]
        parts[variable.name] = piece.reshape(variable.shape) if variable.shape else float(piece[0])
        start += variable.size
    return parts


def _weights(state: State, ask: Ask, asked: Problem) -> PointValue:
    """`--u [1,2]`: a weight for each output, in the outputs' shape; 1 for a number."""
    texts: list[Source] = ask.get("u", [])
    hint = "u has the shape of the value, for example --u [1,0]"
    if not texts:
        if not asked.shape:
            return 1.0
        raise DcalcError("usage", f"the value is {name_of(asked.shape)}: which u?", source=ask.operand, hint=hint)
    if len(texts) > 1:
        raise DcalcError("usage", "u is one value", source=texts[-1], hint=hint)
    value = value_of(state, texts[0], "u", hint)
    if shape_of(value) != asked.shape:
        message = f"the value is {name_of(asked.shape)}, u is {name_of(shape_of(value))}"
        raise DcalcError("shape", message, source=texts[0], hint=hint)
    return value
