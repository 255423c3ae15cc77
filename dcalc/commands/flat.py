"""`--flat`: a derivative as one plain table, whatever the shapes of outputs and inputs."""

from __future__ import annotations

from typing import NamedTuple

from ..backends.result import Compared, Derived, Nested
from .base import Ask, Output


class Flat(NamedTuple):
    """An answer that is to be shown as a table of component by component."""

    answer: Derived | Compared

    @property
    def remembered(self) -> Nested:
        """What a session's later lines may use."""
        return self.answer.remembered


def flat(output: Output, ask: Ask) -> Output:
    """The output as the option wants it. A comparison is a table anyway."""
    if not ask.get("flat"):
        return output
    return output._replace(results=[Flat(result) for result in output.results])
