"""What is masked stays masked through sums, products and moves: an infinity that is not looked at spoils nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dcalc.backends.derive import Request, derive

from ..tools import problem_of

CASES: list[tuple[str, dict[str, Any], Any]] = [
    ("if(x > 0, sum(log(x*v)), 0)", {"x": 0.0, "v": [1.0, 2.0]}, [[0, 0, 0]]),
    (
        "transpose(sqrt(A))",
        {"A": [[0.0, 1.0], [1.0, 1.0]]},
        [[np.inf, 0, 0, 0], [0, 0, 0.5, 0], [0, 0.5, 0, 0], [0, 0, 0, 0.5]],
    ),
    ("(A*sqrt(d))[1, 2]", {"A": [[1.0, 2.0], [3.0, 4.0]], "d": [[4.0], [0.0]]}, [[0, 2, 0, 0, 0.5, 0]]),
    ("sum(sqrt(sum(A, axis=1)))", {"A": [[0.0, 1.0], [0.0, 3.0]]}, [[np.inf, 0.25, np.inf, 0.25]]),
    ("sum(sqrt(W @ x))", {"W": [[0.0, 0.0], [2.0, 1.0]], "x": [1.0, 2.0]}, None),
    ("diag(sqrt(v))[1, 1]", {"v": [4.0, 0.0]}, [[0.25, 0]]),
]


@pytest.mark.parametrize(("text", "point", "expected"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("backend", ["forward", "reverse", "symbolic"])
def test_components_keep_apart(text: str, point: dict[str, Any], expected: Any, backend: str) -> None:
    found = derive(problem_of(text, **point), Request("jac", backend)).entries[0]
    if expected is None:
        assert list(found[0])[2:4] == [0.25, 0.5]
    else:
        assert [list(row) for row in found] == expected
