"""How much one user may ask of a host, counted over all of the user's processes.

Connections are slots: a file each, locked while the connection lives, so the kernel gives back what
a killed process held. Commands per minute are one number in a locked file: when the next may start
(the generic cell rate algorithm). Whoever has to wait holds the lock meanwhile, so that nothing is
reserved for a process that may be killed. Commands are what channels run (`run`, `start`, `stream`,
reading and writing files), not what is pushed through a shell that serves already, as job starts
are. Their number has no limit that was not asked for; a host gets eight connections at a time.
Sources: flock(2), ITU-T I.371.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time

from juncture._util.flag import Flag
from juncture.saga.exceptions import BadParameter, NoSuccess, Timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE_S = 60.0
_BURST = 10
_IN_NAMES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_LONGEST_NAME = 100


class Slot:
    """One connection that may be open; give it back with `release`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let somebody else have it."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            fcntl.flock(fd, fcntl.LOCK_UN)  # a process forked from this one has it open, too
            os.close(fd)


class Budget:
    """The limits for one host.

    Args:
        host: Whose limits they are; connections to the same name are counted together.
        max_connections: Most connections at a time.
        commands_per_minute: Most commands started a minute, with a burst of ten; None for no limit.
        directory: Where the counts are kept; None for the user's runtime or state directory.
    """

    def __init__(
        self,
        host: str,
        *,
        max_connections: int = 8,
        commands_per_minute: float | None = None,
        directory: str | None = None,
    ) -> None:
        self._host = host
        self.max_connections = max_connections
        self.commands_per_minute = commands_per_minute
        self._directory = directory

    def stricter(self, other: Budget) -> Budget:
        """Return a budget of this host that keeps the limits of both."""
        limits = [one.commands_per_minute for one in (self, other)]
        return Budget(
            self._host,
            max_connections=min(self.max_connections, other.max_connections),
            commands_per_minute=min((one for one in limits if one is not None), default=None),
            directory=self._directory,
        )

    def take_connection(
        self,
        timeout: float | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> Slot:
        """Take a slot, waiting for one.

        Args:
            timeout: Seconds; None waits for ever.
            tell: Called with a sentence if there is none yet.

        Raises:
            Timeout: all were in use until the end.
            BadParameter: the limit allows none.
            NoSuccess: there is no place to keep count.
        """
        if self.max_connections < 1:
            raise BadParameter(f"the budget of {self._host} allows no connection")
        for number in range(self.max_connections):
            fd = self._open(f"slot-{number}")
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return Slot(fd)
            except OSError:
                os.close(fd)
            except BaseException:  # Ctrl-C
                os.close(fd)
                raise
        tell(f"{self.max_connections} connections to {self._host} are open; waiting for one to end")
        return self._wait_for_slot(timeout)

    def take_command(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Wait until one more command may start; at once without a limit.

        Raises:
            BadParameter: the limit allows none.
            NoSuccess: there is no place to keep count.
        """
        limit = self.commands_per_minute
        if limit is None:
            return
        if not limit > 0:
            raise BadParameter(
                f"the budget of {self._host} allows {limit:g} commands a minute",
                hint="give a number over 0, or None for no limit",
            )
        interval_s = _MINUTE_S / limit
        fd = self._open("commands")
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            delay_s = self._due(fd, interval_s) - time.time() - interval_s * (_BURST - 1)
            if delay_s > 0:
                tell(f"the budget of {self._host} is used up; waiting {delay_s:.1f} s")
                Flag().wait(delay_s)
            due = max(self._due(fd, interval_s), time.time()) + interval_s
            os.pwrite(fd, f"{due:<32.6f}".encode("ascii"), 0)
        finally:
            Slot(fd).release()

    def _due(self, fd: int, interval_s: float) -> float:
        """Return when the next command would start without a burst, by the wall clock.

        It is the one clock that processes share, also after a restart and on other hosts. If it was
        set back, or the limit is another one now, there is less to wait for than the file says.
        """
        return min(_number(os.pread(fd, 64, 0)), time.time() + interval_s * _BURST)

    def _wait_for_slot(self, timeout: float | None) -> Slot:
        """Wait for one slot in a thread of its own, since locking knows no time limit."""
        fd = self._open(f"slot-{os.getpid() % self.max_connections}")
        state = threading.Lock()
        locked = Flag()
        given_up: list[bool] = []

        def lock() -> None:
            fcntl.flock(fd, fcntl.LOCK_EX)
            with state:
                if given_up:
                    Slot(fd).release()
                locked.set()

        threading.Thread(target=lock, name="juncture-slot", daemon=True).start()

        def give_up() -> None:
            with state:
                given_up.append(True)
                if locked.is_set():
                    Slot(fd).release()

        try:
            is_ours = locked.wait(timeout)
        except BaseException:  # Ctrl-C
            give_up()
            raise
        if not is_ours:
            give_up()
            raise Timeout(
                f"all {self.max_connections} connections to {self._host} stayed in use",
                hint="close some, or raise `max_connections`",
            )
        return Slot(fd)

    def _open(self, name: str) -> int:
        place, reason = "", OSError()
        folder = "".join(c if c in _IN_NAMES else "_" for c in self._host)[:_LONGEST_NAME]
        for directory in (self._directory,) if self._directory else _default_directories():
            place = os.path.join(directory, folder)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            try:
                os.makedirs(place, mode=0o700, exist_ok=True)
                return os.open(os.path.join(place, name), flags, 0o600)
            except OSError as error:
                reason = error
        raise NoSuccess(
            f"the budget of {self._host} cannot be kept in `{place}`: {reason.strerror}",
            hint="set XDG_STATE_HOME to a directory that can be written",
        ) from reason


def _default_directories() -> list[str]:
    """Return where the counts may be kept; all of the user's processes find the same first one."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    runtime = runtime if os.path.isdir(runtime) else ""
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return [os.path.join(base, "juncture", "budget") for base in (runtime, state) if base]


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
