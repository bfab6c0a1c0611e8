"""Odd jobs and odd hosts: full disks, loud shells, strange names, ten thousand jobs."""

import os
import shutil
import signal
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from job_oracle import mark, processes, sleeps, until
from testbed.far import PATIENCE_S, Place, container, release, shell

from juncture.saga import exceptions
from juncture.saga.job import CANCELED, DONE, FAILED

MANY = {"fork": 2000, "ssh": 10_000}


@pytest.fixture(params=["local", "ssh"])
def place(request, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if request.param == "local":
        found = Place("fork://localhost/", None, tmp_path)
    else:
        found = ssh_place(request.getfixturevalue("testbed"), monkeypatch, "bash")
    yield found
    found.close()


@pytest.fixture
def service(place):
    return place.service()


def ssh_place(testbed, monkeypatch, user):
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    user = testbed.users[user]
    return Place(f"ssh://{user.name}@h0/", testbed.key, user.home)


# Disks


@pytest.fixture
def small_disk(testbed, monkeypatch):
    """The home of a user on a disk of 256 KiB, and a way to fill it and to empty it."""
    place = ssh_place(testbed, monkeypatch, "noisy")
    home = testbed.users["noisy"].home / ".local"
    home.mkdir(exist_ok=True)
    shutil.chown(home, testbed.users["noisy"].name)  # others use it afterwards
    subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=256k,mode=0777", "tmpfs", home], check=True
    )
    place.filler = home / "filler"
    yield place
    place.close()
    subprocess.run(["/bin/umount", "-l", home], check=True)


def fill(path):
    with path.open("ab", buffering=0) as stream:
        for size in (4096, 1):
            try:
                while stream.write(b"\n" * size):
                    pass
            except OSError:
                continue


def test_a_disk_that_fills_up_on_the_far_side(small_disk):
    service = small_disk.service()
    fifo = small_disk.fifo()
    quiet = {"output": "/dev/null", "error": "/dev/null"}
    kept = shell(service, f"read status <{fifo}; exit $status", **quiet)
    kept.run()
    fill(small_disk.filler)
    (journal,) = small_disk.filler.parent.glob("state/juncture/jobs/*/journal")
    fill(journal)  # what is left of its last page
    release(fifo, 3)
    refused = container(service, ["exit 0"] * 20)
    refused.run()
    refused.wait(timeout=PATIENCE_S)
    assert {*refused.states} == {FAILED}
    assert all("not started" in str(job.exception) for job in refused)
    assert kept.exit_code is None
    assert kept.state not in (DONE, CANCELED)
    small_disk.filler.unlink()
    assert kept.wait(PATIENCE_S)
    assert (kept.state, kept.exit_code) == (FAILED, 3)
    assert small_disk.service().get_job(kept.id).exit_code == 3
    again = service.run_job("echo fine")
    assert again.wait(PATIENCE_S)
    assert again.stdout == "fine\n"


def test_a_disk_that_is_full_from_the_start(small_disk):
    fill(small_disk.filler)
    service = small_disk.service()
    with pytest.raises(exceptions.NoSuccess, match="records") as caught:
        service.run_job("true")
    assert "\n" not in str(caught.value)
    small_disk.filler.unlink()
    assert service.run_job("true").wait(PATIENCE_S)


# Login shells


def test_a_login_shell_that_prints_garbage(testbed, monkeypatch):
    place = ssh_place(testbed, monkeypatch, "noisy")
    jobs = container(
        place.service(), [f"echo out{number}; exit {number % 7}" for number in range(100)]
    )
    jobs.run()
    jobs.wait(timeout=PATIENCE_S)
    assert [job.exit_code for job in jobs] == [number % 7 for number in range(100)]
    assert [job.stdout for job in jobs] == [f"out{number}\n" for number in range(100)]
    place.close()


# Names and arguments

TEXT = st.one_of(
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=20),
    st.sampled_from(
        ["", " ", "-n", "--", "-e\n", "'", '"', "\\", "$(echo no)", "`id`", "*", "~", "a\nb", "\t",
         "ü ✓ \U0001f600", "%s", "!!", ";exit 9", "\r", "\x01\x7f", "#x", "=", "a=b", "\n"]
    ),
)  # fmt: skip
NAME = TEXT.filter(lambda name: name not in ("", ".", "..") and "/" not in name)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(arguments=st.lists(TEXT, max_size=6), texts=st.tuples(TEXT, TEXT, NAME, NAME))
def test_odd_names_and_arguments(place, arguments, texts):
    value, name, folder, output = texts
    service = place.services[0] if place.services else place.service()
    where = os.path.join(place.folder, os.urandom(4).hex(), f"x{folder}")
    line = 'printf "%s\\0" "$VALUE" "$PWD" "$@"'
    job = service.create_job(
        {
            "executable": "/bin/sh",
            "arguments": ["-c", line, "sh", *arguments],
            "environment": {"VALUE": value},
            "name": name,
            "working_directory": where,
            "output": output,
        }
    )
    job.run()
    assert job.wait(PATIENCE_S)
    assert job.state == DONE, (job.state_detail, job.log)
    with open(os.path.join(where, output), "rb") as stream:
        said = stream.read()
    assert said.decode().split("\0")[:-1] == [value, where, *arguments]
    found = place.service().get_job(job.id)
    assert found.name == job.name
    assert found.description.arguments == ["-c", line, "sh", *arguments]


# Processes

STUBBORN = """
trap '' TERM INT HUP
setsid sh -c 'trap "" TERM; sleep {0} & sleep {0}; sleep {0}' &
env -i setsid sleep {0} &
sleep {0}; sleep {0}
"""


def test_cancel_ends_what_ignores_it_and_what_ran_away(service):
    number = mark()
    job = shell(service, STUBBORN.format(number))
    job.run()
    until(lambda: len(sleeps(number)) == 4)
    job.cancel(timeout=0.3)
    assert processes(f"sleep {number}") == []
    assert job.state == CANCELED


@pytest.mark.xfail(
    strict=True,
    reason="an orphan in a session of its own with an empty environment has nothing of the job's",
)
def test_cancel_ends_what_has_shed_every_mark(service):
    number = mark()
    job = shell(service, f"(env -i setsid sleep {number} &) ; sleep {number}; true")
    job.run()
    until(lambda: len(sleeps(number)) == 2)
    job.cancel(timeout=0.3)
    left = processes(f"sleep {number}")
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert left == []


def test_a_job_that_forks_away_is_done_when_its_program_is(service):
    number = mark()
    job = shell(service, f"(setsid sleep {number} >/dev/null 2>&1 &) & exit 6")
    job.run()
    assert job.wait(PATIENCE_S)
    assert (job.state, job.exit_code) == (FAILED, 6)
    for process in until(lambda: sleeps(number)):
        os.kill(process, signal.SIGKILL)


def test_a_wall_time_that_is_over(service, monkeypatch):
    number = mark()
    line = f"trap '' TERM; setsid sleep {number} & sleep {number}; sleep {number}; sleep {number}"
    job = shell(service, line, wall_time_limit=1)
    # A minute is the shortest there is; the helper is told a second.
    command = job._adaptor.command
    monkeypatch.setattr(
        job._adaptor, "command", lambda number: command(number).replace(" 60 ", " 1 ", 1)
    )
    job.run()
    assert job.wait(PATIENCE_S)
    assert job.state == FAILED
    assert "wall" in job.state_detail or "limit" in job.state_detail
    until(lambda: not processes(f"sleep {number}"))


# Numbers


def test_a_container_of_thousands(place, service):
    many = MANY[place.url.partition(":")[0]]
    tally = place.tally()
    jobs = container(
        service, [f"echo {number} >>{tally}; exit {number % 5}" for number in range(many)]
    )
    jobs.run()
    jobs.wait()
    assert [job.exit_code for job in jobs] == [number % 5 for number in range(many)]
    ran = tally.read_text().split()
    assert len(ran) == len({*ran}) == many
    assert len({job.id for job in jobs}) == many
    assert {job.id for job in jobs} <= {*service.list()}
