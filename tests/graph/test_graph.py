"""The graph: sharing, its own rules, substitution."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcalc.errors import DcalcError
from dcalc.graph.build import Builder
from dcalc.graph.exact import Constant
from dcalc.graph.graph import Graph, check
from dcalc.graph.lower import lower
from dcalc.graph.shapes import Shape, ShapeError
from dcalc.language.ast import Node, Program
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.forward import forward
from dcalc.sweeps.kinks import kinks
from dcalc.sweeps.one_sided import one_sided
from dcalc.sweeps.reverse import gradient, reverse
from dcalc.sweeps.rounding import rounding

from ..language.strategies import expressions, programs
from ..tools import texts


def test_asking_again_gives_the_same_node() -> None:
    graph = Graph()
    x, y = graph.input("x"), graph.input("y")
    total = graph.emit("+", (x, y))
    assert graph.input("x") == x
    assert graph.emit("+", (x, y)) == total
    assert graph.emit("+", (y, x)) != total
    assert len(graph) == 4
    assert graph.vector((x, y)) == graph.vector((x, y))


def test_equal_numbers_of_other_types_are_other_constants() -> None:
    graph = Graph()
    values: list[Constant] = [1, 1.0, True]
    nodes = [graph.const(value) for value in values]
    assert len(set(nodes)) == 3
    assert [type(graph.attrs[node]) for node in nodes] == [int, float, bool]
    assert graph.const("e") != graph.input("e")
    check(graph)


def test_an_input_of_another_shape_is_another_node() -> None:
    graph = Graph()
    assert len({graph.input("v"), graph.input("v", (2,)), graph.input("v", (3,))}) == 3
    assert graph.input("v", (2,)) == graph.input("v", (2,))
    check(graph)


def test_components() -> None:
    graph = Graph()
    x, v = graph.input("x"), graph.input("v", (2,))
    assert graph.components(x) == (x,)
    first, second = graph.components(v)
    assert graph.components(graph.vector((second, first))) == (second, first)
    assert graph.index(v, (0,)) == first
    a, b = graph.input("A", (2, 2)), graph.input("b", (3,))
    assert graph.index(a, ((0, 2), (0, 2))) == a
    assert graph.index(a, (1, (0, 2))) == graph.index(a, (1,))
    rows = graph.vector((v, graph.index(b, ((0, 2),))))
    assert graph.index(rows, (0,)) == v
    assert graph.index(rows, ((0, 2), 1)) == graph.vector((second, graph.index(graph.index(b, ((0, 2),)), (1,))))
    assert graph.reshape(graph.reshape(a, (4,)), (2, 2)) == a
    assert [graph.shapes[node] for node in (rows, graph.full(x, (2, 3)))] == [(2, 2), (2, 3)]


def _broken() -> list[tuple[str, Callable[[Graph], object]]]:
    def put(op: str, args: tuple[int, ...] = (), attr: object = None, shape: Shape = ()) -> Callable[[Graph], object]:
        """A node as it stands, past all that `emit` holds."""

        def write(graph: Graph) -> None:
            for column, entry in zip(
                (graph.ops, graph.args, graph.attrs, graph.shapes), (op, args, attr, shape), strict=True
            ):
                column.append(entry)  # type: ignore[attr-defined]

        return write

    return [
        ("not an earlier node", put("neg", (99,))),
        ("not an earlier node", put("neg", (-1,))),
        ("stands in the graph twice", put("input", (), "x")),
        ("shape", put("vector", (0, 1), None, (3,))),
        ("no component", put("index", (2,), (2,))),
        ("no component", put("index", (2,), (-1,))),
        ("subscripts", put("index", (2,), (0, 0))),
        ("leaf with arguments", put("const", (0,), 1)),
        ("without a value", put("input")),
        ("should have been lowered", put("clip", (0, 1, 1))),
        ("of 1 arguments", put("+", (0,))),
        ("of 3 arguments", put("max", (0, 1, 1))),
        ("attribute None", put("polygamma", (0,))),
        ("attribute 1", put("sin", (0,), 1)),
        ("shape", put("sin", (2,))),
        ("shape", put("sin", (0,), None, (2,))),
        ("matrices", put("@", (0, 2))),
    ]


@pytest.mark.parametrize(("words", "break_it"), _broken())
def test_the_checker_finds_each_broken_rule(words: str, break_it: Callable[[Graph], object]) -> None:
    graph = Graph()
    for leaf in ("x", "y"):
        graph.input(leaf)
    graph.input("v", (2,))
    check(graph)
    break_it(graph)
    with pytest.raises((AssertionError, ShapeError), match=words):
        check(graph)


def test_depending_and_reachable() -> None:
    graph = Graph()
    build = Builder(graph)
    x, y = graph.input("x"), graph.input("y")
    a = build.apply("sin", (x,))
    b = build.mul(a, y)
    build.apply("cos", (b,))
    assert graph.reachable([b]) == [x, y, a, b]
    assert graph.depending([x, y, a, b], [x]) == {x, a, b}
    assert graph.depending([x, y, a, b], [a]) == {a, b}


def test_substitution() -> None:
    graph = Graph()
    build = Builder(graph)
    x, y, v = graph.input("x"), graph.input("y"), graph.input("v", (2,))
    sine = build.apply("sin", (x,))
    total = build.add(sine, graph.index(v, (1,)))
    assert graph.substitute([total], {}) == [total]
    (other,) = graph.substitute([total], {x: y})
    assert graph.args[other] == (graph.emit("sin", (y,)), graph.index(v, (1,)))
    (stacked,) = graph.substitute([total], {v: graph.vector((x, y))})
    assert graph.args[stacked] == (sine, y)
    assert graph.substitute([sine, x], {sine: y, x: x}) == [y, x]
    check(graph)


def test_a_long_chain_is_ordinary() -> None:
    graph = Graph()
    x = node = graph.input("x")
    for _ in range(200_000):
        node = graph.emit("sin", (node,))
    (other,) = graph.substitute([node], {x: graph.input("y")})
    assert other != node
    assert len(graph.reachable([other])) == 200_001


def _sweep(graph: Graph, rows: tuple[int, ...], leaves: list[int]) -> None:
    """Every sweep, and sweeps of sweeps."""
    first = forward(graph, rows, {leaf: {k: graph.const(1)} for k, leaf in enumerate(leaves)})
    flat = [node for tangents in first.values() for node in tangents.values()]
    for row in rows:
        reverse(graph, row, leaves)
        if leaves:
            forward(graph, gradient(graph, row, leaves), {leaves[0]: {0: graph.const(1)}})
            one_sided(graph, rows, leaves[0])
            one_sided(graph, rows, leaves[-1], backward=True)
    kinks(graph, rows, leaves)
    rounding(graph, [*rows, *flat[-3:]])


@settings(max_examples=120, deadline=None)
@given(expressions | programs)
def test_any_program_makes_a_sound_graph_or_a_clear_error(tree: Node) -> None:
    graph = Graph()
    program = tree if isinstance(tree, Program) else Program((tree,))
    try:
        lowered = lower(program, None, graph=graph, shapes={"v": (2,), "x": ()}, differentiate=derivative, steps=2000)
    except DcalcError as problem:
        assert problem.kind in ("name", "arity", "shape", "syntax", "limit", "domain")
        return
    check(graph)
    if lowered.output is not None:
        rows = graph.components(lowered.output)
        leaves = [n for n in graph.reachable(rows) if graph.ops[n] == "input" and not graph.shapes[n]]
        _sweep(graph, rows, leaves[:2])
        check(graph)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts(2), min_size=1, max_size=2))
def test_graphs_stay_sound_through_every_sweep(items: list[str]) -> None:
    from ..tools import graph_of

    lowered = graph_of(f"[{', '.join(items)}]")
    assert lowered.output is not None
    graph = lowered.graph
    check(graph)
    _sweep(graph, graph.components(lowered.output), [graph.input(name) for name in "xy"])
    check(graph)
