"""The pure step of a session: (state, line) -> (state, output). The REPL, scripts and tests all use it.

A line is a sentence if it starts with a verb, a blank, and what can only begin an operand (`grad -x^2 at x=1`);
else it is a statement of the language (`grad(f(x))`, `cost = 3`).
"""

from __future__ import annotations

from typing import Any

from .backends.derive import Survey
from .backends.problem import Problem
from .backends.result import Note, Value
from .commands import NAMES, command
from .commands.base import Ask, Command, Option, Output, State
from .commands.options import OPTIONS, read
from .commands.prepare import constant, shape_of
from .errors import DcalcError, Source, nearest
from .graph.lower import inputs_of, lower
from .language import parse, tokens
from .sweeps.forward import derivative

#: Verbs that a sentence may begin with. Scripts are run from the command line.
VERBS = tuple(name for name in NAMES if name != "run")
#: What can only go on with an expression, never begin an operand of a verb.
_CONTINUES = frozenset("= := == != < <= > >= * / ^ ** , ) ] ' × · ² ³ ≤ ≥ ≠".split())
_OPERAND_ENDS = frozenset(")]²³'")


def step(state: State, line: Source, settings: dict[str, Any] | None = None) -> tuple[State, Output]:
    """Take one line. Raises DcalcError and then the old state stands.

    settings: options that hold where the line is silent.
    """
    verb = verb_of(line.text)
    if verb is not None:
        return state, command(verb).run(state, sentence(command(verb), line, settings))
    return _statement(state, line)


def verb_of(line: str) -> str | None:
    """The verb of a sentence, or None where the line is a statement."""
    head, _, rest = line.strip().partition(" ")
    if head not in VERBS:
        return None
    rest = rest.strip()
    if not rest:
        return head
    first = tokens(rest)[:1]
    # `grad (x + 1)` is a sentence, `grad(x)` a call; `diff - 1` could be either and is read as a sentence.
    return None if first and first[0].text in _CONTINUES else head


def sentence(verb: Command, line: Source, settings: dict[str, Any] | None = None) -> Ask:
    """The request that a sentence makes: `grad max(y*z, y+2*x) at x=2, y=3 wrt x using forward`."""
    start = line.text.index(verb.name) + len(verb.name)
    words = {option.word or option.name: option for option in map(OPTIONS.__getitem__, verb.options)}
    words.update({option.name: option for option in words.values()})
    cuts = _cuts(line.text, start, words)
    options: dict[str, Any] = {k: v for k, v in (settings or {}).items() if k in verb.options}
    end_of_operand = cuts[0][1] if cuts else len(line.text)
    seen: set[str] = set()
    for k, (option, begin, end) in enumerate(cuts):
        stop = cuts[k + 1][1] if k + 1 < len(cuts) else len(line.text)
        text = line.text[end:stop].strip().rstrip(",;").strip()
        where = Source(line.text, line.name)
        if not option.metavar:
            if text:
                raise DcalcError("usage", f"{option.name} takes no value", source=where, span=(end, stop))
            options[option.name] = True
        elif not text:
            raise DcalcError(
                "usage", f"{option.word or option.name} needs a value", source=where, span=(begin, end), hint=option.metavar
            )
        elif option.repeats:
            if option.name not in seen:
                options[option.name] = []
            options[option.name].append(_part(line, end, stop))
        else:
            options[option.name] = read(option, text)
        seen.add(option.name)
    operand = _part(line, start, end_of_operand)
    if verb.operand == "EXPR" and not operand.text.strip():
        raise DcalcError(
            "usage", f"{verb.name} needs an expression", source=line, span=(start, start), hint=sentence_example(verb)
        )
    return Ask(operand if operand.text.strip() else None, options)


def sentence_example(verb: Command) -> str:
    """A sentence that works, made from the verb's first example."""
    return f"for example: {verb.name} x^2 at x=3" if "at" in verb.options else f"for example: {verb.name} x^2"


def _part(line: Source, start: int, stop: int) -> Source:
    """A part of a line as a source of its own in which every offset is still the line's."""
    return Source(" " * start + line.text[start:stop].rstrip().rstrip(";"), line.name)


def _cuts(text: str, start: int, words: dict[str, Option]) -> list[tuple[Option, int, int]]:
    """Where options begin: a word of the verb, outside brackets, behind something that ends an operand.

    `order` in `diff x*order` is a name: an operator stands before it. In `diff sin(x) order 2` it is the option.
    """
    cuts: list[tuple[Option, int, int]] = []
    depth = 0
    ended = False
    found = tokens(text[start:])
    for token in found:
        begin, end = start + token.span[0], start + token.span[1]
        if token.text in ("(", "["):
            depth += 1
        elif token.text in (")", "]"):
            depth -= 1
        option = words.get(token.text)
        blank = begin > 0 and text[begin - 1].isspace()
        if option is not None and depth == 0 and blank and (ended or not cuts and token.text in ("at", "wrt", "using")):
            cuts.append((option, begin, end))
            ended = not option.metavar
            continue
        ended = token.text in _OPERAND_ENDS or bool(token.text) and (token.text[-1].isalnum() or token.text[-1] in "_.")
        if token.text in ("and", "or", "not", "if"):
            ended = False
    return cuts


def _statement(state: State, line: Source) -> tuple[State, Output]:
    """Definitions and expressions."""
    shapes = {name: shape_of(value) for name, value in state.point.items()}
    tree = parse(line)
    lowered = lower(tree, line, graph=state.graph, names=state.names, shapes=shapes, differentiate=derivative)
    notes = [Note("name", text) for text in lowered.notes]
    point = dict(state.point)
    for name, node in lowered.names.point.items():
        point[name] = constant(lowered.graph, node, point)
    names = lowered.names.copy()
    names.point.clear()  # from here on it is the state's point that holds the values
    new = State(state.graph, names, point)
    if lowered.output is None:
        return new, Output([], notes)
    graph = lowered.graph
    missing = [n for n in inputs_of(graph, graph.components(lowered.output)) if graph.attrs[n] not in point]
    if missing and lowered.defined is not None:
        return new, Output([], notes)  # a definition over inputs that have no value yet
    if missing:
        name = graph.attrs[missing[0]]
        origin, span = graph.origins.get(missing[0], (None, None))
        if origin is not line:
            origin, span = line, tree.span
        known = [*names.functions, *names.nodes, *point]
        similar = nearest(name, known, limit=1)
        hint = f"set it: {name} = 2" if not similar else f"did you mean {similar[0]}? Or set it: {name} = 2"
        raise DcalcError("name", f"{name} has no value", source=origin, span=span, hint=hint)
    survey = Survey(Problem(graph, lowered.output, (), point), ieee=False)
    vector = bool(graph.shapes[lowered.output])
    value = tuple(survey.value) if vector else survey.value[0]
    return new, Output([Value(value, [], lowered.defined)], notes)
