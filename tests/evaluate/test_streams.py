"""Results in memory: rows at any address, written past the caches or not, and no more memory than blocks take."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from dcalc.evaluate import engines
from dcalc.evaluate.batch import Batch, rows_of
from dcalc.evaluate.plan import Plan, make_plan
from dcalc.sweeps.reverse import gradient

from ..tools import graph_of

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(bool(engines.unavailable()), reason=engines.unavailable() or "-"))
TEXT = "(x^2*y + y^2*z + z*x)/(1 + x^2 + y^2 + z^2)"


def plan_of(text: str) -> Plan:
    lowered = graph_of(text)
    assert lowered.output is not None
    graph = lowered.graph
    leaves = [graph.input(name) for name in ("x", "y", "z")]
    return make_plan(graph, [lowered.output, *gradient(graph, lowered.output, leaves)])


def by_hand(x: Any, y: Any, z: Any) -> Any:
    top, under = x * x * y + y * y * z + z * x, 1 + x * x + y * y + z * z
    value = top / under
    partials = 2 * x * y + z - 2 * x * value, x * x + 2 * y * z - 2 * y * value, y * y + x - 2 * z * value
    return np.array([value, *(partial / under for partial in partials)])


@pytest.mark.skipif(bool(engines.unavailable()), reason=engines.unavailable() or "-")
@pytest.mark.parametrize("stream", [0, 10**12])
def test_every_point_is_written_and_nothing_else(stream: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcalc.evaluate.llvm.program.STREAM", stream)
    monkeypatch.setattr("dcalc.evaluate.llvm.program.STREAM_PRICE", -(10**9))
    plan = plan_of(TEXT)
    chance = np.random.default_rng(5)
    for size in (8, 255, 256, 257, 1000, 1003, 4096):
        for first in range(9):
            for spare in (0, 1, 8):  # rows that begin alike in the cache's lines, and others
                stride = size + 32 + spare
                whole = np.full((4, stride), 7.0)
                out = whole[:, first : first + size]
                batch = {name: chance.uniform(0.5, 2, size + first)[first:] for name in "xyz"}
                program = Batch(plan, batch)
                columns = {given.slot: batch[given.name] for given in plan.inputs}
                program._program.runner(columns, [], out, program._kernel)(0, size)
                assert np.allclose(out, by_hand(**batch), rtol=1e-12, atol=1e-13)
                assert (whole[:, :first] == 7).all()
                assert (whole[:, first + size :] == 7).all()


@pytest.mark.parametrize("engine", [LLVM, "array"])
def test_memory_is_bounded_by_the_blocks_whatever_the_number_of_points(engine: str) -> None:
    plan = plan_of(f"sin(x)*{TEXT} + exp(y)")
    peaks = []
    for size in (400_000, 1_600_000):
        batch = {name: np.full(size, 1.5) for name in "xyz"}
        out = np.empty((4, size))
        program = Batch(plan, batch)
        program.run({}, batch, size, engine=engine, out=out)
        tracemalloc.start()
        program.run({}, batch, size, engine=engine, out=out)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] + 100_000
    assert peaks[1] < 12_000_000


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 1000])
def test_rows_begin_at_lines_of_the_cache(size: int) -> None:
    rows = rows_of(3, size)
    assert rows.shape == (3, size)
    assert not any(row.ctypes.data % 64 for row in rows if size)


@pytest.mark.skipif(bool(engines.unavailable()), reason=engines.unavailable() or "-")
def test_streams_are_compiled_only_for_what_is_large_and_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcalc.evaluate.llvm.program.STREAM", 100_000)
    monkeypatch.setattr("dcalc.evaluate.llvm.program.STREAM_PRICE", 300_000)
    monkeypatch.setattr("dcalc.evaluate.llvm.program.STREAM_EACH", 0)
    plan = plan_of(TEXT)
    batch = {name: np.full(4_000, 1.5) for name in "xyz"}
    program = Batch(plan, batch)
    ready = []
    for size in (3_000, 4_000, 4_000, 4_000):  # 96 kB are small; three times 128 kB pay
        program.run({}, {name: column[:size] for name, column in batch.items()}, size, engine="llvm")
        ready.append("_streaming" in program._program.__dict__)
    assert ready == [False, False, False, True]
