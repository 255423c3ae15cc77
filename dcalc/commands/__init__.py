"""The verbs, in one registry: the command line, the sentences of a session, the help and the completion read it."""

from __future__ import annotations

from importlib import import_module

from .base import Command, SessionCommand

#: In the order of the help. A verb's module is imported when the verb is used.
NAMES = (
    *("eval", "grad", "jac", "hess", "diff", "jvp", "vjp", "hvp", "deriv", "taylor"),
    *("simplify", "expand", "factor", "collect", "subs"),
    *("trace", "explain", "graph", "check", "cost", "engines", "compare", "plot"),
    "descend",
    *("export", "assert", "rules", "run", "batch", "completion", "help"),
)
#: Verbs whose modules cannot have their names.
_MODULES = {"assert": "asserted"}


#: Verbs that only a session has, and the modules that they are in.
OF_SESSIONS = {
    "vars": "sessions.names",
    "funcs": "sessions.names",
    "del": "sessions.names",
    "undo": "sessions.whole",
    "reset": "sessions.whole",
    "set": "sessions.settings",
    "show": "sessions.settings",
    "save": "sessions.whole",
    "load": "sessions.whole",
    "edit": "sessions.at_prompt",
    "clear": "sessions.at_prompt",
    "quit": "sessions.at_prompt",
    "exit": "sessions.at_prompt",
}
#: What a sentence may begin with.
VERBS = (*NAMES, *OF_SESSIONS)


def command(name: str) -> Command:
    """The command of that name, one of `NAMES`."""
    loaded: Command = import_module(f"{__name__}.{_MODULES.get(name, name)}").COMMAND
    return loaded


def verb(name: str) -> Command | SessionCommand:
    """The verb of that name, one of `VERBS`."""
    if name not in OF_SESSIONS:
        return command(name)
    loaded: SessionCommand = import_module(f"{__name__}.{OF_SESSIONS[name]}").COMMANDS[name]
    return loaded
