"""`dcalc batch`: jobs from a file, answered by processes that are held to their limits, answers in the same order."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .. import progress
from ..errors import EXIT_FAILED, EXIT_OK, DcalcError
from .answers import Filed, Printed, answers_to
from .pool import Pool
from .reader import Reader
from .worker import Settings


def run_batch(name: str, options: dict[str, Any]) -> int:
    """Answer the jobs of a file (`-`: standard input). Returns the exit status: 1 where a job failed.

    Raises DcalcError where the file cannot be read or the answers cannot be written.
    """
    from ..commands.batch import MEMORY, TIMEOUT

    out = options.get("out", "")
    with _opened(name) as descriptor:
        reader = Reader(descriptor, name)
        is_csv = reader.begin()
        form = options.get("format")
        settings = Settings(
            options.get("timeout", TIMEOUT),
            int(options.get("memory", MEMORY)) * 10**6,
            is_csv if form is None else form == "csv",
            bool(options.get("allow-files")),
        )
        if settings.csv:
            from ..render.jobs import COLUMNS, csv_row

            head, end = f"{csv_row(list(COLUMNS))}\r\n".encode(), b"\r\n"
        else:
            head, end = b"", b"\n"
        target = answers_to(out, head, reader, settings, resume=bool(options.get("resume")))
        try:
            if not target.whole:
                pool = Pool(reader, settings, options.get("jobs") or _processors())
                counts = _write(pool, reader, target, end)
            else:
                counts = target.counts
            target.finish()
        except BaseException as problem:
            raise target.stopped(problem) from None
    return _summary(counts, out)


@contextmanager
def _opened(name: str) -> Iterator[int]:
    """A file that is open for reading."""
    if name == "-":
        try:
            descriptor = sys.stdin.buffer.fileno()
        except OSError:  # it is a text in memory, as in tests
            with tempfile.TemporaryFile() as file:
                file.write(sys.stdin.buffer.read())
                file.seek(0)
                yield file.fileno()
            return
        yield descriptor
        return
    try:
        descriptor = os.open(os.path.expanduser(name), os.O_RDONLY | getattr(os, "O_BINARY", 0))  # noqa: PTH111
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise IsADirectoryError(0, "it is a folder")
    except OSError as problem:
        hint = "batch takes the name of a file of jobs, - is standard input"
        raise DcalcError("usage", f"cannot read {name}: {problem.strerror}", hint=hint) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write(pool: Pool, reader: Reader, target: Printed | Filed, end: bytes) -> Counter[str]:
    """Write the answers as they come, `end` behind each; counts all by the kind of their failure, "" for none."""
    counts = target.counts.copy()
    facts = os.fstat(reader.descriptor)
    size = facts.st_size if stat.S_ISREG(facts.st_mode) else 0
    with progress.stage("answering", size, "B" if size else "jobs", probe=lambda: pool.done if size else 0):
        for answers in pool.answers():
            own = Counter(answer.failure for answer in answers)
            counts.update(own)
            with progress.hidden():
                target.add(b"".join([answer.text.encode() + end for answer in answers]), counts.total(), own)
            if not size:
                progress.advance(len(answers))
    return counts


def _summary(counts: Counter[str], out: str) -> int:
    """Say on stderr what became of the jobs; the exit status."""
    total, failed = counts.total(), counts.total() - counts[""]
    words = f"{total} job{'s' * (total != 1)}"
    if failed:
        kinds = ", ".join(f"{kind} {counts[kind]}" for kind in sorted(counts) if kind)
        words += f", {failed} failed ({kinds})"
    print(words + (f"; written to {out}" if out not in ("", "-") else ""), file=sys.stderr)
    return EXIT_FAILED if failed else EXIT_OK


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
