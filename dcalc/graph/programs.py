"""Blocks, branches, loops and comprehensions, as work for `lower`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import Source
from ..language import ast, unparse
from .calls import closure
from .names import Function, Partly, Scope
from .operations import error
from .work import ASKED, Attempt, Signal, Work, bind

if TYPE_CHECKING:
    from .lower import Lowering

_MISSING = object()

#: Expressions: as a statement that is not the last one they do nothing.
IDLE = frozenset((ast.Call, ast.Name, ast.Number, ast.Vector, ast.Index, ast.Iverson, ast.Comprehension))
#: Statements of more characters are not repeated in a note.
MOST_WORDS = 80


def block(run: Lowering, node: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """Statement by statement. The value is that of the last one if it has any; or a Signal on its way out."""
    value: Any = None
    for k, statement in enumerate(node.children, start=1):
        run.step(statement, source)
        kind = type(statement)
        if k < len(node.children) or kind is ast.Name:
            idle(run, statement, last=k == len(node.children))
        value = None
        if kind is ast.Define:
            signal = yield from define(run, statement, scope, source)
            if signal is not None:
                return signal
        elif isinstance(statement, ast.Return):
            result = yield (statement.value, scope, source)
            return Signal("return", run.number(result, statement.value, source), statement, source)
        elif kind is ast.Break:
            return Signal("break", None, statement, source)
        elif kind is ast.Declare:
            hint = "shapes are declared above, at the beginning of the program"
            raise error("syntax", "an input is not declared inside of a block", statement, source, hint)
        else:
            value = yield (statement, scope, source)
            if type(value) is Signal:
                return value
    return value


def idle(run: Lowering, statement: ast.Node, *, last: bool = False) -> None:
    """Say that a statement in the midst of others does nothing, if so: an expression whose value nobody uses."""
    if (
        isinstance(statement, ast.Name)
        and statement.name in ("continue", "pass")
        and not (run.means_something(statement.name))
    ):
        hint = "leave the statement out, or put what follows into the other branch of the if"
        raise error("name", f"there is no {statement.name}", statement, run.source, hint)
    if not last and type(statement) in IDLE:
        note = f"the value of {unparse(statement)} is not used"
        if len(note) <= MOST_WORDS and note not in run.notes:
            run.notes.append(note)


def define(run: Lowering, statement: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """A name for a value or for a function, in a block. The Signal that leaves its right side, or None."""
    assert isinstance(statement, ast.Define)
    function = function_of(run, statement, scope, source)
    if function is not None:
        if function.scope is not None:
            function.scope[statement.name] = function  # it may call itself
        bind(run, scope, statement.name, function, statement, source)
        return None
    value = yield (statement.body, scope, source)
    if type(value) is Signal:
        return value
    bind(run, scope, statement.name, run.number(value, statement.body, source), statement, source)
    return None


def function_of(run: Lowering, statement: ast.Define, scope: Scope | None, source: Source | None) -> Function | None:
    """The function that a statement defines, if it does."""
    name, body = statement.name, statement.body
    if statement.parameters is not None:
        return Function(name, statement.parameters, body, source, None if scope is None else dict(scope))
    if isinstance(body, ast.Lambda):
        return closure(body, scope, source, name)
    return run.named_function(body.name, scope) if isinstance(body, ast.Name) else None


# ---- branches


def branch(run: Lowering, node: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """`if c { … } else { … }`: one branch where that can be decided for all points, else both if they only assign."""
    assert isinstance(node, ast.If)
    value = yield (node.condition, scope, source)
    condition = truth(run, run.number(value, node.condition, source), node.condition, source)
    held = run.path.known(condition)
    if held is None:
        if id(node) not in run.failed and not run.path.crowded:
            done, value = yield from _both(run, node, condition, scope, source)
            if done:
                return value
            run.failed[id(node)] = node
        held = run.path.decide(condition, "this branch", node.condition, source)
    taken = node.then if held else node.other
    return None if taken is None else (yield (taken, scope, source))


def _both(run: Lowering, node: ast.If, condition: int, scope: Scope | None, source: Source | None) -> Work:
    """(True, value) where both branches only assign: then every name they assign is chosen by an `if` node."""
    names = run.assigned(node)
    if names is None:
        return False, None
    before = {name: _get(run, scope, name) for name in names}
    outcomes = []
    for part in (node.then, node.other):
        value = None
        if part is not None:
            value = yield Attempt((part, scope, source))
            if value is ASKED or type(value) is Signal:
                if value is not ASKED:
                    run.path.attempts.pop()
                _put_back(run, scope, before)
                return False, None
            run.path.attempts.pop()
        outcomes.append((value, {name: _get(run, scope, name) for name in names}))
        _put_back(run, scope, before)
    (value, held), (other, failed) = outcomes
    shapes = run.graph.shapes
    pairs = [(held[name], failed[name]) for name in names] + [(value, other)]
    for u, v in pairs:
        if u is not v and type(u) is int and type(v) is int and shapes[u] != shapes[v]:
            return False, None
        if u is not v and (type(u) is Function or type(v) is Function):
            return False, None
    call = ast.Call("if", (node.condition, node.then, node.other or node.then), node.span)

    def chosen(u: int, v: int) -> int:
        return u if u == v else run.operations.node(call, (condition, u, v), source)

    for name in names:
        u, v = held[name], failed[name]
        if u is _MISSING and v is _MISSING:
            continue
        if type(u) is int and type(v) is int:
            bind(run, scope, name, chosen(u, v), node, source)
        else:
            _put(run, scope, name, Partly(node.span, source))
    return True, chosen(value, other) if type(value) is int and type(other) is int else None


def choose(run: Lowering, node: ast.Call, scope: Scope | None, source: Source | None) -> Work:
    """`if(c, u, v)`: the condition first, and of u and v only what may be needed."""
    first, *trees = node.children
    value = run.number((yield (first, scope, source)), first, source)
    condition = run.operations.truth(value)
    if run.graph.shapes[condition]:  # component by component
        u = yield (trees[0], scope, source)
        v = yield (trees[1], scope, source)
        return run.operations.node(node, (condition, u, v), source)
    held = run.path.known(condition)
    if held is None:
        if id(node) not in run.failed and not run.path.crowded:
            values = []
            for tree in trees:
                value = yield Attempt((tree, scope, source))
                if value is ASKED:
                    break
                run.path.attempts.pop()
                values.append(run.number(value, tree, source))
            else:
                return run.operations.node(node, (condition, *values), source)
            run.failed[id(node)] = node
        held = run.path.decide(condition, "this choice", first, source)
    return (yield (trees[0] if held else trees[1], scope, source))


def truth(run: Lowering, node: int, place: ast.Node, source: Source | None) -> int:
    """A condition of a statement: one truth value."""
    if run.graph.shapes[node]:
        hint = "if(c, u, v) chooses component by component; sum([v > 0]) counts where a condition holds"
        raise error("shape", "a condition is one truth value, this is an array", place, source, hint)
    return run.operations.truth(node)


def _get(run: Lowering, scope: Scope | None, name: str) -> Any:
    if scope is not None and name in scope:
        return scope[name]
    known = run.names.nodes.get(name)
    if known is not None:
        return known
    return run.leaf(name) if name in run.inputs or run.means_something(name) else _MISSING


def _put(run: Lowering, scope: Scope | None, name: str, value: Any) -> None:
    names: dict[str, Any] = run.names.nodes if scope is None else scope
    if value is _MISSING or (scope is None and value == run.inputs.get(name)):
        names.pop(name, None)
    else:
        names[name] = value
    if scope is None:
        run.called.clear()


def _put_back(run: Lowering, scope: Scope | None, values: dict[str, Any]) -> None:
    for name, value in values.items():
        _put(run, scope, name, value)


# ---- loops


def loop(run: Lowering, node: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """`for k in 1..n { … }`, written out round by round; a long one as a node if whoever asks can do with that."""
    assert isinstance(node, ast.For)
    from . import for_loops  # loads what few programs need

    ends, names = range(0), None
    if isinstance(node.iterable, ast.Range):
        ends = yield from ends_of(run, node.iterable, scope, source)
        items: Iterator[int] = map(run.graph.const, ends)
        if len(ends) > for_loops.LEAST_ROUNDS:
            names = for_loops.assigned(node.body)
    else:
        items = yield from iterate(run, node.iterable, scope, source)
    run.loops.append((node, source))
    end = None
    while (item := next(items, None)) is not None:
        run.step(node, source)
        bind(run, scope, node.name, item, node, source)
        end = yield (node.body, scope, source)
        if type(end) is Signal:
            break
        if names is not None:  # the first round is over, and shows what the others will do
            if run.loop_nodes and (yield for_loops.as_node(run, node, node.name, ends[1:-1], names, scope, source)):
                items = map(run.graph.const, ends[-1:])
            else:
                run.hold_rounds(len(ends) - 1, node, source)
            names = None
    run.loops.pop()
    return _outward(end)


def while_loop(run: Lowering, node: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """`while c { … }`: whether there is another round is decided each time."""
    assert isinstance(node, ast.While)
    from . import for_loops

    run.loops.append((node, source))
    end = None
    rounds = 0
    while True:
        if run.loop_nodes and rounds == 1:  # as of a `for` loop: what counts up to a bound may be a node
            found = yield for_loops.counted(run, node, scope, source)
            if found is not None and len(found[1]) > for_loops.LEAST_ROUNDS:
                name, items = found
                names = [one for one in for_loops.assigned(node.body) or () if one != name]
                if (yield for_loops.as_node(run, node, name, items[:-1], names, scope, source)):
                    bind(run, scope, name, run.graph.const(items[-1]), node, source)
        rounds += 1
        run.step(node, source)
        value = yield (node.condition, scope, source)
        condition = truth(run, run.number(value, node.condition, source), node.condition, source)
        if not run.path.decide(condition, "this loop", node.condition, source):
            break
        end = yield (node.body, scope, source)
        if type(end) is Signal:
            break
    run.loops.pop()
    return _outward(end)


def _outward(end: Any) -> Signal | None:
    """What goes on out of a loop whose last round ended so: a `return`; a `break` ends here."""
    return end if type(end) is Signal and end.kind != "break" else None


def ends_of(run: Lowering, tree: ast.Range, scope: Scope | None, source: Source | None) -> Work:
    """The whole numbers of a range."""
    ends = []
    for part in tree.children:
        value = run.number((yield (part, scope, source)), part, source)
        ends.append(run.operations.whole(value, part, source))
    run.path.turns += 1
    return range(ends[0], ends[1] + 1)


def iterate(run: Lowering, tree: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """What a loop runs over: the whole numbers of a range, the components of a vector, the rows of a matrix."""
    graph = run.graph
    if isinstance(tree, ast.Range):
        return map(graph.const, (yield from ends_of(run, tree, scope, source)))
    array = run.number((yield (tree, scope, source)), tree, source)
    shape = graph.shapes[array]
    if not shape:
        hint = run.operations.number_hint(tree, array) or "1..n are the numbers from 1 to n"
        raise error("shape", "a loop runs over a range or an array, this is a number", tree, source, hint)
    return (graph.index(array, (k,)) for k in range(shape[0]))


def comprehension(run: Lowering, node: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """`[e for i in 1..n for j in v]`: a vector; the names are its own."""
    assert isinstance(node, ast.Comprehension)
    inner = Scope(run.top) if scope is None else Scope(scope.frame, scope)
    trees, names = node.iterables, node.names
    items: list[int] = []
    ends = range(0)
    if len(trees) == 1 and isinstance(trees[0], ast.Range):
        from . import together  # loads what few programs need

        ends = yield from ends_of(run, trees[0], inner, source)
        running: list[Iterator[int]] = [map(run.graph.const, ends)]
    else:
        running = [(yield from iterate(run, trees[0], inner, source))]
    while running:
        level = len(running) - 1
        item = next(running[-1], None)
        if item is None:
            running.pop()
            continue
        bind(run, inner, names[level], item, node, source)
        if len(running) < len(trees):
            running.append((yield from iterate(run, trees[level + 1], inner, source)))
            continue
        run.step(node, source)
        items.append(run.number((yield (node.body, inner, source)), node.body, source))
        if ends and len(items) == 1 and len(ends) >= together.LEAST:
            whole = yield together.as_array(run, node, ends, inner, source)
            if whole is not None:
                return whole
    if not items:
        raise error("shape", "this vector is empty", node, source, "a vector has at least one component")
    parts = (node.body,) * len(items)
    return run.operations.emit("vector", tuple(items), None, node, source, parts)


def stray_function(run: Lowering, node: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    """A lambda where a number belongs."""
    hint = "give it to a function of yours, apply(u -> u^2, x), or a name, f = u -> u^2"
    raise error("name", "a function is no value of this kind", node, source, hint)


#: What is more than an operation on its parts.
WORKS: dict[type, Callable[[Lowering, ast.Node, Scope | None, Source | None], Work]] = {
    ast.Block: block,
    ast.If: branch,
    ast.For: loop,
    ast.While: while_loop,
    ast.Comprehension: comprehension,
    ast.Lambda: stray_function,
}


def assigned_in(node: ast.If) -> frozenset[str] | None:
    """The names that the branches of an `if` assign; None where they do what cannot be done by halves."""
    names: set[str] = set()
    stack: list[tuple[ast.Node, bool]] = [(part, False) for part in node.children[1:]]
    while stack:
        tree, looping = stack.pop()
        kind = type(tree)
        if kind in (ast.Return, ast.While) or (kind is ast.Break and not looping):
            return None
        if kind is ast.Lambda:
            continue
        if isinstance(tree, ast.Define):
            if tree.parameters is not None or type(tree.body) is ast.Lambda:
                return None
            names.add(tree.name)
        elif isinstance(tree, ast.For):
            names.add(tree.name)
            looping = True
        stack += [(child, looping) for child in tree.children]
    return frozenset(names)
