"""Random starts: `normal(2,3)` and `uniform(4)` in the values of `--start`, drawn by a seed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...errors import Source
from ...evaluate.scalar import PointValue
from ..base import State

#: `normal()` is one number, `normal(4)` a vector, `normal(2, 3)` a matrix. Nobody's function is called so.
_RANDOM = re.compile(r"\b(normal|uniform)\(\s*((?:\d+\s*(?:,\s*\d+\s*)?)?)\)")


def with_random(state: State, texts: Sequence[Source], seed: int) -> tuple[State, list[Source]]:
    """The texts with a name in the place of each draw, in as many characters, and the state in which it has a value.

    normal: of mean 0 and variance 1; uniform: from -1 to 1. The same seed draws the same numbers.
    """
    if not any(_RANDOM.search(text.text) for text in texts):
        return state, list(texts)
    import numpy as np

    random = np.random.default_rng(seed)
    drawn: dict[str, PointValue] = {}

    def draw(match: re.Match[str]) -> str:
        name, extents = match[1], tuple(int(one) for one in match[2].split(",") if one.strip())
        if name in state.names.functions:
            return match[0]
        values = random.standard_normal(extents) if name == "normal" else random.uniform(-1.0, 1.0, extents)
        word = f"r{len(drawn)}".ljust(len(match[0]), "_")
        drawn[word] = values if extents else float(values)
        return word

    found = [text.saying(_RANDOM.sub(draw, text.text)) for text in texts]
    return state._replace(point={**state.point, **drawn}), found
