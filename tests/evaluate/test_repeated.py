"""Plans with arrays that are compiled to be run again and again: NumPy's numbers, exact fractions where there are."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dcalc.evaluate import blocked, engines
from dcalc.evaluate.array import Array
from dcalc.evaluate.buffered import Buffered
from dcalc.evaluate.plan import Plan, make_plan
from dcalc.evaluate.repeated import Repeated, repeated
from dcalc.graph.graph import Graph
from dcalc.graph.lower import inputs_of
from dcalc.primitives import TABLE
from dcalc.sweeps.reverse import gradient

from ..tools import problem_of

no_llvm = pytest.param("llvm", marks=pytest.mark.skipif(bool(engines.unavailable()), reason="nothing can be compiled"))
both_ways = pytest.mark.parametrize("engine", [no_llvm, "array", "blocks"])

ROSENBROCK = "sum(100*(x[2..{n}] - x[1..{m}]^2)^2 + (1 - x[1..{m}])^2)"
MIXTURE = "sum(logsumexp(log(softmax(a)) - sum((reshape(X, {N}, 1, {d}) - M)^2, axis=3)/(2*exp(2*s)) - {d}*s, axis=2))"
N = 83
X = np.linspace(-1.3, 1.7, N)
A = np.cos(np.arange(35.0)).reshape(5, 7)
B = np.sin(np.arange(42.0)).reshape(7, 6)
POINT: dict[str, Any] = {"x": X, "y": np.exp(X), "A": A, "B": B, "c": 0.7, "v": np.arange(1.0, 8.0)}
TEXTS = [
    ROSENBROCK.format(n=N, m=N - 1),
    "sum(x*y)*c + x[3]^2*y[1]",
    "dot(x, y) + norm(x - c) + norm(A)",
    "sum(exp(x[2..83]*x[1..82])*sin(x[1..82])/c)",
    "sum(x[1..81]*x[2..82]*exp(x[3..83]))",
    "logsumexp(x) + sum(softmax(c*x)*y)",
    "sum(logsumexp(A*c, axis=1)^2) + sum(logsumexp(A, axis=2)*v[1..5])",
    "sum(norm(A, axis=1)) + sum(norm(A + c, axis=2)^3)",
    "max(x*c) + min(y) + sum(max(A, axis=1)*v) + sum(min(A, axis=2))",
    "sum((A @ B)^2) + sum(A @ v) + sum(v @ B)",
    "sum(outer(v, v)*c) + sum(outer(x, y)[2..4, 1..3])",
    "sum(transpose(A)*B[:, 1..5]) + sum(transpose(A)[2, :])",
    "sum(concat(x[1..40]*c, y[3..60])^2) + sum(stack(v, A[1, :], A[2, :])^3)",
    "sum([c, x[1], c*x[2], 3]^2) + sum([x[1..3]*c, x[2..4]]^3)",
    "sum(reshape(A*c, 35)[1..30]*reshape(x[1..30], 30)) + sum(reshape(A, 7, 5)^2)",
    "sum((A[1..4, 2..7] - A[2..5, 1..6])^2) + sum(A[2, :]*A[:, 3][4])",
    "sum(if(x > 0, sqrt(x), 0)) + sum(max(x, c)) + sum(abs(x))",
    "det(A[1..3, 1..3] + c*eye(3)) + sum(solve(A[1..5, 1..5] + 4*eye(5), v[1..5])*c) + tr(A[1..4, 1..4])",
    "sum(gamma(y[1..5])) + sum(diag(v)*c) + prod(v)/1000",
    "sum(sum(A*v, axis=2)*sum(A, axis=2)) + sum(mean(A^2, axis=1))",
    "sum(tanh(A*c + v)*A) + sum(x^3/y) + sum(x)^2",
    "c*log(c) + x[5]",
    "sum(x[1..70]*x[2..71]*x[3..72]*x[4..73]*x[5..74]*c)",
    "sum(exp(exp(x[1..80]/2)*exp(x[2..81]/2) - exp(x[3..82])))",
]


def plan_of(text: str, wrt: Sequence[str] | None = None, **point: Any) -> Plan:
    """The value and its gradient."""
    problem = problem_of(text, **point)
    graph, output = problem.graph, problem.output
    leaves = [node for node in inputs_of(graph, [output]) if wrt is None or graph.attrs[node] in wrt]
    return make_plan(graph, [output, *gradient(graph, output, leaves)])


@pytest.fixture(autouse=True)
def small_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By "blocks" short vectors go block by block, too."""
    call = getattr(request.node, "callspec", None)
    if call is not None and call.params.get("engine") == "blocks":
        for name, value in (("BLOCK", 16), ("LONG", 5), ("LEAST", 1)):
            monkeypatch.setattr(blocked, name, value)


def prepared(plan: Plan, engine: str) -> Any:
    with engines.using("llvm" if engine == "llvm" else "array"):
        found = repeated(plan)
    assert isinstance(found, Repeated if engine == "llvm" else Buffered)
    return found


def both(plan: Plan, point: dict[str, Any], engine: str) -> tuple[list[Any], list[Any]]:
    again = prepared(plan, engine)
    again.run(point)
    return Array(plan).run(point), again.run(point)


@both_ways
@pytest.mark.parametrize("text", TEXTS)
def test_the_same_numbers(text: str, engine: str) -> None:
    point = {name: value for name, value in POINT.items() if name in text}
    plan = plan_of(text, **point)
    wanted, found = both(plan, point, engine)
    for a, b, shape in zip(wanted, found, plan.shapes, strict=True):
        assert np.shape(b) == shape and type(b) is type(a)
        np.testing.assert_allclose(b, a, rtol=2e-14, atol=2e-15 * max(1.0, np.abs(a).max()))


@both_ways
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan, 1e200, 1e-200, 0.0])
@pytest.mark.parametrize("text", [*TEXTS[:8], TEXTS[8], TEXTS[16], TEXTS[20]])
def test_the_same_at_extremes(text: str, bad: float, engine: str) -> None:
    point = {name: np.array(value) for name, value in POINT.items() if name in text}
    for name, value in point.items():
        if name in ("x", "A"):
            value.flat[5] = bad
    wanted, found = both(plan_of(text, **point), point, engine)
    for a, b in zip(wanted, found, strict=True):
        np.testing.assert_allclose(
            b, a, rtol=1e-13, atol=1e-14 * max(1.0, np.abs(np.where(np.isfinite(a), a, 0)).max())
        )


@both_ways
@pytest.mark.parametrize("name", [e.name for e in TABLE.values() if e.kind in ("elementwise", "selection")])
def test_each_entry_by_component(name: str, engine: str) -> None:
    entry = TABLE[name]
    graph = Graph()
    names = entry.parameters[entry.static :]
    corners = np.array([-math.inf, -2.0, -0.5, -0.0, 0.0, 0.25, 1.0, 3.0, 40.0, math.inf, math.nan])
    point = {n: np.roll(np.resize(corners, 77), 3 * k) for k, n in enumerate(names)}
    node = graph.emit(name, tuple(graph.input(n, (77,)) for n in names), 2 if entry.static else None)
    plan = make_plan(graph, [node, graph.emit("index", (node,), ((3, 70),))])
    for a, b in zip(*both(plan, point, engine), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-13 if entry.value else 2e-15, atol=1e-300)


@both_ways
@pytest.mark.parametrize("n", [2, 3, 8, 9, 10, 17, 129, 1000, 20_011])
def test_lengths_beside_those_of_vectors(n: int, engine: str) -> None:
    x = np.random.default_rng(n).integers(-20, 20, n) / 4.0
    plan = plan_of(ROSENBROCK.format(n=n, m=n - 1), x=x)
    wanted, found = both(plan, {"x": x}, engine)
    t = [Fraction(b) - Fraction(a) ** 2 for a, b in pairwise(x)]
    s = [1 - Fraction(a) for a in x[:-1]]
    assert found[0] == sum(100 * a * a + b * b for a, b in zip(t, s, strict=True))  # small binary fractions: exact
    for k in (0, n // 2, n - 1):
        slope = (200 * t[k - 1] if k else 0) + (-400 * t[k] * Fraction(x[k]) - 2 * s[k] if k < n - 1 else 0)
        assert found[1][k] == slope
    assert (found[1] == wanted[1]).all()


@both_ways
def test_sums_are_as_good_as_numpys(engine: str) -> None:
    x = np.random.default_rng(1).normal(size=300_001) * 10.0 ** np.arange(300_001) ** 0.1
    exact = math.fsum(x.tolist())
    size = math.fsum(np.abs(x).tolist())
    wanted, found = both(plan_of("sum(x*1)", x=x), {"x": x}, engine)
    assert abs(found[0] - exact) <= max(2 * abs(wanted[0] - exact), 1e-16 * size)


def test_short_rows_are_summed_as_long_ones() -> None:
    u = np.random.default_rng(2).normal(size=(100, 3))
    u[5], u[6, 1], u[7] = (math.inf, 1.0, 2.0), math.nan, (math.inf, -math.inf, 0.0)
    (found,) = Array(_rows(u)).run({"u": u})
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found, u.sum(1), rtol=1e-15, atol=4e-16)
        turned = np.asfortranarray(u)
        np.testing.assert_array_equal(Array(_rows(u)).run({"u": turned})[0], turned.sum(1))


def _rows(u: Any) -> Plan:
    graph = Graph()
    return make_plan(graph, [graph.emit("sum[]", (graph.input("u", u.shape),), -1)])


def test_long_vectors_go_block_by_block() -> None:
    plan = plan_of(ROSENBROCK.format(n=100_003, m=100_002), x=np.ones(100_003))
    run = Buffered(plan)
    assert [type(kernel) for _, kernel, *_ in run._steps].count(blocked.Pass) == 1
    x = np.random.default_rng(5).normal(size=100_003)
    for a, b in zip(Array(plan).run({"x": x}), run.run({"x": x}), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-13)


@both_ways
def test_results_belong_to_the_caller(engine: str) -> None:
    x = X.copy()
    run = prepared(plan_of(TEXTS[0], x=x), engine).run
    first = run({"x": x})[1]
    part = run({"x": x})[1][3:]
    kept, kept_part = first.copy(), part.copy()
    x += 1  # the same array with other numbers
    changed = run({"x": x})[1]
    assert (first == kept).all() and (part == kept_part).all() and not (changed == kept).any()
    every_other = np.repeat(X, 2)[::2]  # has to be copied
    assert (run({"x": every_other})[1] == kept).all()
    every_other += 1
    np.testing.assert_array_equal(run({"x": every_other})[1], changed)
    with pytest.raises(KeyError):
        run({})


@both_ways
def test_compiled_functions_with_the_same_arrays_again(engine: str) -> None:
    import dcalc

    compiled = dcalc.function(TEXTS[0]).compile("value_and_grad", engine="llvm" if engine == "llvm" else "array")
    value_of = dcalc.function("dot(x, y) + 1").compile(engine="llvm" if engine == "llvm" else "array")
    x = X.copy()
    results = []
    for _ in range(6):
        value, slope = compiled(x)
        results.append((value, slope, *both(plan_of(TEXTS[0], x=x), {"x": x}, engine)[0]))
        assert value_of(x, x) == pytest.approx(float(x @ x) + 1, rel=1e-15)
        x += 0.25
    for value, slope, wanted, wanted_slope in results:  # none has been written over
        assert value == pytest.approx(wanted, rel=1e-14)
        np.testing.assert_allclose(slope, wanted_slope, rtol=1e-13)
    assert (compiled(X)[1] == results[0][1]).all()
    assert (compiled(x, out=slope)[1] is slope) and not (compiled(x)[1] == results[0][1]).any()
    short = np.ones(3)
    with pytest.raises(dcalc.DcalcError):
        compiled(short)


@both_ways
def test_threads_take_turns(engine: str) -> None:
    run = prepared(plan_of(TEXTS[0], x=X), engine).run
    wanted = [run({"x": X + k})[1] for k in range(4)]
    wrong: list[int] = []

    def work(k: int) -> None:
        for _ in range(200):
            if not (run({"x": X + k})[1] == wanted[k]).all():
                wrong.append(k)

    workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@both_ways
@pytest.mark.parametrize(("count", "d", "k"), [(9, 1, 2), (50, 3, 4), (4, 2, 40)])
def test_mixture_of_gaussians(count: int, d: int, k: int, engine: str) -> None:
    mp = pytest.importorskip("mpmath")
    chance = np.random.default_rng(3)
    point = {"X": chance.normal(size=(count, d)), "a": chance.normal(size=k),
             "M": chance.normal(size=(k, d)), "s": chance.normal(size=k)}  # fmt: skip
    plan = plan_of(MIXTURE.format(N=count, d=d), ("a", "M", "s"), **point)
    wanted, found = both(plan, point, engine)
    weights = [mp.exp(one) for one in point["a"]]
    total = mp.mpf(0)
    for x in point["X"]:
        parts = []
        for w, m, s in zip(weights, point["M"], point["s"], strict=True):
            square = sum((mp.mpf(u) - v) ** 2 for u, v in zip(x, m, strict=True))
            parts.append(w / sum(weights) * mp.exp(-square / (2 * mp.exp(2 * mp.mpf(s))) - d * mp.mpf(s)))
        total += mp.log(sum(parts))
    assert abs(found[0] - total) <= 1e-13 * abs(total)
    for a, b in zip(wanted, found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-13 * np.abs(a).max())
