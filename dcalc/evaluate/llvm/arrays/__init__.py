"""Plans with arrays at one point as compiled loop nests: one pass over memory for all that can share it."""

from __future__ import annotations

from collections.abc import Sequence

from ....graph.shapes import size
from ..generate import Code
from ..host import Host
from ..ir import Module, number
from ..kernels import OUTLINED
from .lines import START
from .nests import Schedule
from .part import Part, loses, second
from .pieces import Nest, Result, TooLongError, parts_of

#: More operations that are functions than these are functions of their own.
MOST_INLINE = 8


#: Lines of IR of one nest beyond which LLVM takes too long.
MOST_LINES = 12_000
_PARAMETERS = "ptr noalias %in, ptr noalias %fixed, ptr noalias %out, i64 %stride, i64 %n, ptr noalias %spill"


def code_of(schedule: Schedule, nests: Sequence[Nest], host: Host) -> Code:
    """A function that runs nests one after the other; `in` are the addresses of the schedule's buffers.

    Each nest is a function of its own, for LLVM's time grows faster than a function does. TooLongError.
    """
    module = Module(host.width, avx512=host.avx512)
    nodes = schedule.values.nodes
    functions = sum(nodes[slot].op in OUTLINED and nodes[slot].computed for slot in nodes)
    for k, nest in enumerate(nests):
        writer = _Function(schedule, module, outlined=functions > MOST_INLINE)
        writer.nest(nest)
        if len(writer.lines) > MOST_LINES:
            raise TooLongError
        module.define(f"@nest{k}", f"define internal void @nest{k}(ptr %in) noinline {{\nstart:\n{writer.text()}\n}}")
    calls = "\n".join(f"  call void @nest{k}(ptr %in)" for k in range(len(nests)))
    text = f'define void @kernel({_PARAMETERS}) alignstack(64) "stackrealign" {{\nstart:\n{calls}\n  ret void\n}}'
    module.define("@kernel", text)
    return Code(module.text(), tuple(module.used), 0)


class _Function:
    """Writes nests into one function; each part of a nest begins at the label n0, n1, …"""

    def __init__(self, schedule: Schedule, module: Module, *, outlined: bool) -> None:
        self.schedule, self.module, self.outlined = schedule, module, outlined
        self.lines: list[str] = []
        self.used: set[int] = set()
        self.parts = 0

    def buffer(self, k: int) -> str:
        """The name of a buffer's address."""
        self.used.add(k)
        return f"%b{k}"

    def text(self) -> str:
        """The lines, from the addresses of the buffers to the return."""
        head = [
            line
            for k in sorted(self.used)
            for line in (f"  %place{k} = getelementptr ptr, ptr %in, i64 {k}", f"  %b{k} = load ptr, ptr %place{k}")
        ]
        return "\n".join([*head, "  br label %n0", *self.lines, f"n{self.parts}:", "  ret void"])

    def nest(self, nest: Nest) -> None:
        """All parts of a nest."""
        sums = [result for result in nest.results if result.root.kind == "reduce"]
        for result in sums:
            self._fill(result.root.buffer, size(result.root.shape), START[result.how])
            if loses(nest, result):
                self._fill(second(self.schedule, result), size(result.root.shape), 0.0)
        for box in parts_of(nest):
            mine = [
                result for result in nest.results if all(b <= n for (_, b), n in zip(box, result.shape, strict=True))
            ]
            if mine:
                self.lines += Part(self, nest, box, mine).text()
        for result in sums:
            if loses(nest, result):
                self._finish(result)

    def begin(self) -> str:
        """The label of what comes next."""
        label = f"n{self.parts}"
        self.parts += 1
        return label

    def _loop(self, count: int, body: Sequence[str]) -> None:
        """A loop over single numbers: body with %i as {i}, names with {p}."""
        p = self.begin()
        lines = [line.replace("{p}", p).replace("{i}", f"%{p}.i") for line in body]
        self.lines += [
            f"{p}:", f"  br label %{p}.loop", f"{p}.loop:",
            f"  %{p}.i = phi i64 [ 0, %{p} ], [ %{p}.next, %{p}.loop ]",
            *lines,
            f"  %{p}.next = add i64 %{p}.i, 1",
            f"  %{p}.more = icmp ult i64 %{p}.next, {count}",
            f"  br i1 %{p}.more, label %{p}.loop, label %n{self.parts}",
        ]  # fmt: skip

    def _fill(self, buffer: int, count: int, value: float) -> None:
        base = self.buffer(buffer)
        self._loop(count, [f"  %{{p}}.a = getelementptr double, ptr {base}, i64 {{i}}",
                           f"  store double {number(value)}, ptr %{{p}}.a"])  # fmt: skip

    def _finish(self, result: Result) -> None:
        """The sums with what was lost; beside an infinite one that is no number."""
        base, other = self.buffer(result.root.buffer), self.buffer(second(self.schedule, result))
        self._loop(size(result.root.shape), [
            f"  %{{p}}.a = getelementptr double, ptr {base}, i64 {{i}}",
            f"  %{{p}}.b = getelementptr double, ptr {other}, i64 {{i}}",
            "  %{p}.s = load double, ptr %{p}.a", "  %{p}.c = load double, ptr %{p}.b",
            "  %{p}.bad = fcmp uno double %{p}.c, %{p}.c",
            f"  %{{p}}.d = select i1 %{{p}}.bad, double {number(0.0)}, double %{{p}}.c",
            "  %{p}.t = fadd double %{p}.s, %{p}.d", "  store double %{p}.t, ptr %{p}.a",
        ])  # fmt: skip
