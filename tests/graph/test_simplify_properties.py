"""What simplification promises of every graph, held against a small interpreter of our own at 50 digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcalc.graph.graph import Graph, check
from dcalc.graph.lower import inputs_of, lower
from dcalc.graph.simplify import simplify
from dcalc.graph.to_ast import is_truth, operations, to_ast
from dcalc.language import parse, unparse

mp = mpmath.mp.clone()
mp.dps = 50
#: Nearer to one another than this counts as equal, in comparisons and where a division or a root would notice.
CLOSE = mp.mpf(10) ** -30
#: Beyond this a value counts as none: towers of exponentials are no test of simplification.
LARGE = mp.mpf(10) ** 12


class UndefinedError(Exception):
    pass


def _same(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= CLOSE * (1 + abs(a) + abs(b)))


def _divide(a: Any, b: Any) -> Any:
    if abs(b) < CLOSE:
        raise UndefinedError
    return a / b


def _power(a: Any, b: Any) -> Any:
    if _same(b, mp.nint(b)):
        if (mp.nint(b) < 0 and abs(a) < CLOSE) or abs(b) > 1000:
            raise UndefinedError
        return a ** int(mp.nint(b))
    if abs(a) < CLOSE and b > 0:
        return mp.mpf(0)
    if a < CLOSE:
        raise UndefinedError
    return a**b


def _sqrt(a: Any) -> Any:
    if a < -CLOSE:
        raise UndefinedError
    return mp.sqrt(max(a, mp.mpf(0)))


def _log(a: Any) -> Any:
    if a < CLOSE:
        raise UndefinedError
    return mp.log(a)


def _inside(f: Callable[[Any], Any], a: Any, low: Any, high: Any) -> Any:
    if not low <= a <= high:
        raise UndefinedError
    return f(a)


def _sign(a: Any) -> Any:
    return mp.mpf(0) if abs(a) < CLOSE else mp.sign(a)


KERNELS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "neg": lambda a: -a,
    "^": _power,
    "sqrt": _sqrt,
    "log": _log,
    "exp": mp.exp,
    "sin": mp.sin,
    "cos": mp.cos,
    "tanh": mp.tanh,
    "cosh": mp.cosh,
    "sinh": mp.sinh,
    "sech": mp.sech,
    "csch": lambda a: _divide(1, mp.sinh(a)),
    "coth": lambda a: _divide(mp.cosh(a), mp.sinh(a)),
    "tan": lambda a: _divide(mp.sin(a), mp.cos(a)),
    "cot": lambda a: _divide(mp.cos(a), mp.sin(a)),
    "sec": lambda a: _divide(1, mp.cos(a)),
    "csc": lambda a: _divide(1, mp.sin(a)),
    "asin": lambda a: _inside(mp.asin, a, -1, 1),
    "acos": lambda a: _inside(mp.acos, a, -1, 1),
    "atanh": lambda a: _inside(mp.atanh, a, CLOSE - 1, 1 - CLOSE),
    "acosh": lambda a: _inside(mp.acosh, a, 1, mp.inf),
    "atan": mp.atan,
    "asinh": mp.asinh,
    "sigmoid": lambda a: 1 / (1 + mp.exp(-a)),
    "softplus": lambda a: mp.log(1 + mp.exp(a)),
    "exp2": lambda a: mp.mpf(2) ** a,
    "log2": lambda a: _log(a) / mp.log(2),
    "log1p": lambda a: _log(1 + a),
    "expm1": mp.expm1,
    "abs": abs,
    "sign": _sign,
    "relu": lambda a: max(a, mp.mpf(0)),
    "max": max,
    "min": min,
    "<": lambda a, b: int(a < b and not _same(a, b)),
    "<=": lambda a, b: int(a < b or _same(a, b)),
    ">": lambda a, b: int(a > b and not _same(a, b)),
    ">=": lambda a, b: int(a > b or _same(a, b)),
    "==": lambda a, b: int(_same(a, b)),
    "!=": lambda a, b: int(not _same(a, b)),
    "and": lambda a, b: int(bool(a) and bool(b)),
    "or": lambda a, b: int(bool(a) or bool(b)),
    "not": lambda a: int(not a),
}


def value(graph: Graph, root: int, point: Mapping[str, Any], large: Any = LARGE) -> Any:
    """The value of a node, evaluating only the branches that are taken; UndefinedError where there is none."""
    known: dict[int, Any] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        op, args = graph.ops[node], graph.args[node]
        if op == "if" and args[0] in known:
            args = (args[0], args[1] if known[args[0]] else args[2])
        elif op == "if":
            args = args[:1]
        missing = [arg for arg in args if arg not in known]
        if missing:
            stack += missing
            continue
        if op == "if" and len(args) == 1:
            continue
        stack.pop()
        if op == "input":
            own = point[graph.attrs[node]]
            result = mp.mpf(own.numerator) / own.denominator if isinstance(own, Fraction) else own
        elif op == "const":
            attr = graph.attrs[node]
            result = (
                {"pi": mp.pi, "e": mp.e}[attr] if isinstance(attr, str) else mp.mpf(attr.numerator) / attr.denominator
            )
        elif op == "if":
            result = known[args[1]]
        else:
            result = KERNELS[op](*[known[arg] for arg in args])
        if abs(result) > large:
            raise UndefinedError
        known[node] = mp.mpf(result)
    return known[root]


UNARY = ["neg", "neg", "sqrt", "log", "exp", "sin", "cos", "tanh", "abs", "sign", "relu", "not"]
UNARY += ["exp", "sin", "cos", "tan", "sec", "cot", "csc", "sinh", "cosh", "sech", "coth", "sigmoid"]
UNARY += ["asin", "acos", "atan", "asinh", "atanh", "acosh", "exp2", "log2"]
BINARY = ["+", "+", "-", "-", "*", "*", "*", "/", "/", "max", "min", "<", "<=", ">", ">=", "==", "!=", "and", "or"]
CONSTANTS = [0, 1, 2, -1, -3, 4, Fraction(1, 2), Fraction(-3, 4), Fraction(2, 3), "pi", "e"]
EXPONENTS = [-2, -1, 0, 1, 2, 3, 4, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), Fraction(2, 3), Fraction(1, 3)]

STEP = st.one_of(
    st.tuples(st.sampled_from(UNARY), st.integers(0, 30)),
    st.tuples(st.sampled_from(BINARY), st.integers(0, 30), st.integers(0, 30)),
    st.tuples(st.sampled_from(["+", "-", "*", "/"]), st.integers(0, 6), st.integers(0, 6)),
    st.tuples(st.just("^"), st.integers(0, 30), st.sampled_from(EXPONENTS)),
    st.tuples(st.just("^"), st.integers(0, 30), st.integers(0, 30)),
    st.tuples(st.just("const"), st.sampled_from(CONSTANTS)),
    st.tuples(st.just("if"), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)),
)
STEPS = st.lists(STEP, min_size=1, max_size=14)
POINT = st.fixed_dictionaries(
    {name: st.sampled_from([Fraction(n, 4) for n in (-10, -8, -4, -3, -1, 0, 1, 2, 3, 4, 6, 9, 12)]) for name in "xyz"}
)


def build(steps: list[tuple[Any, ...]], graph: Graph | None = None) -> tuple[Graph, int]:
    """A graph with sharing from a list of steps; numbers pick among what there is, the youngest first."""
    graph = graph or Graph()
    nodes = [graph.input(name) for name in "xyz"]
    for op, *picks in steps:
        if op == "const":
            nodes.append(graph.const(picks[0]))
            continue
        chosen = []
        for place, pick in enumerate(picks):
            if op == "^" and place == 1 and pick in EXPONENTS:
                chosen.append(graph.const(pick))
            elif pick < 3:  # small numbers pick the inputs, so that like terms are frequent
                chosen.append(nodes[pick])
            else:
                chosen.append(nodes[-1 - (pick - 3) % len(nodes)])
        if op == "if":
            chosen[0] = graph.emit(">", (chosen[0], nodes[0]))
        if op in ("and", "or", "not"):  # as lowering does: a number is a condition by not being 0
            chosen = [c if is_truth(graph, c) else graph.emit("!=", (c, graph.const(0))) for c in chosen]
        nodes.append(graph.emit(op, tuple(chosen)))
    return graph, nodes[-1]


COMMON = settings(
    max_examples=int(__import__("os").environ.get("N", 400)),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@COMMON
@given(STEPS, POINT)
def test_no_value_changes_where_there_is_one(steps: list[tuple[Any, ...]], point: dict[str, Fraction]) -> None:
    graph, node = build(steps)
    try:
        expected = value(graph, node, point)
    except UndefinedError:
        return
    (result,) = simplify(graph, [node])
    found = value(graph, result, point, LARGE**10)
    assert abs(found - expected) <= mp.mpf(10) ** -12 * (1 + abs(expected)), unparse(to_ast(graph, result))


@COMMON
@given(STEPS)
def test_simplifying_twice_is_simplifying_once(steps: list[tuple[Any, ...]]) -> None:
    graph, node = build(steps)
    once = simplify(graph, [node])
    assert simplify(graph, once) == once
    check(graph)


@COMMON
@given(STEPS)
def test_nothing_grows(steps: list[tuple[Any, ...]]) -> None:
    graph, node = build(steps)
    (result,) = simplify(graph, [node])
    if not inputs_of(graph, [node]):
        return  # a number has its usual form: sqrt(8) is 2*sqrt(2)
    before, after = operations(graph, node), operations(graph, result)
    assert after <= before, (unparse(to_ast(graph, node)), unparse(to_ast(graph, result)))


@COMMON
@given(STEPS)
def test_the_printed_text_is_the_simplified_node(steps: list[tuple[Any, ...]]) -> None:
    graph, node = build(steps)
    (result,) = simplify(graph, [node])
    text = unparse(to_ast(graph, result))
    again = lower(parse(text), None, graph=graph).output
    assert again is not None
    assert simplify(graph, [again]) == [result], text


@COMMON
@given(STEPS)
def test_the_same_graph_gives_the_same_text(steps: list[tuple[Any, ...]]) -> None:
    texts = set()
    for _ in range(2):
        graph, node = build(steps)
        texts.add(unparse(to_ast(graph, simplify(graph, [node])[0])))
    assert len(texts) == 1
