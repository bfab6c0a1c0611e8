"""Callbacks that do a list of steps: `[["log", 3], ["raise", "ValueError", "text"]]`.

Init data: `{"start": steps, "stop": steps, "cleanup": steps, "cancel": steps}`; run data:
`{"do": steps}`. The environment variable TESTBED_IMPORT holds steps for the import.
"""

import ctypes
import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import warnings

from juncture.runtime import (
    Adaptor,
    CommandAdaptor,
    LoggingSubprocess,
    ManagedProcess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
)

logger = logging.getLogger(__name__)
canceled = threading.Event()
children = []
kept = []


class Odd(Exception):  # noqa: N818
    """Cannot say what it is."""

    def __str__(self):
        raise RuntimeError("no text")


def log(count, text="line"):
    for number in range(count):
        logger.info("%s %d", text, number)


def say(text):
    print(text)


def say_part(text):
    print(text, end="")


def message(value):
    logger.info(value)


def odd_message():
    logger.info(Odd())


def fill(count, byte="x"):
    """Write one long line, without a newline until its end."""
    piece = byte * 1_000_000
    while count > 0:
        sys.stdout.write(piece[:count])
        count -= len(piece)
    sys.stdout.write("\n")


def write(text):
    os.write(1, text.encode("latin-1"))


def write_error(text):
    os.write(2, text.encode("latin-1"))


def warn(text):
    warnings.warn(text, stacklevel=1)


def fail(name, text=""):
    raise Odd if name == "Odd" else vars(sys.modules["builtins"])[name](text)


def raise_half():
    """Raise an error whose text UTF-8 cannot write."""
    raise ValueError("half \ud83c")


def status_half():
    Testbed.update_status(progress=True, status_message="half \ud83c")


def leave(code=None):
    sys.exit(code)


def die(code):
    os._exit(code)


def kill(name):
    os.kill(os.getpid(), getattr(signal, name))


def wait(path):
    """Wait until the test opens the other end of a FIFO."""
    with open(path, "rb") as fifo:
        fifo.read()


def wait_holding_gil(path):
    """The same in one C call that keeps the interpreter's lock."""
    libc = ctypes.PyDLL(None)
    fd = libc.open(path.encode(), os.O_RDONLY)
    libc.read(fd, ctypes.create_string_buffer(1), 1)
    os.close(fd)


def wait_cancel():
    canceled.wait()


def chatter():
    """Compute, log and report progress without a pause until canceled."""
    while not canceled.is_set():
        sum(range(10_000))
        Testbed.update_status(progress=50, status_message="chatter")


def hang():
    threading.Event().wait()


def cancel():
    canceled.set()


def system(command):
    os.system(command)  # noqa: S605


def child(*argv):
    children.append(LoggingSubprocess(args=argv))


def wait_child():
    status = children[-1].wait()
    logger.info("child ended %d", status)


def bad_callback(*argv):
    import re

    def callback(match):
        raise ValueError("callback failed")

    handler = RegexHandler([RegexCallback([re.compile("boom")], callback)])
    children.append(LoggingSubprocess(args=argv, stdout_handler=handler))


def fork_and_wait(path):
    """Leave a copy of this process that waits."""
    if os.fork() == 0:
        try:
            wait(path)
        finally:
            os._exit(0)


def terminate_worker():
    """End a forked worker in the way of `multiprocessing`: with SIGTERM."""
    worker = multiprocessing.get_context("fork").Process(target=hang)
    worker.start()
    worker.terminate()
    worker.join()
    logger.info("worker ended %d", worker.exitcode)


def take_signals():
    """Do what some applications do when they are loaded."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def own_signal(name):
    """Handle a signal that is none of ours, as timers and watchers of children do."""
    number = getattr(signal, name)
    signal.signal(number, lambda *_: logger.info("handled %s", name))
    os.kill(os.getpid(), number)


def die_of_broken_pipes():
    """Do what many a command line program does when it is imported."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def sleeper():
    """Start a child in the way of a library that knows nothing of us."""
    kept.append(subprocess.Popen(["sleep", "600"]))  # noqa: S607


def thread(path):
    threading.Thread(target=wait, args=(path,)).start()


def allocate(mebibytes):
    kept.append(b"\1" * (mebibytes << 20))


def status(progress=None, text=None):
    Testbed.update_status(progress=progress, status_message=text)


def close_stdout():
    sys.stdout.close()


def no_stdout():
    sys.stdout = None


def open_files(count):
    kept.extend(os.open("/dev/null", os.O_RDONLY) for _ in range(count))


def limit_files(count):
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def close_files():
    while kept:
        os.close(kept.pop())


def constant(name, value):
    module, _, attribute = name.rpartition(".")
    setattr(sys.modules[module], attribute, value)


STEPS = {
    "raise": fail,
    "exit": leave,
    **{
        function.__name__: function
        for function in (
            log, say, say_part, message, odd_message, fill, write, write_error, warn, die, kill,
            wait, wait_holding_gil, wait_cancel, chatter, hang, cancel, system, child,
            wait_child, bad_callback, fork_and_wait, terminate_worker, take_signals, thread,
            allocate, status, close_stdout, no_stdout, open_files, limit_files, close_files,
            constant, own_signal, die_of_broken_pipes, sleeper, raise_half, status_half,
        )
    },
}  # fmt: skip


def do(steps):
    for name, *args in steps:
        STEPS[name](*args)


do(json.loads(os.environ.get("TESTBED_IMPORT", "[]")))


class Testbed(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 4)

    def on_start(self):
        logger.info("on_start")
        do(self.init_data.get("start", []))

    def on_run(self, run_data):
        canceled.clear()
        logger.info("on_run")
        do(run_data.get("do", []))
        if "echo" in run_data:
            return repr(run_data["echo"])
        if "unserialisable" in run_data:
            return {"value": object()}
        return run_data.get("result")

    def on_stop(self):
        logger.info("on_stop")
        do(self.init_data.get("stop", []))

    def on_cleanup(self):
        logger.info("on_cleanup")
        do(self.init_data.get("cleanup", []))

    def on_cancel(self):
        logger.info("on_cancel")
        do(self.init_data.get("cancel", [["cancel"]]))


class Shell(ManagedProcess):
    def get_executable(self):
        return "/bin/sh"

    def get_arguments(self):
        return ["-c", self.run_data["script"]]


class Command(CommandAdaptor):
    integration_data_interface_version = SemanticVersion(1, 4)

    def get_managed_process(self, run_data):
        return Shell(run_data)

    def on_cancel(self):
        logger.info("on_cancel")


class Unfinished(Adaptor):
    """Does not define what it must."""
