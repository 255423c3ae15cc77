"""dcalc.descend: the same descent from Python."""

from __future__ import annotations

import numpy as np
import pytest

import dcalc


def test_a_descent_of_a_text():
    found = dcalc.descend("(x-3)^2 + a*sum(v^2)", {"x": 0, "v": [1.0, 2.0]}, at={"a": 2})
    assert found.converged and found.why == "stopped" and found.kind == "minimum"
    assert found["x"] == pytest.approx(3) and found["v"] == pytest.approx([0, 0], abs=1e-8)
    assert found.columns == ["k", "loss", "|grad|", "|step|", "x", "v[1]", "v[2]"]
    assert found.trace.shape == (found.steps + 1, 7)
    assert found.trace[:, 4] == pytest.approx(3 - 3 * 0.8 ** found.trace[:, 0])
    assert found.eigenvalues == pytest.approx([2, 4, 4]) and found.value == pytest.approx(0, abs=1e-15)
    assert np.linalg.norm(found.gradient) < 1e-8 and dict(found).keys() == {"x", "v"}
    assert "converged" in repr(found) and "a minimum" in str(found)


def test_functions_columns_and_batches():
    f = dcalc.function("(w*x + b - y)^2")
    x, y = np.arange(5.0), np.array([1.1, 2.9, 5.2, 6.8, 9.1])
    wanted = np.polyfit(x, y, 1)
    found = f.descend(w=0, b=0, how={"data": {"x": x, "y": y}, "mean": True})
    assert [found["w"], found["b"]] == pytest.approx(wanted, abs=1e-7)
    found = dcalc.descend(f, {"w": 0, "b": 0}, data={"x": x, "y": y}, batch_size=2, rate=0.01, epochs=500, stop="steps")
    assert [found["w"], found["b"]] == pytest.approx(wanted, abs=0.2) and found.steps == 1500
    lost = dcalc.descend(f, {"w": 0, "b": 0}, data={"x": x, "y": y})
    assert lost.why == "diverged" and lost.rate == 0.02 and "0.02 converges" in lost.notes[-1]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"method": "BFGS"}, "method cannot be BFGS"),
        ({"stop": "x"}, "stop needs rules"),
        ({"mean": True}, "are of rows"),
        ({"data": {"x": [1, 2], "y": [1]}}, "the columns have 1, 2 rows"),
        ({"data": np.ones((3, 2))}, "columns by name"),
        ({"rate": -1.0}, "rate needs a number above 0"),
        ({"at": {"w": 1}}, "w is in start and in at"),
    ],
)
def test_refusals(how, message):
    with pytest.raises(dcalc.DcalcError, match=message):
        dcalc.descend("(w*x - y)^2", {"w": 0}, **how)
