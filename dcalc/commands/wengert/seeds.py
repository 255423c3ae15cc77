"""What a trace starts from: `--seed x`, `v[2]`, a direction `x=1,y=2`, `all`; in reverse the output's adjoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...backends.problem import Problem, Variable
from ...errors import DcalcError, Source, Span, suggestion
from ...evaluate.scalar import PointValue, shape_of
from ...graph.graph import Graph
from ...graph.shapes import name_of, size
from ...language import Token, tokens
from ...language.lexer import CLOSES, OPENS
from ..base import State
from ..point import point_of, value_of

#: A table has no more columns of tangents than this.
MOST = 64


class Seed(NamedTuple):
    """A direction: its name, and for each leaf that it moves the numbers of its tangent, row by row."""

    label: str
    parts: dict[int, list[float]]


class Item(NamedTuple):
    """One of the things between commas: a name, perhaps a component, perhaps a value; and where it stands."""

    name: str
    places: str
    value: tuple[int, int] | None
    span: Span


def directions(state: State, texts: Sequence[Source], variables: Sequence[Variable]) -> list[Seed]:
    """The seeds that are asked for, the first input's first component by default. Raises DcalcError."""
    components = [(label, variable, k) for variable in variables for k, label in enumerate(variable.labels)]
    if not components:
        raise DcalcError("usage", "there is no input to seed", hint="trace needs an expression with an input")
    if not texts:
        return [_component(*components[0])]
    seeds: list[Seed] = []
    for text in texts:
        items = _items(text)
        everything = [item for item in items if item.name == "all" and not item.places and item.value is None]
        if everything and "all" not in {variable.name for variable in variables}:
            if len(items) > 1 or len(texts) > 1:
                raise DcalcError(
                    "usage",
                    "all seeds are all there are",
                    source=text,
                    span=everything[0].span,
                    hint="--seed all stands alone",
                )
            if len(components) > MOST:
                message = f"{len(components)} seeds are too many for a table, {MOST} at most"
                raise DcalcError(
                    "limit",
                    message,
                    source=text,
                    span=everything[0].span,
                    hint="jac gives all derivatives, --seed names some",
                )
            return [_component(*one) for one in components]
        seeds.append(_direction(state, text, items, variables))
    if len({seed.label for seed in seeds}) < len(seeds):
        raise DcalcError("usage", "a seed is given twice", source=texts[-1], hint="leave one of them")
    return seeds


def _component(label: str, variable: Variable, k: int) -> Seed:
    numbers = [0.0] * variable.size
    numbers[k] = 1.0
    return Seed(label, {variable.node: numbers})


def _direction(state: State, text: Source, items: list[Item], variables: Sequence[Variable]) -> Seed:
    """One direction from its items."""
    parts: dict[int, list[float]] = {}
    given: set[str] = set()
    for item in items:
        variable = next((one for one in variables if one.name == item.name), None)
        if variable is None:
            known = [one.name for one in variables]
            hint = suggestion(item.name, known, f"it has {', '.join(known)}")
            raise DcalcError(
                "name", f"the expression has no input {item.name} to seed", source=text, span=item.span, hint=hint
            )
        label = item.name + item.places
        if label in given:
            raise DcalcError(
                "usage", f"{label} is seeded twice", source=text, span=item.span, hint=f"leave one {label}"
            )
        given.add(label)
        numbers = parts.setdefault(variable.node, [0.0] * variable.size)
        value = 1.0 if item.value is None else _value(state, text, item)
        if item.places:
            if label not in variable.labels:
                shape = name_of(variable.shape)
                hint = (
                    f"its components are {variable.labels[0]} to {variable.labels[-1]}"
                    if variable.shape
                    else f"--seed {item.name}"
                )
                raise DcalcError(
                    "shape", f"{item.name} is {shape}, it has no {label}", source=text, span=item.span, hint=hint
                )
            _hold(text, item, value, ())
            assert isinstance(value, float)
            numbers[variable.labels.index(label)] = value
        elif variable.shape and item.value is None:
            message = f"{item.name} is {name_of(variable.shape)}: which of its components is the seed?"
            depth = len(variable.shape)
            hint = f"--seed {variable.labels[0]}, or a direction: {item.name}={'[' * depth}1, …{']' * depth}"
            raise DcalcError("shape", message, source=text, span=item.span, hint=hint)
        else:
            _hold(text, item, value, variable.shape)
            numbers[:] = [value] if isinstance(value, float) else value.ravel().tolist()
    alone = items[0] if len(items) == 1 else None
    label = f"{alone.name}{alone.places}" if alone and alone.value is None else " ".join(text.text.split())
    return Seed(label, parts)


def _value(state: State, text: Source, item: Item) -> PointValue:
    """The value behind `=`. The text is kept in its place, so that errors point into it."""
    assert item.value is not None
    start, stop = item.value
    words = Source(f"{item.name:>{start - 1}}={text.text[start:stop]}", text.name)
    try:
        return point_of(state, [words])[item.name]
    except DcalcError as problem:
        if problem.source is words:
            problem.source = text
        raise


def _hold(text: Source, item: Item, value: PointValue, shape: tuple[int, ...]) -> None:
    if shape_of(value) != shape:
        message = f"{item.name}{item.places} is {name_of(shape)}, its seed is {name_of(shape_of(value))}"
        raise DcalcError("shape", message, source=text, span=item.span, hint="a seed has the shape of its input")


def _items(text: Source) -> list[Item]:
    """What stands between the commas."""
    found = [token for token in tokens(text.text) if token.type != "NEWLINE"]
    groups: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += (token.type in OPENS) - (token.type in CLOSES)
        if token.type == "COMMA" and not depth:
            groups.append([])
        else:
            groups[-1].append(token)
    items = []
    for group in groups:
        if not group or group[0].type not in ("NAME", "AT"):
            span = (group[0].start, group[-1].end) if group else (0, max(1, len(text.text)))
            raise DcalcError(
                "usage",
                "a seed is an input, a component of one or a direction",
                source=text,
                span=span,
                hint="for example --seed x, --seed v[2], --seed x=1,y=2 or --seed all",
            )
        equals = next((k for k, token in enumerate(group) if token.type == "ASSIGN"), len(group))
        places = "".join(token.text for token in group[1:equals])
        span = (group[0].start, group[equals - 1].end)
        value = (group[equals].end, group[-1].end) if equals < len(group) else None
        items.append(Item(group[0].text, places, value, span))
    return items


def adjoint(state: State, texts: Sequence[Source], asked: Problem) -> list[float] | None:
    """The adjoint that the output starts with in reverse, None for 1. Raises DcalcError."""
    if not texts:
        return None
    text = texts[-1]
    if len(texts) > 1:
        raise DcalcError(
            "usage", "a reverse trace has one seed", source=text, hint="the output's adjoint, for example --seed 1"
        )
    hint = "in reverse the seed is the output's adjoint, a value of its shape; every input gets its derivative"
    inputs = {variable.name for variable in asked.variables}
    name = next((token for token in tokens(text.text) if token.type == "NAME" and token.text in inputs), None)
    if name is not None:
        raise DcalcError(
            "usage",
            f"{name.text} is an input, a reverse trace seeds the output",
            source=text,
            span=name.span,
            hint=hint,
        )
    value = value_of(state, text, "the seed", hint)
    if shape_of(value) != asked.shape:
        message = f"the output is {name_of(asked.shape)}, its seed is {name_of(shape_of(value))}"
        raise DcalcError("shape", message, source=text, hint=hint)
    return [value] if isinstance(value, float) else value.ravel().tolist()


def constant(graph: Graph, numbers: Sequence[float], shape: tuple[int, ...]) -> int:
    """The node of an array of numbers; whole numbers are exact."""
    parts = [graph.const(int(one) if one.is_integer() else one) for one in numbers]
    assert len(parts) == size(shape)
    return graph.stacked(parts, shape)
