"""The lean LALR(1) driver: Lark's tables without Lark, whose import alone costs more than a whole gradient."""

from __future__ import annotations

from collections.abc import Iterable

from .lexer import END, Token
from .tables import Tables

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any


class Unexpected(Exception):  # noqa: N818  # control flow inside the room: `explain` makes the error of it
    """The grammar has no use for a token here. `values` is the parser's stack: tokens, nodes and lists of them."""

    def __init__(self, token: Token, values: list[Any]) -> None:
        super().__init__(repr(token))
        self.token = token
        self.values = values


def run(tables: Tables, start: str, tokens: Iterable[Token], end: int, builder: object) -> Any:
    """What the builder makes of the tokens, from the start symbol `start`; `end` is the offset where the text ends."""
    rows = tables.rows
    columns = tables.columns
    rules = tables.made_by(type(builder))
    state, accepting = tables.starts[start]
    states = [state]
    values: list[Any] = []
    passes: dict[tuple[int, int, int], int] = {}
    for token in tokens:
        column = columns.get(token.type)
        if column is None:
            raise Unexpected(token, values)
        while (action := rows[state][column]) < 0:
            lhs, size, make = rules[-action]
            if make is None:  # one value, passed on, mostly through a dozen rules: those walks are remembered
                below = states[-2]
                known = passes.get((below, state, column))
                if known is None:
                    known = state
                    while (step := rows[known][column]) < 0 and rules[-step][2] is None:
                        known = rows[below][rules[-step][0]]
                    passes[below, state, column] = known
                states[-1] = state = known
                continue
            if size:
                children = values[-size:]
                del states[-size:], values[-size:]
                values.append(make(builder, children))
            else:
                values.append(make(builder, []))
            state = rows[states[-1]][lhs]
            states.append(state)
        if not action:
            raise Unexpected(token, values)
        state = action
        states.append(state)
        values.append(token)
    column = columns[END]
    while state != accepting:
        action = rows[state][column]
        if action >= 0:
            raise Unexpected(Token(END, "", (end, end)), values)
        lhs, size, make = rules[-action]
        children = values[len(values) - size :]
        del states[len(states) - size :], values[len(values) - size :]
        values.append(children[0] if make is None else make(builder, children))
        state = rows[states[-1]][lhs]
        states.append(state)
    return values[-1]
