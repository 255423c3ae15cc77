"""The statements of a program at the top level: definitions, inputs with a value, declarations, expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import DcalcError
from ..language import ast
from . import duals
from .arrays import WORDS
from .names import CONSTANTS, DERIVATIVES, Function, Lowered, Partly
from .operations import error
from .programs import function_of, idle
from .shapes import Shape, name_of
from .work import Signal, bind

if TYPE_CHECKING:
    from .lower import Lowering


def program(run: Lowering, tree: ast.Node) -> Lowered:
    """Every statement in turn."""
    output: int | None = None
    defined: str | None = None
    statements = tree.children if isinstance(tree, ast.Program) else (tree,)
    run.top.kept = run.kept(tree, run.source).union(
        *(run.kept(one.body, one.source) for one in run.names.functions.values() if one.body is not None)
    )
    run.accumulators = _accumulators(statements)
    for k, statement in enumerate(statements):
        run.called.clear()
        if k + 1 < len(statements):
            idle(run, statement)
        if isinstance(statement, (ast.Break, ast.Return)):
            kind = "break" if isinstance(statement, ast.Break) else "return"
            raise Signal(kind, None, statement, run.source).stray()
        if isinstance(statement, ast.Declare):
            _declare(run, statement)
            output, defined = None, None
        elif not isinstance(statement, ast.Define):
            value = run.run(statement, None, run.source)
            wanted = not isinstance(statement, (ast.If, ast.For, ast.While)) and value is None
            if wanted or type(value) not in (int, type(None)):
                value = run.number(value, statement, run.source)
            output, defined = value, None
        else:
            output, defined = _define(run, statement), statement.name
        # What led to a name's value is known when the statement is over: the end of a loop is a decision, too.
        for name in run.fresh | _assigned(statement):
            run.bound[name] = len(run.path.decisions)
            if run.path.decisions and name not in run.names.nodes and run.means_something(name):
                run.names.nodes[name] = run.leaf(name)  # it has its old value on this path only
        run.fresh.clear()
    return _lowered(run, output, defined)


def _accumulators(statements: Sequence[ast.Node]) -> frozenset[str]:
    """The names that a program begins with a value and then builds on: `s = 0; for k in 1..n { s = s + x }`.

    Such a beginning is a number like any other, no input with a value.
    """
    begun: set[str] = set()
    found: set[str] = set()
    for statement in statements:
        if not isinstance(statement, ast.Define):
            found |= begun & _assigned(statement)
        elif statement.parameters is None:
            name = statement.name
            if name in begun and any(type(node) is ast.Name and node.name == name for node in statement.body.walk()):
                found.add(name)
            begun.add(name)
    return frozenset(found)


def _assigned(statement: ast.Node) -> set[str]:
    """The names that a branch or a loop may assign, and has perhaps not."""
    if not isinstance(statement, (ast.If, ast.For, ast.While)):
        return set()
    return {node.name for node in statement.walk() if isinstance(node, ast.Define) and node.parameters is None}


def _define(run: Lowering, statement: ast.Define) -> int | None:
    """A definition. Its node, None of a function."""
    name, names, graph = statement.name, run.names, run.graph
    function = function_of(run, statement, None, run.source)
    if function is not None:
        _define_function(run, name, function)
        return None
    if name in CONSTANTS:
        run.notes.append(f"{name} is your variable from here on, not the constant")
    node = run.node(statement.body, None, run.source)
    _hold_shape(run, statement, node)
    if not run.path.varies(node) and name not in run.accumulators and not duals.units(graph, [node]):
        # No input on the right: the name is an input, and this is its value at the point.
        leaf = graph.input(name, graph.shapes[node])
        if run.path.assumed.get(leaf, node) != node:
            hint = f"give {name} its value before, or call the new one {name}_1"
            message = f"{name} gets another value, but the program was followed with the first one"
            raise error("name", message, statement, run.source, hint, statement.at)
        for meanings in (names.nodes, names.paths):
            meanings.pop(name, None)
        names.point[name] = node
        run.path.give(leaf, node)
        run.inputs[name] = leaf
        return leaf
    if name in run.free:
        return _free(run, name, node, statement)
    bind(run, None, name, node, statement, run.source)
    return names.nodes[name]


def _define_function(run: Lowering, name: str, function: Function) -> None:
    if name in WORDS or name in DERIVATIVES:
        run.notes.append(f"{name} is your function from here on, not the built-in one")
    # A variable of this name stays: before a parenthesis a name is a function's, elsewhere a variable's.
    run.names.functions[name] = function


def _free(run: Lowering, name: str, node: int, statement: ast.Define) -> int:
    """An input in the place of a definition, from here on."""
    graph = run.graph
    before = len(graph)
    leaf = graph.input(name, graph.shapes[node])
    if leaf < before:  # x = x + 1, or a name that is defined twice: one name would stand for two inputs
        hint = f"give the new value another name, for example {name}_1 = …"
        message = f"{name} is an input here and a defined name as well"
        raise DcalcError("name", message, source=run.source, span=statement.at, hint=hint)
    run.names.nodes[name] = leaf
    run.path.give(leaf, node)
    run.freed[name] = node
    return leaf


# ---- declared shapes


def _declare(run: Lowering, statement: ast.Declare) -> None:
    """`W: 3x2`: W is an input of this shape."""
    name, shape = statement.name, statement.shape
    names = run.names
    hint: str | None = f"leave one of them out, or declare {name}: "
    if name in names.nodes:
        message = f"{name} is a defined name, and no input that could be declared"
        raise error("name", message, statement, run.source, "declarations come first", statement.at)
    known = run.shapes.get(name)
    if known is None and name in names.point:
        known = run.graph.shapes[names.point[name]]
    if known is not None and known != shape:
        message = f"{name} is declared as {name_of(shape)}, but its value is {name_of(known)}"
        raise error("shape", message, statement, run.source, f"{hint}{_sizes(known)}" if known else None)
    if name in run.inputs and run.graph.shapes[run.inputs[name]] != shape:
        message = f"{name} is declared as {name_of(shape)} after it was used as "
        message += name_of(run.graph.shapes[run.inputs[name]])
        raise error("shape", message, statement, run.source, "declarations come first")
    names.declared[name] = shape


def _hold_shape(run: Lowering, statement: ast.Define, node: int) -> None:
    """A name that was declared is given a value of that shape."""
    declared = run.names.declared.get(statement.name)
    shape = run.graph.shapes[node]
    if declared is not None and declared != shape:
        message = f"{statement.name} was declared as {name_of(declared)}, this is {name_of(shape)}"
        hint = f"declare {statement.name}: {_sizes(shape)}" if shape else None
        raise error("shape", message, statement.body, run.source, hint)


def _sizes(shape: Shape) -> str:
    return "x".join(map(str, shape))


# ---- the end


def _lowered(run: Lowering, output: int | None, defined: str | None) -> Lowered:
    """What the program became, with what its placeholders stand for in their place."""
    names, path = run.names, run.path
    for name in [name for name, node in names.nodes.items() if isinstance(node, Partly)]:
        del names.nodes[name]
    labels = run.labels
    if run.top.placeholders:
        bound, nodes, freed = list(names.nodes), list(labels), list(run.freed)
        roots = [*names.nodes.values(), *run.freed.values(), *nodes]
        if output is not None:
            roots.append(output)
        settled = path.settle(run.top.placeholders, 0, roots)
        if output is not None:
            output = settled.pop()
        names.nodes.update(zip(bound, settled[: len(bound)], strict=True))
        run.freed.update(zip(freed, settled[len(bound) : len(bound) + len(freed)], strict=True))
        named: dict[int, str] = {}
        for node, settled_node in zip(nodes, settled[len(bound) + len(freed) :], strict=True):
            named.setdefault(settled_node, labels[node])
        labels = named
    for name, count in run.bound.items():
        names.paths.pop(name, None)
        if count and name in names.nodes:
            names.paths[name] = tuple(path.decisions[:count])
    decisions = [decision for decision in path.decisions if decision.bend is None]
    conditions = list(dict.fromkeys(decision.condition for decision in decisions))
    return Lowered(run.graph, names, output, labels, run.notes, defined, run.freed, conditions, path.bends())
