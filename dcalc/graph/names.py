"""What names of a program mean: nodes, functions, inputs with a value; and the scopes of its functions."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from ..errors import Source, Span
from ..language import ast
from .graph import Graph
from .shapes import Shape

CONSTANTS = ("pi", "e", "inf", "eps", "ε")
#: The names of the dual unit, see `duals`.
DUAL_UNITS = ("eps", "ε")
#: The functions that differentiate: their first argument is an expression, the others are names.
DERIVATIVES = ("diff", "grad", "jac", "hess")


class Function:
    """A function of the user's, or one of the table as a value. Each is equal to itself only.

    Names in the body that are no parameters are looked up when it is called: first in `scope` (what names meant where
    it was made, None at the top level), then at the top level.
    """

    __slots__ = ("body", "name", "parameters", "scope", "source")

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        body: ast.Node | None,
        source: Source | None,
        scope: dict[str, Value] | None = None,
    ) -> None:
        self.name = name
        self.parameters = parameters
        #: None: it is the table's function of this name
        self.body = body
        self.source = source
        self.scope = scope

    @property
    def signature(self) -> str:
        """How it is called: `f(x, y)`."""
        return f"{self.name or 'u -> …'}({', '.join(self.parameters)})"


class Partly(NamedTuple):
    """A name that has a value after one branch of an `if` only, where both branches were taken."""

    place: Span
    source: Source | None


#: What a name is bound to: a node, a function, or nothing that can be used.
Value: TypeAlias = "int | Function | Partly"


class Frame:
    """One run of a function's body, or of the whole program."""

    __slots__ = ("kept", "mark", "placeholders")

    def __init__(self, kept: frozenset[str], mark: int = 0) -> None:
        #: names in whose direction the body differentiates: each value of theirs gets a node of its own
        self.kept = kept
        #: those nodes, in the order in which they were made
        self.placeholders: list[int] = []
        #: how many decisions had been taken when it began
        self.mark = mark


class Scope(dict[str, Any]):
    """The names of a function's run: name -> Value. Comprehensions have one of their own in the same frame."""

    __slots__ = ("frame",)

    def __init__(self, frame: Frame, values: dict[str, Any] | None = None) -> None:
        super().__init__(values or {})
        self.frame = frame


class Decision(NamedTuple):
    """A condition that a program was followed by, and whether it held.

    bend: instead of a decision, a node that was differentiated in the program and has no derivative where `condition`
    is 0.
    """

    condition: int
    held: bool
    bend: int | None = None


class Names:
    """What names mean at the top level. Copied, never shared, between sessions' steps."""

    __slots__ = ("declared", "functions", "nodes", "paths", "point")

    def __init__(self) -> None:
        #: name -> the node it was bound to
        self.nodes: dict[str, int] = {}
        self.functions: dict[str, Function] = {}
        #: inputs that a program gave a value: name -> a node that depends on no input
        self.point: dict[str, int] = {}
        #: shapes of inputs that a program declared
        self.declared: dict[str, Shape] = {}
        #: names whose nodes hold on a path only: the decisions that led to them
        self.paths: dict[str, tuple[Decision, ...]] = {}

    def copy(self) -> Names:
        """The same meanings, to be changed apart."""
        other = Names()
        for part in Names.__slots__:
            getattr(other, part).update(getattr(self, part))
        return other


class Lowered(NamedTuple):
    """What a program became. `output` is None where it has no value (it ends with a function, or with a loop)."""

    graph: Graph
    names: Names
    output: int | None
    #: node -> the name that this program gave it
    labels: dict[int, str]
    #: things worth saying ("e is your variable here, not the constant")
    notes: list[str]
    #: the name that the last statement defined, or None where it was an expression
    defined: str | None
    #: names that were to be free: name -> the node that the program defines it as, in the program's order
    freed: dict[str, int]
    #: the conditions that the program was followed by at the point: it is what it is where they are as they are there
    conditions: list[int]
    #: (node, zero): a node that the program differentiates, which has no derivative where the node `zero` is 0
    bends: list[tuple[int, int]]
