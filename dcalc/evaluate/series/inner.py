"""The inner loops of `bound`: the terms of one node, or of some that ask for each other, from those of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import add, mul, sub
from typing import Any, TypeAlias

from .structure import MINUS, Node

#: The terms of all nodes, by slot.
Terms: TypeAlias = list[Any]
#: Computes what it is bound to: all terms of a node, or its k-th one.
Whole: TypeAlias = Callable[[Terms], None]
Single: TypeAlias = Callable[[Terms, int], None]


def weigh(source: int, target: int, numbers: list[int]) -> Whole:
    """The terms of a node times their orders: 1·u[1], 2·u[2], …"""

    def step(terms: Terms) -> None:
        terms[target] = list(map(mul, numbers, terms[source][1:]))

    return step


def weigh_one(source: int, target: int) -> Single:
    """One of them, behind those that are there."""

    def single(terms: Terms, k: int) -> None:
        terms[target].append(k * terms[source][k])

    return single


def together(schedule: list[tuple[Single, int]], mine: list[int], weighted: list[int]) -> Whole:
    """The terms of nodes that ask for each other, one by one in this order."""

    def step(terms: Terms) -> None:
        for slot in mine:
            terms[slot] = [terms[slot]]
        for slot in weighted:
            terms[slot] = []
        for single, k in schedule:
            single(terms, k)

    return step


def pair_of(
    found: Mapping[int, Node], group: list[int], slots: Mapping[int, int], weighted: Mapping[int, int]
) -> Whole | None:
    """Two nodes of one argument, each the other's partial but for a sign: sin and cos, sinh and cosh."""
    if len(group) != 2:
        return None
    first, second = (found[one] for one in group)
    if not all(
        node.kind == "partials" and len(node.parts) == 1 and node.parts[0][2] in ((), MINUS) for node in (first, second)
    ):
        return None
    (arg, partial, factor), (other, other_partial, other_factor) = first.parts[0], second.parts[0]
    if arg != other or partial != group[1] or other_partial != group[0] or arg not in slots or arg in group:
        return None
    s, c, u = slots[group[0]], slots[group[1]], slots[arg]
    plus, minus = (-1 if one else 1 for one in (factor, other_factor))
    order = max(first.need, second.need)
    if found[arg].degree == 1:

        def linear(terms: Terms) -> None:
            slope = terms[u][1]
            one, two = slope * plus, slope * minus
            a, b = terms[s], terms[c]
            left, right = [a], [b]
            for k in range(1, order + 1):
                a, b = one * b / k, two * a / k
                left.append(a)
                right.append(b)
            terms[s], terms[c] = left, right

        return linear
    weights = weighted[arg]

    def both(terms: Terms) -> None:
        slopes = terms[weights]
        left, right = [terms[s]], [terms[c]]
        for k in range(1, order + 1):
            a = sum(map(mul, slopes, right[::-1])) * plus / k
            b = sum(map(mul, slopes, left[::-1])) * minus / k
            left.append(a)
            right.append(b)
        terms[s], terms[c] = left, right

    return both


def _factor(factor: tuple[int, ...], slots: Mapping[int, int]) -> tuple[int, tuple[int, ...]]:
    """The sign of a partial's factor, and the slots of its numbers."""
    return -1 if -1 in factor else 1, tuple(slots[one] for one in factor if one >= 0)


def whole(found: Mapping[int, Node], one: int, slots: Mapping[int, int], weighted: Mapping[int, int]) -> Whole:
    """All terms of a node whose arguments have theirs."""
    node, y, need = found[one], slots[one], found[one].need
    args = [slots[arg] for arg in node.args]
    if node.kind == "sum" and len(args) == 2:
        u, v = args
        join = add if node.op == "+" else sub
        if all(arg in found for arg in node.args):

            def joined(terms: Terms) -> None:
                terms[y] = [terms[y], *list(map(join, terms[u], terms[v]))[1:]]

            return joined
        if node.args[0] in found:

            def first(terms: Terms) -> None:
                terms[y] = [terms[y], *terms[u][1:]]

            return first
        sign = 1 if node.op == "+" else -1

        def second(terms: Terms) -> None:
            terms[y] = [terms[y], *[sign * term for term in terms[v][1:]]]

        return second
    if node.kind == "product" and all(arg in found for arg in node.args):
        u, v = args
        last = min(node.degree, need)
        span, padding = range(1, last + 1), need - last

        def product(terms: Terms) -> None:
            a, b = terms[u], terms[v]
            found = [terms[y], *[sum(map(mul, a, b[k::-1])) for k in span]]
            if padding:
                found += [0 * found[0]] * padding
            terms[y] = found

        return product
    if node.kind == "quotient" and node.args[1] in found:
        v = args[1]
        top = args[0] if node.args[0] in found else None
        degree = min(found[node.args[1]].degree, need)
        if degree <= 2 and need >= 2:
            return _short(y, v, top, need, degree)

        def quotient(terms: Terms) -> None:
            below = terms[v]
            first, rest = below[0], below[1 : degree + 1]
            found = [terms[y]]
            if top is None:
                for _ in range(need):
                    found.append(-sum(map(mul, rest, found[: -degree - 1 : -1])) / first)
            else:
                above = terms[top]
                for k in range(1, need + 1):
                    found.append((above[k] - sum(map(mul, rest, found[: -degree - 1 : -1]))) / first)
            if not first:
                raise ZeroDivisionError
            terms[y] = found

        return quotient
    if node.kind == "partials" and len(node.parts) == 1:
        ((arg, partial, factor),) = node.parts
        sign, factors = _factor(factor, slots)
        if partial in found and arg in found:
            p, mine, u = slots[partial], partial == one, slots[arg]
            if found[arg].degree == 1:

                def along(terms: Terms) -> None:
                    scale = terms[u][1] * sign
                    for factor in factors:
                        scale = scale * terms[factor]
                    found = [terms[y]]
                    source = found if mine else terms[p]
                    for k in range(1, need + 1):
                        found.append(scale * source[k - 1] / k)
                    terms[y] = found

                return along
            weights = weighted[arg]

            def chain(terms: Terms) -> None:
                slopes = terms[weights]
                found = [terms[y]]
                scale = sign
                for factor in factors:
                    scale = scale * terms[factor]
                if mine:
                    if factors or sign < 0:
                        for k in range(1, need + 1):
                            found.append(scale * sum(map(mul, slopes, found[::-1])) / k)
                    else:
                        for k in range(1, need + 1):
                            found.append(sum(map(mul, slopes, found[::-1])) / k)
                else:
                    source = terms[p]
                    for k in range(1, need + 1):
                        found.append(scale * sum(map(mul, slopes, source[k - 1 :: -1])) / k)
                terms[y] = found

            return chain
    single = single_of(found, one, slots, weighted)

    def others(terms: Terms) -> None:
        terms[y] = [terms[y]]
        for k in range(1, need + 1):
            single(terms, k)

    return others


def _short(y: int, v: int, top: int | None, need: int, degree: int) -> Whole:
    """A quotient by a polynomial of degree 1 or 2."""

    def quotient(terms: Terms) -> None:
        below = terms[v]
        first, b, c = below[0], below[1], below[2] if degree == 2 else 0
        above = None if top is None else terms[top]
        before, last = 0, terms[y]
        found = [last]
        for k in range(1, need + 1):
            left = b * last + c * before
            before = last
            last = (-left if above is None else above[k] - left) / first
            found.append(last)
        terms[y] = found

    return quotient


def single_of(found: Mapping[int, Node], one: int, slots: Mapping[int, int], weighted: Mapping[int, int]) -> Single:
    """One term of a node, appended to those that it has."""
    node, y = found[one], slots[one]
    args = [slots[arg] for arg in node.args]
    varies = [arg in found for arg in node.args]
    if node.kind == "flat":

        def flat(terms: Terms, k: int) -> None:
            terms[y].append(0 * terms[y][0])

        return flat
    if node.kind == "sum":
        if len(args) == 1:
            (u,) = args

            def negated(terms: Terms, k: int) -> None:
                terms[y].append(-terms[u][k])

            return negated
        u, v = args
        minus = node.op == "-"
        if all(varies):
            join = sub if minus else add

            def joined(terms: Terms, k: int) -> None:
                terms[y].append(join(terms[u][k], terms[v][k]))

            return joined
        if varies[0]:

            def first(terms: Terms, k: int) -> None:
                terms[y].append(terms[u][k])

            return first

        def second(terms: Terms, k: int) -> None:
            terms[y].append(-terms[v][k] if minus else terms[v][k])

        return second
    if node.kind == "product":
        u, v = args
        if all(varies):

            def product(terms: Terms, k: int) -> None:
                terms[y].append(sum(map(mul, terms[u], terms[v][k::-1])))

            return product
        number, series = (v, u) if varies[0] else (u, v)

        def scaled(terms: Terms, k: int) -> None:
            terms[y].append(terms[number] * terms[series][k])

        return scaled
    if node.kind == "quotient":
        u, v = args
        top, below = varies
        if not below:

            def divided(terms: Terms, k: int) -> None:
                terms[y].append(terms[u][k] / terms[v])

            return divided

        def quotient(terms: Terms, k: int) -> None:
            divisor, mine = terms[v], terms[y]
            left = terms[u][k] if top else 0
            mine.append((left - sum(map(mul, divisor[1 : k + 1], mine[::-1]))) / divisor[0])

        return quotient
    return _partials(found, node, y, slots, weighted)


def _partials(
    found: Mapping[int, Node], node: Node, y: int, slots: Mapping[int, int], weighted: Mapping[int, int]
) -> Single:
    """k·y[k] = Σ (∂ᵢf)·uᵢ′, of which those partials that are numbers need no division."""
    straight: list[tuple[int, int, tuple[int, ...]]] = []  # argument, sign, factors
    linear: list[tuple[int, int, int, tuple[int, ...]]] = []  # argument, partial, sign, factors
    sums: list[tuple[int, int, int, tuple[int, ...]]] = []  # weighted argument, partial, sign, factors
    for arg, partial, factor in node.parts:
        sign, factors = _factor(factor, slots)
        if partial not in found:
            straight.append((slots[arg], sign, (*factors, slots[partial])))
        elif found[arg].degree == 1:
            linear.append((slots[arg], slots[partial], sign, factors))
        else:
            sums.append((weighted[arg], slots[partial], sign, factors))
    if len(linear) == 1 and not straight and not sums and not linear[0][3]:
        ((u, p, sign, _),) = linear

        def along(terms: Terms, k: int) -> None:
            terms[y].append(sign * terms[u][1] * terms[p][k - 1] / k)

        return along

    def single(terms: Terms, k: int) -> None:
        total: Any = 0
        for u, p, sign, factors in linear:
            term = sign * terms[u][1] * terms[p][k - 1]
            for factor in factors:
                term = term * terms[factor]
            total = total + term
        for u, p, sign, factors in sums:
            term = sign * sum(map(mul, terms[u], terms[p][k - 1 :: -1]))
            for factor in factors:
                term = term * terms[factor]
            total = total + term
        if linear or sums:
            total = total / k
        for u, sign, factors in straight:
            term = sign * terms[u][k]
            for factor in factors:
                term = term * terms[factor]
            total = total + term
        terms[y].append(total)

    return single
