"""`check --claim` is never wrong about right claims, nor right about wrong ones: random expressions."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dcalc.backends import claims
from dcalc.errors import DcalcError
from dcalc.graph.graph import Graph
from dcalc.graph.simplify.expand import is_zero

from ..conftest import call_main
from ..tools import ENTRIES, SMOOTH, graph_of, texts

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
#: Each example is a whole command or two.
FEWER = settings(FEW, max_examples=20)
FORMS = (
    "{d}",
    "({d})*2/2",
    "({d} + x) - x",
    "(sin(x)^2 + cos(x)^2)*({d})",
    "exp(log(2))*({d})/2",
    "if(x > 100, {d}, {d})",
    "diff({f}, x)",
    "-(-({d}))",
)


def check(text: str, claim: str, *more: str) -> dict[str, object]:
    answer = call_main(["check", text, "--claim", claim, "--wrt", "x", "--json", *more])
    assert answer.status in (0, 1), answer
    return json.loads(answer.out)  # type: ignore[no-any-return]


def derivative_of(text: str) -> str:
    """The formula that `diff` prints."""
    answer = call_main(["diff", text, "--wrt", "x", "--json"])
    assume(answer.status == 0)
    return str(json.loads(answer.out)["derivatives"][0]["formula"])


def has_x(text: str) -> bool:
    try:
        graph = graph_of(text).graph
    except DcalcError:  # the language refuses it
        return False
    return any(op == "input" and attr == "x" for op, attr in zip(graph.ops, graph.attrs, strict=True))


@FEWER
@given(texts(3, ENTRIES), st.sampled_from(FORMS))
def test_what_diff_prints_is_never_called_wrong(text: str, form: str) -> None:
    assume(has_x(text))
    formula = derivative_of(text)
    assume(len(formula) < 2000 and ";" not in formula)
    answer = check(text, form.format(d=formula, f=text))
    assert answer["verdict"] != "wrong", (text, form, answer)


PERTURBED = (
    "({d})*1.000001",
    "({d})*(1 + 1e-7)",
    "({d})*0.999999999",
    "-({d})",
    "2*({d})",
    "({d})*(x + 2)",
    "({d}) + 1e-3*x",
)


@FEWER
@given(texts(3, SMOOTH, conditions=False), st.sampled_from(PERTURBED))
def test_a_perturbed_formula_is_never_called_right(text: str, form: str) -> None:
    assume(has_x(text))
    formula = derivative_of(text)
    assume(len(formula) < 2000 and ";" not in formula)
    # A derivative that is 0 in disguise, as that of log10(x)/log(x), stays right when it is doubled.
    assume("+ 1e-3*x" in form or check(text, "0")["verdict"] == "wrong")
    answer = check(text, form.format(d=formula))
    assert answer["verdict"] in ("wrong", "undecided"), (text, form, answer)


@FEW
@given(texts(3, SMOOTH, conditions=False), texts(3, SMOOTH, conditions=False))
def test_what_is_multiplied_out_to_0_is_0_at_points(first: str, second: str) -> None:
    """is_zero against numbers: f - f in another form is 0, f - g is not unless the numbers are the same."""
    import random

    from dcalc.evaluate.scalar import evaluate

    graph: Graph
    lowered = graph_of(f"({first}) - ({second})")
    assert lowered.output is not None
    graph = lowered.graph
    if not is_zero(graph, lowered.output):
        return
    chance = random.Random(0)
    for _ in range(20):
        point = {name: chance.uniform(0.2, 1.0) for name in "xyz"}
        (value,) = evaluate(graph, [lowered.output], point)
        assert abs(value) < 1e-6 or value != value or value in (float("inf"), -float("inf")), (first, second, point)


def test_a_long_claim_is_tried_at_points_that_can_be_afforded(monkeypatch) -> None:
    sheet = claims.Sheet
    whole, tried = sheet.at, []

    def at(self, point, path=None):
        tried.append(point)
        return whole(self, point, path)

    monkeypatch.setattr(sheet, "at", at)
    monkeypatch.setattr(claims, "MOST_STEPS", 1)  # as if it were 20 000 factors, whose powers are mostly too large
    check("*".join(["x"] * 3000), "3000*x^2999")
    assert 0 < len(tried) <= 24
