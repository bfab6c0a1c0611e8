"""Sessions with programs that are no good servers: a clear error, soon, and nothing is left."""

import gc
import itertools
import os
import struct
import sys
import threading
import weakref
from contextlib import suppress

import pytest
from interrupting import Door, interrupted, uninterrupted
from processes import PATIENCE_S

from juncture._util.flag import Flag
from juncture.saga.exceptions import NoSuccess
from juncture.saga.shell._process import PipedProcess
from juncture.saga.storage import sftp_bulk
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.sftp import Session, nobody
from juncture.saga.storage.sftp_files import Writer
from juncture.saga.storage.sftp_listing import read_names

GREETING = struct.pack(">IBI", 5, 2, 3)
LISTEN = "; cat >/dev/null"  # the shell keeps its output open


def printed(data):
    """Return the shell text that says some bytes."""
    return "printf '" + "".join(f"\\{byte:03o}" for byte in data) + "'"


def session_with(data, then=LISTEN):
    """Return a session with a program that says something and then does something."""
    return Session(PipedProcess(("/bin/sh", "-c", printed(data) + then)), "h")


def answering(*numbers):
    """Return what answers so many requests about `/`, when all have come: there is no such file."""
    told = b"".join(struct.pack(">IBII", 9, 101, number, 2) for number in numbers)
    return f"; head -c {9 + 14 * len(numbers)} >/dev/null; {printed(told)}{LISTEN}"


def descriptors():
    """Return what this process has open of the kinds that a session has: pipes and processes.

    What else there is may be closed at any time: another test has left it to the collector, or to
    a thread.
    """
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the listing
            found.add((fd, os.readlink(f"/proc/self/fd/{fd}")))
    return {each for each in found if each[1].startswith(("pipe:", "anon_inode:[pidfd]"))}


@pytest.mark.parametrize("data", [b"Welcome to h!\n", b"\0\0\0\5\x65\0\0\0\0", b"\xff" * 9])
def test_what_is_no_server_is_told(data):
    before = descriptors()
    session = session_with(data)
    with pytest.raises(NoSuccess, match="what answers on h is no SFTP server"):
        session.open()
    assert descriptors() <= before


def test_a_program_that_ends_at_once_is_told():
    before = descriptors()
    with pytest.raises(NoSuccess, match="SFTP session with h has ended: oh"):
        session_with(b"", "; echo oh >&2; exit 3").open()
    assert descriptors() <= before


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


class Eventful:
    """A poll object that does something before it waits for the first time, or after that."""

    def __init__(self, session, before, after):
        self._poll, self._before, self._after = session._poll, before, after

    def poll(self, *timeout_ms):
        before, self._before = self._before, None
        if before is not None:
            uninterrupted(before)
        found = self._poll.poll(*timeout_ms)
        after, self._after = self._after, None
        if after is not None:
            uninterrupted(after)
        return found

    def __getattr__(self, name):
        return getattr(self._poll, name)


def before_poll(session, action):
    session._poll = Eventful(session, action, None)


def after_poll(session, action):
    session._poll = Eventful(session, None, action)


class Waiting(dict):
    """Those who wait for a session; tells when there is one."""

    def __init__(self):
        super().__init__()
        self.has_one = threading.Event()

    def __setitem__(self, signal, is_done):
        super().__setitem__(signal, is_done)
        self.has_one.set()


def in_a_thread(action):
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def test_who_asks_while_another_looks_whether_the_server_has_ended_waits_for_the_answer():
    session = session_with(GREETING)
    session.open()
    session.mutex = Door()
    found, threads = [], []

    def ask():
        found.append(session.is_usable())
        session.mutex.awaited.set()

    def look():
        threads.append(in_a_thread(ask))
        session.mutex.awaited.wait()

    before_poll(session, look)
    session._process.kill()
    assert not session.is_usable()
    threads[0].join()
    assert found == [False]


def test_who_asks_while_another_looks_whether_the_server_has_ended_is_answered():
    session = session_with(GREETING, answering(1))
    session.open()
    session.mutex = Door()
    replies, threads = [], []

    def begin():
        threads.append(in_a_thread(lambda: replies.append(session.call(protocol.stat(b"/")))))
        session.mutex.awaited.wait()

    os.write(session._wake_write, b"\0")  # so that there is something to look at
    before_poll(session, begin)
    assert session.is_usable()
    threads[0].join()
    assert [reply.code for reply in replies] == [2]  # no such file


def told(session):
    """Return a thread that asks and is told, be it that the session has ended."""

    def work():
        with suppress(NoSuccess):
            session.call(protocol.stat(b"/"))

    return in_a_thread(work)


def check_interrupted(session, other):
    """Everybody is told, and nothing is left of a session that is closed after an interrupt."""
    assert not session.mutex._is_owned()
    if not other:
        other.append(told(session))
    session.close()
    for thread in other:  # also one that the first of them has begun meanwhile
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.mark.parametrize("is_led", [False, True])
def test_an_interrupt_anywhere_leaves_the_others_served(is_led):
    before = descriptors()
    for step in itertools.count():
        session = session_with(GREETING, answering(1, 2) if is_led else answering(1))
        session.open()
        session._waiting = Waiting()
        other = []

        def begin(session=session, other=other):
            other.append(told(session))
            session._waiting.has_one.wait()

        if is_led:
            before_poll(session, begin)
        was_interrupted = interrupted(lambda: session.call(protocol.stat(b"/")), step)  # noqa: B023
        check_interrupted(session, other)
        assert descriptors() <= before
        if not was_interrupted:
            break
    assert step > 20


def test_an_interrupt_anywhere_leaves_nobody_untold_when_the_server_ends():
    for step in itertools.count():
        session = session_with(GREETING, "; head -c 37 >/dev/null")
        session.open()
        session._waiting = Waiting()
        other = []

        def begin(session=session, other=other):
            other.append(told(session))
            session._waiting.has_one.wait()

        before_poll(session, begin)
        with suppress(NoSuccess):
            if interrupted(lambda: session.call(protocol.stat(b"/")), step):  # noqa: B023
                check_interrupted(session, other)
                continue
        break
    assert step > 20


def test_an_interrupt_at_the_lock_leaves_the_others_served():
    before = descriptors()
    for step in itertools.count():
        session = session_with(GREETING, answering(1, 2))
        session.open()
        session.mutex = Door(step)
        session._waiting = Waiting()
        other = []

        def begin(session=session, other=other):
            other.append(told(session))
            session._waiting.has_one.wait()

        before_poll(session, begin)
        with suppress(KeyboardInterrupt):
            session.call(protocol.stat(b"/"))
        was_interrupted = session.mutex.was_interrupted
        session.mutex._step = None
        check_interrupted(session, other)
        assert descriptors() <= before
        if not was_interrupted:
            break
    assert step >= 3


def test_nothing_is_sent_twice_after_an_interrupt():
    for step in itertools.count():
        session = session_with(GREETING, "; head -c 9 >/dev/null; cat >&2")
        session.open()
        request = protocol.write(b"handle", 0, b"data" * 16)
        was_interrupted = interrupted(lambda: session.start(request, nobody), step)  # noqa: B023
        for _ in range(2):
            session.flush()
        session._process.close_input()
        said = b""
        os.set_blocking(session._process.stderr, True)
        while piece := os.read(session._process.stderr, 4096):
            said += piece
        assert len(said) in {0, 4 + 1 + 4 + 4 + 6 + 8 + 4 + 64}
        session.close()
        if not was_interrupted:
            break
    assert said


def test_a_session_that_is_closed_while_its_answer_comes_leaves_nothing():
    before = descriptors()
    session = session_with(GREETING, answering(1))
    session.open()
    after_poll(session, lambda: in_a_thread(session.close).join())
    assert session.call(protocol.stat(b"/")).code == 2
    assert descriptors() <= before


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
    assert descriptors() <= before
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


AGREEING = """
import os, struct
os.read(0, 9)
os.write(1, struct.pack(">IBI", 5, 2, 3))
while size := os.read(0, 4):
    request = os.read(0, *struct.unpack(">I", size))
    os.write(1, struct.pack(">IB4sI", 9, 101, request[1:5], 0))
"""
"""A server to which everything is all right."""


class Half(sftp_bulk.Machine):
    """Work on a file that an interrupt keeps from being asked for."""

    def start(self):
        raise KeyboardInterrupt


def test_an_interrupt_before_a_file_of_many_is_asked_for_waits_for_no_answer():
    session = session_with(GREETING)
    session.open()
    machine = Half(session, "/f")
    raised = Flag()

    def work():
        try:
            list(sftp_bulk.run(session, iter([machine])))
        except KeyboardInterrupt:
            raised.set()

    in_a_thread(work)
    assert raised.wait(PATIENCE_S)
    assert machine.given_up
    session.close()


def test_a_file_can_be_closed_after_an_interrupt_anywhere_in_a_write():
    for step in itertools.count():
        process = PipedProcess((sys.executable, "-S", "-c", AGREEING))
        session = Session(process, "h")
        session.open()
        writer = Writer(session, b"handle", "/f")
        was_interrupted = interrupted(lambda: writer.write(b"data"), step)  # noqa: B023
        closed = Flag()

        def close(writer=writer, closed=closed):
            with suppress(NoSuccess):
                writer.close()
            closed.set()

        in_a_thread(close)
        assert closed.wait(PATIENCE_S)
        session.close()
        if not was_interrupted:
            break
    assert step > 10


def end_by_the_collector(session, generator):
    """Have a generator ended by the garbage collector in the middle of a request, not before."""
    next(generator)
    holder = [generator]
    holder.append(holder)
    ended = weakref.ref(generator)

    def work():
        with session.mutex:
            gc.collect()

    gc.disable()
    try:
        del generator, holder
        thread = in_a_thread(work)
        thread.join(PATIENCE_S)
    finally:
        gc.enable()
    assert not thread.is_alive(), "it waits for a lock that it has"
    assert ended() is None


@pytest.fixture
def agreeing():
    session = Session(PipedProcess((sys.executable, "-S", "-c", AGREEING)), "h")
    session.open()
    yield session
    session.close()


def test_the_garbage_collector_can_end_work_on_many_files_at_any_place(agreeing):
    machines = (sftp_bulk.Known(agreeing, f"/{number}", follow=True) for number in range(9))
    end_by_the_collector(agreeing, sftp_bulk.run(agreeing, machines))
    assert agreeing.call(protocol.stat(b"/")).code == protocol.OK


def test_the_garbage_collector_can_end_a_listing_at_any_place():
    handle = printed(struct.pack(">IBII", 10, 102, 1, 1) + b"d")
    names = printed(struct.pack(">IBII", 9, 104, 2, 0))
    asked = f"; head -c 23 >/dev/null; {handle}; head -c 28 >/dev/null; {names}{LISTEN}"
    session = session_with(GREETING, asked)
    session.open()
    end_by_the_collector(session, read_names(session, "/"))
    assert session._left == [b"d"]
    session.close()
