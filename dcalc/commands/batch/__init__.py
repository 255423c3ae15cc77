"""`batch`: a file of jobs, one expression each, and an answer for every one of them.

Here is what a job is (`job`), where its values come from (`values`) and what it is answered (`compute`). The processes
that do it, their limits and the files are the room `dcalc.batch`'s, to which the command line hands the request.
"""

from __future__ import annotations

from ..base import Ask, Command, Output, State

#: Seconds and megabytes (of 10^6 bytes) that a job may take if the user does not say otherwise.
TIMEOUT, MEMORY = 10.0, 2000


def _run(state: State, ask: Ask) -> Output:
    # Only reached inside a session; the command line hands the files to `dcalc.batch`.
    from ...errors import DcalcError

    raise DcalcError("usage", "batch starts from the command line", hint="dcalc batch jobs.jsonl --out results.jsonl")


COMMAND = Command(
    "batch",
    "answer a file of jobs: JSON lines or CSV in, one answer a job out",
    "FILE",
    ("out", "resume", "jobs", "timeout", "memory", "allow-files", "format", "json"),
    (
        "dcalc batch examples/jobs.jsonl",
        "dcalc batch examples/jobs.csv --out answers.csv",
        "dcalc batch examples/jobs.jsonl --jobs 2 --timeout 1 --out answers.jsonl",
    ),
    """\
A job is a JSON object on a line: {"id": "a", "expr": "x^2*y", "at": {"x": 2, "y": 3}, "want": ["value", "grad"]}
  expr     the expression or program; all other keys may be left out
  at       values by name: numbers, nested lists, or texts that are expressions ("pi/2"); or a text: "x=2, y=3"
  want     one or several of value, grad, jac, hess, diff (the formula); by default value and grad, of an array jac
  wrt      names to differentiate in: ["x", "y"] or "x,y"
  backend, scheme, h, at-kink, ieee, branches, steps, order: as the options of grad, hess and diff
  id       a text or a number, which the answer repeats; without one the answer has the number of the "line"
The answer is an object on a line, in the jobs' order: "id", then "value", "grad", "jac", "hess", "diff", "agree" (of
backend all), "backend", "notes" as `dcalc help json` has them, or "error": {"kind", "message", "hint", "source" (the
key), "span"}. A line that is wrong is an error of its own, and all others are answered. Blank lines have no answer.
CSV (a first line of names; the file ends in .csv, .tsv or is such a text on standard input) has the same keys as
columns, and at:x is the value of x; an empty cell is none. Its answers are CSV: cells that hold more than a number
are JSON. The ending of --out, else --format, chooses json or csv.

A job may take 10 seconds (--timeout) and 2000 MB (--memory; where the system can hold a process to it, as Linux does):
what takes more is that job's error. Jobs run in processes of their own (--jobs N, by default one for each processor)
that cannot write, start programs, open a connection or read the user's files; --allow-files lets jobs read arrays,
{"at": {"W": "@weights.npy"}}. - reads standard input and answers as the lines come. --out is written beside the file
and renamed when all is done; what an interrupted run has left is gone on with by the same command and --resume.
Exit status 1 where a job failed.""",
    _run,
    ("json", "csv"),
)
