"""Patterns against polys: rewrites made ready, and where they fit, up to the order of terms and factors.

A letter of a pattern stands for a poly. Patterns are canonical polys in a graph of their own; a factor of a pattern
fits a factor of the same operation whose arguments fit, a letter fits anything, 2*u fits anything as twice its half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..exact import Exact, shrink
from ..template import Template, template
from .poly import Factor, Key, Poly, Symbolic, accumulate, constant, constant_value, quotient, scaled
from .rewrites import REWRITES, Rewrite

if TYPE_CHECKING:
    from .algebra import Algebra

Bound = dict[int, Poly]
LETTERS = "uvw"
_NO_FUNCTIONS = frozenset(("input", "const", "+", "-", "*", "/", "^", "neg", "index"))


class Ready(NamedTuple):
    """A rewrite, read."""

    rewrite: Rewrite
    #: "function", "product", "sum", "equation" (a sum that is solved for any of its terms)
    kind: str
    #: what its left side is read in, the letters' nodes there, and the side
    pattern: Algebra
    leaves: tuple[int, ...]
    left: Poly
    #: the equation's terms, 0 = left - right
    zero: Poly
    #: the functions that have to be met for it to fit
    words: frozenset[str]
    #: the terms of the equation with functions, their coefficients and their functions
    terms: tuple[tuple[Key, Exact, frozenset[str]], ...]
    sides: tuple[Template, Template]

    def letters(self, bound: Bound) -> dict[str, Poly]:
        """What the letters stand for, by name."""
        return {self.pattern.graph.attrs[leaf]: bound[leaf] for leaf in self.leaves}

    def values(self, bound: Bound) -> tuple[Poly, ...]:
        """What the letters stand for."""
        return tuple([bound[leaf] for leaf in self.leaves])


def functions_of(text: str) -> set[str]:
    """The names of functions in a text."""
    words = "".join([c if c.isalnum() or c == "(" else " " for c in text]).replace("(", "( ").split()
    return {word[:-1] for word in words if word.endswith("(") and word != "("}


@cache
def _by_word() -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, rewrite in enumerate(REWRITES):
        for word in functions_of(f"{rewrite.left} {rewrite.right}"):
            found.setdefault(word, []).append(place)
    return found


@cache
def rules(word: str) -> tuple[Ready, ...]:
    """The rewrites in which a function stands, in the table's order. Read when first asked for."""
    return tuple([ready(place) for place in _by_word().get(word, ())])


@cache
def functions(op: str) -> tuple[tuple[Ready, tuple[Poly, ...]], ...]:
    """The rewrites of one function, and what its arguments have to be."""
    found = []
    for rule in rules(op):
        if rule.kind == "function":
            graph = rule.pattern.graph
            ((key, _),) = rule.left.items()
            if graph.ops[key[0][0]] == op:
                found.append((rule, tuple([rule.pattern.poly(arg) for arg in graph.args[key[0][0]]])))
    return tuple(found)


@cache
def ready(place: int) -> Ready:
    """A rewrite of the table, read."""
    return read(REWRITES[place])


def read(rewrite: Rewrite) -> Ready:
    """A rewrite, made ready."""
    from ..calls import formula
    from ..graph import Graph
    from ..lower import lower_formula
    from .algebra import Algebra
    from .reader import Reader

    letters = tuple([name for name in LETTERS if name in _words(rewrite.left)])
    graph = Graph()
    leaves = tuple([graph.input(name) for name in letters])
    scope = dict(zip(letters, leaves, strict=True))
    pattern = Algebra(graph, plain=True)
    nodes = [lower_formula(graph, formula(side), scope) for side in (rewrite.left, rewrite.right)]
    reader = Reader(pattern, nodes)
    left, right = (reader.values[node] for node in nodes)
    zero = dict(left)
    accumulate(zero, right, -1)
    if len(left) > 1:
        kind = "sum" if rewrite.whole else "equation"
    else:
        ((key, _),) = left.items()
        alone = len(key) == 1 and key[0][1] == 1 and not pattern.is_sum(key[0][0])
        kind = "function" if alone else "product"
    sides = (template(rewrite.left, letters), template(rewrite.right, letters))
    terms = tuple([(key, value, words_of(pattern, {key: value})) for key, value in zero.items() if key])
    return Ready(rewrite, kind, pattern, leaves, left, zero, words_of(pattern, left), terms, sides)


def _words(text: str) -> list[str]:
    return "".join([c if c.isalnum() else " " for c in text]).split()


def words_of(algebra: Algebra, poly: Poly) -> frozenset[str]:
    """The functions that a poly's factors are, and those of sums among them."""
    found = set()
    ops = algebra.graph.ops
    for key in poly:
        for base, exponent in key:
            if algebra.is_sum(base):
                found.update([ops[inner] for other in algebra.canon[base] for inner, _ in other])
            else:
                found.add(ops[base])
            if not isinstance(exponent, (int, Symbolic)):
                found.add("sqrt")
    return frozenset(found - _NO_FUNCTIONS)


class Matcher:
    """Fits one rewrite's pattern to polys of an algebra."""

    def __init__(self, pattern: Algebra, target: Algebra) -> None:
        self.pattern = pattern
        self.target = target

    def poly(self, pattern: Poly, poly: Poly, bound: Bound) -> Iterator[Bound]:
        """The pattern is the poly."""
        if len(pattern) == 1:
            ((key, value),) = pattern.items()
            if len(key) == 1 and self._is_letter(key[0]):
                yield from self._bind(key[0][0], scaled(poly, quotient(1, value)), bound)
            elif len(poly) == 1:
                ((other, amount),) = poly.items()
                yield from self._term(key, value, other, amount, bound)
            return
        letters = [key for key in pattern if len(key) == 1 and self._is_letter(key[0])]
        if letters and len(poly) >= len(pattern) - 1:
            yield from self._sum_with_rest(pattern, letters[0], poly, bound)
        elif len(pattern) == len(poly):
            yield from self._terms(list(pattern.items()), list(poly.items()), bound)

    def _is_letter(self, factor: Factor) -> bool:
        return factor[1] == 1 and self.pattern.graph.ops[factor[0]] == "input"

    def _sum_with_rest(self, pattern: Poly, letter: Key, poly: Poly, bound: Bound) -> Iterator[Bound]:
        """A sum in which a letter stands for all that the other terms leave."""
        others = [(key, value) for key, value in pattern.items() if key != letter]
        if len(others) > 1:
            return
        ((key, value),) = others
        for other, amount in poly.items():
            rest = {name: v for name, v in poly.items() if name != other}
            if not rest:
                continue
            for found in self.poly({key: value}, {other: amount}, bound):
                yield from self._bind(letter[0][0], scaled(rest, quotient(1, pattern[letter])), found)

    def _bind(self, letter: int, poly: Poly, bound: Bound) -> Iterator[Bound]:
        known = bound.get(letter)
        if known is None:
            yield {**bound, letter: poly}
        elif known == poly:
            yield bound

    def _terms(self, pattern: list[tuple[Key, Exact]], terms: list[tuple[Key, Exact]], bound: Bound) -> Iterator[Bound]:
        if not pattern:
            yield bound
            return
        key, value = pattern[0]
        for place, (other, amount) in enumerate(terms):
            for found in self.poly({key: value}, {other: amount}, bound):
                yield from self._terms(pattern[1:], terms[:place] + terms[place + 1 :], found)

    def _term(self, key: Key, value: Exact, other: Key, amount: Exact, bound: Bound) -> Iterator[Bound]:
        """A whole term; a letter among its factors takes what the others leave."""
        letters = [base for base, power in key if power == 1 and self.pattern.graph.ops[base] == "input"]
        rest = tuple([factor for factor in key if factor[0] not in letters[:1]])
        for found, left in self.factors(rest, other, bound):
            if letters:
                yield from self._bind(letters[0], {left: quotient(amount, value)}, found)
            elif not left and value == amount:
                yield found

    def factors(self, pattern: Key, key: Key, bound: Bound) -> Iterator[tuple[Bound, Key]]:
        """The pattern's factors are among those of a product; with those that are left."""
        if not pattern:
            yield bound, key
            return
        base, exponent = pattern[0]
        for place, (other, power) in enumerate(key):
            rest = left_over(power, exponent)
            if rest is None:
                continue
            for found in self.base(base, other, bound):
                remaining: tuple[Factor, ...] = ((other, rest),) if rest else ()
                for after, left in self.factors(pattern[1:], key[:place] + key[place + 1 :], found):
                    yield after, tuple(sorted((*left, *remaining), key=lambda factor: factor[0]))

    def base(self, pattern: int, base: int, bound: Bound) -> Iterator[Bound]:
        """The pattern's node is a node."""
        one, other = self.pattern, self.target
        op = one.graph.ops[pattern]
        if op == "input":
            yield from self._bind(pattern, {((base, 1),): 1}, bound)
        elif one.is_sum(pattern):
            if other.is_sum(base):
                yield from self.poly(one.canon[pattern], other.canon[base], bound)
        elif not other.is_sum(base) and self._label(one, pattern) == self._label(other, base):
            patterns = [one.poly(arg) for arg in one.graph.args[pattern]]
            yield from self.polys(patterns, [other.poly(arg) for arg in other.graph.args[base]], bound)

    def _label(self, algebra: Algebra, node: int) -> tuple[str, object]:
        return algebra.graph.ops[node], algebra.graph.attrs[node]

    def polys(self, patterns: Sequence[Poly], polys: Sequence[Poly], bound: Bound) -> Iterator[Bound]:
        """Each pattern is its poly."""
        if not patterns:
            yield bound
            return
        for found in self.poly(patterns[0], polys[0], bound):
            yield from self.polys(patterns[1:], polys[1:], found)


def left_over(power: object, exponent: object) -> Exact | None:
    """What is left of a power when another of the same sign is taken out; None if it is not in it."""
    if isinstance(power, Symbolic) or isinstance(exponent, Symbolic):
        return None
    if (power > 0) != (exponent > 0):  # type: ignore[operator]
        return None
    rest: Exact = shrink(power - exponent)  # type: ignore[operator]
    if rest == 0 or (isinstance(rest, int) and (rest > 0) == (power > 0)):  # type: ignore[operator]
        return rest
    return None


def _half() -> Exact:
    from fractions import Fraction

    return Fraction(1, 2)


def instance(algebra: Algebra, made: Template, values: tuple[Poly, ...]) -> Poly:
    """A formula of the table over polys."""
    from .functions import apply

    done: list[Poly] = []
    for op, args, attr in made.nodes:
        given = [done[arg] if arg >= 0 else values[-1 - arg] for arg in args]
        if op == "const":
            value = constant(attr)  # type: ignore[arg-type]
        elif op in ("+", "-"):
            value = dict(given[0])
            accumulate(value, given[1], 1 if op == "+" else -1)
        elif op == "neg":
            value = scaled(given[0], -1)
        elif op in ("*", "/"):
            value = algebra.multiply(1, [(given[0], 1), (given[1], 1 if op == "*" else -1)])
        elif op == "sqrt":
            value = algebra.power(given[0], _half())
        elif op == "^":
            exponent = constant_value(given[1])
            value = algebra.symbolic_power(*given) if exponent is None else algebra.power(given[0], exponent)
        else:
            value = apply(algebra, op, given, attr)
        done.append(value)
    return done[made.output] if made.output >= 0 else values[-1 - made.output]
