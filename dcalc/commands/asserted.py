"""`assert`: a condition that has to hold at the point. It says nothing where it does, and fails where it does not."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..backends.derive import Survey
from ..backends.problem import labels
from ..errors import DcalcError, Source
from ..evaluate.scalar import shape_of
from ..graph.shapes import Shape
from ..language import ast
from ..primitives import TABLE
from .base import Ask, Command, Output, State
from .options import POINT
from .prepare import Prepared, prepare, problem
from .reading import read
from .sentence import blanked, message_of

#: Comparisons that a failure tells the values of.
MOST_TOLD = 4
#: What conditions are put together by.
CONNECTIVES = ("and", "or", "not")


class Asserted(NamedTuple):
    """An assertion that holds."""

    condition: ast.Node


def _run(state: State, ask: Ask) -> Output:
    assert ask.operand is not None
    message = ask.get("message") or message_of(ask.operand.text)
    if "message" not in ask.options and message:
        ask = ask._replace(operand=ask.operand.saying(blanked(ask.operand.text)))
    prepared = prepare(state, ask)
    condition = prepared.tree.children[-1]
    _hold_condition(condition, ask.operand)
    asked = problem(prepared, ask)
    held = Survey(asked, bool(ask.get("ieee"))).value
    if all(held):
        return Output([Asserted(condition)], [])
    failed = [_told(prepared, one, ask.operand) for one in _comparisons(condition)[:MOST_TOLD]]
    words = "; ".join([text for text in failed if text]) or "it is 0"
    said = message or "the assertion does not hold"
    near = _is_equality(condition) and _is_near(prepared, condition, ask.operand)
    hint = "numbers that were rounded are compared by abs(a - b) < 1e-12" if near else None
    raise DcalcError("assertion", f"{said}: {words}", source=ask.operand, span=condition.span, hint=hint)


def _hold_condition(condition: ast.Node, text: Source | None) -> None:
    """Refuse what is no condition: `assert x - 2` and `assert x = 2` are most often slips."""
    if isinstance(condition, ast.Define):
        hint = "== compares, = defines"
        raise DcalcError("syntax", "an assertion is a condition", source=text, span=condition.span, hint=hint)
    inner = condition.children[0] if isinstance(condition, ast.Iverson) else condition
    is_call = isinstance(inner, ast.Call) and inner.function in TABLE and not inner.primes
    if not (is_call and TABLE[inner.function].truth):  # type: ignore[attr-defined]
        hint = "for example: assert x == 2, or assert abs(x - 2) < 1e-12"
        raise DcalcError("usage", "an assertion is a condition", source=text, span=condition.span, hint=hint)


def _comparisons(condition: ast.Node) -> list[ast.Call]:
    """The comparisons that a condition is made of, from left to right."""
    found: list[ast.Call] = []
    stack = [condition]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Iverson) or (isinstance(node, ast.Call) and node.function in CONNECTIVES):
            stack += reversed(node.children)
        elif _is_comparison(node):
            found.append(node)  # type: ignore[arg-type]
    return found


def _is_comparison(node: ast.Node) -> bool:
    if not isinstance(node, ast.Call) or node.primes or len(node.children) != 2:
        return False
    return node.function in TABLE and TABLE[node.function].truth


def _is_equality(condition: ast.Node) -> bool:
    return isinstance(condition, ast.Call) and condition.function == "=="


def _is_near(prepared: Prepared, condition: ast.Node, text: Source | None) -> bool:
    """Whether two sides that are not equal are nearly so."""
    left, right = (_value(prepared, side, text) for side in condition.children)
    near = abs(left - right) <= 1e-6 * abs(left)
    return bool(near if isinstance(near, bool) else near.all())


def _told(prepared: Prepared, comparison: ast.Call, text: Source | None) -> str:
    """The values on both sides of a comparison; "" where it holds. Of arrays, those of the first place that fails."""
    found = [_value(prepared, node, text) for node in (comparison, *comparison.children)]
    shapes = [shape_of(value) for value in found]
    shape: Shape = shapes[0]
    if not shape:
        held, left, right = found
        return "" if held else f"{_number(left)} {comparison.function} {_number(right)} is false"
    import numpy as np

    held, left, right = (np.broadcast_to(np.asarray(value), shape).ravel() for value in found)
    wrong = np.flatnonzero(~held.astype(bool)).tolist()
    if not wrong:
        return ""
    place, more = wrong[0], f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    where = labels("", shape)[place]
    return f"at {where} {_number(left[place])} {comparison.function} {_number(right[place])} is false{more}"


def _value(prepared: Prepared, node: ast.Node, text: Source | None) -> Any:
    """The value of a part of the program's last expression."""
    from ..evaluate.tracing import Tracer

    tree = ast.Program((*prepared.tree.children[:-1], node), prepared.tree.span)
    lowered = read(tree, text or Source(""), prepared.graph, _before(prepared), prepared.point)
    assert lowered.output is not None
    return Tracer(prepared.graph, prepared.point).value(lowered.output)


def _before(prepared: Prepared) -> Any:
    """What names mean where the program begins; what it defines is defined once more."""
    return prepared.lowered.names


def _number(value: float) -> str:
    text = repr(float(value))
    return text.removesuffix(".0")


COMMAND = Command(
    "assert",
    "a condition that has to hold: scripts are tests",
    "EXPR",
    (*POINT, "format", "json", "digits", "color", "ascii"),
    (
        'dcalc assert "x^2 == 4" --at x=2 --json',
        "dcalc run -e 'x = 2' -e 'assert abs(sqrt(x)^2 - 2) < 1e-15, \"sqrt is off\"' -e 'sqrt(x)'",
    ),
    """\
In a script or a session: assert abs(f'(2) - 4) < 1e-12 or, with words for the failure, assert x == 2, "x is off".
EXPR is a comparison, or several with and, or, not; of arrays all components have to fulfil it. Where it holds nothing
is printed (--json has an object); where it does not, the values of both sides are, a script stops (`dcalc run
--keep-going` goes on), and the exit status is 1.""",
    _run,
)
