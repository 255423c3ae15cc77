"""Points to try a claim at: the same ones each time, simple ones first, then at random over several scales."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..evaluate.scalar import PointValue
from ..graph.shapes import Shape, size

#: What a person would try.
SIMPLE = (2.0, 1.0, 3.0, 0.5, -1.0, -2.0, 5.0, -0.5, 0.0, 10.0, -3.0, 0.25)
#: Random numbers lie between minus and plus each of these; every second time all are positive.
SCALES = (1.0, 3.0, 0.1, 10.0, 100.0, 0.01, 1000.0, 1e-4, 1e5)
ROUNDS = 20
MOST_LANDMARKS = 10
#: Larger arrays are drawn by NumPy at once.
MANY = 64
#: Around a given point: by how much of each coordinate (of 1 where that is 0).
NEAR = (0.5, 0.1, 0.01, 0.001, 1e-4, 1e-6)


def points(
    shapes: Mapping[str, Shape], held: Mapping[str, PointValue], landmarks: Sequence[float] = ()
) -> Iterator[dict[str, PointValue]]:
    """Points for inputs of these shapes, some hundred; `held` ones keep their value.

    landmarks: numbers that the expression names, where something may change: points beside them and between them.
    """
    names = [name for name in shapes if name not in held]
    if not names:
        yield dict(held)
        return
    chance = random.Random(1)
    for k in range(len(SIMPLE)):
        turn = [SIMPLE[(k + 2 * j) % len(SIMPLE)] for j in range(len(names))]
        drawn = {name: _whole(chance, value, shapes[name]) for name, value in zip(names, turn, strict=True)}
        yield {**held, **drawn}
    for value in _beside(landmarks):
        yield {**held, **{n: _filled(shapes[n], lambda: value * chance.uniform(0.9999, 1.0001)) for n in names}}  # noqa: B023
    for count in range(ROUNDS):
        for scale in SCALES:
            low = 0.0 if count % 2 else -scale
            yield {**held, **{n: _filled(shapes[n], lambda: chance.uniform(low, scale)) for n in names}}  # noqa: B023


def _beside(landmarks: Sequence[float]) -> list[float]:
    """A little and much to each side of some numbers, and between two of them."""
    some = sorted(set(landmarks))
    some = [one for k, one in enumerate(some) if k < MOST_LANDMARKS // 2 or k >= len(some) - MOST_LANDMARKS // 2]
    found = [(a + b) / 2 for a, b in pairwise(some)]
    for one in some:
        scale = abs(one) or 1.0
        found += [one - scale / 100, one + scale / 100, one - scale / 2, one + scale]
    return found


def around(center: Mapping[str, PointValue], names: Sequence[str]) -> Iterator[dict[str, PointValue]]:
    """The point itself, and points around it."""
    yield dict(center)
    chance = random.Random(2)
    for _ in range(8):
        for part in NEAR:
            moved = dict(center)
            for name in names:
                value = center[name]
                shape: Shape = getattr(value, "shape", ())
                if not shape:
                    moved[name] = _moved(chance, float(value), part)
                else:
                    moved[name] = value + _filled(shape, lambda: chance.uniform(-part, part))  # noqa: B023
            yield moved


def _moved(chance: random.Random, value: float, part: float) -> float:
    return value + chance.uniform(-part, part) * (abs(value) or 1.0)


def _whole(chance: random.Random, value: float, shape: Shape) -> Any:
    return value if not shape else _filled(shape, lambda: float(chance.choice(SIMPLE)))


def _filled(shape: Shape, draw: Any) -> Any:
    """A number, or an array of them."""
    if not shape:
        return draw()
    import numpy as np

    count = size(shape)
    if count > MANY:  # two draws tell the range, and make each array another one
        low, high = sorted((draw(), draw()))
        return np.random.default_rng(count).uniform(low, high, shape)
    return np.array([draw() for _ in range(count)]).reshape(shape)
