"""Ctrl-C is an exception anywhere in Python code, also where a lock has just been taken."""

import itertools
import sys
import threading

import pytest
from interrupting import interrupted
from processes import PATIENCE_S

from juncture._util.flag import Flag
from juncture.saga.adaptors.shell_job.notifier import Notifier
from juncture.saga.async_pool import Pool
from juncture.saga.shell.pending import Stream
from juncture.saga.storage.pipe import Pipe, Stop
from juncture.saga.storage.transfer import Transfer


def doors():
    """Return calls that take a lock, each with the condition that it belongs to."""
    pipe, stream, notifier = Pipe(9, Stop()), Stream(lambda _: None), Notifier()
    transfer, pool = Transfer([]), Pool()
    return {
        "pipe": (pipe._change, lambda: pipe.put(b"x", 1)),
        "stream": (stream._changed, lambda: stream.take(b"x")),
        "notifier": (notifier._changed, lambda: notifier.regularly(Thing())),
        "transfer": (transfer._news, transfer._wake),
        "pool": (pool._changed, lambda: pool.submit(lambda: None)),
    }


NAMES = ["pipe", "stream", "notifier", "transfer", "pool"]


class Thing:
    """Something to look at."""

    def look(self):
        return False


@pytest.mark.parametrize("name", NAMES)
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
    if hasattr(lock, "_is_owned"):
        assert not lock._is_owned()
    else:  # a thread that the call has started may hold it for a moment
        assert lock.acquire(timeout=PATIENCE_S)
        lock.release()


@pytest.mark.parametrize("name", ["wait", "set"])
def test_an_interrupt_anywhere_leaves_a_flag_usable(name):
    for step in itertools.count():
        flag = Flag()
        if not interrupted({"wait": lambda: flag.wait(0), "set": flag.set}[name], step):  # noqa: B023
            break
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(flag.wait(PATIENCE_S)), daemon=True)  # noqa: B023
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        flag.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert found == [True, True]
        flag.clear()
        assert not flag.wait(0)
    assert step > 0
