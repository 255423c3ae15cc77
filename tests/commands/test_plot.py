"""`plot`: the samples against mpmath, kinks, jumps and poles to the last digit, domains, ranges, programs."""

from __future__ import annotations

import csv
import importlib
import io
import json
import math

import mpmath
import pytest


def plot(dcalc, expression, *options):
    answer = dcalc(["plot", expression, *options, "--json"])
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


def bends(dcalc, expression, *options):
    return [(bend["kind"], bend["at"]) for bend in plot(dcalc, expression, *options)["bends"]]


def failure(dcalc, expression, *options):
    answer = dcalc(["plot", expression, *options, "--json"])
    assert answer.status in (1, 2)
    return json.loads(answer.out)["error"]


# -- the samples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "function", "low", "high"),
    [
        ("sin(x)*exp(-x/2)", lambda x: mpmath.sin(x) * mpmath.exp(-x / 2), "-3", "4"),
        ("x^x", lambda x: x**x, "0.1", "3"),
        ("atan(x)/(1 + x^2)", lambda x: mpmath.atan(x) / (1 + x * x), "-2", "2"),
        ("sqrt(2 + tanh(x^2))", lambda x: mpmath.sqrt(2 + mpmath.tanh(x * x)), "-1", "2"),
    ],
)
def test_values_and_derivatives_against_mpmath(dcalc, expression, function, low, high):
    found = plot(dcalc, expression, "--from", low, "--to", high, "--order", "3", "--samples", "15")
    assert [curve["order"] for curve in found["curves"]] == [0, 1, 2, 3]
    assert found["x"][0] == float(low) and found["x"][-1] == float(high) and len(found["x"]) == 15
    with mpmath.workdps(50):
        for curve in found["curves"]:
            for x, value in zip(found["x"], curve["values"], strict=True):
                expected = mpmath.diff(function, mpmath.mpf(x), curve["order"])
                assert abs(value - expected) <= 1e-11 * max(1, abs(expected)), (curve["label"], x)


def test_formulas_are_those_of_diff(dcalc):
    found = plot(dcalc, "x^3 - 3*x", "--order", "2")
    assert [curve["formula"] for curve in found["curves"]] == ["x^3 - 3*x", "3*x^2 - 3", "6*x"]
    assert [curve["label"] for curve in found["curves"]] == ["f", "f′", "f′′"]


def test_points_are_even_and_without_them_steep_parts_have_more(dcalc):
    even = plot(dcalc, "exp(x)", "--from", "0", "--to", "1", "--samples", "5")
    assert even["x"] == [0, 0.25, 0.5, 0.75, 1]
    xs = plot(dcalc, "tanh(1000*x)", "--from", "-1", "--to", "1")["x"]
    assert sum(abs(x) < 0.01 for x in xs) > 0.02 * len(xs)
    assert xs == sorted(set(xs))


def test_csv_has_the_same_numbers(dcalc):
    options = ["plot", "x^2", "--from", "0", "--to", "1", "--samples", "3", "--at", "x=1"]
    samples, touching = dcalc([*options, "--format", "csv"]).out.strip().split("\n\n")
    rows = list(csv.reader(io.StringIO(samples)))
    assert rows == [["x", "f", "f′"], ["0.0", "0.0", "0.0"], ["0.5", "0.25", "1.0"], ["1.0", "1.0", "2.0"]]
    assert touching.splitlines() == ["tangent of,x,value,slope", "f,1.0,1.0,2.0"]


def test_components_of_a_vector_are_curves(dcalc):
    found = plot(dcalc, "[sin(x), x - x^3/6]", "--from", "-1", "--to", "1", "--samples", "3")
    assert [(curve["label"], curve["order"]) for curve in found["curves"]] == [("f1", 0), ("f2", 0)]
    assert found["curves"][0]["values"] == [math.sin(-1), 0, math.sin(1)]
    more = plot(dcalc, "x*[1, 2]", "--order", "1", "--samples", "3")
    assert [curve["label"] for curve in more["curves"]] == ["f1", "f1′", "f2", "f2′"]
    assert [curve["values"][0] for curve in more["curves"]][1::2] == [1, 2]


# -- kinks, jumps, poles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "low", "high", "expected"),
    [
        ("abs(x - pi/3)", "0", "2", [("kink", math.pi / 3)]),
        ("relu(x^2 - 2)", "-3", "2", [("kink", -math.sqrt(2)), ("kink", math.sqrt(2))]),
        ("max(sin(x), cos(x))", "0", "6", [("kink", math.pi / 4), ("kink", 5 * math.pi / 4)]),
        ("floor(x)", "0.5", "3.5", [("jump", 1), ("jump", 2), ("jump", 3)]),
        ("step(x - 1/3)", "-1", "1", [("jump", 1 / 3)]),
        ("[x^3 >= 2]", "0", "3", [("jump", 2 ** (1 / 3))]),
        ("1/(x - 1/3)", "-1", "2", [("pole", 1 / 3)]),
        ("1/(x - 1/3)^2", "-1", "2", [("pole", 1 / 3)]),
        ("tan(x)", "0", "5", [("pole", math.pi / 2), ("pole", 3 * math.pi / 2)]),
        ("log(abs(x))", "-1", "3", [("pole", 0)]),
        ("cbrt(x - 1)", "-1", "2", [("vertical", 1)]),
        ("sqrt(abs(x))", "-1", "2", [("kink", 0)]),
        ("abs(x)^3", "-1", "2", []),
        ("relu(x^2)", "-1", "1.5", []),
        ("sin(50*x)", "-1", "1", []),
        ("exp(20*x)", "-1", "1", []),
        ("1e6 + abs(x)", "-1", "2", [("kink", 0)]),
        ("abs(x - 1e-3) + abs(x - 2e-3)", "-1", "2", [("kink", 1e-3), ("kink", 2e-3)]),
    ],
)
def test_bends_are_found_to_the_last_digit(dcalc, expression, low, high, expected):
    found = bends(dcalc, expression, "--from", low, "--to", high)
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    for (_, at), (_, x) in zip(found, expected, strict=True):
        assert at == pytest.approx(x, abs=1e-12, rel=1e-12)


@pytest.mark.parametrize("expression", ["sin(1/x)", "x*sin(1/x)"])
def test_what_swings_without_end_has_no_vertical_tangent(dcalc, expression):
    assert 0 not in [at for _, at in bends(dcalc, expression, "--from", "-1", "--to", "1")]


def test_no_derivative_where_there_is_no_value(dcalc):
    found = dcalc(["plot", "log(x)", "--from", "-1", "--to", "2", "--samples", "4", "--format", "csv"]).out
    assert found.splitlines()[1].endswith(",nan,nan")
    assert bends(dcalc, "log(x)", "--from", "-1", "--to", "2") == [("pole", 0)]
    assert bends(dcalc, "sqrt(x)", "--from", "-1", "--to", "2") == []


def test_both_sides_of_a_bend(dcalc):
    (kink,) = plot(dcalc, "abs(sin(x))", "--from", "1", "--to", "4")["bends"]
    assert kink["left"]["slope"] == pytest.approx(-1) and kink["right"]["slope"] == pytest.approx(1)
    assert kink["what"] == "abs(sin(x))"
    (jump,) = plot(dcalc, "floor(x) + x", "--from", "0.5", "--to", "1.5")["bends"]
    assert jump["left"]["value"] == pytest.approx(1) and jump["right"]["value"] == pytest.approx(2)
    (cusp,) = plot(dcalc, "sqrt(abs(x))", "--from", "-1", "--to", "2")["bends"]
    assert (cusp["left"]["slope"], cusp["right"]["slope"]) == ("-inf", "inf")


def test_a_kink_of_the_derivative_counts_where_the_second_one_is_drawn(dcalc):
    assert bends(dcalc, "elu(x)", "--from", "-1", "--to", "2") == []
    (bend,) = plot(dcalc, "elu(x)", "--from", "-1", "--to", "2", "--order", "2")["bends"]
    assert (bend["kind"], bend["curve"], bend["at"]) == ("kink", "f′′", 0)


# -- domains and ranges ----------------------------------------------------------------------------------------------


def test_outside_the_domain_there_is_a_gap_and_a_note(dcalc):
    found = plot(dcalc, "sqrt(1 - x^2)", "--from", "-2", "--to", "2")
    assert found["undefined"] == [[-2, -1], [1, 2]]
    known = [x for x, y in zip(found["x"], found["curves"][0]["values"], strict=True) if y != "nan"]
    assert (min(known), max(known)) == (-1, 1)  # the curve goes on to the very ends
    answer = dcalc('plot "sqrt(1 - x^2)" --from -2 --to 2')
    assert answer.err == "note: not defined for x from -2 to -1, from 1 to 2\n"


def test_too_large_is_not_undefined(dcalc):
    note = dcalc('plot "exp(x)" --from 0 --to 1000').err
    assert note == "note: too large for floating point for x from 709.7827129 to 1000\n"


def test_a_range_that_nobody_asked_for_goes_by_the_domain_or_the_point(dcalc):
    log = plot(dcalc, "log(x)")["x"]
    assert log[0] <= 0 and log[0] > -1 and log[-1] == 5
    assert plot(dcalc, "x^2", "--at", "x=100")["x"][0] == 50
    assert (plot(dcalc, "x^2")["x"][0], plot(dcalc, "x^2")["x"][-1]) == (-5, 5)


def test_a_pole_does_not_squash_the_picture(dcalc):
    low, high = plot(dcalc, "1/x", "--from", "-5", "--to", "5")["window"]
    assert -10 < low < -1 and 1 < high < 10
    assert plot(dcalc, "1/x", "--ymin", "-2", "--ymax", "3*pi")["window"] == [-2, 3 * math.pi]
    low, high = plot(dcalc, "x^2", "--from", "0", "--to", "3", "--order", "1")["window"]
    assert low <= 0 and high >= 9


@pytest.mark.parametrize(
    ("expression", "options", "kind", "message"),
    [
        ("sin(x)", ("--from", "2", "--to", "1"), "usage", "the range from 2 to 1 is empty"),
        ("sin(x)", ("--from", "1", "--to", "1"), "usage", "is empty"),
        ("sin(x)", ("--from", "-inf", "--to", "1"), "usage", "needs a finite number"),
        ("sin(x)", ("--from", "[1, 2]"), "usage", "needs a finite number"),
        ("sin(x)", ("--from", "q"), "name", "q has no value"),
        ("sin(x)", ("--from", "1", "--to", "1 + 1e-14"), "usage", "too narrow"),
        ("x", ("--from", "-1.7e308", "--to", "1.7e308"), "usage", "too wide"),
        ("sin(x)", ("--samples", "1"), "usage", "2 to 1000000 samples"),
        ("sin(x)", ("--ymin", "1", "--ymax", "0"), "usage", "is empty"),
        ("sin(x)", ("--order", "20"), "limit", "too many"),
        ("log(-1 - x^2)", (), "domain", "no finite value anywhere"),
        ("x*y", (), "usage", "which of x, y is to vary?"),
        ("x*y", ("--var", "x"), "name", "y has no value"),
        ("3", (), "usage", "no input to vary"),
        ("v @ v", ("--at", "v=[1, 2]"), "shape", "what varies is a number"),
        ("log(x)", ("--at", "x=-1"), "domain", "log(-1) is not defined"),
        ("sin(x)", ("--error-vs-h",), "usage", "that at a point"),
        ("[x, x]", ("--error-vs-h", "--at", "x=1"), "shape", "for a number"),
        ("sqrt(x)", ("--error-vs-h", "--at", "x=0"), "domain", "no finite derivative"),
        ("sin(x)", ("--error-vs-h", "--at", "x=0", "--order", "2"), "usage", "no use for --order"),
    ],
)
def test_clear_errors(dcalc, expression, options, kind, message):
    found = failure(dcalc, expression, *options)
    assert found["kind"] == kind and message in found["message"]


@pytest.mark.parametrize("options", [("--from", "-1e300", "--to", "1e300"), ("--from", "0", "--to", "1e-280")])
def test_huge_and_tiny_ranges(dcalc, options):
    values = plot(dcalc, "x", *options)["curves"][1]["values"]
    assert set(values) == {1}
    assert dcalc(["plot", "x/3", *options]).status == 0


def test_a_constant(dcalc):
    found = plot(dcalc, "3", "--var", "x", "--samples", "4")
    assert [curve["values"] for curve in found["curves"]] == [[3] * 4, [0] * 4]


# -- the other inputs, tangents --------------------------------------------------------------------------------------


def test_other_inputs_have_values(dcalc):
    found = plot(
        dcalc, "a*x + b[2]", "--var", "x", "--at", "a=2,b=[1, 5]", "--from", "0", "--to", "1", "--samples", "2"
    )
    assert found["curves"][0]["values"] == [5, 7]


@pytest.mark.parametrize("how", [("--tangent", "pi/6"), ("--at", "x=pi/6")])
def test_tangent(dcalc, how):
    (tangent,) = plot(dcalc, "sin(x)", *how)["tangents"]
    assert tangent["at"] == math.pi / 6
    assert tangent["value"] == pytest.approx(0.5) and tangent["slope"] == pytest.approx(math.sqrt(3) / 2)


def test_the_tangent_at_a_kink_is_that_of_the_convention_and_says_so(dcalc):
    found = plot(dcalc, "relu(x)", "--tangent", "0")
    assert found["tangents"][0]["slope"] == 1
    assert any(note["kind"] == "kink" for note in found["notes"])


def test_no_tangent_where_the_slope_is_infinite(dcalc):
    answer = dcalc("plot sqrt(x) --tangent 0")
    assert answer.status == 0 and "none, the slope is inf" in answer.out and "no tangent is drawn" in answer.err


# -- programs --------------------------------------------------------------------------------------------------------

ROOT = "root(a) = { x = a; while abs(x^2 - a) > 1e-12*a { x = (x + a/x)/2 }; x }; root(a)"


def test_a_program_is_followed_along_the_range(dcalc):
    found = plot(dcalc, ROOT, "--var", "a", "--from", "0.5", "--to", "9", "--samples", "40")
    value, slope = (curve["values"] for curve in found["curves"])
    assert value == pytest.approx([math.sqrt(x) for x in found["x"]], rel=1e-11)
    assert slope == pytest.approx([0.5 / math.sqrt(x) for x in found["x"]], rel=1e-6)
    assert found["bends"] == []
    assert any(note["kind"] == "path" and note["paths"] > 2 for note in found["notes"])


def test_where_the_path_changes(dcalc):
    program = "f(x) = { if x*x*x > 2 { return x^2 }; 5 }; f(x)"
    ((kind, at),) = bends(dcalc, program, "--var", "x", "--from", "-1", "--to", "3")
    assert kind == "jump" and at == pytest.approx(2 ** (1 / 3), abs=1e-12)


def test_a_program_that_asks_for_one_name_varies_that(dcalc):
    found = plot(dcalc, ROOT, "--from", "0.5", "--to", "9", "--samples", "4")
    assert found["variable"] == "a"
    assert found["curves"][0]["values"] == pytest.approx([math.sqrt(x) for x in found["x"]], rel=1e-11)


def test_a_program_that_asks_for_two_names(dcalc):
    found = failure(dcalc, "y = x; while y < a { y = 2*y }; y")
    assert found["hint"] == "say what is to vary: --var NAME --from A --to B"


def test_where_a_program_fails_it_is_followed_at_few_places(dcalc, monkeypatch):
    function = importlib.import_module("dcalc.commands.plot.function")
    whole, places = function.Followed._follow_at, []

    def counted(self, x):
        places.append(x)
        return whole(self, x)

    monkeypatch.setattr(function.Followed, "_follow_at", counted)
    monkeypatch.setattr(function, "DEAR", 10)
    program = "y = x; while y < 10 { y = y*1e9 }; y"
    found = plot(dcalc, program, "--from", "-1", "--to", "1.9", "--samples", "100")
    below = [value for x, value in zip(found["x"], found["curves"][0]["values"], strict=True) if x < 0]
    assert len(below) > 30 and all(value == "nan" for value in below)
    assert len([x for x in places if x < 0]) < 90  # 35 samples, each with 64 halvings to come
    (note,) = (note["message"] for note in found["notes"] if "the program fails" in note["message"])
    assert " places): this is too large" in note


def test_long_failures_and_paths_have_their_limit(dcalc, monkeypatch):
    program = "y = x; while y < 10 { y = y*1e9 }; y"
    for limit, size in (("MOST_FAILED", 100), ("MOST_STEPS", 20)):
        with monkeypatch.context() as patch:
            patch.setattr(f"dcalc.commands.plot.function.{limit}", size)
            answer = dcalc(["plot", program, "--from", "-1", "--to", "1.9"])
        assert answer.status == 0
        assert "would take too long" in answer.err and "not defined" not in answer.err


def test_a_loop_without_an_end_is_a_gap(dcalc, monkeypatch):
    monkeypatch.setattr("dcalc.commands.plot.STEPS", 100)
    program = "y = x; while y < 2 { y = y*1 }; y"
    found = plot(dcalc, program, "--from", "1", "--to", "4", "--samples", "4")
    assert found["curves"][0]["values"] == ["nan", 2, 3, 4]
    assert any("has not ended" in note["message"] for note in found["notes"])


def test_long_programs_have_fewer_halvings(dcalc, monkeypatch):
    from dcalc.commands.plot import function

    whole, calls = function.Path.__call__, []

    def counted(self, xs):
        calls.append(len(xs))
        return whole(self, xs)

    monkeypatch.setattr(function.Path, "__call__", counted)
    for most, expected in ((300_000, 1e-12), (30, 1e-6)):
        monkeypatch.setattr("dcalc.commands.plot.bends.MOST_STEPS", most)
        calls.clear()
        ((kind, at),) = bends(dcalc, "f(x) = if(x*x*x > 2, x^2, 5); f(x)", "--from", "-1", "--to", "3")
        assert kind == "jump" and at == pytest.approx(2 ** (1 / 3), abs=expected)
        assert len(calls) < (70 if most < 100 else 300)


def test_sessions_have_it_as_a_sentence(dcalc):
    script = b"c = 2\nplot c*x var x from -pi to pi samples 3\nx = 1\nplot x^2 from 0 to 2 samples 3 tangent x + c\n"
    answer = dcalc(["run", "-", "--json"], stdin=script)
    assert answer.status == 0, answer.err
    lines = [json.loads(line) for line in answer.out.splitlines()]
    first, second = (line for line in lines if line["kind"] == "plot")
    assert first["curves"][0]["values"] == [-2 * math.pi, 0, 2 * math.pi]
    assert second["tangents"] == [{"curve": "f", "at": 3, "value": 9, "slope": 6}]


def test_more_paths_than_are_followed_are_told(dcalc, monkeypatch):
    monkeypatch.setattr("dcalc.commands.plot.function.MOST_PATHS", 9)
    program = "n = 0; while n < x { n = n + 1 }; n"
    answer = dcalc(["plot", program, "--var", "x", "--from", "0", "--to", "15"])
    assert answer.status == 0
    assert "more than 9 paths" in answer.err and "not defined" not in answer.err


def test_ends_of_the_range(dcalc):
    assert bends(dcalc, "1/x", "--from", "0", "--to", "2") == [("pole", 0)]
    assert bends(dcalc, "relu(x)", "--from", "0", "--to", "2") == []  # what is outside does not show
    assert bends(dcalc, "floor(x)", "--from", "0", "--to", "1") == [("jump", 1)]


def test_a_derivative_does_not_squash_its_function(dcalc):
    low, high = plot(dcalc, "sin(1000*x)", "--from", "0", "--to", "1")["window"]
    assert -13 < low < -9 and 9 < high < 13
    low, high = plot(dcalc, "1000 + x", "--from", "0", "--to", "1")["window"]
    assert low < 1 and high > 1000
