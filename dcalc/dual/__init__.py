"""Dual numbers in Python: `Dual(2, 1)` differentiates ordinary functions by operator overloading.

    from dcalc import Dual, derivative, sin
    x = Dual(2, 1); x**2 + 3*x                  # 10 + 7ε
    derivative(lambda x: x*sin(x), 2.0)

A `Dual` is a series in ε that is cut off, carried through dcalc's functions, NumPy's and Python's operators, through
branches, loops and recursion; comparisons go by the real part. What an operation does to the parts is said by the one
table and computed by `evaluate.series`, as for dual numbers in dcalc's language: an operation is a program of one node.

Each ε has a tag. Those that a user writes have the tag 0 and are the same ε; each `derivative` makes one of its own, so
that derivatives of functions that differentiate are not confused (Siskind and Pearlmutter, *Perturbation confusion and
referential transparency*, 2005). Where two meet, the younger one is outside: its parts are numbers in the older one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from threading import RLock
from typing import Any, NamedTuple

from ..errors import DcalcError
from ..evaluate.failures import first_failure
from ..evaluate.series import Series
from ..evaluate.series.recipes import Program
from ..evaluate.tracing import Tracer
from ..graph.build import Builder
from ..graph.graph import Graph
from ..graph.template import template
from ..primitives import TABLE
from ..render.duals import UNIT, joined
from ..render.numbers import number

#: ε's that belong to one derivative each.
_tags = count(1)
#: Programs grow when a higher order is asked for, and are shared by all threads.
_lock = RLock()
#: Whole exponents up to this are constants of their programs: x**3 has no fourth derivative to compute.
MOST_EXPONENT = 64
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class NoFloatError(DcalcError, TypeError):
    """A dual number is given to what takes plain numbers; a TypeError for those who ask Python's way."""


class Dual:
    """A dual number a + b·ε, or with more parts a + b·ε + c·ε² + …: `Dual(2, 1)`, `Dual(2, 1, 0)`.

    parts: the coefficients of 1, ε, ε², … as far as they are known. Parts that are not given are 0, up to `order`. Of
    two numbers of different orders the result has the lower one. Values are never changed. Failures are DcalcError.
    """

    __slots__ = ("parts", "tag")

    parts: tuple[Any, ...]
    tag: int

    def __init__(self, *parts: Any, order: int | None = None) -> None:
        if not parts:
            raise DcalcError("usage", "a dual number has a real part", hint="Dual(2, 1)")
        if order is not None and (type(order) is not int or order < len(parts) - 1):
            raise DcalcError("usage", f"order is a whole number, here of at least {len(parts) - 1}")
        self.parts = tuple(_part(part) for part in parts)
        self.parts += (0.0,) * ((1 if order is None else order) + 1 - len(parts))
        self.tag = 0

    @staticmethod
    def variable(value: Any, order: int = 1) -> Dual:
        """value + ε, with an ε of its own, which meets no other: what `derivative` hands to its function."""
        return made(next(_tags), [value if isinstance(value, Dual) else _part(value), 1.0, *[0.0] * (order - 1)])

    @property
    def real(self) -> Any:
        """The part without ε: a float, or a dual number in another ε."""
        return self.parts[0]

    @property
    def order(self) -> int:
        """The highest power of ε that is known."""
        return len(self.parts) - 1

    def part(self, k: int) -> Any:
        """The coefficient of εᵏ. A DcalcError where it was cut off."""
        if not 0 <= k < len(self.parts):
            hint = "Dual(x, 1, order=3) keeps three powers of ε"
            raise DcalcError("domain", f"this dual number has the parts 0 to {self.order}", hint=hint)
        return self.parts[k]

    def conj(self) -> Dual:
        """-ε in the place of ε: z*z.conj() has no ε."""
        return made(self.tag, [-part if k % 2 else part for k, part in enumerate(self.parts)])

    def conjugate(self) -> Dual:
        """The number itself, as of all real numbers in Python: np.var, np.vdot and others multiply by it."""
        return self

    # -- arithmetic ------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return _binary("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return _binary("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return _binary("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _binary("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return _binary("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return _binary("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _binary("/", other, self)

    def __pow__(self, other: Any) -> Any:
        return _binary("^", self, other)

    def __rpow__(self, other: Any) -> Any:
        return _binary("^", other, self)

    def __mod__(self, other: Any) -> Any:
        return _binary("mod", self, other)

    def __rmod__(self, other: Any) -> Any:
        return _binary("mod", other, self)

    def __floordiv__(self, other: Any) -> Any:
        quotient = _binary("/", self, other)
        return quotient if quotient is NotImplemented else apply("floor", (quotient,))

    def __rfloordiv__(self, other: Any) -> Any:
        quotient = _binary("/", other, self)
        return quotient if quotient is NotImplemented else apply("floor", (quotient,))

    def __neg__(self) -> Dual:
        return made(self.tag, [-part for part in self.parts])

    def __pos__(self) -> Dual:
        return self

    def __abs__(self) -> Any:
        return apply("abs", (self,))

    # -- by the real part ------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        return bool(real_of(self))

    def __eq__(self, other: object) -> Any:
        return real_of(self) == real_of(other) if is_number(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(real_of(self))

    def __lt__(self, other: Any) -> Any:
        return real_of(self) < real_of(other) if is_number(other) else NotImplemented

    def __le__(self, other: Any) -> Any:
        return real_of(self) <= real_of(other) if is_number(other) else NotImplemented

    def __gt__(self, other: Any) -> Any:
        return real_of(self) > real_of(other) if is_number(other) else NotImplemented

    def __ge__(self, other: Any) -> Any:
        return real_of(self) >= real_of(other) if is_number(other) else NotImplemented

    def __int__(self) -> int:
        return int(real_of(self))

    __trunc__ = __int__

    def __floor__(self) -> int:
        return math.floor(real_of(self))

    def __ceil__(self) -> int:
        return math.ceil(real_of(self))

    def __round__(self, digits: int | None = None) -> int:
        if digits is not None:
            raise DcalcError("usage", "a dual number is not rounded to digits", hint="format(x, '.3f') shows it so")
        return round(real_of(self))

    def __float__(self) -> float:
        hint = "dcalc.sin and np.sin take dual numbers, math.sin does not; x.real is the real part"
        raise NoFloatError("usage", f"a dual number is no float: its ε would be lost; {hint}")

    # -- as text ---------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self._text(lambda part: number(part))

    def __repr__(self) -> str:
        parts = ", ".join(map(repr, self.parts))
        order = ", order=0" if len(self.parts) == 1 else ""
        return f"Dual({parts}{order})" if not self.tag else f"<Dual({parts}{order}) of its own ε>"

    def __format__(self, spec: str) -> str:
        return self._text(lambda part: format(part, spec)) if spec else str(self)

    def _repr_latex_(self) -> str | None:
        from ..render.duals import latex_dual

        plain = all(isinstance(part, float) for part in self.parts)
        return f"${latex_dual(self.parts, 10)}$" if plain else None

    def _text(self, form: Callable[[Any], str]) -> str:
        unit = UNIT + (str(self.tag).translate(_SUBSCRIPTS) if self.tag else "")
        return joined([f"{part}" if isinstance(part, Dual) else form(part) for part in self.parts], unit)

    # -- NumPy -----------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        # NumPy asks the items of an array of objects for the function's name: np.sin([x, y]) is [x.sin(), y.sin()].
        op = numpy_names().get(name)
        if op is None or name.startswith("_"):
            raise AttributeError(f"'Dual' object has no attribute {name!r}")
        return lambda *others: apply(op, (self, *others))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from .numpy_functions import ufunc as applied

        return applied(ufunc, method, inputs, options)


def made(tag: int, parts: Sequence[Any]) -> Dual:
    """A dual number in the ε of this tag."""
    result = object.__new__(Dual)
    result.parts, result.tag = tuple(parts), tag
    return result


def _part(part: Any) -> Any:
    """A part that a user gives: a number, or a dual number in an ε of its own, which then is the outer one's part."""
    if isinstance(part, Dual):
        if not part.tag:
            hint = "Dual.variable(x) has an ε of its own; or use derivative"
            raise DcalcError("usage", f"a part of a dual number has this ε in it already: {part}", hint=hint)
        raise DcalcError("usage", "a part of a dual number is a number", hint="x + y*Dual(0, 1) adds them up")
    if is_number(part):
        return float(part)
    raise DcalcError("usage", f"a part of a dual number is a number, not {part!r:.60}")


def is_number(value: Any) -> bool:
    """Whether a value is a real number of whatever type, or a dual number; not an array of one object."""
    if isinstance(value, (float, int, Dual)):
        return True
    if getattr(getattr(value, "dtype", None), "kind", "") == "O":
        return False
    return hasattr(value, "__float__") and not getattr(value, "ndim", 0) and not isinstance(value, str)


def real_of(value: Any) -> float:
    """The real part of a dual number in however many ε's."""
    while isinstance(value, Dual):
        value = value.parts[0]
    return float(value)


def _binary(op: str, u: Any, v: Any) -> Any:
    return apply(op, (u, v)) if is_number(u) and is_number(v) else NotImplemented


# ---- operations


class _Operation(NamedTuple):
    """An operation as a program of one node, for those of its arguments that are dual numbers in one ε."""

    program: Program
    node: int
    leaves: tuple[int, ...]
    kernels: dict[Any, Any]


@cache
def _operation(op: str, mask: tuple[bool, ...], static: Any, exponent: int | None) -> _Operation:
    graph = Graph()
    entry = TABLE[op]
    names = entry.parameters[entry.static :]
    leaves = tuple(graph.input(name) for name in names)
    if entry.kind == "composite":
        assert entry.value is not None
        node = template(entry.value, names).emit(Builder(graph), leaves)
    elif exponent is not None:
        node = graph.emit(op, (leaves[0], graph.const(exponent)))
    else:
        node = graph.emit(op, leaves, static)
    active = [leaf for leaf, holds in zip(leaves, mask, strict=True) if holds]
    return _Operation(Program(graph, active), node, leaves, {})


class Field(Tracer):
    """The field of numbers that may be dual numbers in older ε's."""

    __slots__ = ()

    def __init__(self, graph: Graph, point: Any, kernels: dict[Any, Any] | None = None) -> None:
        super().__init__(graph, point)
        if kernels is not None:
            self._kernels = kernels

    def compute(self, node: int, given: list[Any]) -> Any:
        """A node's operation on values for its arguments."""
        if any(isinstance(one, Dual) for one in given):
            return apply(self.graph.ops[node], tuple(given), self.graph.attrs[node])
        return super().compute(node, given)

    def vanishes(self, value: Any) -> bool:
        """Whether a term is exactly 0."""
        if isinstance(value, Dual):
            return all(map(self.vanishes, value.parts))
        return not (value.any() if hasattr(value, "any") else value)


def apply(op: str, args: tuple[Any, ...], static: Any = None) -> Any:
    """An operation of the table on numbers and dual numbers. A DcalcError where it is not defined."""
    if not all(map(is_number, args)):
        raise DcalcError("usage", f"{op} takes numbers and dual numbers here")
    if op == "^":
        args = (args[0], _constant(*args))
    tag = max((arg.tag for arg in args if isinstance(arg, Dual)), default=-1)
    mask = tuple(isinstance(arg, Dual) and arg.tag == tag for arg in args)
    exponent = None
    if op == "^" and not isinstance(args[1], Dual) and args[1] == int(args[1] if abs(args[1]) <= MOST_EXPONENT else 0):
        exponent = int(args[1])
    with _lock:
        operation = _operation(op, mask, static, exponent)
        graph, node = operation.program.graph, operation.node
        field = Field(graph, {}, operation.kernels)
        given: list[Any] = [arg if isinstance(arg, Dual) else float(arg) for arg in args]
        for leaf, arg, active in zip(operation.leaves, given, mask, strict=True):
            if not active:
                field.assume(leaf, arg)
        seeds = {leaf: arg.parts for leaf, arg, active in zip(operation.leaves, given, mask, strict=True) if active}
        if not seeds:
            result = field.value(node)
            if not math.isfinite(result):
                _hold_finite(graph, node, dict(zip(operation.leaves, given, strict=True)))
            return result
        order = min(map(len, seeds.values())) - 1
        series = Series(operation.program, seeds, order, field)
        terms = series.of(node)
        if not all(map(_finite, terms)):
            if op == "/" and not tag:  # the ε that users write themselves
                _hold_known(series, op, args)
            _hold_finite(graph, node, {leaf: real_of(arg) for leaf, arg in zip(operation.leaves, given, strict=True)})
            _hold_known(series, op, args)
            if all(map(_finite, [part for given in seeds.values() for part in given])):
                shown = [number(real_of(arg)) for arg in args]
                at = f"{op}({', '.join(shown)})"
                if op == "^":
                    at = "^".join(f"({one})" if one.startswith("-") else one for one in shown)
                raise DcalcError("domain", f"{at} has no series in ε: a derivative is not finite there")
    return made(tag, terms)


def _finite(value: Any) -> bool:
    return all(map(_finite, value.parts)) if isinstance(value, Dual) else math.isfinite(value)


def _constant(base: Any, exponent: Any) -> Any:
    """An exponent without its ε where that has no coefficient: a negative base has powers then."""
    same = isinstance(base, Dual) and isinstance(exponent, Dual) and base.tag == exponent.tag
    if not same or exponent.order < base.order or any(map(_moves, exponent.parts[1:])):
        return exponent
    return exponent.real


def _moves(value: Any) -> bool:
    """Whether any part of a coefficient is not 0."""
    return any(map(_moves, value.parts)) if isinstance(value, Dual) else value != 0


def _hold_known(series: Series, op: str, args: tuple[Any, ...]) -> None:
    for reason in series.reasons.values():
        shown = " / ".join(f"({arg})" for arg in args) if op == "/" else f"{op}({', '.join(map(str, args))})"
        raise DcalcError("domain", f"{shown}: {reason}", hint="a number without a real part has no inverse")


def _hold_finite(graph: Graph, node: int, point: dict[int, float]) -> None:
    """Refuse a value that is not finite though its arguments are."""
    tracer = Tracer(graph, {})
    for leaf, value in point.items():
        tracer.assume(leaf, value)
    failure = first_failure(graph, [node], {one: tracer.value(one) for one in graph.reachable([node])})
    if failure is not None:
        if failure.hint and failure.hint.startswith("--ieee"):
            failure.hint = None
        raise failure


@cache
def numpy_names() -> dict[str, str]:
    """NumPy's name of a function -> the table's."""
    names = {
        entry.numpy: entry.name
        for entry in TABLE.values()
        if entry.numpy and entry.kind in ("elementwise", "selection")
    }
    return {**names, "absolute": "abs", "logaddexp": "logsumexp"}
