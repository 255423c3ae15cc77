"""`plot --error-vs-h` (LECTURES.md, row 19): the V-curve, its slopes and its best steps, against theory and mpmath."""

from __future__ import annotations

import json
import math
import re

import mpmath
import pytest

EPSILON = 2.0**-52
FUNCTIONS = {
    "exp(x^2)": (lambda x: mpmath.exp(x * x), 1),
    "sin(x)": (mpmath.sin, 1),
    "log(x)": (mpmath.log, 3.3),
    "x*atan(x)": (lambda x: x * mpmath.atan(x), 0.7),
    "sqrt(x)": (mpmath.sqrt, 123.4),
}


def errors(dcalc, expression, x):
    answer = dcalc(["plot", expression, "--at", f"x={x}", "--error-vs-h", "--json"])
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_slopes_and_best_steps(dcalc, expression):
    function, x = FUNCTIONS[expression]
    found = errors(dcalc, expression, x)
    with mpmath.workdps(40):
        value, _, second, third = (float(mpmath.diff(function, mpmath.mpf(x), k)) for k in range(4))
    best = {
        "forward": math.sqrt(2 * EPSILON * abs(value / second)),
        "backward": math.sqrt(2 * EPSILON * abs(value / second)),
        "central": math.cbrt(1.5 * EPSILON * abs(value / third)),
    }
    for name, slope in (("forward", 1), ("backward", 1), ("central", 2)):
        scheme = found["schemes"][name]
        assert scheme["theory_h"] == pytest.approx(best[name], rel=1e-9)
        assert best[name] / 12 < scheme["best_h"] < best[name] * 12
        assert scheme["slope"] == pytest.approx(slope, abs=0.1) and scheme["theory_slope"] == slope
        assert scheme["round_off_slope"] == pytest.approx(-1, abs=0.3)
    # √ε of digits for the one-sided quotients, the power 2/3 of it for the symmetric one.
    assert found["schemes"]["central"]["best_error"] < found["schemes"]["forward"]["best_error"] / 10


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_truncation_errors_against_mpmath(dcalc, expression):
    function, x = FUNCTIONS[expression]
    found = errors(dcalc, expression, x)
    with mpmath.workdps(40):
        at = mpmath.mpf(x)
        slope = mpmath.diff(function, at)
        for k, h in enumerate(map(mpmath.mpf, found["h"])):
            if not 1e-3 < h < 0.3:
                continue
            expected = {
                "forward": (function(at + h) - function(at)) / h,
                "backward": (function(at) - function(at - h)) / h,
                "central": (function(at + h) - function(at - h)) / (2 * h),
            }
            for name, quotient in expected.items():
                error = found["schemes"][name]["errors"][k]
                assert error == pytest.approx(float(abs(quotient - slope)), rel=1e-4, abs=1e-9)


def test_where_nothing_is_left_out_there_is_no_slope(dcalc):
    schemes = errors(dcalc, "2*x + 1", 3)["schemes"]
    assert {scheme["slope"] for scheme in schemes.values()} == {"nan"}
    assert max(max(scheme["errors"]) for scheme in schemes.values()) < 1e-12
    square = errors(dcalc, "x^2", 3)["schemes"]
    assert square["forward"]["slope"] == pytest.approx(1, abs=0.1) and square["central"]["theory_h"] == "nan"


def test_where_the_second_derivative_is_0_all_are_of_second_order(dcalc):
    schemes = errors(dcalc, "sin(x)", 0)["schemes"]
    assert [scheme["theory_slope"] for scheme in schemes.values()] == [2, 2, 2]
    assert [scheme["slope"] for scheme in schemes.values()] == pytest.approx([2, 2, 2], abs=0.1)


def test_at_a_kink_the_quotients_never_come_near(dcalc):
    found = errors(dcalc, "relu(x)", 0)  # 1 by convention: that of the right
    assert set(found["schemes"]["backward"]["errors"]) == {1}
    assert any(note["kind"] == "kink" for note in found["notes"])


def test_at_the_edge_of_the_domain_there_are_gaps(dcalc):
    found = errors(dcalc, "sqrt(x)", 0.01)
    assert found["schemes"]["backward"]["errors"][0] == "nan"
    assert found["schemes"]["backward"]["slope"] == pytest.approx(1, abs=0.1)


def test_the_table_says_it_in_words(dcalc):
    answer = dcalc('plot "exp(x^2)" --at x=1 --error-vs-h')
    head, _, *rows = answer.out.splitlines()[-5:]
    assert re.split("  +", head) == ["quotient", "best h", "error", "h by theory", "slope", "by theory", "round-off"]
    assert [row.split()[0] for row in rows] == ["forward", "backward", "symmetric"]
    assert [row.split()[4:6] for row in rows] == [["1.00", "1.00"], ["1.00", "1.00"], ["2.00", "2.00"]]
    assert max(map(len, answer.out.splitlines())) <= 80
    assert answer.err == ""


def test_what_is_exact_at_every_step_is_told(dcalc):
    assert "not in the picture: forward, backward, symmetric" in dcalc('plot "2*x" --at x=1 --error-vs-h').err
    assert "not in the picture: symmetric" in dcalc('plot "abs(x)" --at x=0 --error-vs-h').err
