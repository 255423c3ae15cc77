"""Textbook derivatives: right at 50 digits, and on average no longer than SymPy's simplify(diff(…))."""

from __future__ import annotations

import random
import statistics
import time

import pytest

from dcalc.commands.point import constant
from dcalc.errors import DcalcError, Source
from dcalc.evaluate.scalar import PointValue
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.graph.simplify import simplify
from dcalc.language import parse
from dcalc.sweeps.derivative import derivative

from ..graph.test_simplify_properties import UndefinedError, mp, value
from . import textbook

PROBLEMS = textbook.problems()


def node_of(text: str, graph: Graph) -> int:
    node = lower(parse(text), Source(text), graph=graph).output
    assert node is not None
    return node


@pytest.mark.parametrize(("text", "order"), PROBLEMS, ids=lambda part: str(part))
def test_each_is_the_derivative(text: str, order: int) -> None:
    """By mpmath's differences of the original at 50 digits."""
    graph = Graph()
    original, formula = node_of(text, graph), node_of(textbook.ours(text, order), graph)
    chance = random.Random(text)
    compared = 0
    for _ in range(40):
        point = {name: mp.mpf(chance.uniform(0.05, 2.5)) for name in "abcdmnsuvwxyz"}

        def along(x, point=point):
            return value(graph, original, {**point, "x": x}, mp.mpf(10) ** 40)

        try:
            expected = mp.diff(along, point["x"], order)
        except UndefinedError:
            continue
        found = value(graph, formula, point, mp.inf)
        assert abs(found - expected) <= mp.mpf(10) ** -10 * (1 + abs(expected)), point
        compared += 1
        if compared == 4:
            return
    assert compared


def test_on_average_no_longer_than_sympy() -> None:
    """Held against the shorter of SymPy's answers for complex and for real symbols, as recorded by the benchmark."""
    lines = textbook.SYMPY.read_text().splitlines()
    assert len(lines) == len(PROBLEMS) >= 150
    mine, others = [], []
    for (text, order), line in zip(PROBLEMS, lines, strict=True):
        name, theirs = line.split(" => ")
        assert name == (text if order == 1 else f"{text} ; {order}")
        mine.append(textbook.operations(textbook.ours(text, order)))
        others.append(textbook.operations(theirs))
    assert statistics.mean(mine) <= statistics.mean(others)
    assert sum(a > b for a, b in zip(mine, others, strict=True)) <= 15


def test_quick_enough() -> None:
    """A tenth of SymPy's 40 ms on average; measured by tests/benchmarks/simplify.py, here with room for the machine."""
    textbook.ours("sin(x)*exp(x)/tan(x)")
    started = time.process_time()
    for text, order in PROBLEMS:
        textbook.ours(text, order)
    assert time.process_time() - started < len(PROBLEMS) * 0.02


@pytest.mark.parametrize("at", [0.0, -0.0, 1.0, -1.0])
def test_simplified_is_the_derivative_at_either_zero_and_at_ends_of_domains(at: float) -> None:
    """In doubles: where the derivative as it stands has a value, the simplified one has it too."""
    compared = 0
    for text, _ in PROBLEMS:
        graph = Graph()
        raw = derivative(graph, node_of(text, graph), graph.input("x"), shown=True)
        (simple,) = simplify(graph, [raw])
        point: dict[str, PointValue] = {**dict.fromkeys("abcdmnsuvwyz", 0.75), "x": at}
        try:
            expected = constant(graph, raw, point)
        except DcalcError:
            continue
        assert constant(graph, simple, point) == pytest.approx(expected, rel=1e-9, abs=1e-12), text
        compared += 1
    assert compared > 60
