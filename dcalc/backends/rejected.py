"""Rows of many points at which something is amiss: whether a value failed there, or a kink is met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluate.batch import Batch
from ..evaluate.failures import first_failure, taken
from ..graph.graph import LEAVES
from .problem import Problem
from .watched import Watch

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Numbers that are held at a time.
MOST = 2**22


class Rejected:
    """What is looked at in such rows: all values of the program, where they matter, and the zeros of its kinks.

    prepare: makes a batch of nodes. decided: of the rows looked at last, at which a kink decides the path.
    """

    def __init__(self, problem: Problem, watched: Watch, prepare: Callable[[Sequence[int]], Batch]) -> None:
        graph = problem.graph
        self.problem, self.watched = problem, watched
        masks = {mask for mask in watched.masks.values() if mask is not None}
        masks |= {mask for _, _, mask in watched.kinks if mask is not None}
        zeros = {zero for _, zero, _ in watched.kinks}
        self.nodes = list(dict.fromkeys([*watched.values, *sorted(masks), *sorted(zeros)]))
        self.batch = prepare(self.nodes)
        self.plain = not any(graph.shapes[node] for node in watched.values)
        self.width = sum(graph.size(node) for node in self.nodes)
        self.deciding = set(graph.reachable(problem.conditions))
        self.decided: Flags = np.zeros(0, bool)


def look_at(rejected: Rejected, columns: Mapping[str, Numbers], size: int) -> tuple[Flags, Flags]:
    """Of rows: at which a value failed, and at which a kink is met."""
    failed, kinked, decided = (np.zeros(size, bool) for _ in range(3))
    step = max(1, MOST // max(1, rejected.width))
    point = rejected.problem.point
    for start in range(0, size, step):
        part = slice(start, min(size, start + step))
        some = {name: column[part] for name, column in columns.items()}
        count = part.stop - start
        found = rejected.batch.run(point, some, count, engine="array")
        values = dict(zip(rejected.nodes, found, strict=True))
        look = _numbers if rejected.plain else _arrays
        failed[part], kinked[part], decided[part] = look(rejected, values, count)
    rejected.decided = decided
    return failed, kinked


def _numbers(rejected: Rejected, values: Mapping[int, Any], count: int) -> tuple[Flags, Flags, Flags]:
    """Where every value is a number: all rows at a time."""
    graph, watched = rejected.problem.graph, rejected.watched
    failed, kinked, decided = (np.zeros(count, bool) for _ in range(3))
    bad = {node: ~np.isfinite(values[node]) for node in watched.values}
    for node in watched.values:
        if not bad[node].any():
            continue
        if graph.ops[node] in LEAVES:
            if graph.ops[node] == "const" and not isinstance(graph.attrs[node], str):
                failed |= _where(watched.masks[node], values, count)
            continue
        args = graph.args[node]
        fine = ~np.logical_or.reduce([bad[arg] for arg in args])
        numbers = ~np.logical_or.reduce([np.isnan(values[arg]) for arg in args])
        undefined = np.isnan(values[node])
        born = (undefined & numbers) | (bad[node] & ~undefined & fine)
        failed |= born & _where(watched.masks[node], values, count)
    for node, zero, mask in watched.kinks:
        met = (values[zero] == 0).reshape(count, -1).any(axis=1) & _where(mask, values, count)
        kinked |= met
        if node in rejected.deciding:
            decided |= met
    return failed, kinked, decided


def _where(mask: int | None, values: Mapping[int, Any], count: int) -> Flags:
    if mask is None:
        return np.ones(count, bool)
    held: Flags = np.broadcast_to(values[mask] != 0, (count,))
    return held


def _arrays(rejected: Rejected, values: Mapping[int, Any], count: int) -> tuple[Flags, Flags, Flags]:
    """Where there are arrays: row by row, as at one point."""
    graph, watched = rejected.problem.graph, rejected.watched
    failed, kinked, decided = (np.zeros(count, bool) for _ in range(3))
    program = set(watched.values)
    for k in range(count):
        here = {node: values[node][k] for node in rejected.nodes}
        here = {node: value if value.ndim else float(value) for node, value in here.items()}
        mine = {node: here[node] for node in watched.values}
        failed[k] = first_failure(graph, watched.outputs, mine) is not None
        reached = taken(graph, watched.outputs, mine)
        for node, zero, mask in watched.kinks:
            matters = node in reached if node in program else mask is None or bool(here[mask])
            if matters and not np.all(here[zero]):
                kinked[k] = True
                decided[k] |= node in rejected.deciding
    return failed, kinked, decided
