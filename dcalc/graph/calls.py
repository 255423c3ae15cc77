"""Calls of the user's functions and of the table's short names of formulas, and primes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import Source
from ..language import ast
from ..primitives import TABLE
from .names import Frame, Function, Scope
from .operations import SHAPED, arity_error, error
from .work import ASKED, Attempt, Signal, Work, bind

if TYPE_CHECKING:
    from .lower import Lowering

#: Calls that may wait for each other: each takes a few kB.
MOST_CALLS = 100_000

#: Short names of formulas over elementwise entries.
COMPOSITES = frozenset(name for name, entry in TABLE.items() if entry.kind == "composite") - SHAPED

_BUILTIN: dict[str, Function] = {}


class Entered(NamedTuple):
    """A function that we are inside of."""

    function: Function
    #: where it was entered before, in `calls`
    before: int | None
    #: how many attempts were going on, and how often something had been decided, when it was entered
    level: int
    turns: int
    #: the functions among its arguments
    given: tuple[Function, ...]


def builtin(name: str) -> Function:
    """A function of the table as a value."""
    known = _BUILTIN.get(name)
    if known is None:
        known = _BUILTIN[name] = Function(name, (), None, None)
    return known


def closure(node: ast.Lambda, scope: Scope | None, source: Source | None, name: str = "") -> Function:
    """The function that a lambda is where it stands."""
    return Function(name, node.parameters, node.body, source, None if scope is None else dict(scope))


def call(run: Lowering, function: Function, node: ast.Call, scope: Scope | None, source: Source | None) -> Work:
    """A call of a function, or of its derivative: the arguments, then the body over them."""
    args: list[Any] = []
    for child in _arguments(function, node, source):
        if type(child) is ast.Lambda:
            args.append(closure(child, scope, source))
        elif type(child) is ast.Name:
            args.append(run.named_function(child.name, scope) or run.name(child, scope, source))
        else:
            args.append(run.number((yield (child, scope, source)), child, source))
    if node.primes:
        return (yield from prime(run, function, tuple(args), node, source))
    return (yield from invoke(run, function, tuple(args), node, source))


def _arguments(function: Function, node: ast.Call, source: Source | None) -> Sequence[ast.Node]:
    """The trees of a call's arguments in the parameters' order: `f(x, n=3)` names the last ones."""
    if not node.keywords or function.body is None:
        return node.children
    count = len(node.children) - len(node.keywords)
    named = dict(zip(node.keywords, node.children[count:], strict=True))
    ordered = list(node.children[:count])
    for parameter in function.parameters[count:]:
        if parameter in named:
            ordered.append(named.pop(parameter))
    if named:
        word, tree = next(iter(named.items()))
        hint = f"it is {function.signature}"
        raise error("arity", f"{node.function} has no {word}= here", tree, source, hint)
    return ordered


def invoke(run: Lowering, function: Function, args: tuple[Any, ...], node: ast.Call, source: Source | None) -> Work:
    """The value of a function of arguments that are known: nodes and functions."""
    if function.body is None:
        return (yield from _table(run, function, args, node, source))
    parameters = function.parameters
    if len(args) != len(parameters):
        raise arity_error(function.signature, str(len(parameters)), len(args), node, source)
    key = (function, args)
    known = run.called.get(key)
    if known is not None:
        return known
    depth = len(run.calls)
    _enter(run, function, args, node, source)
    frame = Frame(run.kept(function.body, function.source), len(run.path.decisions))
    scope = Scope(frame, function.scope)
    for name, value in zip(parameters, args, strict=True):
        bind(run, scope, name, value, node, source)
    value = yield (function.body, scope, function.source)
    if type(value) is Signal:
        if value.kind == "break":
            raise value.stray()
        value = value.value
    if type(value) is not int:
        hint = "the expression that ends a function's block is its value, or: return x"
        raise error("name", f"{function.name or 'this function'} gives no value", node, source, hint)
    run.leave_calls(depth)
    if frame.placeholders:
        (value,) = run.path.settle(frame.placeholders, frame.mark, [value])
    run.called[key] = value
    return value


def _table(run: Lowering, function: Function, args: tuple[Any, ...], node: ast.Call, source: Source | None) -> Work:
    """A function of the table of arguments that are known."""
    for arg, child in zip(args, node.children, strict=False):
        run.number(arg, child, source)
    plain = ast.Call(function.name, node.children, node.span, node.at, 0, node.keywords)
    if plain.function in COMPOSITES:
        return (yield composite(run, plain, args, source))
    return run.operations.node(plain, args, source)


def _enter(run: Lowering, function: Function, args: tuple[Any, ...], node: ast.Call, source: Source | None) -> None:
    run.step(node, source)
    path = run.path
    level = len(path.attempts)
    given = tuple(arg for arg in args if type(arg) is Function)
    before = run.latest.get(function)
    if before is not None:
        last = run.calls[before]
        if last.level < level:
            run.ask()  # taking both branches of an `if` again and again would not end
        if last.turns == path.turns and last.given == given:
            hint = "something has to decide when it ends: if n == 0 { … } else { … }"
            raise error("limit", f"{function.name or 'this function'} calls itself without end", node, source, hint)
        if len(run.calls) >= MOST_CALLS:
            message = f"{function.name or 'this function'} is {MOST_CALLS} calls deep"
            hint = "does it end at this point? A loop in its place needs no memory for each round"
            raise error("limit", message, node, source, hint)
    run.latest[function] = len(run.calls)
    run.calls.append(Entered(function, before, level, path.turns, given))


_FORMULAS: dict[str, ast.Node] = {}


def formula(text: str) -> ast.Node:
    """One of the table's formulas, parsed once."""
    known = _FORMULAS.get(text)
    if known is None:
        from ..language import parse

        known = _FORMULAS[text] = parse(text, "the table").children[0]
    return known


def composite(run: Lowering, node: ast.Call, args: tuple[int, ...], source: Source | None) -> tuple[Any, ...]:
    """What to lower for a short name of a formula."""
    entry = TABLE[node.function]
    args = run.operations.complete(entry, args, node, source)
    run.operations.fit(node, args, source)
    return formula(entry.value or ""), Scope(run.top, dict(zip(entry.parameters, args, strict=True))), None


# ---- primes


def prime(run: Lowering, function: Function, args: tuple[Any, ...], node: ast.Call, source: Source | None) -> Work:
    """f'(x): f at a fresh input; when that is known its derivative, with the argument put in its place."""
    if len(args) != 1:
        raise error("arity", f"a prime needs a function of one argument, this has {len(args)}", node, source)
    differentiate = run.differentiate
    if differentiate is None:
        raise error("usage", "a prime cannot stand here", node, source)
    graph, path = run.graph, run.path
    arg = run.number(args[0], node.children[0], source)
    key = (function, node.primes, arg)
    if key in run.called:
        return run.called[key]
    plain = ast.Call(node.function, node.children, node.span, node.at)
    shape = graph.shapes[arg]
    mark = len(path.decisions)
    leaf = path.placeholder(None if shape else arg)
    if shape:
        run.operations.taken_for_arrays.clear()
        value = yield Attempt(invoke(run, function, (leaf,), plain, source))
        if value is ASKED:  # each component on its own path
            rows = []
            for part in graph.components(arg):
                rows.append((yield prime(run, function, (part,), node, source)))
            run.called[key] = graph.stacked(rows, shape)
            return run.called[key]
        path.attempts.pop()
        if graph.depending(graph.reachable(run.operations.taken_for_arrays), [leaf]) & run.operations.taken_for_arrays:
            message = f"{function.name or 'this function'} is of an array, a prime is for functions of a number"
            raise error("shape", message, node, source, f"grad({node.function}(v), v), or jac of an array")
    else:
        value = yield invoke(run, function, (leaf,), plain, source)
    for _ in range(node.primes):
        value = differentiate(graph, value, leaf)
    if shape and graph.shapes[value]:
        raise error("shape", "a prime of a function with array values takes a number", node, source)
    if shape:
        result = _spread(run, value, leaf, arg, mark)
    else:
        (result,) = path.settle([leaf], mark, [value])
    run.called[key] = result
    return result


def _spread(run: Lowering, value: int, leaf: int, arg: int, mark: int) -> int:
    """A number that is made of `leaf`, for each component of an array; and what was bent on the way since the mark."""
    graph, path = run.graph, run.path
    shape = graph.shapes[arg]
    made = graph.depending(graph.reachable([value]), [leaf]) - {leaf}
    if all(graph.ops[one] in TABLE and TABLE[graph.ops[one]].kind in ("elementwise", "selection") for one in made):
        path.spread(mark, leaf, [arg])
        return graph.full(path.resolve(value, {leaf: arg}), shape)
    parts = graph.components(arg)
    path.spread(mark, leaf, parts)
    return graph.stacked([path.resolve(value, {leaf: part}) for part in parts], shape)
