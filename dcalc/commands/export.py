"""`export`: a function and its derivatives as source of another language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..backends.problem import Problem
from ..backends.result import Note
from ..backends.symbolic import formulas, readable
from ..errors import DcalcError, Source, suggestion
from ..evaluate.scalar import PointValue
from ..export import LANGUAGES, WHAT, module
from ..export.job import Job, make_job, sampled
from ..export.scalars import UnwrittenError
from ..graph.shapes import Shape
from ..graph.to_ast import to_program
from ..language import ast
from .base import Ask, Command, Output, State
from .options import RENDER
from .point import point_of
from .prepare import Prepared, prepare
from .recipe import reading

#: Prepares the expression; whether long loops may be nodes.
Prepare = Callable[[bool], Prepared]
#: Inputs beyond which a loop is written out, for one backwards then takes less than one with all tangents forwards.
MOST_IN_LOOPS = 8
#: Parts of fewer operations are written wherever they are used, in formulas.
WORTH_A_NAME = 3


class Line(NamedTuple):
    """A formula of a listing. wrt: the names that it is a derivative in; row: of which output, counted from 1.

    name: of a step; "" for the value and derivatives.
    """

    name: str
    wrt: list[str]
    row: int | None
    tree: ast.Node


class Exported(NamedTuple):
    """A function as source. listing: its formulas, in the place of a source where the language is LaTeX."""

    language: str
    name: str
    what: tuple[str, ...]
    text: str
    inputs: list[tuple[str, Shape]]
    source: str
    listing: list[Line]


def exported(
    prepares: Prepare,
    language: str,
    what: Sequence[str] | None,
    name: str,
    text: str,
    given: Mapping[str, PointValue],
    wrt: list[Source],
) -> tuple[Exported, list[Note]]:
    """An expression as source, and notes. what: None is the value and its first derivatives; given: the user's point.

    Raises DcalcError.
    """
    if language not in LANGUAGES:
        hint = suggestion(language, list(LANGUAGES), f"there are {', '.join(LANGUAGES)}")
        raise DcalcError("usage", f"there is no language {language} to export to", hint=hint)
    unknown = [one for one in what or () if one not in WHAT]
    if unknown or (what is not None and not what):
        raise DcalcError(
            "usage", f"{', '.join(unknown) or 'nothing'} cannot be exported", hint="value, grad, jac, hess"
        )
    if not name.replace("_", "a").isalnum() or name[0].isdigit():
        raise DcalcError("usage", f"a function cannot be called {name!r}", hint="for example: --name f")
    missing: UnwrittenError | None = None
    for loops in (True, False):
        prepared = _filled(prepares(loops and language != "latex"))
        now = reading(prepared, wrt)
        asked = now.problem
        kinds = tuple(what) if what is not None else _usual(asked)
        looping = bool(asked.graph.loops([asked.output]))
        if looping and loops and (asked.n > MOST_IN_LOOPS and set(kinds) != {"value"}):
            continue
        if language == "latex":
            made = Exported(language, name, kinds, text, _inputs(asked), "", _listing(prepared, asked, kinds))
            return made, prepared.notes
        job = make_job(now, kinds, prepared.lowered.names.nodes, given, text, name, prepared.given)
        try:
            source: str = module(language).source(job).rstrip("\n")
            return Exported(language, name, kinds, text, job.arguments, source, []), prepared.notes
        except UnwrittenError as problem:
            missing = missing or problem
            if not looping:
                break
    others = [other for other in LANGUAGES if LANGUAGES[other] and other != language and _has(other, job)]
    hint = f"it is written for {' and '.join(others)}: --lang {others[0]}" if others else "no language has it yet"
    raise DcalcError("usage", f"{missing} is not written for {language}", hint=hint)


def _filled(prepared: Prepared) -> Prepared:
    """With a value for every input, so that it can be looked at."""
    graph, lowered = prepared.graph, prepared.lowered
    nodes = [prepared.output, *lowered.freed.values()]
    inputs = [node for node in graph.reachable(nodes) if graph.ops[node] == "input"]
    return prepared._replace(point=sampled(graph, inputs, prepared.point))


def _usual(asked: Problem) -> tuple[str, ...]:
    return ("value",) if not asked.variables else ("value", "jac" if asked.shape else "grad")


def _inputs(asked: Problem) -> list[tuple[str, Shape]]:
    return [(one.name, one.shape) for one in asked.variables]


def _has(language: str, job: Job) -> bool:
    try:
        module(language).source(job)
    except (UnwrittenError, DcalcError):
        return False
    return True


def _listing(prepared: Prepared, asked: Problem, kinds: Sequence[str]) -> list[Line]:
    """The steps, the value and the derivatives as formulas."""
    graph, decimals = asked.graph, prepared.decimals
    if asked.conditions:
        origin, span = graph.origins.get(asked.conditions[0], (None, None))
        message = "there is no formula to export: the path of this program depends on values"
        raise DcalcError("usage", message, source=origin, span=span, hint="write it with if(condition, a, b)")
    if "grad" in kinds and asked.shape:
        raise DcalcError("shape", "a gradient is of a number", hint="--what jac exports the Jacobian")
    rows = list(asked.rows)
    made: list[tuple[list[str], int | None, int]] = []
    number = {row: k + 1 if len(rows) > 1 else None for k, row in enumerate(rows)}
    if "value" in kinds:
        made += [([], number[row], row) for row in rows]
    firsts = [(one.name, formulas(graph, rows, one.node, decimals=decimals)) for one in asked.variables]
    if "grad" in kinds or "jac" in kinds:
        made += [([name], number[row], node) for name, nodes in firsts for row, node in zip(rows, nodes, strict=True)]
    if "hess" in kinds:
        for k, (name, nodes) in enumerate(firsts):
            for other in asked.variables[k:]:
                seconds = formulas(graph, nodes, other.node, decimals=decimals)
                made += [([name, other.name], number[row], node) for row, node in zip(rows, seconds, strict=True)]
    nodes = [node for _, _, node in made]
    if any(graph.shapes[node] for node in nodes):
        return [Line("", wrt, row, readable(graph, node, decimals=decimals)) for wrt, row, node in made]
    reached = set(graph.reachable(nodes))
    names = {node: name for name, node in prepared.lowered.names.nodes.items() if node in reached and graph.args[node]}
    names = {node: name for node, name in names.items() if node not in nodes}
    program = to_program(graph, nodes, names=names, decimals=decimals, least=WORTH_A_NAME)
    *steps, last = program.children
    lines = [Line(one.name, [], None, one.body) for one in steps if isinstance(one, ast.Define)]
    trees = last.children if len(nodes) > 1 else (last,)
    return [*lines, *(Line("", wrt, row, tree) for (wrt, row, _), tree in zip(made, trees, strict=True))]


def _run(state: State, ask: Ask) -> Output:
    assert ask.operand is not None
    point = point_of(state, ask.get("at", [])) if ask.get("at") else {}
    result, notes = exported(
        lambda loops: prepare(state, ask, loop_nodes=loops),
        ask.get("lang", "python"),
        ask.get("what"),
        ask.get("name", "f"),
        ask.operand.text.strip(),
        {**point, **{name: value for name, value in state.point.items() if name not in point}},
        ask.get("wrt", []),
    )
    return Output([result], notes)


COMMAND = Command(
    "export",
    "derivatives as source of Python, NumPy, JAX, C, LaTeX; of a session its lines",
    "EXPR",
    ("lang", "what", "name", "at", "wrt", "load", "steps", *RENDER),
    (
        'dcalc export "a = x^2; sin(a)*y + a" --lang python',
        'dcalc export "x^2*y" --lang c --what value,grad,hess --name area',
        'dcalc export "W: 2x2; x: 2; tanh(W @ x)" --lang numpy --what jac',
        'dcalc export "x^2*sin(y)" --lang latex --what grad',
    ),
    "One function of all inputs, which needs no dcalc: what is shared is computed once, your names stay, kinks and\n"
    "branches select. Arrays are NumPy's or JAX's; in C and Python they are given row by row and lists. The source\n"
    "ends in a test with numbers, those of --at or of some point: `python FILE`, or `cc -std=c11 -DTEST FILE -lm`.\n"
    "--out FILE.py, .c or .tex tells the language. A program whose path depends on values has no source.\n"
    "In a session `export session FILE` writes the session's lines and their answers, in Markdown.",
    _run,
)
