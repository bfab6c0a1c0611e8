"""What a job runs is what its description says, byte for byte."""

from __future__ import annotations

import pytest

import juncture.saga as rs
from juncture.testing.oracle import BINARY, STRANGE, same_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from juncture.testing.bench import Bench

_PRINT = 'printf "%s\\0"'
_NAMES = ("plain", "a b", "-dash", "é€😀", "quote'\"", "$HOME")


def _texts(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="surrogateescape").split("\0")[:-1]


class ProgramsKit:
    """Arguments, environment, working directory, files, and what runs before and after."""

    def test_arguments_arrive_as_they_are(self, bench: Bench) -> None:
        """No shell reads them: spaces, quotes, line ends, leading dashes, empty ones, unicode."""
        found = bench.folder / "arguments"
        bench.end(bench.shell(f'found=$1; shift; {_PRINT} "$@" >"$found"', found, *STRANGE))
        assert _texts(found) == list(STRANGE)

    def test_a_program_without_arguments_gets_none(self, bench: Bench) -> None:
        """Neither an empty argument nor anything else is added."""
        program, found = bench.folder / "a program", bench.folder / "count"
        program.write_text(f"#!/bin/sh\necho $# >'{found}'\n")
        program.chmod(0o755)
        bench.end(bench.job(str(program)))
        assert found.read_text() == "0\n"

    def test_the_environment_arrives_as_it_is(self, bench: Bench) -> None:
        """Values may hold anything that a text can."""
        found = bench.folder / "environment"
        values = {f"KIT_{number}": text for number, text in enumerate(STRANGE)}
        words = " ".join(f'"${name}"' for name in values)
        bench.end(bench.shell(f'{_PRINT} {words} >"$1"', found, environment=values))
        assert _texts(found) == list(STRANGE)

    @pytest.mark.parametrize("name", _NAMES)
    def test_the_working_directory(self, bench: Bench, name: str) -> None:
        """The job runs there, and the directory is made if it is not there."""
        place = bench.folder / "made" / name
        bench.end(bench.shell(": >here", working_directory=str(place)))
        assert (place / "here").exists()

    @pytest.mark.parametrize("name", _NAMES)
    def test_input_output_and_error_are_files(self, bench: Bench, name: str) -> None:
        """The three streams are files in the working directory, apart and unchanged."""
        place = bench.place("streams")
        (place / name).write_bytes(BINARY)
        job = bench.shell(
            "cat; printf error >&2",
            working_directory=str(place),
            input=name,
            output=name + ".out",
            error=name + ".err",
        )
        assert bench.end(job).state == rs.job.DONE
        same_bytes((place / (name + ".out")).read_bytes(), BINARY, "the output")
        assert (place / (name + ".err")).read_bytes() == b"error"

    def test_without_input_there_is_nothing_to_read(self, bench: Bench) -> None:
        """A program that reads its standard input finds the end at once."""
        found = bench.folder / "input"
        bench.end(bench.shell('cat >"$1"', found))
        assert found.read_bytes() == b""

    def test_an_input_that_is_not_there_is_no_success(self, bench: Bench) -> None:
        """The job fails, or is refused."""
        ran = bench.folder / "ran"
        job = bench.shell(': >"$1"', ran, input=str(bench.folder / "no such input"))
        try:
            bench.end(job)
        except rs.SagaException as error:
            assert job.exception is error  # noqa: PT017 - that nothing is raised is right, too
        assert job.state == rs.job.FAILED
        assert not ran.exists()

    def test_before_and_after(self, bench: Bench) -> None:
        """Command lines of `pre_exec` and `post_exec` run around the program, whose status counts.

        They are shell text, and run where the program runs.
        """
        place = bench.folder / "around"
        job = bench.shell(
            "echo program >>order; exit 5",
            working_directory=str(place),
            pre_exec=["echo 'before  1' >>order", "echo before 2 >>order"],
            post_exec=["echo after >>order"],
        )
        bench.end(job)
        assert (place / "order").read_text() == "before  1\nbefore 2\nprogram\nafter\n"
        assert (job.state, job.exit_code) == (rs.job.FAILED, 5)

    def test_what_is_exported_before_is_seen(self, bench: Bench) -> None:
        """A variable that `pre_exec` exports is in the program's environment."""
        found = bench.folder / "seen"
        bench.end(
            bench.shell(
                'printf %s "$KIT_SEEN" >"$1"', found, pre_exec=["KIT_SEEN='a b'; export KIT_SEEN"]
            )
        )
        assert found.read_text() == "a b"

    def test_a_failed_preparation_is_no_success(self, bench: Bench) -> None:
        """The program is not run after a command of `pre_exec` failed."""
        ran = bench.folder / "ran"
        job = bench.end(bench.shell(': >"$1"', ran, pre_exec=["(exit 4)"]))
        assert job.state == rs.job.FAILED
        assert not ran.exists()

    def test_files_are_brought_and_fetched(self, bench: Bench, tmp_path: Path) -> None:
        """`local > there` before the job, `local < there` after it, with every byte."""
        (tmp_path / "local input").write_bytes(BINARY)
        back = tmp_path / "local output"
        job = bench.shell(
            'cat "in put" "in put" >result',
            working_directory=str(bench.folder / "staged"),
            file_transfer=[f"{tmp_path / 'local input'} > in put", f"{back} < result"],
        )
        assert bench.end(job).state == rs.job.DONE
        same_bytes(back.read_bytes(), BINARY * 2, "what was fetched")

    def test_the_name_is_kept(self, bench: Bench) -> None:
        """A job has the name of its description."""
        job = bench.shell("exit 0", name="a name, 'quoted'")
        assert job.name == bench.end(job).name == "a name, 'quoted'"

    def test_attributes_that_are_declared_exist(self, bench: Bench) -> None:
        """`jdes_attributes` names attributes of a description; a misspelt one would never serve."""
        unknown = bench.unknown_attributes()
        assert not unknown, f"a description has no {unknown}, which `jdes_attributes` declares"

    def test_the_description_is_the_jobs_own(self, bench: Bench) -> None:
        """Changing a description after `create_job` changes no job."""
        found = bench.folder / "own"
        words = ["-c", ': >"$1"', "sh", str(found)]
        description = rs.job.Description(executable="/bin/sh", arguments=words)
        job = bench.service.create_job(description)
        description.executable = "/no/such/program"
        assert bench.end(job).state == rs.job.DONE
        assert job.description.executable == "/bin/sh"
        assert found.exists()

    def test_a_misspelled_attribute_is_refused(self, bench: Bench) -> None:
        """The nearest name is in the hint."""
        with pytest.raises(rs.DoesNotExist) as caught:
            bench.service.create_job({"executable": "true", "argumnets": ["x"]})
        assert "arguments" in caught.value.hint.lower()

    def test_an_attribute_that_is_not_served_is_refused(self, bench: Bench) -> None:
        """It is named when the job is created; nothing is left out silently."""
        served = bench.capabilities.get("jdes_attributes")
        values = {"SPMDVariation": "MPI", "Queue": "q", "JobContact": ["a@b"], "Interactive": True}
        left_out = [name for name in values if served is not None and name not in served]
        if not left_out:
            pytest.skip(f"`{bench.adaptor.get_name()}` serves every attribute")
        name = left_out[0]
        with pytest.raises(rs.BadParameter, match=name):
            bench.service.create_job({"executable": "true", name: values[name]})

    def test_a_job_needs_a_program(self, bench: Bench) -> None:
        """A description without `executable` is refused."""
        with pytest.raises(rs.BadParameter):
            bench.service.create_job({"arguments": ["x"]})
