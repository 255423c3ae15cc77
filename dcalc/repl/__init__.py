"""The REPL: reads a statement or a sentence, takes a step of the session, shows the answer. `dcalc` alone opens it.

No mathematics and no formatting here: `session.step` answers, `cli.show` and `cli.report` print.
"""

from __future__ import annotations

import os
import sys
import traceback

from .. import __version__
from ..cli import report, show, working
from ..commands.base import new_state
from ..commands.lines import Line, statements
from ..commands.sessions.settings import get
from ..errors import EXIT_OK, DcalcError, Source
from ..language import source, tokens
from ..session import attempted, names_of, presentation, step
from .config import configured, init_script
from .external import edited
from .reader import CONTINUATION, PROMPT, Plain, Reader, is_terminal, make_reader

BANNER = f"dcalc {__version__}: `help` for commands, `help language` for syntax, Ctrl-D to leave"
#: Words that the prompt itself obeys, unless the user gave one of them a meaning.
LEAVE = ("quit", "exit")
OWN = (*LEAVE, "clear", "edit")


class Repl:
    """A session with a user. What is read is taken here; the state is replaced only by a step that succeeded."""

    def __init__(self) -> None:
        self.state = new_state()
        self.reader: Reader = Plain()
        #: the last statement, for `edit`
        self.last = ""

    def begin(self) -> None:
        """Take the user's settings, and the lines of `init.dc`, of which only failures are told."""
        self.state = configured(self.state)
        script = init_script()
        if script is None:
            return
        try:
            for above, statement in statements(source(script.text).text):
                self._take_quietly(Line(statement, script.name, above))
        except KeyboardInterrupt:
            print(f"interrupted: the rest of {script.name} is not run", file=sys.stderr)
        self.state = self.state._replace(past=None)

    def _take_quietly(self, line: Line) -> None:
        try:
            with working(line.name):
                self.state = step(self.state, line)[0]
        except DcalcError as problem:
            problem.source = problem.source or line
            self._report(problem, position=True)
        except MemoryError:
            self._report(DcalcError("limit", "out of memory", source=line), position=True)
        except Exception as fault:
            self._report(_internal(fault, line), position=True)

    def take(self, text: str) -> bool:
        """Take what was typed or pasted, up to the first failure. Returns whether the user wants to leave."""
        for _, statement in statements(source(text).text):
            word = self._own(statement)
            if word in LEAVE:
                return True
            if word == "clear":
                self.reader.clear()
            elif word == "edit":
                return self._edit()
            elif not self._answer(statement):
                break
        return False

    def _own(self, statement: str) -> str:
        """The word that a statement consists of, if it is one that the prompt obeys."""
        words = [token.text for token in tokens(statement) if token.type not in ("NEWLINE", "SEMICOLON")]
        if words[1:] == ["(", ")"]:
            words = words[:1]
        return words[0] if len(words) == 1 and words[0] in OWN and words[0] not in names_of(self.state) else ""

    def _edit(self) -> bool:
        """Take what comes back from the user's editor, and show it as if it had been typed."""
        try:
            text = edited(self.last)
        except DcalcError as problem:
            self._report(problem)
            return False
        if not text.strip():
            return False
        self.reader.remember(text)
        print(PROMPT + text.replace("\n", "\n" + CONTINUATION))
        return self.take(text)

    def _answer(self, statement: str) -> bool:
        """Take one statement and print the answer or the failure. Returns whether it succeeded."""
        self.last = statement
        line = source(statement, "input")
        after = attempted(self.state, line)
        try:
            with working("computing"):
                state, output = step(self.state, line)
            show(output, presentation(self.state, line, {}))
            after = state
        except DcalcError as problem:
            self._report(problem)
        except KeyboardInterrupt:
            print("\ninterrupted" if is_terminal() else "interrupted", file=sys.stderr)  # the terminal wrote ^C
        except MemoryError:
            self._report(DcalcError("limit", "out of memory"))
        except BrokenPipeError:
            raise
        except Exception as fault:
            self._report(_internal(fault))
        else:
            return True
        finally:
            self.state = after
        return False

    def _report(self, problem: DcalcError, *, position: bool = False) -> None:
        report(problem, color=get(self.state.settings, "color"), position=position)


def _internal(fault: Exception, line: Source | None = None) -> DcalcError:
    if os.environ.get("DCALC_DEBUG"):
        traceback.print_exc()
    return DcalcError("internal", f"{type(fault).__name__}: {fault}", source=line, hint="DCALC_DEBUG=1 shows where")


def run_repl() -> int:
    """Talk with the user until they leave. Returns the exit status."""
    repl = Repl()
    repl.begin()
    repl.reader = make_reader(lambda: repl.state)
    if is_terminal():
        print(BANNER)
    while True:
        try:
            sys.stdout.flush()
            if repl.take(repl.reader.read()):
                return EXIT_OK
        except KeyboardInterrupt:
            continue  # Ctrl-C at the prompt drops the line
        except EOFError:
            return EXIT_OK
