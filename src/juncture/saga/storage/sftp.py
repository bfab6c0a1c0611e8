"""One SFTP session: a process that leads to a server, and the requests of many threads on it.

There is no thread of its own: of those who wait for replies one serves the connection for all, and
hands over when it has its own. So a lone request costs no switch of threads, and while nobody waits
for anything, what comes stays in the pipe. Functions that take replies are called with the lock
held, by whoever serves: they must neither block nor raise, and may send more.

A session that is lost stays lost; everybody who waits is told, and nothing is sent a second time.

It is one class around one lock, and so one module although a long one.
"""

from __future__ import annotations

import fcntl
import os
import select
import threading
import weakref
from contextlib import suppress

from juncture.saga.exceptions import NoSuccess, SagaException
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.sftp_values import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.saga.shell._process import PipedProcess
    from juncture.saga.storage.sftp_protocol import Request

_SET_PIPE_SIZE = 1031  # fcntl.F_SETPIPE_SZ, which the module has from Python 3.10 on
_PIPE_BYTES = 1 << 20
_READ_BYTES = 1 << 18
_FLUSH_BYTES = 1 << 17
_MOST_BUFFERS = 512
_KEPT_BYTES = 4096
_END_WAIT_S = 5.0
_MOST_CHUNK_BYTES = 1 << 18
_USUAL_HANDLES = 128


class Call:
    """One request whose reply a thread waits for."""

    __slots__ = ("reply",)

    def __init__(self) -> None:
        self.reply: Reply | None = None

    def take(self, reply: Reply) -> None:
        """Keep the reply."""
        self.reply = reply

    def is_done(self) -> bool:
        """Whether it has come."""
        return self.reply is not None


_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


class Session:
    """A connection to an SFTP server; call `open` before anything else.

    Args:
        process: What leads to the server; it belongs to the session from now on.
        name: What to call the host.

    Attributes:
        lost: Why there will be no more replies; None while there may be.
        most_read: How much one request may read.
        most_write: How much one request may write.
        most_handles: How many files may be open at a time.
        users: The names of owners by their numbers, as far as they are known.
        groups: The same of groups.
    """

    def __init__(self, process: PipedProcess, name: str) -> None:
        self.name = name
        self.lost: SagaException | None = None
        self.most_read = self.most_write = protocol.USUAL_BYTES
        self.most_handles = _USUAL_HANDLES
        self.users: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.mutex: Any = threading.RLock()
        """Held while replies are taken and requests made; taken again by finalisers alone."""
        self._owner = os.getpid()
        _sessions.add(self)
        self._process = process
        self._codec = protocol.Codec(name)
        self._said = b""
        self._leader: threading.Lock | None = None
        self._polling = False
        self._pouring = False
        self._closing = False
        self._waiting: dict[threading.Lock, Callable[[], bool]] = {}
        self._unsent_bytes = 0
        self._left: list[bytes] = []
        self._wake_read, self._wake_write = os.pipe()
        self._poll = select.poll()
        for fd in (self._wake_read, self._wake_write, process.stdout, process.stderr):
            os.set_blocking(fd, False)
        for fd in (self._wake_read, process.stdout, process.stderr):
            self._poll.register(fd, select.POLLIN)
        # The pipes do not tell the end of the process at once: the master has them, too.
        self._pidfd = -1
        with suppress(AttributeError, OSError):  # not Linux, or ended already
            self._pidfd = os.pidfd_open(process.pid)
            self._poll.register(self._pidfd, select.POLLIN)
        for fd in (process.stdin, process.stdout):
            with suppress(OSError):  # the system gives no more, or is not Linux
                fcntl.fcntl(fd, _SET_PIPE_SIZE, _PIPE_BYTES)

    def open(self) -> None:
        """Greet the server and ask for its limits.

        Raises:
            NoSuccess: there is no server, or what answers is none.
        """
        try:
            self.serve(lambda: self._codec.greeted)
            self._check()
            if self.has(protocol.LIMITS):
                reply = self.call(protocol.limits())
                if reply.code == protocol.OK:
                    self._set_limits(*protocol.take_limits(reply.data))
        except BaseException:
            self.close()
            raise

    def has(self, extension: bytes) -> bool:
        """Return whether the server has an extension."""
        return extension in self._codec.extensions

    def is_usable(self) -> bool:
        """Return whether requests may be sent, as far as can be known without sending one."""
        if self.lost is not None or self._closing or self._owner != os.getpid():
            return False
        with self.mutex:  # not let go of: others wait until it is known
            if self._leader is None and self._codec.is_idle and self.lost is None:
                ready = [fd for fd, _ in self._poll.poll(0)]
                if ready:  # an idle server says nothing: it has ended
                    self._turn(ready)
        return self.lost is None

    def call(self, request: Request) -> Reply:
        """Send a request and return the reply to it.

        Raises:
            NoSuccess: the connection was lost, before the request or after it.
        """
        call = Call()
        self.start(request, call.take)
        self.serve(call.is_done)
        return self.reply_of(call)

    def calls(self, requests: list[Request]) -> list[Reply]:
        """Send requests together and return the replies to them; raises what `call` does."""
        calls = [Call() for _ in requests]
        for request, call in zip(requests, calls, strict=True):
            self.start(request, call.take)
        self.serve(lambda: all(call.reply is not None for call in calls))
        return [self.reply_of(call) for call in calls]

    def reply_of(self, call: Call) -> Reply:
        """Return the reply to a call that was served."""
        reply = call.reply
        if reply is None or reply.code == protocol.LOST:
            self._check()
            raise ConnectionLost(f"the connection to {self.name} was lost")
        return reply

    def start(self, request: Request, then: Callable[[Reply], object]) -> None:
        """Send a request, at the latest when somebody serves; `then` takes the reply."""
        with self.mutex:
            while self._left:
                self.send(protocol.close(self._left.pop()), nobody)
            self.send(request, then)

    def send(self, request: Request, then: Callable[[Reply], object]) -> None:
        """Do as `start` does, for those who have the lock already."""
        if self.lost is not None:
            then(self._lost_reply())
            return
        self._codec.send(request, then)
        self._unsent_bytes += len(request[2]) + len(request[3])
        if self._unsent_bytes >= _FLUSH_BYTES:
            self._flush()

    def flush(self) -> None:
        """Send what was started, as far as the pipe takes it."""
        with self.mutex:
            if self.lost is None:
                self._flush()

    def forget_handle(self, handle: bytes) -> None:
        """Have a file closed that nobody holds any more; this may be called by a finaliser."""
        self._left.append(handle)

    def drop_handle(self, handle: bytes) -> None:
        """Have a file closed soon, whatever the server says about that."""
        if self.is_in_finaliser():
            self.forget_handle(handle)
        else:
            self.start(protocol.close(handle), nobody)
            self.flush()

    def is_in_finaliser(self) -> bool:
        """Say whether this thread is in the middle of a request, and so can make no other.

        That is so in what the garbage collector ends: it may come at any place.
        """
        return bool(self.mutex._is_owned())  # noqa: SLF001 - as `threading.Condition` asks it

    def serve(self, is_done: Callable[[], bool]) -> None:
        """Serve the connection, or wait while another thread does, until something is done.

        Args:
            is_done: Says so; called with the lock held. A lost connection ends the wait, too.
        """
        own = threading.Lock()
        own.acquire()
        ready: list[int] = []
        try:
            with self.mutex:
                if self.lost is None:
                    self._flush()
                leads = self._takes_part(own, is_done)
            while leads is not None:
                if leads:
                    ready = [fd for fd, _ in self._poll.poll()]
                else:
                    own.acquire()
                with self.mutex:
                    if leads:
                        self._turn(ready)
                    leads = self._takes_part(own, is_done)
        except BaseException:  # Ctrl-C
            with self.mutex:
                self._leave(own)
            raise

    def close(self) -> None:
        """End the session."""
        self._closing = True
        if self._owner != os.getpid():
            return
        with self.mutex:
            if self._leader is None and self.lost is None:
                self._lose(self._closed())
        self._process.kill()  # whoever serves will notice

    def __del__(self) -> None:
        # Neither a store nor an open file has it any more.
        if self.lost is None and self._owner == os.getpid():
            self.lost = self._closed()
            self._discard()

    # Below here: with the lock held.

    def _takes_part(self, own: threading.Lock, is_done: Callable[[], bool]) -> bool | None:
        """Say whether a thread is to wait for the server, or else for its own lock; None: neither.

        Nobody else may wait for the server until it leaves.
        """
        if is_done() or self.lost is not None:
            self._leave(own)
            return None
        if self._leader is None:
            self._waiting.pop(own, None)
            self._leader = own
        if self._leader is not own:
            self._waiting[own] = is_done
            return False
        self._pouring = bool(self._codec.outgoing)
        if self._pouring:
            self._poll.register(self._process.stdin, select.POLLOUT)
        self._polling = True
        return True

    def _leave(self, own: threading.Lock) -> None:
        """Have one of those who wait serve from now on; the same again changes nothing."""
        self._waiting.pop(own, None)
        if self._leader is own:
            self._rest()
            self._leader = None
        if self._leader is not None:
            return
        if self._closing and self.lost is None:
            self._lose(self._closed())
        if self._waiting:  # also of a session that is lost: an interrupt may have kept it untold
            _wake(next(iter(self._waiting)))

    def _rest(self) -> None:
        """Nobody waits for the server now."""
        self._polling = False
        if self._pouring and self.lost is None:
            with suppress(KeyError):  # an interrupt came before it was registered
                self._poll.unregister(self._process.stdin)
        self._pouring = False

    def _turn(self, ready: list[int]) -> None:
        """Take what the server says, for all."""
        self._rest()
        if self.lost is not None:
            return
        data: bytes | None = None
        try:
            if self._process.stderr in ready:
                self._listen()
            if self._wake_read in ready:
                _read(self._wake_read, _KEPT_BYTES)
            if self._process.stdout in ready:
                data = _read(self._process.stdout, max(self._codec.wanted(), _READ_BYTES))
                for then, reply in self._codec.receive(data) if data else ():
                    then(reply)
            self._flush()
        except SagaException as error:
            self._lose(error)
            return
        except BaseException:  # what came is in nobody's hands now
            self._lose(ConnectionLost(f"the SFTP session with {self.name} was interrupted"))
            raise
        if data == b"" or (data is None and self._pidfd in ready):
            self._lose(self._reason())
        self._wake_those_who_are_done()

    def _wake_those_who_are_done(self) -> None:
        for signal, is_done in self._waiting.items():
            if is_done():
                _wake(signal)

    def _flush(self) -> None:
        """Send what the pipe takes now; the rest is for whoever serves."""
        outgoing = self._codec.outgoing
        try:
            while outgoing:
                sent = os.writev(self._process.stdin, outgoing[:_MOST_BUFFERS])
                done = 0
                while done < len(outgoing) and sent >= len(outgoing[done]):
                    sent -= len(outgoing[done])
                    done += 1
                del outgoing[:done]
                if sent:
                    outgoing[0] = memoryview(outgoing[0])[sent:]
        except BlockingIOError:
            if self._polling:  # by another thread, which does not know that there is more
                with suppress(OSError):
                    os.write(self._wake_write, b"\0")
            return
        except OSError:  # nobody reads any more: the end of the process will be told
            outgoing.clear()
        except BaseException:  # nobody knows how much was sent, and nothing is sent a second time
            outgoing.clear()
            self._process.kill()
            raise
        self._unsent_bytes = 0

    def _listen(self) -> None:
        said = _read(self._process.stderr, _KEPT_BYTES)
        if said == b"":
            self._poll.unregister(self._process.stderr)
        self._said = (self._said + (said or b""))[-_KEPT_BYTES:]

    def _reason(self) -> SagaException:
        """Return why the process ended."""
        if self._closing:
            return self._closed()
        status = self._process.wait(_END_WAIT_S)
        while said := _read(self._process.stderr, _KEPT_BYTES):
            self._said = (self._said + said)[-_KEPT_BYTES:]
        text = self._said.decode("utf-8", "replace").strip()
        if self._codec.greeted or self._process.explain is None:
            why = f": {text.splitlines()[-1]}" if text else ""
            return ConnectionLost(
                f"the SFTP session with {self.name} has ended{why}", hint="try it again"
            )
        return self._process.explain(text, status)

    def _closed(self) -> SagaException:
        return NoSuccess(f"the SFTP session with {self.name} is closed")

    def _lose(self, reason: SagaException) -> None:
        self.lost = reason
        try:
            self._codec.outgoing.clear()
            for then in self._codec.forget():
                then(self._lost_reply())
            for signal in self._waiting:
                _wake(signal)
        finally:
            self._discard()

    def _discard(self) -> None:
        try:
            self._process.discard()
        finally:
            for fd in (self._wake_read, self._wake_write, self._pidfd):
                if fd >= 0:
                    os.close(fd)

    def _lost_reply(self) -> Reply:
        reply = Reply(protocol.STATUS, protocol.LOST)
        reply.error = self.lost
        return reply

    def _check(self) -> None:
        if self.lost is not None:
            raise type(self.lost)(self.lost.message, hint=self.lost.hint) from self.lost

    def _set_limits(self, packet: int, read: int, write: int, handles: int) -> None:
        del packet
        if read:
            self.most_read = min(read, _MOST_CHUNK_BYTES)
        if write:
            self.most_write = min(write, _MOST_CHUNK_BYTES)
        if handles:
            self.most_handles = max(handles, 2)


def nobody(_: Reply) -> None:
    """Take a reply that nothing depends on."""


def _wake(signal: threading.Lock) -> None:
    if signal.locked():  # else it has been woken, and has not got the lock of the session yet
        signal.release()


def _read(fd: int, size: int) -> bytes | None:
    """Return what has come, None for nothing yet, empty at the end."""
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _after_fork() -> None:
    """Leave sessions to the process that has them: two would take each other's replies."""
    for session in list(_sessions):
        session.mutex = threading.RLock()  # another thread may have held it
        session.lost = ConnectionLost(
            f"the SFTP session with {session.name} belongs to the process that forked this one"
        )


os.register_at_fork(after_in_child=_after_fork)
