"""What `set` may change: options that then hold where a line is silent, and how a session at the prompt behaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ...errors import DcalcError, suggestion
from ..base import FORMATS, Ask, Output, SessionCommand, State, Step
from ..options import BACKENDS, OPTIONS
from ..options import read as read_option

ON_OFF = ("on", "off")


class Setting(NamedTuple):
    """A setting: its name, what it is for, its default, and what it may be (`choices`, or what `convert` reads)."""

    name: str
    help: str
    default: Any
    choices: tuple[str, ...] = ()
    convert: Callable[[str], Any] | None = None


def _of_option(name: str, default: Any, choices: tuple[str, ...] = ()) -> Setting:
    option = OPTIONS[name]
    return Setting(name, option.help, default, choices or option.choices, option.convert)


#: Options of lines that a session may set for all of them.
OF_LINES = {
    setting.name: setting
    for setting in (
        _of_option("backend", "auto", BACKENDS),
        _of_option("scheme", "adaptive"),
        _of_option("at-kink", "lecture"),
        _of_option("steps", 1_000_000),
        _of_option("ieee", "off", ON_OFF),
        _of_option("branches", "off", ON_OFF),
        _of_option("format", "text", FORMATS),
        _of_option("digits", 10),
        _of_option("color", "auto"),
        _of_option("ascii", "off", ON_OFF),
    )
}
#: How the prompt behaves.
OF_PROMPT = {
    setting.name: setting
    for setting in (
        Setting("editing", "the keys: emacs or vi", "emacs", ("emacs", "vi")),
        Setting("preview", "the value and the gradient of what is being typed, below the prompt", "on", ON_OFF),
        Setting(
            "suggestions", "in grey, the earlier line that begins as this one does; right arrow takes it", "on", ON_OFF
        ),
        Setting("validation", "what cannot be read is marked while it is typed", "on", ON_OFF),
        Setting("mouse", "the mouse moves the cursor (and no longer selects text for the terminal)", "off", ON_OFF),
    )
}
SETTINGS = {**OF_LINES, **OF_PROMPT}


def read(name: str, text: str) -> Any:
    """The value that a text means for a setting. An unknown name, or a text that means none, is an error `usage`."""
    setting = SETTINGS.get(name)
    if setting is None:
        hint = suggestion(name, list(SETTINGS), f"the settings are {', '.join(SETTINGS)}")
        raise DcalcError("usage", f"there is no setting {name}", hint=hint)
    if setting.choices and text not in setting.choices:
        hint = suggestion(text, list(setting.choices), f"it is one of {', '.join(setting.choices)}")
        raise DcalcError("usage", f"{name} cannot be {text}", hint=hint)
    return read_option(OPTIONS[name], text) if setting.convert is not None else text


def get(settings: Mapping[str, Any], name: str) -> Any:
    """A setting's value, or its default."""
    return settings.get(name, SETTINGS[name].default)


def of_lines(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options that settings stand for where a line is silent. A switch that is off is no option."""
    return {
        name: True if value == "on" else value
        for name, value in settings.items()
        if name in OF_LINES and value != "off"
    }


class Settings(NamedTuple):
    """What `show settings` answers: name, value, default and what it is for."""

    items: list[tuple[Setting, Any]]


def _set(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    words = ask.operand.text.replace("=", " ").split() if ask.operand else []
    if not words:
        return _show(state, ask, step)
    name = words[0].lstrip("-")
    if len(words) == 1:
        if name not in SETTINGS:
            read(name, "")
        hint = f"for example: set {name} {SETTINGS[name].default}; `show {name}` tells what it is"
        raise DcalcError("usage", f"set {name} needs a value", source=ask.operand, hint=hint)
    try:
        usual = words[1:] == ["default"] and name in SETTINGS
        value = SETTINGS[name].default if usual else read(name, " ".join(words[1:]))
    except DcalcError as problem:
        problem.source, problem.span = ask.operand, None
        if problem.hint and problem.hint.startswith("for example"):  # it is that of an option in a line
            problem.hint = f"for example: set {name} {SETTINGS[name].default}"
        raise
    return state._replace(settings=MappingProxyType({**state.settings, name: value})), Output([], [])


def _show(state: State, ask: Ask, step: Step) -> tuple[State, Output]:
    what = ask.operand.text.strip() if ask.operand else "settings"
    if what != "settings":
        others = ", ".join(("settings", *SETTINGS))
        if what not in SETTINGS:
            hint = suggestion(what, ["settings", *SETTINGS], others)
            raise DcalcError("usage", f"there is no setting {what}", hint=hint)
    items = [(setting, get(state.settings, name)) for name, setting in SETTINGS.items() if what in ("settings", name)]
    return state, Output([Settings(items)], [])


COMMANDS = {
    "set": SessionCommand(
        "set",
        "set what holds where a line is silent: the backend, the digits, how the prompt behaves, …",
        "NAME VALUE",
        ("set digits 6", "set backend forward", "set at-kink error", "set digits default"),
        "`show settings` lists them. In the file config.toml they hold for every session (`help settings`).",
        _set,
    ),
    "show": SessionCommand("show", "the settings", "settings", ("show settings", "show digits"), "", _show),
}
