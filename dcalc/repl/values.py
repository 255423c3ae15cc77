"""What the user's names stand for, in a few words, for the completion menu."""

from __future__ import annotations

import contextlib
from typing import Any

from ..backends.problem import Problem
from ..commands.base import State
from ..errors import DcalcError
from ..evaluate.scalar import shape_of
from ..graph.lower import inputs_of
from ..graph.shapes import name_of
from ..render.numbers import number
from .budget import OutOfTime, heavy_nodes, within

#: Seconds for all of them, and digits of a number.
TIME = 0.03
DIGITS = 6


def described(state: State) -> dict[str, str]:
    """The values of names, as far as they can be told in so much time; of arrays the shapes."""
    told = {name: _told(value) for name, value in state.point.items()}
    with contextlib.suppress(OutOfTime, DcalcError, ArithmeticError, ValueError, MemoryError):
        within(TIME, lambda: _compute(state, told))
    return told


def _compute(state: State, told: dict[str, str]) -> None:
    graph, heavy = state.graph, heavy_nodes(state.graph)
    for name, node in state.names.nodes.items():
        if graph.shapes[node]:
            told[name] = name_of(graph.shapes[node])
        elif node not in heavy and all(graph.attrs[leaf] in state.point for leaf in inputs_of(graph, [node])):
            told[name] = _told(Problem(graph, node, (), state.point).value(node))


def _told(value: Any) -> str:
    shape = shape_of(value)
    return name_of(shape) if shape else f"= {number(float(value), DIGITS)}"
