"""A session without a terminal, as the tests talk to it."""

from __future__ import annotations

from typing import Any

import pytest

from dcalc.commands.base import Output, State, new_state
from dcalc.errors import DcalcError
from dcalc.language import source
from dcalc.render import render
from dcalc.render.errors import render as failure
from dcalc.session import presentation, step


class Session:
    """Takes lines one after the other; answers with the text that a user would see."""

    def __init__(self, *lines: str) -> None:
        self.state = new_state()
        self.output = Output([], [])
        for line in lines:
            self(line)

    def __call__(self, line: str) -> str:
        before, text = self.state, source(line, "input")
        self.state, self.output = step(before, text)
        form = presentation(before, text, {})
        return render(self.output.results, self.output.notes, form.get("format", "text"), form.get("digits", 10))

    def problem(self, line: str) -> DcalcError:
        """The failure. The state has to be what it was."""
        before, snapshot = self.state, frozen(self.state)
        with pytest.raises(DcalcError) as caught:
            self(line)
        assert self.state is before
        assert frozen(self.state) == snapshot
        return caught.value

    def refuses(self, line: str) -> str:
        """The failure as the user sees it."""
        return failure(self.problem(line))

    @property
    def notes(self) -> list[str]:
        """What was said beside the answer."""
        return [note.message for note in self.output.notes]


def frozen(state: State) -> Any:
    """All that a state holds, to compare."""
    graph, names = state.graph, state.names
    columns = [list(graph.ops), list(graph.args), list(graph.attrs), list(graph.shapes), dict(graph.origins)]
    return columns, dict(names.nodes), dict(names.functions), dict(names.point), dict(state.point)
