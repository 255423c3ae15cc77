"""`trace`: the program's steps with their values and tangents or adjoints, as the textbooks print them.

The numbers are those of the sweeps; only the formulas beside them are made here, one step at a time, from the
same entries of the table (Baydin et al., *JMLR* 18, 2018, tables 2 and 3).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...backends.derive import Survey, non_finite_notes
from ...backends.problem import Problem, labels, variable
from ...errors import DcalcError
from ...evaluate.failures import hold_shapes
from ...graph.build import Builder
from ...graph.graph import Graph
from ...graph.shapes import Shape, name_of
from ...sweeps.forward import forward
from ..base import Ask, Command, Output, State
from ..derivatives import wants_branches
from ..options import RENDER
from ..prepare import Prepared, prepare, problem
from ..wengert import Wengert, seeds
from ..wengert.seeds import Seed
from .traced import Adjoint, Lazy, Quantity, Row, Trace


def _run(state: State, ask: Ask) -> Output:
    prepared = prepare(state, ask)
    mode = ask.get("mode", "forward")
    if mode == "symbolic":
        return _symbolic(state, ask, prepared)
    asked = problem(prepared, ask)
    survey = Survey(asked, ask.get("ieee", False))
    texts, names = ask.get("seed", []), ask.get("names", "")
    if not asked.variables:
        raise DcalcError("usage", "there is no input to seed", hint="trace needs an expression with an input")
    if mode == "reverse":
        from .backward import adjoints, output_of

        seed = seeds.adjoint(state, texts, asked)
        output = output_of(asked, seed, ask.operand, prepared.tree.span)
        steps = Wengert(prepared, asked, [output], names)
        rows: Sequence[Row] | Sequence[Adjoint]
        rows, ends = adjoints(steps, asked, output, seed)
        columns, subject = [], steps.pretty[steps.names[output]]
    else:
        directions = seeds.directions(state, texts, asked.variables)
        steps = Wengert(prepared, asked, asked.rows, names, constants=mode in ("dual", "matrix"))
        if mode == "matrix":
            _hold_numbers(steps, ask, prepared)
        rows = tangents = _tangents(steps, asked, directions)
        ends = _ends(steps, asked, directions, tangents)
        columns = [seed.label for seed in directions]
        subject = columns[0] if len(columns) == 1 else "all seeds"
    notes = [*prepared.notes, *survey.bends(), *survey.kink_notes()]
    notes += [*non_finite_notes(asked, survey, ends), *(survey.branches() if wants_branches(ask) else [])]
    arrays = ask.get("arrays", "auto")
    return Output([Trace(mode, rows, subject, columns, steps.pretty, arrays, not steps.keeps, notes)], notes)


def _ends(steps: Wengert, asked: Problem, given: Sequence[Seed], rows: Sequence[Row]) -> list[tuple[str, float]]:
    """What the passes end with: the derivatives of the outputs along the seeds."""
    places = {node: place for place, node in enumerate(steps.order)}
    outputs = asked.rows
    return [
        (label, number)
        for k, node in enumerate(outputs, start=1)
        for seed, tangent in zip(given, rows[places[node]].tangents, strict=True)
        for label, number in zip(
            _labels(seed, k if len(outputs) > 1 else None, tangent.shape), tangent.numbers, strict=True
        )
    ]


def _labels(seed: Seed, output: int | None, shape: Shape) -> list[str]:
    """d/dx; along a direction d/d(x=1,y=2); with the number of the output, and of its components."""
    along = f"({seed.label})" if "=" in seed.label else seed.label
    return labels(f"d{'' if output is None else f'f{output}'}/d{along}", shape)


def _hold_numbers(steps: Wengert, ask: Ask, prepared: Prepared) -> None:
    """Refuse arrays where every step is to be a 2x2 matrix."""
    for node in steps.order:
        shape = steps.graph.shapes[node]
        if shape:
            source, span = steps.graph.origins.get(node, (ask.operand, prepared.tree.span))
            message = f"a 2x2 matrix stands for a number, this is {name_of(shape)}"
            raise DcalcError("shape", message, source=source, span=span, hint="--mode dual has pairs of arrays as well")


def seeded(graph: Graph, given: Sequence[Seed], rows: Sequence[int]) -> dict[int, dict[int, int]]:
    """The tangents of all steps between the leaves and the rows: node -> direction -> node."""
    leaves: dict[int, dict[int, int]] = {}
    masks = {}
    builder = Builder(graph)
    for k, seed in enumerate(given):
        for leaf, numbers in seed.parts.items():
            one = seeds.constant(graph, numbers, graph.shapes[leaf])
            leaves.setdefault(leaf, {})[k] = one
            if graph.shapes[leaf] and len(seed.parts) == 1 and 0 in numbers:
                masks[k] = builder.apply("!=", (one, graph.full(builder.zero, graph.shapes[leaf])))
    return forward(graph, rows, leaves, masks=masks)


def _tangents(steps: Wengert, asked: Problem, given: Sequence[Seed]) -> Sequence[Row]:
    """Rows of primals and tangents."""
    graph = asked.graph
    swept = seeded(graph, given, asked.rows)
    zero = graph.const(0)

    def row(node: int) -> Row:
        shape, mine = graph.shapes[node], swept.get(node, {})
        nodes = [graph.full(mine.get(k, zero), shape) for k in range(len(given))]
        tangents = [Quantity(asked.numbers(one), shape) for one in nodes]
        value, own = Quantity(asked.numbers(node), shape), steps.own.get(node, "")
        formula, rule = steps.formula(node), steps.tangent(node)
        return Row(steps.names[node], own, formula, value, steps.tangent_name(node), rule, tangents)

    return Lazy(steps.order, row)


def _symbolic(state: State, ask: Ask, prepared: Prepared) -> Output:
    """Formulas without numbers; no point is needed."""
    from .symbols import with_symbols

    graph = prepared.graph
    order = [*(name for name in prepared.given), *(graph.attrs[node] for node in prepared.inputs())]
    leaves = [prepared.leaf(name) for name in dict.fromkeys(order)]
    reached = set(prepared.inputs())
    variables = tuple(variable(graph, leaf) for leaf in leaves if leaf in reached)
    asked = Problem(graph, prepared.output, variables, dict(prepared.point))
    hold_shapes(graph, graph.reachable(asked.rows), asked.point)
    directions = seeds.directions(state, ask.get("seed", []), variables)
    if len(directions) > 1:
        raise DcalcError(
            "usage", "a symbolic trace has one seed", source=ask.get("seed")[-1], hint=f"--seed {directions[0].label}"
        )
    steps = Wengert(prepared, asked, asked.rows, ask.get("names", ""))
    rows = with_symbols(steps, directions[0], decimals=prepared.decimals)
    label, notes = directions[0].label, prepared.notes
    return Output([Trace("symbolic", rows, label, [label], steps.pretty, "auto", not steps.keeps, notes)], notes)


COMMAND = Command(
    "trace",
    "the steps of a program with their tangents, adjoints or dual numbers",
    "EXPR",
    ("at", "mode", "seed", "names", "arrays", "step", "branches", "load", "steps", "ieee", *RENDER),
    (
        'dcalc trace "(sin(x1/x2) + (x1/x2 - exp(x2)))*(x1/x2 - exp(x2))" --at x1=1.5,x2=0.5 --seed x1 --digits 4',
        'dcalc trace "(x + y)*z" --at x=1,y=3,z=-3 --mode reverse',
        'dcalc trace "max(y*z, y+2*x)" --at x=2,y=3,z=-1 --mode dual',
        'dcalc trace "x^2*y" --at x=3,y=2 --seed all',
        'dcalc trace "x^2*y" --at x=3,y=2 --seed x=1,y=-1',
        'dcalc trace "z = w11*x1 + w21*x2; relu(z)" --mode symbolic',
    ),
    "--mode forward   each step with its value and its tangent (a dot): the derivative along the seed. The seed is an\n"
    "                 input (the first one by default), a component v[2], a direction x=1,y=2, or all inputs in turn.\n"
    "--mode reverse   from the output back: each step with its adjoint (a bar), a line for each contribution, and the\n"
    "                 local partial that it took. --seed 2 starts with 2 at the output, [1, 0] at a vector of two.\n"
    "--mode dual      pairs (a, b) for a + b*eps with eps^2 = 0: the value and the derivative along the seed.\n"
    "--mode matrix    the same pairs as [[a, b], [0, a]], which add and multiply as they do. (Complex numbers a + b*i\n"
    "                 are [[a, -b], [b, a]]: there i^2 = -1, where eps^2 = 0 here.)\n"
    "--mode symbolic  formulas only, without a point: each step, its tangent, and what the seed makes of it.\n"
    "Inputs are numbered v_(1-n), ..., v_0 and steps v_1, v_2, ... as in the textbooks, unless the program names a\n"
    "step: then all keep the names that they have. --names textbook or own says which.\n"
    "--step shows the table on a terminal a line per key: Enter goes on, b back, q leaves.",
    _run,
)
