"""`graph`: the computational graph, with the value and the adjoint of each step and what each edge carries.

The numbers are the sweep's own: an edge's contribution is what the reverse sweep handed along it, and the adjoint of a
node is the sum that the sweep made. Steps bear the names that `trace` gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..backends.derive import Survey, non_finite_notes
from ..backends.problem import Problem, labels, variable
from ..backends.result import Nested, Note, nested
from ..errors import DcalcError
from ..graph.build import Builder
from ..graph.graph import MOVES, Graph
from ..graph.lower import inputs_of
from ..graph.shapes import Shape, name_of
from ..graph.to_ast import is_truth, to_ast
from ..language import ast, unparse
from ..primitives import TABLE
from ..sweeps.reverse import Contribution, reverse
from ..sweeps.rules import Rules
from .base import FORMATS, Ask, Command, Output, State
from .options import RENDER
from .prepare import Prepared, prepare, problem
from .trace import seeded
from .wengert import Wengert, seeds
from .wengert.formulas import plus

#: So many passes are shown side by side: one for each output, or each seed.
MOST_PASSES = 6
#: A longer expression is cut in a title.
LONGEST_TEXT = 120


class Node(NamedTuple):
    """An input or a step. name: as formulas have it; symbol: as people read it; own: an input's own name, if another.

    formula: over the names of its arguments, None of an input. operation: as it is written, `+`, `sin`, `□^2`. value:
    None where none is known. active: whether the point's path goes through it. kink: whether the point is on a kink of
    it. truth: whether its value is a truth value.
    """

    name: str
    symbol: str
    own: str
    operation: str
    formula: ast.Node | None
    shape: Shape
    value: Nested | None
    active: bool = True
    kink: bool = False
    truth: bool = False


class Edge(NamedTuple):
    """From an argument to the step that uses it, by their places in the list of nodes; one for each such pair.

    kind: "flow" carries derivatives, "choice" only decides, "untaken" is a choice that the point does not take.
    formula and partial: of the step with respect to the argument, where both are numbers.
    """

    source: int
    target: int
    kind: str
    formula: ast.Node | None
    partial: float | None


class Pass(NamedTuple):
    """A sweep. mode: reverse or forward; subject: the output or the seeded input.

    seeds: node -> what it starts with. numbers: node -> its adjoint (tangent), in the order in which they are known.
    contributions: edge -> what it carries, in the order of the sweep. sums: edge -> the adjoint of its argument so far,
    where that is a number.
    """

    mode: str
    subject: str
    seeds: dict[int, Nested]
    numbers: dict[int, Nested]
    contributions: dict[int, Nested]
    sums: dict[int, float]


class Drawing(NamedTuple):
    """What `graph` answers. text: the expression. outputs: places of nodes. pretty: name -> as people read it.

    digits: those that were asked for.
    """

    text: str
    nodes: list[Node]
    edges: list[Edge]
    outputs: list[int]
    passes: list[Pass]
    pretty: dict[str, str]
    notes: list[Note]
    digits: int | None = None


def _run(state: State, ask: Ask) -> Output:
    assert ask.operand is not None
    mode = ask.get("mode", "reverse")
    if mode not in ("forward", "reverse"):
        raise DcalcError("usage", f"graph has no mode {mode}", hint="it has forward and reverse; trace has the others")
    prepared = prepare(state, ask)
    survey = None
    if _known(prepared, ask):
        asked = problem(prepared, ask)
        survey = Survey(asked, ask.get("ieee", False))
    else:
        asked = _structure(prepared)
        if ask.get("seed"):
            text = ask.get("seed")[0]
            raise DcalcError("usage", "a seed needs a point", source=text, hint="give the inputs values with --at")
    notes = [*prepared.notes, *(survey.kink_notes() if survey else [])]
    apart = mode == "reverse" and survey is not None and asked.m <= MOST_PASSES and not ask.get("seed")
    # An adjoint is of one number, so that each number of an array is an output of its own.
    rows = asked.graph.components(asked.output) if apart else asked.rows
    if not inputs_of(asked.graph, rows):
        hint = "a graph needs an input, as in graph x^2 + 1"
        message = "there is nothing to draw: the value is made of constants"
        raise DcalcError("usage", message, source=ask.operand, span=prepared.tree.span, hint=hint)
    steps = _Steps(prepared, asked, survey, rows, ask.get("names") or "own")
    passes = _passes(state, ask, steps, mode, notes) if survey else []
    if survey:
        notes += non_finite_notes(asked, survey, list(_ends(steps, passes)))
    text = " ".join(ask.operand.text.split())
    text = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    pretty = steps.pretty
    return Output(
        [Drawing(text, steps.nodes, steps.edges, steps.outputs, passes, pretty, notes, ask.get("digits"))], notes
    )


def _passes(state: State, ask: Ask, steps: _Steps, mode: str, notes: list[Note]) -> list[Pass]:
    """The sweeps that are shown."""
    asked, texts = steps.asked, ask.get("seed", [])
    if mode == "forward":
        given = seeds.directions(state, texts, asked.variables)
        if len(given) > MOST_PASSES:
            message = f"{len(given)} seeds are too many for a picture, {MOST_PASSES} at most"
            raise DcalcError("limit", message, source=texts[0], hint="name some; trace has a table of all")
        return list(steps.tangents(given))
    if texts:
        start = seeds.adjoint(state, texts, asked)
        return [steps.adjoints(asked.output, start, f"{' '.join(texts[0].text.split())}·output")]
    if asked.m <= MOST_PASSES:
        return [steps.adjoints(row) for row in dict.fromkeys(steps.rows) if not asked.graph.is_const(row)]
    message = f"adjoints are of one number, the value is {name_of(asked.shape)}"
    hint = "--seed gives the adjoints that its components start with, --mode forward shows tangents"
    notes.append(Note("outputs", f"{message}: {hint}"))
    return []


def _ends(steps: _Steps, passes: Sequence[Pass]) -> Iterator[tuple[str, float]]:
    """What the passes end with: the derivatives in the inputs, or along the seeds."""
    nodes, outputs = steps.nodes, list(dict.fromkeys(steps.outputs))
    ranks = {nodes[place].symbol: f"f{steps.outputs.index(place) + 1}" if len(outputs) > 1 else "" for place in outputs}
    for one in passes:
        inputs = [place for place, node in enumerate(nodes) if node.formula is None]
        for place in inputs if one.mode == "reverse" else outputs:
            node, numbers = nodes[place], one.numbers.get(place)
            if numbers is None:
                continue
            above, below = ranks.get(one.subject, ""), node.own or node.name
            if one.mode == "forward":
                above, below = ranks[node.symbol], f"({one.subject})" if "=" in one.subject else one.subject
            names = labels(f"d{above}/d{below}", node.shape)
            items: Sequence[Nested] = numbers if isinstance(numbers, list) else [numbers]
            for _ in node.shape[1:]:
                items = [part for row in items if isinstance(row, list) for part in row]
            yield from ((name, item) for name, item in zip(names, items, strict=True) if isinstance(item, float))


def _known(prepared: Prepared, ask: Ask) -> bool:
    """Whether there are values to show: not where no point was given and one is missing."""
    inputs = inputs_of(prepared.graph, [prepared.output])
    return bool(ask.get("at")) or all(prepared.graph.attrs[node] in prepared.point for node in inputs)


def _structure(prepared: Prepared) -> Problem:
    """The program without a point."""
    graph, output = prepared.graph, prepared.output
    return Problem(graph, output, tuple(variable(graph, node) for node in inputs_of(graph, [output])), {})


class _Steps:
    """The nodes and edges of a drawing, and the passes over them."""

    def __init__(
        self, prepared: Prepared, asked: Problem, survey: Survey | None, rows: Sequence[int], names: str
    ) -> None:
        self.graph, self.asked, self.survey, self.rows = asked.graph, asked, survey, rows
        graph = self.graph
        self.steps = Wengert(prepared, asked, rows, names)
        self.pretty = self.steps.pretty
        self.rules = Rules(Builder(graph))
        reached = set(graph.reachable(rows))
        #: the drawn nodes, in order of evaluation; outputs that are only numbers are steps, too
        self.order = [node for node in self.steps.order if node in reached]
        self.place = {node: k for k, node in enumerate(self.order)}
        self.outputs = [self.place[row] for row in rows]
        bends = {kink.node for kink in survey.kinks} if survey else set()
        self.nodes = [self._node(node, bends) for node in self.order]
        pairs = [pair for node in self.order for pair in self._pairs(node)]
        self.edges = [self._edge(arg, node, direct) for arg, node, direct in pairs]
        #: (argument, user) -> the place of their edge
        self.between = {(arg, node): k for k, (arg, node, _) in enumerate(pairs)}

    def _node(self, node: int, bends: set[int]) -> Node:
        graph, steps = self.graph, self.steps
        name = steps.names[node]
        formula = steps.formula(node)
        active = self._taken(node)
        value = self._value(node) if self.survey and (active or formula is None) else None
        own, kind = steps.own.get(node, "") if formula is None else "", operation(graph, node, steps.decimals)
        kink = node in bends or any(one in bends for one in self._inside(node))
        truth = is_truth(graph, node)
        symbol = self.pretty.get(name, name)
        return Node(name, symbol, own, kind, formula, graph.shapes[node], value, active, kink, truth)

    def _inside(self, node: int) -> Iterator[int]:
        """The small conditions that are written within a step, and the steps that they look at."""
        graph = self.graph
        stack = [arg for arg in graph.args[node] if arg not in self.place and not graph.is_const(arg)]
        while stack:
            inner = stack.pop()
            yield inner
            if inner not in self.place:
                stack += [arg for arg in reversed(graph.args[inner]) if not graph.is_const(arg)]

    def _pairs(self, node: int) -> Iterator[tuple[int, int, bool]]:
        """The drawn arguments of a step; those that only its condition looks at are no direct ones."""
        args = [arg for arg in dict.fromkeys(self.graph.args[node]) if arg in self.place]
        inner = [arg for arg in dict.fromkeys(self._inside(node)) if arg in self.place and arg not in args]
        yield from ((arg, node, False) for arg in inner)
        yield from ((arg, node, True) for arg in args)

    def _taken(self, node: int) -> bool:
        """Whether the point's path goes through a node; the parts of the value, as of an array, are on it."""
        return self.survey is None or node not in self.survey.values or node in self.survey.taken

    def _edge(self, arg: int, node: int, direct: bool) -> Edge:
        graph = self.graph
        kind = self._kind(arg, node, direct)
        formula, partial = None, None
        numbers = not graph.shapes[arg] and not graph.shapes[node]
        entry = self.rules.entry(node)
        if direct and numbers and entry is not None and entry.kind == "elementwise" and not entry.truth:
            places = [k for k, one in enumerate(graph.args[node]) if one == arg]
            for place in places:
                one = self.steps.partial(node, place)
                formula = one if formula is None or one is None else plus(formula, one)
            if self.survey and kind == "flow":
                partial = sum(self.asked.numbers(self.rules.partial(entry, node, k))[0] for k in places)
        elif numbers and self.survey and entry is not None and entry.kind == "selection" and kind != "choice":
            partial = float(kind == "flow")
        return Edge(self.place[arg], self.place[node], kind, formula, partial)

    def _kind(self, arg: int, node: int, direct: bool) -> str:
        if not self._taken(node) or not self._taken(arg):
            return "untaken"
        entry = self.rules.entry(node)
        if not direct or (entry is not None and entry.truth):
            return "choice"
        if entry is None or entry.kind != "selection":
            return "flow"
        condition, *chosen = self.rules.choice(entry, node)
        args = self.graph.args[node]
        places = [place for place in chosen if place is not None and args[place] == arg]
        if not places:
            return "choice"
        if self.survey is None:
            return "flow"
        truths = self.asked.numbers(condition)
        picked = [(any(truths), chosen[0]), (not all(truths), chosen[1])]
        return "flow" if any(holds and place in places for holds, place in picked) else "untaken"

    def _value(self, node: int) -> Nested:
        value: Nested = nested(self.asked.numbers(node), self.graph.shapes[node])
        return value

    def adjoints(self, output: int, start: Sequence[float] | None = None, subject: str = "") -> Pass:
        """The reverse sweep of one output. start: what its adjoint is, 1 without."""
        graph, builder = self.graph, self.rules.builder
        kept: dict[tuple[int, int], list[Contribution]] = {}
        first = None if start is None else seeds.constant(graph, start, graph.shapes[output])
        total = reverse(graph, output, self.asked.leaves, first, kept=kept).total
        numbers = {
            self.place[node]: self._value(graph.full(adjoint, graph.shapes[node]))
            for node, adjoint in total.items()
            if node in self.place and self._taken(node)
        }
        given = {self.place[output]: numbers[self.place[output]]} if output in self.place else {}
        contributions: dict[int, Nested] = {}
        sums: dict[int, float] = {}
        so_far = {place: value for place, value in given.items() if not isinstance(value, list)}
        for (arg, user), parts in kept.items():
            edge = self.between.get((arg, user))
            if arg not in self.place or (edge is not None and self.edges[edge].kind != "flow"):
                continue
            handed = builder.zero
            for mask, value in parts:
                handed = builder.add(handed, value if mask is None else builder.select(mask, value, builder.zero))
            shape = graph.shapes[user] if graph.ops[user] == "index" else graph.shapes[arg]
            carried, place = self._value(graph.full(handed, shape)), self.place[arg]
            if not graph.shapes[arg] and not isinstance(carried, list):
                so_far[place] = so_far[place] + carried if place in so_far else carried
            if edge is None:  # from the vector of the outputs, which is not drawn
                given[place] = carried
                continue
            contributions[edge] = carried
            if place in so_far:
                sums[edge] = so_far[place]
        name = subject or self.nodes[self.place[output]].symbol
        return Pass("reverse", name, given, numbers, contributions, sums)

    def tangents(self, given: Sequence[seeds.Seed]) -> Iterator[Pass]:
        """The forward sweep along each seed."""
        graph = self.graph
        swept = seeded(graph, given, self.rows)
        for k, seed in enumerate(given):
            numbers = {
                self.place[node]: self._value(graph.full(swept[node][k], graph.shapes[node]))
                for node in self.order
                if k in swept.get(node, {}) and self._taken(node)
            }
            contributions: dict[int, Nested] = {}
            for place, edge in enumerate(self.edges):
                tangent = numbers.get(edge.source)
                if edge.kind == "flow" and edge.target in numbers and edge.partial is not None:
                    assert isinstance(tangent, float) or tangent is None
                    if tangent is not None:
                        contributions[place] = edge.partial * tangent
            start = {self.place[leaf]: numbers[self.place[leaf]] for leaf in seed.parts if leaf in self.place}
            yield Pass("forward", seed.label, start, numbers, contributions, {})


def operation(graph: Graph, node: int, decimals: bool = False) -> str:
    """A step's operation as a student writes it: `+`, `×`, `sin`, `□^2`, `2·□`; "" of an input."""
    op, args = graph.ops[node], graph.args[node]
    if op == "input":
        return ""
    if op == "const":
        return "number"
    if op in MOVES:
        return {"vector": "[ ]", "index": "[i]", "place": "place", "concat": "stack"}.get(op, op)
    entry = TABLE[op]
    sign = {"*": "×", "neg": "−", "-": "−", "/": "÷"}.get(op, entry.symbol or entry.word)
    fixed = [graph.is_const(arg) for arg in args]
    if len(args) != 2 or not entry.symbol or sum(fixed) != 1:
        return sign
    number = unparse(to_ast(graph, args[fixed.index(True)], decimals=decimals))
    sign = "·" if op == "*" else sign if op != "/" else "/"
    return f"{number}{sign}□" if fixed[0] else f"□{sign}{number}"


COMMAND = Command(
    "graph",
    "the computational graph with the value and the adjoint of each step",
    "EXPR",
    ("at", "mode", "seed", "names", "load", "steps", "ieee", *RENDER),
    (
        'dcalc graph "(x + y)*z"',
        'dcalc graph "p = x + y; g = p*z" --at x=1,y=3,z=-3',
        'dcalc graph "x*sin(x)" --at x=1 --mode forward --digits 4',
        'dcalc graph "p = x + y; g = p*z" --at x=1,y=3,z=-3 --format mermaid',
    ),
    "Each box is a step with its value and its adjoint: the derivative of the output in this step.\n"
    "Each edge bears the step's partial derivative; adjoint times partial is what it carries back.\n"
    "--mode forward shows tangents along --seed (the first input without it); in reverse --seed is the\n"
    "adjoint that the output starts with. Several outputs have a pass each.\n"
    "Without a point only the structure is drawn. Dashed: not taken at this point; dotted: only decides.\n"
    "--out graph.html is a page that steps through the passes by key or button; .svg, .dot, .mmd draw.",
    _run,
    formats=(*FORMATS, "svg", "dot", "mermaid", "html"),
)
