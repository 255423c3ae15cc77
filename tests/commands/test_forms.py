"""simplify, expand, factor, collect, subs as commands and sentences; where lines."""

from __future__ import annotations

import json

import pytest

from dcalc.commands.base import new_state
from dcalc.errors import Source
from dcalc.graph.graph import Graph
from dcalc.graph.lower import inputs_of, lower
from dcalc.language import parse, unparse
from dcalc.session import step

LONG = "sqrt(x^2 + 1)*exp(sin(x*y)*sqrt(x^2 + 1))*log(x + sqrt(x^2 + 1))*atan(x*y*sqrt(x^2 + 1))"


def said(dcalc, *words):
    done = dcalc(list(words))
    assert done.status == 0, done.err
    return done.out.rstrip("\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["simplify", "sqrt(x^2) + (x^2 - 1)/(x - 1)"], "abs(x) + x + 1"),
        (["simplify", "x + 0.5*x"], "1.5*x"),
        (["simplify", "[x + x, sin(y)^2 + cos(y)^2]"], "[2*x, 1]"),
        (["simplify", "W: 2x2; W @ W - W @ W + W"], "W"),
        (["simplify", "s = 0; for k in 1..3 { s = s + x^k*x^(3 - k) }; s"], "3*x^3"),
        (["simplify", "max(y, x) + max(x, y)"], "max(y, x) + max(x, y)"),
        (["simplify", "max(x, 0)"], "max(x, 0)"),
        (["simplify", "x/abs(x)"], "x/abs(x)"),
        (["simplify", "log(x*y)"], "log(x*y)"),
        (["simplify", "log(x) + log(y)"], "log(x*y)"),
        (["simplify", "sin(7*pi/6) + tan(pi/3)"], "sqrt(3) - 1/2"),
        (["expand", "[(x + 1)^2, (x - 1)^2]"], "[x^2 + 2*x + 1, x^2 - 2*x + 1]"),
        (["factor", "x^4 + 4"], "(x^2 + 2*x + 2)*(x^2 - 2*x + 2)"),
        (["collect", "(x + a)*(x + b)", "--var", "x"], "x^2 + x*(a + b) + a*b"),
        (["collect", "(x + 1)^2"], "x^2 + 2*x + 1"),
        (["subs", "x^2 + y", "--with", "x=y,y=x"], "y^2 + x"),
        (["subs", "x^2 + y", "--with", "x=x+1", "--with", "y=pi"], "(x + 1)^2 + pi"),
        (["subs", "sum(v)", "--load", "examples/newton.dc", "--with", "v=2"], "2"),
    ],
)
def test_commands(dcalc, words, expected):
    assert said(dcalc, *words) == expected


def test_json_and_latex(dcalc):
    data = json.loads(said(dcalc, "factor", "x^2 - 1", "--json"))
    assert (data["kind"], data["formula"]) == ("factor", "(x - 1)*(x + 1)")
    assert data["operations"] == {"before": 2, "after": 3}
    assert said(dcalc, "expand", "(x + 1)^2", "--format", "latex") == "{x}^{2} + 2 x + 1"
    assert said(dcalc, "simplify", "x + x", "--format", "markdown") == "`2*x`"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["collect", "x + y"], "by which input? there are several"),
        (["collect", "x + y", "--var", "z"], "there is no input z"),
        (["collect", "5"], "there is no input to collect by"),
        (["subs", "x + y"], "subs needs to know what for"),
        (["subs", "x + y", "--with", "z=1"], "there is no input z in this"),
        (["subs", "x + y", "--with", "x=1,x=2"], "x is given twice"),
        (["subs", "A: 2x2; A @ [1, 2]", "--with", "A=[1, 2, 3]"], "shapes do not fit"),
        (["expand", "(a + b + c + u + v + w + x + y)^20"], "too large to expand"),
        (["factor", "x^500 - 1"], "too large to factor"),
        (["expand", "W: 2x2; W @ W"], "takes numbers and arrays that are written out"),
        (["simplify", "sin("], "syntax error"),
    ],
)
def test_errors(dcalc, words, message):
    done = dcalc(words)
    assert done.status in (1, 2)
    assert message in done.err


def test_a_program_that_depends_on_values_has_no_formula(dcalc):
    done = dcalc(["factor", "y = 3; x = 1; while x < y { x = 2*x }; x + z"])
    assert done.status in (0, 2)
    assert done.status == 0 or "depends on" in done.err


def test_sentences():
    state = new_state()
    found = []
    for line in ["f(x) = x^2 + 2*x + 1", "factor f(x)", "subs f(x) with x=a+1", "collect (x + a)*(x + b) var x"]:
        state, output = step(state, Source(line))
        found += [unparse(result.remembered) for result in output.results if hasattr(result, "tree")]
    assert found == ["(x + 1)^2", "(a + 2)^2", "x^2 + x*(a + b) + a*b"]


def test_long_formulas_name_their_shared_parts(dcalc):
    text = said(dcalc, "diff", LONG, "--wrt", "x").splitlines()
    assert text[1] == "where t1 = sqrt(x^2 + 1)"
    assert all(line.startswith("      t") for line in text[2:])
    program = json.loads(said(dcalc, "diff", LONG, "--wrt", "x", "--json"))["derivatives"][0]["formula"]
    assert program.startswith("t1 = sqrt(x^2 + 1); ")
    assert unparse(parse(program)) == program
    lowered = lower(parse(program), Source(program), graph=Graph())
    assert {lowered.graph.attrs[node] for node in inputs_of(lowered.graph, [lowered.output])} == {"x", "y"}
    latex = said(dcalc, "diff", LONG, "--wrt", "x", "--format", "latex")
    assert latex.startswith(r"\begin{aligned}")


def test_short_formulas_do_not(dcalc):
    assert "where" not in said(dcalc, "diff", "sin(x)/x*exp(x)*log(x)", "--wrt", "x")
