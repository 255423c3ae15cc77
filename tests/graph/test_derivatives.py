"""Derivatives as expressions: `diff`, `grad`, `jac`, `hess` and primes anywhere in a program."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dcalc.errors import DcalcError
from dcalc.evaluate.scalar import evaluate
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, source
from dcalc.sweeps.derivative import derivative

from .program_tools import NEWTON, follow, formula, refused, slope, value_at


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # Siskind and Pearlmutter (2005): 1, not 2.
        ("diff(x*diff(x + y, y), x)", 1),
        ("f(x) = diff(x*diff(x + y, y), x); f(x)", 1),
        ("f(x) = x*diff(x + y, y); f'(2)", 1),
        # names with the same value
        ("f(x, y) = diff(x*y, x); f(t, t)", 5),
        ("f(x, y) = diff(x*y, t); f(t, t)", 10),
        ("a = t^2; c = t^2; diff(a*c, a)", 25),
        ("h(x) = { a = x^2; c = x^2; diff(a*c, a) }; h(t)", 25),
        ("h(x) = { a = x^2; b = a; diff(a*b, a) }; h(t)", 50),
        ("b = x; diff(x*b, x)", 4),
        # a name that is made of another one
        ("f(x) = { y = x^2; diff(x*y, x) + diff(y^3, y) }; f(x)", 3 * 4 + 3 * 16),
        ("f(x) = { y = x^2; z = y*x; diff(z*y, x) + diff(z^2, y)/x^3 }; f(x)", 5 * 16 + 2 * 2),
        ("y = x^2; diff(x*y, x) + diff(3*y, y)", 15),
        ("s = x; for k in 1..3 { s = s*s }; diff(s, x)", 8 * 2**7),
        ("[diff(k^2, k) for k in 1..3][3]", 6),
        ("f(x) = { for k in 1..2 { x = x - diff(x^2, x)/4 }; x }; f(x)", 0.5),
        # orders and several names
        ("diff(x^5, x, 3)", 60 * 4),
        ("diff(x^5, x, 0)", 32),
        ("diff(diff(x^2*y^2, x), y)", 4 * 2 * 3),
        ("grad(x^2*y)", [12, 4]),
        ("grad(x^2*y, y, x)", [4, 12]),
        ("grad(x^3)", 12),
        ("jac([x*y, x + y])", [[3, 2], [1, 1]]),
        ("jac(x*y)", [3, 2]),
        ("jac(v*x, x)", [1, 2]),
        ("jac(v^2, v)", [[2, 0], [0, 4]]),
        ("hess(x^2*y)", [[6, 4], [4, 0]]),
        ("hess(x^3, x)", 12),
        ("hess(sum(v^3), v)", [[6, 0], [0, 12]]),
        ("hess(v @ v*x, v)", [[4, 0], [0, 4]]),
        ("grad(v @ v)", [2, 4]),
        ("a = [x^2, y]; grad(a @ a, a)", [8, 6]),
        ("a = [x^2, y]; diff(a[1]^2, a)[1]", 8),
        # inside of functions, loops and each other
        ("f(u) = diff(sin(u)*u, u); diff(f(x), x)", 2 * math.cos(2) - 2 * math.sin(2)),
        ("f(u) = u^3; g(u) = f'(u)*u; g'(x)", 9 * 4),
        ("g(f, u) = f'(u); g(u -> u^3, x) + g(sin, 0)", 13),
        ("g(f, u) = f''(u); g(u -> u^3, x)", 12),
        ("f(x) = { g = u -> u*x; g'(3) }; f'(x)", 1),
        ("f(x) = { g = u -> u^2*x; g'(x) }; f'(x)", 8),
        ("f(a, b) = diff(a*b^2, b); diff(f(x, x), x)", 8),
        ("f(t) = t^2; f'([x, 1, y])", [4, 2, 6]),
        ("f(t) = [t, t^2]; f'(x)", [1, 4]),
        ("f(t) = norm([t, 1]); f'([0, 0])", [0, 0]),
        ("f(t) = if t > 2 { t^2 } else { t }; f'([1, 3])", [1, 6]),
        ("f(t) = { while t < 4 { t = 2*t }; t }; f'([1, 3])", [4, 2]),
        ("f(t) = if t > 0 { t^3 } else { 0 }; f'(x)", 12),
        ("diff(if(x > 0, x^2, 0), x)", 4),
    ],
)
def test_derivatives(text: str, value: Any) -> None:
    assert value_at(text, x=2.0, y=3.0, t=5.0, v=[1.0, 2.0]) == pytest.approx(np.asarray(value), rel=1e-14)


@pytest.mark.parametrize(
    "text",
    [
        NEWTON + "newton(a)",
        "newton(a) = { x = a; for k in 1..20 { g = u -> u^2 - a; x = x - g(x)/g'(x) }; x }; newton(a)",
        "newton(f, x) = { while abs(f(x)) > 1e-12 { x = x - f(x)/f'(x) }; x }; newton(u -> u^2 - a, a)",
        "newton(f, x) = if abs(f(x)) < 1e-12 { x } else { newton(f, x - f(x)/f'(x)) }; newton(u -> u^2 - a, a)",
    ],
)
def test_newtons_method_is_differentiated(text: str) -> None:
    assert value_at(text, a=2.0) == pytest.approx(math.sqrt(2), rel=1e-15)
    assert slope(text, "a", a=2.0) == pytest.approx(1 / math.sqrt(8), rel=1e-12)
    head, _, call = text.rpartition("; ")
    assert value_at(f"{head}; diff({call}, a)", a=2.0) == pytest.approx(1 / math.sqrt(8), rel=1e-12)
    assert value_at(f"{head}; r(a) = {call}; r''(2)") == pytest.approx(-(2**-1.5) / 4, rel=1e-10)


def test_conditions_of_placeholders_are_about_inputs() -> None:
    lowered, values = follow(NEWTON + "newton'(b^2)", b=2.0)
    assert len(lowered.conditions) == 6
    assert {lowered.graph.attrs[n] for n in inputs_of(lowered.graph, lowered.conditions)} == {"b"}
    held = evaluate(lowered.graph, lowered.conditions, values)
    assert held == [1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("diff(x^2)", "arity", "diff takes 2 or 3 arguments, here it has 1"),
        ("diff(x^2, 3)", "usage", "diff differentiates in a name"),
        ("diff(x^2, x, y)", "usage", "the order of a derivative is a whole number"),
        ("diff(x^2, x, -1)", "usage", "the order of a derivative is a whole number"),
        ("diff(x, pi)", "name", "pi is a constant"),
        ("grad([x, y])", "shape", "grad is of a number"),
        ("hess(v, v)", "shape", "hess is of a number"),
        ("grad(v @ v*x)", "shape", "takes numbers only"),
        ("grad(x*y, x, x)", "usage", "x stands twice"),
        ("grad(2)", "usage", "nothing to differentiate in"),
        ("f(t) = grad(t^2); f'(x)", "usage", "in a function"),
        ("grad()", "arity", "grad takes at least one argument"),
        ("jac([[x, y], [y, x]])", "shape", "in several names"),
    ],
)
def test_derivatives_that_cannot_be(text: str, kind: str, words: str) -> None:
    error = refused(text, x=2.0, y=3.0, v=[1.0, 2.0])
    assert error.kind == kind
    assert words in error.message


def test_a_name_of_an_earlier_step_is_cut_where_it_stands() -> None:
    first = formula("a = x^2; v = [x^2 + 1, 3*x]; b = sin(x)")
    for text, value in (("diff(3*a^2, a)", 24), ("diff(v[1]*v[2], v)[1]", 6), ("diff(a*b, b)", 4)):
        given = source(text)
        now = lower(parse(given), given, graph=first.graph, names=first.names, differentiate=derivative)
        assert now.output is not None
        assert evaluate(now.graph, [now.output], {"x": 2.0}) == [pytest.approx(value)]
    given = source("b = a; diff(a, a)")
    with pytest.raises(DcalcError, match="only another name"):
        lower(parse(given), given, graph=first.graph, names=lower(
            parse("c = a"), None, graph=first.graph, names=first.names).names, differentiate=derivative)  # fmt: skip
