"""Verdicts of `check`: on a claim, on numbers, on the backends."""

from __future__ import annotations

import math
from typing import Any

from ...commands.check import Agreement
from ...commands.check.claim import Claim, Component
from ...commands.check.numbers import Numbers, Row
from ...commands.check.words import Found
from ...errors import Source
from ...language import unparse
from ..derivatives import compared_views
from ..errors import caret
from ..json_values import number, plain
from ..plain import plain as plain_text
from ..view import Cell, Estimate, Formula, Lines, Pairs, Picture, Table, View, cell_of

#: What each verdict is called, and what it means.
WORDS = {
    "proven": "PROVEN",
    "equal": "EQUAL ON SAMPLES",
    "wrong": "WRONG",
    "undecided": "UNDECIDED",
    "agree": "AGREE",
    "disagree": "DISAGREE",
    "right": "RIGHT",
    "kink": "KINK",
    "unknown": "NO FINITE DERIVATIVE",
}
#: Why a point says nothing.
LEFT_OUT = {
    "outside": "where the expression or its derivative is not defined",
    "undefined": "where the claim is not defined",
    "kink": "at a kink",
    "wide": "where rounding says too little",
    "path": "on another path",
}
#: Numbers that differ by less than this part of them look the same.
NEAR = 1e-6


def views(result: Claim | Numbers | Agreement, *, full: bool = False) -> list[View]:
    """The verdict in a line, and below it why."""
    if isinstance(result, Claim):
        return _claim(result)
    if isinstance(result, Numbers):
        return _numbers(result)
    return _agreement(result, full=full)


# -- claims ---------------------------------------------------------------------------------------------------------


def _claim(result: Claim) -> list[View]:
    shown: list[View] = []
    if len(result.items) > 1:
        wrong = [item.label for item in result.items if item.verdict == "wrong"]
        shown.append(Lines(WORDS[result.verdict] + (f": {', '.join(wrong)}" if wrong else "")))
    for item in result.items:
        shown += _component(result, item)
    return shown


def _component(result: Claim, item: Component) -> list[View]:
    formula = "" if item.formula is None else unparse(item.formula)
    head = f"{WORDS[item.verdict]}: "
    samples = item.counts.get("agree", 0)
    where = ", ".join(f"{name} from {low:.3g} to {high:.3g}" for name, (low, high) in result.ranges.items())
    if item.verdict == "proven":
        where = ", where your claim is defined" if item.counts.get("undefined") else ""
        shown: list[View] = [Lines(f"{head}{_equation(item.label, formula)}{where}")]
        if unparse(item.claim) != formula:
            shown.append(Lines("the simplifier turns your formula and this one into the same"))
    elif item.verdict == "equal":
        shown = [
            Lines(f"{head}{_equation(item.label, formula)}"),
            Lines(_folded(f"equal at {_count(samples, 'point')}, {where}")),
            Lines("within rounding errors; this is no proof"),
        ]
    elif item.verdict == "undecided":
        shown = [
            Lines(f"{head}no point was found that tells your {item.label} from the right one"),
            Pairs([("yours", item.claim), ("right", item.formula)]),
            Lines("--at gives a point where both are defined"),
        ]
    else:
        shown = _wrong(item, head)
    if item.verdict in ("equal", "undecided"):
        left_out = [f"{count} {LEFT_OUT[found]}" for found, count in item.counts.items() if found in LEFT_OUT]
        if left_out:
            shown.append(Lines(_folded(f"points left out: {', '.join(left_out)}")))
    if item.given is not None:
        pairs: list[tuple[str, Cell]] = [("yours at the point", item.given[0]), ("right at the point", item.given[1])]
        shown.append(Pairs(pairs))
    return shown


def _wrong(item: Component, head: str) -> list[View]:
    shown: list[View] = [Lines(f"{head}this is not {item.label}")]
    counter = item.counterexample
    if counter is not None:
        items: list[tuple[str, Cell]] = [(f"at {name}", cell_of(value)) for name, value in counter.point.items()]
        of = f" {counter.component}" if counter.component else ""
        items.append((f"yours{of}", "not defined" if math.isnan(counter.yours) else counter.yours))
        items.append((f"right{of}", counter.right))
        gap = counter.yours - counter.right
        if abs(gap) < NEAR * abs(counter.right):
            items.append(("difference", Estimate(gap)))
        shown.append(Pairs(items))
    if item.formula is not None:
        shown.append(Formula(f"right: {item.label}", item.formula))
    shown += _slip(item.slip)
    shown += [Lines(hint) for hint in item.hints]
    return shown


def _slip(slip: Found | None) -> list[View]:
    if slip is None:
        return []
    words = slip.message if slip.kind in slip.message else f"{slip.kind}: {slip.message}"
    source, span = slip.source, slip.span
    if source is None or span is None:
        return [Lines(_folded(f"likeliest slip: {words}"))]

    def draw(ascii: bool) -> str:
        text, (start, end) = source.text, span
        if ascii:  # the caret stands below what the characters have become
            text, start, end = plain_text(text), len(plain_text(text[:start])), len(plain_text(text[:end]))
        below = [line.rstrip() for line in caret(Source(text), (start, end))]
        head = f"likeliest slip: {words}"
        return "\n".join([_folded(plain_text(head) if ascii else head), *below])

    return [Picture(draw)]


def _folded(line: str, width: int = 80) -> str:
    """A long line in several; the later ones are set in."""
    import textwrap

    lines = textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def _equation(label: str, formula: str) -> str:
    return f"{label} = {formula}" if formula else label


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# -- numbers --------------------------------------------------------------------------------------------------------


def _numbers(result: Numbers) -> list[View]:
    wrong = [row.label for row in result.rows if row.verdict == "wrong"]
    head = WORDS[result.verdict] + (f": {', '.join(wrong[:8])}{', …' if len(wrong) > 8 else ''}" if wrong else "")
    rows: list[list[Cell]] = [_row(row) for row in result.rows]
    shown: list[View] = [Lines(head), Table(["", "yours", "right", "difference", "verdict"], rows)]
    for row in result.rows:
        if row.remark:
            shown.append(Lines(f"{row.label}: {row.remark}"))
        if row.slip is not None:
            shown += _slip(row.slip._replace(message=f"{row.label}: {row.slip.message}") if len(rows) > 1 else row.slip)
    shown.append(Lines(f"tolerance: {result.tolerance}"))
    return shown


def _row(row: Row) -> list[Cell]:
    if row.verdict == "missing":
        return [row.label, None, row.right, None, "not given"]
    return [row.label, row.yours, row.right, Estimate(row.yours - row.right), row.verdict]


# -- backends -------------------------------------------------------------------------------------------------------


def _agreement(result: Agreement, *, full: bool) -> list[View]:
    compared = result.compared
    names = ", ".join(answer.backend for answer in compared.answers)
    head = f"{WORDS[result.verdict]}: {names}; largest relative difference {compared.largest:.1e}"
    return [Lines(head), *compared_views(compared, full=full, verdict=False)]


# -- JSON -----------------------------------------------------------------------------------------------------------


def body(result: Claim | Numbers | Agreement) -> dict[str, Any]:
    """The verdict and what it rests on."""
    if isinstance(result, Claim):
        items = [_item(item) for item in result.items]
        ranges = {name: [number(low), number(high)] for name, (low, high) in result.ranges.items()}
        return {"kind": "check", "question": "claim", "verdict": result.verdict, "components": items, "ranges": ranges}
    if isinstance(result, Numbers):
        return {
            "kind": "check",
            "question": "numbers",
            "verdict": result.verdict,
            "components": [_number_row(row) for row in result.rows],
            "tolerance": result.tolerance,
        }
    from ..json_ import compared_body

    inner = compared_body(result.compared)
    return {**inner, "kind": "check", "question": "backends", "verdict": result.verdict, "of": inner["kind"]}


def _item(item: Component) -> dict[str, Any]:
    found: dict[str, Any] = {
        "label": item.label,
        "verdict": item.verdict,
        "right": None if item.formula is None else unparse(item.formula),
        "claim": unparse(item.claim),
        "samples": item.counts,
    }
    if item.counterexample is not None:
        counter = item.counterexample
        found["counterexample"] = {
            "point": {name: plain(value) for name, value in counter.point.items()},
            "yours": number(counter.yours),
            "right": number(counter.right),
        }
        if counter.component:
            found["counterexample"]["component"] = counter.component
    if item.slip is not None:
        found["slip"] = _slip_body(item.slip)
    if item.hints:
        found["hints"] = item.hints
    if item.given is not None:
        found["at_point"] = {"yours": number(item.given[0]), "right": number(item.given[1])}
    return found


def _slip_body(slip: Found) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": slip.kind, "message": slip.message}
    if slip.source is not None and slip.span is not None:
        found |= {"span": list(slip.span), "text": slip.source.text[slice(*slip.span)]}
    return found


def _number_row(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"label": row.label, "verdict": row.verdict, "right": number(row.right)}
    if row.verdict != "missing":
        found |= {"yours": number(row.yours), "difference": number(row.yours - row.right)}
        found["tolerance"] = number(row.tolerance)
    if row.sides is not None:
        found |= {"left": number(row.sides[0]), "right_hand": number(row.sides[1])}
    if row.remark:
        found["remark"] = row.remark
    if row.slip is not None:
        found["slip"] = _slip_body(row.slip)
    return found
