"""The examples: each as a process against its recorded output, and the numbers of the lectures apart from any record.

DCALC_RECORD=1 records the outputs anew; the numbers below come from the lecture notes and are never recorded.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.dc"))
#: Scripts in which an answer is "no".
STATUS = {"check": 1, "slope": 1, "descent_methods": 1}
#: Files of jobs, with the status of the batch.
JOBS = {"few.jsonl": 1, "jobs.jsonl": 0, "jobs.csv": 0}


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
    assert done.returncode == STATUS.get(script.stem, 0), done.stdout
    record = script.with_suffix(".out")
    if recording:
        record.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == record.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", JOBS)
def test_jobs_are_answered_as_recorded(name, recording, dcalc):
    file = ROOT / "examples" / name
    answer = dcalc(["batch", str(file)])
    assert answer.status == JOBS[name], answer.err
    record = file.with_name(f"{name}.out")
    if recording:
        record.write_text(answer.out, encoding="utf-8", newline="")
    assert answer.out == record.read_bytes().decode()


def results(dcalc, script: str) -> list[dict]:
    """The results of an example as objects."""
    answer = dcalc(["run", str(ROOT / "examples" / f"{script}.dc"), "--json"])
    assert answer.status == STATUS.get(script, 0), answer.err
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
    pairs, matrices, every = of_kind(answers, "trace")
    in_x, in_y = of_kind(answers, "grad")
    assert list(zip(*columns(pairs, "tangent"), strict=True)) == DUAL_PAIRS
    assert [step["matrix"] for step in matrices["steps"]] == [[[a, b], [0, a]] for a, b in DUAL_PAIRS]
    assert [step["tangents"]["x"] for step in every["steps"]] == [b for _, b in DUAL_PAIRS]
    assert every["steps"][-1]["tangents"] == {"x": 2, "y": 1, "z": 0}
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
    answer = dcalc(["trace", TABLE, "--at", "x1=1.5,x2=0.5", "--seed", "x1", "--digits", "4"])
    rows = [re.split(r"\s{2,}", re.sub(" += ", " = ", line)) for line in answer.out.splitlines()[3:]]
    assert [float(row[1]) for row in rows] == pytest.approx(PRIMALS, abs=5.1e-4)
    assert [float(row[3]) for row in rows] == pytest.approx(TANGENTS, abs=5.1e-4)
    assert [row[0] for row in rows] == [
        *("v₋₁ = x1", "v₀ = x2", "v₁ = v₋₁/v₀", "v₂ = sin(v₁)", "v₃ = exp(v₀)"),
        *("v₄ = v₁ − v₃", "v₅ = v₂ + v₄", "v₆ = v₅·v₄"),
    ]
    assert [row[2] for row in rows] == [
        *("v̇₋₁ = ẋ1", "v̇₀ = ẋ2", "v̇₁ = (v̇₋₁·v₀ − v₋₁·v̇₀)/v₀²", "v̇₂ = cos(v₁)·v̇₁", "v̇₃ = v₃·v̇₀"),
        *("v̇₄ = v̇₁ − v̇₃", "v̇₅ = v̇₂ + v̇₄", "v̇₆ = v̇₅·v₄ + v̇₄·v₅"),
    ]


# -- row 3: forward and backward pass -------------------------------------------------------------------------------


def test_row_3_example(dcalc):
    trace, gradient, cut, _ = results(dcalc, "backward_pass")
    found = steps(trace, "adjoint")
    assert found == {"x": (1, -3), "y": (3, -3), "z": (-3, 4), "p": (4, -3), "g": (-12, 1)}
    assert list(found) == ["g", "p", "z", "y", "x"]
    assert (gradient["value"], gradient["derivative"]) == (-12, {"x": -3, "y": -3, "z": 4})
    assert cut["derivative"] == {"p": -3, "z": 4}


def test_row_3_command_line(dcalc):
    at = ["--at", "x=1,y=3,z=-3"]
    trace = json.loads(dcalc(["trace", "(x + y)*z", *at, "--mode", "reverse", "--json"]).out)
    assert list(steps(trace, "adjoint").values()) == [(-12, 1), (4, -3), (-3, 4), (3, -3), (1, -3)]
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
    symbols, numbers = of_kind(answers, "trace")
    assert (symbols["steps"][-1]["formula"], symbols["steps"][-1]["with_seed"]) == ("relu(z)", "x1*[z >= 0]")
    assert steps(numbers, "tangent")["z"] == (0.75, 2)  # z, and x1


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


# -- rows 4 and 8: named intermediate values, and the chain rule along a curve ---------------------------------------


def test_row_4_adjoints_of_named_values(dcalc):
    program = "a = x^2; b = exp(a); c = a + b; d = sqrt(c); e1 = cos(c); d + e1"
    x = 0.7
    a = x * x
    b = math.exp(a)
    c = a + b
    of_c = 1 / (2 * math.sqrt(c)) - math.sin(c)
    expected = {"c": of_c, "b": of_c, "a": of_c + of_c * b, "x": (of_c + of_c * b) * 2 * x}
    trace = json.loads(dcalc(["trace", program, "--at", f"x={x}", "--mode", "reverse", "--json"]).out)
    adjoints = {step["name"]: step["adjoint"] for step in trace["steps"]}
    assert [name for name in adjoints if name in expected] == ["c", "b", "a", "x"]
    partials = {(c["from"], s["name"]): c["partial"] for s in trace["steps"] for c in s["contributions"]}
    local = {("a", "x"): 2 * x, ("b", "a"): b, ("c", "a"): 1, ("c", "b"): 1, ("e1", "c"): -math.sin(c)}
    local["d", "c"] = 1 / (2 * math.sqrt(c))
    assert {pair: partials[pair] for pair in local} == pytest.approx(local, rel=1e-15)
    assert {name: adjoints[name] for name in expected} == pytest.approx(expected, rel=1e-14)
    for name in "cba":
        cut = json.loads(dcalc(["grad", program, "--at", f"x={x}", "--wrt", name, "--json"]).out)
        assert cut["derivative"][name] == pytest.approx(expected[name], rel=1e-14)
    whole = "sqrt(x^2 + exp(x^2)) + cos(x^2 + exp(x^2))"
    assert json.loads(dcalc(["grad", whole, "--at", f"x={x}", "--json"]).out)["derivative"]["x"] == pytest.approx(
        expected["x"], rel=1e-14
    )


def test_row_8_along_a_curve(dcalc):
    answer = json.loads(dcalc(["grad", "x = cos(t); y = sin(t); x^2*y", "--at", "t=0.4", "--json"]).out)
    c, s = math.cos(0.4), math.sin(0.4)
    assert answer["derivative"]["t"] == pytest.approx(2 * c * s * -s + c * c * c, rel=1e-14)
    assert dcalc(["diff", "x = cos(t); y = sin(t); x^2*y"]).status == 0


# -- rows 9 and 10: Jacobians of compositions, affine maps -----------------------------------------------------------


def test_row_9_the_jacobian_of_a_composition_is_the_product(dcalc):
    products = [answer["value"] for answer in of_kind(results(dcalc, "affine"), "eval") if len(answer["value"]) == 3]
    assert len(products) == 2
    expected = [[2 * math.cos(2), math.cos(2)], [8, 5], [6, 6]]
    for product in products:
        for row, known in zip(product, expected, strict=True):
            assert row == pytest.approx(known, rel=1e-14)


def test_row_10_affine_maps(dcalc):
    answers = results(dcalc, "affine")
    (jacobian,) = of_kind(answers, "jac")
    assert [row["y"] for row in jacobian["derivative"]] == [[1, 2, 3], [4, 5, 6]]  # J_z(y) = W
    (gradient,) = of_kind(answers, "grad")
    slope = 1 - math.tanh(-1) ** 2  # both components of z are -1
    y, weights = [1, 0, -1], [[1, 2, 3], [4, 5, 6]]
    assert gradient["derivative"]["b"] == pytest.approx([slope, slope])
    for row in gradient["derivative"]["W"]:
        assert row == pytest.approx([slope * k for k in y])  # y_j dD/dz_i, of W's shape
    assert gradient["derivative"]["y"] == pytest.approx([slope * (a + b) for a, b in zip(*weights, strict=True)])
    formulas = [item["formula"] for answer in of_kind(answers, "diff") for item in answer["derivatives"]]
    assert formulas == ["2*outer(W @ y + b, y)", "transpose(A) @ x + A @ x"]


# -- rows 12 and 13: networks, and backpropagation by hand -----------------------------------------------------------


def test_row_12_a_hidden_layer(dcalc):
    weights, inputs, norm = of_kind(results(dcalc, "hidden_layer"), "grad")
    x, b1, w1 = [1, 2], [0, 0.1, 0], [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
    w2, b2, y = [1, -1, 0.5], 0.2, 1
    z = [sum(a * b for a, b in zip(row, x, strict=True)) + b for row, b in zip(w1, b1, strict=True)]
    h = [max(value, 0) for value in z]
    delta = 2 * (sum(a * b for a, b in zip(w2, h, strict=True)) + b2 - y)
    back = [delta * w * (value >= 0) for w, value in zip(w2, z, strict=True)]
    found = weights["derivative"]
    assert found["b2"] == pytest.approx([delta])
    assert found["W2"][0] == pytest.approx([delta * k for k in h])
    assert found["b1"] == pytest.approx(back)
    for row, d in zip(found["W1"], back, strict=True):
        assert row == pytest.approx([d * k for k in x])
    assert inputs["derivative"]["x"] == pytest.approx(
        [sum(d * row[k] for d, row in zip(back, w1, strict=True)) for k in range(2)]
    )
    assert norm["derivative"]["V"] == [[0, 0], [0, 0]]
    assert any(note["kind"] == "kink" for note in norm["notes"])


def test_row_13_by_hand(dcalc):
    answers = results(dcalc, "perceptron")
    (gradient,) = of_kind(answers, "grad")
    by_hand = of_kind(answers, "eval")[-1]["value"]
    assert [gradient["derivative"][name] for name in ("w2", "b2", "w1", "b1")] == pytest.approx(by_hand, rel=1e-14)


# -- row 22: programs ------------------------------------------------------------------------------------------------


def test_row_22_newton(dcalc):
    answers = results(dcalc, "newton_steps")
    assert answers[0]["value"] == pytest.approx(math.sqrt(2), rel=1e-15)
    compared, followed = of_kind(answers, "grad")
    assert compared["agree"]
    assert followed["derivative"]["a"] == pytest.approx(1 / (2 * math.sqrt(2)), rel=1e-12)
    assert any(note["kind"] == "path" for note in followed["notes"])


def test_row_22_recursive_power(dcalc):
    answers = results(dcalc, "recursive_power")
    assert answers[0]["value"] == 1024
    assert of_kind(answers, "diff")[0]["derivatives"][0]["formula"] == "5*x^4"
    compared, followed = of_kind(answers, "grad")
    assert compared["agree"] and compared["backends"]["reverse"]["derivative"]["x"] == 80
    assert followed["derivative"]["x"] == 80


def test_symbolic_differentiation_needs_a_closed_form(dcalc):
    program = "root(a) = { x = a; while abs(x^2 - a) > 1e-12 { x = (x + a/x)/2 }; x }; root(a)"
    for command in (["diff", program], ["grad", program, "--at", "a=2", "--backend", "symbolic"]):
        answer = dcalc(command)
        assert answer.status in (1, 2) and "^" in answer.err and "hint" in answer.err
    assert dcalc(["grad", program, "--at", "a=2", "--backend", "all"]).status == 0


@pytest.mark.parametrize("script", ["gaussian_mixture", "logistic"])
def test_examples_agree_with_all_backends(dcalc, script):
    compared = [answer for answer in of_kind(results(dcalc, script), "grad") if "backends" in answer]
    assert compared and all(answer["agree"] for answer in compared)


def test_speelpenning(dcalc):
    *first, zero = [answer["derivative"]["x"] for answer in of_kind(results(dcalc, "speelpenning"), "grad")]
    assert first == [[24, 12, 8, 6]] * 2 and zero == [0, 12, 0, 0]


# -- claims about rows 3, 6, 8 and 15 --------------------------------------------------------------------------------


def test_rows_3_6_and_8_checked(dcalc):
    answers = of_kind(results(dcalc, "check"), "check")
    verdicts = [answer["verdict"] for answer in answers]
    claims = ["proven", "wrong", "wrong", "wrong", "wrong", "proven", "proven", "proven"]
    assert verdicts == [*claims, "right", "wrong", "proven", "kink", "agree"]
    slips = [answer["components"][0]["slip"]["kind"] for answer in answers[1:5]]
    assert slips == ["constant", "product rule", "quotient rule", "chain rule"]
    assert [row["right"] for row in answers[8]["components"]] == [-3, -3, 4]
    assert (answers[11]["components"][0]["left"], answers[11]["components"][0]["right_hand"]) == (0, 1)


def test_row_23_mixed_partials_agree_and_vectors_have_a_matrix_for_each_value(dcalc):
    out = dcalc("run examples/hessian.dc").out
    assert out.count("2*x\n") == 2
    answer = json.loads(dcalc('hess "[x*y^2, exp(x)*y]" --at x=0,y=2 --json').out)["derivative"]
    assert answer == [
        {"x": {"x": 0.0, "y": 4.0}, "y": {"x": 4.0, "y": 0.0}},
        {"x": {"x": 2.0, "y": 1.0}, "y": {"x": 1.0, "y": 0.0}},
    ]


# -- row 14: gradient descent ---------------------------------------------------------------------------------------


def test_row_14_linear_regression(dcalc):
    """The gradient of sum (w'x - y)^2 is 2*sum (w'x - y)x; the minimum solves the normal equations."""
    xs, ys = [0, 1, 2, 3, 4], [1.1, 2.9, 5.2, 6.8, 9.1]
    n, sx, sy = 5, sum(xs), sum(ys)
    sxx, sxy = sum(x * x for x in xs), sum(x * y for x, y in zip(xs, ys, strict=True))
    w = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    b = (sy - w * sx) / n
    answers = results(dcalc, "descent")
    over_rows, with_arrays, newton = _of_regression(answers)
    assert over_rows["trace"]["x"][1] == pytest.approx([0.02 * 2 * sxy, 0.02 * 2 * sy])
    assert [over_rows["point"]["w"], over_rows["point"]["b"]] == pytest.approx([w, b])
    assert over_rows["verdict"] == "minimum" and over_rows["converged"]
    assert with_arrays == pytest.approx([0.02 * 2 * sxy, 0.02 * 2 * sy])
    assert newton == pytest.approx([w, b])


def _of_regression(answers):
    values = [answer["value"] for answer in of_kind(answers, "eval")]
    return of_kind(answers, "descend")[0], values[0], values[1]


def test_rows_13_and_14_the_perceptron_descends_by_the_notes_gradients(dcalc):
    """d2 = (a2 - y)*s'(z2), d1 = d2*w2*s'(z1); each weight goes by -rate times d2*a1, d2, d1*x, d1."""

    def s(z):
        return 1 / (1 + math.exp(-z))

    w1, b1, w2, b2, steps = 0.4, 0.1, -0.3, 0.2, 0
    trace = []
    while True:
        a1 = s(w1 * 0.5 + b1)
        a2 = s(w2 * a1 + b2)
        if (a2 - 1) ** 2 / 2 < 0.01:
            break
        d2 = (a2 - 1) * a2 * (1 - a2)
        d1 = d2 * w2 * a1 * (1 - a1)
        w1, b1, w2, b2 = w1 - 0.5 * d1 * 0.5, b1 - 0.5 * d1, w2 - 0.5 * d2 * a1, b2 - 0.5 * d2
        steps += 1
        trace.append([w1, b1, w2, b2])
    answers = results(dcalc, "descent")
    found = of_kind(answers, "descend")[-1]
    assert found["steps"] == steps and found["rule"] == "loss"
    assert list(found["point"].values()) == pytest.approx(trace[-1])
    assert of_kind(answers, "eval")[-1]["value"] == pytest.approx(trace[0])


def test_row_14_the_hidden_layer_learns_exclusive_or(dcalc):
    answers = results(dcalc, "descent_xor")
    (found,) = of_kind(answers, "descend")
    assert found["rule"] == "loss" and found["value"] < 0.01
    outputs = of_kind(answers, "eval")[-1]["value"]
    assert [round(one) for one in outputs] == [0, 1, 1, 0]
    assert sum((a - t) ** 2 for a, t in zip(outputs, [0, 1, 1, 0], strict=True)) / 2 == pytest.approx(found["value"])


def test_row_14_every_method_comes_down_rosenbrocks_valley(dcalc):
    answers = results(dcalc, "descent_methods")
    found = of_kind(answers, "descend")
    reached = [list(found[0]["point"].values()), *(one["value"] for one in of_kind(answers, "eval"))]
    assert len(reached) == 4 and all(point == pytest.approx([1, 1], abs=3e-6) for point in reached)
    assert list(found[1]["point"].values()) == pytest.approx([1, 1]) and found[1]["steps"] == 6
    assert [one["verdict"] for one in found] == ["minimum", "minimum", "saddle"]
