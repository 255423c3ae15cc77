"""Where a value that is not finite was born, told as an error with the place in the user's text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..errors import DcalcError
from ..graph.graph import STRUCTURAL, Graph
from ..graph.shapes import name_of
from ..graph.template import template
from ..primitives import TABLE
from ..primitives.entry import Primitive
from .scalar import Point, Value, evaluate, shape_of

Values = Mapping[int, Value]

TOO_LARGE = "too large for floating point (the limit is 1.8e308)"
#: A text of the user that is longer than this is not repeated in a message: the span shows it.
LONG = 30
#: Operations that do not look at all of their arguments.
_LAZY = frozenset(("if", "and", "or"))


def node_values(graph: Graph, outputs: Sequence[int], point: Point) -> dict[int, Value]:
    """The value of every node that the outputs are made of: a float for a number, else an array.

    DcalcError (shape) where an input's value has another shape than the graph was made for.
    """
    nodes = graph.reachable(outputs)
    hold_shapes(graph, nodes, point)
    return dict(zip(nodes, evaluate(graph, nodes, point), strict=True))


def hold_shapes(graph: Graph, nodes: Sequence[int], point: Point) -> None:
    """An input that was written as a number may have become a vector since, or the other way about: an error."""
    ops = graph.ops
    for node in nodes:
        if ops[node] != "input":
            continue
        name, shape = graph.attrs[node], graph.shapes[node]
        if name not in point:
            continue
        given = shape_of(point[name])
        if shape == given:
            continue
        source, span = graph.origins.get(node, (None, None))
        message = f"{name} is {name_of(shape)} here, but its value is {name_of(given)}"
        raise DcalcError("shape", message, source=source, span=span, hint=f"write again what was made of {name}")


def all_finite(value: Value) -> bool:
    """Whether a number is finite, or all numbers of an array are."""
    if isinstance(value, (float, int)):
        return math.isfinite(value)
    import numpy as np

    return bool(np.isfinite(value).all())


def _truths(value: Value) -> tuple[bool, bool]:
    """Of a condition: whether it holds anywhere, and whether it does not hold anywhere."""
    if isinstance(value, (float, int)):
        return bool(value), not value
    return bool((value != 0).any()), bool((value == 0).any())


def taken(graph: Graph, outputs: Sequence[int], values: Values) -> set[int]:
    """The nodes that matter at this point: of an `if` only the condition and the branch that holds.

    Of `and` and `or` only the left side where it decides: `x > 0 and log(x) < 1` at -1 does not fail. With arrays,
    what holds for one component matters.
    """
    return _reached(graph, outputs, values, suspects=False)


def _reached(graph: Graph, outputs: Sequence[int], values: Values, suspects: bool) -> set[int]:
    """`taken`; with `suspects` without what can be at fault only for components that are not chosen."""
    ops = graph.ops
    order = graph.reachable(outputs)
    if _LAZY.isdisjoint([ops[node] for node in order]):
        return set(order)
    seen = set(outputs)
    stack = list(seen)
    while stack:
        node = stack.pop()
        op, args = ops[node], graph.args[node]
        if op in ("if", "and", "or"):
            holds, fails = _truths(values[args[0]])
            if suspects and holds and fails:
                args = _faulty(args, values) if op == "if" else args[:1]
            elif op == "if":
                args = args if holds and fails else args[:2] if holds else (args[0], args[2])
            elif not (holds if op == "and" else fails):
                args = args[:1]
        for arg in args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return seen


def _faulty(args: tuple[int, ...], values: Values) -> tuple[int, ...]:
    """Of an `if` that chooses by component: its condition, and the branches of which it chose what is not finite."""
    import numpy as np

    condition, u, v = args
    chosen = np.not_equal(values[condition], 0.0)
    bad = (np.any(chosen & ~np.isfinite(values[u])), np.any(~chosen & ~np.isfinite(values[v])))
    return (condition, *(arg for arg, at_fault in zip((u, v), bad, strict=True) if at_fault))


def first_failure(graph: Graph, outputs: Sequence[int], values: Values) -> DcalcError | None:
    """The first value on the way to the outputs that is not finite though its arguments allow it, as an error.

    An infinity that the user wrote or gave is none.
    """
    finite = math.isfinite
    bad = {n for n, value in values.items() if not (finite(value) if type(value) is float else all_finite(value))}
    loops = [node for node in graph.looping if graph.ops[node] == "loop" and node in values]
    if not bad and not loops:
        return None
    for node in sorted(bad.union(loops) & _reached(graph, outputs, values, suspects=True)):
        if graph.ops[node] == "loop":
            from .loop_failures import loop_failure

            failure = loop_failure(graph, node, values)
            if failure is not None:
                return failure
        if graph.ops[node] in STRUCTURAL:
            if graph.ops[node] == "const" and not isinstance(graph.attrs[node], str):
                source, span = graph.origins.get(node, (None, None))
                message = f"this number is {TOO_LARGE}"
                return DcalcError("domain", message, source=source, span=span, hint="--ieee goes on with inf")
            continue
        found = _born(graph, node, values)
        if found is not None:
            return _failure(graph, node, *found)
    return None


def _born(graph: Graph, node: int, values: Values) -> tuple[list[Value], float, str] | None:
    """The arguments and the value that is not finite though they allow it, and the component where there are more.

    The arguments are numbers where the operation works component by component, else as they are.
    """
    value = values[node]
    args = [values[arg] for arg in graph.args[node]]
    if isinstance(value, (float, int)) and all(isinstance(arg, (float, int)) for arg in args):
        return (args, value, "") if _is_new(value, args) else None
    import numpy as np

    if TABLE[graph.ops[node]].kind in ("elementwise", "selection"):
        nans, finite = np.False_, np.True_
        for arg in args:
            nans = nans | np.isnan(arg)
            finite = finite & np.isfinite(arg)
        new = (np.isnan(value) & ~nans) | (np.isinf(value) & finite)
        if not new.any():
            return None
        place = tuple(int(k) for k in np.unravel_index(int(np.argmax(new)), new.shape))
        numbers = [float(np.broadcast_to(arg, new.shape)[place]) for arg in args]
        return numbers, float(value[place]), ",".join(str(k + 1) for k in place)
    new_nan = np.isnan(value).any() and not any(np.isnan(arg).any() for arg in args)
    if new_nan or (np.isinf(value).any() and all(map(all_finite, args))):
        return args, math.nan if new_nan else math.inf, ""
    return None


def _is_new(value: float, args: Sequence[float]) -> bool:
    if math.isnan(value):
        return not any(map(math.isnan, args))
    return all(map(math.isfinite, args))


def _failure(graph: Graph, node: int, args: list[Value], value: float, component: str) -> DcalcError:
    entry, attr = TABLE[graph.ops[node]], graph.attrs[node]
    source, span = graph.origins.get(node, (None, None))
    where = f", at component {component}" if component else ""
    numbers = entry.kind in ("elementwise", "selection")
    if entry.name in ("inv", "solve") and math.isnan(value) and all(map(all_finite, args)):
        message = "a singular matrix has no inverse"
        hint = f"rounding cannot tell this {name_of(args[0].shape)[2:]} from a singular one"
        return DcalcError("domain", message, source=source, span=span, hint=hint)
    if numbers:
        shown = call(entry, args, attr)
    else:
        text = source.text[slice(*span)] if source is not None and span is not None else ""
        shown = text if 0 < len(text) <= LONG and "\n" not in text else call(entry, None, attr)
    if numbers and not _in_domain(entry, args, attr):
        hint = f"{call(entry, None, attr)} needs {entry.domain}"
        if entry.remedy:
            hint += f"; {entry.remedy}"
        return DcalcError("domain", f"{shown} is not defined{where}", source=source, span=span, hint=hint)
    if math.isinf(value):
        hint = "--ieee goes on with inf; working with logarithms keeps the numbers small"
        return DcalcError("domain", f"{shown} is {TOO_LARGE}{where}", source=source, span=span, hint=hint)
    hint = f"--ieee goes on with {'nan' if math.isnan(value) else value}"
    return DcalcError("domain", f"{shown} is not defined{where}", source=source, span=span, hint=hint)


def _in_domain(entry: Primitive, args: list[float], attr: object) -> bool:
    if not entry.domain:
        return True
    graph = Graph()
    from ..graph.build import Builder

    leaves = tuple(graph.input(name) for name in entry.parameters[entry.static :])
    names = (graph.const(attr), *leaves) if entry.static else leaves  # type: ignore[arg-type]
    node = template(entry.domain, entry.parameters).emit(Builder(graph), names)
    point = dict(zip(entry.parameters[entry.static :], args, strict=True))
    return bool(evaluate(graph, [node], point)[0])


def call(entry: Primitive, args: Sequence[float] | None, attr: object = None) -> str:
    """An operation on numbers (or on its parameters) as text: `log(-1)`, `1/0`, `(-8)^(0.333…)`."""
    if args is None:
        words = list(entry.parameters)
        if entry.static:
            words[0] = str(attr)
    else:
        words = [format(arg, ".10g") for arg in args]
        if entry.static:
            words.insert(0, str(attr))
    if entry.symbol and len(words) == 2:
        if args is not None:
            words = [f"({word})" if word.startswith("-") else word for word in words]
        return f"{words[0]}{entry.symbol}{words[1]}"
    if entry.symbol and len(words) == 1:
        return f"{entry.symbol}{words[0]}"
    return f"{entry.word}({', '.join(words)})"
