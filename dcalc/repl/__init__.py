"""The REPL: reads a statement or a sentence, takes a step of the session, shows the answer. `dcalc` alone opens it.

No mathematics and no formatting here: `session.step` answers, `cli.show` and `cli.report` print.
"""

from __future__ import annotations

import os
import sys
import traceback

from .. import __version__
from ..cli import report, show
from ..commands.base import new_state
from ..commands.lines import statements
from ..errors import EXIT_OK, DcalcError
from ..language import source, tokens
from ..session import names_of, presentation, step
from .reader import is_terminal, make_reader

BANNER = f"dcalc {__version__}: `help` for commands, `help language` for syntax, Ctrl-D to leave"
#: Words that leave, unless the user gave one of them a meaning.
LEAVE = ("quit", "exit")


class Repl:
    """A session with a user. What is read is taken here; the state is replaced only by a step that succeeded."""

    def __init__(self) -> None:
        self.state = new_state()

    def take(self, text: str) -> bool:
        """Take what was typed or pasted, up to the first failure. Returns whether the user wants to leave."""
        for _, statement in statements(source(text).text):
            if self._leaves(statement):
                return True
            if not self._answer(statement):
                break
        return False

    def _leaves(self, statement: str) -> bool:
        words = [token.text for token in tokens(statement) if token.type not in ("NEWLINE", "SEMICOLON")]
        if words[1:] == ["(", ")"]:
            words = words[:1]
        return len(words) == 1 and words[0] in LEAVE and words[0] not in names_of(self.state)

    def _answer(self, statement: str) -> bool:
        """Take one statement and print the answer or the failure. Returns whether it succeeded."""
        try:
            line = source(statement, "input")
            state, output = step(self.state, line)
            form = presentation(self.state, line, {})
            self.state = state
            show(output, form)
        except DcalcError as problem:
            report(problem)
        except KeyboardInterrupt:
            print("\ninterrupted" if is_terminal() else "interrupted", file=sys.stderr)  # the terminal wrote ^C
        except MemoryError:
            report(DcalcError("limit", "out of memory"))
        except BrokenPipeError:
            raise
        except Exception as fault:
            if os.environ.get("DCALC_DEBUG"):
                traceback.print_exc()
            report(DcalcError("internal", f"{type(fault).__name__}: {fault}", hint="DCALC_DEBUG=1 shows where"))
        else:
            return True
        return False


def run_repl() -> int:
    """Talk with the user until they leave. Returns the exit status."""
    repl = Repl()
    read = make_reader(lambda: repl.state)
    if is_terminal():
        print(BANNER)
    while True:
        try:
            sys.stdout.flush()
            if repl.take(read()):
                return EXIT_OK
        except KeyboardInterrupt:
            continue  # Ctrl-C at the prompt drops the line
        except EOFError:
            return EXIT_OK
