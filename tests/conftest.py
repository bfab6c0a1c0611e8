"""For all tests: signals as a person's shell leaves them, patience, and what was skipped, and why.

A shell that runs a command in the background lets it ignore SIGINT and SIGQUIT, `nohup` SIGHUP, and
its children ignore them, too; tests that interrupt a program would then wait for ever.
"""

import collections
import signal

import pytest
from hypothesis import HealthCheck, settings


def pytest_configure():
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    # An example may take long on a busy machine: by default one of 0.2 s would be a failure.
    settings.register_profile(
        "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("patient")


def pytest_terminal_summary(terminalreporter):
    """Say once for each reason how many tests it has kept from running."""
    skipped = terminalreporter.stats.get("skipped", ())
    reasons = collections.Counter(str(report.longrepr[2]) for report in skipped)
    if reasons:
        terminalreporter.section("skipped", sep="=")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} {reason[0].lower()}{reason[1:]}")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """Let what was said about any file name pass from a worker: that takes UTF-8 alone."""
    return _in_utf8((yield))


def _in_utf8(value):
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, (list, tuple)):
        return type(value)(map(_in_utf8, value))
    if isinstance(value, dict):
        return {_in_utf8(key): _in_utf8(each) for key, each in value.items()}
    return value
