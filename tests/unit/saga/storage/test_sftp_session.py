"""Sessions with programs that are no good servers: a clear error, soon, and nothing is left."""

import os
import struct
import threading

import pytest

from juncture.saga.exceptions import NoSuccess
from juncture.saga.shell._process import PipedProcess
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.sftp import Session

GREETING = struct.pack(">IBI", 5, 2, 3)
LISTEN = "; cat >/dev/null"  # the shell keeps its output open


def session_with(data, then=LISTEN):
    """Return a session with a program that says something and then does something."""
    text = "".join(f"\\{byte:03o}" for byte in data)
    return Session(PipedProcess(("/bin/sh", "-c", f"printf '{text}'{then}")), "h")


def descriptors():
    return set(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("data", [b"Welcome to h!\n", b"\0\0\0\5\x65\0\0\0\0", b"\xff" * 9])
def test_what_is_no_server_is_told(data):
    before = descriptors()
    session = session_with(data)
    with pytest.raises(NoSuccess, match="what answers on h is no SFTP server"):
        session.open()
    assert descriptors() == before


def test_a_program_that_ends_at_once_is_told():
    before = descriptors()
    with pytest.raises(NoSuccess, match="SFTP session with h has ended: oh"):
        session_with(b"", "; echo oh >&2; exit 3").open()
    assert descriptors() == before


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (struct.pack(">IBI", 2**32 - 1, 101, 1), "a packet of 4294967295 bytes"),
        (struct.pack(">IBII", 9, 101, 77, 0), "request 77"),
        (struct.pack(">IBII", 9, 105, 1, 15), "ends too early"),
        (struct.pack(">IBII", 9, 104, 1, 15), "kind 104 where 105 answers"),
    ],
)
def test_a_server_that_lies_is_left(data, text):
    # It answers when it has read what it was asked.
    answer = "".join(f"\\{byte:03o}" for byte in data)
    wait = f"; head -c 9 >/dev/null; head -c 1 >/dev/null; printf '{answer}'{LISTEN}"
    session = session_with(GREETING, wait)
    session.open()
    with pytest.raises(protocol.ProtocolError, match=text):
        session.call(protocol.stat(b"/"))
    assert not session.is_usable()
    with pytest.raises(NoSuccess):
        session.call(protocol.stat(b"/"))


def test_everybody_is_told_when_the_server_ends():
    session = session_with(GREETING, "; head -c 9 >/dev/null; read -r line")
    session.open()
    told = []
    ready = threading.Barrier(6)

    def work():
        ready.wait()
        try:
            session.call(protocol.stat(b"/"))
        except ConnectionLost as error:
            told.append(error)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    ready.wait()
    session._process.kill()
    for thread in threads:
        thread.join()
    assert len(told) == 5


class Interrupted:
    """A poll object that does something in its first wait, if nothing keeps others out."""

    def __init__(self, session, action):
        self._session, self._poll, self._action = session, session._poll, action
        self._is_polling = False

    def poll(self, timeout_ms):
        assert not self._is_polling, "two threads wait at a time"
        if self._action is not None and not self._session.mutex.locked():
            action, self._action = self._action, None
            self._is_polling = True
            action()
            self._is_polling = False
        return self._poll.poll(timeout_ms)

    def __getattr__(self, name):
        return getattr(self._poll, name)


class Waiting(dict):
    """Those who wait for a session; tells when there is one."""

    def __init__(self):
        super().__init__()
        self.has_one = threading.Event()

    def __setitem__(self, signal, is_done):
        super().__setitem__(signal, is_done)
        self.has_one.set()


def in_a_thread(action):
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def test_only_one_looks_whether_the_server_has_ended():
    session = session_with(GREETING)
    session.open()
    found = []

    def look():
        in_a_thread(lambda: found.append(session.is_usable())).join()

    session._poll = Interrupted(session, look)
    session._process.kill()
    assert not session.is_usable()
    assert found == [True]  # as far as it can be known while another looks


def test_who_asks_while_another_looks_whether_the_server_has_ended_is_answered():
    told = struct.pack(">IBII", 9, 101, 1, 2)
    answer = "".join(f"\\{byte:03o}" for byte in told)
    asked = f"; head -c 9 >/dev/null; head -c 1 >/dev/null; printf '{answer}'{LISTEN}"
    session = session_with(GREETING, asked)
    session.open()
    session._waiting = Waiting()
    replies, threads = [], []

    def ask():
        replies.append(session.call(protocol.stat(b"/")))

    def begin():
        threads.append(in_a_thread(ask))
        session._waiting.has_one.wait()

    os.write(session._wake_write, b"\0")  # so that there is something to look at
    session._poll = Interrupted(session, begin)
    assert session.is_usable()
    threads[0].join()
    assert [reply.code for reply in replies] == [2]  # no such file


def test_a_session_can_be_closed_while_somebody_waits():
    session = session_with(GREETING)
    session.open()
    told = []

    def work():
        try:
            session.call(protocol.stat(b"/"))
        except NoSuccess as error:
            told.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    session.close()
    thread.join()
    assert len(told) == 1
    assert "h" in told[0]


def test_a_session_that_nobody_has_leaves_nothing():
    before = descriptors()
    session = session_with(GREETING)
    session.open()
    pid = session._process.pid
    del session
    assert descriptors() == before
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
