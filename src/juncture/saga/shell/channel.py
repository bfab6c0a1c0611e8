"""A channel: one long-lived POSIX `sh`, here or on a host behind ssh, and commands through it.

The shell reads commands from a pipe, so there is no terminal: no echo, no prompt, no longest line,
no translation of bytes. Commands may be sent by many threads and before the earlier ones have
ended; they run one after another, in that order, and each gets its own output (`_framing` says
how). What a command changes in the shell (directory, variables) stays changed for the next.
Background processes on the far side push events through `juncture_event TEXT`.

A channel that is lost stays lost until `reconnect`; what was on its way then fails and is never
sent a second time. Functions given to a channel run in the I/O thread: they must neither block nor
raise.

It is one class, and so one module although a long one; what is sent and how answers are read is in
`_framing` and `_life`.
"""

from __future__ import annotations

import functools
import os
import threading
import weakref

from juncture._util import at_exit
from juncture.saga.exceptions import (
    BadParameter,
    DoesNotExist,
    IncorrectState,
    NoSuccess,
    PermissionDenied,
    SagaException,
)
from juncture.saga.shell import _framing, quoting
from juncture.saga.shell._bulk import feed
from juncture.saga.shell._life import Shell
from juncture.saga.shell._process import PipedProcess
from juncture.saga.shell.pending import Pending, Result, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Protocol

    from typing_extensions import Self

    class Master(Protocol):
        """What a channel needs of an ssh connection."""

        def open_shell(self) -> PipedProcess:
            """Start a `sh` on the host."""
            ...

        @property
        def name(self) -> str:
            """What to call the host."""
            ...

        @property
        def alive(self) -> bool:
            """Whether the connection is there, as far as is known."""
            ...

        def check(self) -> bool:
            """Ask whether the connection is there."""
            ...

        def take_command(self) -> None:
            """Wait until the budget of the host allows one more command."""
            ...


__all__ = ["Channel", "Pending", "Result", "Stream"]

_INLINE_BYTES = 1 << 15
_STREAM_ERRORS = 1 << 20
_SHOWN = 60
_END_WAIT_S = 5.0

# Children first are the oldest: a shell that sees its child end would start the next command.
_END_CHILDREN = """\
down() {{ for child in $(ps -A -o pid= -o ppid= | while read -r pid parent; do
    [ "$parent" = "$1" ] && echo "$pid"; done); do down "$child"; kill "$child"; done; }}
down {pid}
"""

_channels: weakref.WeakSet[Channel] = weakref.WeakSet()


class Channel:
    """A `sh` that runs commands; made by `local` or `over`.

    Args:
        opener: Starts the process; called again by `reconnect`.
        name: What to call the host in messages.
        on_event: Called with each event, bytes without the newline.
        on_lost: Called once with the reason when the channel is lost, not when it is closed.
        waits: Whether `reconnect` waits for the shell to answer. Else that it never does is told to
            `on_lost`, and raised by the commands that were sent to it.
    """

    def __init__(
        self,
        opener: Callable[[], PipedProcess],
        name: str,
        *,
        on_event: Callable[[bytes], None] | None = None,
        on_lost: Callable[[SagaException], None] | None = None,
        waits: bool = True,
    ) -> None:
        self.name = name
        self.on_event = on_event
        self.on_lost = on_lost
        self._opener = opener
        self._waits = waits
        self._master: Master | None = None
        self._shell: Shell | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    @classmethod
    def local(
        cls,
        *,
        on_event: Callable[[bytes], None] | None = None,
        on_lost: Callable[[SagaException], None] | None = None,
    ) -> Self:
        """Open a channel to a `sh` on this host.

        Raises:
            NoSuccess: there is no `/bin/sh` that works.
        """
        channel = cls(_local_shell, "localhost", on_event=on_event, on_lost=on_lost)
        channel.reconnect()
        return channel

    @classmethod
    def over(
        cls,
        master: Master,
        *,
        on_event: Callable[[bytes], None] | None = None,
        on_lost: Callable[[SagaException], None] | None = None,
    ) -> Self:
        """Open a channel to a `sh` on the host of an ssh connection.

        Raises:
            NoSuccess: the host does not give one.
        """
        channel = cls(master.open_shell, master.name, on_event=on_event, on_lost=on_lost)
        channel._master = master
        channel.reconnect()
        return channel

    @property
    def alive(self) -> bool:
        """Whether the shell is there, as far as is known."""
        return self._shell is not None and self._shell.lost is None

    @property
    def pid(self) -> int:
        """Process id of the shell, on its host."""
        shell = self._current()
        shell.wait_ready()
        return shell.remote_pid

    def run(
        self,
        cmd: str,
        *,
        stdin: bytes = b"",
        timeout: float | None = None,
        isolated: bool = False,
        merged: bool = False,
    ) -> Result:
        """Run a command and return its status and output.

        Args:
            cmd: Shell text of any length and number of lines.
            stdin: What it may read; with input it runs in a subshell.
            timeout: Seconds; None waits for ever.
            isolated: Run it in a subshell, so that it changes nothing in the shell and `exit` or
                `set -e` end only the command. Otherwise they end the channel with it.
            merged: Send its standard error where its output goes, in the order it comes.

        Raises:
            BadParameter: the command holds a NUL.
            Timeout: it has not ended in time; it goes on.
            NoSuccess: the shell was lost, so that nobody knows how the command ended.
        """
        return self.start(cmd, stdin=stdin, isolated=isolated, merged=merged).result(timeout)

    def start(
        self,
        cmd: str,
        *,
        stdin: bytes = b"",
        isolated: bool = False,
        merged: bool = False,
        on_output: Callable[[bytes], None] | None = None,
    ) -> Pending:
        """Send a command and return at once; arguments and exceptions are those of `run`.

        Args:
            cmd: Shell text.
            stdin: What it may read.
            isolated: Run it in a subshell.
            merged: Send its standard error where its output goes.
            on_output: Takes standard output as it comes, in the I/O thread; None keeps it. Of
                standard error only the last is kept then.
        """
        if self._master is not None:
            self._master.take_command()
        source, after = "", ""
        if len(stdin) > _INLINE_BYTES:
            path = self._stage(stdin)
            source, after = f"cat <{path}", f"rm -f {path}"
        elif stdin:
            source = f"printf {quoting.format_bytes(stdin)}"
        text = _framing.framed(cmd, stdin=source, isolated=isolated, merged=merged)
        pending = Pending(_shown(cmd), on_output, None if on_output is None else _STREAM_ERRORS)
        self._current().submit(text, pending)
        if after:
            self.start(after)
        return pending

    def stream(self, cmd: str, *, stdin: bytes = b"", isolated: bool = False) -> Stream:
        """Run a command whose output comes in pieces, however much it is, in bounded memory."""
        shell = self._current()
        stream = Stream(shell.pause)
        stream.pending = self.start(cmd, stdin=stdin, isolated=isolated, on_output=stream.take)
        stream.pending.when_done(stream.end)
        return stream

    def send(self, line: str) -> None:
        """Send shell text that is not a command of its own: definitions, or what answers by events.

        It must be complete: an open quote would swallow what follows. Its descriptors 1 and 2 lead
        here, and what comes on them outside of events is dropped; input is not to be read.

        Raises:
            BadParameter: it holds a NUL.
            NoSuccess: the channel is lost.
        """
        self._current().write(_framing.block(line))

    def write_file(self, path: str, data: bytes | BinaryIO, *, append: bool = False) -> None:
        """Write a file on the shell's host; a relative path is relative to the shell's directory.

        Args:
            path: The file.
            data: What to write: bytes, or a file open for reading bytes.
            append: Write after what is there.

        Raises:
            NoSuccess: it could not be written; the file may then hold a part.
        """
        target = f"{'>>' if append else '>'}{quoting.quote(path)}"
        if isinstance(data, bytes) and len(data) <= _INLINE_BYTES:
            text = f"printf {quoting.format_bytes(data)} {target}" if data else f": {target}"
            status, _, errors = self.run(text)
        else:
            status, errors = self._write_bulk(path, data, target)
        if status:
            raise NoSuccess(f"`{path}` on {self.name} was not written: {_last_line(errors)}")

    def read_file(self, path: str) -> bytes:
        """Return what is in a file on the shell's host.

        Raises:
            DoesNotExist: there is no such file.
            BadParameter: it is a directory.
            PermissionDenied: it may not be read.
            NoSuccess: reading failed.
        """
        word = quoting.quote(path)
        status, data, errors = self.run(f"cat <{word}")
        if status == 0:
            return data
        for test, error, text in (
            (f"[ ! -e {word} ]", DoesNotExist, "is not there"),
            (f"[ -d {word} ]", BadParameter, "is a directory"),
            (f"[ ! -r {word} ]", PermissionDenied, "may not be read"),
        ):
            if self.run(test).status == 0:
                raise error(f"`{path}` on {self.name} {text}")
        raise NoSuccess(f"`{path}` on {self.name} was not read: {_last_line(errors)}")

    def interrupt(self) -> None:
        """End what the shell's command at work has started, so that the channel goes on.

        Another shell on the host sends SIGTERM to the descendants of this one; the command's status
        tells of it.

        Raises:
            NoSuccess: the host gives no other shell.
        """
        pid = self.pid
        helper = Channel(self._opener, self.name)
        helper.reconnect()
        try:
            helper.run(_END_CHILDREN.format(pid=pid), timeout=_END_WAIT_S)
        finally:
            helper.close()

    def reconnect(self) -> None:
        """Open the channel, or open it again after it was lost; nothing is set in the new shell.

        Raises:
            NoSuccess: the host does not give a shell.
            Timeout: it does not answer.
        """
        with self._lock:
            if self.alive:
                return
            self._is_closed = False
            was_connected = self._master is not None and self._master.alive
            try:
                self._open()
            except NoSuccess:
                # The connection may have gone without anybody having noticed yet.
                if self._master is None or not was_connected or self._master.check():
                    raise
                self._open()

    def close(self) -> None:
        """End the shell; nothing happens if it has ended.

        Whoever is opening it gets NoSuccess; it is not waited for, since that may take a person.
        """
        self._is_closed = True
        shell = self._shell
        if shell is not None:
            shell.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        shell = getattr(self, "_shell", None)
        if shell is not None and shell.lost is None:
            shell.abandon()

    def _open(self) -> None:
        # Weakly: a channel that nobody holds any more is to be closed.
        event = functools.partial(_tell_event, weakref.ref(self))
        lose = functools.partial(_tell_lost, weakref.ref(self))
        shell = Shell(self._started(), self.name, event, lose)
        try:
            shell.open()
            if self._waits:
                shell.wait_ready()
        except BaseException:
            shell.close()
            raise
        shell.is_open = True
        self._shell = shell
        _channels.add(self)
        if self._is_closed:
            shell.close()
            raise NoSuccess(f"the channel to {self.name} was closed while it was opened")

    def _current(self) -> Shell:
        shell = self._shell
        if shell is None or shell.owner != os.getpid():
            raise IncorrectState(
                f"the channel to {self.name} is not open in this process", hint="open one here"
            )
        return shell

    def _stage(self, data: bytes) -> str:
        """Put input into a file of its own and return its name as a shell word."""
        made = self.run('umask 077; mktemp "${TMPDIR:-/tmp}/juncture-XXXXXXXXXX"', isolated=True)
        if made.status:
            raise NoSuccess(f"no place for input on {self.name}: {_last_line(made.stderr)}")
        path = made.stdout.decode("utf-8", "surrogateescape").rstrip("\n")
        self.write_file(path, data)
        return quoting.quote(path)

    def _write_bulk(self, path: str, data: bytes | BinaryIO, target: str) -> tuple[int, bytes]:
        """Write through a shell of its own, whose input is the data, so nothing is translated."""
        start = ""
        if not path.startswith("/"):
            place = self.run("pwd").stdout.decode("utf-8", "surrogateescape").rstrip("\n")
            start = f"cd {quoting.quote(place)} && "
        return feed(self._started(), self.name, f"{start}cat {target}", data)

    def _started(self) -> PipedProcess:
        try:
            return self._opener()
        except SagaException:  # of which some are OSErrors, too
            raise
        except OSError as error:
            raise NoSuccess(f"no shell on {self.name}: {error}") from error


def _tell_event(channel: weakref.ref[Channel], text: bytes) -> None:
    held = channel()
    if held is not None and held.on_event is not None:
        held.on_event(text)


def _tell_lost(channel: weakref.ref[Channel], reason: SagaException) -> None:
    held = channel()
    if held is not None and held.on_lost is not None:
        held.on_lost(reason)


def _local_shell() -> PipedProcess:
    return PipedProcess(("/bin/sh",))


def _shown(cmd: str) -> str:
    """Return enough of a command to know it by."""
    line = " ".join(cmd[: 4 * _SHOWN].split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _last_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason was given"


def _close_all() -> None:
    for channel in tuple(_channels):
        channel.close()


at_exit.call_last(_close_all)
