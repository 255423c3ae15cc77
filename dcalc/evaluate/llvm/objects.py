"""Machine code from IR: made by LLVM, kept in memory and in a private folder, and loaded.

A kept file begins with a keyed hash of its content and of all that it was made from; the key is the user's own. One
that does not fit is not used: the code is made again.
"""

from __future__ import annotations

import contextlib
import ctypes
import hmac
import math
import os
import secrets
import stat
import sys
from collections import OrderedDict
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from ...progress import stage
from .generate import Code
from .host import Host, binding, machine

#: Changes with what the code expects from its callers.
FORMAT = 1
#: Loaded programs that are kept, and files, of which the oldest go first.
IN_MEMORY = 64
FILES = 500

_known: OrderedDict[bytes, Loaded] = OrderedDict()
_lock = Lock()


class Loaded:
    """Code in memory: `call(in, fixed, out, stride, n, spill)`, see `generate`. cached: whether a file had it."""

    def __init__(self, code: bytes, functions: tuple[str, ...], host: Host, *, cached: bool) -> None:
        llvm = binding()
        self.cached = cached
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine(host))
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        table = self._engine.get_global_value_address("libm")
        for k, name in enumerate(functions):
            ctypes.c_void_p.from_address(table + 8 * k).value = address(name)
        types = [ctypes.c_void_p] * 3 + [ctypes.c_int64] * 2 + [ctypes.c_void_p]
        self.call = ctypes.CFUNCTYPE(None, *types)(self._engine.get_function_address("kernel"))


def load(code: Code, host: Host) -> Loaded:
    """The machine code of IR: from memory, from a file, or made now."""
    name = sha256(f"{FORMAT}\n{host.versions}\n{sys.platform}\n{code.text}".encode()).digest()
    with _lock:
        known = _known.get(name)
        if known is not None:
            _known.move_to_end(name)
            return known
        place = folder()
        key = _key(place) if place else None
        file = place / name.hex()[:40] if place else None
        kept = _read(file, key, name) if file and key else None
        made = _compile(code.text, host) if kept is None else kept
        loaded = Loaded(made, code.functions, host, cached=kept is not None)
        if kept is None and file and key:
            _write(file, key, name, made)
        _known[name] = loaded
        if len(_known) > IN_MEMORY:
            _known.popitem(last=False)
        return loaded


def _compile(text: str, host: Host) -> bytes:
    with stage("compiling"):
        llvm = binding()
        module = llvm.parse_assembly(text)
        module.verify()
        made: bytes = machine(host).emit_object(module)
        return made


@cache
def _library() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL("ucrtbase")
    # Python's own module of mathematics is linked with the library; where it is built in, the program itself is.
    return ctypes.CDLL(getattr(math, "__file__", None))


#: Python functions that stand in for what the library has not; kept alive, since code has their addresses.
_callbacks: dict[str, Any] = {}


def _fmod(x: float, y: float) -> float:
    try:
        return math.fmod(x, y)
    except ValueError:
        return math.nan


@cache
def address(name: str) -> int:
    """The address of a C function of numbers."""
    try:
        found = getattr(_library(), name)
    except AttributeError:
        from ...primitives import TABLE
        from ..scalar_kernels import scalar_kernel

        known = {"pow": "^"}.get(name, name)
        function = _fmod if name == "fmod" else scalar_kernel(TABLE[known])
        count = 2 if name in ("pow", "atan2", "hypot", "fmod") else 1
        found = _callbacks[name] = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(function)
    result = ctypes.cast(found, ctypes.c_void_p).value
    assert result is not None
    return result


def folder() -> Path | None:
    """The folder of kept code, `$XDG_CACHE_HOME/dcalc/code`, private; None where there can be none."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"  # noqa: PTH117
        place = root / "dcalc" / "code"
        place.parent.parent.mkdir(parents=True, exist_ok=True)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        facts = place.lstat()
    except (OSError, RuntimeError):
        return None
    return place if stat.S_ISDIR(facts.st_mode) and _private(facts) else None


def _private(facts: os.stat_result) -> bool:
    """Whether a file or folder is the user's and nobody else may write to it."""
    return not hasattr(os, "getuid") or (facts.st_uid == os.getuid() and not facts.st_mode & 0o022)


def _content(file: Path) -> bytes:
    """What is in a private file; b"" for others' and for links."""
    try:
        # Open first and look at what was opened: nothing can be exchanged in between.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as opened:
            facts = os.fstat(opened.fileno())
            return opened.read() if stat.S_ISREG(facts.st_mode) and _private(facts) else b""
    except OSError:
        return b""


def _key(place: Path) -> bytes | None:
    """The user's key, made on first use."""
    file = place / "key"
    try:
        if not file.exists():
            _put(file, secrets.token_bytes(32))
    except OSError:
        return None
    key = _content(file)
    return key if len(key) == 32 else None


def _sign(key: bytes, name: bytes, code: bytes) -> bytes:
    return hmac.new(key, name + code, "sha256").digest()


def _read(file: Path, key: bytes, name: bytes) -> bytes | None:
    data = _content(file)
    return data[32:] if hmac.compare_digest(data[:32], _sign(key, name, data[32:])) else None


def _write(file: Path, key: bytes, name: bytes, code: bytes) -> None:
    with contextlib.suppress(OSError):  # it is only kept for the next time
        _put(file, _sign(key, name, code) + code)
        files = sorted((one for one in file.parent.iterdir() if one.name != "key"), key=lambda one: one.stat().st_mtime)
        for old in files[:-FILES]:
            old.unlink()


def _put(file: Path, data: bytes) -> None:
    """A file with these bytes, whole or not at all."""
    part = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb"
    ) as opened:
        opened.write(data)
    part.replace(file)
