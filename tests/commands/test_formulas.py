"""Formulas as the textbooks write them: the same value, factors and signs in their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dcalc
from dcalc.commands.wengert.formulas import bracketed, negative, plus, tidy, times
from dcalc.language import ast, parse, unparse


def tree(text: str) -> ast.Node:
    return parse(text).children[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g*(1/(2*y))", "g/(2*y)"),
        ("(1/u)*du", "du/u"),
        ("g*(u*v)", "g*u*v"),
        ("g*-sin(u)", "-g*sin(u)"),
        ("g*(-u/v^2)", "-g*u/v^2"),
        ("-u/v^2*dv", "-u*dv/v^2"),
        ("a + -g*u", "a - g*u"),
        ("a - -b", "a + b"),
        ("-(a + b)*c", "-(a + b)*c"),
        ("g*1", "g"),
        ("-1*dv/v^2", "-dv/v^2"),
        ("(a + b)*(c*d)/e", "(a + b)*c*d/e"),
    ],
)
def test_tidy(text: str, expected: str) -> None:
    assert unparse(tidy(tree(text))) == expected


LEAVES = st.sampled_from(["a", "b", "c", "2", "1"])
TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})"),
        inner.map(lambda text: f"-({text})"),
    ),
    max_leaves=12,
)


@given(TEXTS)
def test_tidy_keeps_the_value(text: str) -> None:
    point = {"a": 1.25, "b": -0.75, "c": 3.5}
    changed = unparse(tidy(tree(text)))

    def value(formula: str) -> float:
        found = dcalc.function(formula)
        return found(**{name: number for name, number in point.items() if name in formula})

    try:
        expected = value(text)
    except dcalc.DcalcError:
        return  # 1/0
    assert value(changed) == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if(u > v, du, dv)", "du*[u > v] + dv*[u <= v]"),
        ("if(z >= 0, dz, 0)", "dz*[z >= 0]"),
        ("if(z >= 0, 1, 0)", "[z >= 0]"),
        ("if(z >= 0, 0, -g)", "-g*[z < 0]"),
        ("if(c, 0, g)", "g*[not c]"),
        ("if(c > 0 and d > 0, a, b)", "a*[c > 0 and d > 0] + b*[not (c > 0 and d > 0)]"),
    ],
)
def test_brackets(text: str, expected: str) -> None:
    assert unparse(bracketed(tree(text))) == expected


def test_a_sum_takes_the_sign_of_its_second_term() -> None:
    assert unparse(plus(tree("a"), tree("-b*c/d"))) == "a - b*c/d"


def test_the_textbooks_style() -> None:
    text = "-(a + b)^2*sin(x)^3 - x^-2*y^n + if(u <= v, 2*u, u != v)"
    assert unparse(tree(text), textbook=True) == "−(a + b)²·sin(x)³ − x⁻²·y^n + if(u ≤ v, 2·u, u ≠ v)"
    assert unparse(tree(text)) == text, "the language's own style is as it was"


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_product_of_many_factors_needs_no_stack(sign: str) -> None:
    right: ast.Node = ast.Name("x")
    left: ast.Node = ast.Name("x")
    for _ in range(3000):
        right, left = ast.Call("*", (ast.Name("x"), right)), ast.Call("*", (left, ast.Name("x")))
    signed = [ast.Call("neg", (one,)) if sign else one for one in (right, left)]
    flat = sign + "*".join(["x"] * 3001)
    assert unparse(times(ast.Number("1"), signed[0])) == flat
    assert unparse(times(ast.Name("x"), signed[1])) == flat + "*x"
    assert unparse(plus(ast.Name("x"), negative(left))) == "x - " + "*".join(["x"] * 3001)
