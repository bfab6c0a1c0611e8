"""The worker's reports to the loop, with the switch of threads where a test wants it."""

import sys
from collections import deque
from types import SimpleNamespace

from juncture.runtime.daemon_worker import Worker


class Loop:
    """Keeps the calls until the test makes them."""

    def __init__(self):
        self._calls = deque()

    def call_soon(self, call, *args):
        self._calls.append((call, args))

    def turn(self):
        while self._calls:
            call, args = self._calls.popleft()
            call(*args)


def a_worker(loop):
    handler = SimpleNamespace(sink=None)
    return Worker(name="Test", load=None, loop=loop, spool=None, handler=handler, remove_files=None)


def test_progress_is_told_wherever_the_loop_gets_its_turn():
    loop, told = Loop(), []
    worker = a_worker(loop)
    worker.on_progress = lambda percent, _: told.append(percent)
    report = worker._report_progress

    def trace(frame, event, _):
        """Let the loop have its turn before one line of the report."""
        if frame.f_code is not report.__func__.__code__:
            return None
        if event == "line":
            lines.append(frame.f_lineno)
            if len(lines) == switch_at:
                loop.turn()
        return trace

    switch_at, lines = 0, [0]
    while switch_at <= len(lines):
        switch_at, lines = switch_at + 1, []
        report(1.0, None)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            report(2.0, None)
        finally:
            sys.settrace(before)
        loop.turn()
        assert told[-1] == 2.0
        report(3.0, None)
        loop.turn()
        assert told[-1] == 3.0
    assert switch_at > 2


def test_reports_that_nobody_heard_yet_are_replaced():
    loop, told = Loop(), []
    worker = a_worker(loop)
    worker.on_progress = lambda *report: told.append(report)
    for percent in range(1000):
        worker._report_progress(percent, "m")
    loop.turn()
    assert told == [(999, "m")]
