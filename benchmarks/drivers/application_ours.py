"""The application of `actions_ours.py`: performs `ping` until it is told to close."""

from __future__ import annotations

import sys

from juncture_client import ClientInterface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Application(ClientInterface):
    """Performs one action; that it returned is its acknowledgement."""

    def __init__(self, server_path: str) -> None:
        super().__init__(server_path=server_path)
        self.actions["ping"] = self.ping

    def ping(self, _args: dict[str, Any] | None) -> None:
        """Nothing to do."""

    def close(self, _args: dict[str, Any] | None) -> None:
        """Nothing to tidy."""

    def graceful_shutdown(self, _signum: int, _frame: object) -> None:
        """End on SIGTERM."""
        sys.exit(0)


if __name__ == "__main__":
    Application(sys.argv[1]).poll()
