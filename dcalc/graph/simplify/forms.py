"""Forms that are asked for, whether shorter or not: multiplied out, as a product, by powers of one input."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from ..exact import Exact, shrink
from ..graph import Graph
from .algebra import Algebra
from .factors import factored as factors_of
from .fractions import denominators, numerator
from .poly import Factor, Key, Poly, TooLarge, accumulate, quotient, remembered, times
from .reader import Reader

#: What is multiplied out has no more terms and no higher powers of sums than these.
MOST_TERMS, MOST_POWER = 5000, 5000
#: As many pairs of terms are multiplied: some seconds.
MOST_WORK = 1_000_000


class _Form:
    """One node, read without the table of rewrites."""

    def __init__(self, graph: Graph, node: int, decimals: bool) -> None:
        self.algebra = Algebra(graph, decimals, plain=True)
        self.poly = Reader(self.algebra, [node]).values[node]
        self._expanded: dict[int, Poly] = {}
        self._work = 0

    # -- multiplied out --------------------------------------------------------------------------------------

    def expanded(self, poly: Poly) -> Poly:
        """Every product of sums as a sum; sums below the line and inside of functions stay."""
        canon = self.algebra.canon

        def below(node: int) -> list[int]:
            return [base for key in canon[node] for base, power in key if self._opens((base, power))]

        for key in poly:
            for factor in key:
                if self._opens(factor):
                    remembered(factor[0], self._expanded, below, lambda node: self._terms(canon[node]))
        return self._terms(poly)

    def _opens(self, factor: Factor) -> bool:
        base, exponent = factor
        return isinstance(exponent, int) and exponent > 0 and self.algebra.is_sum(base)

    def _terms(self, poly: Poly) -> Poly:
        result: Poly = {}
        for key, value in poly.items():
            part: Poly = {tuple([factor for factor in key if not self._opens(factor)]): value}
            for base, exponent in key:
                if self._opens((base, exponent)):
                    assert isinstance(exponent, int)
                    part = self._product(part, self._power(self._expanded[base], exponent))
            accumulate(result, part)
            if len(result) > MOST_TERMS:
                raise TooLarge
        return result

    def _power(self, poly: Poly, exponent: int) -> Poly:
        if exponent > MOST_POWER:
            raise TooLarge
        result: Poly = {(): 1}
        while exponent:
            if exponent & 1:
                result = self._product(result, poly)
            exponent >>= 1
            if exponent:
                poly = self._product(poly, poly)
        return result

    def _product(self, one: Poly, other: Poly) -> Poly:
        self._work += len(one) * len(other)
        if self._work > MOST_WORK:
            raise TooLarge
        result: Poly = {}
        for a, x in one.items():
            for b, y in other.items():
                accumulate(result, {self._key(a, b): times(x, y)})
                if len(result) > MOST_TERMS:
                    raise TooLarge
        return result

    def _key(self, one: Key, other: Key) -> Key:
        if not one or not other:
            return one or other
        powers = dict(one)
        for base, exponent in other:
            if base in powers:
                exponent = self.algebra.add_exponents(powers.pop(base), exponent)
                if exponent == 0:
                    continue
            powers[base] = exponent
        return tuple(sorted(powers.items(), key=lambda factor: factor[0]))

    def written(self, poly: Poly) -> int:
        """The node of a poly, as it stands."""
        return self.algebra.node(poly)


def expand(graph: Graph, node: int, *, decimals: bool = False) -> int:
    """A number multiplied out. Raises TooLarge."""
    form = _Form(graph, node, decimals)
    return form.written(form.expanded(form.poly))


def factor(graph: Graph, node: int, *, decimals: bool = False) -> int:
    """A number as a product of powers of what cannot be factored over the rationals. Raises TooLarge.

    What is not a sum, product or whole power (a function, a root) counts as an unknown of its own.
    """
    form = _Form(graph, node, decimals)
    algebra, poly = form.algebra, form.poly
    below = denominators(poly) if len(poly) > 1 else {}
    if below:
        poly = numerator(algebra, poly, below)
    product: dict[tuple[object, ...], tuple[Poly, int]] = {}
    coefficient: Exact = 1
    kept: list[Factor] = list(below.items())
    todo: list[tuple[Poly, int]] = []
    if len(poly) == 1:
        ((key, coefficient),) = poly.items()
        kept += key
    elif poly:
        todo.append((poly, 1))
    others: list[Factor] = []
    for base, exponent in kept:
        if algebra.is_sum(base) and isinstance(exponent, int):
            todo.append((algebra.canon[base], exponent))
        else:
            others.append((base, exponent))
    for sum_, exponent in todo:
        number, parts = factors_of(form.expanded(sum_))
        coefficient = times(coefficient, _raised(number, exponent))
        for part, power in parts:
            if len(part) == 1:
                ((key, _),) = part.items()
                others += [(base, times(own, power * exponent)) for base, own in key]  # type: ignore[arg-type]
                continue
            identity = tuple(sorted(part.items(), key=repr))
            known = product.get(identity, (part, 0))[1]
            product[identity] = (part, known + power * exponent)
    if not poly:
        return graph.const(0)
    return _joined(form, coefficient, others, [item for item in product.values() if item[1]])


def _joined(form: _Form, coefficient: Exact, others: list[Factor], sums: list[tuple[Poly, int]]) -> int:
    """The product as it is written: a factor is never multiplied out again, nor a number put into it."""
    algebra = form.algebra
    factors = [*others, *[(algebra.sum_as_it_is(part), power) for part, power in sums]]
    powers: dict[int, object] = {}
    for base, exponent in factors:
        powers[base] = algebra.add_exponents(powers[base], exponent) if base in powers else exponent  # type: ignore[arg-type]
    key = tuple(sorted([(b, e) for b, e in powers.items() if e != 0], key=lambda factor: factor[0]))
    return algebra.layout.term(key, coefficient) if key else algebra.graph.const(coefficient)  # type: ignore[arg-type]


def _raised(number: Exact, exponent: int) -> Exact:
    return shrink(Fraction(number) ** exponent)


def collect(graph: Graph, node: int, variable: int, *, decimals: bool = False) -> int:
    """A number multiplied out and sorted by what its terms have of one input. Raises TooLarge."""
    form = _Form(graph, node, decimals)
    algebra = form.algebra
    depends = graph.depending(graph.reachable([*algebra.canon, node]), [variable])
    parts: dict[Key, Poly] = {}
    for key, value in form.expanded(form.poly).items():
        own: Key = tuple([one for one in key if _in(one, depends)])
        rest: Key = tuple([one for one in key if not _in(one, depends)])
        accumulate(parts.setdefault(own, {}), {rest: value})
    result: Poly = {}
    for own in sorted(parts, key=lambda key: _height(key, variable), reverse=True):
        inside = parts[own]
        if len(inside) == 1:
            ((rest, value),) = inside.items()
            result[form._key(own, rest)] = value
        elif not own:
            accumulate(result, inside)
        else:
            common = Fraction(
                gcd(*[v.numerator for v in inside.values()]), lcm(*[v.denominator for v in inside.values()])
            )
            if all(value < 0 for value in inside.values()):
                common = -common
            scaled = {rest: quotient(value, shrink(common)) for rest, value in sorted(inside.items(), key=_age)}
            base = algebra.sum_as_it_is(scaled)
            result[form._key(own, ((base, 1),))] = shrink(common)
    return form.written(result)


def _age(term: tuple[Key, Exact]) -> tuple[int, list[int]]:
    return len(term[0]), [base for base, _ in term[0]]


def _in(factor: Factor, depends: set[int]) -> bool:
    base, exponent = factor
    return base in depends or (not isinstance(exponent, (int, Fraction)) and exponent.node in depends)


def _height(key: Key, variable: int) -> tuple[bool, Exact]:
    """Highest powers first, then what is no power of the variable, then what has nothing of it."""
    powers = dict(key)
    exponent = powers.get(variable, 0)
    return bool(key), exponent if isinstance(exponent, (int, Fraction)) else 0
