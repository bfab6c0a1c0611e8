"""The application of `actions_existing.py`: performs `ping` until it is told to close."""

from __future__ import annotations

import sys

from openjd.adaptor_runtime_client import ClientInterface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Application(ClientInterface):
    """Performs one action and says so on its output."""

    def __init__(self, server_path: str) -> None:
        super().__init__(server_path=server_path)
        self.actions["ping"] = self.ping

    def ping(self, _args: dict[str, Any] | None) -> None:
        """Tell the adaptor, by a line on the output, that it is done."""
        print("performed", flush=True)

    def close(self, _args: dict[str, Any] | None) -> None:
        """Nothing to tidy."""

    def graceful_shutdown(self, _signum: int, _frame: object) -> None:
        """End on SIGTERM."""
        sys.exit(0)


if __name__ == "__main__":
    Application(sys.argv[1]).poll()
