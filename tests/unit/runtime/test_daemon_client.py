"""The client against a server that answers as the test says."""

import os
import signal
import socket
import threading

import pytest

from juncture.errors import JunctureError, UsageError
from juncture.runtime import connection_file, daemon_client
from juncture.runtime.daemon_client import DaemonClient
from juncture.runtime.daemon_link import NoAnswerError
from juncture_client import protocol

WELCOME = protocol.encode("welcome", version=1, pid=1, name="X")
STATE = protocol.encode("state", document='{"done": 1}')
ACCEPTED = protocol.encode("accepted", run=1, log_offset=0)
DONE = protocol.encode("outcome", kind="done", exit_status=0, lost_bytes=0)


class Server:
    """Accepts one client after another; each has a list of answers, one for each frame it sends."""

    def __init__(self, directory, *clients):
        self.path = os.path.join(directory, "s")
        self.asked = []
        self._clients = clients
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.path)
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        for answers in self._clients:
            client, _ = self._socket.accept()
            with client:
                connection = protocol.Connection(protocol.SERVER)
                frames = []
                for answer in answers:
                    while not frames:
                        data = client.recv(65536)
                        if not data:
                            break
                        frames += connection.receive(data)
                        connection.state = protocol.OPEN
                    if not frames:
                        break
                    self.asked.append(frames.pop(0))
                    if callable(answer):
                        answer()
                    else:
                        client.sendall(answer)

    def close(self):
        self._thread.join()
        self._socket.close()


@pytest.fixture
def serve(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = []

    def make(*clients):
        server = Server("", *clients)
        made.append(server)
        connection_file.write("c", {"socket": server.path, "token": "t", "pid": "1"})
        return server

    yield make
    for server in made:
        server.close()


def test_answer_to_a_run_is_its_outcome(serve):
    log = protocol.encode("log", data=b"line\n")
    progress = protocol.encode("progress", percent=5.0, message="m")
    server = serve([WELCOME, ACCEPTED + log + progress + DONE])
    lines, reports = [], []
    with DaemonClient("c") as client:
        outcome = client.run(
            {"a": 1}, on_log=lines.append, on_progress=lambda *r: reports.append(r)
        )
    assert outcome.ok
    assert (lines, reports) == ([b"line\n"], [(5.0, "m")])
    assert server.asked[1]["data"] == '{"a": 1}'


def test_daemon_that_closes_has_died(serve):
    serve([WELCOME, ACCEPTED], [WELCOME, DONE])
    with DaemonClient("c") as client:
        assert client.run({}).kind == "daemon-died"
        assert client.run({}).ok  # on a new connection


@pytest.mark.parametrize("answer", [b"HTTP/1.0 400\r\n\r\n", b"\0\0\0\0", protocol.encode("run")])
def test_server_that_is_no_daemon_is_an_error(serve, answer):
    serve([answer], [WELCOME, answer])
    for _ in range(2):
        client = DaemonClient("c")
        with pytest.raises(JunctureError, match="is not from a daemon"):
            client.run({})
        client.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: DaemonClient("c", connect_timeout=0.05).connect(),
        lambda: DaemonClient("c").stop(timeout=0.05),
    ],
    ids=["connect", "stop"],
)
def test_daemon_that_does_not_answer_in_time_was_asked_nothing(serve, ask):
    quiet = threading.Event()
    server = serve([quiet.wait])
    with pytest.raises(NoAnswerError, match="nothing was asked") as raised:
        ask()
    assert raised.value.exit_status == 124
    quiet.set()
    server.close()
    assert [frame.name for frame in server.asked] == ["hello"]


def test_task_that_was_given_up_is_not_answered_later(serve, monkeypatch):
    monkeypatch.setattr(daemon_client, "GIVE_UP_S", 0.05)
    late = threading.Event()
    serve([WELCOME, ACCEPTED, late.wait], [WELCOME, ACCEPTED + DONE])
    with DaemonClient("c") as client:
        assert client.run({}, timeout=0).kind == "timed-out"
        late.set()
        assert client.run({}).ok


def test_interrupt_before_a_run_keeps_it_from_being_sent(serve):
    server = serve([WELCOME, ACCEPTED + DONE])
    with DaemonClient("c") as client:
        client.interrupt()
        assert client.run({}).kind == "canceled"
        assert client.run({}).ok
    assert [frame.name for frame in server.asked] == ["hello", "run"]


def test_interrupt_during_a_run_cancels_that_run(serve):
    canceled = protocol.encode("outcome", kind="canceled", exit_status=119)
    log = protocol.encode("log", data=b"begun\n")
    server = serve([WELCOME, ACCEPTED + log, canceled])
    with DaemonClient("c") as client:
        outcome = client.run({}, on_log=lambda _: client.interrupt())
    assert outcome.kind == "canceled"
    assert (server.asked[2].name, server.asked[2]["run"]) == ("cancel", protocol.OWN_RUN)


def test_interrupt_of_a_dead_daemon_is_harmless(serve):
    log = protocol.encode("log", data=b"begun\n")
    server = serve([WELCOME, ACCEPTED + log])

    def interrupt(_):
        server._thread.join()
        client.interrupt()

    with DaemonClient("c") as client:
        assert client.run({}, on_log=interrupt).kind == "daemon-died"


def test_request_that_is_too_large_is_refused_here(serve, monkeypatch):
    server = serve([WELCOME, ACCEPTED + DONE])
    monkeypatch.setattr(protocol, "MAX_FRAME_BYTES", 1000)
    with DaemonClient("c") as client, pytest.raises(UsageError, match="over the limit"):
        client.run({"a": "x" * 1000})
    server.close()
    assert [frame.name for frame in server.asked] == ["hello"]


def test_refusal_at_the_door_keeps_its_hint(serve):
    serve([protocol.encode("refused", reason="no-daemon", message="ending", hint="try")])
    with pytest.raises(connection_file.NoDaemonError, match="ending") as raised:
        DaemonClient("c").connect()
    assert raised.value.hint == "try"


class Interrupted(Exception):  # noqa: N818 - what a signal handler raises
    pass


@pytest.fixture
def interrupt():
    """Return a function that has a signal handler raise in the main thread."""

    def handle(*_):
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, handle)
    yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def test_greeting_that_was_interrupted_is_begun_anew(serve, interrupt):
    server = serve([interrupt], [WELCOME, ACCEPTED + DONE])
    client = DaemonClient("c")
    with pytest.raises(Interrupted):
        client.run({})
    assert client.run({}).ok
    client.close()
    assert [frame.name for frame in server.asked] == ["hello", "hello", "run"]


def test_answer_to_a_question_that_was_interrupted_is_not_that_to_the_next(serve, interrupt):
    serve([WELCOME, interrupt, STATE], [WELCOME, ACCEPTED + DONE], [WELCOME, STATE])
    with DaemonClient("c") as client:
        with pytest.raises(Interrupted):
            client.status()
        assert client.run({}).ok
        client.close()
        assert client.status() == {"done": 1}


def test_interrupt_before_a_stop_does_not_wait_for_a_daemon_that_stays(serve):
    serve([WELCOME])
    with DaemonClient("c") as client:
        client.interrupt()
        assert client.stop().kind == "canceled"


def test_interrupt_after_the_end_of_a_daemon_is_harmless(serve):
    serve([WELCOME])
    with DaemonClient("c") as client:
        client.close()
        client._send_cancel()


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ([], b""),
        ([protocol.encode("accepted", run=1, log_offset=len("of another\n"))], b"of this task\n"),
    ],
)
def test_log_of_a_daemon_that_died_is_shown_from_the_begin_of_the_task(serve, answer, shown):
    server = serve([WELCOME, *answer])
    with open("log", "wb") as log:
        log.write(b"of another\nof this task\n")
    os.unlink("c")
    info = {"socket": server.path, "token": "t", "pid": "1", "log": "log"}
    connection_file.write("c", info)
    lines = []
    with DaemonClient("c") as client:
        assert client.run({}, wait=True, on_log=lines.append).kind == "daemon-died"
    assert b"".join(lines) == shown
