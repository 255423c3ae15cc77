"""The builder: what is folded, and that folding never changes a value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.evaluate.scalar import evaluate
from dcalc.graph.build import Builder
from dcalc.graph.graph import Graph, check
from dcalc.graph.template import template
from dcalc.primitives import TABLE


class Play:
    """A graph with two inputs and a builder."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.build = Builder(self.graph)
        self.x, self.y = self.graph.input("x"), self.graph.input("y")

    def const(self, value: object) -> int:
        return self.graph.const(value)  # type: ignore[arg-type]


def test_neutral_elements() -> None:
    play = Play()
    b, x, zero, one = play.build, play.x, play.build.zero, play.build.one
    minus = play.const(-1)
    assert [b.add(x, zero), b.add(zero, x), b.sub(x, zero), b.mul(x, one), b.mul(one, x), b.div(x, one)] == [x] * 6
    assert [b.mul(x, zero), b.mul(zero, x)] == [zero] * 2
    assert [b.sub(zero, x), b.mul(minus, x), b.mul(x, minus)] == [b.neg(x)] * 3
    assert b.neg(b.neg(x)) == x
    assert b.apply("^", (x, one)) == x
    assert b.apply("^", (x, zero)) == one
    assert b.add(x, b.neg(play.y)) == b.sub(x, play.y)
    assert b.sub(x, b.neg(play.y)) == b.add(x, play.y)


def test_selections() -> None:
    play = Play()
    b, x, y = play.build, play.x, play.y
    condition = b.apply("<", (x, y))
    assert b.select(play.const(1), x, y) == x
    assert b.select(play.const(0), x, y) == y
    assert b.select(condition, x, x) == x
    assert play.graph.ops[b.select(condition, x, y)] == "if"
    assert play.graph.ops[b.select(play.const("pi"), x, y)] == "if"


def test_exact_constants_are_folded() -> None:
    play = Play()
    b = play.build
    assert b.add(play.const(2), play.const(3)) == play.const(5)
    assert play.graph.attrs[b.div(play.const(1), play.const(3))].denominator == 3
    assert play.graph.ops[b.div(play.const(1), play.const(0))] == "/"
    assert play.graph.ops[b.add(play.const("pi"), play.const(1))] == "+"
    assert play.graph.ops[b.apply("^", (play.const(9), play.const(9**9)))] == "^"


@pytest.mark.parametrize("op", ["max", "min", "-", "/", "^", "<"])
def test_arguments_are_never_reordered(op: str) -> None:
    play = Play()
    assert play.graph.args[play.build.apply(op, (play.y, play.x))] == (play.y, play.x)
    assert play.graph.args[play.build.apply("max", (play.x, play.x))] == (play.x, play.x)
    assert play.graph.ops[play.build.apply("max", (play.x, play.build.zero))] == "max"  # not relu


numbers = st.sampled_from([-2, -1, 0, 1, 2, 3, "pi", "e"])
ops = st.sampled_from(["+", "-", "*", "/", "^", "neg", "if", "<", "max"])
steps = st.lists(st.tuples(ops, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)), max_size=20)


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=4), steps)
def test_folding_changes_no_finite_value(constants: list[object], todo: list[tuple[str, int, int, int]]) -> None:
    """The same operations emitted plainly and through the builder. A product with 0 is 0 there whatever the other."""
    play, plain = Play(), Play()
    pairs = [(play.x, plain.x), (play.y, plain.y), *((play.const(c), plain.const(c)) for c in constants)]
    for op, *picks in todo:
        chosen = [pairs[k % len(pairs)] for k in picks[: TABLE[op].arity]]
        folded = play.build.apply(op, tuple(a for a, _ in chosen))
        pairs.append((folded, plain.graph.emit(op, tuple(b for _, b in chosen))))
    check(play.graph)
    point = {"x": 0.75, "y": -1.5}
    found = evaluate(play.graph, [a for a, _ in pairs], point)
    expected = evaluate(plain.graph, [b for _, b in pairs], point)
    if all(map(math.isfinite, expected)):
        for a, b in zip(found, expected, strict=True):
            assert a == pytest.approx(b, rel=1e-9, abs=1e-9)


def test_templates_are_made_once_and_keep_their_names_apart() -> None:
    one = template("if(u > v, u*v, u + 1)", ("u", "v", "y"))
    assert template("if(u > v, u*v, u + 1)", ("u", "v", "y")) is one
    play = Play()
    node = one.emit(play.build, (play.y, play.x, play.x))
    assert evaluate(play.graph, [node], {"x": 2.0, "y": 3.0}) == [6.0]
    assert template("u", ("u", "y")).emit(play.build, (play.x, play.y)) == play.x
    static = template("n*u", ("n", "u", "y"), 3).emit(play.build, (play.const(3), play.x, play.y))
    assert evaluate(play.graph, [static], {"x": 2.0}) == [6.0]
