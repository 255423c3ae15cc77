"""A Taylor polynomial: the formula, the remainder, its coefficients, and how good it is at a nearby point."""

from __future__ import annotations

from typing import Any

from ...backends.expansion import Coefficient, Expansion, Near, polynomial
from ...backends.result import nested_of
from ...language import ast, unparse
from ...language.figures import raised
from ..arrays import array_of
from ..json_values import nested_value
from ..json_values import number as json_number
from ..json_values import numbers as json_numbers
from ..latex_cells import aligned, array_of_numbers, stacked
from ..latex_cells import table as latex_table
from ..latex_formula import latex_name, latex_number, latex_of
from ..numbers import DIGITS, number
from ..view import SPACE, Cell, Count, Estimate, Formula, Lines, Pairs, Table, View

#: Coefficients that people are shown in a table.
MOST_SHOWN = 40


def text(result: Expansion, digits: int) -> str:
    """The text with the digits that are asked for."""
    from ..text import block

    return "\n".join(block(view, digits) for view in _views(result, digits))


def views(result: Expansion, *, full: bool = False) -> list[View]:
    """The formula, the remainder, the tables. full: in full precision, nothing left out."""
    return _views(result, None if full else DIGITS)


def _views(result: Expansion, digits: int | None) -> list[View]:
    found: list[View] = []
    if result.tree is not None:
        tree = result.tree if digits is None else rounded(result.tree, digits)
        found.append(Formula(_name(result), tree))
    if digits is not None:
        found.append(Lines(_remainder(result, digits)))
    if result.coefficients and result.near is None:
        found += [SPACE, _table(result, digits)] if digits is not None else [_table(result, digits)]
    if result.near is not None:
        found += _near(result, result.near, digits)
    for k, tensor in enumerate(result.tensors or []):
        if k:
            found += [] if digits is None else [SPACE]
            found.append(Pairs([(f"D{raised(k)}f", array_of(tensor))]))
    return found


def _name(result: Expansion) -> str:
    return f"T{result.order}({', '.join(result.labels)})"


def _remainder(result: Expansion, digits: int) -> str:
    """Lagrange's form, and the next term."""
    n = result.order + 1
    names = ", ".join(result.labels)
    if len(result.labels) > 1:
        return f"remainder: D{raised(n)}f[δ, …, δ]/{n}! at a point between, δ the step (Lagrange's form)"
    power = unparse(polynomial(result.labels, result.center, [Coefficient((n,), 1.0)]))
    place = "c" if names in ("xi", "ξ") else "ξ"
    between = f"for a {place} between {number(result.center[0], digits)} and {names}"
    text = f"R{result.order}({names}) = f{_primes(n)}({place})/{n}!*{power} {between}"
    if result.following is None:
        return text
    following = unparse(rounded(polynomial(result.labels, result.center, [result.following]), min(digits, 4)))
    return f"{text};\nthe next term is {following}"


def _primes(order: int) -> str:
    return "'" * order if order <= 3 else f"^({order})"


def _table(result: Expansion, digits: int | None) -> Table:
    """The coefficients with the derivatives that they stand for."""
    shown = [one for one in result.coefficients if digits is None or one.value or len(result.labels) == 1]
    left_out = digits is not None and len(shown) > MOST_SHOWN
    rows: list[list[Cell]] = []
    for one in shown[:MOST_SHOWN] if left_out else shown:
        head: list[Cell] = [Count(k) for k in one.powers]
        exact = str(one.exact) if one.exact is not None and digits is not None else one.value
        rows.append([*head, exact if digits is not None else one.value, one.derivative])
    heads = ["k"] if len(result.labels) == 1 else result.labels
    return Table([*heads, "coefficient", "derivative"], rows, shortened=left_out)


def _near(result: Expansion, near: Near, digits: int | None) -> list[View]:
    where = ", ".join(f"{name}={_shown(value, digits or 17)}" for name, value in near.point.items())
    rows: list[list[Cell]] = [
        [Count(one.order), one.term, one.sum, Estimate(one.error) if digits is not None else one.error]
        for one in near.steps
    ]
    headers = ["order", "term", "sum", "sum - f" if digits is None else "error"]
    if digits is None:
        return [Table(headers, rows)]
    found: list[View] = [SPACE, Table(headers, rows, caption=f"at {where}, where f is {number(near.value, digits)}")]
    if near.lagrange is not None:
        words = f"Lagrange's remainder: at most about {near.lagrange:.1e} (the largest at nine places between)"
        found.append(Lines(words))
    return found


def _shown(value: Any, digits: int) -> str:
    return number(value, digits) if isinstance(value, (int, float)) else str(value.tolist())


def rounded(tree: ast.Node, digits: int) -> ast.Node:
    """A formula whose long decimals have so many digits."""
    if isinstance(tree, ast.Number):
        if tree.text.isdecimal():
            return tree
        return ast.Number(format(float(tree.text), f".{digits}g"))
    if not isinstance(tree, ast.Call):
        return tree
    # A sum is as deep to the left as it has terms.
    signs: list[tuple[str, ast.Node]] = []
    while isinstance(tree, ast.Call) and tree.function in ("+", "-") and len(tree.children) == 2:
        signs.append((tree.function, tree.children[1]))
        tree = tree.children[0]
    if isinstance(tree, ast.Call):
        tree = ast.Call(tree.function, tuple(rounded(child, digits) for child in tree.children))
    else:
        tree = rounded(tree, digits)
    for sign, right in reversed(signs):
        tree = ast.Call(sign, (tree, rounded(right, digits)))
    return tree


def body(result: Expansion) -> dict[str, Any]:
    """Everything, in full."""
    found: dict[str, Any] = {
        "kind": "taylor",
        "variables": result.labels,
        "at": dict(zip(result.labels, json_numbers(result.center), strict=True)),
        "order": result.order,
        "polynomial": None if result.tree is None else unparse(result.tree),
        "exact": result.exact,
        "coefficients": [_coefficient(one) for one in result.coefficients],
    }
    if len(result.labels) == 1:
        found["next"] = None if result.following is None else _coefficient(result.following)
    if result.near is not None:
        near = result.near
        found["near"] = {
            "point": {name: nested_value(nested_of(value)) for name, value in near.point.items()},
            "value": json_number(near.value),
            "orders": [{key: json_number(value) for key, value in one._asdict().items()} for one in near.steps],
            "lagrange": None if near.lagrange is None else json_number(near.lagrange),
        }
    if result.tensors is not None:
        found["tensors"] = [nested_value(tensor) for tensor in result.tensors]
    return found


def _coefficient(one: Coefficient) -> dict[str, Any]:
    found: dict[str, Any] = {"powers": list(one.powers), "value": json_number(one.value)}
    if one.exact is not None:
        found["exact"] = str(one.exact)
    return {**found, "derivative": json_number(one.derivative)}


def latex(result: Expansion, digits: int) -> str:
    """The polynomial as an equation; the terms at the nearby point as a table."""
    names = ", ".join(map(latex_name, result.labels))
    lines = []
    if result.tree is not None:
        lines.append((rf"T_{{{result.order}}}\left({names}\right)", latex_of(rounded(result.tree, digits))))
    if len(result.labels) == 1:
        n = result.order + 1
        power = latex_of(polynomial(result.labels, result.center, [Coefficient((n,), 1.0)]))
        form = rf"\frac{{f^{{\left({n}\right)}}\left(\xi\right)}}{{{n}!}} {power}"
        lines.append((rf"R_{{{result.order}}}\left({names}\right)", form))
    for k, tensor in enumerate(result.tensors or []):
        if k:
            lines.append((rf"D^{{{k}}} f", array_of_numbers(array_of(tensor), digits)))
    blocks = [aligned(lines)] if lines else []
    if result.near is not None:
        rows = [
            [str(one.order), latex_number(one.term, digits), latex_number(one.sum, digits), latex_number(one.error, 2)]
            for one in result.near.steps
        ]
        blocks.append(latex_table("rrrr", ["order", "term", "sum", "error"], rows))
    return stacked(blocks)
