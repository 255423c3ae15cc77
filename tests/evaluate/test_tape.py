"""Long programs on a tape: the numbers of Python's floats and of `math`, at one point and at many."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from dcalc.evaluate.batch import Batch
from dcalc.evaluate.plan import Plan, make_plan
from dcalc.evaluate.scalar import Scalar
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, source
from dcalc.primitives import TABLE
from dcalc.sweeps.reverse import gradient

pytest.importorskip("llvmlite")
from dcalc.evaluate import engines
from dcalc.evaluate.llvm.tape import LONG, fits, one_point

pytestmark = pytest.mark.skipif(bool(engines.unavailable()), reason="nothing can be compiled here")


def plan_of(text: str) -> Plan:
    """The plan of a program's value and gradient."""
    given = source(text)
    lowered = lower(parse(given), given)
    assert lowered.output is not None
    inputs = inputs_of(lowered.graph, [lowered.output])
    return make_plan(lowered.graph, [lowered.output, *gradient(lowered.graph, lowered.output, inputs)])


def shared(lines: int) -> str:
    """A program whose lines use earlier ones at random, by every operation that is compiled."""
    chance = random.Random(3)
    forms = [
        "sin({a} + {b})", "{a} - {b}*y", "cos({a})*{b}", "{a}/(2 + {b}^2)", "exp(-{a}^2)", "max({a}, {b})", "abs({a})",
        "if({a} > {b}, {a}, sqrt(1 + {b}^2))", "tanh({a})", "log(1 + {a}^2)", "atan2({a}, 1 + {b}^2)",
        "(2 + sin({a}))^{b}", "log10(1 + {a}^2)", "floor({a}) + x", "mod({a}, 3)", "min(1/(1 + {a}^4), {b})",
        "(1 + {a}^2)^(-2)", "erf({a})",
    ]  # fmt: skip
    rows = ["a0 = x", "a1 = y"]
    for k in range(2, lines):
        names = {"a": f"a{chance.randrange(max(0, k - 20), k)}", "b": f"a{chance.randrange(max(0, k - 20), k)}"}
        rows.append(f"a{k} = 0.5*({chance.choice(forms).format(**names)})")
    return "\n".join([*rows, "+".join(f"a{k}" for k in range(lines))])


def test_at_one_point_it_gives_what_floats_give() -> None:
    plan = plan_of(shared(600))
    assert fits(plan.steps)
    run = one_point(plan)
    assert run is not None
    for x, y in ((0.3, 0.7), (-1.25, 2.0), (0.0, 0.5)):
        point = {"x": x, "y": y}
        assert run.run(point) == pytest.approx(Scalar(plan).run(point), rel=1e-9, abs=1e-12, nan_ok=True)


def test_many_points_are_those_of_the_other_engines() -> None:
    plan = plan_of(shared(600))
    chance = np.random.default_rng(1)
    for size in (1, 3, 8, 21):  # less than a vector, a vector, and one that overlaps another
        batch = {name: chance.uniform(-1, 1, size) for name in ("x", "y")}
        program = Batch(plan, batch)
        found = program.run({}, batch, size, engine="llvm")
        (part,) = program._program.parts
        assert part.tape is not None
        for mine, theirs in zip(found, Batch(plan, batch).run({}, batch, size, engine="array"), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_inputs_may_be_components_and_values_that_all_points_share() -> None:
    terms = " + ".join(f"v[{k % 3 + 1}]*sin({k}*w)" for k in range(1500))
    given = source(terms)
    lowered = lower(parse(given), given, shapes={"v": (3,)})
    assert lowered.output is not None
    plan = make_plan(lowered.graph, [lowered.output])
    run = one_point(plan)
    assert run is not None
    v = np.array([1.5, -2.0, 0.25])
    exact = math.fsum(v[k % 3] * math.sin(k * 0.75) for k in range(1500))
    assert run.run({"v": v, "w": 0.75})[0] == pytest.approx(exact, rel=1e-12)
    batch = {"w": np.linspace(0.75, 1.5, 11)}
    (found,) = Batch(plan, batch).run({"v": v}, batch, 11, engine="llvm")
    assert found[0] == pytest.approx(exact, rel=1e-12)


def test_an_input_a_constant_and_the_same_value_twice_may_be_results() -> None:
    given = source("+".join(f"sin({k}*x)" for k in range(1, LONG)))
    lowered = lower(parse(given), given)
    graph = lowered.graph
    assert lowered.output is not None
    (x,) = inputs_of(graph, [lowered.output])
    plan = make_plan(graph, [x, lowered.output, graph.const(7), lowered.output])
    run = one_point(plan)
    assert run is not None
    first, value, seven, again = run.run({"x": 0.5})
    exact = math.fsum(math.sin(k * 0.5) for k in range(1, LONG))
    assert (first, seven) == (0.5, 7.0)
    assert value == again == pytest.approx(exact, rel=1e-9)


def test_a_tape_needs_no_more_memory_than_is_live() -> None:
    run = one_point(plan_of("+".join(f"x^{k}" for k in range(2, LONG)) + "+" + "sin(" * 3 + "x" + ")" * 3))
    assert run is not None
    text = source("sin(" * 5000 + "x" + ")" * 5000)
    lowered = lower(parse(text), text)
    assert lowered.output is not None
    chain = one_point(make_plan(lowered.graph, [lowered.output]))
    assert chain is not None
    assert chain._tape.places <= 2
    value = 1.1
    for _ in range(5000):
        value = math.sin(value)
    assert chain.run({"x": 1.1}) == [pytest.approx(value, rel=1e-12)]


def test_short_programs_and_what_is_not_compiled_stay_off_the_tape() -> None:
    assert one_point(plan_of("sin(x)*y")) is None
    assert one_point(plan_of("+".join(f"digamma({k} + x)" for k in range(1, LONG)))) is None
    assert "digamma" in TABLE


def test_what_it_costs_is_weighed() -> None:
    assert engines.price(100_000) < 1000  # (compiled it would take seconds)
    assert engines.price(10) < engines.price(1000)
