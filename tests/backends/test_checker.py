"""The checker itself, with rules and engines that are made wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dcalc import backends
from dcalc.backends.agree import compare
from dcalc.backends.derive import Request
from dcalc.backends.problem import Problem
from dcalc.backends.protocol import Derivative, Options
from dcalc.backends.result import Compared
from dcalc.primitives import TABLE

from ..conftest import call_main
from ..tools import problem_of


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """wrong("sin", d=("-cos(u)",)) puts a false entry in the table."""

    def put(name: str, **facts: object) -> None:
        monkeypatch.setitem(TABLE, name, TABLE[name]._replace(**facts))  # type: ignore[arg-type]

    yield put


def compared(text: str, kind: str = "grad", **point: float) -> Compared:
    return compare(problem_of(text, **point), Request(kind))


@pytest.mark.parametrize(
    ("name", "partials", "text", "point"),
    [
        ("sin", ("-cos(u)",), "sin(x)*2", {"x": 1.0}),
        ("tan", ("1 + y",), "tan(x)", {"x": 0.5}),
        ("/", ("1/v", "y/v"), "x/y", {"x": 1.0, "y": 2.0}),
        ("*", ("v", "v"), "x*y", {"x": 1.0, "y": 2.0}),
        ("exp", ("y*1.000001",), "exp(x)", {"x": 1.0}),
        ("log", ("1/u + 1e-7",), "log(x)", {"x": 3.0}),
        ("tanh", ("0",), "tanh(x)", {"x": 0.3}),
    ],
)
def test_a_wrong_rule_is_wrong_in_every_exact_backend_and_found(
    wrong: Any, name: str, partials: tuple[str, ...], text: str, point: dict[str, float]
) -> None:
    assert compared(text, **point).disagreements == []
    wrong(name, d=partials, shown=())
    result = compared(text, **point)
    exact = [answer.entries[0][0] for answer in result.answers if answer.backend != "fd"]
    assert exact[0] == pytest.approx(exact[1], rel=1e-12)
    assert exact[0] == pytest.approx(exact[2], rel=1e-12)
    assert any(words.count("fd says") for words in result.disagreements)
    assert result.largest > 1e-8


def test_a_wrong_rule_is_found_in_second_derivatives(wrong: Any) -> None:
    wrong("sin", d=("cos(2*u)",))
    assert any("fd says" in words for words in compared("sin(x)*y", "hess", x=1.0, y=2.0).disagreements)
    wrong("cos", d=("sin(u)",))
    assert any("fd says" in words for words in compared("cos(x)", "hess", x=1.0).disagreements)


def test_a_wrong_choice_is_found(wrong: Any) -> None:
    wrong("max", when="u < v")
    assert compared("max(x, y)", x=1.0, y=2.0).disagreements != []


def test_a_wrong_one_sided_rule_is_found(wrong: Any) -> None:
    assert compared("abs(x)", x=0.0).disagreements == []
    wrong("abs", one_sided="du")
    words = compared("abs(x)", x=0.0).disagreements
    assert words == [
        "d/dx: fd from the left says -1.0, the one-sided derivative is 1.0",
    ]


class Wrong:
    """A backend that is off by a little in one entry."""

    name = "wrong"
    summary = "wrong"
    factor = 1 + 1e-9

    def __init__(self, right: Any) -> None:
        self.right = right

    def _spoil(self, answer: Derivative) -> Derivative:
        entries = [[list(row) for row in matrix] for matrix in answer.entries]
        entries[0][0][-1] *= self.factor
        return answer._replace(entries=entries)

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        return self._spoil(self.right.jacobian(problem, options))

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        return self._spoil(self.right.hessian(problem, options))


@pytest.mark.parametrize("name", ["forward", "reverse", "symbolic"])
@pytest.mark.parametrize("kind", ["grad", "hess"])
def test_a_backend_that_is_wrong_alone_is_found(monkeypatch: pytest.MonkeyPatch, name: str, kind: str) -> None:
    right = backends.backend
    monkeypatch.setattr("dcalc.backends.derive.backend", lambda n: Wrong(right(n)) if n == name else right(n))
    result = compared("x^2*exp(y)", kind, x=1.5, y=0.5)
    component = "d/dy" if kind == "grad" else "d²/dx dy"
    assert result.disagreements
    assert all(component in words for words in result.disagreements)
    assert any(name in words for words in result.disagreements)


def test_finite_differences_that_are_wrong_alone_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = backends.backend
    monkeypatch.setattr(Wrong, "factor", 1 + 1e-6)
    monkeypatch.setattr("dcalc.backends.derive.backend", lambda n: Wrong(right(n)) if n == "fd" else right(n))
    assert [words.split(":")[0] for words in compared("x^2*exp(y)", x=1.5, y=0.5).disagreements] == ["d/dy"]


def check(*args: str) -> Any:
    return call_main(["check", *args])


def test_check_finds_a_wrong_rule_by_the_backends(wrong: Any) -> None:
    assert check("sin(x)*2", "--at", "x=1").status == 0
    wrong("sin", d=("-cos(u)",))
    answer = check("sin(x)*2", "--at", "x=1")
    assert answer.status == 1 and answer.out.startswith("DISAGREE") and "fd says" in answer.out


@pytest.mark.parametrize("claim", ["cos(x)", "-cos(x)", "2*x"])
def test_check_does_not_judge_a_claim_by_a_wrong_rule(wrong: Any, claim: str) -> None:
    """The table is false: neither the right claim is called wrong nor the false one right."""
    wrong("sin", d=("-cos(u)",))
    answer = check("sin(x)", "--claim", claim)
    assert answer.status == 1 and answer.out.startswith("UNDECIDED")
    assert "a rule of dcalc may be false" in answer.err


def test_check_notices_a_wrong_textbook_form(wrong: Any) -> None:
    """The formula that is printed and proven with is another one than the one that the numbers come from."""
    assert check("tan(x)", "--claim", "sec(x)^2").status == 0
    wrong("tan", shown=("sec(u)",))
    answer = check("tan(x)", "--claim", "sec(x)")
    assert answer.status == 1 and not answer.out.startswith("PROVEN")


@pytest.mark.parametrize(
    ("name", "partials", "text"),
    [("tan", ("1 + y",), "tan(x/9)"), ("exp", ("y*1.001",), "exp(x)"), ("*", ("v", "v"), "x*sin(x)")],
)
def test_check_doubts_every_wrong_rule(wrong: Any, name: str, partials: tuple[str, ...], text: str) -> None:
    right = call_main(["diff", text]).out.strip()
    wrong(name, d=partials, shown=(), shown_tangent="")
    answer = check(text, "--claim", right)
    assert answer.status == 1 and not answer.out.startswith("WRONG")


def test_a_slip_is_found_only_by_the_rule_that_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rule of the slips made right, the slip is not found: it is found by construction."""
    assert "chain rule" in check("sin(x^2)", "--claim", "cos(x^2)").out
    monkeypatch.setattr("dcalc.backends.slips.ways", lambda site: iter(()))
    answer = check("sin(x^2)", "--claim", "cos(x^2)")
    assert answer.status == 1 and "chain rule" not in answer.out


def test_the_right_table_is_back() -> None:
    assert compared("sin(x)*exp(x)/tanh(x)", "hess", x=0.7).disagreements == []
