"""The operations of a text on nodes that are known: entries of the table and subscripts.

What makes and reshapes arrays is next door, in `arrays`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import DcalcError, Source, Span
from ..language import ast
from ..primitives import ALIASES, TABLE
from ..primitives.entry import Primitive
from .exact import Constant, fold, literal
from .graph import Graph
from .shapes import Places, ShapeError, broadcast, infer, name_of

#: Operation -> how many of its arguments, from the first, are conditions.
CONDITIONS = {"if": 1, "and": 2, "or": 2, "not": 1}

#: Entries of which lowering knows more than that they are to be emitted.
SHAPED = frozenset({"transpose", "dot", "tr"})
#: Entries that have no value of numbers alone.
ARRAYS_ONLY = frozenset(n for n, entry in TABLE.items() if entry.kind in ("multilinear", "opaque")) - {"transpose"}

#: Functions and operators of numbers that are but emitted: the user's word -> the operation, how many arguments.
SIMPLE = {
    word: (entry.name, len(entry.parameters))
    for entry in TABLE.values()
    for word in (entry.name, *entry.aliases)
    if entry.kind in ("elementwise", "selection")
    and not (entry.folds or entry.static or entry.defaults or entry.name in CONDITIONS or entry.name in SHAPED)
}

#: Constants that one vector may be made of.
MOST_CONSTANTS = 1_000_000

#: Operations of a subscript that is looked at whether it moves with the rounds of a loop.
LONGEST_SUBSCRIPT = 50

#: A whole number that a node is at the point, where it is no constant: (node, its place, the text) -> number or None.
WholeAt = Callable[[int, ast.Node, "Source | None"], "int | None"]


class Operations:
    """Emits what a text asks for into a graph. What does not fit is a DcalcError of kind arity, shape or domain."""

    __slots__ = ("axis", "counters", "formula", "graph", "taken_for_arrays", "whole_at")

    def __init__(self, graph: Graph, *, formula: bool = False, axis: int | None = None) -> None:
        self.graph = graph
        #: the text is one of the table's formulas, whose reductions go along this axis and keep it
        self.formula = formula
        self.axis = axis
        self.whole_at: WholeAt | None = None
        #: stand-ins for the numbers of the rounds that a loop's node stands for, with these numbers
        self.counters: dict[int, range] = {}
        #: numbers that were given to functions of arrays, as in sum(x): a prime has to know
        self.taken_for_arrays: set[int] = set()

    def node(self, node: ast.Node, args: tuple[int, ...], source: Source | None) -> int:
        """The node of an operation whose arguments are known; `parts_of` names its arguments."""
        if type(node) is ast.Call:
            entry = TABLE.get(ALIASES.get(node.function, node.function))
            # A scalar program comes this way: one look, and the operation is emitted.
            if entry is None or node.keywords or (len(args) == 1 and entry.folds) or entry.name in SHAPED:
                from .arrays import call

                return call(self, node, args, source)
            return self.apply(entry, node, args, source)
        if isinstance(node, ast.Iverson):
            return args[0]
        if isinstance(node, ast.Vector):
            return self.emit("vector", args, None, node, source, node.children)
        if isinstance(node, ast.Index):
            return self._index(node, args, source)
        assert isinstance(node, ast.Range)
        first, last = (self.whole(arg, part, source) for arg, part in zip(args, node.children, strict=True))
        if last < first:
            raise error("shape", f"{first}..{last} is empty", node, source, "a range goes upwards: 1..3")
        self.hold_count(last - first + 1, node, source)
        return self.graph.vector(tuple(self.graph.const(k) for k in range(first, last + 1)))

    def hold_count(self, count: int, node: ast.Node, source: Source | None) -> None:
        """Refuse to write out more constants than memory holds."""
        if count > MOST_CONSTANTS:
            message = f"{count} numbers are more than can be written out (the limit is {MOST_CONSTANTS})"
            raise error("limit", message, node, source, "give an array of them at the point, or use a loop")

    def emit(
        self,
        op: str,
        args: tuple[int, ...],
        attr: Any,
        node: ast.Node,
        source: Source | None,
        operands: tuple[ast.Node, ...],
    ) -> int:
        """An operation; shapes that do not fit are told at the operands (the trees of the arguments)."""
        try:
            if op in ARRAYS_ONLY and not any(self.graph.shapes[arg] for arg in args):
                infer(op, [()] * len(args), attr)  # there is none of numbers
            result = self.graph.emit(op, args, attr)
        except ShapeError as problem:
            raise self.misfit(problem, args, node, source, operands) from None
        self.remember(result, node.span, source)
        return result

    def misfit(
        self,
        problem: ShapeError,
        args: tuple[int, ...],
        node: ast.Node,
        source: Source | None,
        operands: tuple[ast.Node, ...],
    ) -> DcalcError:
        """Shapes that do not fit, with carets under the operands that they are of."""
        spans = [operands[k].span for k in problem.positions if k < len(operands)]
        hint = problem.hint
        for k in problem.positions:
            if k < len(operands) and not self.graph.shapes[args[k]]:
                hint = self.number_hint(operands[k], args[k]) or hint
        return DcalcError(
            "shape",
            problem.message,
            source=source,
            span=spans[0] if spans else node.span,
            hint=hint,
            also=tuple(spans[1:]),
        )

    def number_hint(self, operand: ast.Node, arg: int) -> str | None:
        """What to do where a name without a value was taken for a number."""
        if not isinstance(operand, ast.Name) or self.graph.ops[arg] != "input":
            return None
        name = operand.name
        return f"{name} is a number here: give it an array (--at {name}=[…]), or declare its shape, {name}: 3"

    # -- entries of the table --------------------------------------------------------------------------------

    def apply(self, entry: Primitive, node: ast.Call, args: tuple[int, ...], source: Source | None) -> int:
        """An entry of the table on values: of arrays component by component, with broadcasting."""
        graph = self.graph
        args = self.complete(entry, args, node, source)
        if entry.name in CONDITIONS:
            args = (*map(self.truth, args[: CONDITIONS[entry.name]]), *args[CONDITIONS[entry.name] :])
        if entry.folds:
            return self.chain(entry.name, args, node, source)
        order: Any = None
        exact: Constant | None = None
        if entry.static:
            if graph.ops[args[0]] == "vector":
                return self._orders(entry, node, args, source)
            order, args = self._static(entry, node, args[0], source), args[1:]
        elif entry.along:
            order = self.axis
        else:
            ops = graph.ops
            for arg in args:
                if ops[arg] != "const":
                    break
            else:
                exact = fold(entry.name, [graph.attrs[arg] for arg in args])
        if exact is None:
            operands = node.children[1:] if entry.static else node.children
            return self.emit(entry.name, args, order, node, source, operands)
        result = graph.const(exact)
        self.remember(result, node.span, source)
        return result

    def chain(self, op: str, args: tuple[int, ...], node: ast.Node, source: Source | None) -> int:
        """An operation of two on many, folded from the left: `max(a, b, c)`, and sums as chains of `+`."""
        graph = self.graph
        operands = node.children if len(node.children) >= len(args) else ()
        result = args[0]
        for k, arg in enumerate(args[1:], 1):
            exact = None
            if graph.is_const(result) and graph.is_const(arg):
                exact = fold(op, [graph.attrs[result], graph.attrs[arg]])
            if exact is not None:
                result = graph.const(exact)
                self.remember(result, node.span, source)
            else:
                # What stands for the left side: the last of the arguments of its shape.
                shape = graph.shapes[result]
                left = next((j for j in range(k - 1, 0, -1) if graph.shapes[args[j]] == shape), 0)
                pair = (operands[left], operands[k]) if operands else ()
                result = self.emit(op, (result, arg), None, node, source, pair)
        return result

    def truth(self, node: int) -> int:
        """A condition as a truth value: a number holds where it is not 0, and is told as the jump that this is."""
        graph = self.graph
        if graph.ops[node] in TABLE and TABLE[graph.ops[node]].truth:
            return node
        exact = fold("!=", [graph.attrs[node], 0]) if graph.is_const(node) else None
        return graph.emit("!=", (node, graph.const(0))) if exact is None else graph.const(exact)

    def _orders(self, entry: Primitive, node: ast.Call, args: tuple[int, ...], source: Source | None) -> int:
        """`polygamma([0, 1], x)`: one for each order."""
        graph = self.graph
        orders = graph.args[args[0]]
        rows = []
        for k, order in enumerate(orders):
            rest = tuple(graph.index(arg, (k,)) if graph.shapes[arg][:1] == (len(orders),) else arg for arg in args[1:])
            rows.append(graph.emit(entry.name, rest, self._static(entry, node, order, source)))
        return self.emit("vector", tuple(rows), None, node, source, ())

    def _static(self, entry: Primitive, node: ast.Call, order: int, source: Source | None) -> int:
        value = self.graph.attrs[order] if self.graph.is_const(order) else None
        if type(value) is not int or not 0 <= value <= 1000:
            parameter = entry.parameters[0]
            raise error(
                "domain",
                f"{entry.name}({parameter}, …) needs a whole number from 0 to 1000 for {parameter}",
                node.children[0],
                source,
                f"for example {entry.name}(1, x)",
            )
        return value

    # -- subscripts ------------------------------------------------------------------------------------------

    def _index(self, node: ast.Index, args: tuple[int, ...], source: Source | None) -> int:
        base = args[0]
        shape = self.graph.shapes[base]
        first = node.children[0]
        subscripts = node.children[1:]
        if not shape:
            hint = self.number_hint(first, base) or "vectors have components: [1, 2][1]"
            raise error("shape", "this is a number and has no components", node, source, hint)
        if len(subscripts) > len(shape):
            most = f"{len(shape)} subscript{'s' if len(shape) > 1 else ''}"
            raise error("shape", f"{name_of(shape)} has {most}, not {len(subscripts)}", node, source)
        places: list[int | tuple[int, int]] = []
        taken = 1
        for length, subscript in zip(shape, subscripts, strict=False):
            if isinstance(subscript, ast.All):
                places.append((0, length))
            elif isinstance(subscript, ast.Range):
                start, stop = (
                    self.whole(arg, part, source, length, subscript)
                    for arg, part in zip(args[taken : taken + 2], subscript.children, strict=True)
                )
                taken += 2
                if stop < start:
                    raise error("shape", f"{start}..{stop} is empty", subscript, source, "a slice holds something")
                places.append((start - 1, stop))
            elif self.counters and not any(isinstance(k, tuple) for k in places) and self._moves(args[taken], length):
                base, places = self.graph.emit("pick", (self.graph.index(base, tuple(places)), args[taken])), []
                taken += 1
            else:
                places.append(self.whole(args[taken], subscript, source, length, subscript) - 1)
                taken += 1
        return self.pick(base, tuple(places), node, source)

    def _moves(self, node: int, most: int) -> bool:
        """Whether a subscript moves evenly with the numbers of rounds, and is from 1 to `most` in all of them."""
        form = self.moving(node)
        if form is None:
            return False
        multiples, least = form
        largest = least
        for counter, times in multiples.items():
            ends = times * self.counters[counter][0], times * self.counters[counter][-1]
            least, largest = least + min(ends), largest + max(ends)
        return least >= 1 and largest <= most

    def moving(self, node: int) -> tuple[dict[int, int], int] | None:
        """Of a subscript that moves evenly with the numbers of rounds: its multiples of them, and what is added."""
        graph = self.graph
        order = graph.reachable([node])
        if len(order) > LONGEST_SUBSCRIPT or self.counters.keys().isdisjoint(order):
            return None
        #: node -> its multiples of counters, and what is added
        forms: dict[int, tuple[dict[int, int], int]] = {}
        for one in order:
            op, args, attr = graph.ops[one], graph.args[one], graph.attrs[one]
            if one in self.counters:
                forms[one] = {one: 1}, 0
            elif op == "const" and type(attr) is int:
                forms[one] = {}, attr
            elif op in ("+", "-", "neg"):
                sides = [forms.get(arg) for arg in args]
                signs = (-1,) if op == "neg" else (1, 1 if op == "+" else -1)
                total: dict[int, int] = {}
                added = 0
                for side, sign in zip(sides, signs, strict=True):
                    if side is None:
                        return None
                    added += sign * side[1]
                    for counter, times in side[0].items():
                        total[counter] = total.get(counter, 0) + sign * times
                forms[one] = total, added
            else:
                return None
        return forms[node]

    def pick(self, base: int, places: Places, node: ast.Node, source: Source | None) -> int:
        """What an index picks."""
        result = self.graph.index(base, places)
        self.remember(result, node.span, source)
        return result

    def whole(
        self,
        arg: int,
        part: ast.Node,
        source: Source | None,
        most: int | None = None,
        place: ast.Node | None = None,
    ) -> int:
        """A whole number, as subscripts, sizes and ranges need it; with `most` it is a subscript, from 1 to that."""
        graph = self.graph
        value = graph.attrs[arg] if graph.is_const(arg) else None
        if type(value) is float and value.is_integer():
            value = int(value)
        if value is None and not graph.shapes[arg] and self.whole_at is not None:
            value = self.whole_at(arg, part, source)
        if type(value) is int and (most is None or 1 <= value <= most):
            return value
        if most is None:
            raise error("shape", "a whole number belongs here", part, source, "sizes and ranges are counted: 1..3")
        hint = "subscripts count from 1 and are whole numbers"
        raise error("shape", f"a subscript from 1 to {most} belongs here", place or part, source, hint)

    # -- arguments -------------------------------------------------------------------------------------------

    def fit(self, node: ast.Call, args: tuple[int, ...], source: Source | None) -> None:
        """Refuse arguments that a composite entry's operations will not fit together."""
        try:
            broadcast([self.graph.shapes[arg] for arg in args])
        except ShapeError as problem:
            raise self.misfit(problem, args, node, source, node.children) from None

    def complete(
        self, entry: Primitive, args: tuple[int, ...], node: ast.Call, source: Source | None
    ) -> tuple[int, ...]:
        """The arguments with defaults put in; an arity error where they do not fit."""
        most = len(entry.parameters)
        if len(args) == most and not entry.folds:
            return args
        least = most - len(entry.defaults)
        if entry.folds:
            if not args:
                raise arity_error(f"{entry.name}(u, v, …)", "at least one", 0, node, source)
            return args
        if not least <= len(args) <= most:
            wanted = str(most) if least == most else f"{least} or {most}"
            raise arity_error(f"{entry.name}({', '.join(entry.parameters)})", wanted, len(args), node, source)
        missing = entry.defaults[len(args) - least :]
        return args + tuple(self.graph.const(literal(text)) for text in missing)

    def remember(self, node: int, span: Span, source: Source | None) -> None:
        """Note where the text asks for a node."""
        # Of one text the first place, of several the last text: what fails is told about what was just asked.
        if source is not None and (node not in self.graph.origins or self.graph.origins[node][0] is not source):
            self.graph.origins[node] = (source, span)


def parts_of(node: ast.Node) -> tuple[ast.Node, ...]:
    """The trees whose values an operation takes: its children, and of slices both ends."""
    if type(node) is ast.Index and any(type(part) in (ast.Range, ast.All) for part in node.children[1:]):
        parts: list[ast.Node] = []
        for part in node.children:
            parts += part.children if type(part) in (ast.Range, ast.All) and part is not node.children[0] else [part]
        return tuple(parts)
    return node.children


def arity_error(signature: str, wanted: str, got: int, node: ast.Call, source: Source | None) -> DcalcError:
    """A call with too few or too many arguments. wanted: how many, in words."""
    plural = "" if wanted in ("1", "at least one") else "s"
    message = f"{node.function} takes {wanted} argument{plural}, here it has {got or 'none'}"
    return error("arity", message, node, source, f"write {signature}")


def error(
    kind: str,
    message: str,
    node: ast.Node,
    source: Source | None,
    hint: str | None = None,
    span: Span | None = None,
) -> DcalcError:
    """A failure at a node of the tree, or at a span in it."""
    return DcalcError(kind, message, source=source, span=span or node.span, hint=hint)
