"""Arithmetic on polys: products, powers, and the node that a poly is written as.

What holds for real numbers wherever the original is defined, and nothing else: x^2/x is x (its domain grows by a
point), sqrt(x)*sqrt(x) is x (defined where x >= 0), but sqrt(x^2) is abs(x), and sqrt(x*y) stays together.
"""

from __future__ import annotations

from math import gcd, lcm

from ..exact import Exact, fold, is_exact, shrink
from ..graph import Graph
from ..to_ast import is_truth
from .cancel import Cancel
from .functions import apply
from .layout import Layout
from .order import TextOrder
from .poly import (
    FEW,
    FEW_FACTORS,
    Exponent,
    Factor,
    Poly,
    Symbolic,
    TooLarge,
    accumulate,
    constant,
    key_of,
    magnitude,
    prime_powers,
    quotient,
    raised,
    scaled,
    small_exponent,
    times,
)
from .shorten import Shorten


class Algebra:
    """Polys over one graph, and what is known about the nodes that were written for them."""

    def __init__(
        self, graph: Graph, decimals: bool = False, order: TextOrder | None = None, *, plain: bool = False
    ) -> None:
        self.graph = graph
        #: arithmetic only: patterns of the table of rewrites are read so
        self.decimals = decimals
        self.order = order or TextOrder(graph)
        #: node -> what it was written for. Nodes that are not here are bases.
        self.canon: dict[int, Poly] = {}
        #: the sums that stand in what is read
        self.text_sums: set[frozenset[tuple[object, Exact]]] = set()
        #: primitive sum -> its multiple that the text has first: 1 - x is (-1)*(x - 1), 2*x + 4 is 2*(x + 2)
        self.text_multiple: dict[int, Exact] = {}
        #: node -> the operations in its tree (see `shape.size`)
        self.sizes: dict[int, int] = {}
        #: node -> whether it has a value everywhere (see `functions`)
        self.total: dict[int, bool] = {}
        self._written: dict[frozenset[tuple[object, Exact]], int] = {}
        self._primitives: dict[int, tuple[Exact, int]] = {}
        self.layout = Layout(self)
        self._cancel = Cancel(self)
        self.shorten = None if plain else Shorten(self)
        #: node -> what is known about its sign (see `signs`)
        self.signs: dict[int, int] = {}

    # -- nodes and polys -------------------------------------------------------------------------------------

    def poly(self, node: int) -> Poly:
        """What a node is, as far as it can be looked into."""
        known = self.canon.get(node)
        if known is not None:
            return known
        if self.graph.ops[node] == "const" and is_exact(self.graph.attrs[node]):
            return constant(self.graph.attrs[node])
        return {((node, 1),): 1}

    def is_sum(self, node: int) -> bool:
        """Whether a node is a sum of several terms."""
        known = self.canon.get(node)
        return known is not None and len(known) > 1

    def node(self, poly: Poly) -> int:
        """The node that a poly is written as."""
        if not poly:
            return self.graph.const(0)
        if len(poly) == 1:
            ((key, coefficient),) = poly.items()
            if coefficient == 1 and len(key) == 1 and key[0][1] == 1:
                return key[0][0]
        identity = frozenset(poly.items())
        known = self._written.get(identity)
        if known is None:
            better = poly if self.shorten is None else self.shorten.best(poly)
            if better is not poly:
                known = self.node(better)
            else:
                known = self.layout.term(key, coefficient) if len(poly) == 1 else self.layout.sum(poly)
                if len(poly) > 1 or key:
                    self.canon[known] = poly
                if self.shorten is not None and self.shorten.waits:
                    return known
            self._written[identity] = known
        return known

    def primitive(self, node: int) -> tuple[Exact, int]:
        """A sum as a number times the sum with coprime whole coefficients and a positive leading one."""
        known = self._primitives.get(node)
        if known is None:
            poly = self.canon[node]
            content: Exact = 1
            if not self.decimals:
                below = lcm(*[value.denominator for value in poly.values()])
                if below.bit_length() < 64:
                    content = quotient(gcd(*[(value * below).numerator for value in poly.values()]), below)
            sign = -1 if poly[self.layout.leading(poly)] < 0 else 1
            content *= sign
            other = node
            if content != 1:
                # The same sum in another size: written as a sum again, so that it is never taken apart.
                other = self._bare({key: quotient(value, content) for key, value in poly.items()})
            known = self._primitives[node] = (content, other)
            if frozenset(poly.items()) in self.text_sums:
                # A sum without a minus sign is no nicer turned around.
                turns = any(value < 0 for value in self.canon[other].values())
                self.text_multiple.setdefault(other, content if turns else magnitude(content))
        return known

    def _bare(self, poly: Poly) -> int:
        identity = frozenset(poly.items())
        known = self._written.get(identity)
        if known is None or not self.is_sum(known):
            known = self.layout.sum(poly)
            self.canon[known] = poly
            self._written.setdefault(identity, known)
        return known

    def sum_as_it_is(self, poly: Poly) -> int:
        """The node of a sum of several terms, in which nothing is looked for."""
        return self._bare(poly)

    def multiple(self, node: int, factor: Exact) -> int:
        """The sum factor*s for a sum s, not as a product."""
        return node if factor == 1 else self._bare(scaled(self.canon[node], factor))

    # -- products --------------------------------------------------------------------------------------------

    def product(self, coefficient: Exact, factors: list[Factor]) -> Poly:
        """A number times a product of powers of nodes."""
        if len(factors) == 1 and factors[0][1] == 1 and coefficient in (1, -1):
            return scaled(self.poly(factors[0][0]), coefficient)
        powers: dict[int, Exponent] = {}
        todo = factors[::-1]
        while todo:
            while todo:
                base, exponent = todo.pop()
                if base in powers:
                    exponent = self.add_exponents(powers.pop(base), exponent)
                if exponent == 0:
                    continue
                expansion = self._expansion(base, exponent)
                if expansion is None:
                    powers[base] = exponent
                else:
                    coefficient = times(coefficient, expansion[0])
                    if not coefficient:
                        return {}
                    todo.extend(reversed(expansion[1]))
            coefficient = times(coefficient, self._cancel.step(powers, todo))
            if not todo:
                self._join_exponentials(powers, todo)
        if not coefficient:
            return {}
        key = key_of(powers.items())
        if len(key) == 1 and key[0][1] == 1 and coefficient in (1, -1) and self.is_sum(key[0][0]):
            return scaled(self.canon[key[0][0]], coefficient)
        return {key: coefficient}

    def _join_exponentials(self, powers: dict[int, Exponent], todo: list[Factor]) -> None:
        """exp(u)^2*exp(v) is exp(2*u + v); what becomes of several goes into todo. One below the line stays there."""
        found: list[tuple[int, int]] = []
        for base, exponent in powers.items():
            if self.graph.ops[base] == "exp" and isinstance(exponent, int) and not self.graph.shapes[base]:
                found.append((base, exponent))
        if not found or (len(found) == 1 and found[0][1] in (1, -1)):
            return
        turn = -1 if all(exponent < 0 for _, exponent in found) else 1
        total: Poly = {}
        for base, exponent in found:
            accumulate(total, self.poly(self.graph.args[base][0]), exponent * turn)
        if len(total) <= FEW:
            for base, _ in found:
                del powers[base]
            todo.append((self.node(apply(self, "exp", [total])), turn))

    def _expansion(self, base: int, exponent: Exponent) -> tuple[Exact, list[Factor]] | None:
        """A power as a number times other powers, or None where it stays as it is."""
        graph = self.graph
        if isinstance(exponent, Symbolic):
            return (1, []) if graph.ops[base] == "const" and graph.attrs[base] == 1 else None
        if graph.ops[base] == "const" and is_exact(graph.attrs[base]):
            return self._number(graph.attrs[base], exponent)
        if not isinstance(exponent, int):
            return None
        if graph.ops[base] == "abs" and exponent % 2 == 0:
            return 1, [(graph.args[base][0], exponent)]
        if exponent > 1 and is_truth(graph, base):
            return 1, [(base, 1)]
        known = self.canon.get(base)
        if known is None:
            return None
        if len(known) == 1:
            ((key, value),) = known.items()
            if len(key) > FEW_FACTORS:
                return None
            return raised(value, exponent), [(b, self.scale_exponent(e, exponent)) for b, e in key]
        content, other = self.primitive(base)
        return None if other == base else (raised(content, exponent), [(other, exponent)])

    def _number(self, base: Exact, exponent: Exact) -> tuple[Exact, list[Factor]] | None:
        """A power of a number: of a root there remain primes to powers between 0 and 1."""
        if base == 0:
            return (0, []) if exponent > 0 else None
        if base == 1:
            return 1, []
        if isinstance(exponent, int):
            return raised(base, exponent), []
        if base < 0:
            return None
        const = self.graph.const
        if not isinstance(base, int):
            return 1, [(const(base.numerator), exponent), (const(base.denominator), -exponent)]
        primes = prime_powers(base)
        if primes != {base: 1}:
            return 1, [(const(prime), small_exponent(shrink(exponent * power))) for prime, power in primes.items()]
        whole = exponent.numerator // exponent.denominator
        return None if not whole else (raised(base, whole), [(const(base), exponent - whole)])

    def multiply(self, coefficient: Exact, factors: list[tuple[Poly, int]]) -> Poly:
        """A number times a product of polys to whole powers (1 or -1)."""
        found: list[Factor] = []
        for poly, exponent in factors:
            if not poly:
                if exponent < 0:
                    raise TooLarge  # a division by 0 stays as it stands
                coefficient = 0
            elif len(poly) == 1:
                ((key, value),) = poly.items()
                coefficient = times(coefficient, raised(value, exponent))
                if len(key) > FEW_FACTORS:
                    found.append((self.node({key: 1}), exponent))
                else:
                    found += [(base, self.scale_exponent(e, exponent)) for base, e in key]
            else:
                found.append((self.node(poly), exponent))
        return self.product(coefficient, found) if coefficient else {}

    # -- powers ----------------------------------------------------------------------------------------------

    def power(self, poly: Poly, exponent: Exact) -> Poly:
        """A poly to a rational power."""
        small_exponent(exponent)
        if exponent == 0:
            return {(): 1}
        if exponent == 1:
            return poly
        if not poly:
            if exponent < 0:
                raise TooLarge
            return {}
        if isinstance(exponent, int):
            return self.multiply_power(poly, exponent)
        outside: Exact = 1
        if not self.decimals or len(poly) == 1:
            below = lcm(*[value.denominator for value in poly.values()])
            content = quotient(gcd(*[(value * below).numerator for value in poly.values()]), below)
            root = fold("^", (content, exponent))
            if root is not None:
                outside, poly = root, scaled(poly, quotient(1, content))
        if len(poly) > 1:
            return self.product(outside, [(self.node(poly), exponent)])
        ((key, value),) = poly.items()
        if not key:
            return self.product(outside, [(self.graph.const(value), exponent)])
        base, inner = key[0]
        if value == 1 and len(key) == 1 and not isinstance(inner, Symbolic):
            result = small_exponent(shrink(inner * exponent))
            if isinstance(inner, int) and inner % 2 == 0 and not (isinstance(result, int) and result % 2 == 0):
                # (x^2)^(1/2) is |x|; an odd or broken power of x^2's root knows no sign.
                base = self.node(self.absolute({((base, 1),): 1}))
            return self.product(outside, [(base, result)])
        return self.product(outside, [(self.node({key: value}), exponent)])

    def multiply_power(self, poly: Poly, exponent: int) -> Poly:
        """A poly that is not 0 to a whole power."""
        if len(poly) == 1 and len(next(iter(poly))) <= FEW_FACTORS:
            ((key, value),) = poly.items()
            return self.product(raised(value, exponent), [(b, self.scale_exponent(e, exponent)) for b, e in key])
        return self.product(1, [(self.node(poly), exponent)])

    def symbolic_power(self, poly: Poly, exponent: Poly) -> Poly:
        """A poly to a power that is no rational number."""
        power = Symbolic(self.node(exponent))
        if len(poly) == 1:
            ((key, value),) = poly.items()
            if value == 1 and len(key) == 1 and key[0][1] == 1:
                return self.product(1, [(key[0][0], power)])
        return self.product(1, [(self.node(poly), power)])

    def absolute(self, poly: Poly) -> Poly:
        """|poly|: numbers come out, whole even powers need no bars."""
        size: Exact = 1
        if len(poly) == 1:
            ((key, value),) = poly.items()
            size = magnitude(value)
            poly = {key: 1}
            if all(isinstance(e, int) and e % 2 == 0 for _, e in key):
                return {key: size}
        elif all(value < 0 for value in poly.values()):
            poly = scaled(poly, -1)
        known = self.shorten.function("abs", [poly]) if self.shorten is not None else None
        if known is not None:
            return scaled(known, size)
        inner = self.node(poly)
        return {((self.graph.emit("abs", (inner,)), 1),): size}

    # -- exponents -------------------------------------------------------------------------------------------

    def add_exponents(self, a: Exponent, b: Exponent) -> Exponent:
        """a + b."""
        if not isinstance(a, Symbolic) and not isinstance(b, Symbolic):
            return small_exponent(shrink(a + b))
        result: Poly = {}
        for exponent in (a, b):
            accumulate(result, self.poly(exponent.node) if isinstance(exponent, Symbolic) else constant(exponent))
        return self._exponent(result)

    def scale_exponent(self, exponent: Exponent, factor: int) -> Exponent:
        """An exponent times a number."""
        if factor == 1:
            return exponent
        if not isinstance(exponent, Symbolic):
            return small_exponent(shrink(exponent * factor))
        return self._exponent(self.product(factor, [(exponent.node, 1)]))

    def _exponent(self, poly: Poly) -> Exponent:
        if not poly:
            return 0
        value = poly.get(()) if len(poly) == 1 else None
        return Symbolic(self.node(poly)) if value is None else small_exponent(value)
