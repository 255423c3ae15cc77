"""How an expression is read for many points: by a session's names, or anywhere from a description in plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..backends.problem import Problem
from ..errors import DcalcError, Source
from ..evaluate.scalar import PointValue
from ..graph.shapes import Shape
from ..language import parse, source
from .base import State, new_state
from .prepare import Prepared, cut, names_of, need_values, prepare_at, values_of_cut, variables_of
from .reading import read

if TYPE_CHECKING:
    from ..backends.many import Many, Reader, Reading

#: A number, or an array as nested sequences.
Plain: TypeAlias = "float | Sequence[Plain]"
#: Rows that are tried until the expression can be read at one.
MOST_TRIED = 20


class Recipe(NamedTuple):
    """An expression at many points, described by plain data, so that it can be prepared again wherever that is sent.

    text: the expression. kind: "eval", "grad", "jac" or "hess". columns: (name, shape of a row's value) of what differs
    from row to row. at: (name, value) of what does not. wrt: names to differentiate in; () is the columns and then the
    others. definitions: texts that are read before. The rest is as in `Many`.
    """

    text: str
    kind: str
    columns: tuple[tuple[str, Shape], ...]
    at: tuple[tuple[str, Plain], ...] = ()
    wrt: tuple[str, ...] = ()
    backend: str = "auto"
    at_kink: str = "lecture"
    engine: str | None = None
    ieee: bool = False
    steps: int | None = None
    definitions: tuple[str, ...] = ()

    def many(self, rows: Iterable[Mapping[str, PointValue]] = ()) -> Many:
        """The expression, prepared. Raises DcalcError.

        rows: some points; a program whose path depends on values is read at the first of them where that can be done.
        """
        state = new_state()
        for one in self.definitions:
            text = source(one)
            state = state._replace(names=read(parse(text), text, state.graph, state.names, {}).names)
        wrt = [source(name, "wrt") for name in self.wrt]
        reads = reader(state, source(self.text), {name: _value(one) for name, one in self.at}, wrt, self.steps)
        return many_of(reads, self.kind, self.columns, rows, backend=self.backend, at_kink=self.at_kink,
                       engine=self.engine, ieee=self.ieee)  # fmt: skip


def many_of(
    reads: Reader,
    kind: str,
    columns: Iterable[tuple[str, Shape]],
    rows: Iterable[Mapping[str, PointValue]] = (),
    **how: Any,
) -> Many:
    """`Many` for what a reader reads. rows: as in `Recipe.many`; how: as `Many` has it. Raises DcalcError."""
    from itertools import islice

    from ..backends.many import Many

    shapes = dict(columns)
    failure: DcalcError | None = None
    for row in [*islice(rows, MOST_TRIED), _ones(shapes)]:
        try:
            return Many(reads, kind, list(shapes), sample=row, **how)
        except DcalcError as problem:
            failure = failure or problem
            if problem.kind not in ("domain", "limit"):  # it is the same at every row
                break
    assert failure is not None
    raise failure


def reader(
    state: State, text: Source, at: Mapping[str, PointValue], wrt: list[Source], steps: int | None = None
) -> Reader:
    """What reads an expression at rows. at: what is the same in all of them. wrt: as `--wrt` has it; else the columns.

    The state's graph is not changed.
    """

    def reads(row: Mapping[str, PointValue]) -> Reading:
        fresh = state._replace(graph=state.graph.copy())
        names = [one.name for one in names_of(wrt)]
        return reading(prepare_at(fresh, text, {**row, **at}, names, steps, loop_nodes=True), wrt)

    return reads


def reading(prepared: Prepared, wrt: list[Source]) -> Reading:
    """A prepared program as a problem in which the names that the program itself defines follow the inputs."""
    from ..backends.many import Reading

    graph, lowered = prepared.graph, prepared.lowered
    point, wanted = dict(prepared.point), names_of(wrt)
    names = [one.name for one in wanted]
    (output,) = cut(prepared, [prepared.output], names)
    conditions = cut(prepared, lowered.conditions, names)
    values_of_cut(prepared, names, point)
    need_values(prepared, output, point)
    defined: dict[int, int] = {}
    for name, node in lowered.freed.items():  # in the program's order: one may be made of those before it
        defined[graph.input(name, graph.shapes[node])] = graph.substitute([node], defined)[0]
    for name in names:
        if name in lowered.names.nodes and name not in lowered.freed:
            node = lowered.names.nodes[name]
            defined[graph.input(name, graph.shapes[node])] = node
    variables = variables_of(prepared, output, wanted, point)
    notes = [note for note in prepared.notes if note.kind != "path"]
    return Reading(Problem(graph, output, variables, point, tuple(conditions), lowered.bends), defined, notes)


def _value(given: Plain) -> PointValue:
    if isinstance(given, (int, float)):
        return float(given)
    import numpy as np

    return np.array(given, dtype=np.float64)


def _ones(shapes: Mapping[str, Shape]) -> dict[str, PointValue]:
    """A row of ones."""
    if not any(shapes.values()):
        return dict.fromkeys(shapes, 1.0)
    import numpy as np

    return {name: np.ones(shape) if shape else 1.0 for name, shape in shapes.items()}
