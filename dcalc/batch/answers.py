"""Where a batch's answers go: to a stream as they come, or to a file that is whole or not there, and may be resumed."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

from ..errors import DcalcError

if TYPE_CHECKING:
    from ..tables.journal import Result
    from .reader import Reader
    from .worker import Settings


class Printed:
    """Answers on standard output: none is there before the first."""

    whole = False

    def __init__(self, head: bytes) -> None:
        self.counts: Counter[str] = Counter()
        self.add(head, 0, Counter())

    def add(self, text: bytes, jobs: int, counts: Counter[str]) -> None:
        """Write answers. jobs: how many are answered now, counts: how these fared."""
        try:
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            from ..tables.atomic import cannot_write

            raise cannot_write("standard output", problem) from None

    def finish(self) -> None:
        """All are answered."""

    def stopped(self, problem: BaseException) -> BaseException:
        """What is raised in place of a problem that ends all before its end."""
        return problem


class Filed:
    """Answers in a file. counts: of those that an earlier run has left; whole: these are all."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self.whole = result.whole
        self.counts: Counter[str] = Counter()
        for one in result.taken:
            self.counts.update(one.tally)

    def add(self, text: bytes, jobs: int, counts: Counter[str]) -> None:
        """See Printed."""
        from ..tables.journal import Taken, checksum
        from ..tables.writer import Encoded

        self._result.add(Encoded([text], counts.total()), checksum([text]), Taken((jobs,), counts))

    def finish(self) -> None:
        """See Printed."""
        self._result.finish()

    def stopped(self, problem: BaseException) -> BaseException:
        """See Printed."""
        return self._result.stopped(problem)


def answers_to(out: str, head: bytes, reader: Reader, settings: Settings, *, resume: bool) -> Printed | Filed:
    """Where answers go; the reader leaves out those jobs that an interrupted run has answered. Raises DcalcError."""
    if out in ("", "-"):
        if resume:
            raise DcalcError("usage", "only what is written to a file can be resumed", hint="name it: --out FILE")
        return Printed(head)
    from .. import __version__
    from ..tables.journal import result_at
    from ..tables.lines import seal
    from ..tables.writer import Writer

    class Answers(Writer):
        """A file of answers: a head, and one answer behind the other."""

        def __init__(self) -> None:
            pass

        def head(self, rows: int) -> bytes:
            return head

    with os.fdopen(os.dup(reader.descriptor), "rb") as file:
        before = None if reader.name == "-" else seal(file)
    if resume and before is None:
        raise DcalcError("usage", f"{reader.name} cannot be resumed", hint="jobs in a file can be read again")
    work = {"version": __version__, "points": reader.name, "source": before, "options": settings._asdict()}
    filed = Filed(result_at(out, Answers(), work, resume=resume))
    reader.skip(filed.counts.total())
    return filed
