"""What the tests of programs share: a text followed at a point, or read without one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dcalc.errors import DcalcError
from dcalc.evaluate.scalar import evaluate
from dcalc.evaluate.tracing import Tracer
from dcalc.graph.graph import Graph, check
from dcalc.graph.lower import Lowered, inputs_of, lower
from dcalc.language import parse, source
from dcalc.sweeps.derivative import derivative

from ..tools import numbers

NEWTON = "newton(a) = { x = a; while abs(x^2 - a) > 1e-12 { x = x - (x^2 - a)/diff(x^2 - a, x) }; x }; "


def follow(text: str, steps: int | None = None, **point: Any) -> tuple[Lowered, dict[str, Any]]:
    """A program at a point, and the point with the program's own values."""
    given = source(text)
    graph = Graph()
    values = numbers(point)
    shapes = {name: np.shape(value) for name, value in values.items()}
    tracer = Tracer(graph, values)
    lowered = lower(
        parse(given), given, graph=graph, shapes=shapes, differentiate=derivative, numbers=tracer, steps=steps
    )
    check(graph)
    for name, node in lowered.names.point.items():
        values.setdefault(name, Tracer(graph, {}).value(node))
    return lowered, values


def value_at(text: str, **point: Any) -> Any:
    lowered, values = follow(text, **point)
    assert lowered.output is not None
    value = evaluate(lowered.graph, [lowered.output], values)[0]
    return value if isinstance(value, float) else value.tolist()


def formula(text: str, **shapes: tuple[int, ...]) -> Lowered:
    """A program without a point."""
    given = source(text)
    lowered = lower(parse(given), given, graph=Graph(), shapes=shapes, differentiate=derivative)
    check(lowered.graph)
    return lowered


def slope(text: str, name: str = "x", **point: Any) -> float:
    """The derivative of a program's value in one of its inputs."""
    lowered, values = follow(text, **point)
    assert lowered.output is not None
    leaf = next(n for n in inputs_of(lowered.graph, [lowered.output]) if lowered.graph.attrs[n] == name)
    return evaluate(lowered.graph, [derivative(lowered.graph, lowered.output, leaf)], values)[0]  # type: ignore[return-value]


def refused(text: str, steps: int | None = None, **point: Any) -> DcalcError:
    with pytest.raises(DcalcError) as caught:
        follow(text, steps, **point)
    return caught.value


def place(error: DcalcError) -> str:
    assert error.source is not None and error.span is not None
    return error.source.text[slice(*error.span)]
