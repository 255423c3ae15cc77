"""A text in the user's own editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import DcalcError

#: What is tried where the environment names no editor.
USUAL = ("vi", "nano")


def editor() -> list[str]:
    """The editor's command: $VISUAL, else $EDITOR, else one that is there. Raises DcalcError."""
    for variable in ("VISUAL", "EDITOR"):
        given = os.environ.get(variable, "").strip()
        if given:
            try:
                return shlex.split(given)
            except ValueError as problem:
                raise DcalcError("usage", f"${variable} cannot be read: {problem}", hint=f"it is {given}") from None
    for name in USUAL:
        if shutil.which(name):
            return [name]
    raise DcalcError("usage", "there is no editor", hint="set EDITOR, for example EDITOR=nano")


def edited(text: str) -> str:
    """The text as it was saved. The editor has the terminal until it ends. Raises DcalcError."""
    command = editor()
    handle, name = tempfile.mkstemp(prefix="dcalc-", suffix=".dc")
    file = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text + ("" if text.endswith("\n") or not text else "\n"))
        try:
            status = subprocess.call([*command, name])
        except OSError as problem:
            hint = "VISUAL and EDITOR name the editor"
            raise DcalcError("usage", f"cannot run {command[0]}: {problem.strerror}", hint=hint) from None
        if status:
            raise DcalcError("usage", f"{command[0]} ended with status {status}", hint="nothing was run")
        return file.read_text(encoding="utf-8").rstrip("\n")
    except (UnicodeDecodeError, OSError) as problem:
        raise DcalcError("usage", f"what was saved cannot be read: {problem}", hint="nothing was run") from None
    finally:
        file.unlink(missing_ok=True)
