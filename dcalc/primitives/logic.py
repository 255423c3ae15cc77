"""Comparisons and logic: truth values are the numbers 1 and 0.

As conditions they choose between branches, so their kink, where both sides are equal, is the kink of the choice.
"""

from __future__ import annotations

from .entry import Primitive, elementwise

PAIR = ((-3.0, 3.0), (-3.0, 3.0))


def _comparison(symbol: str, doc: str, latex: str) -> Primitive:
    return elementwise(
        f"{symbol}(u, v)",
        f"1 where {doc}, else 0",
        d=["0", "0"],
        symbol=symbol,
        latex=f"#1 {latex} #2",
        kink="u - v",
        truth=True,
        sample=PAIR,
        extreme=((1.0, 1.0), (1.0, 1.0000000000000002)),
    )


ENTRIES = [
    _comparison("<", "u is less than v", "<"),
    _comparison("<=", "u is at most v", r"\le"),
    _comparison(">", "u is greater than v", ">"),
    _comparison(">=", "u is at least v", r"\ge"),
    _comparison("==", "u equals v", "="),
    _comparison("!=", "u differs from v", r"\ne"),
    elementwise(
        "and(u, v)",
        "1 where both conditions hold, else 0",
        d=["0", "0"],
        symbol="and",
        latex=r"#1 \land #2",
        truth=True,
        sample=PAIR,
        extreme=((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)),
    ),
    elementwise(
        "or(u, v)",
        "1 where one of the conditions holds or both do, else 0",
        d=["0", "0"],
        symbol="or",
        latex=r"#1 \lor #2",
        truth=True,
        sample=PAIR,
        extreme=((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)),
    ),
    elementwise(
        "not(u)",
        "1 where the condition does not hold, else 0",
        d=["0"],
        symbol="not",
        latex=r"\lnot #1",
        truth=True,
        extreme=((0.0,), (1.0,)),
    ),
]
