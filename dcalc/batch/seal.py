"""What a worker may not do, whatever a job says: write, start programs, reach the network, read the user's files.

The language has nothing that does any of it but `@file`, which jobs are refused before it is opened. This holds should
there be a hole: an audit hook (PEP 578) sees every file that Python opens, every socket and every process, and cannot
be taken away again. What Python itself needs is let through: modules and the data files that lie beside them.
"""

from __future__ import annotations

import os
import sys
from typing import Any

#: Beginnings of the names of audit events that are refused whatever they are about.
REFUSED = (
    *("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.", "ftplib."),
    *("http.", "smtplib.", "urllib.", "webbrowser.", "shutil.", "tempfile.", "os.remove", "os.rename", "os.mkdir"),
    *("os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate", "os.kill", "sqlite3.", "os.putenv"),
    *("os.listdrives", "os.startfile", "winreg.", "syslog.", "nntplib.", "imaplib.", "poplib.", "telnetlib."),
)
#: Flags of `os.open` that write.
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Where a system's own data are: time zones, the processor's description.
SYSTEM = ("/usr/lib", "/usr/share", "/lib", "/sys/devices/system")
#: Files of that kind which are read alone: what lies beside them, such as the environment, is the user's.
ALONE = ("/dev/null", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo")


def seal(*, reading: bool) -> None:
    """From here on this process refuses all that. reading: files may be read."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    code = [sys.prefix, sys.base_prefix, sys.exec_prefix, own, os.path.join(os.path.dirname(own), "grammar")]  # noqa: PTH118, PTH120
    code += [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    allowed = tuple(os.path.join(os.path.realpath(path), "") for path in [*code, *SYSTEM])  # noqa: PTH118

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            _hold_open(args, allowed, reading)
        elif event.startswith(REFUSED):
            raise PermissionError(f"a job may not do this: {event}")

    sys.addaudithook(hook)


def _hold_open(args: tuple[Any, ...], allowed: tuple[str, ...], reading: bool) -> None:
    path, mode, flags = (*args, None, None, None)[:3]
    writes = bool(set(mode) & set("wax+")) if isinstance(mode, str) else isinstance(flags, int) and flags & WRITING
    if writes:
        raise PermissionError("a job may not write")
    if reading or isinstance(path, int):
        return
    real = os.path.realpath(os.fsdecode(path))
    if not real.startswith(allowed) and real not in ALONE:
        raise PermissionError("a job may not read files")


def hold_memory(size: int) -> None:
    """Let this process take so many bytes more than it has; no file that it writes may have any.

    Where the system knows no such limit nothing holds; the help says so.
    """
    try:
        import resource
    except ImportError:
        return
    limits = {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 0}
    taken = _taken()
    if taken:
        limits["RLIMIT_AS"] = taken + size
    for name, most in limits.items():
        try:
            kind = getattr(resource, name)
            _, hard = resource.getrlimit(kind)
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard),) * 2)
        except (OSError, ValueError, AttributeError):
            continue


def _taken() -> int:
    """Bytes of memory that this process has been given; 0 where that is not known."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
