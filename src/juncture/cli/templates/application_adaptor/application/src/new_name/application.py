"""The half that runs inside the application: performs the adaptor's actions until told to close.

It needs nothing but `juncture_client`: the standard library and Python 3.9. The adaptor reads what
is printed here: `progress <percent>`, and `result <JSON>` as the last line of a task.
"""

from __future__ import annotations

import json
import logging
import os
import random
import sys
from typing import Any

from juncture_client import AdaptorLostError, ClientInterface

SAMPLES_PER_STEP = 10_000

_logger = logging.getLogger(__name__)


class Application(ClientInterface):
    """Estimates pi, as a stand-in; each `draw` adds to the samples before it."""

    def __init__(self, server_path: str) -> None:
        super().__init__(server_path)
        self.actions.update({"load": self.load, "draw": self.draw})

    def load(self, args: dict[str, Any] | None) -> None:
        """Load what every task needs; `args` is the init data."""
        # Yours: open the scene, the model, the plug-ins.
        self.random = random.Random((args or {}).get("seed", 0))
        self.samples = self.inside = 0

    def draw(self, args: dict[str, Any] | None) -> None:
        """Perform one task; `args` is the run data."""
        # Yours: call the application; a path goes through `self.map_path`.
        wanted = (args or {})["samples"]
        for first in range(0, wanted, SAMPLES_PER_STEP):
            count = min(SAMPLES_PER_STEP, wanted - first)
            self.inside += sum(self._is_inside() for _ in range(count))
            self.samples += count
            say(f"progress {100 * (first + count) / wanted}")
        pi = 4 * self.inside / self.samples
        say("result " + json.dumps({"samples": self.samples, "pi": pi, "process": os.getpid()}))

    def close(self, args: dict[str, Any] | None) -> None:
        """End in good order; `poll` returns after this."""

    def graceful_shutdown(self, signum: int, frame: Any) -> None:
        """End because of SIGTERM, also in the middle of an action."""
        sys.exit(128 + signum)

    def _is_inside(self) -> bool:
        return self.random.random() ** 2 + self.random.random() ** 2 <= 1


def say(line: str) -> None:
    """Print a line for the adaptor, at once."""
    print(line, flush=True)


def main(server_path: str) -> None:
    """Perform actions; one that raises has failed its task, and the application stays loaded."""
    application = Application(server_path)
    while True:
        try:
            application.poll()
        except AdaptorLostError as error:
            sys.exit(str(error))
        except Exception:
            _logger.exception("the action failed, and the application stays loaded")
        else:
            return


if __name__ == "__main__":
    main(sys.argv[1])
