r"""An explanation as LaTeX for math mode: equations below each other, each with its rule behind it."""

from __future__ import annotations

from ...commands.explain import READ_OFF, Explained, Explanation
from ...commands.explain.jacobians import Factor, Product
from ...commands.explain.steps import SIMPLIFY, Line, Section, Step
from ...language import ast
from ..latex_cells import aligned, cell, stacked
from ..latex_formula import latex_name, latex_of, latex_words
from ..view import cell_of
from .explanation import LONGEST, MOST_LINES, at_point, left_out, together

GAP = r" \qquad "


def document(result: Explained, digits: int) -> str:
    """The explanations, each its own block of equations."""
    blocks = [_product(one, digits) for one in result.products]
    return stacked([*blocks, *(_explanation(one, digits) for one in result.items)])


def _tree(tree: ast.Node | None) -> str:
    made = r"\dots" if tree is None else latex_of(tree)
    return made if len(made) <= 4 * LONGEST else r"\dots"


def _value(value: object, digits: int) -> str:
    return "" if value is None else f" = {cell(cell_of(value), digits)}"  # type: ignore[arg-type]


def _words(words: str) -> str:
    return rf"\text{{{latex_words(words)}}}"


def _explanation(one: Explanation, digits: int) -> str:
    lines = [(latex_name(one.name), _tree(one.formula))]
    lines += [(latex_name(name), _tree(tree)) for name, tree in reversed(one.definitions)]
    steps = [(section, step) for section in one.sections for step in section.steps]
    first, last = left_out(steps)
    for k, (section, step) in enumerate(steps):
        if first <= k < last:
            if k == first:
                lines.append(("", rf"\vdots {GAP}{_words(f'{last - first} steps are left out')}"))
            continue
        fresh = step is section.steps[0]
        if fresh and len(one.sections) > 1 and section.of is not None:
            held = f", {', '.join(section.held)} held constant" if section.held else ""
            lines.append(
                ("", rf"{latex_of(section.symbol)} {_words(' of ')} {_tree(section.of)} {_words(held) if held else ''}")
            )
        lines += _step(section, step, digits)
    return aligned(lines)


def _step(section: Section, step: Step, digits: int) -> list[tuple[str, str]]:
    alone = step is section.steps[0] and section.of is not None and len(step.lines) == 1
    lines = [] if alone else [line for one in step.lines[:MOST_LINES] for line in _line(one, together(step), digits)]
    head = step.lines[0].rule if together(step) else step.stage if step.lines else step.rule
    note = "".join(f"; {one.note}" for one in step.lines if one.note) if alone else ""
    final = step.rule in (SIMPLIFY, READ_OFF) and step.formula is not None
    formula = latex_of(step.formula) if final and step.formula else _tree(step.formula)
    whole = f"{formula}{_value(step.value, digits)}{GAP}{_words(head + note)}"
    if len(step.lines) > MOST_LINES:
        lines.append(("", rf"\quad \dots {GAP}{_words(f'{len(step.lines) - MOST_LINES} more like these')}"))
    lines.append((latex_of(section.symbol), whole))
    if alone:
        lines += _parts(step.lines[0], digits)
    return lines


def _line(line: Line, alike: bool, digits: int) -> list[tuple[str, str]]:
    rule = "" if alike else line.rule
    words = "; ".join(part for part in (rule, line.note) if part)
    rest = f"{GAP}{_words(words)}" if words else ""
    found = [("", rf"\quad {_tree(line.before)} = {_tree(line.after)}{_value(at_point(line), digits)}{rest}")]
    return [*found, *_parts(line, digits)]


def _parts(line: Line, digits: int) -> list[tuple[str, str]]:
    if not line.parts:
        return []
    parts = [f"{latex_name(part.name)} = {_tree(part.tree)}{_value(part.value, digits)}" for part in line.parts]
    parts += [f"{part.name}'{_value(part.slope, digits)}" for part in line.parts if part.slope is not None]
    return [("", rf"\quad {_words('with')}\ " + r",\ ".join(parts))]


def _product(product: Product, digits: int) -> str:
    def jacobian(factor: Factor) -> str:
        names = ", ".join(map(latex_name, factor.wrt))
        return rf"J_{{{latex_name(factor.of)}}}\left({names}\right)"

    lines = [(jacobian(product.product), r" \cdot ".join(map(jacobian, product.factors)))]
    lines += [(latex_name(name), _tree(tree)) for name, tree in product.definitions]
    for factor in (*product.factors, product.product):
        size = r" \times ".join(map(str, factor.shape))
        lines.append((jacobian(factor), f"{_tree(factor.formula)}{_value(factor.value, digits)}{GAP}({size})"))
    return aligned(lines)
