import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from processes import ENVIRONMENT, PATIENCE_S

from juncture.saga.exceptions import BadParameter, Timeout
from juncture.saga.shell import budget as budget_module
from juncture.saga.shell.budget import Budget


def budget(tmp_path, **limits):
    return Budget("host", directory=str(tmp_path), **limits)


def test_connections_are_limited(tmp_path):
    slots = [budget(tmp_path, max_connections=2).take_connection() for _ in range(2)]
    told = []
    with pytest.raises(Timeout, match="2 connections to host"):
        budget(tmp_path, max_connections=2).take_connection(0.01, told.append)
    assert told == ["2 connections to host are open; waiting for one to end"]
    slots[0].release()
    slots[1].release()
    budget(tmp_path, max_connections=2).take_connection(PATIENCE_S).release()


def test_a_connection_that_ends_lets_the_next_begin(tmp_path):
    held = budget(tmp_path, max_connections=1).take_connection()
    told = threading.Event()
    taken = []

    def take():
        slot = budget(tmp_path, max_connections=1).take_connection(PATIENCE_S, lambda _: told.set())
        taken.append(slot)

    thread = threading.Thread(target=take)
    thread.start()
    assert told.wait(PATIENCE_S)
    assert not taken
    held.release()
    thread.join(PATIENCE_S)
    assert len(taken) == 1
    taken[0].release()


def test_an_interrupt_while_it_waits_takes_no_connection(tmp_path, monkeypatch):
    class Interrupted(budget_module.Flag):
        __slots__ = ()

        def wait(self, timeout=None):
            raise KeyboardInterrupt

    held = budget(tmp_path, max_connections=1).take_connection()
    others = {*threading.enumerate()}
    with monkeypatch.context() as patched:
        patched.setattr(budget_module, "Flag", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            budget(tmp_path, max_connections=1).take_connection(PATIENCE_S)
    (waiting,) = {each for each in threading.enumerate() if each.name == "juncture-slot"} - others
    held.release()
    waiting.join(PATIENCE_S)
    budget(tmp_path, max_connections=1).take_connection(0).release()


def test_a_killed_process_gives_its_connection_back(tmp_path):
    program = (
        "import sys; from juncture.saga.shell.budget import Budget;"
        "s = Budget('host', directory=sys.argv[1], max_connections=1).take_connection();"
        "print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    with child:
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(Timeout):
            budget(tmp_path, max_connections=1).take_connection(0)
        child.kill()
        child.wait()
    # The thread that waited above, and was given up, may hold it for a moment.
    budget(tmp_path, max_connections=1).take_connection(PATIENCE_S).release()


def test_hosts_do_not_share(tmp_path):
    first = Budget("a", directory=str(tmp_path), max_connections=1).take_connection(0)
    Budget("b/../../x", directory=str(tmp_path), max_connections=1).take_connection(0).release()
    first.release()
    assert sorted(os.listdir(tmp_path)) == ["a", "b_.._.._x"]


def test_without_a_limit_nothing_is_written(tmp_path):
    budget(tmp_path).take_command()
    assert not os.listdir(tmp_path)


def test_no_connection_at_all(tmp_path):
    with pytest.raises(BadParameter):
        budget(tmp_path, max_connections=0).take_connection()


class Clock:
    """A wall clock that only moves when somebody waits, or sets it."""

    def __init__(self, monkeypatch):
        self.now = 1e9
        self.waited = []
        monkeypatch.setattr(budget_module, "time", SimpleNamespace(time=lambda: self.now))
        monkeypatch.setattr(budget_module, "Flag", lambda: self)

    def wait(self, seconds):
        self.waited.append(seconds)
        self.now += seconds


def test_a_burst_is_free_and_then_commands_wait(tmp_path, monkeypatch):
    Clock(monkeypatch)
    told = []
    for _ in range(10):
        budget(tmp_path, commands_per_minute=6).take_command(told.append)
    assert told == []
    budget(tmp_path, commands_per_minute=6).take_command(told.append)
    (text,) = told
    assert text.startswith("the budget of host is used up; waiting")


def test_after_the_burst_commands_keep_to_the_limit(tmp_path, monkeypatch):
    clock = Clock(monkeypatch)
    start = clock.now
    for _ in range(40):
        budget(tmp_path, commands_per_minute=6).take_command()
    assert clock.now - start == pytest.approx(30 * 10)
    assert clock.waited == pytest.approx([10] * 30)


def test_a_clock_that_is_set_back_stops_nobody(tmp_path, monkeypatch):
    clock = Clock(monkeypatch)
    for _ in range(10):
        budget(tmp_path, commands_per_minute=6).take_command()
    clock.now -= 1e6
    clock.waited.clear()
    budget(tmp_path, commands_per_minute=6).take_command()
    assert clock.waited == pytest.approx([10])


def test_a_limit_that_allows_nothing_is_refused(tmp_path):
    for limit in (0, -1, float("nan")):
        with pytest.raises(BadParameter, match="commands a minute"):
            budget(tmp_path, commands_per_minute=limit).take_command()


def test_the_strictest_of_two_counts(tmp_path):
    many, few = budget(tmp_path), budget(tmp_path, max_connections=1, commands_per_minute=5)
    for one in (many.stricter(few), few.stricter(many)):
        assert (one.max_connections, one.commands_per_minute) == (1, 5)
        assert one._directory == str(tmp_path)


COMMANDS = (
    "import sys; from juncture.saga.shell.budget import Budget;"
    "b = Budget('host', directory=sys.argv[1], commands_per_minute=float(sys.argv[2]));"
    "n = int(sys.argv[3]);"
    "[b.take_command(lambda text: print(text, flush=True)) for _ in range(n)]"
)


def client(tmp_path, limit, number):
    return subprocess.Popen(
        [sys.executable, "-c", COMMANDS, tmp_path, str(limit), str(number)],
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
        text=True,
    )


def test_processes_share_the_commands_of_a_host(tmp_path):
    limit, seconds = 0.01, 6000
    clients = [client(tmp_path, limit, 5) for _ in range(2)]
    assert [one.communicate()[0] for one in clients] == ["", ""]
    due = float((tmp_path / "host" / "commands").read_text())
    assert due >= os.stat(tmp_path / "host").st_ctime + 10 * seconds - 0.01
    with client(tmp_path, limit, 1) as third:
        assert "is used up; waiting" in third.stdout.readline()
        third.kill()


def test_a_killed_process_that_waited_has_used_nothing(tmp_path):
    held = client(tmp_path, 0.001, 100)
    with held:
        assert "waiting" in held.stdout.readline()
        before = (tmp_path / "host" / "commands").read_text()
        held.kill()
    assert (tmp_path / "host" / "commands").read_text() == before
    budget(tmp_path, commands_per_minute=60_000).take_command()


def test_a_forked_process_does_not_keep_a_connection(tmp_path):
    slot = budget(tmp_path, max_connections=1).take_connection()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    try:
        slot.release()
        budget(tmp_path, max_connections=1).take_connection(0).release()
    finally:
        os.close(read)
        os.close(write)
        os.waitpid(child, 0)
