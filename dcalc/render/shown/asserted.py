"""An assertion that holds: nothing for people, an object for programs."""

from __future__ import annotations

from typing import Any

from ...commands.asserted import Asserted
from ...language import unparse
from ..view import View


def views(result: Asserted, *, full: bool = False) -> list[View]:
    """Nothing: who tests wants to hear of failures."""
    return []


def body(result: Asserted) -> dict[str, Any]:
    """The condition."""
    return {"kind": "assert", "condition": unparse(result.condition), "holds": True}
