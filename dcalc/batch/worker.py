"""A process that answers jobs: it reads chunks of lines from a pipe and writes the answers to another.

A chunk is `first number` on a line and then a line for each job: a letter, the number of its line in the file, a tab,
and the text. The letters: J a job, E a line that could not be taken apart (the text is why). An answer is a letter
(`.` well, `x` failed), the kind of the failure, a tab, and the answer's line.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, MutableSequence
from multiprocessing.connection import Connection
from types import FrameType
from typing import NamedTuple

from ..commands.batch.compute import Kept, compute
from ..commands.batch.job import MISSING, JobError, read_job
from ..errors import DcalcError
from ..render.jobs import done_body, failure_body, line, row
from .seal import hold_memory, seal

#: Seconds after which answers are handed on though the chunk is not done, and how many bytes of them are at once.
SOON, MUCH = 0.02, 1 << 16
#: A timer's signal that came while a module was imported is given again so soon.
AGAIN = 0.005
#: Jobs after which garbage is collected.
ROUND = 200


class Settings(NamedTuple):
    """What a batch asks of its workers. memory: bytes. csv: answers are rows. files: jobs may read some."""

    timeout: float
    memory: int
    csv: bool
    files: bool


class OutOfTimeError(BaseException):
    """The job took too long. No `except Exception` stops it."""


class Clock:
    """Raises OutOfTimeError in the middle of a job that takes too long; what the signal cannot stop, the parent ends.

    Where there is no such signal, the parent alone watches.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._armed = False
        self._works = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        if self._works:
            signal.signal(signal.SIGALRM, self._ring)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        while frame is not None:  # half of an imported module would stay behind
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                return
            frame = frame.f_back
        if self._armed:
            # Once: it may come as the job ends. Should it be lost in a finaliser, the parent ends the process.
            self._armed = False
            raise OutOfTimeError

    def start(self) -> None:
        """A job begins."""
        if self._works:
            self._armed = True
            signal.setitimer(signal.ITIMER_REAL, self.seconds, AGAIN)

    def stop(self) -> None:
        """It has ended."""
        self._armed = False
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, 0)


class Answering:
    """Answers jobs one after the other."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.kept = Kept()
        self.clock = Clock(settings.timeout)
        self._write = row if settings.csv else line

    def answer(self, kind: bytes, number: int, text: bytes) -> tuple[str, str]:
        """The kind of the failure ("" for none) and the answer to one line."""
        failure, id, body = self._guarded(kind, text)
        return failure, self._write(id, number, body).replace("\0", "\N{REPLACEMENT CHARACTER}")

    def _guarded(self, kind: bytes, text: bytes) -> tuple[str, object, dict[str, object]]:
        id: object = MISSING
        problem: DcalcError
        try:
            try:
                if kind == b"E":
                    raise JobError(DcalcError("usage", text.decode()))
                self.clock.start()
                job = read_job(_decoded(text))
                id = job.id
                done = compute(job, self.kept, files=self.settings.files)
                body = done_body(done)
                self.clock.stop()
                disagree = body.get("agree") is False
                return "disagreement" if disagree else "", id, body
            finally:
                self.clock.stop()
        except OutOfTimeError:
            problem = out_of_time(self.settings.timeout)
        except JobError as found:
            problem, id = found.problem, found.id
        except DcalcError as found:
            problem = found
        except MemoryError:
            self.kept.forget()
            gc.collect()
            problem = out_of_memory(self.settings.memory)
        except RecursionError:
            problem = DcalcError("limit", "this is nested too deeply")
        except Exception as fault:
            problem = DcalcError("internal", f"{type(fault).__name__}: {fault}", hint="please report this job")
        problem.hint = in_keys(problem.hint)
        return problem.kind, id, failure_body(problem)


def out_of_time(seconds: float) -> DcalcError:
    """The failure of a job that takes too long."""
    message = f"the job takes longer than {seconds:g} s"
    return DcalcError("limit", message, hint="--timeout on the command line allows more")


def out_of_memory(size: int) -> DcalcError:
    """The failure of a job that takes too much memory."""
    message = f"the job takes more than {size // 10**6} MB of memory"
    return DcalcError("limit", message, hint="--memory on the command line allows more")


def in_keys(hint: str | None) -> str | None:
    """A hint for the command line as a job has it: `"at": {…}` for `--at`."""
    if not hint or "--" not in hint:
        return hint
    import re

    from ..commands.batch.job import KEYS, SWITCHES

    names = "|".join(sorted(KEYS, key=len, reverse=True))
    hint = re.sub(r"--(wrt|backend|scheme|at-kink|order|steps) ([\w,…]+)", r'"\1": "\2"', hint)
    hint = re.sub(rf"--({'|'.join(SWITCHES)})\b", r'"\1": true', hint)
    return re.sub(rf"--({names})\b", r'"\1":', hint)


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as problem:
        error = DcalcError("usage", f"the line is not UTF-8 (byte {problem.start + 1})", hint="save it as UTF-8 text")
        raise JobError(error) from None


def serve(tasks: Connection, answers: Connection, beat: MutableSequence[float], settings: Settings) -> None:
    """Answer chunks until the pipe is closed. beat: which job is being answered (-1: none), and since when."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told as well, and ends its workers
    # A copy of a process that has it loaded has it already; one that began anew, as on Windows, could not be sealed.
    from . import ready  # noqa: F401

    hold_memory(settings.memory)
    seal(reading=settings.files)
    gc.disable()
    answering = Answering(settings)
    count = 0
    while True:
        try:
            chunk = tasks.recv_bytes()
        except (EOFError, OSError):
            return
        first, *lines = chunk.split(b"\n")
        try:
            _answer_chunk(answering, int(first), lines, beat, answers.send_bytes)
        except ConnectionError:  # the parent was killed: there is nobody to answer
            return
        count += len(lines)
        if count >= ROUND:
            count = 0
            gc.collect(1)


def _answer_chunk(
    answering: Answering, index: int, lines: list[bytes], beat: MutableSequence[float], send: Callable[[bytes], None]
) -> None:
    begun, size, ready = time.monotonic(), 0, list[bytes]()
    for place, one in enumerate(lines):
        head, _, text = one.partition(b"\t")
        beat[1] = now = time.monotonic()
        beat[0] = index + place
        if ready and (now - begun > SOON or size > MUCH):
            send(b"\n".join(ready))
            begun, size, ready = now, 0, []
        failure, answer = answering.answer(head[:1], int(head[1:]), text)
        # A cell of CSV may hold ends of lines; no answer holds the character 0.
        found = f"{'x' if failure else '.'}{failure}\t{answer}".replace("\n", "\0").encode()
        ready.append(found)
        size += len(found)
    beat[0] = -1
    send(b"\n".join(ready))
