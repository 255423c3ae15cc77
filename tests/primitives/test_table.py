"""The table as data: every entry is complete, its formulas are read, and its forms say the same thing."""

from __future__ import annotations

import math
import re
from itertools import product

import pytest
from formulas import at_point, evaluate_formula
from mpmath import mp, mpf
from oracle import NOTHING
from programs import NUMBERS, Program, node_of, samples

from dcalc.evaluate.scalar import evaluate
from dcalc.graph.calls import formula
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower_formula
from dcalc.language import ast
from dcalc.primitives import ALIASES, TABLE, register
from dcalc.primitives.entry import Primitive, elementwise

ENTRIES = NUMBERS
NAMES = [entry.name for entry in ENTRIES]
CONSTANTS = {"pi", "e", "inf", "nan"}


def formulas(entry: Primitive) -> dict[str, str]:
    """Every formula of an entry, by the field that holds it."""
    named = {f"d {i}": text for i, text in enumerate(entry.d)} | {f"shown {i}": t for i, t in enumerate(entry.shown)}
    for field in ("when", "value", "domain", "kink", "one_sided", "shown_tangent"):
        if text := getattr(entry, field):
            named[field] = text
    return named


def test_all_that_was_asked_for_is_there() -> None:
    wanted = """+ - * / ^ neg sin cos tan sec csc cot asin acos atan acot atan2 sinh cosh tanh sech csch coth
        asinh acosh atanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt hypot abs sign step floor ceil round mod min
        max clip relu leaky_relu elu sigmoid logit softplus softsign silu gelu erf erfc gamma lgamma digamma polygamma
        beta logsumexp < <= > >= == != and or not if"""
    assert not set(wanted.split()) - set(TABLE)
    assert ALIASES["ln"] == "log"
    assert ALIASES["arcsin"] == "asin"


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_complete(name: str) -> None:
    entry = TABLE[name]
    assert entry.doc and not entry.doc.endswith(".") and "\n" not in entry.doc
    assert entry.rule and entry.latex and entry.cost >= 1
    assert len(entry.sample) == entry.arity and all(low <= high for low, high in entry.sample)
    assert all(len(point) == entry.arity for point in entry.extreme)
    assert set(re.findall(r"#(\d)", entry.latex)) == {str(i + 1) for i in range(entry.arity)}
    assert bool(entry.remedy) <= bool(entry.domain)
    if entry.kind == "elementwise":
        assert len(entry.d) == entry.arity and len(entry.shown) in (0, entry.arity)
        assert bool(entry.one_sided) == (bool(entry.kink) and not entry.truth)
    elif entry.kind == "selection":
        assert entry.when and set(entry.choices) <= {*entry.parameters, "0"}
    else:
        assert entry.kind == "composite" and entry.value
    if entry.folds:
        assert entry.arity == 2


@pytest.mark.parametrize("name", NAMES)
def test_formulas_name_only_what_they_may(name: str) -> None:
    entry = TABLE[name]
    for field, text in formulas(entry).items():
        allowed = {*entry.parameters, *CONSTANTS}
        if (field[0] == "d" and field != "domain") or field == "kink":
            allowed.add("y")
        if field in ("one_sided", "shown_tangent"):
            allowed |= {"d" + parameter for parameter in entry.parameters}
        for node in formula(text).walk():
            if isinstance(node, ast.Name):
                assert node.name in allowed, (field, text)
            if isinstance(node, ast.Call):
                called = TABLE[ALIASES.get(node.function, node.function)]
                assert called.arity - len(called.defaults) <= len(node.children) <= called.arity, (field, text)


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="has sin already"):
        register(elementwise("sin(u)", "again", d=["1"]))
    with pytest.raises(ValueError, match="has ln already"):
        register(elementwise("new(u)", "an old alias", d=["1"], aliases=("ln",)))
    assert "new" not in TABLE


def test_a_partial_for_each_parameter() -> None:
    with pytest.raises(ValueError, match="a partial for each parameter"):
        elementwise("f(u, v)", "one is missing", d=["1"])


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES if entry.shown])
def test_shown_form_equals_the_accurate_one(name: str) -> None:
    entry = TABLE[name]
    for point in samples(entry, 25):
        with mp.workdps(60):
            names = at_point(entry, point)
            for accurate, shown in zip(entry.d, entry.shown, strict=True):
                a, b = evaluate_formula(accurate, names), evaluate_formula(shown, names)
                assert abs(a - b) <= mpf(10) ** -50 * abs(a), (point, accurate, shown)


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES if entry.shown_tangent])
def test_shown_tangent_equals_the_sum_over_the_partials(name: str) -> None:
    entry = TABLE[name]
    for point in samples(entry, 25):
        with mp.workdps(60):
            tangents = {"d" + parameter: mpf(k + 2) / 7 for k, parameter in enumerate(entry.parameters)}
            names = at_point(entry, point)
            partials = [evaluate_formula(text, names) for text in entry.d]
            total = mp.fsum(p * t for p, t in zip(partials, tangents.values(), strict=True))
            shown = evaluate_formula(entry.shown_tangent, {**names, **tangents})
            assert abs(total - shown) <= mpf(10) ** -50 * (abs(total) + 1)


def test_a_wrong_shown_form_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "tanh", TABLE["tanh"]._replace(shown=("1 + tanh(u)^2",)))
    with pytest.raises(AssertionError):
        test_shown_form_equals_the_accurate_one("tanh")


#: Arguments at which to ask whether a function is defined: whole, half and odd ones of both signs.
GRID = (-3.0, -2.5, -2.0, -1.5, -1.0, -0.75, -0.5, -0.1, 0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0)


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES if not (entry.helper and entry.kind == "composite")])
def test_domain_is_where_the_value_is_finite(name: str) -> None:
    entry = TABLE[name]
    graph = Graph()
    leaves = [graph.input(parameter) for parameter in entry.parameters]
    domain = lower_formula(graph, formula(entry.domain or "1"), dict(zip(entry.parameters, leaves, strict=True)))
    value = node_of(entry, graph, leaves[entry.static :], 1 if entry.static else None)
    for point in product(*([(1.0,)] if entry.static else []), *[GRID] * (entry.arity - entry.static)):
        defined, result = evaluate(graph, [domain, value], dict(zip(entry.parameters, point, strict=True)))
        assert math.isfinite(result) == bool(defined), (point, result)


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES if entry.folds])
def test_what_folds_does_not_mind_the_grouping(name: str) -> None:
    """(u, v), w and u, (v, w): the value may be folded from the left."""
    graph = Graph()
    u, v, w = (graph.input(n) for n in "uvw")
    left = graph.emit(name, (graph.emit(name, (u, v)), w))
    right = graph.emit(name, (u, graph.emit(name, (v, w))))
    a, b = evaluate(graph, [left, right], {"u": 0.3, "v": -1.25, "w": 2.5})
    assert a == pytest.approx(b, rel=1e-15)


@pytest.mark.parametrize(("name", "least"), [("leaky_relu", "0.01"), ("elu", "1")])
def test_defaults(name: str, least: str) -> None:
    assert TABLE[name].defaults == (least,)


def test_samples_stay_in_the_domain() -> None:
    for entry in ENTRIES:
        if entry.domain:
            for point in samples(entry, 25):
                with mp.workdps(30):
                    assert evaluate_formula(entry.domain, at_point(entry, point)), (entry.name, point)


def test_every_program_of_the_samples_is_finite() -> None:
    for entry in ENTRIES:
        for point in samples(entry, 5):
            for orders, how, result in Program(entry.name, int(point[0]) if entry.static else None).run(point):
                assert math.isfinite(result), (entry.name, point, orders, how)
    assert NOTHING > 0
