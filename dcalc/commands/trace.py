"""`trace`: the program's steps with their values and tangents or adjoints, as the textbooks print them.

The numbers are those of the sweeps; only the formulas beside them are made here, one step at a time, from the
same entries of the table (Baydin et al., *JMLR* 18, 2018, tables 2 and 3).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ..backends.derive import Survey
from ..backends.problem import Problem
from ..backends.result import Nested, Note, nested
from ..errors import DcalcError
from ..graph.build import Builder
from ..graph.graph import MOVES, Graph
from ..graph.shapes import size
from ..graph.template import template
from ..graph.to_ast import to_ast
from ..language import ast
from ..primitives import TABLE
from ..primitives.entry import Primitive
from ..sweeps.forward import forward
from ..sweeps.reverse import gradient, reverse
from ..sweeps.rules import Rules
from .base import Ask, Command, Output, State
from .derivatives import wants_branches
from .options import RENDER
from .prepare import Prepared, Wanted, names_of, prepare, problem, unknown_name

DOT, BAR = "\u0307", "\u0304"


class Row(NamedTuple):
    """A step: its name, formula (None for an input) and value; and the tangent's or adjoint's."""

    name: str
    formula: ast.Node | None
    value: Nested
    other_name: str
    other_formula: ast.Node | None
    other: Nested


class Trace(NamedTuple):
    """What `trace` answers. mode: forward, reverse or dual; subject: the seeded input, or the traced output."""

    mode: str
    rows: list[Row]
    subject: str
    notes: list[Note]


def _run(state: State, ask: Ask) -> Output:
    prepared = prepare(state, ask)
    asked = problem(prepared, ask._replace(options={**ask.options, "wrt": []}))
    mode = ask.get("mode", "forward")
    survey = Survey(asked, ask.get("ieee", False))
    wanted = names_of(ask.get("wrt", []))
    steps = _Steps(prepared, asked, constants=mode == "dual")
    if mode == "reverse":
        if asked.shape:
            hint = "trace one component, or all of them in forward mode"
            raise DcalcError(
                "shape", "a reverse trace is of one output", source=ask.operand, span=prepared.tree.span, hint=hint
            )
        rows, subject = steps.reverse(), steps.names[asked.rows[0]]
    else:
        leaf, place, subject = _seed(asked, wanted)
        rows = steps.forward(leaf, place)
    notes = [*prepared.notes, *survey.kink_notes()]
    notes += survey.branches() if wants_branches(ask) else []
    return Output([Trace(mode, rows, subject, notes)], notes)


def _seed(asked: Problem, wanted: list[Wanted]) -> tuple[int, int, str]:
    """What is seeded, the one that `--wrt` names, else the first input: its leaf, which component, and its name."""
    labels = [(label, variable.node, k) for variable in asked.variables for k, label in enumerate(variable.labels)]
    if not labels:
        raise DcalcError("usage", "there is no input to seed", hint="trace needs an expression with an input")
    if len(wanted) > 1:
        _, text, span = wanted[1]
        raise DcalcError(
            "usage", "a forward trace seeds one input", source=text, span=span, hint=f"for example --wrt {labels[0][0]}"
        )
    if not wanted:
        return labels[0][1], labels[0][2], labels[0][0]
    name = wanted[0].name
    for label, leaf, k in labels:
        if name == label or name == asked.graph.attrs[leaf]:  # of an array its first component
            return leaf, k, label
    raise unknown_name(wanted[0], [label for label, _, _ in labels])


class _Steps:
    """The live nodes of a program with their names in a table."""

    def __init__(self, prepared: Prepared, asked: Problem, *, constants: bool) -> None:
        self.graph = asked.graph
        self.asked = asked
        self.names: dict[int, str] = {variable.node: variable.name for variable in asked.variables}
        order = self.graph.reachable(asked.rows)
        taken = set(self.names.values()) | set(prepared.lowered.labels.values())
        self.order = list(asked.leaves)
        known = [n for n in order if self.graph.is_const(n)] if constants else []
        for k, node in enumerate(known, start=1):
            self.names[node] = _free("c" if len(known) == 1 else f"c{_subscript(k)}", taken)
            self.order.append(node)
        number = 0
        # A name that a loop gives to one node after the other is the last one's; the others are numbered.
        last = {label: node for node, label in sorted(prepared.lowered.labels.items())}
        for node in order:
            if node in self.names or self.graph.is_const(node):
                continue
            label = prepared.lowered.labels.get(node)
            if label is None or last[label] != node:
                number += 1
                label = _free(f"v{_subscript(number)}", taken)
            self.names[node] = label
            self.order.append(node)

    def forward(self, leaf: int, place: int) -> list[Row]:
        """Rows of primals and tangents, for one seed: a leaf, or one component of it."""
        graph = self.graph
        shape = graph.shapes[leaf]
        one, masks = graph.const(1), {}
        if shape:
            places = tuple(place // size(shape[k + 1 :]) % length for k, length in enumerate(shape))
            one = graph.emit("place", (one,), (places, shape))
            masks = {0: Builder(graph).apply("!=", (one, graph.const(0)))}
        swept = forward(graph, self.asked.rows, {leaf: {0: one}}, masks=masks)
        zero = graph.const(0)
        rows = []
        for node in self.order:
            tangent = graph.full(swept.get(node, {}).get(0, zero), graph.shapes[node])
            name = self.names[node]
            formula, other = self._formula(node), self._tangent(node)
            rows.append(Row(name, formula, self._value(node), name + DOT, other, self._value(tangent)))
        return rows

    def reverse(self) -> list[Row]:
        """Rows of primals and adjoints, in the order of the primals."""
        graph, (output,) = self.graph, self.asked.rows
        adjoints = reverse(graph, output, self.asked.leaves)
        zero = graph.const(0)
        rows = []
        for node in self.order:
            adjoint = graph.full(adjoints.total.get(node, zero), graph.shapes[node])
            name = self.names[node]
            other = self._adjoint(node, adjoints.users.get(node, ()), output)
            rows.append(Row(name, self._formula(node), self._value(node), name + BAR, other, self._value(adjoint)))
        return rows

    def _value(self, node: int) -> Nested:
        value: Nested = nested(self.asked.numbers(node), self.graph.shapes[node])
        return value

    def _formula(self, node: int) -> ast.Node | None:
        """A step over the names of its arguments."""
        if node in self.asked.leaves or self.graph.is_const(node):
            return None
        step = _Step(self, node)
        return to_ast(step.graph, step.node)

    def _tangent(self, node: int) -> ast.Node | None:
        """The tangent's formula over the names of the arguments and their tangents."""
        if node in self.asked.leaves or self.graph.is_const(node):
            return None
        step = _Step(self, node)
        tangents = tuple(
            step.graph.const(0)
            if self.graph.is_const(arg)
            else step.graph.input(self.names[arg] + DOT, self.graph.shapes[arg])
            for arg in self.graph.args[node]
        )
        return step.array_tangent(tangents) if step.arrays else step.tangent(tangents)

    def _adjoint(self, node: int, users: Collection[int], output: int) -> ast.Node | None:
        """The sum, over the steps that use this one, of their adjoint times their partial."""
        if node == output or not users:
            return None
        total: ast.Node | None = None
        for user in users:
            step = _Step(self, user)
            adjoint = step.graph.input(self.names[user] + BAR, self.graph.shapes[user])
            places = [k for k, arg in enumerate(self.graph.args[user]) if arg == node]
            terms = [step.array_adjoint(places[0], adjoint)] if step.arrays else []
            for term in terms or [step.adjoint(position, adjoint) for position in places]:
                total = term if total is None else ast.Call("+", (total, term))
        return total


class _Step:
    """One node alone, in a graph of its own whose inputs bear the names of the table."""

    def __init__(self, steps: _Steps, node: int) -> None:
        source = steps.graph
        self.graph = Graph()
        self.builder = Builder(self.graph)
        args = tuple(
            self.graph.input(steps.names[arg], source.shapes[arg])
            if arg in steps.names
            else self.graph.emit("const", (), source.attrs[arg])
            for arg in source.args[node]
        )
        self.node = self.graph.emit(source.ops[node], args, source.attrs[node])
        self.graph_name = self.graph.input(steps.names[node], source.shapes[node])
        #: the rules of arrays are the sweeps' own: what is broadcast, reduced or moved goes by more than a partial
        self.arrays = source.ops[node] in MOVES or any(self.graph.shapes[n] for n in (self.node, *args))
        self.rules = Rules(self.builder, shown=True)

    @property
    def entry(self) -> Primitive:
        """The table's entry of the node."""
        return TABLE[self.graph.ops[self.node]]

    def array_tangent(self, tangents: tuple[int, ...]) -> ast.Node:
        """The tangent of a node of arrays."""
        args = self.graph.args[self.node]
        seeds = {arg: {0: one} for arg, one in zip(args, tangents, strict=True) if one != self.builder.zero}
        swept = forward(self.graph, [self.node], seeds, shown=True)
        made = swept.get(self.node, {}).get(0, self.builder.zero)
        return self._named(self.graph.full(made, self.graph.shapes[self.node]))

    def array_adjoint(self, position: int, adjoint: int) -> ast.Node:
        """What a node of arrays gives to the adjoint of an argument."""
        arg = self.graph.args[self.node][position]
        return self._named(gradient(self.graph, self.node, [arg], adjoint, shown=True)[0])

    def tangent(self, tangents: tuple[int, ...]) -> ast.Node:
        """The textbook's tangent of the node."""
        entry, builder, args = self.entry, self.builder, self.graph.args[self.node]
        zero = builder.zero
        if entry.shown_tangent and zero not in tangents:
            names = (*entry.parameters, *(f"d{name}" for name in entry.parameters), "y")
            made = template(entry.shown_tangent, names).emit(builder, (*args, *tangents, self.node))
            return self._named(made)
        if entry.kind == "selection":
            condition, first, second = self.rules.choice(entry, self.node)
            held = tangents[first] if first is not None else zero
            other = tangents[second] if second is not None else zero
            return self._named(builder.select(condition, held, other))
        total = zero
        for position, tangent in enumerate(tangents):
            if tangent != zero:
                partial = self.rules.partial(entry, self.node, position)
                total = builder.add(total, builder.mul(partial, tangent))
        return self._named(total)

    def adjoint(self, position: int, adjoint: int) -> ast.Node:
        """What the node gives to the adjoint of its argument at `position`."""
        entry, builder = self.entry, self.builder
        if entry.kind == "selection":
            condition, first, second = self.rules.choice(entry, self.node)
            held = adjoint if position == first else builder.zero
            other = adjoint if position == second else builder.zero
            return self._named(builder.select(condition, held, other))
        return self._named(builder.mul(adjoint, self.rules.partial(entry, self.node, position)))

    def _named(self, made: int) -> ast.Node:
        """A formula in which the step itself goes by its name."""
        return to_ast(self.graph, self.graph.substitute([made], {self.node: self.graph_name})[0])


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "ʹ"
    return name


COMMAND = Command(
    "trace",
    "the steps of a program with their tangents, adjoints or dual numbers",
    "EXPR",
    ("at", "mode", "wrt", "branches", "load", "steps", "ieee", *RENDER),
    (
        'dcalc trace "(sin(x1/x2) + (x1/x2 - exp(x2)))*(x1/x2 - exp(x2))" --at x1=1.5,x2=0.5 --wrt x1 --digits 4',
        'dcalc trace "(x + y)*z" --at x=1,y=3,z=-3 --mode reverse',
        'dcalc trace "max(y*z, y+2*x)" --at x=2,y=3,z=-1 --mode dual',
    ),
    "forward: each step with its tangent along the input that --wrt names (the first one without it).\n"
    "reverse: each step with its adjoint. dual: each step as a pair (value, derivative).",
    _run,
)
