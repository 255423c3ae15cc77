"""Polynomials in one variable with whole coefficients, by ascending powers: their factors over the rationals.

Zassenhaus: square-free parts, factors modulo a prime (Cantor and Zassenhaus), lifted to a power of it (Hensel), and
put together again where their product divides. See von zur Gathen and Gerhard, Modern Computer Algebra, 14 and 15.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations
from math import comb, gcd, isqrt

from .poly import TooLarge

Poly = list[int]

#: A degree beyond which we give up, and how many products of factors modulo a prime are tried one after the other.
MOST_DEGREE, MOST_TRIALS = 120, 20_000
_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107)


def trimmed(a: Poly) -> Poly:
    """Without leading zeros."""
    while a and not a[-1]:
        a.pop()
    return a


def content(a: Poly) -> int:
    """The greatest common divisor of the coefficients, with the sign of the leading one."""
    return gcd(*a) * (-1 if a[-1] < 0 else 1)


def primitive(a: Poly) -> Poly:
    """Divided by its content."""
    unit = content(a)
    return [value // unit for value in a]


def times(a: Poly, b: Poly) -> Poly:
    """a*b."""
    result = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                result[i + j] += x * y
    return result


def divided(a: Poly, b: Poly) -> Poly | None:
    """a/b where that is a polynomial with whole coefficients."""
    rest = a.copy()
    result = [0] * max(1, len(a) - len(b) + 1)
    for shift in range(len(a) - len(b), -1, -1):
        value, remainder = divmod(rest[shift + len(b) - 1], b[-1])
        if remainder:
            return None
        result[shift] = value
        for place, factor in enumerate(b):
            rest[shift + place] -= value * factor
    return None if any(rest) else result


def greatest(a: Poly, b: Poly) -> Poly:
    """The primitive greatest common divisor, by Euclid's primitive remainders."""
    a, b = primitive(a), primitive(b) if b else b
    while b:
        rest = a.copy()
        while len(rest) >= len(b):
            unit = gcd(rest[-1], b[-1])
            up, down = b[-1] // unit, rest[-1] // unit
            shift = len(rest) - len(b)
            rest = [value * up for value in rest]
            for place, factor in enumerate(b):
                rest[shift + place] -= down * factor
            trimmed(rest)
        a, b = b, primitive(rest) if rest else []
    return a


def slope(a: Poly) -> Poly:
    """The derivative."""
    return [k * value for k, value in enumerate(a)][1:]


def square_free(a: Poly) -> Iterator[tuple[Poly, int]]:
    """The square-free factors of a primitive polynomial and their powers (Yun)."""
    shared = greatest(a, slope(a))
    b, c = divided(a, shared), divided(slope(a), shared)
    assert b is not None and c is not None
    power = 1
    while len(b) > 1:
        d = _minus(c, slope(b))
        part = greatest(b, d) if d else primitive(b)
        if len(part) > 1:
            yield part, power
        following = divided(b, part)
        assert following is not None
        c = (divided(d, part) or []) if d else []
        b = following
        power += 1


def _minus(a: Poly, b: Poly) -> Poly:
    width = max(len(a), len(b))
    a, b = a + [0] * (width - len(a)), b + [0] * (width - len(b))
    return trimmed([x - y for x, y in zip(a, b, strict=True)])


def factors(a: Poly) -> list[tuple[Poly, int]]:
    """The irreducible factors, primitive, of a polynomial that is no number, and their powers. Raises TooLarge."""
    a = primitive(a)
    found: list[tuple[Poly, int]] = []
    zeros = next(k for k, value in enumerate(a) if value)
    if zeros:
        found.append(([0, 1], zeros))
        a = a[zeros:]
    if len(a) > 1:
        for part, power in square_free(a):
            found += [(factor, power) for factor in _irreducible(part)]
    return found


def _irreducible(a: Poly) -> list[Poly]:
    if len(a) == 2:
        return [a]
    if len(a) > MOST_DEGREE + 1:
        raise TooLarge
    best: tuple[int, list[Poly]] | None = None
    tried = 0
    for prime in _PRIMES:
        if a[-1] % prime == 0 or len(_gcd_mod([v % prime for v in a], _mod(slope(a), prime), prime)) > 1:
            continue
        parts = _factors_mod(_monic([v % prime for v in a], prime), prime)
        if len(parts) == 1:
            return [a]
        if best is None or len(parts) < len(best[1]):
            best = prime, parts
        tried += 1
        if tried == 4:
            break
    if best is None:
        raise TooLarge
    return _recombined(a, *best)


def _recombined(a: Poly, prime: int, parts: list[Poly]) -> list[Poly]:
    degree = len(a) - 1
    norm = isqrt(sum(value * value for value in a)) + 1
    bound = 2 * comb(degree, degree // 2) * norm * abs(a[-1])
    modulus = prime
    while modulus <= bound:
        modulus *= prime
    lifted = _lifted(a, parts, prime, modulus)
    found: list[Poly] = []
    count, trials = 1, 0
    while 2 * count <= len(lifted):
        for chosen in combinations(range(len(lifted)), count):
            trials += 1
            if trials > MOST_TRIALS:
                raise TooLarge
            product = [a[-1] % modulus]
            for k in chosen:
                product = [value % modulus for value in times(product, lifted[k])]
            candidate = primitive([value - modulus if 2 * value > modulus else value for value in product])
            rest = divided(a, candidate)
            if rest is not None:
                found.append(candidate)
                a = rest
                lifted = [part for k, part in enumerate(lifted) if k not in chosen]
                break
        else:
            count += 1
    return [*found, a]


# -- modulo a prime ----------------------------------------------------------------------------------------------


def _mod(a: Poly, prime: int) -> Poly:
    return trimmed([value % prime for value in a])


def _monic(a: Poly, prime: int) -> Poly:
    inverse = pow(a[-1], -1, prime)
    return [value * inverse % prime for value in a]


def _divmod(a: Poly, b: Poly, prime: int) -> tuple[Poly, Poly]:
    """Quotient and remainder; b is monic."""
    rest = a.copy()
    result = [0] * max(0, len(a) - len(b) + 1)
    for shift in range(len(a) - len(b), -1, -1):
        value = rest[shift + len(b) - 1] % prime
        result[shift] = value
        if value:
            for place, factor in enumerate(b):
                rest[shift + place] -= value * factor
    return trimmed(result), _mod(rest[: len(b) - 1], prime)


def _gcd_mod(a: Poly, b: Poly, prime: int) -> Poly:
    while b:
        b = _monic(b, prime)
        a, b = b, _divmod(a, b, prime)[1]
    return _monic(a, prime)


def _power_mod(a: Poly, exponent: int, modulus: Poly, prime: int) -> Poly:
    result = [1]
    while exponent:
        if exponent & 1:
            result = _divmod(times(result, a), modulus, prime)[1] if result and a else []
        a = _divmod(times(a, a), modulus, prime)[1] if a else []
        exponent >>= 1
    return result


def _factors_mod(a: Poly, prime: int) -> list[Poly]:
    """The monic irreducible factors of a monic square-free polynomial modulo an odd prime."""
    chance = random.Random(len(a) * prime)  # any choice finds the same factors
    found: list[Poly] = []
    power, degree = [0, 1], 0
    while 2 * (degree + 1) < len(a):
        degree += 1
        power = _power_mod(power, prime, a, prime)
        part = _gcd_mod(a, _mod(_minus(power, [0, 1]), prime), prime) if power != [0, 1] else a
        if len(part) > 1:
            found += _equal_degree(part, degree, prime, chance)
            a = _divmod(a, part, prime)[0]
            if len(a) > 1:
                power = _divmod(power, a, prime)[1]
    if len(a) > 1:
        found.append(a)
    return found


def _equal_degree(a: Poly, degree: int, prime: int, chance: random.Random) -> list[Poly]:
    if len(a) - 1 == degree:
        return [a]
    while True:
        trial = _mod([chance.randrange(prime) for _ in range(len(a) - 1)], prime)
        if len(trial) < 2:
            continue
        power = _power_mod(trial, (prime**degree - 1) // 2, a, prime)
        other = _mod(_minus(power, [1]), prime)
        part = _gcd_mod(a, other, prime) if other else a
        if 1 < len(part) < len(a):
            rest = _divmod(a, part, prime)[0]
            return _equal_degree(part, degree, prime, chance) + _equal_degree(rest, degree, prime, chance)


# -- Hensel ------------------------------------------------------------------------------------------------------


def _lifted(a: Poly, parts: list[Poly], prime: int, modulus: int) -> list[Poly]:
    """Monic factors modulo a power of the prime: a is its leading coefficient times their product."""
    inverse = pow(a[-1], -1, modulus)
    target = [value * inverse % modulus for value in a]
    found = []
    for k, part in enumerate(parts[:-1]):
        rest = [1]
        for other in parts[k + 1 :]:
            rest = _mod(times(rest, other), prime)
        part, target = _lifted_pair(target, part, rest, prime, modulus)
        found.append(part)
    return [*found, target]


def _lifted_pair(target: Poly, g: Poly, h: Poly, prime: int, modulus: int) -> tuple[Poly, Poly]:
    """target = g*h modulo the prime, all monic: the same modulo its power, step by step."""
    s, t = _bezout(g, h, prime)
    power = prime
    while power < modulus:
        error = _mod([value // power for value in _mod(_minus(target, times(g, h)), modulus)], prime)
        if error:
            # s*g + t*h = 1: h gets s*error modulo h, g gets t*error and what was taken from the other
            quotient, for_h = _divmod(times(s, error) if s else [], h, prime) if s else ([], [])
            for_g = _mod(_plus(times(t, error) if t else [], times(quotient, g) if quotient else []), prime)
            g = _mod(_plus(g, [value * power for value in for_g]), modulus)
            h = _mod(_plus(h, [value * power for value in for_h]), modulus)
        power *= prime
    return g, h


def _plus(a: Poly, b: Poly) -> Poly:
    return _minus(a, [-value for value in b])


def _bezout(a: Poly, b: Poly, prime: int) -> tuple[Poly, Poly]:
    """s, t with s*a + t*b = 1 modulo the prime."""
    old: tuple[Poly, ...] = (a, [1], [])
    new: tuple[Poly, ...] = (b, [], [1])
    while new[0]:
        inverse = pow(new[0][-1], -1, prime)
        divisor = [value * inverse % prime for value in new[0]]
        quotient = [value * inverse % prime for value in _divmod(old[0], divisor, prime)[0]]
        following = tuple(
            [
                _mod(_minus(x, times(quotient, y) if quotient and y else []), prime)
                for x, y in zip(old, new, strict=True)
            ]
        )
        old, new = new, following
    inverse = pow(old[0][0], -1, prime)
    return [value * inverse % prime for value in old[1]], [value * inverse % prime for value in old[2]]
