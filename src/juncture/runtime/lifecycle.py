"""The lifecycle of an application adaptor: start, run (once or more), stop, cleanup, and cancel.

`MOVES` is the one table of legal moves; a move without a row is an error of the caller. The runner
calls the callbacks in the caller's thread, one at a time; only `cancel` may come from another.

Documentation is checked against the table, so it is written nowhere else.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import os
import threading

from juncture.errors import JunctureError, UsageError
from juncture.runtime import outcome as outcomes
from juncture.runtime.outcome import Outcome, OutcomeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor

_logger = logging.getLogger(__name__)


class AdaptorState(str, enum.Enum):
    """Where in its lifecycle an adaptor is: the last move that was made."""

    NOT_STARTED = "not_started"
    START = "start"
    RUN = "run"
    CANCELED = "canceled"
    FAILED = "failed"
    STOP = "stop"
    CLEANUP = "cleanup"


_S = AdaptorState

MOVES: dict[tuple[AdaptorState, str], AdaptorState] = {
    (_S.NOT_STARTED, "start"): _S.START,
    (_S.START, "run"): _S.RUN,
    (_S.RUN, "run"): _S.RUN,
    (_S.CANCELED, "run"): _S.RUN,
    (_S.START, "cancel"): _S.CANCELED,
    (_S.RUN, "cancel"): _S.CANCELED,
    (_S.START, "fail"): _S.FAILED,
    (_S.CANCELED, "fail"): _S.FAILED,
    (_S.START, "stop"): _S.STOP,
    (_S.RUN, "stop"): _S.STOP,
    (_S.CANCELED, "stop"): _S.STOP,
    (_S.NOT_STARTED, "cleanup"): _S.CLEANUP,
    (_S.START, "cleanup"): _S.CLEANUP,
    (_S.RUN, "cleanup"): _S.CLEANUP,
    (_S.CANCELED, "cleanup"): _S.CLEANUP,
    (_S.FAILED, "cleanup"): _S.CLEANUP,
    (_S.STOP, "cleanup"): _S.CLEANUP,
}
"""`(state, move): next state`. "fail" is made when `on_start` raises or is canceled; a task that
fails leaves the adaptor as it was, ready for the next."""

CANCELABLE = ("start", "run")
"""Moves during which `on_cancel` is called."""

CANCEL_WAIT_S = 10.0
"""How long a callback that has ended waits for an `on_cancel` that has not."""

LARGEST_RESULT = 64 * 1024 * 1024
"""Most bytes of JSON that `on_run` may return."""

_LONGEST_MESSAGE = 2000
_HERE = os.path.dirname(__file__) + os.sep

CALLBACKS = {"start": "on_start", "run": "on_run", "stop": "on_stop", "cleanup": "on_cleanup"}
"""`move: the callback of an adaptor that it calls`."""

_WORDS = {
    "start": "starting",
    "run": "running",
    "stop": "stopping",
    "cleanup": "cleaning up",
}


class LifecycleError(JunctureError):
    """A move was asked for that the adaptor's state does not allow."""


class AdaptorRunner:
    """Moves one adaptor through its lifecycle.

    `start`, `run`, `stop` and `cleanup` call the adaptor's callbacks and let what they raise pass,
    after it has been logged with `openjd_fail`; `outcome_of` turns that into an `Outcome`.

    Attributes:
        adaptor: The adaptor.
        on_begin: Called when a callback is about to be called: from now on `cancel` reaches it.
    """

    def __init__(self, *, adaptor: BaseAdaptor[Any]) -> None:
        self.adaptor = adaptor
        self.on_begin: Callable[[], None] | None = None
        self._state = AdaptorState.NOT_STARTED
        self._active = ""
        self._canceled = False
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._canceling: set[object] = set()
        self._number = 0

    @property
    def state(self) -> AdaptorState:
        """The last move that was made."""
        return self._state

    @property
    def active(self) -> str:
        """The move whose callback is executing now, or an empty string."""
        return self._active

    @property
    def number(self) -> int:
        """How many moves were made: which callback it is that `cancel` is meant for."""
        return self._number

    @property
    def canceled(self) -> bool:
        """Whether the current or last callback was told to cancel."""
        return self._canceled

    def start(self) -> None:
        """Run `on_start`.

        Raises:
            LifecycleError: the adaptor was started before, or was canceled while it started.
        """
        with self._move("start"):
            self.adaptor._start()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def run(self, run_data: dict[str, Any]) -> Any:
        """Run one task and return what `on_run` returned.

        Raises:
            LifecycleError: the adaptor has not started, failed to start, or was stopped.
        """
        with self._move("run"):
            return self.adaptor._run(run_data)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def stop(self) -> None:
        """Run `on_stop`."""
        with self._move("stop"):
            self.adaptor._stop()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def cleanup(self) -> None:
        """Run `on_cleanup`; once only."""
        with self._move("cleanup"):
            self.adaptor._cleanup()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def ending(self) -> list[tuple[str, Callable[[], None]]]:
        """Return the moves that end the adaptor from where it is, in their order."""
        moves: list[tuple[str, Callable[[], None]]] = []
        if (self._state, "stop") in MOVES:
            moves.append(("stop", self.stop))
        if (self._state, "cleanup") in MOVES:
            moves.append(("cleanup", self.cleanup))
        return moves

    def cancel(self, number: int | None = None) -> bool:
        """Tell the callback that is executing to end, by `on_cancel`; safe from any thread.

        Args:
            number: Which callback is meant, as `number` was while it executed; None means the one
                that is executing now, whichever it is.

        Returns:
            Whether there was something to cancel, which is `on_start` or `on_run` while it
            executes and was not canceled before.
        """
        with self._lock:
            following = MOVES.get((self._state, "cancel"))
            if not self._active or self._canceled or following is None:
                return False
            if number not in (None, self._number):
                return False
            self._state = following
            self._canceled = True
            this = self._expect_on_cancel()
        self._call_on_cancel(this)
        return True

    def _expect_on_cancel(self) -> object:
        """Keep the callback that is executing from ending before an `on_cancel`; return whose.

        Under the lock under which it was decided to cancel: the thread that calls may be held up,
        and `on_cancel` must hit this callback or none.
        """
        this = object()
        self._tell_adaptor(canceled=True)
        self._canceling.add(this)
        return this

    def _call_on_cancel(self, this: object) -> None:
        try:
            self.adaptor.cancel()
        except BaseException as error:
            _report("canceling the", error)
            raise
        finally:
            with self._changed:
                self._canceling.discard(this)
                self._changed.notify_all()

    def fail_active(self, error: BaseException) -> None:
        """Let the callback that is executing count as failed when it returns.

        For what goes wrong beside it: a callback on the application's output raised. The task is
        canceled, since nobody handles that output any more.
        """
        with self._lock:
            if not self._active or self._failure is not None:
                return
            self._failure = error
            if self._active not in CANCELABLE:
                return
            this = self._expect_on_cancel()
        with contextlib.suppress(BaseException):
            self._call_on_cancel(this)

    @contextlib.contextmanager
    def _move(self, move: str) -> Generator[None]:
        self._begin(move)
        if self.on_begin is not None:
            self.on_begin()
        failed = True
        try:
            yield
            if self._failure is not None:
                raise self._failure  # noqa: TRY301 - one place reports, whoever raised
            failed = self._canceled
        except BaseException as error:
            cause = self._failure or error  # what we canceled fails as a consequence
            failed = not _is_success(cause) or self._canceled
            _report(_WORDS[move], cause)
            if cause is error:
                raise
            raise cause  # noqa: B904 - its own cause is the exception of the callback
        finally:
            self._end(move, failed=failed)

    def _end(self, move: str, *, failed: bool) -> None:
        """Let nothing cancel this callback any more, once nothing does."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._canceling, CANCEL_WAIT_S):
                self._canceling.clear()
                _logger.warning("on_cancel has not returned; it is no longer waited for")
            self._active = ""
            self._failure = None
            if move == "start" and (failed or self._canceled):
                self._state = MOVES[self._state, "fail"]

    def _tell_adaptor(self, *, canceled: bool) -> None:
        self.adaptor._cancel_requested = canceled  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def _begin(self, move: str) -> None:
        with self._lock:
            following = MOVES.get((self._state, move))
            if self._active or following is None:
                name = type(self.adaptor).__name__
                now = (
                    f"busy with {self._active}" if self._active else f"in state {self._state.value}"
                )
                raise LifecycleError(
                    f"{name} cannot {move}: it is {now}",
                    hint="the order is start, run (once or more), stop, cleanup",
                )
            self._state = following
            self._active = move
            self._number += 1
            self._canceled = False
            self._tell_adaptor(canceled=False)


def outcome_of(move: Callable[[], Any], where: str) -> Outcome:
    """Call `move` and say how it ended; nothing that it raises passes.

    Args:
        move: Returns None or a value that JSON can hold.
        where: Whose code it is, for the sentence: `on_run of HelloAdaptor`.
    """
    try:
        value = move()
        return Outcome(outcomes.DONE, result_json="" if value is None else _to_json(value, where))
    except SystemExit as error:
        return outcomes.of_exit(error.code, where)
    except OutcomeError as error:
        return error.outcome
    except JunctureError as error:
        kind = outcomes.BAD_INPUT if isinstance(error, UsageError) else outcomes.FAILED
        return Outcome(kind, str(error), hint=error.hint)
    except BaseException as error:  # noqa: BLE001 - an adaptor may raise anything
        return Outcome(outcomes.FAILED, f"{where} failed: {describe(error)}")


def describe(error: BaseException) -> str:
    """Return one line that says which error this is."""
    try:
        text = " ".join(str(error).split("\n"))
    except Exception:  # noqa: BLE001 - an error that cannot say what it is
        text = ""
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _to_json(value: Any, where: str) -> str:
    import json

    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise JunctureError(
            f"the result is not JSON-serialisable: {error}",
            hint=f"return from {where} only dict, list, str, int, float, bool or None",
        ) from error
    if len(text) > LARGEST_RESULT:
        raise JunctureError(
            f"the result of {len(text)} bytes is over the limit of {LARGEST_RESULT}",
            hint="write large results to a file and return its path",
        )
    return text


def _is_success(error: BaseException) -> bool:
    """Whether an exception only says that the callback has done its work: `sys.exit(0)`."""
    return isinstance(error, SystemExit) and error.code in (0, None)


def _report(doing: str, error: BaseException) -> None:
    """Log a failure: one `openjd_fail` line, and a traceback unless the error explains itself."""
    if _is_success(error):
        return
    text = str(error) if isinstance(error, JunctureError) else describe(error)
    explained = isinstance(error, (JunctureError, SystemExit))
    _logger.error("openjd_fail: Error encountered while %s adaptor: %s", doing, text)
    if not explained:
        _logger.error("%s", "".join(_traceback(error)).rstrip())


def _traceback(error: BaseException) -> list[str]:
    """Return the traceback from the adaptor's own code on: ours above it explains nothing."""
    import traceback

    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_HERE):
            break
        trace = trace.tb_next
    return traceback.format_exception(type(error), error, trace)
