"""The AST's builder: one method for each rule of the grammar, called with the values of the rule's symbols.

Lark and the lean driver both call it, so that they cannot build different trees. Values are tokens, nodes, lists
of nodes, and `Group`s: what stands in parentheses (or behind a unary plus) leaves no trace in the tree, but its
extent does in the spans of the nodes around it.
"""

from __future__ import annotations

from ..errors import Source
from .ast import Call, Define, Index, Iverson, Name, Node, Number, Vector
from .builder_programs import Programs
from .lexer import Token
from .values import Group, Keyword, bare

TYPE_CHECKING = False  # `import typing` costs 5 ms at start-up; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))
CONDITIONS = COMPARISONS | {"and", "or", "not"}

#: Other spellings of operators; the rest mean themselves.
_OPERATORS = {"**": "^", "×": "*", "·": "*", "⋅": "*", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
SUPERSCRIPTS = {"²": "2", "³": "3"}

#: A chain names its middle operand twice; chains in chains would double it again and again. Far above any real use.
COPIES = 1_000_000


class Builder(Programs):
    """Makes the tree of one text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.copies = 0

    # Lists

    def first(self, c: list[Any]) -> list[Node]:
        """The first item of a list."""
        return [bare(c[0])]

    def another(self, c: list[Any]) -> list[Node]:
        """One more, behind a separator."""
        c[0].append(bare(c[2]))
        return c[0]  # type: ignore[no-any-return]

    # Definitions

    def define(self, c: list[Any]) -> Define:
        """`name = body` or `name(parameter, …) = body`: the left side was parsed as an expression."""
        left, _, body = c
        parameters: tuple[str, ...] | None = None
        if type(left) is Name and left.name[0] != "%":
            name = left.name
        elif type(left) is Call and self._is_written_call(left) and not left.primes:
            name = left.function
            parameters = tuple(item.name for item in left.children if type(item) is Name and item.name[0] != "%")
            if len(set(parameters)) != len(left.children):
                raise self._undefinable(left, body)
        else:
            raise self._undefinable(left, body)
        return Define(name, parameters, bare(body), (left.span[0], body.span[1]), left.span)

    def bind(self, c: list[Any]) -> Define:
        """`name = value` of `--at`."""
        left, _, body = c
        if type(left) is not Name or left.name[0] == "%":
            from . import refusals

            raise refusals.unbindable(self.source, left)
        return Define(left.name, None, bare(body), (left.span[0], body.span[1]), left.span)

    def _is_written_call(self, node: Call) -> bool:
        # Not an operator, nor `√x` (a Call of sqrt), nor `if(…)`: those are not names that the user may define.
        at = self.source.text[node.at[0] : node.at[1]]
        return node.at[0] == node.span[0] and at != "√" and node.function not in ("if", "not", "neg")

    def _undefinable(self, left: Any, body: Any) -> Exception:
        from . import refusals

        return refusals.undefinable(self.source, left, body)

    # Operators

    def binary(self, c: list[Any]) -> Call:
        """`left operator right`."""
        left, sign, right = c
        text = sign.text
        return Call(_OPERATORS.get(text, text), (bare(left), bare(right)), (left.span[0], right.span[1]), sign.span)

    def implicit(self, c: list[Any]) -> Call:
        """`2x`: the operator has no place of its own, so `at` is the whole product."""
        left, right = c
        span = (left.span[0], right.span[1])
        return Call("*", (bare(left), bare(right)), span, span)

    def sign(self, c: list[Any]) -> Call | Group:
        """`-x`, and `+x`, which is x."""
        sign, operand = c
        span = (sign.span[0], operand.span[1])
        if sign.text == "+":
            return Group(bare(operand), span)
        return Call("neg", (bare(operand),), span, sign.span)

    def negation(self, c: list[Any]) -> Call:
        """`not x`."""
        sign, operand = c
        return Call("not", (bare(operand),), (sign.span[0], operand.span[1]), sign.span)

    def superscript(self, c: list[Any]) -> Call:
        """`x²`."""
        base, sign = c
        exponent = Number(SUPERSCRIPTS[sign.text], sign.span)
        return Call("^", (bare(base), exponent), (base.span[0], sign.span[1]), sign.span)

    def root(self, c: list[Any]) -> Call:
        """`√x`."""
        sign, operand = c
        return Call("sqrt", (bare(operand),), (sign.span[0], operand.span[1]), sign.span)

    def chain_start(self, c: list[Any]) -> list[Any]:
        """The first comparison of a chain."""
        return c

    def chain_more(self, c: list[Any]) -> list[Any]:
        """One more."""
        c[0] += c[1:]
        return c[0]  # type: ignore[no-any-return]

    def comparison(self, c: list[Any]) -> Node:
        """`a < b`, or `a < b <= c`, which is `a < b and b <= c`."""
        chain = c[0]
        result: Node | None = None
        for position in range(0, len(chain) - 2, 2):
            left, sign, right = chain[position : position + 3]
            one = self.binary([left, sign, right])
            if result is None:
                result = one
            else:
                self._count_copy(bare(left), sign)
                result = Call("and", (result, one), (chain[0].span[0], right.span[1]), sign.span)
        assert result is not None
        return result

    def _count_copy(self, middle: Node, sign: Token) -> None:
        if not middle.children:
            return
        for _ in middle.walk():
            self.copies += 1
            if self.copies > COPIES:
                from . import refusals

                raise refusals.too_many_chains(self.source, sign)

    # Operands

    def number(self, c: list[Any]) -> Number:
        """A number as it was written."""
        token = c[0]
        if token.text[-1] in "eE":
            from . import refusals

            raise refusals.bare_exponent(self.source, token)
        return Number(token.text, token.span)

    def name(self, c: list[Any]) -> Name:
        """A variable or constant."""
        return Name(self._name(c[0]), c[0].span)

    def _name(self, token: Token) -> str:
        text = token.text
        if text[0] != "π":
            return text
        if len(text) > 1 and text[1].isalpha():
            from . import refusals

            raise refusals.pi_runs_on(self.source, token)
        return "pi" + text[1:]

    def group(self, c: list[Any]) -> Group:
        """`(x)`."""
        return Group(bare(c[1]), (c[0].span[0], c[2].span[1]))

    def call(self, c: list[Any]) -> Call:
        """`f(x, …)`, `f()`: whether f can do without arguments is asked elsewhere."""
        return self._call(c, c[2] if len(c) > 3 else [])

    def primed(self, c: list[Any]) -> Call:
        """`f'(x)`."""
        primes = sum(2 if mark == "″" else 1 for mark in c[1].text)
        return self._call(c, c[3] if len(c) > 4 else [], primes)

    def _call(self, c: list[Any], items: list[Any], primes: int = 0) -> Call:
        span = (c[0].span[0], c[-1].span[1])
        names: list[str] = []
        for item in items:
            if type(item) is Keyword:
                repeated = item.name in names
                names.append(item.name)
            else:
                repeated = False
            if repeated or (names and type(item) is not Keyword):
                from . import refusals

                raise refusals.misplaced_argument(self.source, item)
        args = tuple(item.value if type(item) is Keyword else item for item in items) if names else tuple(items)
        return Call(self._name(c[0]), args, span, c[0].span, primes, tuple(names))

    def keyword(self, c: list[Any]) -> Keyword:
        """`axis=1`: the left side was parsed as an expression."""
        left, _, value = c
        if type(left) is not Name:
            from . import refusals

            raise refusals.no_keyword(self.source, left)
        return Keyword(left.name, bare(value), (left.span[0], value.span[1]), left.span)

    def index(self, c: list[Any]) -> Index:
        """`x[i]`."""
        return Index(bare(c[0]), tuple(c[2]), (c[0].span[0], c[3].span[1]))

    def bracket(self, c: list[Any]) -> Node:
        """`[a, b]`, or `[condition]`: Iverson's bracket."""
        items = c[1]
        span = (c[0].span[0], c[2].span[1])
        if len(items) == 1 and type(items[0]) is Call and items[0].function in CONDITIONS:
            return Iverson(items[0], span)
        return Vector(tuple(items), span)

    def vector(self, c: list[Any]) -> Vector:
        """`[a, b,]`: always a vector, also `[a < b,]` of one condition."""
        return Vector(tuple(c[1]), (c[0].span[0], c[3].span[1]))
