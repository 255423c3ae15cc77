"""Scripts: the lines of a session from a file or a pipe. No prompt, no banner; errors with name:line:column."""

from __future__ import annotations

import sys
from typing import Any

from .cli import report, show, working
from .commands.base import new_state
from .commands.lines import Line, statements
from .errors import DcalcError, Source
from .language import source
from .session import presentation, step


def run_script(script: Source, options: dict[str, Any]) -> int:
    """Run every statement in turn; the first failure stops the script. Returns the exit status."""
    state = new_state()
    status = 0
    settings = {name: value for name, value in options.items() if name != "color"}
    for above, text in statements(source(script.text).text):
        line = Line(text, script.name, above)
        try:
            before = state
            with working("computing"):
                state, output = step(state, line, settings)
            form = presentation(before, line, options)
            status = max(status, show(output, form))
        except DcalcError as problem:
            problem.source = problem.source or line
            as_json = options.get("format") == "json"
            return report(problem, json=as_json, color=options.get("color", "auto"), position=True)
        sys.stdout.flush()
    return status
