"""The stepper's keys, apart from any terminal."""

from __future__ import annotations

import pytest

from dcalc.errors import DcalcError
from dcalc.repl.stepper import Walk, head_of, hold_terminal

TABLE = ["caption", "primal    value", "------  -------", "v₀           1", "v₁           2"]


def test_the_head_ends_with_the_ruler() -> None:
    assert head_of(TABLE) == 3
    assert head_of(["value  3"]) == 0


def test_keys() -> None:
    walk = Walk(TABLE)
    assert walk.press("b") == (3, 3), "the head stays"
    assert walk.press("c-m") == (4, 3)
    assert walk.press("x") == (4, 4), "other keys do nothing"
    assert walk.press("up") == (3, 4)
    assert not walk.over
    assert walk.press("a") == (5, 3)
    assert walk.over
    assert walk.press("n") == (5, 5)
    assert walk.press("c-c") is None


def test_without_a_terminal_it_says_so(dcalc) -> None:
    with pytest.raises(DcalcError, match="needs a terminal"):
        hold_terminal()
    status, out, err = dcalc("trace x^2 --at x=3 --step")
    assert (status, out) == (2, "")
    assert "without step the whole table is printed" in err
