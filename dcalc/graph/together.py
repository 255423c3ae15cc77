"""A long comprehension over a range as operations on arrays: what is lowered once is its body, with a placeholder.

`[x[i+1] - x[i]^2 for i in 1..n]` becomes `x[2..n+1] - x[1..n]^2`. The numbers are the same, a sum of them up to
rounding. The first component is lowered by the one who asks, so that what is wrong is told as ever. Where the body does
what arrays cannot (it decides by values, takes every other component, makes vectors of its own, …), it is written out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Source
from ..language import ast
from ..primitives import TABLE
from . import duals
from .names import Scope
from .operations import MOST_CONSTANTS
from .work import ASKED, Attempt, Work

if TYPE_CHECKING:
    from .lower import Lowering

#: Components from which on they are lowered together.
LEAST = 1_000
#: What works component by component.
_ALIKE = frozenset(name for name, entry in TABLE.items() if entry.kind in ("elementwise", "selection"))


def as_array(run: Lowering, node: ast.Comprehension, items: range, scope: Scope, source: Source | None) -> Work:
    """The components for these values of the only name, as one array; None where that cannot be."""
    (name,) = node.names
    graph, path, operations = run.graph, run.path, run.operations
    if name in scope.frame.kept:
        return None
    mark, decisions, before = len(graph), len(path.decisions), scope[name]
    failed = dict(run.failed)
    counter = path.placeholder(None)
    operations.counters[counter] = items
    scope[name] = counter
    body = yield Attempt((node.body, scope, source))
    forms = operations.counters
    if body is not ASKED:
        path.attempts.pop()
    run.failed = failed
    result = None
    fits = type(body) is int and len(path.decisions) == decisions and not graph.shapes[body]
    if fits and not duals.units(graph, [body]):
        result = _spread(run, body, counter, items, mark)
    del path.decisions[decisions:], forms[counter]
    scope[name] = before
    if result is not None:
        operations.remember(result, node.span, source)
    return result


def _spread(run: Lowering, body: int, counter: int, items: range, mark: int) -> int | None:
    """The array of a number that depends on a placeholder; None where there is none."""
    graph, operations, count = run.graph, run.operations, len(items)
    ops, arguments, attrs, shapes = graph.ops, graph.args, graph.attrs, graph.shapes
    active = graph.depending([one for one in graph.reachable([body]) if one >= mark], [counter])
    if body not in active:
        return graph.full(body, (count,))
    needed, stack = {body}, [body]
    while stack:
        one = stack.pop()
        for arg in arguments[one][:1] if ops[one] == "pick" else arguments[one]:  # (subscripts are but told of)
            if arg in active and arg not in needed:
                needed.add(arg)
                stack.append(arg)
    #: the same for all items, along a new first axis
    made: dict[int, int] = {}
    for one in sorted(needed):
        op, args = ops[one], arguments[one]
        if one == counter:
            if count > MOST_CONSTANTS:
                return None
            made[one] = graph.vector(tuple([graph.const(k) for k in items]))
        elif op == "pick":
            form = operations.moving(args[1])
            if args[0] in active or form is None or form[0] != {counter: 1}:
                return None
            start = items[0] + form[1] - 1
            made[one] = graph.index(args[0], ((start, start + count),))
        elif op == "index" and not shapes[one]:
            made[one] = graph.index(made[args[0]], ((0, count), *attrs[one]))
        elif op in _ALIKE and not shapes[one]:
            made[one] = graph.emit(op, tuple([made.get(arg, arg) for arg in args]), attrs[one])
        else:
            return None
        if one in graph.origins:
            graph.origins.setdefault(made[one], graph.origins[one])
    return made[body]
