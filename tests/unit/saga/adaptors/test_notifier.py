"""The threads that tell people what has become of jobs."""

import threading

import pytest
from processes import PATIENCE_S

from juncture.saga.adaptors.shell_job import notifier as module
from juncture.saga.adaptors.shell_job.notifier import Notifier


@pytest.fixture
def notifier(monkeypatch):
    monkeypatch.setattr(module, "_IDLE_S", 0.01)
    return Notifier()


class Looks:
    """Somebody who wants to be called a number of times."""

    def __init__(self, number):
        self._left = number
        self.seen = threading.Event()

    def look(self):
        self._left -= 1
        if not self._left:
            self.seen.set()
        return bool(self._left)


def wait_for_the_end_of(thread):
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_whoever_wants_to_be_called_is_though_nothing_is_told(notifier):
    looks = Looks(3)
    notifier.regularly(looks)
    assert looks.seen.wait(PATIENCE_S)


def test_a_thread_that_could_not_be_started_is_tried_again(notifier, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    looks = Looks(2)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            notifier.regularly(looks)
    notifier.regularly(looks)
    assert looks.seen.wait(20)


def test_whoever_wants_to_be_called_is_though_the_threads_have_ended(notifier):
    threads = []
    told = threading.Event()

    def tell():
        threads.append(threading.current_thread())
        told.set()

    notifier.put(tell)
    assert told.wait(PATIENCE_S)
    wait_for_the_end_of(threads[0])
    looks = Looks(2)
    notifier.regularly(looks)
    assert looks.seen.wait(PATIENCE_S)
