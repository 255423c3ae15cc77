"""Deep and large texts: loops only, and in linear time, also where the answer is an error."""

from __future__ import annotations

import time

import pytest

from dcalc.errors import DcalcError
from dcalc.language import parse, parse_bindings, unparse
from dcalc.language.ast import Call, Name

DEEP = 100_000
SOME = 10_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEEP + "x" + ")" * DEEP,
        "sin(" * DEEP + "x" + ")" * DEEP,
        "-" * DEEP + "x",
        "2^" * DEEP + "2",
        "[" * SOME + "x" + "]" * SOME,
        "not " * SOME + "x",
        "√" * SOME + "x",
        "x-(" * SOME + "x" + ")" * SOME,
        "x" + "[1]" * SOME,
        "+".join(["x*2"] * SOME),
        "f(" + ",".join(["x"] * SOME) + ")",
        "\n".join(["a = 1"] * SOME),
        "(2)" * SOME,
        " < ".join(["x"] * SOME),
        "if(" * SOME + "x" + ", 1, 2)" * SOME,
        "if c { " * SOME + "x" + " }" * SOME,
        " else ".join(["if c { 1 }"] * SOME),
        "for k in 1..3 { " * SOME + "k" + " } k" * SOME,
        "f = " + "sum(u -> { " * SOME + "u" + " })" * SOME,
        "[" * SOME + "x" + " for x in v]" * SOME,
        "f(x) = {" + "\n".join(["a = x"] * SOME) + "}",
        "A" + " @ A" * SOME,
    ],
    ids=lambda text: text[:6].strip(),
)
def test_deep(text: str) -> None:
    program = parse(text)
    assert parse(unparse(program)) == program


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEEP,
        ")" * SOME,
        "sin(" * SOME + "x",
        "2^" * DEEP + "2y",
        "x y^" + "2^" * SOME + "2",
        "√" * SOME + "2x",
        "1/x^" * SOME + "2 y",
        "x " * SOME,
        "sin " * SOME,
        "(a,b" + ")" * SOME,
        "=" * SOME,
        "|" * SOME,
        "х" * SOME,
        "₁" * SOME,
        "\0" * SOME,
        "1." * SOME,
        "a" * SOME + " " + "b" * SOME,
        "[" * SOME + "1,2" + ")" * SOME,
        "x!" * SOME,
        "{" * SOME,
        "f = {" * SOME,
        "if c { " * SOME,
        "if (" * SOME,
        "for k in " * SOME,
        "f(u -> { " * SOME + "x y",
        "if c { 1 } " * SOME + "while",
        "v: 3" + "x2" * SOME + ".5",
        "(u, v" + ", w" * SOME + ")",
    ],
    ids=lambda text: repr(text[:6].strip()),
)
def test_large_mistakes(text: str) -> None:
    start = time.process_time()
    with pytest.raises(DcalcError) as caught:
        parse(text)
    assert caught.value.hint
    assert len(caught.value.message) + len(caught.value.hint) < 600
    assert time.process_time() - start < 20


def test_a_megabyte() -> None:
    text = "+".join(["sin(x)*2.5"] * 95_000)
    assert len(text) > 1_000_000
    start = time.process_time()
    program = parse(text)
    assert time.process_time() - start < 10  # 3 s where it was written; a test must not fail on a busy machine
    assert len(unparse(program)) == len(text) + 2 * 94_999


def test_many_bindings_with_a_mistake() -> None:
    with pytest.raises(DcalcError):
        parse_bindings(",".join(["x=[1,2]"] * SOME) + ",y")


def test_many_files() -> None:
    start = time.process_time()
    found = parse_bindings(",".join(f"x{k}=1,W{k}=@file{k}.npy" for k in range(SOME)))
    assert len(found) == 2 * SOME
    assert time.process_time() - start < 20


def test_chains_in_chains_do_not_explode() -> None:
    text = "x"
    for _ in range(60):
        text = f"0 < ({text}) < 1"
    with pytest.raises(DcalcError) as caught:
        parse(text)
    assert caught.value.kind == "limit"


def test_a_tree_nobody_wrote() -> None:
    node = Name("x")
    for _ in range(SOME):
        node = Call("+", (Name("x"), node))
    assert parse(unparse(node)).children[0] == node
