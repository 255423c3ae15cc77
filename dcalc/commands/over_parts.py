"""An expression at the rows of a table, a portion at a time: each can be done alone, anywhere, with the same result.

A `Task` is the whole work in plain data; it is written to a file, which whoever does a portion of it reads once.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import __version__
from ..errors import DcalcError
from ..graph.shapes import Shape
from .base import Ask
from .over_points import Asked, listed, renames
from .recipe import Plain, Recipe

if TYPE_CHECKING:
    from ..backends.many import Many
    from ..tables.parts import Source as Table

#: What client and workers must agree in.
FORM = 1
#: Rows that are sent along.
SENT = 20


class Task(NamedTuple):
    """The whole work in plain data, so that it can be sent: every portion of it can be done alone, anywhere.

    recipe: the expression, its engine named. rename, columns: of the tables, as they are called then. inputs: (name,
    shape, columns). rows: values of the inputs at some rows. form: what is written.
    """

    recipe: Recipe
    rename: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    inputs: tuple[tuple[str, Shape, tuple[str, ...]], ...]
    rows: tuple[tuple[tuple[str, Plain], ...], ...]
    form: str


def task_of(kind: str, ask: Ask, asked: Asked, form: str, engine: str) -> Task:
    """A request that is understood as a task."""
    from .load import read_text

    assert ask.operand is not None
    recipe = Recipe(
        ask.operand.text,
        kind,
        tuple((one.name, one.shape) for one in asked.inputs),
        tuple((name, listed(value)) for name, value in asked.at.items()),
        () if kind == "eval" else tuple(asked.wrt),
        ask.get("backend", "auto"),
        ask.get("at-kink", "lecture"),
        engine,
        ask.get("ieee", False),
        ask.get("steps"),
        tuple(read_text(one).text for one in ask.get("load", [])),
    )
    rename = tuple(renames(ask.get("rename", [])).items())
    rows = tuple(tuple((name, listed(one)) for name, one in row.items()) for row in asked.rows[:SENT])
    inputs = tuple((one.name, one.shape, one.columns) for one in asked.inputs)
    return Task(recipe, rename, tuple(asked.table.names), inputs, rows, form)


def write_task(task: Task, path: str) -> str:
    """Write a task to a file; what tells that it is this one."""
    text = json.dumps(task).encode()
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(text)
    return sha256(text).hexdigest()


class Worker(NamedTuple):
    """What a worker says of itself, in plain data. sees: it reads the task. llvm, arrow: why it has none, or ""."""

    form: int
    version: str
    host: str
    sees: bool
    llvm: str
    arrow: str


def about_worker(task: str, seal: str) -> tuple[Any, ...]:
    """What has to be known of a worker before it is given anything."""
    from ..evaluate.engines import unavailable

    try:
        import pyarrow  # noqa: F401

        arrow = ""
    except ImportError:
        arrow = "pyarrow is not installed"
    try:
        _text(task, seal)
        sees = os.access(os.path.dirname(task), os.W_OK)  # noqa: PTH120
    except DcalcError:
        sees = False
    return tuple(Worker(FORM, __version__, socket.gethostname(), sees, unavailable(), arrow))


def _text(path: str, seal: str) -> bytes:
    """A task's text. DcalcError where it cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            text = file.read()
    except OSError as problem:
        raise DcalcError("usage", f"cannot read {path} there: {problem.strerror}", hint=SHARED) from None
    if sha256(text).hexdigest() != seal:
        raise DcalcError("usage", f"{path} is another file there", hint=SHARED)
    return text


#: What a cluster needs.
SHARED = "client and workers need a file system that they share, with --points and --out in it"
_once = threading.Lock()


def prepared(path: str, seal: str) -> tuple[Task, Many]:
    """A task that was written to a file, and its expression; once in each process. Raises DcalcError."""
    with _once:
        return _prepared(path, seal)


@lru_cache(maxsize=4)
def _prepared(path: str, seal: str) -> tuple[Task, Many]:
    recipe, *rest = _tuples(json.loads(_text(path, seal)))
    task = Task(Recipe(*recipe), *rest)
    return task, task.recipe.many([_row(row) for row in task.rows])


def _tuples(value: Any) -> Any:
    """JSON's lists as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _row(row: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    import numpy as np

    return {name: np.array(value, dtype=np.float64) if isinstance(value, tuple) else value for name, value in row}


def do_portion(
    form: int,
    version: str,
    task: str,
    seal: str,
    path: str,
    state: dict[str, Any],
    start: tuple[int, ...] | None,
    stop: tuple[int, ...] | None,
    target: str,
    halt: threading.Event | None = None,
) -> dict[str, Any]:
    """Do a portion alone and write it as a whole table; the same bytes wherever it is done.

    form, version: of whoever asks. task, seal: see `write_task`. path, state: a file, and how it was; start, stop: see
    `Portion`. target: is there whole or not at all. Answers {"rows", "counts", "told", "size"}, or {"problem": [kind,
    message, hint]}: it would be the same at the next try.
    """
    try:
        if (form, version) != (FORM, __version__):
            raise DcalcError("usage", f"dcalc {__version__} is there, here {version}", hint="install the same one")
        return _done(task, seal, path, state, start, stop, target, halt)
    except DcalcError as problem:
        return {"problem": [problem.kind, problem.message, problem.hint], "host": socket.gethostname()}


def _done(
    task: str,
    seal: str,
    path: str,
    state: dict[str, Any],
    start: tuple[int, ...] | None,
    stop: tuple[int, ...] | None,
    target: str,
    halt: threading.Event | None,
) -> dict[str, Any]:
    from ..tables import writer_for
    from ..tables.atomic import replacing
    from ..tables.portions import Portion, pieces_of
    from ..tables.work import Job, Tally, run_piece
    from ..tables.writer import Placed

    work, many = prepared(task, seal)
    sample = _row(work.rows[0]) if work.rows else {}
    source, inputs = opened(work, many, path)
    try:
        before = source.state()
        if not _is_same(state, before):
            hint = "has it changed, or is it another file there?"
            raise DcalcError("usage", f"{path} is not as it was when the work began", hint=hint)
        job = Job(source, inputs, many, writer_for(work.form, source, many.titles), sample)
        tally, placed, at, rows = Tally(), [], 0, 0
        with replacing(target) as file:
            at = file.write(job.writer.head(0))
            for piece in pieces_of(source, Portion(0, start, stop, 0)):
                encoded, _, own = run_piece(job, piece, halt)
                for one in encoded.data:
                    file.write(one)
                placed.append(Placed(at, encoded.size, encoded.rows, encoded.extra))
                at, rows, tally = at + encoded.size, rows + encoded.rows, tally.plus(own)
            at += file.write(job.writer.foot(placed))
            file.seek(0)
            file.write(job.writer.head(rows))
            if source.state() != before:
                raise DcalcError("usage", f"{path} has changed while it was read")
        return {"rows": rows, "counts": list(tally.counts), "told": list(tally.told), "size": at}
    finally:
        source.close()


def _is_same(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether two states are of the same content; a copy has another time."""
    if one is None or other is None:
        return False
    return {**one, "time": 0} == {**other, "time": 0}


def opened(task: Task, many: Many, path: str) -> tuple[Table, list[Any]]:
    """One of the files, prepared to be read, and its inputs. DcalcError where its columns are not the first one's."""
    from ..tables import open_table
    from ..tables.match import Input
    from ..tables.work import prepare_source

    source = open_table(path, dict(task.rename))
    try:
        if source.nameless and len(source.names) == len(task.columns):
            source.names = list(task.columns)
        if tuple(source.names) != task.columns:
            message = f"the columns of {path} are {', '.join(source.names)}"
            raise DcalcError("name", message, hint=f"the first file has {', '.join(task.columns)}")
        inputs = [Input(*one) for one in task.inputs]
        for one in inputs:
            if len(one.columns) > 1 or not one.shape:
                for name in one.columns:
                    source.shape_of(name)
        prepare_source(source, inputs, many)
    except BaseException:
        source.close()
        raise
    return source, inputs
