"""Action round trips on juncture: the application (a child process) acknowledges each action."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from bench_noop.adaptor import NoopAdaptor
from living import serve, timed

from juncture.runtime import ActionsQueue, AdaptorServer, LoggingSubprocess
from juncture_client import Action

APPLICATION = Path(__file__).with_name("application_ours.py")


def main() -> None:
    queue = ActionsQueue()
    server = AdaptorServer(queue, NoopAdaptor({}))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    application = LoggingSubprocess(args=[sys.executable, str(APPLICATION), server.server_path])

    def round_trip() -> None:
        queue.enqueue_action(Action("ping", {"number": 1})).wait()

    round_trip()  # the application is up
    serve(timed(round_trip, paced="--paced" in sys.argv))
    queue.enqueue_action(Action("close"))
    application.wait()
    server.shutdown()
    serving.join()


if __name__ == "__main__":
    main()
