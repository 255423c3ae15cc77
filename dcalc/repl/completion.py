"""Completion: the words that may stand at the cursor, from the registry, the table and the session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ..commands import VERBS, verb
from ..commands.base import Command, SessionCommand, State
from ..commands.options import BACKENDS, option_of
from ..commands.sentence import ends_operand, find_cuts, in_words, names_words, verb_of
from ..commands.sessions.settings import SETTINGS, get
from ..commands.topics import TOPICS
from ..graph.lower import CONSTANTS
from ..language import RESERVED, tokens
from ..primitives import ALIASES, TABLE
from ..primitives.arrays import FUNCTIONS
from ..primitives.entry import Primitive
from ..session import names_of
from .files import begun_file, files
from .values import described

#: Verbs that are for the command line alone.
_NOT_HERE = ("completion",)
_WORD = re.compile(r"[^\W\d]\w*(?:-\w*)*$")
_NAME = re.compile(r"[^\W\d]\w*$")


class Word(NamedTuple):
    """A word that may stand at the cursor, what it is, and how it is shown: a function with its arguments."""

    text: str
    meaning: str
    shown: str = ""


def words_at(state: State, text: str) -> tuple[str, list[Word]]:
    """What has been typed of a word at the end of the text, and the words that it may become."""
    path = begun_file(text, verb_of(text.split("\n")[-1], names_of(state)))
    if path is not None:
        return path, [Word(*found) for found in files(path)]
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
    if head.lstrip().startswith("?"):
        return list(_in_help(state))
    before = [token for token in tokens(head) if token.type != "NEWLINE"]
    if not before:
        return [*_verbs(VERBS), *_operands(state)]
    name = verb_of(head + "x", names_of(state))
    if name is not None and head[-1:].isspace():
        return list(_in_sentence(state, head, verb(name)))
    if name is not None and not names_words(name):
        return list(_values(state, head, verb(name)) or _operands(state))
    if name is not None:
        return []
    return [] if ends_operand(before[-1]) and head[-1:].isspace() else list(_operands(state))


def _in_sentence(state: State, head: str, asked: Command | SessionCommand) -> Iterator[Word]:
    """What may come behind a blank: an option's word or its value, or a piece of an expression."""
    if names_words(asked.name):
        yield from _in_words(state, head.split()[1:], asked.name)
        return
    values = _values(state, head, asked)
    last = tokens(head)[-1]
    cuts = find_cuts(head, asked)
    at_option = bool(cuts) and cuts[-1].end == last.end
    ends_with_switch = at_option and not cuts[-1].option.metavar
    if values is not None:
        yield from values
    elif ends_with_switch or (ends_operand(last) and not at_option and last.text != asked.name):
        given = {cut.option.name for cut in cuts}
        for name in asked.options:
            option = option_of(asked, name)
            if option.repeats or name not in given:
                word = option.word or name
                yield Word(word, in_words(option.help), f"{word} {option.metavar}".rstrip())
    else:
        if asked.name == "export" and last.text == "export":
            yield Word("session", "the lines of this session and their answers, to a file")
        yield from _operands(state)


def _in_words(state: State, before: list[str], name: str) -> Iterator[Word]:
    """What may come behind a verb whose operand is words. before: those that stand there."""
    if name == "help" and not before:
        yield from _in_help(state)
    elif name == "rules" and not before:
        yield from _table(RESERVED)
    elif name in ("set", "show") and not before:
        if name == "show":
            yield Word("settings", "all of them")
        for setting in SETTINGS.values():
            yield Word(setting.name, f"{get(state.settings, setting.name)}: {setting.help}")
    elif name == "set" and len(before) == 1 and before[0] in SETTINGS:
        setting = SETTINGS[before[0]]
        for choice in (*setting.choices, "default"):
            usual = choice in ("default", setting.default)
            yield Word(choice, f"it is {setting.default}" if choice == "default" else "the default" if usual else "")
    elif name == "del":
        yield from (word for word in _own(state) if word.text not in before)


def _in_help(state: State) -> Iterator[Word]:
    yield from _verbs(VERBS)
    yield from (Word(topic, "topic") for topic in TOPICS)
    yield from _table(RESERVED)


def _values(state: State, head: str, asked: Command | SessionCommand) -> list[Word] | None:
    """The values of an option whose word stands last, or None where no option waits for one of its own."""
    cuts = find_cuts(head, asked)
    if not cuts or not cuts[-1].option.metavar:
        return None
    option, end = cuts[-1].option, cuts[-1].end
    begun = head[end:].strip()
    if option.name == "wrt":
        return _inputs(state, head[: cuts[0].begin]) if not begun or begun.endswith(",") else None
    if option.name in ("at", "grad", "var", "seed"):
        everything = [Word("all", "each input in turn")] if option.name == "seed" else []
        return [*_inputs(state, head[: cuts[0].begin]), *everything] if not begun else None
    if option.metavar in ("EXPR", "VALUE"):
        return None  # an expression
    choices = BACKENDS if option.name == "backend" else option.choices
    if option.name == "format" and isinstance(asked, Command):
        choices = asked.formats
    return [Word(choice, option.name) for choice in choices] if not begun else None


def _inputs(state: State, operand: str) -> list[Word]:
    """The names that an operand could be differentiated in."""
    found = tokens(operand)[1:]
    names = [t.text for t, after in zip(found, [*found[1:], None], strict=False)
             if t.type == "NAME" and (after is None or after.type not in ("LPAR", "PRIMES"))]  # fmt: skip
    own = {word.text: word for word in _own(state) if word.text not in state.names.functions}
    return [own.get(name) or Word(name, "name") for name in dict.fromkeys([*names, *own])]


def _own(state: State) -> Iterator[Word]:
    """The user's functions with their arguments, and names with their values."""
    for name, function in state.names.functions.items():
        yield Word(name, "your function", function.signature)
    values = described(state)
    for name in dict.fromkeys([*state.point, *state.names.nodes]):
        yield Word(name, values.get(name, "your name"))


def _operands(state: State) -> Iterator[Word]:
    """What an expression may begin with."""
    yield from _own(state)
    if state.answer:
        yield Word("ans", "the last answer")
    yield from (Word(name, "constant") for name in CONSTANTS)
    yield from _table(RESERVED - {"if"})


def _table(without: Iterable[str]) -> Iterator[Word]:
    for entry in TABLE.values():
        name = entry.word
        if name.isidentifier() and name not in without and not entry.helper:
            yield Word(name, entry.doc, _signature(name, entry))
    yield from (Word(name, doc, shown) for name, (shown, doc) in FUNCTIONS.items())
    for alias, name in ALIASES.items():
        if alias.isidentifier():
            yield Word(alias, TABLE[name].doc, _signature(alias, TABLE[name]))


def _signature(name: str, entry: Primitive) -> str:
    """How a function is called: `leaky_relu(u, slope=0.01)`."""
    defaults = ("",) * (entry.arity - len(entry.defaults)) + entry.defaults
    parameters = [f"{one}={usual}" if usual else one for one, usual in zip(entry.parameters, defaults, strict=True)]
    parameters += ["…"] if entry.folds else ["axis=…"] if entry.along else []
    return f"{name}({', '.join(parameters)})"


def _verbs(names: Iterable[str]) -> Iterator[Word]:
    return (Word(name, verb(name).summary) for name in names if name not in _NOT_HERE)


class WordsCompleter(Completer):
    """Our words as prompt_toolkit wants them."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """The words that may stand at the cursor."""
        typed, words = words_at(self._state(), document.text_before_cursor)
        known: dict[str, Word] = {}
        for word in words:
            known.setdefault(word.text, word)  # the user's own come first, and win
        for word in known.values():
            yield Completion(word.text, -len(typed), word.shown or word.text, display_meta=word.meaning)
