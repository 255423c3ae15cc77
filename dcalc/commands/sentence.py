"""Sentences: a verb and its options as words, `grad max(y*z, y+2*x) at x=2, y=3 wrt x using forward`.

A line is a sentence if it starts with a verb, a blank, and what can only begin an operand (`grad -x^2 at x=1`);
else it is a statement of the language (`grad(f(x))`, `cost = 3`). A name that the user gave wins over a verb
wherever a statement could go on: after `diff = 2`, `diff - 1` is 1.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ..errors import DcalcError, Source, nearest
from ..language import Token, tokens
from ..language.lexer import CLOSES, OPENS
from . import NAMES, VERBS, command
from . import verb as verb_named
from .base import Ask, Command, Option, SessionCommand
from .options import OPTIONS, RENDER, read, settled
from .sessions.settings import OF_LINES
from .sessions.transcript import TRANSCRIPT

#: What goes on with an expression and never begins an operand.
_CONTINUES = frozenset(
    (
        *("TIMES", "DIVIDE", "POWER", "SUPERSCRIPT", "PRIMES", "RELATION", "ASSIGN", "AND", "OR"),
        *("COMMA", "RPAR", "RSQB", "RBRACE", "SEMICOLON", "NEWLINE", "RANGE"),
    )
)
#: What an operand may end with; an option's word stands behind it.
_ENDS = frozenset(("NUMBER", "NAME", "ANSWER", "RPAR", "RSQB", "RBRACE", "SUPERSCRIPT", "PRIMES", "ERROR"))
#: The first word of a line, which most often tells that it is no verb.
_HEAD = re.compile(r"(?:\s|#[^\n]*\n)*([a-z]+)")
#: Words of the language that only a sentence has: they end an operand wherever they stand.
_RESERVED = frozenset(("AT", "WRT", "USING"))


#: What `assert x == 2, "x is off"` ends with; a comment or a semicolon may follow.
_MESSAGE = re.compile(r',\s*"((?:[^"\\\n]|\\.)*)"(?=[\s;]*(?:#[^\n]*)?\Z)')


#: What the session is exported to: the word, or a file's name with an ending, which no expression has.
_FILE = re.compile(r"\s*export\s+(?:session\b\s*(?![-+*/^=(]|$)\S|(?:.*\S)?\.[A-Za-z]\w*[\"']?[\s;]*$)")


class Part(Source):
    """A part of a line as a source in which every offset is still the line's; failures are shown in the whole."""

    __slots__ = ("begin", "whole")

    def __init__(self, whole: Source, start: int, stop: int) -> None:
        words = whole.text[start:stop]
        super().__init__(" " * start + words, whole.name)
        self.whole = whole
        #: where its first word stands
        self.begin = start + len(words) - len(words.lstrip())

    def position(self, offset: int) -> tuple[int, int]:
        """As in the whole."""
        return self.whole.position(offset)


class Cut(NamedTuple):
    """An option's word in a sentence, and the span of the word."""

    option: Option
    begin: int
    end: int


def verb_of(text: str, known: Collection[str] = ()) -> str | None:
    """The verb of a sentence, or None where the text is a statement. known: the user's own names."""
    word = _HEAD.match(text)
    if word is None or word[1] not in VERBS:
        return None
    found = _content(text)
    if found[0].text not in VERBS:
        return None
    head, rest = found[0], found[1:]
    if not rest:
        return None if head.text in known else head.text
    first = rest[0]
    if first.start == head.end:
        return None
    if head.text in known:
        if first.type in ("SIGN", "LSQB", "LPAR"):
            return None
    elif (names_words(head.text) or head.text == "export") and (
        len(rest) == 1 or (first.type != "ASSIGN" and not text[first.end].isspace())
    ):
        return head.text  # `rules *`, `save /tmp/a.dc`
    return None if first.type in _CONTINUES else head.text


def names_words(verb: str) -> bool:
    """Whether a verb's operand is a word and no expression: `help grad`, `rules *`, `del x`."""
    return verb_named(verb).operand != "EXPR"


def verb_in(text: str, name: str) -> Command | SessionCommand:
    """The verb of that name in a sentence: `export session notes.md` writes the session, `export x^2 lang c` code."""
    found = verb_named(name)
    if name == "export" and _FILE.match(text) and not find_cuts(text, found):
        return TRANSCRIPT
    return found


def sentence(line: Source, settings: Mapping[str, Any] | None = None) -> tuple[Command | SessionCommand, Ask]:
    """The verb of a sentence and the request that it makes.

    settings: options that hold where the sentence is silent, as far as the verb has them.
    """
    found = _content(line.text)
    verb = verb_in(line.text, found[0].text)
    message = message_of(line.text) if verb.name == "assert" else ""
    if message:  # words, in which nothing is an option
        line = line.saying(blanked(line.text))
        found = _content(line.text)
    start, stop = found[0].end, found[-1].end
    cuts = [] if isinstance(verb, SessionCommand) else find_cuts(line.text, verb)
    for cut in cuts:
        if cut.option.name not in verb.options:
            raise _no_such(verb, cut, line)
    other = {one.name for one in verb.own} if isinstance(verb, Command) else set()
    options: dict[str, Any] = {k: v for k, v in (settings or {}).items() if k in verb.options and k not in other}
    if message:
        options["message"] = message
    seen: set[str] = set()
    for cut, end in zip(cuts, [*(cut.begin for cut in cuts[1:]), stop], strict=False):
        _take(options, seen, cut, end, line)
    for name in ("scheme", "h"):  # a setting of finite differences is no request for them
        if name not in seen and options.get("backend", "auto") not in ("fd", "all"):
            options.pop(name, None)
    options = settled(verb, options)
    operand = Part(line, start, max(start, cuts[0].begin if cuts else stop))
    empty = not _content(operand.text)
    if verb.operand == "EXPR" and empty:
        where = found[0].span
        raise DcalcError("usage", f"{verb.name} needs an expression", source=line, span=where, hint=_example(verb))
    return verb, Ask(None if empty else operand, options)


def message_of(text: str) -> str:
    """The words that an assertion fails with, `assert x == 2, "x is off"`; "" where there are none."""
    found = _MESSAGE.search(text)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else ""


def blanked(text: str) -> str:
    """A text with blanks in place of the words that an assertion fails with."""
    found = _MESSAGE.search(text)
    if found is None:
        return text
    return (text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]).rstrip()


def shown(ask: Ask) -> dict[str, Any]:
    """How a request wants its answer shown: its format, digits and colour, all at once or a row per key."""
    return {name: ask.options[name] for name in (*RENDER, "step") if name in ask.options}


def find_cuts(text: str, verb: Command | SessionCommand) -> list[Cut]:
    """Where options begin: an option's word, outside brackets, behind something that ends an operand.

    `order` in `diff x*order` is a name: an operator stands before it. In `diff sin(x) order 2` it is the option.
    Words that are no options of this verb are found where they can be nothing else. ` --order 2`, as the command line
    has it, is the option as well.
    """
    words = {option.word or option.name: option for option in OPTIONS.values()}
    words.update({option.name: option for option in OPTIONS.values()})
    found = _content(text)[1:]
    cuts: list[Cut] = []
    depth = behind = 0
    ended = False
    ends: list[bool] = []  # what `ended` was before each token
    for k, token in enumerate(found):
        ends.append(ended)
        if token.start < behind:
            continue  # the rest of a word with a hyphen
        option, end = _option_at(text, token, words) if token.text[0].isalpha() else (None, 0)
        begin, goes_on = token.start, ended
        if option is not None and text.endswith("--", 0, begin):
            begin, goes_on = begin - 2, ends[k - 2] and _is_dashed(option, end, found[k + 1 :])
        if option is not None and text[begin - 1].isspace() and not names_words(verb.name):
            own = option.name in verb.options
            if token.type in _RESERVED or (
                goes_on and not depth and (own or _has_value(option, found[k + 1 :], words))
            ):
                cuts.append(Cut(option, begin, end))
                behind, depth, ended = end, 0, not option.metavar
                continue
        if token.type in OPENS:
            depth += 1
        elif token.type in CLOSES:
            depth = max(0, depth - 1)
        ended = ends_operand(token)
    return cuts


def _has_value(option: Option, following: list[Token], words: Mapping[str, Option]) -> bool:
    """Whether a word that is another verb's option can be nothing else, since no expression has `order 2`."""
    return bool(option.metavar and following) and (
        following[0].type == "NUMBER" or (following[0].type == "NAME" and following[0].text not in words)
    )


def _is_dashed(option: Option, end: int, following: list[Token]) -> bool:
    """Whether a word behind `--` can be no name: it is a switch, or a value stands behind it."""
    if not option.metavar:
        return True
    if not following or following[0].start == end:
        return False
    first, after = following[0], following[1:2]
    return first.type in ("NUMBER", "NAME") or (first.type == "SIGN" and bool(after) and after[0].start == first.end)


def ends_operand(token: Token) -> bool:
    """Whether an operand may end with this token, so that an option's word can stand behind it."""
    return token.type in _ENDS


def _option_at(text: str, token: Token, words: Mapping[str, Option]) -> tuple[Option | None, int]:
    """The option whose word begins at a token, and where the word ends. `at-kink` is several tokens."""
    option, end = words.get(token.text), token.end
    if text.startswith("-", end):
        for word in words:
            longer = token.start + len(word)
            if longer > end and text.startswith(word, token.start) and text[longer : longer + 1] in ("", *" \t\n;#"):
                return words[word], longer
    return option, end


def _content(text: str) -> list[Token]:
    """The tokens of a line without comments, and without the newlines and semicolons before and behind them."""
    found = tokens(text)
    begin, end = 0, len(found)
    while begin < end and found[begin].type == "NEWLINE":
        begin += 1
    while end > begin and found[end - 1].type in ("NEWLINE", "SEMICOLON"):
        end -= 1
    return found[begin:end]


def _take(options: dict[str, Any], seen: set[str], cut: Cut, end: int, line: Source) -> None:
    """Read one option's value into the options."""
    option = cut.option
    word = option.word or option.name
    value = Part(line, cut.end, end)
    text = value.text.strip().rstrip(",").rstrip()
    span = (cut.begin, cut.end)
    if not option.metavar:
        if text:
            raise DcalcError("usage", f"{word} takes no value", source=line, span=_span_of(line, cut.end, end))
        options[option.name] = True
    elif not text:
        raise DcalcError("usage", f"{word} needs a value", source=line, span=span, hint=f"{word} {option.metavar}")
    elif option.repeats:
        previous = options[option.name] if option.name in seen else []
        options[option.name] = [*previous, Part(line, cut.end, cut.end + len(line.text[cut.end : end].rstrip(", \t")))]
    elif option.name in seen:
        raise DcalcError("usage", f"{word} is given twice", source=line, span=span, hint=f"leave one {word}")
    else:
        try:
            options[option.name] = read(option, text)
        except DcalcError as problem:
            problem.source, problem.span = line, _span_of(line, cut.end, end)
            raise
    seen.add(option.name)


def _span_of(line: Source, start: int, stop: int) -> tuple[int, int]:
    """The span of what stands between two offsets, without blanks."""
    text = line.text[start:stop]
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())


def _no_such(verb: Command | SessionCommand, cut: Cut, line: Source) -> DcalcError:
    word = cut.option.word or cut.option.name
    others = [name for name in NAMES if cut.option.name in command(name).options]
    return DcalcError(
        "usage",
        f"{verb.name} has no option {word}",
        source=line,
        span=(cut.begin, cut.end),
        hint=f"{', '.join(others)} {'has' if len(others) == 1 else 'have'} it; `help {verb.name}` lists its options",
    )


def _example(verb: Command | SessionCommand) -> str:
    """A sentence that works."""
    return f"for example: {verb.name} x^2 at x=3" if "at" in verb.options else f"for example: {verb.name} x^2"


def meant(line: Source, own: Collection[str]) -> str:
    """What a line that failed may have meant: `did you mean grad?` for `grd x^2`, `using` for `usng fd`; else "".

    own: the user's names, which mean themselves.
    """
    found = _content(line.text)
    if not found:
        return ""
    head, rest = found[0], found[1:]
    verb = verb_of(line.text, own)
    if verb is None:
        follows = not rest or (rest[0].start > head.end and rest[0].type not in (*_CONTINUES, "SIGN"))
        if head.type != "NAME" or head.text in own or not follows:
            return ""
        if head.text == "dcalc":
            return "leave out `dcalc`: the verb comes first"
        word = head.text.lower()
        similar = [name for name in VERBS if word.startswith(name)]  # as in `jacobian`
        if not similar and len(word) > 2:
            similar = nearest(word, list(VERBS), limit=1)
        return f"did you mean {similar[0]}?" if similar else ""
    asked = verb_named(verb)
    words = [OPTIONS[name].word or name for name in asked.options]
    depth = 0
    for k, token in enumerate(rest):
        depth += (token.type in OPENS) - (token.type in CLOSES)
        if not depth and k and token.type == "NAME" and token.text not in (*own, *words) and ends_operand(rest[k - 1]):
            similar = nearest(token.text, words, limit=1) if len(token.text) > 2 else []
            if similar and token.start > rest[k - 1].end:
                return f"did you mean {similar[0]}?"
    return ""


def in_words(hint: str, *, statement: bool = False) -> str:
    """A text for the command line as a session has it: `at x=2` for `--at x=2`, `diff x` for `dcalc diff "x"`.

    statement: a line without a verb has no options: `set steps 100` for `--steps 100`, else those of `eval`.
    """
    hint = re.sub(r'dcalc (\w+) "([^"]*)"', r"\1 \2", hint)
    hint = re.sub(r'(--[a-z][a-z-]*) "([^"]*)"', r"\1 \2", hint)
    hint = re.sub(rf"dcalc (?=(?:{'|'.join(VERBS)})\b)", "", hint)

    def word(match: re.Match[str]) -> str:
        option = OPTIONS.get(match[1])
        if option is None:
            return match[0]
        name = option.word or option.name
        if not statement:
            return name
        if option.name in OF_LINES:
            return f"set {option.name}" if option.metavar else f"`set {name} on`"
        return f"eval … {name}"

    return re.sub(r"--([a-z][a-z-]*)", word, hint)
