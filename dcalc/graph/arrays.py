"""Functions of a text that make, reduce and reshape arrays.

Reductions of a vector that is known by its components are written out (`sum([x, y, z])` is x + y + z), so that the
formulas and traces of such programs are those of the books; all else is one node whatever its size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..errors import DcalcError, Source
from ..language import ast
from ..primitives import ALIASES, TABLE
from ..primitives.arrays import FUNCTIONS
from . import duals
from .exact import is_exact, shrink
from .operations import Operations, arity_error, error
from .shapes import MOST_NUMBERS, Shape, ShapeError, kept, name_of, size

#: What users call the reductions: "sum" -> "sum[]".
REDUCTIONS = {entry.word: name for name, entry in TABLE.items() if entry.kind == "reduction"}
#: Every function that a text may call without having defined it.
WORDS = frozenset({entry.word for entry in TABLE.values()} | set(ALIASES) | set(FUNCTIONS))
#: Reduction -> the operation of two that it repeats. (A norm is not one of such: it would lose its derivative at 0.)
_CHAINS = {"sum": "+", "max": "max", "min": "min", "logsumexp": "logsumexp"}

#: What is asked when an axis is none.
AXES = "axis=1 goes down the columns of a matrix (a number for each column), axis=2 along the rows"


class Site(NamedTuple):
    """A call: where it stands, its arguments without keywords, and what `axis=` says (from the end; None: all)."""

    operations: Operations
    node: ast.Call
    args: tuple[int, ...]
    source: Source | None
    axis: int | None
    axis_node: ast.Node | None

    def shape(self, position: int = 0) -> Shape:
        """The shape of an argument."""
        return self.operations.graph.shapes[self.args[position]]

    def emit(self, op: str, args: tuple[int, ...], attr: object = None) -> int:
        """An operation on some of the arguments, or on what was made of them."""
        operands = tuple(self.node.children[self.args.index(arg)] if arg in self.args else self.node for arg in args)
        return self.operations.emit(op, args, attr, self.node, self.source, operands)

    def misfit(self, problem: ShapeError) -> DcalcError:
        """Shapes that do not fit."""
        return self.operations.misfit(problem, self.args, self.node, self.source, self.node.children)


def call(operations: Operations, node: ast.Call, args: tuple[int, ...], source: Source | None) -> int:
    """A call of a reduction, of one of `FUNCTIONS`, or with keywords."""
    name = ALIASES.get(node.function, node.function)
    entry = TABLE.get(name)
    plain = args[: len(args) - len(node.keywords)]
    along = name in ("mean", "prod", "softmax", "concat", "last_max", "last_min") or name in REDUCTIONS
    if entry is not None and not along and node.keywords:
        return operations.apply(entry, node, _named(operations, node, args, source), source)
    axis, axis_node = None, None
    for k, keyword in enumerate(node.keywords, len(plain)):
        if keyword != "axis" or not along:
            hint = AXES if along else None
            raise error("arity", f"{node.function} has no {keyword}=", node.children[k], source, hint)
        axis_node = node.children[k]
        axis = operations.whole(args[k], axis_node, source)
    if axis is not None and axis_node is not None and plain:
        shape = operations.graph.shapes[plain[0]]
        if not 1 <= axis <= len(shape):
            raise _no_axis(shape, axis, axis_node, source)
        axis -= 1 + len(shape)
    site = Site(operations, node, plain, source, axis, axis_node)
    if len(plain) == 1 and along and not operations.graph.shapes[plain[0]]:
        operations.taken_for_arrays.add(plain[0])
    if name in REDUCTIONS and (entry is None or len(plain) == 1):
        _one(site)
        return reduce(site, name)
    if name in _FUNCTIONS:
        return _FUNCTIONS[name](site)
    assert entry is not None
    if axis is None:
        return operations.apply(entry, node, plain, source)
    if entry.along:
        _one(site)
        return site.emit(entry.name, plain, axis)
    raise error("arity", f"axis= is for {node.function} of one array", axis_node or node, source)


def _no_axis(shape: Shape, axis: int, node: ast.Node, source: Source | None) -> DcalcError:
    if not axis:
        message = "axes count from 1, like subscripts"
    elif not shape:
        message = "a number has no axes"
    else:
        has = "one axis" if len(shape) == 1 else f"the axes 1 to {len(shape)}"
        message = f"{name_of(shape)} has {has}, not {axis}"
    return error("shape", message, node, source, AXES)


def _named(operations: Operations, node: ast.Call, args: tuple[int, ...], source: Source | None) -> tuple[int, ...]:
    """The arguments of an entry whose last parameters are named: `elu(x, alpha=2)`."""
    entry = TABLE[ALIASES.get(node.function, node.function)]
    optional = entry.parameters[len(entry.parameters) - len(entry.defaults) :] if entry.defaults else ()
    first = len(args) - len(node.keywords)
    for k, keyword in enumerate(node.keywords, first):
        if keyword not in optional or entry.parameters[k : k + 1] != (keyword,):
            raise error("arity", f"{node.function} has no {keyword}= here", node.children[k], source)
    return args


def _one(site: Site) -> None:
    if len(site.args) != 1:
        raise arity_error(f"{site.node.function}(u)", "1", len(site.args), site.node, site.source)


# ---- reductions


def reduce(site: Site, word: str) -> int:
    """`sum(u)`, `max(A, axis=1)`, …: of a number the number itself (of `norm` its absolute value)."""
    operations = site.operations
    graph = operations.graph
    (u,) = site.args
    shape = graph.shapes[u]
    if not shape:
        return site.emit("abs", (u,)) if word == "norm" else u
    if operations.formula:
        node = graph.emit(REDUCTIONS[word], (u,), operations.axis)
        return graph.reshape(node, kept(shape, operations.axis))
    return along(site, word, u, site.axis)


def along(site: Site, word: str, u: int, axis: int | None) -> int:
    """A reduction over all axes or along one."""
    operations = site.operations
    graph = operations.graph
    shape = graph.shapes[u]
    if len(shape) == 1:
        axis = None
        if graph.ops[u] == "vector" and word in _CHAINS:
            return operations.chain(_CHAINS[word], graph.args[u], site.node, site.source)
    return site.emit(REDUCTIONS[word], (u,), axis)


def _mean(site: Site) -> int:
    _one(site)
    shape = site.shape()
    if not shape:
        return site.args[0]
    count = size(shape) if site.axis is None else shape[site.axis]
    total = along(site, "sum", site.args[0], site.axis)
    return site.operations.chain("/", (total, site.operations.graph.const(count)), site.node, site.source)


def _prod(site: Site) -> int:
    """By halves, so that it is made of few nodes, and is differentiated exactly where a factor is 0."""
    _one(site)
    graph = site.operations.graph
    u, axis = site.args[0], site.axis
    if not graph.shapes[u]:
        return u
    if graph.ops[u] == "vector" and len(graph.shapes[u]) == 1:
        return site.operations.chain("*", graph.args[u], site.node, site.source)
    if axis is None:
        u, axis = graph.reshape(u, (graph.size(u),)), -1
    before = ((0, n) for n in graph.shapes[u][:axis])
    whole = tuple(before)
    last = len(whole)
    rest: list[int] = []
    while (n := graph.shapes[u][last]) > 1:
        half = n // 2
        if n % 2:
            rest.append(graph.index(u, (*whole, n - 1)))
        u = site.emit("*", (graph.index(u, (*whole, (0, half))), graph.index(u, (*whole, (half, 2 * half)))))
    result = graph.index(u, (*whole, 0))
    for factor in reversed(rest):
        result = site.emit("*", (result, factor))
    return result


def _softmax(site: Site) -> int:
    # exp(u - logsumexp(u)): as accurate as u - logsumexp(u) is, a few units of rounding times the spread of u.
    _one(site)
    graph = site.operations.graph
    (u,) = site.args
    if not graph.shapes[u]:
        return graph.const(1)
    total = along(site, "logsumexp", u, site.axis)
    total = graph.reshape(total, kept(graph.shapes[u], site.axis))
    return site.emit("exp", (site.emit("-", (u, total)),))


# ---- arrays from arrays


def _concat(site: Site) -> int:
    graph = site.operations.graph
    if not site.args:
        raise arity_error("concat(u, v, …)", "at least one", 0, site.node, site.source)
    for k in range(len(site.args)):
        if not site.shape(k):
            part = site.node.children[k]
            hint = site.operations.number_hint(part, site.args[k]) or "a vector of one number is [u]"
            raise error("shape", "concat takes arrays, this is a number", part, site.source, hint)
    axis = -len(site.shape()) if site.axis is None else site.axis
    if axis == -len(site.shape()) and all(graph.ops[arg] == "vector" for arg in site.args):
        try:
            return graph.vector(tuple(part for arg in site.args for part in graph.args[arg]))
        except ShapeError:
            pass  # told below, at the arguments
    return site.emit("concat", site.args, axis)


def _stack(site: Site) -> int:
    if not site.args:
        raise arity_error("stack(u, v, …)", "at least one", 0, site.node, site.source)
    return site.emit("vector", site.args)


def _reshape(site: Site) -> int:
    if len(site.args) < 2:
        raise arity_error("reshape(u, m, n)", "at least two", len(site.args), site.node, site.source)
    shape = _sizes(site, 1)
    graph = site.operations.graph
    u = site.args[0] if site.shape() else graph.full(site.args[0], (1,))
    try:
        result = graph.reshape(u, shape)
    except ShapeError as problem:
        raise site.misfit(problem) from None
    site.operations.remember(result, site.node.span, site.source)
    return result


def _length(site: Site) -> int:
    _one(site)
    if not site.shape():
        hint = site.operations.number_hint(site.node.children[0], site.args[0])
        raise error("shape", "a number has no length", site.node.children[0], site.source, hint)
    return site.operations.graph.const(site.shape()[0])


def _transposed(site: Site) -> int:
    _one(site)
    return site.args[0] if len(site.shape()) < 2 else site.emit("transpose", site.args)


def _dot(site: Site) -> int:
    if len(site.args) != 2:
        raise arity_error("dot(u, v)", "2", len(site.args), site.node, site.source)
    return site.emit("@", site.args)


def _trace(site: Site) -> int:
    _one(site)
    shape = site.shape()
    if len(shape) != 2 or shape[0] != shape[1]:
        hint = site.operations.number_hint(site.node.children[0], site.args[0])
        message = f"tr takes a square matrix, this is {name_of(shape)}"
        raise error("shape", message, site.node.children[0], site.source, hint)
    return site.emit("sum[]", (site.emit("diag", site.args),))


# ---- arrays from nothing


def _sizes(site: Site, first: int) -> Shape:
    parts = site.node.children[first : len(site.args)]
    sizes = tuple(
        site.operations.whole(arg, part, site.source) for arg, part in zip(site.args[first:], parts, strict=True)
    )
    for length, part in zip(sizes, parts, strict=True):
        if length < 1:
            raise error("shape", f"a length is at least 1, this is {length}", part, site.source)
    if size(sizes) > MOST_NUMBERS:
        message = f"{name_of(sizes)} is more than {MOST_NUMBERS} numbers"
        raise error("limit", message, site.node, site.source)
    return sizes


def _eye(site: Site) -> int:
    _one(site)
    graph = site.operations.graph
    (n,) = _sizes(site, 0)
    return site.emit("diag", (graph.full(graph.const(1), (n,)),))


def _filled(value: int) -> Callable[[Site], int]:
    def make(site: Site) -> int:
        if not site.args:
            raise arity_error(f"{site.node.function}(m, n)", "at least one", 0, site.node, site.source)
        graph = site.operations.graph
        return graph.full(graph.const(value), _sizes(site, 0))

    return make


def _linspace(site: Site) -> int:
    """u*(1 - t) + v*t at equal distances, which is exact at both ends."""
    operations = site.operations
    graph = operations.graph
    if len(site.args) != 3:
        raise arity_error("linspace(u, v, n)", "3", len(site.args), site.node, site.source)
    u, v, _ = site.args
    for k in (0, 1):
        if site.shape(k):
            raise error("shape", f"linspace goes between numbers, this is {name_of(site.shape(k))}",
                        site.node.children[k], site.source)  # fmt: skip
    (n,) = _sizes(site, 2)
    operations.hold_count(n, site.node, site.source)
    from fractions import Fraction  # not at every start

    if n == 1:
        return graph.vector((u,))
    first, last = graph.attrs[u], graph.attrs[v]
    if graph.is_const(u) and graph.is_const(v) and is_exact(first) and is_exact(last):
        step = Fraction(last - first, n - 1)
        return graph.vector(tuple([graph.const(shrink(first + k * step)) for k in range(n)]))
    there = [shrink(Fraction(k, n - 1)) for k in range(n)]
    t = graph.vector(tuple(graph.const(part) for part in there))
    back = graph.vector(tuple(graph.const(part) for part in reversed(there)))
    return site.emit("+", (site.emit("*", (u, back)), site.emit("*", (v, t))))


_FUNCTIONS: dict[str, Callable[[Site], int]] = {
    "mean": _mean,
    "prod": _prod,
    "softmax": _softmax,
    "concat": _concat,
    "stack": _stack,
    "reshape": _reshape,
    "eye": _eye,
    "zeros": _filled(0),
    "ones": _filled(1),
    "linspace": _linspace,
    "len": _length,
    "transpose": _transposed,
    "dot": _dot,
    "tr": _trace,
    "dual": duals.dual,
    "real": duals.real,
    "conj": duals.conj,
    "part": duals.part_as_value,
}
