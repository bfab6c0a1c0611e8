"""`juncture job` on this host: what a shell script needs of it."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys

import pytest
from processes import ENVIRONMENT, PATIENCE_S, ends

COMMAND = [sys.executable, "-m", "juncture.cli"]


@pytest.fixture
def environment(tmp_path):
    return {**ENVIRONMENT, "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def job(environment, tmp_path):
    """Return a function that runs `juncture job …`."""

    def call(*words, **more):
        return subprocess.run(
            [*COMMAND, "job", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            **more,
        )

    return call


def test_run_passes_output_and_status_on(job):
    done = job(
        "run", "--on", "fork://localhost/", "--", "sh", "-c", "echo out; echo err >&2; exit 5"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 5)


def test_words_arrive_as_they_are(job, tmp_path):
    words = ["a b", "$HOME", "--", "-n", "'", ""]
    done = job("run", "--", "printf", "%s\\0", *words)
    assert done.stdout.split("\0")[:-1] == words


def test_options_reach_the_job(job, tmp_path):
    (tmp_path / "lines").write_text("read\n")
    done = job(
        *("run", "--env", "KIT=a=b c", "--workdir", str(tmp_path / "w d"), "--name", "n"),
        *("--input", str(tmp_path / "lines"), "--before", "echo before", "--after", "echo after"),
        *("--", "sh", "-c", 'pwd; echo "$KIT"; cat'),
    )
    assert done.stdout == f"before\n{tmp_path}/w d\na=b c\nread\nafter\n"


def test_json_of_a_run(job):
    done = job("run", "--json", "--name", "n", "--", "sh", "-c", "exit 3")
    (facts,) = json.loads(done.stdout)
    assert (facts["state"], facts["exit_code"], facts["name"], done.returncode) == (
        "Failed",
        3,
        "n",
        3,
    )


@pytest.mark.parametrize("what", ["run", "submit"])
def test_json_of_a_job_that_is_refused(job, what):
    done = job(what, "--json", "--transfer", "/no/file > here", "--", "true")
    (facts,) = json.loads(done.stdout)
    assert (facts["state"], facts["error"]) == ("Failed", "`/no/file` is not there")
    assert (done.stderr, done.returncode) == ("error: `/no/file` is not there\n", 1)


def test_a_job_is_found_by_later_commands(job, tmp_path):
    go = tmp_path / "go"
    text = 'echo begun; while [ ! -e "$1" ]; do sleep 0.05; done; echo ended; exit 4'
    submitted = job("submit", "--", "sh", "-c", text, "sh", str(go))
    job_id = submitted.stdout.strip()
    assert job("list", "--ids").stdout == job_id + "\n"
    assert job("list", "--active").stdout == f"{job_id}  Running\n"
    (facts,) = json.loads(job("status", "--json", job_id).stdout)
    assert (facts["id"], facts["state"]) == (job_id, "Running")
    assert job("wait", "--timeout", "0.1", job_id).returncode == 124
    go.touch()
    followed = job("logs", "-f", job_id)
    assert (followed.stdout, followed.returncode) == ("begun\nended\n", 0)
    waited = job("wait", job_id)
    assert (waited.stdout, waited.returncode) == (f"{job_id}  Failed  exit status 4\n", 4)
    assert job("list").stdout == waited.stdout
    assert json.loads(job("logs", "--json", job_id).stdout)["stdout"] == "begun\nended\n"


def test_cancel(job):
    job_id = job("submit", "--", "sleep", "1000").stdout.strip()
    assert job("cancel", job_id).returncode == 0
    (facts,) = json.loads(job("status", "--json", job_id).stdout)
    assert facts["state"] == "Canceled"
    assert job("wait", job_id).returncode == 119


def test_what_can_be_done_of_several_is_done(job):
    there = job("submit", "--", "sleep", "1000").stdout.strip()
    gone = "[fork://localhost/]-[0123456789abcdef.7]"
    said = "error: localhost has no job `0123456789abcdef.7`\n"
    shown = job("status", gone, there)
    assert (shown.stdout, shown.returncode) == (f"{there}  Running\n", 1)
    canceled = job("cancel", gone, there)
    assert canceled.returncode == 1
    waited = job("wait", gone, there)
    assert waited.returncode == 1
    assert waited.stdout.startswith(f"{there}  Canceled")
    assert {shown.stderr, canceled.stderr, waited.stderr} == {said}
    assert job("status", gone, gone).returncode == 1


def test_time_is_up(job):
    done = job("run", "--timeout", "0.2", "--", "sleep", "1000")
    assert done.returncode == 124
    assert "time is up" in done.stderr
    (job_id,) = job("list", "--ids").stdout.split()
    assert job("list", "--active", "--ids").stdout == ""
    assert "Canceled" in job("status", job_id).stdout


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_cancels_the_job(environment, signum):
    running = subprocess.Popen(
        [*COMMAND, "job", "run", "--", "sh", "-c", "echo $$; exec sleep 1000"],
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,  # as a shell at a terminal starts it, and Ctrl-C ends it
    )
    pid = int(running.stdout.readline())
    os.killpg(running.pid, signum)
    assert running.wait(PATIENCE_S) == 128 + signum
    running.stdout.close()
    assert ends(pid, 0)


def test_json_of_an_interrupted_job(environment, tmp_path):
    os.mkfifo(tmp_path / "begun")
    with subprocess.Popen(
        [*COMMAND, "job", "run", "--json", "--", "sh", "-c", "echo >begun; exec sleep 1000"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
    ) as running:
        (tmp_path / "begun").read_bytes()
        running.send_signal(signal.SIGINT)
        (found,) = json.loads(running.stdout.read())
    assert (running.returncode, found["state"]) == (130, "Canceled")


def test_one_job_a_line(job):
    text = 'echo "<$1>"; case $1 in bad*) exit 7;; esac'
    done = job("run", "--each", "-", "--", "sh", "-c", text, "sh", "{}", input="a\nb c\nbad\n")
    assert sorted(done.stdout.splitlines()) == ["<a>", "<b c>", "<bad>"]
    assert "Failed, exit status 7" in done.stderr
    assert done.returncode == 1
    ids = job("submit", "--each", "-", "--", "echo", "{}", input="1\n2\n").stdout.split()
    assert len(set(ids)) == 2
    assert job("wait", *ids).returncode == 0


def test_progress_is_shown_on_a_terminal(environment):
    shown = ""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "job", "run", "--each", "-", "--", "sh", "-c", "exit {}"],
        input=b"0\n1\n0\n",
        env={**environment, "TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    with open(ours, "rb", buffering=0) as terminal, contextlib.suppress(OSError):  # at its end
        while True:
            shown += terminal.read(4096).decode()
    assert done.returncode == 1
    assert "3/3" in shown
    assert "1 failed" in shown


def test_a_job_that_could_not_be_set_up_says_so_and_its_log_says_why(job):
    done = job("run", "--input", "/no/such/file", "--", "cat")
    assert (done.stdout, done.returncode) == ("", 127)
    said = done.stderr.splitlines()
    assert said[0].startswith("error: [fork://localhost/]-[")
    assert "could not be set up" in said[0]
    job_id = job("list", "--ids").stdout.strip()
    assert f"juncture job logs --log '{job_id}'" in said[-1]
    log = job("logs", "--log", job_id)
    assert "/no/such/file" in log.stdout
    assert json.loads(job("logs", "--json", job_id).stdout)["log"] == log.stdout


def test_of_many_jobs_each_failure_has_its_reason(job):
    done = job("run", "--each", "-", "--input", "{}", "--", "cat", input="a\nb\n")
    assert done.stderr.count("exit status 127, it could not be set up") == 2


def test_a_name_stays_in_its_line(job):
    assert job("run", "--name", "two\nlines \x1b[2J", "--", "true").returncode == 0
    (line,) = job("list").stdout.splitlines()
    assert line.endswith(r"two\nlines \x1b[2J")


def test_what_nobody_reads_ends(environment, job):
    running = subprocess.Popen(
        [*COMMAND, "job", "run", "--", "sh", "-c", "while echo y; do sleep 0.1; done"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout.readline() == b"y\n"
    running.stdout.close()
    assert (running.wait(60), running.stderr.read()) == (128 + signal.SIGPIPE, b"")
    running.stderr.close()
    assert job("list", "--active").stdout == ""


@pytest.mark.parametrize("words", [("adaptor", "list"), ("job", "list", "--json")])
def test_a_reader_that_is_gone_is_no_fault_of_ours(environment, words):
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [*COMMAND, *words], env=environment, stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(theirs)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.parametrize("what", ["run", "submit"])
def test_no_line_is_no_job(job, what):
    done = job(what, "--json", "--each", "-", "--", "echo", "{}", input="")
    assert (json.loads(done.stdout), done.stderr, done.returncode) == ([], "", 0)


def test_a_signal_before_there_is_a_job_ends_the_command(environment):
    command = [*COMMAND, "job", "run", "--each", "-", "--", "echo", "{}"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, bufsize=0) as process:
        process.stdin.write(b"0123456789\n" * 10_000)  # more than a pipe holds: it is being read
        process.terminate()
        status = process.wait()
    assert status == -signal.SIGTERM


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("run",), 2, "no command"),
        (("run", "--env", "x", "--", "true"), 2, "NAME=VALUE"),
        (("run", "--each", "/no/such", "--", "true"), 2, "/no/such"),
        (("run", "--on", "moon://h/", "--", "true"), 2, "moon"),
        (("status", "nonsense"), 2, "nonsense"),
        (("status", "[fork://localhost/]-[nonsense]"), 1, "nonsense"),
        (("submit", "--time-limit", "0", "--", "true"), 2, "wall_time_limit"),
        (("submit", "--gpus", "-1", "--", "true"), 2, "a number from 0 on, found -1"),
    ],
)
def test_an_error_is_a_sentence_and_a_hint(job, words, status, said):
    done = job(*words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
