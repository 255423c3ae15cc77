"""`explain`: a derivative step by step, as the lectures do it: each step names its rule and its subject.

The steps are rewrites by the table's own rules; the last one ends in the formula that `diff` prints.
"""

from __future__ import annotations

from typing import NamedTuple

from ...backends.problem import Problem
from ...backends.result import Nested, Note
from ...backends.symbolic import formulas
from ...graph.lower import inputs_of
from ...language import ast
from ..base import Ask, Command, Output, State
from ..diff import Formula, asked_for, written
from ..options import RENDER
from ..prepare import Prepared, prepare
from .jacobians import Product, composed, products
from .named import Sections, outline
from .steps import SIMPLIFY, Bench, Section, Step, differential, free_name, total

READ_OFF = "read off the derivative"


class Explanation(NamedTuple):
    """One derivative: its label and name as `diff` and the steps call it, the formula and the named values in it.

    held: the other inputs. result and value are those of `diff`; the last step's formula is the result.
    """

    label: str
    name: str
    variable: str
    held: list[str]
    formula: ast.Node | None
    definitions: list[tuple[str, ast.Node | None]]
    sections: list[Section]
    result: ast.Node
    value: Nested | None


class Explained(NamedTuple):
    """What `explain` answers: an explanation for each derivative that `diff` prints, in its order; the products of
    Jacobians where the value is a composition of functions of vectors."""

    items: list[Explanation]
    wrt: list[list[str]]
    products: list[Product]
    notes: list[Note]


def _run(state: State, ask: Ask) -> Output:
    prepared = prepare(state, ask)
    numbers = bool(ask.get("at"))
    answer = written(prepared, ask, closed=not numbers)
    notes = prepared.notes
    named = composed(state, ask)
    if named is not None:  # f(g(x)): the value of g gets a name, and the derivative goes through it
        prepared, ask = named
    items: list[Explanation] = []
    rows = len(answer.items) // len(answer.wrt)
    for k, wanted in enumerate(answer.wrt):
        items += _derivatives(prepared, wanted, answer.items[k * rows : (k + 1) * rows], numbers)
    single = [names[0] for names in answer.wrt if len(names) == 1]
    found = products(state, ask, prepared, single, _name(prepared)) if single else []
    return Output([Explained(items, answer.wrt, found, answer.notes)], notes)


def _name(prepared: Prepared) -> str:
    """What the value is called: its own name, else f or another letter that is free."""
    graph, lowered = prepared.graph, prepared.lowered
    label = lowered.labels.get(prepared.output)
    if label is not None:
        return label
    taken = {str(graph.attrs[node]) for node in inputs_of(graph, [prepared.output])} | set(lowered.labels.values())
    return free_name(("f", "F", "y", "g", "f"), taken | set(lowered.names.nodes))


def _labels(prepared: Prepared) -> dict[int, str]:
    """The names of nodes: the program's, and a session's."""
    lowered = prepared.lowered
    return {**{node: name for name, node in lowered.names.nodes.items()}, **lowered.labels}


def _derivatives(prepared: Prepared, wanted: list[str], items: list[Formula], numbers: bool) -> list[Explanation]:
    """The explanations of one derivative of each part of the value."""
    asked, leaves = asked_for(prepared, wanted, numbers=numbers)
    base = _name(prepared)
    several = len(asked.rows) > 1 or asked.graph.ops[asked.output] == "vector"
    found = []
    for k, (row, item) in enumerate(zip(asked.rows, items, strict=True)):
        name = f"{base}{k + 1}" if several else base
        found.append(_explanation(prepared, asked, leaves, row, item, name, numbers))
    return found


def _explanation(
    prepared: Prepared, asked: Problem, leaves: list[int], row: int, item: Formula, name: str, numbers: bool
) -> Explanation:
    """One derivative: of order n it goes by n stages, each from the simplified formula of the one before."""
    sections: list[Section] = []
    definitions: list[tuple[str, ast.Node | None]] = []
    node, formula = row, None
    for stage, leaf in enumerate(leaves):
        bench = Bench(asked.graph, leaf, asked if numbers else None, decimals=prepared.decimals)
        result, value = (item.tree, item.value) if stage == len(leaves) - 1 else (None, None)
        following = formulas(asked.graph, [node], leaf, decimals=prepared.decimals)[0]
        if result is None:
            result, value = bench.tree(following), bench.value(following)
        labels = _labels(prepared) if stage == 0 else {}
        made, names, body = _stage(bench, labels, node, name + "'" * stage, result, value)
        sections += made
        if stage == 0:
            definitions, formula = names, body
        node = following
    held = [str(asked.graph.attrs[one]) for one in inputs_of(asked.graph, [row]) if one not in leaves]
    variable = str(asked.graph.attrs[leaves[0]])
    return Explanation(item.label, name, variable, held, formula, definitions, sections, item.tree, item.value)


def _stage(
    bench: Bench, labels: dict[int, str], node: int, name: str, result: ast.Node | None, value: Nested | None
) -> tuple[list[Section], list[tuple[str, ast.Node | None]], ast.Node | None]:
    """The sections of one first derivative; the definitions of the names in it and the formula over them."""
    found = outline(bench, labels, node)
    symbol = differential(ast.Name(name)) if bench.differential else total(name, bench.variable)
    formula = bench.tree(found.body)
    definitions = [(one.name, bench.tree(one.body)) for one in found.named]
    if found.named:
        writer = Sections(bench, found, name)
        end = writer.write()
        steps, end = writer.together(end)
        sections = [*writer.sections, Section(symbol, None, [], steps)]
    else:
        steps, end = bench.derive(node, {bench.leaf: bench.seed}, bench.variable)
        sections = [Section(symbol, formula, [], steps)]
    if bench.differential:
        bench.simplified(steps, end)
        note = f"{name} changes by this for every change d{bench.variable}: what stands beside d{bench.variable}"
        last = Step(READ_OFF, READ_OFF, [], result, value, note)
        sections.append(Section(total(name, bench.variable), None, [], [last]))
    elif not steps or steps[-1].formula != result:
        steps.append(Step(SIMPLIFY, SIMPLIFY, [], result, value))
    else:
        steps[-1] = steps[-1]._replace(value=value)
    return sections, definitions, formula


COMMAND = Command(
    "explain",
    "the derivative step by step, each step with its rule",
    "EXPR",
    ("wrt", "order", "at", "load", "steps", *RENDER),
    (
        'dcalc explain "3*x^3 - 3*x + 5"',
        'dcalc explain "(3*x + 1)^2*sin(x)" --at x=1',
        'dcalc explain "x = cos(t); y = sin(t); x^2*y"',
        'dcalc explain "g(x) = [x[1]*x[2], x[1] + x[2]]; f(u) = [sin(u[1]), u[1]*u[2]]; x: 2; f(g(x))"',
    ),
    "The lectures' strategy: term by term and constant factors, then elementary functions, then products and\n"
    "quotients, then the chain rule. d/dx[…] is still to be taken; the last formula is the one `diff` prints.\n"
    "Named values (a = x^2; …) have their own derivatives, which are put together at the end; the derivative in an\n"
    "array goes by differentials, df = …·dW. A composition of functions of vectors shows its Jacobians' product.\n"
    "With --at every step has its numbers, and a program that depends on values is explained along its path.",
    _run,
)
