"""Printing and parsing are inverse, with the fewest parentheses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from dcalc.language import parse, source, unparse
from dcalc.language.ast import Call, Define, Iverson, Name, Node, Number, Program, Vector

from .strategies import expressions, programs


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
            bare = text[:first] + " " + text[first + 1 : place] + " " + text[place + 1 :]
            try:
                again = parse(bare)
            except Exception:
                continue
            assert again != Program((expression,)), bare


@given(expressions)
@settings(max_examples=200, deadline=None)
def test_spans_hold_the_nodes_text(expression: Node) -> None:
    text = unparse(expression)
    for node in parse(text).children[0].walk():
        start, end = node.span
        assert 0 <= start < end <= len(text)
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
+x → x
; → ;
"""


@pytest.mark.parametrize("pair", [line.split(" → ") for line in CANONICAL.strip().splitlines()], ids=lambda p: p[0])
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
