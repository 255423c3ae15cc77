"""The text of one depth of a loop nest, and sums that keep what rounding lost."""

from __future__ import annotations

from ..ir import Body, Module

INF = float("inf")
#: What a reduction begins with.
START = {"sum[]": 0.0, "max[]": -INF, "min[]": INF}


class Lines(Body):
    """The text of one depth of a nest; its names begin with its own letters."""

    def __init__(self, width: int, module: Module, prefix: str, label: str) -> None:
        super().__init__(width, module)
        self.prefix, self.label = prefix, label

    def name(self) -> str:
        """A name that is not in use."""
        self._count += 1
        return f"%{self.prefix}.{self._count}"

    def splat(self, value: str) -> str:
        """A number in every lane."""
        one = self.do(f"insertelement {self.double} poison, double {value}, i64 0")
        zeros = f"<{self.width} x i32> zeroinitializer"
        return self.do(f"shufflevector {self.double} {one}, {self.double} poison, {zeros}")


def joined(body: Body, how: str, a: str, b: str) -> str:
    """Two numbers by sum, max or min; what is no number stays."""
    if how == "sum":
        return body.do(f"fadd double {a}, {b}")
    first = body.do(f"fcmp {'ogt' if how == 'max' else 'olt'} double {a}, {b}")
    none = body.do(f"fcmp uno double {a}, {a}")
    either = body.do(f"or i1 {first}, {none}")
    return body.do(f"select i1 {either}, double {a}, double {b}")


def two_sum(body: Body, x: str, y: str, low: str, kind: str = "") -> tuple[str, str]:
    """x + y, and what it lost added to `low`."""
    kind = kind or body.double

    def do(op: str, a: str, b: str) -> str:
        return body.do(f"{op} {kind} {a}, {b}")

    total = do("fadd", x, y)
    part = do("fsub", total, x)
    error = do("fadd", do("fsub", x, do("fsub", total, part)), do("fsub", y, part))
    return total, do("fadd", low, error)
