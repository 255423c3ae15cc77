"""The engines against one another: the same numbers over the whole table; which one is chosen, and without LLVM."""

from __future__ import annotations

import math
import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.errors import DcalcError
from dcalc.evaluate import engines
from dcalc.evaluate.batch import Batch, evaluate_batch
from dcalc.evaluate.plan import make_plan
from dcalc.evaluate.scalar import Scalar
from dcalc.graph.graph import Graph
from dcalc.primitives import TABLE
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.reverse import gradient
from dcalc.sweeps.rounding import rounding

from ..tools import graph_of, points, texts

inf, nan = math.inf, math.nan
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1 / 3, 2.0, -2.0, 3.0, -3.0, 171.7, -170.5, 710.5, -746.0, 1e22, 3e8)
SPECIAL += (1e308, -1e308, 5e-324, -5e-324, 1e-310, inf, -inf, nan)
NUMBERS = [e for e in TABLE.values() if not e.shapes and e.kind != "composite"]
COMPILED = [
    pytest.param("llvm", marks=pytest.mark.skipif(bool(engines.unavailable()), reason=engines.unavailable() or "-")),
    "array",
]


def ulps(a: float, b: float) -> float:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        return inf
    return abs(a - b) / math.ulp(max(abs(a), abs(b)))


def columns_of(names: tuple[str, ...], where: list[tuple[float, ...]]) -> dict[str, Any]:
    return {name: np.array([point[k] for point in where]) for k, name in enumerate(names)}


@pytest.mark.parametrize("engine", COMPILED)
@pytest.mark.parametrize("entry", NUMBERS, ids=lambda entry: entry.name)
def test_each_entry_is_what_it_is_at_one_point(entry: Any, engine: str) -> None:
    if entry.name in ("digamma", "polygamma", "polygamma_gap"):
        pytest.importorskip("scipy")
    graph = Graph()
    names = entry.parameters[entry.static :]
    node = graph.emit(entry.name, tuple(map(graph.input, names)), 1 if entry.static else None)
    chance = np.random.default_rng(7)
    where = [tuple(chance.uniform(*side) for side in entry.sample[entry.static :]) for _ in range(100)]
    where += [point[entry.static :] for point in entry.extreme]
    where += product(SPECIAL if len(names) < 3 else SPECIAL[1::3], repeat=len(names))
    program = Scalar(make_plan(graph, [node]))
    (found,) = evaluate_batch(graph, [node], {}, columns_of(names, where), len(where), engine=engine)
    for point, value in zip(where, found.tolist(), strict=True):
        (expected,) = program.run(dict(zip(names, point, strict=True)))
        # A formula may cancel what its kernels' last digits are.
        assert ulps(value, expected) <= (4 if entry.value is None else 64), (point, value, expected)


ROUNDED_ONCE = "+ - * / neg abs sqrt max min relu sign floor ceil round < <= > >= == != and or not mod"


@pytest.mark.skipif(bool(engines.unavailable()), reason="nothing can be compiled here")
@pytest.mark.parametrize("op", ROUNDED_ONCE.split())
def test_what_is_rounded_once_is_exact_to_the_sign_of_zero(op: str) -> None:
    graph = Graph()
    names = TABLE[op].parameters
    node = graph.emit(op, tuple(map(graph.input, names)))
    where = list(product((*SPECIAL, 2.5, 3.5, -0.2, 0.7, 1e16, 2.0**53 + 1), repeat=len(names)))
    (found,) = evaluate_batch(graph, [node], {}, columns_of(names, where), len(where), engine="llvm")
    program = Scalar(make_plan(graph, [node]))
    for point, value in zip(where, found.tolist(), strict=True):
        (expected,) = program.run(dict(zip(names, point, strict=True)))
        assert (value == expected and math.copysign(1, value) == math.copysign(1, expected)) or (
            math.isnan(value) and math.isnan(expected)
        ), (point, value, expected)


MIXED = "[x*y, 2, x, log(a), a, gamma(x)*sin(y), exp(lgamma(sin(y) + 2)) + x, x, if(x > 2, y, a), x^2]"


@pytest.mark.parametrize("engine", ["scalar", *COMPILED])
@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, 20_001])
def test_outputs_of_all_kinds_and_sizes(engine: str, size: int) -> None:
    if engine == "scalar" and size > 1000:
        pytest.skip("slow")
    lowered = graph_of(MIXED)
    graph = lowered.graph
    rows = graph.components(lowered.output)  # type: ignore[arg-type]
    chance = np.random.default_rng(3)
    table = chance.uniform(1, 3, (size, 2))
    batch = {"x": table[:, 0], "y": table[:, 1]}  # strided columns
    out = np.full((len(rows), size), nan)
    found = evaluate_batch(graph, rows, {"a": 5.0}, batch, size, engine=engine, out=out)
    assert all(np.shares_memory(one, out) for one in found if size)
    program = Scalar(make_plan(graph, rows))
    for k in range(0, size, max(1, size // 50)):
        expected = program.run({"a": 5.0, "x": table[k, 0], "y": table[k, 1]})
        assert all(ulps(float(one[k]), value) <= 16 for one, value in zip(found, expected, strict=True))


@pytest.mark.parametrize("engine", COMPILED)
def test_threads_and_blocks_compute_every_point(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcalc.evaluate.batch.processors", lambda: 3)
    monkeypatch.setattr("dcalc.evaluate.batch.WORK_OF_THREADS", 0)
    lowered = graph_of("x*y + sin(x)")
    graph = lowered.graph
    nodes = [lowered.output, *gradient(graph, lowered.output, [graph.input("x"), graph.input("y")])]  # type: ignore[arg-type]
    for size in (100, 200_003, 600_011):
        x, y = np.linspace(0, 9, size), np.linspace(1, 2, size)
        value, dx, dy = evaluate_batch(graph, nodes, {}, {"x": x, "y": y}, size, engine=engine)  # type: ignore[arg-type]
        assert np.allclose(value, x * y + np.sin(x), rtol=1e-15, atol=1e-15)
        assert np.allclose(dx, y + np.cos(x), rtol=1e-14, atol=1e-15)
        assert np.array_equal(dy, x)


@pytest.mark.parametrize("engine", COMPILED)
def test_long_programs_in_parts(engine: str) -> None:
    lowered = graph_of(" + ".join(f"sin({k + 1}*x)*exp(-y*x)/(y + {k + 1})" for k in range(60)))
    graph = lowered.graph
    output = lowered.output
    nodes = [output, *gradient(graph, output, [graph.input("x"), graph.input("y")])]  # type: ignore[arg-type]
    x, y = np.linspace(0.1, 2, 333), np.linspace(1, 2, 333)
    found = evaluate_batch(graph, nodes, {}, {"x": x, "y": y}, 333, engine=engine)  # type: ignore[arg-type]
    program = Scalar(make_plan(graph, nodes))  # type: ignore[arg-type]
    for k in range(0, 333, 37):
        expected = program.run({"x": float(x[k]), "y": float(y[k])})
        assert np.allclose([one[k] for one in found], expected, rtol=1e-11)


@pytest.mark.skipif(bool(engines.unavailable()), reason="nothing can be compiled here")
@settings(max_examples=25, deadline=None)
@given(texts(3), st.lists(points, min_size=1, max_size=9))
def test_expressions_and_their_derivatives(text: str, where: list[dict[str, float]]) -> None:
    lowered = graph_of(text)
    graph, output = lowered.graph, lowered.output
    assert output is not None
    nodes = [output, derivative(graph, output, graph.input("x"))]
    bounds = rounding(graph, nodes)
    program = Scalar(make_plan(graph, [*nodes, *bounds]))
    batch = {name: np.array([point[name] for point in where]) for name in where[0]}
    columns = np.array(evaluate_batch(graph, nodes, {}, batch, len(where), engine="llvm")).T.tolist()
    for point, found in zip(where, columns, strict=True):
        expected = program.run(point)
        for k in range(2):
            a, b, bound = expected[k], found[k], expected[2 + k]
            if math.isfinite(bound) and math.isfinite(a) and math.isfinite(b):
                assert ulps(a, b) <= 4 or abs(a - b) <= 16 * bound
            elif math.isfinite(bound):
                assert ulps(a, b) <= 4


def plan_of(text: str) -> Any:
    lowered = graph_of(text)
    return make_plan(lowered.graph, [lowered.output])  # type: ignore[list-item]


def test_the_choice() -> None:
    small, long = plan_of("x^2 + y"), plan_of("sin(x)*exp(y) + cos(x)^2")
    assert engines.choose(small, 1000).name == "array"
    assert engines.choose(small, 1000, loaded=False).why == "NumPy takes some 2 µs, compiling 72 ms"
    assert engines.choose(small, 1) == ("scalar", "one point needs no more")
    expected = "array" if engines.unavailable() else "llvm"
    assert engines.choose(long, 10_000_000).name == expected
    assert engines.choose(long, 10_000_000, "array").name == "array"
    with engines.using("scalar"):
        assert engines.choose(long, 10_000_000) == ("scalar", "asked for")
        assert engines.choose(long, 10_000_000, "array").name == "array"
    with pytest.raises(DcalcError, match="no engine fast"), engines.using("fast"):
        pass


def test_options_have_the_same_names() -> None:
    from dcalc.commands import options

    assert options.ENGINES == engines.ENGINES


def test_without_llvmlite_all_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setattr("dcalc.evaluate.llvm.host.find_spec", lambda name: None)
    assert engines.choose(plan_of("sin(x)"), 100_000_000) == ("array", "llvmlite is not installed")
    with pytest.raises(DcalcError) as caught, engines.using("llvm"):
        pass
    assert caught.value.hint == "pip install 'dcalc[fast]'"
    lowered = graph_of("sin(x)")
    (found,) = evaluate_batch(lowered.graph, [lowered.output], {}, {"x": np.ones(300_000)}, 300_000)  # type: ignore[list-item]
    assert np.allclose(found, math.sin(1))


@pytest.mark.skipif(bool(engines.unavailable()), reason="nothing can be compiled here")
def test_where_llvm_fails_numpy_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("LLVM has no registers left")

    monkeypatch.setattr("dcalc.evaluate.llvm.program.load", fail)
    lowered = graph_of("sin(x)*exp(x) + cos(x)^2")
    nodes, batch = [lowered.output], {"x": np.full(5_000_000, 2.0)}
    assert engines.choose(make_plan(lowered.graph, nodes), 5_000_000).name == "llvm"  # type: ignore[arg-type]
    (found,) = evaluate_batch(lowered.graph, nodes, {}, batch, 5_000_000)  # type: ignore[arg-type]
    assert ulps(float(found[-1]), math.sin(2) * math.exp(2) + math.cos(2) ** 2) <= 2
    with pytest.raises(RuntimeError):
        evaluate_batch(lowered.graph, nodes, {}, batch, 5_000_000, engine="llvm")  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["scalar", "array", "llvm"])
def test_arrays_are_left_to_those_who_have_them(engine: str) -> None:
    if engine == "llvm" and engines.unavailable():
        pytest.skip("nothing can be compiled here")
    lowered = graph_of("sum(v*x)", {"v": [1.0, 2.0], "x": 1.0})
    batch = Batch(make_plan(lowered.graph, [lowered.output]), {"x": None})  # type: ignore[list-item]
    (found,) = batch.run({"v": np.array([1.0, 2.0])}, {"x": np.arange(5.0)}, 5, engine=engine)
    assert found.tolist() == [0, 3, 6, 9, 12]


@pytest.mark.parametrize("engine", COMPILED)
def test_what_is_picked_from_an_array_of_every_point(engine: str) -> None:
    lowered = graph_of("v[1]*v[2] + a", {"v": [1.0, 2.0], "a": 1.0})
    table = np.random.default_rng(0).normal(size=(99, 2))
    (found,) = evaluate_batch(lowered.graph, [lowered.output], {"a": 1.0}, {"v": table}, 99, engine=engine)  # type: ignore[list-item]
    assert np.allclose(found, table[:, 0] * table[:, 1] + 1)


def test_a_failure_in_one_thread_is_told() -> None:
    from dcalc.evaluate.blocks import in_blocks

    done = []

    def make() -> Any:
        def block(start: int, stop: int) -> None:
            if start >= 6:
                raise KeyboardInterrupt
            done.append((start, stop))

        return block

    with pytest.raises(KeyboardInterrupt):
        in_blocks(make, 9, 2, 2)
    in_blocks(lambda: lambda a, b: done.append((a, b)), 5, 2, 9)
    assert done[-1][1] <= 5
