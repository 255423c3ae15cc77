"""Each rewrite of the table against mpmath over its sample range, the boundaries of domains among the points."""

from __future__ import annotations

import random
from fractions import Fraction

import mpmath
import pytest

from dcalc.graph.calls import formula
from dcalc.graph.graph import Graph
from dcalc.graph.lower import lower_formula
from dcalc.graph.simplify import simplify
from dcalc.graph.simplify.match import read
from dcalc.graph.simplify.rewrites import REWRITES, Rewrite
from dcalc.graph.to_ast import operations, to_ast
from dcalc.language import unparse

from .test_simplify_properties import UndefinedError, value

#: Where rules that are a little wrong like to show it: signs, ends of domains, zeros of functions.
CORNERS = [Fraction(n, 4) for n in (-8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8)]


def sides(rewrite: Rewrite) -> tuple[Graph, list[str], int, int]:
    graph = Graph()
    letters = [name for name in "uvw" if any(word == name for word in _words(rewrite.left))]
    scope = {name: graph.input(name) for name in letters}
    left, right = (lower_formula(graph, formula(side), scope) for side in (rewrite.left, rewrite.right))
    return graph, letters, left, right


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda rewrite: f"{rewrite.left} = {rewrite.right}")
def test_both_sides_are_one_value_wherever_the_left_one_has_one(rewrite: Rewrite) -> None:
    graph, letters, left, right = sides(rewrite)
    chance = random.Random(rewrite.left)
    points = [[Fraction(chance.uniform(*rewrite.sample[k])) for k in range(len(letters))] for _ in range(40)]
    points += [[chance.choice(CORNERS) for _ in letters] for _ in range(60)]
    compared = 0
    for numbers in points:
        point = dict(zip(letters, numbers, strict=True))
        if rewrite.when:
            name, relation, _ = rewrite.when.split()
            if point[name] < 0 or (relation == ">" and point[name] == 0):
                continue
        try:
            expected = value(graph, left, point)
        except UndefinedError:
            continue
        found = value(graph, right, point, mpmath.inf)  # UndefinedError: the right side lacks a value
        assert abs(found - expected) <= mpmath.mpf(10) ** -30 * (1 + abs(expected)), (rewrite, point)
        compared += 1
    assert compared >= 20


@pytest.mark.parametrize(
    "rewrite", [one for one in REWRITES if read(one).kind == "equation"], ids=lambda rewrite: rewrite.left
)
def test_all_terms_of_an_equation_have_one_domain(rewrite: Rewrite) -> None:
    """They are solved for any of their terms, so that none may have a value where another has none."""
    graph, letters, left, right = sides(rewrite)
    terms = [graph.args[left][0], graph.args[left][1], right]
    for corner in [*CORNERS, Fraction(355, 113)]:
        lack = []
        for term in terms:
            try:
                value(graph, term, dict.fromkeys(letters, corner))
            except UndefinedError:
                lack.append(term)
        assert len(lack) in (0, len([t for t in terms if not graph.is_const(t)]))


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda rewrite: rewrite.left)
def test_the_left_side_becomes_no_longer_than_the_right(rewrite: Rewrite) -> None:
    if rewrite.when:
        return
    graph, _, left, right = sides(rewrite)
    (found,) = simplify(graph, [left])
    assert operations(graph, found) <= operations(graph, right), unparse(to_ast(graph, found))


def test_a_condition_is_heeded() -> None:
    for text, expected in [("abs(exp(u) + 1)", "exp(u) + 1"), ("abs(u^3)", "abs(u^3)"), ("sign(cosh(u))", "1")]:
        graph = Graph()
        node = lower_formula(graph, formula(text), {"u": graph.input("u")})
        assert unparse(to_ast(graph, simplify(graph, [node])[0])) == expected
