"""Helper functions over arrays, for NumPy and JAX. name -> (what it needs, package -> its text)."""

from __future__ import annotations


def _both(needs: tuple[str, ...], text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    return needs, {"np": text, "jnp": text.replace("np.", "jnp.")}


def _each(name: str, fails: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """A function of `math` for each number."""
    return ("each",), {"np": f"{name} = each(math.{name}, {fails})", "jnp": f"{name} = special.{_JAX[name]}"}


_JAX = {"erf": "erf", "erfc": "erfc", "gamma": "gamma", "lgamma": "gammaln"}

_POLYGAMMA = '''
def polygamma(n, x):
    """The derivative of order n of digamma(x)."""
    if n == 0:
        return special.digamma(x)
    factor = float(math.factorial(n)) if n <= 170 else math.inf
    return special.zeta(n + 1.0, x)*math.copysign(factor, 1 if n % 2 else -1)
'''

ARRAYS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "each": (
        (),
        {
            "np": '''
def each(function, overflow, pole):
    """A function of `math` for each number of an array, which is more accurate than SciPy's."""

    def result(x):
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return pole(x)

    return np.vectorize(result, otypes=[float])
''',
            "jnp": "",
        },
    ),
    "erf": _each("erf", "abs, abs"),
    "erfc": _each("erfc", "abs, abs"),
    "gamma": _each(
        "gamma",
        "lambda x: math.copysign(math.inf, x), lambda x: math.copysign(math.inf, x) if x == 0 else math.nan",
    ),
    "lgamma": _each("lgamma", "lambda x: math.inf, lambda x: math.inf"),
    "digamma": ((), {"np": "digamma = special.digamma", "jnp": "digamma = special.digamma"}),
    "polygamma": _both((), _POLYGAMMA),
    "relu": _both(
        (),
        '''
def relu(x):
    """x where it is not negative, else 0."""
    return np.where(x < 0.0, 0.0, x)
''',
    ),
    "stacked": _both(
        (),
        '''
def stacked(parts, shape):
    """Numbers as an array of that shape, for each point where there are several."""
    parts = np.broadcast_arrays(*parts)
    return np.reshape(np.stack(parts, axis=-1), (*parts[0].shape, *shape))
''',
    ),
    "place": (
        (),
        {
            "np": '''
def place(x, where, shape):
    """x at its places in an array of zeros."""
    result = np.zeros(shape)
    result[where] = x
    return result
''',
            "jnp": '''
def place(x, where, shape):
    """x at its places in an array of zeros."""
    return jnp.zeros(shape).at[where].set(x)
''',
        },
    ),
    "pick": (
        (),
        {
            "np": '''
def pick(number):
    """A place that counts from 1, as a subscript."""
    return int(number) - 1
''',
            "jnp": '''
def pick(number):
    """A place that counts from 1, as a subscript."""
    return jnp.asarray(number).astype(int) - 1
''',
        },
    ),
    "norm": _both(
        (),
        '''
def norm(x, axis=None):
    """The Euclidean norm, without overflow on the way."""
    x, axis = (np.ravel(x), -1) if axis is None else (x, axis)
    largest = np.max(np.abs(x), axis=axis, keepdims=True)
    exponent = np.frexp(np.where(np.isfinite(largest), largest, 1.0))[1]
    root = np.sqrt(np.sum(np.square(np.ldexp(x, -exponent)), axis=axis))
    return np.ldexp(root, np.squeeze(exponent, axis))
''',
    ),
    "logsumexp": _both(
        (),
        '''
def logsumexp(x, axis=None):
    """log(sum(exp(x))), without overflow, accurate also near 0."""
    x, axis = (np.ravel(x), -1) if axis is None else (x, axis)
    x = np.moveaxis(x, axis, -1)
    first = np.arange(x.shape[-1]) == np.expand_dims(np.argmax(x, axis=-1), -1)
    largest = np.max(x, axis=-1, keepdims=True)
    rest = np.sum(np.where(first, 0.0, np.exp(x - largest)), axis=-1)
    largest = largest[..., 0]
    return np.where(np.isinf(largest), largest, largest + np.log1p(rest))
''',
    ),
    "last": _both(
        (),
        '''
def last(best, x, axis):
    """1 at the last of the places that are `best`, 0 elsewhere."""
    shape = x.shape
    x, axis = (np.ravel(x), -1) if axis is None else (x, axis)
    x = np.moveaxis(x, axis, -1)
    place = x.shape[-1] - 1 - best(np.flip(x, -1), axis=-1)
    result = np.where(np.arange(x.shape[-1]) == np.expand_dims(place, -1), 1.0, 0.0)
    return np.reshape(np.moveaxis(result, -1, axis), shape)
''',
    ),
    "last_max": _both(
        ("last",),
        '''
def last_max(x, axis=None):
    """1 where the largest number is, 0 elsewhere."""
    return last(np.argmax, x, axis)
''',
    ),
    "last_min": _both(
        ("last",),
        '''
def last_min(x, axis=None):
    """1 where the smallest number is, 0 elsewhere."""
    return last(np.argmin, x, axis)
''',
    ),
    "cofactor": _both(
        (),
        '''
def cofactor(x):
    """The cofactors, of a singular matrix too: those of the singular values, turned back."""
    left, s, right = np.linalg.svd(x)
    here = np.eye(len(s), dtype=bool)
    others = np.prod(np.where(here, 1.0, s), axis=-1)
    return np.rint(np.linalg.det(left)*np.linalg.det(right))*((left*others) @ right)
''',
    ),
    "cofactors_along": _both(
        (),
        '''
def cofactors_along(x, y):
    """The tangent of cofactor(x) along y."""
    left, s, right = np.linalg.svd(x)
    b = left.T @ y @ right.T
    here = np.eye(len(s), dtype=bool)
    others = np.prod(np.where(here[:, None, :] | here[None, :, :], 1.0, s), axis=-1)
    others = np.where(here, 0.0, others)
    along = np.where(here, np.diag(others @ np.diagonal(b)), -others*b.T)
    return np.rint(np.linalg.det(left)*np.linalg.det(right))*(left @ along @ right)
''',
    ),
}
