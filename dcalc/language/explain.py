"""Why a text is not of the language, in a user's words. Imported only when one is not.

Every message says what was found; every hint is a next step, in the user's own text where that is possible.
"""

from __future__ import annotations

from ..errors import DcalcError, Source, Span
from .builder import SUPERSCRIPTS
from .driver import Unexpected
from .lexer import CLOSES, END, ERROR, Token

#: What stands at the end of an operand, and at the beginning of one.
ENDS_OPERAND = frozenset(("NUMBER", "NAME", "ANSWER", "RPAR", "RSQB", "SUPERSCRIPT"))
ENDS_STATEMENT = ENDS_OPERAND | {"RBRACE", "BREAK"}
STARTS_OPERAND = frozenset(("NUMBER", "NAME", "LPAR", "LSQB", "ROOT", "IF"))
OPERATORS = frozenset(("SIGN", "TIMES", "DIVIDE", "MATMUL", "POWER", "ROOT", "RELATION", "AND", "OR", "NOT"))
CLOSERS = CLOSES
OPENERS = {opener: closer for closer, opener in CLOSERS.items()}
BRACKET = {"LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "LBRACE": "{", "RBRACE": "}"}
#: What stands between statements, or before the first one of a block.
SEPARATORS = frozenset(("SEMICOLON", "NEWLINE", "LBRACE"))

#: Two operators in a row that other languages write, and what they are called here.
PAIRS = {
    "=<": "`<=` is less or equal",
    "=>": "`>=` is greater or equal",
    "<>": "`!=` is unequal",
    "===": "`==` compares",
    "!==": "`!=` is unequal",
    "^^": "`^` is the power",
    "**^": "`^` is the power",
    "^**": "`^` is the power",
    "***": "`^` is the power",
    "//": "`/` divides; `floor(a/b)` is the quotient without its remainder",
    "+=": "a name gets its value once, as in `b = a + 1`",
    "-=": "a name gets its value once, as in `b = a - 1`",
    "*=": "a name gets its value once, as in `b = a*2`",
    "/=": "`!=` is unequal",
}

Finding = tuple[str, Span, str | None]


def clip(text: str, limit: int = 40) -> str:
    """A user's text for a message: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class Scene:
    """Where the parser stopped: the tokens, the place of the one it had no use for, and its stack."""

    def __init__(self, source: Source, start: str, tokens: list[Token], problem: Unexpected) -> None:
        self.source = source
        self.text = source.text
        self.bindings = start == "bindings"
        self.values = problem.values
        self.token = problem.token
        self.at = next((i for i, token in enumerate(tokens) if token is problem.token), len(tokens))
        self.tokens = tokens
        self.before = tokens[self.at - 1] if self.at else None
        self.after = tokens[self.at + 1] if self.at + 1 < len(tokens) else None
        self.opened: list[int] = []  # the places of the brackets that are open here
        for place, token in enumerate(tokens[: self.at]):
            if token.type in OPENERS:
                self.opened.append(place)
            elif token.type in CLOSERS and self.opened:
                self.opened.pop()

    def slice(self, first: int, behind: int) -> str:
        """The user's text from one token up to another."""
        return self.text[self.tokens[first].span[0] : self.tokens[behind - 1].span[1]]

    def touches(self) -> bool:
        """Whether nothing stands between the token and the one before it."""
        return self.before is not None and self.before.end == self.token.start

    @property
    def bracket(self) -> int | None:
        """The place of the bracket that the token stands in: none where statements stand, as in braces."""
        return self.opened[-1] if self.opened and self.tokens[self.opened[-1]].type != "LBRACE" else None

    def runs_over_lines(self) -> bool:
        """Whether a bracket that was opened on an earlier line is still open: then it may be the mistake."""
        place = self.bracket
        return place is not None and "\n" in self.text[self.tokens[place].end : self.token.start]

    def calls(self, place: int) -> bool:
        """Whether the bracket at this place holds the arguments of a call."""
        return (
            self.tokens[place].type == "LPAR" and place > 0 and self.tokens[place - 1].type in ("NAME", "IF", "PRIMES")
        )


def unexpected(source: Source, start: str, tokens: list[Token], problem: Unexpected) -> DcalcError:
    """The error for a token that cannot stand where it stands."""
    scene = Scene(source, start, tokens, problem)
    message, span, hint = _find(scene)
    return DcalcError("syntax", message, source=source, span=span, hint=hint)


def _find(scene: Scene) -> Finding:
    kind = scene.token.type
    if kind == ERROR:
        from .characters import explain

        return explain(scene)
    if kind == "ANSWER":
        return _answer(scene)
    from . import explain_programs as programs

    for look in (
        *(_empty, programs.words, _half_call, _pair, programs.tuple_without_arrow, _comma, _closer),
        *(programs.block_missing, _end, programs.shape, programs.condition, _assign, programs.marks, _marks),
    ):
        finding = look(scene)
        if finding:
            return finding
    before = scene.before
    if before is not None and before.type in ENDS_OPERAND and kind in STARTS_OPERAND:
        if scene.runs_over_lines() and "\n" in scene.text[before.end : scene.token.start]:
            return _unclosed(scene)
        from .missing_operator import explain as readings

        return readings(scene)
    return _operator(scene)


def _answer(scene: Scene) -> Finding:
    said, before = scene.token.text, scene.before
    if before is not None and before.type in ENDS_OPERAND:
        number = said[1:]
        message = f"`{said}` is an earlier answer of a session, and an operator is missing before it"
        return message, scene.token.span, f"the remainder is `mod(x, {number})`, a product `x*{said}`"
    return f"`{said}` is an earlier answer of a session and cannot stand here", scene.token.span, "it is a number"


def _empty(scene: Scene) -> Finding | None:
    if scene.tokens:
        return None
    return "nothing was given to compute", (0, len(scene.text)), "write an expression, as in `x^2 + 1`"


def _half_call(scene: Scene) -> Finding | None:
    # What only makes sense before `(`.
    before = scene.before
    if before is None:
        return None
    if before.type == "PRIMES":
        name = scene.tokens[scene.at - 2].text + before.text
        return f"`{name}` has no argument", (scene.tokens[scene.at - 2].start, before.end), f"write `{name}(x)`"
    return None


def _pair(scene: Scene) -> Finding | None:
    if not scene.touches() or scene.before is None:
        return None
    written = scene.before.text + scene.token.text
    if written not in PAIRS:
        return None
    return f"`{written}` is no operator", (scene.before.start, scene.token.end), PAIRS[written]


def _comma(scene: Scene) -> Finding | None:
    token, before, after = scene.token, scene.before, scene.after
    if token.type != "COMMA":
        return None
    if before is None or before.type == "COMMA" or before.type in OPENERS or before.type in SEPARATORS:
        thing = "an argument" if scene.bracket is not None and scene.calls(scene.bracket) else "an item"
        return f"{thing} is missing before `,`", token.span, "write it, or remove the `,`"
    if before.type not in ENDS_OPERAND:
        return None
    if scene.bracket is not None:
        group = scene.bracket
        if any(token.type == "FOR" for token in scene.tokens[group : scene.at]):
            hint = "write it in brackets of its own, as in `[x^2 for x in v]`"
            return "a comprehension stands alone in its brackets", token.span, hint
        end = _matching(scene.tokens, group)
        inside = clip(scene.text[scene.tokens[group].end : scene.tokens[end].start if end else None])
        return (
            "`,` separates arguments and items, and these parentheses hold one value",
            token.span,
            (f"a vector is written `[{inside}]`"),
        )
    if after is not None and before.type == "NUMBER" and after.type == "NUMBER":
        return (
            "`,` is no decimal point",
            token.span,
            f"write `{before.text}.{after.text}`, or `[{before.text}, {after.text}]`",
        )
    return (
        "`,` stands outside of brackets",
        token.span,
        "a vector is written in brackets, as in `[x, y]`; statements are separated by `;`",
    )


def _matching(tokens: list[Token], place: int) -> int | None:
    depth = 0
    for later in range(place, len(tokens)):
        kind = tokens[later].type
        depth += (kind in OPENERS) - (kind in CLOSERS)
        if not depth:
            return later
    return None


def _closer(scene: Scene) -> Finding | None:
    token, before = scene.token, scene.before
    if token.type not in CLOSERS:
        return None
    here = BRACKET[token.type]
    if not scene.opened:
        opener = BRACKET[CLOSERS[token.type]]
        return f"`{here}` closes nothing", token.span, f"remove it, or write the `{opener}` that it should close"
    opened = scene.tokens[scene.opened[-1]]
    if OPENERS[opened.type] != token.type:
        wanted = BRACKET[OPENERS[opened.type]]
        return f"`{here}` cannot close `{opened.text}`", token.span, f"write `{wanted}` before it or in its place"
    assert before is not None
    if before is opened:
        span = (opened.start, token.end)
        if token.type == "RPAR":
            return "these parentheses hold nothing", span, "write an expression between them"
        if scene.at >= 2 and scene.tokens[scene.at - 2].type in ENDS_OPERAND:
            return "the index is missing", span, "indices count from 1, as in `x[1]`"
        return "a vector has at least one item", span, "write its items, as in `[1, 2]`"
    if before.type == "COMMA":
        return "an argument is missing after `,`", before.span, "write it, or remove the `,`"
    return None


def _end(scene: Scene) -> Finding | None:
    # The text, or a statement, is over.
    token, before = scene.token, scene.before
    if token.type not in (END, "SEMICOLON", "NEWLINE") and token.type not in CLOSERS:
        return None
    if before is not None and before.type not in ENDS_STATEMENT and before.type not in OPENERS:
        if before.type == "ASSIGN":
            name = scene.tokens[scene.at - 2].text if scene.at >= 2 else "x"
            return f"nothing follows `{before.text}`", before.span, f"give the value, as in `{name} {before.text} 2`"
        if before.type == "COMMA":
            return "nothing follows `,`", before.span, "write what comes next, or remove the `,`"
        return f"nothing follows `{before.text}`", before.span, f"write its right side, or remove the `{before.text}`"
    if scene.bracket is not None or (scene.opened and token.type == END):
        return _unclosed(scene)
    if scene.bindings:
        return _no_value(scene)
    return None


def _unclosed(scene: Scene) -> Finding:
    place = scene.opened[-1]
    opened = scene.tokens[place]
    wanted = BRACKET[OPENERS[opened.type]]
    missing = "".join(BRACKET[OPENERS[scene.tokens[p].type]] for p in reversed(scene.opened))
    if scene.calls(place):
        first = place - 2 if scene.tokens[place - 1].type == "PRIMES" else place - 1
        span = (scene.tokens[first].start, opened.end)
        message = f"`{clip(scene.text[slice(*span)])}` is not closed: a `{wanted}` is missing"
    else:
        span = opened.span
        message = f"this `{opened.text}` is not closed: a `{wanted}` is missing"
    said = scene.text[: scene.token.start].strip()
    whole = said + (" " if missing.startswith("}") else "") + missing
    if scene.before is opened:
        hint = f"write what belongs inside, and `{clip(missing)}`"
    elif scene.token.type == END and len(whole) <= 60 and "\n" not in whole and "#" not in whole:
        hint = f"write `{whole}`"
    else:
        where = "at the end" if scene.token.type == END else f"before `{clip(scene.token.text)}`"
        if scene.runs_over_lines():  # most likely where the bracket was forgotten
            where = f"at the end of line {scene.source.position(scene.token.start)[0] - 1}"
        hint = f"add `{clip(missing)}` {where}"
    return message, span, hint


def _no_value(scene: Scene) -> Finding:
    start, depth, separator = 0, 0, ""
    for place, token in enumerate(scene.tokens[: scene.at]):
        depth += (token.type in OPENERS) - (token.type in CLOSERS)
        if not depth and token.type in ("COMMA", "ASSIGN"):
            start, separator = place + 1, token.type
    if separator == "ASSIGN":
        found = "a new line" if scene.token.type == "NEWLINE" else f"`{scene.token.text}`"
        return f"{found} cannot separate values", scene.token.span, "write `,` between them"
    said = scene.slice(start, scene.at)
    first = scene.tokens[start]
    span = (first.start, scene.tokens[scene.at - 1].end)
    if "==" in said:
        return "a value is given by `=`", span, f"write `{clip(said.replace('==', '='))}`"
    if first.type == "NAME" and scene.at - start == 1:
        return f"`{first.text}` has no value", span, f"write `{first.text}=2`"
    return f"`{clip(said)}` gives no name a value", span, "write a name and its value, as in `x=2`"


def _assign(scene: Scene) -> Finding | None:
    token, before = scene.token, scene.before
    if token.type != "ASSIGN":
        return None
    if scene.runs_over_lines():
        return _unclosed(scene)
    if scene.bracket is not None:
        if scene.calls(scene.bracket) and before is not None and before.type in ENDS_OPERAND:
            return f"a second `{token.text}` in one argument", token.span, "`,` separates arguments, and `==` compares"
        return f"`{token.text}` cannot stand inside brackets", token.span, "`==` compares"
    if before is None or before.type in SEPARATORS or before.type == "COMMA":
        return f"a name is missing before `{token.text}`", token.span, "write it, as in `x = 2`"
    if before.type not in ENDS_OPERAND:
        return None
    if scene.bindings:
        return "a second `=` in one value", token.span, "values are separated by commas, as in `x=2, y=3`"
    start = scene.at
    while start and scene.tokens[start - 1].type not in SEPARATORS:
        start -= 1
    parts = [i for i in range(start, scene.at) if scene.tokens[i].type == "ASSIGN"]
    end = scene.at + 1
    while end < len(scene.tokens) and scene.tokens[end].type not in ("SEMICOLON", "NEWLINE", "RBRACE", "ASSIGN"):
        end += 1
    hint = "statements are separated by `;`, and `==` compares"
    if parts and scene.at - parts[-1] == 2 and scene.tokens[parts[-1] + 1].type == "NAME" and end > scene.at + 1:
        left, middle = scene.slice(start, parts[-1]), scene.slice(parts[-1] + 1, scene.at)
        hint = (
            f"write `{clip(f'{middle} = {scene.slice(scene.at + 1, end)}; {left} = {middle}', 80)}`, or `==` to compare"
        )
    return f"a second `{token.text}` in one statement", token.span, hint


def _marks(scene: Scene) -> Finding | None:
    token, before = scene.token, scene.before
    if token.type == "PRIMES":
        return (
            f"`{token.text}` differentiates a function by its name, as in `f{token.text}(x)`",
            token.span,
            "the derivative of an expression is `diff(…, x)`",
        )
    if before is not None and before.type == "SUPERSCRIPT" and token.type in ("SUPERSCRIPT", "POWER"):
        base = clip(scene.tokens[scene.at - 2].text)
        if token.type == "SUPERSCRIPT":
            digits = SUPERSCRIPTS[before.text] + SUPERSCRIPTS[token.text]
            hint = f"write `^{digits}`, or parentheses: `({base}{before.text}){token.text}`"
            return f"`{before.text}{token.text}` is two powers in a row", (before.start, token.end), hint
        from .missing_operator import operand_from

        behind = operand_from(scene.tokens, scene.at + 1) if scene.after else scene.at + 1
        more = clip(scene.slice(scene.at, behind))
        span = (before.start, scene.tokens[behind - 1].end)
        return (
            f"`{clip(scene.text[slice(*span)])}` can be read in two ways",
            span,
            (f"write `({base}{before.text}){more}` or `{base}^({SUPERSCRIPTS[before.text]}{more})`"),
        )
    return None


def _operator(scene: Scene) -> Finding:
    # An operator where an operand should be, or something else that cannot follow.
    token, before = scene.token, scene.before
    shown = clip(token.text)
    if before is None or before.type in SEPARATORS or before.type in ("LPAR", "LSQB", "COMMA"):
        return f"nothing stands before `{shown}`", token.span, f"write its left side, or remove the `{shown}`"
    if before.type in OPERATORS or before.type in ("ASSIGN", "ARROW", "RANGE"):
        return (
            f"`{shown}` cannot follow `{before.text}`: a number, a name or `(` is missing between them",
            token.span,
            f"write what is missing, or remove `{before.text}` or `{shown}`",
        )
    return f"`{shown}` cannot follow `{clip(before.text)}`", token.span, "write an operator, or `;` between statements"
