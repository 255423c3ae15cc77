"""A computational graph: a picture in characters where it fits, else a list; and what it can be drawn as."""

from __future__ import annotations

from typing import Any

from ...commands.graph import Drawing, Edge
from ...errors import DcalcError
from ...language import unparse
from ..drawing import labels
from ..json_values import nested_value
from ..plain import plain, plain_view
from ..view import Cell, Picture, Table, View, cell_of

#: A longer list is not printed.
MOST_ROWS = 1000


def views(result: Drawing, *, full: bool = False) -> list[View]:
    """The picture; in full two tables, of the nodes and of the edges."""
    return [_nodes(result), _edges(result)] if full else [Picture(lambda ascii: _text(result, ascii))]


def _text(result: Drawing, ascii: bool) -> str:
    """The picture and what it means; a list where there is no room for one, or no library to make it."""
    from textwrap import wrap

    from ..drawing import characters, layout
    from ..text import block

    if len(result.nodes) > MOST_ROWS:
        hint = "the formats dot, mermaid, json and csv take any number; or draw a part of the expression"
        raise DcalcError("limit", f"a list of {len(result.nodes)} steps is too long to read", hint=hint)
    if len(result.nodes) > characters.MOST:
        why = f"{len(result.nodes)} steps are too many for a picture here"
    elif not layout.available():
        why = f"pip install 'dcalc[{layout.EXTRA}]' draws it as boxes and arrows"
    else:
        picture = characters.draw(result, ascii)
        words = [labels.caption(result), *labels.legend(result)]
        if picture is not None:
            words = [row for line in words for row in wrap(plain(line) if ascii else line, characters.WIDTH)]
            return "\n".join([picture, "", *words])
        why = f"the picture is wider than {characters.WIDTH} columns"
    table = _list(result)._replace(
        caption=f"{why};\n--out graph.html shows it step by step, --out graph.svg draws it\n"
    )
    return block(plain_view(table) if ascii else table, labels.digits_of(result))


def _list(result: Drawing) -> Table:
    """The steps in order, each with the steps that it is used by."""
    users: dict[int, list[str]] = {}
    for edge in result.edges:
        users.setdefault(edge.source, []).append(result.nodes[edge.target].symbol)
    other = labels.mode(result)
    rows: list[list[Cell]] = []
    for place, node in enumerate(result.nodes):
        value = labels.value_of(result, node)
        row: list[Cell] = [node.symbol, node.own if node.formula is None else labels.formula_text(result, node.formula)]
        row += [value or ""] if labels.has_values(result) else []
        row += [labels.derivative(result, place) or ""] if other else []
        remark = [", ".join(users[place])] if place in users else []
        rows.append([*row, "; ".join([*remark, *labels.remarks(result, place)])])
    values = ["value"] if labels.has_values(result) else []
    return Table(["step", "formula", *values, *([other] if other else []), "used by"], rows)


def _nodes(result: Drawing) -> Table:
    rows: list[list[Cell]] = [
        [
            node.name,
            node.operation,
            node.formula,
            "x".join(map(str, node.shape)),
            None if node.value is None else cell_of(node.value),
            *(cell_of(one.numbers[place]) if place in one.numbers else None for one in result.passes),
            "; ".join(labels.remarks(result, place)),
        ]
        for place, node in enumerate(result.nodes)
    ]
    return Table(["step", "operation", "formula", "shape", "value", *_headers(result, ""), "remarks"], rows)


def _edges(result: Drawing) -> Table:
    rows: list[list[Cell]] = [
        [
            result.nodes[edge.source].name,
            result.nodes[edge.target].name,
            edge.kind,
            edge.formula,
            edge.partial,
            *(cell_of(one.contributions[place]) if place in one.contributions else None for one in result.passes),
        ]
        for place, edge in enumerate(result.edges)
    ]
    return Table(["from", "to", "kind", "formula", "partial", *_headers(result, " contribution")], rows)


def _headers(result: Drawing, tail: str) -> list[str]:
    """The column of a pass, with its subject where there are several."""
    of = len(result.passes) > 1
    return [f"{labels.mode(result)}{tail}{f' of {one.subject}' if of else ''}" for one in result.passes]


def body(result: Drawing) -> dict[str, Any]:
    """The nodes and the edges; numbers of several passes by their subjects."""
    other = labels.mode(result)

    def of_passes(place: int, column: str) -> Any:
        found = {
            one.subject: nested_value(getattr(one, column)[place])
            for one in result.passes
            if place in getattr(one, column)
        }
        return found if len(result.passes) > 1 else next(iter(found.values()), None)

    nodes = []
    for place, node in enumerate(result.nodes):
        made: dict[str, Any] = {
            "name": node.name,
            "symbol": node.symbol,
            "kind": "input" if node.formula is None else "step",
            "operation": node.operation or None,
            "formula": None if node.formula is None else unparse(node.formula),
            "shape": list(node.shape),
            "value": None if node.value is None else nested_value(node.value),
            "active": node.active,
            "kink": node.kink,
        }
        nodes.append({**made, other: of_passes(place, "numbers")} if other else made)
    edges = []
    for place, edge in enumerate(result.edges):
        made = _edge(result, edge)
        edges.append({**made, "contribution": of_passes(place, "contributions")} if other else made)
    return {
        "kind": "graph",
        "mode": result.passes[0].mode if result.passes else None,
        "subjects": [one.subject for one in result.passes],
        "outputs": [result.nodes[place].name for place in result.outputs],
        "nodes": nodes,
        "edges": edges,
    }


def _edge(result: Drawing, edge: Edge) -> dict[str, Any]:
    return {
        "from": result.nodes[edge.source].name,
        "to": result.nodes[edge.target].name,
        "kind": edge.kind,
        "formula": None if edge.formula is None else unparse(edge.formula),
        "partial": None if edge.partial is None else nested_value(edge.partial),
    }


def markdown(result: Drawing, digits: int) -> str:
    """A Mermaid chart, which Markdown viewers draw."""
    from ..drawing import mermaid

    return f"```mermaid\n{mermaid.draw(result)}\n```\n\n" + "; ".join([labels.caption(result), *labels.legend(result)])


def latex(result: Drawing, digits: int) -> str:
    """A TikZ picture; the table of the steps where there is no library to place them."""
    from ..drawing import layout, tikz

    return tikz.draw(result) if layout.available() else tikz.table_of(result, digits)


def drawn(result: Drawing, form: str, digits: int) -> str:
    """SVG, a page, DOT or Mermaid."""
    from importlib import import_module

    module = import_module(f"...drawing.{'page' if form == 'html' else form}", __name__)
    text: str = module.draw(result)
    return text
