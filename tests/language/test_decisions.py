"""What the house plan decides about the language, line by line."""

from __future__ import annotations

import pytest

from dcalc.errors import DcalcError
from dcalc.language import RESERVED, parse, parse_bindings, tokens, unparse
from dcalc.language.ast import (
    All,
    Block,
    Call,
    Comprehension,
    Declare,
    Define,
    File,
    For,
    If,
    Lambda,
    Name,
    Number,
    Range,
)

SAME = """
2x = 2*x
2(x+1) = 2*(x+1)
2sin(x) = 2*sin(x)
(a)(b) = a*b
2x^2 = 2*(x^2)
2(x+1)^2 = 2*((x+1)^2)
-2x = -2*x
a*2x = a*2*x
2 x = 2*x
2√3 = 2*sqrt(3)
sin(x)cos(x) = sin(x)*cos(x)
2(x)(y) = 2*x*y
-x^2 = -(x^2)
2^3^2 = 2^(3^2)
x^-2 = x^(-2)
x**2 = x^2
x² = x^2
x³ = x^3
√x = sqrt(x)
√2 = sqrt(2)
√f(x) = sqrt(f(x))
√(x+1) = sqrt(x+1)
√x[1] = sqrt(x[1])
π = pi
a×b·c − d = a*b*c - d
x ≤ 1 = x <= 1
x ≥ 1 = x >= 1
x ≠ 1 = x != 1
f′(x) = f'(x)
f″(x) = f''(x)
0 < x < 1 = 0 < x and x < 1
not a < b = not (a < b)
a or b and c = a or (b and c)
+x = x
x # a comment = x
a\u00a0+ b = a + b
2x @ y = (2*x) @ y
A @ B*c = (A @ B)*c
a*A @ B = (a*A) @ B
sum([x for x in v]) = sum(x for x in v)
map(u → u, v) = map(u -> u, v)
map((u) -> u, v) = map(u -> u, v)
if (a) and (b) { c } = if a and b { c }
if (a) { b } else { if d { e } } = if a { b } else if d { e }
for k in 1..3 { a } b = for k in 1..3 { a }; b
"""


@pytest.mark.parametrize("pair", [line.rsplit(" = ", 1) for line in SAME.strip().splitlines()], ids=lambda p: p[0])
def test_reads_as(pair: list[str]) -> None:
    assert parse(pair[0]) == parse(pair[1])


ERRORS = """1/2x|x^2y|x²y|√2x|2[1,2]|2x^2y|1/(a)(b)|x^2(y+1)|x y|sin x|sin^2(x)|x 2|2 3|1/-2x|x[1](y)|√(x)(y)|(a)^2(b)
2e|1e*x|2e(x)|[]|()|f'(x) = 2|a = b = c|x²³|x²^3|1..n|x⁴|(a, b)|а|ｘ
A @ 2x|A @ (b)(c)|if c {1} else {2} - 1|y = {v}[1]|f(x) = {x} (3)|[1..3]|(1..3)|x -> x|f(x) -> x|x[i] = 2|f(a=1, 2)"""


@pytest.mark.parametrize("text", ERRORS.replace("\n", "|").split("|"))
def test_never_reinterpreted(text: str) -> None:
    with pytest.raises(DcalcError) as caught:
        parse(text)
    assert caught.value.kind == "syntax"
    assert caught.value.hint
    assert caught.value.span is not None


def types(text: str) -> list[tuple[str, str]]:
    return [(token.type, token.text) for token in tokens(text)]


def test_numbers() -> None:
    assert types("1..n") == [("NUMBER", "1"), ("RANGE", ".."), ("NAME", "n")]
    assert types("1...5") == [("NUMBER", "1"), ("RANGE", ".."), ("NUMBER", ".5")]
    assert types("2exp") == [("NUMBER", "2"), ("NAME", "exp")]
    assert types("2e_1") == [("NUMBER", "2"), ("NAME", "e_1")]
    for text in ["1", "1.", ".5", "1.5", "1e3", "1E-3", "1.e+3", ".5e3", "007"]:
        assert types(text) == [("NUMBER", text)]
    assert types("٣")[0][0] == "ERROR"  # an Arabic-Indic digit: ASCII only


def test_tokens_never_fail() -> None:
    assert types("grad -x^2 at x=1")[-4:] == [("AT", "at"), ("NAME", "x"), ("ASSIGN", "="), ("NUMBER", "1")]
    assert types("a ¿ b\n") == [("NAME", "a"), ("ERROR", "¿"), ("NAME", "b"), ("NEWLINE", "\n")]
    token = tokens("  sin(x)")[0]
    assert (token.type, token.text, token.start, token.end) == ("NAME", "sin", 2, 5)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved(word: str) -> None:
    for text in (f"{word} = 1", f"f({word}) = 1", f"2*{word}", f"{word}", f"{word}: 3", f"f({word}=1)"):
        if text == "break":
            continue  # a statement
        with pytest.raises(DcalcError) as caught:
            parse(text)
        assert caught.value.kind == "syntax"
        assert caught.value.hint
    assert parse(f"{word}_1").children == (Name(f"{word}_1"),)


def test_definitions() -> None:
    program = parse("a = x^2; f(u, v) := u*v\n a")
    first, second, last = program.children
    assert isinstance(first, Define)
    assert (first.name, first.parameters, first.span, first.at) == ("a", None, (0, 7), (0, 1))
    assert isinstance(second, Define)
    assert (second.name, second.parameters, second.span, second.at) == ("f", ("u", "v"), (9, 23), (9, 16))
    assert last == Name("a")


@pytest.mark.parametrize(
    ("count", "texts"),
    [
        (0, [";", ";\n;"]),
        (1, ["f(x) = {\na\n\n}", "if c {\n}\nelse\n{\n}", "f = u ->\nu", "for k in\nv { }", "A @\nB", "v = 1..\nn"]),
        (1, ["a +\nb", "(a\n+ b)", "f(a,\n\nb)", "\na\n", "a =\n1", "[1,\n2\n]", "a and\nb", "a^\n\n2"]),
        (2, ["f(x) = {\na\nb }\nc", "if c { }\na", "if c { } a", "while c { } if d { } else { }", "for k in v { }; a"]),
        (2, ["a\nb", "a\n\n\nb", "a;\nb", "a # c\nb", "a\r\nb", "a # +\nb", "2\nx"]),
    ],
)
def test_newlines(count: int, texts: list[str]) -> None:
    for text in texts:
        assert len(parse(text).children) == count


def test_spans() -> None:
    text = "  (a + b)*sin( x )^2"
    product = parse(text).children[0]
    power = product.children[1]
    shown = [text[slice(*node.span)] for node in (product, product.children[0], power, power.children[0])]
    assert shown == ["(a + b)*sin( x )^2", "a + b", "sin( x )^2", "sin( x )"]
    assert [text[slice(*node.at)] for node in (product, power)] == ["*", "^"]
    chain = parse("0 < (x) < 1").children[0]
    assert [node.span for node in chain.children] == [(0, 7), (4, 11)]
    assert parse("2x").children[0].at == (0, 2)


def test_bindings() -> None:
    found = parse_bindings("x=2,y=pi/2, v = [1,f(2, 3)]")
    assert [unparse(item) for item in found] == ["x = 2", "y = pi/2", "v = [1, f(2, 3)]"]
    assert found[2].at == (12, 13)
    assert parse_bindings("") == parse_bindings("  ") == ()
    assert unparse(parse_bindings("v=1..3")[0]) == "v = 1..3"


def test_files_of_bindings() -> None:
    text = 'x=2, W=@weights.npy , V = @data.npz:name,U:=@"my, file.csv", y=3'
    found = parse_bindings(text)
    assert [item.name for item in found] == ["x", "W", "V", "U", "y"]
    assert [item.body for item in found[1:4]] == [
        File("weights.npy"),
        File("data.npz", "name"),
        File("my, file.csv"),
    ]
    assert [text[slice(*item.body.span)] for item in found[1:4]] == [
        "@weights.npy",
        "@data.npz:name",
        '@"my, file.csv"',
    ]
    assert [text[slice(*item.at)] for item in found] == ["x", "W", "V", "U", "y"]
    assert found[4].body.span == (len(text) - 1, len(text))
    assert parse_bindings("W=@C:\\a.npz:b")[0].body == File("C:\\a.npz", "b")
    assert parse_bindings("W=@C:\\a.npz")[0].body == File("C:\\a.npz")
    assert parse_bindings("y=A @ B")[0].body == Call("@", (Name("A"), Name("B")))


def test_programs() -> None:
    text = "f(x, n) = { l = x; for k in 1..n { l = 4*l*(1-l) }; l }"
    (function,) = parse(text).children
    assert isinstance(function, Define)
    assert isinstance(function.body, Block)
    first, loop, last = function.body.children
    assert isinstance(first, Define)
    assert isinstance(loop, For)
    assert (loop.name, loop.iterable, last) == ("k", Range(Number("1"), Name("n")), Name("l"))
    assert text[slice(*loop.span)] == "for k in 1..n { l = 4*l*(1-l) }"
    assert [text[slice(*node.span)] for node in (loop.iterable, loop.body)] == ["1..n", "{ l = 4*l*(1-l) }"]
    assert text[slice(*loop.at)] == "k"


def test_branches() -> None:
    one = parse("if (a) and (b) { 1 }").children[0]
    assert isinstance(one, If)
    assert (one.condition, one.other) == (Call("and", (Name("a"), Name("b"))), None)
    chain = parse("if a { 1 } else if b { 2 } else { 3 }").children[0]
    assert isinstance(chain, If)
    assert isinstance(chain.other, Block)
    (inner,) = chain.other.children
    assert inner == If(Name("b"), Block((Number("2"),)), Block((Number("3"),)))
    for text in ("if(a, b, c)", "2*if(a, b, c)", "y = if((a), b, c)", "if(if(a, b, c) > 0, [if(a, b, c)], 2)"):
        assert any(isinstance(node, Call) and node.function == "if" for node in parse(text).walk())
        assert not any(isinstance(node, If) for node in parse(text).walk())
    assert parse("if (max(a, b)) { c }").children[0].children[0] == Call("max", (Name("a"), Name("b")))


def test_keywords() -> None:
    call = parse("sum(A, axis=1, by=u -> u)").children[0]
    assert call == Call("sum", (Name("A"), Number("1"), Lambda(("u",), Name("u"))), keywords=("axis", "by"))
    assert call != Call("sum", (Name("A"), Number("1"), Lambda(("u",), Name("u"))))
    assert parse("f'(x, n=2)").children[0] == Call("f", (Name("x"), Number("2")), primes=1, keywords=("n",))


def test_shapes() -> None:
    shapes = {"3": (3,), "3x2": (3, 2), "2x3x4": (2, 3, 4), "3 x 2": (3, 2), "3×2": (3, 2), "3*2": (3, 2)}
    for text, shape in shapes.items():
        assert parse(f"W: {text}; W").children == (Declare("W", shape), Name("W"))


def test_comprehensions() -> None:
    text = "2 + sum(x[i] for i in 1..n for j in v)"
    node = parse(text).children[0].children[1].children[0]
    assert isinstance(node, Comprehension)
    assert (node.names, node.iterables) == (("i", "j"), (Range(Number("1"), Name("n")), Name("v")))
    assert text[slice(*node.span)] == "x[i] for i in 1..n for j in v"
    assert parse("[x for x in v]").children[0].span == (0, 14)
    assert parse("A[1, :]").children[0].children[2] == All()
