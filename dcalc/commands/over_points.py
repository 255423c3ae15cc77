"""`eval`, `grad`, `jac` and `hess` with `--points`: one expression at every row of a table of points."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..backends.result import Note
from ..errors import EXIT_FAILED, DcalcError, Source
from ..evaluate.scalar import PointValue
from ..graph.arrays import WORDS
from ..graph.lower import CONSTANTS
from ..language import ast, parse
from .base import Ask, Output, State
from .point import point_of
from .prepare import loaded, names_of, prepare_at
from .recipe import MOST_TRIED, many_of, reader

if TYPE_CHECKING:
    from ..backends.many import Many
    from ..tables.journal import Result
    from ..tables.match import Input
    from ..tables.parts import Source as Table
    from ..tables.work import Job, Tally
    from ..tables.writer import Writer

#: Options that are of one point.
OF_ONE = ("scheme", "h", "branches", "flat", "sparse", "order")
#: Rows that are shown where nothing is written, of the first and of the last; and the most where all are wanted.
FIRST, LAST = 20, 5
MOST = 10_000
#: Names that are told.
MOST_LATE = 5


class Shown(NamedTuple):
    """The first and last rows of a result. rows: of how many."""

    kind: str
    columns: list[str]
    first: list[list[Any]]
    last: list[list[Any]]
    rows: int
    tally: dict[str, int]


class Asked(NamedTuple):
    """A request, understood: the table, the inputs that it has, and the expression at its rows."""

    table: Table
    inputs: list[Input]
    many: Many
    at: dict[str, PointValue]
    wrt: list[str]
    rows: list[dict[str, Any]]


def run(kind: str, state: State, ask: Ask) -> Output:
    """The expression at every row, to a file or standard output, or its first and last rows to be shown."""
    gc.enable()  # a table may be long
    if ask.get("cluster") or _are_several(ask.get("points")):
        from .over_folder import run as run_over_folder

        return run_over_folder(kind, state, ask)
    hold_options(ask)
    form = _form(ask)
    asked = understood(kind, state, ask)
    try:
        return _shown(kind, asked, ask) if form is None else _written(kind, asked, ask, form)
    finally:
        asked.table.close()


def _are_several(points: str) -> bool:
    from ..tables.portions import are_several

    return are_several(points)


def hold_options(ask: Ask) -> None:
    """Refuse options that are of one point. Raises DcalcError."""
    for name in OF_ONE:
        if ask.get(name):
            raise DcalcError("usage", f"--points has no use for --{name}", hint="that is for a single point")
    text = ask.operand.name if ask.operand else ""
    if ask.get("points") == "-" and text == "standard input":
        raise DcalcError("usage", "the expression and the points cannot both be standard input")


def _form(ask: Ask) -> str | None:
    """What is written: a kind of table; None where rows are only shown."""
    from ..tables import kind_of

    out, form = ask.get("out"), ask.get("format")
    if form not in (None, "text", "csv", "json", "markdown", "latex"):
        raise DcalcError("usage", f"--points has no format {form}", hint="it has csv and json")
    if not out:
        return None
    if form in ("text", "markdown", "latex"):
        hint = "CSV, JSONL, .npy, .npz, Parquet or Arrow; without --out rows are shown as text"
        raise DcalcError("usage", f"{form} is for people, a table is written as data", hint=hint)
    if form is None:
        return kind_of(out)
    ending = os.path.splitext(out)[1].lower()  # noqa: PTH122 (a name is a text here)
    known = kind_of(out) if ending not in ("", ".json", ".dat", ".part") else ""
    if form == "csv":
        if known not in ("", "csv", "tsv"):
            raise DcalcError("usage", f"--format csv and the ending of {out} do not agree", hint="leave --format out")
        return known or "csv"
    if known not in ("", "jsonl") and out != "-" and not out.startswith("/dev/"):
        raise DcalcError("usage", f"--format json and the ending of {out} do not agree", hint="call it .jsonl")
    return "jsonl"


# -- understanding --------------------------------------------------------------------------------------------------


def renames(texts: Sequence[Source]) -> dict[str, str]:
    """What `--rename old=new,…` says."""
    found: dict[str, str] = {}
    for text in texts:
        for part in text.text.split(","):
            old, equals, new = (one.strip() for one in part.rpartition("="))
            if not (old and equals and new):
                raise DcalcError("usage", "rename needs old=new", source=text, hint='for example --rename "T (K)=T"')
            if old in found:
                raise DcalcError("usage", f"{old} is renamed twice", source=text)
            found[old] = new
    return found


def understood(kind: str, state: State, ask: Ask) -> Asked:
    """A request with its table opened. Raises DcalcError."""
    from ..tables import open_table
    from ..tables.match import match
    from ..tables.work import first_rows, prepare_source

    assert ask.operand is not None
    state = loaded(state, ask)
    at = point_of(state, ask.get("at", []))
    tree = parse(ask.operand)
    used, exact = used_names(state, ask, tree)
    table = open_table(ask.get("points"), renames(ask.get("rename", [])))
    try:
        defined = {one.name for one in tree.walk() if isinstance(one, ast.Define)}
        wanted = [one.name for one in names_of(ask.get("wrt", []))]
        if not table.nameless:
            names = [name for name in dict.fromkeys([*used, *wanted]) if name not in at and name not in defined]
            inputs = match(table, names, required=False)
        else:
            words = () if exact else WORDS
            inputs = match(table, [name for name in used if name not in {*at, *defined, *CONSTANTS, *words}])
        found = [one.name for one in inputs]
        if not found:
            raise _no_column(table, [name for name in used if name not in at])
        wrt = wanted or [name for name in found if exact is None or name in exact]
        rows = first_rows(table, inputs, MOST_TRIED)
        sources = ask.get("wrt") or [Source(",".join(wrt), "wrt")]
        reads = reader(state, ask.operand, at, [] if kind == "eval" else sources, ask.get("steps"))
        many = _many(reads, kind, inputs, rows, ask, table)
        prepare_source(table, inputs, many)
        return Asked(table, inputs, many, at, wrt, rows)
    except BaseException:
        table.close()
        raise


def _many(
    reads: Any, kind: str, inputs: Sequence[Input], rows: Sequence[Mapping[str, PointValue]], ask: Ask, table: Table
) -> Many:
    from ..tables.parts import there_are

    columns = [(one.name, one.shape) for one in inputs]
    how = {"backend": ask.get("backend", "auto"), "at_kink": ask.get("at-kink", "lecture")}
    try:
        return many_of(reads, kind, columns, rows, engine=ask.get("engine"), ieee=ask.get("ieee", False), **how)
    except DcalcError as problem:
        if problem.kind == "name" and problem.message.endswith(("has no value", "have no value")):
            name = problem.message.split(",")[0].split(" ")[0]
            own = [one for column in inputs for one in column.columns]
            free = next((one for one in table.names if one not in own), "column")
            free = f'"{free}"' if " " in free else free
            message = f"{problem.message}: no column of {table.path} and no --at has that name"
            problem.message, problem.args = message, (message,)
            problem.hint = f"{there_are(table.names)}: --rename {free}={name}, or --at {name}=2"
        raise


def used_names(state: State, ask: Ask, tree: ast.Program) -> tuple[list[str], set[str] | None]:
    """The names that may be inputs, in order of first appearance; and those that are, where that is known."""
    from .names_in import free_names

    assert ask.operand is not None
    names = free_names(tree, every=True)
    try:
        prepared = prepare_at(
            state._replace(graph=state.graph.copy()), ask.operand, {}, steps=ask.get("steps"), loop_nodes=True
        )
    except DcalcError:  # it hangs on the shapes or the values of the inputs; what is wrong is told in its turn
        return [*names, *(name for name in state.point if name not in names)], None
    reached = [prepared.graph.attrs[node] for node in prepared.inputs()]
    known = set(reached)
    # Constants stay: a column e is the e that is meant.
    kept = [name for name in names if name in CONSTANTS]
    return [*reached, *(name for name in kept if name not in known)], known.union(kept)


def _no_column(table: Table, names: Sequence[str]) -> DcalcError:
    from ..tables.parts import there_are

    if not names:
        message = f"the expression has no input that could be a column of {table.path}"
        return DcalcError("usage", message, hint="without --points it is computed once")
    verb = "is" if len(names) == 1 else "are"
    free = f'"{table.names[0]}"' if " " in table.names[0] else table.names[0]
    hint = f"{there_are(table.names)}: --rename {free}={names[0]}"
    return DcalcError("name", f"{', '.join(names)} {verb} no column of {table.path}", hint=hint)


# -- doing ----------------------------------------------------------------------------------------------------------


def _job(asked: Asked, writer: Writer) -> Job:
    from ..tables.work import Job

    return Job(asked.table, asked.inputs, asked.many, writer, asked.rows[0] if asked.rows else {})


def description(kind: str, asked: Asked, ask: Ask, form: str, before: Any) -> dict[str, Any]:
    """What an interrupted run must have in common with the one that goes on with it."""
    from .. import __version__

    assert ask.operand is not None
    at = {name: value if isinstance(value, float) else listed(value) for name, value in asked.at.items()}
    named = ("backend", "at-kink", "engine", "ieee", "steps")
    return {
        "version": __version__,
        "points": asked.table.path,
        "source": before,
        "verb": kind,
        "expression": ask.operand.text,
        "at": {name: repr(value) for name, value in at.items()},
        "columns": asked.table.names,
        "inputs": [[one.name, *one.columns] for one in asked.inputs],
        "results": asked.many.titles,
        "options": {**{name: ask.get(name) for name in named}, "engine": asked.many.engine},
        "format": form,
        "rows": asked.table.most,
    }


def listed(value: Any) -> Any:
    """A value as JSON has it."""
    return value.tolist() if hasattr(value, "tolist") else value


def _written(kind: str, asked: Asked, ask: Ask, form: str) -> Output:
    """All rows, to a file or a stream."""
    from ..tables import writer_for
    from ..tables.journal import result_at

    out, table = ask.get("out"), asked.table
    writer = writer_for(form, table, asked.many.titles, alone=True)
    before = table.state()
    if ask.get("resume") and before is None:
        raise DcalcError("usage", f"{table.path} cannot be resumed", hint="points in a file can be read again")
    result = result_at(out, writer, description(kind, asked, ask, form, before), resume=ask.get("resume", False))
    tally = _done(kind, _job(asked, writer), result, before)
    where = "" if out == "-" else f"; written to {out}"
    notes = [*notes_of(asked, writer), *told(tally, where)]
    if not writer.keeps_status and any(tally.counts[1:]):
        notes.append(Note("rows", "a matrix has no place for the status of each row: --out FILE.npz has"))
    return Output([], notes, EXIT_FAILED if tally.failed else 0, written=out)


def _done(kind: str, job: Job, result: Result, before: Any) -> Tally:
    """The work, and what is said where it is ended before its end."""
    from ..tables.work import run as work

    name = job.source.path
    try:
        tally = work(job, result, name)
        if job.source.state() != before:
            message = f"{name} has changed while it was read: the result would be of neither"
            raise DcalcError("usage", message, hint="begin again when nobody writes to it")
        result.finish()
    except BaseException as problem:
        raise result.stopped(problem) from None
    return tally


def notes_of(asked: Asked, writer: Writer | None) -> list[Note]:
    """What is worth saying about a request."""
    notes = [note for note in asked.many.notes if note.kind != "zero" or len(asked.wrt) > 1]
    doubled = [name for name in asked.at if name in asked.table.names]
    if doubled:
        notes.append(Note("name", f"{', '.join(doubled)}: the value of --at holds, not the column"))
    if asked.table.nameless:
        notes.append(Note("name", f"columns without names, in order: {', '.join(asked.table.names)}"))
    late = {} if writer is not None and writer.keeps_records else asked.table.late
    if late:
        some = ", ".join(f"{name} ({place})" for name, place in list(late.items())[:MOST_LATE])
        more = f" and {len(late) - MOST_LATE} more" if len(late) > MOST_LATE else ""
        notes.append(Note("name", f"left out, as the first lines have no such names: {some}{more}"))
    if writer is not None and writer.left_out:
        notes.append(Note("name", f"left out, as they are no numbers: {', '.join(writer.left_out)}"))
    return notes


def told(tally: Tally, where: str = "") -> list[Note]:
    """How the rows fared: the first that failed, and how many of each kind."""
    from ..tables.parts import STATUS

    notes = [Note("row", text) for text in tally.told]
    if tally.failed > len(notes) and notes:
        notes[-1] = notes[-1]._replace(message=f"{notes[-1].message} (and {tally.failed - len(notes)} rows more)")
    counts = dict(zip(STATUS, tally.counts, strict=True))
    parts = [f"{count:,} {status}" for status, count in counts.items() if count]
    rows = f"{tally.rows:,} row{'' if tally.rows == 1 else 's'}"
    return [*notes, Note("rows", f"{rows}{': ' if parts else ''}{', '.join(parts)}{where}", data={"counts": counts})]


def _shown(kind: str, asked: Asked, ask: Ask) -> Output:
    """The first and the last rows; all where a program will read them."""
    if ask.get("resume"):
        raise DcalcError("usage", "only what is written to a file can be resumed", hint="name it: --out FILE")
    from ..tables.held import Held, Rows

    whole = ask.get("format") in ("csv", "json")
    writer = Rows(asked.table, asked.many.titles)
    held = Held(MOST if whole else FIRST, 0 if whole else LAST)
    tally = _done(kind, _job(asked, writer), held, asked.table.state())
    if whole and tally.rows > MOST:
        raise DcalcError("limit", f"{tally.rows:,} rows are too many for one answer", hint="name a file: --out FILE")
    from ..tables.parts import STATUS

    counts = dict(zip(STATUS, tally.counts, strict=True))
    result = Shown(kind, writer.columns, held.first, held.last, tally.rows, counts)
    return Output([result], [*notes_of(asked, None), *told(tally)], EXIT_FAILED if tally.failed else 0)
