"""`cost`: the operations of a value and of its derivatives by each method, before any of them is run."""

from __future__ import annotations

from typing import NamedTuple

from ..backends import choose
from ..backends.counts import Mode, Quotients, Written, forward_work, quotients, reverse_work, value_work, written
from ..backends.problem import Problem, labels, outputs_of, variable
from ..backends.result import Note
from ..graph.count import Tree, Work, cuts, work, written_out
from ..graph.graph import STRUCTURAL, Graph
from ..graph.shapes import Shape
from ..graph.to_ast import is_small, to_ast, to_program
from ..language import ast
from .base import Ask, Command, Output, State
from .options import RENDER
from .prepare import Prepared, cut, derivatives_in, no_input, prepare, values_of_cut
from .wengert import Wengert

#: Up to so many steps of the value, entries of the derivative and nodes of one are shown as formulas.
MOST_STEPS = 12
MOST_FORMULAS = 6
LONGEST = 30
#: Variables and outputs whose passes are told one by one, nodes that may be looked at for that, factors of a chain.
MOST_PASSES = 12
MOST_NODES = 200_000
MOST_FACTORS = 8


class Counted(NamedTuple):
    """A derivative's formula with its count: written out (None where it is long), and from the value's steps."""

    label: str
    tree: ast.Node | None
    operations: int
    shared: ast.Node
    shared_operations: int


class Pass(NamedTuple):
    """What one pass takes beside the value. forward: a pass from one component of it. reverse: a pass to it alone."""

    name: str
    shape: Shape
    forward: Work | None
    reverse: Work | None


class Chain(NamedTuple):
    """The derivative as a product of Jacobians, dy/db·db/da·da/dx, and its two bracketings' multiplications.

    names: from the output back to the input; sizes: their numbers of components. where: what names mean that are
    not the user's.
    """

    names: list[str]
    sizes: list[int]
    where: list[tuple[str, ast.Node]]

    @property
    def from_left(self) -> int:
        """(dy/db·db/da)·da/dx: rows of the output are carried back, as in reverse mode."""
        m, sizes = self.sizes[0], self.sizes
        return sum(m * sizes[k] * sizes[k + 1] for k in range(1, len(sizes) - 1))

    @property
    def from_right(self) -> int:
        """dy/db·(db/da·da/dx): columns of the input are carried on, as in forward mode."""
        n, sizes = self.sizes[-1], self.sizes
        return sum(sizes[k] * sizes[k + 1] * n for k in range(len(sizes) - 2))


class Cost(NamedTuple):
    """What `cost` answers. All work of derivatives is that beside the value's.

    written, raw: None where there are no formulas (`why_not` says why). chosen: what `--backend auto` takes, and its
    reason. steps: the value's steps by name, and the derivatives that are made of them, where these are few.
    """

    n: int
    m: int
    value: Work
    value_tree: Tree
    value_nodes: int
    written: Written | None
    why_not: str
    forward: Mode
    reverse: Mode
    quotients: list[Quotients]
    chosen: tuple[str, str]
    steps: list[tuple[str, ast.Node]]
    formulas: list[Counted]
    inputs: list[Pass]
    outputs: list[tuple[str, Work]]
    chain: Chain | None
    notes: list[Note]


def _run(state: State, ask: Ask) -> Output:
    prepared = prepare(state, ask)
    asked = _problem(prepared, ask)
    graph = asked.graph
    order = graph.reachable(asked.rows)
    formulas, why_not = None, "the program was followed at the point: it has no closed form"
    if not prepared.lowered.conditions:
        formulas = written(asked, decimals=prepared.decimals)
        why_not = "" if formulas else "the formulas are too many to be counted one by one"
    names = _names(prepared, asked)
    steps, counted = _formulas(prepared, asked, formulas, names)
    result = Cost(
        asked.n,
        asked.m,
        value_work(asked),
        written_out(graph, asked.rows),
        len(order),
        formulas,
        why_not,
        forward := forward_work(asked),
        reverse := reverse_work(asked),
        quotients(asked),
        choose(asked.n, asked.m),
        steps,
        counted,
        _inputs(asked, forward),
        _outputs(asked, reverse),
        _chain(prepared, asked, names),
        prepared.notes,
    )
    return Output([result], prepared.notes)


def _problem(prepared: Prepared, ask: Ask) -> Problem:
    """The problem of differentiating, whose inputs need shapes and no values."""
    graph = prepared.graph
    names = derivatives_in(prepared, ask)
    if not names:
        raise no_input(prepared, ask)
    (output,) = cut(prepared, [prepared.output], names)
    point = dict(prepared.point)
    if all(name in point for name in (graph.attrs[leaf] for leaf in prepared.inputs())):
        values_of_cut(prepared, names, point)
    leaves = dict.fromkeys(prepared.leaf(name) for name in names)
    return Problem(graph, output, tuple(variable(graph, leaf) for leaf in leaves), point)


def _names(prepared: Prepared, asked: Problem) -> dict[int, str]:
    """The value's steps by name: the user's, or v₁, v₂, … in order of evaluation, as `trace` has them."""
    steps = Wengert(prepared, asked, [asked.output], "own")
    return {node: steps.pretty[name] for node, name in sorted(steps.names.items()) if node not in asked.leaves}


def _formulas(
    prepared: Prepared, asked: Problem, found: Written | None, names: dict[int, str]
) -> tuple[list[tuple[str, ast.Node]], list[Counted]]:
    """The value's steps and the derivatives that are made of them; none where they would fill a page."""
    graph = asked.graph
    roots = [] if found is None else [node for row in found.nodes for node in row]
    if not roots or len(names) > MOST_STEPS or len(roots) > MOST_FORMULAS:
        return [], []
    assert found is not None
    leaves = {node: graph.input(name, graph.shapes[node]) for node, name in names.items()}
    value, decimals = set(graph.reachable(asked.rows)), prepared.decimals
    outputs, counted = outputs_of(asked.shape), []
    steps = [
        (name, to_ast(graph, node, names={n: other for n, other in names.items() if n < node}, decimals=decimals))
        for node, name in names.items()
        if node in value or graph.ops[node] not in STRUCTURAL
    ]
    for one, row in zip(asked.variables, found.nodes, strict=True):
        for k, node in enumerate(row):
            label = f"d{outputs[k] if len(row) > 1 else ''}/d{one.name}"
            (known,) = graph.substitute([node], leaves)
            if not is_small(graph, known, LONGEST):
                return [], []
            tree = to_ast(graph, node, decimals=decimals) if is_small(graph, node, LONGEST) else None
            more = written_out(graph, [node]).work.operations
            shared = to_program(graph, [known], decimals=decimals) if _repeats(graph, known) else None
            fresh = _beside(graph, node, value)
            counted.append(
                Counted(label, tree, more, shared or to_ast(graph, known, decimals=decimals), fresh.operations)
            )
    return steps, counted


def _beside(graph: Graph, node: int, value: set[int]) -> Work:
    return work(graph, set(graph.reachable([node])) - value)


def _repeats(graph: Graph, node: int) -> bool:
    """Whether a formula has a part that it uses twice and that is work."""
    used: set[int] = set()
    for one in graph.reachable([node]):
        args = [arg for arg in graph.args[one] if graph.ops[arg] not in STRUCTURAL]
        if not used.isdisjoint(args) or len(set(args)) < len(args):
            return True
        used.update(args)
    return False


def _inputs(asked: Problem, forward: Mode) -> list[Pass]:
    """A pass from each variable, and a pass back to it alone: a gradient in an input never needs that in another."""
    if not 1 < len(asked.variables) <= MOST_PASSES:
        return []
    length = len(asked.graph.reachable(asked.rows)) * len(asked.rows) * len(asked.variables)
    passes = []
    for k, one in enumerate(asked.variables):
        alone = reverse_work(asked, [one.node]).total if length <= MOST_NODES else None
        passes.append(Pass(one.name, one.shape, None if forward.rough else forward.each[k], alone))
    return passes


def _outputs(asked: Problem, reverse: Mode) -> list[tuple[str, Work]]:
    """A pass back from each part of a value that was written as several."""
    if reverse.rough or not 1 < len(asked.rows) <= MOST_PASSES:
        return []
    names = outputs_of(asked.shape) if len(asked.rows) == asked.m else labels("f", (len(asked.rows),))
    return list(zip(names, reverse.each, strict=True))


def _chain(prepared: Prepared, asked: Problem, names: dict[int, str]) -> Chain | None:
    """The chain of values that everything passes through: the user's names where he gave some, else the steps."""
    graph, given = asked.graph, prepared.lowered.labels
    found = [cut for cut in cuts(graph, asked.output, asked.leaves) if cut.size]
    if not found or found[-1].node != asked.output:
        return None
    found = [cut for cut in found if cut.node in names]
    named = [cut for cut in found if cut.node in given and cut.node != asked.output]
    inner = named
    if len(named) < 2:
        inner = [cut for cut in found if graph.ops[cut.node] not in STRUCTURAL and cut.node != asked.output]
        if all(cut.size == 1 for cut in inner):  # between numbers there is nothing to choose
            return None
    if len(inner) < 2:
        return None
    taken = {*given.values(), *(str(graph.attrs[leaf]) for leaf in prepared.inputs())}
    where = [
        (names[one.node], to_ast(graph, one.node, names={n: name for n, name in names.items() if n in known}))
        for one, known in zip(inner, _before([one.node for one in inner]), strict=True)
        if one.node not in given and len(inner) <= MOST_FACTORS and is_small(graph, one.node, LONGEST)
    ]
    output = next((name for name in ("y", "f", "out") if name not in taken), "output")
    start = asked.variables[0].name if len(asked.variables) == 1 else f"({', '.join(v.name for v in asked.variables)})"
    inner.reverse()
    letters, sizes = [names[one.node] for one in inner], [one.size for one in inner]
    return Chain([output, *letters, start], [asked.m, *sizes, asked.n], where)


def _before(nodes: list[int]) -> list[set[int]]:
    """For each node, those before it."""
    return [set(nodes[:k]) for k in range(len(nodes))]


COMMAND = Command(
    "cost",
    "the operations of the value and of its derivative by each method, and which mode is cheaper",
    "EXPR",
    ("at", "wrt", "load", "steps", *RENDER),
    (
        'dcalc cost "sqrt(exp(x^2) + x^2)"',
        'dcalc cost "f(x, n) = { l = x; for k in 1..n { l = 4*l*(1 - l) }; l }; f(x, 10)"',
        'dcalc cost "x: 2; A: 50x2; B: 50x50; c: 50; a = A @ x; b = B @ a; c @ b" --wrt x',
    ),
    "Operations are counted, not timed: one for each number that an operation makes, m*k*n multiply-adds for a\n"
    "product of matrices. Flops weigh them by the table, a multiply-add as two. Written out, every shared part counts\n"
    "as often as it stands there; shared, once. A derivative's count is what it takes beside the value.\n"
    "Shapes come from --at or a declaration; values are needed only where they decide the program's path. Without\n"
    "them fd is told for inputs of about 1.\n"
    "A chain of steps is a product of Jacobians: the notes' two bracketings, with their multiplications.",
    _run,
)
