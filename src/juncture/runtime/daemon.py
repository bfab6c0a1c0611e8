"""The daemon's mind: which task is on, who waits, who is told what, and when it ends.

Everything here runs in the thread of the event loop. The callbacks of the adaptor run in the main
thread (`juncture.runtime.daemon_worker`), which is given one task at a time and reports its outcome
with `task_ended`; so a callback may take as long as it likes while commands are still answered.

A daemon ends when it is told to stop, on SIGTERM, SIGINT or SIGHUP, when it has been idle for too
long, when its owner dies, or when its start fails or nobody waits for it any more. It then cancels
what is on, runs stop and cleanup, ends its children, removes its files and exits. A second signal,
or `grace_s` running out after the first, ends it at once and without the adaptor's callbacks.

It is one long module because it is one state: which task is on, who waits for what, why it ends.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections import deque

from juncture.runtime import outcome as outcomes
from juncture.runtime.daemon_peer import Peer
from juncture.runtime.daemon_task import RUN, START, STOP, Task
from juncture.runtime.event_loop import READ
from juncture.runtime.log_feed import LogFeed
from juncture.runtime.outcome import Outcome
from juncture_client import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.runtime.daemon_worker import Worker
    from juncture.runtime.event_loop import EventLoop, Timer
    from juncture.runtime.spool import Spool
    from juncture.runtime.transport import Listener
    from juncture_client.transport import Socket

_logger = logging.getLogger(__name__)

LONGEST_S = 1e9
"""Longest time that a task can be given."""

SAME_SIGNAL_S = 0.2
"""A signal that comes so soon after the first is the same: timeout(1) sends it twice."""

ACCEPT_AGAIN_S = 0.5
"""How long a daemon that could not accept a command waits before it tries again."""

DRAIN_S = 10.0
"""How long a daemon that ends waits for a command that does not read what it is owed."""


class Options:
    """What `daemon start` asked for.

    Attributes:
        idle_timeout_s: Seconds without a task after which the daemon ends; None means never.
        owner_pid: Process with which the daemon ends; None means none.
        grace_s: Seconds that cancel, stop and cleanup may take after a signal.
    """

    def __init__(
        self, *, idle_timeout_s: float | None, owner_pid: int | None, grace_s: float
    ) -> None:
        self.idle_timeout_s = idle_timeout_s
        self.owner_pid = owner_pid
        self.grace_s = grace_s


class Daemon:
    """Serves the commands of one warm adaptor.

    Args:
        token: What a command must show.
        end: Called when everything is sent and the process may exit, with its exit status; the
            second argument tells that it must exit now, whatever is still executing.
    """

    def __init__(
        self,
        *,
        loop: EventLoop,
        spool: Spool,
        worker: Worker,
        options: Options,
        token: str,
        end: Callable[[int, bool], None],
    ) -> None:
        self._loop = loop
        self._spool = spool
        self._worker = worker
        self._options = options
        self._token = token
        self._end = end
        self._peers: set[Peer] = set()
        self._log = LogFeed(loop, spool, self._peers)
        self._starter: Peer | None = None
        self._task: Task | None = None
        self._last: Task | None = None
        self._failed_start: Task | None = None
        self._stop_task = Task(STOP)
        self._run_count = 0
        self._signaled_at: float | None = None
        self._waiting: deque[Task] = deque()
        self._counts = {"done": 0, "failed": 0}
        self._listener_fd = -1
        self._ready = False
        self._why_ending = ""
        self._ending: tuple[int, bool] | None = None
        self._idle_timer: Timer | None = None
        self._idle_since = time.monotonic()
        self._started_at = time.time()
        self._requests: dict[str, Callable[[Peer, protocol.Frame], None]] = {
            "hello": self._on_hello,
            "run": self._on_run,
            "cancel": self._on_cancel,
            "status": self._on_status,
            "stop": self._on_stop,
            "attach": self._on_attach,
            "logs": self._on_logs,
            "bye": self._on_bye,
        }

    # -- what the process tells the daemon ---------------------------------------------------

    def begin(self, starter: Socket) -> None:
        """Run the start; the command that asked for it is at the other end of `starter`."""
        peer = self._starter = self._add(starter, 0)
        peer.connection.state = protocol.OPEN
        peer.who = "daemon start"
        task = Task(START, who=peer.who)
        peer.send("accepted", run="0", log_offset=0)
        task.watchers.append(peer)
        self._run(task)
        if self._options.owner_pid is not None:
            self._watch_owner(self._options.owner_pid)

    def listen(self, listener: Listener) -> None:
        """Take commands."""

        def accept(_: int) -> None:
            try:
                accepted = listener.accept()
            except OSError as error:  # such as too many open files: they wait, and are not lost
                _logger.warning("cannot take a command: %s", error.strerror)
                self._loop.forget(fd)
                self._loop.call_later(ACCEPT_AGAIN_S, lambda: self._listen_again(fd, accept))
            else:
                if accepted:
                    self._add(*accepted)

        fd = self._listener_fd = listener.fileno()
        self._loop.watch(fd, READ, accept)

    def _listen_again(self, fd: int, accept: Callable[[int], None]) -> None:
        if self._ending is None:
            self._loop.watch(fd, READ, accept)

    def got_signal(self, number: int) -> None:
        """Shut down because of a signal; at once if it is not the first."""
        name = signal.Signals(number).name
        now = time.monotonic()
        if self._signaled_at is None:
            self._signaled_at = now
            self.shut_down(name, patiently=False)
        elif now - self._signaled_at >= SAME_SIGNAL_S:
            self.force(f"a second signal, {name}, came")

    def shut_down(self, why: str, *, patiently: bool = True) -> None:
        """Cancel what is on, then stop, clean up and exit.

        Args:
            why: The reason, for messages.
            patiently: Whether the callbacks may take as long as they like.
        """
        if not patiently:
            grace_s = self._options.grace_s
            self._loop.call_later(grace_s, lambda: self.force(f"{grace_s:g} s after {why}"))
        if self._why_ending:
            return
        self._why_ending = why
        _logger.info("the daemon ends: %s", why)
        refused = [peer for task in self._waiting for peer in task.watchers]
        self._waiting.clear()
        for peer in refused:
            peer.send("refused", reason=outcomes.NO_DAEMON, message=f"the daemon ends: {why}")
        if self._task is None:
            self._run(self._stop_task)
        elif self._task.move != STOP:
            self._cancel(self._task, outcomes.CANCELED, f"{self._task.title} was canceled: {why}")
            if self._worker.is_loading:  # there is no adaptor yet that could be stopped
                self._conclude(self._task, Outcome(outcomes.CANCELED))
                self._finish(0, at_once=True)

    def force(self, why: str) -> None:
        """Exit now: commands are told, children killed, and callbacks left where they are."""
        if self._task is not None:
            callback = self._worker.active or self._task.move
            message = f"the daemon was ended by force: {callback} had not ended ({why})"
            _logger.error("%s", message)
            self._conclude(self._task, Outcome(outcomes.FORCED, message))
        self._worker.kill_children()
        self._finish(Outcome(outcomes.FORCED).exit_status, at_once=True)

    def abandon(self) -> None:
        """In a forked child: close the connections, which stay open for the daemon itself."""
        for peer in tuple(self._peers):
            peer.abandon()

    # -- what the main thread tells the daemon -----------------------------------------------

    def task_ended(self, task: Task, outcome: Outcome, log_end: int) -> None:
        """Store the outcome of the task and go on with what comes next."""
        if self._ending is not None:
            return
        ended = task.end(outcome, log_end)
        if task.move == START and not ended.ok:
            # Whoever waits is told when the cleanup is through, so that a retry finds no remains.
            self._failed_start = task
            self._why_ending = self._why_ending or "the start failed"
            self._run(self._stop_task)
            return
        self._task = None
        if task.move == STOP:
            self._tell(task)
            self._finish(ended.exit_status)
            return
        if task.move == RUN:
            self._last = task
            self._counts["done" if ended.ok else "failed"] += 1
        else:
            self._ready = True
        self._tell(task)
        self._next()

    def _next(self) -> None:
        if self._why_ending:
            self._run(self._stop_task)
        elif self._waiting:
            self._run(self._waiting.popleft())
        elif self._stop_task.watchers:
            self.shut_down(self._stop_task.who)
        else:
            self._became_idle()

    def progress(self, percent: float | None, message: str | None) -> None:
        """Tell those who follow the task."""
        if self._task is not None:
            text = None if message is None else _writable(message)
            for peer in list(self._task.watchers):  # one that is gone leaves while it is told
                peer.send_progress(percent, text)

    # -- requests ----------------------------------------------------------------------------

    def _on_frame(self, peer: Peer, frame: protocol.Frame) -> None:
        try:
            self._requests[frame.name](peer, frame)
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
            peer.send("welcome", version=protocol.VERSION, pid=os.getpid(), name=self._worker.name)

    def _on_run(self, peer: Peer, frame: protocol.Frame) -> None:
        if self._why_ending or self._stop_task.watchers:
            message = f"the daemon is ending: {self._why_ending or self._stop_task.who}"
            peer.send("refused", reason=outcomes.NO_DAEMON, message=message)
            return
        busy = self._task
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
        if busy is None:
            self._run(task)
        else:
            self._waiting.append(task)

    def _on_cancel(self, peer: Peer, frame: protocol.Frame) -> None:
        task = self._task
        mine = next((t for t in (task, *self._waiting) if t and peer in t.watchers), None)
        if mine is not None and mine is not task:
            self._waiting.remove(mine)
            message = f"{mine.title} was canceled before it began"
            peer.send("refused", reason=outcomes.CANCELED, message=message)
        elif mine is not None and mine.move == START:
            self.shut_down("the command `daemon start` was interrupted", patiently=False)
        elif mine is not None:
            self._cancel(mine, outcomes.CANCELED, f"{mine.title} was canceled")
        elif frame["run"] == protocol.OWN_RUN:
            return  # what it waited for has ended; what is on now is another's
        elif task is None or task.move != RUN or frame["run"] not in ("", str(task.number)):
            peer.send("outcome", kind=outcomes.DONE, exit_status=0, message="nothing to cancel")
        else:
            task.waiters.append(peer)
            self._cancel(task, outcomes.CANCELED, f"{task.title} was canceled by {peer.who}")

    def _on_status(self, peer: Peer, _: protocol.Frame) -> None:
        state = {
            "name": self._worker.name,
            "pid": os.getpid(),
            "state": self._worker.state,
            "ready": self._ready and not self._why_ending,
            "task": self._task.describe() if self._task else None,
            "last_task": self._last.describe() if self._last else None,
            "waiting": len(self._waiting),
            "done": self._counts["done"],
            "failed": self._counts["failed"],
            "started_at": round(self._started_at, 3),
            "idle_seconds": 0 if self._task else round(time.monotonic() - self._idle_since, 3),
            "log": self._spool.path,
            "log_bytes": self._spool.size(),
            "log_lost_bytes": self._worker.lost_bytes,
        }
        peer.send("state", document=json.dumps(state))

    def _on_stop(self, peer: Peer, frame: protocol.Frame) -> None:
        peer.send("accepted", run="0", log_offset=self._spool.size())
        self._log.follow(peer, self._spool.size())
        self._stop_task.watchers.append(peer)
        self._stop_task.who = peer.who
        if self._task is None or not frame["wait"]:
            self.shut_down(peer.who)

    def _on_attach(self, peer: Peer, _: protocol.Frame) -> None:
        task = self._task if self._task and self._task.move == RUN else self._last
        if task is None:
            message, hint = "no task has been run yet", "see `daemon status` and `daemon logs`"
            peer.send("refused", reason=outcomes.BAD_INPUT, message=message, hint=hint)
            return
        peer.send("accepted", run=task.number, log_offset=task.log_offset)
        self._log.follow(peer, task.log_offset)
        if task.outcome is not None and task.log_end is not None:
            peer.finish(task.log_end, "outcome", **fields_of(task.outcome))
        else:
            task.watchers.append(peer)

    def _on_logs(self, peer: Peer, frame: protocol.Frame) -> None:
        peer.send("accepted", run="0", log_offset=0)
        self._log.follow(peer, 0)
        if not frame["follow"]:
            peer.finish(self._spool.size(), "outcome", **fields_of(Outcome(outcomes.DONE)))

    def _on_bye(self, peer: Peer, _: protocol.Frame) -> None:
        if peer is self._starter:
            self._starter = None  # it has said that the daemon runs; from now on it is not missed
        peer.close()

    # -- tasks -------------------------------------------------------------------------------

    def _run(self, task: Task) -> None:
        self._task = task
        task.begun_at = time.monotonic()
        task.log_offset = self._spool.size() if task.move == RUN else 0
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for peer in list(task.watchers):
            if task.move == RUN:
                peer.send("accepted", run=task.number, log_offset=task.log_offset)
            if not peer.following:
                self._log.follow(peer, task.log_offset)
        if task.timeout_s is not None:
            message = f"{task.title} was canceled after {task.timeout_s:g} s, the time it was given"
            task.timer = self._loop.call_later(
                task.timeout_s, lambda: self._cancel(task, outcomes.TIMED_OUT, message)
            )
        self._worker.put(task)

    def _cancel(self, task: Task, kind: str, message: str) -> None:
        if task.outcome is None and task.cancel(kind, message):
            # In a thread of its own: `on_cancel` may hang, and the loop must not.
            threading.Thread(target=self._worker.cancel, args=(task,), daemon=True).start()

    def _conclude(self, task: Task, outcome: Outcome) -> None:
        task.end(outcome, self._spool.size())
        self._tell(task)

    def _tell(self, task: Task) -> None:
        """Send the outcome of a task, and of the start whose failure led to this stop."""
        told = [task]
        if task.move == STOP and self._failed_start is not None:
            self._failed_start.log_end = task.log_end
            told.append(self._failed_start)
        for ended in told:
            if ended.outcome is None or ended.log_end is None:
                continue
            watchers, waiters = ended.watchers, ended.waiters
            ended.watchers, ended.waiters = [], []
            for peer in watchers:
                peer.finish(ended.log_end, "outcome", **fields_of(ended.outcome))
            for peer in waiters:
                message = ended.outcome.message
                peer.send("outcome", kind=outcomes.DONE, exit_status=0, message=message)
        self._log.update()

    def _became_idle(self) -> None:
        self._idle_since = time.monotonic()
        seconds = self._options.idle_timeout_s
        if seconds is not None:
            self._idle_timer = self._loop.call_later(
                seconds, lambda: self.shut_down(f"no task for {seconds:g} s", patiently=False)
            )

    # -- commands and the end ----------------------------------------------------------------

    def _add(self, sock: Socket, pid: int) -> Peer:
        peer = Peer(
            self._loop, sock, self._spool, pid=pid, on_frame=self._on_frame, on_close=self._gone
        )
        self._peers.add(peer)
        return peer

    def _gone(self, peer: Peer) -> None:
        self._peers.discard(peer)
        for task in (self._task, self._stop_task, *self._waiting):
            if task is not None and peer in task.watchers:
                task.watchers.remove(peer)
        for task in [t for t in self._waiting if not t.watchers]:
            self._waiting.remove(task)  # nobody waits for it, and it has not begun
        if peer is self._starter and self._ending is None:
            self.shut_down("the command `daemon start` went away", patiently=False)
        self._log.update()
        self._exit_if_drained()

    def _watch_owner(self, pid: int) -> None:
        try:
            fd = os.pidfd_open(pid)
        except OSError as error:
            ended_already = isinstance(error, ProcessLookupError)
            why = "has ended" if ended_already else f"cannot be watched: {error.strerror}"
            self.shut_down(f"its owner, process {pid}, {why}", patiently=False)
            return

        def ended(_: int) -> None:
            self._loop.forget(fd)
            os.close(fd)
            self.shut_down(f"its owner, process {pid}, has ended", patiently=False)

        self._loop.watch(fd, READ, ended)

    def _finish(self, exit_status: int, *, at_once: bool = False) -> None:
        """Remove what the daemon made and exit when every command has what it is owed."""
        if self._ending is not None:  # for the second time: by force while draining
            self._end(exit_status, at_once)
            return
        self._ending = (exit_status, at_once)
        if self._listener_fd >= 0:  # closed below, and its number may come again
            self._loop.forget(self._listener_fd)
        self._worker.remove_files()
        for peer in list(self._peers):
            if peer.following and not peer.finishing:
                peer.finish(self._spool.size(), "outcome", **fields_of(Outcome(outcomes.DONE)))
            peer.close_when_idle()
        self._loop.call_later(DRAIN_S, lambda: self._end(exit_status, at_once))
        self._exit_if_drained()

    def _exit_if_drained(self) -> None:
        if self._ending is not None and not self._peers:
            self._end(*self._ending)


def fields_of(outcome: Outcome) -> dict[str, str | int]:
    """Return an outcome as the fields of its frame."""
    return {
        "kind": outcome.kind,
        "exit_status": outcome.exit_status,
        "message": _writable(outcome.message),
        "hint": _writable(outcome.hint),
        "result": outcome.result_json,
        "lost_bytes": outcome.lost_bytes,
    }


def _writable(text: str) -> str:
    """Return text that UTF-8 can write: half of a surrogate pair becomes an escape."""
    return text.encode("utf-8", "backslashreplace").decode()


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
