"""The compiled functions against mpmath, and in narrower vectors than this machine's."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from dcalc.evaluate import engines
from dcalc.evaluate.batch import evaluate_batch
from dcalc.evaluate.scalar_kernels import scalar_kernel
from dcalc.graph.graph import Graph
from dcalc.primitives import TABLE

pytestmark = pytest.mark.skipif(bool(engines.unavailable()), reason=engines.unavailable() or "-")
ROOT = Path(__file__).resolve().parents[2]
CHANCE = np.random.default_rng(11)
COUNT = 400


def call(op: str, *columns: Any, exponent: float | None = None) -> list[float]:
    graph = Graph()
    args = [graph.input(f"x{k}") for k in range(len(columns))]
    if exponent is not None:
        args.append(graph.const(exponent))
    node = graph.emit(op, tuple(args))
    batch = {f"x{k}": np.asarray(column, dtype=float) for k, column in enumerate(columns)}
    (found,) = evaluate_batch(graph, [node], {}, batch, len(columns[0]), engine="llvm")
    result: list[float] = found.tolist()
    return result


def even(low: float, high: float) -> Any:
    return CHANCE.uniform(low, high, COUNT)


def wide(low: float, high: float) -> Any:
    """Numbers of all magnitudes from 10^low to 10^high."""
    return 10.0 ** CHANCE.uniform(low, high, COUNT)


def worst(found: list[float], exact: list[Any]) -> float:
    """The largest error, in units of the exact value's last place."""
    return max(
        float(abs(mpmath.mpf(one) - value) / math.ulp(float(value) or 5e-324))
        for one, value in zip(found, exact, strict=True)
    )


MULTIPLES = np.concatenate([np.arange(1, 300) * np.pi / 2, np.round(CHANCE.uniform(1, 6e5, 300)) * np.pi / 2])
TURNS = [even(-10, 10), even(-1e5, 1e5), even(-1e6, 1e6), even(-2e8, 2e8), wide(-300, 0), MULTIPLES, wide(6, 300)]
CASES: dict[str, tuple[Callable[[Any], Any], list[Any]]] = {
    "exp": (mpmath.exp, [even(-708, 709), even(-2, 2), even(-745, -708)]),
    "exp2": (lambda x: mpmath.mpf(2) ** x, [even(-1022, 1023), even(-2, 2)]),
    "expm1": (mpmath.expm1, [even(-40, 700), even(-1, 1), wide(-20, 0), -wide(-20, 0)]),
    "log": (mpmath.log, [wide(-307, 308), even(0.5, 2), wide(-320, -308), 1 + wide(-15, -1)]),
    "log1p": (mpmath.log1p, [even(-0.999, 3), wide(-25, 300), -wide(-25, -0.001)]),
    "sin": (mpmath.sin, TURNS),
    "cos": (mpmath.cos, TURNS),
    "tan": (mpmath.tan, TURNS),
    "atan": (mpmath.atan, [even(-10, 10), wide(-20, 20), even(-1, 1)]),
    "tanh": (mpmath.tanh, [even(-3, 3), even(-30, 30), wide(-20, 0)]),
    "sinh": (mpmath.sinh, [even(-3, 3), even(-709, 709), wide(-20, 0)]),
    "cosh": (mpmath.cosh, [even(-3, 3), even(-709, 709), wide(-20, 0)]),
    "sqrt": (mpmath.sqrt, [wide(-320, 308)]),
}


@pytest.mark.parametrize("op", CASES)
def test_accuracy(op: str) -> None:
    exact, ranges = CASES[op]
    with mpmath.workdps(40):
        for given in ranges:
            assert worst(call(op, given), [exact(mpmath.mpf(x)) for x in given]) <= 1.5


@pytest.mark.parametrize("exponent", [None, 2, 3, 4, -1, -2, 0.5, -0.5, 5, -3, 1 / 3, 2.5, 100])
def test_accuracy_of_powers(exponent: float | None) -> None:
    with mpmath.workdps(40):
        if exponent is None:
            signed = -even(0.1, 10), np.round(even(-30, 30))
            for x, y in ((wide(-5, 5), even(-20, 20)), (even(0.9, 1.1), even(-3000, 3000)), signed):
                exact = [mpmath.power(mpmath.mpf(a), mpmath.mpf(b)) for a, b in zip(x, y, strict=True)]
                assert worst(call("^", x, y), exact) <= 1.5
            return
        x = wide(-2, 2)
        if exponent == int(exponent):
            x[::2] *= -1
        assert worst(call("^", x, exponent=exponent), [mpmath.power(mpmath.mpf(a), exponent) for a in x]) <= 1.5


def test_powers_at_the_ends_of_the_range() -> None:
    given = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e155, 1e-160, 1e200, -1e200, 5e-324, 1e77, -1.0]
    for exponent in (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 1.5):
        for x, value in zip(given, call("^", given, exponent=exponent), strict=True):
            expected = scalar_kernel(TABLE["^"])(x, exponent)
            assert value == pytest.approx(expected, rel=4e-16, abs=1e-323, nan_ok=True), (x, exponent)
            assert math.isnan(value) or math.copysign(1, value) == math.copysign(1, expected), (x, exponent)


INF, NAN = math.inf, math.nan
#: What IEEE 754 (9.2.1) and C (annex F) say of powers at the ends: x, y, x^y.
POWERS = [
    *((0.0, y, 0.0) for y in (3.0, 2.0, 0.5, INF)),
    *((0.0, y, INF) for y in (-3.0, -2.0, -0.5, -INF)),
    *((-0.0, y, value) for y, value in ((3.0, -0.0), (2.0, 0.0), (0.5, 0.0), (-3.0, -INF), (-2.0, INF), (-0.5, INF))),
    *((x, 0.0, 1.0) for x in (0.0, -0.0, INF, -INF, NAN, -2.0)),
    *((1.0, y, 1.0) for y in (INF, -INF, NAN, 1e300)),
    *((-1.0, y, 1.0) for y in (INF, -INF)),
    *((x, INF, value) for x, value in ((0.5, 0.0), (-0.5, 0.0), (2.0, INF), (-2.0, INF))),
    *((x, -INF, value) for x, value in ((0.5, INF), (-0.5, INF), (2.0, 0.0), (-2.0, 0.0))),
    *((INF, y, value) for y, value in ((2.0, INF), (0.5, INF), (-2.0, 0.0))),
    *((-INF, y, value) for y, value in ((3.0, -INF), (2.0, INF), (0.5, INF), (-3.0, -0.0), (-2.0, 0.0), (-0.5, 0.0))),
    *((x, y, NAN) for x, y in ((-2.0, 0.5), (-1e-300, 1.5), (NAN, 1.0), (2.0, NAN))),
    *((2.0, y, value) for y, value in ((1023.0, 2.0**1023), (1024.0, INF), (-1074.0, 5e-324), (-1076.0, 0.0))),
    *((-2.0, y, value) for y, value in ((1023.0, -(2.0**1023)), (1025.0, -INF), (-1074.0, 5e-324), (-1077.0, -0.0))),
    (5e-324, 0.5, 2.0**-537),
    (5e-324, 1.0, 5e-324),
    (1.7976931348623157e308, 1.0, 1.7976931348623157e308),
]


@pytest.mark.parametrize("engine", ["llvm", "array", "scalar"])
def test_powers_at_the_ends_as_the_standard_has_them(engine: str) -> None:
    graph = Graph()
    node = graph.emit("^", (graph.input("x"), graph.input("y")))
    columns = {name: np.array([row[k] for row in POWERS]) for k, name in enumerate("xy")}
    (found,) = evaluate_batch(graph, [node], {}, columns, len(POWERS), engine=engine)
    for (x, y, value), one in zip(POWERS, found.tolist(), strict=True):
        same = one == value and math.copysign(1, one) == math.copysign(1, value)
        assert same or (math.isnan(one) and math.isnan(value)), (x, y, value, one)


def test_quotients_by_one_number_are_rounded_as_each_alone() -> None:
    graph = Graph()
    u, w, v = (graph.input(name) for name in "uwv")
    nodes = [graph.emit("/", (a, v)) for a in (u, graph.const(1), w)]
    ends = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 2.3e-308, 1.7e308, -1e300, 3e-200, 1e121]
    size = 200_000
    scales = (0, 1, 120, 150, 300, 320)
    columns = {name: np.empty(0) for name in "uwv"}
    for scale in scales:
        for name in columns:
            mantissas = CHANCE.uniform(1, 2, size) * CHANCE.choice([-1.0, 1.0], size)
            columns[name] = np.append(columns[name], mantissas * 10.0 ** CHANCE.uniform(-scale, min(scale, 307), size))
    pairs = np.array(np.meshgrid(ends, ends)).reshape(2, -1)
    for name, more in zip("uwv", (pairs[0], pairs[0][::-1], pairs[1]), strict=True):
        columns[name] = np.append(columns[name], more)
    count = len(columns["u"])
    found = evaluate_batch(graph, nodes, {}, columns, count, engine="llvm")
    with np.errstate(all="ignore"):
        for one, top in zip(found, (columns["u"], 1.0, columns["w"]), strict=True):
            expected = top / columns["v"]
            same = (one.view(np.int64) == expected.view(np.int64)) | (np.isnan(one) & np.isnan(expected))
            assert same.all(), [(columns["u"][k], columns["v"][k]) for k in np.flatnonzero(~same)[:5]]


def test_huge_arguments() -> None:
    assert call("sin", [1e22] * 3) == [-0.8522008497671888] * 3
    assert call("cos", [1.0, 1e22, math.inf])[1] == pytest.approx(0.5232147853951389454976, rel=2e-16)
    assert math.isnan(call("tan", [1.0, 1e22, math.inf])[2])
    assert call("exp", [-745.0, -746.0, 709.7, 710.0, -math.inf]) == [5e-324, 0.0, math.exp(709.7), math.inf, 0.0]


@pytest.mark.slow
@pytest.mark.parametrize("width", ["2", "4"])
def test_narrower_vectors(width: str) -> None:
    if width == os.environ.get("DCALC_VECTOR"):
        pytest.skip("they are these")
    here = Path(__file__).parent
    files = [str(here / name) for name in ("test_llvm_functions.py", "test_engines.py", "test_streams.py")]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not narrower and not array",
        *files,
    ]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "DCALC_VECTOR": width}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
