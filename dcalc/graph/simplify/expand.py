"""Multiplied out: whether an expression is 0 as a rational function of independent parts.

The simplifier never multiplies sums out, so it does not see that (x + 1)^2 - x^2 - 2*x - 1 is 0. Here everything is:
a node is a fraction of two polynomials in *atoms* with rational exponents. Powers of e and trigonometric functions of
sums fall apart into atoms e^term and e^(i*term), so that the addition theorems, sin^2 + cos^2 = 1, e^(2*x) = (e^x)^2
and their kind need no rules of their own; roots and logarithms of numbers likewise. Only used to prove, never to print.
What it finds equal is so wherever both sides are defined.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any, TypeAlias

from ..exact import is_exact
from ..graph import Graph
from .expand_terms import (
    HALF,
    MOST_BITS,
    MOST_NODES,
    MOST_POWER,
    ONE,
    PI,
    TURN,
    Atom,
    Monomial,
    Ratio,
    Terms,
    atom_of,
    number_of,
    prime_of,
    product_of,
    rational_of,
    sum_of,
)
from .poly import TooLarge, prime_powers


def is_zero(graph: Graph, node: int) -> bool:
    """Whether a number is 0 once everything is multiplied out. False also where that is too much work."""
    order = graph.reachable([node])
    if len(order) > MOST_NODES:
        return False
    expander = _Expander(graph)
    try:
        for one in order:
            if graph.shapes[one]:
                return False
            expander.read(one)
    except (TooLarge, ZeroDivisionError):
        return False
    return not expander.values[node].top


class _Expander:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.values: dict[int, Ratio] = {}
        #: what is under a root
        self.bases: dict[Atom, Terms] = {}

    def read(self, node: int) -> None:
        """Find the value of a node whose arguments are known."""
        graph = self.graph
        op, attr = graph.ops[node], graph.attrs[node]
        args = [self.values[arg] for arg in graph.args[node]]
        if op == "const":
            value = self._constant(attr)
        elif op in _ARITHMETIC:
            value = _ARITHMETIC[op](self, *args)
        elif op in _FUNCTIONS and attr is None:
            value = _FUNCTIONS[op](self, *args)
        else:
            value = self.opaque(op, args, attr) if args else atom_of(("n", node))
        self.values[node] = value

    def _constant(self, value: Any) -> Ratio:
        if value == "e":
            return self.exp(number_of(1))
        return number_of(Fraction(value)) if is_exact(value) else atom_of(("c", value))

    def opaque(self, op: str, args: list[Ratio], attr: object = None) -> Ratio:
        """A function that is not looked into, of arguments that are."""
        return atom_of((op, attr, *(arg.key() for arg in args)))

    # -- arithmetic ------------------------------------------------------------------------------------------

    def add(self, a: Ratio, b: Ratio, sign: int = 1) -> Ratio:
        """a + b, or a - b."""
        if a.below == b.below:
            return self._settled(sum_of(a.top, b.top, sign), a.below)
        top = sum_of(product_of(a.top, b.below), product_of(b.top, a.below), sign)
        return self._settled(top, product_of(a.below, b.below))

    def mul(self, a: Ratio, b: Ratio) -> Ratio:
        """a*b."""
        return self._settled(product_of(a.top, b.top), product_of(a.below, b.below))

    def div(self, a: Ratio, b: Ratio) -> Ratio:
        """a/b."""
        if not b.top:
            raise TooLarge
        return self._settled(product_of(a.top, b.below), product_of(a.below, b.top))

    def power(self, base: Ratio, exponent: Ratio) -> Ratio:
        """base^exponent."""
        number = rational_of(exponent)
        if number is None:
            return self.exp(self.mul(exponent, self.log(base)))
        if number.denominator == 1:
            if abs(number) > MOST_POWER:
                raise TooLarge
            result = number_of(1)
            for _ in range(abs(int(number))):
                result = self.mul(result, base)
            return result if number >= 0 else self.div(number_of(1), result)
        return self.root(base, number)

    def root(self, base: Ratio, exponent: Fraction, tag: str = "root") -> Ratio:
        """base^exponent with a broken exponent. |x| is the root of x^2: powers of powers are not taken together."""
        number = rational_of(base)
        if number is not None:
            if number <= 0:
                raise TooLarge
            return self.exp(self.mul(number_of(exponent), self.log(base)))
        if len(base.top) == 1 and base.below == ONE and tag == "root":
            ((monomial, coefficient),) = base.top.items()
            single = (
                len(monomial) == 1 and next(iter(monomial))[1] == 1 and next(iter(monomial))[0][0] not in ("E", "i")
            )
            if coefficient > 0 and (single or all(atom[0] == "F" for atom, _ in monomial)):
                powers = frozenset((atom, power * exponent) for atom, power in monomial)
                return self.mul(
                    self._settled({powers: Fraction(1)}, ONE), self.power(number_of(coefficient), number_of(exponent))
                )
        atom = (tag, base.key())
        if base.below == ONE:
            self.bases[atom] = base.top
        return self._settled({frozenset(((atom, exponent),)): Fraction(1)}, ONE)

    # -- functions -------------------------------------------------------------------------------------------

    def exp(self, u: Ratio, tag: str = "F") -> Ratio:
        """e^u; with the tag E e^(i*u)."""
        if u.below != ONE:
            return atom_of((tag, u.key()))
        powers: dict[Atom, Fraction] = {}
        coefficient = Fraction(1)
        for monomial, value in u.top.items():
            inner = self._log_of(monomial) if tag == "F" else None
            atom = inner or (tag, monomial)
            powers[atom] = powers.get(atom, Fraction(0)) + value
        return self._settled({frozenset(powers.items()): coefficient}, ONE)

    def _log_of(self, monomial: Monomial) -> Atom | None:
        """x, where a monomial is log(x)."""
        if len(monomial) == 1:
            ((atom, power),) = monomial
            if power == 1 and atom[0] == "log" and isinstance(atom[1], tuple):
                return atom[1]
        return None

    def log(self, u: Ratio) -> Ratio:
        """The natural logarithm. Of products only where no sign is in question."""
        if len(u.top) == 1 and u.below == ONE:
            ((monomial, coefficient),) = u.top.items()
            if coefficient > 0 and all(atom[0] == "F" or power.denominator % 2 == 0 for atom, power in monomial):
                return self._sum_of_logs(monomial, coefficient)
            if coefficient == 1 and len(monomial) == 1 and next(iter(monomial))[1] == 1:
                ((atom, _),) = monomial
                return atom_of(("log", atom))
        return self.opaque("log", [u])

    def _sum_of_logs(self, monomial: Monomial, coefficient: Fraction) -> Ratio:
        result: Terms = {}
        for number, sign in ((coefficient.numerator, 1), (coefficient.denominator, -1)):
            if number.bit_length() > 64:
                raise TooLarge
            for prime, count in prime_powers(number).items():
                result = sum_of(result, {frozenset(((("log", prime), Fraction(1)),)): Fraction(sign * count)}, 1)
        for atom, power in monomial:
            if atom[0] != "F":
                result = sum_of(result, {frozenset(((("log", atom), Fraction(1)),)): power}, 1)
            elif isinstance(atom[1], frozenset):
                result = sum_of(result, {atom[1]: power}, 1)
            else:
                raise TooLarge
        return Ratio(result, ONE)

    def wave(self, u: Ratio, sign: int, tag: str) -> Ratio:
        """Half of e^u + sign*e^-u, or the same with i*u."""
        ahead = self.exp(u, tag)
        return self.mul(number_of(HALF), self.add(ahead, self.div(number_of(1), ahead), sign))

    def sin(self, u: Ratio) -> Ratio:
        """The sine: (e^(iu) - e^(-iu))/(2i)."""
        return self.div(self.wave(u, -1, "E"), atom_of(TURN))

    def cos(self, u: Ratio) -> Ratio:
        """The cosine."""
        return self.wave(u, 1, "E")

    # -- normal form -----------------------------------------------------------------------------------------

    def _settled(self, top: Terms, below: Terms) -> Ratio:
        """Whole powers of roots are multiplied out, i^2 is -1; one term below goes to the top."""
        top, more = self._rooted(top)
        below, less = self._rooted(below)
        if more != ONE or less != ONE:
            top, below = self._plain(product_of(top, less)), self._plain(product_of(below, more))
        if not below:
            raise ZeroDivisionError
        if len(below) == 1 and below != ONE:
            ((monomial, value),) = below.items()
            inverse = {frozenset((atom, -power) for atom, power in monomial): 1 / value}
            return self._settled(product_of(top, inverse), ONE)
        if any(value.numerator.bit_length() > MOST_BITS for value in top.values()):
            raise TooLarge
        return Ratio(top, below)

    def _rooted(self, terms: Terms) -> tuple[Terms, Terms]:
        """Terms whose roots have exponents between 0 and 1, and what they are divided by."""
        divisor = ONE
        for _ in range(MOST_NODES):
            terms = self._plain(terms)
            atoms = {a for m in terms for a, power in m if a in self.bases and not 0 <= power < 1}
            if not atoms:
                return terms, divisor
            atom = min(atoms, key=repr)
            lowest = min(0, *(floor(dict(m).get(atom, Fraction(0))) for m in terms), 0)
            result: Terms = {}
            for monomial, value in terms.items():
                powers = dict(monomial)
                power = powers.pop(atom, Fraction(0))
                whole = floor(power)
                if power != whole:
                    powers[atom] = power - whole
                if whole - lowest > MOST_POWER:
                    raise TooLarge
                term: Terms = {frozenset(powers.items()): value}
                for _ in range(whole - lowest):
                    term = product_of(term, self.bases[atom])
                result = sum_of(result, term, 1)
            for _ in range(-lowest):
                divisor = product_of(divisor, self.bases[atom])
            terms = result
        raise TooLarge

    def _plain(self, terms: Terms) -> Terms:
        """i^2 is -1, e^(i*pi/2) is i, e^log(2) is 2."""
        if not any(
            atom == TURN or atom[0] in ("E", "log", "F") or isinstance(atom[0], int) for m in terms for atom, _ in m
        ):
            return terms
        result: Terms = {}
        for monomial, value in terms.items():
            powers = dict(monomial)
            turns = powers.pop(TURN, Fraction(0))
            half_turn: Atom = ("E", frozenset(((PI, Fraction(1)),)))
            if half_turn in powers:
                quarter, rest = divmod(powers.pop(half_turn) * 2, 1)
                turns += quarter
                if rest:
                    powers[half_turn] = rest / 2
            for atom, power in list(powers.items()):
                prime = prime_of(atom)
                if prime and not 0 <= power < 1:
                    whole = floor(power)
                    if abs(whole) > MOST_BITS:
                        raise TooLarge
                    value *= Fraction(prime) ** whole
                    powers.pop(atom)
                    if power != whole:
                        powers[atom] = power - whole
            if turns.denominator != 1:
                raise TooLarge
            if int(turns) % 4 in (2, 3):
                value = -value
            if int(turns) % 2:
                powers[TURN] = Fraction(1)
            result = sum_of(result, {frozenset(powers.items()): value}, 1)
        return result


_Method: TypeAlias = Callable[..., Ratio]
_ARITHMETIC: dict[str, _Method] = {
    "+": lambda s, a, b: s.add(a, b),
    "-": lambda s, a, b: s.add(a, b, -1),
    "neg": lambda s, a: s.mul(number_of(-1), a),
    "*": lambda s, a, b: s.mul(a, b),
    "/": lambda s, a, b: s.div(a, b),
    "^": lambda s, a, b: s.power(a, b),
}


def _inverse(f: _Method) -> _Method:
    return lambda s, u: s.div(number_of(1), f(s, u))


def _quotient(f: _Method, g: _Method) -> _Method:
    return lambda s, u: s.div(f(s, u), g(s, u))


_SINH: _Method = lambda s, u: s.wave(u, -1, "F")  # noqa: E731
_COSH: _Method = lambda s, u: s.wave(u, 1, "F")  # noqa: E731
_ABS: _Method = lambda s, u: s.root(s.mul(u, u), HALF)  # noqa: E731
#: Functions in terms of others.
_FUNCTIONS: dict[str, _Method] = {
    "exp": lambda s, u: s.exp(u),
    "exp2": lambda s, u: s.power(number_of(2), u),
    "expm1": lambda s, u: s.add(s.exp(u), number_of(-1)),
    "log": lambda s, u: s.log(u),
    "log2": lambda s, u: s.div(s.log(u), s.log(number_of(2))),
    "log10": lambda s, u: s.div(s.log(u), s.log(number_of(10))),
    "log1p": lambda s, u: s.log(s.add(u, number_of(1))),
    "sqrt": lambda s, u: s.power(u, number_of(HALF)),
    "cbrt": lambda s, u: s.root(u, Fraction(1, 3), "cbrt"),
    "hypot": lambda s, u, v: s.power(s.add(s.mul(u, u), s.mul(v, v)), number_of(HALF)),
    "abs": _ABS,
    "sign": lambda s, u: s.div(u, _ABS(s, u)),
    "sin": _Expander.sin,
    "cos": _Expander.cos,
    "tan": _quotient(_Expander.sin, _Expander.cos),
    "cot": _quotient(_Expander.cos, _Expander.sin),
    "sec": _inverse(_Expander.cos),
    "csc": _inverse(_Expander.sin),
    "sinh": _SINH,
    "cosh": _COSH,
    "tanh": _quotient(_SINH, _COSH),
    "coth": _quotient(_COSH, _SINH),
    "sech": _inverse(_COSH),
    "csch": _inverse(_SINH),
    "sigmoid": lambda s, u: s.div(number_of(1), s.add(number_of(1), s.exp(s.mul(number_of(-1), u)))),
    "softplus": lambda s, u: s.log(s.add(number_of(1), s.exp(u))),
}
