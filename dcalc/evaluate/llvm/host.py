"""The machine that code is compiled for: its vectors, and whether it can be."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple


class Host(NamedTuple):
    """A machine: its processor and features in LLVM's words, and how many numbers a vector holds."""

    cpu: str
    features: str
    width: int
    avx512: bool
    #: what versions of LLVM and of the machine code belongs to
    versions: str


def installed() -> bool:
    """Whether llvmlite is there; it is not loaded."""
    return find_spec("llvmlite") is not None


@cache
def binding() -> Any:
    """llvmlite's binding, ready to make code for this machine."""
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def host(width: int = 0) -> Host | None:
    """This machine; None where it has no fused multiply-add, without which the functions would not be exact.

    width: narrower vectors than the machine's, for tests; also by the environment's DCALC_VECTOR.
    """
    llvm = binding()
    features = llvm.get_host_cpu_features()
    cpu = llvm.get_host_cpu_name()
    x86 = "sse2" in features
    if x86 and not (features.get("fma") and features.get("avx2")):
        return None
    widest = 8 if features.get("avx512f") and features.get("avx512dq") and features.get("avx512vl") else 4 if x86 else 2
    asked = width or int(os.environ.get("DCALC_VECTOR", "0") or 0)
    chosen = min(asked, widest) if asked in (2, 4, 8) else widest
    if chosen == 8:
        features["prefer-256-bit"] = False
    elif x86:
        for name in features:
            if name.startswith(("avx512", "avx10", "amx")):
                features[name] = False
    import llvmlite

    version = f"{llvmlite.__version__} {llvm.llvm_version_info} {cpu} {features.flatten()}"
    return Host(cpu, features.flatten(), chosen, chosen == 8, version)


def described() -> str:
    """This machine in words: LLVM's version, the vectors and the processor. It has to be one that can be used."""
    here = host()
    assert here is not None
    version = ".".join(map(str, binding().llvm_version_info))
    return f"LLVM {version}, vectors of {here.width} ({here.cpu})"


def machine(host: Host) -> Any:
    """LLVM's target machine."""
    llvm = binding()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=host.cpu, features=host.features, opt=2, reloc="pic", codemodel="jitdefault", jit=True
    )
