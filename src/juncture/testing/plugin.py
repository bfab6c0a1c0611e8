"""The pytest plugin behind `juncture adaptor check`: which adaptor, where, and what came of it.

Adopters of the kits do not need it.
"""

from __future__ import annotations

import inspect
import json

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

OPTIONS = {
    "--juncture-adaptor": "name of the back-end adaptor to check",
    "--juncture-module": "its module",
    "--juncture-url": "URL of a service or manager",
    "--juncture-folder": "a directory that this host and the jobs both see",
    "--juncture-seen": "the same directory as that of the URL, as this host sees it",
    "--juncture-patience": "seconds that any one thing may take",
    "--juncture-report": "file to write what came of each test to, as JSON",
}

_results: dict[str, dict[str, Any]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("juncture")
    for name, text in OPTIONS.items():
        group.addoption(name, default="", help=text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the adaptor promises, which is what the test's docstring says."""
    report = yield
    test: Any = item
    promise = inspect.getdoc(test.function)
    if report.failed and promise:
        report.sections.append(("what an adaptor promises", promise))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take what came of a test: of its body, or of what kept the body from running or ending."""
    result = _results.setdefault(
        report.nodeid, {"test": report.nodeid.partition("::")[2], "outcome": "passed", "seconds": 0}
    )
    result["seconds"] = round(result["seconds"] + report.duration, 3)
    if report.outcome == "passed" or result["outcome"] == "failed":
        return
    result["outcome"] = report.outcome
    if isinstance(report.longrepr, tuple):
        result["why"] = str(report.longrepr[2]).removeprefix("Skipped: ")
    else:
        result["why"] = report.longreprtext


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write the report."""
    path = config.getoption("--juncture-report")
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(list(_results.values()), file)
