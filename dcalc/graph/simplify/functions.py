"""Functions of polys: exact values, signs of odd and even functions, conditions and selections.

Nothing here may change a derivative by convention: arguments of max and min keep their places, no kinked function
becomes another one (max(x, 0) is not relu(x) at 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..exact import Exact, fold
from ..graph import MOVES
from ..to_ast import is_truth
from .poly import Poly, Symbolic, constant, constant_value, remembered, scaled

if TYPE_CHECKING:
    from .algebra import Algebra


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: f(-u) = -f(u), also at kinks and in every convention for a derivative there.
ODD = _names("sin tan cot csc asin atan sinh tanh coth csch asinh atanh erf cbrt sign softsign")
#: f(-u) = f(u). (abs is one too: see Algebra.absolute.)
EVEN = _names("cos sec cosh sech")

#: Exact values at exact arguments; where there is none the function stays.
_ZERO_AT_ZERO = _names("sin tan asin atan sinh tanh asinh atanh erf cbrt sign expm1 log1p softsign")
_ONE_AT_ZERO = _names("cos sec cosh sech exp exp2 erfc step")
_AT_ONE = {"log": 0, "log2": 0, "log10": 0, "cbrt": 1, "acosh": 0, "acos": 0, "gamma": 1, "lgamma": 0}
#: Of pi/12 times this much: (a, b) is a*sqrt(b).
_SINES: dict[int, tuple[str, int]] = {0: ("0", 1), 2: ("1/2", 1), 3: ("1/2", 2), 4: ("1/2", 3), 6: ("1", 1)}
_TANGENTS: dict[int, tuple[str, int]] = {0: ("0", 1), 2: ("1/3", 3), 3: ("1", 1), 4: ("1", 3)}
_OF_NUMBERS: dict[str, Callable[..., Exact]] = {
    "sign": lambda a: (a > 0) - (a < 0),
    "step": lambda a: int(a >= 0),
    "floor": lambda a: a.numerator // a.denominator,
    "ceil": lambda a: -(-a.numerator // a.denominator),
    "relu": lambda a: max(a, 0),
    "max": lambda a, b: b if a <= b else a,
    "min": lambda a, b: b if a >= b else a,
}

#: Defined, and not large, wherever their arguments are.
_TOTAL = _names("+ - * neg abs sign step relu max min floor ceil sin cos atan tanh sech sigmoid erf")

#: The same of operations on arrays.
_TOTAL_ARRAYS = MOVES | _names("sum[] max[] min[] @ outer transpose diag last_max last_min")
#: Not truth values, but 1 or 0 as they are.
_ONE_OR_ZERO = _names("last_max last_min")

_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
#: What a comparison of a node with itself comes to.
_SAME = {"<": 0, "<=": 1, ">": 0, ">=": 1, "==": 1, "!=": 0}


def apply(algebra: Algebra, op: str, args: list[Poly], attr: object = None) -> Poly:
    """An operation of the table other than arithmetic, on polys."""
    if attr is None:
        exact = _exact(algebra, op, args)
        if exact is not None:
            return constant(exact)
        if op in ("sin", "cos", "tan"):
            known = _at_angle(algebra, op, args[0])
            if known is not None:
                return known
        if op == "abs":
            return algebra.absolute(args[0])
        if op == "if":
            return _select(algebra, *args)
        if op == "not":
            return negate(algebra, algebra.node(args[0]))
        if op in ("and", "or"):
            return _connect(algebra, op, args)
        if op in _SAME and args[0] == args[1]:
            return constant(_SAME[op])
        if op in ("max", "min") and args[0] == args[1]:
            return args[0]
        if op in ODD or op in EVEN:
            (argument,) = args
            if all(value < 0 for value in argument.values()):
                result = _call(algebra, op, [scaled(argument, -1)])
                return scaled(result, -1) if op in ODD else result
        if op == "log":
            inner = _exponent_of_e(algebra, args[0])
            if inner is not None:
                return inner
        if algebra.shorten is not None:
            better = algebra.shorten.function(op, args)
            if better is not None:
                return better
    return _call(algebra, op, args, attr)


def _call(algebra: Algebra, op: str, args: list[Poly], attr: object = None) -> Poly:
    return {((algebra.graph.emit(op, tuple([algebra.node(arg) for arg in args]), attr), 1),): 1}


def _exact(algebra: Algebra, op: str, args: list[Poly]) -> Exact | None:
    """The rational value of a function of constants, if it is known to have one."""
    if op == "log" and len(args[0]) == 1:
        ((key, value),) = args[0].items()
        if value == 1 and len(key) == 1 and key[0][1] == 1 and _is_named(algebra, key[0][0], "e"):
            return 1
    values = []
    for arg in args:
        number = constant_value(arg)
        if number is None:
            return None
        values.append(number)
    if len(values) == 1:
        if values[0] == 0 and (op in _ZERO_AT_ZERO or op in _ONE_AT_ZERO):
            return int(op in _ONE_AT_ZERO)
        if values[0] == 1 and op in _AT_ONE:
            return _AT_ONE[op]
    if op in _OF_NUMBERS:
        return _OF_NUMBERS[op](*values)
    return fold(op, values)


def _is_named(algebra: Algebra, node: int, name: str) -> bool:
    return algebra.graph.is_const(node) and algebra.graph.attrs[node] == name


def _at_angle(algebra: Algebra, op: str, angle: Poly) -> Poly | None:
    """sin, cos or tan of a multiple of pi/6 or pi/4; None of another angle, and where there is no value."""
    from fractions import Fraction

    number: Exact | None = 0 if not angle else None
    if len(angle) == 1:
        ((key, value),) = angle.items()
        if len(key) == 1 and key[0][1] == 1 and _is_named(algebra, key[0][0], "pi"):
            number = value
    if number is None or (12 * number).denominator != 1:
        return None
    twelfths = int(12 * number) + (6 if op == "cos" else 0)
    if op == "tan":
        place = twelfths % 12
        sign, table, place = (-1, _TANGENTS, 12 - place) if place > 6 else (1, _TANGENTS, place)
    else:
        place = twelfths % 24
        sign, place = (-1, place - 12) if place >= 12 else (1, place)
        table, place = _SINES, min(place, 12 - place)
    if place not in table:
        return None
    factor, root = table[place]
    return algebra.product(sign * Fraction(factor), [(algebra.graph.const(root), Fraction(1, 2))])


def _exponent_of_e(algebra: Algebra, poly: Poly) -> Poly | None:
    """u where a poly is e^u."""
    if len(poly) != 1:
        return None
    ((key, value),) = poly.items()
    if value != 1 or len(key) != 1:
        return None
    base, exponent = key[0]
    if algebra.graph.is_const(base) and algebra.graph.attrs[base] == "e":
        return algebra.poly(exponent.node) if isinstance(exponent, Symbolic) else constant(exponent)
    return None


# -- conditions ----------------------------------------------------------------------------------------------


def negate(algebra: Algebra, condition: int) -> Poly:
    """The opposite of a condition."""
    graph = algebra.graph
    op = graph.ops[condition]
    if op in _OPPOSITE:
        return {((graph.emit(_OPPOSITE[op], graph.args[condition]), 1),): 1}
    if op == "not" and is_truth(graph, graph.args[condition][0]):
        return {((graph.args[condition][0], 1),): 1}
    return {((graph.emit("not", (condition,)), 1),): 1}


def _connect(algebra: Algebra, op: str, args: list[Poly]) -> Poly:
    decisive = 0 if op == "and" else 1
    nodes = [algebra.node(arg) for arg in args]
    for value, other in ((args[0], nodes[1]), (args[1], nodes[0])):
        number = constant_value(value)
        if number is not None:
            if bool(number) == bool(decisive):
                return constant(decisive)
            if is_truth(algebra.graph, other):
                return algebra.poly(other)
    if nodes[0] == nodes[1] and is_truth(algebra.graph, nodes[0]):
        return args[0]
    ops, arguments = algebra.graph.ops, algebra.graph.args
    if _OPPOSITE.get(ops[nodes[0]]) == ops[nodes[1]] and arguments[nodes[0]] == arguments[nodes[1]]:
        return constant(decisive)  # one of them holds, and not both
    return _call(algebra, op, args)


def _select(algebra: Algebra, condition: Poly, held: Poly, other: Poly) -> Poly:
    number = constant_value(condition)
    if number is not None:
        return held if number else other
    if held == other:
        return held
    graph = algebra.graph
    node = algebra.node(condition)
    while graph.ops[node] == "not":
        node = graph.args[node][0]
        held, other = other, held
    held, other = _decided(algebra, node, held, 1), _decided(algebra, node, other, 2)
    if held == other:
        return held
    if (is_truth(graph, node) or (graph.ops[node] in _ONE_OR_ZERO and not other)) and not (held and other):
        # if(c, a, 0) is a*[c] only if a is a number wherever c fails, as a polynomial is.
        branch = held or other
        if _is_total(algebra, branch):
            bracket = algebra.poly(node) if held else negate(algebra, node)
            return algebra.multiply(1, [(branch, 1), (bracket, 1)])
    return {((graph.emit("if", (node, algebra.node(held), algebra.node(other))), 1),): 1}


def _decided(algebra: Algebra, condition: int, branch: Poly, place: int) -> Poly:
    """A branch in which the condition is decided already: if(c, if(c, a, b), d) is if(c, a, d)."""
    graph = algebra.graph
    node = algebra.node(branch)
    while graph.ops[node] == "if" and graph.args[node][0] == condition:
        node = graph.args[node][place]
        branch = algebra.poly(node)
    return branch


def _is_total(algebra: Algebra, poly: Poly) -> bool:
    """Whether a poly has a value everywhere."""
    graph, known = algebra.graph, algebra.total

    def make(node: int) -> bool:
        op, args = graph.ops[node], graph.args[node]
        if op == "const":
            return graph.attrs[node] not in ("inf", "nan") and not isinstance(graph.attrs[node], float)
        if op == "^":
            power = graph.attrs[args[1]] if graph.is_const(args[1]) else None
            return type(power) is int and power >= 0 and known[args[0]]
        total = op in _TOTAL or op in _TOTAL_ARRAYS or is_truth(graph, node)
        return op == "input" or (total and all(known[arg] for arg in args))

    return all(
        isinstance(exponent, int) and exponent > 0 and remembered(base, known, graph.args.__getitem__, make)
        for key in poly
        for base, exponent in key
    )
