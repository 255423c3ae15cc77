"""The examples: each as a process against its recorded output, and the numbers of the lectures apart from any record.

DCALC_RECORD=1 records the outputs anew; the numbers below come from the lecture notes and are never recorded.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.dc"))


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_what_is_recorded(script, recording, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "dcalc", "run", str(script.relative_to(ROOT))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # as a terminal shows it, notes in their place
        cwd=ROOT,
        timeout=60,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    record = script.with_suffix(".out")
    if recording:
        record.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == record.read_text(encoding="utf-8")


def results(dcalc, script: str) -> list[dict]:
    """The results of an example as objects."""
    answer = dcalc(["run", str(ROOT / "examples" / f"{script}.dc"), "--json"])
    assert answer.status == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines() if line.startswith("{")]


def steps(answer: dict, other: str) -> dict[str, tuple[float, float]]:
    return {step["name"]: (step["value"], step[other]) for step in answer["steps"]}


def columns(answer: dict, other: str) -> tuple[list[float], list[float]]:
    return [step["value"] for step in answer["steps"]], [step[other] for step in answer["steps"]]


def of_kind(answers: list[dict], kind: str) -> list[dict]:
    return [answer for answer in answers if answer["kind"] == kind]


# -- row 1: dual numbers --------------------------------------------------------------------------------------------

DUAL_AT = ["--at", "x=2,y=3,z=-1"]
DUAL_PAIRS = [(2, 1), (3, 0), (-1, 0), (2, 0), (-3, 0), (4, 2), (7, 2), (7, 2)]  # x y z c r1 c·x r2 u


def test_row_1_example(dcalc):
    answers = results(dcalc, "dual_numbers")
    trace, in_x, in_y = answers
    assert list(zip(*columns(trace, "tangent"), strict=True)) == DUAL_PAIRS
    assert (in_x["value"], in_x["derivative"]) == (7, {"x": 2})
    assert (in_y["value"], in_y["derivative"]) == (7, {"y": 1})


def test_row_1_command_line(dcalc):
    answer = dcalc(["trace", "max(y*z, y+2*x)", *DUAL_AT, "--mode", "dual", "--json"])
    assert list(zip(*columns(json.loads(answer.out), "tangent"), strict=True)) == DUAL_PAIRS
    gradient = json.loads(dcalc(["grad", "max(y*z, y+2*x)", *DUAL_AT, "--json"]).out)
    assert (gradient["value"], gradient["derivative"]) == (7, {"x": 2, "y": 1, "z": 0})


# -- row 2: the primal and tangent table ----------------------------------------------------------------------------

TABLE = "(sin(x1/x2) + (x1/x2 - exp(x2))) * (x1/x2 - exp(x2))"
PRIMALS = [1.500, 0.500, 3.000, 0.141, 1.649, 1.351, 1.492, 2.017]
TANGENTS = [1.000, 0.000, 2.000, -1.980, 0.000, 2.000, 0.020, 3.012]


def test_row_2_example(dcalc):
    first = results(dcalc, "primal_tangent")[0]
    values, tangents = columns(first, "tangent")
    assert values == pytest.approx(PRIMALS, abs=5.1e-4)
    assert tangents == pytest.approx(TANGENTS, abs=5.1e-4)


def test_row_2_command_line_text(dcalc):
    answer = dcalc(["trace", TABLE, "--at", "x1=1.5,x2=0.5", "--wrt", "x1", "--digits", "4"])
    rows = [re.split(r"\s{2,}", line) for line in answer.out.splitlines()[3:]]
    assert [float(row[2] if len(row) > 4 else row[1]) for row in rows] == pytest.approx(PRIMALS, abs=5.1e-4)
    assert [float(row[-1]) for row in rows] == pytest.approx(TANGENTS, abs=5.1e-4)
    assert [row[0] for row in rows] == ["x1", "x2", "v₁", "v₂", "v₃", "v₄", "v₅", "v₆"]


# -- row 3: forward and backward pass -------------------------------------------------------------------------------


def test_row_3_example(dcalc):
    trace, gradient, cut = results(dcalc, "backward_pass")
    assert steps(trace, "adjoint") == {"x": (1, -3), "y": (3, -3), "z": (-3, 4), "p": (4, -3), "g": (-12, 1)}
    assert (gradient["value"], gradient["derivative"]) == (-12, {"x": -3, "y": -3, "z": 4})
    assert cut["derivative"] == {"p": -3, "z": 4}


def test_row_3_command_line(dcalc):
    at = ["--at", "x=1,y=3,z=-3"]
    trace = json.loads(dcalc(["trace", "(x + y)*z", *at, "--mode", "reverse", "--json"]).out)
    assert list(steps(trace, "adjoint").values()) == [(1, -3), (3, -3), (-3, 4), (4, -3), (-12, 1)]
    assert json.loads(dcalc(["grad", "(x + y)*z", *at, "--json"]).out)["derivative"] == {"x": -3, "y": -3, "z": 4}


# -- row 6: elementary derivatives ----------------------------------------------------------------------------------

RULES = {
    "t^n": "n*t^(n - 1)",
    "e^t": "e^t",
    "ln(t)": "1/t",
    "sin(t)": "cos(t)",
    "cos(t)": "-sin(t)",
    "tan(t)": "sec(t)^2",
    "c*t^2": "2*c*t",
    "3*x^3 - 3*x + 5": "9*x^2 - 3",
    "t^2*sin(t)": "2*t*sin(t) + t^2*cos(t)",
    "sin(t)/t": "cos(t)/t - sin(t)/t^2",
    "1/t": "-1/t^2",
    "sin(t^2)": "2*t*cos(t^2)",
    "exp(3t)": "3*exp(3*t)",
}
AT = {"t": 1.3, "n": 2.5, "c": 0.7, "x": 2.0}


@pytest.mark.parametrize(("expression", "derivative"), RULES.items(), ids=RULES)
def test_row_6_formulas(dcalc, expression, derivative):
    wrt = "x" if "x^" in expression else "t"
    answer = json.loads(dcalc(["diff", expression, "--wrt", wrt, "--json"]).out)
    formula = answer["derivatives"][0]["formula"]
    # The same function, whatever its form …
    at = ["--at", ",".join(f"{name}={value}" for name, value in AT.items())]
    expected, found = (json.loads(dcalc(["eval", text, *at, "--json"]).out)["value"] for text in (derivative, formula))
    assert found == pytest.approx(expected, rel=1e-13)
    # … and no longer than the textbook's.
    assert len(formula) <= len(derivative)


def test_row_6_example(dcalc):
    formulas = [answer["derivatives"][0] for answer in of_kind(results(dcalc, "elementary_rules"), "diff")]
    assert [one["formula"] for one in formulas[:-1]] == list(RULES.values())
    assert formulas[-1] == {"label": "d/dx", "formula": "9*x^2 - 3", "value": 33}


# -- row 7: partial derivatives -------------------------------------------------------------------------------------


def test_row_7_example(dcalc):
    answers = results(dcalc, "partial_derivatives")
    formulas = [[one["formula"] for one in answer["derivatives"]] for answer in of_kind(answers, "diff")]
    assert formulas[:3] == [["2*x"], ["3*y^2"], ["2*x*y^3", "3*x^2*y^2"]]
    assert formulas[3] == formulas[4] == ["6*x*y^2"]
    assert [answer["derivative"] for answer in of_kind(answers, "grad")] == [{"x": 6}, {"y": 75, "x": 6}]


def test_row_7_command_line(dcalc):
    assert dcalc(["diff", "x^2 + y^3", "--wrt", "x"]).out == "2*x\n"
    answer = json.loads(dcalc(["grad", "x^2 + y^3", "--at", "x=3,y=5", "--wrt", "x", "--json"]).out)
    assert answer["derivative"] == {"x": 6}


# -- row 15: relu and max -------------------------------------------------------------------------------------------


def test_row_15_example(dcalc):
    answers = results(dcalc, "relu")
    gradients = of_kind(answers, "grad")
    assert [answer["derivative"]["u"] for answer in gradients] == [1, 0, 1, 0, 0.5]
    noted = [any(note["kind"] == "kink" for note in answer.get("notes", [])) for answer in gradients]
    assert noted == [False, False, True, True, True]
    formulas = [answer["derivatives"][0]["formula"] for answer in of_kind(answers, "diff")]
    assert formulas == ["[u >= 0]", "[u > v]", "x1*[w11*x1 + w21*x2 >= 0]"]
    trace = steps(of_kind(answers, "trace")[0], "tangent")
    assert trace["z"] == (0.75, 2)  # z, and x1


@pytest.mark.parametrize("backend", ["forward", "reverse", "symbolic"])
def test_row_15_command_line(dcalc, backend):
    answer = dcalc(f"grad relu(u) --at u=0 --backend {backend} --json")
    found = json.loads(answer.out)
    assert found["derivative"] == {"u": 1}
    kink = next(note for note in found["notes"] if note["kind"] == "kink")
    assert (kink["left"], kink["right"]) == ([[0]], [[1]])
    # max(u, v)' = u'[u > v] + v'[u <= v]: at u = v it is v's.
    tie = json.loads(dcalc(f'grad "max(u, v)" --at u=1,v=1 --backend {backend} --json').out)
    assert tie["derivative"] == {"u": 0, "v": 1}
    assert any(note["kind"] == "kink" for note in tie["notes"])


# -- row 26: the covector -------------------------------------------------------------------------------------------


def test_row_26_example(dcalc):
    answers = results(dcalc, "covector")
    assert [one["formula"] for one in answers[0]["derivatives"]] == ["1/2", "1/2"]
    rows = [answer["derivative"] for answer in of_kind(answers, "jac")]
    assert rows[0] == [{"x1": 0.5, "x2": 0.5}]
    assert rows[-1] == [{"x1": 0.5, "x2": 0.5}, {"x1": 3, "x2": 1}]


def test_row_26_command_line(dcalc):
    point = ["--at", "x1=1,x2=3"]
    assert dcalc(["jac", "x1/2 + x2/2", *point]).out.splitlines()[-1].split() == ["f", "0.5", "0.5"]
    assert r"\begin{pmatrix} 0.5 & 0.5 \end{pmatrix}" in dcalc(["jac", "x1/2 + x2/2", *point, "--format", "latex"]).out
