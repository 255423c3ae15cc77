"""An explanation: its steps, each with its rule, its subject and the whole derivative after it."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import Any

from ...backends.result import Nested
from ...commands.explain import Explained, Explanation
from ...commands.explain.jacobians import Factor, Product
from ...commands.explain.steps import Line, Section, Step
from ...language import ast, unparse
from ..arrays import Array, grid, inline
from ..json_values import nested_value
from ..numbers import number
from ..view import Cell, Count, Lines, Table, View, cell_of
from .pending import as_read

WIDTH = 79
#: People are shown so many steps at the beginning and at the end of a long explanation.
FIRST, LAST = 40, 10
#: A formula of more characters is cut (the result never is).
LONGEST = 400
#: Of the rewrites of one step so many are shown.
MOST_LINES = 12
IN_FULL = "--format json has it in full"


def views(result: Explained, *, full: bool = False) -> list[View]:
    """The text with the digits that people are shown by default; in full a table of all steps."""
    if not full:
        return [Lines(text(result, 10))]
    rows: list[list[Cell]] = []
    for one in result.items:
        for number_, (section, step) in enumerate(((s, step) for s in one.sections for step in s.steps), start=1):
            value = None if step.value is None else cell_of(step.value)
            rows.append([one.label, Count(number_), _text(section.symbol), step.rule, _text(step.formula), value])
    return [Table(["of", "step", "derivative", "rule", "formula", "value"], rows)]


def text(result: Explained, digits: int) -> str:
    """The explanations, one below the other, with an empty line between."""
    blocks = [_product(one, digits) for one in result.products]
    blocks += [_Writer(digits).explanation(one, several=len(result.items) > 1) for one in result.items]
    return "\n\n".join(blocks)


def written(tree: ast.Node | None, *, whole: bool = False) -> str:
    """A formula as people read it: d/dx[…] for what is still to be taken. whole: a result, as `diff` prints it."""
    if tree is None:
        return "… (a very long formula)"
    made = unparse(tree if whole else as_read(tree))
    if whole or len(made) <= LONGEST:
        return made
    return f"{made[: LONGEST // 2]} … {made[-LONGEST // 5 :]} ({len(made)} characters; {IN_FULL})"


def left_out(steps: list[Any]) -> tuple[int, int]:
    """The first and the last of the steps that are left out; (n, n) where all are shown."""
    if len(steps) <= FIRST + LAST:
        return len(steps), len(steps)
    return FIRST, len(steps) - LAST


def value_text(value: Nested | None, digits: int) -> str:
    """` = 12` behind a formula, nothing where there is no point."""
    if value is None:
        return ""
    made = cell_of(value)
    return f" = {inline(made, digits) if isinstance(made, Array) else number(made, digits)}"


def statements(line: Line) -> str:
    """A line's rule in general: (u*v)' = u'*v + v'*u."""
    return ", ".join(f"{_primed(before)} = {unparse(after)}" for before, after in line.statements)


def _primed(tree: ast.Node) -> str:
    made = unparse(tree)
    closed = isinstance(tree, ast.Name) or (isinstance(tree, ast.Call) and made.startswith(f"{tree.function}("))
    return f"{made}'" if closed else f"({made})'"


def at_point(line: Line) -> Nested | None:
    """A line's value, unless its formula is that number already."""
    return None if isinstance(line.after, ast.Number) else line.value


def together(step: Step) -> bool:
    """Whether all lines of a step go by one rule, which is told once."""
    return len({(line.rule, line.statements) for line in step.lines}) == 1


def labelled(one: Explanation) -> str:
    """The label of `diff`, of a value that has a name of its own by that name: dv1/dx, where `diff` has df1/dx."""
    return re.sub(
        r"f(\d+)/", lambda found: f"{one.name}/" if one.name.endswith(found[1]) else found[0], one.label, count=1
    )


def untitled(one: Explanation, section: Section) -> bool:
    """Whether a section needs no title: it is of the formula itself."""
    return section is one.sections[0] and section.of == one.formula


class _Writer:
    """Writes steps with running numbers."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.lines: list[str] = []
        self.number = 0

    def explanation(self, one: Explanation, *, several: bool) -> str:
        head = f"{one.name} = {written(one.formula)}"
        for name, tree in reversed(one.definitions):
            head += f", {name} = {written(tree)}"
        self._put("", head)
        if several or one.held:
            held = f"; {', '.join(one.held)} {'is' if len(one.held) == 1 else 'are'} held constant" if one.held else ""
            self._put("", f"{labelled(one)}: differentiated in {one.variable}{held}")
        steps = [(section, step) for section in one.sections for step in section.steps]
        first, last = left_out(steps)
        section: Section | None = None
        for k, (mine, step) in enumerate(steps):
            self.number += 1
            if first <= k < last:
                if k == first:
                    self.lines += ["", f"… {last - first} steps are left out here; --format json has all of them"]
                continue
            if mine is not section:
                if section is None or mine.of is not None or section.of is not None:
                    self._section(one, mine)
                section = mine
            self._step(mine, step, final=k == len(steps) - 1)
        if not steps:
            self._put("", f"d{one.name}/d{one.variable} = {written(one.result, whole=True)}")
        return "\n".join(self.lines)

    def _section(self, one: Explanation, section: Section) -> None:
        self.lines.append("")
        if untitled(one, section):
            return
        symbol = written(section.symbol)
        if section.of is None:
            self._put("", "Together")
            return
        held = f", {', '.join(section.held)} held constant" if section.held else ""
        subject = symbol.partition("/")[0].removeprefix("∂").removeprefix("d")
        self._put("", f"{symbol}, where {subject} = {written(section.of)}{held}")

    def _step(self, section: Section, step: Step, *, final: bool) -> None:
        head, tail = f"{self.number:<2} ", "   "
        alike = together(step)
        if not step.lines:
            self._put(head, step.rule)
        elif alike:
            line = step.lines[0]
            general = statements(line)
            self._put(head, f"{line.rule}{': ' if general else ''}{general}")
        else:
            self._put(head, step.stage)
        whole = step is section.steps[0] and section.of is not None and len(step.lines) == 1
        for line in step.lines[:MOST_LINES]:
            if not whole:
                self._line(line, alike)
            self._parts(line)
            if line.note:
                self._put("   ", f"({line.note})")
        if len(step.lines) > MOST_LINES:
            self._put(
                tail, f"… and {len(step.lines) - MOST_LINES} more like these; {IN_FULL.replace(' it ', ' them ')}"
            )
        if step.note:
            self._put(tail, f"({step.note})")
        value = "" if isinstance(step.formula, ast.Number) else value_text(step.value, self.digits)
        symbol = written(section.symbol)
        if final:
            self.lines.append(f"{tail}{symbol} = {written(step.formula, whole=True)}{value}")
        else:
            self._put(tail, f"{symbol} = {written(step.formula)}{value}")

    def _line(self, line: Line, alike: bool) -> None:
        done = f"{written(line.before)} = {written(line.after)}{value_text(at_point(line), self.digits)}"
        general = statements(line)
        rule = "" if alike else f"   {line.rule}{': ' if general else ''}{general}"
        if len(done) + len(rule) + 3 <= WIDTH:
            self.lines.append(f"   {done}{rule}")
        else:
            self._put("   ", done)
            if rule:
                self._put("      ", rule.strip())

    def _parts(self, line: Line) -> None:
        if not line.parts:
            return
        found = [f"{part.name} = {written(part.tree)}{value_text(part.value, self.digits)}" for part in line.parts]
        found += [f"{p.name}'{value_text(p.slope, self.digits)}" for p in line.parts if p.slope is not None]
        self._put("   ", f"with {', '.join(found)}")

    def _put(self, head: str, content: str) -> None:
        """A line, wrapped at blanks."""
        hanging = " " * (len(head) + 4)
        found = wrap(content, WIDTH - len(head), break_long_words=False, break_on_hyphens=False,
                     subsequent_indent="    ") or [""]  # fmt: skip
        self.lines += [head + found[0], *(hanging[:-4] + more for more in found[1:])]


# -- the product of Jacobians ----------------------------------------------------------------------------------------


def jacobian(factor: Factor) -> str:
    """J_f(x, y)."""
    return f"J_{factor.of}({', '.join(factor.wrt)})"


def sizes(product: Product) -> str:
    """2x2 = 2x3·3x2."""
    shapes = ["x".join(map(str, factor.shape)) for factor in product.factors]
    return f"{'x'.join(map(str, product.product.shape))} = {'·'.join(shapes)}"


def _product(product: Product, digits: int) -> str:
    lines = ["Chain rule for Jacobians: rows are outputs, columns are inputs"]
    lines.append(f"{jacobian(product.product)} = {'·'.join(map(jacobian, product.factors))}      {sizes(product)}")
    lines += [f"   {name} = {written(tree)}" for name, tree in product.definitions]
    for factor in (*product.factors, product.product):
        title = f"   {jacobian(factor)} = "
        done = "the product = " if factor is product.product else ""
        lines.append(f"{title}{done}{written(factor.formula, whole=factor is product.product)}")
        if factor.value is not None:
            made = cell_of(factor.value)
            assert isinstance(made, Array)
            rows = grid(made, digits)
            lines += [("      = " if not k else "        ") + row for k, row in enumerate(rows)]
    return "\n".join(lines)


# -- JSON ------------------------------------------------------------------------------------------------------------


def _text(tree: ast.Node | None) -> str | None:
    return None if tree is None else unparse(tree)


def body(result: Explained) -> dict[str, Any]:
    """Every step in full, formulas in the language: `diff(e, x)` is what is still to be differentiated."""
    items = [_item(one) for one in result.items]
    found: dict[str, Any] = {"kind": "explain", "wrt": result.wrt, "explanations": items}
    if result.products:
        found["products"] = [
            {
                "factors": [_factor(one) for one in product.factors],
                "definitions": {name: _text(tree) for name, tree in product.definitions},
                "product": _factor(product.product),
            }
            for product in result.products
        ]
    return found


def _item(one: Explanation) -> dict[str, Any]:
    steps = [_step(section, step) for section in one.sections for step in section.steps]
    made: dict[str, Any] = {"label": one.label, "name": one.name, "wrt": one.variable, "formula": _text(one.formula)}
    if one.held:
        made["held"] = one.held
    if one.definitions:
        made["definitions"] = {name: _text(tree) for name, tree in one.definitions}
    made |= {"steps": steps, "derivative": _text(one.result)}
    return made if one.value is None else {**made, "value": nested_value(one.value)}


def _step(section: Section, step: Step) -> dict[str, Any]:
    made: dict[str, Any] = {"derivative_of": _text(section.symbol), "rule": step.rule, "stage": step.stage}
    if section.held:
        made["held"] = section.held
    if step.lines:
        made["rewrites"] = [_rewrite(line) for line in step.lines]
    made["formula"] = _text(step.formula)
    if step.value is not None:
        made["value"] = nested_value(step.value)
    return {**made, "note": step.note} if step.note else made


def _rewrite(line: Line) -> dict[str, Any]:
    made: dict[str, Any] = {
        "rule": line.rule,
        "subject": _text(line.subject),
        "before": _text(line.before),
        "after": _text(line.after),
    }
    if line.statements:
        made["in_general"] = statements(line)
    if line.parts:
        made["with"] = {}
        for part in line.parts:
            found: dict[str, Any] = {"formula": _text(part.tree)}
            for key, value in (("value", part.value), ("derivative", part.slope)):
                if value is not None:
                    found[key] = nested_value(value)
            made["with"][part.name] = found
    if line.value is not None:
        made["value"] = nested_value(line.value)
    return {**made, "note": line.note} if line.note else made


def _factor(factor: Factor) -> dict[str, Any]:
    made: dict[str, Any] = {"of": factor.of, "wrt": list(factor.wrt), "shape": list(factor.shape)}
    made["formula"] = _text(factor.formula)
    return made if factor.value is None else {**made, "value": nested_value(factor.value)}


# -- LaTeX and Markdown ----------------------------------------------------------------------------------------------


def latex(result: Explained, digits: int) -> str:
    """One align* for each explanation."""
    from .explanation_latex import document

    return document(result, digits)


def markdown(result: Explained, digits: int) -> str:
    """Headings, numbered steps, formulas as code."""
    from .explanation_markdown import document

    return document(result, digits)
