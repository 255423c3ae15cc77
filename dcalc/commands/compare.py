"""`compare`: every backend and every scheme of finite differences side by side, against 50 digits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from ..backends import backend
from ..backends.agree import MOST_COMPARED
from ..backends.counts import forward_work, quotients, reverse_work, value_work, written
from ..backends.derive import Request, Survey, derive
from ..backends.forward import columns, outputs
from ..backends.problem import Problem, Variable, entry_label, outputs_of
from ..backends.protocol import Options, Part, entries
from ..backends.result import Derived, Note, unique
from ..backends.reverse import rows
from ..backends.rows import Matrix
from ..backends.symbolic import first
from ..errors import DcalcError
from ..evaluate.precise import MOST_WORK, Exact, Reference
from ..graph.count import Work, written_out
from ..graph.shapes import Shape
from ..progress import advance, stage
from .base import Ask, Command, Output, State
from .options import RENDER
from .prepare import no_input, prepare, problem

#: A method is timed so long (in seconds), at least and at most so often.
LONG_ENOUGH = 0.1
FEWEST, MOST = 3, 50
TOO_LONG = 1.0
#: Methods of more operations are left out: they would take many seconds.
MOST_OPERATIONS = 300_000_000


class Method(NamedTuple):
    """One way to differentiate, and what it took.

    answer: None where it has none (`failure` says why). runs: passes, or evaluations of the value. work: with the
    value's. nodes, tree: the size of what is evaluated, as a graph and written out (None beyond counting). first,
    again: seconds with and without making the derivative's program; None where they were not to be measured.
    """

    name: str
    answer: Derived | None
    failure: str
    runs: int
    work: Work | None
    nodes: int | None
    tree: int | None
    first: float | None
    again: float | None


class Comparison(NamedTuple):
    """What `compare` answers.

    references: of the value's numbers, and of the derivative's entries (rows are outputs); None where there is none.
    sides: the one-sided derivatives where the point is on a kink, nan where they are not known. kinked: the entries
    without a derivative. flat: every entry has its own rows.
    """

    value: list[float]
    shape: Shape
    variables: tuple[Variable, ...]
    labels: list[list[str]]
    methods: list[Method]
    value_references: list[Exact] | None
    references: list[list[Exact]] | None
    sides: tuple[Matrix, Matrix] | None
    kinked: set[tuple[int, int]]
    flat: bool
    notes: list[Note]


def _run(state: State, ask: Ask) -> Output:
    prepared = prepare(state, ask)
    asked = problem(prepared, ask)
    if not asked.variables:
        raise no_input(prepared, ask, "--at x=1")
    if asked.m * asked.n > MOST_COMPARED:
        raise DcalcError(
            "limit",
            f"comparing {asked.m * asked.n} entries would take too long, the limit is {MOST_COMPARED}",
            hint="name fewer inputs with --wrt; `cost` counts without computing",
        )
    survey = Survey(asked, ask.get("ieee", False))
    notes = [*prepared.notes]
    methods = _methods(asked, survey, ask)
    kinked, sides = _kinked(asked, survey)
    values, derivatives = _references(asked, notes)
    names = outputs_of(asked.shape), asked.labels
    labels = [[entry_label("jac", *names, 0, i, j) for j in range(asked.n)] for i in range(asked.m)]
    # What differences make of a slope of inf (nan, or -inf) stands in the table; notes are about the derivative.
    exact = [method.answer for method in methods if method.name in _MAKERS and method.answer]
    notes += [note for answer in exact for note in answer.notes]
    notes = unique(notes)
    result = Comparison(
        survey.value,
        asked.shape,
        asked.variables,
        labels,
        methods,
        values,
        derivatives,
        sides,
        kinked,
        bool(ask.get("flat")),
        notes,
    )
    return Output([result], notes)


def _kinked(asked: Problem, survey: Survey) -> tuple[set[tuple[int, int]], tuple[Matrix, Matrix] | None]:
    """The entries that have no derivative at the point, and all one-sided derivatives, where the point is on a kink."""
    if not survey.kinks:
        return set(), None
    every = {(i, j) for i in range(asked.m) for j in range(asked.n)}
    pair = survey.sides
    if pair is None:
        return every, None
    left, right = pair
    return {(i, j) for i, j in every if left[i][j] != right[i][j]}, pair


# -- the methods ----------------------------------------------------------------------------------------------------


def _methods(asked: Problem, survey: Survey, ask: Ask) -> list[Method]:
    """All of them, the exact ones first."""
    step = ask.get("h")
    methods = _each("deriving", lambda method: _answered(asked, survey, method, step), _counted(asked))
    if ask.get("no-time"):
        return [method._replace(first=None) for method in methods]
    return _each("timing", lambda method: _timed(asked, method, step) if method.answer else method, methods)


def _each(what: str, work: Callable[[Method], Method], methods: Sequence[Method]) -> list[Method]:
    found = []
    with stage(what, len(methods), "methods"):
        for method in methods:
            found.append(work(method))
            advance()
    return found


def _counted(asked: Problem) -> list[Method]:
    """What each method takes, as `cost` counts it."""
    value = value_work(asked)
    closed = None if asked.conditions else written(asked)
    found = [Method("symbolic", None, "", 0, None, None, None, None, None)]
    if closed is not None:
        formulas, size = sum(map(len, closed.nodes)), (closed.size, closed.tree.size)
        found = [Method("symbolic", None, "", formulas, value + closed.shared, *size, None, None)]
    for name, mode in (("forward", forward_work(asked)), ("reverse", reverse_work(asked))):
        size_of = mode.nodes, mode.tree.size if mode.tree else None
        found.append(Method(name, None, "", mode.passes, value + mode.total, *size_of, None, None))
    tree, nodes = written_out(asked.graph, asked.rows).size, len(asked.graph.reachable(asked.rows))
    for one in quotients(asked):
        work = value.times(one.evaluations)
        found.append(Method(f"fd {one.scheme}", None, "", one.evaluations, work, nodes, tree, None, None))
    return found


def _answered(asked: Problem, survey: Survey, method: Method, step: float | None) -> Method:
    """A method with its answer and the seconds that it took, or with what kept it from answering."""
    if method.work is not None and method.work.operations > MOST_OPERATIONS:
        return method._replace(failure="it would take too long")
    begin = time.perf_counter()
    try:
        answer = derive(asked, _request(method.name, step), survey)
    except DcalcError as problem:
        return method._replace(failure=problem.message)
    return method._replace(answer=answer, first=time.perf_counter() - begin)


def _request(name: str, step: float | None) -> Request:
    """How a method is asked: `fd central` is a backend and its scheme."""
    engine, _, scheme = name.partition(" ")
    return Request("jac", engine, Options(scheme, None if scheme == "adaptive" else step) if scheme else Options())


def _timed(asked: Problem, method: Method, step: float | None) -> Method:
    """A method with its times. What took long is not done again."""
    known = method.first
    if known is not None and known > TOO_LONG:
        return method._replace(again=known)
    if method.name not in _MAKERS:
        options = _request(method.name, step).options
        taken = _seconds(lambda: backend("fd").jacobian(_afresh(asked), options))
        return method._replace(first=taken, again=taken)
    make = _MAKERS[method.name]
    parts = make(asked)
    again = _seconds(lambda: entries(_afresh(asked), parts))
    # The graph knows what was emitted before; a derivative that is made for the first time is made in a copy.
    copies = [_afresh(asked, copied=True) for _ in range(FEWEST)]
    whole = _seconds(lambda: entries(copy := copies.pop(), make(copy)), most=FEWEST)
    return method._replace(first=whole, again=again)


_MAKERS: dict[str, Callable[[Problem], list[Part]]] = {
    "symbolic": first,
    "forward": lambda asked: columns(asked.graph, outputs(asked), asked.leaves)[0],
    "reverse": rows,
}


def _afresh(asked: Problem, *, copied: bool = False) -> Problem:
    """The same problem, of which no value is known yet."""
    graph = asked.graph.copy() if copied else asked.graph
    return Problem(graph, asked.output, asked.variables, asked.point, asked.conditions, asked.bends)


def _seconds(run: Callable[[], object], most: int = MOST) -> float:
    """The median time of repeated runs."""
    taken: list[float] = []
    while len(taken) < most and (len(taken) < FEWEST or sum(taken) < LONG_ENOUGH):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return median(taken)


# -- the reference --------------------------------------------------------------------------------------------------


def _references(asked: Problem, notes: list[Note]) -> tuple[list[Exact] | None, list[list[Exact]] | None]:
    """The value and the derivatives to 50 digits; None, and a note, where they are not to be had."""
    try:
        known = Reference(asked.graph, asked.rows, asked.point)
        values = known.values()
        every: list[list[Exact]] = []
        share = MOST_WORK / sum(known.work(one.node) * one.size for one in asked.variables)
        with stage("50 digits", sum(one.size for one in asked.variables), "components", lambda: len(every)):
            for one in asked.variables:
                # Where all would take too long some components are looked at, evenly spread.
                step = max(1, round(1 / share)) if share < 1 else 1
                for k in range(one.size):
                    skipped = k % step or known.work(one.node) > MOST_WORK
                    every.append([Exact(None)] * asked.m if skipped else known.derivatives(one.node, k))
    except DcalcError as problem:
        hint = f"; {problem.hint}" if problem.hint else ""
        notes.append(Note("reference", f"no errors are told: {problem.message}{hint}"))
        return None, None
    if share < 1:
        message = "a 50-digit reference of all components would take too long: errors are those of some of them"
        notes.append(Note("reference", message))
    return values, [list(row) for row in zip(*every, strict=True)]


COMMAND = Command(
    "compare",
    "every backend and scheme of finite differences: numbers, errors, work, time, size",
    "EXPR",
    ("at", "wrt", "flat", "no-time", "h", "load", "steps", "ieee", *RENDER),
    (
        'dcalc compare "x^2*sin(y)" --at x=1,y=2',
        'dcalc compare "exp(sin(x))/x" --at x=0.5 --no-time',
        'dcalc compare "[x*y, x/y]" --at x=1,y=2 --flat --format csv',
    ),
    "Errors are relative to a reference that uses none of dcalc's rules: the value by mpmath at hundreds of digits,\n"
    "and differences of it with steps of 1e-60 (extra `precise`); where that is 0 they are absolute. Where the point\n"
    "is on a kink there is no derivative and no error: the one-sided values are shown.\n"
    "time is the median of repeated runs once the derivative's program is made, first the time with making it; fd's\n"
    "are with its error estimates. nodes and tree are the sizes of what is evaluated, shared and written out; of\n"
    "symbolic those of the formula that diff prints.\n"
    "--flat gives every component its own rows. It is a report: `check` judges.",
    _run,
)
