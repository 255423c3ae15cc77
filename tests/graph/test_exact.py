"""Exact constants and their folding."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcalc.graph.exact import MAX_BITS, fold, is_exact, literal, shrink, to_float

rationals = st.integers(-50, 50) | st.fractions(-9, 9, max_denominator=12)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("007", 7),
        (".5", Fraction(1, 2)),
        ("2.", 2),
        ("1e3", 1000),
        ("1E-3", Fraction(1, 1000)),
        ("2.5e+1", 25),
        ("0.1", Fraction(1, 10)),
        ("1e-400", Fraction(1, 10**400)),
        ("9" * 1200, 10**1200 - 1),
    ],
)
def test_literals_are_exact(text: str, value: object) -> None:
    found = literal(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e5000", math.inf),
        ("1e-5000", 0.0),
        ("1e999999999999", math.inf),
        ("1e-999999999999", 0.0),
        ("9" * 5000, math.inf),
        ("0." + "0" * 5000 + "1", 0.0),
        ("1e" + "9" * 5000, math.inf),
    ],
)
def test_a_literal_too_long_or_too_large_is_a_float_at_once(text: str, value: float) -> None:
    started = time.process_time()
    found = literal(text)
    assert time.process_time() - started < 0.05
    assert type(found) is float
    assert found == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [(10**400, math.inf), (-(10**400), -math.inf), (Fraction(10**400, 3), math.inf), ("pi", math.pi), (0.5, 0.5)],
)
def test_floats_of_constants(value: object, expected: float) -> None:
    assert to_float(value) == expected  # type: ignore[arg-type]


@given(rationals, rationals)
def test_arithmetic_is_that_of_fractions(a: int | Fraction, b: int | Fraction) -> None:
    a, b = shrink(a), shrink(b)
    p, q = Fraction(a), Fraction(b)
    assert fold("+", [a, b]) == p + q
    assert fold("-", [a, b]) == p - q
    assert fold("*", [a, b]) == p * q
    assert fold("/", [a, b]) == (p / q if q else None)
    assert fold("neg", [a]) == -p
    assert (fold("<", [a, b]), fold(">=", [a, b]), fold("==", [a, b])) == (p < q, p >= q, p == q)
    for op in "+-*/":
        result = fold(op, [a, b])
        assert result is None or type(result) is (int if Fraction(result).denominator == 1 else Fraction)


@given(rationals, st.integers(-12, 12))
def test_powers_are_those_of_fractions(a: int | Fraction, b: int) -> None:
    a = shrink(a)
    assert fold("^", [a, b]) == (None if a == 0 and b < 0 else Fraction(a) ** b)


@pytest.mark.parametrize(
    ("base", "exponent", "result"),
    [
        (0, 0, 1),
        (0, -1, None),
        (0, Fraction(1, 2), None),
        (4, Fraction(1, 2), 2),
        (4, Fraction(-1, 2), Fraction(1, 2)),
        (Fraction(9, 16), Fraction(3, 2), Fraction(27, 64)),
        (2, Fraction(1, 2), None),
        (8, Fraction(1, 3), None),
        (-4, Fraction(1, 2), None),
        (-8, Fraction(1, 3), None),
        (1, 10**1000, 1),
        (-1, 10**1000 + 1, -1),
        (2, MAX_BITS - 1, 2 ** (MAX_BITS - 1)),
        (2, MAX_BITS, None),
        (2, 1 - MAX_BITS, Fraction(1, 2 ** (MAX_BITS - 1))),
        (2, -MAX_BITS, None),
        (9, 9**9, None),
        (Fraction(1, 2), 10**30, None),
        (10**400, Fraction(1, 2), 10**200),
    ],
)
def test_powers_at_the_corners(base: object, exponent: object, result: object) -> None:
    started = time.process_time()
    assert fold("^", [base, exponent]) == result  # type: ignore[list-item]
    assert time.process_time() - started < 0.1


def test_results_stay_below_4096_bits() -> None:
    largest = 2**MAX_BITS - 1
    assert fold("+", [largest, 0]) == largest
    assert fold("+", [largest, 1]) is None
    assert fold("*", [2 ** (MAX_BITS // 2), 2 ** (MAX_BITS // 2)]) is None
    assert fold("/", [1, 2**MAX_BITS]) is None


@pytest.mark.parametrize("values", [["pi", 1], [1, 0.5], ["inf", 0], ["e", "e"]])
def test_what_is_not_rational_is_not_folded(values: list[object]) -> None:
    assert not all(map(is_exact, values))
    assert all(fold(op, values) is None for op in ("+", "*", "^", "<", "and"))  # type: ignore[arg-type]


def test_only_what_is_exact_is_folded() -> None:
    assert fold("sqrt", [4]) is None
    assert fold("sin", [0]) is None
    assert [fold("and", [2, 3]), fold("or", [0, 0]), fold("not", [0]), fold("!=", [1, 2])] == [1, 0, 1, 1]
