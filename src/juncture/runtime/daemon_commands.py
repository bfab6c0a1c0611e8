"""The commands that talk to a daemon: run, stop, status, cancel, logs, attach.

Thin: each connects, asks, shows what comes and returns an exit status. SIGINT or SIGTERM while a
task runs cancels the task and waits for it; a second signal stops waiting.
"""

from __future__ import annotations

import os

from juncture.runtime import console, result_file
from juncture.runtime import outcome as outcomes
from juncture.runtime._signals import take_signals
from juncture.runtime.daemon_client import DaemonClient
from juncture.runtime.outcome import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.runtime.commandline import Invocation

SAME_SIGNAL_S = 0.2
"""A signal that comes so soon after the first is the same: timeout(1) sends it twice."""

_FILE_PREFIX = "file://"
_RESULT_HINT = "`daemon attach --result FILE` delivers it again"


def run(call: Invocation) -> int:
    """`daemon run`: run one task."""
    given = call.text("--run-data")
    if given.startswith(_FILE_PREFIX):
        from juncture.runtime.data import read_text

        given = read_text(given, "run data")
    result = call.text("--result")
    result_file.check(result)
    with _client(call) as client:
        _cancel_on_signals(client)
        outcome = client.run(
            given,
            wait=call.flag("--wait"),
            timeout=call.number("--timeout"),
            on_log=console.show_log,
        )
    result_file.write(result, outcome, hint=_RESULT_HINT)
    return console.report(outcome)


def attach(call: Invocation) -> int:
    """`daemon attach`: follow a task that another command began."""
    result = call.text("--result")
    result_file.check(result)
    with _client(call) as client:
        outcome = client.attach(on_log=console.show_log)
    result_file.write(result, outcome, hint=_RESULT_HINT)
    return console.report(outcome)


def logs(call: Invocation) -> int:
    """`daemon logs`: show the log."""
    with _client(call) as client:
        show = console.show_log_or_end  # who reads a log to its end stops when nobody reads on
        return console.report(client.logs(show, follow=call.flag("--follow")))


def status(call: Invocation) -> int:
    """`daemon status`: print what the daemon does."""
    import json

    with _client(call) as client:
        console.show(json.dumps(client.status(), indent=2))
    return 0


def cancel(call: Invocation) -> int:
    """`daemon cancel`: cancel the running task."""
    with _client(call) as client:
        outcome = client.cancel()
    if outcome.ok and outcome.message:
        console.show(outcome.message)
    return console.report(outcome)


def stop(call: Invocation) -> int:
    """`daemon stop`: end the daemon."""
    if call.flag("--force"):
        from juncture.runtime.remains import end_by_force

        return console.report(end_by_force(call.text("--connection-file") or None))
    with _client(call) as client:
        outcome = client.stop(
            wait=call.flag("--wait"), timeout=call.number("--timeout"), on_log=console.show_log
        )
    return console.report(outcome)


def _client(call: Invocation) -> DaemonClient:
    who = f"`{' '.join(call.command)}` (process {os.getpid()})"
    return DaemonClient(
        call.text("--connection-file") or None,
        who=who,
        connect_timeout=call.number("--timeout"),
    )


def _cancel_on_signals(client: DaemonClient) -> None:
    """Let the first signal cancel the task and the second end this command."""
    import time

    seen: list[float] = []

    def handle(_number: int, _frame: object) -> None:
        seen.append(time.monotonic())
        if len(seen) == 1:
            client.interrupt()
        elif seen[-1] - seen[0] >= SAME_SIGNAL_S:
            outcome = Outcome(
                outcomes.CANCELED,
                "this command no longer waits; the task may still be running",
                hint="see `daemon status`; end the daemon with `daemon stop --force`",
            )
            raise SystemExit(console.report(outcome))

    take_signals(handle)


COMMANDS = {
    "run": run,
    "stop": stop,
    "status": status,
    "cancel": cancel,
    "logs": logs,
    "attach": attach,
}
