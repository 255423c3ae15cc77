"""From nodes to polys, bottom-up, each node once.

A chain of + and - (or of * and /) whose inner nodes nobody else uses is read as one sum (one product): its terms are
gathered by a walk and never copied, so x1 + x2 + … + x10000 costs what it is long.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..exact import fold, is_exact
from ..to_ast_arrays import is_array_operation
from . import arrays
from .algebra import Algebra
from .cost import cost
from .fractions import multiplied
from .functions import apply
from .matrices import diagonal
from .poly import FEW, FEW_FACTORS, Key, Poly, TooLarge, accumulate, constant, constant_value

_SUM = frozenset(("+", "-", "neg"))
_PRODUCT = frozenset(("*", "/", "neg"))


class Reader:
    """Reads the nodes that some outputs are made of."""

    def __init__(self, algebra: Algebra, outputs: Sequence[int]) -> None:
        self.algebra = algebra
        self.graph = algebra.graph
        self.values: dict[int, Poly] = {}
        #: nodes inside of a chain -> the kind of the chain
        self._inner: dict[int, frozenset[str]] = {}
        order = self.graph.reachable(outputs)
        self._find_chains(order, outputs)
        for node in order:
            if node not in self._inner:
                try:
                    self.values[node] = self._read(node)
                except TooLarge:
                    self.values[node] = self._as_it_stands(node)

    def _find_chains(self, order: list[int], outputs: Sequence[int]) -> None:
        ops, args = self.graph.ops, self.graph.args
        uses = dict.fromkeys(order, 0)
        for node in order:
            for arg in args[node]:
                uses[arg] += 1
        for node in outputs:
            uses[node] += 1
        for node in reversed(order):
            kind = self._inner.get(node) or self._kind(node, uses)
            for arg in args[node]:
                if uses[arg] == 1 and ops[arg] in kind:
                    self._inner[arg] = kind

    def _kind(self, node: int, uses: dict[int, int]) -> frozenset[str]:
        op = self.graph.ops[node]
        if op in ("+", "-"):
            return _SUM
        if op in ("*", "/"):
            return _PRODUCT
        if op == "neg":
            (arg,) = self.graph.args[node]
            return _PRODUCT if uses[arg] == 1 and self.graph.ops[arg] in ("*", "/") else _SUM
        return frozenset()

    def _read(self, node: int) -> Poly:
        graph, algebra = self.graph, self.algebra
        op, args = graph.ops[node], graph.args[node]
        if op in ("+", "-"):
            return self._sum(node)
        if op in ("*", "/"):
            return self._product(node)
        if op == "neg":
            return self._product(node) if self._inner.get(args[0]) is _PRODUCT else self._sum(node)
        if op == "const":
            value = graph.attrs[node]
            return constant(value) if is_exact(value) else _atom(node)
        if op == "input":
            return _atom(node)
        values = [self.values[arg] for arg in args]
        if is_array_operation(op):
            return arrays.apply(algebra, op, values, [graph.shapes[arg] for arg in args], graph.attrs[node])
        if op == "sqrt":
            from fractions import Fraction

            return algebra.power(values[0], Fraction(1, 2))
        if op == "^":
            exponent = constant_value(values[1])
            if exponent is not None:
                return algebra.power(values[0], exponent)
            return algebra.symbolic_power(values[0], values[1])
        return apply(algebra, op, values, graph.attrs[node])

    # -- sums ------------------------------------------------------------------------------------------------

    def _sum(self, root: int) -> Poly:
        ops, args = self.graph.ops, self.graph.args
        result: Poly = {}
        stack: list[tuple[int, int]] = [(root, 1)]
        while stack:
            node, sign = stack.pop()
            if node == root or self._inner.get(node) is _SUM:
                if ops[node] == "neg":
                    stack.append((args[node][0], -sign))
                else:
                    stack.append((args[node][1], -sign if ops[node] == "-" else sign))
                    stack.append((args[node][0], sign))
                continue
            value = self.values[node]
            if self._is_nan(value):
                return value
            if len(value) > FEW:
                value = self._as_factor(value)
            accumulate(result, value, sign)
        result = self._multiplied_out(result)
        if self.graph.shapes[root]:
            result = arrays.joined(self.algebra, result)
        if len(result) > 1:
            self.algebra.text_sums.add(frozenset(result.items()))
        return result

    def _as_factor(self, value: Poly) -> Poly:
        """A long sum as one factor, so that its terms are not copied into the sum that it stands in."""
        node = self.algebra.node(value)
        if not self.algebra.is_sum(node):
            return self.algebra.poly(node)
        content, other = self.algebra.primitive(node)
        return {((other, 1),): content}

    def _multiplied_out(self, poly: Poly) -> Poly:
        """2*(x + 1) + 3*x is 5*x + 2: products of a sum are multiplied out where that makes the whole shorter."""
        algebra = self.algebra
        inner: dict[Key, Poly] = {}
        for key, value in poly.items():
            sums = [base for base, exponent in key if exponent == 1 and algebra.is_sum(base)]
            if len(sums) == 1 and len(algebra.canon[sums[0]]) <= FEW and len(key) <= FEW_FACTORS:
                rest: Poly = {tuple([factor for factor in key if factor[0] != sums[0]]): value}
                inner[key] = multiplied(algebra, rest, algebra.canon[sums[0]])
        if not inner:
            return poly
        meetings: dict[Key, int] = {key: 1 for key in poly if key not in inner}
        for terms in inner.values():
            for key in terms:
                meetings[key] = meetings.get(key, 0) + 1
        result: Poly = {}
        numbers_only = True
        for key, value in poly.items():
            terms = inner.get(key, {})
            if len(key) == 1 and value in (1, -1) and terms:
                accumulate(result, terms)
            elif any(meetings[term] > 1 for term in terms):
                numbers_only = numbers_only and len(key) == 1
                accumulate(result, terms)
            else:
                accumulate(result, {key: value})
        longer = cost(algebra, result) - cost(algebra, poly)
        return result if longer < 0 or (longer == 0 and numbers_only) else poly

    # -- products --------------------------------------------------------------------------------------------

    def _product(self, root: int) -> Poly:
        ops, args = self.graph.ops, self.graph.args
        sign = 1
        factors: list[tuple[Poly, int]] = []
        stack: list[tuple[int, int]] = [(root, 1)]
        while stack:
            node, exponent = stack.pop()
            if node == root or self._inner.get(node) is _PRODUCT:
                if ops[node] == "neg":
                    sign = -sign
                    stack.append((args[node][0], exponent))
                else:
                    stack.append((args[node][1], -exponent if ops[node] == "/" else exponent))
                    stack.append((args[node][0], exponent))
                continue
            value = self.values[node]
            if self._is_nan(value):
                return value
            factors.append((value, exponent))
        result = self.algebra.multiply(sign, factors)
        return diagonal(self.algebra, result) if len(self.graph.shapes[root]) == 2 else result

    # -- what stays as it is ---------------------------------------------------------------------------------

    def _is_nan(self, poly: Poly) -> bool:
        """Whether a poly is the constant nan, which stays one whatever is added to it."""
        if len(poly) != 1:
            return False
        ((key, _),) = poly.items()
        if len(key) != 1:
            return False
        node = key[0][0]
        return self.graph.ops[node] == "const" and self.graph.attrs[node] == "nan"

    def _as_it_stands(self, root: int) -> Poly:
        """A node with simplified arguments and nothing else; for a chain, every node of it."""
        graph = self.graph
        kind = self._inner_kind(root)
        chain = [root]
        for node in chain:
            chain.extend(arg for arg in graph.args[node] if kind is not None and self._inner.get(arg) is kind)
        new: dict[int, int] = {}
        for node in sorted(chain):
            args = tuple([new[arg] if arg in new else self.algebra.node(self.values[arg]) for arg in graph.args[node]])
            if is_array_operation(graph.ops[node]):
                shapes = [graph.shapes[arg] for arg in graph.args[node]]
                args = tuple([graph.full(arg, shape) for arg, shape in zip(args, shapes, strict=True)])
            exact = fold(graph.ops[node], [graph.attrs[arg] if graph.is_const(arg) else "nan" for arg in args])
            if exact is not None:
                new[node] = graph.const(exact)
            else:
                new[node] = graph.emit(graph.ops[node], args, graph.attrs[node])
        return _atom(new[root])

    def _inner_kind(self, root: int) -> frozenset[str] | None:
        for arg in self.graph.args[root]:
            if arg in self._inner:
                return self._inner[arg]
        return None


def _atom(node: int) -> Poly:
    return {((node, 1),): 1}
