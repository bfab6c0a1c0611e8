# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001
"""The bench a job adaptor is put on: makes jobs, knows what to skip, and cleans up.

The shell text of a job may use `$1`, `$2`, … for `words`; no path is ever pasted into it.
"""

from __future__ import annotations

from typing import Any

import pytest

import juncture.saga as rs
from juncture.saga.cpi.decorators import ASYNC_SUFFIX, is_stub
from juncture.testing import oracle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

WAIT_FOR = 'while [ ! -e "$1" ]; do sleep 0.05; done'
"""Shell text that waits for the file `$1`. It polls: a fifo is no use where files are shared by a
network."""


class Bench:
    """One job service under test.

    Args:
        service: The service.
        folder: A directory that the test and its jobs both see, or None.
        patience_s: How long anything may take.
    """

    def __init__(self, service: Any, folder: Path | None, patience_s: float) -> None:
        self.service = service
        self.patience_s = patience_s
        self._folder = folder
        self._made: list[Any] = []
        self._gates: list[Path] = []

    # What the adaptor can do --------------------------------------------------------------------

    @property
    def adaptor(self) -> Any:
        """The adaptor that serves."""
        return self.service._adaptor._adaptor

    @property
    def capabilities(self) -> dict[str, Any]:
        """What it declares."""
        found: dict[str, Any] = self.adaptor.info.capabilities
        return found

    @property
    def folder(self) -> Path:
        """The directory that both see; a test that needs one is skipped without it."""
        if self._folder is None:
            pytest.skip("there is no folder which this test and the jobs both see")
        return self._folder

    def place(self, name: str) -> Path:
        """Return a new directory in the folder where jobs may write, whoever runs them."""
        place = self.folder / name
        place.mkdir()
        place.chmod(0o777)
        return place

    def needs(self, *attributes: str) -> None:
        """Skip when the adaptor declares that it does not serve these attributes of a job."""
        served = self.capabilities.get("jdes_attributes")
        if served is None:
            return
        rows = rs.job.Description()._attributes_names
        names = {rows.get(each) for each in served}
        for attribute in attributes:
            if rows.get(attribute, attribute) not in names:
                pytest.skip(f"`{self.adaptor.get_name()}` declares no `{attribute}`")

    def unknown_attributes(self) -> list[str]:
        """Return what the adaptor declares to serve and no description has."""
        known = rs.job.Description()._attributes_names
        return [
            name for name in self.capabilities.get("jdes_attributes") or () if name not in known
        ]

    def needs_method(self, *methods: str, of: str = "Job") -> None:
        """Skip when the adaptor's class leaves out methods; callers are told NotImplemented."""
        classes = rs.engine.getEngine().loaded_adaptors()[f"rs.job.{of}"]
        cls = next(
            entry.cpi_class
            for entries in classes.values()
            for entry in entries
            if entry.adaptor is self.adaptor
        )
        for method in methods:
            if is_stub(getattr(cls, method)) and not hasattr(cls, method + ASYNC_SUFFIX):
                pytest.skip(f"`{cls.__name__}` leaves out `{method}`")

    def needs_capability(self, name: str, meaning: str) -> None:
        """Skip when the adaptor declares that it lacks something which others have."""
        if self.capabilities.get(name, True) is False:
            pytest.skip(f"`{self.adaptor.get_name()}` declares `{name}: False`: {meaning}")

    def needs_processes(self) -> None:
        """Skip when the processes of jobs are not in the process table that this test sees."""
        answer = self.folder / "processes"
        self.end(self.shell(f"{oracle.SAY_PROCESSES} >$1", answer))
        if not oracle.processes_here() or answer.read_text() != oracle.processes_here():
            pytest.skip("the processes of the jobs are not in the process table of this test")

    # Jobs ---------------------------------------------------------------------------------------

    def job(self, executable: str, *arguments: object, **attributes: Any) -> Any:
        """Return a New job."""
        self.needs("executable", *(["arguments"] if arguments else []), *attributes)
        attributes["executable"] = executable
        if arguments:
            attributes["arguments"] = [str(each) for each in arguments]
        job = self.service.create_job(rs.job.Description(attributes))
        assert isinstance(job, rs.job.Job), f"`create_job` returns a `Job`, and returned {job!r}"
        self._made.append(job)
        return job

    def shell(self, text: str, *words: object, **attributes: Any) -> Any:
        """Return a New job that runs shell text with `words` as `$1`, `$2`, …."""
        return self.job("/bin/sh", "-c", text, "sh", *words, **attributes)

    def end(self, job: Any) -> Any:
        """Run a job if it is New, wait for its end, and return it."""
        if job.state == rs.job.NEW:
            job.run()
        assert job.wait(self.patience_s), f"{job!r} did not end in {self.patience_s} s"
        return job

    def waiting(self, text: str = "", *words: object, first: str = ":") -> tuple[Any, Path]:
        """Return a Running job and the file whose making lets it go on.

        Args:
            text: What it runs then; `$1` is that file, `$2` one that says the job began.
            words: `$3` and so on.
            first: What it runs before it waits.
        """
        number = len(self._made)
        go, begun = self.folder / f"go-{number}", self.folder / f"begun-{number}"
        job = self.shell(f'{first}; : >"$2"; {WAIT_FOR}; {text}', go, begun, *words)
        self._gates.append(go)
        job.run()
        self.until(begun.exists, f"{job!r} has begun")
        self.until(lambda: job.state == rs.job.RUNNING, "a job whose program runs is Running")
        return job, go

    def until(self, condition: Any, what: str) -> None:
        """Wait for what no event tells; see `oracle.until`."""
        __tracebackhide__ = True
        oracle.until(condition, self.patience_s, what)

    def close(self) -> None:
        """Cancel what a test has left; what waits all the same ends by itself."""
        for gate in self._gates:
            gate.touch()
        for job in self._made:
            if job.state not in (rs.job.NEW, *rs.job.FINAL) and not is_stub(job._adaptor.cancel):
                job.cancel()
