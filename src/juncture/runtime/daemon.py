"""The daemon's mind: which task is on, who waits, who is told what, and when it ends.

Everything here runs in the thread of the event loop. The callbacks of the adaptor run in the main
thread (`juncture.runtime.daemon_worker`), which is given one task at a time and reports its outcome
with `task_ended`; so a callback may take as long as it likes while commands are still answered.

A daemon ends when it is told to stop, on SIGTERM, SIGINT or SIGHUP, when it has been idle for too
long, when its owner dies, or when its start fails or nobody waits for it any more. It then cancels
what is on, runs stop and cleanup, ends its children, removes its files and exits. A second signal,
or `grace_s` running out after the first, ends it at once and without the adaptor's callbacks.

What a command may ask, and what it is refused, is in `juncture.runtime.daemon_requests`.

It is one class around the state of one daemon, and so one module although a long one.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import deque

from juncture.runtime import outcome as outcomes
from juncture.runtime._taken_signals import SIGNALS
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
        end: Called when everything is sent and the process may exit, with its exit status; the
            second argument tells that it must exit now, whatever is still executing.

    Attributes:
        task: What is on, or None.
        last: The last run that has ended, or None.
        waiting: Runs that wait for their turn.
        log: Lets a command follow the log.
        on_request: Called with a command and what it asks.
    """

    def __init__(
        self,
        *,
        loop: EventLoop,
        spool: Spool,
        worker: Worker,
        options: Options,
        end: Callable[[int, bool], None],
    ) -> None:
        self._loop = loop
        self._spool = spool
        self._worker = worker
        self._options = options
        self._end = end
        self._peers: set[Peer] = set()
        self.log = LogFeed(loop, spool, self._peers)
        self._starter: Peer | None = None
        self.task: Task | None = None
        self.last: Task | None = None
        self._failed_start: Task | None = None
        self._stop_task = Task(STOP)
        self._signaled_at: float | None = None
        self.waiting: deque[Task] = deque()
        self._counts = {"done": 0, "failed": 0}
        self._listener_fd = -1
        self._ready = False
        self._why_ending = ""
        self._ending: tuple[int, bool] | None = None
        self._idle_timer: Timer | None = None
        self._idle_since = time.monotonic()
        self._started_at = time.time()
        self.on_request: Callable[[Peer, protocol.Frame], None] | None = None

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
        if number not in SIGNALS:  # Python tells of every signal that it handles
            return
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
        self._refuse_waiting()
        if self.task is None:
            self._run(self._stop_task)
        elif self.task.move != STOP:
            self.cancel(self.task, outcomes.CANCELED, f"{self.task.title} was canceled: {why}")
            if self._worker.is_loading:  # there is no adaptor yet that could be stopped
                self._conclude(self.task, Outcome(outcomes.CANCELED))
                self._finish(0, at_once=True)

    def force(self, why: str) -> None:
        """Exit now: commands are told, children killed, and callbacks left where they are."""
        if self.task is not None:
            callback = self._worker.active or self.task.move
            message = f"the daemon was ended by force: {callback} had not ended ({why})"
            _logger.error("%s", message)
            self._conclude(self.task, Outcome(outcomes.FORCED, message))
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
            self._refuse_waiting()
            self._run(self._stop_task)
            return
        self.task = None
        if task.move == STOP:
            self._tell(task)
            self._finish(ended.exit_status)
            return
        if task.move == RUN:
            self.last = task
            self._counts["done" if ended.ok else "failed"] += 1
        else:
            self._ready = True
        self._tell(task)
        self._next()

    def _next(self) -> None:
        if self.task is not None:  # the shutdown, which began while somebody was told and had left
            return
        if self._why_ending:
            self._run(self._stop_task)
        elif self.waiting:
            self._run(self.waiting.popleft())
        elif self._stop_task.watchers:
            self.shut_down(self._stop_task.who)
        else:
            self._became_idle()

    def progress(self, percent: float | None, message: str | None) -> None:
        """Tell those who follow the task."""
        if self.task is not None:
            text = None if message is None else outcomes.writable(message)
            for peer in list(self.task.watchers):  # one that is gone leaves while it is told
                peer.send_progress(percent, text)

    # -- what commands ask -------------------------------------------------------------------

    @property
    def why_no_more_tasks(self) -> str:
        """Why nothing is run any more; empty while it is."""
        return self._why_ending or (self._stop_task.who if self._stop_task.watchers else "")

    def take_on(self, task: Task) -> None:
        """Run a task now, or when those before it have ended."""
        if self.task is None:
            self._run(task)
        else:
            self.waiting.append(task)

    def cancel(self, task: Task, kind: str, message: str) -> None:
        """Let a task end soon, with this outcome."""
        if task.outcome is None and task.cancel(kind, message):
            # In a thread of its own: `on_cancel` may hang, and the loop must not.
            threading.Thread(target=self._worker.cancel, args=(task,), daemon=True).start()

    def stop_for(self, peer: Peer, *, wait: bool) -> None:
        """Shut down for a command, which is told how that went.

        Args:
            peer: The command.
            wait: Whether a task that is on may end by itself.
        """
        self._stop_task.watchers.append(peer)
        self._stop_task.who = peer.who
        if self.task is None or not wait:
            self.shut_down(peer.who)

    def dismiss(self, peer: Peer) -> None:
        """Close the connection of a command that says it has all it wanted."""
        if peer is self._starter:
            self._starter = None  # it has said that the daemon runs; from now on it is not missed
        peer.close()

    def describe(self) -> dict[str, object]:
        """Return what `daemon status` shows."""
        return {
            "name": self._worker.name,
            "pid": os.getpid(),
            "state": self._worker.state,
            "ready": self._ready and not self._why_ending,
            "task": self.task.describe() if self.task else None,
            "last_task": self.last.describe() if self.last else None,
            "waiting": len(self.waiting),
            "done": self._counts["done"],
            "failed": self._counts["failed"],
            "started_at": round(self._started_at, 3),
            "idle_seconds": 0 if self.task else round(time.monotonic() - self._idle_since, 3),
            "log": self._spool.path,
            "log_bytes": self._spool.size(),
            "log_lost_bytes": self._worker.lost_bytes,
        }

    # -- tasks -------------------------------------------------------------------------------

    def _run(self, task: Task) -> None:
        self.task = task
        task.begun_at = time.monotonic()
        task.log_offset = self._spool.size() if task.move == RUN else 0
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for peer in list(task.watchers):
            if task.move == RUN:
                peer.send("accepted", run=task.number, log_offset=task.log_offset)
            if not peer.following:
                self.log.follow(peer, task.log_offset)
        if task.timeout_s is not None:
            message = f"{task.title} was canceled after {task.timeout_s:g} s, the time it was given"
            task.timer = self._loop.call_later(
                task.timeout_s, lambda: self.cancel(task, outcomes.TIMED_OUT, message)
            )
        self._worker.put(task)

    def _refuse_waiting(self) -> None:
        refused = [peer for task in self.waiting for peer in task.watchers]
        self.waiting.clear()
        message = f"the daemon ends: {self._why_ending}"
        for peer in refused:
            peer.send("refused", reason=outcomes.NO_DAEMON, message=message)

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
                peer.finish(ended.log_end, "outcome", **outcomes.fields_of(ended.outcome))
            for peer in waiters:
                message = ended.outcome.message
                peer.send("outcome", kind=outcomes.DONE, exit_status=0, message=message)
        self.log.update()

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
            self._loop,
            sock,
            self._spool,
            pid=pid,
            on_frame=self._requested,
            on_close=self._gone,
        )
        self._peers.add(peer)
        return peer

    def _requested(self, peer: Peer, frame: protocol.Frame) -> None:
        if self.on_request is not None:
            self.on_request(peer, frame)

    def _gone(self, peer: Peer) -> None:
        self._peers.discard(peer)
        for task in (self.task, self._stop_task, *self.waiting):
            if task is not None and peer in task.watchers:
                task.watchers.remove(peer)
        for task in [t for t in self.waiting if not t.watchers]:
            self.waiting.remove(task)  # nobody waits for it, and it has not begun
        if peer is self._starter and self._ending is None:
            self.shut_down("the command `daemon start` went away", patiently=False)
        self.log.update()
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
        """Remove what the daemon made and exit when every command has what it is owed.

        Args:
            exit_status: Of the process.
            at_once: Whether the adaptor's callbacks are left where they are, so that nobody else
                ends its children.
        """
        if at_once:
            self._worker.kill_children()
        if self._ending is not None:  # for the second time: by force while draining
            self._end(exit_status, at_once)
            return
        self._ending = (exit_status, at_once)
        if self._listener_fd >= 0:  # closed below, and its number may come again
            self._loop.forget(self._listener_fd)
        self._worker.remove_files()
        for peer in list(self._peers):
            if peer.following and not peer.finishing:
                peer.finish(
                    self._spool.size(), "outcome", **outcomes.fields_of(Outcome(outcomes.DONE))
                )
            peer.close_when_idle()
        self._loop.call_later(DRAIN_S, lambda: self._end(exit_status, at_once))
        self._exit_if_drained()

    def _exit_if_drained(self) -> None:
        if self._ending is not None and not self._peers:
            self._end(*self._ending)
