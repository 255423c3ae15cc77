"""A verb's options and operand as argparse has them: the command line reads them, shell completion is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Command
from .options import option_of

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser, verb: Command) -> dict[str, argparse.Action]:
    """Give a parser what a verb takes. The actions by the options' names; "" is the operand."""
    actions: dict[str, argparse.Action] = {}
    for name in verb.options:
        option = option_of(verb, name)
        how: dict[str, Any] = {"action": "append" if option.repeats else "store"}
        if not option.metavar:
            how = {"action": "store_true", "default": None}
        actions[name] = parser.add_argument(f"--{name}", **how)
    if verb.operand:
        count = "*" if verb.operand.endswith("…") else "?" if verb.operand.startswith("[") else None
        actions[""] = parser.add_argument("operand", nargs=count, metavar=verb.operand)
    return actions
