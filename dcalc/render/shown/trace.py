"""A trace: the table of steps, as the textbooks print it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from ...commands.trace.traced import Adjoint, Contribution, Quantity, Row, Trace, after, part_of
from ...commands.wengert import DOT, marked
from ...commands.wengert.formulas import bracketed, rebuilt, renamed
from ...language import ast, unparse
from ..arrays import Array
from ..json_values import nested_value, number
from ..view import Cell, Equation, Phrase, Table, View

#: People see this many rows, of longer traces EDGE at both ends.
MOST = 200
EDGE = 20
#: Arrays of more numbers are told by shape and norm, and lists in formulas of more items by their ends.
SMALL = 6
LONG = 8
#: More columns of tangents than this go into a table of their own.
SEEDS = 3

#: Above a table without the column.
NO_ROOM = "(too wide for the local partials: a wider terminal or format markdown has them)"

T = TypeVar("T")


def views(result: Trace, *, full: bool = False) -> list[View]:
    """The table with its caption; `full`: a column for each fact, in names that can be read back."""
    if full:
        return [_flat(result)]
    if result.mode == "reverse":
        return [_backward(result)]
    starts = range(0, len(result.seeds), SEEDS)
    return [_forward(result, range(k, min(k + SEEDS, len(result.seeds)))) for k in starts]


def _caption(result: Trace) -> str:
    if result.mode == "reverse":
        return f"reverse mode: the adjoints of {result.subject}, from the output back"
    seed = f"seed {result.subject}" if len(result.seeds) == 1 else f"a pass for each of {len(result.seeds)} seeds"
    return {
        "forward": f"forward mode, {seed}",
        "dual": f"dual numbers (value, derivative), {seed}",
        "matrix": f"dual numbers as matrices [[value, derivative], [0, value]], {seed}",
        "symbolic": f"symbols, {seed}",
    }[result.mode]


# -- forward ------------------------------------------------------------------------------------------------------


def _forward(result: Trace, seeds: range) -> Table:
    """The rows with the columns of some of the seeds."""
    rows: list[list[Cell]] = []
    for row in _thinned(result.rows):
        if isinstance(row, int):
            rows.append([_gap(row), *[None] * (len(_headers(result, seeds)) - 1)])
        else:
            assert isinstance(row, Row)
            rows.append(_cells(result, row, seeds))
    narrower = _forward(result._replace(arrays="norm"), seeds) if result.arrays == "auto" and _arrays(rows) else None
    caption = _caption(result) if not seeds.start else ""
    return Table(_headers(result, seeds), rows, caption, len(result.rows) > MOST, narrower)


def _arrays(rows: list[list[Cell]]) -> bool:
    """Whether arrays are shown in full."""
    cells = (cell for row in rows for cell in row)
    return any(
        isinstance(part, Array) for cell in cells for part in (cell.parts if isinstance(cell, Phrase) else (cell,))
    )


def _headers(result: Trace, seeds: range) -> list[str]:
    several = len(result.seeds) > 1
    along = [f"along {result.seeds[k]}" for k in seeds]
    if result.mode == "symbolic":
        return ["primal", "tangent", f"with seed {result.subject}"]
    if result.mode == "forward":
        return ["primal", "value", "tangent", *(along if several else ["value"])]
    return ["step", *(along if several else [{"dual": "pair"}.get(result.mode, result.mode)])]


def _cells(result: Trace, row: Row, seeds: range) -> list[Cell]:
    primal = _primal(result, row)
    if result.mode == "symbolic":
        return [primal, _tangent(result, row), Equation("", _read(result, row.seeded))]
    assert row.value is not None
    tangents = [row.tangents[k] for k in seeds]
    if result.mode == "forward":
        return [primal, _quantity(result, row.value), _tangent(result, row), *(_quantity(result, t) for t in tangents)]
    if result.mode == "matrix":
        return [primal, *(_matrix(row.value, tangent) for tangent in tangents)]
    return [primal, *(_pair(result, row.value, tangent) for tangent in tangents)]


def _primal(result: Trace, row: Row | Adjoint) -> Equation:
    """v₋₁ = x1; x1; v₆ = v₅·v₄."""
    name = result.pretty[row.name]
    if row.formula is None:
        return Equation(name, row.own or None)
    return Equation(name, _clipped(_pretty(result, row.formula)))


def _tangent(result: Trace, row: Row) -> Equation:
    name = result.pretty[row.tangent]
    if row.derivative is not None:
        return Equation(name, _read(result, row.derivative))
    if row.formula is not None:
        return Equation(name, "0")
    return Equation(name, marked(row.own, DOT) if row.own else None)


def _pair(result: Trace, value: Quantity, tangent: Quantity) -> Phrase:
    parts: list[float | Array | str] = ["("]
    for quantity, behind in ((value, ", "), (tangent, ")")):
        cell = _quantity(result, quantity)
        parts += [*(cell.parts if isinstance(cell, Phrase) else [cell]), behind]
    return Phrase(tuple(parts))


def _matrix(value: Quantity, tangent: Quantity) -> Array:
    (a,), (b,) = value.numbers, tangent.numbers
    return Array([a, b, 0.0, a], (2, 2))


# -- reverse ------------------------------------------------------------------------------------------------------


def _backward(result: Trace) -> Table:
    """A line for each contribution; without the partials' names, and without partials, where lines are short."""
    headers = ["primal", "value", "adjoint", "value", "local partial", "value"]
    rows: list[list[Cell]] = []
    for row in _thinned(result.rows):
        if isinstance(row, int):
            rows.append([_gap(row), *[None] * 5])
        else:
            assert isinstance(row, Adjoint)
            rows += _lines(result, row)
    if all(row[4] is None for row in rows):
        headers, rows = headers[:4], [row[:4] for row in rows]
    caption, shortened = _caption(result), len(result.rows) > MOST
    last = _backward(result._replace(arrays="norm")) if result.arrays == "auto" and _arrays(rows) else None
    if len(headers) == 4:
        return Table(headers, rows, caption, shortened, last)
    least = Table(headers[:4], [row[:4] for row in rows], f"{caption}\n{NO_ROOM}", shortened, last)
    nameless: list[list[Cell]] = [
        [*row[:4], Equation("", row[4].side) if isinstance(row[4], Equation) else row[4], row[5]] for row in rows
    ]
    return Table(headers, rows, caption, shortened, Table(headers, nameless, caption, shortened, least))


def _lines(result: Trace, row: Adjoint) -> Iterator[list[Cell]]:
    """The lines of one step: its primal beside the first of them."""
    primal: list[Cell] = [_primal(result, row), _quantity(result, row.value)]
    name = result.pretty[row.adjoint]
    for line in _thinned(row.contributions):
        if isinstance(line, int):
            yield [None, None, f"… {line} more contributions", None, None, None]
            continue
        left = unparse(_pretty(result, part_of(line, row.adjoint)), textbook=True)
        side = _read(result, after(line, row.adjoint))
        yield [*primal, Equation(left, side), _quantity(result, line.total), *_partial(result, row, line)]
        primal = [None, None]
    if not row.contributions or row.contributions[-1].part:
        known = row.output or row.contributions
        yield [*primal, Equation(name, None if known else "0"), _quantity(result, row.total), None, None]


def _partial(result: Trace, row: Adjoint, line: Contribution) -> list[Cell]:
    """∂v₆/∂v₅ = v₄ and its value."""
    if line.partial is None:
        return [None, None]
    name = f"∂{result.pretty[line.step]}/∂{result.pretty[row.name]}"
    return [Equation(name, _read(result, line.partial)), line.slope if line.taken or not line.slope else "not taken"]


# -- cells --------------------------------------------------------------------------------------------------------


def _thinned(rows: Sequence[T]) -> Iterator[T | int]:
    """The rows that people see; a number stands for so many that are left out."""
    if len(rows) <= MOST:
        yield from rows
        return
    yield from rows[:EDGE]
    yield len(rows) - 2 * EDGE
    yield from rows[-EDGE:]


def _gap(count: int) -> str:
    return f"… {count} more rows"


def _quantity(result: Trace, value: Quantity) -> float | Array | Phrase:
    """A number; an array in full or by its shape and norm."""
    if not value.shape:
        return value.numbers[0]
    small = len(value.numbers) <= SMALL if result.arrays == "auto" else result.arrays == "full"
    if small:
        return Array(value.numbers, value.shape)
    word = f"{value.shape[0]}-vector" if len(value.shape) == 1 else "x".join(map(str, value.shape))
    return Phrase((f"{word}, norm ", value.norm))


def _pretty(result: Trace, tree: ast.Node) -> ast.Node:
    return renamed(tree, lambda name: result.pretty.get(name, name))


def _read(result: Trace, tree: ast.Node | None) -> ast.Node | None:
    """A derivative's formula for the eye."""
    return None if tree is None else _clipped(_pretty(result, bracketed(tree)))


def _clipped(tree: ast.Node) -> ast.Node:
    """A formula whose long lists show their ends."""

    def change(node: ast.Node) -> ast.Node:
        if len(node.children) <= LONG or not isinstance(node, (ast.Vector, ast.Call)):
            return node
        few = (*node.children[:3], ast.Name("…"), node.children[-1])
        return ast.Vector(few) if isinstance(node, ast.Vector) else ast.Call(node.function, few)

    return rebuilt(tree, change)


# -- CSV, JSON, LaTeX ---------------------------------------------------------------------------------------------


def _flat(result: Trace) -> Table:
    """One fact in each column, for other programs."""
    rows: list[list[Cell]] = []
    if result.mode == "reverse":
        headers = ["name", "formula", "value", "adjoint", "adjoint value", "from", "contribution", "contribution value"]
        headers += ["partial", "partial value"]
        for row in result.rows:
            assert isinstance(row, Adjoint)
            whole: list[Cell] = [row.name, row.formula or row.own, _whole(row.value), row.adjoint, _whole(row.total)]
            rows += [
                [*whole, line.step, line.formula, _whole(line.value), line.partial, _slope(line)]
                for line in row.contributions
            ] or [[*whole, None, None, None, None, None]]
        return Table(headers, rows)
    several = len(result.seeds) > 1
    values = [f"along {seed}" for seed in result.seeds] if several else ["tangent value"]
    if result.mode == "symbolic":
        values = ["with seed"]
    headers = ["name", "formula", *([] if result.mode == "symbolic" else ["value"]), "tangent", "tangent formula"]
    for row in result.rows:
        assert isinstance(row, Row)
        value = [] if row.value is None else [_whole(row.value)]
        last: list[Cell] = [row.seeded] if row.value is None else [_whole(tangent) for tangent in row.tangents]
        rows.append([row.name, row.formula or row.own, *value, row.tangent, row.derivative, *last])
    return Table([*headers, *values], rows)


def _whole(value: Quantity) -> float | Array:
    return Array(value.numbers, value.shape) if value.shape else value.numbers[0]


def _slope(line: Contribution) -> float | None:
    return None if line.partial is None else line.slope


def body(result: Trace) -> dict[str, Any]:
    """The steps; formulas are over the plain names and can be read back."""
    facts: dict[str, Any] = {"kind": "trace", "mode": result.mode, "subject": result.subject}
    facts["names"] = "textbook" if result.textbook else "own"
    if result.seeds:
        facts["seeds"] = result.seeds
    steps: list[dict[str, Any]] = []
    for row in result.rows:
        step: dict[str, Any] = {"name": row.name, "symbol": result.pretty[row.name]}
        if row.own:
            step["own_name"] = row.own
        step["formula"] = _text(row.formula)
        if row.value is not None:
            step["value"] = _json(result, row.value)
        step |= _adjoint_facts(result, row) if isinstance(row, Adjoint) else _tangent_facts(result, row)
        steps.append(step)
    return {**facts, "steps": steps}


def _tangent_facts(result: Trace, row: Row) -> dict[str, Any]:
    facts: dict[str, Any] = {"tangent_name": row.tangent, "tangent_formula": _text(row.derivative)}
    if result.mode == "symbolic":
        return {**facts, "with_seed": _text(row.seeded)}
    if len(result.seeds) == 1:
        facts["tangent"] = _json(result, row.tangents[0])
    else:
        facts["tangents"] = {seed: _json(result, value) for seed, value in zip(result.seeds, row.tangents, strict=True)}
    if result.mode == "matrix":
        assert row.value is not None
        both = [_matrix(row.value, tangent).numbers for tangent in row.tangents]
        made = [[[number(a), number(b)], [number(c), number(d)]] for a, b, c, d in both]
        facts["matrix"] = made[0] if len(made) == 1 else dict(zip(result.seeds, made, strict=True))
    return facts


def _adjoint_facts(result: Trace, row: Adjoint) -> dict[str, Any]:
    lines = []
    for line in row.contributions:
        one: dict[str, Any] = {"from": line.step}
        if line.part:
            one["to"] = unparse(part_of(line, row.adjoint))
        one |= {"formula": unparse(line.formula), "value": _json(result, line.value), "taken": line.taken}
        if line.partial is not None:
            one |= {"partial_formula": unparse(line.partial), "partial": number(line.slope)}
        lines.append(one)
    return {"adjoint_name": row.adjoint, "adjoint": _json(result, row.total), "contributions": lines}


def _json(result: Trace, value: Quantity) -> Any:
    if value.shape and result.arrays == "norm":
        return {"shape": list(value.shape), "norm": number(value.norm)}
    return nested_value(value.nested)


def _text(tree: ast.Node | None) -> str | None:
    return None if tree is None else unparse(tree)


def latex(result: Trace, digits: int) -> str:
    """The tables as arrays, below each other."""
    from ..latex_cells import cell, stacked, table

    blocks = []
    for view in views(result):
        assert isinstance(view, Table)
        rows = [[cell(content, digits) for content in row] for row in view.rows]
        numeric = [any(isinstance(row[k], (float, Array, Phrase)) for row in view.rows) for k in range(len(rows[0]))]
        sides = ["r" if right else "l" for right in numeric]
        half = next((k for k, name in enumerate(view.headers) if name in ("tangent", "adjoint")), 0)
        columns = "".join(sides[:half]) + "|" * bool(half) + "".join(sides[half:])
        blocks.append(table(columns, view.headers, rows))
    return stacked(blocks)
