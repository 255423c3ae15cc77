"""From the tree to the graph: names are looked up, functions are called in place, vectors become their components.

A stack of pending work instead of recursion: a tree may be 100 000 deep. The program's own operations are emitted
as they stand (only arithmetic of exact constants is folded), so that a table of the nodes is the user's program.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeAlias

from ..errors import DcalcError, Source, nearest
from ..language import ast
from ..primitives import TABLE
from .arrays import WORDS
from .exact import literal, to_float
from .graph import Graph
from .operations import SHAPED, Operations, arity_error, error, parts_of
from .shapes import Shape

CONSTANTS = ("pi", "e", "inf")
#: Nodes that one text may visit; functions that call functions twice can double the work at each level.
MAX_VISITS = 10_000_000

#: Emits the derivative of node `output` with respect to the input node `leaf`: what `f'` asks for.
Differentiate: TypeAlias = Callable[[Graph, int, int], int]


class Function(NamedTuple):
    """A function that a user defined in one line; free names in the body are looked up when it is called."""

    name: str
    parameters: tuple[str, ...]
    body: ast.Node
    source: Source | None


class Names:
    """What names mean: nodes, functions, and inputs with a value. Copied, never shared, between sessions' steps."""

    __slots__ = ("functions", "nodes", "point")

    def __init__(self) -> None:
        #: name -> the node it was bound to
        self.nodes: dict[str, int] = {}
        self.functions: dict[str, Function] = {}
        #: inputs that a program gave a value: name -> a node that depends on no input
        self.point: dict[str, int] = {}

    def copy(self) -> Names:
        """The same meanings, to be changed apart."""
        other = Names()
        other.nodes.update(self.nodes)
        other.functions.update(self.functions)
        other.point.update(self.point)
        return other


class Lowered(NamedTuple):
    """What a program became. `output` is None where it has no value (definitions of functions only)."""

    graph: Graph
    names: Names
    output: int | None
    #: node -> the name that this program gave it
    labels: dict[int, str]
    #: things worth saying ("e is your variable here, not the constant")
    notes: list[str]
    #: the name that the last statement defined, or None where it was an expression
    defined: str | None
    #: names that were to be free: name -> the node that the program defines it as, in the program's order
    freed: dict[str, int]


Scope: TypeAlias = Mapping[str, int] | None
#: What a call goes on with: a tree, its scope and text, and what to make of its node.
Entered: TypeAlias = tuple[ast.Node, Scope, Source | None, Callable[[int], int]]


def lower(
    program: ast.Node,
    source: Source | None,
    *,
    graph: Graph | None = None,
    names: Names | None = None,
    shapes: Mapping[str, Shape] | None = None,
    differentiate: Differentiate | None = None,
    free: Collection[str] = (),
) -> Lowered:
    """The graph of a program.

    names: what names mean already (not changed). shapes: the shape of each input that the point gives; a name in
    it is an input even where it is a constant's. free: names that are to be inputs even where the program defines
    them: it is cut there. Raises DcalcError of kind name, arity, shape, syntax or limit.
    """
    return _Lowering(
        Graph() if graph is None else graph, source, (names or Names()).copy(), shapes or {}, differentiate, free
    ).program(program)


def lower_formula(graph: Graph, body: ast.Node, scope: Mapping[str, int], axis: int | None = None) -> int:
    """The node of one of the table's own formulas, whose names are those of `scope`.

    axis: along which its reductions go (from the end; None: over all). They keep it, at length 1.
    """
    lowering = _Lowering(graph, None, Names(), {}, None, ())
    lowering.operations = Operations(graph, formula=True, axis=axis)
    return lowering.expression(body, scope)


class _Lowering:
    def __init__(
        self,
        graph: Graph,
        source: Source | None,
        names: Names,
        shapes: Mapping[str, Shape],
        differentiate: Differentiate | None,
        free: Collection[str],
    ) -> None:
        self.graph = graph
        self.operations = Operations(graph)
        self.source = source
        self.names = names
        self.shapes = shapes
        self.differentiate = differentiate
        self.free = free
        self.freed: dict[str, int] = {}
        self.labels: dict[int, str] = {}
        self.notes: list[str] = []
        self.visits = 0
        self.placeholders = 0
        #: the user's functions that we are inside of
        self.calling: list[str] = []

    def program(self, program: ast.Node) -> Lowered:
        """Every statement in turn."""
        output: int | None = None
        defined: str | None = None
        statements = program.children if isinstance(program, ast.Program) else (program,)
        for statement in statements:
            if not isinstance(statement, ast.Define):
                output, defined = self.expression(statement, None), None
            elif statement.parameters is not None:
                if statement.name in WORDS:
                    self.notes.append(f"{statement.name} is your function from here on, not the built-in one")
                self.names.functions[statement.name] = Function(
                    statement.name, statement.parameters, statement.body, self.source
                )
                output, defined = None, statement.name
            else:
                output, defined = self._define(statement), statement.name
        return Lowered(self.graph, self.names, output, self.labels, self.notes, defined, self.freed)

    def _define(self, statement: ast.Define) -> int:
        name = statement.name
        if name in CONSTANTS:
            self.notes.append(f"{name} is your variable from here on, not the constant")
        node = self.expression(statement.body, None)
        if not self._varies(node):
            # No input on the right: the name is an input, and this is its value at the point.
            self.names.nodes.pop(name, None)
            self.names.point[name] = node
            return self.graph.input(name, self.graph.shapes[node])
        if name in self.free:
            return self._free(name, node, statement)
        # An input of this name keeps its value: it may be what the right side is made of (x = x + 1).
        self.names.nodes[name] = node
        self.labels.setdefault(node, name)
        return node

    def _free(self, name: str, node: int, statement: ast.Define) -> int:
        """An input in the place of a definition, from here on."""
        before = len(self.graph)
        leaf = self.graph.input(name, self.graph.shapes[node])
        if leaf < before:  # x = x + 1, or a name that is defined twice: one name would stand for two inputs
            hint = f"give the new value another name, for example {name}_1 = …"
            message = f"{name} is an input here and a defined name as well"
            raise DcalcError("name", message, source=self.source, span=statement.at, hint=hint)
        self.names.nodes[name] = leaf
        self.freed[name] = node
        return leaf

    def _varies(self, root: int) -> bool:
        """Whether an input is below a node. Below one that has a label there is: chains of definitions stay linear."""
        ops, args = self.graph.ops, self.graph.args
        seen, stack = {root}, [root]
        while stack:
            node = stack.pop()
            if ops[node] == "input" or node in self.labels:
                return True
            new = [arg for arg in args[node] if arg not in seen]
            seen.update(new)
            stack += new
        return False

    def expression(self, root: ast.Node, scope: Scope) -> int:
        """The node of an expression. `scope` holds the parameters of the function that it stands in."""
        values: list[int] = []
        # Pending work: (node, scope, source, ready); ready means that the children's values are on the stack.
        # A call of a user's function, or a prime, pushes what it calls above an action (node -> node) to end with.
        stack: list[tuple[Any, Scope, Source | None, bool]] = [(root, scope, self.source, False)]
        # The same function of the same nodes is the same node: functions that call each other twice stay linear.
        called: dict[tuple[str, int, tuple[int, ...]], int] = {}
        while stack:
            node, scope, source, ready = stack.pop()
            if ready:
                if callable(node):
                    values.append(node(values.pop()))
                    continue
                count = len(parts_of(node))
                args = tuple(values[len(values) - count :])
                del values[len(values) - count :]
                if type(node) is ast.Call and (node.primes or node.function in self.names.functions):
                    key = (node.function, node.primes, args)
                    if key in called:
                        values.append(called[key])
                        continue
                    enter = self._enter_prime if node.primes else self._enter
                    body, bound, text, leave = enter(node, args, source)

                    def end(value: int, key: Any = key, leave: Callable[[int], int] = leave) -> int:
                        called[key] = leave(value)
                        return called[key]

                    stack.append((end, None, None, True))
                    stack.append((body, bound, text, False))
                elif type(node) is ast.Call and node.function in _COMPOSITES:
                    entry = TABLE[node.function]
                    args = self.operations.complete(entry, args, node, source)
                    self.operations.fit(node, args, source)
                    bound = dict(zip(entry.parameters, args, strict=True))
                    stack.append((formula(entry.value or ""), bound, None, False))
                else:
                    values.append(self.operations.node(node, args, source))
                continue
            self.visits += 1
            if self.visits > MAX_VISITS:
                raise error("limit", f"more than {MAX_VISITS} steps to read this program", node, source)
            if type(node) is ast.Number:
                values.append(self._number(node, scope, source))
            elif type(node) is ast.Name:
                values.append(self._name(node, scope, source))
            else:
                if type(node) is ast.Call:
                    self._known_function(node, scope, source)
                stack.append((node, scope, source, True))
                stack.extend((child, scope, source, False) for child in reversed(parts_of(node)))
        return values[0]

    # -- leaves ----------------------------------------------------------------------------------------------

    def _number(self, node: ast.Number, scope: Scope, source: Source | None) -> int:
        name = node.text.lower().partition("e")
        if name[1] and name[2].isdecimal() and self._means_something("e" + name[2], scope):
            raise error(
                "syntax",
                f"{node.text} is a number, but e{name[2]} is one of your names",
                node,
                source,
                f"write {name[0]}*e{name[2]} for the product, or {name[0]}e+{name[2]} for the number",
            )
        value = literal(node.text)
        if not to_float(value) and any(digit in "123456789" for digit in name[0]):
            message = f"{node.text} is too small for floating point (the limit is 4.9e-324)"
            raise error("domain", message, node, source, "it would count as 0; write 0 if that is meant")
        result = self.graph.const(value)
        self.operations.remember(result, node.span, source)
        return result

    def _means_something(self, name: str, scope: Scope = None) -> bool:
        names = self.names
        return (
            (scope is not None and name in scope) or name in names.nodes or name in names.point or name in self.shapes
        )

    def _name(self, node: ast.Name, scope: Scope, source: Source | None) -> int:
        name = node.name
        if scope is not None and name in scope:
            return scope[name]
        known = self.names.nodes.get(name)
        if known is not None:
            return known
        if not self._means_something(name):
            if name in CONSTANTS or (source is None and name == "nan"):
                return self.graph.const(name)
            if name in self.names.functions or name in WORDS:
                hint = f"write {name}(…) to apply it"
                if name not in self.names.functions:
                    hint += f", or give {name} a value to use it as a variable"
                raise error("name", f"{name} is a function, here it stands as a value", node, source, hint)
        value = self.names.point.get(name)
        shape = self.shapes.get(name, ()) if value is None else self.graph.shapes[value]
        leaf = self.graph.input(name, shape)
        self.operations.remember(leaf, node.span, source)
        return leaf

    # -- names of functions ----------------------------------------------------------------------------------

    def _known_function(self, node: ast.Call, scope: Scope, source: Source | None) -> None:
        """Refuse a call of something that is no function, before its arguments are looked at."""
        name = node.function
        if name in self.names.functions or name in WORDS:
            return
        end = node.at[1] + node.primes
        is_variable = self._means_something(name, scope)
        functions = [n for n in WORDS if n.isidentifier() and n not in ("and", "or", "not")]
        similar = [] if is_variable else nearest(name, [*self.names.functions, *sorted(functions)])
        hints = [f"did you mean {', '.join(similar)}?"] if similar else []
        if node.primes:
            hints.append("a prime stands behind a function: f'(x)")
        elif not similar and source is not None and len(node.children) == 1:
            hints.append(f"for a product write {name}*{source.text[end : node.span[1]]}")
        if not similar and not is_variable:
            hints.append("`dcalc rules` lists the functions")
        message = f"{name} is a variable, not a function" if is_variable else f"there is no function {name}"
        raise error("name", message, node, source, "; ".join(hints) or None, node.at)

    def _enter(self, node: ast.Call, args: tuple[int, ...], source: Source | None) -> Entered:
        """A call of a user's function: its body over its parameters."""
        function = self.names.functions[node.function]
        name, parameters = function.name, function.parameters
        if len(args) != len(parameters):
            raise arity_error(f"{name}({', '.join(parameters)})", str(len(parameters)), len(args), node, source)
        if name in self.calling:
            raise error(
                "limit",
                f"{name} calls itself without end",
                node,
                source,
                "a function of one line cannot be recursive: write the steps as a program, a = …; b = …",
            )
        self.calling.append(name)

        def leave(value: int) -> int:
            self.calling.pop()
            return value

        return function.body, dict(zip(parameters, args, strict=True)), function.source, leave

    def _enter_prime(self, node: ast.Call, args: tuple[int, ...], source: Source | None) -> Entered:
        """f'(x): f at a fresh input; when that is known its derivative, with the argument put in its place."""
        if len(args) != 1:
            raise error("arity", f"a prime needs a function of one argument, this has {len(args)}", node, source)
        if self.differentiate is None:
            raise error("usage", "a prime cannot stand here", node, source)
        graph, differentiate = self.graph, self.differentiate
        self.placeholders += 1
        leaf = graph.input(f" {self.placeholders}")  # no user's name has a blank in it

        def leave(output: int) -> int:
            shape = graph.shapes[args[0]]
            for _ in range(node.primes):
                output = differentiate(graph, output, leaf)
            if graph.shapes[output] and shape:
                raise error("shape", "a prime of a function with array values takes a number", node, source)
            if not shape:
                return graph.substitute([output], {leaf: args[0]})[0]
            return graph.substitute([graph.full(output, shape)], {leaf: args[0]})[0]

        plain = ast.Call(node.function, (ast.Name(" argument", node.children[0].span),), node.span, node.at)
        return plain, {" argument": leaf}, source, leave


#: Short names of formulas over elementwise entries.
_COMPOSITES = frozenset(n for n, entry in TABLE.items() if entry.kind == "composite") - SHAPED
_FORMULAS: dict[str, ast.Node] = {}


def formula(text: str) -> ast.Node:
    """One of the table's formulas, parsed once."""
    known = _FORMULAS.get(text)
    if known is None:
        from ..language import parse

        known = _FORMULAS[text] = parse(text, "the table").children[0]
    return known


def inputs_of(graph: Graph, outputs: Collection[int]) -> list[int]:
    """The inputs that nodes are made of, in order of first appearance."""
    return [node for node in graph.reachable(outputs) if graph.ops[node] == "input"]
