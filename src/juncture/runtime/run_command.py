"""`run`: one task through the whole lifecycle, in this process.

The callbacks run in the main thread; signals wake a thread of their own, which cancels, so that a
cancel arrives even while the main thread is deep in a library.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from juncture.runtime import children, console, data, logs, result_file
from juncture.runtime import outcome as outcomes
from juncture.runtime.data import read_text
from juncture.runtime.lifecycle import CALLBACKS, AdaptorRunner, outcome_of
from juncture.runtime.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor
    from juncture.runtime.commandline import Invocation

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run(call: Invocation, name: str, load: Callable[[str, str], BaseAdaptor[Any]]) -> int:
    """Run one task; return the exit status.

    Args:
        call: The command.
        name: Class name of the adaptor.
        load: Makes the adaptor from init data and path mapping rules, both as text.
    """
    result = call.text("--result")
    result_file.check(result)
    document = data.load_data(call.text("--run-data"), name="run data")
    init_data = read_text(call.text("--init-data"), "init data")
    rules = read_text(call.text("--path-mapping-rules"), "path mapping rules")
    handler = logs.install("INFO")
    canceler = _Canceler(call.number("--timeout"))
    loaded: list[BaseAdaptor[Any]] = []
    outcome = outcome_of(lambda: loaded.append(load(init_data, rules)), f"loading {name}")
    if loaded:
        outcome = _live(AdaptorRunner(adaptor=loaded[0]), name, document, canceler)
    outcome = canceler.verdict(outcome)
    sys.stdout.flush()
    outcome.lost_bytes = handler.sink.lost_bytes
    result_file.write(result, outcome)
    return console.report(outcome)


def _live(
    runner: AdaptorRunner, name: str, document: dict[str, Any], canceler: _Canceler
) -> Outcome:
    """Go through the whole lifecycle; the first thing that went wrong is the outcome."""
    children.on_callback_error.append(runner.fail_active)
    canceler.watch(runner, name)
    outcome = outcome_of(runner.start, f"on_start of {name}")
    if outcome.ok and not canceler.canceled:
        outcome = outcome_of(lambda: runner.run(document), f"on_run of {name}")
    ends = [outcome_of(move, f"{CALLBACKS[step]} of {name}") for step, move in runner.ending()]
    children.terminate_all(children.GRACE_S)
    return next((one for one in (outcome, *ends) if not one.ok), outcome)


def _ignore(number: int, frame: object) -> None:
    """Stand in for the default action; the canceler's thread does what a signal asks for."""


class _Canceler:
    """Turns signals and the end of the time into one cancel; a second signal ends the process."""

    def __init__(self, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s
        self._verdict: Outcome | None = None
        self._runner: AdaptorRunner | None = None
        self._name = ""
        self._read, write = os.pipe()
        os.set_blocking(write, False)
        for number in _SIGNALS:
            signal.signal(number, _ignore)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        threading.Thread(target=self._listen, name="juncture-signals", daemon=True).start()

    @property
    def canceled(self) -> bool:
        """Whether the lifecycle is to end without its task."""
        return self._verdict is not None

    def watch(self, runner: AdaptorRunner, name: str) -> None:
        """Cancel this runner, and start the clock."""
        self._runner = runner
        self._name = name
        runner.on_begin = self._began
        if self._timeout_s is not None:
            message = f"the task was canceled after {self._timeout_s:g} s, the time it was given"
            ended = Outcome(outcomes.TIMED_OUT, message)
            timer = threading.Timer(self._timeout_s, self._cancel, (ended,))
            timer.daemon = True
            timer.start()

    def verdict(self, outcome: Outcome) -> Outcome:
        """Return how the task ended: canceled, if it was."""
        return self._verdict or outcome

    def _listen(self) -> None:
        seen = 0
        while numbers := os.read(self._read, 16):
            for number in numbers:
                seen += 1
                name = signal.Signals(number).name
                if seen > 1 or self._runner is None:
                    children.terminate_all(0)
                    kind = outcomes.FORCED if self._runner else outcomes.CANCELED
                    os._exit(console.report(Outcome(kind, f"ended at once by {name}")))
                ended = Outcome(outcomes.CANCELED, f"the task was canceled by {name}")
                threading.Thread(target=self._cancel, args=(ended,), daemon=True).start()

    def _cancel(self, ended: Outcome) -> None:
        if self._verdict is None:
            self._verdict = ended
            self._pass_on()

    def _began(self) -> None:
        # A cancel that came between two callbacks reaches the one that begins now, from a thread:
        # `on_cancel` never runs in the main thread.
        if (
            self._verdict is not None
            and self._runner is not None
            and self._runner.active in ("start", "run")
        ):
            threading.Thread(target=self._pass_on, daemon=True).start()

    def _pass_on(self) -> None:
        if self._runner is not None:
            outcome_of(self._runner.cancel, f"on_cancel of {self._name}")
