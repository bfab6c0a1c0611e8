"""No-op runs from one living process on juncture: one `DaemonClient`, one connection."""

from __future__ import annotations

import sys

from living import serve, timed

from juncture.runtime import DaemonClient


def main() -> None:
    with DaemonClient(sys.argv[1]) as daemon:

        def run() -> None:
            outcome = daemon.run({})
            if outcome.kind != "done":
                sys.exit(f"the no-op run ended as {outcome.kind!r}: {outcome.message}")

        serve(timed(run))


if __name__ == "__main__":
    main()
