"""The application's side of the action channel: wait for an action, perform it, say how it went.

An action is acknowledged (`taken`) before it is performed and reported (`done`) afterwards, so
that the adaptor knows at any moment whether it was lost: one that was not acknowledged goes to the
next application, one that was is never performed again. Paths are mapped on a second connection,
so any thread may ask at any time, also while `poll` waits or an action is being performed.

No thread is started. SIGTERM is handled only while `poll` runs in the main thread; before and after
it belongs to the application.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from typing import Any, Callable, Optional, TextIO

from juncture_client import protocol
from juncture_client.action import Action
from juncture_client.channel import AdaptorLostError, Channel
from juncture_client.path_mapping import PathMappingRule, rules_from_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

_CLOSE = "close"

_LONGEST_LOGGED = 8192
"""Characters of an action that are printed; its arguments may be megabytes."""


class ClientInterface(ABC):
    """Derive from this, add to `self.actions`, and call `poll()`.

    Args:
        server_path: Path of the adaptor's socket, as its `AdaptorServer.server_path` says.

    Attributes:
        actions: What the application can do, by name; each is called with the action's arguments,
            a dictionary or None.
    """

    def __init__(self, server_path: str) -> None:
        self.server_path = server_path
        self.actions: dict[str, Callable[[Optional[dict[str, Any]]], Any]] = {_CLOSE: self.close}
        self._polling: Optional[Channel] = None
        self._ending = False
        self._asking: Optional[Channel] = None
        self._asking_pid = 0
        self._asking_lock = threading.Lock()
        self._requests = 0
        self._rules: Optional[list[PathMappingRule]] = None

    @abstractmethod
    def close(self, args: Optional[dict[str, Any]]) -> None:
        """End the application; the action `close`, after which `poll` returns."""

    @abstractmethod
    def graceful_shutdown(self, signum: int, frame: Optional[FrameType]) -> None:
        """End the application because of SIGTERM; `poll` returns once this has returned."""

    def poll(self) -> None:
        """Perform the adaptor's actions until `close` was performed.

        An exception of an action is reported to the adaptor and raised here.

        Raises:
            AdaptorLostError: the adaptor ended, or shut its server down.
        """
        channel = Channel(self.server_path, "actions")
        self._polling, self._ending = channel, False
        try:
            with self._sigterm_handled():
                self._perform_all(channel)
            with suppress(AdaptorLostError, protocol.LocalProtocolError):
                channel.write(channel.frame("bye"))
        finally:
            self._polling = None
            channel.close()

    def map_path(self, path: str) -> str:
        """Return where `path` of the submitting host is on this host.

        Raises:
            RuntimeError: the adaptor could not be asked, or could not say.
        """
        _say(sys.stdout, f"Requesting Path Mapping for path '{path}'.")
        mapped = self._ask("map_path", "mapped", path=path)["path"]
        _say(sys.stdout, f"Mapped path '{path}' to '{mapped}'.")
        return mapped

    def path_mapping_rules(self) -> list[PathMappingRule]:
        """Return the rules of this session, asked for once.

        Raises:
            RuntimeError: the adaptor could not be asked, or could not say.
        """
        if self._rules is None:
            document = self._ask("get_rules", "rules")["document"]
            try:
                self._rules = rules_from_json(document)
            except ValueError as error:
                raise RuntimeError(f"the adaptor sent {error}") from error
        return list(self._rules)

    def _perform_all(self, channel: Channel) -> None:
        """Perform actions until one was `close` or SIGTERM has ended the waiting."""
        try:
            channel.open()
            if not self._ending:
                channel.write(channel.frame("next"))
            while not self._ending and self._perform_next(channel):
                pass
        except AdaptorLostError:
            if not self._ending:
                raise

    def _perform_next(self, channel: Channel) -> bool:
        """Wait for one action and perform it; return whether another is wanted."""
        frame = channel.receive()
        if self._ending:  # not acknowledged, so another application gets it
            return False
        number = frame["id"]
        channel.write(channel.frame("taken", id=number))
        action = Action(frame["name"], _arguments(frame))
        try:
            error = self._perform(action)
        except BaseException as exception:
            with suppress(AdaptorLostError):
                channel.write(channel.frame("done", id=number, error=_describe(exception)))
            raise
        report, wanted = channel.frame("done", id=number, error=error), action.name != _CLOSE
        if wanted and not self._ending:  # in one piece: the adaptor is woken once
            report += channel.frame("next")
        channel.write(report)
        return wanted

    def _perform(self, action: Action) -> str:
        """Call the function of an action; return what was wrong with the request, if anything."""
        function = self.actions.get(action.name)
        if function is None:
            known = ", ".join(sorted(self.actions))
            error = f"this application has no action {action.name!r}, it has: {known}"
            _say(sys.stderr, f"ERROR: {error}")
            return error
        _say(sys.stdout, f"Performing action: {_shortened(str(action))}")
        function(action.args)
        return ""

    def _ask(self, request: str, reply: str, **fields: str) -> protocol.Frame:
        with self._asking_lock:
            try:
                channel = self._asking_channel()
                self._requests += 1
                channel.write(channel.frame(request, id=self._requests, **fields))
                answer = channel.receive()
            except (AdaptorLostError, protocol.LocalProtocolError) as error:
                self._drop_asking_channel()
                raise RuntimeError(f"{request} failed: {error}") from error
            except BaseException:  # an answer may still come: not to the next request
                self._drop_asking_channel()
                raise
        if answer.name != reply or answer["error"]:
            raise RuntimeError(f"{request} failed: {answer['error'] or answer.name}")
        return answer

    def _asking_channel(self) -> Channel:
        """Return the connection for requests; a forked process opens its own."""
        if self._asking is None or self._asking_pid != os.getpid():
            self._drop_asking_channel()
            channel = Channel(self.server_path, "requests")
            self._asking, self._asking_pid = channel, os.getpid()
            channel.open()
            return channel
        return self._asking

    def _drop_asking_channel(self) -> None:
        if self._asking is not None:
            self._asking.close()
            self._asking = None

    @contextmanager
    def _sigterm_handled(self) -> Generator[None]:
        """Let SIGTERM end `poll`, if this thread may say so, and give the signal back after."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGTERM, self._on_sigterm)
        try:
            yield
        finally:  # None: it was not set from Python, which cannot set it again
            signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)

    def _on_sigterm(self, signum: int, frame: Optional[FrameType]) -> None:
        self._ending = True
        try:
            self.graceful_shutdown(signum, frame)
        finally:
            if self._polling is not None:
                self._polling.end_input()


def _arguments(frame: protocol.Frame) -> Optional[dict[str, Any]]:
    import json

    args: Optional[dict[str, Any]] = json.loads(frame.raw("args") or b"null")
    return args


def _describe(exception: BaseException) -> str:
    """Return what `done` reports; ending the application with status 0 is no error."""
    if isinstance(exception, SystemExit) and not exception.code:
        return ""
    try:
        text = str(exception)
    except Exception:  # noqa: BLE001 - an error that cannot say what it is
        text = ""
    return f"{type(exception).__name__}: {text}".encode("utf-8", "backslashreplace").decode()


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_LOGGED:
        return text
    return f"{text[:_LONGEST_LOGGED]}… ({len(text)} characters)"


def _say(stream: Optional[TextIO], text: str) -> None:
    """Write a line, whatever has become of the stream: an application may have closed it."""
    if stream is None:
        return
    try:
        try:
            stream.write(text + "\n")
        except UnicodeEncodeError:
            stream.write(text.encode("ascii", "backslashreplace").decode() + "\n")
        stream.flush()
    except (OSError, ValueError, AttributeError):
        return
