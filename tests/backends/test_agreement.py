"""The four backends agree, on whatever can be written."""

from __future__ import annotations

import math

import pytest

from dcalc.backends.agree import close, compare
from dcalc.backends.derive import Request, derive
from dcalc.backends.result import Compared
from dcalc.errors import DcalcError

from ..tools import Value, problem_of, seeded


def compared(text: str, kind: str, **point: Value) -> Compared:
    return compare(problem_of(text, **point), Request(kind))


@pytest.mark.parametrize(("kind", "seed", "count"), [("grad", 1, 260), ("hess", 2, 70)])
def test_random_expressions(kind: str, seed: int, count: int) -> None:
    answered = 0
    for text, point in seeded(seed, count):
        try:
            result = compared(text, kind, **point)
        except DcalcError as error:
            assert error.kind == "domain", (text, point, error.message)
            continue
        answered += 1
        assert result.disagreements == [], (text, point)
    assert answered > count / 2


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("[x*y, sin(x), y^3]", {"x": 1.5, "y": -2.0}),
        ("[x^2]", {"x": 3.0}),
        ("v*w[1]", {"v": (1.0, 2.0, 3.0), "w": (4.0, 5.0)}),
        ("[max(x, y), min(x, y), relu(x)]", {"x": 1.0, "y": 2.0}),
        ("[1, x, pi]", {"x": 1.0}),
        ("a = x^2; b = exp(a); [a*b, a + b]", {"x": 0.5}),
        ("f(t) = t^3; [f'(x), f''(y)]", {"x": 0.5, "y": 2.0}),
    ],
)
@pytest.mark.parametrize("kind", ["jac", "hess"])
def test_vectors(text: str, point: dict[str, Value], kind: str) -> None:
    result = compared(text, kind, **point)
    assert result.disagreements == []
    assert result.largest < 1e-5
    rows, columns = len(result.answers[0].value), len(result.answers[0].labels)
    for answer in result.answers:
        assert len(answer.entries) == (rows if kind == "hess" else 1)
        assert {len(matrix) for matrix in answer.entries} == {columns if kind == "hess" else rows}
        assert {len(row) for matrix in answer.entries for row in matrix} == {columns}


@pytest.mark.parametrize(
    ("text", "point", "gradient"),
    [
        ("max(y*z, y + 2*x)", {"x": 2.0, "y": 3.0, "z": -1.0}, [2, 1, 0]),
        ("x^2*sin(y)", {"x": 1.0, "y": 2.0}, [2 * math.sin(2), math.cos(2)]),
        ("tanh(x)", {"x": 20.0}, [1.6993417021166355e-17]),
        ("if(x > 0, sqrt(x), 0)", {"x": -1.0}, [0]),
        ("log(x)", {"x": 1e-300}, [1e300]),
        ("sigmoid(x)", {"x": -700.0}, [9.8596765437597708e-305]),
        ("hypot(x, y)", {"x": 3e200, "y": 4e200}, [0.6, 0.8]),
    ],
)
def test_numbers(text: str, point: dict[str, Value], gradient: list[float]) -> None:
    result = compared(text, "grad", **point)
    assert result.disagreements == []
    for answer in result.answers:
        if answer.backend != "fd":
            assert answer.entries[0][0] == pytest.approx(gradient, rel=1e-14)


def test_hessians() -> None:
    result = compared("x^3*y + exp(x*y)", "hess", x=1.0, y=2.0)
    e = math.exp(2)
    expected = [[12 + 4 * e, 3 + 3 * e], [3 + 3 * e, e]]
    for answer in result.answers:
        near = 1e-6 if answer.backend == "fd" else 1e-14
        assert answer.entries[0] == [pytest.approx(row, rel=near) for row in expected]


def test_without_inputs_and_without_dependence() -> None:
    assert compared("3", "grad").answers[0].entries == [[[]]]
    assert compared("3", "hess").disagreements == []
    result = compared("x*0 + 3", "hess", x=1.0)
    assert all(answer.entries == [[[0.0]]] for answer in result.answers)


@pytest.mark.parametrize("x", [5e-324, 1e-310, 1e-300, -0.0, 1e150, 1e300, math.inf, math.nan])
@pytest.mark.parametrize("kind", ["grad", "hess"])
def test_inputs_at_the_ends_of_floating_point(x: float, kind: str) -> None:
    result = compare(problem_of("3*x + atan(x)", x=x), Request(kind, ieee=True))
    assert result.disagreements == []


def test_components_that_are_not_finite_do_not_spoil_the_others() -> None:
    for backend in ("fd", "forward", "reverse", "symbolic"):
        derived = derive(problem_of("sqrt(x) + y^2 + abs(z - 5)", x=0.0, y=3.0, z=1.0), Request("grad", backend))
        assert derived.entries[0][0][1:] == pytest.approx([6, -1], rel=1e-9)
        if backend != "fd":
            assert derived.entries[0][0][0] == math.inf
            (note,) = derived.notes
            assert (note.kind, note.data) == ("non-finite", {"component": "d/dx"})
            assert "sqrt(x)" in note.message
            assert note.source is not None and note.span is not None
            assert note.source.text[slice(*note.span)] == "sqrt(x)"


def test_undefined_is_said_not_invented() -> None:
    derived = derive(problem_of("sqrt(x)^2 + y", x=0.0, y=1.0), Request("grad", "reverse"))
    assert math.isnan(derived.entries[0][0][0])
    assert derived.entries[0][0][1] == 1
    assert any("d/dx is undefined" in note.message for note in derived.notes)
    assert compared("sqrt(x)^2 + y", "grad", x=0.0, y=1.0).disagreements == []


@pytest.mark.parametrize(
    ("text", "kind", "point"),
    [
        ("elu(x)", "hess", {"x": 0.0}),  # its second derivative jumps where its first has no kink
        ("if(x > 0, x^3, 0)", "hess", {"x": 0.0}),
        ("abs(x)^1.5", "grad", {"x": 0.0}),  # quotients that fall as slowly as a root
        ("abs(x)^1.1", "grad", {"x": 0.0}),
        ("x^1.5", "grad", {"x": 0.0}),
        ("x^x", "grad", {"x": 0.0}),
        ("abs(x - 1e-9)", "grad", {"x": 0.0}),  # a kink nearer than any step
        ("leaky_relu(log10(exp2(x)))", "hess", {"x": 2.95}),  # 0 where the sweep has 2.8e-17
        ("round(acos(ceil(x*1.25)))", "grad", {"x": -0.8}),  # a jump within a jump
        ("sin(x)*x", "hess", {"x": 1e6}),
        ("sin(x)", "grad", {"x": 1e12}),
        ("x*y*z", "hess", {"x": 1e-12, "y": 1.0, "z": 1e12}),
    ],
)
def test_points_where_finite_differences_have_a_hard_time(text: str, kind: str, point: dict[str, Value]) -> None:
    assert compared(text, kind, **point).disagreements == []


@pytest.mark.parametrize(
    ("a", "b", "tolerance", "agree"),
    [
        (1.0, 1.0, 0.0, True),
        (1.0, 1.1, 0.2, True),
        (1.0, 1.3, 0.2, False),
        (math.inf, math.inf, 0.0, True),
        (math.inf, -math.inf, 1.0, False),
        (math.inf, 1e308, math.inf, False),
        (math.nan, math.nan, 0.0, True),
        (math.nan, 1.0, 0.0, False),
        (1.0, 2.0, math.inf, True),
    ],
)
def test_when_two_numbers_agree(a: float, b: float, tolerance: float, agree: bool) -> None:
    assert close(a, b, tolerance) is agree
    assert close(b, a, tolerance) is agree
