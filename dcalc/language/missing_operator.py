"""Two operands side by side where no product may be left out: each reading, in the user's own text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .builder import SUPERSCRIPTS
from .lexer import Token

if TYPE_CHECKING:
    from .explain import Finding, Scene

#: Functions that people write without parentheses. Only for hints: what functions there are is the table's to say.
USUAL_FUNCTIONS = frozenset(
    (
        *("sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "acot"),
        *("sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh"),
        *("exp", "log", "ln", "log2", "log10", "sqrt", "cbrt", "abs", "sign", "floor", "ceil", "round"),
        *("erf", "gamma", "sigmoid", "relu"),
    )
)
INVERSES = {
    "sin": "asin",
    "cos": "acos",
    "tan": "atan",
    "cot": "acot",
    "sinh": "asinh",
    "cosh": "acosh",
    "tanh": "atanh",
}
#: What binds its right side tighter than a product does, so that the reading is in doubt.
TIGHT = frozenset(("DIVIDE", "MATMUL", "POWER", "ROOT"))


def explain(scene: Scene) -> Finding:
    """Message, span and hint for `1/2x`, `x y`, `sin x`, `2[1, 2]` and their like."""
    from .explain import clip

    tokens, at, text = scene.tokens, scene.at, scene.text
    first = operand_before(tokens, at - 1)
    last = operand_from(tokens, at)
    right = scene.slice(at, last)
    left_start, left_end = tokens[first].start, tokens[at - 1].end
    left = text[left_start:left_end]
    end = tokens[last - 1].end

    function = _function_hint(scene, first, last)
    if function:
        return function
    if tokens[at - 1].type == "NUMBER" == scene.token.type:
        return _two_numbers(scene)

    starts = _attachments(scene, left_start)
    whole = (starts[-1][0], end)
    if len(starts) == 1:
        hint = f"write `{clip(f'{left}*{right}', 60)}`"
        if tokens[at - 1].type == "NAME" and scene.token.type in ("NAME", "NUMBER") and scene.opened:
            if scene.calls(scene.opened[-1]):
                hint += f" for the product, or `{clip(f'{left}, {right}', 60)}` for two arguments"
        elif scene.token.type == "NAME" and scene.after is not None and scene.after.type == "ASSIGN":
            hint = "write `;` between two statements"
        message = f"an operator is missing between `{clip(left)}` and `{clip(right)}`"
        return message, (left_start, end), hint
    ways = {2: "two", 3: "three"}.get(len(starts), "several")
    starts = [*starts[:1], *starts[-2:]] if len(starts) > 3 else starts
    readings = []
    for place, (start, _) in reversed(list(enumerate(starts))):
        inner = text[start:left_end]
        if place == len(starts) - 1:
            doubtful = any(kind in ("DIVIDE", "MATMUL") for _, kind in starts)
            readings.append(f"({inner})*{right}" if doubtful else f"{inner}*{right}")
        else:
            readings.append(f"{text[whole[0] : start]}({inner}*{right})")
    shown = [f"`{clip(reading, 60)}`" for reading in readings]
    message = f"`{clip(text[slice(*whole)])}` can be read in {ways} ways"
    return message, whole, f"write {', '.join(shown[:-1])} or {shown[-1]}"


def _function_hint(scene: Scene, first: int, last: int) -> Finding | None:
    # sin x, sin 2x, sin^2(x), sin²x
    from .explain import clip

    tokens, at = scene.tokens, scene.at
    right = scene.slice(at, last)
    bare = right[1:-1] if right.startswith("(") and _closing(tokens, at) == last - 1 else right
    name = tokens[first].text
    if first == at - 1 and name in USUAL_FUNCTIONS:
        # Its argument goes on while operands stand side by side.
        while last < len(tokens) and tokens[last].type in ("NUMBER", "NAME", "LPAR", "ROOT", "LSQB"):
            last = operand_from(tokens, last)
        right = scene.slice(at, last)
        span = (tokens[first].start, tokens[last - 1].end)
        return f"`{name}` needs parentheses around its argument", span, f"write `{clip(f'{name}({right})', 60)}`"
    if tokens[at - 1].type == "SUPERSCRIPT" and first == at - 2 and name in USUAL_FUNCTIONS:
        power = SUPERSCRIPTS[tokens[at - 1].text]
        base = first
    else:
        base = first - 1
        while base > 0 and tokens[base].type == "SIGN":
            base -= 1
        if base < 1 or tokens[base].type != "POWER" or tokens[base - 1].text not in USUAL_FUNCTIONS:
            return None
        power = scene.slice(base + 1, at)
        base -= 1
    name = tokens[base].text
    span = (tokens[base].start, tokens[last - 1].end)
    message = f"the power of `{name}(…)` is written behind its argument"
    if power.replace("−", "-") in ("-1", "(-1)"):
        hint = f"write `1/{name}({bare})`"
        if name in INVERSES:
            hint += f", or `{INVERSES[name]}({bare})` for the inverse function"
        return message, span, hint
    return message, span, f"write `{clip(f'{name}({bare})^{power}', 60)}`"


def _two_numbers(scene: Scene) -> Finding:
    from .explain import clip

    before, token = scene.tokens[scene.at - 1], scene.token
    span = (before.start, token.end)
    if scene.touches():
        end = scene.at + 1
        while end < len(scene.tokens) and scene.tokens[end].type == "NUMBER":
            if scene.tokens[end].start != scene.tokens[end - 1].end:
                break
            end += 1
        span = (before.start, scene.tokens[end - 1].end)
        return (
            f"`{clip(scene.text[slice(*span)])}` is not a number",
            span,
            "a number has one decimal point, as in `1.25`",
        )
    return (
        f"an operator is missing between `{clip(before.text)}` and `{clip(token.text)}`",
        span,
        f"write `{clip(before.text)}*{clip(token.text)}`, or `{clip(before.text + token.text)}` for one number",
    )


def _attachments(scene: Scene, start: int) -> list[tuple[int, str]]:
    """Where the left factor of the left-out product could begin, innermost first, and what holds it there.

    For `1/x^2y` these are 2, x^2 and 1/x^2: the parser's stack says what the left operand hangs on.
    """
    values = scene.values
    place = len(values)
    while place and getattr(values[place - 1], "span", (-1, 0))[0] >= start:
        place -= 1
    starts = [(start, "")]
    while place:
        value = values[place - 1]
        if not isinstance(value, Token):
            if not isinstance(value, list) and len(starts) > 1 and hasattr(value, "span"):
                starts[-1] = (value.span[0], starts[-1][1])  # a coefficient: 2x^2y
            break
        if value.type == "SIGN" and place > 1 and getattr(values[place - 2], "type", "") in (*TIGHT, "SIGN"):
            starts[-1] = (value.span[0], starts[-1][1])
            place -= 1
        elif value.type == "ROOT":
            starts.append((value.span[0], value.type))
            place -= 1
        elif value.type in TIGHT and place > 1:
            starts.append((values[place - 2].span[0], value.type))
            place -= 2
        else:
            break
    return starts


def operand_before(tokens: list[Token], place: int) -> int:
    """Where the operand begins whose last token is at `place`."""
    while True:
        kind = tokens[place].type
        if kind == "SUPERSCRIPT":
            place -= 1
            continue
        if kind not in ("RPAR", "RSQB"):
            return place
        depth = 0
        while place >= 0:
            depth += (tokens[place].type in ("RPAR", "RSQB")) - (tokens[place].type in ("LPAR", "LSQB"))
            if not depth:
                break
            place -= 1
        before = tokens[place - 1].type if place else ""
        if tokens[place].type == "LPAR":
            if before in ("NAME", "IF"):
                return place - 1
            return place - 2 if before == "PRIMES" else place
        if before not in ("NAME", "RPAR", "RSQB"):
            return place
        place -= 1  # an index: what is indexed belongs to it


def operand_from(tokens: list[Token], place: int) -> int:
    """The place behind the operand, with its powers, that begins at `place`."""
    end = len(tokens)
    while True:
        while place < end and tokens[place].type in ("SIGN", "ROOT"):
            place += 1
        if place < end and tokens[place].type in ("NAME", "IF"):
            place += 1
            if place < end and tokens[place].type == "PRIMES":
                place += 1
            if place < end and tokens[place].type == "LPAR":
                place = _closing(tokens, place) + 1
        elif place < end and tokens[place].type in ("LPAR", "LSQB"):
            place = _closing(tokens, place) + 1
        else:
            place += 1
        while place < end and tokens[place].type == "LSQB":
            place = _closing(tokens, place) + 1
        if place < end and tokens[place].type == "SUPERSCRIPT":
            place += 1
        if place + 1 >= end or tokens[place].type != "POWER":
            return min(place, end)
        place += 1


def _closing(tokens: list[Token], place: int) -> int:
    depth = 0
    for later in range(place, len(tokens)):
        depth += (tokens[later].type in ("LPAR", "LSQB")) - (tokens[later].type in ("RPAR", "RSQB"))
        if not depth:
            return later
    return len(tokens) - 1
