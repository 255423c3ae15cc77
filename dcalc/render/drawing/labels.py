"""What stands on the boxes and edges of a drawing, in every form of it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...backends.result import Nested
from ...commands.graph import Drawing, Edge, Node
from ...commands.wengert import BAR, DOT, marked
from ...commands.wengert.formulas import renamed
from ...language import ast, unparse
from ..arrays import array_of, inline
from ..numbers import number
from .canvas import width

#: Significant digits on a picture where none were asked for.
DIGITS = 5
#: Arrays of at most so many numbers are shown as they are, others by shape and norm.
FEW = 3
#: Formulas of more characters are too long for an edge.
LONGEST = 12
#: And so many in a box.
LONGEST_FORMULA = 60


def digits_of(drawing: Drawing) -> int:
    """The significant digits of a picture."""
    return drawing.digits or DIGITS


def value_text(value: Nested, digits: int) -> str:
    """A number; a short vector; or the shape and the Euclidean norm of a larger array."""
    if not isinstance(value, list):
        return number(value, digits)
    array = array_of(value)
    if len(array.shape) == 1 and len(array.numbers) <= FEW:
        return inline(array, digits)
    norm = (
        math.hypot(*array.numbers) if len(array.numbers) < 1000 else math.sqrt(math.fsum(x * x for x in array.numbers))
    )
    shape = "×".join(map(str, array.shape))
    return f"{shape if len(array.shape) > 1 else f'size {shape}'}, norm {number(norm, digits)}"


def value_of(drawing: Drawing, node: Node) -> str | None:
    """A node's value, as far as it is known; of a condition whether it holds."""
    if node.value is None:
        return None
    if node.truth and not isinstance(node.value, list):
        return "true" if node.value else "false"
    return value_text(node.value, digits_of(drawing))


def formula_text(drawing: Drawing, tree: ast.Node) -> str:
    """A formula in the textbook's style: v₅·v₄. A long one, as a vector of many parts, is cut."""
    text = unparse(renamed(tree, lambda name: drawing.pretty.get(name, name)), textbook=True)
    return text if len(text) <= LONGEST_FORMULA else text[: LONGEST_FORMULA - 1] + "…"


def head(drawing: Drawing, node: Node) -> str:
    """The first line of a box: `p = x + y`; of an input its name; of an array that has no value its shape as well."""
    if node.formula is not None:
        bare = node.formula.children[0] if isinstance(node.formula, ast.Iverson) else node.formula
        return f"{node.symbol} = {formula_text(drawing, bare)}"
    name = f"{node.symbol} = {node.own}" if node.own else node.symbol
    return f"{name}: {'×'.join(map(str, node.shape))}" if node.shape and node.value is None else name


def derivative(drawing: Drawing, place: int) -> str | None:
    """A node's adjoint or tangent; with several passes one for each, in their order. None where there is none."""
    found = _derivatives(drawing, place)
    return "; ".join(found) if found else None


def _derivatives(drawing: Drawing, place: int) -> list[str]:
    found = [one.numbers.get(place) for one in drawing.passes]
    if all(value is None for value in found):
        return []
    return ["0" if value is None else value_text(value, digits_of(drawing)) for value in found]


def mode(drawing: Drawing) -> str:
    """The word for what the passes compute, "" without any."""
    return ("tangent" if drawing.passes[0].mode == "forward" else "adjoint") if drawing.passes else ""


def remarks(drawing: Drawing, place: int) -> Iterator[str]:
    """What else has to be said on a box."""
    node = drawing.nodes[place]
    if place in drawing.outputs:
        several = len(drawing.outputs) > 1
        ranks = [str(k) for k, output in enumerate(drawing.outputs, start=1) if output == place]
        yield f"output {', '.join(ranks)}" if several else "output"
    if not node.active:
        yield "not taken here"
    if node.kink:
        yield "kink here"


def lines(drawing: Drawing, place: int) -> list[str]:
    """The lines of a box in characters."""
    node = drawing.nodes[place]
    value = value_of(drawing, node)
    made = [head(drawing, node)]
    if value is not None and node.formula is None:
        made = [f"{made[0]} = {value}"]
    elif value is not None and not made[0].endswith(f" = {value}"):
        made.append(f"{' ' * len(node.symbol)} = {value}")
    found = _derivatives(drawing, place)
    if found:
        name = f"{marked(node.symbol, DOT if mode(drawing) == 'tangent' else BAR)} = "
        together = "; ".join(found)
        rows = [together] if len(together) <= LONGEST else [f"{one};" for one in found[:-1]] + found[-1:]
        made += [name + rows[0], *(" " * width(name) + row for row in rows[1:])]
    return [*made, *remarks(drawing, place)]


def partial(drawing: Drawing, edge: Edge) -> str:
    """An edge's partial as a number; without a point as a short formula; "" where there is none to show."""
    if edge.partial is not None and edge.kind == "flow":
        return number(edge.partial, digits_of(drawing))
    if edge.partial is None and edge.formula is not None and not has_values(drawing):
        return short(drawing, edge)
    return ""


def short(drawing: Drawing, edge: Edge) -> str:
    """An edge's partial as a formula, "" if it is long."""
    text = formula_text(drawing, edge.formula) if edge.formula is not None else ""
    return text if len(text) <= LONGEST else ""


def full_partial(drawing: Drawing, edge: Edge) -> str:
    """An edge's partial, as formula and number, as far as they are known: `z = -3`."""
    formula = short(drawing, edge)
    text = partial(drawing, edge)
    return text if not formula or not text or formula == text else f"{formula} = {text}"


def told(drawing: Drawing, edge: Edge) -> str:
    """An edge in a sentence, for those who point at it or have it read to them."""
    source, target = drawing.nodes[edge.source].symbol, drawing.nodes[edge.target].symbol
    if edge.kind == "choice":
        return f"{source} decides {target}, no derivative flows here"
    if edge.kind == "untaken":
        return f"{source} to {target}: not taken at this point"
    if edge.formula is None:
        return f"{source} to {target}" + (f": partial {partial(drawing, edge)}" if edge.partial is not None else "")
    formula, value = formula_text(drawing, edge.formula), partial(drawing, edge) if edge.partial is not None else ""
    tail = f" = {value}" if value and value != formula else ""
    return f"∂{target}/∂{source} = {formula}{tail}"


def has_values(drawing: Drawing) -> bool:
    """Whether the drawing is at a point."""
    return any(node.value is not None for node in drawing.nodes)


def caption(drawing: Drawing) -> str:
    """What a picture shows, in a sentence."""
    if not has_values(drawing):
        return "each box is a step; --at gives values and derivatives"
    if not drawing.passes:
        return "each box is a step with its value"
    names = ", ".join(one.subject for one in drawing.passes)
    if mode(drawing) == "tangent":
        return f"each box is a step with its value and its tangent: its derivative in {names}"
    each = "; one for each output" if len(drawing.passes) > 1 else ""
    return f"each box is a step with its value and its adjoint: the derivative of {names} in it{each}"


def legend(drawing: Drawing) -> list[str]:
    """What a picture's edges mean."""
    kinds = {edge.kind for edge in drawing.edges}
    made = []
    if any(edge.partial is not None or edge.formula is not None for edge in drawing.edges):
        made.append("on each edge stands the partial derivative of the step in its argument")
    if "untaken" in kinds or "choice" in kinds:
        made.append("dashed edges carry no derivative: not taken here, or only decides")
    return made
