"""Hypothesis strategies for trees of the language: any that has a text, in any shape."""

from __future__ import annotations

from hypothesis import strategies as st

from dcalc.language import RESERVED
from dcalc.language.ast import Call, Define, Index, Iverson, Name, Node, Number, Program, Vector
from dcalc.language.builder import COMPARISONS, CONDITIONS

_free = st.text(alphabet="abefinorxyzE_αβ", min_size=1, max_size=3).map(lambda w: w + "_" if w in RESERVED else w)
names = st.sampled_from(["x", "y", "z", "e", "pi", "x1", "x_1", "alpha", "α", "E2", "é", "_", "sin", "max"]) | _free
numbers = st.sampled_from(["0", "1", "2", "10", "0.5", ".5", "2.", "1e3", "1E-3", "2.5e+10", "007"])
leaves = names.map(Name) | numbers.map(Number)

_BINARY = ["+", "-", "*", "/", "^", "+", "-", "*", "/", "^", *sorted(COMPARISONS), "and", "or"]
_STEPS = st.sampled_from([*_BINARY, "neg", "neg", "not", "leaf", "leaf", "call", "if", "vector", "index", "iverson"])


@st.composite
def _expressions(draw: st.DrawFn, steps: int = 25) -> Node:
    # A stack machine: quicker to draw from, and better to shrink, than st.recursive.
    stack: list[Node] = [draw(leaves)]
    for step in draw(st.lists(_STEPS, max_size=steps)):
        while len(stack) < 3:
            stack.append(draw(leaves))
        if step == "leaf":
            stack.append(draw(leaves))
        elif step in ("neg", "not"):
            stack.append(Call(step, (stack.pop(),)))
        elif step in _BINARY:
            stack.append(Call(step, (stack.pop(), stack.pop())))
        elif step == "if":
            stack.append(Call("if", (stack.pop(), stack.pop(), stack.pop())))
        elif step == "iverson":
            top = stack.pop()
            is_condition = isinstance(top, Call) and top.function in CONDITIONS and not top.primes
            stack.append(Iverson(top if is_condition else Call("<", (top, stack.pop()))))
        else:
            count = draw(st.integers(0 if step == "call" else 1, 2))
            items = tuple(stack.pop() for _ in range(count))
            if step == "call":
                stack.append(Call(draw(names), items, primes=draw(st.integers(0, 2))))
            elif step == "vector":
                stack.append(Vector(items))
            else:
                stack.append(Index(draw(leaves) if len(stack) == 0 else stack.pop(), items))
    return stack.pop()


#: Any expression, of up to some dozens of nodes.
expressions: st.SearchStrategy[Node] = _expressions()
definitions = st.builds(
    Define,
    names,
    st.none() | st.lists(names, max_size=3, unique=True).map(tuple),
    _expressions(10),
)
programs = st.lists(definitions | _expressions(10), max_size=4).map(lambda items: Program(tuple(items)))

#: Texts that are often, but not always, of the language: for two parsers that must agree on both.
pieces = st.sampled_from(
    [
        *("x", "y", "2", ".5", "1e3", "f(", "sin(", "(", ")", "[", "]", ",", "+", "-", "*", "/", "^", "**", " ", "\n"),
        *(";", "=", "<", "<=", "==", "and ", " or ", "not ", "if(", "'", "√", "²", "π", "·", "#c\n", "..", "at "),
        *("else", ":=", "!="),
    ]
)
texts = st.lists(pieces, max_size=14).map("".join)
