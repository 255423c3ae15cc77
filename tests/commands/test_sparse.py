"""`--sparse`: what people, programs and files get."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

BAND = ["hess", "sum((x[2..4] - x[1..3]^2)^2)", "--at", "x=[1,2,3,4]", "--sparse"]
DENSE = [[4, -4, 0, 0], [-4, 38, -8, 0], [0, -8, 94, -12], [0, 0, -12, 2]]


def test_text(dcalc):
    lines = dcalc(BAND).out.splitlines()
    assert lines[:3] == [
        "value    27",
        "Hessian  4 x 4, 10 entries that may be other than 0 (62.5 %)",
        "colours  3: 3 Hessian-vector products in one sweep",
    ]
    assert [line.split() for line in lines[6:8]] == [["x[1]", "x[1]", "4"], ["x[1]", "x[2]", "-4"]]
    assert len(lines) == 16


def test_long_ones_are_thinned(dcalc):
    result = dcalc(["jac", "x^2", "--at", "x=linspace(0,1,500)", "--sparse"])
    lines = result.out.splitlines()
    assert len(lines) < 60 and lines[-1].startswith("shortened")
    assert "500 x 500, 500 entries" in result.out
    assert len(dcalc(["jac", "x^2", "--at", "x=linspace(0,1,500)", "--sparse", "--format", "csv"]).out.split()) == 501


def test_json(dcalc):
    found = json.loads(dcalc([*BAND, "--json"]).out)
    matrix = np.zeros(found["shape"])
    matrix[found["rows"], found["columns"]] = found["values"]
    assert matrix.tolist() == DENSE
    assert found["column_names"] == found["row_names"] == ["x[1]", "x[2]", "x[3]", "x[4]"]
    assert (found["kind"], found["sparse"], found["value"], found["colours"]) == ("hess", True, 27, 3)
    found = json.loads(dcalc(["jac", "[x*y, y]", "--at", "x=1,y=2", "--sparse", "--json"]).out)
    assert (found["row_names"], found["rows"], found["columns"]) == (["f1", "f2"], [0, 0, 1], [0, 1, 1])


@pytest.mark.parametrize("ending", ["npz", "mtx"])
def test_files_for_scipy(dcalc, tmp_path, ending):
    scipy_io, sparse = pytest.importorskip("scipy.io"), pytest.importorskip("scipy.sparse")
    file = tmp_path / f"h.{ending}"
    assert dcalc([*BAND, "--out", str(file)]).status == 0
    found = sparse.load_npz(file) if ending == "npz" else scipy_io.mmread(file)
    assert found.toarray().tolist() == DENSE
    if ending == "npz":
        assert isinstance(found, sparse.csr_array)


def test_matrix_market(dcalc):
    lines = dcalc(["jac", "[x*y, y, 3]", "--at", "x=1,y=2", "--sparse", "--format", "mtx"]).out.splitlines()
    assert lines[0] == "%%MatrixMarket matrix coordinate real general"
    assert lines[2:] == ["3 2 3", "1 1 2.0", "1 2 1.0", "2 2 1.0"]


def test_numbers_in_files_are_full(dcalc, tmp_path):
    file = tmp_path / "h.npz"
    dcalc(["hess", "exp(x)*y", "--at", "x=1/3,y=2", "--sparse", "--out", str(file)])
    with np.load(io.BytesIO(file.read_bytes())) as members:
        assert members["data"][0] == 2 * np.exp(1 / 3)
        assert members["format"] == b"csr"


@pytest.mark.parametrize("form", ["latex", "markdown", "csv", "text"])
def test_nothing_in_it(dcalc, form):
    for line in (["hess", "3*x", "--at", "x=1"], ["hess", "1+1"], ["jac", "[1, 2]"], ["jac", "[x > 1]", "--at", "x=3"]):
        result = dcalc([*line, "--sparse", "--format", form])
        assert result.status == 0 and "Traceback" not in result.err


def test_ascii(dcalc):
    assert dcalc([*BAND, "--ascii"]).out.isascii()


def test_kinks_are_told(dcalc):
    result = dcalc(["hess", "abs(x)*y", "--at", "x=0,y=2", "--sparse"])
    assert "abs(x) has a kink here" in result.err
    assert dcalc(["hess", "abs(x)*y", "--at", "x=0,y=2", "--sparse", "--at-kink", "error"]).status == 1
    assert "the first derivative has a kink" in dcalc(["hess", "elu(x)", "--at", "x=0", "--sparse"]).err


def test_what_is_not_finite_is_told(dcalc):
    result = dcalc(["hess", "x^1.5 + x*y", "--at", "x=0,y=2", "--sparse"])
    assert [line.split()[-1] for line in result.out.splitlines()[-3:]] == ["inf", "1", "1"]
    assert "d²/dx² is inf" in result.err
    result = dcalc(["hess", "log(x)", "--at", "x=-1", "--sparse"])
    assert result.status == 1 and "log(-1) is not defined" in result.err
    assert dcalc(["hess", "log(x)", "--at", "x=-1", "--sparse", "--ieee"]).status == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hess x^2 --at x=1 --out h.npz", "add --sparse"),
        ("jac x^2 --at x=1 --format mtx", "add --sparse"),
        ("grad x^2 --at x=1 --format npz", "no format npz"),
        ("grad x^2 --at x=1 --sparse", "no option --sparse"),
        ("hess x^2 --at x=1 --sparse --backend fd", "leave out --backend"),
        ("hess x^2 --at x=1 --sparse --flat", "leave out --flat"),
        ("jac abs(x) --at x=0 --sparse --at-kink left", "lecture and error"),
        ("hess [x,x^2] --at x=1 --sparse", "without --sparse"),
    ],
)
def test_refusals(dcalc, line, words):
    result = dcalc(line)
    assert result.status == 2 and words in result.err


def test_in_a_session(dcalc, tmp_path):
    script = tmp_path / "s.dc"
    script.write_text("x = [1, 2, 3]\nhess sum(x^3) sparse\nans[3, 3]\njac x^2 sparse format mtx\n")
    result = dcalc(["run", str(script)])
    assert result.status == 0, result.err
    assert "18" in result.out and "%%MatrixMarket" in result.out


def test_programs_and_wrt(dcalc):
    result = dcalc(["hess", "s = 0; while s < x { s = s + y^2 }; s*x", "--at", "x=3,y=1", "--wrt", "y", "--sparse"])
    assert result.out.splitlines()[-1].split() == ["y", "y", "18"]
    assert "followed" in result.err
