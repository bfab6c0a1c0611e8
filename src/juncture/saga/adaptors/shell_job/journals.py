"""The journals of one host, each as far as it has been read.

A journal only grows, so what was read once is kept, and reading again is reading what was added.
Its last bytes are asked for again: they tell whether it is still the same. One that was removed or
replaced is read from its beginning. What is kept is bounded; the journals that were asked for
longest ago go first. A job's lines are kept as they stand, and read when somebody asks for the job.
"""

from __future__ import annotations

import threading

from juncture.saga.adaptors.shell_job.journal import Clock, Journal, read_line
from juncture.saga.shell import quoting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from juncture.saga.adaptors.shell_job.journal import Line

_OVERLAP_BYTES = 64
_MOST_BYTES = 8 << 20


class Read:
    """A journal, as far as it has been read.

    Attributes:
        clock: Of its service; None if nothing was read.
        offset: How many bytes were read, to the end of a line.
    """

    __slots__ = ("_lines", "_service", "clock", "end", "offset")

    def __init__(self, service: str) -> None:
        self.clock: Clock | None = None
        self.offset = 0
        self.end = b""
        self._service = service
        self._lines: dict[int, bytes] = {}

    def add(self, data: bytes) -> None:
        """Take what follows; what is not a whole line yet comes again."""
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        self.end = (self.end + whole)[-_OVERLAP_BYTES:]
        prefix = self._service.encode() + b"."
        for raw in whole.split(b"\n"):
            if raw.startswith(prefix):
                number = raw[len(prefix) :].partition(b" ")[0]
                if number == b"0":
                    self._open(raw)
                elif number.isdigit():
                    known = self._lines.get(int(number))
                    self._lines[int(number)] = raw if known is None else known + b"\n" + raw

    def lines(self, number: int) -> Iterator[Line]:
        """Return the lines about a job, in order."""
        for raw in self._lines.get(number, b"").split(b"\n"):
            line = read_line(raw)
            if line is not None:
                yield line

    def _open(self, raw: bytes) -> None:
        line = read_line(raw)
        if line is not None and line.verb == "open":
            journal = Journal(self._service)
            journal.clock = self.clock
            journal.open(line)
            self.clock = journal.clock


class Journals:
    """Reads journals.

    Args:
        run: Runs shell text on the host and returns its output.
        folder: Returns the directory of records there.
    """

    def __init__(self, run: Callable[[str], bytes], folder: Callable[[], str]) -> None:
        self._run = run
        self._folder = folder
        self._journals: dict[str, Read] = {}
        self._lock = threading.Lock()

    def read(self, service: str) -> Read:
        """Return the journal of a service; one that is not there is empty."""
        with self._lock:
            return self._read(service)[1]

    def find(self, key: str) -> tuple[Read, str, bool]:
        """Return the journal of a job, its record, and whether its files were brought; in one go.

        The record is empty if there is none.
        """
        service, _, number = key.rpartition(".")
        there = f"{self._folder()}/{service}/{number}"
        before = (
            f"ja_r= ja_s=-;{{ IFS= read -r ja_r <{quoting.quote(there + '.job')};}} 2>/dev/null;"
            f"[ ! -e {quoting.quote(there + '.staged')} ]||ja_s=+;"
            'printf "%s\\n" "$ja_s$ja_r";'
        )
        with self._lock:
            said, journal = self._read(service, before)
        return journal, said[1:], said.startswith("+")

    def all(self, host: str) -> dict[str, Journal]:
        """Return what the journals of all services of this account on a host make of their jobs."""
        where = quoting.quote(self._folder())
        found: dict[str, Journal] = {}
        for raw in self._run(f"cat {where}/*/journal 2>/dev/null").split(b"\n"):
            line = read_line(raw)
            if line is not None:
                found.setdefault(line.service, Journal(line.service)).take((raw,))
        return {
            service: journal
            for service, journal in found.items()
            if journal.clock is not None and journal.clock.host == host
        }

    def _read(self, service: str, before: str = "") -> tuple[str, Read]:
        """Read on in a journal.

        Args:
            service: Whose it is.
            before: A command that is to be run first, and says one line.
        """
        journal = self._journals.pop(service, None) or Read(service)
        path = quoting.quote(f"{self._folder()}/{service}/journal")
        start = journal.offset - len(journal.end)
        data = self._run(f"{before}tail -c +{start + 1} {path} 2>/dev/null")
        said = b""
        if before:
            said, _, data = data.partition(b"\n")
        if data.startswith(journal.end):
            journal.add(data[len(journal.end) :])
        else:  # it is not there any more, or another
            journal = Read(service)
            journal.add(self._run(f"cat {path} 2>/dev/null"))
        self._keep(service, journal)
        return said.decode("utf-8", "surrogateescape"), journal

    def _keep(self, service: str, journal: Read) -> None:
        if journal.offset:
            self._journals[service] = journal
        kept = sum(each.offset for each in self._journals.values())
        for oldest in [*self._journals][:-1]:
            if kept <= _MOST_BYTES:
                break
            kept -= self._journals.pop(oldest).offset
