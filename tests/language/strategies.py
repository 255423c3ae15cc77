"""Hypothesis strategies for trees of the language: any that has a text, in any shape."""

from __future__ import annotations

from hypothesis import strategies as st

from dcalc.language import RESERVED
from dcalc.language.ast import (
    All,
    Block,
    Break,
    Call,
    Comprehension,
    Declare,
    Define,
    File,
    For,
    If,
    Index,
    Iverson,
    Lambda,
    Name,
    Node,
    Number,
    Program,
    Range,
    Return,
    Vector,
    While,
)
from dcalc.language.builder import COMPARISONS, CONDITIONS

_free = st.text(alphabet="abefinorxyzE_αβ", min_size=1, max_size=3).map(lambda w: w + "_" if w in RESERVED else w)
names = st.sampled_from(["x", "y", "z", "e", "pi", "x1", "x_1", "alpha", "α", "E2", "é", "_", "sin", "max"]) | _free
numbers = st.sampled_from(["0", "1", "2", "10", "0.5", ".5", "2.", "1e3", "1E-3", "2.5e+10", "007"])
leaves = names.map(Name) | numbers.map(Number)

_BINARY = ["+", "-", "*", "/", "^", "+", "-", "*", "/", "^", "@", *sorted(COMPARISONS), "and", "or"]
_STEPS = st.sampled_from(
    [
        *(*_BINARY, "neg", "neg", "not", "leaf", "leaf", "call", "call", "if", "vector", "index", "iverson"),
        "comprehension",
    ]
)


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
                items = tuple(_argument(draw, item) for item in items)
                words = tuple(draw(st.lists(names, max_size=count, unique=True)))
                stack.append(Call(draw(names), items, primes=draw(st.integers(0, 2)), keywords=words))
            elif step == "comprehension":
                over = tuple(_iterable(draw, item) for item in items)
                body = stack.pop() if stack else draw(leaves)
                stack.append(Comprehension(body, tuple(draw(names) for _ in over), over))
            elif step == "vector":
                stack.append(Vector(items))
            else:
                items = tuple(All() if draw(st.integers(0, 4)) == 0 else _iterable(draw, item) for item in items)
                stack.append(Index(draw(leaves) if len(stack) == 0 else stack.pop(), items))
    return stack.pop()


def _iterable(draw: st.DrawFn, item: Node) -> Node:
    return Range(item, draw(leaves)) if draw(st.integers(0, 2)) == 0 else item


def _argument(draw: st.DrawFn, item: Node) -> Node:
    if draw(st.integers(0, 3)) == 0:
        body = Block((Define(draw(names), None, item), draw(leaves))) if draw(st.booleans()) else item
        return Lambda(tuple(draw(st.lists(names, min_size=1, max_size=3, unique=True))), body)
    return _iterable(draw, item)


#: Any expression, of up to some dozens of nodes.
expressions: st.SearchStrategy[Node] = _expressions()


@st.composite
def _functions(draw: st.DrawFn, body: st.SearchStrategy[Node]) -> Node:
    return Lambda(tuple(draw(st.lists(names, min_size=1, max_size=3, unique=True))), draw(body))


_few = _expressions(6)
_ranges = st.builds(Range, _few, _few)
_parameters = st.none() | st.lists(names, max_size=3, unique=True).map(tuple)
_simple = (
    _expressions(10)
    | st.builds(Define, names, _parameters, _expressions(10) | _ranges | _functions(_few))
    | st.builds(Declare, names, st.lists(st.integers(1, 12), min_size=1, max_size=3).map(tuple))
    | st.builds(Return, _few)
    | st.just(Break())
)


def _compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    block = st.lists(inner, max_size=3).map(lambda items: Block(tuple(items)))
    branch = st.builds(If, _few, block, st.none() | block)
    chain = st.builds(If, _few, block, branch.map(lambda node: Block((node,))))
    body = block | branch | chain | _functions(block)
    return (
        st.builds(Define, names, _parameters, body)
        | branch
        | chain
        | st.builds(For, names, _few | _ranges, block)
        | st.builds(While, _few, block)
    )


#: Any statement, blocks in blocks too.
statements: st.SearchStrategy[Node] = st.recursive(_simple, _compound, max_leaves=5)
programs = st.lists(statements, max_size=4).map(lambda items: Program(tuple(items)))

_paths = st.text(alphabet="abC.,:/\\ _-#[]()'α", min_size=1, max_size=8).filter(lambda path: path == path.strip())
files = st.builds(File, _paths, st.none() | st.sampled_from(["a", "W1", "arr_0"]))
#: What `--at` takes.
bindings = st.lists(st.builds(Define, names, st.none(), _few | _ranges | files), max_size=4).map(tuple)

#: Texts that are often, but not always, of the language: for two parsers that must agree on both.
pieces = st.sampled_from(
    [
        *("x", "y", "2", ".5", "1e3", "f(", "sin(", "(", ")", "[", "]", ",", "+", "-", "*", "/", "^", "**", " ", "\n"),
        *(";", "=", "<", "<=", "==", "and ", " or ", "not ", "if(", "'", "√", "²", "π", "·", "#c\n", "..", "at "),
        *("else ", ":=", "!=", "@", "->", "{", "}", "{ ", " }", "if ", "for k in ", "while ", "break", "return ", ":"),
        *("..", "for ", " in ", "3x2", "axis=1", "(u, v) -> "),
    ]
)
texts = st.lists(pieces, max_size=14).map("".join)
