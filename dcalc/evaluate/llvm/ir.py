"""LLVM IR as text: vectors of float64, one instruction after the other.

The text is small and quick to write; LLVM reads and checks it. Every name in it is made here, none comes from a user.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

#: Adding it to a number of less than 2^51 rounds to a whole number, whose lowest bits are then the sum's.
MAGIC = 6755399441055744.0


def number(value: float) -> str:
    """A double in LLVM's notation, exact for every value."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Body:
    """The text of one function over vectors of `width` numbers.

    Values are their names in IR. Methods append an instruction and give its result's name; truth values are vectors of
    i1, whole numbers vectors of i64.
    """

    def __init__(self, width: int, module: Module) -> None:
        self.width = width
        self.module = module
        self.lines: list[str] = []
        self.label = "start"
        self.double = f"<{width} x double>"
        self.long = f"<{width} x i64>"
        self.truth = f"<{width} x i1>"
        self._count = 0
        #: what has been computed already on every way to the end, such as the reduced argument of a sine
        self.memo: dict[tuple[str, ...], tuple[str, ...]] = {}

    def name(self) -> str:
        """A name that is not in use."""
        self._count += 1
        return f"%v{self._count}"

    def do(self, text: str) -> str:
        """An instruction with a result."""
        name = self.name()
        self.lines.append(f"  {name} = {text}")
        return name

    def constant(self, value: float) -> str:
        """A number, the same in every lane."""
        return f"splat (double {number(value)})"

    def whole(self, value: int) -> str:
        """A whole number, the same in every lane."""
        return f"splat (i64 {value})"

    def add(self, a: str, b: str) -> str:
        """a + b."""
        return self.do(f"fadd {self.double} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """a - b."""
        return self.do(f"fsub {self.double} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """a*b."""
        return self.do(f"fmul {self.double} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        """a/b."""
        return self.do(f"fdiv {self.double} {a}, {b}")

    def neg(self, a: str) -> str:
        """-a."""
        return self.do(f"fneg {self.double} {a}")

    def call(self, intrinsic: str, *args: str) -> str:
        """An intrinsic of LLVM from vectors to a vector."""
        name = f"@llvm.{intrinsic}.v{self.width}f64"
        self.module.declare(f"declare {self.double} {name}({', '.join([self.double] * len(args))})")
        return self.do(f"call {self.double} {name}({', '.join(f'{self.double} {arg}' for arg in args)})")

    def fma(self, a: str, b: str, c: str) -> str:
        """a*b + c, rounded once."""
        return self.call("fma", a, b, c)

    def abs(self, a: str) -> str:
        """|a|."""
        return self.call("fabs", a)

    def copysign(self, a: str, sign: str) -> str:
        """|a| with another's sign."""
        return self.call("copysign", a, sign)

    def compare(self, how: str, a: str, b: str) -> str:
        """A comparison by LLVM's name (olt, une, …): truth values."""
        return self.do(f"fcmp {how} {self.double} {a}, {b}")

    def select(self, truth: str, a: str, b: str) -> str:
        """`a` where it is true, else `b`."""
        return self.do(f"select {self.truth} {truth}, {self.double} {a}, {self.double} {b}")

    def both(self, a: str, b: str) -> str:
        """Truth values joined by and."""
        return self.do(f"and {self.truth} {a}, {b}")

    def either(self, a: str, b: str) -> str:
        """Truth values joined by or."""
        return self.do(f"or {self.truth} {a}, {b}")

    def bits(self, a: str) -> str:
        """The bits of numbers."""
        return self.do(f"bitcast {self.double} {a} to {self.long}")

    def from_bits(self, a: str) -> str:
        """The numbers of bits."""
        return self.do(f"bitcast {self.long} {a} to {self.double}")

    def integer(self, operation: str, a: str, b: str | int) -> str:
        """An operation on whole numbers by LLVM's name (and, shl, …)."""
        second = self.whole(b) if isinstance(b, int) else b
        return self.do(f"{operation} {self.long} {a}, {second}")

    def bit_set(self, a: str, bit: int) -> str:
        """Whether a bit is set."""
        masked = self.integer("and", a, bit)
        return self.do(f"icmp ne {self.long} {masked}, zeroinitializer")

    def polynomial(self, x: str, coefficients: Sequence[float]) -> str:
        """c0 + c1 x + c2 x^2 + …, from the inside: fewest instructions. The next points fill the time between them."""
        value = self.constant(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            value = self.fma(value, x, self.constant(c))
        return value

    def any(self, truth: str) -> str:
        """Whether one lane is true: an i1."""
        mask = self.do(f"bitcast {self.truth} {truth} to i{self.width}")
        return self.do(f"icmp ne i{self.width} {mask}, 0")

    def lanes(self, function: str, args: Sequence[str], fast: str, where: str) -> str:
        """The value of a C function, lane by lane, where `where` holds, else `fast`. Rare: it is out of line."""
        name = self.module.lanes(function, len(args))
        given = ", ".join(f"{self.double} {arg}" for arg in args)
        return self.do(f"call {self.double} {name}({given}, {self.double} {fast}, {self.truth} {where})")

    def rare(self, where: str, fast: Sequence[str], slow: Callable[[], Sequence[str]]) -> tuple[str, ...]:
        """The values `fast`, or if `where` holds in one lane, what `slow` has computed: instructions out of the way."""
        k = self.module.label()
        some = self.any(where)
        before = self.label
        self.lines.append(f"  br i1 {some}, label %rare{k}, label %on{k}, !prof !0")
        self._begin(f"rare{k}")
        values = slow()
        self.lines.append(f"  br label %on{k}")
        self._begin(f"on{k}")
        return tuple(
            self.do(f"phi {self.double} [ {value}, %{before} ], [ {other}, %rare{k} ]")
            for value, other in zip(fast, values, strict=True)
        )

    def rare_lanes(self, where: str, fast: str, function: str, args: Sequence[str]) -> str:
        """A value that in rare lanes is a C function's."""
        return self.rare(where, [fast], lambda: [self.lanes(function, args, fast, where)])[0]

    def _begin(self, label: str) -> None:
        self.lines.append(f"{label}:")
        self.label = label


class Module:
    """The text of a module: declarations, the functions that were asked for, the table of C functions."""

    def __init__(self, width: int, *, avx512: bool = False, streaming: bool = False) -> None:
        self.width = width
        self.avx512 = avx512
        #: whether what is written goes past the caches
        self.streaming = streaming
        self._declared: dict[str, None] = {}
        self._functions: dict[str, str] = {}
        #: the C functions that are called by address, in the order of the table
        self.used: list[str] = []
        self._labels = 0

    def label(self) -> int:
        """A number for labels that is not in use."""
        self._labels += 1
        return self._labels

    def declare(self, text: str) -> None:
        """A declaration, once."""
        self._declared[text] = None

    def define(self, name: str, text: str) -> None:
        """A function."""
        self._functions[name] = text

    def defined(self, name: str) -> bool:
        """Whether there is this function."""
        return name in self._functions

    def lanes(self, function: str, count: int) -> str:
        """The name of the function that calls a C function of `count` numbers for the lanes of a mask."""
        name = f"@lanes_{function}"
        if not self.defined(name):
            if function not in self.used:
                self.used.append(function)
            place = self.used.index(function)
            vector, width = f"<{self.width} x double>", self.width
            args = "".join(f"{vector} %a{k}, " for k in range(count))
            picked = "".join(f"    %x{k} = extractelement {vector} %a{k}, i64 %i\n" for k in range(count))
            given = ", ".join(f"double %x{k}" for k in range(count))
            self.define(
                name,
                f"""define internal {vector} {name}({args}{vector} %fast, <{width} x i1> %where) noinline {{
start:
  %slot = getelementptr ptr, ptr @libm, i64 {place}
  %f = load ptr, ptr %slot
  br label %loop
loop:
  %i = phi i64 [ 0, %start ], [ %next, %on ]
  %r = phi {vector} [ %fast, %start ], [ %kept, %on ]
  %wanted = extractelement <{width} x i1> %where, i64 %i
  br i1 %wanted, label %slow, label %on
slow:
{picked}    %y = call double %f({given})
  %changed = insertelement {vector} %r, double %y, i64 %i
  br label %on
on:
  %kept = phi {vector} [ %r, %loop ], [ %changed, %slow ]
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, {width}
  br i1 %more, label %loop, label %end
end:
  ret {vector} %kept
}}""",
            )
        return name

    def text(self) -> str:
        """The whole module."""
        size = max(1, len(self.used))
        table = f"@libm = global [{size} x ptr] zeroinitializer"
        parts = [
            '!0 = !{!"branch_weights", i32 1, i32 1000}',
            "!1 = !{i32 1}",
            table,
            *self._declared,
            *self._functions.values(),
        ]
        return "\n".join(parts) + "\n"
