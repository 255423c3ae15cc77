"""Files of definitions, as `--load lib.dc` names them."""

from __future__ import annotations

import os

from ..errors import DcalcError, File, Source
from ..graph.graph import Graph
from ..graph.lower import Names
from ..language import parse, source
from .reading import read

#: Bytes that a file of definitions may have.
MOST_BYTES = 10_000_000


def load(graph: Graph, names: Names, files: list[Source]) -> Names:
    """What names mean after the files' definitions, in their order. Raises DcalcError."""
    for file in files:
        text = read_text(file)
        names = read(parse(text), text, graph, names, {}).names
    return names


def read_text(file: Source) -> Source:
    """The text of the file that a source names. Raises DcalcError of kind usage or limit."""
    name = file.text.strip()
    span = (0, len(file.text))
    hint = "--load takes the name of a file of definitions, for example lib.dc"
    try:
        path = os.path.expanduser(name)  # noqa: PTH111 (pathlib costs a tenth of the start-up)
        if os.path.getsize(path) > MOST_BYTES:  # noqa: PTH202
            raise DcalcError(
                "limit", f"{name} is too large (the limit is {MOST_BYTES // 10**6} MB)", source=file, span=span
            )
        with open(path, encoding="utf-8-sig") as stream:  # noqa: PTH123
            return File(source(stream.read()).text, name)
    except OSError as problem:
        message = f"cannot read {name}: {problem.strerror}"
        raise DcalcError("usage", message, source=file, span=span, hint=hint) from None
    except UnicodeDecodeError as problem:
        message = f"{name} is not UTF-8 (byte {problem.start + 1})"
        raise DcalcError("usage", message, source=file, span=span, hint="save it as UTF-8 text") from None
