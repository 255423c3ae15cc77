"""Derivatives as expressions: `diff(e, x)`, `grad(e)`, `jac(e, x, y)`, `hess(e)`, anywhere in a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import Source
from ..language import ast
from .names import CONSTANTS, Scope
from .operations import arity_error, error
from .path import cut_out
from .shapes import name_of
from .work import Work

if TYPE_CHECKING:
    from .lower import Lowering

#: How often `diff` may differentiate at once.
MOST_ORDERS = 1000
#: From this order on all of them are asked for at once.
HIGH = 11


def derive(run: Lowering, node: ast.Call, scope: Scope | None, source: Source | None) -> Work:
    """The derivative of the first argument in the names that follow; without, in all inputs that it is made of.

    diff, one name: the output's shape followed by the name's. grad of a number: the name's shape; of several numbers
    a vector. jac: as diff; in several numbers a row for each component (of a number: a vector). hess of a number: the
    name's shape twice; in several numbers a square matrix.
    """
    word = node.function
    differentiate = run.differentiate
    if differentiate is None:
        raise error("usage", f"{word} cannot stand here", node, source)
    if node.keywords:
        raise error("arity", f"{word} has no {node.keywords[0]}=", node.children[-1], source)
    if not node.children:
        raise arity_error(f"{word}(x^2, x)", "at least one", 0, node, source)
    tree, *others = node.children
    order = 1
    if word == "diff" and len(others) > 1:
        order = yield from _order(run, others.pop(1), scope, source)
    if word == "diff" and len(others) != 1:
        raise arity_error("diff(e, x) or diff(e, x, 2)", "2 or 3", len(node.children), node, source)
    output = run.number((yield (tree, scope, source)), tree, source)
    cuts: dict[int, int] = {}
    leaves = []
    for other in others:
        if not isinstance(other, ast.Name):
            hint = f"give it a name: u = …; {word}(…, u)"
            raise error("usage", f"{word} differentiates in a name", other, source, hint)
        leaf = _leaf(run, other, scope, source, cuts)
        if leaf in leaves:
            raise error("usage", f"{other.name} stands twice in {word}", other, source, "name it once")
        leaves.append(leaf)
    if not others:
        leaves = _reached(run, node, output, scope, source)
    if cuts:  # of a name that an earlier step of the session defined
        new: dict[int, int] = {}
        for made, leaf in cuts.items():
            new.update(cut_out(run.graph, made, leaf) or {})
        output = run.path.resolve(output, new)
    graph, shapes = run.graph, run.graph.shapes
    if word in ("grad", "hess") and shapes[output]:
        hint = "jac(e) is the derivative of an array"
        raise error("shape", f"{word} is of a number, this is {name_of(shapes[output])}", tree, source, hint)
    if len(leaves) > 1 and any(shapes[leaf] for leaf in leaves):
        names = ", ".join(str(graph.attrs[leaf]) for leaf in leaves)
        named = f" ({names})" if not others else ""
        hint = f"differentiate in one array at a time: {word}(…, v)"
        raise error("shape", f"{word} in several names{named} takes numbers only", node, source, hint)

    def one(of: int, leaf: int) -> int:
        return differentiate(graph, _expanded(run, of, leaf), leaf)

    if word == "diff":
        result = output
        if order >= HIGH:
            result = differentiate(graph, _expanded(run, result, leaves[0]), leaves[0], order)
        else:
            for _ in range(order):
                result = one(result, leaves[0])
    elif word == "hess":
        result = _hessian(run, [(leaf, one(output, leaf)) for leaf in leaves], one)
    elif len(leaves) == 1:
        result = one(output, leaves[0])
    else:
        result = _matrix(run, node, output, [one(output, leaf) for leaf in leaves], source)
    if cuts:
        result = run.path.resolve(result, {leaf: node for node, leaf in cuts.items()})
    run.operations.remember(result, node.span, source)
    return result


def _order(run: Lowering, tree: ast.Node, scope: Scope | None, source: Source | None) -> Work:
    value = run.number((yield (tree, scope, source)), tree, source)
    order = run.graph.attrs[value] if run.graph.is_const(value) else None
    if type(order) is not int or not 0 <= order <= MOST_ORDERS:
        message = f"the order of a derivative is a whole number from 0 to {MOST_ORDERS}"
        raise error("usage", message, tree, source, "for example diff(sin(x), x, 2)")
    return order


def _leaf(run: Lowering, name: ast.Name, scope: Scope | None, source: Source | None, cuts: dict[int, int]) -> int:
    """The input node that a name stands for; where it is none, one in its place."""
    graph = run.graph
    node = run.name(name, scope, source)
    if graph.ops[node] == "input":
        return node
    if node in cuts:
        return cuts[node]
    if name.name in CONSTANTS and graph.ops[node] == "const":
        raise error("name", f"{name.name} is a constant, not a variable", name, source)
    twins = [other for other, its in run.names.nodes.items() if its == node and other != name.name]
    if twins:  # one node, two names: to cut it for the one would cut it for the other
        raise error("name", f"{name.name} is only another name of {twins[0]}", name, source, f"use {twins[0]}")
    if cut_out(graph, node, node) is None:
        message = f"{name.name} is made of inputs and constants as they are"
        raise error("name", message, name, source, f"define {name.name} in the same line, or differentiate in those")
    leaf = cuts[node] = run.path.placeholder(node)
    return leaf


def _reached(run: Lowering, node: ast.Call, output: int, scope: Scope | None, source: Source | None) -> list[int]:
    """All inputs that a value is made of, in order of appearance."""
    graph, path = run.graph, run.path
    leaves = [one for one in graph.reachable([output]) if graph.ops[one] == "input"]
    word = node.function
    inner = [leaf for leaf in leaves if str(graph.attrs[leaf]).startswith(" ")]
    if inner:
        if any(leaf not in run.top.placeholders for leaf in inner):
            hint = f"for example {word}(…, x)"
            raise error("usage", f"name what {word} differentiates in, in a function", node, source, hint)
        settled = path.settle(run.top.placeholders, len(path.decisions), [output])
        leaves = [one for one in graph.reachable(settled) if graph.ops[one] == "input"]
    if not leaves:
        raise error("usage", "there is nothing to differentiate in", node, source, f"for example {word}(x^2, x)")
    return leaves


def _expanded(run: Lowering, output: int, leaf: int) -> int:
    """The output, where a placeholder stands for something that is made of the leaf with that in its place."""
    path = run.path
    new: dict[int, int] = {leaf: leaf}
    # A placeholder is younger than what it stands for, so those above the leaf are asked, the oldest first.
    for one in sorted(_placeholders(run, output, leaf)):
        value = path.stands[one]
        settled = path.resolve(value, new, leaf)
        if settled != value or _made_of(run, value, leaf):
            new[one] = settled
    return path.resolve(output, new, leaf) if len(new) > 1 else output


def _made_of(run: Lowering, node: int, leaf: int) -> bool:
    """Whether a node is made of a leaf."""
    args = run.graph.args
    seen, stack = {node}, [node]
    while stack:
        one = stack.pop()
        if one == leaf:
            return True
        new = [arg for arg in args[one] if arg >= leaf and arg not in seen]
        seen.update(new)
        stack += new
    return False


def _placeholders(run: Lowering, output: int, leaf: int) -> set[int]:
    """The placeholders younger than the leaf that a value is made of, also by way of others."""
    stands, args = run.path.stands, run.graph.args
    found: set[int] = set()
    seen, stack = {output}, [output]
    while stack:
        node = stack.pop()
        if node <= leaf:
            continue
        below = args[node]
        if node in stands:
            found.add(node)
            below = (stands[node],)
        new = [arg for arg in below if arg not in seen]
        seen.update(new)
        stack += new
    return found


def _matrix(run: Lowering, node: ast.Call, output: int, columns: Sequence[int], source: Source | None) -> int:
    """The derivatives in several numbers side by side."""
    graph = run.graph
    shape = graph.shapes[output]
    if not shape:
        return graph.vector(tuple(columns))
    if len(shape) > 1:
        hint = f"differentiate in one name at a time: {node.function}(…, x)"
        raise error("shape", f"jac of {name_of(shape)} in several names", node, source, hint)
    rows = [graph.vector(tuple(graph.index(column, (k,)) for column in columns)) for k in range(shape[0])]
    return graph.vector(tuple(rows))


def _hessian(run: Lowering, slopes: Sequence[tuple[int, int]], one: object) -> int:
    assert callable(one)
    if len(slopes) == 1:
        leaf, slope = slopes[0]
        result: int = one(slope, leaf)
        return result
    entries: dict[tuple[int, int], int] = {}
    for i, (_, slope) in enumerate(slopes):
        for j, (leaf, _) in enumerate(slopes[: i + 1]):
            entries[i, j] = entries[j, i] = one(slope, leaf)
    count = len(slopes)
    return run.graph.stacked([entries[i, j] for i in range(count) for j in range(count)], (count, count))
