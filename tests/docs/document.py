"""Run the fenced blocks of a Markdown page in one shell, and compare what they show.

- ```console: lines that begin with `$ ` (and `> ` for their continuation) are typed; the lines
  below are what the terminal showed. `...` stands for anything. Nothing below means: not compared.
- ```bash: typed as it stands, and must succeed.
- ```python: a script that must succeed; with `title="path"` a file which is written (any language).
- `<!-- not run: reason -->` on the line before a block leaves it out.

A command may fail only where the next one is `echo $?`. The page's directory is empty at first.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?P<rest>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
NOT_RUN = re.compile(r"<!-- not run: \S[^>]*-->\s*\Z")
TITLE = re.compile(r'title="([^"]+)"')
MARK = "\x1e"
MARKER = "page_status=$?; printf '\\036%d\\036' $page_status"
GO_ON = {False: "[ $page_status = 0 ] || exit", True: "(exit $page_status)"}
SECONDS = 280
"""A page takes what a busy host lets it take; one that hangs is named before its test is ended."""


@dataclass(frozen=True)
class Step:
    """One thing to type, the line of the page it stands on, and what is shown below it."""

    line: int
    typed: str
    shown: str = ""


class PageError(AssertionError):
    """A page says what is not so."""


def steps_of(text):
    """Return what a page types, in order."""
    steps = []
    for block in FENCE.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        indent = len(block["indent"])
        body = "".join(row[indent:] or "\n" for row in block["text"].splitlines(keepends=True))
        title = TITLE.search(block["rest"])
        if NOT_RUN.search(text[: block.start()]):
            continue
        if title:
            steps.append(Step(line, write(title[1], body)))
        elif block["language"] == "console":
            steps += list(console(body, line + 1))
        elif block["language"] == "bash":
            steps.append(Step(line, body))
        elif block["language"] == "python":
            steps.append(Step(line, f"python - <<'END OF BLOCK'\n{body}END OF BLOCK"))
    return steps


def write(path, body):
    quoted = shlex.quote(path)
    return f"mkdir -p $(dirname {quoted}) && cat >{quoted} <<'END OF FILE'\n{body}END OF FILE"


def console(body, line):
    typed, shown, start = [], [], line
    for number, row in enumerate(body.splitlines(), line):
        if row.startswith("$ "):
            if typed:
                yield Step(start, "\n".join(typed), "\n".join(shown))
            typed, shown, start = [row[2:]], [], number
        elif row.startswith("> ") and not shown:
            typed.append(row[2:])
        else:
            shown.append(row)
    yield Step(start, "\n".join(typed), "\n".join(shown))


def run_page(text, directory, name="page"):
    """Run a page's blocks.

    Raises:
        PageError: a command failed, or showed what the page does not.
    """
    steps = steps_of(text)
    results = run_steps(steps, directory)
    for number, step in enumerate(steps):
        where = f"{name}, line {step.line}: `{step.typed}`"
        if number >= len(results):
            raise PageError(f"{where} was never reached or did not end in {SECONDS} s")
        output, status = results[number]
        if status and not may_fail(steps, number):
            raise PageError(f"{where} ended with status {status}:\n{output}")
        if step.shown and not matches(step.shown, output):
            raise PageError(f"{where} shows\n{step.shown}\nin the page, and now\n{output}")


def may_fail(steps, number):
    """Tell whether the next step looks at this one's status."""
    return number + 1 < len(steps) and steps[number + 1].typed.startswith("echo $?")


def matches(shown, output):
    """Tell whether output is as shown; `...` stands for anything, on a line alone for any lines."""
    pattern = ""
    for row in shown.strip().splitlines():
        if row.strip() == "...":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += ".*?".join(map(re.escape, row.rstrip().split("..."))) + r"\n"
    text = "".join(f"{row.rstrip()}\n" for row in output.strip().splitlines())
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def run_steps(steps, directory):
    """Run all steps in one shell and return (output, status) of each that ended."""
    script = "".join(
        f"{step.typed}\n{MARKER}\n{GO_ON[may_fail(steps, number)]}\n"
        for number, step in enumerate(steps)
    )
    with tempfile.TemporaryDirectory(prefix="j") as private, tempfile.TemporaryFile("w+") as output:
        Path(private, "script").write_text(script)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": private,
            "XDG_RUNTIME_DIR": private,
            "PYTEST_DEBUG_TEMPROOT": private,  # what others of this user leave is not ours to tell
            "PAGE": private,
        }
        with subprocess.Popen(
            ["/bin/bash", Path(private, "script")],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as shell:
            try:
                shell.wait(SECONDS)
            except subprocess.TimeoutExpired:
                shell.kill()
        end_all_of(private)
        output.seek(0)
        parts = output.read().split(MARK)
    return [(parts[at], int(parts[at + 1])) for at in range(0, len(parts) - 1, 2)]


def end_all_of(private):
    """Kill what a failed page left running; a page that is right leaves nothing."""
    killed = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PAGE") == private:
                process.kill()
                killed.append(process)
        except psutil.Error:
            continue
    psutil.wait_procs(killed)  # they might still write where they were
