"""Columns that may share a direction: those of one colour are told apart again by where their entries stand.

A Jacobian's columns of one colour have no row in common (Curtis, Powell and Reid, *On the estimation of sparse
Jacobian matrices*, 1974); a Hessian's make a star colouring (Coleman and Moré 1984; Gebremedhin, Manne and Pothen,
*What color is your Jacobian?*, SIAM Review 47, 2005): an entry may be read on either side of the diagonal. Both are
greedy. (Libraries: ColPack has no kept Python package, asdex and sparsejac need JAX, sparsediffpy its own graphs,
gcol and networkx colour neighbours only, SciPy's grouping of columns is private and knows no symmetry.)
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..sweeps.pattern import Pattern

Ints: TypeAlias = NDArray[np.int64]
#: Colours that a band may have to be coloured in turns.
MOST_TURNS = 64


def columns(pattern: Pattern) -> Ints:
    """Colours of columns, from 0 on, so that no row has two entries of one colour."""
    turns = _in_turns(pattern)
    if turns is not None:
        return turns
    used = [0] * pattern.height  # of each row the colours that it has, as bits
    across = pattern.transposed
    starts, rows = across.starts.tolist(), across.columns.tolist()
    colours = []
    for k in range(pattern.width):
        mine = rows[starts[k] : starts[k + 1]]
        taken = 0
        for row in mine:
            taken |= used[row]
        free = ~taken & (taken + 1)  # the lowest bit that is not set
        for row in mine:
            used[row] |= free
        colours.append(free.bit_length() - 1)
    return np.array(colours, np.int64)


def star(pattern: Pattern) -> Ints:
    """Colours of the columns of a symmetric pattern, so that no two neighbours and no path of four have only two.

    Or such as those of `columns`, where they cannot be fewer.
    """
    even = np.diff(pattern.starts).max(initial=0) * pattern.height <= 2 * len(pattern.columns)
    turns = _in_turns(pattern) if even else None  # where some rows are much longer, a star may do with much fewer
    if turns is not None:
        return turns
    starts, flat = pattern.starts.tolist(), pattern.columns.tolist()
    n = pattern.width
    near = [[j for j in flat[starts[k] : starts[k + 1]] if j != k] for k in range(n)]
    colours = [-1] * n
    #: of each column: colour -> how many neighbours have it, and the first that got it
    counts: list[dict[int, int]] = [{} for _ in range(n)]
    firsts: list[dict[int, int]] = [{} for _ in range(n)]
    for k in sorted(range(n), key=lambda k: -len(near[k])):  # those with many neighbours first
        taken = set(counts[k])
        # Two neighbours w, x of one colour: a path w, k, x, y must not come back to the colour of k.
        several = {colour for colour, count in counts[k].items() if count > 1}
        for w in near[k]:
            mine = colours[w]
            if mine < 0:
                continue
            if mine in several:
                taken.update(counts[w])
            # A path k, w, x, y where x is the only one of its colour beside w, and has another neighbour of w's.
            held = firsts[w]
            for colour, count in counts[w].items():
                if count == 1 and counts[held[colour]].get(mine, 0) > 1:
                    taken.add(colour)
        colour = 0
        while colour in taken:
            colour += 1
        colours[k] = colour
        for w in near[k]:
            count = counts[w].get(colour, 0)
            counts[w][colour] = count + 1
            if not count:
                firsts[w][colour] = k
    return np.array(colours, np.int64)


def _in_turns(pattern: Pattern) -> Ints | None:
    """Colours 0, 1, …, p - 1 in turns, where p is the length of the longest row and that does: a band, a diagonal."""
    longest = int(np.diff(pattern.starts).max(initial=1))
    if longest > MOST_TURNS:
        return None
    colours = np.arange(pattern.width) % longest
    places = pattern.rows * longest + colours[pattern.columns]
    if len(places) and np.bincount(places).max() > 1:
        return None
    return colours
