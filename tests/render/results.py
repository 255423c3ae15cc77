"""Answers made by hand: the forms are tested apart from what computes them."""

from __future__ import annotations

from dcalc.backends.problem import Variable
from dcalc.backends.result import Compared, Derived

W = Variable("W", (3, 2), 0)
V = Variable("v", (2,), 1)
X = Variable("x", (), 2)
Y = Variable("y", (), 3)


def derived(kind, shape, variables, *, estimates=False, backend="reverse") -> Derived:
    """Entries that count on: 0, 1, 2, … along each row, 100 more in the next, 10 000 more in the next matrix."""
    n = sum(variable.size for variable in variables)
    m = 1
    for length in shape:
        m *= length
    rows = n if kind == "hess" else m
    entries = [
        [[float(10_000 * k + 100 * i + j) for j in range(n)] for i in range(rows)]
        for k in range(m if kind == "hess" else 1)
    ]
    errors = [[[entry / 1e12 for entry in row] for row in matrix] for matrix in entries]
    value = [k + 0.5 for k in range(m)]
    return Derived(kind, value, shape, tuple(variables), entries, backend, "work", [], errors if estimates else None)


def compared(kind, shape, variables, *, wrong=False) -> Compared:
    one, other = (derived(kind, shape, variables, backend=name) for name in ("fd", "reverse"))
    n = len(one.entries[0][0])
    differences = [[[0.0] * n for _ in matrix] for matrix in one.entries]
    words = [f"entry {k}: fd says 0, reverse 1" for k in range(100 if wrong else 0)]
    return Compared([one, other], differences, words, [], [f"d/dx{k}" for k in range(20 if wrong else 0)])
