"""Characters that begin nothing in the language: what they are, and what to type instead."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .explain import Finding, Scene

#: Letters of other scripts that look like Latin or Greek ones (those that a keyboard or a web page gives).
LOOKALIKES = dict(
    zip(
        "аеорсухіјѕһԁԛԝәАВЕКМНОРСТХУІЈЅԌԚԜгпфωօոսցհաАՏՕՍⅼ",
        "aeopcyxijshdqwəABEKMHOPCTXYIJSGQWгпφωonugհաATOUl",
        strict=True,
    )
)
#: What other notations write, and what this language does.
MEANINGS = {
    "&": "write `and`",
    "∧": "write `and`",
    "∨": "write `or`",
    "¬": "write `not`",
    "~": "write `not` for a negation, or `-` for a sign",
    "%": "write `mod(a, b)` for a remainder, or `/100` for a percentage",
    "∞": "write `inf`",
    "÷": "write `/`",
    "∕": "write `/`",
    "⁄": "write `/`",
    "∗": "write `*`",
    "⋆": "write `*`",
    "•": "write `*`",
    "∙": "write `*`",
    "–": "write `-`",
    "—": "write `-`",
    "‐": "write `-`",
    "‑": "write `-`",
    "∛": "write `cbrt(…)`",
    "∜": "write `(…)^(1/4)`",
    "∂": "write `diff(…, x)`",
    "∇": "write `grad(…)`",
    "∑": "write `sum(… for k in 1..n)`",
    "∏": "write `prod(… for k in 1..n)`",
    "∫": "dcalc differentiates; it has no integrals",
    "°": "angles are radians: write `*pi/180`",
    "≈": "write `==` for an exact comparison, or `abs(a - b) < 1e-9`",
    "\\": "dcalc reads no LaTeX: write `sin(x)`, not `\\sin x`",
    "$": "write the expression without `$`",
    '"': "the language has no texts: write names and numbers",
    "“": "the language has no texts: write names and numbers",
    "”": "the language has no texts: write names and numbers",
    "‘": "the language has no texts: write names and numbers",
    "’": "a derivative is marked by `'`, as in `f'(x)`",
    "`": "the language has no texts: write names and numbers",
    "?": "write `if(condition, value, otherwise)`",
    ".": "a number has a digit beside its point, as in `0.5`",
}
_CONTROLS = {0: "NUL", 7: "BEL", 8: "BACKSPACE", 11: "VERTICAL TAB", 27: "ESCAPE", 127: "DELETE"}


def describe(character: str) -> str:
    """`CYRILLIC SMALL LETTER HA (U+0445)`, `NUL (U+0000)`."""
    code = ord(character)
    name = unicodedata.name(character, "") or _CONTROLS.get(code, "")
    if not name:
        name = "a control character" if unicodedata.category(character) == "Cc" else "a character without a name"
    return f"{name} (U+{code:04X})"


def explain(scene: Scene) -> Finding:
    """Message, span and hint for an ERROR token."""
    character = scene.token.text
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return f"the text holds {describe(character)}, which cannot be seen", scene.token.span, "remove it"
    shift = unicodedata.decomposition(character).partition(">")[0]
    if shift in ("<super", "<sub"):
        return _shifted(scene, shift == "<super")
    if character in "|!":
        return _bars_and_bangs(scene)
    if character == "&":
        end = scene.token.end + (scene.text[scene.token.end : scene.token.end + 1] == "&")
        return f"`{scene.text[scene.token.start : end]}` is no operator", (scene.token.start, end), MEANINGS["&"]
    if character in MEANINGS:
        known = f"`{character}`" if character.isascii() else f"`{character}`, {describe(character)},"
        return f"{known} has no meaning here", scene.token.span, MEANINGS[character]
    if unicodedata.decomposition(character).startswith("<fraction>"):
        plain = unicodedata.normalize("NFKC", character).replace("⁄", "/")
        return f"`{character}` has no meaning here", scene.token.span, f"write `({plain})`"
    if character.isalnum() or unicodedata.category(character).startswith("M"):
        return _letter(scene)
    return f"`{character}`, {describe(character)}, has no meaning here", scene.token.span, "remove it"


def _run(scene: Scene, kind: str) -> tuple[int, int]:
    # The characters of the same sort around the token: ₁₂ is one subscript.
    start = end = scene.token.start
    while end < len(scene.text) and unicodedata.decomposition(scene.text[end]).startswith(kind):
        end += 1
    while start and unicodedata.decomposition(scene.text[start - 1]).startswith(kind):
        start -= 1
    return start, end


def _shifted(scene: Scene, up: bool) -> Finding:
    from .explain import clip

    start, end = _run(scene, "<super" if up else "<sub")
    marks = clip(scene.text[start:end])
    plain = clip(unicodedata.normalize("NFKC", scene.text[start:end]).replace("−", "-"))
    word = start
    while word and (scene.text[word - 1].isalnum() or scene.text[word - 1] == "_"):
        word -= 1
    name = clip(scene.text[word:start])
    if up:
        return f"`{marks}` is not read as a power; only ² and ³ are", (start, end), f"write `{name}^{plain}`"
    return f"`{marks}` cannot stand in a name", (word, end), f"write `{name}{plain}` or `{name}_{plain}`"


def _bars_and_bangs(scene: Scene) -> Finding:
    from .explain import ENDS_OPERAND, clip

    text, start = scene.text, scene.token.start
    if scene.token.text == "!":
        if scene.before is not None and scene.before.type in ENDS_OPERAND:
            from .missing_operator import operand_before

            first = operand_before(scene.tokens, scene.at - 1)
            operand = clip(text[scene.tokens[first].start : scene.before.end])
            if operand.startswith("(") and operand.endswith(")"):
                operand = operand[1:-1]
            hint = f"the factorial is `gamma({operand} + 1)`"
            return "`!` has no meaning here", scene.token.span, hint
        return "`!` has no meaning here", scene.token.span, "write `not`"
    if text[start + 1 : start + 2] == "|":
        if scene.before is not None and scene.before.type in ENDS_OPERAND:
            return "`||` is no operator", (start, start + 2), "write `or`"
        return "`||` has no meaning here", (start, start + 2), "a norm is `hypot(x, y)` or `sqrt(x^2 + y^2 + z^2)`"
    other = text.find("|", start + 1)
    inside = clip(text[start + 1 : other].strip(), 60) if other > 0 else "x"
    if scene.before is not None and scene.before.type in ENDS_OPERAND:
        return "`|` is no operator", scene.token.span, f"write `or`, or `*abs({inside})` for an absolute value"
    span = (start, other + 1) if other > 0 else scene.token.span
    return "`|` has no meaning here", span, f"the absolute value is `abs({inside})`"


def _letter(scene: Scene) -> Finding:
    text, start = scene.text, scene.token.start
    first, last = start, start + 1
    while first and (text[first - 1].isalnum() or text[first - 1] == "_"):
        first -= 1
    while last < len(text) and (text[last].isalnum() or text[last] == "_"):
        last += 1
    character = scene.token.text
    plain = _plain(character)
    message = f"`{character}` is {describe(character)}"
    if plain != character:
        script = "Greek" if "Ͱ" <= plain[0] <= "Ͽ" else "Latin"
        kind = "digit" if plain.isdigit() else f"{script} letter"
        message += f", not the {kind} `{plain}`"
        word = "".join(_plain(letter) for letter in text[first:last])
        return message, (start, start + 1), f"type `{word[:40]}`"
    return f"{message}: names are made of Latin and Greek letters", (start, start + 1), "choose another name"


def _plain(character: str) -> str:
    """The Latin or Greek letter or ASCII digit that a character looks like or stands for; itself if there is none."""
    if character in LOOKALIKES:
        return LOOKALIKES[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character)
    if folded != character and folded and all(c.isascii() or "Ͱ" <= c <= "Ͽ" for c in folded):
        return folded
    return character
