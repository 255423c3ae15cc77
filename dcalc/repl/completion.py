"""Completion: the words that may stand at the cursor, from the registry, the table and the session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ..commands import NAMES, command
from ..commands.base import Command, State
from ..commands.options import BACKENDS, OPTIONS
from ..commands.sentence import ends_operand, find_cuts, names_words, verb_of
from ..commands.topics import TOPICS
from ..graph.lower import CONSTANTS
from ..language import RESERVED, tokens
from ..primitives import ALIASES, TABLE
from ..primitives.arrays import FUNCTIONS
from ..session import names_of

#: Verbs that a sentence may begin with; scripts are run from the command line.
VERBS = tuple(name for name in NAMES if name != "run")
_WORD = re.compile(r"[^\W\d]\w*(?:-\w*)*$")
_NAME = re.compile(r"[^\W\d]\w*$")


class Word(NamedTuple):
    """A word that may stand at the cursor, and what it is."""

    text: str
    meaning: str


def words_at(state: State, text: str) -> tuple[str, list[Word]]:
    """What has been typed of a word at the end of the text, and the words that it may become."""
    if "#" in text.rpartition("\n")[2]:
        return "", []
    found = _WORD.search(text)
    hyphened = found.group() if found else ""
    if "-" in hyphened:
        words = _words(state, text[: len(text) - len(hyphened)])
        matching = [word for word in words if word.text.startswith(hyphened)]
        if matching:
            return hyphened, matching
    name = _NAME.search(text)
    typed = name.group() if name else ""
    return typed, [word for word in _words(state, text[: len(text) - len(typed)]) if word.text.startswith(typed)]


def _words(state: State, head: str) -> list[Word]:
    """The words that may stand behind a text."""
    before = [token for token in tokens(head) if token.type != "NEWLINE"]
    if not before:
        return [*_verbs(VERBS), *_operands(state), Word("quit", "leave")]
    verb = verb_of(head + "x", names_of(state))
    if verb is not None and head[-1:].isspace():
        return list(_in_sentence(state, head, command(verb)))
    if verb is not None and not names_words(verb):
        return list(_values(state, head, command(verb)) or _operands(state))
    return [] if ends_operand(before[-1]) and head[-1:].isspace() else list(_operands(state))


def _in_sentence(state: State, head: str, verb: Command) -> Iterator[Word]:
    """What may come behind a blank: an option's word or its value, or a piece of an expression."""
    if names_words(verb.name):
        if verb.name == "help":
            yield from _verbs(NAMES)
            yield from (Word(topic, "topic") for topic in TOPICS)
        yield from _table(RESERVED)
        return
    values = _values(state, head, verb)
    last = tokens(head)[-1]
    cuts = find_cuts(head, verb)
    ends_with_switch = bool(cuts) and cuts[-1].end == last.end and not cuts[-1].option.metavar
    if values is not None:
        yield from values
    elif ends_with_switch or (ends_operand(last) and last.text != verb.name):
        given = {cut.option.name for cut in cuts}
        for name in verb.options:
            option = OPTIONS[name]
            if option.repeats or name not in given:
                yield Word(option.word or name, option.help)
    else:
        yield from _operands(state)


def _values(state: State, head: str, verb: Command) -> list[Word] | None:
    """The values of an option whose word stands last, or None where no option waits for one of its own."""
    cuts = find_cuts(head, verb)
    if not cuts or not cuts[-1].option.metavar:
        return None
    option, end = cuts[-1].option, cuts[-1].end
    begun = head[end:].strip()
    if option.name == "wrt":
        return _inputs(state, head[: cuts[0].begin]) if not begun or begun.endswith(",") else None
    if option.name == "at":
        return _inputs(state, head[: cuts[0].begin]) if not begun else None
    choices = BACKENDS if option.name == "backend" else option.choices
    return [Word(choice, option.name) for choice in choices] if not begun else None


def _inputs(state: State, operand: str) -> list[Word]:
    """The names that an operand could be differentiated in."""
    found = tokens(operand)[1:]
    names = [t.text for t, after in zip(found, [*found[1:], None], strict=False)
             if t.type == "NAME" and (after is None or after.type not in ("LPAR", "PRIMES"))]  # fmt: skip
    return [Word(name, "name") for name in dict.fromkeys([*names, *state.point, *state.names.nodes])]


def _operands(state: State) -> Iterator[Word]:
    """What an expression may begin with."""
    yield from (Word(name, "your function") for name in state.names.functions)
    yield from (Word(name, "your name") for name in dict.fromkeys([*state.point, *state.names.nodes]))
    yield from (Word(name, "constant") for name in CONSTANTS)
    yield from _table(RESERVED - {"if"})


def _table(without: Iterable[str]) -> Iterator[Word]:
    for entry in TABLE.values():
        name = entry.word
        if name.isidentifier() and name not in without and not entry.helper:
            yield Word(name, entry.doc)
    yield from (Word(name, doc) for name, (_, doc) in FUNCTIONS.items())
    yield from (Word(alias, TABLE[name].doc) for alias, name in ALIASES.items() if alias.isidentifier())


def _verbs(names: Iterable[str]) -> Iterator[Word]:
    return (Word(name, command(name).summary) for name in names)


class WordsCompleter(Completer):
    """Our words as prompt_toolkit wants them."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """The words that may stand at the cursor."""
        typed, words = words_at(self._state(), document.text_before_cursor)
        for word in {word.text: word for word in reversed(words)}.values():
            yield Completion(word.text, -len(typed), display_meta=word.meaning)
