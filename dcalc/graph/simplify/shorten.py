"""The shortest of what a poly may be written as: by the table of rewrites, over a common denominator, multiplied out,
with common factors outside.

A hill is climbed: of all that a poly can be turned into at once the shortest is taken if it is shorter, and so on.
The budget is local, so that a large graph costs what it is long: long sums and large trees are only looked at by the
table, and what was found out about a poly is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..exact import Exact
from . import fractions
from .cost import cost
from .match import Bound, Matcher, Ready, functions, instance, rules, words_of
from .poly import Factor, Key, Poly, TooLarge, accumulate, quotient, raised, times
from .signs import holds

if TYPE_CHECKING:
    from .algebra import Algebra

#: Sums of more terms are left to arithmetic; those of more than a few to the table.
MANY, SOME = 48, 12
#: Longer products are left to arithmetic.
FACTORS = 16
#: Longer formulas are left to the table.
LONG = 200
#: Formulas that are made while others are tried, tried in their turn: so deep.
DEEPEST = 3
#: A longest climb. (Each step is shorter than the one before.)
STEPS = 32
#: Functions that are a quotient of two others, or 1 over one.
_QUOTIENTS = {
    "tan": ("sin", "cos"),
    "cot": ("cos", "sin"),
    "sec": ("", "cos"),
    "csc": ("", "sin"),
    "tanh": ("sinh", "cosh"),
    "coth": ("cosh", "sinh"),
    "sech": ("", "cosh"),
    "csch": ("", "sinh"),
}
_WHOLE = frozenset(("sin", "cos", "sinh", "cosh"))


class Shorten:
    """Looks for shorter polys of one algebra."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._known: dict[frozenset[tuple[object, Exact]], Poly] = {}
        self._products_of: dict[frozenset[tuple[object, Exact]], Poly | None] = {}
        self._instances: dict[tuple[object, ...], Poly] = {}
        self._depth = 0

    @property
    def waits(self) -> bool:
        """Whether we are so deep in trials that nothing more is tried."""
        return self._depth >= DEEPEST

    def best(self, poly: Poly) -> Poly:
        """The same value, written shorter; the very same object where nothing shorter is found."""
        if self._is_plain(poly) or self.waits:
            return poly
        identity = frozenset(poly.items())
        known = self._known.get(identity)
        if known is None:
            self._depth += 1
            try:
                known = self._climbed(poly)
            finally:
                self._depth -= 1
            self._known[identity] = known
        return poly if known == poly else known

    def _is_plain(self, poly: Poly) -> bool:
        """Whether there is nothing to look for: a power of one thing, a product of inputs, what is too long."""
        if len(poly) > MANY or any(len(key) > FACTORS for key in poly):
            return True
        if len(poly) > 1:
            return False
        ops = self.algebra.graph.ops
        for key in poly:
            if len(key) == 1 and key[0][1] == 1:
                return True
            return all(ops[base] in ("input", "const", "index") and isinstance(power, int) for base, power in key)
        return True

    def _climbed(self, poly: Poly) -> Poly:
        arrays = any(self.algebra.graph.shapes[base] for key in poly for base, _ in key)
        least = cost(self.algebra, poly)
        for _ in range(STEPS):
            if not poly:
                break
            found = None if arrays else self._least(self._rewritten(poly), least)
            if found is None:
                modest = arrays or len(poly) > SOME or least > LONG
                found = self._least(self._common(poly) if modest else self._shaped(poly), least, deep=not modest)
            if found is None:
                break
            poly, least = found
        return poly

    def _least(self, polys: Iterator[tuple[Poly, int]], least: int, *, deep: bool = False) -> tuple[Poly, int] | None:
        """The shortest of several if it is shorter. deep: each after the table has done what it can."""
        best: Poly | None = None
        while True:
            try:
                made = next(polys, None)
            except TooLarge:
                continue
            if made is None:
                break
            poly, handicap = made
            length = cost(self.algebra, poly)
            while deep:
                further = self._least(self._rewritten(poly), length)
                if further is None:
                    break
                poly, length = further
            if length + handicap < least:
                best, least = poly, length
        return None if best is None else (best, least)

    # -- by the table ----------------------------------------------------------------------------------------

    def _rewritten(self, poly: Poly) -> Iterator[tuple[Poly, int]]:
        words = words_of(self.algebra, poly)
        seen: set[int] = set()
        for word in sorted(words):
            for rule in rules(word):
                if id(rule) in seen:
                    continue
                seen.add(id(rule))
                if rule.kind == "product" and rule.words <= words:
                    yield from self._products(rule, poly)
                elif rule.kind == "sum" and rule.words <= words and len(poly) > 1:
                    yield from self._sums(rule, poly)
                elif rule.kind == "equation" and len(poly) > 1:
                    yield from self._equations(rule, poly, words)

    def _products(self, rule: Ready, poly: Poly) -> Iterator[tuple[Poly, int]]:
        algebra = self.algebra
        matcher = Matcher(rule.pattern, algebra)
        ((pattern, amount),) = rule.left.items()
        for key, value in poly.items():
            for bound, rest in matcher.factors(pattern, key, {}):
                if not self._allowed(rule, bound):
                    continue
                right = self._side(rule, bound)
                factors: list[tuple[Poly, int]] = [(right, 1)]
                while True:  # as often as it fits
                    again = next(matcher.factors(pattern, rest, bound), None)
                    if again is None:
                        break
                    rest = again[1]
                    factors.append((right, 1))
                number = quotient(value, amount ** len(factors)) if amount != 1 else value
                new = {other: v for other, v in poly.items() if other != key}
                accumulate(new, algebra.multiply(1, [({rest: number}, 1), *factors]))
                yield _in_place(poly, new, key), 0
                break

    def _sums(self, rule: Ready, poly: Poly) -> Iterator[tuple[Poly, int]]:
        matcher = Matcher(rule.pattern, self.algebra)
        (pattern, amount), *others = rule.left.items()
        for key, value in poly.items():
            for bound, rest in matcher.factors(pattern, key, {}):
                factor = quotient(value, amount)
                terms = {other: v for other, v in poly.items() if other != key}
                for found, left in self._others(matcher, others, terms, rest, factor, bound):
                    new = dict(left)
                    self._add(new, self._side(rule, found), rest, factor)
                    yield _in_place(poly, new, key), 0

    def _others(
        self, matcher: Matcher, others: list[tuple[Key, Exact]], terms: Poly, rest: Key, factor: Exact, bound: Bound
    ) -> Iterator[tuple[Bound, Poly]]:
        """The other terms of a sum's pattern, times the same."""
        if not others:
            yield bound, terms
            return
        pattern, amount = others[0]
        for key, value in terms.items():
            if value == amount * factor:
                for found, left in matcher.factors(pattern, key, bound):
                    if left == rest:
                        remaining = {other: v for other, v in terms.items() if other != key}
                        yield from self._others(matcher, others[1:], remaining, rest, factor, found)

    def _equations(self, rule: Ready, poly: Poly, words: frozenset[str]) -> Iterator[tuple[Poly, int]]:
        matcher = Matcher(rule.pattern, self.algebra)
        met: dict[Key, list[tuple[int, Key, Bound, Exact]]] = {}
        for place, (pattern, amount, own) in enumerate(rule.terms):
            if own <= words:
                for key, value in poly.items():
                    for bound, rest in matcher.factors(pattern, key, {}):
                        met.setdefault(rest, []).append((place, key, bound, quotient(-value, amount)))
        # Something else has to go away or to be met; else one term would be replaced by two.
        for rest, found in met.items():
            if (rest in poly and () in rule.zero) or len({key for _, key, *_ in found}) > 1:
                for _, key, bound, factor in found:
                    zero = self._zero(rule, bound)
                    if sum([_joined(other, rest) in poly for other in zero]) > 1:
                        new = dict(poly)
                        self._add(new, zero, rest, factor)
                        yield _in_place(poly, new, key), 0

    def _add(self, into: Poly, poly: Poly, rest: Key, factor: Exact) -> None:
        for key, value in poly.items():
            if rest:
                accumulate(into, self.algebra.product(value * factor, [*key, *rest]))
            else:
                accumulate(into, {key: value}, factor)

    def _allowed(self, rule: Ready, bound: Bound) -> bool:
        condition = rule.rewrite.when
        return not condition or holds(self.algebra, rule.letters(bound), condition)

    def _side(self, rule: Ready, bound: Bound) -> Poly:
        return self._instance(rule, 1, bound)

    def _zero(self, rule: Ready, bound: Bound) -> Poly:
        result = dict(self._instance(rule, 0, bound))
        accumulate(result, self._instance(rule, 1, bound), -1)
        return result

    def _instance(self, rule: Ready, side: int, bound: Bound) -> Poly:
        values = rule.values(bound)
        name = (id(rule), side, *[frozenset(value.items()) for value in values])
        known = self._instances.get(name)
        if known is None:
            known = self._instances[name] = instance(self.algebra, rule.sides[side], values)
        return known

    def function(self, op: str, args: list[Poly]) -> Poly | None:
        """What a function becomes by the table, or None."""
        for rule, patterns in functions(op):
            for bound in Matcher(rule.pattern, self.algebra).polys(patterns, args, {}):
                if self._allowed(rule, bound):
                    return self._side(rule, bound)
        return None

    # -- by arithmetic ---------------------------------------------------------------------------------------

    def _common(self, poly: Poly) -> Iterator[tuple[Poly, int]]:
        """What a long sum, or one of arrays, may be: a product with the exponentials and sums that all terms have."""
        usual = fractions.shared_out(self.algebra, poly)[0] if len(poly) > 1 else None
        if usual is not None:
            yield usual, 0

    def _shaped(self, poly: Poly) -> Iterator[tuple[Poly, int]]:
        """Other shapes of a poly, each with what it has to be shorter by."""
        algebra = self.algebra
        cancelled = self._cancelled(poly)
        if cancelled is not None:
            yield cancelled, 0
        if len(poly) > 1:
            quotients = self._as_quotients(poly)
            if quotients is not None:
                yield from self._over_common(quotients)
            usual, whole = fractions.shared_out(algebra, poly)
            if usual is not None:
                yield usual, 0
            if whole is not None:
                yield whole, 1
            yield from self._over_common(poly)
            better = self._factored(poly)
            if better is not None:
                yield better, 0
        else:
            yield from self._factors(poly)
        longer = fractions.expanded(algebra, poly)
        if longer is not None:
            yield longer, 0

    def _factored(self, poly: Poly) -> Poly | None:
        """A sum as a product over the rationals; None where it is none."""
        name = frozenset(poly.items())
        if name not in self._products_of:
            self._products_of[name] = fractions.factored(self.algebra, poly)
        return self._products_of[name]

    def _cancelled(self, poly: Poly) -> Poly | None:
        """With the sums above and below a term's line as products over the rationals, which cancel; None of others."""
        result: Poly = {}
        changed = False
        for key, value in poly.items():
            powers = [power for base, power in key if self.algebra.is_sum(base) and isinstance(power, int)]
            if not powers or not min(powers) < 0 < max(powers):
                accumulate(result, {key: value})
                continue
            apart = [self._apart(factor) for factor in key]
            changed = changed or any(len(found) > 1 for _, found in apart)
            for number, _ in apart:
                value = times(value, number)
            accumulate(result, self.algebra.product(value, [factor for _, found in apart for factor in found]))
        return result if changed else None

    def _apart(self, factor: Factor) -> tuple[Exact, list[Factor]]:
        """The number and the factors that a sum to a whole power is made of; of anything else, itself."""
        base, power = factor
        product = self._factored(self.algebra.canon[base]) if self.algebra.is_sum(base) else None
        if product is None or not isinstance(power, int):
            return 1, [factor]
        ((key, value),) = product.items()
        return raised(value, power), [(part, self.algebra.scale_exponent(own, power)) for part, own in key]

    def _over_common(self, poly: Poly) -> Iterator[tuple[Poly, int]]:
        """A sum over one denominator, as it comes and multiplied out above the line."""
        algebra = self.algebra
        below = fractions.denominators(poly)
        if below:
            above = fractions.numerator(algebra, poly, below)
            yield fractions.divided(algebra, above, below), 0
            longer = fractions.expanded(algebra, above)
            if longer is not None:
                yield fractions.divided(algebra, longer, below), 0

    def _as_quotients(self, poly: Poly) -> Poly | None:
        """A sum of both tangents and sines, or their kind, as quotients of sines and cosines; else None."""
        algebra, ops, args = self.algebra, self.algebra.graph.ops, self.algebra.graph.args
        words = words_of(algebra, poly)
        if not words & _QUOTIENTS.keys() or not words & _WHOLE:
            return None
        result: Poly = {}
        for key, value in poly.items():
            factors: list[Factor] = []
            for base, exponent in key:
                above, below = _QUOTIENTS.get(ops[base], ("", ""))
                if not below or not isinstance(exponent, int):
                    factors.append((base, exponent))
                    continue
                if above:
                    factors.append((algebra.graph.emit(above, args[base]), exponent))
                factors.append((algebra.graph.emit(below, args[base]), -exponent))
            accumulate(result, algebra.product(value, factors))
        return result

    def _factors(self, poly: Poly) -> Iterator[tuple[Poly, int]]:
        """A product: its sums over their own denominators, powers of sums below the line multiplied out."""
        algebra = self.algebra
        ((key, value),) = poly.items()
        parts: list[tuple[Poly, int]] = []
        changed = False
        for base, exponent in key:
            if algebra.is_sum(base) and exponent in (1, -1):
                below = fractions.denominators(algebra.canon[base])
                if below:
                    above = fractions.numerator(algebra, algebra.canon[base], below)
                    parts.append((fractions.divided(algebra, above, below), int(exponent == 1) * 2 - 1))
                    changed = True
                    continue
            parts.append(({((base, exponent),): 1}, 1))
        if changed:
            yield algebra.multiply(value, parts), 0
        for place, (base, exponent) in enumerate(key):
            if isinstance(exponent, int) and exponent in (-2, -3, 2, 3):
                inner = fractions.expanded(algebra, {((base, abs(exponent)),): 1})
                if inner is not None:
                    rest: list[Factor] = [*key[:place], *key[place + 1 :]]
                    opened = algebra.node(inner)
                    yield algebra.product(value, [*rest, (opened, 1 if exponent > 0 else -1)]), 0


def _in_place(poly: Poly, new: Poly, key: Key) -> Poly:
    """A sum that was made of another: what has come in stands where the term was that it came for."""
    result: Poly = {}
    for one in poly:
        if one == key:
            result.update({other: value for other, value in new.items() if other not in poly})
        if one in new:
            result[one] = new[one]
    return result


def _joined(one: Key, other: Key) -> Key:
    """The product of two products, as long as nothing in it is cancelled."""
    if not one or not other:
        return one or other
    powers = dict(one)
    for base, exponent in other:
        known = powers.get(base)
        if known is None:
            powers[base] = exponent
        elif isinstance(known, int) and isinstance(exponent, int):
            powers[base] = known + exponent
        else:
            return ()
    return tuple(sorted(powers.items(), key=lambda factor: factor[0]))
