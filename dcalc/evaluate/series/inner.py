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
Push: TypeAlias = Callable[[Any], None]
Single: TypeAlias = Callable[[Terms], Callable[[int], None]]


def weigh(source: int, target: int, numbers: list[int]) -> Whole:
    """The terms of a node times their orders: 1·u[1], 2·u[2], …"""

    def step(terms: Terms) -> None:
        terms[target] = list(map(mul, numbers, terms[source][1:]))

    return step


def weigh_one(source: int, target: int) -> Single:
    """One of them, behind those that are there."""
    return lambda terms: _weighed(terms[target].append, terms[source])


def _weighed(push: Push, u: list[Any]) -> Callable[[int], None]:
    return lambda k: push(k * u[k])


def together(singles: list[tuple[Single, int]], mine: list[int], weighted: list[int]) -> Whole:
    """The terms of nodes that ask for each other, in this order, each up to its last one."""
    made = [single for single, _ in singles]
    all_of, last = min(need for _, need in singles), max(need for _, need in singles)
    rest = [(k, [j for j, (_, need) in enumerate(singles) if need >= k]) for k in range(all_of + 1, last + 1)]

    def step(terms: Terms) -> None:
        for slot in mine:
            terms[slot] = [terms[slot]]
        for slot in weighted:
            terms[slot] = []
        bound = [single(terms) for single in made]
        for k in range(1, all_of + 1):
            for term in bound:
                term(k)
        for k, some in rest:
            for j in some:
                bound[j](k)

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
        term = single(terms)
        for k in range(1, need + 1):
            term(k)

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
    """One term of a node, appended to those that it has: bound to the lists of a run, it is called with k."""
    node, y = found[one], slots[one]
    args = [slots[arg] for arg in node.args]
    varies = [arg in found for arg in node.args]
    if node.kind == "flat":
        return lambda terms: lambda k: terms[y].append(0 * terms[y][0])
    if node.kind == "sum":
        if len(args) == 1:
            (u,) = args
            return lambda terms: _negated(terms[y].append, terms[u])
        u, v = args
        if all(varies):
            return lambda terms: _joined(sub if node.op == "-" else add, terms[y].append, terms[u], terms[v])
        if varies[0]:
            return lambda terms: _passed(terms[y].append, terms[u])
        if node.op == "-":
            return lambda terms: _negated(terms[y].append, terms[v])
        return lambda terms: _passed(terms[y].append, terms[v])
    if node.kind == "product":
        u, v = args
        if all(varies):
            if found[node.args[0]].degree == 1:
                return lambda terms: _shifted(terms[y].append, terms[u], terms[v])
            if found[node.args[1]].degree == 1:
                return lambda terms: _shifted(terms[y].append, terms[v], terms[u])
            return lambda terms: _product(terms[y].append, terms[u], terms[v])
        number, series = (v, u) if varies[0] else (u, v)
        return lambda terms: _scaled(terms[y].append, terms[number], terms[series])
    if node.kind == "quotient":
        u, v = args
        top, below = varies
        if not below:
            return lambda terms: _divided(terms[y].append, terms[u], terms[v])
        if found[node.args[1]].degree == 1 and top:
            return lambda terms: _drawn(terms[y], terms[u], terms[v])
        return lambda terms: _quotient(terms[y], terms[u] if top else None, terms[v])
    return _partials(found, node, y, slots, weighted)


def _negated(push: Push, u: list[Any]) -> Callable[[int], None]:
    return lambda k: push(-u[k])


def _passed(push: Push, u: list[Any]) -> Callable[[int], None]:
    return lambda k: push(u[k])


def _joined(join: Callable[[Any, Any], Any], push: Push, u: list[Any], v: list[Any]) -> Callable[[int], None]:
    return lambda k: push(join(u[k], v[k]))


def _product(push: Push, u: list[Any], v: list[Any]) -> Callable[[int], None]:
    return lambda k: push(sum(map(mul, u, v[k::-1])))


def _shifted(push: Push, line: list[Any], v: list[Any]) -> Callable[[int], None]:
    """A product with a + bε."""
    a, b = line[:2]
    return lambda k: push(a * v[k] + b * v[k - 1])


def _scaled(push: Push, number: Any, u: list[Any]) -> Callable[[int], None]:
    return lambda k: push(number * u[k])


def _divided(push: Push, u: list[Any], number: Any) -> Callable[[int], None]:
    return lambda k: push(u[k] / number)


def _drawn(y: list[Any], u: list[Any], line: list[Any]) -> Callable[[int], None]:
    """A quotient by a + bε."""
    a, b = line[:2]
    push = y.append
    return lambda k: push((u[k] - b * y[k - 1]) / a)


def _quotient(y: list[Any], u: list[Any] | None, v: list[Any]) -> Callable[[int], None]:
    def quotient(k: int) -> None:
        left = 0 if u is None else u[k]
        y.append((left - sum(map(mul, v[1 : k + 1], y[::-1]))) / v[0])

    return quotient


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
    if not straight and not sums and len(linear) == 1:
        ((u, p, sign, factors),) = linear
        return lambda terms: _along(terms[y].append, _times(sign * terms[u][1], factors, terms), terms[p])
    if not straight and not sums and len(linear) == 2:
        (u, p, sign, factors), (w, q, other, more) = linear
        return lambda terms: _along_both(
            terms[y].append,
            (_times(sign * terms[u][1], factors, terms), terms[p]),
            (_times(other * terms[w][1], more, terms), terms[q]),
        )
    if not straight and not linear and len(sums) == 1:
        ((w, p, sign, factors),) = sums
        return lambda terms: _chained(terms[y].append, _times(sign, factors, terms), terms[w], terms[p])

    def single(terms: Terms) -> Callable[[int], None]:
        push = terms[y].append
        lines = [(_times(sign * terms[u][1], factors, terms), terms[p]) for u, p, sign, factors in linear]
        chains = [(_times(sign, factors, terms), terms[w], terms[p]) for w, p, sign, factors in sums]
        others = [(_times(sign, factors, terms), terms[u]) for u, sign, factors in straight]

        def term(k: int) -> None:
            total: Any = 0
            for scale, partial in lines:
                total = total + scale * partial[k - 1]
            for scale, slopes, partial in chains:
                total = total + scale * sum(map(mul, slopes, partial[k - 1 :: -1]))
            total = total / k if lines or chains else total
            for scale, arg in others:
                total = total + scale * arg[k]
            push(total)

        return term

    return single


def _along(push: Push, scale: Any, partial: list[Any]) -> Callable[[int], None]:
    return lambda k: push(scale * partial[k - 1] / k)


def _along_both(push: Push, one: tuple[Any, list[Any]], other: tuple[Any, list[Any]]) -> Callable[[int], None]:
    (a, u), (b, v) = one, other
    return lambda k: push((a * u[k - 1] + b * v[k - 1]) / k)


def _chained(push: Push, scale: Any, slopes: list[Any], partial: list[Any]) -> Callable[[int], None]:
    return lambda k: push(scale * sum(map(mul, slopes, partial[k - 1 :: -1])) / k)


def _times(scale: Any, factors: tuple[int, ...], terms: Terms) -> Any:
    for factor in factors:
        scale = scale * terms[factor]
    return scale
