"""Scripts: the lines of a session from files, arguments or a pipe. No prompt, no banner; errors with name:line:column.

Several scripts are one session. JSON is one object a line: results as they come, failures in their place.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from .backends.result import Note
from .cli import report, show, working
from .commands.base import Output, State, new_state
from .commands.lines import Line, is_blank, statements
from .errors import DcalcError, Source
from .language import source, tokens
from .session import presentation, step


def run_scripts(scripts: Sequence[Source], options: dict[str, Any]) -> int:
    """Run every statement in turn; the first failure stops all, unless `keep-going`. Returns the exit status.

    options: `set` (texts as `--at` takes them), `keep-going`, and how answers are shown.
    """
    texts = [(script.name, source(script.text).text) for script in scripts]
    state, notes = _set(new_state(), options.pop("set", []), [text for _, text in texts])
    going = options.pop("keep-going", False)
    if notes:
        show(Output([], notes), options)
    settings = {name: value for name, value in options.items() if name != "color"}
    as_json, color = options.get("format") == "json", options.get("color", "auto")
    status, count, failed = 0, 0, 0
    for name, text in texts:
        for above, statement in statements(text):
            line = Line(statement, name, above)
            count += not is_blank(statement)
            try:
                before = state
                with working("computing"):
                    state, output = step(state, line, settings)
                answered = show(output, presentation(before, line, options))
                failed += answered != 0
                status = max(status, answered)
            except DcalcError as problem:
                problem.source = problem.source or line
                failed += 1
                status = max(status, report(problem, json=as_json, color=color, position=True))
                if not going:
                    return status
            sys.stdout.flush()
    if going:
        words = f"{failed} of {count} failed" if failed else "all well"
        print(f"{count} statement{'s' * (count != 1)}: {words}", file=sys.stderr)
    return status


def _set(state: State, texts: Sequence[Source], scripts: Sequence[str]) -> tuple[State, list[Note]]:
    """The state in which the command line has set inputs, and a note for each that no script names."""
    if not texts:
        return state, []
    from .commands.point import point_of

    point = point_of(state, list(texts))
    named = {token.text for text in scripts for token in tokens(text)}
    unknown = [name for name in point if name not in named]
    notes = [Note("name", f"no script has the name {name} that --set gives a value") for name in unknown]
    return state._replace(point=point, fixed=frozenset(point)), notes
