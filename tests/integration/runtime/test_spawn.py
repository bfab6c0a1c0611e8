import itertools
import os
import signal
import subprocess
import sys
import threading

import pytest
from interrupting import interrupted
from processes import ENVIRONMENT, PATIENCE_S, ends

from juncture.runtime import _spawn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(autouse=True)
def _no_child_left():
    yield
    _spawn.terminate_all()


def close(child):
    for stream in child.streams:
        stream.close()


def first_line(child):
    """Read what a child says first; it says it in one write."""
    return os.read(child.streams[1].fileno(), 4096).decode().strip()


def python(code):
    """Start an interpreter that can import what is tested."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
        text=True,
    )


def test_child_leads_a_group_in_our_session():
    child = _spawn.spawn(["cat"])
    assert os.getpgid(child.pid) == child.pid
    assert os.getsid(child.pid) == os.getsid(0)
    close(child)
    assert child.wait(PATIENCE_S)
    assert child.returncode == 0


@pytest.mark.parametrize(("script", "status"), [("exit 42", 42), ("kill -SEGV $$", -11)])
def test_status_is_known_and_no_zombie_stays_though_nobody_waits(script, status):
    ended = threading.Event()
    child = _spawn.spawn(["sh", "-c", script])
    child.call_on_end(ended.set)
    assert ended.wait(PATIENCE_S)
    assert child.returncode == status
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
    again = threading.Event()
    child.call_on_end(again.set)
    assert again.is_set()
    close(child)


def test_child_is_reaped_where_there_is_no_pidfd(monkeypatch):
    def refuse(pid):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    child = _spawn.spawn(["sh", "-c", "read line; exit 3"])
    assert child.returncode is None
    assert child in _spawn.live_children()
    close(child)
    assert child.wait(PATIENCE_S)
    assert child.returncode == 3
    assert child not in _spawn.live_children()


def test_child_that_nobody_can_watch_is_an_error_and_others_still_start(monkeypatch):
    class NoThread(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    others = {*_spawn.live_children()}
    with monkeypatch.context() as patch:
        patch.setattr(_spawn._group, "open_pidfd", lambda pid: None)
        patch.setattr(threading, "Thread", NoThread)
        with pytest.raises(RuntimeError, match="new thread"):
            _spawn.spawn(["cat"])
    assert {*_spawn.live_children()} <= others
    child = _spawn.spawn(["true"])
    close(child)
    assert child.wait(PATIENCE_S)


def test_error_of_starting_is_raised_in_the_caller_and_others_still_start():
    with pytest.raises(FileNotFoundError):
        _spawn.spawn(["/no/such/program"])
    child = _spawn.spawn(["true"])
    close(child)
    assert child.wait(PATIENCE_S)


def test_child_outlives_the_thread_that_asked_for_it():
    children = []
    thread = threading.Thread(target=lambda: children.append(_spawn.spawn(["cat"])))
    thread.start()
    thread.join()
    [child] = children
    child.streams[0].write(b"still here")
    assert first_line(child) == "still here"
    close(child)


def test_child_starts_with_no_signal_blocked():
    script = python(
        "import os, signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
        "from juncture.runtime import _spawn\n"
        "child = _spawn.spawn(['grep', 'SigBlk', '/proc/self/status'])\n"
        "print(os.read(child.streams[1].fileno(), 4096).decode())\n"
        "child.wait()\n"
    )
    output, _ = script.communicate(timeout=60)
    assert script.returncode == 0
    assert int(output.split()[1], 16) == 0


def test_child_dies_with_a_killed_parent():
    parent = python(
        "from juncture.runtime import _spawn\n"
        "print(_spawn.spawn(['sleep', '1000']).pid, flush=True)\n"
        "input()\n"
    )
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    assert ends(pid)


def test_child_and_grandchild_end_when_the_parent_exits():
    parent = python(
        "import os\n"
        "from juncture.runtime import _spawn\n"
        "child = _spawn.spawn(['sh', '-c', 'sleep 1000 & echo $$ $!; wait'])\n"
        "print(os.read(child.streams[1].fileno(), 4096).decode(), flush=True)\n"
    )
    output, _ = parent.communicate(timeout=60)
    assert parent.returncode == 0
    assert all(ends(int(pid)) for pid in output.split())


def test_forked_process_makes_its_own_children():
    script = python(
        "import os\n"
        "from juncture.runtime import _spawn\n"
        "def say(word):\n"
        "    child = _spawn.spawn(['echo', word])\n"
        "    assert child.wait() and child.returncode == 0\n"
        "    print(os.read(child.streams[1].fileno(), 4096).decode(), end='', flush=True)\n"
        "say('parent')\n"
        "import warnings; warnings.simplefilter('ignore')\n"
        "pid = os.fork()\n"
        "if not pid: assert _spawn.live_children() == (); say('forked'); os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
        "say('parent again')\n"
    )
    output, _ = script.communicate(timeout=60)
    assert output.splitlines() == ["parent", "forked", "parent again"]


def test_child_of_an_interrupted_caller_is_killed():
    class InterruptError(Exception):
        pass

    def interrupt(signum, frame):
        raise InterruptError

    def hold():
        while spawner._requests.empty():  # until the caller has asked
            pass
        signal.pthread_kill(caller, signal.SIGUSR1)
        go.wait()

    caller, spawner = threading.get_ident(), _spawn._spawner()
    before = set(spawner.children)
    go, done = threading.Event(), threading.Event()
    handler = signal.signal(signal.SIGUSR1, interrupt)
    try:
        spawner.call(hold)
        with pytest.raises(InterruptError):
            _spawn.spawn(["sleep", "1000"])
    finally:
        signal.signal(signal.SIGUSR1, handler)
    made = []
    spawner.call(lambda: made.extend(spawner.children - before))
    spawner.call(done.set)
    go.set()
    assert done.wait(PATIENCE_S)
    [child] = made
    assert child.wait(PATIENCE_S)
    assert child.returncode == -signal.SIGKILL


def spawn_interrupted(step):
    """Interrupt a caller at a place; return whether it came as far as that."""
    spawner = _spawn._spawner()
    before, held, done = {*spawner.children}, [], threading.Event()
    came = interrupted(lambda: held.append(_spawn.spawn(["sleep", "1000"])), step)
    spawner.call(done.set)
    assert done.wait(PATIENCE_S), step
    for child in {*spawner.children} - before - {*held}:
        assert child.wait(PATIENCE_S), step
    for child in held:
        child.signal_group(signal.SIGKILL)
        assert child.wait(PATIENCE_S)
        close(child)
    return came


def test_caller_may_be_interrupted_anywhere():
    steps = itertools.takewhile(spawn_interrupted, itertools.count())
    assert len([*steps]) > 10


@pytest.mark.parametrize("grace_time_s", [0, 30])
def test_terminate_all_ends_children_and_grandchildren(grace_time_s):
    children = [_spawn.spawn(["sh", "-c", "sleep 1000 & echo $!; wait"]) for _ in range(3)]
    pids = [int(first_line(child)) for child in children]
    assert set(children) <= set(_spawn.live_children())
    _spawn.terminate_all(grace_time_s)
    assert [child.returncode for child in children] == [-9 if grace_time_s == 0 else -15] * 3
    assert all(ends(pid) for pid in pids)
    for child in children:
        close(child)


def test_terminate_all_kills_what_ignores_it():
    child = _spawn.spawn(["sh", "-c", "trap '' TERM; echo ready; read line"])
    assert first_line(child) == "ready"
    _spawn.terminate_all(0.05)
    assert child.returncode == -signal.SIGKILL
    close(child)


def test_terminate_all_ends_what_an_ended_child_left_behind():
    child = _spawn.spawn(["sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"])
    pid = int(first_line(child))
    assert child.wait(PATIENCE_S)
    assert child in _spawn.live_children()
    _spawn.terminate_all()
    assert ends(pid)
    close(child)


def test_signal_to_a_group_that_is_gone_is_nothing():
    child = _spawn.spawn(["true"])
    assert child.wait(PATIENCE_S)
    assert not child.group_exists()
    child.signal_group(signal.SIGKILL)
    close(child)


def test_signal_never_reaches_a_stranger_with_the_same_number():
    """Give a child's number to somebody else, as the kernel may once the group is gone."""
    stranger = subprocess.Popen(["/bin/sleep", "1000"], process_group=0)
    child = _spawn.spawn(["true"])
    assert child.wait(PATIENCE_S)
    close(child)
    child._process.pid = stranger.pid
    child.signal_group(signal.SIGKILL)
    stranger.terminate()
    assert stranger.wait() == -signal.SIGTERM  # SIGKILL would have come first


def test_many_callers_at_once():
    children = []

    def ask():
        children.append(_spawn.spawn(["true"]))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({child.pid for child in children}) == 20
    assert all(child.wait(PATIENCE_S) and child.returncode == 0 for child in children)
    for child in children:
        close(child)
