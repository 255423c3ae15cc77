"""`--points` of several files, or by a cluster: portions are done here or elsewhere, the result is a folder."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from .. import progress
from ..backends.result import Note
from ..errors import EXIT_FAILED, DcalcError
from .base import Ask, Output, State
from .over_parts import FORM, SHARED, Task, Worker, about_worker, do_portion, opened, task_of, write_task
from .over_points import Asked, description, hold_options, notes_of, told, understood

if TYPE_CHECKING:
    from ..backends.many import Many
    from ..tables.folder import Folder
    from ..tables.portions import Portion

#: How a part's file is called.
ENDINGS = {name: f".{name}" for name in ("csv", "tsv", "jsonl", "npy", "parquet", "arrow", "arrows")}

Parts = Iterator[tuple[int, tuple[Any, ...]]]


class Files(NamedTuple):
    """The files of a table: their names, whole paths and states, and what kind of table they are."""

    names: list[str]
    paths: list[str]
    states: list[dict[str, Any]]
    kind: str


def run(kind: str, state: State, ask: Ask) -> Output:
    """The expression at every row, to a folder of parts."""
    from ..tables import kind_of, writer_for
    from ..tables.folder import Folder
    from ..tables.portions import files_of

    hold_options(ask)
    points, out = ask.get("points"), ask.get("out")
    if points == "-" or points.startswith("/dev/"):
        raise DcalcError("usage", "a cluster reads no standard input", hint="name a file, a folder or a pattern")
    if not out or out == "-" or out.startswith("/dev/"):
        raise DcalcError("usage", "the result is a folder of parts", hint="name it: --out FOLDER")
    names = files_of(points)
    files = Files(names, [os.path.abspath(os.path.expanduser(one)) for one in names], [*map(_state, names)],  # noqa: PTH100, PTH111
                  kind_of(names[0]))  # fmt: skip
    form = _form(ask, files.kind)
    asked = understood(kind, state, ask._replace(options={**ask.options, "points": names[0]}))
    try:
        writer = writer_for(form, asked.table, asked.many.titles)
        if writer.converts:
            hint = "Parquet, CSV, JSONL, .npy and Arrow can"
            raise DcalcError("usage", f"{form} cannot be written in parts", hint=hint)
        notes = notes_of(asked, writer)
        seal = sha256(json.dumps(files.states).encode()).hexdigest()
        work = {**description(kind, asked, ask, form, seal), "points": points, "files": len(names)}
        folder = Folder(out, ENDINGS[form], work, resume=ask.get("resume", False))
        engine = _engine(ask, asked, files)
    finally:
        asked.table.close()
    if not folder.whole:
        task = task_of(kind, ask, asked, form, engine)
        try:
            with _hands(ask) as hands:
                notes += _work(hands, folder, task, files, asked.many, ask)
            if [*map(_state, names)] != files.states:
                message = f"{points} has changed while it was read: the result would be of neither"
                raise DcalcError("usage", message, hint="begin again when nobody writes to it")
            folder.finish()
        except BaseException as problem:
            _left(folder, problem)
    return _told(folder, out, notes)


def _told(folder: Folder, out: str, notes: list[Note]) -> Output:
    from ..tables.work import Tally

    tally = Tally()
    for part in sorted(folder.taken):
        tally = tally.plus(Tally.of(folder.taken[part]))
    count = len(folder.taken)
    where = f"; written to {out}, {count:,} part{'' if count == 1 else 's'}"
    return Output([], [*notes, *told(tally, where)], EXIT_FAILED if tally.failed else 0, written=out)


def _left(folder: Folder, problem: BaseException) -> NoReturn:
    """Stop before the end, and say how to go on."""
    kept = folder.leave(keep=True)
    words = f"what is done is kept in {kept}; the same command with --resume goes on with it" if kept else ""
    if kept and isinstance(problem, DcalcError):
        problem.hint = f"{problem.hint}; {words}" if problem.hint else words
    elif kept and isinstance(problem, KeyboardInterrupt):
        raise KeyboardInterrupt(f"interrupted; {words}") from None
    raise problem


# -- what is to be done ---------------------------------------------------------------------------------------------


def _state(name: str) -> dict[str, Any]:
    """What tells whether a file is the same. DcalcError where it is none."""
    from ..tables.lines import opened as opened_file
    from ..tables.lines import seal

    with opened_file(name) as file:
        state = seal(file)
    if state is None:
        raise DcalcError("usage", f"{name} is no file", hint="a cluster reads files")
    return state


def _form(ask: Ask, kind: str) -> str:
    """What the parts are: by --format, by the folder's name, or as the points are."""
    from ..tables import ENDINGS as KNOWN

    form = ask.get("format")
    ending = KNOWN.get(os.path.splitext(ask.get("out").rstrip("/"))[1].lower(), "")  # noqa: PTH122
    if form not in (None, "csv", "json"):
        raise DcalcError(
            "usage", f"parts of a table have no format {form}", hint="they have csv and json, or --out name.parquet"
        )
    wanted = {"csv": ("csv", "tsv"), "json": ("jsonl",)}.get(form or "", ())
    if ending and wanted and ending not in wanted:
        raise DcalcError(
            "usage", f"--format {form} and the ending of {ask.get('out')} do not agree", hint="leave one out"
        )
    return ending or (wanted[0] if wanted else kind)


def _engine(ask: Ask, asked: Asked, files: Files) -> str:
    """The engine for all parts: what would be chosen for a table of all rows."""
    from ..tables.work import LINE, UNKNOWN

    many = asked.many
    if ask.get("engine"):
        return str(ask.get("engine"))
    if many.followed:
        return "array"
    first = asked.table.total // (1 if asked.table.unit == "points" else LINE)
    size = files.states[0]["size"]
    every = sum(one["size"] for one in files.states)
    return many.choose(first * every // max(1, size) or UNKNOWN)


def _portions(files: Files, task: Task, many: Many) -> Iterator[Portion]:
    """The portions of all files, in order; always the same ones."""
    from ..tables.portions import Portion, cut, is_whole

    for k, (name, state) in enumerate(zip(files.names, files.states, strict=True)):
        size = state["size"]
        if is_whole(files.kind, size, len(files.names)):
            yield Portion(k, None, None, size)
            continue
        source, _ = opened(task, many, name)
        try:
            yield from cut(source, k, size)
        finally:
            source.close()


def _work(hands: Any, folder: Folder, task: Task, files: Files, many: Many, ask: Ask) -> list[Note]:
    """Have all parts done that are not there. What is to be said of who does them."""
    from .. import __version__

    notes: list[Note] = []
    path = folder.file("task")
    seal = write_task(task, path)
    if ask.get("cluster"):
        held, note = _held(hands.ask(about_worker, path, seal), task, ask)
        if note:
            notes.append(note)
            task = task._replace(recipe=task.recipe._replace(engine=held))
            seal = write_task(task, path)
    sizes: dict[int, float] = {}
    done = [0.0]

    def parts() -> Parts:
        for k, portion in enumerate(_portions(files, task, many)):
            if k in folder.taken:
                done[0] += portion.size
                continue
            sizes[k] = portion.size
            target = folder.file(folder.name(k))
            file = portion.file
            yield (
                k,
                (
                    FORM,
                    __version__,
                    path,
                    seal,
                    files.paths[file],
                    files.states[file],
                    portion.start,
                    portion.stop,
                    target,
                ),
            )

    total = sum(one["size"] for one in files.states)
    with progress.stage(ask.get("points"), total, "B", lambda: done[0]), progress.stage(ask.get("points")):
        for k, answer in hands.do(do_portion, parts()):
            if "problem" in answer:
                raise _problem(answer, files, bool(ask.get("cluster")))
            answer["told"] = [_named(one, files) for one in answer["told"]]
            folder.add(k, answer)
            done[0] += sizes.pop(k)
    return notes


def _named(text: str, files: Files) -> str:
    """A message with the file's name as it was given."""
    for path, name in zip(files.paths, files.names, strict=True):
        if text.startswith((f"{path}:", f"{path}, ")):
            return name + text[len(path) :]
    return text


def _problem(answer: dict[str, Any], files: Files, elsewhere: bool) -> DcalcError:
    kind, message, hint = answer["problem"]
    where = f" (on {answer['host']})" if elsewhere else ""
    return DcalcError(kind, f"{_named(message, files)}{where}", hint=hint)


# -- by whom --------------------------------------------------------------------------------------------------------


def _hands(ask: Ask) -> AbstractContextManager[Any]:
    if ask.get("cluster") is None:
        return Here()
    from ..cluster import Cluster
    from ..evaluate.blocks import processors

    return Cluster(ask.get("cluster"), processors())


def _held(said: dict[str, Any], task: Task, ask: Ask) -> tuple[str, Note | None]:
    """The engine that all workers have. DcalcError where one cannot do the work."""
    from .. import __version__

    workers: dict[str, Worker] = {}
    for address, found in said.items():
        if isinstance(found, BaseException):
            text = f"{type(found).__name__}: {found}".partition("\n")[0][:200]
            missing = isinstance(found, ImportError)
            hint = "install dcalc there, the same version" if missing else None
            raise DcalcError("usage", f"the worker {address} cannot run dcalc: {text}", hint=hint)
        form, version = found[:2]
        if (form, version) != (FORM, __version__):
            message = f"the worker {address} has dcalc {version}, here is {__version__}"
            raise DcalcError("usage", message, hint="install the same version there")
        workers[address] = Worker(*found)
    for address, worker in workers.items():
        if not worker.sees:
            where = f"the worker {address} on {worker.host}"
            raise DcalcError("usage", f"{where} cannot read and write where --out is", hint=SHARED)
    needs_arrow = {task.form} & {"parquet", "arrow", "arrows"}
    for address, worker in workers.items():
        if worker.arrow and needs_arrow:
            raise DcalcError("usage", f"the worker {address}: {worker.arrow}", hint="pip install 'dcalc[data]' there")
    engine = task.recipe.engine or "array"
    without = next((one for one in workers.items() if one[1].llvm), None)
    if engine != "llvm" or without is None:
        return engine, None
    if ask.get("engine") == "llvm":
        raise DcalcError("usage", f"the worker {without[0]}: {without[1].llvm}", hint="pip install 'dcalc[fast]' there")
    message = f"the engine is array, as the worker {without[0]} has no llvm: {without[1].llvm}"
    return "array", Note("engine", f"{message}; numbers may differ in the last place")


class Here:
    """Threads of this process."""

    def __init__(self) -> None:
        self._halt = threading.Event()

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *given: object) -> None:
        self._halt.set()

    def do(self, function: Callable[..., Any], parts: Parts) -> Iterator[tuple[int, Any]]:
        """See `Cluster.do`."""
        from concurrent.futures import Future, ThreadPoolExecutor

        from ..evaluate.blocks import processors

        threads = processors() + 1  # while one writes another computes
        pool = ThreadPoolExecutor(threads, thread_name_prefix="dcalc-part")
        waiting: deque[tuple[int, Future[Any]]] = deque()
        try:
            for k, given in parts:
                waiting.append((k, pool.submit(function, *given, halt=self._halt)))
                if len(waiting) > threads:
                    number, future = waiting.popleft()
                    yield number, future.result()
            while waiting:
                number, future = waiting.popleft()
                yield number, future.result()
        finally:
            self._halt.set()
            pool.shutdown(wait=True, cancel_futures=True)
