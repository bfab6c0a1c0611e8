"""Jobs that are ended, stopped or signaled while they run; calls that are tasks."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

import juncture.saga as rs
from juncture.testing import oracle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from juncture.testing.bench import Bench

_TREE = """\
trap '' TERM
processes=4
echo "$$ sh" >>"$3"
sleep 1000 & echo "$! sleep" >>"$3"
sh -c 'sleep 1000 & echo "$! sleep" >>"$1"; echo "$$ sh" >>"$1"; wait' sh "$3" &
if command -v setsid >/dev/null; then
    processes=5
    setsid sh -c 'echo "$$ sleep" >>"$1"; exec sleep 1000' sh "$3" </dev/null >/dev/null 2>&1 &
fi
until [ "$(wc -l <"$3")" -eq "$processes" ]; do sleep 0.05; done
: >"$4"
wait
"""
"""A program that ignores TERM and starts others: children, a grandchild, one in its own session.

It writes down each, and as which program it will be there.
"""

_BEATS = f"""\
{oracle.SAY_PROCESSES} >"$1"
printf ' %s' $$ >>"$1"
while [ ! -e "$2" ]; do echo x >>"$3"; sleep 0.05; done
"""
"""A program that says which process it is, and then writes until it is told to end."""


class ControlKit:
    """Cancel, suspend, resume, signal; the asynchronous forms."""

    def test_cancel_ends_the_whole_tree(self, bench: Bench) -> None:
        """When `cancel` returns the job is Canceled, and nothing that it started is left.

        Its program ignores TERM, and one of its processes has a session of its own.
        """
        bench.needs_method("cancel")
        bench.needs_processes()
        listed, ready = bench.folder / "listed", bench.folder / "ready"
        job, go = bench.waiting(_TREE, listed, ready)
        go.touch()
        bench.until(ready.exists, "the processes of the job have begun")
        programs = dict(line.split() for line in listed.read_text().splitlines())
        # A process that is still to become its program may be overlooked by whoever looks now.
        bench.until(
            lambda: {pid: oracle.program(pid) for pid in programs} == programs,
            f"the processes of the job are {programs}",
        )
        found = [*map(int, programs)]
        assert all(oracle.is_alive(pid) for pid in found)
        try:
            job.cancel()
            assert [pid for pid in found if oracle.is_alive(pid)] == []
        finally:
            for pid in found:
                if oracle.program(pid) == programs[str(pid)]:
                    with suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
        assert job.wait(bench.patience_s)
        assert job.state == rs.job.CANCELED

    def test_cancel_spares_other_jobs(self, bench: Bench) -> None:
        """Another job of the same service goes on."""
        bench.needs_method("cancel")
        other, go = bench.waiting("exit 7")
        job, _ = bench.waiting()
        job.cancel()
        assert (other.state, other.wait(0)) == (rs.job.RUNNING, False)
        go.touch()
        assert bench.end(other).exit_code == 7  # noqa: PLR2004
        assert job.state == rs.job.CANCELED

    def test_suspend_and_resume(self, bench: Bench) -> None:
        """A suspended job stands still, and goes on when it is resumed."""
        bench.needs_method("suspend", "resume")
        said, go, beats = (bench.folder / name for name in ("said", "go-on", "beats"))
        job = bench.shell(_BEATS, said, go, beats)
        job.run()
        bench.until(beats.exists, "the job has begun")
        job.suspend()
        assert job.state == rs.job.SUSPENDED
        counted = _settled(bench, said, beats)
        go.touch()
        assert job.wait(0.5) is False
        assert beats.stat().st_size == counted, "a suspended job went on"
        job.resume()
        assert bench.end(job).state == rs.job.DONE

    def test_a_signal_arrives(self, bench: Bench) -> None:
        """The program receives it and may go on."""
        bench.needs_method("signal")
        ready, heard = bench.folder / "ready", bench.folder / "heard"
        text = 'trap \': >"$2"\' USR1; : >"$1"; while [ ! -e "$2" ]; do sleep 0.05; done; exit 6'
        job = bench.shell(text, ready, heard)
        job.run()
        bench.until(ready.exists, "the program waits for the signal")
        job.signal(signal.SIGUSR1)
        bench.end(job)
        assert heard.exists()
        assert job.state in (rs.job.DONE, rs.job.FAILED)

    def test_calls_are_tasks_when_asked(self, bench: Bench) -> None:
        """TASK begins New and waits for `run`, ASYNC is under way, SYNC has ended."""
        ran = bench.folder / "ran"
        job = bench.shell(': >"$1"', ran)
        task = job.run(ttype=rs.TASK)
        assert (task.state, job.state) == (rs.NEW, rs.job.NEW)
        task.run()
        assert task.wait(bench.patience_s)
        task.re_raise()
        waiting = job.wait(bench.patience_s, ttype=rs.ASYNC)
        assert waiting.wait(bench.patience_s)
        assert waiting.get_result() is True
        assert job.get_state(ttype=rs.SYNC).state == rs.DONE
        assert ran.exists()

    def test_a_job_can_be_awaited(self, bench: Bench) -> None:
        """`await job` returns its final state."""
        job = bench.shell("exit 0")
        job.run()

        async def wait() -> Any:
            return await asyncio.wait_for(_awaited(job), bench.patience_s)

        assert asyncio.run(wait()) == rs.job.DONE


async def _awaited(job: Any) -> Any:
    return await job


def _settled(bench: Bench, said: Path, beats: Path) -> int:
    """Return the size of a file that has stopped growing; what was under way may still arrive.

    That a process is stopped is seen where it is seen at all; elsewhere time must tell.
    """
    *table, pid = said.read_text().split()
    is_seen = " ".join(table) == oracle.processes_here()
    sizes = [-1]

    def stands() -> bool:
        is_stopped = is_seen and oracle.process_state(int(pid)) == "T"
        sizes.append(beats.stat().st_size)
        return is_stopped or (len(sizes) > _SAME and len(set(sizes[-_SAME:])) == 1)

    bench.until(stands, "a suspended job stands still")
    return sizes[-1]


_SAME = 100
"""Looks in a row, 20 ms apart, that must see the same: the job writes every 50 ms."""
