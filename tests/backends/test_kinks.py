"""What is said and answered at a kink."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dcalc.backends import BUILT_IN
from dcalc.backends.agree import compare
from dcalc.backends.derive import AT_KINK, Request, derive
from dcalc.backends.result import Derived
from dcalc.errors import DcalcError

from ..tools import problem_of

EXACT = [name for name in BUILT_IN if name != "fd"]


def at(text: str, mode: str, backend: str = "reverse", kind: str = "grad", **point: float) -> Derived:
    return derive(problem_of(text, **point), Request(kind, backend, at_kink=mode))


def gradient(text: str, mode: str, backend: str = "reverse", **point: float) -> Any:
    return at(text, mode, backend, **point).entries[0][0]


@pytest.mark.parametrize("backend", EXACT)
@pytest.mark.parametrize(
    ("text", "point", "lecture", "left", "right"),
    [
        ("abs(x)", {"x": 0.0}, [0], [-1], [1]),
        ("relu(3*x)", {"x": 0.0}, [3], [0], [3]),
        ("max(x, y)", {"x": 1.0, "y": 1.0}, [0, 1], [0, 0], [1, 1]),
        ("abs(x) + y^2", {"x": 0.0, "y": 3.0}, [0, 6], [-1, 6], [1, 6]),
        ("if(x > 0, x, -x)", {"x": 0.0}, [-1], [-1], [1]),
        ("abs(x)^2", {"x": 0.0}, [0], [0], [0]),
    ],
)
def test_the_modes(
    backend: str, text: str, point: dict[str, float], lecture: list[float], left: list[float], right: list[float]
) -> None:
    mean = [(a + b) / 2 for a, b in zip(left, right, strict=True)]
    for mode, expected in zip(AT_KINK, (lecture, left, right, mean), strict=False):
        found = gradient(text, mode, backend, **point)
        assert found == expected
        assert not any(math.copysign(1, value) < 0 for value in found if value == 0) or mode == "lecture"
    with pytest.raises(DcalcError) as caught:
        gradient(text, "error", backend, **point)
    assert caught.value.kind == "domain"
    assert caught.value.span is not None


@pytest.mark.parametrize("mode", ["left", "right", "mean"])
def test_one_sided_answers_do_not_depend_on_the_backend(mode: str) -> None:
    answers = [gradient("abs(x)*y + max(x, y - 1)", mode, name, x=0.0, y=1.0) for name in BUILT_IN]
    assert answers.count(answers[0]) == len(answers)


def test_the_note_names_node_place_and_both_sides() -> None:
    (note,) = at("y^2 + abs(2*x)", "lecture", x=0.0, y=1.0).notes
    assert note.kind == "kink"
    assert note.message == "abs(2*x) has a kink here (d/dx: left -2, right 2)"
    assert note.source is not None and note.span is not None
    assert note.source.text[slice(*note.span)] == "abs(2*x)"
    assert note.data["left"] == [[-2, 2]]
    assert note.data["right"] == [[2, 2]]
    (note,) = at("if(x > 0, x, -x)", "lecture", x=0.0).notes
    assert note.message == "the condition x > 0 switches here (d/dx: left -1, right 1)"
    (note,) = at("floor(x)", "lecture", x=2.0).notes
    assert note.message == "floor(x) has a kink here (d/dx: left not determined, right 0)"
    (note,) = at("[abs(x), 2*x]", "lecture", kind="jac", x=0.0).notes
    assert "df1/dx: left -1, right 1" in note.message


def test_two_kinks_make_two_notes() -> None:
    notes = at("abs(x) + relu(y)", "lecture", x=0.0, y=0.0).notes
    assert [note.message.split(" has")[0] for note in notes] == ["abs(x)", "relu(y)"]


def test_beside_a_kink_nothing_is_said() -> None:
    for mode in AT_KINK:
        derived = at("abs(x) + max(x, y)", mode, x=1e-300, y=-1.0)
        assert (derived.notes, derived.entries) == ([], [[[2.0, 0.0]]])


def test_not_determined() -> None:
    for mode in ("left", "mean"):
        derived = at("floor(x) + y^2", mode, x=2.0, y=1.0)
        assert math.isnan(derived.entries[0][0][0])
        assert derived.entries[0][0][1] == 2
    assert at("floor(x) + y^2", "right", x=2.0, y=1.0).entries == [[[0.0, 2.0]]]


def test_jacobians_at_kinks() -> None:
    for mode, expected in (
        ("left", [[-1], [0]]),
        ("right", [[1], [1]]),
        ("mean", [[0], [0.5]]),
        ("lecture", [[0], [1]]),
    ):
        assert at("[abs(x), relu(x)]", mode, kind="jac", x=0.0).entries == [expected]


@pytest.mark.parametrize("backend", EXACT)
def test_a_hessian_has_no_side(backend: str) -> None:
    for mode in ("left", "right", "mean", "error"):
        with pytest.raises(DcalcError, match="kink"):
            at("abs(x)*x", mode, backend, kind="hess", x=0.0)
        assert at("abs(x)*x", mode, backend, kind="hess", x=-2.0).entries == [[[-2.0]]]
    derived = at("abs(x)*x", "lecture", backend, kind="hess", x=0.0)
    assert derived.entries == [[[0.0]]]
    assert [note.kind for note in derived.notes] == ["kink"]


def test_a_mode_that_is_none() -> None:
    with pytest.raises(DcalcError) as caught:
        at("x", "middle", x=1.0)
    assert caught.value.kind == "usage"
    assert "lecture, left, right, mean, error" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("abs(x)", {"x": 0.0}),
        ("max(x, y, z)", {"x": 1.0, "y": 1.0, "z": 1.0}),
        ("abs(x)*abs(y)", {"x": 0.0, "y": 0.0}),
        ("relu(relu(x) - relu(-x))", {"x": 0.0}),
        ("floor(x)*y", {"x": 2.0, "y": 3.0}),
        ("if(x >= 1, x^2, 2*x - 1)", {"x": 1.0}),
        ("if([x > 0] + [y > 0], x, -x)", {"x": 0.0, "y": -1.0}),
        ("if(x^2 < 0 and y < 1, 5*x, x)", {"x": 0.0, "y": 0.0}),
        ("max([x > 0], 0.5) + x", {"x": 0.0}),
        ("mod(x, y)", {"x": 4.0, "y": 2.0}),
        ("hypot(abs(x), y)", {"x": 0.0, "y": 0.0}),
        ("atan2(x, y)", {"x": 0.0, "y": -1.0}),
        ("sqrt(abs(x))", {"x": 0.0}),
    ],
)
@pytest.mark.parametrize("kind", ["grad", "hess"])
def test_the_backends_agree_at_kinks(text: str, point: dict[str, float], kind: str) -> None:
    assert compare(problem_of(text, **point), Request(kind)).disagreements == []


def test_active_branches_are_told_when_asked() -> None:
    problem = problem_of("max(y*z, y + 2*x) + if(x > 0, relu(-x), x)", x=2.0, y=3.0, z=-1.0)
    derived = derive(problem, Request("grad", branches=True))
    told = [(note.data["node"], note.data["active"]) for note in derived.notes if note.kind == "branch"]
    assert ("max(y*z, y + 2*x)", "y + 2*x") in told
    assert ("relu(-x)", "0") in told
    assert derive(problem, Request("grad")).notes == []
