"""Why a text is not of the language, in a user's words. Imported only when one is not."""

from __future__ import annotations

from typing import Any

from ..errors import DcalcError, Source
from .driver import Unexpected
from .lexer import Token


def unexpected(source: Source, start: str, tokens: list[Token], problem: Unexpected) -> DcalcError:
    """The error for a token that cannot stand where it stands."""
    return DcalcError("syntax", f"unexpected {problem.token.text!r}", source=source, span=problem.token.span)


def undefinable(source: Source, left: Any, sign: Token, body: Any) -> DcalcError:
    """`3 = x`."""
    return DcalcError("syntax", "only a name can be defined", source=source, span=left.span, hint="`==` compares")


def bare_exponent(source: Source, token: Token) -> DcalcError:
    """`2e`."""
    return DcalcError("syntax", f"`{token.text}` is not a number", source=source, span=token.span)


def pi_runs_on(source: Source, token: Token) -> DcalcError:
    """`πr`."""
    return DcalcError("syntax", f"`{token.text}` is not a name", source=source, span=token.span)


def too_many_chains(source: Source, sign: Token) -> DcalcError:
    """Chains of comparisons inside chains."""
    return DcalcError("limit", "too many chains of comparisons inside each other", source=source, span=sign.span)
