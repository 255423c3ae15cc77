"""Where in a loop that is a node a value was born that is not finite: in which round, at which place in the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import DcalcError
from ..graph.graph import Graph
from ..graph.loops import Loop, input_name
from ..sweeps.firsts import watching
from .failures import all_finite, first_failure, node_values
from .loops import run_loop


def loop_failure(graph: Graph, node: int, values: Mapping[int, Any]) -> DcalcError | None:
    """The first value in the rounds of a loop that is not finite though its arguments allow it, as an error."""
    loop: Loop = graph.attrs[node]
    args = [values[arg] for arg in graph.args[node]]
    watch = watching(loop)
    if watch is None and all_finite(values[node]):
        return None
    watch = watch or watching(loop, always=True)
    assert watch is not None
    found = run_loop(watch, [*args[: loop.count], 0.0, *args[loop.count :]])
    after = int(found[loop.count])
    if not after:
        return None
    before = Loop(loop.body, loop.count, loop.given, loop.first, after - 1)
    states = run_loop(before, args)
    number = loop.first + after - 1
    inside = loop.body.graph
    inputs = [*states, float(number), *args[loop.count :]]
    point = {input_name(k): value for k, value in enumerate(inputs)}
    failure = first_failure(inside, loop.body.results, node_values(inside, loop.body.results, point))
    if failure is None:
        return None
    message = f"{failure.message} (in round {after + 1} of the loop)"
    return DcalcError(failure.kind, message, source=failure.source, span=failure.span, hint=failure.hint)
