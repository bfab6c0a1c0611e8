"""Another name for `juncture.saga.shell.pty_shell`."""

from __future__ import annotations

from juncture.saga.shell.pty_shell import IGNORE, MERGED, SEPARATE, STDERR, STDOUT, PTYShell

__all__ = ["IGNORE", "MERGED", "SEPARATE", "STDERR", "STDOUT", "PTYShell"]
