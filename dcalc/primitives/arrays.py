"""Vectors and matrices: products, reductions, linear algebra.

A reduction works over all axes or along one; in its formulas the result y and an adjoint g stand with that axis kept
(at length 1), and reductions that a formula calls go along the same axis. Formulas of multilinear and opaque entries
are Giles, *Collected matrix derivative results for forward and reverse mode algorithmic differentiation* (2008).
"""

from __future__ import annotations

from .entry import Primitive, composite, multilinear, opaque, reduction

#: Functions that make, reshape or take apart arrays (and dual numbers): they have no rules of their own, the sweeps
#: know what moves where.
#: name -> (how it is written, what it does)
FUNCTIONS = {
    "mean": ("mean(u, axis=…)", "the mean of an array's components, over all or along one axis"),
    "prod": ("prod(u, axis=…)", "the product of an array's components, over all or along one axis"),
    "softmax": ("softmax(u, axis=…)", "exp(u)/sum(exp(u)) without overflow, over all or along one axis"),
    "concat": ("concat(u, v, …, axis=1)", "arrays one behind the other"),
    "stack": ("stack(u, v, …)", "arrays of one shape as the rows of a new one"),
    "reshape": ("reshape(u, m, n, …)", "the same numbers, row by row, in another shape"),
    "eye": ("eye(n)", "the n x n identity matrix"),
    "zeros": ("zeros(m, n, …)", "an array of zeros"),
    "ones": ("ones(m, n, …)", "an array of ones"),
    "linspace": ("linspace(u, v, n)", "n numbers from u to v at equal distances"),
    "len": ("len(u)", "the number of components of a vector, of rows of a matrix"),
    "dual": ("dual(a, b, …)", "the dual number a + b*eps; dual(a, b, c) keeps eps^2, and on"),
    "real": ("real(u)", "the part of a dual number without eps"),
    "conj": ("conj(u)", "the conjugate of a dual number: -eps in the place of eps"),
    "part": ("part(u, k)", "the coefficient of eps^k in a dual number"),
}

VECTOR = (3,)
SQUARE = (3, 3)

#: The second derivative of cofactor(u) along v and w: that of sum(inv(u)'*v)*cofactor(u) - cofactor(u)*v'*inv(u)'.
_ALONG = (
    "sum(transpose(inv(u))*v)*cofactors_along(u, {w}) - sum(transpose(inv(u) @ {w} @ inv(u))*v)*cofactor(u)"
    " - cofactors_along(u, {w}) @ transpose(v) @ transpose(inv(u))"
    " + cofactor(u) @ transpose(v) @ transpose(inv(u) @ {w} @ inv(u))"
)


def _extremum(name: str, doc: str, least: str) -> Primitive:
    # At a tie the last one is chosen: the lectures' max(u, v), folded from the left.
    return reduction(
        f"{name}[](u)",
        f"the {doc} of an array, over all or along one axis",
        f"last_{name}(u)",
        picks=True,
        kink="if(sum([u == y]) > 1, 0, 1)",
        one_sided=f"{name}(if(u == y, du, {least}))",
        numpy=name,
        latex=rf"\{name}\left(#1\right)",
        rule="derivative of the one chosen",
        shapes=((5,),),
    )


ENTRIES = [
    multilinear(
        "@(u, v)",
        "matrix product; of two vectors their dot product",
        adjoints={
            "1,1": ("g*v", "g*u"),
            "1,2": ("v @ g", "outer(u, g)"),
            "2,1": ("outer(g, v)", "transpose(u) @ g"),
            "2,2": ("g @ transpose(v)", "transpose(u) @ g"),
        },
        symbol="@",
        numpy="matmul",
        latex="#1 #2",
        rule="product rule",
        shapes=((2, 3), (3, 2)),
    ),
    multilinear(
        "outer(u, v)",
        "all products of the components of two vectors: a matrix",
        adjoints={"1,1": ("g @ v", "u @ g")},
        latex=r"#1 #2^{\mathsf T}",
        rule="product rule",
        shapes=(VECTOR, (2,)),
    ),
    multilinear(
        "transpose(u)",
        "rows and columns exchanged; a vector stays as it is",
        adjoints={"1": ("g",), "2": ("transpose(g)",), "*": ("transpose(g)",)},
        latex=r"{#1}^{\mathsf T}",
        rule="linearity",
        shapes=((2, 3),),
    ),
    multilinear(
        "diag(u)",
        "the diagonal matrix of a vector; the diagonal of a square matrix",
        adjoints={"1": ("diag(g)",), "2": ("diag(g)",)},
        latex=r"\operatorname{diag}\left(#1\right)",
        rule="linearity",
        shapes=(VECTOR,),
    ),
    reduction(
        "sum[](u)",
        "the sum of an array's components, over all or along one axis",
        "1",
        numpy="sum",
        latex=r"\sum #1",
        rule="sum rule",
        shapes=((2, 3),),
    ),
    _extremum("max", "largest", "-inf"),
    _extremum("min", "smallest", "inf"),
    # Where the norm is 0 its derivative is, by the lectures' convention.
    reduction(
        "norm[](u)",
        "Euclidean (Frobenius) norm of an array, over all or along one axis",
        "if(y == 0, 0, u/y)",
        shown=("u/y",),
        kink="y",
        one_sided="norm(du)",
        numpy="linalg.norm",
        latex=r"\left\|#1\right\|",
        rule="chain rule",
        cost=2,
        shapes=(VECTOR,),
    ),
    reduction(
        "logsumexp[](u)",
        "log of the sum of exp(u), without overflow, over all or along one axis",
        "exp(u - y)",
        latex=r"\operatorname{logsumexp}\left(#1\right)",
        rule="derivative of logsumexp",
        cost=4,
        shapes=(VECTOR,),
    ),
    composite(
        "dot(u, v)",
        "dot product of two vectors; of matrices the matrix product",
        "u @ v",
        rule="product rule",
        latex=r"#1 \cdot #2",
        shapes=(VECTOR, VECTOR),
    ),
    composite(
        "tr(u)",
        "trace of a square matrix: the sum of its diagonal",
        "sum(diag(u))",
        rule="sum rule",
        latex=r"\operatorname{tr}\left(#1\right)",
        shapes=(SQUARE,),
    ),
    opaque(
        "det(u)",
        "determinant",
        tangents=("sum(cofactor(u)*du)",),
        adjoints={"2": ("g*cofactor(u)",)},
        rounding="sum(abs(cofactor(u))*abs(u))",
        latex=r"\det\left(#1\right)",
        shapes=(SQUARE,),
    ),
    opaque(
        "inv(u)",
        "inverse of a square matrix",
        tangents=("-(y @ du @ y)",),
        adjoints={"2": ("-(transpose(y) @ g @ transpose(y))",)},
        rounding="abs(y) @ abs(u) @ abs(y)",
        domain="det(u) != 0",
        latex=r"{#1}^{-1}",
        shapes=(SQUARE,),
    ),
    opaque(
        "solve(u, v)",
        "the x with u @ x = v, for a vector or a matrix v; better than inv(u) @ v",
        tangents=("-solve(u, du @ y)", "solve(u, dv)"),
        adjoints={
            "2,1": ("-outer(solve(transpose(u), g), y)", "solve(transpose(u), g)"),
            "2,2": ("-(solve(transpose(u), g) @ transpose(y))", "solve(transpose(u), g)"),
        },
        rounding="abs(inv(u)) @ (abs(u) @ abs(y))",
        domain="det(u) != 0",
        latex=r"{#1}^{-1} #2",
        shapes=(SQUARE, VECTOR),
    ),
    # det(u)*transpose(inv(u)), and what that tends to where u has no inverse: the derivative of det.
    opaque(
        "cofactor(u)",
        "matrix of cofactors, also of a singular matrix",
        tangents=("cofactors_along(u, du)",),
        adjoints={"2": ("cofactors_along(u, g)",)},
        rounding="norm(u)^(len(u) - 1)*ones(len(u), len(u))",
        helper=True,
        latex=r"\operatorname{cof}\left(#1\right)",
        shapes=(SQUARE,),
    ),
    # The second derivative of det is symmetric, D^2 det(u)[v, w] = sum(cofactors_along(u, v)*w), and so is the third:
    # tangents and adjoints have one form. In u that form needs the inverse.
    opaque(
        "cofactors_along(u, v)",
        "the tangent of cofactor(u) along v",
        tangents=(
            _ALONG.format(w="du"),
            "cofactors_along(u, dv)",
        ),
        adjoints={"2,2": (_ALONG.format(w="g"), "cofactors_along(u, g)")},
        rounding="norm(u)^(len(u) - 2)*norm(v)*ones(len(u), len(u))",
        helper=True,
        latex=r"\operatorname{cof}'\left(#1\right) #2",
        shapes=(SQUARE, SQUARE),
    ),
    opaque(
        "last_max(u)",
        "1 where the largest component is (of several the last), else 0",
        tangents=("0",),
        adjoints={"*": ("0",)},
        helper=True,
        along=True,
        latex=r"\operatorname{last}\left(#1\right)",
        shapes=((5,),),
    ),
    opaque(
        "last_min(u)",
        "1 where the smallest component is (of several the last), else 0",
        tangents=("0",),
        adjoints={"*": ("0",)},
        helper=True,
        along=True,
        latex=r"\operatorname{last}\left(#1\right)",
        shapes=((5,),),
    ),
]
