"""`completion`: a script that completes `dcalc` command lines in a shell, made of the registry by shtab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DcalcError, suggestion
from .base import Ask, Command, Output, State

if TYPE_CHECKING:
    from argparse import Action, ArgumentParser

SHELLS = ("bash", "zsh", "fish")


def _run(state: State, ask: Ask) -> Output:
    from .sessions.whole import Script

    shell = ask.operand.text.strip() if ask.operand else ""
    if shell not in SHELLS:
        hint = suggestion(shell, list(SHELLS), f"it is one of {', '.join(SHELLS)}")
        raise DcalcError("usage", f"there is no completion for {shell}", source=ask.operand, hint=hint)
    import shtab

    text: str = shtab.complete(_parser(), shell=shell)
    return Output([Script(text.rstrip("\n").splitlines())], [])


def _parser() -> ArgumentParser:
    """dcalc's command line with all its verbs, and what may stand where."""
    import argparse

    from . import NAMES, command
    from .arguments import add_arguments
    from .options import option_of

    parser = argparse.ArgumentParser("dcalc")
    parser.add_argument("--version", action="version", version="", help="the version")
    verbs = parser.add_subparsers(metavar="COMMAND", dest="command")
    for name in NAMES:
        verb = command(name)
        own = verbs.add_parser(name, help=_plain(verb.summary), description=_plain(verb.summary))
        actions = add_arguments(own, verb)
        operand = actions.pop("", None)
        for option, action in actions.items():
            action.help = _plain(option_of(verb, option).help)
            _told(action, option_of(verb, option).metavar, _choices(verb, option))
        if operand is not None:
            operand.help = verb.operand
            _told(operand, verb.operand, _words(name))
    return parser


def _told(action: Action, metavar: str, choices: tuple[str, ...]) -> None:
    """Tell shtab what an action takes: words of a list, or a file."""
    from shtab import FILE

    if choices:
        action.choices = choices
    elif metavar in ("FILE", "FILE…"):
        marked: Any = action  # argparse does not know this attribute
        marked.complete = FILE


def _choices(verb: Command, option: str) -> tuple[str, ...]:
    """The values of an option that can be counted."""
    from .options import BACKENDS, option_of

    if option == "format":
        return verb.formats
    return BACKENDS if option == "backend" else option_of(verb, option).choices


def _words(verb: str) -> tuple[str, ...]:
    """The words that a verb works on, where they can be counted."""
    from . import VERBS
    from .topics import TOPICS

    if verb == "completion":
        return SHELLS
    if verb == "help":
        return (*VERBS, *TOPICS, *_entries())
    return _entries() if verb == "rules" else ()


def _entries() -> tuple[str, ...]:
    """What the table has a name for."""
    from ..primitives import ALIASES, TABLE
    from ..primitives.arrays import FUNCTIONS

    names = (*(entry.word for entry in TABLE.values() if not entry.helper), *FUNCTIONS, *ALIASES)
    return tuple(name for name in dict.fromkeys(names) if name.isidentifier())


def _plain(text: str) -> str:
    """A text that argparse does not take for a format."""
    return text.replace("%", "%%")


COMMAND = Command(
    "completion",
    "a script that completes dcalc's command lines in bash, zsh or fish",
    "SHELL",
    (),
    ("dcalc completion bash",),
    """\
For every shell from now on:
bash   dcalc completion bash > ~/.local/share/bash-completion/completions/dcalc
zsh    eval "$(dcalc completion zsh)"      in ~/.zshrc, behind compinit
fish   dcalc completion fish > ~/.config/fish/completions/dcalc.fish""",
    _run,
    ("text",),
)
