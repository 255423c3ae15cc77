"""Multiplied out: what is 0 by identities is seen to be, and nothing else."""

from __future__ import annotations

import pytest

from dcalc.graph.simplify.expand import is_zero

from ..tools import graph_of

ZERO = [
    "(x + 1)^2 - x^2 - 2*x - 1",
    "sin(x)^2 + cos(x)^2 - 1",
    "sin(2*x) - 2*sin(x)*cos(x)",
    "sin(x + y) - sin(x)*cos(y) - cos(x)*sin(y)",
    "cos(3*x) - 4*cos(x)^3 + 3*cos(x)",
    "tan(x)^2 + 1 - sec(x)^2",
    "cos(x + pi/2) + sin(x)",
    "exp(x)^2 - exp(2*x)",
    "exp(x + y) - exp(x)*exp(y)",
    "cosh(x)^2 - sinh(x)^2 - 1",
    "2^x*log(4) - 2*log(2)*exp(x*log(2))",
    "sqrt(x + 1)^2 - x - 1",
    "1/sqrt(x + 1) - sqrt(x + 1)/(x + 1)",
    "x/sqrt(x^2 + 1) - (x^2 + 1)^(-1/2)*x",
    "sqrt(2)*sqrt(3) - sqrt(6)",
    "sqrt(x^2) - abs(x)",
    "cbrt(x)^3 - x",
    "x^(1/2)*x^(1/3) - x^(5/6)",
    "x^x*x - x^(x + 1)",
    "log(8) - 3*log(2)",
    "log10(x)*log(10) - log(x)",
    "sigmoid(x)*(1 - sigmoid(x)) - exp(-x)/(1 + exp(-x))^2",
    "1/(x - 1) - 1/(x + 1) - 2/(x^2 - 1)",
    "atan((x + 1)^2) - atan(x^2 + 2*x + 1)",
]
OTHER = [
    "sin(x) - x",
    "sqrt(x^2) - x",
    "log(x^2) - 2*log(x)",
    "(x^2)^(3/2) - x^3",
    "exp(x) - 2.718281828^x",
    "0.333*x - x/3",
    "sin(x)^2 - cos(x)^2",
    "abs(x) - sign(x)",
    "sqrt(x)*sqrt(y) - sqrt(x - y)",
    "asin(sin(x)) - x",
    "x^20 - x^21",
    "if(x > 0, x, y) - x",
]


@pytest.mark.parametrize("text", ZERO)
def test_identities(text):
    lowered = graph_of(text)
    assert is_zero(lowered.graph, lowered.output)


@pytest.mark.parametrize("text", OTHER)
def test_no_identities(text):
    lowered = graph_of(text)
    assert not is_zero(lowered.graph, lowered.output)


@pytest.mark.parametrize("text", ["(x + y + z + 1)^24 - 1", "x^1000000 - x", "1/(x - x)", "2^(2^100) - x"])
def test_what_is_too_much_is_left(text):
    lowered = graph_of(text)
    assert not is_zero(lowered.graph, lowered.output)
