"""What a job writes can be read through it, all of it and nothing else."""

from __future__ import annotations

import juncture.saga as rs
from juncture.testing.oracle import BINARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.testing.bench import Bench

_MANY = 1_000_000


class StreamsKit:
    """Standard output, standard error and the log."""

    def test_output_and_error_are_apart_and_exact(self, bench: Bench) -> None:
        """Text comes as text, with nothing added or taken away at either end."""
        bench.needs_method("get_stdout", "get_stderr")
        job = bench.end(bench.shell("printf ' ö\\n\\nout\\n\\n'; printf '\\terr\\r\\n ' >&2"))
        assert (job.stdout, job.stderr) == (" ö\n\nout\n\n", "\terr\r\n ")

    def test_no_output_is_an_empty_text(self, bench: Bench) -> None:
        """A silent job has written nothing."""
        bench.needs_method("get_stdout", "get_stderr")
        job = bench.end(bench.shell("exit 0"))
        assert (job.stdout, job.stderr, job.get_stdout_bytes()) == ("", "", b"")

    def test_binary_output_is_unchanged(self, bench: Bench) -> None:
        """Every byte comes back, from `get_stdout_bytes` and from the text."""
        bench.needs_method("get_stdout")
        data = bench.folder / "data"
        data.write_bytes(BINARY)
        job = bench.end(bench.shell('cat "$1"', data))
        assert job.get_stdout_bytes() == BINARY
        assert job.stdout.encode("utf-8", "surrogateescape") == BINARY

    def test_much_output_is_complete(self, bench: Bench) -> None:
        """A job that writes a megabyte is not held up, and all of it comes back."""
        bench.needs_method("get_stdout")
        job = bench.end(bench.shell(f"head -c {_MANY} /dev/zero; printf end"))
        assert job.get_stdout_bytes() == bytes(_MANY) + b"end"

    def test_output_can_be_read_while_the_job_runs(self, bench: Bench) -> None:
        """What was written so far is there, and the rest comes later."""
        bench.needs_method("get_stdout")
        job, go = bench.waiting("echo second", first="echo first")
        bench.until(lambda: "first" in job.stdout, "the first line can be read")
        assert (job.stdout, job.state) == ("first\n", rs.job.RUNNING)
        go.touch()
        assert bench.end(job).stdout == "first\nsecond\n"

    def test_output_that_went_to_a_file_can_be_read(self, bench: Bench) -> None:
        """`stdout` is what the job wrote, also when the description names a file for it."""
        bench.needs_method("get_stdout")
        job = bench.shell("echo kept", working_directory=str(bench.folder), output="kept here")
        assert bench.end(job).stdout == "kept\n"
        assert (bench.folder / "kept here").read_text() == "kept\n"

    def test_the_log_is_a_text(self, bench: Bench) -> None:
        """What the back end says can be asked for."""
        bench.needs_method("get_log")
        assert isinstance(bench.end(bench.shell("exit 1")).log, str)
