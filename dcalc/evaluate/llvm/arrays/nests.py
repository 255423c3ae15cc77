"""What of a plan with arrays is computed in which loop nest, and what stands in memory between them.

Everything is computed where it is read, from what stands in memory: inputs, results of NumPy and of reductions, what
was asked for, and what costs too much to be computed twice. Nests of one level need nothing of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....graph.shapes import Shape, size
from ...plan import Plan
from ..kernels import POWERS, weight
from .pieces import Nest, Result, Root, TooLongError, row_by_row
from .views import REDUCTIONS, VIEWS, Map, Values, bounds, identity, through

#: A value is kept in memory if it is read in two places and takes so many instructions, or in four and takes a few.
DEAR, FEW = 20, 3
MANY_PLACES = 4
#: What takes time, by instructions: to read or write a number that stands apart from the next one, to add up the lanes
#: of a vector, to begin the inner loop anew; and numbers of a vector.
FAR, TOGETHER, AROUND, VECTOR = 1.5, 40.0, 5.0, 8
#: Visits of values beyond which a plan is not compiled, and parts that a nest is cut into.
MOST_VISITS = 60_000
MOST_REGIONS = 64


class Schedule:
    """The nests of a plan, level by level, and the values in memory."""

    def __init__(self, plan: Plan) -> None:
        self.values = Values(plan)
        self.plan = plan
        self.roots: dict[int, Root] = {}
        self.nests: list[Nest] = []
        self._visits = 0
        if any(0 in node.shape for node in self.values.nodes.values()):
            raise TooLongError
        self._choose_roots()
        for root in sorted(self.roots.values(), key=lambda root: self._place[root.slot]):
            self._schedule(root)
        self.nests.sort(key=lambda nest: nest.level)
        for nest in self.nests:
            self._lay_out(nest)
        #: each input's and root's place among the buffers
        self.buffers = [root for root in self.roots.values() if root.kind != "alias"]
        for k, root in enumerate(self.buffers):
            root.buffer = k
        for nest in self.nests:
            nest.results = [self._aimed(nest, result) for result in nest.results]

    def home(self, slot: int) -> tuple[Root, tuple[int, ...]] | None:
        """Where a value stands in memory, and its strides; None if it does not."""
        node = self.values.nodes[slot]
        if node.op == "alias":
            found = self.home(node.args[0])
            assert found is not None
            return found[0], row_by_row(node.shape)
        root = self.roots.get(slot)
        return (root, root.strides) if root is not None else None

    def operands(self, slot: int) -> list[tuple[int, bool]]:
        """What a step of NumPy reads, and whether it has it transposed: for products of matrices that costs nothing."""
        nodes = self.values.nodes
        node = nodes[slot]
        product = node.attr.op == "@"
        return [
            (nodes[arg].args[0], True) if product and nodes[arg].op == "transpose" else (arg, False)
            for arg in node.args
        ]

    # -- what stands in memory ---------------------------------------------------------------------------------------

    def _choose_roots(self) -> None:
        nodes = self.values.nodes
        order = self._order()
        self._place = {slot: k for k, slot in enumerate(order)}
        stage: dict[int, int] = {}
        for slot in order:
            node = nodes[slot]
            late = [stage[arg] + (nodes[arg].op in REDUCTIONS or nodes[arg].op in ("numpy", "parts"))
                    for arg in node.args]  # fmt: skip
            stage[slot] = max(late, default=0)
        natural = set(self.plan.outputs)
        for slot in order:
            if nodes[slot].op == "numpy":
                natural.update(arg for arg, _ in self.operands(slot))
            elif nodes[slot].op == "alias":
                natural.update(nodes[slot].args)
        for slot in reversed(order):  # through one alias to the other
            if slot in natural and nodes[slot].op == "alias":
                natural.update(nodes[slot].args)
        contexts: dict[int, set[Any]] = {}
        cost: dict[int, int] = {}
        for slot in order:
            node = nodes[slot]
            own = self._weight(slot) if node.computed else 0
            cost[slot] = own + sum(cost[arg] for arg in node.args if nodes[arg].computed or nodes[arg].op in VIEWS)
            cost[slot] = min(cost[slot], 10**6)
        for slot in reversed(order):
            node = nodes[slot]
            if node.op in ("const", "alias"):
                continue
            mine = contexts.get(slot, set())
            kind = {"input": "input", "numpy": "numpy", "parts": "parts"}.get(node.op)
            if node.op in REDUCTIONS:
                kind = "reduce"
            dear = len(mine) > 1 and node.computed and self._weight(slot) >= DEAR
            often = len(mine) >= MANY_PLACES and node.computed and cost[slot] >= FEW
            if kind is None and (slot in natural or dear or often):
                kind = "store"
            if kind is not None:
                root = self.roots[slot] = Root(slot, kind, node.shape, slot in natural or kind != "store")
                root.natural = slot in natural or kind in ("input", "numpy", "parts")
                spaces = [(arg, nodes[arg].shape) for arg in node.args] if kind in ("reduce", "parts") else []
                for arg, shape in spaces:
                    self._reached(contexts, arg, (_near(shape), stage[slot], identity(shape)))
                if kind != "store":
                    continue
                mine = {(_near(node.shape), stage[slot], identity(node.shape))}
            for space, when, where in mine:
                for k, arg in enumerate(node.args):
                    self._reached(contexts, arg, (space, when, through(node, k, nodes[arg].shape, where)))

    def _reached(self, contexts: dict[int, set[Any]], slot: int, context: Any) -> None:
        self._visits += 1
        if self._visits > MOST_VISITS:
            raise TooLongError
        contexts.setdefault(slot, set()).add(context)

    def _order(self) -> list[int]:
        """The slots that the outputs need, arguments first."""
        nodes = self.values.nodes
        done: dict[int, None] = {}
        stack = [(slot, False) for slot in reversed([*self.plan.outputs, *self.values.guards])]
        while stack:
            slot, ready = stack.pop()
            if slot in done:
                continue
            if ready:
                done[slot] = None
                continue
            stack.append((slot, True))
            stack += [(arg, False) for arg in reversed(nodes[slot].args)]
        return list(done)

    def _weight(self, slot: int) -> int:
        node = self.values.nodes[slot]
        exponent = self.values.nodes[node.args[1]] if node.op == "^" else None
        known = exponent.attr if exponent is not None and exponent.op == "const" else None
        return weight(node.op, known if known in POWERS else None)

    # -- nests -------------------------------------------------------------------------------------------------------

    def walk(self, slot: int, where: Map) -> Iterator[tuple[int, Map]]:
        """The values that one is made of, each with its map, down to what stands in memory."""
        nodes = self.values.nodes
        seen = {(slot, where)}
        stack = [(slot, where, True)]
        while stack:
            slot, where, first = stack.pop()
            yield slot, where
            node = nodes[slot]
            if node.op == "alias" or (not first and slot in self.roots):
                continue
            for k, arg in enumerate(node.args):
                there = through(node, k, nodes[arg].shape, where)
                if (arg, there) not in seen:
                    self._visits += 1
                    if self._visits > MOST_VISITS:
                        raise TooLongError
                    seen.add((arg, there))
                    stack.append((arg, there, False))

    def _schedule(self, root: Root) -> None:
        nodes = self.values.nodes
        node = nodes[root.slot]
        if root.kind == "input":
            root.strides, root.level = row_by_row(root.shape), -1
            return
        if root.kind == "numpy":
            levels = [0]
            for arg, _ in self.operands(root.slot):
                home = self.home(arg)
                if home is not None:
                    levels.append(home[0].level + (home[0].kind == "numpy"))
            root.level, root.strides = max(levels), row_by_row(root.shape)
            return
        values = [root.slot] if root.kind == "store" else list(node.args)
        found = [(value, where, nodes[value].shape) for value in values
                 for where in [identity(nodes[value].shape)]]  # fmt: skip
        level = 0
        cuts: list[list[set[int]]] = []
        for value, start, shape in found:
            own: list[set[int]] = [set() for _ in shape]
            for slot, where in self.walk(value, start) if root.kind == "store" else self._from(value, start):
                home = self.home(slot) if slot != root.slot else None
                if home is not None:
                    same = home[0].kind == "store" and where == start and home[0].shape == shape
                    level = max(level, home[0].level + (not same))
                if nodes[slot].op == "place" and (home is None or home[0].kind == "store"):
                    for axis, first, behind in bounds(nodes[slot], where):
                        if axis >= 0:
                            own[axis].update((first, behind))
            cuts.append(own)
        root.level = level
        offset = 0
        for (value, _, shape), own in zip(found, cuts, strict=True):
            how = node.op if root.kind == "reduce" else "store"
            gone: frozenset[int] = frozenset()
            if root.kind == "reduce":
                gone = frozenset(range(len(shape)) if node.attr is None else [len(shape) + node.attr])
            nest = self._nest(level, shape)
            nest.results.append(Result(root, value, identity(shape), shape, how, gone, (), offset))
            for axis, (here, length) in enumerate(zip(own, shape, strict=True)):
                nest.cuts[axis] |= {cut for cut in here | {length} if cut > 0}
            if root.kind == "parts":
                offset += shape[node.attr]

    def _from(self, value: int, start: Map) -> Iterator[tuple[int, Map]]:
        """As `walk`, where the value itself may stand in memory."""
        home = self.home(value)
        if home is not None and home[0].kind != "store":
            return iter([(value, start)])
        return self.walk(value, start)

    def _nest(self, level: int, shape: Shape) -> Nest:
        for nest in self.nests:
            if nest.level == level and nest.takes(shape):
                nest.lengths = [max(a, b) for a, b in zip(nest.lengths, shape, strict=True)]
                return nest
        nest = Nest(level, list(shape), cuts=[set() for _ in shape])
        self.nests.append(nest)
        return nest

    def _lay_out(self, nest: Nest) -> None:
        """The order of a nest's loops, the strides of what it makes and the cuts that matter."""
        if self._row_by_row(nest):
            total = size(tuple(nest.lengths))
            nest.lengths, nest.cuts, nest.order, nest.flat = [total], [{0, total}], (0,), True
            for k, result in enumerate(nest.results):
                gone = frozenset({0} if result.reduced else ())
                nest.results[k] = result._replace(shape=(total,), reduced=gone)
                result.root.strides = row_by_row(result.root.shape)
            return
        axes = list(range(len(nest.lengths)))
        if len(axes) > 1:
            inner = self._innermost(nest)
            axes.remove(inner)
            axes.append(inner)
        nest.order = tuple(axes)
        regions = 1
        for axis, length in enumerate(nest.lengths):
            nest.cuts[axis] = {cut for cut in nest.cuts[axis] if cut < length} | {0, length}
            regions *= len(nest.cuts[axis]) - 1
        if regions > MOST_REGIONS:
            raise TooLongError
        for result in nest.results:
            root = result.root
            if root.natural or root.strides:
                root.strides = row_by_row(root.shape)
                continue
            kept = [axis for axis in nest.order if axis not in result.reduced]
            ranks = sorted(kept)
            strides, step = [0] * len(kept), 1
            for axis in reversed(kept):
                strides[ranks.index(axis)] = step
                step *= result.shape[axis]
            root.strides = tuple(strides)

    def _innermost(self, nest: Nest) -> int:
        """The axis whose numbers are put into vectors: the one that is likely to take the least time."""
        apart = [0.0] * len(nest.lengths)
        operations = 0
        for result in nest.results:
            root = result.root
            kept = [axis for axis in range(len(result.shape)) if axis not in result.reduced]
            if root.natural:
                for axis, stride in zip(kept, row_by_row(root.shape), strict=False):
                    apart[axis] += FAR * (stride != 1)
            for axis in result.reduced:
                apart[axis] += TOGETHER / nest.lengths[axis]
            values = self.walk if root.kind == "store" else self._from
            for slot, where in values(result.value, result.where):
                node = self.values.nodes[slot]
                operations += node.computed
                home = self.home(slot) if slot != root.slot else None
                if home is None or (home[0].kind == "store" and home[0].level == nest.level):
                    continue
                for (axis, _), stride in zip(where, home[1], strict=True):
                    if axis >= 0:
                        apart[axis] += FAR * (stride != 1)
        costs = [
            apart[axis] + (operations * -(-length // VECTOR) + AROUND) / length
            for axis, length in enumerate(nest.lengths)
        ]
        return min(range(len(costs)), key=lambda axis: (costs[axis], -axis))

    def _row_by_row(self, nest: Nest) -> bool:
        """Whether a nest of several axes reads and writes arrays of its own shape alone, all row by row."""
        shape = tuple(nest.lengths)
        if len(shape) < 2 or any(cuts - {0, length} for cuts, length in zip(nest.cuts, shape, strict=True)):
            return False
        for result in nest.results:
            whole = len(result.reduced) in (0, len(shape))
            if result.root.kind == "parts" or result.shape != shape or not whole:
                return False
            values = self.walk if result.root.kind == "store" else self._from
            for slot, where in values(result.value, result.where):
                home = self.home(slot) if slot != result.root.slot else None
                still = all(axis < 0 for axis, _ in where)
                if home is None or still or (home[0].kind == "store" and home[0].level == nest.level):
                    continue
                mine = self.values.nodes[slot].shape
                if where != result.where or mine != shape or home[1] != row_by_row(shape):
                    return False
        return True

    def _aimed(self, nest: Nest, result: Result) -> Result:
        root = result.root
        node = self.values.nodes[root.slot]
        if nest.flat:
            return result._replace(strides=(0 if result.reduced else 1,))
        if root.kind == "reduce":
            strides = iter(root.strides)
            by_axis = tuple(0 if axis in result.reduced else next(strides) for axis in range(len(result.shape)))
            return result._replace(strides=by_axis)
        step = root.strides[node.attr] if root.kind == "parts" else 0
        return result._replace(strides=root.strides, offset=result.offset * step)


def _near(shape: Shape) -> Any:
    """The same for shapes that may share a nest, about."""
    return tuple(n if n <= 64 else -n.bit_length() for n in shape)
