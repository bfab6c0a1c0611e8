"""`juncture file` as a process: pipes, terminals, signals, and what is loaded."""

import os
import pty
import re
import signal
import subprocess
import sys

import pytest
from processes import ENVIRONMENT, is_pending

COMMAND = [sys.executable, "-m", "juncture.cli", "file"]


@pytest.fixture
def environment(tmp_path):
    found = {**ENVIRONMENT, "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm"}
    found.pop("NO_COLOR", None)
    return found


@pytest.fixture
def start(environment, tmp_path):
    """Return a function that starts `juncture file …`."""

    def start(*words, extra=None, **more):
        return subprocess.Popen(
            [*COMMAND, *words],
            cwd=tmp_path,
            env={**environment, **(extra or {})},
            **more,
        )

    return start


def on_terminal(start, *words, extra=None, stdout=None):
    """Run a command on a terminal, and return its status and what the terminal got."""
    ours, theirs = pty.openpty()
    with start(
        *words, stdin=theirs, stdout=stdout or theirs, stderr=theirs, extra=extra
    ) as running:
        os.close(theirs)
        seen = b""
        while True:
            try:
                data = os.read(ours, 4096)
            except OSError:
                break
            if not data:
                break
            seen += data
    os.close(ours)
    return running.returncode, seen.decode("utf-8")


def test_streams(start, tmp_path):
    data = bytes(range(256)) * 5000
    (tmp_path / "in").touch()
    (tmp_path / "in").chmod(0o640)
    with start("cp", "-", "in", stdin=subprocess.PIPE) as running:
        running.communicate(data)
    assert (running.returncode, (tmp_path / "in").read_bytes()) == (0, data)
    assert (tmp_path / "in").stat().st_mode & 0o7777 == 0o640
    with start("cp", "in", "-", stdout=subprocess.PIPE) as running:
        assert running.communicate()[0] == data
    with start("cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.communicate(data)[0] == data
    assert [each.name for each in tmp_path.iterdir()] == ["in"]


def test_a_stream_that_finds_no_room_is_told_by_its_name(environment, tmp_path):
    words = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *COMMAND, "cp", "-", "in"]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, input=b"x" * 5000, capture_output=True, check=False
    )
    assert (done.returncode, os.listdir(tmp_path)) == (1, [])
    assert done.stderr.decode() == f"error: `{tmp_path}/in`: File too large\n"


def test_a_broken_pipe_is_quiet(start, tmp_path):
    with open(tmp_path / "large", "wb") as file:
        file.truncate(10_000_000)
    with start("cat", "large", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.read(1)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["ls"], ["ls", "--json"], ["cp", "-v", "name", "other"]])
def test_output_that_cannot_be_written_is_one_sentence(start, tmp_path, words, unbuffered):
    (tmp_path / "name").write_text("x")
    extra = {"PYTHONUNBUFFERED": unbuffered}
    with (
        open("/dev/full", "wb") as full,
        start(*words, stdout=full, stderr=subprocess.PIPE, extra=extra) as running,
    ):
        _, messages = running.communicate()
    assert running.returncode == 1
    assert messages.decode().splitlines() == [
        "error: standard output cannot be written: No space left on device"
    ]


def test_closed_streams_become_no_files(environment, tmp_path):
    (tmp_path / "name").write_text("x")
    script = 'exec "$@" <&- >&- 2>&-'
    words = ["sh", "-c", script, "sh", *COMMAND, "cp", "-v", "name", "none", "other"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 2
    words[-3:] = ["name", "other"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, check=False)
    assert (done.returncode, (tmp_path / "other").read_text()) == (0, "x")
    done = subprocess.run([*words[:-2], "none", "x"], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 1


def test_names_cannot_steer_a_terminal(start, tmp_path):
    for name in ("e\x1b]0;x\x07", "new\nline", b"\xff".decode("utf-8", "surrogateescape")):
        (tmp_path / name).touch()
    for words in (("ls",), ("ls", "-l"), ("find",), ("tree",), ("stat", *os.listdir(tmp_path))):
        status, seen = on_terminal(start, *words, extra={"NO_COLOR": "1"})
        assert status == 0
        assert not {"\x1b", "\x07"} & {*seen}, words
        assert "e\\x1b]0;x\\x07" in seen
        assert "new\\nline" in seen
        assert "\\xff" in seen
    _, seen = on_terminal(start, "rm", "no\x1b[31m")
    assert "\x1b" not in seen
    assert "no\\x1b[31m" in seen


def test_colours_are_for_terminals_that_want_them(start, tmp_path):
    (tmp_path / "d").mkdir()
    assert on_terminal(start, "ls")[1] == "\x1b[1;34md\x1b[0m\r\n"
    assert on_terminal(start, "ls", extra={"NO_COLOR": "1"})[1] == "d\r\n"
    assert on_terminal(start, "ls", extra={"TERM": "dumb"})[1] == "d\r\n"
    with start("ls", stdout=subprocess.PIPE) as running:
        assert running.communicate()[0] == b"d\n"


def test_one_name_a_line_on_a_terminal(start, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).touch()
    assert on_terminal(start, "ls", "-1", extra={"NO_COLOR": "1"}) == (0, "a\r\nb\r\n")


def test_columns_fill_a_terminal(start, tmp_path):
    for number in range(30):
        (tmp_path / f"name-{number:02}").touch()
    status, seen = on_terminal(start, "ls", extra={"NO_COLOR": "1"})
    rows = seen.splitlines()
    assert status == 0
    assert 1 < len(rows) < 30
    assert all(len(row) < 80 for row in rows)
    assert sorted(seen.split()) == [f"name-{number:02}" for number in range(30)]
    assert rows[1].startswith("name-01")


def test_progress_is_for_terminals(start, tmp_path):
    for number in range(50):
        (tmp_path / "d" / str(number)).parent.mkdir(exist_ok=True)
        (tmp_path / "d" / str(number)).write_bytes(b"x" * 1000)
    status, seen = on_terminal(start, "cp", "-r", "d", "e")
    assert status == 0
    last = seen.rstrip("\r\n").rpartition("\x1b[K")[2]
    assert re.match(r"━+ 51/51  48.8 KiB of 48.8 KiB  \S+ \wi?B/s  \d+:\d\d", last), last
    assert on_terminal(start, "cp", "-rq", "d", "f") == (0, "")
    with start("cp", "-r", "d", "g", stderr=subprocess.PIPE) as running:
        assert running.communicate()[1] == b""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_copy_goes_on_with_the_same_command(start, tmp_path, signum):
    names = [f"{number:04}-{'x' * 15}" for number in range(10000)]
    (tmp_path / "d").mkdir()
    for name in names:
        (tmp_path / "d" / name).write_text(name)
    (tmp_path / "d").chmod(0o710)
    # No more than some thousand names are told of before the first are copied. The rest of what it
    # says is not read before the signal, and more than a pipe holds, so that it cannot end.
    words = ("cp", "-rv", "d", "e")
    with start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        for _ in range(6500):
            running.stdout.readline()
        running.send_signal(signum)
        while is_pending(running.pid, signum):
            pass
        _, err = running.communicate()
    assert running.returncode == 128 + signum
    assert re.fullmatch(
        rb"interrupted: \d+ of \d+ names were copied \(.*\), the same command goes on from there\n",
        err,
    )
    done = os.listdir(tmp_path / "e")
    assert len(done) < len(names)
    assert all((tmp_path / "e" / name).read_text() == name for name in done)
    kept = {name: (tmp_path / "e" / name).stat().st_ino for name in done}
    with start(*words, stdout=subprocess.DEVNULL) as running:
        pass
    assert running.returncode == 0
    assert sorted(os.listdir(tmp_path / "e")) == names
    assert {name: (tmp_path / "e" / name).stat().st_ino for name in done} == kept
    assert (tmp_path / "e").stat().st_mode & 0o777 == 0o710
    assert list((tmp_path / "state").rglob("*.tree")) == []


def test_what_a_script_runs_in_the_background_ignores_ctrl_c(environment, tmp_path):
    words = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND, "cat"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(words, cwd=tmp_path, env=environment, **pipes) as running:
        running.stdin.write(b"x")
        running.stdin.flush()
        assert running.stdout.read(1) == b"x"
        running.send_signal(signal.SIGINT)
        running.stdin.write(b"y")
        running.stdin.close()
        assert running.stdout.read() == b"y"
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_a_sigint_while_nothing_is_done(start, tmp_path):
    with start("cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdin.write(b"x")
        run.stdin.flush()
        assert run.stdout.read(1) == b"x"
        run.send_signal(signal.SIGINT)
        assert run.stderr.read() == b"interrupted: nothing was changed\n"
    assert run.returncode == 130


LOADED = """
import sys
from juncture.cli.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
sys.stderr.write(" ".join(sorted(sys.modules)))
"""


def loaded(environment, *words):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "file", *words],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stderr.split())


HEAVY = {"asyncio", "dataclasses", "inspect", "subprocess", "sqlite3", "rich", "fsspec", "hashlib"}


def test_help_loads_nothing_of_back_ends(environment):
    found = loaded(environment, "--help")
    assert not found & HEAVY
    assert not {name for name in found if name.startswith("juncture.saga")}


def test_ls_of_this_host_loads_no_other(environment, tmp_path):
    found = loaded(environment, "ls", str(tmp_path))
    assert "juncture.saga.adaptors.local_file" in found
    assert not found & HEAVY
    others = ("juncture.saga.adaptors.ssh_file", "juncture.saga.storage.transfer")
    assert not found & {*others, "juncture.saga.session", "juncture.saga.job"}
