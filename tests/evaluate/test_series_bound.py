"""Bound recurrences against mpmath at 50 digits: the whole table, programs, fractions, several ε's, directions."""

from __future__ import annotations

import math
import random
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from dcalc.backends.taylor import Lines
from dcalc.errors import DcalcError
from dcalc.evaluate.series.bound import bound
from dcalc.evaluate.series.directions import indices, weight
from dcalc.evaluate.series.formulas import derivative_of_order
from dcalc.evaluate.series.rational import rational, values
from dcalc.evaluate.series.recipes import Program
from dcalc.evaluate.series.truncated import Truncated, mixed, term
from dcalc.evaluate.tracing import Tracer
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.language import parse, source
from dcalc.primitives import TABLE

sys.path.insert(0, str(Path(__file__).parent.parent / "primitives"))
from oracle import VALUES

ORDER = 8
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


def graph_of(text, *names, **shapes):
    graph = Graph()
    output = lower(parse(source(text)), source(text), graph=graph, shapes=shapes).output
    return graph, output, [graph.input(name, shapes.get(name, ())) for name in names]


def lines_of(text, order):
    graph, output, (leaf,) = graph_of(text, "x")
    return Lines(graph, [output], [leaf], order), leaf


def assert_close(got, want, tolerance=1e-13):
    scale = max(map(abs, want))
    assert len(got) == len(want)
    for k, (a, b) in enumerate(zip(got, want, strict=True)):
        assert abs(a - b) <= tolerance * (abs(b) + scale / 100), f"coefficient {k}: {a}, not {float(b)}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_over_its_samples(entry):
    choose = random.Random(entry.name)
    graph = Graph()
    leaves = [graph.input(name) for name in entry.parameters[entry.static :]]
    lines = {}
    for _ in range(2 if "gamma" in entry.name else 4):
        point = [choose.uniform(*span) for span in entry.sample]
        direction = [choose.choice((1.0, 0.5, -2.0)) for _ in point]
        if entry.static:
            point[0], direction[0] = float(round(point[0])), 0.0
        static = int(point[0]) if entry.static else None
        if static not in lines:
            node = graph.emit(entry.name, tuple(leaves), static)
            lines[static] = Lines(graph, [node], leaves, ORDER)
        given = dict(zip(entry.parameters[entry.static :], point[entry.static :], strict=True))
        slopes = dict(zip(leaves, direction[entry.static :], strict=True))
        (got,) = lines[static].at(given, slopes)
        assert lines[static]._bound is not None, "the lists of recurrences did not take it"

        def along(t, point=point, direction=direction):
            return VALUES[entry.name](*(mpf(x) + t * mpf(d) for x, d in zip(point, direction, strict=True)))

        if entry.truth or entry.name in STEPS:
            want = [along(mpf(0)), *[mpf(0)] * ORDER]
        elif entry.name == "mod":
            slope = direction[0] - math.floor(point[0] / point[1]) * direction[1]
            want = [along(mpf(0)), mpf(slope), *[mpf(0)] * (ORDER - 1)]
        else:
            want = mpmath.taylor(along, 0, ORDER)
        assert_close(got, want)


FUNCTIONS = [
    ("exp(sin(x))", lambda x: mp.exp(mp.sin(x)), 0.5),
    ("tan(x)", mp.tan, 0.3),
    ("1/(1 + x^2)", lambda x: 1 / (1 + x * x), 0.4),
    ("lgamma(x)", mp.loggamma, 1.7),
    ("x^x", lambda x: x**x, 0.8),
    ("erf(x)", mp.erf, 0.6),
    ("x^2.5*cosh(x/3)", lambda x: x ** mpf(2.5) * mp.cosh(x / 3), 1.4),
    ("sqrt(1 + x)*log(x)/(2 + cos(x))", lambda x: mp.sqrt(1 + x) * mp.log(x) / (2 + mp.cos(x)), 0.9),
    ("(2*x + 1)^x", lambda x: (2 * x + 1) ** x, 0.7),
    ("s = x; for k in 1..9 { s = sin(s) + x/k }; s", None, 0.4),
    ("s = 0; for k in 0..30 { s = s*x + 1/(k + 1) }; s", None, 0.5),
]


def looped_sine(x):
    s = x
    for k in range(1, 10):
        s = mp.sin(s) + x / k
    return s


def looped_sum(x):
    s = mpf(0)
    for k in range(31):
        s = s * x + mpf(1) / (k + 1)
    return s


@pytest.mark.parametrize(("text", "function", "x"), FUNCTIONS, ids=[text for text, _, _ in FUNCTIONS])
def test_order_30(text, function, x):
    function = function or (looped_sine if "sin" in text else looped_sum)
    lines, leaf = lines_of(text, 30)
    (got,) = lines.at({"x": x}, {leaf: 1.0})
    assert lines._bound is not None
    if text == "lgamma(x)":  # its differences take seconds
        want = [mp.loggamma(mpf(x)), *[mp.psi(k - 1, mpf(x)) / mp.factorial(k) for k in range(1, 31)]]
    else:
        want = mpmath.taylor(function, mpf(x), 30)
    for k, (a, b) in enumerate(zip(got, want, strict=True)):  # each to its own size, which shrinks or grows with k
        around = max(map(abs, want[max(0, k - 1) : k + 2]))
        assert abs(a - b) <= 1e-11 * around, f"coefficient {k}: {a}, not {float(b)}"


def test_a_list_follows_selections_to_their_other_side_and_back():
    lines, leaf = lines_of("if(x > 1, x^3, exp(x))", 3)
    at = lambda x: lines.at({"x": x}, {leaf: 1.0})[0]  # noqa: E731
    assert at(2.0) == [8.0, 12.0, 6.0, 1.0]
    assert at(0.0) == pytest.approx([1, 1, 1 / 2, 1 / 6])
    assert at(2.0) == [8.0, 12.0, 6.0, 1.0]


def test_what_the_lists_do_not_take_series_does():
    lines, leaf = lines_of("sin(x)/x", 6)
    assert lines.at({"x": 0.0}, {leaf: 1.0})[0] == pytest.approx([1, 0, -1 / 6, 0, 1 / 120, 0, -1 / 5040])
    graph, output, (leaf,) = graph_of("sum(v^3)*exp(v[1])", "v", v=(2,))
    array = Lines(graph, [output], [leaf], 2)
    (got,) = array.at({"v": np.array([1.0, 2.0])}, {leaf: np.array([1.0, 0.0])})
    want = mpmath.taylor(lambda t: ((1 + t) ** 3 + 8) * mp.exp(1 + t), 0, 2)
    assert_close(got, want)


def test_components_of_an_array_are_leaves_of_a_list():
    graph, output, (leaf,) = graph_of("v[1]*exp(v[2])", "v", v=(2,))
    lines = Lines(graph, [output], [leaf], 3)
    (got,) = lines.at({"v": np.array([1.0, 0.5])}, {leaf: np.array([1.0, 2.0])})
    assert lines._bound is not None
    assert_close(got, mpmath.taylor(lambda t: (1 + t) * mp.exp(mpf(0.5) + 2 * t), 0, 3))


@pytest.mark.parametrize(("text", "what"), [("sqrt(x)", "sqrt(x)"), ("x + x^2.5", "x^2.5"), ("1/x", "1/x")])
def test_where_there_is_no_series_the_place_is_told(text, what):
    lines, leaf = lines_of(text, 3)
    with pytest.raises(DcalcError, match="Taylor") as caught:
        lines.at({"x": 0.0}, {leaf: 1.0})
    start, end = caught.value.span
    assert text[start:end] == what


@pytest.mark.parametrize(
    ("text", "x", "want"),
    [
        ("sin(x)", 0.0, "0 1 0 -1/6 0 1/120"),
        ("tan(x)", 0.0, "0 1 0 1/3 0 2/15"),
        ("exp(sin(x))", 0.0, "1 1 1/2 0 -1/8 -1/15"),
        ("log(x)", 1.0, "0 1 -1/2 1/3 -1/4 1/5"),
        ("1/(1 - x)", 1 / 3, "3/2 9/4 27/8 81/16 243/32 729/64"),
        ("sqrt(x)", 4.0, "2 1/4 -1/64 1/512 -5/16384 7/131072"),
        ("x^x", 1.0, "1 1 1 1/2 1/3 1/12"),
        ("if(x > 0, cos(x), x)", -0.5, "-1/2 1 0 0 0 0"),
    ],
)
def test_rational_coefficients_are_exact(text, x, want):
    lines, leaf = lines_of(text, 5)
    lines.at({"x": x}, {leaf: 1.0})
    (got,) = lines.exactly({"x": rational(x)}, {leaf: Fraction(1)})
    assert [str(one) for one in got] == want.split()
    assert all(isinstance(one, Fraction) for one in got)


@pytest.mark.parametrize(("text", "x"), [("exp(x)", 1.0), ("erf(x)", 0.0), ("lgamma(x)", 1.0), ("sqrt(x)", 2.0)])
def test_what_is_not_rational_is_not_taken_for_it(text, x):
    lines, leaf = lines_of(text, 3)
    lines.at({"x": x}, {leaf: 1.0})
    assert lines.exactly({"x": rational(x)}, {leaf: Fraction(1)}) is None


def test_rational_values():
    graph, output, _ = graph_of("if(x < 1, sqrt(4*x^2), log(-1)) + cos(0)", "x")
    assert values(graph, [output], {"x": Fraction(1, 3)}) == [Fraction(5, 3)]
    assert rational(0.1) == Fraction(1, 10)
    assert rational(-2 / 3) == Fraction(-2, 3)
    assert rational(math.pi) is rational(math.inf) is rational(math.nan) is None


def test_series_in_several_variables_at_once():
    graph, output, (x, y) = graph_of("exp(x*y)/(1 + x^2) + sin(y)^2", "x", "y")
    point = {"x": 0.7, "y": -0.4}
    value = Tracer(graph, point).value
    (found,) = mixed([(Program(graph, [x]), x, 4), (Program(graph, [y]), y, 3)], [output], point, value)

    def function(x, y):
        return mp.exp(x * y) / (1 + x * x) + mp.sin(y) ** 2

    for i, j in product(range(5), range(4)):
        want = mpmath.diff(function, (mpf(0.7), mpf(-0.4)), (i, j)) / math.factorial(i) / math.factorial(j)
        assert term(found, (i, j)) == pytest.approx(float(want), rel=1e-13, abs=1e-15)


def test_truncated_numbers_are_a_field_up_to_the_order():
    a, b = Truncated([2.0, 1.0, 3.0]), Truncated([4.0, -1.0, 0.5])
    assert ((a * b) / b).terms == pytest.approx(a.terms)
    assert (1 - a + a).terms == [1.0, 0.0, 0.0]
    assert ((1 / b) * b).terms == pytest.approx([1.0, 0.0, 0.0])
    assert (2 * a - a / 0.5).terms == [0.0, 0.0, 0.0]
    assert not Truncated([0.0, 1.0])


@pytest.mark.parametrize(("count", "order"), [(1, 3), (2, 4), (3, 3)])
def test_weights_of_directions_are_exact(count, order):
    choose = random.Random(count)
    known = {i: Fraction(choose.randint(-9, 9), 7) for k in range(order + 1) for i in indices(count, k)}

    def along(direction, k):
        return sum(known[i] * math.prod(d**p for d, p in zip(direction, i, strict=True)) for i in indices(count, k))

    for k in range(1, order + 1):
        for i in indices(count, k):
            assert sum(weight(i, j) * along(j, k) for j in indices(count, order)) == known[i]


def test_work_grows_with_the_square_where_partials_close_and_lists_stay_short():
    graph, output, (leaf,) = graph_of("tan(exp(sin(x))) + x^0.5", "x")
    value = Tracer(graph, {"x": 0.3}).value
    sizes = [len(bound(Program(graph, [leaf]), [output], order, value).reals) for order in (5, 30)]
    assert sizes[0] == sizes[1]
    graph, output, (leaf,) = graph_of("lgamma(x)", "x")
    value = Tracer(graph, {"x": 0.3}).value
    assert len(bound(Program(graph, [leaf]), [output], 30, value).reals) > 30


def test_high_derivatives_as_nodes():
    for text, function in [
        ("exp(sin(x))*tan(x)/(1 + x)", lambda x: mp.exp(mp.sin(x)) * mp.tan(x) / (1 + x)),
        ("abs(x)*x^3 + lgamma(x)", lambda x: x**4 + mp.loggamma(x)),
    ]:
        graph, output, (leaf,) = graph_of(text, "x")
        found = derivative_of_order(graph, output, leaf, 9)
        want = mpmath.diff(function, mpf(0.6), 9)
        assert abs(Tracer(graph, {"x": 0.6}).value(found) / want - 1) < 1e-12
    graph, output, (leaf,) = graph_of("1/(1 + x)", "x")
    derivative_of_order(graph, output, leaf, 40)
    assert len(graph) < 400  # repeated sweeps make ten thousands
    for text in ("if(x > 0, x^2, x)", "x^0.5", "max(x, 1)", "x^x"):  # these hang on values
        graph, output, (leaf,) = graph_of(text, "x")
        assert derivative_of_order(graph, output, leaf, 5) is None
