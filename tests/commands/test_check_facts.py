"""What `check` and the reference know of functions by name: the names are those of the table."""

from __future__ import annotations

from dcalc.backends.claims import NEVER_ZERO, UNDERFLOW
from dcalc.backends.slip_rules import FALLING, FALSE_PARTIALS
from dcalc.evaluate.precise import of_gamma
from dcalc.primitives import TABLE


def test_the_names_are_those_of_the_table() -> None:
    assert set(TABLE) >= NEVER_ZERO | UNDERFLOW | FALLING | set(FALSE_PARTIALS)


def test_the_family_of_the_gamma_function() -> None:
    family = {"gamma", "lgamma", "digamma", "polygamma", "beta", "large_beta", "polygamma_gap"}
    assert {name for name in TABLE if of_gamma(name)} == family
