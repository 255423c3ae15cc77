"""The verbs, in one registry: the command line, the sentences of a session, the help and the completion read it."""

from __future__ import annotations

from importlib import import_module

from .base import Command

#: In the order of the help. A verb's module is imported when the verb is used.
NAMES = ("eval", "grad", "jac", "hess", "diff", "trace", "rules", "run", "help")


def command(name: str) -> Command:
    """The command of that name, one of `NAMES`."""
    loaded: Command = import_module(f"{__name__}.{name}").COMMAND
    return loaded
