"""Why a statement, a block, a function or a range is not of the language: a part of `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lexer import END, Token

if TYPE_CHECKING:
    from .explain import Finding, Scene

#: Words that begin a statement -> how it is written.
FORMS = {
    "IF": "if c { … } else { … }",
    "FOR": "for k in 1..n { … }",
    "WHILE": "while c { … }",
    "RETURN": "return x",
    "BREAK": "break",
}
VERBS = frozenset(("AT", "WRT", "USING"))
WORDS = VERBS | {"FOR", "IN", "ELSE", "WHILE", "BREAK", "RETURN", "IF"}
#: Behind a word, these say that it was meant as a name.
_AS_NAME = frozenset(("ASSIGN", "COLON", "RPAR", "RSQB", "COMMA", "TIMES", "DIVIDE", "MATMUL", "POWER", "RELATION"))
_AS_NAME_OR_END = _AS_NAME | {"SIGN", "SEMICOLON", "NEWLINE", "SUPERSCRIPT", END}


def _no_name(word: Token) -> Finding:
    return f"`{word.text}` is a reserved word and no name", word.span, f"choose another name, as in `{word.text}_1`"


def words(scene: Scene) -> Finding | None:
    """A reserved word where it cannot stand, or one that something should follow."""
    from .explain import OPERATORS

    token, before = scene.token, scene.before
    if before is not None and before.type in WORDS:
        finding = _behind_a_word(scene, before)
        if finding:
            return finding
    if token.type in WORDS:
        return _word(scene)
    if before is not None and before.type == "NAME" and scene.at > 1 and scene.tokens[scene.at - 2].type == "FOR":
        return _without_in(scene, before)
    if token.type == "NOT" and before is not None and before.type in OPERATORS:
        return "`not` needs parentheses here", token.span, "write `(not …)`"
    return None


def _behind_a_word(scene: Scene, word: Token) -> Finding | None:
    kind = scene.token.type
    if kind in _AS_NAME and word.type != "IN":
        return _no_name(word)
    if word.type == "FOR":
        if kind in WORDS and kind != "IN":
            return _no_name(scene.token)
        return "`for` needs a name", word.span, f"write the name that runs, as in `{FORMS['FOR']}`"
    if word.type in ("IF", "WHILE") and kind not in WORDS:
        return f"`{word.text}` needs a condition", word.span, f"write `{FORMS[word.type]}`" + _or_a_call(word)
    if word.type == "RETURN" and kind not in WORDS:
        return "`return` needs a value", word.span, "write what the function gives, as in `return x`"
    if word.type == "IN" and kind not in WORDS:
        return "nothing follows `in`", word.span, "write a range or a vector, as in `in 1..n`"
    if word.type == "ELSE":
        return "the block of `else` is missing", word.span, "write `else { … }`, or `else if c { … }`"
    if word.type == "BREAK" and kind not in (END, "RBRACE"):
        return f"`{scene.token.text}` cannot follow `break`", scene.token.span, "write `;` between statements"
    return None


def _or_a_call(word: Token) -> str:
    return ", or `if(condition, value, otherwise)` for a value" if word.type == "IF" else ""


def _without_in(scene: Scene, name: Token) -> Finding:
    from .explain import clip

    start = scene.at + (scene.token.type == "ASSIGN")
    end = start
    while end < len(scene.tokens) and scene.tokens[end].type not in ("LBRACE", "SEMICOLON", "NEWLINE", "RPAR", "RSQB"):
        end += 1
    over = clip(scene.slice(start, end)) if end > start else "1..n"
    span = (scene.tokens[scene.at - 2].start, name.end)
    return f"`in` is missing behind `for {name.text}`", span, f"write `for {name.text} in {over}`"


def _word(scene: Scene) -> Finding:
    from .explain import ENDS_OPERAND, OPERATORS, clip

    token, before, after = scene.token, scene.before, scene.after
    kind, word = token.type, token.text
    after_operand = before is not None and before.type in ENDS_OPERAND
    if kind in VERBS:
        if after_operand:
            said = clip(scene.text[: token.start].strip(), 30)
            return (
                f"`{word}` belongs to a verb, and this is an expression",
                token.span,
                f"begin with a verb, as in `grad {said} {clip(scene.text[token.start :], 30)}`",
            )
        return _no_name(token)
    if (after.type if after is not None else END) in _AS_NAME:
        return _no_name(token)
    if kind == "ELSE":
        hint = f"write `{FORMS['IF']}`"
        if before is not None and before.type == "SEMICOLON" and scene.tokens[scene.at - 2].type == "RBRACE":
            hint = "remove the `;` before `else`"
        return "`else` has no `if` before it", token.span, hint
    if kind == "FOR" and scene.bracket == scene.at - 1:
        return "nothing stands before `for`", token.span, "write what each item is, as in `[x^2 for x in v]`"
    if kind == "FOR" and after_operand:
        body = clip(scene.text[_statement(scene) : token.start].strip(), 30)
        hint = (
            f"write `[{body} {clip(scene.text[token.start :], 40)}]`" if scene.bracket is None else "write `[… for …]`"
        )
        return "`for` stands behind an expression only in brackets and calls", token.span, hint
    if kind == "IF" and before is not None and before.type in (*OPERATORS, "LPAR", "LSQB", "COMMA", "RETURN"):
        hint = "write `if(condition, value, otherwise)`, as in `if(x > 0, x, 0)`"
        return "`if` with blocks cannot stand in an expression", token.span, hint
    if before is not None and before.type == "ASSIGN" and kind in ("FOR", "WHILE"):
        return f"`{word}` is a statement, and has no value", token.span, f"write `{{ {FORMS[kind]}; … }}`"
    if (after_operand or (before is not None and before.type in ("RBRACE", "BREAK"))) and kind in FORMS:
        return f"`{word}` begins a new statement", token.span, f"write `;` before `{word}`"
    if ((after.type if after is not None else END) in _AS_NAME_OR_END and before is not None) or after_operand:
        return _no_name(token)
    return (
        f"`{word}` is a reserved word, and nothing of the language begins with it here",
        token.span,
        f"use another name if you meant one, as in `{word}_1`",
    )


def _statement(scene: Scene) -> int:
    """Where the text of the statement begins that the token stands in."""
    place = _heads(scene)[0]
    return scene.tokens[place].start


def _heads(scene: Scene) -> tuple[int, int | None]:
    """Where the statement begins, and where the `if`, `for` or `while` stands whose block has not come yet."""
    from .explain import CLOSERS, OPENERS, SEPARATORS

    depth, word, settled = 0, None, False
    place = scene.at
    while place:
        kind = scene.tokens[place - 1].type
        if not depth and kind in SEPARATORS:
            break
        settled = settled or (kind == "RBRACE" and not depth)
        depth += (kind in CLOSERS) - (kind in OPENERS)
        if depth < 0:
            break
        place -= 1
        if not depth and word is None and not settled and kind in ("IF", "FOR", "WHILE"):
            word = place
    return place, word


def block_missing(scene: Scene) -> Finding | None:
    """`for k in 1..n` and no block."""
    from .explain import ENDS_OPERAND, STARTS_OPERAND, clip

    token, before = scene.token, scene.before
    if scene.bracket is not None or before is None or before.type not in ENDS_OPERAND:
        return None
    if token.type not in (END, "SEMICOLON", "NEWLINE", "RBRACE") and token.type not in STARTS_OPERAND:
        return None
    word = _heads(scene)[1]
    if word is None:
        return None
    head = scene.tokens[word]
    end = scene.at - (before.text == "then")  # the word of other languages
    said = clip(scene.slice(word, end))
    hint = f"write `{said} {{ … }}`"
    if token.type == "NEWLINE" and scene.after is not None and scene.after.type == "LBRACE":
        hint = f"write the `{{` on the same line: `{said} {{`"
    elif head.type == "IF":
        bare = clip(scene.slice(word + 1, end))
        bare = bare[1:-1] if bare.startswith("(") and bare.endswith(")") and "(" not in bare[1:] else bare
        hint += f", or `if({bare}, value, otherwise)` for a value"
    return f"the block of `{head.text}` is missing", head.span, hint


def condition(scene: Scene) -> Finding | None:
    """`if x = 3 { … }`."""
    if scene.token.type != "ASSIGN" or scene.bracket is not None:
        return None
    word = _heads(scene)[1]
    if word is None or scene.tokens[word].type == "FOR":
        return None
    return f"`{scene.token.text}` defines, and a condition compares", scene.token.span, "write `==`"


def tuple_without_arrow(scene: Scene) -> Finding | None:
    """`f = (u, v)`: names in parentheses belong before an arrow."""
    values = scene.values
    before = scene.before
    if before is None or before.type != "RPAR" or len(values) < 2 or not isinstance(values[-2], list):
        return None
    opened = values[-2][0] if values[-2] else None
    if not isinstance(opened, Token) or opened.type != "LPAR":
        return None
    from .explain import clip

    inside = clip(scene.text[opened.end : before.start])
    return (
        "`,` separates arguments and items, and these parentheses hold one value",
        (opened.start, before.end),
        f"a vector is written `[{inside}]`, and a function `(u, v) -> u*v`",
    )


def marks(scene: Scene) -> Finding | None:
    """`{`, `..`, `->`, `:` and `@` where they cannot stand."""
    look = {"LBRACE": _brace, "RANGE": _range, "ARROW": _arrow, "COLON": _colon, "MATMUL": _at}.get(scene.token.type)
    return look(scene) if look else None


def _brace(scene: Scene) -> Finding | None:
    from .explain import SEPARATORS, clip

    before = scene.before
    hint = "write `(` for a group, or `[` for a vector"
    if before is not None and before.type == "RPAR" and scene.bracket is None:
        said = clip(scene.text[_statement(scene) : before.end])
        hint = f"write `{said} = {{ … }}` to define a function"
        if said.startswith("if"):
            hint = f"write `{FORMS['IF']}` without a `,` behind `if`"
    if before is None or before.type in SEPARATORS:
        hint += ", or what the block belongs to, as in `f(x) = { … }`"
    return "`{` begins a block of statements, and none can stand here", scene.token.span, hint


def _range(scene: Scene) -> Finding | None:
    from .explain import ENDS_OPERAND, clip

    token, before, after = scene.token, scene.before, scene.after
    if before is None or before.type not in ENDS_OPERAND:
        return f"nothing stands before `{token.text}`", token.span, "a range has two ends, as in `1..n`"
    if after is not None and after.type == "NUMBER" and after.text.startswith("."):
        return "`...` is no range", (token.start, token.end + 1), "write two points, as in `1..n`"
    hint = "a range is an argument, a subscript or a definition's right side, as in `sum(1..n)`, `x[2..n]`, `v = 1..n`"
    if scene.bracket is not None and scene.tokens[scene.bracket].type == "LSQB":
        start = scene.bracket + 1
        end = scene.at + 1
        while end < len(scene.tokens) and scene.tokens[end].type not in ("RSQB", "COMMA"):
            end += 1
        hint = f"write `[k for k in {clip(scene.slice(start, end))}]`, or the range without the brackets"
    elif scene.tokens[scene.at - 2].type == "RANGE":
        hint = "a range has two ends, as in `1..n`"
    return "a range cannot stand here", token.span, hint


def _arrow(scene: Scene) -> Finding | None:
    from .explain import ENDS_OPERAND, clip

    token, before = scene.token, scene.before
    if before is None or before.type not in ENDS_OPERAND:
        return f"nothing stands before `{token.text}`", token.span, "write a parameter, as in `u -> u^2`"
    hint = "a function is an argument or a definition's right side, as in `map(u -> u^2, v)` or `f = u -> u^2`"
    if scene.bracket is None:
        place = _heads(scene)[0]
        left = scene.slice(place, scene.at)
        if before.type == "RPAR" and scene.tokens[place].type == "NAME" and scene.at - place > 2:
            hint = f"write `{clip(left)} = …` to define a function"
        elif place == scene.at - 1:
            hint = f"give it a name, as in `f = {clip(left)} -> …`, or write it as an argument"
    return "a function by itself cannot stand here", token.span, hint


def _colon(scene: Scene) -> Finding | None:
    from .explain import ENDS_OPERAND, clip

    token, before, after = scene.token, scene.before, scene.after
    if scene.bracket is not None and scene.tokens[scene.bracket].type == "LSQB":
        hint = "write `..` between the ends, as in `x[2..n]`; `x[:]` is everything"
        if before is not None and before.type in ENDS_OPERAND and after is not None and after.type == "NUMBER":
            hint = f"write `{clip(before.text)}..{clip(after.text)}`; `x[:]` is everything"
        return "`:` stands alone as a subscript", token.span, hint
    if scene.bracket is not None:
        hint = "a keyword is written `axis=1`" if scene.calls(scene.bracket) else "write the value without it"
        return "`:` has no meaning here", token.span, hint
    return (
        "`:` gives a name its shape, as in `W: 3x2`",
        token.span,
        "write a single name before it; a definition is written `x = 2` or `x := 2`",
    )


def _at(scene: Scene) -> Finding | None:
    if scene.before is None or scene.before.type != "ASSIGN":
        return None
    if scene.bindings:
        return "only a name can have the value of a file", scene.token.span, "write `W=@weights.npy`"
    return "a file cannot be read here", scene.token.span, "give it behind `at`, as in `--at W=@weights.npy`"


def shape(scene: Scene) -> Finding | None:
    """`W: (3)`, `W: 3x2 = 1`."""
    if scene.bracket is not None:
        return None
    place = _heads(scene)[0]
    if scene.at - place < 2 or [token.type for token in scene.tokens[place : place + 2]] != ["NAME", "COLON"]:
        return None
    hint = "write whole numbers with `x` between them, as in `W: 3x2` or `v: 3`"
    return f"`{scene.token.text}` is no part of a shape", scene.token.span, hint
