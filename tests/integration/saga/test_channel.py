"""Channels to this host and, with a server, through ssh: the same tests for both."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from job_oracle import end_sleeps, mark, sleeps, until
from processes import ENVIRONMENT, PATIENCE_S, ends, run_alone

from juncture.saga.exceptions import (
    BadParameter,
    DoesNotExist,
    IncorrectState,
    NoSuccess,
    PermissionDenied,
    Timeout,
)
from juncture.saga.shell import Channel
from juncture.saga.shell._process import PipedProcess

ALL_BYTES = bytes(range(256)) * 3


@pytest.fixture(params=["local", "ssh"])
def make(request):
    """Return a function that opens channels, all of which are closed."""
    channels = []
    over = request.getfixturevalue("connect")() if request.param == "ssh" else None

    def opened(**callbacks):
        channel = Channel.over(over, **callbacks) if over else Channel.local(**callbacks)
        channels.append(channel)
        return channel

    yield opened
    for channel in channels:
        channel.close()


@pytest.fixture
def channel(make):
    return make()


@pytest.fixture
def place(channel):
    """A directory on the channel's host."""
    path = channel.run("mktemp -d").stdout.decode().rstrip("\n")
    yield path
    if not channel.alive:
        channel.reconnect()
    channel.run(f"chmod -R u+w {path}; rm -rf {path}")


def test_status_and_both_streams(channel):
    assert channel.run("echo out; echo err >&2; (exit 5)") == (5, b"out\n", b"err\n")
    assert channel.run("sh -c 'kill -9 $$'").status == 137


def test_the_shell_keeps_what_a_command_sets(channel):
    channel.run("cd /usr; x='a  b'; export y=1")
    assert channel.run('pwd; echo "$x"; env | grep ^y=').stdout == b"/usr\na  b\ny=1\n"
    channel.run("cd /; x=changed; false", isolated=True)
    assert channel.run('pwd; echo "$x"').stdout == b"/usr\na  b\n"


@pytest.mark.parametrize(
    "broken",
    ["if", "echo 'x", "echo $(", "}", "(", "cat <<E\nx", "echo x \\", "case x in", "f() {"],
)
def test_broken_syntax_is_a_failed_command(channel, broken):
    channel.run(broken)
    assert channel.run("echo fine") == (0, b"fine\n", b"")


@pytest.mark.parametrize(
    "rude",
    [
        "exec >/dev/null",
        "exec 2>&1",
        "exec </dev/null",
        "exec >&-",
        "cat",
        "read x",
        "set -x; true",
    ],
)
def test_no_command_touches_what_the_channel_needs(channel, rude):
    channel.run(rude, timeout=PATIENCE_S)
    channel.run("set +x")
    assert channel.run("echo out; echo err >&2") == (0, b"out\n", b"err\n")


def test_a_command_that_ends_the_shell_has_its_status(make):
    for text in ("exit 3", "set -e\n(exit 3)\necho not reached"):
        lost = threading.Event()
        channel = make(on_lost=lambda _, lost=lost: lost.set())
        assert channel.run(f"echo out; {text}") == (3, b"out\n", b"")
        assert lost.wait(PATIENCE_S)
        assert not channel.alive
        with pytest.raises(NoSuccess, match="status 3"):
            channel.run("true")
        channel.reconnect()
        assert channel.run("exit 4", isolated=True).status == 4
        assert channel.alive


def test_what_is_closed_is_closed_once_without_a_pidfd(monkeypatch, caplog):
    def not_there(pid, flags=0):
        raise OSError

    monkeypatch.setattr(os, "pidfd_open", not_there)
    for _ in range(30):
        Channel.local().close()
    assert [record.exc_text for record in caplog.records] == []


def test_bytes_go_both_ways_unchanged(channel):
    for data in (b"x", b"\n", b"\0", b"-n", b"%s\\n'", ALL_BYTES, ALL_BYTES * 200):
        assert channel.run("cat", stdin=data) == (0, data, b"")
    assert channel.run("cat >&2", stdin=ALL_BYTES) == (0, b"", ALL_BYTES)


def test_input_that_is_not_read_harms_nobody(channel):
    assert channel.run("echo x", stdin=b"echo injected\n" * 20_000) == (0, b"x\n", b"")
    assert channel.run("echo y").stdout == b"y\n"


def test_a_command_of_200_kb(channel):
    text = "é'x\"$(" * 25_000
    word = "'" + text.replace("'", "'\\''") + "'"
    assert channel.run(f"printf %s {word}").stdout.decode() == text


def test_files(channel, place):
    for name in ("plain", "a b'c", "-dash", "é\n"):
        path = f"{place}/{name}"
        for data in (b"", b"short", ALL_BYTES * 400):
            channel.write_file(path, data)
            assert channel.read_file(path) == data
        channel.write_file(path, b"+", append=True)
        channel.write_file(path, ALL_BYTES * 400, append=True)
        assert channel.read_file(path) == ALL_BYTES * 400 + b"+" + ALL_BYTES * 400
    channel.run(f"cd {place}")
    channel.write_file("relative", ALL_BYTES * 400)
    assert channel.run(f"wc -c <{place}/relative").stdout.split() == [b"307200"]


def test_files_that_cannot_be(channel, place):
    with pytest.raises(DoesNotExist):
        channel.read_file(f"{place}/none")
    with pytest.raises(BadParameter, match="directory"):
        channel.read_file(place)
    for data in (b"x", b"x" * 100_000):
        with pytest.raises(NoSuccess, match="was not written"):
            channel.write_file(f"{place}/none/x", data)
    if channel.run("[ $(id -u) != 0 ]").status == 0:
        channel.run(f": >{place}/closed; chmod 0 {place}/closed")
        with pytest.raises(PermissionDenied):
            channel.read_file(f"{place}/closed")


def test_a_full_disk_is_told(channel):
    for data in (b"x", b"x" * 300_000):
        with pytest.raises(NoSuccess, match="was not written"):
            channel.write_file("/dev/full", data)
    assert channel.run("echo on").stdout == b"on\n"


def test_many_threads_each_get_their_own(channel):
    wrong = []

    def work(number):
        for turn in range(30):
            want = f"{number} {turn}\n".encode()
            if channel.run(f"echo {number} {turn}; echo {number} {turn} >&2") != (0, want, want):
                wrong.append(want)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_commands_may_be_sent_ahead(channel):
    pending = [channel.start(f"echo {number}") for number in range(2000)]
    assert [int(one.result(PATIENCE_S).stdout) for one in pending] == list(range(2000))


def test_100_mb_stream_through_bounded_memory(channel):
    program = "head -c 100000000 /dev/zero; echo end >&2; exit 3"
    total, longest = 0, 0
    stream = channel.stream(program, isolated=True)
    for piece in stream:
        total += len(piece)
        longest = max(longest, stream.waiting_bytes)
    assert stream.result() == (3, b"", b"end\n")
    assert total == 100_000_000
    assert longest < 3_000_000


def test_of_too_many_errors_the_last_are_kept(channel):
    stream = channel.stream("yes | head -c 5000000 >&2; echo end >&2")
    result = stream.result()
    assert result.stderr.endswith(b"y\nend\n")
    assert len(result.stderr) < 1_500_000


def test_a_slow_reader_stops_the_far_side(channel):
    stream = channel.stream("yes | head -c 20000000")
    iterator = iter(stream)
    next(iterator)
    paused = threading.Event()
    assert not paused.wait(0.3)  # time in which it would all have come
    assert stream.waiting_bytes < 3_000_000
    assert sum(map(len, iterator)) > 15_000_000
    assert stream.result().status == 0


def test_events_are_told_in_the_middle_of_output(make):
    events, all_there = [], threading.Event()

    def on_event(text):
        events.append(text)
        if len(events) == 200:
            all_there.set()

    channel = make(on_event=on_event)
    channel.send('(i=0; while [ $i -lt 200 ]; do juncture_event "no $i  é \'"; i=$((i+1)); done) &')
    result = channel.run("head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero")
    assert (len(result.stdout), len(result.stderr)) == (3_000_000, 3_000_000)
    assert not result.stdout.strip(b"\0")
    assert not result.stderr.strip(b"\0")
    assert all_there.wait(PATIENCE_S)
    assert events == [f"no {number}  é '".encode() for number in range(200)]


def test_an_event_function_that_raises_ends_nothing(make, caplog):
    channel = make(on_event=lambda _: 1 / 0)
    channel.send("juncture_event x")
    assert channel.run("echo on").stdout == b"on\n"
    channel.run("true")
    assert "ZeroDivisionError" in caplog.text


def test_a_timeout_leaves_the_command_and_interrupt_ends_it(channel):
    number = mark()
    with pytest.raises(Timeout, match=number):
        channel.run(f"sleep {number}; echo after", timeout=0.05)
    until(lambda: sleeps(number))
    channel.interrupt()
    assert channel.run("echo on", timeout=PATIENCE_S).stdout == b"on\n"


def test_a_killed_shell_is_lost_and_may_be_opened_again(make):
    reasons, lost = [], threading.Event()

    def on_lost(reason):
        reasons.append(reason)
        lost.set()

    channel = make(on_lost=on_lost)
    ahead = channel.start("echo never")
    ahead.result()
    shell = int(channel.run("echo $$").stdout)
    waiting = channel.start("kill -STOP $$; sleep 1000")
    behind = channel.start("echo never")
    os.kill(shell, signal.SIGKILL)
    for pending in (waiting, behind):
        with pytest.raises(NoSuccess, match="has ended with"):
            pending.result(PATIENCE_S)
    assert lost.wait(PATIENCE_S)
    assert len(reasons) == 1
    channel.reconnect()
    assert channel.run("echo again").stdout == b"again\n"


def test_a_channel_that_does_not_wait_tells_that_there_is_no_shell():
    told = queue.Queue()
    # It ends when it has been written to: one that ends before has `reconnect` itself fail.
    argv = ("/bin/sh", "-c", "read -r line; exit 1")
    channel = Channel(lambda: PipedProcess(argv), "here", on_lost=told.put, waits=False)
    channel.reconnect()
    reason = told.get(timeout=PATIENCE_S)
    assert "ended with status 1" in str(reason)
    with pytest.raises(NoSuccess, match="ended with status 1"):
        channel.run("true")
    with pytest.raises(NoSuccess, match="ended with status 1"):
        _ = channel.pid
    assert told.empty()


def test_what_stays_in_the_background_does_not_keep_a_channel_alive(make):
    lost = threading.Event()
    channel = make(on_lost=lambda _: lost.set())
    pid = int(channel.run("sleep 1000 & echo $!").stdout)
    channel.run("exit 0")
    try:
        assert lost.wait(PATIENCE_S)
    finally:
        Channel.local().run(f"kill {pid}")


def test_close(make):
    lost = []
    channel = make(on_lost=lost.append)
    number = mark()
    pending = channel.start(f"sleep {number}")
    until(lambda: sleeps(number))
    channel.close()
    channel.close()
    assert not channel.alive
    with pytest.raises(NoSuccess, match="closed"):
        pending.result(PATIENCE_S)
    with pytest.raises(NoSuccess, match="closed"):
        channel.run("true")
    assert not lost
    end_sleeps(number)  # sshd leaves alone what has no terminal


def test_a_nul_is_refused(channel):
    for use in (channel.run, channel.send, lambda text: channel.write_file(text, b"")):
        with pytest.raises(BadParameter, match="NUL"):
            use("a\0b")
    assert channel.run("echo on").stdout == b"on\n"


SHELLS = ["dash", "bash --posix", "bash", "zsh --emulate sh", "busybox sh", "mksh", "ksh", "yash"]


@pytest.mark.parametrize("shell", SHELLS)
def test_whatever_sh_is(shell):
    argv = shell.split()
    if not shutil.which(argv[0]):
        pytest.skip(f"`{argv[0]}` is not installed")
    with Channel(lambda: PipedProcess(argv), shell) as channel:
        channel.reconnect()
        assert channel.run("echo out; echo err >&2; (exit 5)") == (5, b"out\n", b"err\n")
        for data in (ALL_BYTES, ALL_BYTES * 200):
            assert channel.run("cat", stdin=data) == (0, data, b"")
        # Some of them end at these, but none hangs, and what is told is true.
        for rude in ("if", "echo 'x", ": ${x?bad}", "readonly q=1; q=2", ". /no/such", "exec >&-"):
            try:
                status = channel.run(rude, timeout=PATIENCE_S).status
                assert (status != 0) == (rude != "exec >&-")
                assert channel.run("echo on", timeout=PATIENCE_S).stdout == b"on\n"
            except NoSuccess:
                assert not channel.alive
                channel.reconnect()
        assert channel.run("echo x; exit 3") == (3, b"x\n", b"")


NOTHING_LEFT = """
from processes import open_files
from juncture.saga.shell import Channel

Channel.local().close()  # what is made once is made now
before = open_files()
for _ in range(20):
    with Channel.local() as channel:
        channel.run("true")
        channel.write_file("/dev/null", b"x" * 100_000)
assert open_files() == before, f"{open_files()} files are open, and were {before}"
"""


def test_nothing_is_left_open():
    run_alone(NOTHING_LEFT)


def test_one_thread_serves_all():
    channels = [Channel.local() for _ in range(5)]
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("juncture-shell-io") == 1
    for channel in channels:
        channel.close()


def test_a_channel_that_is_forgotten_is_closed():
    channel = Channel.local()
    pid = channel.pid
    del channel
    assert ends(pid)


def test_the_shell_ends_with_its_client():
    program = (
        "import sys; from juncture.saga.shell import Channel; c = Channel.local();"
        "print(c.pid, flush=True); sys.stdin.read()"
    )
    for kill in (True, False):
        client = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        with client:
            pid = int(client.stdout.readline())
            if kill:
                client.kill()
            client.stdin.close()
            assert ends(pid)


def test_a_fork_does_not_use_its_parents_channel():
    with Channel.local() as channel:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                channel.run("true")
            except IncorrectState:
                with Channel.local() as own:
                    status = 0 if own.run("echo x").stdout == b"x\n" else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert channel.run("echo on").stdout == b"on\n"


def test_no_sh_of_ours_is_in_the_users_terminal():
    with Channel.local() as channel:
        stat = Path(f"/proc/{channel.pid}/stat").read_text().rpartition(")")[2].split()
        assert int(stat[3]) == channel.pid  # the leader of a session of its own
        assert int(stat[4]) == 0  # and without a terminal


STREAMS = """
import os, sys
from juncture.saga.shell import Channel
result = os.open(sys.argv[1], os.O_WRONLY)
with Channel.local() as channel:
    said = channel.run("echo out; echo err >&2; cat; (exit 5)", stdin=b"in")
    channel.write_file(sys.argv[2], bytes(range(256)) * 1000)
    whole = channel.read_file(sys.argv[2]) == bytes(range(256)) * 1000
    held = channel.run("ls -l /proc/$$/fd").stdout.decode()
os.write(result, repr((tuple(said), whole, sys.argv[3] in held)).encode())
"""


@pytest.mark.parametrize("closed", ["0<&- 1>&- 2>&-", "0<&-", "1>&-", "2>&-", "1>&- 2>&-"])
def test_a_client_without_streams_and_with_others(tmp_path, closed):
    result, held = tmp_path / "result", tmp_path / "held"
    result.touch()
    script = f'exec 9>"$1" {closed}; shift; exec "$@"'
    argv = [sys.executable, "-c", STREAMS, result, tmp_path / "data", str(held)]
    subprocess.run(["/bin/sh", "-c", script, "sh", held, *argv], check=True, env=ENVIRONMENT)
    assert result.read_text() == repr(((5, b"out\nin", b"err\n"), True, False))
