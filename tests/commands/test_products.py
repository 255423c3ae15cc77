"""jvp, vjp and hvp: against products of mpmath's Jacobians and Hessians, at kinks, and refused."""

from __future__ import annotations

import json

import mpmath
import numpy as np
import pytest

AT = ["--at", "x=0.7,y=1.3,z=-0.4"]
POINT = [0.7, 1.3, -0.4]
OUTPUTS = ["sin(x*y) + z^2", "exp(x - z)*y", "x/(1 + y^2)"]
SAME = [
    lambda x, y, z: mpmath.sin(x * y) + z**2,
    lambda x, y, z: mpmath.exp(x - z) * y,
    lambda x, y, z: x / (1 + y**2),
]
V = [2.0, -1.0, 0.5]
BACKENDS = ["forward", "reverse", "symbolic", "fd", "auto"]


def partial(f, *orders):
    with mpmath.workdps(50):
        return float(mpmath.diff(f, tuple(mpmath.mpf(x) for x in POINT), orders))


UNITS = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
JACOBIAN = np.array([[partial(f, *unit) for unit in UNITS] for f in SAME])
HESSIAN = np.array([[partial(SAME[1], *np.add(a, b).tolist()) for a in UNITS] for b in UNITS])


def body(dcalc, *words):
    result = dcalc([*words, *AT, "--json"])
    assert result.status == 0, result.err or result.out
    return json.loads(result.out)


@pytest.mark.parametrize("backend", BACKENDS)
def test_jvp(dcalc, backend):
    found = body(dcalc, "jvp", f"[{', '.join(OUTPUTS)}]", "--v", "x=2,y=-1,z=0.5", "--backend", backend)
    assert found["derivative"] == pytest.approx(JACOBIAN @ V, rel=1e-13 if backend != "fd" else 1e-7)
    assert found["value"] == pytest.approx([float(f(*POINT)) for f in SAME])
    assert found["v"] == "x=2,y=-1,z=0.5"


@pytest.mark.parametrize("backend", BACKENDS)
def test_vjp(dcalc, backend):
    found = body(dcalc, "vjp", f"[{', '.join(OUTPUTS)}]", "--u", "[2,-1,0.5]", "--backend", backend)
    rows = V @ JACOBIAN
    assert [found["derivative"][name] for name in "xyz"] == pytest.approx(rows, rel=1e-13 if backend != "fd" else 1e-7)
    assert found["value"] == pytest.approx([float(f(*POINT)) for f in SAME])


@pytest.mark.parametrize("backend", BACKENDS)
def test_hvp(dcalc, backend):
    found = body(dcalc, "hvp", OUTPUTS[1], "--v", "[2,-1,0.5]", "--backend", backend)
    rows = HESSIAN @ V
    assert [found["derivative"][name] for name in "xyz"] == pytest.approx(rows, rel=1e-13 if backend != "fd" else 1e-7)
    assert found["value"] == pytest.approx(float(SAME[1](*POINT)))


def test_arrays_keep_their_shapes(dcalc):
    at = ["--at", "W=[[1,2],[3,4]],y=[5,6]"]
    found = json.loads(dcalc(["vjp", "W @ y", *at, "--u", "[1,-1]", "--json"]).out)
    assert found["derivative"] == {"W": [[5, 6], [-5, -6]], "y": [-2, -2]}
    found = json.loads(dcalc(["jvp", "W @ y", *at, "--v", "W=[[1,0],[0,0]],y=[0,1]", "--json"]).out)
    assert found["derivative"] == [7, 4]
    found = json.loads(dcalc(["hvp", "sum((W @ y)^2)", *at, "--v", "y=[1,0]", "--json"]).out)
    assert found["derivative"]["y"] == [20, 28]  # 2 WᵀW v


def test_backends_are_compared(dcalc):
    result = dcalc(["hvp", "x^2*y + y^3", "--at", "x=1,y=2", "--v", "x=1", "--backend", "all"])
    assert result.status == 0 and "the backends agree" in result.out
    assert "d(∇f·v)/dx" in result.out and "grad f*v" not in result.out
    assert "d(grad f*v)/dx" in dcalc(["hvp", "x^2", "--at", "x=1", "--v", "x=1", "--ascii"]).out


def test_text(dcalc):
    result = dcalc(["vjp", "[x*y, x+y]", "--at", "x=2,y=3", "--u", "[1,10]"])
    assert [line.split() for line in result.out.splitlines()] == [
        ["value", "[6,", "5]"],
        ["u·f", "56"],
        ["d(u·f)/dx", "13"],
        ["d(u·f)/dy", "12"],
    ]
    assert dcalc(["jvp", "x^2*y", "--at", "x=1,y=2", "--v", "[3,4]", "--unit"]).out.split() == [
        "value",
        "2",
        "d/dv",
        "3.2",
    ]


def test_latex(dcalc):
    out = dcalc(["hvp", "x*y", "--at", "x=1,y=2", "--v", "x=1", "--format", "latex"]).out
    assert r"\nabla f \cdot v" in out and r"\left(H v\right)_{y}" in out and "?" not in out


def test_a_kink_has_the_sides_of_its_direction(dcalc):
    """max(x, y) at (1, 1) along (1, -1): x falls behind on the left, y on the right; along y alone the other way."""
    result = dcalc(["jvp", "max(x, y)", "--at", "x=1,y=1", "--v", "x=1,y=-1"])
    assert "max(x, y) has a kink here (d/dv: left -1, right 1)" in result.err
    right = dcalc(["jvp", "max(x, y)", "--at", "x=1,y=1", "--v", "x=1,y=-1", "--at-kink", "right"])
    assert right.out.split() == ["value", "1", "d/dv", "1"]
    assert "kink" not in dcalc(["jvp", "max(x, y)", "--at", "x=1,y=1", "--v", "z=0,x=0"]).err


def test_an_input_named_v_is_no_confusion(dcalc):
    result = dcalc(["jvp", "v^2", "--at", "v=3", "--v", "v=1"])
    assert result.out.split()[:2] == ["value", "9"] and result.out.split()[-1] == "6"


def test_what_does_not_move_costs_nothing_and_spoils_nothing(dcalc):
    result = dcalc(["jvp", "sqrt(x) + y^2", "--at", "x=0,y=3", "--v", "y=1"])
    assert result.out.split() == ["value", "9", "d/dv", "6"] and not result.err


def test_programs_that_follow_values(dcalc):
    text = "s = x; while s < 10 { s = s*s }; s*y"
    assert dcalc(["jvp", text, "--at", "x=2,y=3", "--v", "x=1"]).out.split()[-1] == "96"  # 4 x^3 y
    assert dcalc(["hvp", text, "--at", "x=2,y=3", "--v", "x=1"]).out.split()[5:] == ["144", "d(∇f·v)/dy", "32"]


def test_sentences(dcalc):
    script = b"x = 1; y = 2\njvp x^2*y v x=3,y=4\nans + 1\nhvp x^2*y v [1,0]\n"
    assert dcalc(["run", "-"], stdin=script).out.split()[2:8] == ["value", "2", "d/dv", "16", "17", "value"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["jvp", "x*y", "--at", "x=1,y=2"], "which direction?"),
        (["jvp", "x*y", "--at", "x=1,y=2", "--v", "[1,2,3]"], "the inputs have 2 components, the direction has 3"),
        (["jvp", "x*y", "--at", "x=1,y=2", "--v", "z=1"], "there is no input z"),
        (
            ["jvp", "sum(x)", "--at", "x=[1,2]", "--v", "x=1"],
            "x is a vector of 2, its part of the direction is a number",
        ),
        (["jvp", "x", "--at", "x=1", "--v", "x=1", "--v", "[1]"], "by names or as one vector"),
        (["jvp", "x", "--at", "x=1", "--v", "x=0", "--unit"], "length 0"),
        (["jvp", "2", "--v", "x=1"], "no input"),
        (["vjp", "[x, x]", "--at", "x=1"], "which u?"),
        (["vjp", "[x, x]", "--at", "x=1", "--u", "2"], "the value is a vector of 2, u is a number"),
        (["hvp", "[x, x]", "--at", "x=1", "--v", "x=1"], "hvp is of a number"),
        (["jvp", "log(x)", "--at", "x=-1", "--v", "x=1"], "log(-1) is not defined"),
        (["jvp", "x", "--at", "x=1", "--v", "x=1", "--h", "2"], "finite differences"),
    ],
)
def test_what_cannot_be_understood(dcalc, words, message):
    result = dcalc(words)
    assert result.status in (1, 2) and message in result.err and not result.out
