"""`rules`: cards of what works on arrays."""

from __future__ import annotations

import shlex

import pytest

from dcalc.primitives import TABLE
from dcalc.primitives.arrays import FUNCTIONS


@pytest.mark.parametrize("name", [*FUNCTIONS, *(name for name, entry in TABLE.items() if entry.shapes)])
def test_a_card_with_an_example_that_runs(dcalc, name):
    status, out, err = dcalc(["rules", name])
    assert (status, err) == (0, "")
    for line in out.splitlines():
        if line.startswith("example"):
            result = dcalc(shlex.split(line.removeprefix("example"))[1:])
            assert result.status == 0, (line, result.err)


def test_a_name_of_two_operations_shows_both(dcalc):
    out = dcalc("rules max").out
    assert "max(u, v, …)" in out and "max(u, axis=…)" in out
    assert out.count("operation") == 2
    assert dcalc("rules 'max[]'").out == out


def test_sums_products_and_functions(dcalc):
    assert "sum(u, axis=…)" in dcalc("rules sum").out
    card = dcalc("rules @").out
    assert "adjoint of u, matrix by vector" in card and "outer(g, v)" in card
    assert "tangent from du" in dcalc("rules inv").out
    assert FUNCTIONS["mean"][1] in dcalc("rules mean").out


def test_the_list_has_words(dcalc):
    out = dcalc("rules").out
    assert "[]" not in out.replace("u[]", "")
    assert all(how in out for how, _ in FUNCTIONS.values())
    assert "not u" in out


def test_a_name_that_is_none(dcalc):
    status, _, err = dcalc("rules sume")
    assert status == 2 or status == 64 or "sum" in err
