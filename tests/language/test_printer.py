"""Printing and parsing are inverse, with the fewest parentheses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from dcalc.errors import DcalcError
from dcalc.language import parse, parse_bindings, source, unparse
from dcalc.language.ast import (
    All,
    Block,
    Break,
    Call,
    Comprehension,
    Declare,
    Define,
    For,
    If,
    Iverson,
    Lambda,
    Name,
    Node,
    Number,
    Program,
    Range,
    Return,
    Vector,
    While,
)

from .strategies import bindings, expressions, programs


@given(programs)
@settings(max_examples=250, deadline=None)
def test_program_and_back(program: Node) -> None:
    assert parse(unparse(program)) == program


@given(expressions)
@settings(max_examples=250, deadline=None)
def test_expression_and_back(expression: Node) -> None:
    assert parse(unparse(expression)) == Program((expression,))


@given(expressions)
@settings(max_examples=100, deadline=None)
def test_no_parentheses_to_spare(expression: Node) -> None:
    # Taking out any pair of the text's own parentheses changes the tree or breaks the text.
    text = unparse(expression)
    stack = []
    for place, character in enumerate(text):
        if character == "(":
            stack.append(place)
        elif character == ")":
            first = stack.pop()
            if first and (text[first - 1].isalnum() or text[first - 1] in "_'"):
                continue  # a call's
            if "@" in text[first:place] and text[place + 1 : place + 2] in ("*", "/"):
                continue  # (A @ x)*2 would mean the same without, and be misread
            bare = text[:first] + " " + text[first + 1 : place] + " " + text[place + 1 :]
            try:
                again = parse(bare)
            except Exception:
                continue
            assert again != Program((expression,)), bare


def parses(text: str) -> bool:
    try:
        parse(text)
    except DcalcError:
        return False
    return True


@given(bindings)
@settings(max_examples=100, deadline=None)
def test_bindings_and_back(given: tuple[Define, ...]) -> None:
    text = ", ".join(unparse(item) for item in given)
    assert parse_bindings(text) == given
    for item in parse_bindings(text):
        start, end = item.body.span
        assert parse_bindings(f"x = {text[start:end]}")[0].body == item.body


@given(programs)
@settings(max_examples=100, deadline=None)
def test_spans_hold_the_statements_text(program: Program) -> None:
    text = unparse(program)
    for node in parse(text).walk():
        start, end = node.span
        if isinstance(node, (Define, Declare, For, While, If, Return, Break)):
            assert parse(text[start:end]).children[0] == node
        elif isinstance(node, Block) and text[start] == "{":  # else of an `else if`
            assert parse(f"a = {text[start:end]}").children[0].children[0] == node
        if isinstance(node, (Declare, For)):
            assert text[slice(*node.at)] == node.name


@given(expressions)
@settings(max_examples=200, deadline=None)
def test_spans_hold_the_nodes_text(expression: Node) -> None:
    text = unparse(expression)
    for node in parse(text).children[0].walk():
        start, end = node.span
        assert 0 <= start < end <= len(text)
        if isinstance(node, (Range, Lambda)):  # what stands where no statement does
            assert parse(f"a = {text[start:end]}").children[0].children[0] == node
        elif isinstance(node, All):
            assert text[start:end] == ":"
        elif isinstance(node, Comprehension):
            said = text[start:end]
            assert parse(said if parses(said) else f"[{said}]").children[0] == node
        elif not isinstance(node, Block):
            assert parse(text[start:end]).children[0] == node
        if isinstance(node, Call):
            written = text[node.at[0] : node.at[1]]
            assert written == ("-" if node.function == "neg" and written == "-" else node.function)


CANONICAL = """
2x^2-3x+5 → 2*x^2 - 3*x + 5
sin(x)^2 → sin(x)^2
-x → -x
a/(b*c) → a/(b*c)
(a*b)/c → a*b/c
a-(b-c) → a - (b - c)
a-(b+c) → a - (b + c)
(a-b)+c → a - b + c
a+(b+c) → a + (b + c)
x^(1/2) → x^(1/2)
x^-2 → x^-2
x^(-2*y) → x^(-2*y)
(-2)^3 → (-2)^3
-2^3 → -2^3
2^3^2 → 2^3^2
(2^3)^2 → (2^3)^2
x^(-y^2) → x^-y^2
-(-x) → --x
a - (-b) → a - -b
a*(-b) → a*-b
-(a*b) → -(a*b)
-a*b → -a*b
-2x → -2*x
a < b and not c → a < b and not c
(a and b) or c → a and b or c
a and (b or c) → a and (b or c)
not (a and b) → not (a and b)
(a < b) < c → (a < b) < c
0<x<1 → 0 < x and x < 1
[z>=0] → [z >= 0]
[a<b,] → [a < b,]
[1,2,] → [1, 2]
if(x>0,x,0) → if(x > 0, x, 0)
f(x,y)=x*y → f(x, y) = x*y
a:=1;;b = 2 → a = 1; b = 2
√x² → sqrt(x)^2
√(x²) → sqrt(x^2)
x³ → x^3
π → pi
2×3·4 − 1 → 2*3*4 - 1
x ≤ y → x <= y
f''(x) → f''(x)
(x+1)[1] → (x + 1)[1]
(2)[1] → (2)[1]
((x)) → x
2x @ y → 2*x @ y
A @ (B @ C) → A @ (B @ C)
A @ B*c/d → (A @ B)*c/d
A @ (b*c) → A @ (b*c)
(A + B) @ -x → (A + B) @ -x
sum(A,axis=1) → sum(A, axis=1)
x[2..n+1,:] → x[2..n + 1, :]
[x[i]^2 for i in 1..n] → [x[i]^2 for i in 1..n]
sum([x for x in v]) → sum(x for x in v)
sum([x for x in v],2) → sum([x for x in v], 2)
[i*j for i in 1..n for j in v] → [i*j for i in 1..n for j in v]
f=u→u^2 → f = u -> u^2
map((u)->u,v) → map(u -> u, v)
map((u,v)->{a=u;a*v},x) → map((u, v) -> { a = u; a*v }, x)
for k in 1..3{a=k}a → for k in 1..3 { a = k }; a
if c{1}else{if d{2}} → if c { 1 } else if d { 2 }
while a<3{break} → while a < 3 { break }
f(x)={} → f(x) = { }
W:3 × 2*4 → W: 3x2x4
+x → x
; → ;
"""


@pytest.mark.parametrize("pair", [line.split(" → ", 1) for line in CANONICAL.strip().splitlines()], ids=lambda p: p[0])
def test_canonical(pair: list[str]) -> None:
    assert unparse(parse(pair[0])) == pair[1]


def test_parts_of_a_program() -> None:
    assert unparse(Define("f", ("x",), Name("x"))) == "f(x) = x"
    assert unparse(Iverson(Call("<", (Name("a"), Number("1"))))) == "[a < 1]"
    assert unparse(Vector((Number("1"),))) == "[1]"


def test_normalised_once() -> None:
    assert source("e\u0301").text == "é"
    assert parse("e\u0301 + 1") == parse("é + 1")
    assert parse("é + 1").children[0].children[1].span == (4, 5)
    assert parse(source("e\u0301 + 1")).children[0].children[1].span == (4, 5)
