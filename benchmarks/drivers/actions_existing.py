"""Action round trips on the existing runtime: adaptor, application (a child process), adaptor.

It has no acknowledgement: as its adaptors do, the application prints a line when it is done, and a
regex on its output tells the adaptor.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from pathlib import Path

from bench_noop.adaptor import NoopAdaptor
from living import serve, timed
from openjd.adaptor_runtime.app_handlers import RegexCallback, RegexHandler
from openjd.adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer
from openjd.adaptor_runtime.process import LoggingSubprocess
from openjd.adaptor_runtime_client import Action

APPLICATION = Path(__file__).with_name("application_existing.py")


def main() -> None:
    logging.getLogger("openjd").addHandler(logging.NullHandler())
    queue = ActionsQueue()
    server = AdaptorServer(queue, NoopAdaptor({}))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    performed = threading.Event()
    handler = RegexHandler([RegexCallback([re.compile("^performed$")], lambda _: performed.set())])
    application = LoggingSubprocess(
        args=[sys.executable, str(APPLICATION), server.server_path], stdout_handler=handler
    )

    def round_trip() -> None:
        performed.clear()
        queue.enqueue_action(Action("ping", {"number": 1}))
        performed.wait()

    round_trip()  # the application is up
    serve(timed(round_trip, paced="--paced" in sys.argv))
    queue.enqueue_action(Action("close"))
    application.wait()
    server.shutdown()
    serving.join()


if __name__ == "__main__":
    main()
