"""What a job does is what its description says, here and behind ssh."""

import os
import threading
import time

import pytest
from job_oracle import mark, processes, sleeps, state_of, until
from processes import PATIENCE_S

from juncture.saga import exceptions
from juncture.saga.job import CANCELED, DONE, FAILED, NEW, RUNNING, Description, Service

STRANGE = [
    "",
    " ",
    "a b",
    "a\nb\n",
    "'",
    '"',
    "$HOME",
    "`id`",
    "-n",
    "--",
    "*",
    "é€😀",
    "\\",
    "a\tb;c&d|e",
    "\udcff",
]


def lines(job):
    return job.stdout.split("\0")[:-1]


def test_run_job_takes_a_shell_command(service):
    job = service.run_job("echo out; echo err >&2; exit 3")
    job.wait()
    assert (job.state, job.exit_code, job.stdout, job.stderr) == (FAILED, 3, "out\n", "err\n")


def test_arguments_arrive_as_they_are(run):
    job = run("printf", "%s\\0", *STRANGE)
    assert lines(job) == STRANGE


def test_values_of_the_environment_arrive_as_they_are(run):
    environment = {f"TEST_{number}": value for number, value in enumerate(STRANGE)}
    job = run("env", "-0", environment=environment)
    found = dict(line.partition("=")[::2] for line in lines(job))
    assert {name: found.get(name) for name in environment} == environment


def test_the_environment_may_change_what_the_shell_needs(run):
    environment = {"PATH": "/nowhere", "IFS": "x", "UID": "7", "ja_p": "1", "t": "2"}
    job = run("/usr/bin/env", environment=environment)
    assert {f"{name}={value}" for name, value in environment.items()} <= {*job.stdout.split("\n")}


def test_the_job_knows_nothing_of_the_agent(run):
    job = run(
        "/bin/sh",
        "-c",
        "ls -l /proc/self/fd; grep -E 'Sig(Ign|Blk)' /proc/self/status; env",
    )
    ignored = int(job.stdout.partition("SigIgn:\t")[2].split()[0], 16)
    assert ignored & 0x7FFFFFFF == 0  # the others are real-time signals, which nobody resets
    assert "ja_" not in job.stdout
    assert "journal" not in job.stdout
    assert "socket:" not in job.stdout


@pytest.mark.parametrize("name", ["wd", "w d", "-", "deep/er", "é"])
def test_the_working_directory_is_made(run, place, name):
    path = os.path.join(place.folder, name)
    job = run("pwd", working_directory=path)
    assert (job.stdout, job.state_detail) == (path + "\n", None)


def test_input_output_and_error_are_files(run, place):
    path = place.folder / "in out"
    run("/bin/sh", "-c", "cat >data", working_directory=str(path), input="/proc/uptime")
    job = run(
        "/bin/sh",
        "-c",
        "cat; echo e >&2",
        working_directory=str(path),
        input="data",
        output="o u t",
        error="-e",
    )
    assert job.stdout == (path / "data").read_text() == (path / "o u t").read_text() != ""
    assert job.stderr == (path / "-e").read_text() == "e\n"


def test_output_and_error_may_be_one_file(run, place):
    job = run(
        "/bin/sh",
        "-c",
        "echo a; echo b >&2; echo c",
        working_directory=str(place.folder),
        output="both",
        error="both",
    )
    assert (job.stdout, job.stderr) == ("a\nb\nc\n", "")


@pytest.mark.parametrize("attribute", ["input", "output", "working_directory"])
def test_a_file_that_cannot_be_opened_fails_the_job_and_the_log_says_why(run, attribute):
    job = run("true", **{attribute: "/proc/none/x"})
    assert (job.state, job.exit_code) == (FAILED, 127)
    assert "log" in job.state_detail
    assert "/proc/none" in job.log
    assert (job.stdout, job.stderr) == ("", "")


def test_an_output_that_somebody_removed_is_missed(run, place):
    job = run("true", working_directory=str(place.folder), output="removed")
    (place.folder / "removed").unlink()
    with pytest.raises(exceptions.DoesNotExist):
        job.get_stdout()


def test_a_job_knows_its_service_and_has_no_stream_to_write_to(run, place):
    job = run("true")
    assert job.service_url == job["ServiceUrl"] == place.url
    with pytest.raises(exceptions.NotImplemented, match=r"juncture\.job\."):
        job.get_stdin()
    with pytest.raises(exceptions.BadParameter, match="Interactive"):
        run("true", interactive=True)


def test_a_program_that_is_not_there(run):
    job = run("no such program")
    assert (job.state, job.exit_code) == (FAILED, 127)
    assert "no such program" in job.stderr


def test_pre_exec_and_post_exec_are_in_the_programs_shell(run):
    job = run(
        "/bin/sh",
        "-c",
        "echo $WHERE; exit 5",
        pre_exec=["WHERE='a b'", "export WHERE"],
        post_exec=["echo after $WHERE", "false"],
    )
    assert (job.stdout, job.exit_code) == ("a b\nafter a b\n", 5)


def test_a_failing_pre_exec_ends_the_job(run):
    job = run("echo", "never", pre_exec=["(exit 4)"], post_exec=["echo never"])
    assert (job.stdout, job.exit_code, job.state) == ("", 4, FAILED)


def test_binary_output_is_byte_for_byte(run):
    job = run("/bin/sh", "-c", "head -c 4000000 /dev/zero; printf '\\377\\001\\000'")
    assert job.get_stdout_bytes() == bytes(4000000) + b"\xff\x01\0"


def test_output_can_be_read_while_the_job_runs(run, place):
    fifo = os.path.join(place.folder, "fifo")
    job = run(
        "/bin/sh",
        "-c",
        f"rm -f {fifo}; mkfifo -m 666 {fifo}; echo first; read x <{fifo}; echo $x",
        wait=False,
    )
    while "first" not in job.stdout:
        assert job.state == RUNNING
    with open(fifo, "w") as stream:
        stream.write("second\n")
    job.wait()
    assert job.stdout == "first\nsecond\n"


def test_a_signal_ends_the_job(run):
    job = run("/bin/sh", "-c", "kill -SEGV $$")
    assert (job.state, job.exit_code, job.termsig) == (FAILED, 139, 11)


@pytest.mark.parametrize("signum", [2, 3, 10, 15])
def test_signals_reach_the_whole_group(run, signum):
    number = mark()
    job = run("/bin/sh", "-c", f"sleep {number} | sleep {number}", wait=False)
    # A shell that is about to start a program may catch the signal, and go on.
    until(lambda: len(sleeps(number)) == 2)
    job.signal(signum)
    job.wait()
    assert (job.state, job.termsig) == (FAILED, signum)
    until(lambda: not processes(f"sleep {number}"))


def test_suspend_and_resume(run):
    seen = []
    job = run("sleep", "300", wait=False)
    job.add_callback("State", lambda _job, _key, state: seen.append(state) or True)
    job.suspend()
    assert job.state == "Suspended"
    until(lambda: state_of(job._adaptor.record.facts.process) == "T")
    job.resume()
    assert job.state == RUNNING
    job.cancel()
    assert seen == ["Suspended", RUNNING, CANCELED]


def test_files_are_staged_in_and_out(run, place, tmp_path):
    data = bytes(range(256)) * 1000
    (tmp_path / "in put").write_bytes(data)
    (tmp_path / "more").write_bytes(b"!")
    job = run(
        "/bin/sh",
        "-c",
        'cat "in file" >result',
        working_directory=os.path.join(place.folder, "staged"),
        file_transfer=[
            f"{tmp_path}/in put > in file",
            f"{tmp_path}/more >> in file",
            f"{tmp_path}/out/ < result",
            f"{tmp_path}/more << result",
        ],
    )
    assert job.state == DONE, job.state_detail
    assert (tmp_path / "out" / "result").read_bytes() == data + b"!"
    assert (tmp_path / "more").read_bytes() == b"!" + data + b"!"


def test_a_missing_file_fails_the_job_before_it_is_sent(service, place, tmp_path):
    job = service.create_job({"executable": "true", "file_transfer": [f"{tmp_path}/none > x"]})
    with pytest.raises(exceptions.DoesNotExist):
        job.run()
    assert job.state == FAILED
    assert job.id is None


def test_a_result_that_is_not_there_is_said(run, tmp_path):
    job = run("true", file_transfer=[f"{tmp_path}/x < none"])
    assert job.state == FAILED
    assert job.exit_code == 0
    assert "not brought back" in job.state_detail


def test_counts_are_exported(run):
    job = run("env", total_cpu_count=4, threads_per_process=2)
    assert "JUNCTURE_TOTAL_CPU_COUNT=4\n" in job.stdout
    assert "OMP_NUM_THREADS=2\n" in job.stdout


def test_times_are_of_one_clock_and_in_order(place):
    opening = time.time()
    service = place.service()
    assert service._adaptor.agent.host
    before = time.time()
    late = before - opening  # in which the agent has read its clocks, one after the other
    job = service.create_job({"executable": "sleep", "arguments": ["0.2"]})
    job.run()
    assert job.wait(PATIENCE_S)
    assert before - late - 0.03 <= job.created <= job.started < job.finished <= time.time()
    assert job.finished - job.started > 0.15  # ticks of the clock are hundredths
    assert job.execution_hosts == [os.uname().nodename]


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ({"spmd_variation": "MPI"}, "SPMDVariation"),
        ({"wall_time_limit": 0}, "wall_time_limit"),
        ({"total_cpu_count": 0}, "total_cpu_count"),
        ({"candidate_hosts": ["elsewhere"]}, "elsewhere"),
        ({"file_transfer": ["nothing"]}, "nothing"),
        ({"arguments": ["a\0b"]}, "NUL"),
        ({"environment": {"a b": "c"}}, "a b"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(service, attributes, named):
    with pytest.raises(exceptions.BadParameter, match=named):
        service.create_job({"executable": "true", **attributes})


def test_candidate_hosts_may_name_the_host(run):
    assert run("true", candidate_hosts=["elsewhere", os.uname().nodename]).state == DONE


def test_the_wall_time_limit_ends_everything(run, monkeypatch):
    monkeypatch.setattr("juncture.saga.adaptors.shell_job.command.MINUTE", 1)
    job = run("/bin/sh", "-c", "sleep 298 & setsid sleep 299", wall_time_limit=1)
    assert job.state == FAILED
    assert "wall time" in job.state_detail


def test_callbacks_come_in_order_and_may_use_the_service(service):
    seen = []
    done = threading.Event()

    def called(job, _key, state):
        seen.append((state, job.id is not None))
        if state == DONE:
            second = service.run_job("exit 0")
            second.wait(PATIENCE_S)
            seen.append(second.state)
            done.set()
        return True

    job = service.create_job(Description(executable="true"))
    assert job.state == NEW
    job.add_callback("State", called)
    job.run()
    assert done.wait(PATIENCE_S)
    assert seen == [(RUNNING, True), (DONE, True), DONE]


def test_a_new_job_has_nothing_to_show(service):
    job = service.create_job({"executable": "true"})
    for call in (job.suspend, job.get_stdout, job.wait):
        with pytest.raises(exceptions.IncorrectState):
            call()
    job.cancel()
    assert job.state == CANCELED


def test_cleanup_removes_what_is_kept(run, place):
    job = run("echo", "x", cleanup=True)
    assert job.state == DONE
    with pytest.raises(exceptions.DoesNotExist):
        job.get_stdout()


def test_a_misspelled_option_in_the_url_is_an_error(place):
    with pytest.raises(exceptions.BadParameter, match="no option `cancel_grac`") as caught:
        Service(f"{place.url}?cancel_grac=1", place.session)
    assert "`cancel_grace_s`" in caught.value.hint
