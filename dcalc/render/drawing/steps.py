"""The passes told step by step: what is lit, what is known from then on, and a sentence. The page plays them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...commands.graph import Drawing, Node, Pass
from ...commands.wengert import BAR, DOT, marked
from ...language import ast, unparse
from . import labels
from .canvas import width
from .scene import Room


class Step(NamedTuple):
    """One step of a pass. part: which pass it belongs to, 0 is that of the values. nodes, edges: what is lit.

    shows: texts that are known from now on: ("value" or "derivative", node, text) and ("carried", edge, text).
    """

    part: int
    nodes: list[int]
    edges: list[int]
    text: str
    shows: list[tuple[str, int, str]]


def parts(drawing: Drawing) -> list[str]:
    """The names of the passes."""
    names = ["Forward: values"]
    for one in drawing.passes:
        names.append(
            f"Forward: tangents along {one.subject}"
            if one.mode == "forward"
            else f"Backward from {one.subject}: adjoints"
        )
    return names


def steps(drawing: Drawing) -> list[Step]:
    """All the steps, one pass after the other."""
    made = list(_values(drawing))
    for part, one in enumerate(drawing.passes, start=1):
        made += _tangents(drawing, one, part) if one.mode == "forward" else _adjoints(drawing, one, part)
    return made


def room(drawing: Drawing, played: Sequence[Step]) -> Room:
    """What boxes and edges have to have room for."""
    nodes, edges = [0] * len(drawing.nodes), [0] * len(drawing.edges)
    for step in played:
        for kind, place, text in step.shows:
            wide = edges if kind == "carried" else nodes
            wide[place] = max(wide[place], width(text))
    return Room(nodes, edges)


def _text(drawing: Drawing, value: object) -> str:
    return labels.value_text(value, labels.digits_of(drawing))  # type: ignore[arg-type]


def _incoming(drawing: Drawing) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for place, edge in enumerate(drawing.edges):
        found.setdefault(edge.target, []).append(place)
    return found


def _values(drawing: Drawing) -> Iterator[Step]:
    """The values, in order of evaluation."""
    incoming = _incoming(drawing)
    known = {node.name: node for node in drawing.nodes}
    for place, node in enumerate(drawing.nodes):
        value = labels.value_of(drawing, node)
        edges = [k for k in incoming.get(place, []) if drawing.nodes[drawing.edges[k].source].active]
        if not node.active:
            yield Step(0, [place], [], f"{labels.head(drawing, node)} is not taken at this point", [])
            continue
        if node.formula is None:
            text = (
                f"{labels.head(drawing, node)} = {value}, an input"
                if value is not None
                else f"{node.symbol} is an input"
            )
        else:
            text = labels.head(drawing, node)
            numbers = _substituted(drawing, place, known)
            text += f" = {numbers}" if numbers and numbers != value else ""
            text += f" = {value}" if value is not None else ""
        text += "; the point is on a kink of it" if node.kink else ""
        text += ": an output" if place in drawing.outputs else ""
        yield Step(0, [place], edges, text, [] if value is None else [("value", place, f"value {value}")])


def _substituted(drawing: Drawing, place: int, known: Mapping[str, Node]) -> str:
    """A step's formula with numbers in the place of names, where all of them are numbers."""
    formula = drawing.nodes[place].formula
    if not isinstance(formula, ast.Call):
        return ""
    args: list[ast.Node] = []
    for arg in formula.children:
        if isinstance(arg, ast.Name) and arg.name in known:
            node = known[arg.name]
            if node.value is None or isinstance(node.value, list) or node.truth:
                return ""
            text = labels.value_text(abs(node.value), labels.digits_of(drawing))
            number: ast.Node = ast.Number(text)
            args.append(ast.Call("neg", (number,)) if node.value < 0 else number)
        else:
            args.append(arg)
    return unparse(ast.Call(formula.function, tuple(args), keywords=formula.keywords), textbook=True)


def _adjoints(drawing: Drawing, one: Pass, part: int) -> Iterator[Step]:
    """The adjoints, one contribution after the other, with the sums as they form."""
    names = [node.symbol for node in drawing.nodes]
    bars = [marked(name, BAR) for name in names]
    left = dict.fromkeys(range(len(names)), 0)
    for edge in one.contributions:
        left[drawing.edges[edge].source] += 1
    for start, value in one.seeds.items():
        seed = _text(drawing, value)
        why = f"the derivative of the output {names[start]} in itself" if names[start] == one.subject else "the seed"
        shown = f"adjoint {seed}" + (" + …" if left[start] else "")
        yield Step(part, [start], [], f"{bars[start]} = {seed}: {why}", [("derivative", start, shown)])
    begun = set(one.seeds)
    for edge, handed in one.contributions.items():
        arg, user = drawing.edges[edge].source, drawing.edges[edge].target
        carried = _text(drawing, handed)
        left[arg] -= 1
        more = arg in begun or left[arg] > 0
        total = one.numbers[arg] if not left[arg] and arg in one.numbers else one.sums.get(edge)
        total_text = None if total is None else _text(drawing, total)
        product = _product(drawing, edge, one)
        text = f"{names[user]} hands to {names[arg]}: {bars[user]}·∂{names[user]}/∂{names[arg]}{product} = {carried}"
        if more:
            adds = f"{bars[arg]} = " + ("what came before + " if arg in begun else "") + carried
            text += f"; so {adds}" + (f" = {total_text}" if arg in begun and total_text is not None else "")
            text += f" ({left[arg]} more to come)" if left[arg] else " (complete)"
        else:
            text += f", so {bars[arg]} = {total_text}"
        begun.add(arg)
        shown = f"adjoint {total_text}" + (" + …" if left[arg] else "") if total_text is not None else "adjoint …"
        yield Step(part, [arg, user], [edge], text, [("derivative", arg, shown), ("carried", edge, carried)])


def _product(drawing: Drawing, edge: int, one: Pass) -> str:
    """The numbers of adjoint times partial, where both are numbers."""
    partial, adjoint = drawing.edges[edge].partial, one.numbers.get(drawing.edges[edge].target)
    if partial is None or adjoint is None or isinstance(adjoint, list):
        return ""
    return f" = {_factor(drawing, adjoint)}·{_factor(drawing, partial)}"


def _factor(drawing: Drawing, value: float) -> str:
    text = _text(drawing, value)
    return f"({text})" if text.startswith("-") else text


def _tangents(drawing: Drawing, one: Pass, part: int) -> Iterator[Step]:
    """The tangents, in order of evaluation."""
    incoming = _incoming(drawing)
    names = [node.symbol for node in drawing.nodes]
    dots = [marked(name, DOT) for name in names]
    for place, value in one.numbers.items():
        edges = [k for k in incoming.get(place, []) if drawing.edges[k].source in one.numbers]
        edges = [k for k in edges if drawing.edges[k].kind == "flow"]
        total = _text(drawing, value)
        if not edges:
            text = f"{dots[place]} = {total}: the seed"
        else:
            terms = [f"∂{names[place]}/∂{names[s]}·{dots[s]}" for s in (drawing.edges[k].source for k in edges)]
            known = [one.contributions[k] for k in edges if k in one.contributions]
            numbers = " + ".join(_factor(drawing, n) for n in known if not isinstance(n, list))
            text = f"{dots[place]} = {' + '.join(terms)}" + (f" = {numbers}" if len(known) == len(edges) > 1 else "")
            text += f" = {total}"
        carried = [("carried", k, _text(drawing, one.contributions[k])) for k in edges if k in one.contributions]
        yield Step(part, [place], edges, text, [("derivative", place, f"tangent {total}"), *carried])
