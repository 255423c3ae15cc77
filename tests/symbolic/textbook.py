"""The set of textbook derivatives, and how long a formula is: counted the same way whoever wrote it."""

from __future__ import annotations

from pathlib import Path

from dcalc.errors import Source
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower
from dcalc.graph.simplify import simplify
from dcalc.graph.to_ast import to_ast
from dcalc.language import ast, parse, unparse
from dcalc.sweeps.derivative import derivative

SET = Path(__file__).with_name("textbook.txt")
#: SymPy's answers, in dcalc's words, recorded by `python -m tests.benchmarks.simplify --record`: the shorter one of
#: those for complex and for real symbols.
SYMPY = Path(__file__).with_name("sympy.txt")


def problems() -> list[tuple[str, int]]:
    """Expression and order of each line."""
    found = []
    for line in SET.read_text().splitlines():
        if line and not line.startswith("#"):
            text, _, order = line.partition(" ; ")
            found.append((text, int(order or 1)))
    return found


def ours(text: str, order: int = 1) -> str:
    """What `dcalc diff` prints."""
    graph = Graph()
    node = lower(parse(text), Source(text), graph=graph).output
    assert node is not None
    for _ in range(order):
        (node,) = simplify(graph, [derivative(graph, node, graph.input("x"), shown=True)])
    return unparse(to_ast(graph, node))


def operations(text: str) -> int:
    """How many operations a formula has: operators, signs and functions. The sign of a number that is an exponent is
    free, in favour of those who write x^(-2)."""
    tree = parse(text)
    count = 0
    stack: list[ast.Node] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            count += 1
            exponent = node.children[-1]
            if node.function == "^" and isinstance(exponent, ast.Call) and exponent.function == "neg":
                count -= isinstance(exponent.children[0], ast.Number)
        stack.extend(node.children)
    return count
