"""The I/O thread calls the function of a descriptor, and of no other that had its number."""

import os
import threading

from processes import PATIENCE_S

from juncture.saga.shell import _io


def test_what_was_ready_is_nobody_elses_who_has_its_number_now():
    reactor = _io.Reactor()
    reactor.start()
    held, go_on, wrong = threading.Event(), threading.Event(), []
    busy, busy_writer = os.pipe()
    ready, ready_writer = os.pipe()
    other, other_writer = os.pipe()

    def hold():
        os.read(busy, 1)
        held.set()
        go_on.wait(PATIENCE_S)

    def exchange():
        reactor.unwatch(ready)
        os.dup2(other, ready)
        reactor.watch(ready, _io.READ, lambda: wrong.append("called, and there is nothing"))

    reactor.do(lambda: reactor.watch(busy, _io.READ, hold))
    reactor.do(lambda: reactor.watch(ready, _io.READ, lambda: None))
    os.write(busy_writer, b"x")
    assert held.wait(PATIENCE_S)
    # Of what is ready now, the request comes first.
    os.write(ready_writer, b"x")
    reactor.call(exchange)
    go_on.set()
    reactor.do(lambda: None)
    reactor.do(lambda: reactor.unwatch(ready))
    assert not wrong
    reactor.do(lambda: reactor.unwatch(busy))
    for fd in (busy, busy_writer, ready, ready_writer, other, other_writer):
        os.close(fd)
