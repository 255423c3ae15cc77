"""An explanation as Markdown: headings, numbered steps, formulas as code."""

from __future__ import annotations

from ...commands.explain import Explained, Explanation
from ...commands.explain.jacobians import Product
from ...commands.explain.steps import Line, Section, Step
from .explanation import (
    MOST_LINES,
    at_point,
    jacobian,
    labelled,
    left_out,
    sizes,
    statements,
    together,
    value_text,
    written,
)


def document(result: Explained, digits: int) -> str:
    """The explanations."""
    blocks = [_product(one, digits) for one in result.products]
    return "\n\n".join([*blocks, *(_explanation(one, digits) for one in result.items)])


def _explanation(one: Explanation, digits: int) -> str:
    lines = [f"### {labelled(one)}", "", f"`{one.name} = {written(one.formula)}`"]
    lines += [f"with `{name} = {written(tree)}`" for name, tree in reversed(one.definitions)]
    if one.held:
        lines.append(f"({', '.join(one.held)} held constant)")
    steps = [(section, step) for section in one.sections for step in section.steps]
    first, last = left_out(steps)
    before: Section | None = None
    for k, (section, step) in enumerate(steps):
        if first <= k < last:
            if k == first:
                lines += ["", f"… {last - first} steps are left out here; `--format json` has all of them"]
            continue
        if section is not before:
            lines.append("")
            if len(one.sections) > 1:
                lines += [_title(section), ""]
            before = section
        lines += _step(k + 1, section, step, digits, final=k == len(steps) - 1)
    return "\n".join(lines)


def _title(section: Section) -> str:
    if section.of is None:
        return "**Together**"
    held = f", {', '.join(section.held)} held constant" if section.held else ""
    return f"**`{written(section.symbol)}`** of `{written(section.of)}`{held}"


def _step(number_: int, section: Section, step: Step, digits: int, *, final: bool) -> list[str]:
    head, indent = f"{number_}. ", " " * (len(str(number_)) + 2)
    if together(step):
        general = statements(step.lines[0])
        lines = [f"{head}**{step.lines[0].rule}**" + (f": `{general}`" if general else "")]
    else:
        lines = [f"{head}**{step.stage if step.lines else step.rule}**"]
    for line in step.lines[:MOST_LINES]:
        lines += [f"{indent}- {content}" for content in _line(line, together(step), digits)]
    if len(step.lines) > MOST_LINES:
        lines.append(f"{indent}- … and {len(step.lines) - MOST_LINES} more like these; `--format json` has them")
    if step.note:
        lines.append(f"{indent}- {step.note}")
    formula = f"`{written(section.symbol)} = {written(step.formula, whole=final)}{value_text(step.value, digits)}`"
    return [*lines, "", f"{indent}{formula}"]


def _line(line: Line, alike: bool, digits: int) -> list[str]:
    general = statements(line)
    rule = "" if alike else f" ({line.rule}" + (f": `{general}`)" if general else ")")
    found = [f"`{written(line.before)} = {written(line.after)}{value_text(at_point(line), digits)}`{rule}"]
    if line.parts:
        parts = [f"`{part.name} = {written(part.tree)}{value_text(part.value, digits)}`" for part in line.parts]
        parts += [f"`{part.name}'{value_text(part.slope, digits)}`" for part in line.parts if part.slope is not None]
        found.append("with " + ", ".join(parts))
    return [*found, line.note] if line.note else found


def _product(product: Product, digits: int) -> str:
    lines = ["### Chain rule for Jacobians", ""]
    lines += [
        f"`{jacobian(product.product)} = {'·'.join(map(jacobian, product.factors))}`, shapes {sizes(product)}",
        "",
    ]
    lines += [f"- `{name} = {written(tree)}`" for name, tree in product.definitions]
    for factor in (*product.factors, product.product):
        lines.append(f"- `{jacobian(factor)} = {written(factor.formula)}{value_text(factor.value, digits)}`")
    return "\n".join(lines)
