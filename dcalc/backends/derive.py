"""From a problem to an answer: failures, kinks and notes are dealt with here, once, whatever the backend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..collecting import paused
from ..errors import DcalcError, Source, Span
from ..evaluate.failures import first_failure, hold_shapes, taken
from ..graph.build import Builder
from ..graph.duals import units
from ..graph.graph import LOOPS, Graph
from ..primitives import TABLE
from ..sweeps.firsts import Inside
from ..sweeps.kinks import Kink, kinks
from ..sweeps.one_sided import one_sided
from ..sweeps.rules import Rules
from . import backend, choose
from .forward import outputs
from .problem import Problem, entry_label, labels, outputs_of
from .protocol import AT_KINK, Derivative, Options, Part, entries, evaluated, hold_size, seed
from .result import Derived, Note, Value, nested
from .reverse import LONG, first_time
from .rows import Matrix, unbounded

if TYPE_CHECKING:
    from .dual import DualValue

#: One-sided derivatives are sought for at most so many entries; and so many are told in words.
MOST_SIDES = 2_000
MOST_SHOWN = 8
MOST_NOTES = 8
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
        graph = problem.graph
        self.problem = problem
        #: the value's parts, and the conditions that decided the path of a traced program
        self.outputs = [*problem.rows, *problem.conditions]
        order = graph.reachable(self.outputs)
        hold_shapes(graph, order, problem.point)
        self.values = problem.values(order)
        if not ieee:
            failure = first_failure(graph, self.outputs, self.values)
            if failure is not None:
                raise failure
        self.taken = taken(graph, self.outputs, self.values)
        self.value = [number for row in problem.rows for number in problem.numbers(row)]

    @cached_property
    def kinks(self) -> list[Kink]:
        """The kinks that the point lies on."""
        return _kinks_at(self.problem, self.outputs, self.taken)

    @cached_property
    def sides(self) -> tuple[Matrix, Matrix] | None:
        """The one-sided derivatives; None where they are too many, or hang on a path that was followed at the point."""
        problem = self.problem
        if problem.m * problem.n > MOST_SIDES or any(_decides(problem, kink) for kink in self.kinks):
            return None
        return sides(problem)

    def kink_notes(self, *, second: bool = False) -> list[Note]:
        """A note for each kink that the point is on, with both one-sided derivatives where they are known."""
        return kink_notes(self.problem, self.kinks, self.sides, second=second) if self.kinks else []

    def bends(self) -> list[Note]:
        """The kinks at the point of what the program itself differentiates."""
        notes = []
        for node, zero in self.problem.bends:
            if not _nowhere_zero(self.problem.value(zero)):
                source, span = self.problem.graph.origins.get(node, (None, None))
                words = _kink(self.problem, Kink(node, zero))
                message = f"{words}; its derivative in the expression is that of the convention"
                notes.append(Note("kink", message, source, span, {"node": as_written(self.problem, node)}))
        return list({note.message: note for note in notes}.values())[:MOST_NOTES]

    def branches(self) -> list[Note]:
        """Which choice each selection makes at the point."""
        graph = self.problem.graph
        rules = Rules(Builder(graph))
        notes = []
        for node in sorted(self.taken):
            entry = rules.entry(node)
            if entry is None or entry.kind != "selection":
                continue
            condition, first, second = rules.choice(entry, node)
            held = self.problem.numbers(graph.full(condition, graph.shapes[node]))
            parts = []
            for place, count in ((first, sum(map(bool, held))), (second, sum(not one for one in held))):
                if count:
                    active = as_written(self.problem, graph.args[node][place]) if place is not None else "0"
                    parts.append(f"{active} in {count} of {len(held)}" if len(held) > 1 else active)
            active = ", ".join(parts)
            source, span = graph.origins.get(node, (None, None))
            words = as_written(self.problem, node)
            message = f"{words}: the active branch is {active}"
            notes.append(Note("branch", message, source, span, {"node": words, "active": active}))
        return notes


def value(problem: Problem, *, ieee: bool = False, branches: bool = False, order: int = 0) -> Value | DualValue:
    """The value of a program at a point. A value that is not finite is an error unless `ieee`.

    order: of a dual number the highest power of ε that is kept, at least.
    """
    if order or units(problem.graph, [problem.output]):
        from .dual import dual_value

        return dual_value(problem, ieee=ieee, branches=branches, order=order)
    survey = Survey(problem, ieee)
    notes = [*survey.bends(), *(survey.branches() if branches else [])]
    return Value(nested(survey.value, problem.shape), notes)


def derive(problem: Problem, request: Request, survey: Survey | None = None) -> Derived:
    """Derivatives of a program at a point, by one backend."""
    with paused:
        return _derive(problem, request, survey)


def _derive(problem: Problem, request: Request, survey: Survey | None) -> Derived:
    if request.at_kink not in AT_KINK:
        raise DcalcError("usage", f"--at-kink {request.at_kink} is none", hint=f"there are {', '.join(AT_KINK)}")
    survey = survey or Survey(problem, request.ieee)
    name, why = request.backend, ""
    if name == "auto":
        long = request.kind != "hess" and not problem.shape and first_time(problem)
        long = long and len(survey.values) >= LONG
        name, reason = choose(problem.n, problem.m, long=long)
        why = f" (chosen for {reason})"
    hold_size(problem.m, problem.n, 2 if request.kind == "hess" else 1)
    answer = _asked(problem, name, request)
    entries = answer.entries
    notes = survey.bends()
    if survey.kinks:
        entries = at_kinks(survey, request, entries, notes)
    elif request.kind == "hess":
        notes += gradient_kink_notes(problem)
    bad = [(k, i, j) for k, matrix in enumerate(entries) for i, row in enumerate(matrix) for j in unbounded(row)]
    if bad:
        names = outputs_of(problem.shape), problem.labels
        named = [(entry_label(request.kind, *names, *place), _entry(entries, place)) for place in bad]
        notes += non_finite_notes(problem, survey, named)
    elif answer.parts:
        notes += _range_notes(problem, survey, answer.parts)
    return Derived(
        request.kind,
        survey.value,
        problem.shape,
        problem.variables,
        entries,
        name,
        answer.work + why,
        [*notes, *survey.branches()] if request.branches else notes,
        answer.estimates if entries is answer.entries else None,  # they belong to the numbers they came with
    )


def _asked(problem: Problem, name: str, request: Request) -> Derivative:
    """A backend's answer. What an exact one emits is the same at every point, so that it is asked for once."""
    order = 2 if request.kind == "hess" else 1
    key = (name, order, problem.output, problem.leaves)
    if problem.emitted is not None and key in problem.emitted:
        parts, work = problem.emitted[key]
        return evaluated(problem, parts, work, order)
    engine = backend(name)
    ask = engine.hessian if order == 2 else engine.jacobian
    answer = ask(problem, request.options)
    if problem.emitted is not None and answer.parts is not None:
        problem.emitted[key] = answer.parts, answer.work
    return answer


def _entry(entries: Sequence[Matrix], place: tuple[int, int, int]) -> float:
    k, i, j = place
    return entries[k][i][j]


def _range_notes(problem: Problem, survey: Survey, parts: list[Part]) -> list[Note]:
    """A note where a step of the derivative left the range of floating point though all components are finite."""
    graph = problem.graph
    nodes = [part.node for part in parts if not part.seeds]
    order = graph.reachable(nodes)
    if any(graph.shapes[node] for node in order):
        return []  # one component of many that underflows is no news
    values, known, inf = problem.values(order), survey.values, math.inf
    suspects = [n for n, one in values.items() if (not one or one == inf or one == -inf) and n not in known]
    looked_at: set[int] | None = None
    for node in suspects:
        args = [values[arg] for arg in graph.args[node]]
        if not args or not all(map(math.isfinite, args)):
            continue
        over = math.isinf(values[node])
        under = not values[node] and graph.ops[node] in ("*", "/") and all(args)
        if over or under:
            if looked_at is None:
                looked_at = taken(graph, nodes, values)
            if node not in looked_at:
                continue
            what = "overflowed" if over else "underflowed to 0"
            remedy = "forms such as softplus, sigmoid, logsumexp and hypot avoid this"
            return [Note("range", f"a step of the derivative {what}, the numbers may be off; {remedy}")]
    return []


def gradient_kink_notes(problem: Problem) -> list[Note]:
    """A note for each kink of the first derivatives that the point lies on."""
    return [
        Note("kink", f"the first derivative has a kink here: {_kink(problem, bend)}; the second one jumps")
        for bend in gradient_kinks(problem)
    ]


def gradient_kinks(problem: Problem) -> list[Kink]:
    """The kinks of the first derivatives that the point lies on, as those of elu at 0."""
    from .reverse import rows

    graph = problem.graph
    nodes = [part.node for part in rows(problem) if not part.seeds]
    values = problem.values(graph.reachable(nodes))
    found = _kinks_at(problem, nodes, taken(graph, nodes, values))
    return [
        kink
        for kink in found
        if (graph.ops[kink.node] if kink.inside is None else kink.inside.graph.ops[kink.inside.node]) not in EQUALITY
    ]


def _kinks_at(problem: Problem, outputs: Sequence[int], looked_at: set[int]) -> list[Kink]:
    """The kinks of nodes that the point lies on, of what is looked at there."""
    possible = [kink for kink in kinks(problem.graph, outputs, problem.leaves) if kink.node in looked_at]
    return [kink for kink in possible if not _nowhere_zero(problem.value(kink.zero))]


def _nowhere_zero(value: Any) -> bool:
    return bool(value) if isinstance(value, float) else bool(value.all())


def side_parts(problem: Problem) -> tuple[list[Part], list[Part]]:
    """The left and right derivatives of each row along each input, as nodes."""
    graph = problem.graph
    result: tuple[list[Part], list[Part]] = ([], [])
    for parts, backward in zip(result, (True, False), strict=True):
        start = 0
        for leaf in problem.leaves:
            mine = seed(graph, leaf, 1) if graph.shapes[leaf] else None
            given = {"seed": mine.node, "mask": mine.mask} if mine else {}
            nodes = one_sided(graph, problem.rows, leaf, backward=backward, **given)
            for row, node in zip(outputs(problem), nodes, strict=True):
                parts.append(Part(node, (*row.start, start), 0, (mine,) if mine else ()))
            start += graph.size(leaf)
    return result


def sides(problem: Problem) -> tuple[Matrix, Matrix]:
    """The left and right derivatives of each row along each input; nan where one is not determined."""
    left, right = (
        [[entry + 0.0 for entry in row] for row in entries(problem, parts)[0]] for parts in side_parts(problem)
    )
    return left, right


def _decides(problem: Problem, kink: Kink) -> bool:
    """Whether a kink is one where the path of a traced program changes."""
    return kink.node in problem.graph.reachable(problem.conditions)


def at_kinks(survey: Survey, request: Request, entries: Sequence[Matrix], notes: list[Note]) -> Sequence[Matrix]:
    """Say that the point is on a kink, and answer as `--at-kink` asks."""
    problem, found, pair = survey.problem, survey.kinks, survey.sides
    refusal, hint = "", ""
    if request.at_kink == "error":
        refusal, hint = "no derivative", "--at-kink lecture answers all the same"
    elif request.at_kink != "lecture" and request.kind == "hess":
        refusal, hint = "no second derivative from one side", "--at-kink lecture follows the convention"
    elif request.at_kink != "lecture" and pair is None:
        refusal, hint = "one-sided derivatives are not known here", "--at-kink lecture follows the convention"
    if refusal:
        source, span = _origin(problem, found[0])
        message = f"{refusal}: {_kink(problem, found[0])}"
        raise DcalcError("domain", message, source=source, span=span, hint=hint)
    notes += survey.kink_notes(second=request.kind == "hess")
    if pair is None or request.at_kink == "lecture":
        return entries
    left, right = pair
    if request.at_kink == "mean":
        return [[[(a + b) / 2 for a, b in zip(*rows, strict=True)] for rows in zip(left, right, strict=True)]]
    return [left] if request.at_kink == "left" else [right]


def kink_notes(
    problem: Problem, found: list[Kink], pair: tuple[Matrix, Matrix] | None, *, second: bool = False
) -> list[Note]:
    """A note for each kink that the point is on, with both one-sided derivatives where they are known."""
    shown, data = "", {}
    if pair is not None:
        left, right = pair
        names, m, n = (outputs_of(problem.shape), problem.labels), problem.m, problem.n
        apart = [(row, k) for row in range(m) for k in range(n) if left[row][k] != right[row][k] or m * n == 1]
        words = [
            f"{entry_label('jac', *names, 0, row, k)}: left {_number(left[row][k])}, right {_number(right[row][k])}"
            for row, k in apart[:MOST_SHOWN]
        ]
        if len(apart) > MOST_SHOWN:
            words.append(f"and {len(apart) - MOST_SHOWN} more")
        shown = f" ({'; '.join(words) or 'both sides agree'})"
        data = {"left": left, "right": right}
    notes = []
    for kink in found:
        source, span = _origin(problem, kink)
        message = _kink(problem, kink) + shown
        if second:
            message += "; the second derivatives are those of the convention"
        if _decides(problem, kink):
            message += "; it decides the path of the program, the derivative is that of the path taken"
        notes.append(Note("kink", message, source, span, {"node": as_written(problem, kink.node), **data}))
    notes = list({note.message: note for note in notes}.values())
    if len(notes) > MOST_NOTES:
        notes[MOST_NOTES:] = [Note("kink", f"{len(notes) - MOST_NOTES} more kinks and conditions switch here")]
    return notes


def _origin(problem: Problem, kink: Kink) -> tuple[Source | None, Span | None]:
    """The place of a kink in a user's text."""
    graph, node = (problem.graph, kink.node) if kink.inside is None else kink.inside[:2]
    return graph.origins.get(node, (None, None))


def _kink(problem: Problem, kink: Kink) -> str:
    """What happens at a kink, in words."""
    graph = problem.graph
    if kink.inside is not None:
        return _kink_inside(problem, kink.inside)
    text = as_written(problem, kink.node)
    where = ""
    if graph.shapes[kink.zero]:
        zeros = [k for k, zero in enumerate(problem.numbers(kink.zero)) if not zero]
        names = labels("", graph.shapes[kink.zero])
        shown = [names[k] for k in zeros[:MOST_SHOWN]] + (["…"] if len(zeros) > MOST_SHOWN else [])
        where = f" at {', '.join(shown)}"
    if graph.ops[kink.node] in LOOPS:
        return "a loop has a kink here"
    if TABLE[graph.ops[kink.node]].truth:
        return f"the condition {text.strip('[]')} switches here{where}"
    return f"{text} has a kink here{where}"


def _kink_inside(problem: Problem, inside: Inside) -> str:
    """The same of a kink in a round of a loop."""
    (number,) = problem.numbers(inside.first)
    entry = TABLE[inside.graph.ops[inside.node]]
    source, span = inside.graph.origins.get(inside.node, (None, None))
    text = words_of(source, span) if source is not None and span is not None else entry.word
    happens = f"the condition {text.strip('[]')} switches" if entry.truth else f"{text} has a kink"
    return f"{happens} in round {number + 1:.0f} of the loop"


def non_finite_notes(problem: Problem, survey: Survey, named: list[tuple[str, float]]) -> list[Note]:
    """A note for each component that is infinite or undefined, with the node whose partial made it so."""
    bad = [(name, entry) for name, entry in named if not math.isfinite(entry)]
    if not bad:
        return []
    graph = problem.graph
    culprit = _bad_partial(problem, survey)
    because, source, span = "", None, None
    if culprit is not None:
        node, undefined = culprit
        because = f": the partial of {as_written(problem, node)} is {'undefined' if undefined else 'infinite'} here"
        source, span = graph.origins.get(node, (None, None))
    notes = [
        Note(
            "non-finite",
            f"{name} is {'undefined' if math.isnan(entry) else _number(entry)}{because}",
            source,
            span,
            {"component": name},
        )
        for name, entry in bad[:MOST_NOTES]
    ]
    if len(bad) > MOST_NOTES:
        notes.append(Note("non-finite", f"{len(bad) - MOST_NOTES} more components are not finite"))
    return notes


def _bad_partial(problem: Problem, survey: Survey) -> tuple[int, bool] | None:
    """The first node that has a partial which is not finite at the point, and whether that is no number at all."""
    graph = problem.graph
    rules = Rules(Builder(graph))
    order = sorted(survey.taken)
    active = graph.depending(order, problem.leaves)
    for node in order:
        entry = rules.entry(node)
        if entry is None or entry.kind not in ("elementwise", "reduction") or node not in active:
            continue
        for position, arg in enumerate(graph.args[node]):
            if arg in active:
                numbers = problem.numbers(rules.partial(entry, node, position))
                if not all(map(math.isfinite, numbers)):
                    return node, any(map(math.isnan, numbers))
    return None


def as_written(problem: Problem, node: int) -> str:
    """A node of a problem as a formula in what the user wrote."""
    return describe(problem.graph, problem.written.get(node, node))


def describe(graph: Graph, node: int) -> str:
    """A node as a formula; a long one in the user's own words if it has a place in a text, else by its number."""
    from ..graph.to_ast import is_small, to_ast
    from ..language import unparse

    if is_small(graph, node, LONGEST_FORMULA):
        return unparse(to_ast(graph, node))
    if node in graph.origins:
        return words_of(*graph.origins[node])
    return f"v{node}"


def words_of(source: Source, span: Span) -> str:
    """A part of a user's text, in one line that is not too long."""
    text = " ".join(source.text[span[0] : span[1]].split())
    return text if len(text) <= 80 else text[:77] + "…"


def _number(value: float) -> str:
    return "not determined" if math.isnan(value) else format(value + 0.0, ".10g")  # + 0.0: no negative zero
