"""`help`: the commands, the options and the language."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import DcalcError, suggestion
from .base import Ask, Command, Output, SessionCommand, State


class HelpPage(NamedTuple):
    """A page of help: of one command, of a topic (title and text), or the overview (neither)."""

    command: Command | SessionCommand | None
    title: str = ""
    text: str = ""
    #: whether its examples are to be those of a session
    in_session: bool = False


def _run(state: State, ask: Ask) -> Output:
    from . import VERBS, command, verb
    from .sessions.names import meanings
    from .topics import TOPICS

    name = ask.operand.text.strip() if ask.operand else ""
    if not name:
        return Output([HelpPage(None)], [])
    own = [meaning] if (meaning := meanings(state, name)) else []
    if name in VERBS:
        return Output([*own, HelpPage(verb(name))], [])
    if name in TOPICS:
        return Output([*own, HelpPage(None, name, TOPICS[name])], [])
    from ..primitives import ALIASES, TABLE
    from ..primitives.arrays import FUNCTIONS
    from .rules import entries_of

    if entries_of(name):
        output = command("rules").run(state, ask)
        return output._replace(results=[*own, *output.results])
    from ..graph.names import DUAL_UNITS
    from .options import OPTIONS

    if name in DUAL_UNITS:
        return Output([*own, HelpPage(None, "dual", TOPICS["dual"])], [])
    if option := next((one for one in OPTIONS.values() if name.removeprefix("--") in (one.name, one.word)), None):
        title = f"--{option.name} {option.metavar}".rstrip()
        return Output([*own, HelpPage(None, title, f"{option.help}\n{option.example}")], [])
    if own:
        return Output(own, [])
    known = [*VERBS, *TOPICS, *(entry.word for entry in TABLE.values()), *FUNCTIONS, *ALIASES]
    hint = suggestion(name, known, "`dcalc help` lists what there is")
    raise DcalcError("usage", f"there is no help on {name}", hint=hint)


COMMAND = Command(
    "help",
    "this help; help VERB for a command, help sin for a function",
    "[WORD]",
    (),
    ("dcalc help grad", "dcalc help language"),
    "Topics: language, arrays, programs, dual, point, kinks, json, exit.",
    _run,
)
