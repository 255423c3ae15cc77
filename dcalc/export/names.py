"""Names and comments in generated source: no clash with the language's words, and nothing that ends a comment."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def spelled(name: str) -> str:
    """A name in ASCII letters, figures and underscores: α is alpha, é is e. It may still clash with others."""
    found: list[str] = []
    for char in unicodedata.normalize("NFKD", name):
        if char.isascii():
            found.append(char if char.isalnum() or char == "_" else "_")
        elif not unicodedata.combining(char):
            found.append(_spelled(char))
    text = "".join(found)
    return text if text and not text[0].isdigit() else f"v_{text}"


def _spelled(char: str) -> str:
    words = unicodedata.name(char, f"U{ord(char):X}").split()
    if words[0] == "GREEK" and "LETTER" in words:
        word = words[words.index("LETTER") + 1 :]
        name = (word[-1] if word[0] == "FINAL" else word[0]).lower()
        return name.capitalize() if "CAPITAL" in words else name
    return f"u{ord(char):x}"


class Namer:
    """Gives names, each once. taken: words that no name may be."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._count = 0

    def own(self, name: str) -> str:
        """A name for what the user calls so."""
        text = spelled(name)
        if text.startswith("_"):
            text = f"v{text}"  # C keeps such names for itself
        made, count = text, 1
        while made in self._taken:
            count += 1
            made = f"{text}_" if count == 2 else f"{text}_{count}"
        self._taken.add(made)
        return made

    def fresh(self, prefix: str = "v") -> str:
        """The next of v1, v2, …"""
        while True:
            self._count += 1
            made = f"{prefix}{self._count}"
            if made not in self._taken:
                self._taken.add(made)
                return made


def harmless(text: str, *, c: bool = False) -> str:
    """A user's text as it may stand in a docstring, or, with `c`, in a C comment: it neither ends it nor reads on."""
    lines = []
    for line in text.splitlines():
        shown = "".join(char if char.isprintable() else " " for char in line).rstrip()
        shown = shown.replace("\\", "/" if c else "\\\\")
        if c:
            while "??" in shown or "*/" in shown or "/*" in shown:
                shown = shown.replace("??", "? ?").replace("*/", "* /").replace("/*", "/ *")
        else:
            shown = shown.replace('"""', '\\"\\"\\"')
            if shown.endswith('"'):
                shown += " "
        lines.append(shown)
    return "\n".join(lines)
