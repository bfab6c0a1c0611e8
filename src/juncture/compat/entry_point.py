"""The entry point as programs call it: failures are raised out of `start`.

Their `main()` is `try: EntryPoint(X).start(…)`, `except Exception: return 1`, so a failure must be
an `Exception`. Programs that catch nothing must still end with the status that says what happened.
`EntryPointError` is both: an `Exception`, and a `SystemExit` with that status.
"""

from __future__ import annotations

import sys

from juncture import runtime
from juncture.errors import JunctureError
from juncture.runtime import outcome as outcomes

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os


class EntryPointError(JunctureError, SystemExit):
    """A command of the adaptor failed; stderr has said why.

    Args:
        name: Class name of the adaptor.
        status: The exit status of the command, and of this process if nobody catches this.
    """

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"{name} ended with exit status {status}, the reason is above")
        self.exit_status = status
        self.code = status


_NOT_RAISED = frozenset({outcomes.DONE, outcomes.BAD_INPUT})
_RAISED = frozenset(
    status for kind, (status, _) in outcomes.EXIT_STATUSES.items() if kind not in _NOT_RAISED
)
"""Statuses that are a failure of the runtime or the adaptor. Bad input, `sys.exit(n)` of an adaptor
and the status of a child end the process in the existing runtime as well."""


class EntryPoint(runtime.EntryPoint):
    """The command line of one adaptor; see `juncture.runtime.EntryPoint`."""

    def start(
        self,
        reentry_exe: os.PathLike[str] | str | None = None,
        timeout_in_seconds: float | None = 5.0,
    ) -> None:
        """Run the command in `sys.argv`; return when it succeeded.

        Args:
            reentry_exe: Program that runs this adaptor, for making the daemon; None means what
                this process was started with.
            timeout_in_seconds: Accepted and not needed: nothing here waits for a silent peer.

        Raises:
            EntryPointError: the command failed.
            SystemExit: the command line or a document is wrong (2), the adaptor called
                `sys.exit(n)`, or the process of a command adaptor failed.
        """
        del timeout_in_seconds
        status = self._run(sys.argv[1:], None if reentry_exe is None else str(reentry_exe))
        _show_log()
        if status in _RAISED:
            raise EntryPointError(self.name, status)
        if status:
            raise SystemExit(status)


def _show_log() -> None:
    """Let what the program logs from here on be seen: commands to a daemon set up no log.

    The others have one, or print a document that nothing may be added to.
    """
    import logging

    from juncture.runtime import logs

    if sys.argv[1:2] == ["daemon"] and not logging.getLogger().handlers:
        logs.install("INFO")
