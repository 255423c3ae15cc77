"""The form of an entry of the table: everything that is known about one operation, as data.

Formulas are strings in dcalc's own language over the entry's parameters (`u, v`, or a name of their own: `slope`),
the result `y` and, in one-sided rules, the parameters' tangents (`du, dv, dslope`). They are parsed on first use,
by the room above. No engine has rules of its own; this module and its neighbours import neither NumPy nor `math`.

What a formula of a partial has to satisfy: it is accurate, its own derivative (by this same table) is accurate
again, and at a corner it selects by `if`, whose other branch may be infinite or no number at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Range = tuple[float, float]


class Primitive(NamedTuple):
    """One operation. Exactly one of these kinds:

    elementwise: `d` holds the partial with respect to each parameter ("0" where it is zero everywhere).
    selection: the value is one of two parameters (or 0), chosen by `when`; derivatives are chosen likewise,
        never multiplied by an indicator.
    composite: a short name for a formula (`value`) over other entries; it disappears in lowering.
    reduction: of one array, over all axes or along one (the node's attribute, counted from the end); `d` is the
        array of partials. Its name ends in `[]`: users write it without, sum(x).
    multilinear: linear in each parameter, so its tangents are itself; `adjoints` are given by the parameters' ranks.
    opaque: any other function of arrays; `tangents` (one for each parameter) and `adjoints` are given.
    """

    name: str
    kind: str
    parameters: tuple[str, ...]
    doc: str
    d: tuple[str, ...] = ()
    #: selection: a truth value over the parameters, and what is chosen where it holds and where it does not
    when: str = ""
    choices: tuple[str, str] = ("", "")
    #: reduction: the partials are 1 where the component is chosen, 0 elsewhere; they select, as a selection does
    picks: bool = False
    #: multilinear and opaque: the parameters' ranks ("2,1"; "*" is any) -> the adjoint of each parameter, over the
    #: parameters, the result y and its adjoint g. opaque: the tangents, over du, dv and the like.
    adjoints: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    tangents: tuple[str, ...] = ()
    #: opaque: how far the computed value may be off, in units of rounding, over the parameters and y
    rounding: str = ""
    #: keeps a reduction's axis as its attribute
    along: bool = False
    #: shapes of the arguments for tests and examples; () is for numbers
    shapes: tuple[tuple[int, ...], ...] = ()
    #: how to compute it: the name of a function of `math`, of NumPy, of `scipy.special`; or a formula over other
    #: entries. Operators and a few others have kernels of their own in `dcalc.evaluate`.
    math: str | None = None
    numpy: str | None = None
    special: str | None = None
    value: str | None = None
    #: other names a user may write
    aliases: tuple[str, ...] = ()
    #: default values of the last parameters, as numbers in dcalc's language
    defaults: tuple[str, ...] = ()
    #: any number of arguments (at least one): folded from the left
    folds: bool = False
    #: the first argument is a constant natural number, kept in the node's attribute (the order of polygamma)
    static: bool = False
    #: where it is defined, over the parameters ("u > 0"); "" is everywhere. And what to try outside of it.
    domain: str = ""
    remedy: str = ""
    #: an expression whose zero marks a point without a derivative, and the one-sided derivative there along a
    #: direction (du, dv, …); `nan` where a direction does not determine one. Selections need no `one_sided`.
    kink: str = ""
    one_sided: str = ""
    #: the value jumps at its kinks, so that a direction whose tangents are all 0 there determines nothing
    jumps: bool = False
    #: the textbook's form of the partials where the accurate form is another one; only ever printed
    shown: tuple[str, ...] = ()
    #: the textbook's form of the tangent (the quotient rule), only ever printed
    shown_tangent: str = ""
    #: the textbook's name of the rule ("product rule")
    rule: str = ""
    #: infix or prefix symbol in formulas; "" is function notation
    symbol: str = ""
    #: LaTeX, with #1, #2 for the arguments; "" is \operatorname{name}(…)
    latex: str = ""
    #: floating-point operations of one evaluation, for `cost`
    cost: int = 1
    #: ordinary arguments for tests and examples: a range for each parameter; and points where errors like to hide
    sample: tuple[Range, ...] = ((-3.0, 3.0),)
    extreme: tuple[tuple[float, ...], ...] = ()
    #: helper entries hold an accurate form; users may call them but `rules` lists them apart
    helper: bool = False
    #: a check that a truth value comes out (comparisons, and/or/not)
    truth: bool = False

    @property
    def word(self) -> str:
        """The name that a text uses: a reduction is written as a function, sum(x)."""
        return self.name.removesuffix("[]")

    @property
    def arity(self) -> int:
        """The number of parameters (of one step, where arguments are folded)."""
        return len(self.parameters)


def elementwise(signature: str, doc: str, d: list[str], **facts: object) -> Primitive:
    """An entry with partials: elementwise("sin(u)", "sine", d=["cos(u)"], math="sin", numpy="sin")."""
    return _entry("elementwise", signature, doc, facts, d=tuple(d))


def selection(signature: str, doc: str, when: str, choices: tuple[str, str], **facts: object) -> Primitive:
    """An entry that picks: selection("max(u, v)", "the larger", when="u > v", choices=("u", "v"))."""
    return _entry("selection", signature, doc, facts, when=when, choices=choices)


def composite(signature: str, doc: str, value: str, **facts: object) -> Primitive:
    """A short name for a formula: composite("clip(u, v, w)", "u kept between v and w", "min(max(u, v), w)")."""
    return _entry("composite", signature, doc, facts, value=value)


def reduction(signature: str, doc: str, partial: str, **facts: object) -> Primitive:
    """An entry that takes an array to fewer numbers: reduction("sum[](u)", "the sum", "1")."""
    return _entry("reduction", signature, doc, facts, d=(partial,), along=True)


def multilinear(signature: str, doc: str, **facts: object) -> Primitive:
    """An entry that is linear in each parameter: multilinear("outer(u, v)", "…", adjoints={"1,1": (…, …)})."""
    return _entry("multilinear", signature, doc, facts)


def opaque(signature: str, doc: str, **facts: object) -> Primitive:
    """An entry with rules of its own: opaque("inv(u)", "…", tangents=("…",), adjoints={"2": ("…",)})."""
    return _entry("opaque", signature, doc, facts)


def _entry(kind: str, signature: str, doc: str, facts: dict[str, object], **rest: object) -> Primitive:
    """An entry from its signature, `name(u, v)`; the last parameters may have defaults, `name(u, slope=0.01)`."""
    name, _, inside = signature.removesuffix(")").rpartition("(")
    parts = [tuple(part.strip().split("=")) for part in inside.split(",")]
    parameters = tuple(part[0] for part in parts)
    defaults = tuple(part[1] for part in parts if len(part) == 2)
    fields: dict[str, object] = {"rule": f"derivative of {name}", "defaults": defaults, **facts, **rest}
    entry = Primitive(name, kind, parameters, doc, **fields)  # type: ignore[arg-type]
    if kind == "elementwise" and not len(entry.d) == len(parameters) == len(entry.shown or entry.d):
        raise ValueError(f"{signature} needs a partial for each parameter")
    return entry
