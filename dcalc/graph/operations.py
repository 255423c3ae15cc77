"""The operations of a text on nodes that are known: entries of the table, vectors by component, subscripts."""

from __future__ import annotations

from ..errors import DcalcError, Source, Span
from ..language import ast
from ..primitives import ALIASES, TABLE
from ..primitives.entry import Primitive
from .exact import Constant, fold, literal
from .graph import Graph

#: Operation -> how many of its arguments, from the first, are conditions.
CONDITIONS = {"if": 1, "and": 2, "or": 2, "not": 1}


class Operations:
    """Emits what a text asks for into a graph. What does not fit is a DcalcError of kind arity, shape or domain."""

    __slots__ = ("graph",)

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def node(self, node: ast.Node, args: tuple[int, ...], source: Source | None) -> int:
        """The node of an operation whose arguments are known."""
        graph = self.graph
        if isinstance(node, ast.Iverson):
            return args[0]
        if isinstance(node, ast.Vector):
            for arg, item in zip(args, node.children, strict=True):
                if graph.shapes[arg]:
                    raise error(
                        "shape",
                        f"a component of a vector is a number, this one is a vector of {graph.shapes[arg][0]}",
                        item,
                        source,
                    )
            return graph.vector(args)
        if isinstance(node, ast.Index):
            return self._index(node, args, source)
        assert isinstance(node, ast.Call)
        return self._apply(entry_of(node), node, args, source)

    def _apply(self, entry: Primitive, node: ast.Call, args: tuple[int, ...], source: Source | None) -> int:
        """An entry of the table on values; vectors component by component."""
        graph = self.graph
        if entry.folds and len(args) == 1:
            args = graph.components(args[0])  # max([1, 2, 3]) is max(1, 2, 3)
        args = self.complete(entry, args, node, source)
        if not any(graph.shapes[arg] for arg in args):
            return self._scalar(entry, node, args, source)
        lengths = {graph.shapes[arg][0] for arg in args if graph.shapes[arg]}
        if len(lengths) > 1:
            shown = " and ".join(
                f"{graph.shapes[arg][0]} components" if graph.shapes[arg] else "a number" for arg in args
            )
            raise error("shape", f"{node.function} of {shown}", node, source, "the lengths must be equal")
        rows = []
        for i in range(lengths.pop()):
            parts = tuple(graph.component(arg, i) if graph.shapes[arg] else arg for arg in args)
            rows.append(self._scalar(entry, node, parts, source))
        return graph.vector(tuple(rows))

    def _scalar(self, entry: Primitive, node: ast.Call, args: tuple[int, ...], source: Source | None) -> int:
        graph = self.graph
        if entry.name in CONDITIONS:
            args = (*map(self._truth, args[: CONDITIONS[entry.name]]), *args[CONDITIONS[entry.name] :])
        if entry.folds:
            result = args[0]
            for arg in args[1:]:
                result = graph.emit(entry.name, (result, arg))
                self.remember(result, node.span, source)
            return result
        order: int | None = None
        exact: Constant | None = None
        if entry.static:
            order, args = self._static(entry, node, args[0], source), args[1:]
        elif all(graph.is_const(arg) for arg in args):
            exact = fold(entry.name, [graph.attrs[arg] for arg in args])
        result = graph.emit(entry.name, args, order) if exact is None else graph.const(exact)
        self.remember(result, node.span, source)
        return result

    def _truth(self, node: int) -> int:
        """A condition as a truth value: a number holds where it is not 0, and is told as the jump that this is."""
        graph = self.graph
        if graph.ops[node] in TABLE and TABLE[graph.ops[node]].truth:
            return node
        exact = fold("!=", [graph.attrs[node], 0]) if graph.is_const(node) else None
        return graph.emit("!=", (node, graph.const(0))) if exact is None else graph.const(exact)

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

    def _index(self, node: ast.Index, args: tuple[int, ...], source: Source | None) -> int:
        base, *subscripts = args
        shape = self.graph.shapes[base]
        if not shape:
            base_name = node.children[0].name if isinstance(node.children[0], ast.Name) else "v"
            hint = f"a vector has components: --at {base_name}=[1,2]"
            raise error("shape", "this is a number and has no components", node, source, hint)
        if len(subscripts) != 1:
            raise error("shape", f"a vector has one subscript, not {len(subscripts)}", node, source)
        value = self.graph.attrs[subscripts[0]] if self.graph.is_const(subscripts[0]) else None
        if type(value) is not int or not 1 <= value <= shape[0]:
            raise error(
                "shape",
                f"a subscript from 1 to {shape[0]} belongs here",
                node.children[1],
                source,
                "subscripts count from 1 and are whole numbers",
            )
        return self.graph.component(base, value - 1)

    def complete(
        self, entry: Primitive, args: tuple[int, ...], node: ast.Call, source: Source | None
    ) -> tuple[int, ...]:
        """The arguments with defaults put in; an arity error where they do not fit."""
        least, most = entry.arity - len(entry.defaults), entry.arity
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


def entry_of(node: ast.Call) -> Primitive:
    """The table's entry of the function that a call names."""
    return TABLE[ALIASES.get(node.function, node.function)]


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
