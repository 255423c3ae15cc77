"""From a request to a problem: parse, take the point, lower, choose what to differentiate in."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..backends.problem import Problem, Variable, variable
from ..backends.result import Note
from ..errors import DcalcError, Source, Span, nearest, suggestion
from ..evaluate.failures import hold_shapes
from ..evaluate.scalar import PointValue, shape_of
from ..graph.arrays import WORDS
from ..graph.duals import refusal
from ..graph.graph import MOVES, STRUCTURAL, Graph
from ..graph.lower import CONSTANTS, Lowered, Names, inputs_of
from ..graph.names import DUAL_UNITS
from ..graph.path import cut_out
from ..graph.shapes import name_of
from ..language import ast, parse, source
from ..primitives import TABLE
from .base import Ask, State
from .point import constant, point_of
from .reading import read

#: How many names a message lists.
MOST_NAMES = 8


class Prepared(NamedTuple):
    """A lowered program with its inputs, its point as far as it is known, and notes."""

    lowered: Lowered
    output: int
    tree: ast.Program
    point: dict[str, PointValue]
    #: the names that `--at` gave, in its order
    given: list[str]
    notes: list[Note]

    @property
    def graph(self) -> Graph:
        """The graph that it was lowered into."""
        return self.lowered.graph

    @property
    def decimals(self) -> bool:
        """Whether the user writes numbers with a point, so that answers should too."""
        return decimals(self.tree)

    def inputs(self) -> list[int]:
        """The inputs that the value is made of."""
        return inputs_of(self.graph, [self.output])

    def leaf(self, name: str) -> int:
        """The input of a name, in the shape of what it is: of a definition, a declaration or a value."""
        graph, nodes = self.graph, self.lowered.names.nodes
        if name in nodes:
            return graph.input(name, graph.shapes[nodes[name]])
        reached = {graph.attrs[node]: node for node in self.inputs()}
        return reached[name] if name in reached else graph.input(name, shape_of(self.point.get(name, 0.0)))


def decimals(tree: ast.Node) -> bool:
    """Whether the numbers of a text are written with a point."""
    return any(isinstance(node, ast.Number) and not node.text.isdecimal() for node in tree.walk())


def loaded(state: State, ask: Ask) -> State:
    """With the definitions of the files that `--load` names."""
    files = ask.get("load", [])
    if not files:
        return state
    from .load import load

    return state._replace(names=load(state.graph, state.names, files))


def prepare(state: State, ask: Ask, *, duals: bool = False, loop_nodes: bool = False) -> Prepared:
    """Read a request's expression and point. Raises DcalcError.

    duals: whether the value may be a dual number. loop_nodes: whether long loops may be nodes.
    """
    assert ask.operand is not None
    free = [one.name for one in names_of(ask.get("wrt", []))]
    state = loaded(state, ask)
    named: dict[str, int] = {}
    point = point_of(state, ask.get("at", []), named)
    if named:  # a dual number is no number that an input could have: the name stands for it as if it were defined so
        names = state.names.copy()
        names.nodes.update(named)
        names.paths = {name: path for name, path in names.paths.items() if name not in named}
        state = state._replace(names=names)
    return prepare_at(state, ask.operand, point, free, ask.get("steps"), duals=duals, loop_nodes=loop_nodes)


def prepare_at(
    state: State,
    text: Source,
    at: dict[str, PointValue],
    free: Collection[str] = (),
    steps: int | None = None,
    *,
    duals: bool = False,
    loop_nodes: bool = False,
) -> Prepared:
    """Read an expression at a point that is known as numbers. Raises DcalcError.

    free: names that are to be inputs, even where the program defines them. steps: how many a program may take.
    duals: whether the value may be a dual number; else one is refused. loop_nodes: whether long loops may be nodes.
    """
    point = {**state.point, **at}
    names = state.names.copy()
    notes = []
    for name, value in at.items():
        declared, shape = names.declared.get(name), shape_of(value)
        if declared is not None and declared != shape:
            message = f"{name} was declared as {name_of(declared)}, its value here is {name_of(shape)}"
            raise DcalcError("shape", message, hint="give it a value of that shape, or declare it anew")
        for meanings in (names.point, names.nodes):
            meanings.pop(name, None)  # what `--at` gives is an input, whatever it was in the session
        if name in CONSTANTS:
            notes.append(Note("name", f"{name} is your variable here, not the constant"))
    tree = with_fixed(_called(parse(text), names), state)[0]
    lowered = read(tree, text, state.graph, names, point, free=free, steps=steps, loop_nodes=loop_nodes)
    if lowered.conditions:
        notes.append(path_note(lowered.conditions))
    notes += [Note("name", remark) for remark in lowered.notes]
    if lowered.output is None:
        hint = _call_of(lowered)
        message = "this defines a function and has no value" if hint else "this has no value"
        hint = hint or "end with an expression: its value is the program's"
        raise DcalcError("syntax", message, source=text, span=tree.span, hint=hint)
    if not duals and (refused := refusal(lowered.graph, lowered.output, text)):
        raise refused
    for name in at:
        if name in lowered.names.nodes:
            hint = f"give values to what {name} is made of, or leave its definition out"
            raise DcalcError("usage", f"{name} is defined by the expression, --at cannot set it", hint=hint)
    for name, node in lowered.names.point.items():
        if name not in at:
            point[name] = constant(lowered.graph, node, point)
    hold_shapes(lowered.graph, inputs_of(lowered.graph, [lowered.output]), point)
    return Prepared(lowered, lowered.output, tree, point, list(at), notes)


def with_point(
    read: Prepared, text: Source, at: dict[str, PointValue], free: Collection[str], *, duals: bool, loop_nodes: bool
) -> Prepared | None:
    """What `prepare_at` gives for a text at a point, of what it gave without one; None where that may be another thing.

    It is the same where no decision depended on values, and the point has nothing but numbers for inputs. read: is
    used up, with loops as nodes wherever that can be.
    """
    lowered, names = read.lowered, read.lowered.names
    if lowered.conditions or (lowered.graph.looping and not loop_nodes):
        return None
    inputs = {lowered.graph.attrs[node]: lowered.graph.shapes[node] for node in read.inputs()}
    for name, value in at.items():
        if inputs.get(name) != () or shape_of(value) or name in names.nodes:
            return None
        if name in CONSTANTS or name in DUAL_UNITS or name in WORDS or name in names.functions:
            return None
    if free:
        bound = {one.name for one in read.tree.walk() if isinstance(one, (ast.Define, ast.For))}
        if not inputs.keys() >= set(free) or not bound.isdisjoint(free):
            return None
    if not duals and (refused := refusal(lowered.graph, read.output, text)):
        raise refused
    point = {**at, **{name: value for name, value in read.point.items() if name not in at}}
    return read._replace(point=point, given=list(at), notes=[*read.notes])


def with_fixed(tree: ast.Program, state: State) -> tuple[ast.Program, str | None]:
    """A program that gives no value to an input that the command line has set, and which of them its last line is.

    What stands in a loop, a branch or a function is as it is.
    """
    fixed = state.fixed & state.point.keys()
    if not fixed:
        return tree, None
    kept: list[ast.Node] = []
    last = None
    for k, statement in enumerate(tree.children):
        if not (isinstance(statement, ast.Define) and statement.parameters is None and statement.name in fixed):
            kept.append(statement)
        elif k + 1 == len(tree.children):
            last = statement.name
            kept.append(ast.Name(last, statement.span))
    return ast.Program(tuple(kept), tree.span), last


def _called(tree: ast.Program, names: Names) -> ast.Program:
    """A program that is but the name of a function, as the call that gives it its own parameters: `grad f`."""
    name = tree.children[0]
    if len(tree.children) != 1 or not isinstance(name, ast.Name):
        return tree
    function = names.functions.get(name.name)
    parameters: Sequence[str] = function.parameters if function else ()
    if not function and name.name in TABLE and name.name not in names.nodes:
        entry = TABLE[name.name]
        parameters = entry.parameters[: entry.arity - len(entry.defaults)]
    if not parameters:
        return tree
    arguments = tuple(ast.Name(one, name.span) for one in parameters)
    return ast.Program((ast.Call(name.name, arguments, name.span, name.span),), tree.span)


def _call_of(lowered: Lowered) -> str | None:
    """How to end a program that only defines a function."""
    function = lowered.names.functions.get(lowered.defined or "")
    return f"end with an expression, for example {function.signature}" if function else None


def path_note(conditions: Sequence[int]) -> Note:
    """The answer is that of one path through a program."""
    count = len(conditions)
    decisions = f"{count} decision{'s' if count > 1 else ''}"
    message = f"the program was followed at this point: {decisions}; what is derived holds on that path"
    return Note("path", message, data={"decisions": count})


def problem(prepared: Prepared, ask: Ask) -> Problem:
    """The problem of differentiating a prepared program, all of whose inputs have values."""
    graph, output, point = prepared.graph, prepared.output, dict(prepared.point)
    wanted = names_of(ask.get("wrt", []))
    names = [one.name for one in wanted]
    (output,) = cut(prepared, [output], names)
    conditions = cut(prepared, prepared.lowered.conditions, names)
    values_of_cut(prepared, names, point)
    need_values(prepared, output, point)
    variables = variables_of(prepared, output, wanted, point)
    return Problem(graph, output, variables, point, tuple(conditions), prepared.lowered.bends)


class Wanted(NamedTuple):
    """A name to differentiate in, and where it stands."""

    name: str
    source: Source
    span: Span


def names_of(texts: list[Source]) -> list[Wanted]:
    """The names in `--wrt x,y`."""
    found: list[Wanted] = []
    for text in texts:
        for match in re.finditer(r"(?:\[[^\]]*\]|[^,\[]|\[)*", text.text):  # W[1,2] is one name
            begin, end = match.span()
            if begin and text.text[begin - 1] != ",":
                continue
            part = match.group()
            name = source(part.strip()).text
            name = "pi" if name == "π" else name
            if not name:
                hint = "names are separated by commas, for example --wrt x,y"
                raise DcalcError("usage", "a name is missing in wrt", source=text, span=(begin, end), hint=hint)
            begin += len(part) - len(part.lstrip())
            found.append(Wanted(name, text, (begin, begin + len(part.strip()))))
    return found


def need_values(prepared: Prepared, output: int, point: dict[str, PointValue]) -> None:
    """Refuse an output that has an input without a value at the point."""
    graph = prepared.graph
    missing = [n for n in inputs_of(graph, [output]) if graph.attrs[n] not in point]
    if not missing:
        return
    name = graph.attrs[missing[0]]
    all_names = [graph.attrs[node] for node in missing]
    origin, span = graph.origins.get(missing[0], (None, None))
    hint = (
        "give "
        + ("it" if len(all_names) == 1 else "them")
        + f" at the point: --at {','.join(f'{n}=…' for n in all_names[:MOST_NAMES])}"
    )
    similar = nearest(name, [known for known in point if known not in all_names], limit=1)
    if similar:
        hint = f"did you mean {similar[0]}? Or {hint}"
    some = all_names if len(all_names) <= MOST_NAMES else [*all_names[:MOST_NAMES], "…"]
    verb = "has" if len(all_names) == 1 else "have"
    raise DcalcError("name", f"{', '.join(some)} {verb} no value", source=origin, span=span, hint=hint)


def cut(prepared: Prepared, rows: Sequence[int], names: Collection[str]) -> list[int]:
    """The rows with those names free that the session defined: `wrt a` after `a = x^2` takes a as an input.

    Where the expression itself defines a name, lowering has left it free already. What is made of one of the names
    stays what it is: all are cut at once.
    """
    graph, nodes = prepared.graph, prepared.lowered.names.nodes
    cuts: dict[int, int] = {}
    for name in names:
        if name not in nodes or name in prepared.lowered.freed:
            continue
        node = nodes[name]
        twins = [other for other, its in nodes.items() if its == node and other != name]
        made = graph.args[node][0] if graph.args[node] else node
        if graph.ops[node] in STRUCTURAL - MOVES or (graph.ops[node] == "index" and graph.ops[made] == "input"):
            twins.append(graph.attrs[made])
        if twins:  # one node, two names: to cut it for the one would cut it for the other
            message = f"{name} is only another name of {twins[0]}"
            raise DcalcError("name", message, hint=f"differentiate in {twins[0]}")
        if name in {graph.attrs[leaf] for leaf in inputs_of(graph, rows)}:
            message = f"{name} is an input here and a defined name as well"
            raise DcalcError("name", message, hint=f"give the new value another name, for example {name}_1 = …")
        cut = cut_out(graph, node, graph.input(name, graph.shapes[node]))
        if cut is None:
            message = f"{name} is made of inputs and constants as they are"
            raise DcalcError("name", message, hint=f"differentiate in those, or define {name} in the expression")
        cuts.update(cut)
    return graph.substitute(rows, cuts) if cuts else list(rows)


def values_of_cut(prepared: Prepared, names: Collection[str], point: dict[str, PointValue]) -> None:
    """Put the values that cut names have at the point into it."""
    lowered = prepared.lowered
    for name, node in lowered.freed.items():
        need_values(prepared, node, point)
        point[name] = constant(prepared.graph, node, point)
    for name in names:
        if name in lowered.names.nodes and name not in lowered.freed:
            need_values(prepared, lowered.names.nodes[name], prepared.point)
            point[name] = constant(prepared.graph, lowered.names.nodes[name], prepared.point)


def variables_of(
    prepared: Prepared, output: int, wanted: list[Wanted], point: dict[str, PointValue]
) -> tuple[Variable, ...]:
    """What to differentiate in: `--wrt`, else `--at`'s names and then the others in order of appearance."""
    graph = prepared.graph
    reached = {graph.attrs[node]: node for node in inputs_of(graph, [output])}
    if wanted:
        names = [one.name for one in wanted]
        for k, (name, text, span) in enumerate(wanted):
            if name in names[:k]:
                hint = "name it once"
                raise DcalcError("usage", f"{name} stands twice in wrt", source=text, span=span, hint=hint)
            if name not in reached and name not in point:
                raise unknown_name(wanted[k], [*reached, *prepared.lowered.names.nodes])
    else:
        names = [*prepared.given, *(name for name in reached if name not in prepared.given)]
    for name in names:
        if name not in reached:
            prepared.notes.append(Note("zero", f"the value does not depend on {name}: its derivative is 0"))
    return tuple(variable(graph, graph.input(name, shape_of(point[name]))) for name in names)


def no_input(prepared: Prepared, ask: Ask, how: str = "--wrt x") -> DcalcError:
    """There is nothing to differentiate in. how: the option that names an input all the same."""
    message, hint = "there is no input to differentiate in", f"an expression in x has the input x; {how} names one"
    return DcalcError("usage", message, source=ask.operand, span=prepared.tree.span, hint=hint)


def unknown_name(wanted: Wanted, known: list[str]) -> DcalcError:
    """`--wrt` names something that the expression does not have."""
    name, text, span = wanted
    hint = suggestion(name, known, f"it has {', '.join(known)}" if known else "it has no inputs")
    whole = name.partition("[")[0]
    if whole in known:
        hint = f"differentiate in all of {whole}"
    return DcalcError("name", f"the expression has no {name} to differentiate in", source=text, span=span, hint=hint)


def derivatives_in(prepared: Prepared, ask: Ask) -> list[str]:
    """The names to differentiate in where no point is needed."""
    graph = prepared.graph
    reached = [graph.attrs[node] for node in prepared.inputs()]
    wanted = names_of(ask.get("wrt", []))
    known = [*reached, *prepared.point, *prepared.lowered.names.nodes]
    for one in wanted:
        if one.name not in known:
            if reached or not one.name.isidentifier():
                raise unknown_name(one, known)
            # a constant has no names that this one could be meant for: pi^2 in x
            prepared.notes.append(Note("zero", f"the value does not depend on {one.name}: its derivative is 0"))
    return [one.name for one in wanted] or reached
