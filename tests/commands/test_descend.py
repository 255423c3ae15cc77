"""descend: iterates against closed forms and loops written by hand, stop rules, verdicts, divergence, files, Ctrl-C."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dcalc.evaluate import engines
from tests.sessions import Session

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ["scalar", pytest.param("llvm", marks=pytest.mark.skipif(bool(engines.unavailable()), reason="no LLVM"))]
ROSENBROCK = "(1-x)^2 + 100*(y-x^2)^2"


def body(dcalc, *words, status=0):
    result = dcalc(["descend", *words, "--json"])
    assert result.status == status, result.err or result.out
    return json.loads(result.out)


def slope(p):
    x, y = p
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


# -- iterates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_quadratic_goes_down_as_its_closed_form(dcalc, engine):
    """x_k - 3 = (x_0 - 3)(1 - 2*rate)^k, and likewise along y with twice the curvature."""
    found = body(dcalc, "(x-3)^2 + 2*(y+1)^2", "--start", "x=0,y=5", "--rate", "0.1", "--engine", engine)
    ks = np.arange(found["steps"] + 1)
    assert found["trace"]["k"] == ks.tolist()
    x, y = np.transpose(found["trace"]["x"])
    assert x == pytest.approx(3 - 3 * 0.8**ks, abs=1e-14)
    assert y == pytest.approx(-1 + 6 * 0.6**ks, abs=1e-14)
    assert found["trace"]["loss"] == pytest.approx((x - 3) ** 2 + 2 * (y + 1) ** 2, rel=1e-12, abs=1e-300)
    lengths = np.hypot(2 * (x - 3), 4 * (y + 1))
    assert found["trace"]["grad"] == pytest.approx(lengths, rel=1e-12)
    assert lengths[-1] < 1e-8 <= lengths[-2]
    assert found["trace"]["step"][0] is None
    assert found["trace"]["step"][1:] == pytest.approx(0.1 * lengths[:-1], rel=1e-12)


def gd(p, rate):
    while True:
        yield p
        p = p - rate * slope(p)


def momentum(p, rate, mu=0.9):
    """Sutskever, Martens, Dahl, Hinton, ICML 2013, equations 1 and 2 (Polyak's heavy ball)."""
    v = np.zeros(2)
    while True:
        yield p
        v = mu * v - rate * slope(p)
        p = p + v


def nesterov(p, rate, mu=0.9):
    """The same paper, equations 3 and 4 (Nesterov 1983)."""
    v = np.zeros(2)
    while True:
        yield p
        v = mu * v - rate * slope(p + mu * v)
        p = p + v


def adam(p, rate):
    """Kingma and Ba, ICLR 2015, algorithm 1."""
    m, v, t = np.zeros(2), np.zeros(2), 0
    while True:
        yield p
        t += 1
        g = slope(p)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        p = p - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


def newton(p, rate):
    while True:
        yield p
        x, y = p
        hessian = np.array([[2 - 400 * y + 1200 * x * x, -400 * x], [-400 * x, 200.0]])
        p = p - rate * np.linalg.solve(hessian, slope(p))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("method", "rate"), [(gd, 1e-3), (momentum, 5e-4), (nesterov, 5e-4), (adam, 0.02), (newton, 0.5)]
)
def test_each_method_is_that_of_its_paper(dcalc, method, rate, engine):
    name = method.__name__
    found = body(dcalc, ROSENBROCK, "--start", "x=-1.2,y=1", "--method", name, "--rate", str(rate), "--steps", "60",
                 "--stop", "steps", "--engine", engine)  # fmt: skip
    wanted = [p for p, _ in zip(method(np.array([-1.2, 1.0]), rate), range(61), strict=False)]
    assert np.array(found["trace"]["x"]) == pytest.approx(np.array(wanted), rel=1e-9)
    assert found["method"] == name


def test_momentum_is_an_option(dcalc):
    found = body(dcalc, ROSENBROCK, "--start", "x=-1.2,y=1", "--method", "nesterov", "--rate", "5e-4", "--momentum",
                 "0.5", "--steps", "20", "--stop", "steps")  # fmt: skip
    wanted = [p for p, _ in zip(nesterov(np.array([-1.2, 1.0]), 5e-4, 0.5), range(21), strict=False)]
    assert np.array(found["trace"]["x"]) == pytest.approx(np.array(wanted), rel=1e-9)
    refused = dcalc(["descend", "x^2", "--start", "x=1", "--momentum", "0.5"])
    assert refused.status == 2 and "gd keeps no momentum" in refused.err


def test_newtons_method_goes_down_where_the_hessian_is_not_positive(dcalc):
    result = dcalc(["descend", "x^4 - 2*x^2 + y^2", "--start", "x=0.1,y=1", "--method", "newton", "--json"])
    found = json.loads(result.out)
    assert abs(found["point"]["x"]) == pytest.approx(1) and found["verdict"] == "minimum"
    assert any(note["kind"] == "hessian" for note in found["notes"])


def test_arrays_and_what_stays(dcalc):
    A, b = np.array([[3.0, 1.0], [1.0, 2.0], [0.0, 1.0]]), np.array([1.0, 2.0, 3.0])
    found = body(dcalc, "sum((A @ x - b)^2)", "--start", "x=[0,0]", "--at", "A=[[3,1],[1,2],[0,1]],b=[1,2,3]", "--rate",
                 "0.03", "--steps", "5000")  # fmt: skip
    assert found["point"]["x"] == pytest.approx(np.linalg.lstsq(A, b, rcond=None)[0], abs=1e-8)
    assert found["eigenvalues"] == pytest.approx(np.linalg.eigvalsh(2 * A.T @ A))
    assert found["trace"]["x"][1] == pytest.approx(0.03 * 2 * A.T @ b)


# -- the end --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "rule"),
    [("grad<1e-3", "grad"), ("loss < 0.5", "loss"), ("step<1e-2", "step"), ("change<1e-4,grad<1e-9", "change"),
     ("loss<1e-30 or step<1e-3", "step")],
)  # fmt: skip
def test_stop_rules(dcalc, rules, rule):
    found = body(dcalc, "(x-3)^2", "--start", "x=0", "--stop", rules)
    assert found["converged"] and found["rule"] == rule
    trace = {**found["trace"], "change": [np.nan, *np.abs(np.diff(found["trace"]["loss"]))]}
    bound = float(
        next(one for one in rules.replace(" ", "").replace("or", ",").split(",") if rule in one).split("<")[1]
    )
    values = [np.nan if one is None else one for one in trace[rule]]
    assert values[-1] < bound and not any(one < bound for one in values[:-1])


def test_not_converged_is_status_1_and_all_steps_may_be_asked_for(dcalc):
    words = ["(x-3)^2", "--start", "x=0", "--steps", "5"]
    found = body(dcalc, *words, status=1)
    assert (found["ended"], found["steps"], found["converged"]) == ("steps", 5, False)
    assert body(dcalc, *words, "--stop", "steps")["why"] == "after 5 steps, as asked for"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_divergence_is_said_and_the_proposed_rate_works(dcalc, engine):
    words = ["100*(x-3)^2 + y^2", "--start", "x=0,y=1", "--engine", engine, "--steps", "3000"]
    found = body(dcalc, *words, status=1)
    assert found["ended"] == "diverged" and found["proposed"]["converges"]
    rate = found["proposed"]["rate"]
    assert 0.002 <= rate < 0.01  # beyond 2/200 no rate converges
    again = body(dcalc, *words, "--rate", str(rate))
    assert len(again["trace"]["k"]) == again["steps"] + 1
    assert again["converged"] and again["point"]["x"] == pytest.approx(3)
    (note,) = found["notes"]
    assert f"--rate {rate:g} converges in {again['steps']:,} steps (tried)" in note["message"]


def test_other_bad_ends(dcalc):
    assert body(dcalc, "x^3", "--start", "x=-1", status=1)["ended"] == "unbounded"
    lost = body(dcalc, "sqrt(x)", "--start", "x=1", "--rate", "1", status=1)
    assert lost["ended"] == "undefined" and lost["point"]["x"] == 0.5
    result = dcalc(["descend", "log(x)", "--start", "x=-1"])
    assert result.status != 0 and "log(-1) is not defined" in result.err
    back = dcalc(["descend", "abs(x)", "--start", "x=1", "--rate", "0.3"])
    assert back.status == 1 and "back and forth" in back.err


@pytest.mark.parametrize(
    ("text", "start", "kind", "eigenvalues"),
    [
        ("x^2 + 3*y^2", "x=1,y=1", "minimum", [2, 6]),
        ("x^2 - y^2", "x=1,y=0", "saddle", [-2, 2]),
        ("cos(x) - y^2", "x=0,y=0", "maximum", [-2, -1]),
        ("0*x + 5", "x=1", "plateau", [0]),
        ("x^4", "x=0.01", "degenerate", None),
        ("x^3 + y^2", "x=0.001,y=0", "degenerate", None),
        ("x^2*y^2", "x=0,y=0", "plateau", [0, 0]),
        ("x^2 + 0*y", "x=1,y=1", "degenerate", [0, 2]),
        ("x^2 - y^2 + 0*z", "x=1,y=0,z=1", "saddle", [-2, 0, 2]),
        ("max(x, 0) + max(-x, 0)", "x=0", "kink", []),
    ],
)
def test_what_was_reached(dcalc, text, start, kind, eigenvalues):
    found = body(dcalc, text, "--start", start, "--stop", "grad<1e-5,step<1e-9")
    assert found["verdict"] == kind
    if eigenvalues is not None:
        assert found["eigenvalues"] == pytest.approx(eigenvalues, abs=1e-8)
    if kind == "saddle":
        assert np.abs(found["downhill"][1]) == pytest.approx(1)


def test_a_point_on_the_way_is_no_minimum(dcalc):
    assert body(dcalc, "(x-3)^2", "--start", "x=0", "--steps", "3", status=1)["verdict"] == "slope"
    assert body(dcalc, ROSENBROCK, "--start", "x=-1.2,y=1", "--rate", "1e-3", status=1)["verdict"] == "slope"


def test_kinks_are_told_once(dcalc):
    result = dcalc(["descend", "sum(relu(W @ [1,-1] + b)^2) + sum((b-1)^2)", "--start", "W=zeros(3,2),b=zeros(3)"])
    assert result.err.count("kink") == 2  # in one note: the gradients on a kink, and the first
    assert "of 1" in result.err.replace(",", "") and result.status == 0


def test_programs_are_followed_step_by_step(dcalc):
    """The path depends on x: halved until it is at most 1, so that the minimum of (s - 0.75)^2 is where s = 0.75."""
    text = "f(x) = { s = x; while s > 1 { s = s/2 }; (s - 0.75)^2 }; f(x)"
    result = dcalc(["descend", text, "--start", "x=7", "--rate", "0.5", "--steps", "3000", "--json"])
    found = json.loads(result.out)
    s = found["point"]["x"]
    while s > 1:
        s /= 2
    assert found["converged"] and s == pytest.approx(0.75, abs=1e-6)
    assert any(note["kind"] == "path" for note in found["notes"])


# -- many steps -----------------------------------------------------------------------------------------------------


def test_a_million_steps_are_soon_done_and_thinned(dcalc):
    if engines.unavailable():
        pytest.skip("no LLVM")
    begun = time.process_time()
    words = [ROSENBROCK, "--start", "x=-1.2,y=1", "--rate", "1e-4", "--steps", "1000000", "--stop", "steps"]
    result = dcalc(["descend", *words])
    assert time.process_time() - begun < 5 and result.status == 0
    lines = result.out.splitlines()
    assert len(lines) < 45 and [line.split()[0] for line in lines[3:8]] == ["20", "50", "100", "200", "500"]
    assert abs(float(next(line for line in lines if line.startswith("x ")).split()[1]) - 1) < 1e-6


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "json"])
def test_every_step_goes_to_a_file(dcalc, tmp_path, ending):
    file = tmp_path / f"steps.{ending}"
    words = ["(x-3)^2 + v[1]^2 + v[2]^2", "--start", "x=0,v=[1,2]", "--steps", "5000", "--stop", "steps"]
    result = dcalc(["descend", *words, "--trace-steps", str(file)])
    assert result.status == 0, result.err
    if ending in ("csv", "tsv"):
        rows = list(csv.DictReader(file.open(), delimiter="," if ending == "csv" else "\t"))
    else:
        rows = (
            json.loads(file.read_text()) if ending == "json" else [json.loads(x) for x in file.read_text().splitlines()]
        )
    assert len(rows) == 5001
    assert list(rows[0]) == ["k", "x", "v[1]", "v[2]", "loss", "|grad|", "|step|"]
    assert [int(row["k"]) for row in rows] == list(range(5001))
    assert float(rows[3]["x"]) == pytest.approx(3 - 3 * 0.8**3) and float(rows[3]["v[2]"]) == pytest.approx(2 * 0.8**3)
    assert rows[0]["|step|"] in ("", None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk of Linux")
@pytest.mark.parametrize("ending", ["csv", "jsonl", "json"])
def test_a_full_disk_is_no_fault_of_ours(dcalc, tmp_path, ending):
    file = tmp_path / f"steps.{ending}"
    file.symlink_to("/dev/full")
    result = dcalc(["descend", "(x-3)^2", "--start", "x=0", "--trace-steps", str(file)])
    assert (result.status, result.out) == (2, "")
    assert f"cannot write {file}" in result.err


def test_an_interrupt_loses_nothing(tmp_path):
    file = tmp_path / "steps.csv"
    process = subprocess.Popen(
        [sys.executable, "-m", "dcalc", "descend", "sum(tanh(W)^2)", "--start", "W=normal(20,20)", "--rate", "1e-9",
         "--steps", "900000000", "--trace-steps", str(file)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (file.exists() and file.stat().st_size > 10_000):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "interrupted after" in out and "loss" in out
    rows = list(csv.reader(file.open()))
    assert len(rows) > 2 and len(rows[-1]) == len(rows[0])  # the file is whole


# -- starts, shows, refusals ----------------------------------------------------------------------------------------


def test_random_starts_hang_on_the_seed(dcalc):
    def first(*words):
        found = body(dcalc, "sum(W^2)+c^2+sum(u^2)", "--start", "W=0.5*normal(2, 3), c=uniform(), u=uniform(4)", *words)
        return np.array(found["trace"]["x"][0])

    one = first()
    assert np.array_equal(one, first()) and not np.array_equal(one, first("--shuffle-seed", "1"))
    random = np.random.default_rng(0)
    wanted = [*(0.5 * random.standard_normal((2, 3))).ravel(), random.uniform(-1, 1), *random.uniform(-1, 1, 4)]
    assert one == pytest.approx(wanted)


def test_formats(dcalc, tmp_path):
    words = ["descend", "(x-3)^2", "--start", "x=0", "--steps", "30"]
    lines = dcalc([*words, "--format", "csv"]).out.splitlines()
    assert lines[0] == "k,x,loss,|grad|,|step|" and len(lines) == 32
    assert r"\lVert \nabla f \rVert" in dcalc([*words, "--format", "latex"]).out
    assert r"\|grad\|" in dcalc([*words, "--format", "markdown"]).out
    assert dcalc([*words, "--ascii"]).out.isascii()
    pytest.importorskip("matplotlib")
    for name, begin in (("loss.svg", b"<?xml"), ("loss.png", b"\x89PNG")):
        dcalc([*words, "--out", str(tmp_path / name)])
        assert (tmp_path / name).read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x^2"], "where does the descent begin?"),
        (["x^2 + a", "--start", "x=1"], "a has no value"),
        (["[x, x]", "--start", "x=1"], "descend goes down a number, this is a vector of 2"),
        (["x^2", "--start", "x=1", "--method", "BFGS"], "did you mean scipy:BFGS?"),
        (["x^2", "--start", "x=1", "--method", "gdd"], "did you mean gd"),
        (["x^2", "--start", "x=1", "--method", "scipy:BFG"], "did you mean BFGS?"),
        (["x^2", "--start", "x=1", "--stop", "graad<1"], "did you mean grad?"),
        (["x^2", "--start", "x=1", "--stop", "grad>1"], "needs rules such as grad<1e-8"),
        (["x^2", "--start", "x=1", "--mean"], "mean is of a table of rows"),
        (["x^2", "--start", "x=1", "--at", "x=2"], "x is in start and in at"),
        (["x^2", "--start", "x=inf"], "not finite"),
        (["x^2", "--start", "x=1", "--trace-steps", "steps.xls"], "steps are not written to steps.xls"),
        (["x^2", "--start", "x=1", "--rate", "0"], "rate needs a number above 0"),
        (["x^2", "--start", "x=1", "--rate", "1", "--method", "scipy:BFGS"], "has no use for --rate"),
    ],
)
def test_refusals(dcalc, words, message):
    result = dcalc(["descend", *words])
    assert result.status not in (0, 70) and message in result.err


def test_help_has_its_own_steps(dcalc):
    assert "how many steps at most, 1000 by default" in dcalc(["help", "descend"]).out
    assert "how many statements" in dcalc(["help", "grad"]).out


def test_sessions():
    session = Session("set steps 7", "loss = (w-1)^2 + (b+2)^2")
    session("descend loss start w=0, b=0 keep")
    assert session("w") == "0.9999999981" and session("[b, w]") == "[-1.999999996, 0.9999999981]"
    session("descend loss start w=5, b=6 method newton stop grad<1e-3 or step<1e-9")
    assert session("ans") == "[1, -2]"
    assert "steps say" not in session("descend loss start w=1,b=1 steps 1 stop steps")
    session("undo")
    assert "w has no value" in session.refuses("w")
