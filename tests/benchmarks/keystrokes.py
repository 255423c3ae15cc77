"""Keystrokes: from a key to the redrawn screen, in a real pseudo-terminal, with a long line and a long history.

    python3 -m pip install '.[test]'
    python3 -m tests.benchmarks.keystrokes [--keys 200] [--length 2000] [--history 1000]

Keys are typed at the end of the line and within it. The time ends when the program has written what changed and waits
for the next key: nothing more comes within 3 ms (which do not count). On a machine that does other things as well the
processor's own time (of Linux) says more.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from fcntl import ioctl
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS, ROWS = 100, 50
#: Seconds without output after which a redraw is over.
QUIET = 0.003


def line_of(length: int) -> str:
    """A sentence of about so many characters, brackets and all."""
    terms = []
    while len("grad " + " + ".join(terms) + " at x=1, y=2") < length:
        k = len(terms)
        terms.append(f"sin(x*{k}.5)^2*max(y, {k})")
    return "grad (" + " + ".join(terms[:-1]) + ")"


def write_history(folder: Path, entries: int) -> None:
    """A history of so many lines, most of which begin as the long one does."""
    file = folder / "dcalc" / "history"
    file.parent.mkdir(parents=True)
    file.write_text("".join(f"\n# 2026-01-01\n+grad (sin(x*0.5)^{k} + {k}*x\n" for k in range(entries)))


class Child:
    """dcalc in a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(ROOT)
            env = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(folder), "LANG": "C.UTF-8"}
            env |= {"XDG_CONFIG_HOME": str(folder)}
            os.execve(sys.executable, [sys.executable, "-m", "dcalc"], env)
        ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What is written within so much time; b"" for nothing. Questions for the cursor's place are answered."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return b""
        data = os.read(self.terminal, 1 << 20)
        if b"\x1b[6n" in data:
            os.write(self.terminal, b"\x1b[3;1R")
        return data

    def settle(self, seconds: float) -> None:
        """Wait until nothing has come for so long."""
        while self.read(seconds):
            pass

    def busy(self) -> float:
        """Seconds that the program has had a processor for."""
        try:
            return int(Path(f"/proc/{self.process}/schedstat").read_text().split()[0]) / 1e9
        except OSError:
            return float("nan")

    def key(self, key: str) -> tuple[float, float]:
        """Seconds from a key to the last of what it changed on the screen, and seconds of a processor."""
        before = self.busy()
        start = time.perf_counter()
        os.write(self.terminal, key.encode())
        if not self.read(5.0):
            raise RuntimeError("nothing happens")
        end = time.perf_counter()
        while self.read(QUIET):
            end = time.perf_counter()
        return end - start, self.busy() - before


def measure(keys: int, length: int, history: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds of each key, all and of a processor, by where it was typed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_history(folder, history)
        child = Child(folder)
        child.settle(2.0)
        os.write(child.terminal, b"\x1b[200~" + line_of(length).encode() + b"\x1b[201~")
        child.settle(1.0)
        times: dict[str, list[tuple[float, float]]] = {"at the end": [], "in the middle": [], "the cursor": []}
        for k in range(keys):
            times["at the end"].append(child.key(" + sin(x)"[k % 9]))
            if k % 9 == 8:
                child.settle(0.3)  # so that the preview has its turn
        os.write(child.terminal, b"\x1b[D" * 300)
        child.settle(0.5)
        for k in range(keys):
            times["in the middle"].append(child.key("123*"[k % 4]))
            times["the cursor"].append(child.key("\x1b[D"))
        os.write(child.terminal, b"\x03")
        child.settle(0.2)
        os.write(child.terminal, b"\x04")
        os.waitpid(child.process, 0)
        os.close(child.terminal)
    return times


def main() -> int:
    """Print the median and the 95th percentile."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("--keys", 200), ("--length", 2000), ("--history", 1000)):
        parser.add_argument(option, type=int, default=default)
    given = parser.parse_args()
    times = measure(given.keys, given.length, given.history)
    print(f"{given.length} characters, {given.history} lines of history; milliseconds from key to redraw")
    for where, found in times.items():
        told = []
        for name, column in zip(("", "processor "), zip(*found, strict=True), strict=True):
            ranks = statistics.quantiles(column, n=20)
            told.append(f"{name}median {statistics.median(column) * 1e3:6.2f}  p95 {ranks[-1] * 1e3:6.2f}")
        print(f"  {where:15} {'   '.join(told)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
