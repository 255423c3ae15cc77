"""Work handed to a Dask cluster: a function of ours, for many parts, with whatever plain data it is given.

Dask does again what was on a worker that is lost. What is sent is the function's name and texts, numbers and tuples.
"""

from __future__ import annotations

import logging
import re
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib import import_module
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

from . import progress
from .errors import DcalcError

#: A cluster on this machine, a process for each processor.
LOCAL = "local"
#: What a scheduler's address looks like.
ADDRESS = re.compile(r"([a-z]+://)?[^\s/]+:\d+/?")
#: Seconds: for the scheduler to answer, for the first worker to come, without any worker before giving up, and between
#: two looks whether they are there.
TO_ANSWER, FOR_WORKERS, ALONE, PAUSE = 10.0, 30.0, 60.0, 2.0
#: How often a part that fails by an exception is tried again; those of lost workers are counted by the scheduler.
RETRIES = 2
#: Parts that are handed out, for each thread of the cluster, and at least.
AHEAD, LEAST = 4, 16
#: Answers that are fetched at a time, which costs little more than one.
MOST = 64


class Cluster:
    """A connection to a cluster, as a context. address: of its scheduler, or LOCAL. Raises DcalcError.

    processes: of a cluster that is started here. Whatever the cluster's own log would say stays untold.
    """

    def __init__(self, address: str, processes: int = 1) -> None:
        if address != LOCAL and not ADDRESS.fullmatch(address):
            hint = "such as tcp://127.0.0.1:8786; local starts one on this machine"
            raise DcalcError("usage", f"--cluster {address} is no address of a scheduler", hint=hint)
        self.address, self._processes = address, processes
        self._client: Any = None
        self._started: Any = None
        self._disabled = logging.root.manager.disable

    def __enter__(self) -> Cluster:
        try:
            dask = _dask()
        except ImportError:
            hint = "pip install 'dcalc[cluster]'"
            raise DcalcError("usage", "--cluster needs Dask, which is not installed", hint=hint) from None
        logging.disable(logging.CRITICAL)  # Dask sets the levels of many loggers
        try:
            with progress.stage("starting workers" if self.address == LOCAL else "connecting"):
                if self.address == LOCAL:
                    # A thread each: engines have threads of their own, which are not wanted beside other processes.
                    with _deaf():
                        self._started = dask.LocalCluster(
                            n_workers=self._processes, threads_per_worker=1, processes=True,
                            dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0",
                            silence_logs=logging.CRITICAL, env={"DCALC_THREADS": "1"},
                        )  # fmt: skip
                self._client = dask.Client(self._started or self.address, timeout=TO_ANSWER, set_as_default=False)
                self._client.wait_for_workers(1, timeout=FOR_WORKERS)
        except BaseException as problem:
            answered = self._client is not None
            self._close()
            if isinstance(problem, (OSError, TimeoutError, ValueError)):
                raise self._no_answer(answered) from None
            raise
        return self

    def _no_answer(self, answered: bool) -> DcalcError:
        if answered:
            message, hint = f"the cluster at {self.address} has no workers", f"dask worker {self.address} starts one"
        else:
            message = f"no Dask scheduler answers at {self.address}"
            hint = "`dask scheduler` starts one; --cluster local needs none"
        return DcalcError("usage", message, hint=hint)

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        try:
            for one in (self._client, self._started):
                if one is not None:
                    one.close(timeout=5)
        except (OSError, TimeoutError):  # the other end is gone
            pass
        finally:
            logging.disable(self._disabled)

    def ask(self, function: Callable[..., Any], *given: Any) -> dict[str, Any]:
        """What a function says on each worker, by the worker's address; an exception where it fails there."""
        try:
            found: dict[str, Any] = self._client.run(function, *given, on_error="return")
        except OSError as problem:
            raise self._lost(problem) from None
        return found

    def do(
        self, function: Callable[..., Any], parts: Iterator[tuple[int, tuple[Any, ...]]]
    ) -> Iterator[tuple[int, Any]]:
        """Call a function for each part, (number, arguments); the answers as they come. Left early, the rest ends.

        Raises DcalcError where the cluster fails.
        """
        token = secrets.token_hex(8)
        ready: SimpleQueue[Any] = SimpleQueue()
        waiting: dict[str, tuple[int, Any]] = {}
        heard = time.monotonic()
        room = self._room()
        more, handed = True, 0
        try:
            while True:
                while more and len(waiting) < room:
                    part = next(parts, None)
                    if part is None:
                        more = False
                        break
                    key = f"dcalc-{token}-{part[0]}"
                    future = self._client.submit(function, *part[1], key=key, pure=False, retries=RETRIES)
                    waiting[key] = part[0], future
                    future.add_done_callback(ready.put)
                if not waiting:
                    return
                futures = _next(ready)
                if not futures:
                    if self._workers():
                        heard = time.monotonic()
                    elif time.monotonic() - heard > ALONE:
                        message = f"the cluster at {self.address} has no workers any more"
                        raise DcalcError("limit", message, hint="`dask worker` starts one")
                    continue
                heard = time.monotonic()
                for future, answer in self._answers(futures):
                    number = waiting[future.key][0]
                    if isinstance(answer, TimeoutError) and future.status not in ("error", "cancelled"):
                        future.add_done_callback(ready.put)  # whoever had the answer is lost: it is done again
                        continue
                    if isinstance(answer, BaseException):
                        raise self._failure(number, answer) from None
                    del waiting[future.key]
                    yield number, answer
                    handed += 1
                    if not handed % LEAST:
                        room = max(room, self._room())  # there may be more workers by now
        finally:
            if waiting:
                self._cancel([future for _, future in waiting.values()])

    def _answers(self, futures: list[Any]) -> list[tuple[Any, Any]]:
        """What came of each: an answer, or an exception."""
        if len(futures) > 1 and all(one.status == "finished" for one in futures):
            with suppress(Exception):  # one by one, then
                return [*zip(futures, self._client.gather(futures), strict=True)]
        found = []
        for future in futures:
            try:
                found.append((future, future.result(timeout=ALONE)))
            except (Exception, CancelledError) as problem:  # in some versions the latter is no Exception
                found.append((future, problem))
        return found

    def _cancel(self, futures: list[Any]) -> None:
        with suppress(Exception):  # whatever is wrong, they are let go of
            self._client.cancel(futures, force=True)

    def _info(self) -> Any:
        try:
            return self._client.scheduler_info(n_workers=-1)
        except TypeError:  # older ones tell of all
            return self._client.scheduler_info()
        except (OSError, TimeoutError) as problem:
            raise self._lost(problem) from None

    def _workers(self) -> bool:
        return bool(self._info()["workers"])

    def _room(self) -> int:
        """How many parts are handed out at a time."""
        threads: int = sum(one["nthreads"] for one in self._info()["workers"].values())
        return max(LEAST, AHEAD * threads)

    def _lost(self, problem: BaseException) -> DcalcError:
        return DcalcError("limit", f"the scheduler at {self.address} is gone: {_words(problem)}")

    def _failure(self, number: int, problem: BaseException) -> BaseException:
        if isinstance(problem, _dask().KilledWorker):
            hint = "has every worker enough memory? Its log says why it ended"
            return DcalcError("limit", f"part {number}: one worker after another died of it", hint=hint)
        if isinstance(problem, (CancelledError, OSError)):
            return self._lost(problem)
        if isinstance(problem, Exception) and not isinstance(problem, DcalcError):
            return DcalcError("internal", f"part {number}, on a worker: {_words(problem)}")
        return problem


def _next(ready: SimpleQueue[Any]) -> list[Any]:
    """All that is ready, at least one thing; none where nothing comes for a while."""
    found: list[Any] = []
    with suppress(Empty):
        found.append(ready.get(timeout=PAUSE))
        while len(found) < MOST:
            found.append(ready.get_nowait())
    return found


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started by threads that start here do not hear Ctrl-C, which a terminal tells to all."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # its start would let the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _dask() -> Any:
    """The library, of whose types nothing is asked."""
    return import_module("distributed")


def _words(problem: BaseException) -> str:
    text = str(problem).partition("\n")[0][:200]
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__
