"""`f.hess(…, sparse=True)`: SciPy's arrays, prepared once."""

from __future__ import annotations

import sys
from unittest import mock

import numpy as np
import pytest

import dcalc
from dcalc.errors import DcalcError

sparse = pytest.importorskip("scipy.sparse")

ROSENBROCK = "sum(100*(x[2..6] - x[1..5]^2)^2 + (1 - x[1..5])^2)"


def test_hessians_and_jacobians() -> None:
    f = dcalc.function(ROSENBROCK)
    for x in (np.linspace(0.5, 1.5, 6), np.linspace(-1, 2, 6)):
        found = f.hess(x=x, sparse=True)
        assert isinstance(found, sparse.csr_array) and found.nnz == 16
        np.testing.assert_allclose(found.toarray(), np.asarray(f.hess(x=x)), rtol=1e-13)
        np.testing.assert_allclose(f.jac(x=x, sparse=True).toarray(), np.asarray(f.jac(x=x)), rtol=1e-13)


def test_what_is_prepared_is_kept() -> None:
    f = dcalc.function(ROSENBROCK)
    f.hess(x=np.ones(6), sparse=True)
    with mock.patch("dcalc.backends.sparse.Sparse", side_effect=AssertionError), mock.patch.object(f, "_prepare"):
        assert f.hess(x=np.full(6, 2.0), sparse=True)[0, 0] == 100 * (12 * 4 - 4 * 2) + 2
    with pytest.raises(DcalcError, match="subscript from 1 to 5"):
        f.hess(x=np.ones(5), sparse=True)  # another shape is read anew


def test_answers_are_the_callers_own() -> None:
    f = dcalc.function("x^2*y")
    first = f.hess(x=0, y=0, sparse=True)
    first.eliminate_zeros()
    first.indices[:] = 0
    assert f.hess(x=1, y=3, sparse=True).toarray().tolist() == [[6, 2], [2, 0]]


def test_names_and_order() -> None:
    f = dcalc.function("x^2*y^3")
    assert f.hess(x=1, y=2, wrt="y", sparse=True).toarray().tolist() == [[12]]
    assert f.hess({"y": 2, "x": 1}, wrt=["x", "y"], sparse=True).toarray().tolist() == [[16, 24], [24, 12]]
    assert f.hess({"y": 2, "x": 1}, sparse=True).toarray().tolist() == [[12, 24], [24, 16]]


def test_failures_at_later_points() -> None:
    f = dcalc.function("log(x)*y")
    assert f.hess(x=1, y=2, sparse=True).toarray().tolist() == [[-2, 1], [1, 0]]
    with pytest.raises(DcalcError, match=r"log\(-1\) is not defined"):
        f.hess(x=-1, y=2, sparse=True)
    assert f.hess(x=2, y=2, sparse=True)[0, 0] == -0.5
    with pytest.raises(DcalcError, match="no value"):
        f.hess(x=2, sparse=True)


def test_infinite_entries() -> None:
    f = dcalc.function("sum(v^1.5) + v[1]*v[2]")
    found = f.hess(v=[0, 4, 1], sparse=True).toarray()
    assert found.tolist() == [[np.inf, 1, 0], [1, 0.375, 0], [0, 0, 0.75]]


def test_kinks() -> None:
    f = dcalc.function("abs(x)*y")
    assert f.jac(x=0, y=2, sparse=True).toarray().tolist() == [[0, 0]]
    for _ in range(2):
        with pytest.raises(DcalcError, match="kink"):
            f.jac(x=0, y=2, sparse=True, at_kink="error")
    assert f.jac(x=1, y=2, sparse=True, at_kink="error").toarray().tolist() == [[2, 1]]
    with pytest.raises(DcalcError, match="at_kink"):
        f.jac(x=0, y=2, sparse=True, at_kink="left")


def test_paths_are_those_of_the_point() -> None:
    f = dcalc.function("s = 0; while s < x { s = s + y^2 }; s*x")
    for x in (3, 5, 3):
        assert f.hess(x=x, y=1, wrt="y", sparse=True).toarray().tolist() == [[2 * x * x]]


def test_values_within_the_program() -> None:
    f = dcalc.function("n = 3; x^n*n")
    assert f.hess(x=2, wrt="x", sparse=True).toarray().tolist() == [[36]]


def test_derivatives_of_derivatives() -> None:
    f = dcalc.function("x^3*y^2").diff("x")
    assert f.hess(x=1, y=2, sparse=True).toarray().tolist() == np.asarray(f.hess(x=1, y=2)).tolist()


def test_without_scipy() -> None:
    with mock.patch.dict(sys.modules, {"scipy.sparse": None}), pytest.raises(DcalcError, match="needs SciPy") as caught:
        dcalc.function("x*y").hess(x=1, y=2, sparse=True)
    assert caught.value.hint == "pip install 'dcalc[sparse]'"


def test_backends_are_for_dense_ones() -> None:
    with pytest.raises(DcalcError, match="own way"):
        dcalc.function("x*y").hess(x=1, y=2, sparse=True, backend="fd")
