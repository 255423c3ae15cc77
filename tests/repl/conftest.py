"""The tests are imported by path (importmode=importlib), so the helper beside them is, too: as `dcalc_terminal`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("pexpect") and importlib.util.find_spec("pyte"):
    _spec = importlib.util.spec_from_file_location("dcalc_terminal", Path(__file__).with_name("terminal.py"))
    assert _spec and _spec.loader
    _helper = importlib.util.module_from_spec(_spec)
    sys.modules["dcalc_terminal"] = _helper
    _spec.loader.exec_module(_helper)
