"""Many files as one call: each has its own outcome."""

from __future__ import annotations

import juncture.saga as rs
from juncture.testing import oracle
from juncture.testing.directory_bench import Outcome
from juncture.testing.file_bytes import content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from juncture.testing.file_bench import FileBench

_TAKEN = 7
_OLD = b"what was there"
_FILES = {str(number): content(100 + number) for number in range(24)}
_NAMES = [*_FILES, "none"]
_COPIED = {**_FILES, str(_TAKEN): _OLD}
_OUTCOMES = [rs.task.DONE] * len(_FILES) + ["DoesNotExist"]
_OUTCOMES[_TAKEN] = "AlreadyExists"
"""Of copies of `_NAMES` to where `_TAKEN` is there already, and then `_COPIED` is."""


class FileBulkKit:
    """Containers of copies, moves and removals."""

    def test_copies_in_bulk(self, bench: FileBench) -> None:
        """Each file is copied; what is missing and what is taken fail by themselves."""
        bench.needs("writes", "directories")
        for name, data in _FILES.items():
            bench.put(f"from/{name}", data)
        bench.put(f"to/{_TAKEN}", _OLD)
        tasks = [
            bench.here.copy(f"from/{name}", f"to/{name}", ttype=rs.task.TASK) for name in _NAMES
        ]
        bench.same(bench.outcomes(tasks), _OUTCOMES, "the outcomes of copies in bulk")
        bench.same(bench.names("to"), sorted(_COPIED), "the names in the target")
        for name, data in _COPIED.items():
            bench.has(f"to/{name}", data, "a copy in bulk")

    def test_copies_in_bulk_to_this_host(self, bench: FileBench, tmp_path: Path) -> None:
        """Each file comes to this host; what is missing and what is taken fail by themselves."""
        for name, data in _FILES.items():
            bench.put(name, data)
        (tmp_path / str(_TAKEN)).write_bytes(_OLD)
        tasks = [
            bench.here.copy(name, bench.local_url(tmp_path / name), ttype=rs.task.TASK)
            for name in _NAMES
        ]
        bench.same(bench.outcomes(tasks), _OUTCOMES, "the outcomes of copies in bulk to this host")
        for name, data in _COPIED.items():
            oracle.same_bytes((tmp_path / name).read_bytes(), data, f"`{name}` on this host")

    def test_copies_in_bulk_from_this_host(self, bench: FileBench, tmp_path: Path) -> None:
        """Each file goes there from this host; what is missing and taken fails by itself."""
        bench.needs("writes")
        for name, data in _FILES.items():
            (tmp_path / name).write_bytes(data)
        bench.put(str(_TAKEN), _OLD)
        here = bench.local_directory(tmp_path)
        tasks = [here.copy(name, bench.url(name), ttype=rs.task.TASK) for name in _NAMES]
        what = "the outcomes of copies in bulk from this host"
        bench.same(bench.outcomes(tasks), _OUTCOMES, what)
        bench.same(bench.names(), sorted(_COPIED), "the names in the target")
        for name, data in _COPIED.items():
            bench.has(name, data, "a copy in bulk")

    def test_moves_and_removals_in_bulk(self, bench: FileBench) -> None:
        """What can be moved and removed is, and the rest fails by itself."""
        bench.needs("writes", "directories")
        for number in range(6):
            bench.put(f"from/{number}", content(number))
        bench.here.make_dir("to")
        names = ["0", "none", "2", "3"]
        tasks = [
            bench.here.move(f"from/{name}", f"to/{name}", ttype=rs.task.TASK) for name in names
        ]
        right = [rs.task.DONE, "DoesNotExist", rs.task.DONE, rs.task.DONE]
        bench.same(bench.outcomes(tasks), right, "the outcomes of moves in bulk")
        bench.same(bench.names("to"), ["0", "2", "3"], "the names in the target")
        tasks = [
            bench.here.remove(f"from/{name}", ttype=rs.task.TASK) for name in ("1", "none", "4")
        ]
        right = [rs.task.DONE, "DoesNotExist", rs.task.DONE]
        bench.same(bench.outcomes(tasks), right, "the outcomes of removals in bulk")
        bench.same(bench.names("from"), ["5"], "the names that are left")

    def test_tasks_have_results(self, bench: FileBench) -> None:
        """A call as a task has the result that the call has."""
        data = bench.put("file")
        task = bench.here.exists("file", ttype=rs.task.ASYNC)
        task.wait(bench.patience_s)
        bench.same(task.get_result(), True, "the result of `exists` as a task")
        with bench.file("file") as file:
            task = file.read(ttype=rs.task.SYNC)
            bench.same(task.get_result(), data, "the result of `read` as a task")
        task = bench.here.get_size("none", ttype=rs.task.SYNC)
        found = Outcome(task.state, task.exception)
        bench.same(found, "DoesNotExist", "the exception of a failed task")
