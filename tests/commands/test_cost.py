"""`cost`: the notes' counts, counted by hand beside dcalc; mode against mode; trees that nobody can build."""

from __future__ import annotations

import json
import random
import re
from itertools import pairwise

import pytest

from dcalc.backends.counts import forward_work, quotients, reverse_work, value_work
from dcalc.backends.derive import Request, derive
from dcalc.backends.protocol import SCHEMES, Options
from dcalc.graph.count import MOST, cuts, of_node, work, written_out
from dcalc.graph.graph import Graph
from dcalc.render.numbers import count, seconds

from ..tools import problem_of, seeded

LOGISTIC = "f(x, n) = {{ l = x; for k in 1..n {{ l = 4*l*(1 - l) }}; l }}; f(x, {})"
NETWORK = "x: 2; W1: 1000x2; b1: 1000; W2: 1000x1000; b2: 1000; w3: 1000; w3 @ relu(W2 @ relu(W1 @ x + b1) + b2)"


def cost(dcalc, text: str, *more: str) -> dict:
    answer = dcalc(["cost", text, *more, "--json"])
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


def operations(text: str) -> int:
    """Operations of a formula as it stands there, by its signs: independent of the graph."""
    words = len(re.findall(r"[a-z]+(?=\()", text))
    return words + len(re.findall(r"[-+*/^]", text))


# -- row 5 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["sqrt(exp(x^2)+x^2)", "a = x^2; b = exp(a); c = a + b; d = sqrt(c); d"])
def test_row_5_the_notes_counts(dcalc, text):
    found = cost(dcalc, text)
    value, symbolic = found["methods"]["value"], found["methods"]["symbolic"]
    assert value["shared"]["operations"] == 4
    assert value["written_out"]["operations"] == 5
    assert symbolic["written_out"]["operations"] == 10
    assert symbolic["shared"]["operations"] == 3
    (formula,) = found["formulas"]
    assert (formula["operations"], formula["operations_from_the_steps"]) == (10, 3)
    assert operations(formula["written_out"]) == 10
    assert operations(formula["from_the_steps"]) == 3
    assert len(found["steps"]) == 4


def test_row_5_with_the_notes_names(dcalc):
    shown = dcalc(["cost", "a = x^2; b = exp(a); c = a + b; d = sqrt(c); d"]).out
    assert re.search(r"written out +10 +x\*\(exp\(x\^2\) \+ 1\)/sqrt\(x\^2 \+ exp\(x\^2\)\)", shown)
    assert re.search(r"from the steps +3 +x\*\(b \+ 1\)/d", shown)


# -- rows 11 and 12 ---------------------------------------------------------------------------------------------------


def test_row_11_bracketings(dcalc):
    found = cost(dcalc, "x: 2; A: 50x2; B: 40x50; c: 40; a = tanh(A @ x); b = tanh(B @ a); c @ b", "--wrt", "x")
    chain = found["chain"]
    assert chain["names"] == ["y", "b", "a", "x"] and chain["sizes"] == [1, 40, 50, 2]
    assert chain["from_left"] == 1 * 40 * 50 + 1 * 50 * 2
    assert chain["from_right"] == 40 * 50 * 2 + 1 * 40 * 2
    assert found["chosen"] == "reverse"
    assert found["methods"]["forward"]["passes"] == 2 and found["methods"]["reverse"]["passes"] == 1
    works = [found["methods"][mode]["work"]["operations"] for mode in ("forward", "reverse")]
    assert works[0] > works[1]


def test_row_11_the_other_way_about(dcalc):
    found = cost(dcalc, "A: 50x40; B: 60x50; v: 40; a = sin(t*v); b = tanh(A @ a); B @ b", "--wrt", "t")
    chain = found["chain"]
    assert chain["from_left"] == 60 * 50 * 40 + 60 * 40 and chain["from_right"] == 50 * 40 + 60 * 50
    assert found["chosen"] == "forward"
    assert found["methods"]["reverse"]["passes"] == 60
    # A pass back is one for each output: 60 of them, none of which is shorter than two products.
    assert found["methods"]["reverse"]["work"]["operations"] >= 60 * (60 * 50 + 50 * 40)


def test_what_auto_takes_is_what_cost_says(dcalc):
    point = {"x": 1.0, "y": 2.0}
    for text in ("x^2*sin(y)", "[x*y, x+y, x/y]", "[x, y]"):
        problem = problem_of(text, **point)
        work = derive(problem, Request("jac")).work
        found = cost(dcalc, text)
        assert found["because"] in work and work.split()[1] == found["chosen"]


def test_row_12_gradients_of_a_network(dcalc):
    found = cost(dcalc, NETWORK)
    alone = {name: one["reverse_alone"]["operations"] for name, one in found["each_input"].items()}
    assert 1.0e6 <= alone["W2"] <= 1.01e6  # outer: one product for each weight
    assert 1.0e6 <= alone["x"] <= 1.01e6  # transpose(W2) @ …: one multiply-add for each weight
    whole = found["methods"]["reverse"]["work"]["operations"]
    assert 2.0e6 <= whole <= 2.02e6
    only = cost(dcalc, NETWORK, "--wrt", "x")
    assert only["methods"]["reverse"]["work"]["operations"] == alone["x"]
    assert found["methods"]["value"]["shared"]["operations"] == 2000 + 10**6 + 1000 + 4 * 1000
    assert found["methods"]["value"]["shared"]["flops"] == 2 * (2000 + 10**6 + 1000) + 4 * 1000


# -- row 21 -----------------------------------------------------------------------------------------------------------


def test_row_21_swell_in_the_tree_and_linear_in_the_graph(dcalc):
    trees, graphs = [], []
    for n in range(1, 8):
        swell = cost(dcalc, LOGISTIC.format(n))["swell"]
        size = 1
        for _ in range(n):
            size = 2 * size + 5  # 4 * l * (1 - l): two copies of l, three operations, two constants
        assert swell["value"] == {"tree": size, "graph": 3 * n + 3}
        trees.append(swell["rules"]["tree"])
        graphs.append(swell["rules"]["graph"])
    assert all(b > 2 * a for a, b in pairwise(trees))
    assert len({b - a for a, b in pairwise(graphs)}) == 1


def test_counts_that_nobody_can_write_down(dcalc):
    swell = cost(dcalc, LOGISTIC.format(100))["swell"]["value"]
    assert swell == {"tree": 6 * 2**100 - 5, "graph": 303}
    assert "7.6·10³⁰" in dcalc(["cost", LOGISTIC.format(100)]).out
    large = cost(dcalc, LOGISTIC.format(2100))["swell"]
    assert large["value"]["graph"] == 6303 and large["reverse"]["tree"].startswith("> ")
    shown = dcalc(["cost", LOGISTIC.format(2100), "--ascii"])
    assert shown.status == 0 and shown.out.isascii() and "10^" in shown.out


def test_counts_for_people():
    assert [count(n) for n in (0, 9999, 10_000, 1_002_000)] == ["0", "9999", "10,000", "1,002,000"]
    assert count(10**10) == "1.0·10¹⁰" and count(999_999_999_999) == "1.0·10¹²" and count(12 * 10**29) == "1.2·10³⁰"
    assert count(10**2000) == count(MOST) == "> 1.0·10¹²³³"
    assert [seconds(t) for t in (2.5, 0.0125, 3.4e-6, 5e-9)] == ["2.5 s", "12.5 ms", "3.4 µs", "5 ns"]


# -- how it is counted ------------------------------------------------------------------------------------------------


def test_operations_count_by_component():
    graph = Graph()
    u, v, a = graph.input("u", (5,)), graph.input("v", (3,)), graph.input("A", (5, 3))
    cases = {
        graph.emit("@", (a, v)): (15, 30),
        graph.emit("outer", (u, v)): (15, 15),
        graph.emit("+", (u, u)): (5, 5),
        graph.emit("sigmoid", (u,)): (5, 20),
        graph.emit("sum[]", (u,)): (4, 4),
        graph.emit("transpose", (a,)): (0, 0),
        graph.index(u, (0,)): (0, 0),
        graph.emit("inv", (graph.input("B", (4, 4)),)): (64, 128),
    }
    for node, expected in cases.items():
        assert tuple(of_node(graph, node)) == expected, graph.ops[node]


def test_trees_are_counted_as_they_would_be_written():
    for text, point in seeded(5, 60, 4):
        problem = problem_of(text, **point)
        graph = problem.graph

        def size(node: int) -> int:
            return 1 + sum(size(arg) for arg in graph.args[node])  # noqa: B023

        assert written_out(graph, [problem.output]).size == size(problem.output)
        assert written_out(graph, [problem.output]).work.operations >= value_work(problem).operations


def test_cuts_are_what_no_path_goes_around():
    chance = random.Random(3)
    for text, point in seeded(11, 80, 4):
        problem = problem_of(text, **point)
        graph, leaves = problem.graph, problem.leaves[:1]
        if not leaves:
            continue
        found = {cut.node for cut in cuts(graph, problem.output, leaves)}
        order = graph.reachable([problem.output])
        active = graph.depending(order, leaves) - set(leaves)
        for node in chance.sample(sorted(active & set(order)), min(6, len(active & set(order)))):
            (rest,) = graph.substitute([problem.output], {node: graph.const(7)})
            separates = not set(leaves) & set(graph.reachable([rest]))
            assert (node in found) == separates, (text, node)


def test_fd_takes_as_many_evaluations_as_told():
    problem = problem_of("x^2*sin(y) + v[1]*v[2]", x=1.0, y=200.0, v=[0.001, 0.0])
    for one in quotients(problem):
        told = derive(problem, Request("jac", "fd", Options(one.scheme))).work
        expected = f"{one.evaluations} evaluations"
        assert told.startswith(expected + (f" and {one.extra} for" if one.extra else ",")), told
    assert [one.scheme for one in quotients(problem)] == list(SCHEMES)
    assert quotients(problem)[2].evaluations == problem.n + 1 and quotients(problem)[1].evaluations == 2 * problem.n + 1


def test_reverse_costs_a_small_multiple_of_the_value():
    # Griewank and Walther, section 4.6: whatever the number of inputs.
    n = 40
    text = "*".join(f"sin(x{k})" for k in range(n))
    problem = problem_of(text, **{f"x{k}": 1.0 for k in range(n)})
    value = value_work(problem).operations
    assert reverse_work(problem).total.operations <= 5 * value
    assert forward_work(problem).passes == n and forward_work(problem).total.operations > 10 * value


def test_many_inputs_are_counted_roughly_in_time(dcalc):
    terms = " + ".join(f"sin(x{k}*x{k + 1})" for k in range(700))
    found = cost(dcalc, terms)
    assert found["inputs"] == 701 and found["methods"]["forward"]["at_most"] and "no_formula" in found
    assert found["methods"]["reverse"]["work"]["operations"] < 10 * found["methods"]["value"]["shared"]["operations"]


# -- what it is asked -------------------------------------------------------------------------------------------------


def test_a_followed_program_has_no_formula(dcalc):
    program = "root(a) = { x = a; while abs(x^2 - a) > 1e-12 { x = (x + a/x)/2 }; x }; root(a)"
    found = cost(dcalc, program, "--at", "a=2")
    assert "closed form" in found["no_formula"] and "symbolic" not in found["methods"]
    assert dcalc(["cost", program]).status == 2


def test_refusals(dcalc):
    assert dcalc(["cost", "3"]).status == 2
    assert dcalc(["cost", "x", "--wrt", "y"]).status == 2
    assert dcalc(["cost", "x"]).status == 0
    assert "3 operations" in dcalc(["cost", "a = x^2; b = exp(a); c = b + 1; sin(c)", "--wrt", "a"]).out


def test_a_jacobian_too_large_for_memory_is_counted_all_the_same(dcalc):
    found = cost(dcalc, "A: 1000x1000; x: 1000; A @ x")
    assert found["outputs"] == 1000 and found["inputs"] == 1_001_000
    assert "too many" in found["no_formula"] and found["methods"]["reverse"]["passes"] == 1000


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "csv", "json"])
@pytest.mark.parametrize("text", ["sqrt(exp(x^2)+x^2)", "[x*y, x+y]", NETWORK, LOGISTIC.format(200), "x"])
def test_every_format(dcalc, form, text):
    answer = dcalc(["cost", text, "--format", form])
    assert answer.status == 0 and answer.out


def test_work_repeats_what_depends_on_a_seed():
    graph = Graph()
    seed, x = graph.input("s", (3,)), graph.input("x", (3,))
    partial = graph.emit("cos", (x,))
    product = graph.emit("*", (partial, seed))
    assert work(graph, [partial, product], {seed: 10}).operations == 3 + 30
