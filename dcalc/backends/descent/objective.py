"""What is descended: the value and the gradient in one vector of all parameters, and the Hessian."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import DcalcError
from ...evaluate import engines
from ...evaluate.engines import WANTED
from ...evaluate.plan import Plan, make_plan
from ...evaluate.scalar import PointValue, Scalar
from ...graph.build import Builder
from ...graph.shapes import name_of
from ...sweeps.reverse import gradient
from ..derive import Survey
from ..layout import derivative_parts
from ..many import Many
from ..problem import Problem, Variable, labels_of
from ..protocol import entries
from ..result import Note
from ..watched import alarm, watch

Numbers = NDArray[np.float64]
#: Reads the expression where the inputs have these values. Raises DcalcError.
Reads = Callable[[Mapping[str, PointValue]], Problem]

#: Paths of a program that are kept.
MOST_PATHS = 64
#: Steps times operations from which on compiling is worth it.
WORTHWHILE = 100_000
#: Parameters whose Hessian is looked at.
MOST_HESSIAN = 500


class Objective(Protocol):
    """A function of n numbers, and how it was met on the way."""

    variables: tuple[Variable, ...]
    n: int
    #: computations of the value with its gradient, and those of them on a kink; the notes of the first of these
    calls: int
    kinked: int
    first_kink: Sequence[Note]

    def at(self, x: Numbers) -> tuple[float, Numbers]:
        """The value and the gradient, which is the caller's until the next call."""
        ...

    def hessian(self, x: Numbers) -> Numbers:
        """The second derivatives, (n, n)."""
        ...

    def product(self, x: Numbers, v: Numbers) -> Numbers:
        """The Hessian times v."""
        ...


def vector_of(variables: Sequence[Variable], point: Mapping[str, PointValue]) -> Numbers:
    """The values of the variables in one vector."""
    parts = [np.asarray(point[one.name], dtype=np.float64).reshape(-1) for one in variables]
    return np.concatenate(parts) if parts else np.zeros(0)


def point_at(variables: Sequence[Variable], x: Numbers) -> dict[str, PointValue]:
    """The variables' values: floats, and views of the vector."""
    found: dict[str, PointValue] = {}
    start = 0
    for one in variables:
        found[one.name] = x[start : start + one.size].reshape(one.shape) if one.shape else float(x[start])
        start += one.size
    return found


def hold_number(problem: Problem) -> None:
    """DcalcError (shape) where there is nothing to go down."""
    if problem.shape:
        message = f"descend goes down a number, this is {name_of(problem.shape)}"
        raise DcalcError("shape", message, hint="a sum of squares makes a number of it: sum((…)^2)")


class Single:
    """An expression. reads: for programs whose path depends on values. steps: about how many calls there will be."""

    def __init__(self, reads: Reads, start: Mapping[str, PointValue], steps: int) -> None:
        self._reads, self._steps = reads, steps
        problem = self.problem = reads(start)
        hold_number(problem)
        self.variables, self.n = problem.variables, problem.n
        self.calls = self.kinked = 0
        self.first_kink: Sequence[Note] = ()
        self._paths = [Path(problem, steps)]
        self._hessian: tuple[Problem, Any] | None = None
        self._product: tuple[Problem, Any] | None = None

    @property
    def path(self) -> Path:
        """The path that was taken last."""
        return self._paths[0]

    @property
    def paths(self) -> int:
        """How many ways through the program were taken."""
        return len(self._paths)

    def at(self, x: Numbers) -> tuple[float, Numbers]:
        """See Objective."""
        self.calls += 1
        for k, path in enumerate(self._paths):
            value, slope, on_kink, same = path.at(x)
            if same:
                if k:
                    self._paths.insert(0, self._paths.pop(k))
                break
        else:
            problem = self._reads(point_at(self.variables, x.copy()))
            hold_number(problem)
            path = Path(problem, self._steps)
            self._paths.insert(0, path)
            del self._paths[MOST_PATHS:]
            value, slope, on_kink, _ = path.at(x)
        if on_kink:
            self.meet(x)
        return value, slope

    def meet(self, x: Numbers) -> None:
        """A kink was met here."""
        self.kinked += 1
        if self.kinked == 1:
            self.first_kink = kinks_at(self.moved(x))

    def moved(self, x: Numbers) -> Problem:
        """The problem of the path that was taken last, at a point."""
        old = self.path.problem
        point = {**old.point, **point_at(self.variables, x.copy())}
        return Problem(old.graph, old.output, old.variables, point, old.conditions, old.bends)

    def there(self, x: Numbers) -> Problem:
        """The problem at a point, read there."""
        self.at(x)
        return self.moved(x)

    def hessian(self, x: Numbers) -> Numbers:
        """See Objective."""
        now = self.there(x) if self.path.problem.conditions else self.moved(x)
        old = self.path.problem
        if self._hessian is None or self._hessian[0] is not old:
            self._hessian = old, derivative_parts(old, "hess", "auto")
        return np.array(entries(now, self._hessian[1], 2)[0]).reshape(self.n, self.n)

    def product(self, x: Numbers, v: Numbers) -> Numbers:
        """See Objective: by the gradient of the slope along v, some times the work of the gradient."""
        old = self.path.problem
        if self._product is None or self._product[0] is not old:
            self._product = old, _along(old)
        _, run = self._product[1]
        along = {f" along {one.name}": value for one, value in
                 zip(self.variables, point_at(self.variables, v).values(), strict=True)}  # fmt: skip
        found = run({**old.point, **point_at(self.variables, x), **along})
        return np.concatenate([np.broadcast_to(one, variable.shape).reshape(-1) if variable.shape else [one]
                               for one, variable in zip(found, self.variables, strict=True)])  # fmt: skip


def kinks_at(problem: Problem) -> Sequence[Note]:
    """The notes of a point that lies on a kink."""
    return Survey(problem, ieee=True).kink_notes()


def _along(problem: Problem) -> tuple[Plan, Callable[[Mapping[str, PointValue]], list[Any]]]:
    graph, build = problem.graph, Builder(problem.graph)
    slopes = gradient(graph, problem.output, problem.leaves)
    total = build.zero
    for one, slope in zip(problem.variables, slopes, strict=True):
        along = graph.input(f" along {one.name}", one.shape)
        part = build.apply("*", (graph.full(slope, one.shape), along))
        total = build.add(total, build.apply("sum[]", (part,), None) if one.shape else part)
    found = gradient(graph, total, problem.leaves)
    nodes = [graph.full(node, one.shape) for one, node in zip(problem.variables, found, strict=True)]
    plan = make_plan(graph, nodes)
    return plan, _runner(plan)


def _runner(plan: Plan) -> Callable[[Mapping[str, PointValue]], list[Any]]:
    if plan.scalar:
        return Scalar(plan).run
    from ...evaluate.repeated import repeated

    return repeated(plan).run


class Path:
    """One way through a program: value, gradient, whether a kink is met, and whether the path is this one."""

    def __init__(self, problem: Problem, steps: int) -> None:
        self.problem = problem
        graph, variables = problem.graph, problem.variables
        slopes = gradient(graph, problem.output, problem.leaves)
        nodes = [problem.output, *(graph.full(node, one.shape) for node, one in zip(slopes, variables, strict=True))]
        watched = watch(problem, "grad", ())
        self.has_kinks = bool(watched.kinks)
        if self.has_kinks:
            nodes.append(alarm(graph, watched._replace(outputs=[], values=[]), ()))
        self._held = [bool(problem.value(one)) for one in problem.conditions]
        nodes += problem.conditions
        plan = self.plan = make_plan(graph, nodes)
        self._count = 1 + len(variables)
        self._slope = np.zeros(problem.n)
        self._point = dict(problem.point)
        self._x = np.zeros(problem.n)
        self._point.update(point_at(variables, self._x))
        self._numbers = [one.name for one in variables if not one.shape]
        places = np.cumsum([0, *(one.size for one in variables)]).tolist()
        self._places = [place for place, one in zip(places, variables, strict=False) if not one.shape]
        self._pieces = [slice(a, b) for a, b in pairwise(places)]
        self._plain = not any(one.shape for one in variables)
        self.call: Compiled | None = None
        wanted = WANTED.get()
        if plan.scalar and (wanted == "llvm" or (wanted is None and steps * len(plan.steps) >= WORTHWHILE)):
            self.call = compiled(plan, variables, problem.point)
        self._run = self._from_compiled if self.call else _runner(plan)

    def _from_compiled(self, point: Mapping[str, PointValue]) -> list[Any]:
        assert self.call is not None
        return self.call(self._x)

    def at(self, x: Numbers) -> tuple[float, Numbers, bool, bool]:
        """The value, the gradient, whether a kink is met, whether the program takes this path."""
        self._x[...] = x
        if self.call is None:
            point = self._point
            for name, place in zip(self._numbers, self._places, strict=True):
                point[name] = float(x[place])
        found = self._run(self._point)
        if self.call is not None:
            slope = np.array(found[1 : 1 + self.problem.n])
            rest = found[1 + self.problem.n :]
        elif self._plain:
            slope = np.array(found[1 : self._count], dtype=np.float64)
            rest = found[self._count :]
        else:
            slope = self._slope
            for piece, one in zip(self._pieces, found[1 : self._count], strict=True):
                slope[piece] = np.reshape(one, -1)
            rest = found[self._count :]
        on_kink = self.has_kinks and rest[0] != 0
        same = all(bool(one) == was for one, was in zip(rest[self.has_kinks :], self._held, strict=True))
        return float(found[0]), slope, on_kink, same


class Compiled:
    """Machine code of a plan of numbers at one point: the parameters are a vector."""

    def __init__(self, program: Any, plan: Plan, order: Sequence[int], others: Numbers) -> None:
        (part,) = program.parts
        self.code, self.width, self.outputs = part.code, program.width, len(plan.outputs)
        #: what the code is given, and which of these are parameters: fixed[k] = x[order[k]] where order[k] >= 0
        self.fixed = np.zeros(len(order) + 1)
        self.fixed[: len(order)] = others
        self.order = np.array(order, dtype=np.int64)
        self._mine = np.flatnonzero(self.order >= 0)
        self._from = self.order[self._mine]
        self.none = np.zeros(1, np.int64)
        room = np.zeros((max(self.outputs, 1) + 1) * 8 + max(self.outputs, 1) * self.width)
        first = -(room.ctypes.data // 8) % 8  # lines of the cache: what is written by one is read from one
        self.block = room[first : first + max(self.outputs, 1) * self.width].reshape(-1, self.width)
        spill = np.empty(part.spill + 64)
        if part.tape is not None:
            self.none[0], spill = part.tape.instructions.ctypes.data, part.tape.spill(self.width)
        self._kept = spill, program
        self.spill = -(-spill.ctypes.data // 64) * 64
        self.address: int = ctypes.cast(self.code.call, ctypes.c_void_p).value or 0

    def __call__(self, x: Numbers) -> list[float]:
        """The outputs."""
        self.fixed[self._mine] = x[self._from]
        self.code.call(self.none.ctypes.data, self.fixed.ctypes.data, self.block.ctypes.data, self.width, self.width,
                       self.spill)  # fmt: skip
        found: list[float] = self.block[:, 0].tolist()
        return found


def compiled(plan: Plan, variables: Sequence[Variable], point: Mapping[str, PointValue]) -> Compiled | None:
    """The machine code of a plan; None where there can be none. Of arrays, single numbers are picked."""
    if engines.unavailable():
        return None
    from ...evaluate.llvm.program import Program
    from ...evaluate.llvm.tape import fits, interpreter

    slots = [given.slot for given in plan.inputs]
    try:
        machine = interpreter(1) if fits(plan.steps) else None
        program = Program(plan.constants, [], slots, plan.steps, plan.outputs, machine)
    except (RuntimeError, OSError):
        return None
    if not program.whole:
        return None
    starts: dict[str, tuple[int, Variable]] = {}
    n = 0
    for one in variables:
        starts[one.name] = n, one
        n += one.size
    given = {one.slot: one for one in plan.inputs}
    order, others = [], []
    for slot in program.parts[0].fixed:
        name, places = given[slot].name, given[slot].places
        if name in starts:
            start, one = starts[name]
            order.append(start + (int(np.ravel_multi_index(places, one.shape)) if places is not None else 0))
            others.append(0.0)
        else:
            value = point[name]
            order.append(-1)
            others.append(float(value if places is None else value[places]))  # type: ignore[index]
    return Compiled(program, plan, order, np.array(others))


class Table:
    """A sum (or mean) of an expression over rows: parameters are what the point has, columns differ from row to row.

    many(kind): prepares the expression ("grad" or "hess") over the columns. batch: rows that the next value is of;
    None: all.
    """

    def __init__(
        self,
        many: Callable[[str, Mapping[str, PointValue]], Many],
        variables: tuple[Variable, ...],
        columns: Mapping[str, Numbers],
        rows: int,
        *,
        mean: bool,
    ) -> None:
        self._many = many
        self.variables, self.columns, self.rows, self.mean = variables, columns, rows, mean
        self.n = sum(one.size for one in variables)
        self.calls = self.kinked = 0
        self.first_kink: Sequence[Note] = ()
        self.batch: Mapping[str, Numbers] | None = None
        self.size = rows
        #: why there was no value when there was none
        self.failure = ""
        self._prepared: dict[str, Many] = {}
        self._held: dict[str, PointValue] = {}

    @property
    def labels(self) -> list[str]:
        """The names of the parameters' components."""
        return labels_of(self.variables)

    def take(self, prepared: Many, held: dict[str, PointValue]) -> None:
        """Use what is prepared already. held: what paths that are yet to be read are given, kept as the point is."""
        self._prepared["grad"], self._held = prepared, held

    def choose(self, rows: NDArray[np.intp] | None) -> None:
        """The rows that values are of from here on; None: all."""
        self.batch = None if rows is None else {name: one[rows] for name, one in self.columns.items()}
        self.size = self.rows if rows is None else len(rows)

    def _summed(self, kind: str, x: Numbers) -> tuple[Numbers, int]:
        """The results added up over the rows that are chosen, and how many of them are on a kink."""
        values = point_at(self.variables, x.copy())
        many = self._prepared.get(kind)
        if many is None:
            many = self._prepared[kind] = self._many(kind, values)
        self._held.update(values)
        many.move(values)
        columns = self.columns if self.batch is None else self.batch
        total, kinked = np.zeros(len(many.titles)), 0
        for start in range(0, self.size, many.block):
            stop = min(self.size, start + many.block)
            part = columns if stop - start == self.size else {name: one[start:stop] for name, one in columns.items()}
            found = many.run(part, stop - start)
            if found.errors:
                k, failure = next(iter(found.errors.items()))
                if not np.isfinite(x).all() or self.calls > 1:
                    self.failure = failure.message
                    return np.full(len(many.titles), math.nan), 0
                failure.hint = f"this is so in row {start + k + 1} of the table, at the point where the descent begins"
                raise failure
            total += found.block.sum(axis=1)
            kinked += int(np.count_nonzero(found.status == 1))
        return (total / self.size if self.mean and self.size else total), kinked

    def at(self, x: Numbers) -> tuple[float, Numbers]:
        """See Objective."""
        self.calls += 1
        total, kinked = self._summed("grad", x)
        self.kinked += kinked > 0
        return float(total[0]), total[1:]

    def hessian(self, x: Numbers) -> Numbers:
        """See Objective."""
        total, _ = self._summed("hess", x)
        return total[1:].reshape(self.n, self.n)

    def product(self, x: Numbers, v: Numbers) -> Numbers:
        """See Objective."""
        result: Numbers = self.hessian(x) @ v
        return result
