"""Ctrl-C is an exception anywhere in Python code, also where a lock has just been taken."""

import sys

import pytest

from juncture.saga.adaptors.shell_job.notifier import Notifier
from juncture.saga.shell.pending import Stream
from juncture.saga.storage.pipe import Pipe, Stop
from juncture.saga.storage.transfer import Transfer


def doors():
    """Return calls that take a lock, each with the condition that it belongs to."""
    pipe, stream, notifier = Pipe(9, Stop()), Stream(lambda _: None), Notifier()
    transfer = Transfer([])
    return {
        "pipe": (pipe._change, lambda: pipe.put(b"x", 1)),
        "stream": (stream._changed, lambda: stream.take(b"x")),
        "notifier": (notifier._changed, lambda: notifier.regularly(Thing())),
        "transfer": (transfer._news, transfer._wake),
    }


class Thing:
    """Something to look at."""

    def look(self):
        return False


@pytest.mark.parametrize("name", ["pipe", "stream", "notifier", "transfer"])
def test_an_interrupt_at_the_door_leaves_it_unlocked(name):
    condition, call = doors()[name]

    def interrupt(frame, event, _):
        if event == "c_return" and frame.f_code.co_name == "__enter__":
            raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(interrupt)
    try:
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.setprofile(before)
    lock = condition._lock
    assert not (lock._is_owned() if hasattr(lock, "_is_owned") else lock.locked())
