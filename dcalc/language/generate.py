"""The grammar to plain tables, by Lark. Runs when a wheel is built, or once in a checkout; never at start-up.

`hatch_build.py` loads this file by its path, before the package is installed: it imports nothing of dcalc.
"""

from __future__ import annotations

import hashlib
from typing import Any

import lark
from lark.lark import PostLex
from lark.lexer import UnlessCallback
from lark.parsers.lalr_analysis import Shift

#: Raise this when the meaning of the tables changes, so that no older file is taken for a new one.
FORMAT = 1
STARTS = ("program", "bindings")

#: Terminals that no rule uses yet. Lark would leave them out, and `at` would lex as a name.
KEPT = ("AT", "WRT", "USING")


class Keep(PostLex):
    """A filter that changes nothing, but makes Lark keep the unused terminals."""

    always_accept = KEPT

    def process(self, stream: Any) -> Any:
        """All tokens, as they are."""
        return stream


def parser(grammar: str, postlex: PostLex | None = None, builder: object = None, strict: bool = False) -> lark.Lark:
    """Lark's own parser of the language. strict: conflicts and colliding terminals are errors; needs interegular."""
    return lark.Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        strict=strict,
        start=list(STARTS),
        keep_all_tokens=True,
        postlex=postlex or Keep(),
        transformer=builder,  # any object with the rules' names as methods will do
    )


def digest(grammar: bytes) -> str:
    """What tells one grammar's tables from another's."""
    return hashlib.sha256(grammar).hexdigest()


def tables(grammar: bytes) -> dict[str, Any]:
    """The tables as data that Python source and JSON both hold: strings, integers and nested lists.

    rows[state][symbol] is 0 for an error, a state to shift or go to, or minus a rule's number; states and rules count
    from 1; the symbols are the terminals, then the nonterminals. A rule is its nonterminal's column, its length, and
    the builder's method ("" to pass the one value on). starts: name -> first state, and the state that accepts.
    """
    made = parser(grammar.decode())
    lexer: Any = made.parser.lexer.lexer  # inside the connector of the postlex
    scanner = lexer.scanner  # asking for it fills lexer.callback with the keywords
    keywords = {
        terminal.pattern.value: terminal.name
        for callback in lexer.callback.values()
        if isinstance(callback, UnlessCallback)
        for terminal in callback.scanner.terminals
    }
    table: Any = made.parser.parser._parse_table
    terminals = [t.name for t in made.terminals if t.name not in made.ignore_tokens] + ["$END"]
    nonterminals = sorted({rule.origin.name for rule in made.rules})
    columns = {str(name): index for index, name in enumerate([*terminals, *nonterminals])}
    numbers = {rule: index for index, rule in enumerate(made.rules, 1)}
    # Lark numbers states in the order of a set. Numbered as they are reached, the same grammar makes the same wheel.
    order = [table.start_states[name] for name in STARTS]
    for state in order:
        for symbol in sorted(table.states[state]):
            action, argument = table.states[state][symbol]
            if action is Shift and argument not in order:
                order.append(argument)
    states = {state: index for index, state in enumerate(order, 1)}
    rows = [[0] * len(columns) for _ in range(len(order) + 1)]
    for state, actions in table.states.items():
        for symbol, (action, argument) in actions.items():
            if symbol in columns:  # all but Lark's own $root symbols
                rows[states[state]][columns[symbol]] = states[argument] if action is Shift else -numbers[argument]
    rules = [[0, 0, ""]]
    for rule in made.rules:
        passes_on = rule.options.expand1 and not rule.alias and len(rule.expansion) == 1
        rules.append(
            [
                columns[rule.origin.name],
                len(rule.expansion),
                "" if passes_on else str(rule.alias or rule.origin.name),
            ]
        )
    return {
        "format": FORMAT,
        "grammar": digest(grammar),
        "lark": lark.__version__,
        "patterns": [[t.name, t.pattern.to_regexp()] for t in scanner.terminals],
        "ignored": sorted(made.ignore_tokens),
        "keywords": sorted([word, name] for word, name in keywords.items()),
        "terminals": terminals,
        "rules": rules,
        "rows": rows,
        "starts": [[name, states[table.start_states[name]], states[table.end_states[name]]] for name in STARTS],
    }


def python_source(made: dict[str, Any]) -> str:
    """The tables as a module of literals: tuples, since the compiler keeps those as constants that marshal loads."""

    def frozen(value: Any) -> Any:
        return tuple(frozen(item) for item in value) if isinstance(value, list) else value

    lines = [f"{name.upper()} = {frozen(value)!r}" for name, value in made.items()]
    head = '"""Parse tables that Lark made from grammar/dcalc.lark when this package was built. Not for editing."""'
    return "\n".join([head, "", *lines, ""])
