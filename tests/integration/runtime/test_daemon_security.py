# ruff: noqa: S103 - directories that others may use are what is tested
"""Who may talk to a daemon, and what anybody who cannot speak properly can do: nothing."""

import json  # noqa: I001
import os
import signal
import random
import socket
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from processes import PATIENCE_S, ends

from juncture_client import protocol
import contextlib

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Raw:
    """A connection to a daemon on which anything can be said."""

    def __init__(self, bench):
        self.info = bench.info()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.info["socket"])
        self.sock.settimeout(PATIENCE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def hello(self, **changed):
        fields = {"version": 1, "token": self.info["token"], "who": "test", **changed}
        self.sock.sendall(protocol.encode("hello", **fields))
        return self

    def say(self, data):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendall(data)
        return self

    def answers(self):
        """Return what the daemon says until it closes."""
        got = bytearray()
        try:
            while piece := self.sock.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
        return bytes(got)


def frames(data):
    client = protocol.Connection(protocol.CLIENT)
    return client.receive(data)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"token": "0" * 32}, "no-daemon"),
        ({"token": ""}, "no-daemon"),
        ({"version": 2}, "bad-input"),
    ],
)
def test_stranger_is_refused_and_told_why(bench, fields, reason):
    bench.start()
    with Raw(bench) as raw:
        (frame,) = frames(raw.hello(**fields).answers())
    assert (frame.name, frame["reason"]) == ("refused", reason)
    assert bench.info()["token"] not in frame["message"]


def test_nothing_is_done_for_who_has_not_said_who_it_is(bench):
    bench.start()
    for name in ("run", "stop", "status", "cancel", "logs", "attach", "start"):
        with Raw(bench) as raw:
            assert raw.say(protocol.encode(name)).answers() == b""
    assert bench.status()["last_task"] is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\x10\x01" + b"x" * 5000,
        b"GET / HTTP/1.0\r\n\r\n",
        protocol.encode("welcome", version=1),
        random.Random(0).randbytes(4096),  # noqa: S311 - the same for everybody
        b"\0\0\0\x05\x01\xff\xff\xff\xff",
    ],
)
def test_garbage_ends_its_own_connection_only(bench, data):
    bench.start()
    with Raw(bench) as raw:
        assert raw.say(data).answers() == b""
    assert bench.run().status == 0


@pytest.mark.parametrize(
    "data",
    [
        protocol.encode("run", data=b"{}", timeout="nan"),
        protocol.encode("run", data=b"{}", timeout="-1"),
        protocol.encode("run", data=b"{}", timeout="1e999"),
        protocol.encode("run", data=b"{}", timeout="soon"),
        protocol.encode("start", document="{}"),
        protocol.encode("next"),
        protocol.encode("hello", version=1),
        protocol.encode("log", data=b"x"),
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x05\x10\xff\xff\xff\xff",
    ],
)
def test_nonsense_of_a_known_command_ends_its_own_connection_only(bench, data):
    bench.start()
    with Raw(bench) as raw:
        assert frames(raw.hello().sock.recv(65536))[0].name == "welcome"
        assert raw.say(data).answers() == b""
    status = bench.status()
    assert (status["task"], status["last_task"]) == (None, None)


def test_two_greetings_at_once_end_their_own_connection_only(bench):
    bench.start()
    with Raw(bench) as raw:
        hello = protocol.encode("hello", version=1, token=raw.info["token"])
        raw.say(hello + hello).answers()
    assert bench.run().status == 0


def test_command_that_is_gone_ends_no_daemon_that_would_die_of_it(bench):
    pid = bench.start(start=[["die_of_broken_pipes"]])
    os.kill(pid, signal.SIGSTOP)
    with Raw(bench) as raw:
        raw.hello()
    os.kill(pid, signal.SIGCONT)
    assert bench.run().status == 0
    assert bench.pid() == pid


def test_half_a_frame_disturbs_nobody(bench):
    bench.start()
    whole = protocol.encode("run", data=b"{}")
    with Raw(bench) as silent, Raw(bench) as greeted, Raw(bench) as half:
        greeted.hello().sock.recv(4096)
        half.hello().sock.recv(4096)
        half.say(whole[:-1])
        assert bench.run().status == 0
        half.say(whole[-1:])
        name = ""
        while name != "outcome":
            name = frames_of(half)[-1].name
        silent.say(b"\0")
        assert bench.status()["done"] == 2
        assert bench.stop().status == 0
    assert bench.gone()


def frames_of(raw):
    raw.connection = getattr(raw, "connection", None) or protocol.Connection(protocol.CLIENT)
    raw.connection.state = protocol.OPEN
    while True:
        data = raw.sock.recv(65536)
        assert data, "the daemon closed the connection"
        if found := raw.connection.receive(data):
            return found


def test_command_may_speak_byte_by_byte(bench):
    bench.start()
    with Raw(bench) as raw:
        for byte in protocol.encode("hello", version=1, token=raw.info["token"]):
            raw.say(bytes([byte]))
        assert frames(raw.sock.recv(65536))[0].name == "welcome"
        for byte in protocol.encode("status"):
            raw.say(bytes([byte]))
        (state,) = frames_of(raw)
    assert json.loads(state["document"])["name"] == "Testbed"


def test_a_hundred_connections_that_say_nothing_disturb_nobody(bench):
    bench.start()
    silent = [Raw(bench) for _ in range(100)]
    assert bench.run().status == 0
    assert bench.stop().status == 0
    for raw in silent:
        raw.sock.close()
    assert bench.gone()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    greet=st.booleans(),
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.builds(
                lambda name, fields: protocol.encode(name, **fields),
                st.sampled_from(sorted(set(protocol.FRAMES) - {"run", "stop"})),
                st.just({}),
            ),
            st.builds(
                lambda timeout, wait: protocol.encode("run", data=b"[", timeout=timeout, wait=wait),
                st.text(max_size=8).filter(lambda text: text.isascii()),
                st.sampled_from(["", "1"]),
            ),
        ),
        max_size=5,
    ),
)
def test_no_bytes_at_all_harm_a_daemon(fuzzed, greet, pieces):
    with Raw(fuzzed) as raw:
        if greet:
            raw.hello()
        for piece in pieces:
            raw.say(piece)
    assert fuzzed.alive()


@pytest.fixture
def fuzzed(bench):
    pid = bench.start()
    client = bench.client()
    client.connect()

    def alive():
        return client.status()["pid"] == pid

    bench.alive = alive
    yield bench
    client.close()
    assert bench.run(options=["--wait"]).status == 0  # the last that was sent may still run


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_other_user_is_turned_away_even_if_the_directory_is_open(bench):
    bench.start()
    info = bench.info()
    os.chmod(bench.root, 0o755)
    os.chmod(bench.temporary, 0o755)
    os.chmod(os.path.dirname(info["socket"]), 0o755)
    os.chmod(info["socket"], 0o666)
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendall(bytes.fromhex(sys.argv[2])); print(s.recv(100))"
    )
    hello = protocol.encode("hello", version=1, token=info["token"]).hex()
    done = subprocess.run(
        ["/usr/bin/python3", "-c", script, info["socket"], hello]
        if os.path.exists("/usr/bin/python3")
        else [sys.executable, "-c", script, info["socket"], hello],
        user=65534,
        group=65534,
        cwd="/",
        capture_output=True,
        check=False,
    )
    assert done.stdout in (b"b''\n", b"")
    assert b"welcome" not in done.stdout
    assert bench.run().status == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_server_of_another_user_is_not_talked_to(bench):
    bench.start()
    info = bench.info()
    os.chmod(bench.root, 0o755)
    place = bench.root / "open"
    place.mkdir()
    os.chmod(place, 0o777)
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen();"
        "print('ready', flush=True); c, _ = s.accept(); print(c.recv(100), flush=True)"
    )
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    with subprocess.Popen(
        [python, "-c", script, str(place / "s")],
        user=65534,
        group=65534,
        cwd="/",
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout.readline() == b"ready\n"
        _write(bench, {**info, "socket": str(place / "s")})
        ended = bench.run()
        assert ended.status == 2, ended
        assert "belongs to user 65534" in ended.err
        assert server.stdout.readline() == b"b''\n"
    _write(bench, info)


def _write(bench, info):
    text = info if isinstance(info, str) else json.dumps(info)
    bench.connection.write_text(text, encoding="utf-8")
    bench.connection.chmod(0o600)


COMMANDS = ("run", "stop", "status", "cancel", "attach", "logs")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("garbage", "names no socket"),
        ("", "names no socket"),
        ("{}", "names no socket"),
        ("[1]", "names no socket"),
        ('{"socket": ""}', "names no socket"),
        ('{"socket": "/' + "x" * 300 + '"}', "cannot reach"),
        ('{"socket": "a\\u0000b"}', ""),
        ('{"socket": "\\ud83c"}', ""),
        ('{"socket": 5}', ""),
    ],
)
def test_connection_file_that_is_garbage_is_one_error(bench, text, said):
    _write(bench, text)
    for arguments in (("run",), ("stop", "--force"), ("status",)):
        ended = bench.daemon(*arguments)
        if arguments == ("stop", "--force") and ended.status == 0:
            _write(bench, text)
            continue
        assert ended.status in (2, 121), ended
        assert ended.err.startswith("error: ")
        assert "\nhint: " in ended.err
        assert said in ended.err
        assert "Traceback" not in ended.err


def test_start_does_not_replace_what_is_no_connection_file(bench):
    _write(bench, "my notes")
    ended = bench.begin_start().end()
    assert ended.status == 2
    assert bench.connection.read_text(encoding="utf-8") == "my notes"
    assert bench.processes() == []


def test_connection_file_that_is_missing_is_one_error(bench):
    for name in COMMANDS:
        ended = bench.daemon(name)
        assert ended.status == 121
        assert f"there is no connection file `{bench.connection}`" in ended.err
    assert bench.command("daemon", "run").status == 2


def test_connection_file_of_a_doubtful_kind_is_refused(bench):
    bench.start()
    assert os.stat(bench.connection).st_mode & 0o777 == 0o600
    os.chmod(bench.connection, 0o644)
    ended = bench.run()
    assert (ended.status, "mode is 0644" in ended.err) == (2, True)
    os.chmod(bench.connection, 0o600)
    link = bench.root / "link"
    link.symlink_to(bench.connection)
    ended = bench.command("daemon", "run", "--connection-file", str(link))
    assert (ended.status, "symbolic link" in ended.err) == (2, True)
    assert bench.command("daemon", "start", "--connection-file", str(link)).status == 2
    fifo = bench.fifo()
    os.chmod(fifo, 0o600)
    for name in ("run", "start"):
        ended = bench.command("daemon", name, "--connection-file", fifo)
        assert (ended.status, "not a regular file" in ended.err) == (2, True), ended
    if os.geteuid() == 0:
        os.chown(bench.connection, 65534, 65534)
        ended = bench.run()
        assert (ended.status, "belongs to user 65534" in ended.err) == (2, True)
        os.chown(bench.connection, 0, 0)
    assert bench.stop().status == 0


def test_files_of_a_daemon_are_private(bench):
    bench.start()
    info = bench.info()
    for path, mode in (
        (str(bench.connection), 0o600),
        (info["socket"], 0o600),
        (info["log"], 0o600),
        (os.path.dirname(info["socket"]), 0o700),
        (os.path.dirname(info["log"]), 0o700),
    ):
        assert os.stat(path).st_mode & 0o777 == mode


def test_stale_file_of_another_boot_or_host_costs_nobody_their_processes(bench):
    pid = bench.start(start=[["system", "sleep 600 &"]])
    info = bench.info()
    os.kill(pid, signal.SIGKILL)
    assert ends(pid)
    (sleeper,) = bench.processes()
    world, _, started = info["birth"].rpartition(" ")
    _write(bench, {**info, "birth": f"x{world} {started}"})
    bench.start()
    assert sleeper in bench.processes()
    assert bench.stop().status == 0
    _write(bench, {**info, "birth": ""})
    assert bench.stop("--force").status == 0
    assert sleeper in bench.processes()


def test_force_ends_nobody_but_the_daemon_of_the_file(bench):
    fifo = bench.fifo()
    owner = bench.begin_once(["say", "begun"], ["wait", fifo]).until("begun")
    bench.start()
    info = bench.info()
    _write(bench, {**info, "pid": str(owner.pid)})
    assert bench.stop("--force").status == 0
    bench.release(fifo)
    assert owner.end().status == 0
    os.kill(int(info["pid"]), signal.SIGKILL)


def test_daemon_whose_socket_was_cleaned_up_is_named_and_can_be_ended(bench):
    pid = bench.start()
    os.unlink(bench.info()["socket"])
    ended = bench.begin_start().end()
    assert ended.status == 2, ended
    assert f"process {pid}) is running, but its socket is gone" in ended.err
    assert bench.stop("--force").status == 0
    assert ends(pid)
    assert bench.gone()


def test_server_that_is_no_daemon_is_one_error(bench):
    path = str(bench.root / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        _write(bench, {"socket": path, "token": "x", "pid": "1"})
        for answer in (b"HTTP/1.0 400\r\n\r\n", b"", protocol.encode("welcome", version=1)):
            command = bench.begin_daemon("run")
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(answer)
                if answer and answer[0] == 0:
                    client.recv(4096)
                    client.sendall(b"\xff\xff\xff\xff")
            ended = command.end()
            assert ended.status != 0
            assert ended.err.startswith("error: "), ended
            assert "Traceback" not in ended.err


def test_time_is_not_needed_to_find_out_that_nobody_listens(bench):
    pid = bench.start()
    os.kill(pid, signal.SIGSTOP)
    ended = bench.run(options=["--timeout", "0.2"])
    os.kill(pid, signal.SIGCONT)
    assert ended.status == 124, ended
    assert "stop --force" in ended.err
    assert bench.run().status == 0
