"""What a job is answered. Equal expressions are read, lowered and differentiated once: see `Kept`."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from ...backends.derive import Survey, derive
from ...backends.derive import value as value_of
from ...backends.problem import Problem
from ...backends.result import Compared, Derived, Nested, Note, nested, unique
from ...errors import DcalcError
from ...evaluate.scalar import PointValue, shape_of
from ...graph.graph import Graph
from ...graph.shapes import name_of
from ..base import Ask, State, new_state
from ..derivatives import WITH_LOOPS, answer, request
from ..diff import Formulas, written
from ..prepare import Prepared, names_of, prepare_at, problem
from .job import Job
from .values import point_of_job

#: Expressions that are kept, nodes that the graph of one may have, and that all may have together.
MOST_KEPT, MOST_NODES, MOST_OF_ALL = 1000, 20_000, 1_000_000


class Done(NamedTuple):
    """A job's answer: the value (None where none was asked for), the derivatives and formulas that were asked for."""

    value: Nested | None
    derivatives: dict[str, Derived | Compared]
    formulas: Formulas | None
    notes: list[Note]


class _Plan:
    """An expression that was read for inputs of some shapes; only where its way does not hang on their values."""

    __slots__ = ("base", "emitted", "graph", "prepared")

    def __init__(self, prepared: Prepared, given: dict[str, PointValue]) -> None:
        # Without the notes that a job adds: they are of its point.
        self.prepared = prepared._replace(notes=list(prepared.notes))
        #: the values that the program itself gives inputs
        self.base = {name: value for name, value in prepared.point.items() if name not in given}
        #: grows by what is derived; each job works on a copy, as if it were the first
        self.graph = prepared.graph
        self.emitted: dict[Any, Any] = {}

    def at(self, point: dict[str, PointValue]) -> Prepared:
        """The same at another point, on a graph of its own."""
        kept = self.prepared
        lowered = kept.lowered._replace(graph=self.graph.copy())
        return kept._replace(lowered=lowered, point={**self.base, **point}, given=list(point), notes=list(kept.notes))


class Kept:
    """The plans of the last expressions."""

    def __init__(self) -> None:
        self._plans: OrderedDict[Any, _Plan] = OrderedDict()
        self._nodes = 0
        #: how many jobs found a plan
        self.found = 0

    def __len__(self) -> int:
        return len(self._plans)

    def get(self, key: Any) -> _Plan | None:
        """The plan of a key, if there is one."""
        plan = self._plans.get(key)
        if plan is not None:
            self.found += 1
            self._plans.move_to_end(key)
        return plan

    def put(self, key: Any, plan: _Plan, graph: Graph) -> None:
        """Keep a plan with what its graph has become; forget the oldest ones where there are too many."""
        old = self._plans.pop(key, None)
        if old is not None:
            self._nodes -= len(old.graph)
        if len(graph) > MOST_NODES:
            return
        plan.graph = graph
        self._plans[key] = plan
        self._nodes += len(graph)
        while len(self._plans) > MOST_KEPT or self._nodes > MOST_OF_ALL:
            self._nodes -= len(self._plans.popitem(last=False)[1].graph)

    def forget(self) -> None:
        """Let all go: memory is short."""
        self._plans.clear()
        self._nodes = 0


def compute(job: Job, kept: Kept, *, files: bool = False) -> Done:
    """The answer to a job. Raises DcalcError. files: whether it may read files."""
    state = new_state()
    point = point_of_job(state, job.at, files=files)
    ask = Ask(job.expr, {**job.options, "wrt": list(job.wrt), "at": bool(point)})
    loop_nodes = "diff" not in job.want and job.options.get("backend", "auto") in WITH_LOOPS
    key = (
        job.expr.text,
        tuple([text.text for text in job.wrt]),
        job.options.get("steps"),
        loop_nodes,
        tuple([(name, shape_of(value)) for name, value in point.items()]),
    )
    plan = kept.get(key)
    if plan is not None:
        prepared = plan.at(point)
    else:
        prepared = _prepared(state, job, point, loop_nodes=loop_nodes)
        if not prepared.lowered.conditions:
            plan = _Plan(prepared, point)
    done = _answered(job, ask, prepared, plan)
    if plan is not None:
        kept.put(key, plan, prepared.graph)
    return done


def _prepared(state: State, job: Job, point: dict[str, PointValue], *, loop_nodes: bool) -> Prepared:
    free = [one.name for one in names_of(list(job.wrt))]
    # A graph without what the values were made of, so that an answer does not hang on how they were written.
    state = state._replace(graph=Graph())
    return prepare_at(state, job.expr, point, free, job.options.get("steps"), loop_nodes=loop_nodes)


def _answered(job: Job, ask: Ask, prepared: Prepared, plan: _Plan | None) -> Done:
    want = job.want
    formulas = None
    if want == ("diff",):
        formulas = written(prepared, ask)
        return Done(None, {}, formulas, unique(prepared.notes))
    asked = problem(prepared, ask)
    asked.emitted = plan.emitted if plan is not None else None
    if not want:
        want = ("value", "jac" if asked.shape else "grad") if asked.variables else ("value",)
    kinds = [kind for kind in ("grad", "jac", "hess") if kind in want]
    notes: list[Note] = []
    derivatives: dict[str, Derived | Compared] = {}
    value: Nested
    if kinds:
        survey = Survey(asked, bool(ask.get("ieee")))
        value = nested(survey.value, asked.shape)
        for kind in kinds:
            found = derivatives[kind] = _derived(kind, job, ask, prepared, asked, survey)
            notes += found.notes
    else:
        result = value_of(asked, ieee=bool(ask.get("ieee")), branches=bool(ask.get("branches")))
        value = result.value  # type: ignore[union-attr]
        notes += result.notes
    if "diff" in want:
        formulas = written(prepared, ask)
    zeros = prepared.notes if kinds else [note for note in prepared.notes if note.kind != "zero"]
    return Done(value, derivatives, formulas, unique([*zeros, *notes]))


def _derived(kind: str, job: Job, ask: Ask, prepared: Prepared, asked: Problem, survey: Survey) -> Derived | Compared:
    if kind == "grad" and asked.shape:
        message = f"a gradient is of a number, this is {name_of(asked.shape)}"
        hint = "jac gives a row for each component"
        raise DcalcError("shape", message, source=job.expr, span=prepared.tree.span, hint=hint)
    how = request(kind, ask)
    if how.backend == "all":
        compared: Compared = answer(kind, asked, how)
        return compared
    return derive(asked, how, survey)
