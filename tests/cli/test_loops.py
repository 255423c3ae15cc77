"""Long loops on the command line, end to end."""

from __future__ import annotations

import json
import time

import pytest

LOGISTIC = "l = 0.5; for k in 1..1000000 { l = r*l*(1-l) }; l"


def test_a_million_rounds(dcalc):
    began = time.process_time()
    assert dcalc(["grad", LOGISTIC, "--at", "r=2.8"]) == (0, "value  0.6428571429\nd/dr   0.1275510204\n", "")
    assert dcalc(["grad", LOGISTIC, "--at", "r=2.8", "--backend", "forward"])[1].endswith("0.1275510204\n")
    assert "-0.09110787172" in dcalc(["hess", LOGISTIC, "--at", "r=2.8"])[1]
    assert dcalc(["eval", LOGISTIC, "--at", "r=2.8"])[:2] == (0, "0.6428571429\n")
    assert time.process_time() - began < 15


def test_all_backends_agree(dcalc):
    text = LOGISTIC.replace("1000000", "20000")
    status, out, _ = dcalc(["grad", text, "--at", "r=2.8", "--backend", "all", "--format", "json"])
    assert status == 0
    answers = json.loads(out)["results"][0] if "results" in json.loads(out) else json.loads(out)
    assert "symbolic" not in json.dumps(answers)


def test_where_it_fails_is_told(dcalc):
    status, out, err = dcalc(["eval", "s = 1; for k in 1..100000 { s = s*x }; s", "--at", "x=1.1"])
    assert (status, out) == (1, "")
    assert "1.783718733e+308*1.1 is too large for floating point" in err and "(in round 7448 of the loop)" in err
    assert err.splitlines()[2].strip() == "^^^"


def test_kinks_are_told(dcalc):
    text = "s = x; for k in 1..100000 { s = abs(s - 1/k) }; s"
    status, out, err = dcalc(["grad", text, "--at", "x=0.5"])
    assert status == 0 and out.startswith("value  1.000009995e-10\n")
    assert "abs(s - 1/k) has a kink in round 2 of the loop (d/dx: left -1, right 1)" in err


@pytest.mark.parametrize("verb", ["diff", "trace", "explain", "cost"])
def test_others_write_it_out(dcalc, verb):
    """Who shows a program's operations has no loop as a node; this one has more rounds than --steps allows."""
    options = [] if verb in ("diff", "cost") else ["--at", "r=2.8"]
    status, _, err = dcalc([verb, LOGISTIC.replace("1000000", "30000"), *options, "--steps", "5000"])
    assert status == 1
    assert "this loop has not ended after 5000 steps" in err


def test_a_formula_is_of_the_loop_written_out(dcalc):
    text = "s = 1; for k in 1..40 { s = s*x/k }; s"
    assert dcalc(["grad", text, "--at", "x=2", "--backend", "symbolic"])[:2] == dcalc(["grad", text, "--at", "x=2"])[:2]


def test_many_points(dcalc, tmp_path):
    (tmp_path / "points.csv").write_text("r\n2.8\n2.5\n4.5\n")
    text = LOGISTIC.replace("1000000", "20000")
    status, out, err = dcalc(["grad", text, "--points", str(tmp_path / "points.csv"), "--format", "csv"])
    rows = out.splitlines()
    assert rows[1].startswith("2.8,0.642857142857142")
    assert [float(cell) for cell in rows[2].split(",")[:3]] == pytest.approx([2.5, 0.6, 0.16])
    assert "in round" in err and status == 1


def test_a_dual_number_is_followed_through_the_loop_written_out(dcalc):
    text = "s = x + eps; for k in 1..3000 { s = s*0.999 + 1 }; s"
    status, out, _ = dcalc(["eval", text, "--at", "x=1"])
    assert status == 0 and "ε" in out
