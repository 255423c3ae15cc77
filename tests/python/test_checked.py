"""A long function asked at point after point: the kept way says what the first way says, notes and errors included."""

from __future__ import annotations

import math

import pytest

import dcalc
from dcalc.commands import prepare
from dcalc.evaluate import engines

#: Terms of a long sum.
COUNT = 440


def plain(x, y):
    """The value and the gradient of `PLAIN`, by hand."""
    value = sum(x * math.sin(k * y) for k in range(1, COUNT))
    in_x = sum(math.sin(k * y) for k in range(1, COUNT))
    in_y = sum(x * k * math.cos(k * y) for k in range(1, COUNT))
    return value, in_x, in_y


PLAIN = "+".join(f"x*sin({k}*y)" for k in range(1, COUNT))
KINKED = PLAIN + "+abs(x-2)"
BRANCHED = PLAIN + "+if(x>0, sqrt(x), 0)"
LOST = PLAIN + "+1/exp(1000*x-1200)"
UNDER = PLAIN + "+(1e-200*x)*(1e-200*y*x)"


@pytest.fixture(params=["compiled", "floats"])
def how(request, monkeypatch):
    """With compiled code, and without."""
    if request.param == "floats":
        monkeypatch.setattr(engines, "unavailable", lambda: "not here")
    elif engines.unavailable():
        pytest.skip("nothing can be compiled")
    return request.param


KNOWN: dict = {}


def warm(text, how):
    """A function that has been asked twice."""
    if (text, how) not in KNOWN:
        found = KNOWN[text, how] = dcalc.function(text)
        for x in (1.1, 1.2):
            found.grad(x=x, y=0.3)
            found(x=x, y=0.3)
    return KNOWN[text, how]


def same(text, known, **point):
    """What a new function says is what the known one says."""
    answers = []
    for one in (dcalc.function(text), known):
        try:
            answer = one.grad(**point)
            answers.append(([answer.value, answer["x"], answer["y"]], [note.message for note in answer.notes]))
        except dcalc.DcalcError as problem:
            answers.append(([], [problem.kind, problem.message]))
    (first, words), (again, others) = answers
    assert words == others
    assert again == pytest.approx(first, rel=1e-10, abs=1e-10, nan_ok=True)
    return words


def test_numbers(how):
    known = warm(PLAIN, how)
    run = known.__dict__["_kept"]
    assert all(one._run is not None for one in run.values())
    for x, y in ((0.5, 0.01), (-2.0, 0.7), (0.0, 0.2)):
        answer = known.grad(x=x, y=y)
        assert [answer.value, answer["x"], answer["y"]] == pytest.approx(plain(x, y), rel=1e-9, abs=1e-9)
        assert known(x=x, y=y) == pytest.approx(answer.value, rel=1e-12, abs=1e-9)
        assert not answer.notes


@pytest.mark.parametrize("text", [KINKED, BRANCHED, LOST, UNDER])
@pytest.mark.parametrize("x", [2.0, 0.0, -1.5, 1e308, math.nan])
def test_the_same_words(how, text, x):
    same(text, warm(text, how), x=x, y=0.25)


def test_what_is_said(how):
    assert "kink" in same(KINKED, warm(KINKED, how), x=2.0, y=0.25)[0]
    assert not same(KINKED, warm(KINKED, how), x=2.5, y=0.25)
    assert not same(BRANCHED, warm(BRANCHED, how), x=-1.0, y=0.25)
    assert "too large" in same(LOST, warm(LOST, how), x=2.0, y=0.25)[1]
    assert "underflowed" in same(UNDER, warm(UNDER, how), x=1.0, y=0.25)[0]


def test_arrays_of_which_numbers_are_picked(how):
    text = "+".join(f"x[{k % 5 + 1}]*sin({k}*x[{(k + 2) % 5 + 1}])" for k in range(1, COUNT))
    known, point = dcalc.function(text), [0.1, 0.2, 0.3, 0.4, 0.5]
    for step in range(4):
        point[2] += 0.01 * step
        assert known.grad(x=point)["x"] == pytest.approx(dcalc.function(text).grad(x=point)["x"], rel=1e-10)


def test_untaken_branches_stay_on_the_kept_way(how, monkeypatch):
    known = warm(BRANCHED, how)
    warm(PLAIN, how)
    monkeypatch.setattr(dcalc.python.kept, "answer", None)  # what is made with care
    assert known.grad(x=-1.0, y=0.25).value == pytest.approx(plain(-1.0, 0.25)[0], rel=1e-9)
    assert warm(PLAIN, how).grad(x=0.0, y=0.25).value == 0.0  # products that are 0 since a factor is


def test_one_reading_is_enough(monkeypatch):
    read = []
    inner = prepare.read
    monkeypatch.setattr(prepare, "read", lambda *args, **how: read.append(1) or inner(*args, **how))
    assert dcalc.function("a=x*y; a^2").grad(x=1, y=2)["x"] == 8
    assert len(read) == 1


@pytest.mark.parametrize(
    ("text", "point", "value"),
    [
        ("e*x", {"e": 2, "x": 3}, 6),  # e is the constant until a value is given
        ("x^2", {"x": [1, 2]}, [1, 4]),  # a number until an array is given
        ("sum(x)", {"x": [1, 2]}, 3),
        ("n=3; sum(x^i for i in 1..n)", {"x": 2}, 14),
        ("k=2; k*x", {"x": 3, "k": 5}, 15),
        ("k=2; k*x", {"x": 3}, 6),
        ("if x > 0 {x} else {-x}", {"x": -3}, 3),
        ("s=0; for i in 1..400 {s = s + x*i}; s", {"x": 2}, 160400),
        ("f(u)=u^2; f(x)", {"x": 3}, 9),
    ],
)
def test_a_second_reading_where_values_matter(text, point, value):
    function = dcalc.function(text)
    assert function(point) == pytest.approx(value)
    assert function(point) == pytest.approx(value)


def test_errors_of_the_point_are_as_they_were():
    with pytest.raises(dcalc.DcalcError, match="defined by the expression"):
        dcalc.function("a=x^2; a+1")(x=1, a=2)
    with pytest.raises(dcalc.DcalcError, match="dual"):
        dcalc.function("x + eps").grad(x=1)
    with pytest.raises(dcalc.DcalcError, match="has no value"):
        dcalc.function("x*y")(x=1)
    assert dcalc.function("a=x^2; a*y").grad(x=2, y=3, wrt="a")["a"] == 3
