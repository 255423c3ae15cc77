"""Where the parser's tables come from, cheapest first.

An installed package holds them as `_tables.py`, made when its wheel was built. A checkout (or a package without that
file, or with an older one beside a changed grammar) looks into a private cache, and asks Lark as the last resort.
"""

from __future__ import annotations

import os

from .lexer import Lexer

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # pathlib costs 5 ms at start-up
_CHECKOUT_GRAMMAR = os.path.join(_HERE, "..", "..", "grammar", "dcalc.lark")  # noqa: PTH118
_PACKAGE_GRAMMAR = os.path.join(_HERE, "..", "grammar", "dcalc.lark")  # noqa: PTH118


class Tables:
    """What the driver needs, in the shapes it reads fastest."""

    __slots__ = ("_made", "columns", "keywords", "lexer", "rows", "rules", "starts")

    def __init__(self, data: dict[str, Any]) -> None:
        self.keywords: dict[str, str] = dict(data["keywords"])
        self.lexer = Lexer(data["patterns"], data["ignored"], self.keywords)
        self.columns: dict[str, int] = {name: column for column, name in enumerate(data["terminals"])}
        self.rules: list[tuple[int, int, str]] = data["rules"]
        self.rows: list[list[int]] = data["rows"]
        self.starts: dict[str, tuple[int, int]] = {name: (first, last) for name, first, last in data["starts"]}
        self._made: dict[type, list[tuple[int, int, Any]]] = {}

    def made_by(self, builder: type) -> list[tuple[int, int, Any]]:
        """The rules with a builder's methods (None to pass a value on), looked up once: texts are short."""
        made = self._made.get(builder)
        if made is None:
            made = [(lhs, size, getattr(builder, action) if action else None) for lhs, size, action in self.rules]
            self._made[builder] = made
        return made


_loaded: list[Tables] = []


def load() -> Tables:
    """The tables of the grammar, kept for the process."""
    if not _loaded:
        _loaded.append(Tables(_find()))
    return _loaded[0]


def grammar_path() -> str:
    """The grammar's file: beside the package in a checkout, inside it when installed."""
    return _CHECKOUT_GRAMMAR if os.path.exists(_CHECKOUT_GRAMMAR) else _PACKAGE_GRAMMAR  # noqa: PTH110


def _find() -> dict[str, Any]:
    prepared = _prepared()
    in_package = os.path.exists(_PACKAGE_GRAMMAR)  # noqa: PTH110
    if prepared is not None and in_package:
        return prepared  # an installed package: its grammar cannot have changed, so it is not read
    from . import cache  # imports hashlib and json

    with open(grammar_path(), "rb") as file:  # noqa: PTH123
        grammar = file.read()
    if prepared is not None and cache.fits(prepared, grammar):
        return prepared
    return cache.load(grammar)


def _prepared() -> dict[str, Any] | None:
    try:
        from . import _tables as made  # type: ignore[attr-defined,unused-ignore]  # written by hatch_build.py
    except ImportError:
        return None
    return {name.lower(): value for name, value in vars(made).items() if name.isupper()}
