import contextlib
import logging
import os
import sys
import threading

import pytest

from juncture.runtime import logs
from juncture.runtime.log_levels import STDOUT
from juncture.runtime.logs import LogHandler, Sink, open_stream


class Output:
    """A file in place of descriptor 1."""

    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)

    def text(self):
        return self.path.read_bytes().decode("utf-8", "surrogateescape")


@pytest.fixture
def output(tmp_path):
    made = Output(tmp_path / "log")
    yield made
    os.close(made.fd)


@contextlib.contextmanager
def installed(output):
    """Install the log of an adaptor, onto a file, and take it back.

    In the body of a test: pytest has its own `sys.stdout` in fixtures.
    """
    root = logging.getLogger()
    handlers, level, logger_class = root.handlers[:], root.level, logging.getLoggerClass()
    ours = sys.stdout, sys.stderr
    plain = [x for x in logging.Logger.manager.loggerDict.values() if type(x) is logging.Logger]
    silent = [x for x in plain if not x.disabled and not x.name.startswith("test.logs")]
    for logger in silent:  # of other tests, whose threads may not have ended
        logger.disabled = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "Sink", lambda: Sink(output.fd))
        handler = logs.install("INFO", own_stderr=True)
    streams = sys.stdout, sys.stderr
    try:
        yield logging.getLogger(f"test.logs.{id(output)}")
    finally:
        sys.stdout, sys.stderr = ours
        for stream in streams:
            stream.detach().detach()
        logging.setLoggerClass(logger_class)
        for logger in silent:
            logger.disabled = False
        for logger in plain:
            logger.__class__ = logging.Logger
        root.handlers[:] = handlers
        root.setLevel(level)
        handler.close()


class Odd:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def test_record_is_a_line_with_its_level(output):
    with installed(output) as log:
        log.info("text")
        log.warning("%s %d", "with", 2)
        log.error("%(a)s", {"a": 1})
        log.info({"a": 1})
        log.error(ValueError("bad"))
        log.info("100%")
        log.debug("not shown")
        assert output.text() == (
            "INFO: text\nWARNING: with 2\nERROR: 1\nINFO: {'a': 1}\nERROR: bad\nINFO: 100%\n"
        )


def test_openjd_messages_are_raw(output):
    with installed(output) as log:
        log.info("openjd_progress: 50.0")
        log.error("openjd_fail: bad")
        log.info("openjd_ x")
        log.info(" openjd_status: x")
        assert output.text() == (
            "openjd_progress: 50.0\nopenjd_fail: bad\nINFO: openjd_ x\nINFO:  openjd_status: x\n"
        )


def test_prints_and_records_stand_in_order(output):
    with installed(output) as log:
        print("one")
        log.info("two")
        print("half", end=" ")
        log.info("three")
        sys.stderr.write("four\n")
        text = output.text()
        assert text == "one\nINFO: two\nhalf INFO: three\nfour\n"


def test_text_that_utf8_cannot_hold_is_escaped(output):
    with installed(output) as log:
        log.info("half \ud83c")
        print("half \ud83c")
        assert output.text() == "INFO: half \\ud83c\nhalf \\ud83c\n"


def test_message_that_cannot_be_formatted_fails_nobody(output):
    with installed(output) as log:
        log.info(Odd())
        log.info("%s", Odd())
        log.info("%d", "x")
        log.info("no place", 1)  # noqa: PLE1205
        log.info("after")
        assert output.text().endswith("INFO: after\n")
        assert output.text().count("--- Logging error ---") == 4


def test_traceback_is_in_the_log(output):
    with installed(output) as log:
        try:
            raise ValueError("bad")  # noqa: TRY301
        except ValueError:
            log.exception("it failed")
        assert output.text().startswith("ERROR: it failed\nTraceback (most recent call last):\n")
        assert output.text().endswith("ValueError: bad\n")


def test_other_handlers_and_filters_still_see_records(output):
    with installed(output) as log:
        seen = []

        class Other(logging.Handler):
            def emit(self, record):
                seen.append((record.getMessage(), record.lineno > 0))

        other = Other()
        log.addHandler(other)
        try:
            log.info("for %s", "both")
        finally:
            log.removeHandler(other)
        log.addFilter(lambda record: "secret" not in record.getMessage())
        log.info("secret")
        log.info("plain")
        log.filters.clear()
        assert seen == [("for both", True)]
        assert output.text() == "INFO: for both\nINFO: plain\n"


def test_lines_of_a_child_are_written_at_once(output):
    with installed(output):
        handler = logging.getLogger().handlers[0]
        handler.write_lines(STDOUT, ["a", "openjd_status: b", "", "c"])
        assert output.text() == "STDOUT: a\nopenjd_status: b\nSTDOUT: \nSTDOUT: c\n"


def test_lines_of_many_threads_stay_whole(output):
    with installed(output) as log:

        def talk(number):
            for _ in range(500):
                log.info("%s", str(number) * 50)

        threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lines = output.text().splitlines()
        assert len(lines) == 4000
        assert all(len(set(line.removeprefix("INFO: "))) == 1 for line in lines)


def test_what_cannot_be_written_is_counted():
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        sink = Sink(fd)
        stream = open_stream(sink)
        handler = LogHandler(sink, stream)
        handler.handle(logging.makeLogRecord({"msg": "12345", "levelname": "INFO", "levelno": 20}))
        assert sink.lost_bytes == len("INFO: 12345\n")
        stream.write("123\n")
        assert sink.lost_bytes == len("INFO: 12345\n123\n")
        stream.detach().detach()
    finally:
        os.close(fd)


def test_descriptor_that_does_not_block_gets_everything():
    read, write = os.pipe()
    os.set_blocking(write, False)
    size = 5_000_000
    writer = threading.Thread(target=Sink(write).write, args=(b"x" * size,))
    writer.start()
    got = 0
    while got < size:
        got += len(os.read(read, 65536))
    writer.join()
    os.close(read)
    os.close(write)
    assert got == size
