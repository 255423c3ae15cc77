"""Derivatives in formulas as people read them: d/dx[…], dx/dt, ∂f/∂x, dW."""

from __future__ import annotations

from ...language import ast, unparse


def as_read(tree: ast.Node) -> ast.Node:
    """The tree with `diff(e, x)` as d/dx[e]; only to be printed. A loop, and what is shared stays shared."""
    new: dict[int, ast.Node] = {}
    stack = [tree]
    while stack:
        node = stack[-1]
        if id(node) in new:
            stack.pop()
            continue
        missing = [child for child in node.children if id(child) not in new]
        if missing:
            stack += missing
            continue
        stack.pop()
        children = tuple([new[id(child)] for child in node.children])
        new[id(node)] = _written(node, children)
    return new[id(tree)]


def _written(node: ast.Node, children: tuple[ast.Node, ...]) -> ast.Node:
    if isinstance(node, ast.Call) and not node.primes and not node.keywords:
        if node.function in ("diff", "partial") and len(children) == 2 and isinstance(node.children[1], ast.Name):
            sign, (of, by) = ("d" if node.function == "diff" else "∂"), node.children
            assert isinstance(by, ast.Name)
            if isinstance(of, ast.Name) and of.name not in (by.name, "…"):
                return ast.Name(f"{sign}{of.name}/{sign}{by.name}")
            return ast.Index(ast.Name(f"{sign}/{sign}{by.name}"), (children[0],))
        if node.function == "d" and len(children) == 1:
            if isinstance(children[0], ast.Name):
                return ast.Name(f"d{children[0].name}")
            return ast.Index(ast.Name("d"), (children[0],))
        if node.function == "/" and len(children) == 2 and _is_fraction(children[0]):
            one = ast.Call("/", (ast.Number("1"), children[1]))
            return ast.Call("*", (one, children[0]))  # 1/(2*sqrt(c))*dc/dx, not dc/dx/(2*sqrt(c))
        if node.function in ("*", "/") and len(children) == 2 and _is_negative(children[1]):
            return ast.Call(
                node.function, (children[0], ast.Name(f"({unparse(children[1])})"))
            )  # r*(-sin(t)), not r*-sin(t)
    if children == () or all(a is b for a, b in zip(children, node.children, strict=True)):
        return node
    made = object.__new__(type(node))
    for kind in type(node).__mro__:
        for slot in getattr(kind, "__slots__", ()):
            object.__setattr__(made, slot, getattr(node, slot))
    object.__setattr__(made, "children", children)
    return made


def _is_negative(node: ast.Node) -> bool:
    return isinstance(node, ast.Call) and node.function == "neg" and len(node.children) == 1


def _is_fraction(node: ast.Node) -> bool:
    return isinstance(node, ast.Name) and "/" in node.name
