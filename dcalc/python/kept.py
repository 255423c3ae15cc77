"""What a function was prepared for is kept, so that a call at another point costs only the arithmetic.

One run computes the answer and what tells that nothing is amiss: values that are finite, no kink, no underflow. Where
something is, the answer is made as at the first point, with its notes or its error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

from ..backends.derive import Request, Survey
from ..backends.problem import Problem
from ..backends.protocol import Part, entries
from ..backends.result import Compared, Derived, Note
from ..backends.watched import alarm, masks_of, watch
from ..collecting import paused
from ..commands.base import Ask
from ..commands.derivatives import WITH_LOOPS, answer
from ..commands.prepare import problem
from ..errors import DcalcError
from ..evaluate import engines
from ..evaluate.engines import WANTED
from ..evaluate.plan import make_plan
from ..evaluate.scalar import PointValue, Scalar, shape_of
from ..graph.duals import order_of
from ..graph.graph import LOOPS, Graph
from ..graph.shapes import name_of
from ..language import source

if TYPE_CHECKING:
    from ..evaluate.plan import Plan
    from .function import Function

#: Prepared calls that a function keeps.
MOST_KEPT = 16
#: Where a function keeps what is prepared.
KEPT = frozenset({"_kept", "_many", "_sparse", "_inputs", "_read"})
Point: TypeAlias = "dict[str, PointValue]"
#: Takes a point; None where the answer has to be made with care.
Run: TypeAlias = "Callable[[Point], Any]"


class Kept:
    """A function prepared for inputs of some shapes: its value, or derivatives as a request asks for them.

    notes: those that every answer has. lasting: whether it holds at other points too.
    """

    def __init__(
        self,
        function: Function,
        point: Point,
        names: Sequence[str] = (),
        how: Request | None = None,
        *,
        loop_nodes: bool = True,
    ) -> None:
        nodes = loop_nodes and (how is None or how.backend in WITH_LOOPS)
        prepared = function._prepare(point, names, duals=how is None, loop_nodes=nodes)
        ask = Ask(None, {"wrt": [source(name, "wrt") for name in names]})
        self.asked = asked = problem(prepared, ask)
        self.notes: list[Note] = prepared.notes
        self.how = how
        self.dual = how is None and order_of(asked.graph, asked.output) > 0
        if how is not None and how.kind == "grad" and asked.shape:
            message = f"a gradient is of a number, this is {name_of(asked.shape)}"
            raise DcalcError("shape", message, hint="jac gives its Jacobian")
        # The path, or a value that hangs on others, is that of this point.
        given = prepared.lowered.names.nodes.keys() & set(names)
        self.lasting = not (asked.conditions or prepared.lowered.freed or given or self.dual)
        #: the problem's inputs that the program itself gives values
        self._own = {name: value for name, value in asked.point.items() if name not in point}
        self._begun: Point | None = point
        self._first: Derived | None = None
        self._run: Run | None = None
        self._lock = Lock()
        asked.emitted = {}

    def value(self, point: Point) -> Any:
        """The value at a point. Raises DcalcError."""
        if self._run is not None and WANTED.get() is None:
            found = self._run({**self._own, **point} if self._own else point)
            if found is not None:
                return found
        begun = perf_counter()
        with self._lock:
            asked = self._at(point)
            Survey(asked, ieee=False)
            value = asked.value(asked.output)
            if self._begun is None and self._run is None and self.lasting:  # it is not the only call
                self._run = _value_again(self.asked, begun)
            self._forget()
        return value if isinstance(value, float) else value.copy()  # it may be the very array that was given

    def answer(self, point: Point) -> Derived | Compared:
        """The derivatives at a point. Raises DcalcError."""
        if self._run is not None and WANTED.get() is None:
            found = self._run({**self._own, **point} if self._own else point)
            if found is not None:
                assert self._first is not None
                return self._first._replace(value=found[0], entries=found[1], notes=[])
        assert self.how is not None
        begun = perf_counter()
        with paused, self._lock:  # the graph grows
            asked = self._at(point)
            result: Derived | Compared = answer(self.how.kind, asked, self.how)
            if self._begun is None and self._run is None and self.lasting and isinstance(result, Derived):
                self._first = result._replace(value=[], entries=[], estimates=None)
                self._run = _derivative_again(self.asked, self.how.kind, result.backend, begun)
            self._forget()
        return result

    def _forget(self) -> None:
        """Let go of the first point, and of the values there."""
        if self._begun is not None and self.lasting:
            self._begun, self.asked = None, self._at({})

    def _at(self, point: Point) -> Problem:
        """The problem at a point."""
        old = self.asked
        if point is self._begun:
            return old
        asked = Problem(old.graph, old.output, old.variables, {**self._own, **point}, old.conditions, old.bends)
        asked.emitted = old.emitted
        return asked


def kept(
    function: Function,
    point: Point,
    names: Sequence[str] = (),
    how: Request | None = None,
    *,
    loop_nodes: bool = True,
) -> Kept:
    """What is prepared for inputs of these shapes: for derivatives in `names`, as `how` says; for the value (None).

    loop_nodes: whether long loops may be nodes.
    """
    known: dict[Any, Kept] = function.__dict__.setdefault("_kept", {})
    key = (how, loop_nodes, *names, *[(name, shape_of(value)) for name, value in point.items()])
    found = known.get(key)
    if found is None:
        with paused:
            found = Kept(function, point, names, how, loop_nodes=loop_nodes)
        if found.lasting:
            while len(known) >= MOST_KEPT:
                known.pop(next(iter(known)), None)
            known[key] = found
    return found


def _value_again(asked: Problem, since: float) -> Run:
    """Computes the value at points; None where something is amiss. since: when this was asked for."""
    graph, output = asked.graph, asked.output
    order = graph.reachable([output])
    if _is_long(graph, order):
        return _of_numbers(asked, [output], "eval", since, lambda found: found[0])
    plan = make_plan(graph, [output, *order])
    if not plan.scalar:
        return _of_arrays(asked, [output], "eval", lambda now: _owned(now.value(output)))
    run, finite = Scalar(plan).run, math.isfinite

    def number(point: Point) -> Any:
        found = run(point)
        return found[0] if finite(sum(found)) else None

    return number


def _owned(value: Any) -> Any:
    return value if isinstance(value, float) else value.copy()


def _derivative_again(asked: Problem, kind: str, name: str, since: float) -> Run | None:
    """Computes value and derivatives at points; None where something is amiss.

    name: the backend. since: when this was asked for.
    """
    order = 2 if kind == "hess" else 1
    emitted = (asked.emitted or {}).get((name, order, asked.output, asked.leaves))
    if emitted is None:
        return None
    parts: list[Part] = emitted[0]
    graph, m, n, rows = asked.graph, asked.m, asked.n, list(asked.rows)
    nodes = [part.node for part in parts]
    if any(part.seeds for part in parts):
        return None
    count = m * n ** (order - 1)
    places = [(k, part.start[0] if order == 1 else part.start[0] * n + part.start[1], part.start[-1])
              for k, part in enumerate(parts, m)]  # fmt: skip

    def answered(found: list[float]) -> Any:
        flat = [[0.0] * n for _ in range(count)]
        for k, row, column in places:
            flat[row][column] = found[k]
        return found[:m], [flat] if order == 1 else [flat[k * n : (k + 1) * n] for k in range(m)]

    if _is_long(graph, graph.reachable([*rows, *nodes])):
        return _of_numbers(asked, [*rows, *nodes], kind, since, answered)
    watched = watch(asked, kind, ())
    program = set(watched.values)
    further = [node for node in graph.reachable(nodes) if node not in program]
    # A product that is 0 may be one that underflowed.
    zeros = [*{zero: None for _, zero, _ in watched.kinks}, *[n for n in further if graph.ops[n] in ("*", "/")]]
    plan = make_plan(graph, [*rows, *nodes, *zeros, *watched.values, *further])
    if not plan.scalar:
        return _of_arrays(asked, [*rows, *nodes], kind, lambda now: (
            [number for row in rows for number in now.numbers(row)], entries(now, parts, order)))  # fmt: skip
    run, finite = Scalar(plan).run, math.isfinite
    first, last = m + len(nodes), m + len(nodes) + len(zeros)

    def numbers(point: Point) -> Any:
        found = run(point)
        return answered(found) if finite(sum(found)) and 0.0 not in found[first:last] else None

    return numbers


def _is_long(graph: Graph, order: Sequence[int]) -> bool:
    """Whether nodes are a long program of numbers."""
    if len(order) < engines.LONG or not LOOPS.isdisjoint([graph.ops[node] for node in order]):
        return False
    return not any(graph.shapes[node] and graph.ops[node] != "input" for node in order)


def _of_numbers(asked: Problem, nodes: list[int], kind: str, since: float, read: Callable[[list[float]], Any]) -> Run:
    """Computes nodes of a long program of numbers at points; None where something is amiss. since: as above."""
    from .checked import Checked

    graph = asked.graph
    watched = watch(asked, kind, ())
    finite = dict(watched.masks)
    zeros = [(zero, mask) for _, zero, mask in watched.kinks]
    products: list[tuple[int, int, int]] = []
    if kind != "eval":
        for node, mask in masks_of(graph, nodes).items():
            if node not in watched.masks:
                finite[node] = mask
                if graph.ops[node] in ("*", "/"):
                    products.append((node, *graph.args[node]))  # type: ignore[arg-type]
    finite = {node: mask for node, mask in finite.items() if not graph.shapes[node]}  # (an array that is given)
    finite.update(dict.fromkeys(nodes))
    looked_at = [node for pair in (*finite.items(), *zeros) for node in pair if node is not None]
    every = list(dict.fromkeys([*nodes, *looked_at]))
    plan = make_plan(graph, every)
    checked = Checked(plan, every, nodes, finite, zeros, products)
    spent, price = perf_counter() - since, _price(plan)
    if spent > price:
        checked.compile()

    def numbers(point: Point) -> Any:
        nonlocal spent
        begun = perf_counter()
        found = checked.run(point)
        if spent <= price:
            spent += perf_counter() - begun
            if spent > price:
                checked.compile()
        return None if found is None else read(found)

    return numbers


def _price(plan: Plan) -> float:
    """The seconds that compiling a plan takes: what by now has cost as much is compiled."""
    return (engines.LOADING + engines.price(len(plan.steps))) / 1000


def _of_arrays(asked: Problem, nodes: list[int], kind: str, read: Callable[[Problem], Any]) -> Run:
    """Computes nodes at points, of which an answer is read; None where something is amiss."""
    from ..evaluate.buffered import Buffered
    from ..evaluate.repeated import repeated

    graph = asked.graph
    felt = alarm(graph, watch(asked, kind, ()), nodes)
    plan = make_plan(graph, [*nodes, felt])
    run: Callable[[Point], list[Any]] = (Scalar(plan) if plan.scalar else Buffered(plan)).run
    spent, price = 0.0, _price(plan)

    def arrays(point: Point) -> Any:
        nonlocal run, spent
        begun = perf_counter()
        *found, lost = run(point)
        if spent <= price:
            spent += perf_counter() - begun
            if spent > price:
                run = (Scalar(plan) if plan.scalar else repeated(plan)).run
        if lost != 0:  # no number neither
            return None
        now = Problem(graph, asked.output, asked.variables, point)
        for node, value in zip(nodes, found, strict=True):
            now.tracer.assume(node, value)
        return read(now)

    return arrays
