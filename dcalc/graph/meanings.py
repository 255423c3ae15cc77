"""What a number means where it stands, and what to say of a name that means no value or no function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DcalcError, Source, nearest
from ..language import ast
from .arrays import WORDS
from .exact import literal, to_float
from .names import Partly, Scope
from .operations import error

if TYPE_CHECKING:
    from .lower import Lowering


def number(run: Lowering, node: ast.Number, scope: Scope | None, source: Source | None) -> int:
    """The node of a number as it is written."""
    name = node.text.lower().partition("e")
    if name[1] and name[2].isdecimal() and run.means_something("e" + name[2], scope):
        raise error(
            "syntax",
            f"{node.text} is a number, but e{name[2]} is one of your names",
            node,
            source,
            f"write {name[0]}*e{name[2]} for the product, or {name[0]}e+{name[2]} for the number",
        )
    value = literal(node.text)
    if not to_float(value) and any(digit in "123456789" for digit in name[0]):
        message = f"{node.text} is too small for floating point (the limit is 4.9e-324)"
        raise error("domain", message, node, source, "it would count as 0; write 0 if that is meant")
    result = run.graph.const(value)
    run.operations.remember(result, node.span, source)
    return result


def no_value(node: ast.Name, value: Any, source: Source | None) -> DcalcError:
    """A name that stands for something, but for no value."""
    name = node.name
    if type(value) is Partly:
        message = f"{name} has a value after one branch of an `if` only"
        return error("name", message, node, source, f"give {name} a value before it, or in both branches")
    message = f"{name} is a function, here it stands as a value"
    return error("name", message, node, source, f"write {name}(…) to apply it")


def unknown_function(run: Lowering, node: ast.Call, scope: Scope | None, source: Source | None) -> DcalcError:
    """A call of something that is no function, before its arguments are looked at."""
    name = node.function
    end = node.at[1] + node.primes
    is_variable = run.means_something(name, scope)
    functions = [n for n in WORDS if n.isidentifier() and n not in ("and", "or", "not")]
    similar = [] if is_variable else nearest(name, [*run.names.functions, *sorted(functions)])
    hints = [f"did you mean {', '.join(similar)}?"] if similar else []
    if node.primes:
        hints.append("a prime stands behind a function: f'(x)")
    elif not similar and source is not None and len(node.children) == 1:
        hints.append(f"for a product write {name}*{source.text[end : node.span[1]]}")
    if not similar and not is_variable:
        hints.append("`dcalc rules` lists the functions")
    message = f"{name} is a variable, not a function" if is_variable else f"there is no function {name}"
    return error("name", message, node, source, "; ".join(hints) or None, node.at)
