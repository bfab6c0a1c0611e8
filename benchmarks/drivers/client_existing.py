"""No-op runs from one living process on the existing runtime, the way its own frontend does them.

The frontend class is private, and all there is: an HTTP `PUT /run`, then heartbeats until the
adaptor is idle, then one that acknowledges the output.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from living import serve, timed
from openjd.adaptor_runtime._background.frontend_runner import FrontendRunner
from openjd.adaptor_runtime._background.loaders import ConnectionSettingsFileLoader


def main() -> None:
    logging.getLogger("openjd").addHandler(logging.NullHandler())
    settings = ConnectionSettingsFileLoader(Path(sys.argv[1])).load()
    frontend = FrontendRunner(connection_settings=settings)
    serve(timed(lambda: frontend.run({})))


if __name__ == "__main__":
    main()
