"""Signs that are moved, and quotients: the same numbers to the last bit, signs of zeros among them."""

from __future__ import annotations

import math
import struct

import pytest

from dcalc.evaluate.plan import Plan, make_plan
from dcalc.evaluate.scalar import Scalar
from dcalc.export.tidy import tidied
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.language import parse, source
from dcalc.sweeps.derivative import derivative

NUMBERS = (0.0, -0.0, 1.5, -2.25, 1e-300, math.inf, math.nan)


def plan_of(text: str) -> Plan:
    given = source(text)
    lowered = lower(parse(given), given, graph=Graph(), differentiate=derivative)
    assert lowered.output is not None
    return make_plan(lowered.graph, [lowered.output])


@pytest.mark.parametrize(
    "text",
    [
        "-x + y", "x - (-y)*3", "(-x)/(-y)", "-x - y", "-(x - y)", "(-x)*y + (-x)*x - (-y)", "x + (-2)*y",
        "sin(-x) - y", "-2*x - 3", "max(-x, -y) - (-x)", "-(-x*y - y)/x", "(-x)^2 - (-y)", "if(-x > y, -x, -y)*(-1)",
    ],
)  # fmt: skip
def test_signs_move_exactly(text: str) -> None:
    plan = plan_of(text)
    new = tidied(plan, ())
    assert sum(step.op == "neg" for step in new.steps) <= sum(step.op == "neg" for step in plan.steps) + 1
    for x in NUMBERS:
        for y in NUMBERS:
            before, after = (Scalar(one).run({"x": x, "y": y})[0] for one in (plan, new))
            same = struct.pack("d", before) == struct.pack("d", after)
            assert same or (before != before and after != after), (text, x, y, before, after)


def test_a_product_with_a_reciprocal_is_a_quotient() -> None:
    new = tidied(plan_of("sin(x)*(1/y)"), ())
    assert [step.op for step in new.steps] == ["sin", "/"]
    shared = tidied(plan_of("r = 1/y; sin(x)*r + r"), ())
    assert [step.op for step in shared.steps].count("/") == 1


def test_what_has_a_name_stays_as_it_is() -> None:
    plan = plan_of("a = -x; a*y")
    (slot,) = [step.slot for step in plan.steps if step.op == "neg"]
    assert "neg" in [step.op for step in tidied(plan, {slot}).steps]
    assert Scalar(tidied(plan, {slot})).run({"x": 2.0, "y": 3.0}) == [-6.0]
