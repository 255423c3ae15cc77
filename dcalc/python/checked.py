"""A long program of numbers at one point after the other, all of its values at hand, so that each can be looked at.

The program stands on a tape (see `evaluate.llvm.tape`) on which no value's place is given to another one. What is
amiss, an infinity on the way, a kink, a product that underflowed, is then found by NumPy in a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..evaluate import engines
from ..evaluate.plan import Plan
from ..evaluate.scalar import PointValue, Scalar

#: A node -> where it matters, as the node of a truth value; None: everywhere.
Masks: TypeAlias = "Mapping[int, int | None]"


class Checked:
    """Values of a plan, looked at. Call `run` with a point.

    nodes: what the plan's outputs are, each once. wanted: those that are asked for. finite: those that have to be
    finite where they matter, zeros: those that are not to be 0 there. products: (node, one factor, the other), those
    that are not to be 0 where their factors are not.
    """

    def __init__(
        self,
        plan: Plan,
        nodes: Sequence[int],
        wanted: Sequence[int],
        finite: Masks,
        zeros: Sequence[tuple[int, int | None]],
        products: Sequence[tuple[int, int, int]],
    ) -> None:
        self._plan = plan
        self._nodes, self._wanted = nodes, wanted
        self._finite, self._zeros, self._products = finite, zeros, products
        self._values: Callable[[Mapping[str, PointValue]], NDArray[np.float64]] = self._slowly
        self._program: Scalar | None = None
        self._find(dict(zip(nodes, range(len(nodes)), strict=True)), len(nodes))

    def compile(self) -> bool:
        """Have compiled code do it from here on; whether that can be."""
        if engines.unavailable():
            return False
        from ..evaluate.llvm.tape import open_tape

        tape = open_tape(self._plan)
        if tape is None:
            return False
        places = [tape.places[slot] for slot in self._plan.outputs]
        self._find(dict(zip(self._nodes, places, strict=True)), tape.count)
        self._values, self._program = tape.values, None
        self._nodes, self._finite, self._zeros, self._products = (), {}, (), ()  # they are as long as the program
        return True

    def _slowly(self, point: Mapping[str, PointValue]) -> NDArray[np.float64]:
        if self._program is None:
            self._program = Scalar(self._plan)
        return np.array(self._program.run(point))

    def _find(self, place: Mapping[int, int], count: int) -> None:
        """Where what is looked at stands among so many values."""

        def places(nodes: Iterable[int]) -> NDArray[np.intp]:
            return np.fromiter([place[node] for node in nodes], np.intp)

        masked = [(node, mask) for node, mask in self._finite.items() if mask is not None]
        plain = [node for node, mask in self._finite.items() if mask is None]
        #: the values that have to be finite wherever the point is; None: all (others are within a formula)
        self._all = None if len(set(plain)) == count else places(plain)
        self._some = places(node for node, _ in masked), places(mask for _, mask in masked)
        self._never = places(node for node, mask in self._zeros if mask is None)
        rest = [(node, mask) for node, mask in self._zeros if mask is not None]
        self._not_there = places(node for node, _ in rest), places(mask for _, mask in rest)
        columns = tuple(zip(*self._products, strict=True)) or ((), (), ())
        self._made, self._first, self._second = map(places, columns)
        self._results = places(self._wanted)

    def run(self, point: Mapping[str, PointValue]) -> list[float] | None:
        """The numbers that were asked for; None where something is amiss."""
        values = self._values(point)
        with np.errstate(all="ignore"):  # of the sum
            if not np.isfinite((values if self._all is None else values[self._all]).sum()):
                return None
            if not values[self._never].all():
                return None
            made = values[self._made]
            if not made.all():
                none = made == 0
                if ((values[self._first[none]] != 0) & (values[self._second[none]] != 0)).any():
                    return None
            nodes, masks = self._some
            if len(nodes) and not (np.isfinite(values[nodes]) | (values[masks] == 0)).all():
                return None
            nodes, masks = self._not_there
            if len(nodes) and ((values[nodes] == 0) & (values[masks] != 0)).any():
                return None
        return values[self._results].tolist()  # type: ignore[no-any-return]
