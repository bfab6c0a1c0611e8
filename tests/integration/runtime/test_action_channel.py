"""An adaptor and applications as real processes, and the death of either at every moment."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from processes import PATIENCE_S, run_alone

from juncture.errors import DataError
from juncture.runtime import action_loop, adaptor_server, transport
from juncture.runtime.actions_queue import (
    ActionFailedError,
    ActionLostError,
    ActionsQueue,
    TicketState,
)
from juncture.runtime.adaptor_server import AdaptorServer, ServerClosedError
from juncture_client import Action
from juncture_client import transport as client_transport
from juncture_client.channel import AdaptorLostError, Channel

WAIT_S = PATIENCE_S
SOURCE = Path(__file__).parents[3] / "src"
APPLICATION = Path(__file__).with_name("action_application.py")


class Rule:
    def to_dict(self):
        return {
            "source_path_format": "Posix",
            "source_path": "/job",
            "destination_os": "Linux",
            "destination_path": "/here",
        }


class Mapper:
    path_mapping_rules = (Rule(),)

    def map_path(self, path):
        if path == "/forbidden":
            raise KeyError(path)
        return path.replace("/job", "/here")


class Harness:
    """An adaptor's side: queue, server and serving thread, with applications as children."""

    def __init__(self):
        self.queue = ActionsQueue()
        self.lost = []
        self.lost_one = threading.Semaphore(0)
        self.server = AdaptorServer(self.queue, Mapper(), on_client_lost=self.on_lost)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.children = []

    def on_lost(self, pid, ticket):
        self.lost.append((pid, ticket))
        self.lost_one.release()

    def start(self, mode="poll"):
        child = subprocess.Popen(
            [sys.executable, str(APPLICATION), mode, self.server.server_path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "ascii"},
        )
        self.children.append(child)
        return child

    def polling(self):
        child = self.start()
        assert self.server.wait_for_client(WAIT_S)
        return child

    def perform(self, name, **args):
        ticket = self.queue.enqueue_action(Action(name, args or None))
        assert ticket.wait(WAIT_S)
        return ticket

    def close(self):
        self.server.shutdown()
        self.thread.join(WAIT_S)
        for child in self.children:
            child.kill()
            child.communicate()


@pytest.fixture
def adaptor():
    harness = Harness()
    harness.thread.start()
    yield harness
    harness.close()


def read_until(child, text):
    """Read the child's lines up to the first that holds `text`, and return that."""
    for line in child.stdout:
        if text in line:
            return line.rstrip("\n")
    raise AssertionError(f"the application ended without saying {text!r}: {child.stderr.read()}")


def test_an_action_is_performed_and_reported(adaptor, tmp_path):
    adaptor.polling()
    file = tmp_path / "written"
    ticket = adaptor.perform("write", path=str(file), text="scene ñ 🌚")
    assert ticket.state is TicketState.DONE
    ticket.raise_for_failure()
    assert file.read_text(encoding="utf-8") == "scene ñ 🌚"


def test_five_megabytes_arrive_as_they_were_sent(adaptor, tmp_path):
    adaptor.polling()
    text = "0123456789 ü\n🌚" * 400_000
    file = tmp_path / "written"
    assert adaptor.perform("write", path=str(file), text=text).state is TicketState.DONE
    assert file.read_bytes().decode() == text


def test_actions_are_performed_in_order_and_the_front_one_first(adaptor):
    tickets = [adaptor.queue.enqueue_action(Action("noop", {"number": n})) for n in range(3)]
    tickets.append(adaptor.queue.enqueue_action(Action("close"), front=True))
    child = adaptor.start()
    assert tickets[-1].wait(WAIT_S)
    assert child.wait(WAIT_S) == 0
    assert [t.state.value for t in tickets] == ["queued"] * 3 + ["done"]
    assert len(adaptor.queue) == 3


def test_a_thousand_actions_run_once_each_in_order(adaptor):
    child = adaptor.start()
    tickets = [adaptor.queue.enqueue_action(Action("noop", {"number": n})) for n in range(1000)]
    performed = [
        json.loads(read_until(child, "Performing action").partition(": ")[2])["args"]["number"]
        for _ in tickets
    ]
    assert performed == list(range(1000))
    assert tickets[-1].wait(WAIT_S)
    assert {t.state for t in tickets} == {TicketState.DONE}
    assert adaptor.queue.wait_until_received(WAIT_S)
    assert not adaptor.queue


def test_close_ends_the_application_which_is_not_lost(adaptor):
    child = adaptor.polling()
    assert adaptor.perform("close").state is TicketState.DONE
    out, _ = child.communicate(timeout=WAIT_S)
    assert child.returncode == 0
    assert out.splitlines() == [
        'Performing action: {"name": "close", "args": null}',
        "closing",
        "ended",
    ]
    adaptor.server.shutdown()
    assert adaptor.lost == []


def test_an_unknown_action_fails_and_the_application_goes_on(adaptor):
    child = adaptor.polling()
    ticket = adaptor.perform("fly")
    assert ticket.state is TicketState.FAILED
    assert "no action 'fly'" in ticket.error
    assert adaptor.perform("noop").state is TicketState.DONE
    adaptor.perform("close")
    _, err = child.communicate(timeout=WAIT_S)
    assert err.startswith("ERROR: this application has no action 'fly'")


def test_an_action_that_raises_fails_and_ends_the_poll(adaptor):
    child = adaptor.polling()
    ticket = adaptor.perform("fail", reason="no licence")
    with pytest.raises(ActionFailedError, match="`fail` failed: ValueError: no licence"):
        ticket.raise_for_failure()
    _, err = child.communicate(timeout=WAIT_S)
    assert child.returncode == 1
    assert err.rstrip().endswith("ValueError: no licence")
    assert adaptor.lost_one.acquire(timeout=WAIT_S)
    assert adaptor.lost == [(child.pid, None)]


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [
        ("fail", {"reason": "half \ud83c"}, "ValueError: half \\ud83c"),
        ("fail_oddly", {}, "OddError: "),
    ],
)
def test_an_error_that_cannot_be_written_fails_its_action_all_the_same(adaptor, name, args, error):
    adaptor.polling()
    ticket = adaptor.perform(name, **args)
    assert (ticket.state, ticket.error) == (TicketState.FAILED, error)


@pytest.mark.parametrize(("status", "state"), [(0, "done"), (3, "failed")])
def test_an_action_that_exits(adaptor, status, state):
    child = adaptor.polling()
    assert adaptor.perform("exit", status=status).state.value == state
    assert child.wait(WAIT_S) == status


def test_a_client_killed_while_it_waits_loses_nothing(adaptor):
    child = adaptor.polling()
    child.kill()
    assert adaptor.lost_one.acquire(timeout=WAIT_S)
    assert adaptor.lost == [(child.pid, None)]
    assert not adaptor.server.wait_for_client(0)
    ticket = adaptor.queue.enqueue_action(Action("noop"))
    assert len(adaptor.queue) == 1
    adaptor.polling()
    assert ticket.wait(WAIT_S)
    assert ticket.state is TicketState.DONE


def test_an_action_that_was_not_acknowledged_goes_to_the_next_client(adaptor):
    deaf = adaptor.start("never_acknowledge")
    ticket = adaptor.queue.enqueue_action(Action("noop"))
    read_until(deaf, "received noop")
    assert (len(adaptor.queue), ticket.state) == (1, TicketState.QUEUED)
    other = adaptor.start()
    deaf.kill()
    read_until(other, "Performing action")
    assert ticket.wait(WAIT_S)
    assert ticket.state is TicketState.DONE
    assert len(adaptor.queue) == 0


def test_an_action_whose_client_dies_is_lost_and_never_run_again(adaptor):
    child = adaptor.polling()
    ticket = adaptor.queue.enqueue_action(Action("hang"))
    read_until(child, "hanging")
    assert adaptor.queue.wait_until_received(WAIT_S)
    child.kill()
    assert ticket.wait(WAIT_S)
    with pytest.raises(ActionLostError, match=r"`hang` is lost: .* ended with it"):
        ticket.raise_for_failure()
    assert adaptor.lost_one.acquire(timeout=WAIT_S)
    assert adaptor.lost == [(child.pid, ticket)]
    other = adaptor.polling()
    adaptor.perform("close")
    out, _ = other.communicate(timeout=WAIT_S)
    assert "hang" not in out


def test_sigterm_ends_a_waiting_application_in_good_order(adaptor):
    child = adaptor.polling()
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=WAIT_S)
    assert (child.returncode, err) == (0, "")
    assert out.splitlines() == ["shutting down for SIGTERM", "ended"]
    adaptor.server.shutdown()
    assert adaptor.lost == []


def test_sigterm_during_an_action_lets_it_end(adaptor, tmp_path):
    child = adaptor.polling()
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    ticket = adaptor.queue.enqueue_action(Action("write", {"path": str(fifo), "text": "all"}))
    read_until(child, "Performing action")
    child.send_signal(signal.SIGTERM)
    read_until(child, "shutting down for SIGTERM")
    assert fifo.read_text() == "all"
    assert ticket.wait(WAIT_S)
    assert ticket.state is TicketState.DONE
    read_until(child, "ended")
    assert child.wait(WAIT_S) == 0


def test_a_forked_child_of_the_application_asks_on_its_own_connection(adaptor):
    child = adaptor.start("map_after_fork")
    out, err = child.communicate(timeout=WAIT_S)
    assert (child.returncode, err) == (0, "")
    assert out.count("Mapped") == 202


def test_a_server_without_descriptors_accepts_again_later(adaptor, monkeypatch, caplog):
    first = adaptor.polling()
    failed = threading.Event()
    accept = transport.Listener.accept

    def no_descriptor(self):
        failed.set()
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(transport.Listener, "accept", no_descriptor)
    second = adaptor.start()
    assert failed.wait(WAIT_S)
    monkeypatch.setattr(transport.Listener, "accept", accept)
    first.kill()
    assert adaptor.lost_one.acquire(timeout=WAIT_S)
    assert adaptor.server.wait_for_client(WAIT_S)
    assert adaptor.perform("close").state is TicketState.DONE
    assert second.wait(WAIT_S) == 0
    assert "an application cannot connect" in caplog.text


def test_a_server_without_descriptors_and_without_applications_accepts_again(adaptor, monkeypatch):
    failed = threading.Event()

    def no_descriptor(self):
        failed.set()
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(action_loop, "ACCEPT_AGAIN_S", 0.01)
    with monkeypatch.context() as patch:
        patch.setattr(transport.Listener, "accept", no_descriptor)
        child = adaptor.start()
        assert failed.wait(WAIT_S)
    assert adaptor.server.wait_for_client(WAIT_S)
    assert adaptor.perform("close").state is TicketState.DONE
    assert child.wait(WAIT_S) == 0


def test_a_busy_client_does_not_keep_actions_from_another(adaptor):
    first = adaptor.polling()
    hang = adaptor.queue.enqueue_action(Action("hang"))
    read_until(first, "hanging")
    adaptor.start()
    assert adaptor.perform("noop").state is TicketState.DONE
    assert hang.state is TicketState.TAKEN


def test_paths_are_mapped_while_another_thread_waits(adaptor):
    child = adaptor.start("map_while_polling")
    assert read_until(child, "rule") == "rule /job -> /here"
    adaptor.perform("close")
    read_until(child, "ended")
    assert child.wait(WAIT_S) == 0


def test_a_path_is_mapped_within_an_action(adaptor):
    child = adaptor.polling()
    assert adaptor.perform("map", path="/job/ñ").state is TicketState.DONE
    assert read_until(child, "Mapped") == r"Mapped path '/job/\xf1' to '/here/\xf1'."
    ticket = adaptor.perform("map", path="/forbidden")
    assert ticket.error == "RuntimeError: map_path failed: KeyError: '/forbidden'"


def test_shutdown_ends_an_application_that_waits(adaptor):
    child = adaptor.polling()
    path = adaptor.server.server_path
    assert os.path.exists(path)
    adaptor.server.shutdown()
    adaptor.thread.join(WAIT_S)
    assert not adaptor.thread.is_alive()
    assert not os.path.exists(os.path.dirname(path))
    assert read_until(child, "lost").startswith(f"lost: the adaptor at '{path}' closed")
    assert child.wait(WAIT_S) == 7
    assert adaptor.lost == []


def test_shutdown_ends_every_ticket(adaptor):
    child = adaptor.polling()
    taken = adaptor.queue.enqueue_action(Action("hang"))
    read_until(child, "hanging")
    queued = adaptor.queue.enqueue_action(Action("noop"))
    adaptor.server.shutdown()
    assert taken.wait(WAIT_S)
    assert queued.wait(WAIT_S)
    assert (taken.state, queued.state) == (TicketState.LOST, TicketState.LOST)
    assert queued.error == "the adaptor shut its server down"


def test_shutdown_returns_at_any_time_and_twice():
    queue = ActionsQueue()
    never = AdaptorServer(queue, Mapper())
    never.shutdown()
    never.shutdown()
    never.serve_forever()
    with pytest.raises(ServerClosedError, match="shut down before it listened"):
        _ = never.server_path
    unused = AdaptorServer(queue, Mapper())
    path = unused.server_path
    unused.shutdown()
    assert not os.path.exists(path)
    assert unused.server_path == path
    assert not unused.wait_for_client()


def test_shutdown_returns_while_map_path_hangs():
    asked, go_on = threading.Event(), threading.Event()

    class Slow(Mapper):
        def map_path(self, path):
            asked.set()
            assert go_on.wait(WAIT_S)
            return path

    harness = Harness()
    harness.server = AdaptorServer(harness.queue, Slow())
    harness.thread = threading.Thread(target=harness.server.serve_forever)
    harness.thread.start()
    try:
        harness.start("map_while_polling")
        assert asked.wait(WAIT_S)
        harness.server.shutdown()
        assert harness.thread.is_alive()
    finally:
        go_on.set()
        harness.close()
    assert not harness.thread.is_alive()


def test_shutdown_while_no_application_can_connect_and_map_path_hangs(monkeypatch):
    asked, go_on, refused = threading.Event(), threading.Event(), threading.Event()

    class Slow(Mapper):
        def map_path(self, path):
            asked.set()
            assert go_on.wait(WAIT_S)
            return path

    def no_descriptor(self):
        refused.set()
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(adaptor_server, "_SHUTDOWN_GRACE_S", 0)
    server, ended = AdaptorServer(ActionsQueue(), Slow()), []

    def serve():
        try:
            ended.append(server.serve_forever())
        except Exception as error:  # noqa: BLE001 - it is compared below
            ended.append(error)

    serving = threading.Thread(target=serve)
    serving.start()
    channels = [Channel(server.server_path, "test") for _ in range(2)]
    for channel in channels:
        channel.open()
    monkeypatch.setattr(transport.Listener, "accept", no_descriptor)
    late = client_transport.connect(server.server_path)
    assert refused.wait(WAIT_S)
    channels[0].write(channels[0].frame("map_path", id=1, path="/"))
    assert asked.wait(WAIT_S)
    server.shutdown()
    go_on.set()
    serving.join(WAIT_S)
    assert ended == [None]
    assert channels[0].receive()["path"] == "/"
    for channel in channels:
        with pytest.raises(AdaptorLostError):
            channel.receive()
        channel.close()
    late.close()


def test_shutdown_from_within_on_client_lost():
    harness = Harness()
    harness.server = AdaptorServer(
        harness.queue, Mapper(), on_client_lost=lambda pid, ticket: harness.server.shutdown()
    )
    harness.thread = threading.Thread(target=harness.server.serve_forever)
    harness.thread.start()
    try:
        harness.polling().kill()
        harness.thread.join(WAIT_S)
        assert not harness.thread.is_alive()
    finally:
        harness.close()


ADAPTOR = """
import threading
from juncture.runtime.actions_queue import ActionsQueue
from juncture.runtime.adaptor_server import AdaptorServer
from juncture_client import Action
queue = ActionsQueue()
server = AdaptorServer(queue, None)
threading.Thread(target=server.serve_forever).start()
queue.enqueue_action(Action("noop"))
print(server.server_path, flush=True)
"""


def test_an_application_whose_adaptor_is_killed_ends_with_one_sentence(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    adaptor = subprocess.Popen(
        [sys.executable, "-c", ADAPTOR], stdout=subprocess.PIPE, text=True, env=environment
    )
    path = adaptor.stdout.readline().strip()
    child = subprocess.Popen(
        [sys.executable, str(APPLICATION), "poll", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        read_until(child, "Performing action")
        adaptor.kill()
        line = read_until(child, "lost")
        assert line == (
            f"lost: the adaptor at '{path}' closed the connection, "
            "it has ended or shut its server down"
        )
        assert child.wait(WAIT_S) == 7
    finally:
        for process in (child, adaptor):
            process.kill()
            process.communicate()
        os.unlink(path)
        os.rmdir(os.path.dirname(path))


def test_an_application_without_an_adaptor_says_so(tmp_path):
    child = subprocess.run(
        [sys.executable, str(APPLICATION), "poll", str(tmp_path / "nothing")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=False,
    )
    assert child.returncode == 7
    assert child.stdout.startswith(f"lost: cannot connect to the adaptor at '{tmp_path}/nothing'")


def test_garbage_costs_only_its_own_connection(adaptor):
    adaptor.polling()
    liar = adaptor.start("garbage")
    out, err = liar.communicate(timeout=WAIT_S)
    assert (out.split(), err) == (["refused"] * 4, "")
    assert adaptor.perform("noop").state is TicketState.DONE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_refused_by_both_sides(adaptor):
    path = adaptor.server.server_path
    locked_out = adaptor.start("other_user")
    assert "Permission denied" in read_until(locked_out, "lost")
    os.chmod(os.path.dirname(path), 0o755)  # noqa: S103 - to reach what stands behind the door
    os.chmod(path, 0o666)  # noqa: S103
    assert "belongs to user 0" in read_until(adaptor.start("other_user"), "lost")
    assert read_until(adaptor.start("intruder"), "answer") == "answer b''"
    assert not adaptor.server.wait_for_client(0)
    adaptor.polling()
    assert adaptor.perform("noop").state is TicketState.DONE


TWO_HUNDRED_SERVERS = """
import os, threading
from processes import PATIENCE_S, open_files
from juncture.runtime.actions_queue import ActionsQueue
from juncture.runtime.adaptor_server import AdaptorServer
from juncture_client import Action
from juncture_client.channel import Channel

def cycle():
    queue = ActionsQueue()
    server = AdaptorServer(queue, None)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    channel = Channel(server.server_path, "leak")
    channel.open()
    channel.write(channel.frame("next"))
    assert server.wait_for_client(PATIENCE_S)
    ticket = queue.enqueue_action(Action("noop"))
    channel.write(channel.frame("taken", id=channel.receive()["id"]))
    server.shutdown()
    assert ticket.wait(PATIENCE_S)
    thread.join()
    channel.close()
    return server.server_path

cycle()
files, threads = open_files(), threading.active_count()
paths = [cycle() for _ in range(200)]
assert open_files() == files, f"{open_files()} files are open, and were {files}"
assert threading.active_count() == threads, threading.enumerate()
assert not [path for path in paths if os.path.exists(os.path.dirname(path))]
"""


def test_two_hundred_servers_leave_nothing_behind():
    run_alone(TWO_HUNDRED_SERVERS)


def test_an_idle_server_is_not_woken(adaptor):
    adaptor.polling()
    adaptor.perform("noop")
    status = Path(f"/proc/self/task/{adaptor.thread.native_id}/status")

    def switches():
        return [line for line in status.read_text().splitlines() if "ctxt_switches" in line]

    def settled():
        before = switches()
        threading.Event().wait(0.3)
        return switches() == before

    assert any(settled() for _ in range(10))


def test_arguments_that_json_cannot_say_are_refused_at_once(adaptor):
    with pytest.raises(DataError, match=r"`noop` cannot be written as JSON: .*set"):
        adaptor.queue.enqueue_action(Action("noop", {"a": {1, 2}}))
    assert len(adaptor.queue) == 0
