"""Files that are whole or not there: written beside the target under another name, and renamed at the end.

Whatever happens in between (an error, a full disk, a killed process), the target is what it was; what a killed process
leaves behind is called `.NAME.….part`. A target that is no ordinary file, as /dev/stdout or a pipe, is written to.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ..errors import DcalcError

HINT = "name a file in a folder that is there and that you may write to"


@contextmanager
def replacing(name: str) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `name` when the context ends well. Raises DcalcError of kind usage."""
    path = os.path.realpath(os.path.expanduser(name))  # noqa: PTH111 (a link goes on pointing where it did)
    try:
        if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH110, PTH116
            with open(path, "wb") as file:  # noqa: PTH123
                yield file
            return
        folder, base = os.path.split(path)
        descriptor, part = tempfile.mkstemp(prefix=f".{base}.", suffix=".part", dir=folder or ".")
    except OSError as problem:
        raise cannot_write(name, problem) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, mode_of(path))  # noqa: PTH101
        os.replace(part, path)  # noqa: PTH105
    except BaseException as problem:
        with contextlib.suppress(OSError):
            os.unlink(part)  # noqa: PTH108
        if isinstance(problem, OSError) and not isinstance(problem, BrokenPipeError):
            raise cannot_write(name, problem) from None
        raise


def cannot_write(name: str, problem: OSError) -> DcalcError:
    """A file cannot be written: no such folder, no right to, a full disk."""
    return DcalcError("usage", f"cannot write {name}: {problem.strerror or problem}", hint=HINT)


def mode_of(path: str) -> int:
    """The permissions that the file has, or that a new one gets."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
