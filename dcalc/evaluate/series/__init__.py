"""Truncated power series: an interpreter of the graph whose values are c₀ + c₁ε + c₂ε² + … up to an order.

Any node's series follows from the one table. With y = f(u₁, u₂, …) and ′ = d/dε, the chain rule y′ = Σᵢ (∂ᵢf)·uᵢ′ holds
term by term,

    k·y[k] = Σᵢ Σⱼ j·uᵢ[j]·(∂ᵢf)[k − j],    j = 1 … k,

and ∂ᵢf is a node of the graph with a series of its own, of which only the terms below k are asked for. So a term of a
node is asked of its arguments and, one order lower, of its partials: exp is its own partial and costs O(n²) to order
n, as do sin and tan; lgamma opens polygamma after polygamma. The ring's own operations are Cauchy's product (`*`, and
all that is linear in each argument) and its inverse, the quotient. (Griewank and Walther, *Evaluating Derivatives*,
2nd ed., chapter 13; Knuth, *The Art of Computer Programming*, vol. 2, section 4.7.)

What does not depend on ε has no terms, not zeros: no infinity is multiplied by them. Selections choose by the real
part, c₀. A quotient of two series that begin with ε is shifted, (0 + aε)/(0 + bε) = a/b, and loses an order: what is
above it was cut off. What cannot be told is `nan`, with the reason in `Series.reasons`; results are IEEE's, nothing is
raised.

`Program` is what the terms of a graph's nodes are made of, at whatever point; `Series` computes them at one. What the
terms are is the `Field`'s: numbers and arrays here, series in another ε in `dcalc.dual`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from ...graph.graph import Graph
from ...primitives.entry import Primitive
from ..scalar import Value
from ..tracing import Tracer
from .quotients import quotient
from .recipes import Program, Recipe

#: (node, order): the term that is asked for.
Term: TypeAlias = tuple[int, int]


class Field(Protocol):
    """What the terms are, and how the table's operations work on them."""

    def value(self, node: int) -> Value:
        """The value of a node that does not depend on ε."""

    def compute(self, node: int, given: list[Value]) -> Value:
        """A node's operation on values for its arguments."""

    def vanishes(self, value: Value) -> bool:
        """Whether a term is exactly 0."""


class Numbers:
    """The field of numbers and arrays at a point."""

    def __init__(self, tracer: Tracer) -> None:
        self.value = tracer.value
        self.compute = tracer.compute

    def vanishes(self, value: Value) -> bool:
        """Whether a number is 0, or all numbers of an array are."""
        return not (value.any() if hasattr(value, "any") else value)


class Series:
    """The series of a program's nodes, each term computed once, when it is first asked for.

    seeds: of each of the program's leaves the terms, from the real part on; those missing are 0. order: the highest
    power of ε that is kept.
    """

    def __init__(self, program: Program, seeds: Mapping[int, Sequence[Value]], order: int, field: Field) -> None:
        self.program = program
        self.order = order
        self.field = field
        #: the terms that are known, of nodes that depend on ε
        self.terms: dict[int, list[Value]] = {}
        #: the highest order to which a node's terms can be told, known with its real part
        self.last: dict[int, int] = {}
        #: nodes whose terms cannot be told, and why
        self.reasons: dict[int, str] = {}
        #: quotients without a real part in the divisor: the height of the stack where one was first met, and poles
        self._opened: dict[int, int] = {}
        self._poles: set[int] = set()
        for leaf, given in seeds.items():
            missing = [self._zero(leaf)] * (order + 1 - len(given))
            self.terms[leaf] = [*given, *missing][: order + 1]
            self.last[leaf] = order

    def of(self, node: int) -> list[Value]:
        """A node's terms as far as they can be told, at most to the order; only the real part where nothing is else."""
        if not self.program.depends(node):
            return [self.field.value(node)]
        self._ask((node, 0))
        for k in range(1, self.last[node] + 1):
            self._ask((node, k))
        return self.terms[node]

    def real(self, node: int) -> Value:
        """A node's real part."""
        if not self.program.depends(node):
            return self.field.value(node)
        self._ask((node, 0))
        return self.terms[node][0]

    def known(self, node: int) -> int:
        """The highest order to which a node's terms are known, its real part being known."""
        return self.last[node] if self.program.depends(node) else self.order

    # -- asking ----------------------------------------------------------------------------------------------

    def _ask(self, term: Term) -> None:
        """Compute a term and what it needs. A stack, since a graph may be 100 000 deep."""
        program, terms, last = self.program, self.terms, self.last
        stack = [term]
        while stack:
            node, k = stack[-1]
            have = len(terms.get(node, ()))
            if have > k or (have and k > last[node]):
                stack.pop()
            elif have < k:
                stack.append((node, k - 1))
            else:
                recipe = program.recipe(node)
                shifts = recipe.kind == "quotient" and self._shifts_there(recipe.args)
                if shifts and self._opened.setdefault(node, len(stack)) < len(stack):
                    # Its terms are asked for by its own divisor's, as those of 1/(2y) are for y = sqrt(ε).
                    self._poles.add(node)
                missing = [
                    (one, j)
                    for one, j in self._needs(node, recipe, k)
                    if program.depends(one) and len(terms.get(one, ())) <= j and not (one in last and j > last[one])
                ]
                if missing:
                    stack += missing
                else:
                    self._compute(node, k, recipe)
                    stack.pop()

    def _needs(self, node: int, recipe: Recipe, k: int) -> list[Term]:
        """The terms that the k-th one of a node is made of; some are known only when others are there."""
        kind, args = recipe.kind, recipe.args
        if kind == "slope":
            return [(args[0], k + 1)]
        if kind == "choose":
            condition, u, v = args
            if not self._there(condition):
                return [(condition, 0)]
            return [(arg, k) for arg in self._chosen(condition, u, v)]
        if kind == "quotient":
            return self._needs_of_quotient(node, args, k)
        if kind == "flat" and k:
            return []
        needs = [(arg, k) for arg in args]
        if k and kind in ("partials", "opaque"):
            needs += [(part, k - 1) for _, part in recipe.parts]
        return needs

    def _needs_of_quotient(self, node: int, args: tuple[int, ...], k: int) -> list[Term]:
        u, v = args
        if self._shifts_there(args) and node not in self._poles:  # how far is known when all terms are
            return [(arg, j) for arg in args if self.program.depends(arg) for j in range(self.last[arg] + 1)]
        return [(u, k), (v, k)]

    def _shifts_there(self, args: tuple[int, ...]) -> bool:
        """Whether the real parts of a quotient's arguments are known, and the divisor's is 0."""
        return all(map(self._there, args)) and self._shifts(args[1])

    def _there(self, node: int) -> bool:
        return not self.program.depends(node) or node in self.last

    def _shifts(self, divisor: int) -> bool:
        """Whether a divisor that depends on ε has no real part (in one of its components)."""
        if not self.program.depends(divisor):
            return False
        real = self.terms[divisor][0]
        if self.program.graph.shapes[divisor]:
            return bool((real == 0).any())
        return self.field.vanishes(real)

    def _chosen(self, condition: int, u: int, v: int) -> list[int]:
        """Of a selection's two nodes those that are looked at; -1, the constant 0, is none."""
        held = self.real(condition)
        if self.program.graph.shapes[condition]:
            sides = [u] * bool((held != 0).any()) + [v] * bool((held == 0).any())
        else:
            sides = [u if held else v]
        return [side for side in sides if side >= 0]

    # -- computing -------------------------------------------------------------------------------------------

    def _compute(self, node: int, k: int, recipe: Recipe) -> None:
        """Append the k-th term of a node, or all of them, to those that are known."""
        if k == 0:
            self._begin(node, recipe)
        else:
            term = _TERMS[recipe.kind](self, node, k, recipe)
            self.terms[node].append(self._full(node, term))

    def _begin(self, node: int, recipe: Recipe) -> None:
        """The real part of a node, and how far its terms will be known."""
        program, kind, args = self.program, recipe.kind, recipe.args
        if kind == "slope":
            self.last[node] = self.last[args[0]] - 1
            self.terms[node] = [self.terms[args[0]][1]] if self.last[node] >= 0 else [self._zero(node) + float("nan")]
            return
        if kind == "choose":
            condition, *sides = args
            chosen = self._chosen(condition, *sides)
            self.last[node] = min((self.known(side) for side in chosen), default=self.order)
            self.terms[node] = [self._full(node, _choice(self, node, 0, recipe))]
            return
        if kind == "quotient" and node not in self._poles and self._shifts(args[1]):
            self._shifted(node, args)
            return
        self.last[node] = self.order if kind == "flat" else min(map(self.known, args))
        self.terms[node] = [self._full(node, self.field.compute(node, [self.real(arg) for arg in args]))]
        assert program.depends(node)

    def _shifted(self, node: int, args: tuple[int, ...]) -> None:
        """A quotient whose divisor has no real part: all terms at once."""
        u, v = (
            [self.field.value(arg)] + [self._zero(arg)] * self.order
            if not self.program.depends(arg)
            else self.terms[arg][: self.last[arg] + 1]
            for arg in args
        )
        graph = self.program.graph

        def divide(a: Value, b: Value) -> Value:
            return self.field.compute(node, [a, b])

        if not graph.shapes[node]:
            terms, reason = quotient(u, v, divide, self.field.vanishes)
        else:
            terms, reason = _by_component(u, v, graph.shapes[node], divide, self.field.vanishes)
        if reason:
            self.reasons[node] = reason
        self.terms[node] = terms
        self.last[node] = len(terms) - 1

    def at(self, node: int, k: int) -> Value | None:
        """The k-th term of a node, which is known; None where the node has none behind its real part."""
        if self.program.depends(node):
            terms = self.terms[node]
            return terms[k] if k < len(terms) else float("nan")  # a partial that is known less far than its node
        return None if k else self.field.value(node)

    def _zero(self, node: int) -> Value:
        return self._full(node, 0.0)

    def _full(self, node: int, value: Value) -> Value:
        """A term in its node's shape."""
        shape = self.program.graph.shapes[node]
        if not shape or getattr(value, "shape", ()) == shape:
            return value
        import numpy as np

        return np.broadcast_to(value, shape)


def _slope(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    return (k + 1) * series.terms[recipe.args[0]][k + 1]


def _flat(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    return 0.0


def _move(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    terms = [series.at(arg, k) for arg in recipe.args]
    given = [series._zero(arg) if term is None else term for arg, term in zip(recipe.args, terms, strict=True)]
    return series.field.compute(node, given)


def _choice(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    condition, *sides = recipe.args
    held = series.real(condition)
    if not series.program.graph.shapes[condition]:
        side = sides[0] if held else sides[1]
        return 0.0 if side < 0 else _or_zero(series.at(side, k))
    import numpy as np

    looked_at = series._chosen(condition, *sides)
    u, v = (_or_zero(series.at(side, k)) if side in looked_at else 0.0 for side in sides)
    return np.where(held != 0, u, v)


def _or_zero(term: Value | None) -> Value:
    return 0.0 if term is None else term


def _product(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    """Cauchy's product; of what is linear in one argument its value there."""
    compute, args = series.field.compute, recipe.args
    if len(args) == 1:
        return compute(node, [series.at(args[0], k)])
    u, v = args
    total: Value = None
    for j in range(k + 1):
        a, b = series.at(u, j), series.at(v, k - j)
        if a is not None and b is not None:
            term = compute(node, [a, b])
            total = term if total is None else total + term
    return total


def _quotient(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    """v·y = u, solved for the last term of y."""
    u, v = recipe.args
    left = _or_zero(series.at(u, k))
    if series.program.depends(v):
        y, terms = series.terms[node], series.terms[v]
        for j in range(1, k + 1):
            left = left - terms[j] * y[k - j]
    return series.field.compute(node, [left, series.real(v)])


def _partials(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    entry = recipe.entry
    assert entry is not None
    whole: Value = 0.0  # k times the term
    straight: Value = 0.0  # and what needs no division: of partials that do not depend on ε
    for arg, partial in recipe.parts:
        u = series.terms[arg]
        if not series.program.depends(partial):
            straight = straight + _joined(series, node, entry, arg, series.field.value(partial), u[k])
            continue
        for j in range(1, k + 1):
            p = series.at(partial, k - j)
            whole = whole + _joined(series, node, entry, arg, p, j * u[j])
    return straight + whole / k


def _joined(series: Series, node: int, entry: Primitive, arg: int, partial: Value, slope: Value) -> Value:
    """A partial's term times one of its argument; of a reduction summed along its axes."""
    if entry.kind != "reduction":
        return partial * slope
    import numpy as np

    graph = series.program.graph
    shape = graph.shapes[arg]
    each = np.where(partial, slope, 0.0) if entry.picks else partial * slope
    return np.broadcast_to(each, shape).sum(axis=graph.attrs[node])


def _opaque(series: Series, node: int, k: int, recipe: Recipe) -> Value:
    total: Value = 0.0
    for _, tangent in recipe.parts:
        total = total + _or_zero(series.at(tangent, k - 1))
    return total / k


_TERMS: dict[str, Callable[[Series, int, int, Recipe], Value]] = {
    "slope": _slope,
    "flat": _flat,
    "move": _move,
    "choose": _choice,
    "product": _product,
    "quotient": _quotient,
    "partials": _partials,
    "opaque": _opaque,
}


def _by_component(
    u: Sequence[Any],
    v: Sequence[Any],
    shape: tuple[int, ...],
    divide: Callable[[Value, Value], Value],
    vanishes: Callable[[Value], bool],
) -> tuple[list[Value], str]:
    """A shifted quotient of arrays: each component on its own, as far as all are known."""
    import numpy as np

    above, below = (np.stack([np.broadcast_to(one, shape).ravel() for one in terms]).T for terms in (u, v))
    rows, reason = [], ""

    def divided(a: Value, b: Value) -> Value:
        return divide(np.full(shape, a), np.full(shape, b)).flat[0]

    for a, b in zip(above.tolist(), below.tolist(), strict=True):
        count = min(len(a), len(b))
        terms, why = quotient(a[:count], b[:count], divided, vanishes)
        rows.append(terms)
        reason = reason or why
    known = min(map(len, rows))
    table = np.array([row[:known] for row in rows])
    return [table[:, k].reshape(shape) for k in range(known)], reason


def series(graph: Graph, node: int, seeds: Mapping[int, Sequence[Value]], order: int, tracer: Tracer) -> list[Value]:
    """The terms of a node's series at a point, to an order: `series(graph, y, {x: [2.0, 1.0]}, 3, Tracer(graph, {}))`.

    seeds: leaf -> its terms. Partials are emitted into the graph. See `Series` for what else can be asked.
    """
    return Series(Program(graph, seeds), seeds, order, Numbers(tracer)).of(node)
