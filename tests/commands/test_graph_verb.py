"""`graph`: nodes, edges, values, partials, adjoints, contributions. Numbers by hand, complex steps, from the notes."""

from __future__ import annotations

import cmath
import csv
import io
import json
import math

import pytest

ROW_3 = ["p = x + y; g = p*z", "--at", "x=1,y=3,z=-3"]
BAYDIN = "(sin(x1/x2) + (x1/x2 - exp(x2)))*(x1/x2 - exp(x2))"


def graph(dcalc, *args: str) -> dict:
    answer = dcalc(["graph", *args, "--json"])
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


def nodes(made: dict, column: str) -> dict:
    return {node["name"]: node[column] for node in made["nodes"]}


def edges(made: dict, column: str) -> dict:
    return {(edge["from"], edge["to"]): edge[column] for edge in made["edges"]}


def test_row_3_of_the_lectures(dcalc):
    made = graph(dcalc, *ROW_3)
    assert nodes(made, "value") == {"x": 1, "y": 3, "z": -3, "p": 4, "g": -12}
    assert nodes(made, "adjoint") == {"x": -3, "y": -3, "z": 4, "p": -3, "g": 1}
    assert edges(made, "partial") == {("x", "p"): 1, ("y", "p"): 1, ("p", "g"): -3, ("z", "g"): 4}
    assert edges(made, "contribution") == {("x", "p"): -3, ("y", "p"): -3, ("p", "g"): -3, ("z", "g"): 4}
    assert edges(made, "formula") == {("x", "p"): "1", ("y", "p"): "1", ("p", "g"): "z", ("z", "g"): "p"}
    assert made["outputs"] == ["g"]
    assert nodes(made, "kind") == {"x": "input", "y": "input", "z": "input", "p": "step", "g": "step"}


def test_row_4_partials_and_adjoints(dcalc):
    x = 0.7
    made = graph(dcalc, "a = x^2; b = exp(a); c = a + b; d = sqrt(c); e1 = cos(c); d + e1", "--at", f"x={x}")
    a = x * x
    b = math.exp(a)
    c = a + b
    partials = edges(made, "partial")
    assert partials["x", "a"] == pytest.approx(2 * x)
    assert partials["a", "b"] == pytest.approx(b)
    assert partials["a", "c"] == partials["b", "c"] == 1
    assert partials["c", "d"] == pytest.approx(1 / (2 * math.sqrt(c)))
    assert partials["c", "e1"] == pytest.approx(-math.sin(c))
    bar_c = 1 / (2 * math.sqrt(c)) - math.sin(c)
    adjoints = nodes(made, "adjoint")
    assert adjoints["c"] == pytest.approx(bar_c)
    assert adjoints["b"] == pytest.approx(bar_c)
    assert adjoints["a"] == pytest.approx(bar_c * (1 + b))
    assert adjoints["x"] == pytest.approx(bar_c * (1 + b) * 2 * x)


def test_adjoints_by_complex_steps(dcalc):
    made = graph(dcalc, BAYDIN, "--at", "x1=1.5,x2=0.5")

    def value(a: complex, b: complex) -> complex:
        return (cmath.sin(a / b) + a / b - cmath.exp(b)) * (a / b - cmath.exp(b))

    step = 1e-200
    adjoints = nodes(made, "adjoint")
    assert adjoints["x1"] == pytest.approx(value(1.5 + 1j * step, 0.5).imag / step, rel=1e-13)
    assert adjoints["x2"] == pytest.approx(value(1.5, 0.5 + 1j * step).imag / step, rel=1e-13)


@pytest.mark.parametrize(
    "text",
    [BAYDIN, "x1*x1 + x1^x2", "max(x1, x2)*min(x1, x2) + abs(x1 - x2)", "if(x1 > x2, x1^2, sqrt(x2))*x1", "x1/x1"],
)
def test_adjoints_are_the_sums_of_contributions_and_those_are_adjoint_times_partial(dcalc, text):
    made = graph(dcalc, text, "--at", "x1=1.5,x2=0.5")
    adjoints = nodes(made, "adjoint")
    sums = dict.fromkeys(adjoints, 0.0)
    for edge in made["edges"]:
        if edge["contribution"] is not None:
            sums[edge["from"]] += edge["contribution"]
            assert edge["contribution"] == pytest.approx(edge["partial"] * adjoints[edge["to"]], rel=1e-14)
    for node in made["nodes"]:
        if node["name"] not in made["outputs"] and node["adjoint"] is not None:
            assert sums[node["name"]] == pytest.approx(node["adjoint"], rel=1e-14)
    gradient = json.loads(dcalc(["grad", text, "--at", "x1=1.5,x2=0.5", "--json"]).out)["derivative"]
    assert {name: adjoints.get(name, 0) for name in gradient} == pytest.approx(gradient, rel=1e-14)


def test_shared_steps_are_one_node(dcalc):
    made = graph(dcalc, "(x + 1)*(x + 1) + sin(x + 1)")
    assert [node["formula"] for node in made["nodes"]].count("x + 1") == 1


def test_the_same_argument_twice_is_one_edge_with_the_whole_partial(dcalc):
    made = graph(dcalc, "x*x", "--at", "x=3")
    assert edges(made, "partial") == {("x", "v1"): 6}
    assert edges(made, "contribution") == {("x", "v1"): 6}


def test_without_a_point_only_the_structure(dcalc):
    made = graph(dcalc, "p = x + y; p*z")
    assert set(nodes(made, "value").values()) == {None}
    assert made["mode"] is None
    assert all("adjoint" not in node for node in made["nodes"])
    assert edges(made, "formula")["p", "v1"] == "z"
    assert nodes(made, "formula")["v1"] == "p*z"


def test_names_are_those_of_trace(dcalc):
    for text in ("a = x*y; sin(a) + (x > 1)*a + exp(a*y)", BAYDIN, "if(x > 0 and y < 2, x*y, y)^2"):
        at = ["--at", "x=2,y=1" if "x1" not in text else "x1=1,x2=2"]
        steps = json.loads(dcalc(["trace", text, *at, "--mode", "reverse", "--names", "own", "--json"]).out)["steps"]
        made = graph(dcalc, text, *at)
        assert nodes(made, "formula") == {step["name"]: step["formula"] for step in steps}


def test_textbook_names_on_request(dcalc):
    made = graph(dcalc, "x*y", "--at", "x=2,y=3", "--names", "textbook")
    assert [node["symbol"] for node in made["nodes"]] == ["v₋₁", "v₀", "v₁"]


# -- choices ----------------------------------------------------------------------------------------------------------


def test_what_is_not_taken_is_not_computed(dcalc):
    made = graph(dcalc, "if(x > 0, x^2, log(-x))", "--at", "x=3")
    active = {node["formula"]: node["active"] for node in made["nodes"]}
    assert (active["x^2"], active["-x"], active["log(v2)"]) == (True, False, False)
    assert made["nodes"][0]["adjoint"] == 6


def test_untaken_choice_and_deciding_edges(dcalc):
    made = graph(dcalc, "if(x > 0, x^2, sqrt(y))", "--at", "x=3,y=-1")
    formulas = {node["formula"]: node for node in made["nodes"]}
    assert formulas["sqrt(y)"]["active"] is False
    assert formulas["sqrt(y)"]["value"] is None
    last = made["outputs"][0]
    kinds = edges(made, "kind")
    assert kinds[formulas["x^2"]["name"], last] == "flow"
    assert kinds[formulas["sqrt(y)"]["name"], last] == "untaken"
    assert kinds["x", last] == "choice"
    assert edges(made, "contribution")["x", last] is None


def test_max_passes_on_to_the_larger_alone(dcalc):
    made = graph(dcalc, "max(y*z, y+2*x)", "--at", "x=2,y=3,z=-1")
    adjoints = nodes(made, "adjoint")
    assert (adjoints["x"], adjoints["y"], adjoints["z"]) == (2, 1, 0)
    product = next(node["name"] for node in made["nodes"] if node["formula"] == "y*z")
    assert edges(made, "kind")[product, made["outputs"][0]] == "untaken"
    assert edges(made, "partial")[product, made["outputs"][0]] == 0


def test_a_mask_keeps_an_infinite_partial_out(dcalc):
    made = graph(dcalc, "max(sqrt(x), 5)", "--at", "x=0")
    assert edges(made, "partial")["x", "v1"] == "inf"
    assert nodes(made, "adjoint")["x"] == 0
    assert edges(made, "contribution")["x", "v1"] == 0


def test_kinks_are_marked_and_noted(dcalc):
    answer = dcalc(["graph", "relu(x) + x", "--at", "x=0"])
    assert "kink here" in answer.out
    assert "relu(x) has a kink here (d/dx: left 1, right 2)" in answer.err
    assert nodes(graph(dcalc, "relu(x) + x", "--at", "x=0"), "kink")["v1"] is True


# -- several outputs, arrays, programs --------------------------------------------------------------------------------


def test_each_output_has_a_pass(dcalc):
    made = graph(dcalc, "[x*y, x + y, 2]", "--at", "x=2,y=5")
    assert made["subjects"] == ["v₁", "v₂"]
    assert nodes(made, "adjoint")["x"] == {"v₁": 5, "v₂": 1}
    assert edges(made, "contribution")["x", "v1"] == {"v₁": 5}
    assert len(made["outputs"]) == 3


def test_an_output_that_is_a_number_is_drawn_once(dcalc):
    made = graph(dcalc, "[x*y, 3, x + y, 3]", "--at", "x=2,y=5")
    assert [node["name"] for node in made["nodes"]] == ["x", "y", "c", "v1", "v2"]
    assert made["outputs"] == ["v1", "c", "v2", "c"]
    text = dcalc(["graph", "[x, 3]", "--at", "x=2"]).out
    assert text.count("c = 3") == 1 and text.count("= 3") == 1


def test_numbers_are_written_as_the_text_has_them(dcalc):
    assert nodes(graph(dcalc, "x*0.1", "--at", "x=1"), "formula")["v1"] == "x*0.1"
    assert nodes(graph(dcalc, "x*0.1", "--at", "x=1"), "operation")["v1"] == "□·0.1"
    assert nodes(graph(dcalc, "x*(1/8)", "--at", "x=1"), "formula")["v1"] == "x*(1/8)"
    assert nodes(graph(dcalc, "1e300*x", "--at", "x=1"), "formula")["v1"] == "1e300*x"
    steps = json.loads(dcalc(["trace", "x*0.1", "--at", "x=1", "--json"]).out)["steps"]
    assert (steps[-1]["formula"], steps[-1]["tangent_formula"]) == ("v0*0.1", "0.1*dv0")


@pytest.mark.parametrize(
    ("args", "note"),
    [
        (["sqrt(x)", "--at", "x=0"], "d/dx is inf: the partial of sqrt(x) is infinite here"),
        (["x*sqrt(v)[2]", "--at", "x=1,v=[1,0]"], "d/dv[2] is inf: the partial of sqrt(v) is infinite here"),
        (["[x*y, sqrt(x)]", "--at", "x=0,y=1"], "df2/dx is inf: the partial of sqrt(x) is infinite here"),
        (["sqrt(x)", "--at", "x=0", "--mode", "forward", "--seed", "x=2"], "d/d(x=2) is inf"),
        (["sqrt(x)", "--at", "x=0", "--names", "textbook"], "d/dx is inf"),
    ],
)
def test_derivatives_that_are_not_finite_are_noted(dcalc, args, note):
    answer = dcalc(["graph", *args])
    assert answer.status == 0
    assert note in answer.err


def test_components_of_an_array_are_outputs(dcalc):
    made = graph(dcalc, "W @ v", "--at", "W=[[1,2],[3,4]],v=[5,6]")
    assert len(made["outputs"]) == 2
    first, second = made["subjects"]
    assert nodes(made, "adjoint")["v"] == {first: [1, 2], second: [3, 4]}
    assert nodes(made, "adjoint")["W"] == {first: [[5, 6], [0, 0]], second: [[0, 0], [5, 6]]}


def test_many_outputs_have_no_adjoint_without_a_seed(dcalc):
    args = ["2*v", "--at", "v=[1,2,3,4,5,6,7]"]
    answer = dcalc(["graph", *args, "--json"])
    made = json.loads(answer.out)
    assert made["mode"] is None
    assert all("adjoint" not in node for node in made["nodes"])
    assert "adjoints are of one number, the value is a vector of 7" in made["notes"][-1]["message"]
    seeded = graph(dcalc, *args, "--seed", "[1,0,0,0,0,0,3]")
    assert nodes(seeded, "adjoint")["v"] == [2, 0, 0, 0, 0, 0, 6]


def test_a_seed_of_several_outputs(dcalc):
    made = graph(dcalc, "a = x*y; [a, a + x]", "--at", "x=2,y=5", "--seed", "[1,10]")
    assert nodes(made, "adjoint") == {"x": 65, "y": 22, "a": 11, "v1": 10}  # 1·5 + 10·6, 1·2 + 10·2


def test_forward_mode(dcalc):
    made = graph(dcalc, "x*sin(y)", "--at", "x=2,y=0.5", "--mode", "forward", "--seed", "y")
    tangents = nodes(made, "tangent")
    assert tangents["x"] is None
    assert tangents["v2"] == pytest.approx(2 * math.cos(0.5))
    assert edges(made, "contribution")["v1", "v2"] == pytest.approx(2 * math.cos(0.5))
    both = graph(dcalc, "x*sin(y)", "--at", "x=2,y=0.5", "--mode", "forward", "--seed", "all")
    assert nodes(both, "tangent")["v2"]["x"] == pytest.approx(math.sin(0.5))


def test_a_program_is_drawn_as_it_ran(dcalc):
    made = graph(dcalc, "s = 0; for i in 1..3 { s = s + x^i }; s", "--at", "x=2")
    assert nodes(made, "value")["s"] == 14
    assert nodes(made, "adjoint")["x"] == 1 + 2 * 2 + 3 * 4


def test_large_arrays_by_shape_and_norm(dcalc):
    out = dcalc(["graph", "sum(v^2)", "--at", "v=[3,4,0,0]"]).out
    assert "size 4, norm 5" in out


def test_an_empty_or_long_vector_is_cut_in_its_box(dcalc):
    text = "norm([" + ", ".join(f"x*{k}" for k in range(1, 31)) + "])"
    answer = dcalc(["graph", text, "--at", "x=1", "--format", "svg"])
    assert answer.status == 0
    assert "…" in answer.out


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["3"], 2, "there is nothing to draw"),
        (["x*y", "--at", "x=1"], 2, "y has no value"),
        (["log(x)", "--at", "x=-1"], 1, "log(-1) is not defined"),
        (["x", "--mode", "dual"], 2, "graph has no mode dual"),
        (["x", "--seed", "1"], 2, "a seed needs a point"),
        (["x", "--at", "x=1", "--seed", "2*q"], 2, "the seed is not a number: q has no value\n  2*q\n    ^\n"),
        (["x", "--at", "x=1", "--seed", "(1"], 2, "hint: write `(1)`"),
        (["f(x) = x^2"], 2, "has no value"),
        (["x", "--at", "x=1", "--format", "png"], 2, "graph has no format png"),
        (["sum(v)", "--at", "v=[1,2,3,4,5,6,7]", "--mode", "forward", "--seed", "all"], 1, "7 seeds are too many"),
    ],
)
def test_refusals(dcalc, args, status, words):
    answer = dcalc(["graph", *args])
    assert answer.status == status
    assert words in answer.err


LONG = "; ".join(["a0 = x", *(f"a{k} = sin(a{k - 1})*x" for k in range(1, 520)), "a519"])


def test_limits(dcalc):
    for form in ("text", "svg", "html", "latex"):
        answer = dcalc(["graph", LONG, "--at", "x=1", "--format", form])
        assert answer.status == 1, form
        assert "limit error" in answer.err
        assert "dot, mermaid, json and csv take any number" in answer.err
    made = graph(dcalc, LONG, "--at", "x=1")
    assert len(made["nodes"]) > 1000


def test_csv_has_nodes_and_edges(dcalc):
    answer = dcalc(["graph", *ROW_3, "--format", "csv"])
    first, second = answer.out.strip().split("\n\n")
    rows = {row["step"]: row for row in csv.DictReader(io.StringIO(first))}
    assert float(rows["p"]["adjoint"]) == -3
    links = list(csv.DictReader(io.StringIO(second)))
    assert [(row["from"], row["to"], float(row["partial"])) for row in links][-1] == ("z", "g", 4)


def test_sessions_draw(dcalc, tmp_path):
    script = tmp_path / "one.dc"
    script.write_text("x = 1\ny = 3\nz = -3\np = x + y\ngraph p*z\n")
    answer = dcalc(["run", str(script)])
    assert answer.status == 0, answer.err
    assert "p = x + y" in answer.out
    assert "p̄ = -3" in answer.out
