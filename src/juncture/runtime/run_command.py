"""`run`: one task through the whole lifecycle, in this process.

The callbacks run in the main thread; signals wake a thread of their own, which cancels, so that a
cancel arrives even while the main thread is deep in a library.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time

from juncture.runtime import children, console, data, logs, result_file
from juncture.runtime import outcome as outcomes
from juncture.runtime._taken_signals import SIGNALS, TakenSignals
from juncture.runtime.data import read_text
from juncture.runtime.lifecycle import CALLBACKS, CANCELABLE, AdaptorRunner, outcome_of
from juncture.runtime.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from juncture.runtime.adaptor import BaseAdaptor
    from juncture.runtime.commandline import Invocation

GIVE_UP_S = 10.0
"""How long a command whose time ran out may take to end before it is ended by force."""

SAME_SIGNAL_S = 0.2
"""A signal that comes so soon after the first is the same: timeout(1) sends it twice."""


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
    canceler.start()
    loaded: list[BaseAdaptor[Any]] = []
    outcome = outcome_of(lambda: loaded.append(load(init_data, rules)), f"loading {name}")
    if loaded:
        outcome = _live(AdaptorRunner(adaptor=loaded[0]), name, document, canceler)
    with contextlib.suppress(Exception):  # the adaptor may have closed or replaced it
        sys.stdout.flush()
    outcome.lost_bytes = handler.sink.lost_bytes
    result_file.write(result, outcome, hint="give `--result` another file, and run it again")
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
    outcome = canceler.verdict(outcome)
    ends = [outcome_of(move, f"{CALLBACKS[step]} of {name}") for step, move in runner.ending()]
    children.terminate_all(children.GRACE_S)
    return next((one for one in (outcome, *ends) if not one.ok), outcome)


class _Canceler:
    """Turns signals and the end of the time into one cancel; a second signal ends the process.

    Args:
        timeout_s: Seconds for everything, loading included; None means no limit.
    """

    def __init__(self, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s
        self._verdict: Outcome | None = None
        self._task_ended = False
        self._lock = threading.Lock()
        self._runner: AdaptorRunner | None = None
        self._name = ""
        self._read, write = os.pipe()
        os.set_blocking(write, False)
        self._signals = TakenSignals(write, leave_ignored=True)
        self._signals.keep_from_children()

    def start(self) -> None:
        """Take the signals, and start the clock."""
        self._signals.take()
        threading.Thread(target=self._listen, name="juncture-signals", daemon=True).start()
        if self._timeout_s is not None:
            for seconds, call in (
                (self._timeout_s, self._time_is_up),
                (self._timeout_s + GIVE_UP_S, self._give_up),
            ):
                timer = threading.Timer(seconds, call)
                timer.daemon = True
                timer.start()

    @property
    def canceled(self) -> bool:
        """Whether the lifecycle is to end without its task."""
        return self._verdict is not None

    def watch(self, runner: AdaptorRunner, name: str) -> None:
        """Cancel this runner from now on."""
        self._name = name
        runner.on_begin = self._began
        self._runner = runner

    def verdict(self, outcome: Outcome) -> Outcome:
        """Return how the task ended: canceled, if it was; what comes later changes nothing."""
        with self._lock:
            self._task_ended = True
        return self._verdict or outcome

    def _listen(self) -> None:
        first = 0.0
        while numbers := os.read(self._read, 16):
            for number in numbers:
                if number not in SIGNALS:  # Python tells of every signal that it handles
                    continue
                name = signal.Signals(number).name
                if not first:
                    first = time.monotonic()
                    ended = Outcome(outcomes.CANCELED, f"the task was canceled by {name}")
                    self._cancel(ended)
                elif time.monotonic() - first >= SAME_SIGNAL_S:
                    self._force(
                        Outcome(outcomes.FORCED, f"ended at once by a second signal, {name}")
                    )

    def _time_is_up(self) -> None:
        message = f"the task was canceled after {self._timeout_s:g} s, the time it was given"
        self._cancel(Outcome(outcomes.TIMED_OUT, message))

    def _give_up(self) -> None:
        callback = CALLBACKS.get(self._runner.active, "") if self._runner else "loading"
        message = f"ended by force: {callback or 'it'} had not ended {GIVE_UP_S:g} s after its time"
        self._force(Outcome(outcomes.FORCED, message))

    def _cancel(self, ended: Outcome) -> None:
        with self._lock:
            if self._task_ended or self._verdict is not None:
                return
            self._verdict = ended
        if self._runner is None:
            self._force(ended)
        threading.Thread(target=self._pass_on, daemon=True).start()

    def _force(self, ended: Outcome) -> None:
        """End the process now, whatever the main thread does."""
        children.terminate_all(0)
        os._exit(console.report(ended))

    def _began(self) -> None:
        # A cancel that came between two callbacks reaches the one that begins now, from a thread:
        # `on_cancel` never runs in the main thread.
        self._signals.take()
        if self._verdict is not None and self._runner and self._runner.active in CANCELABLE:
            threading.Thread(target=self._pass_on, daemon=True).start()

    def _pass_on(self) -> None:
        if self._runner is not None:
            outcome_of(self._runner.cancel, f"on_cancel of {self._name}")
