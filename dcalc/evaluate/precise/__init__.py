"""A graph's value with mpmath at hundreds of digits, and its derivatives by differences of that: the reference.

No rule of differentiation is used. The step of a difference is 1e-60 of the coordinate's size to the right, and 1e-80
to the left, shorter where more digits are computed: where both slopes agree to 50 digits there is a derivative, and the
left one has these digits; where they do not, smaller steps tell a kink from a slope that is 0, and from one that grows
without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ...errors import DcalcError
from ...graph.count import work
from ...graph.exact import Constant
from ...graph.graph import Graph
from ...primitives import TABLE
from ..scalar import Point

#: Right digits of a reference, the step at the first level, and the ratio of a smaller one to it, as powers of ten.
DIGITS = 50
STEP = 60
SMALLER = 20
#: Digits to compute with, in turn until they are enough.
LEVELS = (200, 700, 2500)
#: Operations that a reference may take: some seconds.
MOST_WORK = 400_000
#: Functions are not asked for arguments of more bits, nor gamma functions for arguments beyond this.
MOST_BITS = 4000
MOST_GAMMA = 1e5


def required() -> None:
    """DcalcError (usage) where mpmath is not installed."""
    try:
        import mpmath  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        raise DcalcError("usage", "the 50-digit reference needs mpmath", hint="pip install 'dcalc[precise]'") from None


class Exact(NamedTuple):
    """A number that is known to 50 digits (as an mpmath number), or None; at a kink its two sides."""

    value: Any
    left: Any = None
    right: Any = None

    @property
    def text(self) -> str | None:
        """Its 50 digits."""
        return None if self.value is None else _text(self.value)

    @property
    def sides(self) -> tuple[float, float] | None:
        """The one-sided derivatives at a kink."""
        return None if self.left is None else (float(self.left), float(self.right))

    def error(self, found: float) -> float | None:
        """How far a number is off: relative to the exact one, absolute where that is 0. None where it is not known."""
        from mpmath import mp, mpf

        if self.value is None:
            return None
        with mp.workdps(LEVELS[0]):
            gap = abs(mpf(found) - self.value)
            error = gap / abs(self.value) if self.value else gap
            return float(error) if error > mpf(10) ** -DIGITS else 0.0


def _text(value: Any) -> str:
    from mpmath import mp

    with mp.workdps(LEVELS[0]):
        return str(mp.nstr(value, DIGITS)).removesuffix(".0")


class Reference:
    """The outputs of a graph at a point, as numbers row by row, and their derivatives in the components of a leaf.

    Raises DcalcError (limit) for an operation that it does not know, and where the value alone would take too long.
    """

    def __init__(self, graph: Graph, outputs: Sequence[int], point: Point) -> None:
        required()
        self.graph = graph
        self.outputs = list(outputs)
        self.point = point
        self.order = graph.reachable(outputs)
        numbers = work(graph, self.order).operations + sum(graph.size(node) for node in self.order)
        if numbers > 2 * MOST_WORK:
            raise DcalcError("limit", f"the value is {numbers} operations, too many for a 50-digit reference")
        self._reached = frozenset(self.order)
        self._base: dict[int, dict[int, Any]] = {}
        self._active: dict[int, list[int]] = {}

    def active(self, leaf: int) -> list[int]:
        """The nodes that a leaf has a part in."""
        if leaf not in self._active:
            found = self.graph.depending(self.order, [leaf])
            self._active[leaf] = [node for node in self.order if node in found and node != leaf]
        return self._active[leaf]

    def work(self, leaf: int) -> int:
        """The operations that the derivatives in one component of a leaf take."""
        return 2 * (1 + work(self.graph, self.active(leaf)).operations)

    def values(self) -> list[Exact]:
        """The numbers of the outputs."""
        from mpmath import mp

        known: list[Exact] = []
        for digits, more in pairwise(LEVELS):
            if not known or any(one.value is None for one in known):
                both = zip(self._numbers(self._at(digits)), self._numbers(self._at(more)), strict=True)
                with mp.workdps(more):
                    small = mp.mpf(10) ** -DIGITS
                    sure = [(b, mp.isfinite(b) and abs(b - a) <= abs(b) * small) for a, b in both]
                known = [Exact(number if yes else None) for number, yes in sure]
        return known

    def derivatives(self, leaf: int, place: int) -> list[Exact]:
        """The derivative of each number of the outputs in one component of a leaf."""
        from mpmath import mp, mpf

        count = sum(self.graph.size(node) for node in self.outputs)
        if leaf not in self._reached:  # the outputs are not made of it
            return [Exact(mpf(0))] * count
        found: list[Exact | None] = [None] * count
        for digits in LEVELS:
            if None not in found:
                break
            with mp.workdps(digits):
                # More digits allow shorter steps, which sin(x) at 1e22 and chaotic maps need.
                h = self._scale(leaf, place) * mp.mpf(10) ** -(STEP * digits // LEVELS[0])
                one = self._slopes(digits, leaf, place, h)
                other: list[tuple[Any, Any, Any]] | None = None
                for k in range(count):
                    if found[k] is not None:
                        continue
                    found[k] = _settled(*one[k], last=digits == LEVELS[-1], zero=digits > LEVELS[0])
                    if found[k] is None and digits > LEVELS[0] and _apart(*one[k]):
                        other = other or self._slopes(digits, leaf, place, h * mp.mpf(10) ** -SMALLER)
                        found[k] = _limits(one[k], other[k])
        return [exact or Exact(None) for exact in found]

    def _slopes(self, digits: int, leaf: int, place: int, h: Any) -> list[tuple[Any, Any, Any]]:
        """Of each number: the slopes to the left and to the right, and how much of them may be round-off."""
        from mpmath import mp

        base, less = self._at(digits), h * mp.mpf(10) ** -SMALLER
        here, ahead, behind = (
            self._numbers(self._moved(base, leaf, place, step) if step else base) for step in (0, h, -less)
        )
        noise = mp.mpf(10) ** (5 - digits) / less
        return [
            ((f - b) / less, (a - f) / h, noise * max(abs(a), abs(b), abs(f)))
            for f, a, b in zip(here, ahead, behind, strict=True)
        ]

    def _scale(self, leaf: int, place: int) -> Any:
        """The size of a component, or of the whole where that is 0."""
        from mpmath import mpf

        value = self.point[self.graph.attrs[leaf]]
        numbers = [value] if isinstance(value, float) else value.ravel().tolist()
        return mpf(abs(numbers[place]) or max(map(abs, numbers)) or 1.0)

    def _at(self, digits: int) -> dict[int, Any]:
        """The values of all nodes at the point."""
        from mpmath import mp

        if digits not in self._base:
            with mp.workdps(digits):
                values: dict[int, Any] = {}
                for node in self.order:
                    values[node] = self._compute(node, values)
                self._base[digits] = values
        return self._base[digits]

    def _moved(self, base: dict[int, Any], leaf: int, place: int, shift: Any) -> dict[int, Any]:
        """The values of all nodes with one component of a leaf moved. A node that does not depend on it is known."""
        values = dict(base)
        if self.graph.shapes[leaf]:
            moved = base[leaf].copy()
            moved.flat[place] += shift
            values[leaf] = moved
        else:
            values[leaf] = base[leaf] + shift
        for node in self.active(leaf):
            values[node] = self._compute(node, values)
        return values

    def _numbers(self, values: dict[int, Any]) -> list[Any]:
        numbers: list[Any] = []
        for node in self.outputs:
            numbers += list(values[node].flat) if self.graph.shapes[node] else [values[node]]
        return numbers

    def _compute(self, node: int, values: dict[int, Any]) -> Any:
        from mpmath import mpf

        graph = self.graph
        op, attr, shape = graph.ops[node], graph.attrs[node], graph.shapes[node]
        if op == "const":
            return constant(attr)
        if op == "input":
            return _objects(self.point[attr]) if shape else mpf(self.point[attr])
        args = [values[arg] for arg in graph.args[node]]
        from .arrays import KERNELS

        if op in KERNELS:
            result = KERNELS[op](args, attr, shape)
        else:
            function = guarded(op)
            if attr is not None and TABLE[op].static:
                args = [mpf(attr), *args]
            if not shape:
                return function(*args)
            import numpy as np

            result = np.frompyfunc(function, len(args), 1)(*args)
        if shape:
            import numpy as np

            return np.broadcast_to(np.asarray(result, dtype=object), shape)
        return result


def _objects(value: Any) -> Any:
    import numpy as np
    from mpmath import mpf

    return np.frompyfunc(mpf, 1, 1)(np.asarray(value, dtype=np.float64))


def constant(value: Constant) -> Any:
    """A constant of the graph at the working precision: 1/10 is a tenth, not the nearest double."""
    from mpmath import mp, mpf

    if isinstance(value, str):
        return {"pi": +mp.pi, "e": +mp.e, "inf": mp.inf, "nan": mp.nan}[value]
    return mpf(value) if isinstance(value, float) else mpf(value.numerator) / value.denominator


def of_gamma(op: str) -> bool:
    """Whether a function is one of the gamma function's family."""
    return "gamma" in op or "beta" in op


def guarded(op: str) -> Callable[..., Any]:
    """The function of a primitive, which gives no number where it has no real value, and where it would take for ever.

    DcalcError (limit) for an operation that has no definition here.
    """
    from mpmath import mp, mpc

    from .values import VALUES

    if op not in VALUES:
        raise DcalcError("limit", f"{TABLE[op].word} has no 50-digit definition here")
    function = VALUES[op]
    plain = op in ("+", "-", "*", "/", "neg", "if") or TABLE[op].truth
    gamma = of_gamma(op)

    def value(*args: Any) -> Any:
        if not plain:
            for arg in args:
                large = mp.isfinite(arg) and arg and mp.mag(arg) > MOST_BITS
                if large or mp.isnan(arg) or (gamma and op != "lgamma" and abs(arg) > MOST_GAMMA):
                    return mp.nan
        try:
            result = function(*args)
        except (ArithmeticError, ValueError, TypeError, NotImplementedError, mp.NoConvergence):
            return mp.nan
        return mp.nan if isinstance(result, mpc) else result

    return value


def _apart(left: Any, right: Any, noise: Any) -> bool:
    """Whether two slopes differ by more than round-off."""
    from mpmath import mp

    return bool(mp.isfinite(left) and mp.isfinite(right) and abs(left - right) > 2 * noise)


def _settled(left: Any, right: Any, noise: Any, *, last: bool, zero: bool) -> Exact | None:
    """The derivative, if both slopes agree to the digits wanted. zero: whether two slopes of 0 say that it is 0."""
    from mpmath import mp, mpf

    if not (mp.isfinite(left) and mp.isfinite(right)):
        return Exact(None)
    size, small = max(abs(left), abs(right)), mpf(10) ** -DIGITS
    if not size:
        return Exact(mpf(0)) if zero else None
    if abs(left - right) <= small * size and noise <= small * size:
        return Exact(left)
    return Exact(mpf(0)) if last and size <= 10 * noise else None


def _limits(one: tuple[Any, Any, Any], other: tuple[Any, Any, Any]) -> Exact | None:
    """What the slopes tend to, from two steps: two different sides are a kink, both may vanish, or grow."""
    from mpmath import mpf

    size = max(abs(one[0]), abs(one[1]))
    ratio = mpf(10) ** -SMALLER
    if max(abs(other[0]), abs(other[1])) <= size * mpf(10) ** -(SMALLER // 4):
        return Exact(mpf(0))
    if all(abs(a - b) <= size * ratio for a, b in zip(one[:2], other[:2], strict=True)):
        return Exact(None, other[0], other[1])
    return None
