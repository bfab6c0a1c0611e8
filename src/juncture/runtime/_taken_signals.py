"""The signals that a process of ours takes for itself, and keeps although an adaptor is in it.

A signal is written into a pipe by the interpreter's C handler, so that a thread hears it even while
the main thread is deep in a library (`signal.set_wakeup_fd`). Libraries that are loaded later may
take signals or that descriptor for themselves: `take` is cheap and is called again. A forked child
must not have them: its SIGTERM would be written into our pipe and end us instead of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class TakenSignals:
    """Writes the numbers of `SIGNALS` to a descriptor; made and used in the main thread.

    Args:
        fd: Non-blocking. The numbers of signals that an adaptor handles for itself come there too,
            since Python has one such descriptor for all (`signal.set_wakeup_fd`).
        in_child: Called in every forked child, to close what must end with us.
        leave_ignored: Whether a signal that is ignored stays so, as under nohup(1).
    """

    def __init__(
        self,
        fd: int,
        *,
        in_child: Callable[[], object] | None = None,
        leave_ignored: bool = False,
    ) -> None:
        self._fd = fd
        self._in_child = in_child
        self._numbers = [
            number
            for number in SIGNALS
            if not (leave_ignored and signal.getsignal(number) == signal.SIG_IGN)
        ]

    def take(self) -> None:
        """Take the signals, also back from whoever has taken them."""
        for number in self._numbers:
            if signal.getsignal(number) is not _ignore:
                signal.signal(number, _ignore)
        signal.set_wakeup_fd(self._fd, warn_on_full_buffer=False)

    def keep_from_children(self) -> None:
        """Let forked children have default signals again; once in the life of a process.

        The signals are blocked meanwhile: one may come before the child is ready for it.
        """
        masks = threading.local()

        def block() -> None:
            masks.before = signal.pthread_sigmask(signal.SIG_BLOCK, self._numbers)

        def restore() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, masks.before)

        def give_up() -> None:
            self._give_up()
            restore()

        os.register_at_fork(before=block, after_in_parent=restore, after_in_child=give_up)

    def _give_up(self) -> None:
        with contextlib.suppress(ValueError):  # forked in a place where Python forbids it
            signal.set_wakeup_fd(-1)
            for number in self._numbers:
                default = number == signal.SIGINT
                signal.signal(number, signal.default_int_handler if default else signal.SIG_DFL)
        if self._in_child is not None:
            self._in_child()


def _ignore(number: int, frame: object) -> None:
    """Stand in for the default action; a thread does what a signal asks for."""
