"""The Wengert list of a program: its live steps in order of evaluation, their names, and each step's formulas.

Names come twice: plain ones that the language can read (`vm1`, `v6`, `dv6`, `v6_bar`), of which all formulas are made,
and the textbook's (`v₋₁`, `v₆`, `v̇₆`, `v̄₆`) for the eye (Baydin et al., *JMLR* 18, 2018, section 3).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ...backends.problem import Problem
from ...graph.build import Builder
from ...graph.graph import Graph
from ...graph.shapes import Shape
from ...graph.to_ast import to_ast
from ...language import ast
from ...language.figures import lowered
from ...primitives import TABLE
from ...sweeps.reverse import gradient
from ...sweeps.rules import Rules
from ...sweeps.steps import tangent
from ..prepare import Prepared
from .formulas import renamed, tidy

DOT, BAR = "\u0307", "\u0304"
#: Conditions of at most so many operations are written where they decide, and are no steps of their own.
SMALL = 8
#: A letter and what stands below the line: its mark goes above the letter.
_LETTER = re.compile(r"([^\W\d_])(₋?[\d₀-₉]*ʹ*)")


class Wengert:
    """The steps of the outputs of a problem, and how they are called."""

    def __init__(
        self, prepared: Prepared, asked: Problem, outputs: Sequence[int], names: str = "", *, constants: bool = False
    ) -> None:
        """names: "textbook" numbers all, "own" keeps what the user named; "" is own where the program names steps.

        constants: those that are calculated with have rows too, as dual numbers need.
        """
        self.graph = asked.graph
        self.leaves = asked.leaves
        #: whether fractions are written as decimals, as the user's text has them
        self.decimals = prepared.decimals
        #: the inputs, the constants that have rows, then the other steps
        self.order = list(asked.leaves)
        #: node -> its plain name; of the tangents and adjoints that were asked for as well
        self.names: dict[int, str] = {}
        self._tangents: dict[int, str] = {}
        self._adjoints: dict[int, str] = {}
        #: plain name -> what people see
        self.pretty: dict[str, str] = {}
        #: node -> the user's own name of what is numbered
        self.own: dict[int, str] = {}
        self._taken: set[str] = set()
        self._kinds: dict[tuple[object, ...], Kind] = {}
        live = self.graph.reachable(outputs)
        #: the steps that depend on an input
        self.active = self.graph.depending(live, asked.leaves)
        labels = self._labels(prepared, [n for n in live if self.graph.ops[n] not in ("input", "const")])
        inlined = self._inlined(live, [*outputs, *labels])
        steps = [n for n in live if self.graph.ops[n] not in ("input", "const") and n not in inlined]
        #: whether the user's names are kept
        self.keeps = names == "own" or (not names and bool(labels))
        known = {n for n in outputs if self.graph.is_const(n)}.union(self._constants(live) if constants else ())
        self._name(asked, steps, labels, sorted(known))

    def _labels(self, prepared: Prepared, steps: Sequence[int]) -> dict[int, str]:
        """The names that the program and the session gave to steps. A name given again is the last one's."""
        lowered, known = prepared.lowered, set(steps)
        labels = {node: name for name, node in lowered.names.nodes.items() if node in known}
        labels.update((node, name) for node, name in lowered.labels.items() if node in known)
        last = {name: node for node, name in sorted(labels.items())}
        return {node: name for name, node in last.items()}

    def _inlined(self, live: Sequence[int], rows: Sequence[int]) -> set[int]:
        """Small conditions that do nothing but decide. rows: what has a row in any case."""
        graph = self.graph
        sizes: dict[int, int] = {}
        for node in live:
            if graph.ops[node] in TABLE and TABLE[graph.ops[node]].truth:
                sizes[node] = 1 + sum(sizes.get(arg, 0) for arg in graph.args[node])
        kept = set(rows)
        for node in reversed(live):
            decides = graph.ops[node] == "if"
            inside = node in sizes and node not in kept and sizes[node] <= SMALL
            kept.update(arg for k, arg in enumerate(graph.args[node]) if not (inside or (decides and k == 0)))
        return {node for node, count in sizes.items() if node not in kept and count <= SMALL}

    def _constants(self, live: Sequence[int]) -> list[int]:
        """Constants that are added, multiplied, compared by max, …; not exponents and parts of vectors."""
        graph = self.graph
        found = {
            arg: None
            for node in live
            if graph.ops[node] in TABLE and TABLE[graph.ops[node]].kind in ("elementwise", "selection")
            for k, arg in enumerate(graph.args[node])
            if graph.is_const(arg) and not (graph.ops[node] == "^" and k) and not TABLE[graph.ops[node]].truth
        }
        return sorted(found)

    def _name(self, asked: Problem, steps: list[int], labels: dict[int, str], constants: list[int]) -> None:
        """Give every step its name."""
        inputs = {variable.node: variable.name for variable in asked.variables}
        letter = "v"
        if self.keeps:
            for node, name in (*inputs.items(), *labels.items()):
                self._taken.add(name)
                self.names[node], self.pretty[name] = name, name
        else:
            letter = _letter_of([*inputs.values(), *labels.values()])
            for k, (node, name) in enumerate(inputs.items(), start=1 - len(inputs)):
                self._number(node, letter, k)
                self.own[node] = name
            self.own.update(labels)
        for k, node in enumerate(constants, start=1):
            self._number(node, "c", k if len(constants) > 1 else None)
        number = 0
        for node in steps:
            if node not in self.names:
                number += 1
                while f"{letter}{number}" in self._taken:
                    number += 1
                self._number(node, letter, number)
        self.order += [*constants, *steps]

    def _number(self, node: int, letter: str, number: int | None) -> None:
        text = "" if number is None else str(number)
        self.names[node] = self._free(letter + text.replace("-", "m"), letter + lowered(text))

    def _free(self, plain: str, pretty: str) -> str:
        """A plain name that nothing else has, with its pretty form."""
        while plain in self._taken:
            plain, pretty = plain + "_", pretty + "ʹ"
        self._taken.add(plain)
        self.pretty[plain] = pretty
        return plain

    def tangent_name(self, node: int) -> str:
        """The plain name of a step's tangent."""
        if node not in self._tangents:
            plain = self.names[node]
            self._tangents[node] = self._free(f"d{plain}", marked(self.pretty[plain], DOT))
        return self._tangents[node]

    def adjoint_name(self, node: int) -> str:
        """The plain name of a step's adjoint."""
        if node not in self._adjoints:
            plain = self.names[node]
            self._adjoints[node] = self._free(f"{plain}_bar", marked(self.pretty[plain], BAR))
        return self._adjoints[node]

    # -- formulas ------------------------------------------------------------------------------------------------

    def formula(self, node: int) -> ast.Node | None:
        """A step over the names of its arguments; a constant as it is written; None for an input."""
        if node in self.leaves:
            return None
        if self.graph.is_const(node):
            return to_ast(self.graph, node, decimals=self.decimals)
        kind, slots = self._kind(node)
        return self._filled(kind.formula(), node, slots)

    def tangent(self, node: int) -> ast.Node | None:
        """The tangent's formula over the names of the arguments and of their tangents; None where there is none."""
        if node in self.leaves or node not in self.active:
            return None
        kind, slots = self._kind(node)
        return self._filled(kind.tangent(tuple(slot in self.active for slot in slots)), node, slots)

    def handed(self, node: int, position: int) -> ast.Node | None:
        """What a step hands to the adjoint of its argument at a position, as a formula."""
        kind, slots = self._kind(node)
        return self._filled(kind.handed(position), node, slots)

    def partial(self, node: int, position: int) -> ast.Node | None:
        """The step's local partial, as a formula; None where arrays take part."""
        kind, slots = self._kind(node)
        return self._filled(kind.partial(position), node, slots)

    def _filled(self, tree: ast.Node | None, node: int, slots: list[int]) -> ast.Node | None:
        """A kind's formula with the names of one step."""
        if tree is None:
            return None

        def name(word: str) -> str:
            if word == "#y":
                return self.names[node]
            if word == "#g":
                return self.adjoint_name(node)
            if word.startswith("#d"):
                return self.tangent_name(slots[int(word[2:])])
            return self.names[slots[int(word[1:])]] if word.startswith("#") else word

        return renamed(tree, name)

    def _kind(self, node: int) -> tuple[Kind, list[int]]:
        """The kind of a step, and the steps that its formulas name, in order."""
        graph = self.graph
        slots: list[int] = []

        def part(arg: int, exponent: bool = False) -> tuple[object, ...]:
            if graph.is_const(arg) and (exponent or arg not in self.names):
                return ("const", type(graph.attrs[arg]), graph.attrs[arg])
            if arg in self.names:
                slots.append(arg)
                return ("#", graph.shapes[arg])
            return (graph.ops[arg], graph.attrs[arg], *map(part, graph.args[arg]))  # a small condition

        op, attr = graph.ops[node], graph.attrs[node]
        parts = tuple(part(arg, op == "^" and k == 1) for k, arg in enumerate(graph.args[node]))
        key = (op, type(attr), attr, parts)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = Kind(op, attr, parts, self.decimals)
        return kind, slots


class Kind:
    """Steps that differ in the names of their arguments only: one node in a graph of its own.

    Its inputs are `#0`, `#1`, … with tangents `#d0`, …; `#y` is the step itself and `#g` its adjoint.
    """

    def __init__(self, op: str, attr: object, parts: Sequence[tuple[object, ...]], decimals: bool = False) -> None:
        self.graph = Graph()
        self.decimals = decimals
        self.builder = Builder(self.graph)
        self.rules = Rules(self.builder, shown=True)
        self._count = 0
        #: for each argument the number of its slot, None where it has none
        self.slots: list[int | None] = []
        args = []
        for part in parts:
            self.slots.append(self._count if part[0] == "#" else None)
            args.append(self._made(part))
        self.node = self.graph.emit(op, tuple(args), attr)
        shape = self.graph.shapes[self.node]
        self.itself, self.adjoint = self.graph.input("#y", shape), self.graph.input("#g", shape)
        self.plain = not shape and not any(self.graph.shapes[arg] for arg in args)
        self._trees: dict[object, ast.Node | None] = {}

    def _made(self, part: tuple[object, ...]) -> int:
        if part[0] == "#":
            self._count += 1
            shape: Shape = part[1]  # type: ignore[assignment]
            return self.graph.input(f"#{self._count - 1}", shape)
        if part[0] == "const":
            return self.graph.emit("const", (), part[2])
        op, attr, *inner = part
        return self.graph.emit(str(op), tuple([self._made(one) for one in inner]), attr)  # type: ignore[arg-type]

    def formula(self) -> ast.Node:
        """The operation."""
        if "formula" not in self._trees:
            self._trees["formula"] = to_ast(self.graph, self.node, decimals=self.decimals)
        return self._trees["formula"]  # type: ignore[return-value]

    def tangent(self, active: tuple[bool, ...]) -> ast.Node | None:
        """The textbook's tangent. active: which slots have one."""
        if ("tangent", active) not in self._trees:
            given = [
                None if slot is None or not active[slot] else self.graph.input(f"#d{slot}", self.graph.shapes[arg])
                for slot, arg in zip(self.slots, self.graph.args[self.node], strict=True)
            ]
            self._trees["tangent", active] = self._tree(tangent(self.rules, self.node, given))
        return self._trees["tangent", active]

    def handed(self, position: int) -> ast.Node | None:
        """What is handed to the adjoint of an argument, None where it is nothing."""
        key = ("handed", position)
        if key not in self._trees:
            made = self._handed(position)
            self._trees[key] = None if made == self.builder.zero else self._tree(made)
        return self._trees[key]

    def partial(self, position: int) -> ast.Node | None:
        """The partial with respect to an argument, None where it is not one number."""
        key = ("partial", position)
        if key not in self._trees:
            entry = TABLE.get(self.graph.ops[self.node])
            tree = None
            if self.plain and entry is not None and entry.kind == "selection":
                tree = self._tree(self._chosen(position, self.builder.one))
            elif self.plain and entry is not None and entry.kind == "elementwise":
                tree = self._tree(self.rules.partial(entry, self.node, position))
            self._trees[key] = tree
        return self._trees[key]

    def _handed(self, position: int) -> int:
        entry, leaf = TABLE.get(self.graph.ops[self.node]), self.graph.args[self.node][position]
        if not self.plain or entry is None or entry.kind not in ("elementwise", "selection"):
            return gradient(self.graph, self.node, [leaf], self.adjoint, shown=True)[0]
        if entry.kind == "selection":
            return self._chosen(position, self.adjoint)
        return self.builder.mul(self.adjoint, self.rules.partial(entry, self.node, position))

    def _chosen(self, position: int, one: int) -> int:
        """`one` where a selection chooses the argument at a position, else 0."""
        condition, first, second = self.rules.choice(TABLE[self.graph.ops[self.node]], self.node)
        zero = self.builder.zero
        held, other = (one if position == place else zero for place in (first, second))
        return self.builder.select(condition, held, other)

    def _tree(self, made: int) -> ast.Node:
        """A formula in which the step itself goes by its name."""
        (root,) = self.graph.substitute([made], {self.node: self.itself})
        return tidy(to_ast(self.graph, root, decimals=self.decimals))


def _letter_of(names: Sequence[str]) -> str:
    """What steps are called: v, or another letter where the user has a v1, which in plain text would be v₁ as well."""
    return next((one for one in "vwst" if not any(re.fullmatch(f"{one}_?m?[0-9₀-₉]+", name) for name in names)), "v")


def marked(name: str, mark: str) -> str:
    """A name with a dot or a bar: above a single letter, else behind the whole name."""
    found = _LETTER.fullmatch(name)
    text = found[1] + mark + found[2] if found else name + mark
    return unicodedata.normalize("NFC", text)
