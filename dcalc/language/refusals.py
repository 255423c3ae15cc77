"""What the grammar allows and the builder refuses, in a user's words. Imported only on failure."""

from __future__ import annotations

from typing import Any

from ..errors import DcalcError, Source, Span
from .ast import Call, Index, Name, Number, Vector
from .explain import clip
from .lexer import Token
from .values import Keyword


def unbindable(source: Source, left: Any) -> DcalcError:
    """The left side of `=` in `--at` is no name."""
    said = clip(source.text[slice(*left.span)])
    return DcalcError(
        "syntax",
        f"`{said}` is no name that can be given a value",
        source=source,
        span=left.span,
        hint="write a name and its value, as in `x=2`; a vector has its value as a whole, as in `v=[1, 2]`",
    )


def undefinable(source: Source, left: Any, body: Any) -> DcalcError:
    """The left side of `=` may not be defined: `3 = x`."""
    text = source.text
    said = clip(text[slice(*left.span)])
    right = clip(text[slice(*body.span)])
    message = f"`{said}` cannot be defined: only a name or a function of names can"
    hint = f"write `{said} == {right}` to compare"
    if isinstance(left, Number) and isinstance(body, Name):
        hint = f"write `{right} = {said}` to define {right}, or `{said} == {right}` to compare"
    elif isinstance(left, Call) and left.primes:
        message = f"`{said}` cannot be defined: it follows from `{left.function}`"
        hint = f"define `{left.function}(x) = …`"
    elif isinstance(left, Call) and left.function == "if":
        message = "`if` is a reserved word and no name"
        hint = "choose another name, as in `if_1`"
    elif isinstance(left, Call) and text.startswith(left.function, left.span[0]) and left.function.isidentifier():
        message = f"`{said}` cannot be defined: a function's parameters are plain names, each one once"
        hint = f"write `{left.function}(x, y) = …`, or `{said} == {right}` to compare"
    elif isinstance(left, Index):
        name = clip(text[slice(*left.children[0].span)])
        message = f"`{said}` cannot be changed: values are immutable"
        hint = f"build a new vector, as in `{name} = [… for i in 1..n]`"
    elif type(left) is Name:
        message = f"`{said}` cannot be defined: it is an earlier answer of a session"
        hint = f"choose a name that begins with a letter, as in `x = {right}`"
    elif isinstance(left, Vector):
        hint = "define one name at a time, as in `a = 1; b = 2`"
    elif not isinstance(left, (Call, Number)):  # a name in parentheses
        hint = f"write `{said.strip('()+ ')} = {right}`"
    return DcalcError("syntax", message, source=source, span=left.span, hint=hint)


def bare_exponent(source: Source, token: Token) -> DcalcError:
    """`2e`: an exponent without digits, or the constant e."""
    said, digits, mark = clip(token.text), clip(token.text[:-1]), token.text[-1]
    return DcalcError(
        "syntax",
        f"`{said}` is a number without the digits of its exponent",
        source=source,
        span=token.span,
        hint=f"write `{digits}*{mark}` for the product with `{mark}`, or `{digits}{mark}3` for `{digits}*10^3`",
    )


def pi_runs_on(source: Source, token: Token) -> DcalcError:
    """`πr`: hardly a name."""
    rest = token.text[1:]
    return DcalcError(
        "syntax",
        f"`{clip(token.text)}` is no name: `π` is a constant",
        source=source,
        span=token.span,
        hint=f"write `π*{clip(rest)}`",
    )


def too_many_chains(source: Source, sign: Token) -> DcalcError:
    """Chains of comparisons inside chains."""
    return DcalcError(
        "limit",
        "these chains of comparisons inside each other grow beyond any use",
        source=source,
        span=sign.span,
        hint="give the inner one a name: `a = 0 < x < 1`",
    )


def misplaced_argument(source: Source, item: Any) -> DcalcError:
    """A positional argument behind a keyword, or the same keyword again."""
    said = clip(source.text[slice(*item.span)])
    if isinstance(item, Keyword):
        message = f"the keyword `{item.name}` is given twice"
        hint = f"remove one of them: `{said}`"
    else:
        message = f"`{said}` follows a keyword, and only keywords may"
        hint = "write the arguments without a keyword first, as in `sum(A, axis=1)`"
    return DcalcError("syntax", message, source=source, span=item.span, hint=hint)


def no_keyword(source: Source, left: Any) -> DcalcError:
    """The left side of `=` in a call is no name."""
    said = clip(source.text[slice(*left.span)])
    return DcalcError(
        "syntax",
        f"`{said}` is no keyword: that is a plain name, as in `sum(A, axis=1)`",
        source=source,
        span=left.span,
        hint="`==` compares",
    )


def no_parameter(source: Source, item: Any, repeated: bool) -> DcalcError:
    """The left side of `->` is no name."""
    said = clip(source.text[slice(*item.span)])
    message = f"`{said}` is no parameter: that is a plain name"
    hint = "write a name before `->`, as in `u -> u^2`, or several in parentheses: `(u, v) -> u*v`"
    if repeated and isinstance(item, Name):
        message = f"the parameter `{said}` is given twice"
        hint = "give each parameter its own name, as in `(u, v) -> u*v`"
    elif isinstance(item, Call) and item.function.isidentifier() and source.text[item.span[1] - 1] == ")":
        hint = f"write `{item.function}{clip(source.text[item.at[1] : item.span[1]])} = …` to define `{item.function}`"
    return DcalcError("syntax", message, source=source, span=item.span, hint=hint)


def no_shape(source: Source, span: Span) -> DcalcError:
    """`W: 3xn`."""
    said = clip(source.text[slice(*span)])
    return DcalcError(
        "syntax",
        f"`{said}` is no shape: that is whole numbers with `x` between them",
        source=source,
        span=span,
        hint="write `W: 3x2` for 3 rows and 2 columns, or `v: 3` for a vector of 3 items",
    )


def no_size(source: Source, span: Span) -> DcalcError:
    """`v: 0`."""
    said = clip(source.text[slice(*span)])
    return DcalcError(
        "syntax",
        f"nothing has the shape `{said}`",
        source=source,
        span=span,
        hint="a size is a whole number from 1 on, as in `v: 3`",
    )
