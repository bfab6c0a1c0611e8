"""Ctrl-C in the middle of a command, and numbers of descriptors that are others' soon after."""

import itertools
import os
from contextlib import suppress

import pytest
from interrupting import interrupted
from processes import PATIENCE_S, ends

from juncture.saga.exceptions import NoSuccess
from juncture.saga.shell import _io, _life
from juncture.saga.shell._bulk import feed
from juncture.saga.shell._process import PipedProcess
from juncture.saga.shell.channel import Channel
from juncture.saga.shell.pending import Pending


def descriptors():
    return set(os.listdir("/proc/self/fd"))


@pytest.fixture
def channel():
    with Channel.local() as opened:
        yield opened


def test_an_interrupt_anywhere_gives_no_command_the_output_of_another():
    for step in itertools.count():
        with Channel.local() as channel:
            was_interrupted = interrupted(lambda: channel.start("echo first"), step)
            try:
                assert channel.run("echo second", timeout=PATIENCE_S).stdout == b"second\n"
            except NoSuccess:  # nobody could know how much was sent
                assert not channel.alive
        if not was_interrupted:
            break
    assert step > 10


def test_an_interrupt_anywhere_leaves_the_end_of_a_command_known():
    for step in itertools.count():
        pending = Pending("cmd")
        pending.end_output(0)
        pending.end_errors()
        if not interrupted(lambda: pending.result(0), step):  # noqa: B023 - it is called at once
            break
        assert pending.is_done
        assert pending.wait(0)
    assert step > 2


def test_a_channel_that_was_not_opened_leaves_nothing(channel, monkeypatch):
    def interrupt(_self):
        raise KeyboardInterrupt

    channel.run("true")  # the I/O thread has what it needs
    before = descriptors()
    started = []

    def start():
        started.append(PipedProcess(("/bin/sh", "-c", "cat >/dev/null")))
        return started[0]

    monkeypatch.setattr(_life.Shell, "wait_ready", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Channel(start, "h").reconnect()
    assert not descriptors() - before
    assert ends(started[0].pid)


def test_nothing_is_written_to_the_file_that_has_a_closed_pipes_number(
    channel, tmp_path, monkeypatch
):
    number, close = channel._shell._process.stdin, os.close
    other = os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT)

    def reuse(fd):
        close(fd)
        if fd == number:
            os.dup2(other, number)
            with suppress(NoSuccess):
                channel.send("echo for the shell")

    monkeypatch.setattr(os, "close", reuse)
    channel.close()
    monkeypatch.undo()
    close(number)
    close(other)
    assert (tmp_path / "other").read_bytes() == b""


def test_a_pause_that_comes_too_late_stops_nobody_elses_output(channel):
    shell, reactor = channel._shell, _io.reactor()
    number = shell._process.stdout
    channel.close()
    ready, writer = os.pipe()
    os.dup2(ready, number)
    heard = []
    reactor.do(lambda: reactor.watch(number, _io.READ, lambda: heard.append(os.read(number, 9))))
    shell.pause(True)
    os.write(writer, b"x")
    reactor.do(lambda: None)
    reactor.do(lambda: None)
    reactor.do(lambda: reactor.unwatch(number))
    for fd in (ready, writer, number):
        os.close(fd)
    assert heard == [b"x"]


def test_an_interrupt_at_the_end_of_input_closes_no_descriptor_twice(monkeypatch):
    process = PipedProcess(("/bin/sh",))
    number, close = process.stdin, os.close

    def interrupt(fd):
        close(fd)  # a second time it may be somebody else's; here it is nobody's: an OSError
        if fd == number:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "close", interrupt)
    with pytest.raises(KeyboardInterrupt):
        feed(process, "h", "cat >/dev/null", b"data")
