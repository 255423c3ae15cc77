"""Whole sources: run as files with their own tests, arrays, loops, names, and what is refused."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dcalc
from dcalc.errors import DcalcError
from dcalc.export.names import Namer, harmless, spelled

sys.path.insert(0, str(Path(__file__).parent))
from sources import GCC, STRICT, by_python, flat

PROGRAMS = {
    "shared": ("a = x^2*sin(y); exp(a)/(1 + a) + max(x, y)", "value,grad,hess"),
    "vector": ("[x*y, sin(x), if(x > y, x, y^2)]", "value,jac,hess"),
    "written matrix": ("[[x*y, sin(x)], [1, y]]", "value,jac"),
    "constant": ("3", "value"),
    "loop": ("s = 0; for k in 1..5000 { s = s + sin(k*x)/k^2 }; s*y", "value,grad,hess"),
    "two states": ("a = x; b = y; for k in 1..5000 { c = a; a = b; b = c*0.999 }; a*b", "value,grad"),
    "layers": ("W: 2x3; x: 3; b: 2; norm(tanh(W @ x + b)) + sum(W*W) + max(x)", "value,grad"),
    "array": ("W: 2x3; x: 3; tanh(W @ x)", "value,jac"),
    "reductions": ("x: 4; logsumexp(x) + min(x[1..3]) + sum(softmax(x)*x)", "value,grad,hess"),
    "moves": ("x: 2; A: 2x2; concat(x, A[1], transpose(A)[2]) @ concat(x, x, x) + sum(diag(A)) + sum(outer(x, x))",
              "value,grad"),
    "axes": ("A: 2x3; sum(max(A, axis=1)*sum(A, axis=2)[1])", "value,grad"),
    "determinant": ("A: 3x3; det(A)", "value,grad"),
    "names": ("α = x^2; int_ = x*lambda; def = sin(lambda); α*def + int_ + I", "value,grad"),
}  # fmt: skip


def run(language: str, source: str, folder: Path, *flags: str) -> list[float]:
    """The numbers that a source's own test prints, once it has found them right."""
    if language == "c":
        (folder / "f.c").write_text(source)
        command = ["gcc", *STRICT, *flags, "-DTEST", "f.c", "-o", "f", "-lm"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        done = subprocess.run([folder / "f"], capture_output=True, text=True, check=False)
    else:
        (folder / "f.py").write_text(source)
        done = subprocess.run([sys.executable, "-I", "f.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return [float(one) for one in done.stdout.split() if one != "ok:"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_c_runs(name: str, tmp_path: Path) -> None:
    if GCC is None:
        pytest.skip("gcc is not installed")
    text, what = PROGRAMS[name]
    assert run("c", dcalc.function(text).export("c", what=what), tmp_path)


ARRAYS = {
    "broadcasting": ("A: 3x4; b: 4; c: 3x1; d: 1x4; sum((A + b)*c/d) + sum(A > 2)*sum(A*b)", "value,grad"),
    "along axes": ("A: 3x4; sum(logsumexp(A, axis=1)^2) + sum(norm(A, axis=2)) + sum(min(A, axis=2)*sum(A, axis=2))",
                   "value,grad"),
    "products": ("A: 3x4; B: 4x2; v: 3; sum(A @ B) + (v @ A) @ (transpose(A) @ v) + sum(tanh(v @ A))", "value,grad"),
    "a Hessian": ("x: 4; sum(exp(x)*x) + (x @ x)^2", "value,grad,hess"),
    "shapes": ("A: 2x2; reshape(A*A, 4) @ reshape(transpose(A), 4) + sum(if(A > 2, A, sqrt(abs(A)))) + max(A)",
               "value,grad"),
    "slices": ("A: 4x4; norm(A[1..2, 2..3] @ A[3..4, 1..2]) + sum(stack(A[1], A[2])*2)", "value,grad"),
    "a Jacobian": ("W: 3x3; x: 3; relu(W @ x)/sum(x)", "value,jac"),
    "others": PROGRAMS["moves"],
    "layers": PROGRAMS["layers"],
    "what has no loops": PROGRAMS["determinant"],
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_c_has_loops_over_arrays(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if GCC is None:
        pytest.skip("gcc is not installed")
    text, what = ARRAYS[name]
    written_out = dcalc.function(text).export("c", what=what)
    monkeypatch.setattr("dcalc.export.c.MANY", 0)
    looping = dcalc.function(text).export("c", what=what)
    assert ("for (int i = 0" in looping.partition("#ifdef")[0].partition(" f(")[2]) == (name != "what has no loops")
    assert run("c", looping, tmp_path, "-O1") == pytest.approx(run("c", written_out, tmp_path, "-O1"), rel=1e-12)


def test_large_arrays_are_loops(tmp_path: Path) -> None:
    source = dcalc.function("W: 40x30; x: 30; sum(tanh(W @ x)^2)").export("c")
    assert len(source.partition("#ifdef")[0]) < 3000
    if GCC is not None:
        assert len(run("c", source, tmp_path)) == 1 + 40 * 30 + 30
    with pytest.raises(DcalcError, match="too many for a C function"):
        dcalc.function("x: 200000; sum(tanh(tanh(x) + 1)*tanh(x))").export("c")


@pytest.mark.parametrize("name", ["shared", "loop", "layers", "names"])
@pytest.mark.parametrize("language", ["python", "numpy"])
def test_files_run(name: str, language: str, tmp_path: Path) -> None:
    text, what = PROGRAMS[name]
    assert run(language, dcalc.function(text).export(language, what=what), tmp_path)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("language", ["python", "numpy", "jax"])
def test_numbers(name: str, language: str) -> None:
    if language == "jax":
        if importlib.util.find_spec("jax") is None:
            pytest.skip("jax is not installed")
        if name not in ("shared", "loop", "reductions", "moves"):
            pytest.skip("JAX takes long to compile")
    text, what = PROGRAMS[name]
    function = dcalc.function(text)
    source = function.export(language, what=what)
    space: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, "f.py", "exec"), space)  # it tries itself
    assert "found" in space


def test_numpy_takes_many_points() -> None:
    function = dcalc.function("x^2*y + max(x, y)")
    source = by_python(function.export("numpy", what="value,grad,hess"))
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 1.0])
    value, grad, hess = source(x, y)
    assert (value.shape, grad.shape, hess.shape) == ((3,), (3, 2), (3, 2, 2))
    wanted = function.grad(x=2, y=2)
    assert flat(grad[1]) == [wanted["x"], wanted["y"]]


def test_a_million_rounds_are_a_loop() -> None:
    source = dcalc.function("s = x; for k in 1..1000000 { s = s/2 + sin(k*x)/k }; s").export("c", what="value,grad")
    assert len(source) < 3000
    assert "for (long" in source


# ---- names and comments


@pytest.mark.parametrize(
    ("name", "plain"),
    [("α", "alpha"), ("Δx", "Deltax"), ("é", "e"), ("x_1", "x_1"), ("ς", "sigma"), ("ϑ", "theta")],
)
def test_names_are_spelled(name: str, plain: str) -> None:
    assert spelled(name) == plain


def test_names_never_clash() -> None:
    namer = Namer({"int", "v1"})
    assert [namer.own("int"), namer.own("int"), namer.own("α"), namer.own("alpha")] == [
        "int_",
        "int_3",
        "alpha",
        "alpha_",
    ]
    assert namer.fresh() == "v2"
    assert namer.own("_x") == "v_x"


@pytest.mark.parametrize("name", ["exp", "main", "y0", "INFINITY", "double", "restrict", "grad", "found", "value"])
def test_words_of_c_may_be_inputs(name: str, tmp_path: Path) -> None:
    if GCC is None:
        pytest.skip("gcc is not installed")
    text = f"{name}^2*x" if name != "exp" else "x^2"
    assert run("c", dcalc.function(text).export("c", name=name if name != "grad" else "f"), tmp_path)


def test_texts_stay_in_comments(tmp_path: Path) -> None:
    text = 'x^2 # */ int main(void) { } /* ??/ """ \\\n# \u202e"""\n'
    for language in ("c", "python", "numpy"):
        if language != "c" or GCC is not None:
            assert run(language, dcalc.function(text).export(language), tmp_path)[0] == 4.0
    assert "*/" not in harmless("a */*/ b", c=True)
    assert "??" not in harmless("??/???", c=True)


# ---- refusals


def test_a_path_that_depends_on_values_is_refused() -> None:
    with pytest.raises(DcalcError, match="path of this program") as caught:
        dcalc.function("y = x; while y > 1 { y = y/2 }; y").export("c", at={"x": 8.0})
    assert "if(condition, a, b)" in (caught.value.hint or "")


def test_what_a_language_lacks_names_those_that_have_it() -> None:
    with pytest.raises(DcalcError, match="inv is not written for c") as caught:
        dcalc.function("A: 3x3; sum(inv(A))").export("c")
    assert "numpy" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"language": "fortran"}, "usage"),
        ({"what": "all"}, "usage"),
        ({"name": "a b"}, "usage"),
        ({"wrt": "q"}, "name"),
    ],
)
def test_bad_requests(how: dict[str, str], kind: str) -> None:
    with pytest.raises(DcalcError) as caught:
        dcalc.function("x^2").export(**how)
    assert caught.value.kind == kind
    assert caught.value.hint


def test_a_gradient_is_of_a_number() -> None:
    with pytest.raises(DcalcError, match="gradient is of a number"):
        dcalc.function("[x, x]").export("c", what="grad")


# ---- what is written


def test_what_is_shared_is_computed_once_and_squares_are_products() -> None:
    source = dcalc.function("a = x^2*sin(y); exp(a)*a").export("c", what="value,grad")
    source = source.partition("#include")[2]
    assert source.count("sin(y)") == source.count("exp(a)") == 1
    assert "pow(" not in source
    assert "x*x" in source


def test_branches_select() -> None:
    source = dcalc.function("if(x > 0, sqrt(x), 0)").export("c", what="value,grad")
    assert "? " in source
    function = by_python(dcalc.function("if(x > 0, sqrt(x), 0)").export("python", what="value,grad"))
    assert flat(function(-1.0)) == flat(function(0.0)) == [0.0, 0.0]


def test_constants_are_exact() -> None:
    source = dcalc.function("x/3 + 0.1*x + 1e300*x + pi*x + 12345678901234567890*x").export("python", what="value")
    assert "0.1*x" in source
    assert by_python(source)(1.0) == pytest.approx(1e300)
    third = by_python(dcalc.function("(1/3)*x").export("python", what="value"))
    assert third(1.0) == 1 / 3
    assert by_python(dcalc.function("x^inf").export("python", what="value"))(2.0) == math.inf


def test_the_docstring_says_where_it_bends() -> None:
    source = dcalc.function("max(x, y) + log(x) + abs(y)").export("python")
    for words in (
        "log(x) needs x > 0",
        "where x - y = 0 (max)",
        "max(u, v)' is u' where u > v, else v'",
        "sign(0) = 0",
    ):
        assert words in source
