"""A Taylor polynomial: coefficients, the remainder, and what each order leaves over at a nearby point.

In one variable the coefficients are those along it. In several, f(x₀ + tδ) along δ has the terms D^k f[δ, …, δ]/k!, and
the coefficients of monomials are interpolated from lines along whole directions (`evaluate.series.directions`), or
taken from series in several ε's where the order is high.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod
from typing import Any, NamedTuple

from ..errors import DcalcError
from ..evaluate.scalar import PointValue
from ..evaluate.series.directions import Index, indices, weight
from ..evaluate.series.rational import rational
from ..evaluate.series.recipes import Program
from ..evaluate.series.truncated import mixed, term
from ..language import ast
from .problem import Problem, Variable
from .result import Nested, nested
from .taylor import MOST_EXACT, MOST_ORDER, Lines

#: Orders beyond the last one that are looked at for the next term.
NEXT = 4
#: Monomials that are computed, and that a polynomial is written with.
MOST_TERMS, MOST_WRITTEN = 5_000, 200
#: Numbers in all tensors.
MOST_ENTRIES = 200_000
#: Lagrange's form is looked at in so many places between the two points.
PLACES = 9
#: Fractions of more bits than this, and so many more for each order, are no longer read by anybody.
SHORT, MORE = 64, 12
#: Up to this order mixed coefficients of floats are interpolated: the digits that this takes are few.
INTERPOLATED = 4


class Coefficient(NamedTuple):
    """The coefficient of a monomial: powers of (xᵢ − x₀ᵢ), one for each component. exact: where it is rational."""

    powers: Index
    value: float
    exact: Fraction | None = None

    @property
    def order(self) -> int:
        """Its degree."""
        return sum(self.powers)

    @property
    def derivative(self) -> float:
        """The derivative that it stands for: the coefficient times i!."""
        many = prod(map(factorial, self.powers))
        if self.exact is not None:
            return float(self.exact * many)
        try:
            return self.value * many
        except OverflowError:
            return math.copysign(math.inf, self.value) if self.value else 0.0


class Step(NamedTuple):
    """What an order adds at the nearby point: its term, the sum so far, and the sum minus the function's value."""

    order: int
    term: float
    sum: float
    error: float


class Near(NamedTuple):
    """The polynomial at a nearby point.

    lagrange: the largest |f⁽ⁿ⁺¹⁾(ξ)|/(n + 1)!·|δ|ⁿ⁺¹ at some places ξ between the points; None where one has no such
    derivative.
    """

    point: dict[str, PointValue]
    value: float
    steps: list[Step]
    lagrange: float | None


class Expansion(NamedTuple):
    """A Taylor polynomial. labels, center: the components of the variables and where it is taken.

    exact: whether the coefficients are known as fractions. tree: the polynomial as a formula; None where it would be
    too long. following: the next coefficient that is not 0, of one variable; None where none of the next few is.
    tensors: by order, the symmetric arrays of derivatives; None where they were not asked for.
    """

    labels: list[str]
    center: list[float]
    order: int
    coefficients: list[Coefficient]
    exact: bool
    tree: ast.Node | None
    following: Coefficient | None
    near: Near | None
    tensors: list[Nested] | None
    variables: tuple[Variable, ...]

    @property
    def remembered(self) -> Any:
        """What a session's later lines may use: the polynomial."""
        return self.tree if self.tree is not None else self.coefficients[0].value


def expand(problem: Problem, order: int, *, tensors: bool = False, near: bool = False) -> Expansion:
    """The Taylor polynomial of a number at its problem's point.

    near: only what a nearby point needs has to be computed.
    """
    if order > MOST_ORDER:
        raise DcalcError("limit", f"order {order} is more than is computed, the limit is {MOST_ORDER}")
    labels = problem.labels
    center = [number for variable in problem.variables for number in _numbers(problem.point[variable.name])]
    count = comb(problem.n + order, order)
    if tensors and sum(problem.n**k for k in range(order + 1)) > MOST_ENTRIES:
        message = f"tensors to order {order} in {problem.n} variables are more than {MOST_ENTRIES} numbers"
        raise DcalcError("limit", message, hint="name fewer inputs by --wrt, or a lower --order")
    following = None
    if problem.n == 1:
        coefficients, following = _of_one(problem, order)
    elif count > MOST_TERMS:
        if tensors or not near:
            message = f"a polynomial of order {order} in {problem.n} variables has {count} coefficients"
            raise DcalcError(
                "limit", message, hint="name a nearby point (--near), fewer inputs (--wrt) or a lower order"
            )
        coefficients = []
    else:
        coefficients = _of_several(problem, order)
    exact = bool(coefficients) and all(one.exact is not None for one in coefficients)
    written = [one for one in coefficients if one.exact or (one.exact is None and one.value)]
    tree = polynomial(labels, center, written) if coefficients and len(written) <= MOST_WRITTEN else None
    arrays = _tensors(coefficients, problem.n, order) if tensors else None
    return Expansion(labels, center, order, coefficients, exact, tree, following, None, arrays, problem.variables)


def _numbers(value: PointValue) -> list[float]:
    return [float(value)] if isinstance(value, (int, float)) else value.ravel().tolist()


def _direction(problem: Problem, numbers: Sequence[float]) -> dict[int, Any]:
    """A direction of all components as leaf -> δ."""
    parts: dict[int, Any] = {}
    start = 0
    for variable in problem.variables:
        piece = numbers[start : start + variable.size]
        start += variable.size
        if variable.shape:
            import numpy as np

            parts[variable.node] = np.asarray(piece, dtype=np.float64).reshape(variable.shape)
        else:
            parts[variable.node] = piece[0]
    return parts


def _rational_point(problem: Problem) -> dict[str, Fraction] | None:
    """The point as fractions, of all inputs that are numbers."""
    found = {}
    for name, value in problem.point.items():
        exact = rational(value) if isinstance(value, (int, float)) else None
        if exact is not None:
            found[name] = exact
    return found if all(variable.name in found for variable in problem.variables) else None


def _of_one(problem: Problem, order: int) -> tuple[list[Coefficient], Coefficient | None]:
    last = min(order + NEXT, MOST_ORDER)
    lines = Lines(problem.graph, [problem.graph.components(problem.output)[0]], problem.leaves, last)
    try:
        (terms,) = lines.at(problem.point, _direction(problem, [1.0]))
    except DcalcError:  # it may end with the order that was asked for, as x^3.5 does at 0
        lines = Lines(problem.graph, lines.outputs, problem.leaves, max(order, 1))
        (terms,) = lines.at(problem.point, _direction(problem, [1.0]))
    exact = None
    point = _rational_point(problem) if not problem.variables[0].shape else None
    if point is not None:
        exact = lines.exactly(point, {problem.leaves[0]: Fraction(1)})
        if exact and not all(_short(one, k) for k, one in enumerate(exact[0][: order + 1])):
            exact = None
    found = [
        Coefficient((k,), float(exact[0][k]) if exact else value, Fraction(exact[0][k]) if exact else None)
        for k, value in enumerate(terms)
    ]
    following = next((one for one in found[order + 1 :] if one.value), None)
    return found[: order + 1], following


def _short(number: Fraction, order: int) -> bool:
    bits = max(number.numerator.bit_length(), number.denominator.bit_length())
    return bits <= SHORT + MORE * order


def _of_several(problem: Problem, order: int) -> list[Coefficient]:
    graph, n = problem.graph, problem.n
    (output,) = graph.components(problem.output)
    point = _rational_point(problem)
    scalars = all(not variable.shape for variable in problem.variables)
    lines = Lines(graph, [output], problem.leaves, order)
    directions = list(indices(n, order))
    along: dict[Index, list[Any]] = {}
    exact = point is not None and scalars and order <= MOST_EXACT
    for direction in directions:
        if exact:
            assert point is not None
            if not along:
                lines.at(problem.point, _direction(problem, list(map(float, direction))))
            found = lines.exactly(point, dict(zip(problem.leaves, map(Fraction, direction), strict=True)))
            exact = found is not None and _short(found[0][0], 0)
            if exact and found is not None:
                along[direction] = found[0]
                continue
            along = {}
            break
    if not exact:
        if order > INTERPOLATED and scalars and (order + 1) ** n <= MOST_TERMS:
            nest = nested_series(problem, [output], [(leaf, order) for leaf in problem.leaves])
            if nest is not None:
                return [
                    Coefficient(powers, term(nest[0], powers)) for k in range(order + 1) for powers in indices(n, k)
                ]
        for direction in directions:
            (along[direction],) = lines.at(problem.point, _direction(problem, list(map(float, direction))))
    found_value = along[directions[0]][0]
    coefficients = [Coefficient((0,) * n, float(found_value), found_value if exact else None)]
    for k in range(1, order + 1):
        for powers in indices(n, k):
            weights = list(_weights(powers, order))
            if exact:
                value = sum((w * along[one][k] for w, one in weights), start=Fraction(0))
                coefficients.append(Coefficient(powers, float(value), value))
            else:
                value = math.fsum(float(w) * along[one][k] for w, one in weights)
                # What is 0 but for rounding is 0.
                size = math.fsum(abs(float(w) * along[one][k]) for w, one in weights)
                coefficients.append(Coefficient(powers, value if abs(value) > 1e-14 * size else 0.0))
    return coefficients


def _weights(powers: Index, order: int) -> Iterator[tuple[Fraction, Index]]:
    """What directions add to a monomial: only those in which nothing moves that the monomial does not have."""
    mine = [k for k, power in enumerate(powers) if power]
    own = tuple([powers[k] for k in mine])
    for part in indices(len(mine), order):
        numbers = dict(zip(mine, part, strict=True))
        yield weight(own, part), tuple([numbers.get(k, 0) for k in range(len(powers))])


def nested_series(problem: Problem, outputs: Sequence[int], orders: Sequence[tuple[int, int]]) -> list[Any] | None:
    """Series in several ε's at a problem's point, see `evaluate.series.truncated`; None where there are none."""
    programs = [(Program(problem.graph, [leaf]), leaf, max(order, 1)) for leaf, order in orders]
    try:
        return mixed(programs, outputs, problem.point, problem.tracer.value)
    except (ZeroDivisionError, OverflowError):
        return None


def _tensors(coefficients: Sequence[Coefficient], n: int, order: int) -> list[Nested]:
    """The symmetric arrays of derivatives of order 0, 1, …"""
    known = {one.powers: one.derivative for one in coefficients}
    found: list[Nested] = []
    for k in range(order + 1):
        entries = []
        for place in product(range(n), repeat=k):
            entries.append(known[tuple(place.count(j) for j in range(n))])
        found.append(nested(entries, (n,) * k) if k else entries[0])
    return found


def nearby(
    problem: Problem, expansion: Expansion, point: dict[str, PointValue], value: float, others: Mapping[str, PointValue]
) -> Near:
    """The polynomial at a nearby point, where the function has this value. others: all inputs there."""
    order = expansion.order
    graph = problem.graph
    target = [number for variable in problem.variables for number in _numbers(others[variable.name])]
    delta = [a - b for a, b in zip(target, expansion.center, strict=True)]
    direction = _direction(problem, delta)
    lines = Lines(graph, [graph.components(problem.output)[0]], problem.leaves, max(order, 1))
    (terms,) = lines.at(problem.point, direction)
    if problem.n == 1 and expansion.coefficients:
        terms = [one.value * delta[0] ** k for k, one in enumerate(expansion.coefficients)]
    steps = []
    for k in range(order + 1):
        total = math.fsum(terms[: k + 1])
        steps.append(Step(k, terms[k] + 0.0, total, total - value))
    return Near(point, value, steps, _lagrange(problem, order, delta, expansion.center))


def _lagrange(problem: Problem, order: int, delta: Sequence[float], center: Sequence[float]) -> float | None:
    lines = Lines(problem.graph, [problem.graph.components(problem.output)[0]], problem.leaves, order + 1)
    direction = _direction(problem, delta)
    largest = 0.0
    for k in range(PLACES):
        moved = _direction(problem, [x + d * k / (PLACES - 1) for x, d in zip(center, delta, strict=True)])
        point = {**problem.point, **{v.name: moved[v.node] for v in problem.variables}}
        try:
            (terms,) = lines.at(point, direction)
        except DcalcError:
            return None
        largest = max(largest, abs(terms[order + 1]))
    return largest


# ---- as a formula


def polynomial(labels: Sequence[str], center: Sequence[float], coefficients: Sequence[Coefficient]) -> ast.Node:
    """Σ c·(x − x₀)^i as it is written: x - x^3/6 + …; x₀ as a fraction where the coefficients are some."""
    exact = all(one.exact is not None for one in coefficients)
    bases = [_base(label, at, exact=exact) for label, at in zip(labels, center, strict=True)]
    total: ast.Node | None = None
    for one in coefficients:
        negative = (one.exact if one.exact is not None else one.value) < 0
        tree = _monomial(bases, one, minus=negative and total is None)
        total = tree if total is None else ast.Call("-" if negative else "+", (total, tree))
    return ast.Number("0") if total is None else total


def _base(label: str, at: float, *, exact: bool) -> ast.Node:
    """x − x₀."""
    from ..graph.to_ast import constant
    from ..language import parse, source

    name = parse(source(label)).children[0]
    if not at:
        return name
    fraction = rational(at) if exact or at.is_integer() else None
    if fraction is None:
        number = constant(abs(at))
    else:
        number = constant(abs(fraction.numerator) if fraction.denominator == 1 else abs(fraction))
    return ast.Call("+" if at < 0 else "-", (name, number))


def _monomial(bases: Sequence[ast.Node], one: Coefficient, *, minus: bool) -> ast.Node:
    """The absolute value of the coefficient times the powers: x^3/6. minus: its negative, -x^3/6."""
    from ..graph.to_ast import constant

    factors: list[ast.Node] = []
    for base, power in zip(bases, one.powers, strict=True):
        if power:
            factors.append(ast.Call("^", (base, ast.Number(str(power)))) if power > 1 else base)
    below = 1
    if one.exact is not None:
        below = one.exact.denominator
        top: int | float = abs(one.exact.numerator)
    else:
        top = abs(one.value)
    if top != 1 or not factors:
        factors.insert(0, constant(int(top) if isinstance(top, float) and top.is_integer() and top < 1e15 else top))
    if minus:
        factors[0] = ast.Call("neg", (factors[0],))
    tree = factors[0]
    for factor in factors[1:]:
        tree = ast.Call("*", (tree, factor))
    return tree if below == 1 else ast.Call("/", (tree, constant(below)))
