"""The XDG folders."""

from __future__ import annotations

import os
from pathlib import Path


def folder(variable: str, otherwise: str) -> Path:
    """dcalc's folder of one kind; in `otherwise` where the variable holds no absolute path.

    Raises RuntimeError where there is no home.
    """
    given = os.environ.get(variable, "")
    base = Path(given) if Path(given).is_absolute() else Path(otherwise).expanduser()
    return base / "dcalc"
