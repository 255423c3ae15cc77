"""Series against 50-digit arithmetic: every elementwise entry of the table, composites, arrays, quotients, choices."""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from dcalc.evaluate.series import Numbers, Series, series
from dcalc.evaluate.series.recipes import Program
from dcalc.evaluate.tracing import Tracer
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.language import parse, source
from dcalc.primitives import TABLE

sys.path.insert(0, str(Path(__file__).parent.parent / "primitives"))
from oracle import VALUES

ORDER = 7
ENTRIES = [
    entry
    for entry in TABLE.values()
    if entry.kind in ("elementwise", "selection") and not entry.shapes and entry.name != "if"
]
STEPS = ("sign", "step", "floor", "ceil", "round")


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(50):
        yield


def terms_of(text, x, order, point=None):
    """The series of a text in ε where its input x is x + ε."""
    graph = Graph()
    shapes = {name: np.shape(value) for name, value in (point or {}).items()}
    lowered = lower(parse(source(text)), source(text), graph=graph, shapes=shapes)
    leaf = graph.input("x")
    return series(graph, lowered.output, {leaf: [x, 1.0]}, order, Tracer(graph, point or {}))


def taylor(function, x, order):
    return mpmath.taylor(function, mpf(x), order)


def assert_close(got, want, tolerance=1e-13):
    scale = max(map(abs, want))
    assert len(got) == len(want)
    for k, (a, b) in enumerate(zip(got, want, strict=True)):
        assert abs(a - b) <= tolerance * (abs(b) + scale / 100), f"coefficient {k}: {a}, not {float(b)}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_over_its_samples(entry):
    choose = random.Random(entry.name)
    for _ in range(5):
        point = [choose.uniform(*span) for span in entry.sample]
        direction = [choose.choice((1.0, 0.5, -2.0)) for _ in point]
        if entry.static:
            point[0], direction[0] = float(round(point[0])), 0.0
        graph = Graph()
        leaves = [graph.input(name) for name in entry.parameters[entry.static :]]
        node = graph.emit(entry.name, tuple(leaves), int(point[0]) if entry.static else None)
        pairs = zip(leaves, point[entry.static :], direction[entry.static :], strict=True)
        got = series(graph, node, {leaf: [x, d] for leaf, x, d in pairs}, ORDER, Tracer(graph, {}))

        def along(t, point=point, direction=direction):
            return VALUES[entry.name](*(mpf(x) + t * mpf(d) for x, d in zip(point, direction, strict=True)))

        if entry.truth or entry.name in STEPS:
            want = [along(mpf(0)), *[mpf(0)] * ORDER]
        elif entry.name == "mod":
            slope = direction[0] - math.floor(point[0] / point[1]) * direction[1]
            want = [along(mpf(0)), mpf(slope), *[mpf(0)] * (ORDER - 1)]
        else:
            want = taylor(along, 0, ORDER)
        assert_close(got, want)


@pytest.mark.parametrize(
    ("text", "function", "x", "order"),
    [
        ("exp(sin(x))", lambda x: mp.exp(mp.sin(x)), 0.7, 20),
        ("exp(x^2)", lambda x: mp.exp(x * x), 1.0, 12),
        ("sqrt(1 + x^2)/(2 + cos(x))", lambda x: mp.sqrt(1 + x * x) / (2 + mp.cos(x)), 0.5, 12),
        ("x^x", lambda x: x**x, 1.5, 10),
        ("log(1 + exp(x))*atan(x)", lambda x: mp.log(1 + mp.exp(x)) * mp.atan(x), -0.3, 10),
        ("lgamma(x^2 + 1)", lambda x: mp.loggamma(x * x + 1), 1.2, 8),
        ("2^x + x^-3 + x^0.5", lambda x: mpf(2) ** x + x**-3 + mp.sqrt(x), 2.0, 10),
        ("if(x > 1, x^3, log(x - 5))", lambda x: x**3, 2.0, 5),
        ("max(x, 2)*min(x, 5)*relu(x)*abs(-x)", lambda x: x**4, 3.0, 6),
        ("sum([x, x^2, 3]^2) + prod([x, 2, x])", lambda x: x**2 + x**4 + 9 + 2 * x**2, 1.5, 5),
        ("norm([x, 1, x^2])", lambda x: mp.sqrt(x**2 + 1 + x**4), 1.5, 6),
        ("logsumexp([x, 2*x, 1])", lambda x: mp.log(mp.exp(x) + mp.exp(2 * x) + mp.e), 0.5, 6),
        ("max([x, 2*x, 1])", lambda x: 2 * x, 1.5, 4),
        ("det([[x, 1], [2, x^2]])", lambda x: x**3 - 2, 3.0, 5),
        ("tr(inv([[x, 1], [2, x^2]]))", lambda x: (x + x**2) / (x**3 - 2), 3.0, 6),
        ("solve([[x, 1], [2, 3]], [1, x])[2]", lambda x: (x * x - 2) / (3 * x - 2), 2.0, 6),
        ("([[x, 1], [2, 3]] @ [x, sin(x)])[1]", lambda x: x * x + mp.sin(x), 2.0, 6),
    ],
)
def test_composites(text, function, x, order):
    assert_close([float(term) for term in terms_of(text, x, order)], taylor(function, x, order), 1e-12)


def test_small_whole_numbers_stay_exact():
    assert terms_of("(x + 1)^3*x - 7*x^2/4", 1.0, 4) == [6.25, 16.5, 16.25, 7.0, 1.0]


def test_removable_singularities_are_shifted_and_lose_an_order():
    assert terms_of("(x^2 - 9)/(x - 3)", 3.0, 3) == [6.0, 1.0, 0.0]
    assert_close(terms_of("sin(x)/x", 0.0, 7), [mpf(c) for c in (1, 0, -1 / 6, 0, 1 / 120, 0, -1 / 5040)])
    assert_close(terms_of("(1 - cos(x))/x^2", 0.0, 6), taylor(lambda x: (1 - mp.cos(x)) / x**2, 1e-20, 4), 1e-9)
    # and what stands on it goes on with its real part
    assert_close(terms_of("exp(sin(x)/x)", 0.0, 3), [mp.e, mpf(0), -mp.e / 6])


@pytest.mark.parametrize("text", ["1/x", "sqrt(x)", "x^0.5", "x/(x - x)", "1/(2*sqrt(x)) + sqrt(x)"])
def test_what_has_no_series_is_not_finite(text):
    assert not all(map(math.isfinite, terms_of(text, 0.0, 3)))


def test_arrays_by_component_also_where_only_some_are_shifted():
    point = {"v": np.array([0.0, 1.0])}
    value, slope = terms_of("sin(x + v)/(x + v)", 0.0, 2, point)
    for k, at in enumerate((1e-20, 1.0)):
        want = taylor(lambda x: mp.sin(x) / x, at, 1)
        assert abs(value[k] - want[0]) < 1e-14
        assert abs(slope[k] - want[1]) < 1e-14
    got = terms_of("if(v + x > 0.5, log(v + x), 0*x)", 0.0, 2, point)
    assert np.allclose(got, [[0, 0], [0, 1], [0, -0.5]])


def test_what_does_not_depend_on_epsilon_has_no_terms():
    # 0*inf would spoil it: the partial of c^x in c is infinite, and nobody asks for it
    assert terms_of("c^0.5*x", 2.0, 3, {"c": 0.0}) == [0.0, 0.0, 0.0, 0.0]
    assert terms_of("c + 1", 2.0, 3, {"c": 1.0}) == [2.0]


def test_the_closure_grows_no_further_than_the_order():
    graph = Graph()
    leaf = graph.input("x")
    node = graph.emit("exp", (graph.emit("sin", (leaf,)),))
    assert len(Series(Program(graph, [leaf]), {leaf: [0.5, 1.0]}, 20, Numbers(Tracer(graph, {}))).of(node)) == 21
    assert len(graph) < 10  # exp, sin, cos, -sin and constants


def test_deep_expressions_need_no_recursion():
    text = "x" + "+ sin(x)" * 3000
    assert terms_of(text, 0.0, 2)[1] == 3001
    graph = Graph()
    leaf = node = graph.input("x")
    for _ in range(20_000):
        node = graph.emit("sin", (node,))
    value, slope = series(graph, node, {leaf: [0.0, 1.0]}, 1, Tracer(graph, {}))
    assert (value, slope) == (0.0, 1.0)
