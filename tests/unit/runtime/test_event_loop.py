import os
import signal
import threading
import time

import pytest
from processes import run_alone

from juncture.runtime import event_loop
from juncture.runtime.event_loop import READ, WRITE, EventLoop


@pytest.fixture
def loop():
    made = EventLoop()
    yield made
    made._selector.close()
    os.close(made._wake_read)
    os.close(made.wake_fd)


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for fd in ends:
        os.close(fd)


def test_calls_are_made_in_their_order_in_the_thread_of_the_loop(loop):
    seen = []

    def note(number):
        seen.append((number, threading.current_thread()))

    def call():
        for number in range(1000):
            loop.call_soon(note, number)
        loop.call_soon(loop.stop)

    thread = threading.Thread(target=call)
    thread.start()
    loop.run()
    thread.join()
    assert seen == [(number, threading.current_thread()) for number in range(1000)]


def test_calls_from_many_threads_are_all_made(loop):
    left = [8 * 5000]

    def count():
        left[0] -= 1
        if not left[0]:
            loop.stop()

    def call():
        for _ in range(5000):  # more than the pipe holds
            loop.call_soon(count)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    loop.run()
    for thread in threads:
        thread.join()
    assert left == [0]


def test_timers_are_due_in_their_order_and_can_be_taken_back(loop, monkeypatch):
    seen, now = [], time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr(event_loop.time, "monotonic", lambda: now)
        loop.call_later(0.03, lambda: (seen.append("late"), loop.stop(), loop.call_soon(int)))
        loop.call_later(0.01, lambda: seen.append("soon"))
        loop.call_later(0, lambda: seen.append("now"))
        loop.call_later(0.02, lambda: seen.append("never")).cancel()
    loop.run()
    assert seen == ["now", "soon", "late"]


def test_timers_that_were_taken_back_are_forgotten(loop):
    for _ in range(10_000):
        loop.call_later(1000, int).cancel()
    loop.call_soon(loop.stop)
    loop.run()
    assert loop._timers == []


def test_descriptor_is_watched_until_it_is_forgotten(loop, pipe):
    reader, writer = pipe
    seen = []

    def ready(events):
        seen.append((events, os.read(reader, 100)))
        loop.forget(reader)
        loop.forget(reader)
        loop.call_soon(os.write, writer, b"two")
        loop.call_soon(loop.call_soon, loop.stop)

    loop.watch(reader, READ, ready)
    os.write(writer, b"one")
    loop.run()
    assert seen == [(READ, b"one")]


def test_later_watch_replaces_an_earlier(loop, pipe):
    _reader, writer = pipe
    seen = []
    loop.watch(writer, READ, lambda _: seen.append("first"))
    loop.watch(writer, WRITE, lambda _: (seen.append("second"), loop.stop()))
    loop.run()
    assert seen == ["second"]


def test_signal_wakes_the_loop_with_its_number(loop):
    def heard(number):
        seen.append(number)
        loop.stop()

    seen = []
    loop.on_signal = heard
    handler = signal.signal(signal.SIGUSR1, lambda *_: None)
    before = signal.set_wakeup_fd(loop.wake_fd)
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        loop.run()
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGUSR1, handler)
    assert seen == [signal.SIGUSR1]


NOTHING_LEFT = """
import os
from processes import open_files
from juncture.runtime.event_loop import READ, EventLoop

loop, pipe = EventLoop(), os.pipe()
before = open_files()
loop.watch(pipe[0], READ, int)
loop.forget(pipe[0])
loop.call_soon(loop.stop)
loop.run()
assert open_files() == before
"""


def test_nothing_is_left_open():
    run_alone(NOTHING_LEFT)


def test_calls_that_beget_calls_starve_no_timer(loop):
    def again():
        loop.call_soon(again)

    loop.call_soon(again)
    loop.call_later(0.01, loop.stop)
    loop.run()


def test_descriptor_that_is_forgotten_in_a_round_is_not_called_in_it(loop):
    pipes, seen = [os.pipe() for _ in range(2)], []

    def ready(reader):
        seen.append(reader)
        for other, _ in pipes:
            loop.forget(other)
        loop.call_soon(loop.stop)

    for reader, writer in pipes:
        os.write(writer, b"x")
        loop.watch(reader, READ, lambda _, reader=reader: ready(reader))
    loop.run()
    assert len(seen) == 1
    for fd in (fd for pipe in pipes for fd in pipe):
        os.close(fd)
