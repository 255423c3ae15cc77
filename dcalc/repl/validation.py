"""What is wrong with a line as it stands, as far as that can be known before it is finished."""

from __future__ import annotations

from typing import NamedTuple

from ..commands.base import Command, State
from ..commands.lines import is_blank, is_open, statements
from ..commands.options import OPTIONS
from ..commands.sentence import Part, in_words, names_words, sentence, verb_of
from ..errors import DcalcError, Source
from ..language import RESERVED, ast, parse, parse_bindings, source, tokens
from ..session import add_guess, is_sentence, written_out

#: What options are called in sentences.
OPTION_WORDS = tuple(option.word or option.name for option in OPTIONS.values())


class Fault(NamedTuple):
    """A place in a text, and what is wrong there."""

    begin: int
    end: int
    message: str


class Request(NamedTuple):
    """What a line asks of an expression: the operand, its tree, and the options; verb: "" for a statement."""

    verb: str
    operand: Source
    tree: ast.Program
    options: dict[str, object]


def fault(state: State, text: str) -> Fault | None:
    """The first thing that can never become right. None while the line could still be finished."""
    offset = 0
    for _, statement in statements(text):
        if not is_open(statement) and not is_blank(statement):
            try:
                request(state, statement)
            except DcalcError as problem:
                found = place(problem, text, offset)
                if found is None or is_unfinished(text, found, verb_of(statement) or ""):
                    return None
                # `wrt` and `grad` wait for what comes behind them
                waits = problem.kind == "usage" and " needs a" in problem.message and not text[found.end :].strip()
                return None if waits else found
        offset += len(statement) + 1
    return None


def request(state: State, text: str) -> Request | None:
    """What a statement or a sentence asks of an expression. None where it asks of none. Raises DcalcError."""
    line = source(text, "input")
    try:
        return _asked(state, text, line)
    except DcalcError as problem:
        add_guess(problem, state, line)
        raise


def _asked(state: State, text: str, line: Source) -> Request | None:
    if text.lstrip().startswith("!!") or written_out(state, line) is not line:
        return None
    if not is_sentence(state, line.text):
        return Request("", line, parse(line), {})
    verb, ask = sentence(line)
    if not isinstance(verb, Command) or ask.operand is None or names_words(verb.name):
        return None
    for given in ask.get("at", []):
        parse_bindings(given)
    return Request(verb.name, ask.operand, parse(ask.operand), ask.options)


def place(problem: DcalcError, text: str, offset: int = 0) -> Fault | None:
    """Where a failure stands in the text, of which the line that failed begins at `offset`."""
    given = problem.source
    if given is None or problem.span is None:
        return None
    begin, end = problem.span
    if isinstance(given, Part):
        begin, given = max(begin, given.begin), given.whole
    if not text.startswith(given.text, offset):
        return None  # it lies in another text: in a function that was defined before
    begin, end = begin + offset, max(end, begin + 1) + offset
    hint = f" ({in_words(problem.hint)})" if problem.hint and len(problem.hint) < 60 else ""
    return Fault(begin, min(end, len(text)), problem.message + hint)


def is_unfinished(text: str, found: Fault, verb: str = "") -> bool:
    """Whether more letters could still mend a fault: it lies at the end, or is a word that may become another."""
    words = [token for token in tokens(text) if token.type != "NEWLINE"]
    if not words or found.begin >= words[-1].end:
        return True
    last = words[-1]
    if len(text) > last.end or not (found.begin <= last.start and found.end >= last.end):
        return False
    if last.type == "NUMBER":
        return last.text[-1] in "eE."
    if last.type == "ERROR":
        return last.text.isascii()
    return any(word.startswith(last.text) for word in (*RESERVED, *(OPTION_WORDS if verb else ())))
