"""trace: what it prints can be read back and computed, and the numbers are those of independent oracles."""

from __future__ import annotations

import json
import re
import time

import mpmath
import numpy as np
import pytest

import dcalc

LECTURE = "(sin(x1/x2) + (x1/x2 - exp(x2)))*(x1/x2 - exp(x2))"
PROGRAMS = [
    (LECTURE, {"x1": 1.5, "x2": 0.5}),
    ("p = x + y; g = p*z", {"x": 1, "y": 3, "z": -3}),
    ("a = x^2; b = exp(a); c = a + b; d = sqrt(c); e1 = cos(c); d + e1", {"x": 0.7}),
    ("max(y*z, y + 2*x)", {"x": 2, "y": 3, "z": -1}),
    ("x^y + x^3 + 2^x - x^-2 + (x*y)^(1/2)", {"x": 1.3, "y": 2.5}),
    ("x*x*x/x - -x", {"x": 1.7}),
    ("-x/(y - 3)*(2/x) + 1/(1 + x^2)", {"x": 0.4, "y": 1.5}),
    ("tan(x) + asin(x/2) + atan2(x, y) + hypot(x, y) + log2(y) + tanh(x)", {"x": 0.3, "y": 2}),
    ("sigmoid(w*x + b) - relu(x) + leaky_relu(-x) + abs(y) + clip(y, 0, 1)", {"w": 2, "x": 0.5, "b": 1, "y": -2}),
    ("if(x > 0 and y < 1, x*y, sqrt(y))", {"x": 2, "y": 0.5}),
    ("[x > 1]*y + x", {"x": 2, "y": 5}),
    ("c = x > y; if(c, x^2, y^2)", {"x": 2, "y": 3}),
    ("min(x, y, z)*max(x, y, z, 2)", {"x": 1, "y": 4, "z": 3}),
    ("max(x, x) + x^x", {"x": 2}),
    ("s = 1; for k in 1..4 { s = s*x + k }; s", {"x": 0.5}),
    ("r = a; while abs(r^2 - a) > 1e-6 { r = (r + a/r)/2 }; r", {"a": 2}),
    ("power(b, n) = if n == 0 { 1 } else { b*power(b, n - 1) }; power(x, 4)", {"x": 1.5}),
    ("v[1]*v[2] + sum(v) + v[1]", {"v": [2, 3]}),
    ("sum(v[1..2]*v[2..3]) + prod(v)", {"v": [1, 2, 3]}),
    ("norm(W @ x + b)^2", {"W": [[1, 2], [3, 4], [5, 6]], "x": [0.5, -1], "b": [1, 2, 3]}),
    ("sum(tanh(W @ x)*2/x) + max(x)", {"W": [[1, 2], [3, 4]], "x": [0.5, 0.25]}),
    ("det(A)*tr(inv(A)) + (A @ A)[1, 2]", {"A": [[2, 1], [0, 3]]}),
    ("sum(x*A) + mean(A*A) + logsumexp(A[1, :])", {"x": 2, "A": [[2, 1], [0, 3]]}),
    ("sum(if(v > 1, v^2, -v))", {"v": [0.5, 2, 3]}),
    ("sum([x, y]*[y, z])", {"x": 1, "y": 2, "z": 3}),
    ("sum(relu(concat(u, u)))*dot(u, u)", {"u": [1, -2]}),
    ("θ*sqrt(2) + pi*e1", {"θ": 0.5, "e1": 2}),
    ("v1 + vm1*dv1 + v1_bar", {"v1": 2, "vm1": 3, "dv1": 4, "v1_bar": 5}),
    ("v1 = x^2; c = v1*2; c*x", {"x": 3}),
]
IDS = [text for text, _ in PROGRAMS]


def at(point: dict) -> str:
    return ",".join(f"{name}={json.dumps(value)}" for name, value in point.items())


def traced(dcalc_, text: str, point: dict, *options: str) -> dict:
    found = dcalc_(["trace", text, *(["--at", at(point)] if point else []), *options, "--json"])
    assert found.status == 0, found.err
    return json.loads(found.out)


def computed(formula: str, known: dict):
    """What a printed formula is, over the names above it."""
    function = dcalc.function(formula)
    names = set(re.findall(r"[^\W\d]\w*", formula))
    return np.asarray(function(**{name: value for name, value in known.items() if name in names}), dtype=float)


def close(left, right) -> bool:
    return np.allclose(np.asarray(left, float), np.asarray(right, float), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("names", ["textbook", "own"])
@pytest.mark.parametrize(("text", "point"), PROGRAMS, ids=IDS)
def test_each_row_is_what_its_formula_says(dcalc, text, point, names):
    known: dict[str, object] = {}
    steps = traced(dcalc, text, point, "--names", names)["steps"]
    assert len({step["name"] for step in steps} | {step["tangent_name"] for step in steps}) == 2 * len(steps)
    for step in steps:
        if step["formula"] is not None:
            assert close(computed(step["formula"], known), step["value"]), step
        known[step["name"]] = step["value"]
        if step["tangent_formula"] is not None:
            assert close(computed(step["tangent_formula"], known), step["tangent"]), step
        known[step["tangent_name"]] = step["tangent"]


@pytest.mark.parametrize("names", ["textbook", "own"])
@pytest.mark.parametrize(("text", "point"), PROGRAMS, ids=IDS)
def test_contributions_are_what_they_say_and_add_up(dcalc, text, point, names):
    steps = traced(dcalc, text, point, "--mode", "reverse", "--names", names)["steps"]
    known = {step["name"]: step["value"] for step in steps}
    known |= {step["adjoint_name"]: step["adjoint"] for step in steps}
    done = set()
    for step in steps:
        total = np.zeros(np.shape(step["value"]))
        for line in step["contributions"]:
            assert line["from"] in done, "an adjoint is complete before it is handed on"
            value = computed(line["formula"], known)
            assert close(value, line["value"]), line
            if "partial" in line:
                slope = computed(line["partial_formula"], known)
                assert close(slope, line["partial"])
                assert close(slope * known[_bar(steps, line["from"])], line["value"])
            if "to" in line:
                places = line["to"][len(step["adjoint_name"]) :]
                total[_slices(places)] += value
            else:
                total = total + value
        if step["contributions"]:
            assert close(total, step["adjoint"]), step
        done.add(step["name"])


def _bar(steps: list[dict], name: str) -> str:
    return next(step["adjoint_name"] for step in steps if step["name"] == name)


def _slices(places: str) -> tuple:
    parts = []
    for part in places.strip("[]").split(", "):
        first, _, last = part.partition("..")
        parts.append(slice(None) if part == ":" else slice(int(first) - 1, int(last)) if last else int(first) - 1)
    return tuple(parts)


@pytest.mark.parametrize(("text", "point"), PROGRAMS, ids=IDS)
def test_all_seeds_directions_adjoints_and_the_gradient_agree(dcalc, text, point):
    every = traced(dcalc, text, point, "--seed", "all")
    back = traced(dcalc, text, point, "--mode", "reverse")
    gradient = json.loads(dcalc(["grad", text, "--at", at(point), "--json"]).out)["derivative"]
    adjoints = {step.get("own_name", step["name"]): step["adjoint"] for step in back["steps"]}
    for name, expected in gradient.items():
        assert close(adjoints[name], expected)
    tangents = every["steps"][-1].get("tangents") or {every["seeds"][0]: every["steps"][-1]["tangent"]}
    flat = [entry for name in point for entry in np.asarray(gradient[name], float).ravel()]
    assert close(list(tangents.values()), flat)
    weights = {
        name: (np.arange(1.0, np.size(value) + 1) ** 2).reshape(np.shape(value)) for name, value in point.items()
    }
    direction = at({name: weight.tolist() for name, weight in weights.items()})
    along = traced(dcalc, text, point, "--seed", direction)["steps"][-1]["tangent"]
    assert close(along, sum(np.sum(weights[name] * np.asarray(gradient[name], float)) for name in point))


@pytest.mark.parametrize(("text", "point"), PROGRAMS, ids=IDS)
def test_symbols_have_the_numbers_of_the_point(dcalc, text, point):
    numbers = traced(dcalc, text, point, "--names", "textbook")
    symbols = traced(dcalc, text, point, "--mode", "symbolic", "--names", "textbook")
    known = {step["name"]: step["value"] for step in numbers["steps"]}
    known |= {step["tangent_name"]: step["tangent"] for step in numbers["steps"]}
    assert [step["name"] for step in symbols["steps"]] == [step["name"] for step in numbers["steps"]]
    for number, symbol in zip(numbers["steps"], symbols["steps"], strict=True):
        assert (symbol["formula"], symbol["tangent_formula"]) == (number["formula"], number["tangent_formula"])
        assert close(computed(symbol["with_seed"], known), number["tangent"]), symbol


def test_the_lectures_table_against_50_digits(dcalc):
    mpmath.mp.dps = 50

    def f(x1, x2):
        v1, v3 = x1 / x2, mpmath.exp(x2)
        return (mpmath.sin(v1) + (v1 - v3)) * (v1 - v3)

    point = {"x1": 1.5, "x2": 0.5}
    last = traced(dcalc, LECTURE, point, "--seed", "all")["steps"][-1]
    assert last["value"] == pytest.approx(float(f(mpmath.mpf(1.5), mpmath.mpf(0.5))), rel=1e-15)
    for k, name in enumerate(point):
        expected = mpmath.diff(f, (1.5, 0.5), (1 - k, k))
        assert last["tangents"][name] == pytest.approx(float(expected), rel=1e-14)


def test_an_adjoint_against_the_complex_step(dcalc):
    x = 0.7 + 1e-30j
    a = x * x
    c = a + np.exp(a)
    expected = (np.sqrt(c) + np.cos(c)).imag / 1e-30
    text = "a = x^2; b = exp(a); c = a + b; d = sqrt(c); e1 = cos(c); d + e1"
    steps = traced(dcalc, text, {"x": 0.7}, "--mode", "reverse")["steps"]
    assert steps[-1]["adjoint"] == pytest.approx(expected, rel=1e-14)
    assert [step["name"] for step in steps] == ["v1", "e1", "d", "c", "b", "a", "x"]


def test_dual_numbers_and_their_matrices_multiply_alike(dcalc):
    steps = traced(dcalc, "r1 = y*z; r2 = y + 2*x; r1*r2", {"x": 2, "y": 3, "z": -1}, "--mode", "matrix")["steps"]
    known = {step["name"]: np.array(step["matrix"]) for step in steps}
    assert (known["r1"] == known["y"] @ known["z"]).all()
    assert (known["r2"] == known["y"] + known["c"] @ known["x"]).all()
    assert (steps[-1]["matrix"] == known["r1"] @ known["r2"]).all()


def test_names_that_are_taken_are_not_given_again(dcalc):
    found = traced(dcalc, "v1 = x^2; c = v1*2; c*x", {"x": 3}, "--mode", "dual")["steps"]
    assert [step["name"] for step in found] == ["x", "c_", "v1", "c", "v2"]
    assert [step["symbol"] for step in found] == ["x", "cʹ", "v1", "c", "v₂"]


def test_a_60_000_step_trace_is_shown_in_part_and_told_in_full(dcalc):
    text = "x = 1.0; for k in 1..20000 { x = x*a + sin(x) }; x"
    begun = time.process_time()
    for mode in ("forward", "reverse", "dual"):
        lines = dcalc(["trace", text, "--at", "a=0.3", "--mode", mode]).out.splitlines()
        assert len(lines) < 1000
        assert any(re.match(r"… \d+ more", line.strip()) for line in lines)
        assert "shortened" in lines[-1]
    assert time.process_time() - begun < 60
    rows = dcalc(["trace", text, "--at", "a=0.3", "--format", "csv"]).out.splitlines()
    assert len(rows) == 1 + 1 + 3 * 20000


def test_what_is_not_taken_hands_nothing_on(dcalc):
    steps = traced(dcalc, "if(x > 0, sqrt(x), 0)", {"x": -1}, "--mode", "reverse")["steps"]
    by_name = {step["name"]: step for step in steps}
    assert by_name["v1"]["value"] == "nan"
    assert [by_name[name]["adjoint"] for name in ("v2", "v1", "v0")] == [1, 0, 0]
    assert [line["taken"] for line in by_name["v0"]["contributions"]] == [False]


def test_a_user_with_a_v1_has_other_letters(dcalc):
    plain = dcalc('trace "v1*x" --at v1=2,x=3 --ascii').out
    assert "wm1 = v1" in plain and "w1  = wm1*w0" in plain  # not v1 = vm1*v0 below vm1 = v1
    assert [step["name"] for step in traced(dcalc, "v1*w2", {"v1": 2, "w2": 3})["steps"]] == ["sm1", "s0", "s1"]


def test_arrays_are_told_by_their_norms_only_where_that_is_shorter(dcalc):
    found = dcalc('trace "x*y" --at x=[1,2,3],y=[4,5,6] --seed all').out
    assert "[4, 10, 18]" in found and "norm" not in found


def test_partials_that_are_left_out_are_not_left_out_silently(dcalc):
    line = 'trace "max(y*z, y+2*x)" --at x=2,y=3,z=-1 --mode reverse'
    assert "too wide for the local partials" in dcalc(line).out and "∂v₄/∂v₃" not in dcalc(line).out
    whole = dcalc(f"{line} --format markdown").out
    assert "too wide" not in whole and "∂v₄/∂v₃" in whole
