"""The grammar has no conflicts, and the lean driver reads its tables exactly as Lark does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.errors import DcalcError
from dcalc.language import RESERVED, source, unparse
from dcalc.language import generate as generator
from dcalc.language.ast import Node
from dcalc.language.builder import Builder
from dcalc.language.driver import Unexpected, run
from dcalc.language.lexer import logical
from dcalc.language.tables import load

from . import reference
from .strategies import programs, texts

CORPUS = """
x|2x|2x^2|-2x^2|2(x+1)^2|2sin(x)|(a)(b)(c)|2(x)(y)z^2|sin(x)cos(x)|2√3|√√x|√x²|x²|x³ + 2|-x^2|2^3^2|x^-2|x^-y^2
--x|+x|a - -b|a*-b|a/-b|a - b - c|a/b/c|x**2|2×3·4⋅5−1|x ≤ y|x≥y|x≠y|0 < x < 1|a < b == c > d|not a and b or c
[1, 2]|[1, 2,]|[[1], [2, 3]]|[x > 0]|[0 < x < 1]|[not a]|[a < b,]|[(a < b)]|x[1]|A[1, 2]|x[1][2]|[1,2][1]|(a)[1]
f()|f(x)|f'(x)|f''(x, y)|f″(x)|f'()|if(x > 0, x, 0)|if()|f(x)[1]^2|2f(x)[1]|(x)|((x))|((x+1))*2|-(x)
a = 1|a := 1; b = 2;; a|f(x, y) = x*y|f() = 1|a = (1)|π|2π|e^(π*x)|.5e-3x|1.|1.5.|# only|x # y|x #|;|;;|
1/2x|x^2y|x²y|√2x|2[1,2]|2x^2y|1/(a)(b)|x^2(y+1)|x y|sin x|sin^2(x)|1..n|x..y|2 3|f(x y)|(x|x)|[1, 2|a = b = c
sin(,)|f(x,)|()|[]|x =|= x|x +|2*/x|x^^2|x <> y|f'|f' + 1|(x)'|if|if x|at|x at y|for|not|and x|x and|a == not b
3 = x|f'(x) = 1|f(x, x) = 1|(a) = 1|x[1] = 2|√x = 1|2e|1e*x|πr|x₁|х|x!|a && b|"|\0|f(a)(b)[1](c)|x²³|x²^3|(1, 2)
2x @ y|A @ 2x|A @ -x|sum(A, axis=1)|sum(axis=1, A)|x[2..n]|A[1, :]|A[:]|x[1:2]|sum(1..10)|[1..n]|v = 1..n|1..2..3
[x[i] for i in 1..n]|sum(x for x in v)|f(x for x in v, 2)|[i for i in a for j in b]|[x for x]|f(u -> u)|f((u, v) -> u)
f = u -> {u}|f = (u, v)|u -> u|f((u, 2) -> u)|f(x, n) = { l = x; for k in 1..n { l = 4*l*(1-l) }; l }|for k in v {k} k
if c {1} else {2}|if (c) {1}|if(c, 1, 2)|if c {1} else if d {2} else {3}|y = if c {1} else {2}|if c {1} (2)|if c {1} -2
while c { break }|return x|{}|{x}|}|f(x) = {x} y|W: 3x2|W: 3 x 2|v: 3|v: n|else {1}|if c {1}; else {2}|x {y}|f(x) {x}
""".replace("\n", "|").split("|")
LINES = [
    "a = 1\nb = 2\n\na + b",
    "a +\nb",
    "f(1,\n2)\n[1\n,2]",
    "\n\nx",
    "x\n\n",
    "(a\nb)",
    "x # c\ny",
    "x\nelse",
    "(\n",
    "f(x) = {\n a = x\n\n a\n}\nf(2)",
    "if c {\n1\n}\nelse {\n2\n}\n3",
    "f(u -> {\na = u\na\n}, (2\n))",
    "for k in\n1..3 {}\n\nk",
    "for k in 1..3\n{}",
]


def lean(text: str, start: str = "program") -> Any:
    given_source = source(text)
    tables = load()
    found = list(logical(tables.lexer.tokens(given_source.text)))
    try:
        return run(tables, start, found, len(given_source.text), Builder(given_source))
    except Unexpected as problem:
        return ("error", *problem.token.span)


def outcome(parse: Any, text: str, start: str) -> Any:
    try:
        result = parse(text, start)
    except DcalcError as error:
        return (error.kind, error.message, error.span)
    nodes = result if isinstance(result, list) else [result]
    spans = [(node.span, getattr(node, "at", None)) for item in nodes if isinstance(item, Node) for node in item.walk()]
    return (result, spans)


def same(text: str, start: str = "program") -> None:
    assert outcome(lean, text, start) == outcome(reference.parse, text, start)


@pytest.mark.parametrize("text", [*CORPUS, *LINES])
def test_same_tree_same_spans_same_error(text: str) -> None:
    same(text)


@pytest.mark.parametrize(
    "text", ["x=2", "x=2,y=pi/2, z = -1,v=[1,2]", "x", "x=", "x==2", "x=1;y=2", "f(x)=2", "", "x=1,", "v=1..3", "x: 3"]
)
def test_bindings(text: str) -> None:
    same(text, "bindings")


@given(texts)
@settings(max_examples=200, deadline=None)
def test_any_text(text: str) -> None:
    same(text)


@given(st.text(alphabet="x2.e+-*/^()[],;=<> \n'²√π#ａх\0{}:@", max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_characters(text: str) -> None:
    same(text)


@given(programs)
@settings(max_examples=100, deadline=None)
def test_written_programs(program: Node) -> None:
    same(unparse(program))


def test_strict() -> None:
    generator.parser(reference.GRAMMAR, strict=True)  # raises on conflicts and on terminals that collide


def test_a_conflict_would_be_noticed() -> None:
    ambiguous = reference.GRAMMAR.replace("?sum: product\n", "?sum: product\n    | sum SIGN sum -> binary\n")
    assert ambiguous != reference.GRAMMAR
    with pytest.raises(Exception, match="conflict"):
        generator.parser(ambiguous, strict=True)


def test_reserved_words_are_the_grammars() -> None:
    assert set(load().keywords) == RESERVED


def test_no_pattern_captures() -> None:
    for _, pattern in generator.tables(reference.GRAMMAR.encode())["patterns"]:
        assert re.compile(pattern).groups == 0


def test_every_action_exists() -> None:
    for _, _, action in load().rules:
        assert not action or callable(getattr(Builder, action))


def test_tables_are_reproducible() -> None:
    assert generator.tables(reference.GRAMMAR.encode()) == generator.tables(reference.GRAMMAR.encode())
