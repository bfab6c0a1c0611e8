"""The process that `daemon start` makes: it sets the stage, and the main thread then works.

Descriptors 1 and 2 are the spool from the first instruction on, so an import that fails is in the
log. What to start comes over a socket from the command, never on a command line.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import socket
import sys
import threading
import traceback

from juncture._util import private
from juncture.errors import JunctureError
from juncture.runtime import connection_file, logs, remains, spool, transport
from juncture.runtime import outcome as outcomes
from juncture.runtime._birth import birth
from juncture.runtime._taken_signals import TakenSignals
from juncture.runtime.daemon import Daemon, Options
from juncture.runtime.daemon_requests import Requests
from juncture.runtime.daemon_worker import Worker
from juncture.runtime.event_loop import EventLoop
from juncture.runtime.outcome import Outcome
from juncture.runtime.spool import Spool
from juncture.runtime.transport import Listener
from juncture_client import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor

SWITCH_INTERVAL_S = 0.0005
"""How long a busy callback may keep the interpreter from the loop's thread; Python's own default of
5 ms for each of the loop's system calls adds up to seconds until a command is answered."""

EXIT_GRACE_S = 10.0
"""How long threads that the adaptor left behind may keep a daemon from exiting."""

_OUR_BUG = 70  # EX_SOFTWARE, sysexits.h


def serve(
    *,
    name: str,
    bootstrap_fd: int,
    load: Callable[[str, str], BaseAdaptor[Any]],
    on_listening: Callable[[], None],
) -> int:
    """Be a daemon until it ends; return the exit status of the process.

    Args:
        name: Class name of the adaptor.
        bootstrap_fd: Socket to the command that waits for the start.
        load: Makes the adaptor from init data and path mapping rules, both as text.
        on_listening: Called when commands can connect.
    """
    handler = logs.install("INFO", own_stderr=True)
    faulthandler.enable()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    starter = socket.socket(fileno=bootstrap_fd)
    starter.set_inheritable(False)
    request = _receive_request(starter)
    log = Spool(request["log"], os.dup(1))
    token = private.random_name() + private.random_name()
    loop = EventLoop()
    TakenSignals(loop.wake_fd).take()  # from here on there are files that must not be left behind
    try:
        listener = _publish(request, log, token, name)
    except JunctureError as error:
        outcome = Outcome(outcomes.BAD_INPUT, str(error), hint=error.hint)
        starter.sendall(protocol.encode("outcome", **outcomes.fields_of(outcome)))
        spool.remove(log.path)
        return outcome.exit_status

    def remove_files() -> None:
        connection_file.remove(request["connection_file"], token)
        listener.close()
        remains.remove_private(listener.directory)
        spool.remove(log.path)

    worker = Worker(
        name=name,
        load=lambda: load(request["init_data"], request["path_mapping_rules"]),
        loop=loop,
        spool=log,
        handler=handler,
        remove_files=remove_files,
    )
    stage = _Stage(loop, worker, listener)
    options = Options(
        idle_timeout_s=request["idle_timeout"],
        owner_pid=request["owner_pid"],
        grace_s=request["grace"],
    )
    daemon = Daemon(loop=loop, spool=log, worker=worker, options=options, end=stage.end)
    daemon.on_request = Requests(daemon, log, name=name, token=token).answer
    stage.daemon = daemon
    worker.on_ended = daemon.task_ended
    worker.on_progress = daemon.progress
    loop.on_signal = daemon.got_signal
    starter.setblocking(False)
    daemon.listen(listener)  # before the loop runs: a signal may be waiting there already
    daemon.begin(starter)
    return stage.play(on_listening)


class _Stage:
    """The two threads: the loop's, and the main thread, which works until the daemon ends."""

    def __init__(self, loop: EventLoop, worker: Worker, listener: Listener) -> None:
        self.daemon: Daemon | None = None
        self._listener = listener
        self._loop = loop
        self._worker = worker
        self._exit_status = _OUR_BUG

    def play(self, on_listening: Callable[[], None]) -> int:
        """Run both and return the exit status."""
        signals = TakenSignals(self._loop.wake_fd, in_child=self._forked)
        signals.keep_from_children()
        self._worker.take_signals = signals.take
        threading.Thread(target=self._run_loop, name="juncture-loop", daemon=True).start()
        on_listening()
        self._worker.work()
        _exit_soon(self._exit_status)
        return self._exit_status

    def end(self, exit_status: int, at_once: bool) -> None:
        """Let the process exit; at once, whatever the main thread does, if need be."""
        if at_once:
            os._exit(exit_status)
        self._exit_status = exit_status
        self._loop.stop()
        self._worker.put(None)

    def _forked(self) -> None:
        """Close the sockets in a forked child: while it has them, nobody learns that we died."""
        self._listener.abandon()
        if self.daemon is not None:
            self.daemon.abandon()

    def _run_loop(self) -> None:
        """Run the loop; a daemon whose loop has broken hears nobody and must not stay."""
        try:
            self._loop.run()
        except BaseException:  # noqa: BLE001 - a bug of ours, whatever it is
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(_OUR_BUG)


def _publish(request: dict[str, Any], log: Spool, token: str, name: str) -> Listener:
    """Listen, and write the connection file that says where."""
    listener = Listener()
    try:
        connection_file.write(
            request["connection_file"],
            {
                "socket": listener.path,
                "token": token,
                "pid": str(os.getpid()),
                "birth": birth(os.getpid()),
                "log": log.path,
                "name": name,
            },
        )
    except JunctureError:
        listener.close()
        raise
    transport.preferred_bases.append(listener.directory)
    return listener


def _receive_request(starter: socket.socket) -> dict[str, Any]:
    """Return the document of the start frame; the socket was inherited, so no token is asked."""
    connection = protocol.Connection(protocol.SERVER)
    connection.state = protocol.OPEN
    while True:
        data = starter.recv(65536)
        if not data:
            with contextlib.suppress(OSError):  # who made it is gone and cannot remove it
                spool.remove(os.readlink("/proc/self/fd/1"))
            raise SystemExit(outcomes.EXIT_STATUSES[outcomes.DAEMON_DIED][0])
        for frame in connection.receive(data):
            document: dict[str, Any] = json.loads(frame["document"])
            return document


def _exit_soon(exit_status: int) -> None:
    """Exit even if a thread of the adaptor does not end."""
    timer = threading.Timer(EXIT_GRACE_S, os._exit, (exit_status,))
    timer.daemon = True
    timer.start()
