"""Backends by name: the built-in ones, those of others, the choice by shape, and what each says of its work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from dcalc.backends import BUILT_IN, GROUP, backend, choose
from dcalc.backends.derive import Request, derive
from dcalc.backends.problem import Problem
from dcalc.backends.protocol import Derivative, Options
from dcalc.errors import DcalcError

from ..tools import problem_of


class Constant:
    """A third party's backend: every derivative is 42."""

    name = "constant"
    summary = "42"

    def jacobian(self, problem: Problem, options: Options) -> Derivative:
        return Derivative([[[42.0] * len(problem.leaves) for _ in problem.rows]], "no work at all")

    def hessian(self, problem: Problem, options: Options) -> Derivative:
        n = len(problem.leaves)
        return Derivative([[[42.0] * n for _ in range(n)] for _ in problem.rows], "no work at all")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_backends(name: str) -> None:
    made = backend(name)
    assert made.name == name
    assert made.summary


def test_a_backend_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "constant"

        def load(self) -> Any:
            return Constant

    asked: list[str] = []

    def points(group: str) -> list[Point]:
        asked.append(group)
        return [Point()]

    monkeypatch.setattr("importlib.metadata.entry_points", points)
    problem = problem_of("x*y", x=1.0, y=2.0)
    derived = derive(problem, Request("grad", "constant"))
    assert (derived.entries, derived.work, derived.backend) == ([[[42.0, 42.0]]], "no work at all", "constant")
    assert derive(problem, Request("hess", "constant")).entries == [[[42.0, 42.0]] * 2]
    assert asked == [GROUP] * 2
    with pytest.raises(DcalcError) as caught:
        backend("constnt")
    assert "did you mean constant" in (caught.value.hint or "")


def test_a_backend_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "other_backend-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-backend\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nother = other_backend_of_dcalc:Other\n")
    (tmp_path / "other_backend_of_dcalc.py").write_text(
        "from dcalc.backends.forward import Forward\n\n\nclass Other(Forward):\n    name = 'other'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "other_backend_of_dcalc", raising=False)
    derived = derive(problem_of("x^2", x=3.0), Request("grad", "other"))
    assert (derived.entries, derived.backend) == ([[[6.0]]], "other")


def test_built_in_backends_never_scan_the_installed_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise AssertionError("entry points were scanned")

    monkeypatch.setattr("importlib.metadata.entry_points", refuse)
    for name in (*BUILT_IN, "auto"):
        derive(problem_of("x^2", x=3.0), Request("grad", name))


def test_an_unknown_backend() -> None:
    with pytest.raises(DcalcError) as caught:
        derive(problem_of("x", x=1.0), Request("grad", "revers"))
    assert (caught.value.kind, caught.value.message) == ("usage", "there is no backend revers")
    assert caught.value.hint == "did you mean reverse?"
    with pytest.raises(DcalcError) as caught:
        backend("zzz")
    assert all(name in (caught.value.hint or "") for name in (*BUILT_IN, "auto", "all"))


@pytest.mark.parametrize(
    ("n", "m", "name"), [(1, 1, "forward"), (2, 1, "reverse"), (1, 3, "forward"), (3, 3, "forward")]
)
def test_auto_chooses_by_shape(n: int, m: int, name: str) -> None:
    assert choose(n, m)[0] == name
    names = "xyz"[:n]
    rows = ", ".join(f"{k}*({' + '.join(names)})" for k in range(1, m + 1))
    problem = problem_of(f"[{rows}]", **dict.fromkeys(names, 1.0))
    derived = derive(problem, Request("jac"))
    assert derived.backend == name
    assert f"chosen for {n} input" in derived.work
    assert f"{m} output" in derived.work


def wide(n: int) -> Problem:
    names = range(1, n + 1)
    return problem_of(" + ".join(f"v{k}^2" for k in names), **{f"v{k}": float(k) for k in names})


@pytest.mark.parametrize(("n", "passes"), [(3, "1 forward pass"), (64, "1 forward pass"), (65, "2 forward passes")])
def test_forward_says_its_passes(n: int, passes: str) -> None:
    derived = derive(wide(n), Request("grad", "forward"))
    assert derived.work == f"{passes}, {n} seeds"
    assert derived.entries[0][0] == [2.0 * k for k in range(1, n + 1)]


def test_the_others_say_their_work() -> None:
    problem = problem_of("[x*y, x, y]", x=1.0, y=2.0)
    assert derive(problem, Request("jac", "reverse")).work == "3 reverse passes"
    assert derive(wide(70), Request("grad", "reverse")).work == "1 reverse pass"
    assert "6 formulas" in derive(problem, Request("jac", "symbolic")).work
    assert derive(problem_of("x^2", x=1.0), Request("grad", "forward")).work == "1 forward pass, 1 seed"
    assert "over them" in derive(problem, Request("hess", "reverse")).work
    assert "forward over forward" in derive(problem, Request("hess", "forward")).work


def test_columns_stand_in_the_order_that_was_asked_for() -> None:
    problem = problem_of("x + 2*y + 3*z", z=0.0, x=0.0, y=0.0)
    for name in BUILT_IN:
        derived = derive(problem, Request("grad", name))
        assert derived.labels == ["z", "x", "y"]
        assert derived.entries[0][0] == pytest.approx([3, 1, 2], rel=1e-9)
