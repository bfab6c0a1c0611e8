"""A program written for radical.saga, run unchanged by `juncture compat`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX is what is implemented")

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).parent / "programs" / "saga_jobs.py"
FILES = """\
text: 'grün\\nzwei\\n' 'grün\\nzwei\\n'
whole: 'neu\\n' 4
appended: ['neu', 'mehr', '']
opened for reading: auch so
is: True False False True
closed: IncorrectState
missing: DoesNotExist
slash: True
list: ['a.txt', 'b.txt', 'c.dat', 'sub'] ['a.txt', 'b.txt'] 4
asked: False False False
link: True False False
opened: a.txt Directory
copied: b.txt
trees: ['a.txt'] ['.hidden', 'a.txt', 'b.txt', 'c.dat', 'link', 'other', 'sub']
again: AlreadyExists
copies: True
moved: ['notes.txt']
kinds: True True
"""
"""What radical.saga 1.103 prints for `saga_files.py`."""


def test_a_program_runs_unchanged(tmp_path):
    command = [sys.executable, "-m", "juncture.cli", "compat", "--"]
    done = subprocess.run(
        [*command, sys.executable, "-W", "error", str(PROGRAM), str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *callbacks, one, bulk, again, caught = done.stdout.splitlines()
    assert callbacks == ["callback: State Running", "callback: State Done"]
    assert one == "one: Done 0 hello from job"
    assert bulk == "bulk: 4 done, 4 failed"
    assert again == "again: True Done"
    assert caught == "caught: IncorrectURL"
    assert (tmp_path / "job" / "err.txt").read_text() == "oops\n"


def test_a_program_with_files_says_what_it_said_there(tmp_path):
    command = [sys.executable, "-m", "juncture.cli", "compat", "--"]
    program = PROGRAM.with_name("saga_files.py")
    done = subprocess.run(
        [*command, sys.executable, "-W", "error", str(program), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == FILES


def test_an_adaptor_runs_unchanged(tmp_path):
    folder = PROGRAM.parent / "saga_adaptor"
    command = [sys.executable, "-m", "juncture.cli", "compat", "--"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(folder))),
        "JUNCTURE_SAGA_ADAPTORS": "terminal_job",
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [*command, sys.executable, "-W", "error", str(folder / "program.py"), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "service: terminal://localhost/ []",
        "job: Failed 3 ['hello', 'staged'] ['Running', 'Failed']",
        "found: True True True",
        "bulk: ['Done', 'Done', 'Done'] 4",
        "task: Done by the adaptor's own task",
        "create: []",
        "unknown: True",
        "late: IncorrectState",
        "refused: True",
        "elsewhere: True",
    ]
