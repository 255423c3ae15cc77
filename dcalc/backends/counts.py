"""What each way to differentiate costs, counted on the very graphs that the backends make; nothing is evaluated.

`cost` and `compare` show these counts; which mode `--backend auto` takes is `choose`'s word, as everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..graph.count import Tree, Work, work, written_out
from ..graph.shapes import MOST_NUMBERS
from ..graph.simplify import simplify
from ..sweeps.forward import forward
from ..sweeps.reverse import gradient
from .problem import Problem
from .protocol import SCHEMES
from .symbolic import partials

#: Nodes that counting may make: each input's sweep (each output's, each formula) goes through the program.
MOST_NODES = 400_000
#: Formulas of more nodes are not simplified: that takes 0.2 ms a node, and more in a long chain.
MOST_SIMPLIFIED = 3_000


class Mode(NamedTuple):
    """What a mode takes beside the value.

    passes: one for each input (forward), each output (reverse). each: the work of a pass, for each variable (forward)
    or each part of the value (reverse). total: of all passes, what they share once. nodes: of the graph that has the
    value and all derivatives. tree: the derivatives written out. rough: the passes were too many to be looked at one
    by one; `each` holds one that is at least as long as any, and total is that for all.
    """

    passes: int
    each: list[Work]
    total: Work
    nodes: int
    tree: Tree | None
    rough: bool = False


class Written(NamedTuple):
    """The derivatives as formulas.

    nodes: their roots, for each variable a list of those of the value's parts. tree: all of them written out. shared:
    what they need beside the value. size: nodes of their graph. simplified: as `diff` prints them. raw: the tree and
    the graph of what the rules give, not simplified.
    """

    nodes: list[list[int]]
    tree: Tree
    shared: Work
    size: int
    simplified: bool
    raw: tuple[Tree, int]


def value_work(problem: Problem) -> Work:
    """The work of the value, shared parts once."""
    return work(problem.graph, problem.graph.reachable(problem.rows))


def forward_work(problem: Problem) -> Mode:
    """Forward mode: a pass from each input. A pass in an array is one in a direction of its shape."""
    graph, rows, leaves = problem.graph, problem.rows, problem.leaves
    value = set(graph.reachable(rows))
    one = graph.const(1)
    seeds = [graph.input(f" direction {k}", graph.shapes[n]) if graph.shapes[n] else one for k, n in enumerate(leaves)]
    rough = len(leaves) * len(value) > MOST_NODES
    if rough:
        given = {leaf: {0: seed} for leaf, seed in zip(leaves, seeds, strict=True)}
    else:
        given = {leaf: {k: seed} for k, (leaf, seed) in enumerate(zip(leaves, seeds, strict=True))}
    swept = forward(graph, rows, given)
    directions = range(1 if rough else len(leaves))
    found = [[swept[row][k] for row in rows if k in swept.get(row, {})] for k in directions]
    repeated = {seed: graph.size(seed) for seed in seeds if graph.shapes[seed]}
    return _mode(problem, problem.n, value, found, {} if rough else repeated, rough)


def reverse_work(problem: Problem, leaves: Sequence[int] | None = None) -> Mode:
    """Reverse mode: a pass back from each output, to all variables or to some leaves only."""
    graph, rows = problem.graph, problem.rows
    wanted = problem.leaves if leaves is None else leaves
    value = set(graph.reachable(rows))
    rough = len(rows) * len(value) > MOST_NODES
    repeated: dict[int, int] = {}
    found = []
    for row in (problem.output,) if rough else rows:
        seed = graph.input(" adjoint", graph.shapes[row]) if graph.shapes[row] else None
        if seed is not None:
            repeated[seed] = graph.size(seed)
        found.append(gradient(graph, row, wanted, seed))
    return _mode(problem, problem.m, value, found, {} if rough else repeated, rough)


def _mode(
    problem: Problem, passes: int, value: set[int], found: list[list[int]], repeated: dict[int, int], rough: bool
) -> Mode:
    graph = problem.graph
    reached = [set(graph.reachable(nodes)) for nodes in found]
    each = [work(graph, nodes - value) for nodes in reached]
    every = set[int]().union(*reached)
    total = each[0].times(passes) if rough else work(graph, every - value, repeated)
    tree = None if rough or repeated else written_out(graph, [node for nodes in found for node in nodes])
    return Mode(passes, each, total, len(every | value), tree, rough)


def written(problem: Problem, *, decimals: bool = False) -> Written | None:
    """The derivatives as formulas, of each part of the value in each variable; None where they are too many."""
    graph, rows = problem.graph, problem.rows
    length = len(graph.reachable(rows))
    formulas = sum(problem.m if graph.shapes[leaf] else 1 for leaf in problem.leaves)
    if formulas * length > MOST_NODES or problem.m * problem.n > MOST_NUMBERS:
        return None
    value = set(graph.reachable(rows))
    raw = [partials(graph, rows, leaf, shown=True) for leaf in problem.leaves]
    every = [node for nodes in raw for node in nodes]
    reached = graph.reachable(every)
    known = written_out(graph, every), len(reached)
    simplified = len(reached) <= MOST_SIMPLIFIED
    nodes = [simplify(graph, row, decimals=decimals) for row in raw] if simplified else raw
    every = [node for row in nodes for node in row]
    reached = graph.reachable(every)
    return Written(nodes, written_out(graph, every), work(graph, set(reached) - value), len(reached), simplified, known)


class Quotients(NamedTuple):
    """What a scheme of finite differences takes: evaluations, the value's among them, and those for its estimate."""

    scheme: str
    evaluations: int
    extra: int


def quotients(problem: Problem) -> list[Quotients]:
    """All schemes of finite differences; inputs without a value are taken as about 1, which tells how many steps."""
    from .finite_difference import MOST_INPUTS, evaluations

    origin: Counter[float] = Counter()
    for one in problem.variables:
        value = problem.point.get(one.name)
        if value is None or problem.n > MOST_INPUTS:  # which are refused
            origin[1.0] += one.size
        else:
            origin.update([value] if isinstance(value, float) else value.ravel().tolist())
    return [Quotients(scheme, *evaluations(scheme, origin)) for scheme in SCHEMES]
