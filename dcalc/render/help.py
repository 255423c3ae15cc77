"""Pages of help, made from the registry."""

from __future__ import annotations

from ..commands import NAMES, OF_SESSIONS, command, verb
from ..commands.base import Command, Option, SessionCommand
from ..commands.help import HelpPage
from ..commands.options import option_of

OVERVIEW = """\
dcalc differentiates, by finite differences, forward mode, reverse mode and symbolically, and compares them.

  dcalc grad "max(y*z, y+2*x)" --at x=2,y=3,z=-1     one answer
  dcalc                                              a session; the same verbs as sentences
  dcalc run FILE                                     the lines of a script
"""


def page(result: HelpPage) -> str:
    """A page as text."""
    text = _page(result)
    if not result.in_session or not (result.command or result.title):
        return text
    from ..commands.sentence import in_words  # the command line needs no sentences

    return in_words(text)


def _page(result: HelpPage) -> str:
    from ..commands.topics import TOPICS

    if result.command is not None:
        return _command(result.command, in_session=result.in_session)
    if result.title:
        return f"{result.title}\n\n{result.text}"
    width = max(map(len, (*NAMES, *OF_SESSIONS)))
    lines = [OVERVIEW, "commands"]
    lines += [f"  {name:<{width}}  {command(name).summary}" for name in NAMES]
    lines += ["", "in a session", "  x = 2; f(x) = x^2     statements; grad f(x) at x=3 using forward     sentences"]
    lines += ["  ans or _, %1, %2, …   earlier answers; !! the line before; ?sin or sin? help; ; at the end is silent"]
    lines += [f"  {name:<{width}}  {verb(name).summary}" for name in OF_SESSIONS]
    lines += ["", f"more: dcalc help VERB, dcalc help sin, and the topics {', '.join(TOPICS)}"]
    return "\n".join(lines)


def usage(verb: Command | SessionCommand) -> str:
    """`dcalc grad EXPR [options]`; `set NAME VALUE` of a session."""
    parts = ["dcalc" if isinstance(verb, Command) else "", verb.name, verb.operand, "[options]" if verb.options else ""]
    return " ".join(part for part in parts if part)


def flags(option: Option) -> str:
    """`--at NAME=VALUE,…`, or `--ieee` for a switch."""
    return f"--{option.name} {option.metavar}".rstrip()


def _command(verb: Command | SessionCommand, *, in_session: bool) -> str:
    lines = [usage(verb), "", verb.summary, ""]
    if verb.details:
        lines += [verb.details, ""]
    options = [option_of(verb, name) for name in verb.options]
    if options:
        spelling = "" if in_session else " (in a session: the same words without --; `using` for --backend)"
        lines.append("options" + spelling)
        for option in options:
            lines.append(f"  {flags(option)}")
            lines.append(f"      {option.help}")
            lines.append(f"      {option.example}")
        lines.append("")
    lines.append("examples")
    lines += [f"  {example}" for example in verb.examples]
    return "\n".join(lines)
