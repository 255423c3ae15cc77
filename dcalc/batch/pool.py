"""The processes that answer jobs: chunks of lines go out, answers come back in the order of the lines.

A worker that takes too long over a job, or dies of one, is replaced; that job is an error (one that killed its worker
is tried once more, alone: it may have been the job before that took the memory), and what else it had is done again.
"""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.sharedctypes import RawArray
from typing import Any, NamedTuple

from ..errors import DcalcError
from ..render.jobs import failure_body, line, row
from .reader import Item, Reader
from .worker import Settings, out_of_time, serve

#: Seconds that a worker has to stop a job itself before it is ended.
GRACE = 1.0
#: Jobs of a chunk, and the seconds that one should take.
MOST_JOBS, CHUNK = 256, 0.05
#: Bytes of a chunk that is sent to a worker that is busy: what a pipe holds, so that nobody waits for the other.
SMALL = 1 << 14
#: Jobs that may be under way beyond the first that has no answer, and bytes of answers that wait for that one.
MOST_AHEAD, MOST_WAITING = 20_000, 1 << 28
#: Jobs that are read ahead of the workers.
READ_AHEAD = 4096
#: Workers that may die before they are at a job.
MOST_STILLBORN = 8
#: What a new process has loaded already, since it is a copy of one that has: workers are replaced within milliseconds.
PRELOAD = "dcalc.batch.ready"


class Answer(NamedTuple):
    """An answer: its line without the end, and the kind of the failure, "" for none."""

    text: str
    failure: str


class _Chunk(NamedTuple):
    first: int
    items: list[Item]


class _Worker:
    """A process with its pipes, and what it has been given and not answered yet."""

    def __init__(self, context: Any, settings: Settings) -> None:
        there, self.tasks = context.Pipe(duplex=False)
        self.answers, back = context.Pipe(duplex=False)
        #: which job it is at, and since when
        self.beat = RawArray("d", [-1.0, 0.0])
        self.process = context.Process(target=serve, args=(there, back, self.beat, settings), daemon=True)
        self.process.start()
        there.close()
        back.close()
        self.chunks: deque[_Chunk] = deque()
        #: jobs a second, for the size of chunks
        self.rate = 200.0
        self.since = 0.0

    def give(self, chunk: _Chunk) -> None:
        """Send a chunk. Raises OSError where the process is no more."""
        lines = [b"%s%d\t%s" % (b"J" if one.good else b"E", one.number, one.text) for one in chunk.items]
        if not self.chunks:
            self.since = time.monotonic()
        self.chunks.append(chunk)
        self.tasks.send_bytes(b"\n".join([b"%d" % chunk.first, *lines]))

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.tasks.close()
        self.answers.close()


class Pool:
    """Answers the jobs of a reader with so many processes."""

    def __init__(self, reader: Reader, settings: Settings, count: int) -> None:
        self._reader = reader
        self._settings = settings
        self._context = _context()
        self._count = count
        self._workers: list[_Worker] = []
        #: what is read and given to nobody yet; what was taken back from a worker goes first
        self._back: deque[_Chunk] = deque()
        self._items: deque[Item] = deque(reader.taken())
        self._given = 0
        #: the first job without an answer, and the answers beyond it
        self._next = 0
        self._done: dict[int, Answer] = {}
        self._waiting = 0
        #: jobs of which a worker died
        self._deadly: set[int] = set()
        #: workers that died of no job
        self._stillborn = 0
        self._polls = not stat.S_ISREG(os.fstat(reader.descriptor).st_mode)

    @property
    def done(self) -> float:
        """How many bytes of the file are answered, about: what is read ahead is not."""
        return self._reader.done * self._next / max(self._given + len(self._items), 1)

    def answers(self) -> Iterator[list[Answer]]:
        """The answers in order, as many at a time as there are."""
        try:
            while True:
                self._read()
                self._hand_out()
                if not self._busy() and not self._items and self._reader.ended:
                    return
                self._collect()
                ready = []
                while self._next in self._done:
                    answer = self._done.pop(self._next)
                    self._waiting -= len(answer.text)
                    self._next += 1
                    ready.append(answer)
                if ready:
                    yield ready
        finally:
            for worker in self._workers:
                worker.end()
            self._workers.clear()

    def _busy(self) -> bool:
        return bool(self._back) or any(worker.chunks for worker in self._workers)

    def _wants(self) -> bool:
        """Whether more should be read."""
        return not self._reader.ended and len(self._items) < READ_AHEAD

    def _read(self) -> None:
        """Read what there is of a file; what comes from a pipe is read when it has come."""
        while self._wants() and not self._polls:
            self._items += self._reader.read()

    def _hand_out(self) -> None:
        """Give the workers something to do; start those that are missing."""
        while self._items or self._back:
            free = [worker for worker in self._workers if not worker.chunks]
            if not free and len(self._workers) < self._count:
                free = [_Worker(self._context, self._settings)]
                self._workers += free
            some = free or [worker for worker in self._workers if len(worker.chunks) < 2]
            if not some:
                return
            chunk = self._chunk(some[0], idle=bool(free))
            if chunk is None:
                return
            try:
                some[0].give(chunk)
            except OSError:
                self._lost(some[0])

    def _chunk(self, worker: _Worker, *, idle: bool) -> _Chunk | None:
        """The next jobs for a worker; None where it should wait."""
        if self._back:
            return self._back.popleft() if idle else None
        if self._given - self._next > MOST_AHEAD or self._waiting > MOST_WAITING:
            return None
        most = max(1, min(MOST_JOBS, int(worker.rate * CHUNK), -(-len(self._items) // self._count)))
        items: list[Item] = []
        size = 0
        while self._items and len(items) < most:
            size += len(self._items[0].text) + 16
            if size > SMALL and (items or not idle):
                break
            items.append(self._items.popleft())
        if not items:
            return None
        self._given += len(items)
        return _Chunk(self._given - len(items), items)

    def _collect(self) -> None:
        """Wait for answers, for more lines, or for a worker's time to run out."""
        sources: list[Any] = [worker.answers for worker in self._workers]
        if self._polls and self._wants():
            sources.append(self._reader.descriptor)
        busy = any(worker.chunks for worker in self._workers)
        ready = wait(sources, min(1.0, self._settings.timeout) if busy else None)
        for worker in list(self._workers):
            if worker.answers in ready:
                self._receive(worker)
            elif worker.chunks:
                self._watch(worker)
        if self._reader.descriptor in ready:
            self._items += self._reader.read()

    def _receive(self, worker: _Worker) -> None:
        try:
            lines = worker.answers.recv_bytes().split(b"\n")
        except (EOFError, OSError):
            self._lost(worker)
            return
        for one in lines:
            head, _, text = one.partition(b"\t")
            chunk = worker.chunks[0]
            self._answered(chunk.first, Answer(text.decode().replace("\0", "\n"), head[1:].decode()))
            if len(chunk.items) > 1:
                worker.chunks[0] = _Chunk(chunk.first + 1, chunk.items[1:])
            else:
                worker.chunks.popleft()
        now = time.monotonic()
        worker.rate = 0.5 * worker.rate + 0.5 * len(lines) / max(now - worker.since, 1e-6)
        worker.since = now

    def _answered(self, index: int, answer: Answer) -> None:
        self._done[index] = answer
        self._waiting += len(answer.text)

    def _watch(self, worker: _Worker) -> None:
        """End a worker that takes longer over a job than it would of its own accord."""
        job, since = worker.beat
        if job < 0 or time.monotonic() - since <= self._settings.timeout + GRACE:
            return
        self._blame(worker, int(job), out_of_time(self._settings.timeout))

    def _lost(self, worker: _Worker) -> None:
        """A worker died."""
        worker.process.join()
        job = int(worker.beat[0])
        if not any(chunk.first <= job < chunk.first + len(chunk.items) for chunk in worker.chunks):
            self._stillborn += 1
            if self._stillborn > MOST_STILLBORN:
                message = f"the processes that are to answer jobs end at once ({_how(worker.process.exitcode)})"
                raise DcalcError("internal", message, hint="is there enough memory for --jobs so many processes?")
        message = f"the process that computed this job died ({_how(worker.process.exitcode)})"
        hint = f"it may take more than {self._settings.memory // 10**6} MB: --memory allows more"
        self._blame(worker, job, DcalcError("limit", message, hint=hint) if job in self._deadly else None)
        self._deadly.add(job)

    def _blame(self, worker: _Worker, job: int, problem: DcalcError | None) -> None:
        """End a worker. Its job has this problem, or is tried again alone; all else goes back."""
        worker.end()
        self._workers.remove(worker)
        back: list[_Chunk] = []
        for chunk in worker.chunks:
            place = job - chunk.first
            if not 0 <= place < len(chunk.items):
                back.append(chunk)
                continue
            if place:
                back.append(_Chunk(chunk.first, chunk.items[:place]))
            if problem is None:
                back.append(_Chunk(job, [chunk.items[place]]))
            else:
                self._answered(job, self._failure(chunk.items[place], problem))
            if place + 1 < len(chunk.items):
                back.append(_Chunk(job + 1, chunk.items[place + 1 :]))
        self._back.extendleft(reversed(back))

    def _failure(self, item: Item, problem: DcalcError) -> Answer:
        from ..commands.batch.job import MISSING, JobError, read_job

        id: Any = MISSING
        try:
            id = read_job(item.text.decode()).id
        except JobError as found:
            id = found.id
        except UnicodeDecodeError:
            pass
        write = row if self._settings.csv else line
        return Answer(write(id, item.number, failure_body(problem)), problem.kind)


def _how(code: int | None) -> str:
    """How a process ended."""
    import signal

    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    return f"exit status {code}"


def _context() -> Any:
    """How processes are started: as copies of one that has loaded all that is needed, where the system can."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([PRELOAD])
        return context
    return multiprocessing.get_context("spawn")
