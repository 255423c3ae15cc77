"""Values of nodes of a graph that grows: each node is computed once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from ..graph.exact import to_float
from ..graph.graph import STRUCTURAL, Graph
from ..primitives import TABLE
from .plan import Step, make_plan
from .scalar import Point, PointValue, Scalar, Value
from .scalar_kernels import scalar_kernel


class Tracer:
    """The values of a graph's nodes at a point, remembered. Asking for one costs what is new below it.

    point: read when an input is first met; a name that it lacks is a KeyError. IEEE results, no exceptions.
    """

    __slots__ = ("_kernels", "_plain", "graph", "point", "values")

    def __init__(self, graph: Graph, point: Point) -> None:
        self.graph = graph
        self.point = point
        #: what is known
        self.values: dict[int, Value] = {}
        self._kernels: dict[Any, Callable[..., Value]] = {}
        #: the kernels of operations whose values are numbers where their arguments are; None: there is none
        self._plain: dict[str, Callable[..., float] | None] = {}

    def assume(self, node: int, value: PointValue) -> None:
        """Set the value of a node that nothing known was computed from: a placeholder."""
        self.values[node] = value

    def value(self, node: int) -> Value:
        """The value of a node: a float for a number, else an array of its shape, not to be written to."""
        known = self.values
        if node in known:
            return known[node]
        arguments = self.graph.args
        stack = [node]
        while stack:
            node = stack[-1]
            args = arguments[node]
            missing = [arg for arg in args if arg not in known]
            if missing:
                stack += missing
                continue
            stack.pop()
            if node not in known:
                known[node] = self.compute(node, [known[arg] for arg in args])
        return known[node]

    def fill(self, order: Sequence[int]) -> dict[int, Value]:
        """The values of many nodes, given in order of evaluation with all that they are made of."""
        graph, known, plain = self.graph, self.values, self._plain
        ops, arguments, shapes = graph.ops, graph.args, graph.shapes
        found: dict[int, Value] = {}
        for node in order:
            value = known.get(node)
            if value is None:
                args, op = arguments[node], ops[node]
                kernel = plain[op] if op in plain else self._of_numbers(op)
                if kernel is None or shapes[node]:
                    value = self.compute(node, [known[arg] for arg in args])
                elif len(args) == 2:
                    value = kernel(known[args[0]], known[args[1]])
                elif len(args) == 1:
                    value = kernel(known[args[0]])
                else:
                    value = kernel(*[known[arg] for arg in args])
                known[node] = value
            found[node] = value
        return found

    def _of_numbers(self, op: str) -> Callable[..., float] | None:
        entry = None if op in STRUCTURAL else TABLE[op]
        simple = entry is not None and entry.kind in ("elementwise", "selection")
        found = None
        if entry is not None and simple and entry.value is None and not entry.static:
            found = scalar_kernel(entry)
        self._plain[op] = found
        return found

    def compute(self, node: int, given: list[Value]) -> Value:
        """A node's operation on values for its arguments; of a leaf its value. Nothing is remembered."""
        graph = self.graph
        op, attr = graph.ops[node], graph.attrs[node]
        if op == "const":
            return to_float(attr)
        shape = graph.shapes[node]
        if op == "input":
            value = self.point[attr]
            if not shape:
                return value
            from .array import read

            return read(value, None, shape)
        shapes = tuple(graph.shapes[arg] for arg in graph.args[node])
        signature = (op, attr, shapes)
        kernel = self._kernels.get(signature)
        if kernel is None:
            kernel = self._kernels[signature] = _kernel(Step(0, op, graph.args[node], attr, shape, shapes))
        return kernel(*given)


def _kernel(step: Step) -> Callable[..., Value]:
    """The function that computes a step at one point."""
    of_arrays = bool(step.shape) or any(step.shapes)
    formula = None if step.op in STRUCTURAL else TABLE[step.op].value
    if formula is not None:
        if of_arrays or step.attr is not None:
            return _formula(step, of_arrays)
        return _formula_of_numbers(step.op, len(step.args), formula)
    if not of_arrays:
        kernel, attr = scalar_kernel(TABLE[step.op]), step.attr
        return kernel if attr is None else lambda *args: kernel(attr, *args)
    import numpy as np

    from .array import bind

    array_kernel = bind(step, (False,) * len(step.args))

    def silent(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            return array_kernel(*args)

    return silent


@cache
def _formula_of_numbers(op: str, count: int, formula: str) -> Callable[..., Value]:
    """The same of numbers: it is needed again and again, and the same for all."""
    return _formula(Step(0, op, (0,) * count, None, (), ((),) * count), of_arrays=False)


def formula_kernel(op: str, count: int) -> Callable[..., float]:
    """The function of `count` numbers that computes an entry by its formula."""
    shapes = ((),) * count
    return _formula(Step(0, op, tuple(range(count)), None, (), shapes), False)


def _formula(step: Step, of_arrays: bool) -> Callable[..., Value]:
    """An entry that is computed by a formula: a plan of its own, run with the arguments as inputs."""
    graph = Graph()
    names = [str(k) for k in range(len(step.shapes))]
    leaves = tuple(graph.input(name, shape) for name, shape in zip(names, step.shapes, strict=True))
    plan = make_plan(graph, [graph.emit(step.op, leaves, step.attr)])
    if of_arrays:
        from .array import Array

        run: Callable[..., Any] = Array(plan).run
    else:
        run = Scalar(plan).run
    return lambda *args: run(dict(zip(names, args, strict=True)))[0]
