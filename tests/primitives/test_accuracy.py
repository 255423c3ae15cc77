"""Each rule against the independent oracle, over its entry's sample range and at its extreme points."""

from __future__ import annotations

import pytest
from accuracy import BOUND, worst
from mpmath import mp, mpf
from oracle import ANALYTIC, NOTHING, VALUES, complex_step, differences
from programs import NUMBERS, Program, points, samples

from dcalc.primitives import TABLE

POINTS = 25


def misses(name: str, count: int = POINTS) -> list[str]:
    """What is wrong with a primitive's programs, in words; nothing if all is well."""
    return [
        f"{name}, order {order}: {miss.error:.1e} at {miss.point}, {miss.what}"
        for order, miss in worst(name, points(TABLE[name], count)).items()
        if not miss.error <= BOUND[order]
    ]


def test_the_oracle_knows_every_primitive() -> None:
    assert set(VALUES) == {entry.name for entry in NUMBERS}


@pytest.mark.parametrize("name", [entry.name for entry in NUMBERS])
def test_value_gradient_and_hessian_are_those_of_the_oracle(name: str) -> None:
    assert not misses(name)


#: Entries whose textbook form loses digits somewhere, though the condition number may forgive it: these lose none.
KEEPS_DIGITS = [
    "asin",
    "acos",
    "acosh",
    "atanh",
    "asinh",
    "atan",
    "acot",
    "tanh",
    "sech",
    "sigmoid",
    "softplus",
    "expm1",
    "log1p",
    "sqrt",
    "cbrt",
    "hypot",
    "one_minus_square",
    "logsumexp",
    "softsign",
    "log2",
    "log10",
    "/",
    "polygamma",
    "digamma",
    "lgamma",
    "gamma",
]


def lost(name: str) -> list[str]:
    """Derivatives at an entry's extreme points that have not 14 right digits."""
    found = worst(name, TABLE[name].extreme, strict=True)
    return [f"{name}, order {order}: {miss}" for order, miss in found.items() if order and not miss.error <= 2e-15]


@pytest.mark.parametrize("name", KEEPS_DIGITS)
def test_extreme_points_cost_no_digits(name: str) -> None:
    assert not lost(name)


TEXTBOOK = [
    "asin",
    "acos",
    "acosh",
    "atanh",
    "tanh",
    "sigmoid",
    "hypot",
    "atan2",
    "atan",
    "acot",
    "asinh",
    "unit",
    "softsign",
]


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_form_does_lose_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason for an accurate form: with the shown one, the same points fail."""
    monkeypatch.setitem(TABLE, name, TABLE[name]._replace(d=TABLE[name].shown))
    assert lost(name)


@pytest.mark.parametrize("name", sorted(ANALYTIC))
def test_gradient_is_that_of_the_complex_step(name: str) -> None:
    entry = TABLE[name]
    for point in samples(entry, 8):
        static = int(point[0]) if entry.static else None
        for orders, how, result in Program(name, static).run(point):
            if sum(orders) != 1:
                continue
            position = orders.index(1)
            truth = complex_step(name, point, position)
            # The two ways to the truth meet too: the differences are not wrong by a common mistake.
            assert abs(differences(name, point)(orders) - truth) <= mpf(10) ** -35 * abs(truth) + NOTHING
            oracle = differences(name, point)
            scale = max(abs(truth), *(abs(mpf(x) * oracle(_more(orders, i))) for i, x in _free(point, static)))
            assert abs(mpf(result) - truth) <= 1e-13 * scale, (point, how, result, mp.nstr(truth, 20))


def _free(point: tuple[float, ...], static: int | None) -> list[tuple[int, float]]:
    return [(i, x) for i, x in enumerate(point) if not (i == 0 and static is not None)]


def _more(orders: tuple[int, ...], i: int) -> tuple[int, ...]:
    return tuple(order + (i == k) for k, order in enumerate(orders))


#: A rule made wrong on purpose, as mistakes are made: (entry, its partials). Some are wrong at second order or in the
#: last digits only.
WRONG = [
    ("sin", ("-cos(u)",)),
    ("cos", ("sin(u)",)),
    ("tan", ("1 - y^2",)),
    ("exp2", ("y",)),
    ("sqrt", ("1/y",)),
    ("/", ("1/v", "-u/v")),
    ("^", ("v*u^v", "y*log(u)")),
    ("atan2", ("-unit(u, v)/hypot(u, v)", "unit(v, u)/hypot(u, v)")),
    ("hypot", ("unit(v, u)", "unit(u, v)")),
    ("unit", ("unit(v, u)/hypot(u, v)", "-unit(u, v)*unit(v, u)/hypot(u, v)")),
    ("one_minus_square", ("2*u",)),
    ("tanh", ("1 - y^2",)),
    ("sigmoid", ("y*(1 - y)",)),
    ("expm1", ("y + 1",)),
    ("erf", ("exp(-u^2)",)),
    ("mod", ("1", "floor(u/v)")),
    ("mod", ("1", "-floor(u/v)")),
    ("elu", ("if(u >= 0, 1, alpha*exp(u))", "if(u >= 0, 0, exp(u))")),
    ("polygamma", ("0", "polygamma(n, u)")),
    ("digamma", ("polygamma(2, u)",)),
    ("silu", ("sigmoid(u)*(1 + u*(1 - sigmoid(u) + 1e-11))",)),
]


@pytest.mark.parametrize(("name", "d"), WRONG)
def test_a_rule_made_wrong_is_found(name: str, d: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert not misses(name)
    monkeypatch.setitem(TABLE, name, TABLE[name]._replace(d=d))
    assert misses(name)


def test_a_wrong_choice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "max", TABLE["max"]._replace(choices=("v", "u")))
    assert misses("max")


def test_a_wrong_value_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "softplus", TABLE["softplus"]._replace(value="log(1 + exp(u))"))
    assert misses("softplus")
