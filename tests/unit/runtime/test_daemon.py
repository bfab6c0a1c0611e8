"""The daemon's mind with real sockets and a real spool, and no adaptor: the test ends the tasks."""

import errno
import os
import socket
import threading

import pytest
from processes import PATIENCE_S

from juncture.runtime import log_feed, spool
from juncture.runtime.daemon import Daemon, Options
from juncture.runtime.daemon_requests import Requests
from juncture.runtime.event_loop import READ, EventLoop
from juncture.runtime.outcome import Outcome
from juncture.runtime.spool import Spool
from juncture_client import protocol


class Worker:
    """Stands in for the main thread: keeps what it is given."""

    name, state, active, is_loading, lost_bytes = "Test", "run", "", False, 0

    def __init__(self):
        self.tasks = []
        self.canceled = threading.Event()

    def put(self, task):
        self.tasks.append(task)

    def cancel(self, task):
        self.canceled.set()

    def remove_files(self):
        pass

    def kill_children(self):
        pass


class Command:
    """The other end of a connection to the daemon."""

    def __init__(self, daemon):
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        ours.setblocking(False)
        self.sock = ours
        self.connection = protocol.Connection(protocol.CLIENT)
        self.connection.state = protocol.OPEN
        self.peer = daemon._add(theirs, 0)
        self.peer.connection.state = protocol.OPEN

    def ask(self, name, **fields):
        self.sock.sendall(self.connection.send(name, **fields))
        self.peer._ready(1)
        return self

    def names(self):
        """Return the names of the frames that have come, log apart."""
        return [frame.name for frame in self.frames() if frame.name != "log"]

    def frames(self):
        try:
            return self.connection.receive(self.sock.recv(1 << 20))
        except BlockingIOError:
            return []


class Bench:
    def __init__(self, directory):
        path = os.path.join(directory, "log")
        self.fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        self.loop = EventLoop()
        self.worker = Worker()
        self.ended = []
        self.spool = Spool(path, self.fd)
        self.daemon = Daemon(
            loop=self.loop,
            spool=self.spool,
            worker=self.worker,
            options=Options(idle_timeout_s=None, owner_pid=None, grace_s=60),
            end=lambda *how: self.ended.append(how),
        )
        requests = Requests(self.daemon, self.spool, name="Test", token="token")
        self.daemon.on_request = requests.answer
        self.commands = []
        self.starter = self.command()
        self.daemon._starter = None
        self.daemon._ready = True

    def command(self):
        command = Command(self.daemon)
        self.commands.append(command)
        return command

    def end_task(self, outcome):
        self.daemon.task_ended(self.worker.tasks[-1], outcome, self.spool.size())

    def close(self):
        for command in self.commands:
            command.sock.close()
            command.peer._sock.close()
        if self.daemon.log._watch is not None:
            self.daemon.log._watch.close()
        self.loop._selector.close()
        for fd in (self.loop._wake_read, self.loop.wake_fd, self.fd):
            os.close(fd)


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.close()


def test_command_that_leaves_while_it_is_told_costs_the_next_one_nothing(bench):
    first, second, third = bench.command(), bench.command(), bench.command()
    first.ask("run", data=b"{}")
    second.ask("attach")
    third.ask("attach")
    first.sock.close()
    second.sock.close()
    bench.daemon.progress(50, "half")
    assert "progress" in third.names()
    bench.end_task(Outcome("failed", "bad"))
    assert third.names() == ["outcome"]


def test_waiting_commands_that_leave_while_they_are_refused_harm_nobody(bench):
    running = bench.command().ask("run", data=b"{}")
    waiting = [bench.command().ask("run", data=b"{}", wait=1) for _ in range(3)]
    for command in waiting[:2]:
        command.sock.close()
    bench.daemon.shut_down("test")
    assert waiting[2].names() == ["refused"]
    assert bench.worker.canceled.wait(PATIENCE_S)
    bench.end_task(Outcome("done"))
    assert running.names()[-1] == "outcome"


def test_outcome_that_is_still_owed_is_not_replaced_by_the_end(bench):
    slow = bench.command().ask("run", data=b"{}")
    os.write(bench.fd, b"x" * 3_000_000)
    bench.end_task(Outcome("failed", "bad"))
    stop = bench.command().ask("stop")
    bench.end_task(Outcome("done"))
    assert stop.frames()[-1]["kind"] == "done"
    assert bench.ended == []
    got = []
    while not got or got[-1].name != "outcome":
        got += slow.frames()
        slow.peer._ready(2)
    assert got[-1]["kind"] == "failed"
    assert sum(len(frame.raw("data")) for frame in got if frame.name == "log") == 3_000_000
    assert bench.ended == [(0, False)]


def test_time_of_a_task_that_waits_begins_with_the_task(bench):
    bench.command().ask("run", data=b"{}")
    bench.command().ask("run", data=b"{}", wait=1, timeout=0)
    (waiting,) = bench.daemon.waiting
    bench.loop._run_timers()
    assert not waiting.canceled
    bench.end_task(Outcome("done"))
    bench.loop._run_timers()
    assert bench.worker.tasks[-1] is waiting
    assert waiting.canceled


def test_cancel_of_what_has_ended_leaves_the_next_task_alone(bench):
    first = bench.command().ask("run", data=b"{}")
    bench.end_task(Outcome("done"))
    bench.command().ask("run", data=b"{}")
    first.names()
    first.ask("cancel", run=protocol.OWN_RUN)
    assert first.names() == []
    assert not bench.worker.tasks[-1].canceled


def test_cancel_by_another_command_is_answered_when_the_task_has_ended(bench):
    bench.command().ask("run", data=b"{}")
    other = bench.command().ask("cancel")
    assert other.names() == []
    assert bench.worker.canceled.wait(PATIENCE_S)
    bench.end_task(Outcome("done"))
    assert [frame["kind"] for frame in other.frames()] == ["done"]
    assert bench.daemon.last.outcome.kind == "canceled"


def test_text_that_utf8_cannot_hold_is_told_escaped(bench):
    command = bench.command().ask("run", data=b"{}")
    bench.daemon.progress(None, "half \ud83c")
    bench.end_task(Outcome("failed", "half \ud83c"))
    frames = command.frames()
    assert [frame["message"] for frame in frames if frame.name != "accepted"] == [
        "half \\ud83c"
    ] * 2


def test_stop_is_withdrawn_with_its_command_while_it_waits(bench):
    bench.command().ask("run", data=b"{}")
    stop = bench.command().ask("stop", wait=1)
    stop.sock.close()
    stop.peer._ready(1)
    bench.end_task(Outcome("done"))
    assert bench.command().ask("run", data=b"{}").names() == ["accepted"]


def test_log_that_is_no_longer_kept_is_said_so(bench, monkeypatch):
    monkeypatch.setattr(spool, "KEEP_BYTES", 65536)
    bench.command().ask("run", data=b"{}")
    os.write(bench.fd, b"x" * 1_000_000)
    while bench.commands[-1].frames() or bench.commands[-1].peer.log_offset != 1_000_000:
        bench.commands[-1].peer._ready(2)
    bench.end_task(Outcome("done"))
    if not bench.spool.released:
        pytest.skip("this file system cannot punch holes")
    reader = bench.command().ask("logs")
    text = b"".join(frame.raw("data") for frame in reader.frames() if frame.name == "log")
    assert text.startswith(b"(934464 earlier bytes of the log are no longer kept)\n")


def test_log_that_was_read_is_given_back_while_the_task_goes_on(bench, monkeypatch):
    monkeypatch.setattr(spool, "KEEP_BYTES", 65536)
    command = bench.command().ask("run", data=b"{}")

    def read(_):
        command.frames()
        if bench.spool.released or not bench.spool._can_release:
            bench.loop.stop()
        else:
            os.write(bench.fd, b"x" * 50_000)

    bench.loop.watch(command.sock.fileno(), READ, read)
    bench.loop.call_later(PATIENCE_S, bench.loop.stop)
    bench.loop.call_later(0, lambda: os.write(bench.fd, b"x" * 50_000))
    bench.loop.run()
    if not bench.spool._can_release:
        pytest.skip("this file system cannot punch holes")
    assert bench.spool.released
    assert not bench.worker.canceled.is_set()


def test_stop_cannot_be_canceled_and_tells_how_it_went(bench):
    stop = bench.command().ask("stop")
    stop.ask("cancel", run=protocol.OWN_RUN)
    bench.end_task(Outcome("done"))
    assert stop.frames()[-1]["kind"] == "done"
    assert not bench.worker.canceled.is_set()


def test_log_is_sent_where_the_kernel_cannot_tell_that_it_grows(bench, monkeypatch, caplog):
    def none_left(path):
        raise OSError(errno.EMFILE, "no inotify instance is left", path)

    monkeypatch.setattr(log_feed, "Watch", none_left)
    command, got = bench.command().ask("run", data=b"{}"), bytearray()

    def read(_):
        for frame in command.frames():
            got.extend(frame.raw("data") if frame.name == "log" else b"")
        if b"three" in got:
            bench.loop.stop()

    bench.loop.watch(command.sock.fileno(), READ, read)
    for text in (b"one\n", b"two\n", b"three\n"):
        bench.loop.call_later(0, lambda text=text: os.write(bench.fd, text))
    bench.loop.run()
    assert got == b"one\ntwo\nthree\n"
    assert caplog.text.count("no inotify instance is left") == 1
    bench.end_task(Outcome("done"))
    assert command.names() == ["outcome"]


def test_start_whose_command_leaves_while_it_is_told_stops_once(bench):
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    bench.daemon.begin(theirs)
    ours.close()
    bench.end_task(Outcome("done"))
    assert [task.move for task in bench.worker.tasks] == ["start", "stop"]
    bench.end_task(Outcome("done"))
    assert {status for status, _ in bench.ended} == {0}


def test_command_that_waits_for_a_start_that_fails_is_refused(bench):
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    bench.daemon.begin(theirs)
    command = bench.command().ask("run", data=b"{}", wait=1)
    bench.end_task(Outcome("failed", "no licence"))
    (frame,) = command.frames()
    assert (frame.name, frame["reason"]) == ("refused", "no-daemon")
    assert frame["message"] == "the daemon ends: the start failed"
    bench.end_task(Outcome("done"))
    ours.close()
