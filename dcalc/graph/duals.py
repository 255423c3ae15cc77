"""Dual numbers in the language: `eps`, `dual(a, b, …)`, `real(u)`, `conj(u)`, `part(u, k)`.

ε is a named constant of the graph whose value is 0, so that conditions, loops and whatever else is decided by a number
go by the real part; it is `evaluate.series` that carries its powers. `dual(a, b, c)` is a + b·ε + c·ε², where the
powers are constants of their own (`eps^2`): they say to which order the number is kept, while `eps^2` as a user writes
it is ε·ε, which is 0 as long as nothing is kept beyond ε. Real parts and conjugates are the same program with
another constant in the place of ε, and a part is a derivative in ε.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import DcalcError, Source
from ..language import ast
from .build import Builder
from .graph import STRUCTURAL, Graph
from .names import DUAL_UNITS, Scope
from .operations import Operations, arity_error, error
from .work import Work

if TYPE_CHECKING:
    from .arrays import Site
    from .lower import Lowering

UNIT = "eps"
#: Terms that a dual number may be written with.
MOST_TERMS = 101
PLACEHOLDER = "the parts of a dual number cannot be taken where it is differentiated in its name"


def unit(graph: Graph, power: int = 1) -> int:
    """The node of a power of ε that is kept."""
    return graph.const(UNIT if power == 1 else f"{UNIT}^{power}")


def is_unit(name: str) -> bool:
    """Whether a name that is no variable's is ε, or a power of it that is kept, as only dcalc writes it."""
    return name in DUAL_UNITS or name.startswith(f"{UNIT}^")


def kept_power(name: str) -> str:
    """The constant of such a name."""
    return UNIT if name in (*DUAL_UNITS, f"{UNIT}^1") else name


def units(graph: Graph, outputs: Sequence[int]) -> dict[int, int]:
    """The powers of ε that nodes are made of: node -> exponent. Costs nothing where there is none in the graph."""
    if graph.find("const", (), UNIT) is None:
        return {}
    found = {}
    for node in graph.reachable(outputs):
        name = graph.attrs[node]
        if graph.ops[node] == "const" and type(name) is str and name.startswith(UNIT):
            found[node] = int(name.partition("^")[2] or 1)
    return found


def order_of(graph: Graph, node: int) -> int:
    """The highest power of ε that a value is kept to; 0 where it is no dual number."""
    return max(units(graph, [node]).values(), default=0)


def refusal(graph: Graph, node: int, source: Source | None) -> DcalcError | None:
    """What to say where a value that has to be plain is a dual number; None where it is plain."""
    found = units(graph, [node])
    if not found:
        return None
    origin, span = graph.origins.get(min(found), (None, None))
    where = span if origin is source else None
    message = "this is a dual number, it has an ε; plain numbers belong here"
    hint = "eval shows dual numbers, also those of diff(e, x) and grad(e, x); --at eps=2 makes eps a variable of yours"
    return DcalcError("usage", message, source=source, span=where, hint=hint)


# ---- what is made of them


def dual(site: Site) -> int:
    """`dual(a, b, c, …)`: a + b·ε + c·ε² + …"""
    graph, args = site.operations.graph, site.args
    if len(args) < 2:
        raise arity_error("dual(a, b), or dual(a, b, c) to ε²", "at least 2", len(args), site.node, site.source)
    if len(args) > MOST_TERMS:
        message = f"a dual number has at most {MOST_TERMS} terms, these are {len(args)}"
        raise error("limit", message, site.node, site.source)
    unit(graph)
    result = args[0]
    for k, arg in enumerate(args[1:], 1):
        term = site.emit("*", (arg, unit(graph, k)))
        result = site.emit("+", (result, term))
    return result


def real(site: Site) -> int:
    """`real(u)`: the part of u without ε."""
    _one(site, "real(u)")
    graph, (node,) = site.operations.graph, site.args
    zero = graph.const(0)
    return _replaced(site.operations, node, dict.fromkeys(units(graph, [node]), zero), site.node, site.source)


def conj(site: Site) -> int:
    """`conj(u)`: u with -ε in the place of ε, so that u·conj(u) has no ε."""
    _one(site, "conj(u)")
    graph, (node,) = site.operations.graph, site.args
    odd = [one for one, power in units(graph, [node]).items() if power % 2]
    negated = {one: graph.emit("neg", (one,)) for one in odd}
    return _replaced(site.operations, node, negated, site.node, site.source)


def part_as_value(site: Site) -> int:
    """`part` where a function of one argument is asked for."""
    raise error("arity", "part takes a dual number and which of its parts", site.node, site.source, "part(u, 1)")


def part(run: Lowering, node: ast.Call, scope: Scope | None, source: Source | None) -> Work:
    """`part(u, k)`: the coefficient of εᵏ: the k-th derivative in ε where that is 0, over k!."""
    if len(node.children) != 2 or node.keywords or run.differentiate is None:
        raise arity_error("part(u, 1)", "2", len(node.children), node, source)
    tree, which = node.children
    value = run.number((yield (tree, scope, source)), tree, source)
    k = run.operations.whole(run.number((yield (which, scope, source)), which, source), which, source)
    graph = run.graph
    found = units(graph, [value])
    order = max(found.values(), default=0)
    if k < 0 or k > order > 0:
        hint = f"dual(a, b{', 0' * max(k - 1, 0)}) keeps ε up to the power {k}" if k > 0 else "part(u, 0) is real(u)"
        raise error("domain", f"this dual number has the parts 0 to {order}", which, source, hint)
    if not found:
        return value if not k else graph.full(graph.const(0), graph.shapes[value])
    leaf = unit(graph)
    powers = {one: leaf if j == 1 else graph.emit("^", (leaf, graph.const(j))) for one, j in found.items()}
    result = _replaced(run.operations, value, powers, node, source)
    over = 1
    for j in range(1, k + 1):
        over *= j
        result = run.differentiate(graph, result, leaf)
    result = _replaced(run.operations, result, {leaf: graph.const(0)}, node, source)
    if over > 1:
        result = run.operations.emit("/", (result, graph.const(over)), None, node, source, ())
    return result


def _one(site: Site, how: str) -> None:
    if len(site.args) != 1:
        raise arity_error(how, "1", len(site.args), site.node, site.source)


def _replaced(operations: Operations, node: int, new: dict[int, int], place: ast.Node, source: Source | None) -> int:
    """A value with others in the place of ε and its powers; what they make 0 or 1 is left out."""
    graph = operations.graph
    order = graph.reachable([node])
    if graph.find("const", (), UNIT) is not None and any(
        graph.ops[one] == "input" and graph.attrs[one].startswith(" ") for one in order
    ):  # what a placeholder stands for may have an ε, which is not seen from here
        raise error("domain", PLACEHOLDER, place, source, "take the part of the result: real(diff(…))")
    if not new:
        return node
    builder, done = Builder(graph), dict(new)
    for one in order:
        if one in done:
            continue
        args = tuple(done[arg] for arg in graph.args[one])
        if args == graph.args[one]:
            done[one] = one
        elif graph.ops[one] in STRUCTURAL:
            shapes = [graph.shapes[arg] for arg in graph.args[one]]
            full = tuple(graph.full(arg, shape) for arg, shape in zip(args, shapes, strict=True))
            done[one] = graph.remade(one, full)
        else:
            done[one] = graph.full(builder.apply(graph.ops[one], args, graph.attrs[one]), graph.shapes[one])
        if one in graph.origins:
            graph.origins.setdefault(done[one], graph.origins[one])
    return done[node]
