"""The gradient of a long expression at one point: adjoints as numbers, without a graph of them.

What the reverse sweep emits node by node (`sweeps.reverse`), this computes at once: the rules are the same entries of
the table, their formulas run on floats. It knows operations of numbers alone, and gives up (None) where anything is
not as usual: a selection, an array's operation, a step that is not finite or lost all its digits. Then the sweep's
graph tells what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from math import inf
from typing import Any, NamedTuple

from ..collecting import paused
from ..graph.exact import to_float
from ..graph.graph import STRUCTURAL, Graph
from ..graph.template import Template, template
from ..primitives import TABLE
from .scalar_kernels import scalar_kernel
from .tracing import formula_kernel

Kernel = Callable[..., float]


class Partial(NamedTuple):
    """A partial in one of a node's arguments: a constant, one of the values (arguments, then the result), or both None.

    steps: the kernels of its formula (None: a constant), each with the places of what it takes among the values and
    earlier steps, and whether it is a product or a quotient, which should not be 0 where its factors are not.
    """

    constant: float | None
    place: int | None
    steps: tuple[tuple[Kernel | None, Any, tuple[int, ...], bool], ...]
    output: int


def numeric_gradient(
    graph: Graph, output: int, leaves: Sequence[int], values: Mapping[int, Any]
) -> dict[int, Any] | None:
    """d output / d leaf of each leaf that it depends on; None where the sweep's graph is to be asked.

    values: those of the output and of all that it is made of. Of an array of numbers, the adjoints of the components
    that were picked: places -> number.
    """
    with paused:
        return _gradient(graph, output, leaves, values)


def _gradient(graph: Graph, output: int, leaves: Sequence[int], values: Mapping[int, Any]) -> dict[int, Any] | None:
    ops, arguments = graph.ops, graph.args
    order = graph.reachable([output])
    rules: dict[str, tuple[Partial | None, ...] | None] = {}
    for op in {ops[node] for node in order}:
        found = None if op in STRUCTURAL else _partials(op)
        if op not in ("const", "input", "index") and found is None:
            return None
        rules[op] = found
    shapes, cut = graph.shapes, set(leaves)
    if any(shapes[node] for node in order if ops[node] != "input"):
        return None
    active = graph.depending(order, cut)
    adjoints: dict[int, float] = {output: 1.0}
    picked: dict[int, dict[Any, float]] = {}
    for node in reversed(order):
        adjoint = adjoints.get(node)
        if adjoint is None or node in cut:
            continue
        op, args = ops[node], arguments[node]
        partials = rules[op]
        if partials is None:
            if op == "index" and args[0] in active:
                if ops[args[0]] != "input":
                    return None
                picked.setdefault(args[0], {})[graph.attrs[node]] = adjoint
            continue
        for arg, rule in zip(args, partials, strict=True):
            if arg not in active:
                continue
            if rule is None:
                return None
            constant, place, steps, last = rule
            if constant == 0.0:
                continue
            if constant is not None:
                partial = constant
            elif place is not None:
                partial = values[args[place] if place < len(args) else node]
            else:
                given = [values[one] for one in args]
                given.append(values[node])
                for kernel, number, places, product in steps:
                    if kernel is None:
                        step = number
                    elif len(places) == 1:
                        step = kernel(given[places[0]])
                    elif len(places) == 2:
                        step = kernel(given[places[0]], given[places[1]])
                    else:
                        step = kernel(*[given[k] for k in places])
                    if not -inf < step < inf or (not step and product and all([given[k] for k in places])):  # noqa: C419
                        return None
                    given.append(step)
                partial = given[last]
            handed = adjoint * partial
            if not -inf < handed < inf or (not handed and adjoint and partial):
                return None
            known = adjoints.get(arg)
            adjoints[arg] = handed if known is None else known + handed
    result: dict[int, Any] = dict(picked)
    result.update((leaf, adjoints[leaf]) for leaf in leaves if leaf in adjoints)
    return result


def _partials(op: str) -> tuple[Partial | None, ...] | None:
    """The partials of an operation of numbers, None for those that are no formulas of such; None where it is none."""
    entry = TABLE[op]
    if entry.kind != "elementwise" or entry.static:
        return None
    names = (*entry.parameters, "y")
    return tuple([_partial(template(text, names), len(names)) for text in entry.d])


def _partial(form: Template, count: int) -> Partial | None:
    if form.output < 0:
        return Partial(None, -1 - form.output, (), 0)
    steps: list[tuple[Kernel | None, Any, tuple[int, ...], bool]] = []
    for op, args, attr in form.nodes:
        if op == "const":
            steps.append((None, to_float(attr), (), False))  # type: ignore[arg-type]
            continue
        entry = TABLE.get(op)
        if entry is None or entry.kind not in ("elementwise", "selection") or attr is not None:
            return None
        places = tuple(a + count if a >= 0 else -1 - a for a in args)
        kernel = scalar_kernel(entry) if entry.value is None else formula_kernel(op, len(args))
        steps.append((kernel, None, places, op in ("*", "/")))
    constant = steps[form.output][1] if steps[form.output][0] is None else None
    return Partial(constant, None, tuple(steps), form.output + count)


def spread(graph: Graph, leaf: int, found: Mapping[int, Any]) -> list[float]:
    """The adjoints of a leaf's numbers, row by row."""
    shape = graph.shapes[leaf]
    if not shape:
        return [found.get(leaf, 0.0)]
    row = list(repeat(0.0, graph.size(leaf)))
    for places, adjoint in found.get(leaf, {}).items():
        flat = 0
        for length, k in zip(shape, places, strict=True):
            flat = flat * length + k
        row[flat] = adjoint
    return row
