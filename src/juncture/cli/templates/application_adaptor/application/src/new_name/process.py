"""The application's process, and the channel on which the adaptor talks to it.

Nothing here is about your application but its command line. Whatever becomes of the process, nobody
waits for it in vain: when it ends, actions that it has not performed are lost, and say so.
"""

import contextlib
import json
import queue
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

from juncture.errors import JunctureError
from juncture.runtime import (
    ActionLostError,
    ActionsQueue,
    Adaptor,
    AdaptorServer,
    LoggingSubprocess,
    RegexCallback,
    RegexHandler,
)
from juncture_client import Action

GRACE_S = 10.0
"""How long the application may take to end."""


class ApplicationEndedError(RuntimeError):
    """The application ended while something was wanted of it."""


class ApplicationProcess:
    """The application, started by making the object.

    Args:
        adaptor: Maps the application's paths.
        on_progress: Called with percent when the application prints `progress <percent>`.
    """

    def __init__(self, adaptor: Adaptor, on_progress: Callable[[float], None]) -> None:
        self._actions = ActionsQueue()
        self._server = AdaptorServer(self._actions, adaptor)
        self._results: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        progress = RegexCallback(
            [re.compile(r"^progress (\S+)$")], lambda match: on_progress(float(match[1]))
        )
        result = RegexCallback(
            [re.compile(r"^result (.*)$")], lambda match: self._results.put(match[1])
        )
        try:
            # Yours: the command line that makes the application run `application.py`.
            self._process = LoggingSubprocess(
                args=[
                    sys.executable,
                    "-m",
                    "new_name.application",
                    self._server.server_path,
                ],
                stdout_handler=RegexHandler([progress, result]),
            )
        except Exception:
            self._server.shutdown()
            raise
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def ended(self) -> bool:
        """Whether the application has ended."""
        return self._ended.is_set()

    def perform(self, name: str, args: dict[str, Any]) -> None:
        """Have the application perform an action, and wait until it has.

        Raises:
            ApplicationEndedError: it ended before it had.
            JunctureError: the action failed.
        """
        ticket = self._actions.enqueue_action(Action(name, args))
        if self.ended:
            self._actions.clear()
        ticket.wait()
        try:
            ticket.raise_for_failure()
        except ActionLostError as error:
            raise self._end() from error

    def result(self) -> Any:
        """Wait for the next result that the application prints, and return it.

        Raises:
            ApplicationEndedError: it ended without one.
        """
        text = self._results.get()
        if text is None:
            raise self._end()
        return json.loads(text)

    def close(self) -> None:
        """Ask the application to end, and make sure that it does."""
        self._actions.enqueue_action(Action("close"), front=True)
        self._ended.wait(GRACE_S)
        self.terminate()

    def terminate(self) -> None:
        """End the application and its children; callable from any thread, repeatedly."""
        self._process.terminate(grace_time_s=GRACE_S)
        self._watcher.join()

    def _watch(self) -> None:
        """Wait for the end of the application, and wake whoever waits for it."""
        with contextlib.suppress(JunctureError):  # a failed callback has failed the task already
            self._process.wait()
        self._ended.set()
        self._server.shutdown()
        self._results.put(None)

    def _end(self) -> ApplicationEndedError:
        """Say how the application ended; if it only closed the channel, end it."""
        self._ended.wait(GRACE_S)
        self.terminate()
        return ApplicationEndedError(
            f"the application ended with status {self._process.returncode}"
        )
