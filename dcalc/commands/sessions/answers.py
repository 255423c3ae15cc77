"""Earlier answers in a line: `%1` is the first of the session, `ans` and `_` are the last."""

from __future__ import annotations

import math

from ...backends.result import Nested
from ...errors import DcalcError, Source
from ...evaluate.scalar import PointValue, shape_of
from ...graph.shapes import size
from ...language import ast, tokens
from ..base import Answer, Output, State
from ..reading import read

LAST = ("ans", "_")
#: Larger arrays are inputs of the session's; smaller ones become constants, in which nothing is differentiated.
MOST_CONSTANTS = 1000


def with_answers(state: State, line: Source) -> State:
    """The state in which those earlier answers have their names that a line mentions. Raises DcalcError of kind name.

    What the user has called `ans` or `_` stays that.
    """
    own = {*state.names.functions, *state.names.nodes, *state.point}
    wanted = {token.text: token.span for token in tokens(line.text) if _is_answer(token.type, token.text, own)}
    if not wanted:
        return state
    last = state.answer.number if state.answer else 0
    numbers = {}
    for name, span in wanted.items():
        if name in LAST and not last:
            continue  # a name like any other
        numbers[name] = last if name in LAST else int(name[1:]) if len(name) < 10 else 0
        if not 1 <= numbers[name] <= last:
            hint = f"there are {last} so far: %1 to %{last}" if last > 1 else "only %1" if last else "there is none yet"
            raise DcalcError("name", f"there is no answer {name}", source=line, span=span, hint=hint)
    names, point = state.names.copy(), dict(state.point)
    answer = state.answer
    while answer is not None:
        for name, number in numbers.items():
            if number == answer.number:
                names.nodes[name] = _node(state, answer, point, line, wanted[name])
        answer = answer.before
    return state._replace(names=names, point=point)


def without_answers(named: State, after: State) -> State:
    """A state after a step, without the names that `with_answers` gave it; those that the step gave stay."""
    given = named.names.nodes
    for name in [name for name in after.names.nodes if name[0] == "%" or name in LAST]:
        if name[0] == "%" or after.names.nodes[name] == given.get(name):
            del after.names.nodes[name]
    return after


def answered(state: State, output: Output) -> State:
    """The state in which an output is the last answer, if it has one that a line could use."""
    if not output.results or not hasattr(type(output.results[-1]), "remembered"):
        return state
    number = state.answer.number + 1 if state.answer else 1
    return state._replace(answer=Answer(number, output.results[-1], state.answer))


def _is_answer(kind: str, text: str, own: set[str]) -> bool:
    return kind == "ANSWER" or (kind == "NAME" and text in LAST and text not in own)


def _node(state: State, answer: Answer, point: dict[str, PointValue], line: Source, span: tuple[int, int]) -> int:
    graph, kept = state.graph, answer.result.remembered
    if isinstance(kept, ast.Node):
        output = read(ast.Program((kept,), kept.span), line, graph, state.names, point).output
        assert output is not None
        return output
    value = _array(kept)
    shape = shape_of(value)
    if size(shape) > MOST_CONSTANTS:
        name = f"%{answer.number}"
        point[name] = value
        return graph.input(name, shape)
    numbers = [value] if isinstance(value, float) else value.ravel().tolist()
    if not all(map(math.isfinite, numbers)):
        message = f"%{answer.number} is not a finite number"
        raise DcalcError("domain", message, source=line, span=span, hint="an earlier answer can only be a number")
    return graph.stacked([graph.const(number) for number in numbers], shape)


def _array(value: Nested) -> PointValue:
    if isinstance(value, (int, float)):
        return float(value)
    import numpy as np

    return np.ascontiguousarray(value, dtype=np.float64)
