"""A cost: a table of the methods, and why one mode is cheaper.

Formulas, expression swell, passes one by one and the chain follow where they say more.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ...commands.cost import Chain, Cost
from ...graph.count import MOST, Work
from ...graph.shapes import name_of
from ...language import unparse
from ..arrays import GAP
from ..json_values import whole
from ..numbers import count
from ..view import SPACE, Cell, Count, Lines, Pairs, Table, View

#: Factors of a chain that are written down; of a longer one only the ends are.
MOST_FACTORS = 6


def views(result: Cost, *, full: bool = False) -> list[View]:
    """The tables, with words on them unless only numbers are wanted."""
    blocks: list[View] = [_methods(result)]
    if not full:
        blocks.append(Lines("\n".join(_why(result))))
    if result.formulas:
        blocks += _formulas(result)
    blocks.append(_swell(result))
    if result.inputs:
        blocks.append(_inputs(result))
    if result.outputs:
        rows: list[list[Cell]] = [[name, Count(one.operations)] for name, one in result.outputs]
        blocks.append(Table(["output", "operations"], rows, "a reverse pass from one output alone"))
    if result.chain is not None:
        blocks += _chain(result.chain, full=full)
    return blocks if full else _apart(blocks)


def _apart(blocks: list[View]) -> list[View]:
    """The blocks with an empty line before each that has a caption."""
    result: list[View] = []
    for block in blocks:
        if result and isinstance(block, (Pairs, Table)) and block.caption:
            result.append(SPACE)
        result.append(block)
    return result


def _methods(result: Cost) -> Table:
    value = result.value
    rows: list[tuple[str, str, Work | None, Work]] = [
        ("value", "", None, value),
        ("value written out", "", None, result.value_tree.work),
    ]
    if result.written is not None:
        tree, shared = result.written.tree.work, result.written.shared
        rows += [
            ("formula written out", "", tree, result.value_tree.work + tree),
            ("formula shared", "", shared, value + shared),
        ]
    for name, mode in (("forward", result.forward), ("reverse", result.reverse)):
        rows.append((name, _runs(mode.passes, "pass"), mode.total, value + mode.total))
    for one in result.quotients:
        runs = _runs(one.evaluations, "value")
        rows.append((f"fd {one.scheme}", runs, value.times(one.evaluations - 1), value.times(one.evaluations)))
    weighed = any(total.flops != total.operations for *_, total in rows)
    headers = ["method", "runs", "derivative", "with value", "x value", *(["flops"] if weighed else [])]
    body: list[list[Cell]] = []
    for name, runs, alone, total in rows:
        ratio = None if not value.operations else _ratio(total.operations, value.operations)
        cells: list[Cell] = [name, runs, None if alone is None else Count(alone.operations), Count(total.operations)]
        body.append([*cells, ratio, *([Count(total.flops)] if weighed else [])])
    inputs, outputs = _many(result.n, "input"), _many(result.m, "output")
    return Table(headers, body, f"operations: {inputs}, {outputs}")


def _ratio(one: int, other: int) -> float | Count | None:
    """How many times as much; None where that is beyond counting."""
    if one >= MOST:
        return None
    return round(one / other, 2) if one < 1000 * other else Count(one // other)


def _runs(number: int, noun: str) -> str:
    return _many(number, noun, "es" if noun == "pass" else "s")


def _many(number: int, noun: str, ending: str = "s") -> str:
    return f"{count(number)} {noun}{ending if number != 1 else ''}"


def _why(result: Cost) -> list[str]:
    name, reason = result.chosen
    words = [
        f"forward mode takes {_runs(result.forward.passes, 'pass')}, one for each input;",
        f"reverse mode takes {_runs(result.reverse.passes, 'pass')}, one for each output:",
        f"--backend auto takes {name} ({reason})",
    ]
    mine, other = (result.forward, result.reverse) if name == "forward" else (result.reverse, result.forward)
    a, b = mine.total.operations, other.total.operations
    rough = "at most " if mine.rough or other.rough else ""
    if a > b:
        rival = "reverse" if name == "forward" else "forward"
        words.append(f"counted, {rival} is the cheaper one all the same: {rough}{count(b)} operations, not {count(a)}")
    elif a < b:
        words.append(f"counted, it is the cheaper one: {rough}{count(a)} operations, not {count(b)}")
    else:
        words.append(f"counted, both take {rough}{_many(a, 'operation')} beside the value")
    if result.why_not:
        words.append(f"no formula: {result.why_not}")
    return words


def _formulas(result: Cost) -> list[View]:
    steps = Pairs(list(result.steps), caption=f"the value in steps: {_many(result.value.operations, 'operation')}")
    rows: list[list[Cell]] = []
    for one in result.formulas:
        rows.append([one.label, "written out", Count(one.operations), one.tree or GAP])
        if one.tree != one.shared:
            rows.append(["", "from the steps", Count(one.shared_operations), one.shared])
    return [steps, Table(["", "", "operations", "formula"], rows, "the derivative as a formula")]


def _swell(result: Cost) -> Table:
    rows: list[list[Cell]] = [["value", Count(result.value_tree.size), Count(result.value_nodes)]]
    if result.written is not None:
        raw, nodes = result.written.raw
        rows.append(["derivative by the rules", Count(raw.size), Count(nodes)])
        if result.written.simplified:
            rows.append(["the same, simplified", Count(result.written.tree.size), Count(result.written.size)])
    for name, mode in (("forward", result.forward), ("reverse", result.reverse)):
        rows.append([f"{name} mode", None if mode.tree is None else Count(mode.tree.size), Count(mode.nodes)])
    return Table(["", "as a tree", "as a graph"], rows, "expression swell: nodes")


def _inputs(result: Cost) -> Table:
    rows: list[list[Cell]] = []
    for one in result.inputs:
        forward = None if one.forward is None else Count(one.forward.operations)
        reverse = None if one.reverse is None else Count(one.reverse.operations)
        rows.append([one.name, name_of(one.shape), forward, reverse])
    headers = ["input", "", "forward, a pass", "reverse, to it alone"]
    return Table(headers, rows, "each input alone: operations beside the value (no gradient needs another's)")


def _chain(chain: Chain, *, full: bool) -> list[View]:
    sizes, m, n = chain.sizes, chain.sizes[0], chain.sizes[-1]
    left = [f"{m}·{sizes[k]}·{sizes[k + 1]}" for k in range(1, len(sizes) - 1)]
    right = [f"{sizes[k]}·{sizes[k + 1]}·{n}" for k in range(len(sizes) - 3, -1, -1)]
    factors = [f"d{a}/d{b}" for a, b in pairwise(chain.names)]
    rows: list[list[Cell]] = [
        [_bracketed(factors, reverse=True), "reverse", Count(chain.from_left), _sum(left)],
        [_bracketed(factors, reverse=False), "forward", Count(chain.from_right), _sum(right)],
    ]
    shapes = [f"{a}x{b}" for a, b in pairwise(sizes)]
    product = " · ".join(_some([f"{f} ({s})" for f, s in zip(factors, shapes, strict=True)]))
    headers = ["bracketing", "mode", "multiplications", "= rows·inner·columns"]
    blocks: list[View] = [Table(headers, rows, f"the chain {product}")]
    if full:
        return blocks
    a, b = chain.from_left, chain.from_right
    if a == b:
        words = "both take as many"
    else:
        words = f"cheaper: {'reverse' if a < b else 'forward'}, whose products stay "
        words += f"{_many(m, 'row')} high (outputs)" if a < b else f"{_many(n, 'column')} wide (inputs)"
    words += "\n(counted as full matrices; that of an elementwise step is diagonal)"
    blocks.append(Lines(words))
    if chain.where:
        blocks.insert(0, Pairs(list(chain.where), caption="the steps that everything passes through"))
    return blocks


def _bracketed(factors: list[str], *, reverse: bool) -> str:
    if len(factors) > MOST_FACTORS:
        return f"from the {'left' if reverse else 'right'}"
    if reverse:
        text = factors[0]
        for k, factor in enumerate(factors[1:], start=2):
            text = f"{text}·{factor}"
            text = f"({text})" if k < len(factors) else text
        return text
    text = factors[-1]
    for k, factor in enumerate(reversed(factors[:-1]), start=2):
        text = f"{factor}·{text}"
        text = f"({text})" if k < len(factors) else text
    return text


def _some(parts: list[str]) -> list[str]:
    return parts if len(parts) <= MOST_FACTORS else [*parts[:2], "…", parts[-1]]


def _sum(parts: list[str]) -> str:
    return " + ".join(_some(parts))


def body(result: Cost) -> dict[str, Any]:
    """Everything; counts of more than 300 digits are words."""
    written = result.written
    methods: dict[str, Any] = {"value": {"shared": _work(result.value), "written_out": _work(result.value_tree.work)}}
    if written is not None:
        methods["symbolic"] = {"written_out": _work(written.tree.work), "shared": _work(written.shared)}
    for name, mode in (("forward", result.forward), ("reverse", result.reverse)):
        methods[name] = {"passes": mode.passes, "work": _work(mode.total), "at_most": mode.rough}
    methods["fd"] = {
        one.scheme: {"evaluations": one.evaluations, "for_the_estimate": one.extra} for one in result.quotients
    }
    swell: dict[str, Any] = {"value": _size(result.value_tree.size, result.value_nodes)}
    if written is not None:
        swell["rules"] = _size(written.raw[0].size, written.raw[1])
        if written.simplified:
            swell["simplified"] = _size(written.tree.size, written.size)
    for name, mode in (("forward", result.forward), ("reverse", result.reverse)):
        swell[name] = _size(None if mode.tree is None else mode.tree.size, mode.nodes)
    found: dict[str, Any] = {
        "kind": "cost",
        "inputs": result.n,
        "outputs": result.m,
        "methods": methods,
        "chosen": result.chosen[0],
        "because": result.chosen[1],
        "swell": swell,
    }
    if result.why_not:
        found["no_formula"] = result.why_not
    if result.formulas:
        found["steps"] = {name: unparse(tree) for name, tree in result.steps}
        found["formulas"] = [
            {
                "label": one.label,
                "written_out": None if one.tree is None else unparse(one.tree),
                "operations": whole(one.operations),
                "from_the_steps": unparse(one.shared),
                "operations_from_the_steps": whole(one.shared_operations),
            }
            for one in result.formulas
        ]
    if result.inputs:
        found["each_input"] = {
            one.name: {
                "forward_pass": None if one.forward is None else _work(one.forward),
                "reverse_alone": None if one.reverse is None else _work(one.reverse),
            }
            for one in result.inputs
        }
    if result.outputs:
        found["each_output"] = {name: _work(one) for name, one in result.outputs}
    if result.chain is not None:
        found["chain"] = {
            "names": result.chain.names,
            "sizes": result.chain.sizes,
            "from_left": whole(result.chain.from_left),
            "from_right": whole(result.chain.from_right),
        }
    return found


def _work(one: Work) -> dict[str, int | str]:
    return {"operations": whole(one.operations), "flops": whole(one.flops)}


def _size(tree: int | None, graph: int) -> dict[str, Any]:
    return {"tree": None if tree is None else whole(tree), "graph": graph}
