"""`descend --data FILE`: the objective as a sum over the rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...backends.descent.objective import Table
from ...backends.many import Many
from ...backends.problem import Variable
from ...backends.result import Note
from ...errors import DcalcError
from ...evaluate.scalar import PointValue, shape_of
from ...graph.arrays import WORDS
from ...graph.lower import CONSTANTS
from ...language import ast, parse, source
from ..base import Ask, State
from ..over_points import renames, used_names
from ..recipe import MOST_TRIED, many_of, reader

#: Numbers of a table that are held in memory.
MOST_NUMBERS = 2**28


def columns_of(
    state: State, ask: Ask, start: Mapping[str, PointValue], given: Mapping[str, PointValue]
) -> tuple[dict[str, NDArray[np.float64]], str, list[Note]]:
    """The columns of the file that are inputs, (rows, *shape), the file's name, and what is to be said."""
    from ...tables import open_table
    from ...tables.match import match

    assert ask.operand is not None
    tree = parse(ask.operand)
    used, _ = used_names(state, ask._replace(options={}), tree)
    table = open_table(ask.get("data"), renames(ask.get("rename", [])))
    try:
        defined = {one.name for one in tree.walk() if isinstance(one, ast.Define)}
        words = {*CONSTANTS, *WORDS} if table.nameless else set()
        names = [name for name in used if name not in {*start, *given, *defined, *words}]
        notes = [
            Note("name", f"{name}: the value of --start holds, not the column") for name in start if name in table.names
        ]
        notes += [
            Note("name", f"{name}: the value of --at holds, not the column") for name in given if name in table.names
        ]
        inputs = match(table, names, required=False) if not table.nameless else match(table, names)
        if not inputs:
            from ...tables.parts import there_are

            message = f"the expression has no input that is a column of {table.path}"
            raise DcalcError("name", message, source=ask.operand, hint=f"{there_are(table.names)}: --rename")
        return _columns(table, inputs), table.path, notes
    finally:
        table.close()


def table_of(
    state: State,
    ask: Ask,
    start: Mapping[str, PointValue],
    given: Mapping[str, PointValue],
    columns: Mapping[str, NDArray[np.float64]],
    path: str,
) -> tuple[Table, int, list[Note]]:
    """The objective, how many rows it has, and what is to be said. path: what the table is called."""
    assert ask.operand is not None
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        raise DcalcError("usage", f"{path} has no rows", hint="a sum over nothing has no minimum")
    held = dict(given)
    wrt = [source(",".join(start), "--start")]
    shapes = [(name, one.shape[1:]) for name, one in columns.items()]
    engine = ask.get("engine")
    first = [{name: one[k] if one.ndim > 1 else float(one[k]) for name, one in columns.items()}
             for k in range(min(rows, MOST_TRIED))]  # fmt: skip

    def many(kind: str, values: Mapping[str, PointValue]) -> Many:
        held.update(values)
        try:
            reads = reader(state, ask.operand, held, wrt)  # type: ignore[arg-type]
            found = many_of(reads, kind, shapes, first, engine=engine)
        except DcalcError as problem:
            if problem.kind == "name" and problem.message.endswith(("has no value", "have no value")):
                name = problem.message.split(",")[0].split(" ")[0]
                message = f"{problem.message}: it is no column of {path}"
                problem.message, problem.args = message, (message,)
                problem.hint = f"let it move: --start {name}=0; or hold it: --at {name}=2; or --rename column={name}"
            raise
        found.expected = rows * (ask.get("steps") or 1000)
        return found

    prepared = many("grad", start)
    if prepared.shape:
        message = "descend goes down a number; each row gives an array"
        raise DcalcError("shape", message, source=ask.operand, hint="a sum of squares makes a number of it: sum((…)^2)")
    notes = [note for note in prepared.notes if note.kind != "path"]
    variables = tuple(Variable(name, shape_of(value), -1) for name, value in start.items())
    objective = Table(many, variables, columns, rows, mean=bool(ask.get("mean")))
    objective.take(prepared, held)
    return objective, rows, notes


def _columns(table: Any, inputs: Any) -> dict[str, NDArray[np.float64]]:
    """All rows of the columns, (rows, *shape). DcalcError for a row without a number."""
    from ...tables.match import values, wanted, what_is_wrong

    table.want(wanted(inputs), 1)
    parts: dict[str, list[Any]] = {one.name: [] for one in inputs}
    numbers = 0
    for piece in table.pieces():
        chunk = table.read(piece)
        found, status = values(inputs, chunk)
        bad = np.flatnonzero(status)
        if len(bad):
            k = int(bad[0])
            why = what_is_wrong(inputs, chunk, k, lambda cell: f"{cell[0]} is no number: {cell[1]!r}")  # type: ignore[index]
            message = f"{chunk.place(k)}: {why}"
            raise DcalcError("usage", message, hint="a sum over rows needs all of them")
        for name, one in found.items():
            if not np.isfinite(one).all():
                k = int(np.flatnonzero(~np.isfinite(one.reshape(chunk.size, -1)).all(axis=1))[0])
                raise DcalcError("domain", f"{chunk.place(k)}: {name} is not finite", hint="leave the row out")
            parts[name].append(one)
            numbers += one.size
        if numbers > MOST_NUMBERS:
            raise DcalcError("limit", f"{table.path} is too large to be held in memory", hint="descend on a part of it")
    whole = {name: np.concatenate(some) if some else np.zeros(0) for name, some in parts.items()}
    return {name: np.ascontiguousarray(one) for name, one in whole.items()}
