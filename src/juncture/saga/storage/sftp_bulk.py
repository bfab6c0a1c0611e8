"""Many small files over one SFTP session: each is a small machine that sends what comes next.

A machine takes a reply and sends the next requests of its file, in whichever thread serves the
session; so the files are on their way side by side, and each costs the time of its bytes rather
than that of its round trips. Those that write are in `sftp_appearing`.
"""

from __future__ import annotations

import collections
import functools
import sys

from juncture.saga.storage import sftp_failures
from juncture.saga.storage import sftp_protocol as protocol
from juncture.saga.storage.sftp import nobody
from juncture.saga.storage.sftp_failures import encoded
from juncture.saga.storage.sftp_values import Attrs, Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeVar

    from juncture.saga.exceptions import SagaException
    from juncture.saga.storage.sftp import Session

    M = TypeVar("M", bound="Machine")

_MOST_FILES = 128
_MOST_BYTES = 1 << 24
_ASSUMED_BYTES = 1 << 14


class Machine:
    """The work on one file.

    Attributes:
        done: Whether there is nothing left to do.
        weight: How many bytes are held for it.
        given_up: Whether it is to undo what it did; looked at before the last step.
    """

    tried = sftp_failures.OTHER

    def __init__(self, session: Session, path: str) -> None:
        self.session = session
        self.path = path
        self.done = False
        self.given_up = False
        self.weight = _ASSUMED_BYTES
        self.error: SagaException | None = None
        self._failed: Reply | None = None
        self._disk: Reply | None = None

    def start(self) -> None:
        """Send the first request; called with the session's lock held."""
        raise NotImplementedError

    def failure(self) -> SagaException | None:
        """Return why it failed, or None; this may ask the server."""
        if self.error is None and self._failed is not None:
            self.error = sftp_failures.failure(
                self.session, self._failed, self.path, self.tried, self._disk
            )
        return self.error

    def fail(self, reply: Reply, tried: str) -> None:
        """End with a reply that says that something failed."""
        self._failed, self.tried = reply, tried
        self.done = True


def run(session: Session, machines: Iterator[M]) -> Iterator[M]:
    """Yield machines, in their order, when each is done; some are at work side by side."""
    most = max(1, min(_MOST_FILES, session.most_handles // 4))
    working: collections.deque[M] = collections.deque()
    more = True
    weight = 0
    try:
        while True:
            while more and len(working) < most and weight < _MOST_BYTES:
                machine = next(machines, None)
                if machine is None:
                    more = False
                    break
                if not machine.done:
                    _start(session, machine)
                working.append(machine)
                weight += machine.weight
            if not working:
                return
            head = working[0]
            session.serve(lambda: head.done)  # noqa: B023 - it is called before the next turn
            while working and (working[0].done or session.lost is not None):
                done = working.popleft()
                _end_lost(done)
                yield done
            weight = sum(one.weight for one in working)
    finally:
        for machine in working:
            machine.given_up = True
        if not session.is_in_finaliser():
            session.serve(lambda: all(machine.done for machine in working))


def _start(session: Session, machine: Machine) -> None:
    try:
        with session.mutex:
            machine.start()
    except BaseException:  # what it has not asked for is never answered: nobody may wait for it
        machine.given_up = True
        raise


def _end_lost(machine: Machine) -> None:
    if not machine.done:
        machine.fail(Reply(protocol.STATUS, protocol.LOST), machine.tried)


class ReadWhole(Machine):
    """Read one file; `data` is its content, and `attrs` what was known of it when that was read.

    Args:
        session: Where.
        path: The file.
        most_bytes: How much of its beginning is enough.
    """

    tried = sftp_failures.READ

    def __init__(self, session: Session, path: str, most_bytes: int = sys.maxsize) -> None:
        super().__init__(session, path)
        self._most = most_bytes
        self.data = b""
        self.attrs = Attrs()
        self._handle = b""
        self._offset = 0
        self._pieces: list[tuple[int, Reply | None]] = []
        self._left = 0

    def start(self) -> None:
        """Ask what it is: to open a pipe would stop the server."""
        self.session.send(protocol.stat(encoded(self.path)), self._known)

    def _known(self, reply: Reply) -> None:
        if reply.attrs is None:
            self.fail(reply, sftp_failures.READ)
        elif (
            error := sftp_failures.not_a_file(self.session, self.path, reply.attrs.mode)
        ) or self.given_up:
            self.error = error
            self.done = True
        else:
            self.weight = min(reply.attrs.size or 0, self._most)
            request = protocol.open_file(encoded(self.path), protocol.READ)
            self.session.send(request, self._opened)

    def _opened(self, reply: Reply) -> None:
        if reply.kind != protocol.HANDLE:
            self.fail(reply, sftp_failures.READ)
            return
        self._handle = reply.data
        self._ask(self.weight)

    def _ask(self, size: int) -> None:
        # One byte more than there should be: if it does not come, that was all. What is said to be
        # long is not believed at once.
        size = min(size + 1, _MOST_BYTES, self._most - self._offset)
        most = self.session.most_read
        self._pieces = [(min(most, size - at), None) for at in range(0, size, most)]
        self._left = len(self._pieces) + 1
        at = self._offset
        for index, (step, _) in enumerate(self._pieces):
            request = protocol.read(self._handle, at, step)
            self.session.send(request, functools.partial(self._take, index))
            at += step
        self.session.send(protocol.handle_stat(self._handle), self._stated)

    def _stated(self, reply: Reply) -> None:
        if reply.attrs is None:  # there are servers that know files by their names only
            self.session.send(protocol.stat(encoded(self.path)), self._told)
        else:
            self._told(reply)

    def _told(self, reply: Reply) -> None:
        if reply.attrs is None:
            self._failed = self._failed or reply
        else:
            self.attrs = reply.attrs
        self._left -= 1
        if not self._left:
            self._go_on()

    def _take(self, index: int, reply: Reply) -> None:
        self._pieces[index] = self._pieces[index][0], reply
        self._left -= 1
        if not self._left:
            self._go_on()

    def _go_on(self) -> None:
        found = [self.data] if self.data else []
        for size, piece in self._pieces:
            if piece is None or piece.code not in (protocol.OK, protocol.END):
                self._failed = self._failed or piece
                break
            if piece.code == protocol.END:
                break
            found.append(piece.data)
            self._offset += len(piece.data)
            if len(piece.data) < size:
                break
        self.data = found[0] if len(found) == 1 else b"".join(found)
        last = self._pieces[0][1]
        is_end = last is None or last.code == protocol.END
        is_end = is_end or self._offset in (self.weight, self._most)
        if self._failed is None and not is_end and not self.given_up:
            # It is longer, or comes in small pieces.
            self._ask(max(self.weight - self._offset, self.session.most_read))
            return
        self.session.send(protocol.close(self._handle), nobody)
        self.done = True


class Known(Machine):
    """Ask about one name; `attrs` is what is known."""

    def __init__(self, session: Session, path: str, *, follow: bool) -> None:
        super().__init__(session, path)
        self.attrs = Attrs()
        self._follow = follow

    def start(self) -> None:
        """Ask."""
        request = protocol.stat(encoded(self.path), follow=self._follow)
        self.session.send(request, self._take)

    def _take(self, reply: Reply) -> None:
        if reply.attrs is None:
            self.fail(reply, sftp_failures.OTHER)
        else:
            self.attrs = reply.attrs
            self.done = True
