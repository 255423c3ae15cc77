"""An expression at the rows of a table, a part at a time: each can be done alone, anywhere, with the same result.

A `Task` is the whole work in plain data. `parts_of` cuts it, always in the same way; `do_part` does one part.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DcalcError
from ..graph.shapes import Shape
from .base import Ask, State
from .over_points import hold_options, listed, renames, understood
from .recipe import MOST_TRIED, Recipe

if TYPE_CHECKING:
    from ..tables.work import Job


class Task(NamedTuple):
    """The whole work in plain data, so that it can be sent: every part of it can be done alone, anywhere.

    recipe: the expression. points, rename: the table. inputs: (name, shape, columns). form: what is written.
    """

    recipe: Recipe
    points: str
    rename: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, Shape, tuple[str, ...]], ...]
    form: str


class Part(NamedTuple):
    """A part of a table in plain data: from where to where, and how many rows (of text: lines) stand before it."""

    start: tuple[int, ...]
    stop: tuple[int, ...]
    first: int


def task_of(kind: str, state: State, ask: Ask, form: str) -> Task:
    """A request as a task, after the same checks. Raises DcalcError."""
    hold_options(ask)
    asked = understood(kind, state, ask)
    asked.table.close()
    assert ask.operand is not None
    from .load import read_text

    recipe = Recipe(
        ask.operand.text,
        kind,
        tuple((one.name, one.shape) for one in asked.inputs),
        tuple((name, listed(value)) for name, value in asked.at.items()),
        () if kind == "eval" else tuple(asked.wrt),
        ask.get("backend", "auto"),
        ask.get("at-kink", "lecture"),
        ask.get("engine"),
        ask.get("ieee", False),
        ask.get("steps"),
        tuple(read_text(one).text for one in ask.get("load", [])),
    )
    rename = tuple(renames(ask.get("rename", [])).items())
    return Task(recipe, ask.get("points"), rename, tuple(map(tuple, asked.inputs)), form)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def job_of(task: Task) -> Job:
    """A task, prepared; once in each process. Raises DcalcError."""
    from ..tables import open_table, writer_for
    from ..tables.match import Input
    from ..tables.work import Job, first_rows, prepare_source

    table = open_table(task.points, dict(task.rename))
    inputs = [Input(*one) for one in task.inputs]
    if table.nameless:
        table.names = [column for one in inputs for column in one.columns]
    rows = first_rows(table, inputs, MOST_TRIED)
    many = task.recipe.many(rows)
    prepare_source(table, inputs, many)
    return Job(table, inputs, many, writer_for(task.form, table, many.titles), rows[0] if rows else {})


def parts_of(task: Task) -> list[Part]:
    """The parts of a task, in order; the same ones whenever and wherever they are asked for."""
    return [Part(one.start, one.stop, one.first) for one in job_of(task).source.pieces()]


def do_part(task: Task, part: Part, target: str) -> dict[str, Any]:
    """Do one part alone and write it as a whole table; the same bytes wherever it is done. Raises DcalcError.

    target: a file, which is there whole or not at all. Answers {"rows", "counts": {status: rows}, "told": [texts]}.
    """
    from ..tables.atomic import replacing
    from ..tables.parts import STATUS, Piece
    from ..tables.work import run_piece
    from ..tables.writer import Placed

    job = job_of(task)
    encoded, _, tally = run_piece(job, Piece(tuple(part.start), tuple(part.stop), part.first))
    head = job.writer.head(encoded.rows)
    if job.writer.converts:
        raise DcalcError("usage", f"{task.form} cannot be written in parts", hint="Parquet, CSV, JSONL and Arrow can")
    with replacing(target) as file:
        file.write(head)
        for one in encoded.data:
            file.write(one)
        file.write(job.writer.foot([Placed(len(head), encoded.size, encoded.rows, encoded.extra)]))
    return {"rows": tally.rows, "counts": dict(zip(STATUS, tally.counts, strict=True)), "told": list(tally.told)}
