"""What tells, for many points at once, that nothing is amiss: one number a point, computed beside the results.

It is 0 where every value on the way is finite and no kink is met. A value that is not finite is felt by u - u, which is
0 for every other number; values whose infinities always reach one that is felt need no term of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from ..errors import DcalcError
from ..evaluate.scalar_kernels import scalar_kernel
from ..graph.build import Builder
from ..graph.exact import to_float
from ..graph.graph import LEAVES, LOOPS, MOVES, Graph
from ..primitives import TABLE
from ..sweeps import firsts, moves
from ..sweeps.kinks import kinks
from .derive import EQUALITY
from .problem import Problem
from .reverse import rows

#: A node -> where it matters, as the node of a truth value; None: everywhere.
Masks = Mapping[int, "int | None"]
#: What does not always look at all of its arguments.
_LAZY = frozenset(("if", "and", "or"))
#: Values that an argument may have beside one that is not finite.
_PROBES = (0.0, 1.0, -1.0, 2.5, -0.3, math.inf, -math.inf, math.nan)


class Watch(NamedTuple):
    """What a row is looked at for.

    outputs: of the program. values: all of its nodes. masks: where they matter. kinks: (node, zero, mask).
    """

    outputs: list[int]
    values: list[int]
    masks: Masks
    kinks: list[tuple[int, int, int | None]]


def watch(problem: Problem, kind: str, defined: Iterable[int]) -> Watch:
    """What the rows of a problem are looked at for. defined: what inputs that the program itself defines stand for."""
    graph = problem.graph
    outputs = [*problem.rows, *problem.conditions]
    masks = masks_of(graph, outputs)
    found: list[tuple[int, int, int | None]] = []
    if kind != "eval":
        found += [(kink.node, kink.zero, masks[kink.node]) for kink in kinks(graph, outputs, problem.leaves)]
    if kind == "hess":
        nodes = [part.node for part in rows(problem) if not part.seeds]
        mine = masks_of(graph, nodes)
        for kink in kinks(graph, nodes, problem.leaves):
            if kink.inside is not None or graph.ops[kink.node] not in EQUALITY:
                found.append((kink.node, kink.zero, mine[kink.node]))
    found += [(bend, zero, None) for bend, zero in problem.bends]
    whole = [*outputs, *defined]
    if len(whole) > len(outputs):
        masks = masks_of(graph, whole)
    return Watch(whole, graph.reachable(whole), masks, list(dict.fromkeys(found)))


def masks_of(graph: Graph, outputs: Sequence[int]) -> dict[int, int | None]:
    """Where each node below the outputs matters: of an `if` only the branch taken (see `evaluate.failures.taken`).

    Of a choice by an array everywhere.
    """
    order = graph.reachable(outputs)
    if _LAZY.isdisjoint([graph.ops[node] for node in order]):
        return dict.fromkeys(order)
    builder = Builder(graph)
    result: dict[int, int | None] = dict.fromkeys(outputs)
    for node in reversed(order):
        mask, op, args = result[node], graph.ops[node], graph.args[node]
        given: list[int | None] = [mask] * len(args)
        if op in _LAZY and not graph.shapes[args[0]]:
            holds = args[0]
            fails = builder.apply("not", (holds,))
            if op == "if":
                given[1:] = [_both(builder, mask, holds), _both(builder, mask, fails)]
            else:
                given[1] = _both(builder, mask, holds if op == "and" else fails)
        for arg, where in zip(args, given, strict=True):
            known = result.get(arg, -1)
            if known == -1 or where is None:
                result[arg] = where
            elif known is not None and known != where:
                result[arg] = builder.apply("or", (known, where))
    return result


def _both(builder: Builder, mask: int | None, condition: int) -> int:
    return condition if mask is None else builder.apply("and", (mask, condition))


def alarm(graph: Graph, watched: Watch, outputs: Iterable[int]) -> int:
    """The node that is 0 where nothing is amiss, and not 0 or no number elsewhere. outputs: the results."""
    builder = Builder(graph)
    felt = dict.fromkeys(outputs)
    loose = _loose(graph, watched, set(felt))
    terms = [_lost(builder, node, None) for node in felt if graph.ops[node] != "const"]
    terms += [_lost(builder, node, watched.masks[node]) for node in loose]
    for node in watched.values:
        inside = firsts.failing(builder, node) if graph.ops[node] == "loop" else None
        if inside is not None:
            terms.append(builder.select(watched.masks[node] or builder.one, inside, builder.zero))
    for _, zero, mask in watched.kinks:
        met = builder.apply("==", (zero, builder.zero))
        if graph.shapes[met]:
            met = moves.total(builder, met, graph.shapes[met], None)
        terms.append(met if mask is None else builder.select(mask, met, builder.zero))
    total = builder.zero
    for term in dict.fromkeys(terms):
        total = builder.add(total, term)
    return total


def strays(graph: Graph, conditions: Sequence[int], held: Sequence[bool]) -> int:
    """The node that is 0 where a program takes the same path: where its conditions are as they were found to be.

    No number where what decides is not finite.
    """
    builder = Builder(graph)
    terms: list[int] = []
    stack = list(conditions)
    seen = set(stack)
    while stack:
        node = stack.pop()
        if graph.ops[node] in TABLE and TABLE[graph.ops[node]].truth:
            fresh = [arg for arg in graph.args[node] if arg not in seen]
            seen.update(fresh)
            stack += fresh
        elif graph.ops[node] not in LEAVES:
            terms.append(_lost(builder, node, None))
    for condition, was in zip(conditions, held, strict=True):
        terms.append(builder.apply("not", (condition,)) if was else builder.apply("!=", (condition, builder.zero)))
    total = builder.zero
    for term in terms:
        total = builder.add(total, term)
    return total


def _lost(builder: Builder, node: int, mask: int | None) -> int:
    """0 where a node is finite or does not matter, no number elsewhere."""
    graph = builder.graph
    lost = graph.emit("-", (node, node))
    if graph.shapes[lost]:
        lost = moves.total(builder, lost, graph.shapes[lost], None)
    return lost if mask is None else builder.select(mask, lost, builder.zero)


def _loose(graph: Graph, watched: Watch, felt: set[int]) -> list[int]:
    """The values whose infinities may be lost on the way to what is felt: 1/exp(1000) is 0."""
    known = {node for node in felt if watched.masks.get(node, -1) is None}
    loose = []
    users: dict[int, list[tuple[int, int]]] = {}
    for node in watched.values:
        for position, arg in enumerate(graph.args[node]):
            users.setdefault(arg, []).append((node, position))
    for node in reversed(watched.values):
        if node in known or graph.ops[node] in LEAVES:
            attr = graph.attrs[node]
            if graph.ops[node] == "const" and not isinstance(attr, str) and not math.isfinite(to_float(attr)):
                loose.append(node)  # a number beyond floating point
            continue
        mask = watched.masks[node]
        for user, position in users.get(node, ()):
            # Where the user is not looked at nobody feels it.
            if watched.masks[user] == mask and _tells(graph, user, position):
                break
        else:
            entry = TABLE.get(graph.ops[node])
            if entry is None or not entry.truth:
                loose.append(node)
    return loose


def _tells(graph: Graph, user: int, position: int) -> bool:
    """Whether a user is not finite wherever this argument is not."""
    op = graph.ops[user]
    if op in LOOPS:
        return False
    if op in MOVES or op == "sum[]":
        return op != "index"
    if TABLE[op].kind != "elementwise" or TABLE[op].value is not None:
        return False
    args = graph.args[user]
    others = tuple(to_float(graph.attrs[arg]) if graph.ops[arg] == "const" else None for arg in args)
    return _never_finite(op, graph.attrs[user], position, others)


@lru_cache(maxsize=4096)
def _never_finite(op: str, attr: Any, position: int, others: tuple[float | None, ...]) -> bool:
    """Whether an operation has no finite result beside an argument that is not, as its kernel computes it."""
    try:
        kernel: Callable[..., float] = scalar_kernel(TABLE[op])
    except DcalcError:
        return False
    choices: list[tuple[float, ...]] = [_PROBES if known is None else (known,) for known in others]
    choices[position] = (math.inf, -math.inf, math.nan)
    given = () if attr is None else (attr,)
    return not any(math.isfinite(kernel(*given, *args)) for args in product(*choices))
