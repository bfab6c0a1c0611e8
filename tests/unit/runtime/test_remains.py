"""What is killed has ended when that is said, also where a process takes its time to end."""

import contextlib
import os
import select
import signal
import subprocess
import sys

import pytest
from processes import ends

from juncture.runtime import remains
from juncture.runtime._birth import birth

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

LEADER = "(trap '' TERM; exec sh -c 'echo $$; exec sleep 1000') & read line"


@pytest.fixture
def slow(monkeypatch):
    """Have what is killed end only when somebody waits for an end, as on a busy host."""
    kill, poll, killed = os.kill, select.poll, []

    def kill_later(pid, number):
        killed.append(pid) if number == signal.SIGKILL else kill(pid, number)

    class Poll:
        def __init__(self):
            self._poll = poll()
            self.register, self.unregister = self._poll.register, self._poll.unregister

        def poll(self, timeout_ms):
            while killed:
                kill(killed.pop(), signal.SIGKILL)
            return self._poll.poll(timeout_ms)

    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", kill_later)
        patch.setattr(select, "poll", Poll)
        yield patch


@pytest.fixture
def session():
    """Return the leader of a session, what tells it from others, and another process in it."""
    with subprocess.Popen(
        ["/bin/sh", "-c", LEADER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as leader:
        member = int(leader.stdout.readline())
        yield leader, birth(leader.pid), member
        leader.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def test_session_that_was_ended_has_ended(session, slow):
    leader, _, member = session
    remains.end_session(leader.pid)
    slow.undo()
    assert ends(leader.pid, 0)
    assert ends(member, 0)


def test_what_was_swept_has_ended(session, slow):
    leader, born, member = session
    leader.stdin.close()
    leader.wait()
    assert remains.sweep({"pid": str(leader.pid), "birth": born}) == 1
    slow.undo()
    assert ends(member, 0)


@pytest.mark.parametrize("grace_s", [0, 0.01])
def test_children_that_were_ended_have_ended(session, slow, grace_s):
    leader, _, member = session
    getsid = os.getsid
    slow.setattr(os, "getpid", lambda: leader.pid)  # as if this were the leader
    slow.setattr(os, "getsid", lambda pid: getsid(pid or leader.pid))
    assert remains.end_children(grace_s) == 1
    slow.undo()
    assert ends(member, 0)
    assert leader.poll() is None
