"""The simplifier's normal form: a sum of rational coefficients times products of powers.

A `Poly` maps keys to coefficients that are not 0; a `Key` is a product, base node -> exponent, in ascending order
of the bases; the key () is the constant term. A base is a node that products and sums are not looked into: an input,
a function, a sum under a power. Insertion order is the order of the text and says how a sum is written, nothing
more: two polys are equal whatever their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar, Union

from ..exact import MAX_BITS, Exact, fold

if TYPE_CHECKING:
    from fractions import Fraction


T = TypeVar("T")


class Symbolic(NamedTuple):
    """An exponent that is no rational number: a node."""

    node: int


Exponent: TypeAlias = Union[int, "Fraction", Symbolic]
Factor: TypeAlias = tuple[int, Exponent]
Key: TypeAlias = tuple[Factor, ...]
Poly: TypeAlias = dict[Key, Exact]

#: Sums of more terms, products of more factors, are not copied into what uses them: each level of a deep program
#: would copy them again. (What is used once is never copied: a chain of + is read as one sum, however long.)
FEW = 12
FEW_FACTORS = 6
#: Exponents beyond this would not be exact as floats any more.
MAX_EXPONENT_BITS = 53

_SMALL = 1 << 64


class TooLarge(Exception):  # noqa: N818 - not an error: the node stays as it stands
    """An exact number would be larger than `exact` allows."""


def total(a: Exact, b: Exact) -> Exact:
    """a + b, within bounds."""
    return _bounded("+", a, b, a + b) if type(a) is int and type(b) is int else _folded("+", a, b)


def times(a: Exact, b: Exact) -> Exact:
    """a*b, within bounds."""
    return _bounded("*", a, b, a * b) if type(a) is int and type(b) is int else _folded("*", a, b)


def quotient(a: Exact, b: Exact) -> Exact:
    """a/b, within bounds; b is not 0."""
    return _folded("/", a, b)


def raised(a: Exact, b: int) -> Exact:
    """a^b, within bounds; not 0 to a negative power."""
    return a if b == 1 else _folded("^", a, b)


def _bounded(op: str, a: int, b: int, result: int) -> Exact:
    return result if -_SMALL < result < _SMALL or result.bit_length() <= MAX_BITS else _folded(op, a, b)


def _folded(op: str, a: Exact, b: Exact) -> Exact:
    result = fold(op, (a, b))
    if result is None:
        raise TooLarge
    return result


def small_exponent(value: Exact) -> Exact:
    """An exponent that floats hold exactly, or TooLarge."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_EXPONENT_BITS:
        raise TooLarge
    return value


def magnitude(value: Exact) -> Exact:
    """|value|."""
    return value if value >= 0 else -value


def prime_powers(number: int) -> dict[int, int]:
    """A positive number as a product of powers of primes below 1000 and of what remains."""
    result: dict[int, int] = {}
    prime = 2
    while prime * prime <= number and prime < 1000:
        while number % prime == 0:
            number //= prime
            result[prime] = result.get(prime, 0) + 1
        prime += 1
    if number > 1:
        result[number] = result.get(number, 0) + 1
    return result


def constant(value: Exact) -> Poly:
    """The poly of a rational number."""
    return {(): value} if value else {}


def constant_value(poly: Poly) -> Exact | None:
    """The rational number that a poly is, or None."""
    if not poly:
        return 0
    return poly.get(()) if len(poly) == 1 else None


def scaled(poly: Poly, factor: Exact) -> Poly:
    """A number times a poly."""
    if factor == 1:
        return poly
    return {key: times(value, factor) for key, value in poly.items()} if factor else {}


def accumulate(into: Poly, poly: Poly, factor: Exact = 1) -> None:
    """Add a number times a poly to another, in place."""
    for key, value in poly.items():
        known = into.get(key)
        value = value if factor == 1 else times(value, factor)
        if known is not None:
            value = total(known, value)
            if not value:
                del into[key]
                continue
        into[key] = value


def key_of(factors: Iterable[Factor]) -> Key:
    """The key of a product of powers of distinct bases."""
    return tuple(sorted(factors, key=lambda factor: factor[0]))


def common_factors(poly: Poly) -> dict[int, Exponent]:
    """What every term has: base -> the power of it that can be taken out of all of them.

    Exponents of both signs have nothing in common; symbolic ones only where they are the same.
    """
    keys = iter(poly)
    shared: dict[int, Exponent] = dict(next(keys))
    for key in keys:
        if not shared:
            break
        factors = dict(key)
        for base, one in list(shared.items()):
            other = factors.get(base)
            if other is None:
                del shared[base]
            elif isinstance(one, Symbolic) or isinstance(other, Symbolic):
                if one != other:
                    del shared[base]
            elif (one > 0) != (other > 0):
                del shared[base]
            elif magnitude(other) < magnitude(one):
                shared[base] = other
    return shared


def remembered(root: int, known: dict[int, T], below: Callable[[int], Iterable[int]], make: Callable[[int], T]) -> T:
    """known[root], where `make` finds a node's value once those of the nodes below it are known. A loop."""
    stack = [root]
    while stack:
        node = stack[-1]
        missing = [other for other in below(node) if other not in known] if node not in known else []
        if missing:
            stack += missing
            continue
        stack.pop()
        if node not in known:
            known[node] = make(node)
    return known[root]
