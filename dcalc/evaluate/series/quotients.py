"""The quotient of two series where the divisor has no real part: both are shifted down by the same power of ε."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..scalar import Value


def quotient(
    u: Sequence[Value], v: Sequence[Value], divide: Callable[[Value, Value], Value], vanishes: Callable[[Value], bool]
) -> tuple[list[Value], str]:
    """The terms of u/v as far as those of u and v determine them, and why they do not (then the terms are nan).

    u and v end where they are known no further. With εˢ the first power in v, s orders are lost.
    """
    first = next((k for k, term in enumerate(v) if not vanishes(term)), None)
    order = len(v) - 1
    if first is None:
        return _unknown(v), f"the divisor is 0 as far as it is known: powers above {power(order)} are cut off"
    for k, term in enumerate(u[:first]):
        if not vanishes(term):
            what = f"of {power(k)}" if k else "with a real part"
            divisor = "without one" if not k and first == 1 else f"that begins with {power(first)}"
            return _unknown(v), f"a number {what} is divided by one {divisor}"
    if len(u) <= first:
        return _unknown(v), f"the dividend is not known to {power(first)}"
    terms: list[Value] = []
    for k in range(min(len(u), len(v)) - first):
        left = u[first + k]
        for j in range(1, k + 1):
            left = left - v[first + j] * terms[k - j]
        terms.append(divide(left, v[first]))
    return terms, ""


def _unknown(like: Sequence[Value]) -> list[Value]:
    return [float("nan")] * len(like)


def power(k: int) -> str:
    """ε², as it is written."""
    return "1" if not k else "ε" if k == 1 else "ε" + str(k).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
