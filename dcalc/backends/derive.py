"""From a problem to an answer: failures, kinks and notes are dealt with here, once, whatever the backend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import DcalcError
from ..evaluate.failures import first_failure, node_values, taken
from ..evaluate.scalar import evaluate
from ..graph.build import Builder
from ..graph.graph import Graph
from ..primitives import TABLE
from ..sweeps.kinks import Kink, kinks
from ..sweeps.one_sided import one_sided
from ..sweeps.rules import Rules
from . import backend, choose
from .problem import Problem
from .protocol import AT_KINK, Matrix, Options
from .result import Derived, Note, Value

#: Formulas of more nodes are described in the user's own words.
LONGEST_FORMULA = 40
#: A rule that asks whether something *equals* 0 spares a corner its 0 times infinity; nothing jumps there.
EQUALITY = frozenset(("==", "!="))


class Request(NamedTuple):
    """How to derive.

    kind: "grad", "jac" or "hess". at_kink: one of AT_KINK. ieee: no value is an error. branches: note which
    choices are active.
    """

    kind: str
    backend: str = "auto"
    options: Options = Options()
    at_kink: str = "lecture"
    ieee: bool = False
    branches: bool = False


class Survey:
    """What is known of a problem before any backend is asked: values, kinks, active branches."""

    def __init__(self, problem: Problem, ieee: bool) -> None:
        graph, rows, point = problem.graph, problem.rows, problem.point
        self.problem = problem
        self.values = node_values(graph, rows, point)
        if not ieee:
            failure = first_failure(graph, rows, self.values)
            if failure is not None:
                raise failure
        self.taken = taken(graph, rows, self.values)
        self.value = [self.values[row] for row in rows]

    def kinks(self) -> list[Kink]:
        """The kinks that the point lies on."""
        return _kinks_at(self.problem, self.problem.rows, self.taken)

    def branches(self) -> list[Note]:
        """Which choice each selection makes at the point."""
        graph = self.problem.graph
        rules = Rules(Builder(graph))
        chosen: list[tuple[int, int, int | None, int | None]] = []
        for node in sorted(self.taken):
            entry = rules.entry(node)
            if entry is not None and entry.kind == "selection":
                chosen.append((node, *rules.choice(entry, node)))
        holds = evaluate(graph, [condition for _, condition, _, _ in chosen], self.problem.point)
        notes = []
        for (node, _, first, second), held in zip(chosen, holds, strict=True):
            place = first if held else second
            active = describe(graph, graph.args[node][place]) if place is not None else "0"
            source, span = graph.origins.get(node, (None, None))
            message = f"{describe(graph, node)}: the active branch is {active}"
            notes.append(Note("branch", message, source, span, {"node": describe(graph, node), "active": active}))
        return notes


def value(problem: Problem, *, ieee: bool = False, branches: bool = False) -> Value:
    """The value of a program at a point. A value that is not finite is an error unless `ieee`."""
    survey = Survey(problem, ieee)
    vector = bool(problem.graph.shapes[problem.output])
    return Value(tuple(survey.value) if vector else survey.value[0], survey.branches() if branches else [])


def derive(problem: Problem, request: Request, survey: Survey | None = None) -> Derived:
    """Derivatives of a program at a point, by one backend."""
    if request.at_kink not in AT_KINK:
        raise DcalcError("usage", f"--at-kink {request.at_kink} is none", hint=f"there are {', '.join(AT_KINK)}")
    survey = survey or Survey(problem, request.ieee)
    name, why = request.backend, ""
    if name == "auto":
        name, reason = choose(len(problem.leaves), len(problem.rows))
        why = f" (chosen for {reason})"
    engine = backend(name)
    ask = engine.hessian if request.kind == "hess" else engine.jacobian
    answer = ask(problem, request.options)
    entries = answer.entries
    notes: list[Note] = []
    found = survey.kinks()
    if found:
        entries = _at_kinks(problem, request, found, entries, notes)
    elif request.kind == "hess":
        notes += [
            Note("kink", f"the first derivative has a kink here: {_kink(problem, bend)}; the second one jumps")
            for bend in gradient_kinks(problem)
        ]
    labels, m = problem.labels, len(problem.rows)
    named = [
        (component(request.kind, labels, m, k, i, j), entry)
        for k, matrix in enumerate(entries)
        for i, row in enumerate(matrix)
        for j, entry in enumerate(row)
        if not math.isfinite(entry)
    ]
    notes += non_finite_notes(problem, survey, named)
    if answer.nodes and not named:
        notes += _range_notes(problem, survey, answer.nodes)
    return Derived(
        request.kind,
        survey.value,
        bool(problem.graph.shapes[problem.output]),
        problem.variables,
        entries,
        name,
        answer.work + why,
        [*notes, *survey.branches()] if request.branches else notes,
        answer.estimates if entries is answer.entries else None,  # they belong to the numbers they came with
    )


def _range_notes(problem: Problem, survey: Survey, nodes: list[list[list[int]]]) -> list[Note]:
    """A note where a step of the derivative left the range of floating point though all components are finite."""
    graph = problem.graph
    flat = [node for matrix in nodes for row in matrix for node in row]
    values = node_values(graph, flat, problem.point)
    for node in sorted(taken(graph, flat, values)):
        args = graph.args[node]
        if not args or graph.shapes[node] or node in survey.values or not all(math.isfinite(values[a]) for a in args):
            continue
        over = math.isinf(values[node])
        under = not values[node] and graph.ops[node] in ("*", "/") and all(values[arg] for arg in args)
        if over or under:
            what = "overflowed" if over else "underflowed to 0"
            remedy = "forms such as softplus, sigmoid, logsumexp and hypot avoid this"
            return [Note("range", f"a step of the derivative {what}, the numbers may be off; {remedy}")]
    return []


def gradient_kinks(problem: Problem) -> list[Kink]:
    """The kinks of the first derivatives that the point lies on, as those of elu at 0."""
    from .forward import columns

    graph = problem.graph
    nodes = [node for row in columns(graph, problem.rows, problem.leaves)[0] for node in row]
    values = node_values(graph, nodes, problem.point)
    found = _kinks_at(problem, nodes, taken(graph, nodes, values))
    return [kink for kink in found if graph.ops[kink.node] not in EQUALITY]


def _kinks_at(problem: Problem, outputs: Sequence[int], looked_at: set[int]) -> list[Kink]:
    """The kinks of nodes that the point lies on, of what is looked at there."""
    possible = [kink for kink in kinks(problem.graph, outputs, problem.leaves) if kink.node in looked_at]
    zeros = evaluate(problem.graph, [kink.zero for kink in possible], problem.point)
    return [kink for kink, zero in zip(possible, zeros, strict=True) if zero == 0]


def sides(problem: Problem) -> tuple[Matrix, Matrix]:
    """The left and right derivatives of each row along each input; nan where one is not determined."""
    graph, rows, leaves = problem.graph, problem.rows, problem.leaves
    result = []
    for backward in (True, False):
        columns = [one_sided(graph, rows, leaf, backward=backward) for leaf in leaves]
        flat = [node for column in columns for node in column]
        values = evaluate(graph, flat, problem.point)
        m = len(rows)
        result.append([[values[k * m + row] + 0.0 for k in range(len(leaves))] for row in range(m)])
    return result[0], result[1]


def _at_kinks(
    problem: Problem, request: Request, found: list[Kink], entries: list[Matrix], notes: list[Note]
) -> list[Matrix]:
    """Say that the point is on a kink, and answer as `--at-kink` asks."""
    refusal, hint = "", ""
    if request.at_kink == "error":
        refusal, hint = "no derivative", "--at-kink lecture answers all the same"
    elif request.kind == "hess" and request.at_kink != "lecture":
        refusal, hint = "no second derivative from one side", "--at-kink lecture follows the convention"
    if refusal:
        source, span = problem.graph.origins.get(found[0].node, (None, None))
        message = f"{refusal}: {_kink(problem, found[0])}"
        raise DcalcError("domain", message, source=source, span=span, hint=hint)
    left, right = sides(problem)
    notes += kink_notes(problem, found, left, right)
    if request.at_kink == "left":
        return [left]
    if request.at_kink == "right":
        return [right]
    if request.at_kink == "mean":
        return [[[(a + b) / 2 for a, b in zip(*pair, strict=True)] for pair in zip(left, right, strict=True)]]
    return entries


def kink_notes(problem: Problem, found: list[Kink], left: Matrix, right: Matrix) -> list[Note]:
    """A note for each kink that the point is on, with both one-sided derivatives."""
    labels = problem.labels
    shown = "; ".join(
        f"{component('jac', labels, len(left), 0, row, k)}: "
        f"left {_number(left[row][k])}, right {_number(right[row][k])}"
        for row in range(len(left))
        for k in range(len(labels))
        if left[row][k] != right[row][k] or len(left) * len(labels) == 1
    )
    notes = []
    for kink in found:
        source, span = problem.graph.origins.get(kink.node, (None, None))
        data = {"node": describe(problem.graph, kink.node), "left": left, "right": right}
        notes.append(Note("kink", f"{_kink(problem, kink)} ({shown or 'both sides agree'})", source, span, data))
    return notes


def _kink(problem: Problem, kink: Kink) -> str:
    """What happens at a kink, in words."""
    text = describe(problem.graph, kink.node)
    if TABLE[problem.graph.ops[kink.node]].truth:
        return f"the condition {text.strip('[]')} switches here"
    return f"{text} has a kink here"


def non_finite_notes(problem: Problem, survey: Survey, named: list[tuple[str, float]]) -> list[Note]:
    """A note for each component that is infinite or undefined, with the node whose partial made it so."""
    bad = [(name, entry) for name, entry in named if not math.isfinite(entry)]
    if not bad:
        return []
    graph = problem.graph
    culprit = _bad_partial(problem, survey)
    because, source, span = "", None, None
    if culprit is not None:
        node, partial = culprit
        because = (
            f": the partial of {describe(graph, node)} is {'undefined' if math.isnan(partial) else 'infinite'} here"
        )
        source, span = graph.origins.get(node, (None, None))
    return [
        Note(
            "non-finite",
            f"{name} is {'undefined' if math.isnan(entry) else _number(entry)}{because}",
            source,
            span,
            {"component": name},
        )
        for name, entry in bad
    ]


def _bad_partial(problem: Problem, survey: Survey) -> tuple[int, float] | None:
    """The first node that has a partial which is not finite at the point, and that partial's value."""
    graph = problem.graph
    rules = Rules(Builder(graph))
    order = sorted(survey.taken)
    active = graph.depending(order, problem.leaves)
    pairs = []
    for node in order:
        entry = rules.entry(node)
        if entry is not None and entry.kind == "elementwise" and node in active:
            for position, arg in enumerate(graph.args[node]):
                if arg in active:
                    pairs.append((node, rules.partial(entry, node, position)))
    values = evaluate(graph, [partial for _, partial in pairs], problem.point)
    return next(((node, v) for (node, _), v in zip(pairs, values, strict=True) if not math.isfinite(v)), None)


def component(kind: str, labels: list[str], rows: int, k: int, i: int, j: int) -> str:
    """The name of an entry: `d/dx`, `df2/dx`, `d²/dx dy`."""
    if kind == "hess":
        output = f"f{k + 1}" if rows > 1 else ""
        return f"d²{output}/d{labels[i]}²" if i == j else f"d²{output}/d{labels[i]} d{labels[j]}"
    return f"d{f'f{i + 1}' if rows > 1 else ''}/d{labels[j]}"


def describe(graph: Graph, node: int) -> str:
    """A node as a formula; a long one in the user's own words if it has a place in a text, else by its number."""
    from ..graph.to_ast import is_small, to_ast
    from ..language import unparse

    if is_small(graph, node, LONGEST_FORMULA):
        return unparse(to_ast(graph, node))
    if node in graph.origins:
        source, span = graph.origins[node]
        text = " ".join(source.text[span[0] : span[1]].split())
        return text if len(text) <= 80 else text[:77] + "…"
    return f"v{node}"


def _number(value: float) -> str:
    return "not determined" if math.isnan(value) else format(value + 0.0, ".10g")  # + 0.0: no negative zero
