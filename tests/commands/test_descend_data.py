"""descend --data: sums over rows against closed forms and NumPy's loops, batches, the readers; and SciPy's methods."""

from __future__ import annotations

import json

import numpy as np
import pytest

RANDOM = np.random.default_rng(5)
X = RANDOM.uniform(-2, 2, (40, 2))
Y = X @ [1.5, -0.7] + 0.3 + 0.1 * RANDOM.standard_normal(40)
ONES = np.column_stack([X, np.ones(40)])
LINE = "(w @ x + b - y)^2"
ROSENBROCK = "(1-x)^2 + 100*(y-x^2)^2"


def body(dcalc, *words, status=0):
    result = dcalc(["descend", *words, "--json"])
    assert result.status == status, result.err or result.out
    return json.loads(result.out)


@pytest.fixture(params=["csv", "jsonl", "npz", "parquet"])
def table(request, tmp_path):
    """The rows in a file: x is a vector, in columns x[1], x[2] or as a list."""
    file = tmp_path / f"rows.{request.param}"
    if request.param == "csv":
        rows = ["x[1],x[2],y", *(",".join(map(repr, [*x, y])) for x, y in zip(X.tolist(), Y.tolist(), strict=True))]
        file.write_text("\n".join(rows) + "\n")
    elif request.param == "jsonl":
        rows = [json.dumps({"x": x, "y": y}) for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
        file.write_text("\n".join(rows) + "\n")
    elif request.param == "npz":
        np.savez(file, x=X, y=Y)
    else:
        pa = pytest.importorskip("pyarrow")
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"x": X.tolist(), "y": Y}), file)
    return str(file)


def test_linear_regression_from_every_kind_of_table(dcalc, table):
    """The lectures' gradient 2*sum((w'x - y)x), and the normal equations' solution."""
    found = body(dcalc, LINE, "--start", "w=[0,0],b=0", "--data", table, "--rate", "0.004")
    assert np.array(found["trace"]["x"][1]) == pytest.approx(-0.004 * 2 * ONES.T @ (ONES @ np.zeros(3) - Y))
    wanted = np.linalg.lstsq(ONES, Y, rcond=None)[0]
    assert [*found["point"]["w"], found["point"]["b"]] == pytest.approx(wanted, abs=1e-8)
    assert found["value"] == pytest.approx(np.sum((ONES @ wanted - Y) ** 2))
    assert found["eigenvalues"] == pytest.approx(np.linalg.eigvalsh(2 * ONES.T @ ONES))
    assert (found["rows"], found["mean"], found["verdict"]) == (40, False, "minimum")


@pytest.fixture
def rows(tmp_path):
    file = tmp_path / "rows.csv"
    lines = [",".join(map(repr, [*x, y])) for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    file.write_text("\n".join(["u,v,y", *lines]) + "\n")
    return str(file)


def test_the_mean_is_the_sum_by_the_number_of_rows(dcalc, rows):
    words = ["(p*u + q*v + b - y)^2", "--start", "p=0,q=0,b=0", "--data", rows, "--steps", "50", "--stop", "steps"]
    one = body(dcalc, *words, "--rate", "0.08", "--mean")
    other = body(dcalc, *words, "--rate", "0.002")
    assert np.array(one["trace"]["x"]) == pytest.approx(np.array(other["trace"]["x"]), rel=1e-9)
    assert 40 * one["value"] == pytest.approx(other["value"])


@pytest.mark.parametrize("method", ["gd", "momentum"])
def test_batches_are_a_loop_over_shuffled_rows(dcalc, rows, method):
    """As NumPy does it: each epoch a permutation by the seed's generator, cut into batches of 16, 16 and 8 rows."""
    words = ["(p*u + q*v + b - y)^2", "--start", "p=0,q=0,b=0", "--data", rows, "--mean", "--batch-size", "16"]
    words += ["--epochs", "4", "--shuffle-seed", "3", "--rate", "0.05", "--method", method]
    found = body(dcalc, *words, "--stop", "steps")
    random, w, v, trace = np.random.default_rng(3), np.zeros(3), np.zeros(3), [np.zeros(3)]
    for _ in range(4):
        order = random.permutation(40)
        for start in (0, 16, 32):
            some = ONES[order[start : start + 16]]
            gradient = 2 * some.T @ (some @ w - Y[order[start : start + 16]]) / len(some)
            v = (0.9 * v if method == "momentum" else 0) - 0.05 * gradient
            w = w + v
        trace.append(w)
    assert np.array(found["trace"]["x"]) == pytest.approx(np.array(trace))
    assert found["trace"]["k"] == [0, 3, 6, 9, 12] and found["batch_size"] == 16
    assert found["trace"]["loss"] == pytest.approx([np.mean((ONES @ one - Y) ** 2) for one in trace])


def test_newton_and_scipy_take_a_step_or_two_to_a_sum_of_squares(dcalc, rows):
    wanted = np.linalg.lstsq(ONES, Y, rcond=None)[0]
    words = ["(p*u + q*v + b - y)^2", "--start", "p=0,q=0,b=0", "--data", rows]
    found = body(dcalc, *words, "--method", "newton")
    assert found["steps"] <= 2 and list(found["point"].values()) == pytest.approx(wanted)
    pytest.importorskip("scipy")
    found = body(dcalc, *words, "--method", "scipy:BFGS", "--stop", "grad<1e-5")
    assert list(found["point"].values()) == pytest.approx(wanted)


def test_a_divergence_over_rows_proposes_a_rate(dcalc, rows):
    words = ["(p*u + q*v + b - y)^2", "--start", "p=0,q=0,b=0", "--data", rows]
    rate = body(dcalc, *words, status=1)["proposed"]["rate"]
    assert body(dcalc, *words, "--rate", str(rate))["converged"]


def test_programs_and_kinks_over_rows(dcalc, tmp_path):
    """Absolute deviations: the minimum of sum |y - m| is the median, where the gradient is 0 by the convention."""
    file = tmp_path / "y.csv"
    file.write_text("y\n1\n2\n4\n8\n100\n")
    result = dcalc(["descend", "abs(y - m)", "--start", "m=0", "--data", str(file), "--rate", "0.5"])
    assert result.status == 0 and "m       4\n" in result.out and "on a kink" in result.err
    text = "f(t) = { if t > 0 { s = t } else { s = -3*t }; s^2 }; f(y - m)"
    found = body(dcalc, text, "--start", "m=3", "--data", str(file), "--rate", "0.01")
    m, y = found["point"]["m"], np.array([1, 2, 4, 8, 100])
    weights = np.where(y > m, 1, 9)
    assert m == pytest.approx(np.sum(weights * y) / np.sum(weights))


@pytest.mark.parametrize(
    ("words", "text", "message"),
    [
        (["--start", "w=0"], "x,y\n1,2\n2,\n", ":3: y is missing"),
        (["--start", "w=0"], "x,y\n1,2\n2,two\n", "y is no number: 'two'"),
        (["--start", "w=0"], "x,y\n", "has no rows"),
        (["--start", "w=0"], "u,v\n1,2\n", "no input that is a column"),
        (["--start", "w=0"], "x,v\n1,2\n", "y has no value: it is no column"),
        (["--start", "w=0", "--epochs", "3", "--steps", "4"], "x,y\n1,2\n", "steps and epochs say the same"),
    ],
)
def test_tables_that_do_not_fit(dcalc, tmp_path, words, text, message):
    file = tmp_path / "t.csv"
    file.write_text(text)
    result = dcalc(["descend", "(w*x - y)^2", *words, "--data", str(file)])
    assert result.status not in (0, 70) and message in result.err


# -- SciPy ----------------------------------------------------------------------------------------------------------

METHODS = ("Nelder-Mead", "Powell", "COBYQA", "CG", "BFGS", "L-BFGS-B", "SLSQP", "Newton-CG", "trust-ncg",
           "trust-krylov", "trust-constr", "dogleg", "trust-exact")  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_scipy_finds_rosenbrocks_minimum(dcalc, method):
    pytest.importorskip("scipy")
    words = [ROSENBROCK, "--start", "x=1.2,y=1.3", "--method", f"scipy:{method.lower()}"]
    found = body(dcalc, *words)
    assert found["converged"] and found["method"] == f"scipy:{method}"
    assert list(found["point"].values()) == pytest.approx([1, 1], abs=2e-3 if method == "SLSQP" else 1e-4)
    assert found["trace"]["k"] == list(range(found["steps"] + 1))


def test_scipy_is_given_exact_derivatives(dcalc):
    """Newton's conjugate gradients with the exact product H v, against SciPy's own call with NumPy's derivatives."""
    optimize = pytest.importorskip("scipy.optimize")
    found = body(dcalc, ROSENBROCK, "--start", "x=-1.2,y=1", "--method", "scipy:trust-ncg", "--stop", "grad<1e-6")
    own = []
    optimize.minimize(optimize.rosen, [-1.2, 1.0], jac=optimize.rosen_der, hessp=optimize.rosen_hess_prod,
                      method="trust-ncg", callback=lambda x: own.append(x.copy()))  # fmt: skip
    count = min(len(own), found["steps"])
    assert count > 10
    assert np.array(found["trace"]["x"][1 : count + 1]) == pytest.approx(np.array(own[:count]), rel=1e-6)


def test_scipy_arrays_and_stop_rules(dcalc):
    pytest.importorskip("scipy")
    text = "sum((x[2..4] - x[1..3]^2)^2) + sum((1 - x)^2)"
    found = body(dcalc, text, "--start", "x=[-1,2,0,3]", "--method", "scipy:newton-cg", "--stop", "loss<1e-4")
    assert found["rule"] == "loss" and found["value"] < 1e-4 and found["trace"]["loss"][-2] >= 1e-4
    few = body(dcalc, text, "--start", "x=[-1,2,0,3]", "--method", "scipy:bfgs", "--steps", "2", status=1)
    assert few["steps"] == 2 and few["ended"] == "steps"


def test_without_scipy(dcalc, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy", None)
    result = dcalc(["descend", "x^2", "--start", "x=1", "--method", "scipy:BFGS"])
    assert result.status == 2 and "pip install 'dcalc[special]'" in result.err


def test_a_table_that_is_not_there(dcalc, tmp_path):
    result = dcalc(["descend", LINE, "--start", "b=0", "--data", str(tmp_path / "none.csv")])
    assert result.status == 2
    assert "cannot read" in result.err and "--points" not in result.err
