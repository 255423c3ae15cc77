"""Derivatives of arrays in every form, from answers made by hand."""

from __future__ import annotations

import csv
import io
import json
import math
import time

import pytest

from dcalc.backends.problem import Variable
from dcalc.commands.flat import Flat
from dcalc.errors import DcalcError, Source
from dcalc.render import render
from dcalc.render.arrays import HOW_TO_SEE_ALL
from dcalc.render.json_ import error

from .results import V, W, X, Y, compared, derived


def text(result, form="text") -> str:
    return render([result], [], form)


def lines(result, form="text") -> list[str]:
    return text(result, form).splitlines()


def tables(result) -> list[list[list[str]]]:
    return [list(csv.reader(io.StringIO(block))) for block in text(result, "csv").split("\n\n")]


# -- gradients ------------------------------------------------------------------------------------------------------


def test_a_gradient_has_the_shape_of_its_input():
    assert lines(derived("grad", (), [W, V, X])) == [
        "value    0.5",
        "d/dW     [[0, 1],",
        "          [2, 3],",
        "          [4, 5]]",
        "d/dv[1]  6",
        "d/dv[2]  7",
        "d/dx     8",
    ]


def test_the_largest_estimate_stands_beside_an_array():
    shown = lines(derived("grad", (), [W, X], estimates=True))
    assert shown[1] == "d/dW   [[0, 1],  ± 5.0e-12 at most"
    assert shown[-1] == "d/dx   6         ± 6.0e-12"
    (table,) = tables(derived("grad", (), [W, X], estimates=True))
    assert table[0] == ["name", "value", "error"]
    assert table[2:4] == [["d/dW[1,1]", "0.0", "0.0"], ["d/dW[1,2]", "1.0", "1e-12"]]


@pytest.mark.parametrize(("length", "count"), [(12, 13), (13, 2)])
def test_a_long_vector_is_one_line(length, count):
    assert len(lines(derived("grad", (), [Variable("v", (length,), 0)]))) == count


def test_a_gradient_in_json():
    found = json.loads(text(derived("grad", (), [W, V, X], estimates=True), "json"))
    assert found["derivative"] == {"W": [[0, 1], [2, 3], [4, 5]], "v": [6, 7], "x": 8}
    assert found["error_estimate"]["W"] == [[0, 1e-12], [2e-12, 3e-12], [4e-12, 5e-12]]
    assert found["shapes"] == {"W": [3, 2], "v": [2], "x": []}
    assert "shapes" not in json.loads(text(derived("grad", (), [X, Y]), "json"))


def test_a_gradient_in_markdown_and_latex():
    result = derived("grad", (), [W, V, X])
    assert "| d/dW    | `[[0, 1], [2, 3], [4, 5]]` |" in text(result, "markdown")
    shown = text(result, "latex")
    assert r"\frac{\partial f}{\partial W} &= \begin{pmatrix} 0 & 1 \\ 2 & 3 \\ 4 & 5 \end{pmatrix}" in shown
    assert r"\frac{\partial f}{\partial v} &= \begin{pmatrix} 6 & 7 \end{pmatrix}" in shown
    assert r"\frac{\partial f}{\partial x} &= 8" in shown
    assert r"\pm 5 \times 10^{-12}" in text(derived("grad", (), [W], estimates=True), "latex")


def test_a_component_that_is_not_finite():
    result = derived("grad", (), [W])
    result.entries[0][0][:2] = [math.nan, -math.inf]
    assert lines(result)[1] == "d/dW   [[nan, -inf],"
    assert json.loads(text(result, "json"))["derivative"]["W"][0] == ["nan", "-inf"]


# -- Jacobians ------------------------------------------------------------------------------------------------------


def test_the_table_of_vectors_is_as_ever():
    assert lines(derived("jac", (2,), [V, X])) == [
        "f1  0.5",
        "f2  1.5",
        "      d/dv[1]    d/dv[2]    d/dx",
        "--  ---------  ---------  ------",
        "f1          0          1       2",
        "f2        100        101     102",
    ]
    assert json.loads(text(derived("jac", (2,), [V, X]), "json"))["derivative"] == [
        {"v": [0, 1], "x": 2},
        {"v": [100, 101], "x": 102},
    ]
    assert json.loads(text(derived("jac", (), [X, Y]), "json"))["derivative"] == [{"x": 0, "y": 1}]


def test_a_block_for_each_input():
    assert lines(derived("jac", (2,), [W, V, X])) == [
        "f  [0.5, 1.5]",
        "d f/d W, shape 2 x 3x2",
        "f[1]  [[0, 1],",
        "       [2, 3],",
        "       [4, 5]]",
        "f[2]  [[100, 101],",
        "       [102, 103],",
        "       [104, 105]]",
        "d f/d v, shape 2 x 2",
        "f[1]  [6, 7]",
        "f[2]  [106, 107]",
        "d f/d x, shape 2",
        "[8, 108]",
    ]
    assert lines(derived("jac", (), [W]))[1:3] == ["d f/d W, shape 3x2", "f  [[0, 1],"]


def test_the_blocks_of_a_matrix():
    shown = lines(derived("jac", (2, 2), [V, X]))
    assert shown == [
        "f  [[0.5, 1.5],",
        "    [2.5, 3.5]]",
        "d f/d v, shape 2x2 x 2",
        "f[1,1]  [0, 1]",
        "f[1,2]  [100, 101]",
        "f[2,1]  [200, 201]",
        "f[2,2]  [300, 301]",
        "d f/d x, shape 2x2",
        "[[  2, 102],",
        " [202, 302]]",
    ]


def test_the_jacobian_of_a_matrix_in_json_is_nested():
    found = json.loads(text(derived("jac", (2, 2), [W, X]), "json"))
    assert found["value"] == [[0.5, 1.5], [2.5, 3.5]]
    assert found["derivative"][1][0] == {"W": [[200, 201], [202, 203], [204, 205]], "x": 206}


def test_flat():
    result = Flat(derived("jac", (2, 2), [V, X], estimates=True))
    shown = lines(result)
    assert shown[2].split() == ["d/dv[1]", "d/dv[2]", "d/dx"]
    assert shown[6].split() == ["f[2,1]", "200", "201", "202"]
    found = json.loads(text(result, "json"))
    assert found["derivative"] == {
        "rows": ["f[1,1]", "f[1,2]", "f[2,1]", "f[2,2]"],
        "columns": ["v[1]", "v[2]", "x"],
        "matrix": [[0, 1, 2], [100, 101, 102], [200, 201, 202], [300, 301, 302]],
    }
    assert set(found["error_estimate"]) == {"rows", "columns", "matrix"}
    assert r"\left(W_{1, 1}, W_{1, 2}," in text(Flat(derived("jac", (), [W])), "latex")
    assert "d/dW[3,2]" in text(Flat(derived("jac", (), [W])), "markdown")


def test_csv_is_one_table_of_components():
    values, table = tables(derived("jac", (2, 2), [V, X]))
    assert values[:3] == [["name", "value"], ["f[1,1]", "0.5"], ["f[1,2]", "1.5"]]
    assert table[0] == ["", "d/dv[1]", "d/dv[2]", "d/dx"]
    assert table[4] == ["f[2,2]", "300.0", "301.0", "302.0"]
    assert tables(Flat(derived("jac", (2, 2), [V, X]))) == [values, table]


def test_subscripts_in_latex_are_never_double():
    shown = text(Flat(derived("jac", (2,), [Variable("x_1", (2, 1), 0)])), "latex")
    assert "{x_{1}}_{1, 1}" in shown
    assert r"\frac{\partial f_{2}}{\partial x_{1}}" in text(derived("jac", (2,), [Variable("x_1", (2, 1), 0)]), "latex")


def test_large_jacobians_are_shortened():
    wide = lines(derived("jac", (30,), [Variable("v", (40,), 0)]))
    assert (
        wide[0]
        == "f  [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5,"
    )
    table = [line.split() for line in wide if line.startswith(("f1 ", "f30", "…"))]
    assert table == [
        ["f1", "0", "1", "2", "…", "37", "38", "39"],
        ["…"] * 8,
        ["f30", "2900", "2901", "2902", "…", "2937", "2938", "2939"],
    ]
    assert wide[-1] == HOW_TO_SEE_ALL
    blocks = lines(derived("jac", (30,), [W]))
    heads = [line.split()[0] for line in blocks[2:] if line[0] in "f…"]
    assert heads == ["f[1]", "f[2]", "f[3]", "…", "f[28]", "f[29]", "f[30]"]
    assert blocks[-1] == HOW_TO_SEE_ALL
    assert len(tables(derived("jac", (30,), [Variable("v", (40,), 0)]))[1]) == 31


# -- Hessians -------------------------------------------------------------------------------------------------------


def test_a_small_hessian_is_a_table_of_components():
    shown = lines(derived("hess", (), [Variable("A", (2, 2), 0), X]))
    assert shown[1].split() == ["A[1,1]", "A[1,2]", "A[2,1]", "A[2,2]", "x"]
    assert shown[-1].split() == ["x", "400", "401", "402", "403", "404"]
    found = json.loads(text(derived("hess", (), [Variable("A", (1, 2), 0), X]), "json"))
    assert found["derivative"]["A[1,2]"] == {"A[1,1]": 100, "A[1,2]": 101, "x": 102}


def test_a_larger_one_is_blocks():
    A = Variable("A", (4, 3), 0)
    shown = lines(derived("hess", (), [A, X, Y]))
    heads = [line for line in shown if line.startswith("d²")]
    assert heads == [
        "d²f/dA², shape 4x3 x 4x3",
        "d²f/dA dx, shape 4x3",
        "d²f/dA dy, shape 4x3",
        "d²f/dx²",
        "d²f/dx dy",
        "d²f/dy²",
    ]
    k = shown.index("d²f/dA², shape 4x3 x 4x3")
    assert shown[k + 1 : k + 3] == ["A[1,1]  [[0,  1,  2],", "         [3,  4,  5],"]
    assert shown[shown.index("d²f/dx dy") + 1] == "1213"
    assert shown[shown.index("d²f/dA dx, shape 4x3") + 1] == "[[ 12,  112,  212],"
    assert len(lines(Flat(derived("hess", (), [A, X, Y])))) == 1 + 2 + 14 + 1  # its columns are too many
    found = json.loads(text(Flat(derived("hess", (), [A, X, Y])), "json"))["derivative"]
    assert found["rows"] == found["columns"]
    assert len(found["matrix"]) == 14


def test_hessians_of_several_outputs():
    shown = lines(derived("hess", (1, 2), [X, Y]))
    assert [line for line in shown if line.startswith("Hessian")] == ["Hessian of f[1,1]", "Hessian of f[1,2]"]
    found = json.loads(text(derived("hess", (1, 2), [X, Y]), "json"))["derivative"]
    assert found == [[{a: {b: entry(k, i, j) for j, b in enumerate("xy")} for i, a in enumerate("xy")} for k in (0, 1)]]
    flat = json.loads(text(Flat(derived("hess", (2,), [X, Y])), "json"))["derivative"]
    assert flat["outputs"] == ["f1", "f2"]
    assert flat["matrices"][1] == [[10_000, 10_001], [10_100, 10_101]]
    large = lines(derived("hess", (100,), [X]))
    assert [line for line in large if line.startswith("Hessian")][2:4] == ["Hessian of f3", "Hessian of f98"]


def entry(k: int, i: int, j: int) -> int:
    return 10_000 * k + 100 * i + j


# -- comparisons ----------------------------------------------------------------------------------------------------


def test_side_by_side():
    shown = lines(compared("jac", (1, 2), [W]))
    assert shown[0].split() == ["fd", "reverse", "difference"]
    assert [line.split()[0] for line in shown[2:6]] == ["f[1,1]", "f[1,2]", "df[1,1]/dW[1,1]", "df[1,1]/dW[1,2]"]
    found = json.loads(text(compared("jac", (1, 2), [W]), "json"))
    assert found["backends"]["fd"]["derivative"][0][1]["W"] == [[100, 101], [102, 103], [104, 105]]
    assert "matrix" in json.loads(text(Flat(compared("jac", (1, 2), [W])), "json"))["backends"]["fd"]["derivative"]
    assert lines(Flat(compared("grad", (), [W]))) == lines(compared("grad", (), [W]))


def test_many_entries_and_many_words_are_shortened():
    shown = lines(compared("grad", (), [Variable("v", (1000,), 0)], wrong=True))
    assert len(shown) < 80
    assert shown[-1] == HOW_TO_SEE_ALL
    assert "… and 80 more" in shown
    assert any(line.startswith("fd has no say in d/dx0, ") and "… and 12 more" in line for line in shown)
    assert len(tables(compared("grad", (), [Variable("v", (1000,), 0)]))[0]) == 1002


# -- the rest -------------------------------------------------------------------------------------------------------


def test_an_error_about_two_places():
    problem = DcalcError("shape", "they do not fit", source=Source("A @ B"), span=(0, 1))
    problem.also = ((4, 5),)  # type: ignore[attr-defined]
    assert json.loads(error(problem))["error"]["also"] == [[4, 5]]
    assert "also" not in json.loads(error(DcalcError("shape", "no", source=Source("A"), span=(0, 1))))["error"]


@pytest.mark.parametrize(("form", "seconds"), [("text", 2), ("markdown", 2), ("latex", 2), ("json", 6), ("csv", 12)])
def test_a_gradient_of_a_million_entries(form, seconds):
    result = derived("grad", (), [Variable("W", (1000, 1000), 0)])
    start = time.process_time()
    shown = text(result, form)
    assert time.process_time() - start < seconds
    assert len(shown) < 3000 or form in ("json", "csv")
