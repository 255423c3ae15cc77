"""Small formulas as the textbooks write them: factors and signs in their places. Trees to trees."""

from __future__ import annotations

from collections.abc import Callable

from ...language import ast


def rebuilt(tree: ast.Node, change: Callable[[ast.Node], ast.Node]) -> ast.Node:
    """A tree made anew from the leaves up, each of its records changed. A loop, as trees may be deep."""
    done: list[ast.Node] = []
    todo: list[tuple[ast.Node, bool]] = [(tree, False)]
    while todo:
        node, ready = todo.pop()
        if not ready and node.children:
            todo.append((node, True))
            todo += ((child, False) for child in reversed(node.children))
            continue
        count = len(node.children)
        if count:
            children = tuple(done[-count:])
            del done[-count:]
            same = all(one is other for one, other in zip(children, node.children, strict=True))
            node = node if same else with_children(node, children)
        done.append(change(node))
    return done[0]


def with_children(node: ast.Node, children: tuple[ast.Node, ...]) -> ast.Node:
    """The same record of an expression with other children."""
    if isinstance(node, ast.Call):
        return ast.Call(node.function, children, primes=node.primes, keywords=node.keywords)
    if isinstance(node, ast.Index):
        return ast.Index(children[0], children[1:])
    if isinstance(node, ast.Range):
        return ast.Range(children[0], children[1])
    if isinstance(node, ast.Iverson):
        return ast.Iverson(children[0])
    assert isinstance(node, ast.Vector)
    return ast.Vector(children)


def renamed(tree: ast.Node, name: Callable[[str], str]) -> ast.Node:
    """A tree with other names."""
    return rebuilt(tree, lambda node: ast.Name(name(node.name)) if isinstance(node, ast.Name) else node)


def tidy(tree: ast.Node) -> ast.Node:
    """u·(1/v) as u/v, u·(v·w) as u·v·w, u·(−v) as −u·v, u + −v as u − v."""
    return rebuilt(tree, _tidied)


def _tidied(node: ast.Node) -> ast.Node:
    if operator(node) == "*":
        return times(*node.children)
    if operator(node) == "neg":
        return negative(node.children[0])
    if operator(node) in ("+", "-"):
        return plus(*node.children, minus=operator(node) == "-")
    return node


def operator(node: ast.Node) -> str:
    """`+ - * /` with two operands or `neg`; "" for anything else."""
    if not isinstance(node, ast.Call) or node.primes or node.keywords:
        return ""
    count = 1 if node.function == "neg" else 2
    return node.function if node.function in ("+", "-", "*", "/", "neg") and len(node.children) == count else ""


def times(left: ast.Node, right: ast.Node) -> ast.Node:
    """A product of products and quotients: their factors in a row, their signs in front."""
    #: what is still to be done to the product, the last first: a sign, a factor or a divisor
    todo: list[tuple[str, ast.Node]] = [("*", right)]
    product = left
    while todo:
        what, factor = todo.pop()
        if what == "neg":
            product = negative(product)
        elif what == "/":
            product = ast.Call("/", (product, factor))
        elif operator(factor) == "neg":
            todo += [("neg", factor), ("*", factor.children[0])]
        elif operator(factor) in ("*", "/"):
            first, last = factor.children
            todo += [(operator(factor), last), ("*", first)]
        elif operator(product) == "/":
            todo += [("/", product.children[1]), ("*", factor)]
            product = product.children[0]
        else:
            product = _by(product, factor)
    return product


def _by(left: ast.Node, right: ast.Node) -> ast.Node:
    """A product with one more factor, which is neither a product nor has it a sign."""
    if isinstance(left, ast.Number) and left.text == "1":
        return right
    if operator(left) == "neg" and isinstance(left.children[0], ast.Number) and left.children[0].text == "1":
        return negative(right)
    if isinstance(right, ast.Number) and right.text == "1":
        return left
    return ast.Call("*", (left, right))


def negative(tree: ast.Node) -> ast.Node:
    """-tree, with the sign before the first factor."""
    later: list[tuple[str, ast.Node]] = []
    while operator(tree) in ("*", "/"):
        later.append((operator(tree), tree.children[1]))
        tree = tree.children[0]
    result = tree.children[0] if operator(tree) == "neg" else ast.Call("neg", (tree,))
    for what, factor in reversed(later):
        result = ast.Call(what, (result, factor))
    return result


def plus(left: ast.Node, right: ast.Node, *, minus: bool = False) -> ast.Node:
    """A sum, or a difference, whose second term has no sign of its own."""
    if _is_negative(right):
        right, minus = negative(right), not minus
    return ast.Call("-" if minus else "+", (left, right))


def _is_negative(tree: ast.Node) -> bool:
    while operator(tree) in ("*", "/"):
        tree = tree.children[0]
    return operator(tree) == "neg"


#: A comparison -> the one that holds where it does not.
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def bracketed(tree: ast.Node) -> ast.Node:
    """`if(c, u, v)` as the lecture notes write it, u·[c] + v·[not c]. For the eye: no product is computed."""

    def change(node: ast.Node) -> ast.Node:
        if not isinstance(node, ast.Call) or node.function != "if" or len(node.children) != 3:
            return node
        condition, held, other = node.children
        terms = [
            _where(value, ast.Iverson(one))
            for value, one in ((held, condition), (other, _opposite(condition)))
            if not (isinstance(value, ast.Number) and value.text == "0")
        ]
        return plus(*terms) if len(terms) == 2 else terms[0] if terms else ast.Number("0")

    return rebuilt(tree, change)


def _where(value: ast.Node, bracket: ast.Node) -> ast.Node:
    return bracket if isinstance(value, ast.Number) and value.text == "1" else ast.Call("*", (value, bracket))


def _opposite(condition: ast.Node) -> ast.Node:
    if isinstance(condition, ast.Call) and condition.function in _OPPOSITE and len(condition.children) == 2:
        return ast.Call(_OPPOSITE[condition.function], condition.children)
    if isinstance(condition, ast.Call) and condition.function == "not":
        return condition.children[0]
    return ast.Call("not", (condition,))
