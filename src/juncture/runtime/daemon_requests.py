"""What commands ask of a daemon: each request is checked, and refused or handed to the daemon.

A command must first show the token of the connection file; what no command of ours asks costs it
its connection. Everything here runs in the loop's thread. Which task is on, and when the daemon
ends, is decided in `juncture.runtime.daemon` alone.
"""

from __future__ import annotations

import json
import os
import time

from juncture.runtime import outcome as outcomes
from juncture.runtime.daemon_task import RUN, START, Task
from juncture.runtime.outcome import Outcome, fields_of
from juncture_client import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.runtime.daemon import Daemon
    from juncture.runtime.daemon_peer import Peer
    from juncture.runtime.spool import Spool

LONGEST_S = 1e9
"""Longest time that a task can be given."""


class Requests:
    """Answers the requests of all commands of one daemon.

    Args:
        daemon: Whose commands they are.
        spool: Tells how long the log is.
        name: Class name of the adaptor.
        token: What a command must show.
    """

    def __init__(self, daemon: Daemon, spool: Spool, *, name: str, token: str) -> None:
        self._daemon = daemon
        self._spool = spool
        self._name = name
        self._token = token
        self._run_count = 0
        self._answers: dict[str, Callable[[Peer, protocol.Frame], None]] = {
            "hello": self._on_hello,
            "run": self._on_run,
            "cancel": self._on_cancel,
            "status": self._on_status,
            "stop": self._on_stop,
            "attach": self._on_attach,
            "logs": self._on_logs,
            "bye": self._on_bye,
        }

    def answer(self, peer: Peer, frame: protocol.Frame) -> None:
        """Do what a command asks for."""
        try:
            self._answers[frame.name](peer, frame)
        except (KeyError, ValueError, protocol.ProtocolError):  # no command of ours asks this
            peer.close()

    def _on_hello(self, peer: Peer, frame: protocol.Frame) -> None:
        if frame["version"] != str(protocol.VERSION):
            message = f"protocol version {frame['version']!r}, expected {protocol.VERSION}"
            hint = "use the same version of juncture as the daemon"
            peer.send("refused", reason=outcomes.BAD_INPUT, message=message, hint=hint)
            peer.close_when_idle()
        elif not _same(frame.raw("token"), self._token.encode()):
            message = "the token of the connection file is not that of this daemon"
            peer.send("refused", reason=outcomes.NO_DAEMON, message=message)
            peer.close_when_idle()
        else:
            peer.who = frame["who"] or f"process {peer.pid}"
            peer.send("welcome", version=protocol.VERSION, pid=os.getpid(), name=self._name)

    def _on_run(self, peer: Peer, frame: protocol.Frame) -> None:
        why = self._daemon.why_no_more_tasks
        if why:
            message = f"the daemon is ending: {why}"
            peer.send("refused", reason=outcomes.NO_DAEMON, message=message)
            return
        busy = self._daemon.task
        if busy is not None and not frame["wait"]:
            seconds = time.monotonic() - busy.begun_at
            message = f"the daemon is busy with {busy.title} of {busy.who} for {seconds:.0f} s"
            hint = "wait for its turn with `--wait`, or end it with `daemon cancel`"
            peer.send("refused", reason=outcomes.BUSY, message=message, hint=hint)
            return
        timeout_s = _seconds(frame["timeout"])
        self._run_count += 1
        task = Task(RUN, number=self._run_count, data=frame.raw("data"), who=peer.who)
        task.timeout_s = timeout_s
        task.watchers.append(peer)
        self._daemon.take_on(task)

    def _on_cancel(self, peer: Peer, frame: protocol.Frame) -> None:
        task, waiting = self._daemon.task, self._daemon.waiting
        mine = next((t for t in (task, *waiting) if t and peer in t.watchers), None)
        if mine is not None and mine is not task:
            waiting.remove(mine)
            message = f"{mine.title} was canceled before it began"
            peer.send("refused", reason=outcomes.CANCELED, message=message)
        elif mine is not None and mine.move == START:
            self._daemon.shut_down("the command `daemon start` was interrupted", patiently=False)
        elif mine is not None and mine.move == RUN:
            self._daemon.cancel(mine, outcomes.CANCELED, f"{mine.title} was canceled")
        elif frame["run"] == protocol.OWN_RUN:
            return  # what it waited for has ended, or is the stop; what is on now is another's
        elif task is None or task.move != RUN or frame["run"] not in ("", str(task.number)):
            peer.send("outcome", kind=outcomes.DONE, exit_status=0, message="nothing to cancel")
        else:
            task.waiters.append(peer)
            message = f"{task.title} was canceled by {peer.who}"
            self._daemon.cancel(task, outcomes.CANCELED, message)

    def _on_status(self, peer: Peer, _: protocol.Frame) -> None:
        peer.send("state", document=json.dumps(self._daemon.describe()))

    def _on_stop(self, peer: Peer, frame: protocol.Frame) -> None:
        peer.send("accepted", run="0", log_offset=self._spool.size())
        self._daemon.log.follow(peer, self._spool.size())
        self._daemon.stop_for(peer, wait=bool(frame["wait"]))

    def _on_attach(self, peer: Peer, _: protocol.Frame) -> None:
        now, last = self._daemon.task, self._daemon.last
        task = now if now and now.move == RUN else last
        if task is None:
            message, hint = "no task has been run yet", "see `daemon status` and `daemon logs`"
            peer.send("refused", reason=outcomes.BAD_INPUT, message=message, hint=hint)
            return
        peer.send("accepted", run=task.number, log_offset=task.log_offset)
        self._daemon.log.follow(peer, task.log_offset)
        if task.outcome is not None and task.log_end is not None:
            peer.finish(task.log_end, "outcome", **fields_of(task.outcome))
        else:
            task.watchers.append(peer)

    def _on_logs(self, peer: Peer, frame: protocol.Frame) -> None:
        peer.send("accepted", run="0", log_offset=0)
        self._daemon.log.follow(peer, 0)
        if not frame["follow"]:
            peer.finish(self._spool.size(), "outcome", **fields_of(Outcome(outcomes.DONE)))

    def _on_bye(self, peer: Peer, _: protocol.Frame) -> None:
        self._daemon.dismiss(peer)


def _seconds(text: str) -> float | None:
    """Return a time in seconds; None if there is none.

    Raises:
        ValueError: it is no time that a timer can be set to.
    """
    if not text:
        return None
    seconds = float(text)
    if not 0 <= seconds <= LONGEST_S:
        raise ValueError(text)
    return seconds


def _same(left: bytes, right: bytes) -> bool:
    """Compare in a time that does not depend on where they differ."""
    differ = len(left) ^ len(right)
    for a, b in zip(left, right, strict=False):
        differ |= a ^ b
    return differ == 0
