"""The numeric kernels: IEEE results without exceptions or warnings, and floats and columns that agree."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from itertools import product

import numpy as np
import pytest
from oracle import Point
from programs import NUMBERS, node_of, points

from dcalc.errors import DcalcError
from dcalc.evaluate.array_kernels import array_kernel
from dcalc.evaluate.batch import evaluate_batch
from dcalc.evaluate.plan import make_plan
from dcalc.evaluate.scalar import Scalar
from dcalc.evaluate.scalar_kernels import scalar_kernel
from dcalc.graph.graph import Graph
from dcalc.primitives import TABLE

inf, nan = math.inf, math.nan

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1 / 3, 2.0, -2.0, 3.0, -3.0, 171.7, -170.5, 710.5, -746.0)
SPECIAL += (1e308, -1e308, 5e-324, -5e-324, inf, -inf, nan)


def ulps(a: float, b: float) -> float:
    """How many units in the last place two floats are apart; zeros of either sign are one number."""
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        return inf
    return abs(a - b) / math.ulp(max(abs(a), abs(b)))


@pytest.mark.parametrize("name", [entry.name for entry in NUMBERS])
def test_scalars_and_columns_agree(name: str) -> None:
    entry = TABLE[name]
    free = entry.arity - entry.static
    graph = Graph()
    names = entry.parameters[entry.static :]
    leaves = [graph.input(parameter) for parameter in names]
    node = node_of(entry, graph, leaves, 1 if entry.static else None)
    at: list[Point] = [point[entry.static :] for point in points(entry, 200)]
    at += product(SPECIAL, repeat=free) if free < 3 else product(SPECIAL[1::3], repeat=free)
    given = [dict(zip(names, point, strict=True)) for point in at]
    program = Scalar(make_plan(graph, [node]))
    one_by_one = [program.run(point)[0] for point in given]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        columns = {name: np.array([point[name] for point in given]) for name in names}
        together = evaluate_batch(graph, [node], {}, columns, len(given))[0].tolist()
    for point, a, b in zip(at, one_by_one, together, strict=True):
        assert type(a) is float
        # A formula may cancel what its kernels' last digits are.
        assert ulps(a, b) <= (4 if entry.value is None else 32), (point, a, b)


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("/", (1, 0.0), inf),
        ("/", (1, -0.0), -inf),
        ("/", (-1, 0.0), -inf),
        ("/", (0.0, 0.0), nan),
        ("/", (nan, 0.0), nan),
        ("/", (-inf, -0.0), inf),
        ("*", (1e200, -1e200), -inf),
        ("*", (0.0, inf), nan),
        ("-", (inf, inf), nan),
        ("^", (0.0, -1.0), inf),
        ("^", (-0.0, -1.0), -inf),
        ("^", (-0.0, -2.0), inf),
        ("^", (-0.0, -0.5), inf),
        ("^", (-8.0, 1 / 3), nan),
        ("^", (-8.0, 3.0), -512),
        ("^", (10.0, 400.0), inf),
        ("^", (-10.0, 401.0), -inf),
        ("^", (-10.0, 400.0), inf),
        ("^", (0.0, 0.0), 1),
        ("^", (nan, 0.0), 1),
        ("^", (inf, -1.0), 0),
        ("^", (0.5, -inf), inf),
        ("log", (0.0,), -inf),
        ("log", (-0.0,), -inf),
        ("log", (-1.0,), nan),
        ("log", (inf,), inf),
        ("log2", (0.0,), -inf),
        ("log10", (-2.0,), nan),
        ("log1p", (-1.0,), -inf),
        ("log1p", (-2.0,), nan),
        ("exp", (1000.0,), inf),
        ("exp", (-1000.0,), 0),
        ("exp", (-inf,), 0),
        ("exp2", (2000.0,), inf),
        ("expm1", (1000.0,), inf),
        ("sinh", (-1000.0,), -inf),
        ("cosh", (-1000.0,), inf),
        ("sqrt", (-1.0,), nan),
        ("sqrt", (-0.0,), 0.0),
        ("cbrt", (-27.0,), -3),
        ("hypot", (1e308, 1.7e308), inf),
        ("hypot", (nan, inf), inf),
        ("sin", (inf,), nan),
        ("cos", (-inf,), nan),
        ("tan", (inf,), nan),
        ("asin", (1.5,), nan),
        ("acos", (-1.5,), nan),
        ("acosh", (0.5,), nan),
        ("atanh", (1.0,), inf),
        ("atanh", (-1.0,), -inf),
        ("atanh", (2.0,), nan),
        ("atan2", (0.0, -1.0), math.pi),
        ("atan2", (-0.0, -1.0), -math.pi),
        ("gamma", (0.0,), inf),
        ("gamma", (-0.0,), -inf),
        ("gamma", (-1.0,), nan),
        ("gamma", (172.0,), inf),
        ("gamma", (-1e-310,), -inf),
        ("gamma", (-inf,), nan),
        ("gamma", (5.0,), 24),
        ("lgamma", (-3.0,), inf),
        ("lgamma", (1e306,), inf),
        ("lgamma", (-inf,), inf),
        ("erf", (inf,), 1),
        ("erfc", (30.0,), 0),
        ("floor", (-0.5,), -1),
        ("floor", (inf,), inf),
        ("floor", (nan,), nan),
        ("floor", (1e300,), 1e300),
        ("ceil", (-0.5,), -0.0),
        ("ceil", (-inf,), -inf),
        ("round", (0.5,), 0),
        ("round", (1.5,), 2),
        ("round", (-2.5,), -2),
        ("round", (inf,), inf),
        ("mod", (7.0, -3.0), -2),
        ("mod", (-7.0, 3.0), 2),
        ("mod", (7.0, 0.0), nan),
        ("mod", (inf, 2.0), nan),
        ("mod", (2.0, inf), 2),
        ("sign", (-0.0,), 0),
        ("sign", (nan,), nan),
        ("max", (nan, 1.0), nan),
        ("max", (1.0, nan), nan),
        ("min", (nan, 1.0), nan),
        ("relu", (nan,), nan),
        ("relu", (-inf,), 0),
        ("if", (1.0, 2.0, nan), 2),
        ("if", (0.0, nan, 2.0), 2),
        ("<", (nan, 1.0), 0),
        ("!=", (nan, nan), 1),
        ("and", (1.0, 0.0), 0),
        ("or", (0.0, 2.0), 1),
        ("not", (0.0,), 1),
        ("digamma", (1.0,), -0.5772156649015329),
    ],
)
def test_ieee(name: str, args: Point, expected: float) -> None:
    args = tuple(map(float, args))
    result = scalar_kernel(TABLE[name])(*args)
    assert ulps(result, expected) <= 1, result
    if result == 0 or math.isinf(result):
        assert math.copysign(1, result) == math.copysign(1, expected)
    with np.errstate(all="ignore"):
        assert ulps(float(array_kernel(TABLE[name])(*map(np.float64, args))), expected) <= 1


@pytest.mark.parametrize(
    ("n", "u", "expected"), [(1, 1.0, math.pi**2 / 6), (0, 1.0, -0.5772156649015329), (3, 2.0, 0.49393940226682914)]
)
def test_polygamma_takes_its_order_first(n: int, u: float, expected: float) -> None:
    assert scalar_kernel(TABLE["polygamma"])(n, u) == pytest.approx(expected, rel=1e-15)
    assert array_kernel(TABLE["polygamma"])(n, np.array([u])).tolist() == pytest.approx([expected], rel=1e-15)


def test_constants_among_the_arguments_broadcast() -> None:
    column = np.array([1.0, -2.0, 3.0])
    for name, args in {"^": (column, np.float64(3.0)), "if": (column > 0, np.float64(1.0), column)}.items():
        assert array_kernel(TABLE[name])(*args).shape == (3,)
    assert array_kernel(TABLE["^"])(column, np.float64(-1.0)).tolist() == [1.0, -0.5, 1 / 3]
    assert array_kernel(TABLE["^"])(column, np.float64(2.0)).tolist() == [1.0, 4.0, 9.0]


def test_without_scipy_the_answer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    for kernel in (scalar_kernel, array_kernel):
        with pytest.raises(DcalcError, match="needs SciPy") as caught:
            kernel(TABLE["digamma"])
        assert caught.value.kind == "usage"
        assert "dcalc[special]" in (caught.value.hint or "")
    # What `math` has needs no SciPy.
    assert array_kernel(TABLE["erf"])(np.array([0.5, inf])).tolist() == [math.erf(0.5), 1.0]


def test_an_entry_without_a_way_to_compute_it_is_an_internal_error() -> None:
    for kernel in (scalar_kernel, array_kernel):
        with pytest.raises(DcalcError) as caught:
            kernel(TABLE["sin"]._replace(name="new", math=None, numpy=None))
        assert caught.value.kind == "internal"


def test_floats_need_no_numpy() -> None:
    code = (
        "import sys; from dcalc.primitives import TABLE; from dcalc.evaluate.scalar_kernels import scalar_kernel\n"
        "for entry in TABLE.values():\n"
        "    known = entry.value or entry.shapes or entry.name in ('digamma', 'polygamma')\n"
        "    known or scalar_kernel(entry)\n"
        "assert not {'numpy', 'scipy', 'fractions', 'decimal'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
