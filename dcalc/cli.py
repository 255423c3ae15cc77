"""The command line: arguments in, text out, an exit status. No mathematics and no formatting here."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from . import progress
from .errors import EXIT_INTERRUPTED, DcalcError, Source, suggestion

if TYPE_CHECKING:
    from .commands.base import Ask, Command, Output

#: What errors call the text that is read where `-` stands.
STDIN = "standard input"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status. With no argument, a session."""
    args = list(sys.argv[1:] if argv is None else argv)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # One answer makes little garbage, and a collector that walks a large tree again and again doubles the time.
    gc.disable()
    try:
        status = _guarded(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has seen enough. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        gc.enable()
    return status


def _guarded(args: list[str]) -> int:
    try:
        return _dispatch(args)
    except DcalcError as problem:
        return report(problem, json=wants_json(args), color=_color(args))
    except KeyboardInterrupt as problem:
        print(problem.args[0] if problem.args else "interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        raise
    except MemoryError:
        return report(DcalcError("limit", "out of memory"), json=wants_json(args))
    except Exception as fault:
        if os.environ.get("DCALC_DEBUG"):
            raise
        message = f"{type(fault).__name__}: {fault}"
        return report(DcalcError("internal", message, hint="DCALC_DEBUG=1 shows where"), json=wants_json(args))


def _dispatch(args: list[str]) -> int:
    if not args or args == ["-"]:
        return _session(piped=args == ["-"] or not sys.stdin.isatty())
    if args[0] in ("--version", "-V"):
        from . import __version__

        print(f"dcalc {__version__}")
        return 0
    if args[0] in ("--help", "-h"):
        args = ["help"]
    from .commands import NAMES, OF_SESSIONS, command

    if args[0] in OF_SESSIONS:
        hint = "`dcalc` alone opens a session, `dcalc -` takes one from standard input"
        raise DcalcError("usage", f"{args[0]} is for sessions", hint=hint)
    if args[0] not in NAMES:
        hint = suggestion(args[0], list(NAMES), 'to evaluate it: dcalc eval "…"; `dcalc help` lists the commands')
        raise DcalcError("usage", f"there is no command {args[0]}", hint=hint)
    verb = command(args[0])
    if "--help" in args[1:] or "-h" in args[1:]:
        return show(command("help").run(_new_state(), _page(verb.name)), {})
    ask = _parse(verb, args[1:])
    options = ask.options
    if verb.name == "run":
        from .scripts import run_scripts

        gc.enable()
        return run_scripts(_scripts(options.pop("scripts")), options)
    if verb.name == "batch":
        from .batch import run_batch

        assert ask.operand is not None
        with working("batch"):
            return run_batch(ask.operand.text, options)
    from .commands.base import run_verb

    if "points" in options and options.get("format") in (None, "csv", "json") and not sys.stdout.isatty():
        options.setdefault("out", "-")  # all rows, as they come
    with working(verb.name):
        output = run_verb(verb, _new_state(), ask)
    return show(output, options)


def working(what: str) -> progress.Context:
    """A context for work that may be long: it is told of on stderr after a second, if that is a terminal."""
    if progress.watched():
        return progress.stage(what)
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return progress.NOTHING
    from .waiting import Watch

    return Watch(what)


def _new_state() -> Any:
    from .commands.base import new_state

    return new_state()


def _page(name: str) -> Ask:
    from .commands.base import Ask

    return Ask(Source(name), {})


def _session(*, piped: bool) -> int:
    gc.enable()  # a session may be long
    if piped:
        from .scripts import run_scripts

        return run_scripts([Source(_read_stdin(), STDIN)], {})
    from .repl import run_repl

    return run_repl()


def _parse(verb: Command, args: list[str]) -> Ask:
    """The request that arguments make. argparse does the work; what it refuses is a usage error of ours."""
    import argparse

    from .commands.arguments import add_arguments
    from .commands.base import Ask
    from .commands.options import option_of, read, settled
    from .language import source
    from .render.help import usage

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> Any:
            hint = f"{usage(verb)}, for example: {verb.examples[0]}"
            raise DcalcError("usage", message, hint=hint)

    parser = Parser(add_help=False, allow_abbrev=False)
    add_arguments(parser, verb)
    scripts: list[tuple[str, str]] = []
    if verb.name == "run":
        scripts, args = in_order(args)
        if not scripts:
            parser.error("the following arguments are required: FILE or -e")
    known = {f"--{name}" for name in verb.options}
    protected = []
    for k, arg in enumerate(args):
        name = arg.partition("=")[0]
        if arg == "--":
            protected += args[k:]
            break
        if name in known or not arg.startswith("-") or arg == "-":
            protected.append(arg)
        elif arg.startswith("--") and arg[2:3].isalpha():
            hint = suggestion(name, sorted(known), f"`dcalc help {verb.name}` lists its options")
            raise DcalcError("usage", f"{verb.name} has no option {name}", hint=hint)
        else:
            protected.append(" " + arg)  # an expression that begins with a minus is no option
    space, left_over = parser.parse_known_args(protected)
    found = vars(space)
    operand = found.pop("operand", None)
    operand = None if operand == [] else operand
    if left_over:
        rest = " ".join(left_over)
        hint = f'quote what belongs together: dcalc {verb.name} "{operand} {rest}"' if operand else usage(verb)
        raise DcalcError("usage", f"{verb.name} has no use for {rest}", hint=hint)
    options: dict[str, Any] = {}
    for key, value in found.items():
        if value is None:
            continue
        option = option_of(verb, key.replace("_", "-"))
        if option.repeats:
            options[option.name] = [source(text, f"--{option.name}") for text in value]
        else:
            options[option.name] = True if not option.metavar else read(option, value.strip())
    options = settled(verb, options)
    if scripts:
        options["scripts"] = scripts
    text = None if operand is None else _operand(verb, operand)
    return Ask(text, options)


def in_order(args: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """What `run` is to run, ("-e", statement) or ("", name of a file) in the order given, and the other arguments."""
    from .commands.options import OPTIONS

    found: list[tuple[str, str]] = []
    others: list[str] = []
    rest = iter(args)
    for arg in rest:
        name, equals, _ = arg.partition("=")
        option = OPTIONS.get(name[2:]) if arg.startswith("--") else None
        if arg == "--":
            found += [("", one) for one in rest]
        elif arg == "-e":
            statement = next(rest, None)
            if statement is None:
                raise DcalcError("usage", "-e needs a statement", hint="for example: dcalc run -e 'x = 2' -e 'x^2'")
            found.append(("-e", statement))
        elif arg.startswith("-e"):
            found.append(("-e", arg[2:]))
        elif not arg.startswith("-") or arg == "-":
            found.append(("", arg))
        else:
            others.append(arg)
            if option is not None and option.metavar and not equals:
                others += [one for one in [next(rest, None)] if one is not None]
    return found, others


def _scripts(given: list[tuple[str, str]]) -> list[Source]:
    """The texts that `run` is to run. All are read before anything runs."""
    if [kind or name for kind, name in given].count("-") > 1:
        raise DcalcError("usage", "standard input can be read once", hint="leave one -")
    count = [kind for kind, _ in given].count("-e")
    found, number = [], 0
    for kind, text in given:
        if kind:
            number += 1
            found.append(Source(text, f"-e {number}" if count > 1 else "-e"))
        else:
            found.append(Source(_read_stdin(), STDIN) if text == "-" else Source(_read_file(text), text))
    return found


def _operand(verb: Command, text: str) -> Source:
    """The operand, read from standard input (`-`) or a file (`@FILE`) where it says so."""
    from .language import source

    if verb.operand == "FILE":
        return Source(text)  # the name, whatever its characters
    if verb.operand in ("EXPR", "[EXPR]"):
        if text == "-":
            return source(_read_stdin(), STDIN)
        if text.startswith("@"):
            return source(_read_file(text[1:]), text[1:])
    return source(text[1:] if text.startswith(" -") else text)


def _read_stdin() -> str:
    return _decoded(sys.stdin.buffer.read(), STDIN)


def _read_file(name: str) -> str:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 (pathlib costs a tenth of the start-up)
            return _decoded(file.read(), name)
    except OSError as problem:
        hint = "@FILE and `run FILE` take the name of a text file, `-` is standard input"
        raise DcalcError("usage", f"cannot read {name}: {problem.strerror}", hint=hint) from None


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        hint = "save it as UTF-8 text"
        raise DcalcError("syntax", f"{name} is not UTF-8 (byte {problem.start + 1})", hint=hint) from None


def show(output: Output, options: dict[str, Any]) -> int:
    """Print what a command answers; results to stdout, notes to stderr. Returns the exit status."""
    from .render.numbers import DIGITS

    if output.written:
        options = {"color": options.get("color", "auto")}
    form, digits = options.get("format", "text"), options.get("digits", DIGITS)
    file = output.file or options.get("out")
    ascii = options.get("ascii") or not (file or _writes_unicode(sys.stdout))
    if options.get("step"):
        _walk(output, form, digits, ascii=bool(ascii), file=file or "")
    elif file:
        _write(file, _shown(output, form, digits, ascii))
    elif form == "png" and sys.stdout.isatty():
        raise DcalcError("usage", "a picture is no text for a terminal", hint="write it to a file: --out plot.png")
    elif form == "npz" and sys.stdout.isatty():
        raise DcalcError("usage", "npz is no text for a terminal", hint="write it to a file: --out matrix.npz")
    else:
        from .render.color import wanted

        colored = wanted(options.get("color", "auto"), sys.stdout)
        text = _shown(output, form, digits, ascii, colored, _width())
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        elif text:
            print(text)
    if form != "json" and output.notes:
        from .render.color import paint, wanted
        from .render.errors import note

        colored = wanted(options.get("color", "auto"), sys.stderr)
        sys.stdout.flush()
        for remark in output.notes:
            print(paint(note(remark), "note", colored), file=sys.stderr)
    if file:
        print(f"written to {file}", file=sys.stderr)
    return output.status


def _walk(output: Output, form: str, digits: int, *, ascii: bool, file: str) -> None:
    """Show the results a row per key."""
    from .repl.stepper import hold_terminal, walk

    hold_terminal()
    if form != "text" or file:
        raise DcalcError("usage", "step shows text on a terminal", hint=f"leave out step for {file or form}")
    text = _shown(output, form, digits, ascii)
    assert isinstance(text, str)
    walk(text)


def _width() -> int | None:
    """The columns of the terminal that stdout is."""
    if not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _shown(
    output: Output, form: str, digits: int, ascii: bool, color: bool = False, width: int | None = None
) -> str | bytes:
    from .commands.options import DRAWN, MATRICES
    from .render import drawn, render

    with working("writing"):
        if form in (*DRAWN, *MATRICES):
            return drawn(output.results, form, digits) if output.results else ""
        return render(output.results, output.notes, form, digits, ascii=ascii, color=color, width=width)


def _writes_unicode(stream: TextIO) -> bool:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").startswith("utf")


def _write(name: str, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else (content + "\n").encode()
    try:
        with open(os.path.expanduser(name), "wb") as file:  # noqa: PTH111, PTH123 (pathlib costs a tenth of the start-up)
            file.write(data)
    except OSError as problem:
        hint = "name a file in a folder that is there and that you may write to"
        raise DcalcError("usage", f"cannot write {name}: {problem.strerror}", hint=hint) from None


def report(problem: DcalcError, *, json: bool = False, color: str = "auto", position: bool = False) -> int:
    """Print a failure; returns its exit status. As JSON it is the only thing on stdout."""
    if json:
        from .render.json_ import error

        print(error(problem))
        return problem.exit_status
    from .render.color import paint, wanted
    from .render.errors import render

    sys.stdout.flush()
    head, _, rest = render(problem, position=position).partition("\n")
    print(paint(head, "error", wanted(color, sys.stderr)), *([rest] if rest else []), sep="\n", file=sys.stderr)
    return problem.exit_status


def wants_json(args: list[str]) -> bool:
    """Whether arguments ask for JSON, even if they cannot be understood otherwise."""
    return any(a in ("--json", "--format=json") or (a == "--format" and b == "json") for a, b in _pairs(args))


def _color(args: list[str]) -> str:
    given = (b if a == "--color" else a[8:] for a, b in _pairs(args) if a == "--color" or a.startswith("--color="))
    return next(given, "auto")


def _pairs(args: list[str]) -> Iterator[tuple[str, str]]:
    """Each argument with the one behind it."""
    return zip(args, [*args[1:], ""], strict=False)


if __name__ == "__main__":
    sys.exit(main())
