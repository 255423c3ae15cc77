"""Hatchling's custom hook: a wheel carries the parse tables, so that no installed dcalc ever needs Lark to start.

Not for editable installs: there the grammar may change, and dcalc builds and caches the tables by itself.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GRAMMAR = "grammar/dcalc.lark"
GENERATOR = "dcalc/language/generate.py"
TABLES = "dcalc/language/_tables.py"


class TablesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Writes dcalc/language/_tables.py for the time of the build."""

    _written: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        # By its path: the package itself may need what a build environment lacks.
        spec = importlib.util.spec_from_file_location("dcalc_generate", root / GENERATOR)
        assert spec is not None
        assert spec.loader is not None
        generator = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(generator)
        text = generator.python_source(generator.tables((root / GRAMMAR).read_bytes()))
        place = root / TABLES
        if not place.exists():
            self._written = place
        place.write_text(text, encoding="utf-8")
        build_data["artifacts"].append(TABLES)  # git ignores the file, a wheel must not

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self._written is not None:
            self._written.unlink(missing_ok=True)
