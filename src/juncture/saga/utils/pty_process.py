"""Another name for `juncture.saga.shell.pty_process`."""

from __future__ import annotations

from juncture.saga.shell.pty_process import PTYProcess

__all__ = ["PTYProcess"]
