"""The agent alone, in every shell that is here: a pipe, lines in, events out."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from job_oracle import end_sleeps, mark, sleeps, until
from processes import PATIENCE_S

from juncture.saga.adaptors.shell_job.journal import Journal, read_line
from juncture.saga.adaptors.shell_job.life import agent_text

SHELLS = [
    ["dash"],
    ["bash", "--posix"],
    ["bash"],
    ["zsh", "--emulate", "sh"],
    ["busybox", "sh"],
    ["ksh"],
]
EVENTS = 'exec 3>/dev/null 4>&1; juncture_event() { printf "%s\\n" "$*" >&4; }\n'


class Shell:
    """An agent in a shell of our choice."""

    def __init__(self, argv, home, environment):
        self.argv = argv
        self.name = argv[0]
        # Jobs are told apart by the name of their service, on the whole machine.
        self.service = os.urandom(8).hex()
        self.here = home / ".local/state/juncture/jobs" / self.service
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), **environment},
            start_new_session=True,
            bufsize=0,
        )

    def open(self):
        self.send(EVENTS + agent_text() + f"\njuncture_open {self.service}; juncture_prepare")
        assert [self.event().verb for _ in range(2)] == ["hello", "ready"]

    def send(self, text):
        self.process.stdin.write(text.encode() + b"\n")

    def event(self):
        return read_line(self.process.stdout.readline())

    def run(self, number, line, limit=0, variables=""):
        out = f"{self.here}/{number}.out"
        self.send(
            f"juncture_run {number} {limit} '{{}}' '' /dev/null {out} - '{variables}' ''"
            f" /bin/sh -c '{line}'"
        )

    def close(self):
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
        self.process.kill()
        self.process.wait()


@contextmanager
def started(argv, home, environment):
    if not shutil.which(argv[0]):
        pytest.skip(f"`{argv[0]}` is not installed")
    shell = Shell(argv, home, environment)
    try:
        shell.open()
        yield shell
    finally:
        shell.close()


@pytest.fixture(params=SHELLS, ids="_".join)
def shell(request, tmp_path):
    with started(request.param, tmp_path, {}) as shell:
        yield shell


def test_jobs_start_and_end(shell):
    for number in range(1, 51):
        shell.run(number, f"exit {number}")
    ends = {}
    while len(ends) < 50:
        line = shell.event()
        if line.verb == "end":
            ends[line.number] = line.words[1]
    assert ends == {number: str(number) for number in range(1, 51)}
    journal = Journal(shell.service)
    journal.take((shell.here / "journal").read_bytes().split(b"\n"))
    assert {number: facts.exit_code for number, facts in journal.jobs.items()} == {
        number: number for number in range(1, 51)
    }


@pytest.mark.parametrize(
    ("environment", "variables", "found"),
    [
        ({}, "", "unset"),
        ({"LC_ALL": "C.UTF-8"}, "", "C.UTF-8"),
        ({}, "export LC_ALL=POSIX", "POSIX"),
    ],
)
@pytest.mark.parametrize("argv", SHELLS, ids="_".join)
def test_what_starts_a_program_leaves_its_language_alone(
    argv, environment, variables, found, tmp_path
):
    with started(argv, tmp_path, environment) as shell:
        shell.run(1, "echo ${LC_ALL-unset}", variables=variables)
        assert [shell.event().verb for _ in range(2)] == ["run", "end"]
        assert (shell.here / "1.out").read_text() == f"{found}\n"


@pytest.mark.parametrize("name", ["INT", "QUIT", "TERM", "KILL"])
def test_signals_find_their_job_at_once(shell, name):
    if name in ("INT", "QUIT") and shell.name in ("busybox", "zsh"):
        pytest.skip("this shell leaves INT and QUIT ignored and finds no GNU env to undo it")
    shell.run(1, "exec sleep 300")
    process = shell.event().words[1]
    # These two are ignored in what a shell starts with `&` until that is the program, and a shell
    # that is about to start one may catch them.
    if name in ("INT", "QUIT"):
        until(lambda: Path(f"/proc/{process}/comm").read_text() == "sleep\n")
    shell.send(f"juncture_signal - {name} {shell.service}.1 {process}")
    line = shell.event()
    assert line.verb == "end"
    assert int(line.words[1]) > 128


def test_another_agent_takes_over(shell, tmp_path):
    number = mark()
    shell.run(1, f"exec sleep {number}")
    assert shell.event().verb == "run"
    until(lambda: sleeps(number))
    other = Shell(shell.argv, tmp_path, {})
    try:
        other.open()
        other.send(f"juncture_settle {shell.service} {shell.process.pid}")
        other.send(f'juncture_event "{other.service}.0 settled" .')
        assert other.event().verb == "settled"
        assert shell.process.wait(PATIENCE_S) == -signal.SIGKILL
        assert b" run " in (shell.here / "journal").read_bytes()
        assert sleeps(number)
    finally:
        end_sleeps(number)
        other.close()


LATE_DATE = """#!/bin/sh
/bin/date "$@"
[ -e {0}/asked ] || {{ : >{0}/asked; sleep 1; }}
"""


@pytest.mark.parametrize("argv", SHELLS, ids="_".join)
def test_the_clock_of_jobs_is_that_of_the_host_however_late_it_is_told(argv, tmp_path):
    date = tmp_path / "date"
    date.write_text(LATE_DATE.format(tmp_path))
    date.chmod(0o755)
    with started(argv, tmp_path, {"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin"}) as shell:
        before = time.time()
        shell.run(1, "exit 0")
        assert [shell.event().verb for _ in range(2)] == ["run", "end"]
        after = time.time()
        journal = Journal(shell.service)
        journal.take((shell.here / "journal").read_bytes().split(b"\n"))
    facts = journal.jobs[1]
    assert before - 0.1 <= facts.created <= facts.started <= facts.finished <= after + 0.1


LATE_HELPERS = """
juncture_now() {{
    [ -z "${{ja_limit:-}}" ] || [ -n "${{ja_asked:-}}" ] || {{
        ja_asked=1
        [ -z "${{ja_p:-}}" ] || while kill -0 "$ja_p" && [ ! -e {0} ]; do :; done
    }}
    read -r ja_t ja_ </proc/uptime
}}
"""


def test_a_job_has_begun_before_it_has_run(shell, tmp_path):
    if "uptime" not in (shell.here / "journal").read_text():
        pytest.skip("this shell knows the time by itself")
    ended = tmp_path / "ended"
    shell.send(LATE_HELPERS.format(ended))
    shell.run(1, f"sleep 0.2; : >{ended}")
    assert [shell.event().verb for _ in range(2)] == ["run", "end"]
    journal = Journal(shell.service)
    journal.take((shell.here / "journal").read_bytes().split(b"\n"))
    facts = journal.jobs[1]
    assert facts.finished - facts.started > 0.15  # ticks of the clock are hundredths


def test_a_line_that_is_not_whole_takes_no_other_with_it(shell):
    journal = shell.here / "journal"

    def cut_off():
        with journal.open("ab") as stream:
            stream.write(f"{shell.service}.7 run 12.3 44 5".encode())

    cut_off()
    shell.run(1, "exit 0")
    assert [shell.event().verb for _ in range(2)] == ["run", "end"]
    cut_off()
    shell.send(f'juncture_record {shell.service}.1 "cancel 13.5"')
    assert shell.event().verb == "cancel"
    cut_off()
    shell.run(2, "exit 3")
    assert [shell.event().verb for _ in range(2)] == ["run", "end"]
    written = journal.read_bytes()
    assert f"\n{shell.service}.1 cancel 13.5 .\n".encode() in written
    read = Journal(shell.service)
    read.take(written.split(b"\n"))
    assert {number: facts.exit_code for number, facts in read.jobs.items()} == {1: 0, 2: 3}


def test_a_limit_is_kept(shell):
    shell.run(1, "sleep 300", limit=1)
    assert [shell.event().verb for _ in range(3)] == ["run", "limit", "end"]


def test_the_end_is_recorded_without_the_agent(shell, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    shell.run(1, f"read -r status <{fifo}; exit $status")
    assert shell.event().verb == "run"
    shell.close()
    fifo.write_text("4\n")
    journal = shell.here / "journal"
    until(lambda: b" end " in journal.read_bytes())
    read = Journal(shell.service)
    read.take(journal.read_bytes().split(b"\n"))
    assert read.jobs[1].exit_code == 4
