"""A plan with arrays as one of numbers alone: every component of an array is a node of its own.

For languages whose arrays know no arithmetic. Loops stay loops where what they carry is numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from ..errors import DcalcError
from ..evaluate.plan import Plan, Step, make_plan
from ..graph.build import Builder
from ..graph.graph import LOOPS, Graph
from ..graph.shapes import Shape, size
from ..primitives import TABLE

#: Operations that are written out at most.
MOST = 20_000


class UnwrittenError(Exception):
    """An operation on arrays that is not written out, by its name."""


class Written(NamedTuple):
    """A plan of numbers, of each old output which of its outputs are the components, and the labels of its slots."""

    plan: Plan
    groups: list[list[int]]
    labels: dict[int, str]


def numbers_only(plan: Plan, shapes: Mapping[str, Shape], labels: Mapping[int, str]) -> Written:
    """A plan that computes the components of the outputs. shapes: of the inputs; labels: of slots.

    Raises UnwrittenError; DcalcError (limit) where it would be too long.
    """
    made = _Numbers()
    for slot, constant in plan.constants:
        made.known[slot] = [made.graph.const(constant)]
    for leaf_of in plan.inputs:
        places = [leaf_of.places] if leaf_of.places is not None else list(product(*map(range, leaf_of.shape)))
        leaf = made.graph.input(leaf_of.name, shapes[leaf_of.name])
        made.known[leaf_of.slot] = [made.graph.index(leaf, one) if one else leaf for one in places]
    for step in plan.steps:
        made.take(step)
        if len(made.graph) > MOST:
            message = f"written out in numbers this has more than {MOST} operations"
            raise DcalcError("limit", message, hint="numpy and jax keep arrays whole: --lang numpy")
    nodes: list[int] = []
    groups: list[list[int]] = []
    for slot in plan.outputs:
        groups.append(list(range(len(nodes), len(nodes) + len(made.known[slot]))))
        nodes += made.known[slot]
    reached = set(made.graph.reachable(nodes))
    names: dict[int, str] = {}
    for slot, label in labels.items():
        parts = made.known[slot]
        for k, node in enumerate(parts):
            if node in reached and made.graph.args[node] and made.graph.ops[node] != "index":
                names.setdefault(node, label if len(parts) == 1 else f"{label}_{k + 1}")
    found = make_plan(made.graph, [*nodes, *names])
    count = len(nodes)
    given = dict(zip(found.outputs[count:], names.values(), strict=True))
    return Written(found._replace(outputs=found.outputs[:count], shapes=found.shapes[:count]), groups, given)


class _Numbers:
    """Components as nodes of a new graph, row by row. known: of each slot."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.builder = Builder(self.graph)
        self.known: dict[int, list[int]] = {}

    def take(self, step: Step) -> None:
        """The components of a step's result."""
        args = [self.known[arg] for arg in step.args]
        rule = _RULES.get(step.op)
        if not step.shape and not any(step.shapes) and step.op in TABLE:
            if TABLE[step.op].kind in ("elementwise", "selection"):
                found = [self.builder.apply(step.op, tuple(arg[0] for arg in args), step.attr)]
            elif step.op in ("last_max", "last_min"):
                found = [self.builder.one]
            elif step.op == "norm[]":
                found = [self.builder.apply("abs", (args[0][0],))]
            else:
                found = args[0]
        elif rule is not None:
            found = rule(self, step, args)
        elif step.op in LOOPS:
            found = self._loop(step, args)
        elif step.op in TABLE and TABLE[step.op].kind in ("elementwise", "selection"):
            spread = [_spread(shape, step.shape) for shape in step.shapes]
            count = range(size(step.shape))
            found = [
                self.builder.apply(step.op, tuple(arg[places[k]] for arg, places in zip(args, spread, strict=True)),
                                   step.attr)
                for k in count
            ]  # fmt: skip
        else:
            raise UnwrittenError(step.op.removesuffix("[]"))
        self.known[step.slot] = found

    def _loop(self, step: Step, args: Sequence[list[int]]) -> list[int]:
        if step.op != "loop" or any(step.shapes) or any(step.attr.shapes):
            raise UnwrittenError("a loop that carries arrays")
        node = self.graph.emit("loop", tuple(arg[0] for arg in args), step.attr)
        return [self.graph.index(node, (k,)) for k in range(step.shape[0])]

    def total(self, nodes: Sequence[int]) -> int:
        """The sum, from the left."""
        found = self.builder.zero
        for node in nodes:
            found = self.builder.add(found, node)
        return found

    def folded(self, op: str, nodes: Sequence[int]) -> int:
        """An operation of two on many, from the left."""
        found = nodes[0]
        for node in nodes[1:]:
            found = self.builder.apply(op, (found, node))
        return found


def _spread(shape: Shape, to: Shape) -> list[int]:
    """Of each component of a shape, the one that stands for it in a smaller one (broadcasting)."""
    full = (1,) * (len(to) - len(shape)) + shape
    steps, step = [], 1
    for length in reversed(full):
        steps.append(0 if length == 1 else step)
        step *= length
    steps.reverse()
    return [sum(map(int.__mul__, place, steps)) for place in product(*map(range, to))]


def _taken(shape: Shape, places: Any) -> list[int]:
    """Which components an index picks, row by row."""
    ranges = [range(*one) if isinstance(one, tuple) else range(one, one + 1) for one in places]
    ranges += [range(length) for length in shape[len(places) :]]
    steps = [size(shape[k + 1 :]) for k in range(len(shape))]
    return [sum(map(int.__mul__, place, steps)) for place in product(*ranges)]


def _vector(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    return [node for arg in args for node in arg]


def _index(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    return [args[0][k] for k in _taken(step.shapes[0], step.attr)]


def _place(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    places, shape = step.attr
    found = [made.builder.zero] * size(shape)
    for k, node in zip(_taken(shape, places), args[0], strict=True):
        found[k] = node
    return found


def _concat(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    rows = size(step.shape[: len(step.shape) + step.attr])
    return [
        node
        for row in range(rows)
        for arg in args
        for node in arg[row * len(arg) // rows : (row + 1) * len(arg) // rows]
    ]


def _same(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    return args[0]


def _broadcast(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    return [args[0][k] for k in _spread(step.shapes[0], step.shape)]


def _transpose(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    shape = step.shapes[0]
    steps = [size(shape[k + 1 :]) for k in range(len(shape))][::-1]
    return [args[0][sum(map(int.__mul__, place, steps))] for place in product(*map(range, step.shape))]


def _diag(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    n = step.shapes[0][0]
    if len(step.shapes[0]) == 2:
        return [args[0][k * (n + 1)] for k in range(n)]
    return [args[0][i] if i == j else made.builder.zero for i in range(n) for j in range(n)]


def _product(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    u, v = args
    inner = step.shapes[1][0]
    rows, columns = len(u) // inner, len(v) // inner
    mul = made.builder.mul
    return [
        made.total([mul(u[i * inner + k], v[k * columns + j]) for k in range(inner)])
        for i in range(rows)
        for j in range(columns)
    ]


def _outer(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    return [made.builder.mul(a, b) for a in args[0] for b in args[1]]


def _lines(step: Step) -> list[list[int]]:
    """The components that each number of a reduction is made of."""
    shape, axis = step.shapes[0], step.attr
    if axis is None:
        return [list(range(size(shape)))]
    place = len(shape) + axis
    after = size(shape[place + 1 :])
    return [
        [(before * shape[place] + k) * after + behind for k in range(shape[place])]
        for before in range(size(shape[:place]))
        for behind in range(after)
    ]


def _along(reduce: Callable[[_Numbers, list[int]], int]) -> Callable[[_Numbers, Step, Sequence[list[int]]], list[int]]:
    return lambda made, step, args: [reduce(made, [args[0][k] for k in line]) for line in _lines(step)]


def _last(op: str) -> Callable[[_Numbers, Step, Sequence[list[int]]], list[int]]:
    """1 at the last of the extremal components, else 0."""

    def rule(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
        found = [made.builder.zero] * len(args[0])
        apply, select = made.builder.apply, made.builder.select
        for line in _lines(step):
            best = made.folded("max" if op == ">" else "min", [args[0][k] for k in line])
            open_ = made.builder.one
            for k in reversed(line):
                hit = apply("==", (args[0][k], best))
                found[k] = select(hit, open_, made.builder.zero)
                open_ = select(hit, made.builder.zero, open_)
        return found

    return rule


def _logsumexp(made: _Numbers, nodes: list[int]) -> int:
    """The largest, and log1p of what the others are beside it: the first of the largest is no other."""
    b = made.builder
    if len(nodes) == 1:
        return nodes[0]
    largest = made.folded("max", nodes)
    rest, seen = b.zero, b.zero
    for node in nodes:
        hit = b.apply("==", (node, largest))
        first = b.apply("and", (hit, b.apply("not", (seen,)))) if seen != b.zero else hit
        rest = b.add(rest, b.select(first, b.zero, b.apply("exp", (b.sub(node, largest),))))
        seen = hit if seen == b.zero else b.apply("or", (seen, hit))
    infinite = b.apply("==", (b.apply("abs", (largest,)), b.const("inf")))
    return b.select(infinite, largest, b.add(largest, b.apply("log1p", (rest,))))


def _det(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    n = step.shapes[0][0]
    if n > 3:
        raise UnwrittenError("det")
    return [_minor(made, args[0], n, list(range(n)), list(range(n)))]


def _minor(made: _Numbers, u: list[int], n: int, rows: list[int], columns: list[int]) -> int:
    """The determinant of at most three rows and columns, along the first row."""
    if not rows:
        return made.builder.one
    b, first = made.builder, rows[0]
    found = b.zero
    for k, column in enumerate(columns):
        rest = _minor(made, u, n, rows[1:], columns[:k] + columns[k + 1 :])
        term = b.mul(u[first * n + column], rest)
        found = b.sub(found, term) if k % 2 else b.add(found, term)
    return found


def _cofactor(made: _Numbers, step: Step, args: Sequence[list[int]]) -> list[int]:
    n = step.shapes[0][0]
    if n > 3:
        raise UnwrittenError("cofactor")
    every = range(n)
    found = []
    for i, j in product(every, every):
        minor = _minor(made, args[0], n, [r for r in every if r != i], [c for c in every if c != j])
        found.append(made.builder.neg(minor) if (i + j) % 2 else minor)
    return found


_RULES: dict[str, Callable[[_Numbers, Step, Sequence[list[int]]], list[int]]] = {
    "vector": _vector,
    "index": _index,
    "place": _place,
    "concat": _concat,
    "reshape": _same,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "diag": _diag,
    "@": _product,
    "outer": _outer,
    "sum[]": _along(_Numbers.total),
    "max[]": _along(lambda made, nodes: made.folded("max", nodes)),
    "min[]": _along(lambda made, nodes: made.folded("min", nodes)),
    "norm[]": _along(lambda made, nodes: made.folded("hypot", nodes)),
    "logsumexp[]": _along(_logsumexp),
    "last_max": _last(">"),
    "last_min": _last("<"),
    "det": _det,
    "cofactor": _cofactor,
}
