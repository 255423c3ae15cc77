"""Names, numbers and words as LaTeX."""

from __future__ import annotations

import re
import unicodedata

from ..language.figures import level
from .numbers import DIGITS, number

#: Greek letters that have a command of their own, and the Latin letters that the others look like.
_GREEK = frozenset((
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
))  # fmt: skip
_LATIN_LOOKING = {
    "omicron": "o", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K",
    "Mu": "M", "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0306": "breve",
    "\u0307": "dot",
    "\u0308": "ddot",
    "\u030a": "mathring",
    "\u030c": "check",
}
_CONSTANTS = {"inf": r"\infty", "nan": r"\text{nan}", "π": r"\pi"}
#: A name: letters, then what stands below the line: `x1`, `x_max`, `v₁`, `v[1]`; prime marks last.
_NAME = re.compile(r"(.+?)(?:_(?=.)(.+?)|([0-9]+|₋?[₀-₉]+)|\[([0-9]+)\])?(ʹ*)")


def latex_name(name: str) -> str:
    r"""A name for math mode: `x_{1}`, `\theta`, `\dot{v}_{2}`, `\mathit{cost}`."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    # Accents on the last letter belong to the whole name: v₁ with a dot is v with a dot, below it 1.
    plain = unicodedata.normalize("NFD", name)
    body = plain.rstrip("".join(_ACCENTS))
    accents = plain[len(body) :]
    found = _NAME.fullmatch(body)
    if found is None:
        return rf"\text{{{latex_words(name)}}}"
    letters, word, figures, index, primes = found.groups()
    text = _letters(letters)
    for accent in accents:
        text = rf"\{_ACCENTS[accent]}{{{text}}}"
    below = [level(part) for part in (figures, index) if part]
    if word:
        below.insert(0, word if word.isdecimal() else _letters(word))
    return text + (f"_{{{', '.join(below)}}}" if below else "") + "'" * len(primes)


def latex_number(value: float, digits: int = DIGITS) -> str:
    """A number for math mode."""
    return latex_figures(number(value, digits))


def latex_figures(text: str) -> str:
    r"""A number's text for math mode: `1e-3` is `1 \times 10^{-3}`."""
    sign, plain = ("-", text[1:]) if text.startswith("-") else ("", text)
    if plain in _CONSTANTS:
        return sign + _CONSTANTS[plain]
    mantissa, exponent, power = plain.lower().partition("e")
    return sign + mantissa + (rf" \times 10^{{{int(power)}}}" if exponent else "")


def latex_words(text: str) -> str:
    r"""Words as they can stand in `\text{…}`, whatever characters they hold."""
    return "".join(_word(character) for character in text)


def _word(character: str) -> str:
    if character in "#$%&_{}":
        return "\\" + character
    if character == "\\":
        return r"\textbackslash{}"
    if character in "^~":
        return f"\\{character}{{}}"
    if character in "<>|+=*/":
        return f"${character}$" if character in "<>|" else character
    if character.isascii():
        return character
    known = {"…": r"\dots", "−": "-", "≤": r"\le", "≥": r"\ge", "±": r"\pm", "π": r"\pi", "√": r"\surd", "·": r"\cdot"}
    if character in known:
        return f"${known[character]}$"
    shape, _, plain = unicodedata.decomposition(character).partition(" ")
    if shape in ("<super>", "<sub>"):
        return f"${'^' if shape == '<super>' else '_'}{{{chr(int(plain, 16))}}}$"
    if unicodedata.combining(character):
        return ""
    return f"${_letters(character)}$" if character.isalpha() else "?"


def _letters(text: str) -> str:
    """Letters in a row: one is a variable, several a word; a Greek name is its letter."""
    plain = unicodedata.normalize("NFD", text)
    if text in _GREEK:
        return f"\\{text}"
    if len(plain) == 1:
        return _letter(text)
    if text.isascii():
        return rf"\mathit{{{latex_words(text)}}}"
    parts: list[str] = []
    for character in plain:
        if character in _ACCENTS and parts:
            parts[-1] = rf"\{_ACCENTS[character]}{{{parts[-1]}}}"
        elif not unicodedata.combining(character):
            parts.append(_letter(character))
    return "".join(part if part.isascii() and len(part) == 1 else f"{{{part}}}" for part in parts)


def _letter(character: str) -> str:
    if character.isascii():
        return r"\_" if character == "_" else character
    words = unicodedata.name(unicodedata.normalize("NFKC", character)[0], "").split()
    if words[:1] == ["GREEK"]:
        name = words[-1].lower().replace("lamda", "lambda").replace("final", "")
        name = name if "SMALL" in words else name.title()
        if name in _GREEK:
            return f"\\{name}"
        if name in _LATIN_LOOKING:
            return rf"\mathrm{{{_LATIN_LOOKING[name]}}}"
    return rf"\text{{{character}}}"
