"""`diff`: the derivative as a formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..backends.derive import Survey, kink_notes, non_finite_notes, sides
from ..backends.problem import Problem, variable
from ..backends.result import Note
from ..backends.symbolic import formulas, partials, readable
from ..errors import DcalcError
from ..evaluate.scalar import evaluate
from ..language import ast
from .base import Ask, Command, Output, PointValue, State
from .options import RENDER
from .prepare import Prepared, cut, derivatives_in, prepare, values_of_cut


class Formula(NamedTuple):
    """A derivative as a formula; `value` where a point was given."""

    label: str
    tree: ast.Node
    value: float | None


class Formulas(NamedTuple):
    """What `diff` answers: one formula for each output and each thing asked for."""

    items: list[Formula]
    #: as the derivatives were asked: names, in order of differentiation
    wrt: list[list[str]]
    notes: list[Note]


def _run(state: State, ask: Ask) -> Output:
    prepared = prepare(state, ask)
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
            raise DcalcError(
                "usage",
                "there is no input to differentiate in",
                source=ask.operand,
                span=prepared.tree.span,
                hint="name one with --wrt, for example --wrt x"
                if prepared.point
                else "an expression in x has the input x",
            )
        if order is not None and len(names) > 1:
            raise DcalcError(
                "usage", f"which of {', '.join(names)} is --order for?", hint=f"--wrt {names[0]} --order {order}"
            )
        orders = [[name] * (order or 1) for name in names]
    rows = graph.components(prepared.output)
    decimals = prepared.decimals
    items = []
    for wanted in orders:
        nodes, values = _derivatives(prepared, rows, wanted, numbers=bool(ask.get("at")), decimals=decimals)
        for k, node in enumerate(nodes):
            label = _label(wanted, k if len(rows) > 1 or graph.shapes[prepared.output] else None)
            items.append(Formula(label, readable(graph, node, decimals=decimals), values[k] if values else None))
    notes = list(prepared.notes)
    return Output([Formulas(items, orders, notes)], notes)


def _derivatives(
    prepared: Prepared, rows: Sequence[int], wanted: list[str], *, numbers: bool, decimals: bool
) -> tuple[list[int], list[float] | None]:
    """The simplified derivatives of the rows in the textbook's forms, and their numbers from the accurate ones."""
    graph = prepared.graph
    point = dict(prepared.point)
    rows = cut(prepared, rows, wanted)
    if numbers:
        values_of_cut(prepared, wanted, point)
    shown, exact = rows, rows
    for name in wanted:
        leaf = graph.input(name, _shape(prepared, name))
        if graph.shapes[leaf]:
            raise DcalcError("shape", f"{name} is a vector; diff differentiates in numbers", hint="jac does it")
        shown = formulas(graph, shown, leaf, decimals=decimals)
        if numbers:
            exact = partials(graph, exact, leaf)
    if not numbers:
        return shown, None
    return shown, _numbers(prepared, rows, wanted, exact, point)


def _numbers(
    prepared: Prepared, rows: Sequence[int], wanted: list[str], exact: Sequence[int], point: dict[str, PointValue]
) -> list[float]:
    """The derivatives' values, with notes on kinks and on what is not finite."""
    graph = prepared.graph
    leaves = tuple(variable(graph, graph.input(name, _shape(prepared, name))) for name in dict.fromkeys(wanted))
    asked = Problem(graph, rows[0] if len(rows) == 1 else graph.vector(tuple(rows)), leaves, point)
    survey = Survey(asked, ieee=False)
    values = evaluate(graph, exact, point)
    found = survey.kinks()
    if found:
        prepared.notes.extend(kink_notes(asked, found, *sides(asked)))
    labels = [_label(wanted, k if len(rows) > 1 else None) for k in range(len(rows))]
    prepared.notes.extend(non_finite_notes(asked, survey, list(zip(labels, values, strict=True))))
    return values


def _shape(prepared: Prepared, name: str) -> tuple[int, ...]:
    value = prepared.point.get(name)
    if name in prepared.lowered.names.nodes:
        return prepared.graph.shapes[prepared.lowered.names.nodes[name]]
    return (len(value),) if isinstance(value, tuple) else ()


def _label(wanted: list[str], row: int | None) -> str:
    order = "" if len(wanted) == 1 else _superscript(len(wanted))
    parts = []
    for name in dict.fromkeys(wanted):
        times = wanted.count(name)
        parts.append(f"d{name}{'' if times == 1 else _superscript(times)}")
    return f"d{order}{'' if row is None else f'f{row + 1}'}/{' '.join(parts)}"


def _superscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


COMMAND = Command(
    "diff",
    "the derivative as a simplified formula",
    "EXPR",
    ("wrt", "order", "at", *RENDER),
    (
        'dcalc diff "3*x^3 - 3*x + 5"',
        'dcalc diff "x^2 + y^3" --wrt x',
        'dcalc diff "x^2*y^3" --wrt x,y',
        'dcalc diff "sin(x)/x" --at x=1',
    ),
    "--wrt x,y differentiates in x and then in y; without --wrt each input is taken in turn.\n"
    "With --at the formula's value at the point is printed as well.",
    _run,
)
