"""End jobs with everything that they have started, and be sure of it.

A process belongs to a job when it is in the session or group of the job's program, was started by
one that does, or has the job's mark in its environment (Linux shows it in /proc). They get TERM,
what is left after a grace gets KILL, and the host is looked over until nothing is left. Only then
is the job told to be Canceled.
"""

from __future__ import annotations

import time

from juncture._util.flag import Flag
from juncture.saga.exceptions import NoSuccess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from juncture.saga.adaptors.shell_job.agent import Agent
    from juncture.saga.adaptors.shell_job.record import Record

_PROOF_S = 15.0
_RECORD_S = 2.0
_COLUMNS = 4
_MARK = "JUNCTURE_JOB="
_SCAN = f"""\
LC_ALL=C; export LC_ALL
ps -A -o pid= -o ppid= -o pgid= -o stat= -o sess= 2>/dev/null ||
    ps -A -o pid= -o ppid= -o pgid= -o stat=
[ ! -r /proc/self/environ ] ||
    grep -aoHE '{_MARK}[0-9a-z]+\\.[0-9]+\\.' /proc/[0-9]*/environ 2>/dev/null
:"""


class Process:
    """One line of the process table."""

    __slots__ = ("group", "job", "parent", "pid", "session")

    def __init__(self, pid: int, parent: int, group: int, session: int) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.job = ""

    def identity(self) -> tuple[int, int, int]:
        """Return what stays the same while the process lives."""
        return self.pid, self.group, self.session


def read_table(text: str) -> dict[int, Process]:
    """Return the processes that `_SCAN` lists, without those that are only waited for."""
    table: dict[int, Process] = {}
    for line in text.splitlines():
        if line.startswith("/proc/"):
            path, _, mark = line.partition(":")
            process = table.get(int(path.split("/")[2]))
            if process is not None and mark.startswith(_MARK):
                process.job = mark[len(_MARK) : -1]
            continue
        words = line.split()
        if len(words) < _COLUMNS or words[3].startswith("Z"):
            continue
        session = words[_COLUMNS] if len(words) > _COLUMNS else ""
        pid, parent, group = map(int, words[:3])
        table[pid] = Process(pid, parent, group, int(session) if session.isdecimal() else 0)
    return table


def members(table: Mapping[int, Process], jobs: Iterable[tuple[str, int]]) -> set[int]:
    """Return the ids of the processes that belong to jobs.

    Args:
        table: The process table.
        jobs: Native id and program's process of each.
    """
    keys: set[str] = set()
    roots: set[int] = set()
    for key, process in jobs:
        keys.add(key)
        roots.add(process)
    found = {
        each.pid
        for each in table.values()
        if each.pid in roots or each.group in roots or each.session in roots or each.job in keys
    }
    children: dict[int, list[int]] = {}
    for each in table.values():
        children.setdefault(each.parent, []).append(each.pid)
    new = list(found)
    while new:
        for child in children.get(new.pop(), ()):
            if child not in found:
                found.add(child)
                new.append(child)
    return found


def cancel(agent: Agent, records: Iterable[Record], grace_s: float) -> None:
    """Cancel jobs, and return when nothing is left of them.

    Args:
        agent: The agent of their host.
        records: The jobs; those that have ended are passed over.
        grace_s: How long a program may take to end by itself after TERM.

    Raises:
        NoSuccess: some process does not end, or the host cannot be reached.
    """
    live = [(record, Flag()) for record in records if not record.facts.final]
    try:
        for record, gate in live:
            record.hold(gate)
        _cancel(agent, live, grace_s)
        for record, _ in live:
            record.settle()  # another cancel of the job need not see it, too
    finally:
        for record, gate in live:
            record.release(gate)
    for record, _ in live:
        record.tell(wait=True)


def _cancel(agent: Agent, live: list[tuple[Record, Flag]], grace_s: float) -> None:
    jobs = [(record.key, record.facts.process) for record, _ in live]
    table = _scan(agent)
    before = {table[pid].identity() for pid in members(table, jobs)}
    agent.signal([record for record, _ in live], "TERM", verb="cancel")
    _wait([gate for _, gate in live], grace_s)
    deadline = time.monotonic() + _PROOF_S
    while True:
        table = _scan(agent)
        left = members(table, jobs)
        left |= {pid for pid, each in table.items() if each.identity() in before}
        if not left:
            break
        if time.monotonic() > deadline:
            raise NoSuccess(
                f"{len(left)} processes on {agent.name} do not end: {sorted(left)!r}",
                hint="they may wait for a device, or belong to another user",
            )
        agent.ask("kill -s KILL " + " ".join(map(str, sorted(left))))
    _wait([gate for _, gate in live], _RECORD_S)
    for record, gate in live:
        if not gate.is_set():  # its helper is gone, too
            agent.record(record, "gone")


def _scan(agent: Agent) -> dict[int, Process]:
    result = agent.ask(_SCAN)
    table = read_table(result.stdout.decode("utf-8", "replace"))
    if not table:
        raise NoSuccess(f"the processes on {agent.name} cannot be listed")
    return table


def _wait(gates: list[Flag], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for gate in gates:
        gate.wait(max(0.0, deadline - time.monotonic()))
