"""`explain`: the last formula is what `diff` prints, all steps have one value, the rules are the table's."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings

from dcalc.commands import diff
from dcalc.commands.base import Ask, new_state
from dcalc.commands.explain import COMMAND
from dcalc.errors import DcalcError
from dcalc.language import source, unparse
from dcalc.primitives import TABLE
from tests.tools import coordinates, texts, value_of

LECTURE = {
    "3*x^3 - 3*x + 5": "9*x^2 - 3",
    "t^n": None,
    "exp(t)": "exp(t)",
    "ln(t)": "1/t",
    "sin(t)": "cos(t)",
    "cos(t)": "-sin(t)",
    "tan(t)": "sec(t)^2",
    "c*sin(t)": None,
    "t^2 + sin(t)": "2*t + cos(t)",
    "t^2 - sin(t)": "2*t - cos(t)",
    "t*sin(t)": None,
    "sin(t)/t": None,
    "1/sin(t)": None,
    "sin(3*t + 1)": "3*cos(3*t + 1)",
    "2^t": "2^t*log(2)",
    "x^x": "x^x*(log(x) + 1)",
    "x^2 + y^3": None,
    "(3*x + 1)^2*sin(x)": None,
    "sqrt(1 + x^2)": None,
    "exp(-x^2/2)/sqrt(2*pi)": None,
    "max(x*y, x + y)": None,
    "if(x > 0, x^2, -x)": None,
    "relu(x)*abs(x)": None,
    "5": None,
}
ARRAYS = [
    "x: 3; A: 3x3; transpose(x) @ A @ x",
    "W: 3x2; y: 2; norm(W @ y)",
    "W: 3x2; y: 2; b: 3; z = W @ y + b; sum(tanh(z))",
    "A: 2x2; det(A) + tr(inv(A))",
    "v: 4; max(v) + logsumexp(v)",
    "v: 3; [v[1]*v[2], sum(v)]",
    "v: 3; 2*v + 1",
    "t*[1, 2] @ [t, t^2]",
]
PROGRAMS = [
    "x = cos(t); y = sin(t); x^2*y",
    "a = x^2; b = exp(a); c = a + b; d = sqrt(c); e1 = cos(c); d + e1",
    "l = x; for k in 1..3 { l = 4*l*(1 - l) }; l",
    "u = [x*y, x + y]; sin(u[1])*u[2]",
    "g(x, y) = [x*y, x + y]; f(u) = [sin(u[1]), u[1]*u[2]]; f(g(x, y))",
    "y = x + 1; y = y^2; x*y",
    "a = x*y; a",
    "f = x^2; sin(f)*x",
]


def explain(text, **options):
    """The result of `explain`."""
    if "wrt" in options:
        options["wrt"] = [source(options["wrt"])]
    if "at" in options:
        options["at"] = [source(options["at"])]
    ask = Ask(source(text), options)
    (found,), wanted = COMMAND.run(new_state(), ask).results, diff.COMMAND.run(new_state(), ask).results[0]
    # The last formula of each is the very text that `diff` prints.
    assert [unparse(one.result) for one in found.items] == [unparse(item.tree) for item in wanted.items]
    for one in found.items:
        last = one.sections[-1].steps[-1]
        assert unparse(last.formula) == unparse(one.result)
        assert repr(last.value) == repr(one.value)
    return found


def steps_of(one):
    """(section, step) of an explanation."""
    return [(section, step) for section in one.sections for step in section.steps]


def hold_equal(text, wrt, **point):
    """Every step's formula, read by the language with its `diff(…)`, has the value of the whole derivative."""
    found = explain(text, wrt=wrt)
    for one in found.items:
        program = "".join(f"{name} = {unparse(tree)}; " for name, tree in one.definitions)
        for section in one.sections:
            values = []
            for step in section.steps:
                formula = unparse(step.formula)
                if "partial(" not in formula:
                    values.append(value_of(program + formula, **point))
            for value in values:
                same = value == pytest.approx(values[-1], rel=1e-9, abs=1e-9, nan_ok=True)
                assert same or not math.isfinite(value), (text, unparse(section.symbol), values)


@pytest.mark.parametrize(("text", "derivative"), LECTURE.items(), ids=LECTURE)
def test_the_last_step_is_what_diff_prints(text, derivative):
    try:
        found = explain(text)
    except DcalcError:
        assert text == "5"  # nothing to differentiate in
        return
    if derivative:
        assert unparse(found.items[0].result) == derivative


@pytest.mark.parametrize("text", [*ARRAYS, *PROGRAMS])
def test_arrays_and_programs(text):
    assert all(steps_of(one) for one in explain(text).items)


@pytest.mark.parametrize("text", [text for text in LECTURE if text != "5"])
def test_every_step_has_the_same_value(text):
    name = "t" if "t" in re.sub("[a-z]{2,}", "", text) else "x"
    hold_equal(text, name, x=0.8, y=1.7, t=0.6, n=2.5, c=1.5)


@pytest.mark.parametrize("text", PROGRAMS)
def test_every_step_of_a_program_has_the_same_value(text):
    hold_equal(text, "t" if "cos(t)" in text else "x", x=0.3, y=1.7, t=0.6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts(depth=3, conditions=False), coordinates, coordinates)
def test_random_expressions(text, x, y):
    assume(re.search(r"\bx\b", text))
    point = {
        "x": x + 0.0123457,
        "y": y + 0.0234561,
        "z": 0.3719283,
    }  # no whole multiples of each other: mod jumps there
    try:
        assume(math.isfinite(value_of(text, **point)))
        hold_equal(text, "x", **point)
    except DcalcError as problem:
        assert problem.kind in ("name", "usage"), problem  # 0/0 makes it a constant


@pytest.mark.parametrize("name", TABLE)
def test_the_whole_table_can_be_explained(name):
    entry = TABLE[name]
    inner = ["x", "y", "z"][: entry.arity - len(entry.defaults) - entry.static]
    shapes = "".join(f"{n}: {'x'.join(map(str, s))}; " for n, s in zip(inner, entry.shapes, strict=False) if s)
    if name in ("and", "or", "not"):
        inner = [f"({n} > 1)" for n in inner]
    args = ", ".join(["1"] * entry.static + inner)
    text = (
        f" {entry.symbol} ".join(inner) if entry.symbol and len(inner) == 2 else f"{entry.symbol or entry.word}({args})"
    )
    if name == "if":
        text = "if(z > 1, x, y)"
    if entry.truth:
        text = f"if({text}, x^2, x)"
    found = explain(shapes + text)
    for one in found.items:
        rules = [step.rule for _, step in steps_of(one)]
        lines = [line for _, step in steps_of(one) for line in step.lines]
        assert rules and all(rules)
        if (
            entry.kind not in ("composite",)
            and not entry.truth
            and name not in ("*", "/", "neg", "^", "@", "outer", "solve")
        ):
            constants = all(line.rule == "constant rule" for line in lines)
            assert constants or any(entry.rule in rule or entry.word in rule for rule in rules), rules


def test_the_strategy_of_the_lectures():
    (one,) = explain("3*x^3 - 3*x + 5").items
    stages = [step.stage for _, step in steps_of(one)]
    assert stages == ["term by term", "constant factors", "elementary functions", "simplify"]
    elementary = {unparse(line.subject): (line.rule, unparse(line.after)) for line in steps_of(one)[2][1].lines}
    assert elementary == {
        "x^3": ("power rule", "3*x^2"),
        "x": ("the variable itself", "1"),
        "5": ("constant rule", "0"),
    }


@pytest.mark.parametrize(
    ("text", "rules"),
    {
        "x*sin(x)": ["product rule"],
        "sin(x)/x": ["quotient rule"],
        "1/x": ["reciprocal rule"],
        "1/(1 + x^2)": ["reciprocal rule, chain rule", "sum rule"],
        "sin(x^2)": ["chain rule, derivative of sin", "power rule"],
        "2^x": ["exponential rule"],
        "x^x": ["power rule and exponential rule"],
        "7*x": ["constant factor rule"],
        "max(x, 2)": ["derivative of the one chosen"],
    }.items(),
)
def test_rules_are_named(text, rules):
    (one,) = explain(text).items
    found = [line.rule for _, step in steps_of(one) for line in step.lines]
    assert all(any(rule in other for other in found) for rule in rules), found


def test_what_is_held_constant_is_said():
    (one,) = explain("x^2 + y^3", wrt="x").items
    assert one.held == ["y"]
    notes = [line.note for _, step in steps_of(one) for line in step.lines]
    assert "y held constant" in notes


def test_a_kink_is_said():
    (one,) = explain("abs(x - 1)").items
    assert any("where x == 1:" in line.note for _, step in steps_of(one) for line in step.lines)


def test_numbers_at_a_point():
    (one,) = explain("(3*x + 1)^2*sin(x)", at="x=1").items
    expected = 6 * 4 * math.sin(1) + 16 * math.cos(1)
    assert [step.value for _, step in steps_of(one)] == pytest.approx([expected] * 7)
    u, v = steps_of(one)[0][1].lines[0].parts
    assert (u.value, u.slope) == pytest.approx((16, 24)) and (v.value, v.slope) == pytest.approx(
        (math.sin(1), math.cos(1))
    )


def test_row_8_the_chain_rule_of_several_variables():
    (one,) = explain("x = cos(t); y = sin(t); x^2*y", at="t=0.4").items
    steps = steps_of(one)
    assert unparse(steps[0][1].formula) == "partial(f, x)*diff(x, t) + partial(f, y)*diff(y, t)"
    c, s = math.cos(0.4), math.sin(0.4)
    found = {unparse(section.symbol): section.steps[-1].value for section in one.sections}
    expected = {"partial(f, x)": 2 * c * s, "partial(f, y)": c * c, "diff(x, t)": -s, "diff(y, t)": c}
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert found["diff(f, t)"] == pytest.approx(-2 * c * s * s + c**3)
    assert [step.rule for _, step in steps[-3:]] == ["put the derivatives in", "put the definitions in", "simplify"]


@pytest.mark.parametrize(
    ("text", "point", "shapes"),
    [
        ("g(x) = [x[1]*x[2], x[1] + x[2], x[2]^2]; f(u) = [sin(u[1]), u[1]*u[2] + u[3]]; f(g(x))", "x=[1,2]",
         [(2, 3), (3, 2)]),
        ("W: 2x3; z = W @ y + b; a = tanh(z); norm(a)^2", "W=[[1,2,3],[4,5,6]],y=[.1,.2,.3],b=[1,2]",
         [(1, 2), (2, 2), (2, 3)]),
        ("g(x, y) = [x, x*y]; f(u) = u[1]*sin(u[2]); f(g(x, y))", "x=2,y=3", [(1, 2), (2, 2)]),
        ("u = [x*y, x + y]; u[1]^2*u[2]", "x=2,y=3", [(1, 2), (2, 2)]),
    ],
)  # fmt: skip
def test_row_9_products_of_jacobians(text, point, shapes):
    import numpy as np

    found = explain(text, at=point).products
    assert found
    first = found[0]
    assert [factor.shape for factor in first.factors] == shapes
    product = np.linalg.multi_dot([np.array(factor.value) for factor in first.factors])
    assert product == pytest.approx(np.array(first.product.value), rel=1e-12)


def test_row_10_affine_maps():
    found = explain("W: 2x3; y: 3; b: 2; z = W @ y + b; norm(z)^2")
    factors = {product.factors[-1].wrt: unparse(product.factors[-1].formula) for product in found.products}
    assert factors == {("y",): "W", ("b",): "eye(2)"}
    assert [unparse(one.result) for one in found.items] == [
        "2*outer(W @ y + b, y)",
        "2*(transpose(W) @ (W @ y + b))",
        "2*(W @ y + b)",
    ]


def test_a_second_derivative_goes_by_two_stages():
    (one,) = explain("sin(x)^2", order=2).items
    assert {unparse(section.symbol) for section in one.sections} == {"diff(f, x)", "diff(f', x)"}


def test_programs_on_a_path(dcalc):
    program = "y = a; while abs(y^2 - a) > 1e-6 { y = (y + a/y)/2 }; y"
    assert dcalc(["explain", program]).status == dcalc(["diff", program]).status != 0
    answer = json.loads(dcalc(["explain", program, "--at", "a=2", "--json"]).out)
    (one,) = answer["explanations"]
    assert one["value"] == pytest.approx(1 / (2 * math.sqrt(2)), rel=1e-5)
    assert any(note["kind"] == "path" for note in answer["notes"])


def test_the_same_refusals_as_diff(dcalc):
    for words in (["2 + 3"], ["x*y", "--order", "2"], ["x", "--wrt", "q"], ["f(x) = x"]):
        mine, other = dcalc(["explain", *words]), dcalc(["diff", *words])
        assert (mine.status, mine.err.replace("explain", "diff")) == (other.status, other.err)


@pytest.mark.parametrize(
    "line", ['explain "x^2*y" --at x=3', 'diff "x^2*y" --wrt x --at x=3', 'explain "x + y" --at x=3']
)
def test_an_input_without_a_value_is_told(dcalc, line):
    found = dcalc(line)
    assert found.status == 2 and "y has no value" in found.err and "--at y=…" in found.err


def test_a_name_that_is_given_again_is_numbered_also_where_the_value_has_it(dcalc):
    found = dcalc('explain "s = 0; for k in 1..2 { s = s + x^k }; s"').out
    assert "s = s_1 + x^2, s_1 = 0 + x^1" in found and "ds/dx = ∂s/∂s_1*ds_1/dx + ∂s/∂x" in found
    assert "∂s_1/∂x = 0" in found and found.count("ds_1/dx = 0") == 0  # ds_1/dx is 1
    found = dcalc('explain "x: 2; v = 2*x; v = tanh(v); v"').out
    assert "J_v(x) = J_v(v_1)·J_v_1(x)" in found and "v = tanh(v_1)" in found


def test_a_condition_is_not_differentiated(dcalc):
    found = dcalc('explain "if(x > 0, x^2, -x)" --at x=2').out
    assert "derivative of >" not in found and "d/dx[[x > 0]]" not in found and "v' = 4, w' = -1" in found


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("max(x, x^2)", "where x == x^2:"),
        ("v: 3; max(v)", "where sum([v == max(v)]) > 1:"),
        ("atan2(x, y)", "where y <= 0 and x == 0:"),
        ("leaky_relu(x, y)", "where x == 0, unless y == 1:"),
    ],
)
def test_where_there_is_no_derivative_is_said_in_plain_words(text, where):
    items = explain(text).items
    notes = [line.note for one in items for _, step in steps_of(one) for line in step.lines]
    assert any(where in note for note in notes), notes


def test_the_variable_itself_is_no_simplification(dcalc):
    for text in ("x: 2; x", "x: 2; x[1]"):
        first = json.loads(dcalc(["explain", text, "--json"]).out)["explanations"][0]["steps"][0]
        assert (first["rule"], first["stage"]) == ("the variable itself", "elementary functions")
    assert "logsumexp[]" not in dcalc('explain "v: 2; logsumexp(v)"').out
    found = dcalc('explain "v = [x, x*y]; v"').out
    assert "dv1/dx: differentiated" in found  # as the steps call it
    assert "Jacobians" not in found  # J_v(v)·J_v(x, y) says nothing


def test_a_long_loop_is_explained_as_one_formula(dcalc):
    steps = [
        json.loads(dcalc(["explain", f"l = x; for k in 1..{n} {{ l = sin(l) }}; l", "--json"]).out) for n in (5, 70)
    ]
    texts = [json.dumps(one) for one in steps]
    assert "l_3" in texts[0] and "l_3" not in texts[1]
