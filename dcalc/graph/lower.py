"""From the tree to the graph: names are looked up, functions are called in place, loops are written out.

A stack of pending work instead of recursion: a tree may be 100 000 deep, and so may a program's calls. What is no
plain expression is a generator on that stack (see `programs`, `calls`, `derivatives`): it yields what it wants to know
and is sent its value. The program's own operations are emitted as they stand (only arithmetic of exact constants is
folded), so that a table of the nodes is the user's program.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import GeneratorType
from typing import Any, TypeAlias

from ..collecting import paused
from ..errors import Source
from ..language import ast
from ..progress import stage
from . import calls, derivatives, duals, meanings, programs, statements
from .arrays import WORDS
from .calls import COMPOSITES
from .graph import Graph
from .names import CONSTANTS as CONSTANTS
from .names import DERIVATIVES, Frame, Function, Scope
from .names import Lowered as Lowered
from .names import Names as Names
from .operations import SIMPLE, Operations, error, parts_of
from .path import STEPS, VISITS_PER_STEP, Numbers, Path, Undecided
from .shapes import Shape, ShapeError
from .work import ASKED, Attempt, Signal, Work, mentions

#: Nodes that one text may visit; functions that call functions twice can double the work at each level.
MAX_VISITS = 10_000_000

#: Pending calls from which on it is them that do not end, and not a loop.
_DEEP = 1000
#: Calls whose arguments are not all looked at, or not as values.
_LAZY = frozenset(("if", "part", *DERIVATIVES))

#: (node, zero) of each node below an output that has no derivative in a leaf where the node `zero` is 0.
Bends: TypeAlias = Callable[[Graph, int, int], list[tuple[int, int]]]
#: Emits the derivative of node `output` with respect to the input node `leaf`, of the output's shape followed by the
#: leaf's: what `f'` and `diff` ask for; and the order, where that is more than 1.
Differentiate: TypeAlias = Callable[..., int]


def lower(
    program: ast.Node,
    source: Source | None,
    *,
    graph: Graph | None = None,
    names: Names | None = None,
    shapes: Mapping[str, Shape] | None = None,
    differentiate: Differentiate | None = None,
    free: Collection[str] = (),
    numbers: Numbers | None = None,
    steps: int | None = None,
    bends: Bends | None = None,
    loop_nodes: bool = False,
) -> Lowered:
    """The graph of a program.

    names: what names mean already (not changed). shapes: the shape of each input that the point gives; a name in
    it is an input even where it is a constant's. free: names that are to be inputs even where the program defines
    them: it is cut there. numbers: the values of this graph's nodes at the point, for decisions that depend on them;
    without, such a program is refused. bends: tells where what the program differentiates has no derivative.
    steps: statements, rounds and calls that it may take (default: `path.STEPS`). loop_nodes: whether a long loop may
    become a node (see `loops`), which not all who read a graph know.
    Raises DcalcError of kind name, arity, shape, syntax, domain or limit.
    """
    given = (names or Names()).copy()
    path = Path(Graph() if graph is None else graph, numbers, steps or STEPS)
    if differentiate is not None and bends is not None:
        differentiate = _watched(path, differentiate, bends)
    with paused, stage("reading the program", unit="operations", probe=lambda: len(path.graph) - path.begun):
        run = Lowering(path, source, given, dict(shapes or {}), differentiate, free)
        run.loop_nodes = loop_nodes
        return statements.program(run, program)


def _watched(path: Path, differentiate: Differentiate, bends: Bends) -> Differentiate:
    """The same, and the path remembers where what is differentiated has no derivative."""

    def watched(graph: Graph, output: int, leaf: int, order: int = 1) -> int:
        path.bent(bends(graph, output, leaf))
        return differentiate(graph, output, leaf, order)

    return watched


def lower_formula(graph: Graph, body: ast.Node, scope: Mapping[str, int], axis: int | None = None) -> int:
    """The node of one of the table's own formulas, whose names are those of `scope`.

    axis: along which its reductions go (from the end; None: over all). They keep it, at length 1.
    """
    lowering = Lowering(Path(graph, None, STEPS), None, Names(), {}, None, ())
    lowering.operations = Operations(graph, formula=True, axis=axis)
    return lowering.node(body, Scope(lowering.top, dict(scope)), None)


def inputs_of(graph: Graph, outputs: Collection[int]) -> list[int]:
    """The inputs that nodes are made of, in order of first appearance."""
    return [node for node in graph.reachable(outputs) if graph.ops[node] == "input"]


class Lowering:
    """One program on its way into a graph. `work`, `calls`, `programs` and `derivatives` are its other halves."""

    def __init__(
        self,
        path: Path,
        source: Source | None,
        names: Names,
        shapes: dict[str, Shape],
        differentiate: Differentiate | None,
        free: Collection[str],
    ) -> None:
        self.path = path
        self.graph = path.graph
        self.operations = Operations(path.graph)
        self.operations.whole_at = path.whole
        self.source = source
        self.names = names
        self.shapes = shapes
        self.differentiate = differentiate
        self.free = free
        self.freed: dict[str, int] = {}
        self.labels: dict[int, str] = {}
        self.notes: list[str] = []
        self.visits = 0
        self.most_visits = max(MAX_VISITS, VISITS_PER_STEP * path.most_steps)
        self.top = Frame(frozenset())
        #: the same function of the same nodes is the same node: functions that call each other twice stay linear
        self.called: dict[tuple[Any, ...], int] = {}
        #: the user's functions that we are inside of, see `calls`
        self.calls: list[Any] = []
        self.latest: dict[Function, int] = {}
        #: whether long loops may be nodes
        self.loop_nodes = False
        #: loops that we are inside of
        self.loops: list[tuple[ast.Node, Source | None]] = []
        #: `if`s of which both branches cannot be taken; what ones assign; the names that trees differentiate in. By the
        #: trees' identities, and with them, so that they live on
        self.failed: dict[int, ast.Node] = {}
        self._assigned: dict[int, tuple[ast.Node, frozenset[str] | None]] = {}
        self._kept: dict[int, tuple[ast.Node, frozenset[str]]] = {}
        #: the whole numbers of the program as they are written
        self.numbers: dict[str, int] = {}
        #: the inputs that names meant in this program
        self.inputs: dict[str, int] = {}
        #: names that this statement bound; those of all statements -> how many decisions led to them
        self.fresh: set[str] = set()
        self.bound: dict[str, int] = {}
        #: names that the program begins with a value and builds on
        self.accumulators: frozenset[str] = frozenset()
        #: names whose earlier decisions still hold
        self.followed: set[str] = set()
        for name, node in names.point.items():
            path.give(self.graph.input(name, self.graph.shapes[node]), node)

    # -- the work that is pending ----------------------------------------------------------------------------

    def node(self, root: ast.Node, scope: Scope | None, source: Source | None) -> int:
        """The node of an expression."""
        return self.number(self.run(root, scope, source), root, source)

    def number(self, value: Any, place: ast.Node, source: Source | None) -> int:
        """A value that has to be a number or an array."""
        if type(value) is int:
            return value
        if type(value) is Signal:
            raise value.stray()
        if type(value) is Function:
            raise error("name", "this is a function, not a number", place, source, "functions are passed and called")
        hint = "a block's value is that of the expression that ends it"
        raise error("name", "this has no value", place, source, hint)

    def run(self, root: Any, scope: Scope | None, source: Source | None) -> Any:
        """The value of a tree or of a generator: a node, a function, a Signal, or None."""
        values: list[Any] = []
        # (tree, scope, source, ready): ready means that the values of its parts are on the stack.
        stack: list[tuple[Any, Any, Any, bool]] = []
        if type(root) is GeneratorType:
            values.append(None)
            stack.append((root, None, None, True))
        else:
            stack.append((root, scope, source, False))
        while True:
            try:
                self._loop(stack, values)
                return values[0]
            except Undecided:
                pass
            # Back to the `if` whose branches were being tried.
            height, count, depth, loops = self.path.attempts.pop()
            del stack[height:], values[count:], self.loops[loops:]
            self.leave_calls(depth)
            values.append(ASKED)

    def _loop(self, stack: list[tuple[Any, Any, Any, bool]], values: list[Any]) -> None:
        functions = self.names.functions
        nodes, paths, inputs, numbers = self.names.nodes, self.names.paths, self.inputs, self.numbers
        operation = self.operations.node
        works = programs.WORKS
        emit, origins, ops = self.graph.emit, self.graph.origins, self.graph.ops
        while stack:
            node, scope, source, ready = stack.pop()
            kind = type(node)
            if ready:
                if kind is ast.Call and node.function in SIMPLE and not node.keywords:
                    # Most of a long text is this; what is not as usual (an error, say) goes the long way below.
                    op, arity = SIMPLE[node.function]
                    args = tuple(values[-arity:])
                    if arity == len(node.children) and not (ops[args[0]] == "const" == ops[args[-1]]):
                        try:
                            result = emit(op, args)
                        except ShapeError:
                            pass
                        else:
                            del values[-arity:]
                            values.append(result)
                            if source is not None and (result not in origins or origins[result][0] is not source):
                                origins[result] = (source, node.span)
                            continue
                if kind is GeneratorType:
                    try:
                        asked = node.send(values.pop())
                    except StopIteration as stop:
                        values.append(stop.value)
                        continue
                    stack.append((node, None, None, True))
                    if type(asked) is Attempt:
                        heights = (len(stack), len(values), len(self.calls), len(self.loops))
                        self.path.attempts.append(heights)
                        asked = asked.asked
                    if type(asked) is GeneratorType:
                        values.append(None)
                        stack.append((asked, None, None, True))
                    else:
                        stack.append((*asked, False))
                    continue
                count = len(parts_of(node)) if kind is ast.Index else len(node.children)
                args = tuple(values[len(values) - count :])
                del values[len(values) - count :]
                if kind is ast.Call and node.function in COMPOSITES:
                    stack.append((*calls.composite(self, node, args, source), False))
                else:
                    values.append(operation(node, args, source))
                continue
            self.visits += 1
            if self.visits > self.most_visits:
                raise error("limit", f"more than {self.most_visits} steps to read this program", node, source)
            if kind is ast.Number:
                number = numbers.get(node.text)
                if number is None:
                    number = meanings.number(self, node, scope, source)
                    if node.text.isdecimal():  # (elsewhere 1e2 may be an error)
                        numbers[node.text] = number
                elif source is not None and (number not in origins or origins[number][0] is not source):
                    origins[number] = (source, node.span)
                values.append(number)
            elif kind is ast.Name:
                name = node.name
                if scope is not None and name in scope:
                    meant = scope[name]
                elif name in nodes:
                    meant = None if name in paths else nodes[name]
                else:
                    meant = inputs.get(name, -1)
                    if meant not in origins or origins[meant][0] is not source:
                        meant = None
                values.append(meant if type(meant) is int else self.name(node, scope, source))
            elif kind is ast.Call:
                name = node.function
                if name in functions or node.primes or name in _LAZY or (scope is not None and name in scope):
                    work = self.special(node, scope, source)
                    if work is not None:
                        values.append(None)
                        stack.append((work, None, None, True))
                        continue
                if name not in WORDS:
                    raise meanings.unknown_function(self, node, scope, source)
                stack.append((node, scope, source, True))
                for child in node.children[::-1]:
                    stack.append((child, scope, source, False))
            elif kind in works:
                values.append(None)
                stack.append((works[kind](self, node, scope, source), None, None, True))
            else:
                stack.append((node, scope, source, True))
                stack.extend([(child, scope, source, False) for child in reversed(parts_of(node))])

    def special(self, node: ast.Call, scope: Scope | None, source: Source | None) -> Work | None:
        """A call that is more than an operation on its arguments; None where it is not."""
        function = self.function_of(node.function, scope)
        if function is not None:
            return calls.call(self, function, node, scope, source)
        name = node.function
        if node.primes:
            if name not in WORDS or name in DERIVATIVES:
                raise meanings.unknown_function(self, node, scope, source)
            return calls.call(self, calls.builtin(name), node, scope, source)
        if name == "if" and len(node.children) == 3:
            return programs.choose(self, node, scope, source)
        if name == "part":
            return duals.part(self, node, scope, source)
        return derivatives.derive(self, node, scope, source) if name in DERIVATIVES else None

    def function_of(self, name: str, scope: Scope | None) -> Function | None:
        """The function that a name before a parenthesis is, if it is a user's or a parameter."""
        value = scope.get(name) if scope is not None else None
        return value if type(value) is Function else self.names.functions.get(name)

    def named_function(self, name: str, scope: Scope | None) -> Function | None:
        """The function that a name stands for where a value may be one, if it is not a variable's."""
        if scope is not None and name in scope:
            value = scope[name]
            return value if type(value) is Function else None
        if self.means_something(name):
            return None
        if name in self.names.functions:
            return self.names.functions[name]
        return calls.builtin(name) if name in WORDS and name not in CONSTANTS else None

    def assigned(self, node: ast.If) -> frozenset[str] | None:
        """See `programs.assigned_in`."""
        known = self._assigned.get(id(node))
        if known is None:
            known = self._assigned[id(node)] = (node, programs.assigned_in(node))
        return known[1]

    def kept(self, body: ast.Node, source: Source | None) -> frozenset[str]:
        """The names in whose direction a body differentiates."""
        known = self._kept.get(id(body))
        if known is None:
            known = self._kept[id(body)] = (body, mentions(body, source))
        return known[1]

    def bind(self, name: str, value: Any, place: ast.Node, source: Source | None) -> None:
        """A name at the top level stands for a value from here on; `work.bind` asks."""
        names = self.names
        self.called.clear()
        if type(value) is Function:
            names.functions[name] = value
            names.nodes.pop(name, None)
            return
        if name in self.free:
            message = f"{name} is bound in a loop or a branch, and cannot be differentiated in"
            raise error(
                "name", message, place, source, f"give its last value another name, for example {name}_1 = {name}"
            )
        # An input of this name keeps its value: it may be what the right side is made of (x = x + 1).
        names.nodes[name] = value
        self.fresh.add(name)
        if self.path.varies(value):
            self.labels.setdefault(value, name)

    def ask(self) -> None:
        """Give up what is being tried."""
        raise Undecided

    def hold_rounds(self, rounds: int, place: ast.Node, source: Source | None) -> None:
        """Refuse at once what has more rounds before it than steps are left, none of which can be the last."""
        if self.path.steps + rounds > self.path.most_steps:
            self.path.steps = self.path.most_steps
            self.step(place, source)

    def step(self, place: ast.Node, source: Source | None) -> None:
        """Count a statement, a round or a call; one too many is an error that names the loop or the function."""
        words = self.path.step()
        if words is None:
            return
        what = "this program"
        if self.loops:
            what = "this loop"
            place, source = next((loop for loop in self.loops if type(loop[0]) is ast.While), self.loops[0])
        if self.calls and (not self.loops or len(self.calls) > _DEEP):
            what = self.calls[-1].function.name or "this function"
        hint = f"if it does end, allow more steps: --steps {10 * self.path.most_steps}"
        if words.startswith("holds"):
            hint = (
                "the values of all rounds are kept, since a derivative needs them: use fewer rounds or smaller arrays"
            )
        raise error("limit", f"{what} {words}", place, source, hint)

    def leave_calls(self, count: int) -> None:
        """We are inside of `count` functions only."""
        while len(self.calls) > count:
            self.latest[self.calls[-1].function] = self.calls[-1].before
            self.calls.pop()

    # -- leaves ----------------------------------------------------------------------------------------------

    def means_something(self, name: str, scope: Scope | None = None) -> bool:
        """Whether a name is a variable's."""
        names = self.names
        if scope is not None and name in scope:
            return type(scope[name]) is not Function
        return name in names.nodes or name in names.point or name in self.shapes or name in names.declared

    def name(self, node: ast.Name, scope: Scope | None, source: Source | None) -> int:
        """The node that a name stands for."""
        name = node.name
        if scope is not None and name in scope:
            value = scope[name]
            if type(value) is int:
                return value
            raise meanings.no_value(node, value, source)
        names = self.names
        known = names.nodes.get(name)
        if known is not None:
            if type(known) is not int:
                raise meanings.no_value(node, known, source)
            if name in names.paths and name not in self.followed:
                if not self.path.holds_still(names.paths[name]):
                    message = f"{name} was followed at another point, where other branches were taken"
                    raise error("name", message, node, source, f"define {name} again")
                self.followed.add(name)
            return known
        if not self.means_something(name):
            if name in CONSTANTS or duals.is_unit(name) or (source is None and name == "nan"):
                constant = self.graph.const(duals.kept_power(name) if duals.is_unit(name) else name)
                if duals.is_unit(name):
                    self.operations.remember(constant, node.span, source)
                return constant
            if name in names.functions or name in WORDS:
                hint = f"write {name}(…) to apply it"
                if name not in names.functions:
                    hint += f", or give {name} a value to use it as a variable"
                raise error("name", f"{name} is a function, here it stands as a value", node, source, hint)
        leaf = self.leaf(name)
        self.operations.remember(leaf, node.span, source)
        return leaf

    def leaf(self, name: str) -> int:
        """The input of a name, in the shape that it has."""
        value = self.names.point.get(name)
        declared = self.names.declared.get(name, ())
        shape = self.shapes.get(name, declared) if value is None else self.graph.shapes[value]
        self.inputs[name] = self.graph.input(name, shape)
        return self.inputs[name]
