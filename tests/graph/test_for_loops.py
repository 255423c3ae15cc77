"""Which loops become nodes, and which are written out."""

from __future__ import annotations

import pytest

from dcalc.errors import DcalcError
from dcalc.graph.graph import Graph, check
from dcalc.graph.loops import Loop, frozen, joined, parts, remembered
from dcalc.graph.lower import Lowered, lower
from dcalc.graph.shapes import ShapeError
from dcalc.language import parse, source
from dcalc.sweeps.derivative import derivative
from dcalc.sweeps.kinks import bends


def lowered(text: str, *, loop_nodes: bool = True, **options: object) -> Lowered:
    where = source(text)
    given = {"differentiate": derivative, "bends": bends, "loop_nodes": loop_nodes, **options}
    found = lower(parse(where), where, **given)  # type: ignore[arg-type]
    check(found.graph)
    return found


def loops(text: str, **options: object) -> list[Loop]:
    found = lowered(text, **options)
    assert found.output is not None
    return [found.graph.attrs[node] for node in found.graph.loops([found.output])]


@pytest.mark.parametrize(
    "text,rounds,states",
    [
        ("l = 0.5; for k in 1..3000 { l = r*l*(1-l) }; l", 2998, 1),  # the first and the last one are written out
        ("l = x; k = 0; while k < 3000 { l = r*l*(1-l); k = k + 1 }; l", 2998, 1),
        ("l = x; k = 1; while 3000 >= k { l = r*l*(1-l); k = k + 1 }; l", 2998, 1),
        ("a = x; b = y; for k in 1..3000 { t = a*b; a = t + k; b = t/2 }; a + b", 2998, 2),  # t is nobody's business
        ("f(a) = { s = a; for k in 1..3000 { s = s*a + 1 }; s }; f(x)", 2998, 1),
        ("v = [x, y]; for k in 1..3000 { v = v/2 + [1, 2]/k }; sum(v)", 2998, 1),
        ("s = 0; for k in 1..3000 { if s > 1 { s = s/2 } else { s = s + x } }; s", 2998, 1),
        ("x: 3000; s = 0; for k in 1..3000 { s = s*0.9 + x[k] }; s", 2998, 1),
    ],
)
def test_nodes(text: str, rounds: int, states: int) -> None:
    (loop,) = loops(text)
    assert (loop.rounds, loop.count) == (rounds, states)
    assert len(lowered(text).graph) < 100
    assert not loops(text.replace("3000", "30"), loop_nodes=False)


@pytest.mark.parametrize(
    "text",
    [
        "s = x; for k in 1..100 { s = s*x + k }; s",  # short
        "s = x; for k in 1..1000 { s = s + k; if k == 700 { break } }; s",
        "s = x; for k in 1..300 { f = u -> u^2 + k; s = f(s)/100 }; s",
        "s = [x]; for k in 1..300 { s = concat(s, [x]) }; sum(s)",  # its shape changes
        "s = x; for k in 1..1000 { s = s + abs'(x - k) }; s",  # what it differentiates has kinks
        "s = x; k = 1; while k < 2000 { s = s + k; k = 2*k }; s",
        "s = x + eps; for k in 1..3000 { s = s*0.5 }; s",  # a dual number
    ],
)
def test_written_out(text: str) -> None:
    assert not loops(text)


def test_nobody_asked_for_nodes() -> None:
    assert not loops("l = 0.5; for k in 1..3000 { l = r*l*(1-l) }; l", loop_nodes=False)


def test_a_subscript_beyond_the_end_is_told_of_the_round_written_out() -> None:
    with pytest.raises(DcalcError, match="a subscript from 1 to 3000 belongs here"):
        loops("x: 3000; s = 0; for k in 1..3000 { s = s*0.9 + x[k+1] }; s")


def test_the_limit() -> None:
    text = "s = x; for k in 1..10^7 { s = s/2 + 1 }; s"
    assert loops(text, steps=10_000)[0].rounds == 10**7 - 2
    with pytest.raises(DcalcError, match="this loop has 9999998 rounds, the limit is 1000000") as told:
        loops(text, steps=1000)
    assert told.value.hint == "if you can wait, allow more steps: --steps 10000"


def test_what_does_not_change_is_given() -> None:
    """What is made outside, or could be, is computed once; but not what is looked at on a condition only."""
    (loop,) = loops("s = x; for k in 1..3000 { s = s*sin(y)^2 + if(s > 1, log(y), 0) }; s")
    ops = loop.body.graph.ops
    assert "sin" not in ops and "log" in ops


def test_equal_loops_are_one() -> None:
    graph = Graph()
    s, k, p = graph.input("s"), graph.input("k"), graph.input("p")
    body = frozen(graph, [s, k, p], [graph.emit("+", (graph.emit("*", (s, p)), k))])
    first, second = (remembered(Loop(body, 1, 1, 1, 10)) for _ in range(2))
    assert first is second
    assert remembered(Loop(body, 1, 1, 1, 11)) is not first
    node = graph.emit("loop", (s, p), first)
    assert graph.shapes[node] == (1,) and graph.looping == [node] == graph.copy().looping
    check(graph)
    with pytest.raises(ShapeError):
        graph.emit("loop", (graph.input("v", (3,)), p), first)
    with pytest.raises(KeyError):
        frozen(graph, [s], [p])


def test_parts_of_a_vector() -> None:
    graph = Graph()
    whole = graph.input("w", (7,))
    found = parts(graph, whole, [(), (2, 2), (2,)])
    assert [graph.shapes[node] for node in found] == [(), (2, 2), (2,)]
    assert graph.shapes[joined(graph, found, [(), (2, 2), (2,)])] == (7,)
