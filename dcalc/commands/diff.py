"""`diff`: the derivative as a formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..backends.derive import Survey, non_finite_notes
from ..backends.problem import Problem, labels, variable
from ..backends.result import Nested, Note, nested
from ..backends.symbolic import formulas, hold_closed, partials, readable
from ..errors import DcalcError
from ..language import ast
from ..language.figures import raised
from .base import Ask, Command, Output, State
from .options import RENDER
from .prepare import Prepared, cut, derivatives_in, need_values, no_input, prepare, values_of_cut


class Formula(NamedTuple):
    """A derivative as a formula; `value` where a point was given."""

    label: str
    tree: ast.Node
    value: Nested | None


class Formulas(NamedTuple):
    """What `diff` answers: one formula for each output and each thing asked for."""

    items: list[Formula]
    #: as the derivatives were asked: names, in order of differentiation
    wrt: list[list[str]]
    notes: list[Note]

    @property
    def remembered(self) -> ast.Node:
        """What a session's later lines may use: the formula, or the vector of several."""
        trees = tuple(item.tree for item in self.items)
        return trees[0] if len(trees) == 1 else ast.Vector(trees, trees[0].span)


def _run(state: State, ask: Ask) -> Output:
    prepared = prepare(state, ask)
    return Output([written(prepared, ask)], prepared.notes)


def written(prepared: Prepared, ask: Ask, *, closed: bool = True) -> Formulas:
    """The derivatives that a request asks for. closed: refuse a program that was followed at the point."""
    graph = prepared.graph
    order, names = ask.get("order"), derivatives_in(prepared, ask)
    if ask.get("wrt"):
        if order is not None and len(names) > 1:
            raise DcalcError(
                "usage", "--order goes with one name in --wrt", hint="--wrt x,x,y says the order of a mixed derivative"
            )
        orders = [names * (order or 1)]
    else:
        if not names:
            raise no_input(prepared, ask)
        if order is not None and len(names) > 1:
            raise DcalcError(
                "usage", f"which of {', '.join(names)} is --order for?", hint=f"--wrt {names[0]} --order {order}"
            )
        orders = [[name] * (order or 1) for name in names]
    decimals = prepared.decimals
    items = []
    for wanted in orders:
        if closed:
            hold_closed(graph, prepared.lowered.conditions)
        rows, nodes, values = _derivatives(prepared, wanted, numbers=bool(ask.get("at")), decimals=decimals)
        several = len(rows) > 1 or graph.ops[prepared.output] == "vector"
        for k, node in enumerate(nodes):
            label = _label(wanted, k if several else None)
            items.append(Formula(label, readable(graph, node, decimals=decimals), values[k] if values else None))
    return Formulas(items, orders, list(prepared.notes))


def asked_for(prepared: Prepared, wanted: list[str], *, numbers: bool) -> tuple[Problem, list[int]]:
    """The problem of one derivative, without the names that it is in, and the inputs that these are, in order."""
    graph, point = prepared.graph, dict(prepared.point)
    (output,) = cut(prepared, [prepared.output], wanted)
    leaves = [prepared.leaf(name) for name in wanted]
    asked = Problem(graph, output, tuple(variable(graph, leaf) for leaf in dict.fromkeys(leaves)), point)
    if numbers:
        values_of_cut(prepared, wanted, point)
        need_values(prepared, output, point)
    return asked, leaves


def _derivatives(
    prepared: Prepared, wanted: list[str], *, numbers: bool, decimals: bool
) -> tuple[Sequence[int], list[int], list[Nested] | None]:
    """The parts of the value, their simplified derivatives in the textbook's forms, and the accurate forms' numbers."""
    asked, leaves = asked_for(prepared, wanted, numbers=numbers)
    graph = asked.graph
    shown, exact = list(asked.rows), list(asked.rows)
    for leaf in leaves:
        shown = formulas(graph, shown, leaf, decimals=decimals)
        if numbers:
            exact = partials(graph, exact, leaf)
    return asked.rows, shown, _numbers(prepared, asked, wanted, exact) if numbers else None


def _numbers(prepared: Prepared, asked: Problem, wanted: list[str], exact: Sequence[int]) -> list[Nested]:
    """The derivatives' values, with notes on kinks and on what is not finite."""
    survey = Survey(asked, ieee=False)
    prepared.notes.extend(survey.kink_notes())
    several = len(exact) > 1
    named: list[tuple[str, float]] = []
    values: list[Nested] = []
    for k, node in enumerate(exact):
        numbers, shape = asked.numbers(node), asked.graph.shapes[node]
        named += zip(labels(_label(wanted, k if several else None), shape), numbers, strict=True)
        values.append(nested(numbers, shape))
    prepared.notes.extend(non_finite_notes(asked, survey, named))
    return values


def _label(wanted: list[str], row: int | None) -> str:
    order = "" if len(wanted) == 1 else raised(len(wanted))
    parts = []
    for name in dict.fromkeys(wanted):
        times = wanted.count(name)
        parts.append(f"d{name}{'' if times == 1 else raised(times)}")
    return f"d{order}{'' if row is None else f'f{row + 1}'}/{' '.join(parts)}"


COMMAND = Command(
    "diff",
    "the derivative as a simplified formula",
    "EXPR",
    ("wrt", "order", "at", "load", "steps", *RENDER),
    (
        'dcalc diff "3*x^3 - 3*x + 5"',
        'dcalc diff "x^2 + y^3" --wrt x',
        'dcalc diff "x^2*y^3" --wrt x,y',
        'dcalc diff "sin(x)/x" --at x=1',
    ),
    "--wrt x,y differentiates in x and then in y; without --wrt each input is taken in turn.\n"
    "With --at the formula's value at the point is printed as well. What a long formula has several times is named\n"
    "below it, `where t1 = …`; as JSON, CSV and LaTeX it is a program, `t1 = …; …`, that can be read back.",
    _run,
)
