"""Polynomials in atoms with rational exponents, and fractions of two: what `expand` multiplies out."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from .poly import TooLarge

#: Terms of a polynomial, bits of a number, whole exponents, nodes: beyond these there is no proof.
MOST_TERMS, MOST_BITS, MOST_POWER, MOST_NODES = 400, 2000, 24, 2000

#: (tag, …): "n" a node that is not looked into, "F" e^term, "E" e^(i*term), "i", "log" of a prime, "root" of a sum
Atom: TypeAlias = tuple[Hashable, ...]
Monomial: TypeAlias = frozenset[tuple[Atom, Fraction]]
Terms: TypeAlias = dict[Monomial, Fraction]

UNIT: Monomial = frozenset()
TURN: Atom = ("i",)
PI: Atom = ("c", "pi")
HALF = Fraction(1, 2)


class Ratio(NamedTuple):
    """Numerator and denominator; a denominator of one term is written into the numerator."""

    top: Terms
    below: Terms

    def key(self) -> Hashable:
        """What makes the same out of two equal ones, as far as they are written alike."""
        return frozenset(self.top.items()), frozenset(self.below.items())


ONE: Terms = {UNIT: Fraction(1)}


def prime_of(atom: Atom) -> int | None:
    """2 of the atom e^log(2)."""
    if atom[0] == "F" and isinstance(atom[1], frozenset) and len(atom[1]) == 1:
        ((inner, power),) = atom[1]
        if power == 1 and inner[0] == "log" and isinstance(inner[1], int):
            return inner[1]
    return None


def number_of(value: int | Fraction) -> Ratio:
    """A rational number."""
    return Ratio({UNIT: Fraction(value)} if value else {}, ONE)


def atom_of(atom: Atom) -> Ratio:
    """An atom for itself."""
    return Ratio({frozenset(((atom, Fraction(1)),)): Fraction(1)}, ONE)


def rational_of(ratio: Ratio) -> Fraction | None:
    """The rational number that a fraction is, or None."""
    if ratio.below != ONE or not set(ratio.top) <= {UNIT}:
        return None
    return ratio.top.get(UNIT, Fraction(0))


def _add(amounts: dict[Any, Fraction], key: Any, amount: Fraction) -> None:
    """Add to what a key has; what has come to 0 is left out."""
    total = amounts.get(key, Fraction(0)) + amount
    if total:
        amounts[key] = total
    else:
        amounts.pop(key, None)


def sum_of(a: Terms, b: Terms, sign: int) -> Terms:
    """a + b, or a - b. Raises TooLarge."""
    result = dict(a)
    for monomial, value in b.items():
        _add(result, monomial, sign * value)
    if len(result) > MOST_TERMS:
        raise TooLarge
    return result


def product_of(a: Terms, b: Terms) -> Terms:
    """a*b. Raises TooLarge."""
    if a == ONE or b == ONE:
        return b if a == ONE else a
    if len(a) * len(b) > MOST_TERMS * 10:
        raise TooLarge
    result: Terms = {}
    for one, value in a.items():
        for other, factor in b.items():
            powers = dict(one)
            for atom, power in other:
                _add(powers, atom, power)
            _add(result, frozenset(powers.items()), value * factor)
    if len(result) > MOST_TERMS:
        raise TooLarge
    return result
