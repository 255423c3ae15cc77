"""The shape of an operation's value, from the shapes of its arguments: NumPy's rules, known before any number is.

An axis in an attribute counts from the end (-1 is the last), so that leading axes of a batch do not disturb it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from ..primitives import TABLE

Shape = tuple[int, ...]
#: Of each axis: a position, or the half-open range (start, stop) of a slice. Positions count from 0 here.
Places = tuple["int | tuple[int, int]", ...]

#: NumPy has 64 axes at most, of which a batch and a Jacobian take some.
MOST_AXES = 24
#: Numbers that one value may hold: 8 bytes each, 1 GB.
MOST_NUMBERS = 2**27


class ShapeError(Exception):
    """Shapes that do not fit together: a message in words, which arguments it is about, and what would fit."""

    def __init__(self, message: str, positions: tuple[int, ...] = (), hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.positions = positions
        self.hint = hint


def name_of(shape: Shape) -> str:
    """A shape in words: `a number`, `a vector of 3`, `a 2x3 matrix`, `a 2x3x4 array`."""
    if not shape:
        return "a number"
    if len(shape) == 1:
        return f"a vector of {shape[0]}"
    return f"a {'x'.join(map(str, shape))} {'matrix' if len(shape) == 2 else 'array'}"


def size(shape: Shape) -> int:
    """How many numbers a value of this shape holds."""
    return prod(shape)


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape of an elementwise operation (NumPy's broadcasting). Raises ShapeError."""
    result: Shape = ()
    for position, shape in enumerate(shapes):
        if shape == result or not shape:
            continue
        if not result:
            result = shape
            continue
        rank = max(len(result), len(shape))
        left = (1,) * (rank - len(result)) + result
        right = (1,) * (rank - len(shape)) + shape
        if any(a != b and a != 1 and b != 1 for a, b in zip(left, right, strict=True)):
            other = next(k for k in range(position) if not _fit(shapes[k], shape))
            hint = "elementwise operations take equal shapes, or 1 where they differ"
            raise ShapeError(f"{name_of(shapes[other])} and {name_of(shape)} do not fit", (other, position), hint)
        result = tuple(b if a == 1 else a for a, b in zip(left, right, strict=True))
    return result


def _fit(a: Shape, b: Shape) -> bool:
    return all(m == n or m == 1 or n == 1 for m, n in zip(a[::-1], b[::-1], strict=False))


def infer(op: str, shapes: Sequence[Shape], attr: Any) -> Shape:
    """The shape of an operation on arguments of these shapes. Raises ShapeError."""
    rule = _RULES.get(op)
    if rule is not None:
        result = rule(shapes, attr)
    elif TABLE[op].kind == "reduction":
        result = reduced(shapes[0], attr)
    else:
        result = broadcast(shapes)
    if len(result) > MOST_AXES:
        raise ShapeError(f"{len(result)} axes are too many, the limit is {MOST_AXES}")
    if size(result) > MOST_NUMBERS:
        raise ShapeError(f"{name_of(result)} is more than {MOST_NUMBERS} numbers")
    return result


def reduced(shape: Shape, axis: int | None) -> Shape:
    """The shape without an axis, or without all of them."""
    if axis is None:
        return ()
    place = len(shape) + axis
    return shape[:place] + shape[place + 1 :]


def kept(shape: Shape, axis: int | None) -> Shape:
    """The shape of a reduction's result that broadcasts against its argument: the axis has length 1."""
    if axis is None:
        return ()
    place = len(shape) + axis
    return (*shape[:place], 1, *shape[place + 1 :])


def picked(shape: Shape, places: Places) -> Shape:
    """The shape of what an index picks; axes that it does not name are whole."""
    lengths = tuple(place[1] - place[0] for place in places if isinstance(place, tuple))
    return lengths + shape[len(places) :]


def _matmul(shapes: Sequence[Shape], _: Any) -> Shape:
    a, b = shapes
    for k, shape in enumerate(shapes):
        if not 1 <= len(shape) <= 2:
            raise ShapeError(
                f"@ multiplies vectors and matrices, this is {name_of(shape)}", (k,), "write * for numbers"
            )
    inner = b[0]
    if a[-1] != inner:
        left, right = ("column" if len(a) == 2 else "component"), ("row" if len(b) == 2 else "component")
        lengths = f"{a[-1]} {left}{'s' * (a[-1] != 1)} against {inner} {right}{'s' * (inner != 1)}"
        raise ShapeError(f"{name_of(a)} @ {name_of(b)}: {lengths}", (0, 1), "the inner lengths must be equal")
    return a[:-1] + b[1:]


def _outer(shapes: Sequence[Shape], _: Any) -> Shape:
    for k, shape in enumerate(shapes):
        if len(shape) != 1:
            raise ShapeError(
                f"outer takes two vectors, this is {name_of(shape)}", (k,), "for matrices there is A*B or A @ B"
            )
    return shapes[0] + shapes[1]


def _transpose(shapes: Sequence[Shape], _: Any) -> Shape:
    return shapes[0][::-1]


def _diag(shapes: Sequence[Shape], _: Any) -> Shape:
    (shape,) = shapes
    if len(shape) == 1:
        return shape * 2
    _square("diag", shape)
    return shape[:1]


def _square(name: str, shape: Shape) -> None:
    if len(shape) != 2 or shape[0] != shape[1]:
        wanted = "a vector or a square matrix" if name == "diag" else "a square matrix"
        raise ShapeError(
            f"{name} takes {wanted}, this is {name_of(shape)}", (0,), f"for example {name}([[1, 2], [3, 4]])"
        )


def _same_square(name: str) -> Callable[[Sequence[Shape], Any], Shape]:
    def rule(shapes: Sequence[Shape], _: Any) -> Shape:
        _square(name, shapes[0])
        return shapes[0]

    return rule


def _det(shapes: Sequence[Shape], _: Any) -> Shape:
    _square("det", shapes[0])
    return ()


def _solve(shapes: Sequence[Shape], _: Any) -> Shape:
    a, b = shapes
    _square("solve", a)
    if not 1 <= len(b) <= 2 or b[0] != a[0]:
        raise ShapeError(f"solve of {name_of(a)} and {name_of(b)}", (0, 1), "it needs as many rows on both sides")
    return b


def _first(shapes: Sequence[Shape], _: Any) -> Shape:
    return shapes[0]


def _vector(shapes: Sequence[Shape], _: Any) -> Shape:
    for k, shape in enumerate(shapes):
        if shape != shapes[0]:
            hint = "the parts of a vector have one shape"
            raise ShapeError(f"{name_of(shapes[0])} beside {name_of(shape)}", (0, k), hint)
    return (len(shapes), *shapes[0])


def _concat(shapes: Sequence[Shape], axis: int) -> Shape:
    first = shapes[0]
    place = len(first) + axis
    for k, shape in enumerate(shapes):
        if len(shape) != len(first) or shape[:place] != first[:place] or shape[place + 1 :] != first[place + 1 :]:
            hint = "all lengths but those along the axis must be equal"
            raise ShapeError(f"concat of {name_of(first)} and {name_of(shape)}", (0, k), hint)
    return (*first[:place], sum(shape[place] for shape in shapes), *first[place + 1 :])


def _index(shapes: Sequence[Shape], places: Places) -> Shape:
    (shape,) = shapes
    for place, length in zip(places, shape, strict=False):
        start, stop = place if isinstance(place, tuple) else (place, place + 1)
        if not 0 <= start < stop <= length:
            raise ShapeError(f"{name_of(shape)} has no component there", (0,))
    if len(places) > len(shape):
        raise ShapeError(f"{len(places)} subscripts of {name_of(shape)}", (0,))
    return picked(shape, places)


def _place(shapes: Sequence[Shape], attr: tuple[Places, Shape]) -> Shape:
    return attr[1]


def _reshape(shapes: Sequence[Shape], shape: Shape) -> Shape:
    if size(shapes[0]) != size(shape):
        message = f"{name_of(shapes[0])} has {size(shapes[0])} numbers, {name_of(shape)} has {size(shape)}"
        raise ShapeError(message, (0,), "the same numbers stand in the new shape, row by row")
    return shape


def _broadcast(shapes: Sequence[Shape], shape: Shape) -> Shape:
    if broadcast((shapes[0], shape)) != shape:
        raise ShapeError(f"{name_of(shapes[0])} is no {name_of(shape)[2:]}", (0,))
    return shape


def _pick(shapes: Sequence[Shape], _: Any) -> Shape:
    return shapes[0][1:]


def _put(shapes: Sequence[Shape], shape: Shape) -> Shape:
    return shape


def _loop(shapes: Sequence[Shape], attr: Any) -> Shape:
    from .loops import infer as of_loop

    return of_loop(shapes, attr)


_RULES: dict[str, Callable[[Sequence[Shape], Any], Shape]] = {
    "@": _matmul,
    "outer": _outer,
    "transpose": _transpose,
    "diag": _diag,
    "det": _det,
    "inv": _same_square("inv"),
    "cofactor": _same_square("cofactor"),
    "cofactors_along": _same_square("cofactors_along"),
    "solve": _solve,
    "last_max": _first,
    "last_min": _first,
    "vector": _vector,
    "concat": _concat,
    "index": _index,
    "place": _place,
    "reshape": _reshape,
    "broadcast": _broadcast,
    "pick": _pick,
    "put": _put,
    "loop": _loop,
    "back": _loop,
}
