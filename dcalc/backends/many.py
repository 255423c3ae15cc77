"""One expression's values and derivatives at many points: prepared once, run block after block.

A point is a row; the inputs that differ from row to row are columns. Rows are looked at one by one only where the
number that is computed beside them says that something is amiss (see `watched`). A program whose path depends on
values is prepared once for each path that the rows take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from ..errors import DcalcError
from ..evaluate.batch import Batch
from ..evaluate.engines import choose as choose_engine
from ..evaluate.plan import make_plan
from ..evaluate.scalar import PointValue
from ..graph.shapes import Shape, name_of
from .derive import MOST_SIDES, Request, derive, side_parts, value
from .forward import outputs
from .layout import derivative_parts, extent, placed, titles_of
from .problem import Problem
from .protocol import AT_KINK
from .rejected import Rejected, look_at
from .result import Note
from .watched import alarm, strays, watch

Numbers: TypeAlias = NDArray[np.float64]
Statuses: TypeAlias = NDArray[np.uint8]
Columns: TypeAlias = Mapping[str, Numbers]

KINDS = ("eval", "grad", "jac", "hess")
#: What a row's status says. kink: a kink is met there, the derivative is what at_kink asks for.
STATUS = ("ok", "kink", "not finite", "error")
OK, KINK, NOT_FINITE, ERROR = range(4)
#: Rows whose error is told, of one run.
MOST_ERRORS = 20
#: Numbers of a block that is worth while.
BLOCK = 2**22
#: Points of a part that is copied: the cache holds it.
PART = 2**16
#: Paths of a program that are kept, and rows that a new one is tried on.
MOST_PATHS = 64
TRIED = 4096


class Reading(NamedTuple):
    """A problem at one row. defined: inputs that the program itself defines -> what they stand for."""

    problem: Problem
    defined: Mapping[int, int] = {}
    notes: Sequence[Note] = ()


#: Reads the expression where the columns have these values. Raises DcalcError.
Reader: TypeAlias = Callable[[Mapping[str, PointValue]], Reading]


class Rows(NamedTuple):
    """Results: a row of `block` for each title, a column for each point, whose status is STATUS[status[k]].

    Where the status is "error" the numbers are nan. errors: of the first such points, by their place.
    """

    block: Numbers
    status: Statuses
    errors: dict[int, DcalcError]


class Many:
    """One expression's values and derivatives at many points: prepared once, run block after block, in any thread.

    source: a problem, whose point has what is the same everywhere and any values for the columns; or what reads the
    expression at a row, for programs whose path may depend on values. kind: one of KINDS. names: the columns. backend:
    auto, forward, reverse or symbolic. at_kink: one of AT_KINK, row by row. engine: see `evaluate.engines`. ieee: no
    value is an error. sample: values of a row, for a reader. DcalcError as for one point.

    titles: "value" or "value[1]", …; then "d/dx", "d value[2]/dW[1,1]", "d2/dx2", "d2 value[1]/dx dy", row by row.
    """

    def __init__(
        self,
        source: Problem | Reader,
        kind: str,
        names: Sequence[str],
        *,
        backend: str = "auto",
        at_kink: str = "lecture",
        engine: str | None = None,
        ieee: bool = False,
        sample: Mapping[str, PointValue] | None = None,
    ) -> None:
        if kind not in KINDS:
            raise DcalcError("usage", f"{kind} is not computed at many points", hint=f"there are {', '.join(KINDS)}")
        if at_kink not in AT_KINK:
            raise DcalcError("usage", f"--at-kink {at_kink} is none", hint=f"there are {', '.join(AT_KINK)}")
        if backend not in ("auto", "forward", "reverse", "symbolic"):
            message = f"the backend {backend} works at one point"
            raise DcalcError("usage", message, hint="for many there are forward, reverse and symbolic")
        self.names = tuple(names)
        self.engine = engine
        #: how many points there will be at least, where that is known: many are worth compiling for
        self.expected = 0
        self.request = Request("grad" if kind == "eval" else kind, backend, at_kink=at_kink, ieee=ieee)
        self.kind = kind
        self._read = (lambda row: _moved(source, row)) if isinstance(source, Problem) else source
        reading = Reading(source) if isinstance(source, Problem) else source(dict(sample or {}))
        #: what is worth saying about the expression
        self.notes = list(reading.notes)
        first = _Path(self, reading)
        self.titles = first.titles
        #: the value's shape, and the variables' names and shapes
        self.shape: Shape = first.shape
        self.variables = first.variables
        self._paths = [first]
        self._rooms: WeakValueDictionary[int, Numbers] = WeakValueDictionary()
        #: paths, and what is looked at where something is amiss, are prepared when they are needed
        self._lock = RLock()

    @property
    def block(self) -> int:
        """How many points are worth being run at a time."""
        return max(1, min(2**17, BLOCK // len(self.titles)))

    @property
    def steps(self) -> int:
        """Operations that a point takes."""
        return len(self._paths[0].batch.plan.steps)

    def choose(self, points: int) -> str:
        """The engine that is chosen for so many points, whatever is loaded already."""
        return choose_engine(self._paths[0].batch.plan, points, loaded=False).name

    @property
    def followed(self) -> bool:
        """Whether the program is followed row by row, as its path depends on values."""
        return self._paths[0].followed

    def move(self, point: Mapping[str, PointValue]) -> None:
        """Give what is the same in all rows other values, for the runs to come; in the shapes that it has.

        Of a program whose path depends on values the reader has to know them too: it is asked for further paths.
        """
        with self._lock:
            for path in self._paths:
                path.move(point)

    def room(self, size: int) -> Numbers:
        """A block for `size` points that `run` fills without a copy."""
        whole = np.empty((len(self.titles) + 2, size))
        self._rooms[id(whole)] = whole
        return whole[: len(self.titles)]

    def run(self, columns: Columns, size: int, out: Numbers | None = None) -> Rows:
        """The results at the rows of columns, each (size, *shape). out: (titles, size), filled and returned.

        Raises DcalcError where the columns do not fit (name, shape); what is wrong with a row is told in the result.
        """
        block = self.room(size) if out is None else out
        if block.shape != (len(self.titles), size) or block.dtype != np.float64:
            raise ValueError(f"out needs the shape {(len(self.titles), size)} and float64")
        result = Rows(block, np.zeros(size, np.uint8), {})
        if not size:
            return result
        if block.base is None or id(block.base) not in self._rooms:
            return self._copied(columns, size, result)
        if not self._paths[0].followed:
            self._paths[0].fill(columns, size, result, None)
            return result
        with self._lock:
            left = np.arange(size)
            for path in self._paths[:]:
                if left.size:
                    left = left[path.fill(columns, size, result, left)]
            while left.size:
                left = self._follow(columns, size, result, left)
        return result

    def _copied(self, columns: Columns, size: int, result: Rows) -> Rows:
        """A run into memory of another's make: by parts that the cache holds, and copied."""
        step = min(size, self.block, PART)
        room = self.room(step)
        for start in range(0, size, step):
            stop = min(start + step, size)
            room = room if stop - start == step else self.room(stop - start)
            part = self.run({name: columns[name][start:stop] for name in self.names}, stop - start, room)
            result.block[:, start:stop] = part.block
            result.status[start:stop] = part.status
            for k, problem in part.errors.items():
                if len(result.errors) < MOST_ERRORS:
                    result.errors[start + k] = problem
        return result

    def _follow(self, columns: Columns, size: int, result: Rows, left: Any) -> Any:
        """Read the expression at the first of the rows that are left; the rows that are left then."""
        first = int(left[0])
        try:
            path = _Path(self, self._read(self.row(columns, first)))
            if path.titles != self.titles:
                message = f"the value is {name_of(path.shape)} here, at the first point it is {name_of(self.shape)}"
                raise DcalcError("shape", message)
        except DcalcError as problem:
            reject(result, first, problem)
            return left[1:]
        self._paths.insert(0, path)
        del self._paths[MOST_PATHS:]
        tried = left[:TRIED]
        stray = path.fill(columns, size, result, tried)
        if len(left) > TRIED and np.count_nonzero(stray) < TRIED - 1:  # others go the same way
            tried, stray = left, np.concatenate([stray, path.fill(columns, size, result, left[TRIED:])])
        if stray[0]:  # it was read there; whatever is amiss, it goes no further
            reject(result, first, self.error_at(columns, first))
            stray[0] = False
        return np.concatenate([tried[stray], left[len(tried) :]])

    def row(self, columns: Columns, k: int) -> dict[str, PointValue]:
        """The values of one row."""
        found = {name: np.asarray(columns[name][k], dtype=np.float64) for name in self.names}
        return {name: value if value.ndim else float(value) for name, value in found.items()}

    def error_at(self, columns: Columns, k: int) -> DcalcError:
        """Why there is no answer at a row, as at one point."""
        try:
            problem = self._read(self.row(columns, k)).problem
            if self.kind == "eval":
                value(problem, ieee=self.request.ieee)
            else:
                derive(problem, self.request)
        except DcalcError as failure:
            return failure
        return DcalcError("domain", "a value on the way is not finite here")


def reject(result: Rows, k: int, problem: DcalcError) -> None:
    """A row without an answer."""
    result.block[:, k] = np.nan
    result.status[k] = ERROR
    if len(result.errors) < MOST_ERRORS:
        result.errors[k] = problem


def _moved(problem: Problem, row: Mapping[str, PointValue]) -> Reading:
    """A problem at another point."""
    point = {**problem.point, **row}
    now = Problem(problem.graph, problem.output, problem.variables, point, problem.conditions, problem.bends)
    return Reading(now)


class _Path:
    """An expression on one path, prepared."""

    def __init__(self, many: Many, reading: Reading) -> None:
        problem, graph = reading.problem, reading.problem.graph
        self._many = many
        self._problem, self._defined = problem, reading.defined
        kind, request = many.kind, many.request
        if kind == "grad" and problem.shape:
            message = f"a gradient is of a number, this is {name_of(problem.shape)}"
            raise DcalcError("shape", message, hint="jac gives a row for each component")
        self.shape = problem.shape
        self.variables = [(variable.name, variable.shape) for variable in problem.variables]
        self.titles = titles_of(kind, problem)
        self._watch = watch(problem, kind, reading.defined.values())
        #: (node, the places of its numbers in a row)
        self._wanted = placed(graph, outputs(problem), (problem.m,), 0)
        if kind != "eval":
            parts = derivative_parts(problem, kind, request.backend)
            self._wanted += placed(graph, parts, extent(problem, kind), problem.m)
        self._filled = sum(len(places) for _, places in self._wanted) == len(self.titles)
        self.followed = bool(problem.conditions)
        nodes = [node for node, _ in self._wanted]
        tails = [alarm(graph, self._watch, nodes)]
        if self.followed:
            held = [bool(problem.value(condition)) for condition in problem.conditions]
            tails.append(strays(graph, problem.conditions, held))
        self._direct = self._filled and not any(graph.shapes[node] for node in nodes)
        if self._direct:  # each in its row
            nodes = [node for node, _ in sorted(self._wanted, key=lambda one: one[1])]
        self.batch = self.prepare([*nodes, *tails])
        self._direct = self._direct and self.batch.plan.scalar
        self._rejected: Rejected | None = None
        self._sides: Any = None
        #: points so far, and whether it is known if they are computed by compiled code
        self._points, self._settled = 0, False

    def move(self, point: Mapping[str, PointValue]) -> None:
        """Give what is the same in all rows other values."""
        old = self._problem
        self._problem = Problem(old.graph, old.output, old.variables, {**old.point, **point}, old.conditions, old.bends)
        self._rejected = self._sides = None

    def prepare(self, nodes: Sequence[int]) -> Batch:
        """A batch of nodes, in which what the program defines is computed."""
        graph = self._problem.graph
        if self._defined:
            nodes = graph.substitute(nodes, self._defined)
        return Batch(make_plan(graph, nodes), dict.fromkeys(self._many.names))

    def fill(self, columns: Columns, size: int, result: Rows, mine: Any) -> Any:
        """Compute rows (mine; None: all) into the result. Which of them take another path."""
        many, every = self._many, mine is None or len(mine) == size
        if not every:
            columns = {name: np.asarray(columns[name])[mine] for name in many.names}
        count = size if every else len(mine)
        wide = len(self.titles) + 1 + self.followed
        whole = many._rooms[id(result.block.base)][:wide] if every else np.empty((wide, count))
        self._compute(columns, count, whole)
        block, amiss = whole[: len(self.titles)], whole[len(self.titles)]
        stray = np.zeros(count, bool)
        if self.followed:
            stray = whole[len(self.titles) + 1] != 0  # no number is not 0
        own = result if every else Rows(block, np.zeros(count, np.uint8), {})
        if amiss.any():
            with many._lock:
                self._look(columns, np.flatnonzero((amiss != 0) & ~stray), own)
        if not every:
            keep = np.flatnonzero(~stray)
            result.block[:, mine[keep]] = own.block[:, keep]
            result.status[mine[keep]] = own.status[keep]
            for k, problem in own.errors.items():
                if len(result.errors) < MOST_ERRORS:
                    result.errors[int(mine[k])] = problem
        return stray

    def _compute(self, columns: Columns, count: int, whole: Numbers) -> None:
        point, engine = self._problem.point, self._many.engine
        self._points += count
        if engine is None and not self._settled:  # block after block, compiling may be worth while that one is not
            self._settled = self.batch.compile_for(max(self._points, self._many.expected))
        if self._direct:
            self.batch.run(point, columns, count, engine=engine, out=whole)
            return
        found = self.batch.run(point, columns, count, engine=engine)
        top = len(self.titles)
        if not self._filled:
            whole[:top] = 0.0
        for (_, places), values in zip(self._wanted, found[: len(self._wanted)], strict=True):
            whole[places] = values.reshape(count, -1).T
        for k, values in enumerate(found[len(self._wanted) :]):
            whole[top + k] = values

    def _look(self, columns: Columns, suspects: Any, result: Rows) -> None:
        """Say what is amiss with rows."""
        if not suspects.size:
            return
        many, request = self._many, self._many.request
        if self._rejected is None:
            self._rejected = Rejected(self._problem, self._watch, self.prepare)
        few = {name: np.asarray(columns[name], dtype=np.float64)[suspects] for name in many.names}
        failed, kinked = look_at(self._rejected, few, len(suspects))
        if request.ieee:
            failed[:] = False
        if kinked.any() and many.kind != "eval" and request.at_kink != "lecture":
            failed |= self._at_kinks(few, suspects, kinked & ~failed, result)
        finite = np.isfinite(result.block[:, suspects]).all(axis=0)
        result.status[suspects] = np.where(finite, np.where(kinked, KINK, OK), NOT_FINITE)
        bad = suspects[failed]
        result.block[:, bad] = np.nan
        result.status[bad] = ERROR
        for k in bad[: MOST_ERRORS - len(result.errors)].tolist():
            result.errors[k] = many.error_at(columns, k)

    def _at_kinks(self, columns: Columns, suspects: Any, kinked: Any, result: Rows) -> Any:
        """One-sided derivatives where rows meet a kink. Which rows have no answer."""
        problem, many = self._problem, self._many
        assert self._rejected is not None
        at_kink = many.request.at_kink
        if at_kink == "error" or many.kind == "hess" or problem.m * problem.n > MOST_SIDES:
            return kinked
        if not kinked.any():
            return kinked
        if self._sides is None:
            pair = [placed(problem.graph, parts, (problem.m, problem.n), problem.m) for parts in side_parts(problem)]
            self._sides = pair, self.prepare([node for side in pair for node, _ in side])
        pair, batch = self._sides
        here = np.flatnonzero(kinked)
        some = {name: column[here] for name, column in columns.items()}
        found = batch.run(problem.point, some, len(here), engine=many.engine)
        sides = []
        for side in pair:
            mine, found = found[: len(side)], found[len(side) :]
            block = np.zeros((len(self.titles), len(here)))
            for (_, places), values in zip(side, mine, strict=True):
                block[places] = values.reshape(len(here), -1).T + 0.0
            sides.append(block[problem.m :])
        left, right = sides
        chosen = left if at_kink == "left" else right if at_kink == "right" else (left + right) / 2
        result.block[problem.m :, suspects[here]] = chosen
        return self._rejected.decided & kinked
