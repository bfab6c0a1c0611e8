"""The kits: silent about an adaptor that is right, and each fault is found by the test for it."""

import os
import subprocess
import sys

import pytest
from adaptors.saga import (
    child_job,
    faulty_files,
    faulty_jobs,
    faulty_names,
    faulty_others,
    lent_hosts,
)
from job_oracle import processes, until
from processes import ENVIRONMENT, PATIENCE_S
from testbed import redis_server

from juncture import saga
from juncture.testing import JobAdaptorKit, ResourceAdaptorKit
from juncture.testing.directory_bench import Outcome
from juncture.testing.file_bulk import FileBulkKit
from juncture.testing.file_flags import FlagsKit
from juncture.testing.job_recovery import RecoveryKit
from juncture.testing.job_states import StatesKit


class TestChild(JobAdaptorKit):
    @pytest.fixture
    def service_url(self):
        saga.engine.getEngine().register_adaptor(child_job)
        return "child://localhost/"


class TestLent(ResourceAdaptorKit):
    @pytest.fixture(autouse=True)
    def state(self, monkeypatch, tmp_path):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    @pytest.fixture
    def manager_url(self):
        saga.engine.getEngine().register_adaptor(lent_hosts)
        return "lent://localhost/"


ADOPTER = """
import pytest
import juncture.saga as rs
from juncture.testing import (
    AdvertAdaptorKit, ContextAdaptorKit, FileAdaptorKit, JobAdaptorKit, ReplicaAdaptorKit,
    ResourceAdaptorKit,
)
import os

def patience_s(of_a_fault):
    return int(os.environ.get("JUNCTURE_TEST_PATIENCE", of_a_fault))

class TestFiles(FileAdaptorKit):
    patience_s = patience_s(10)

    @pytest.fixture
    def directory_url(self, tmp_path):
        return f"faulty-files://{tmp_path.name}/"

class TestReplicas(ReplicaAdaptorKit):
    adaptor_name = "test.faulty.replica"

    @pytest.fixture
    def catalogue_url(self, tmp_path):
        return f"sqlite://{tmp_path}/catalogue.db"

class TestAdverts(AdvertAdaptorKit):
    adaptor_name = "test.faulty.advert"
    patience_s = patience_s(2)

    @pytest.fixture
    def directory_url(self):
        return os.environ["JUNCTURE_TEST_URL"]

class TestJobs(JobAdaptorKit):
    patience_s = patience_s(3)

    @pytest.fixture
    def service_url(self):
        return "faulty://localhost/"

class TestContexts(ContextAdaptorKit):
    @pytest.fixture
    def context(self, tmp_path):
        (tmp_path / "key").touch()
        key = str(tmp_path / "key")
        return rs.Context("faulty", user_key=key, user_id="moon", user_pass="behind the moon")

class TestResources(ResourceAdaptorKit):
    patience_s = patience_s(3)

    @pytest.fixture
    def manager_url(self):
        return "faulty://localhost/"
"""

PATIENT = {"JUNCTURE_TEST_PATIENCE": str(PATIENCE_S)}
"""For what is right, which need not be quick."""


def outcome(directory, module, select, words=(), **environment):
    """Return the exit status and the output of pytest for some tests of an adopter."""
    (directory / "test_adopter.py").write_text(ADOPTER)
    environment["JUNCTURE_SAGA_ADAPTORS"] = f"adaptors.saga.{module}"
    return pytest_of(directory, "-k", select, *words, **environment)


def pytest_of(directory, *words, **environment):
    """Return the exit status and the output of pytest in a directory."""
    (directory / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=directory,
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def rows(module, kit, faults):
    """Return a row for each fault of a module: `(module, kit, fault, the test that finds it)`."""
    return [
        pytest.param((module, kit, name, row[-1]), id=f"{kit}-{name}")
        for name, row in faults.items()
    ]


CONTEXTS = {name: row for name, row in faulty_others.FAULTS.items() if row[0] == "Context"}
RESOURCES = {name: row for name, row in faulty_others.FAULTS.items() if name not in CONTEXTS}


@pytest.fixture(scope="module")
def redis():
    with redis_server.running() as server:
        yield server


@pytest.mark.parametrize(
    "row",
    [
        *rows("faulty_jobs", "TestJobs", faulty_jobs.FAULTS),
        *rows("faulty_others", "TestContexts", CONTEXTS),
        *rows("faulty_others", "TestResources", RESOURCES),
        *rows("faulty_files", "TestFiles", faulty_files.FAULTS),
        *rows("faulty_replica", "TestReplicas", faulty_names.REPLICA_FAULTS),
        *rows("faulty_advert", "TestAdverts", faulty_names.ADVERT_FAULTS),
    ],
)
def test_a_fault_is_found(row, request, tmp_path):
    module, kit, fault, test = row
    named = {"JUNCTURE_TEST_FAULT": fault}
    if kit == "TestAdverts":
        named["JUNCTURE_TEST_URL"] = request.getfixturevalue("redis").url("/", prefix=fault)
    mine = str(tmp_path / "kit")
    words = ("--basetemp", mine)
    status, output = outcome(tmp_path, module, f"{test} and {kit}", words, **named)
    assert status == 1, output
    assert f"FAILED test_adopter.py::{kit}::{test}" in output
    until(lambda: processes(mine) == [], "nothing runs for ever because its adaptor is wrong")


@pytest.mark.parametrize(
    ("module", "kit"), [("faulty_files", "TestFiles"), ("faulty_replica", "TestReplicas")]
)
def test_the_same_adaptor_without_a_fault_is_right(module, kit, tmp_path):
    status, output = outcome(tmp_path, module, kit, **PATIENT)
    assert status == 0, output


def test_the_same_contexts_and_resources_without_a_fault_are_right(tmp_path):
    tests = " or ".join(sorted({row[2] for row in faulty_others.FAULTS.values()}))
    status, output = outcome(tmp_path, "faulty_others", f"({tests}) and not TestJobs", **PATIENT)
    assert status == 0, output
    assert "skipped" not in output


def test_the_same_adverts_without_a_fault_are_right(redis, tmp_path):
    named = {"JUNCTURE_TEST_URL": redis.url("/", prefix="right"), **PATIENT}
    test = "test_a_change_is_told"
    status, output = outcome(tmp_path, "faulty_advert", test, **named)
    assert status == 0, output


def test_what_is_found_is_shown_with_what_is_right(tmp_path):
    fault = {"JUNCTURE_TEST_FAULT": "IsAlwaysDone"}
    _, output = outcome(tmp_path, "faulty_jobs", "test_the_exit_code_is_the_programs", **fault)
    assert "assert ('Done', 0) == ('Failed', 42)" in output
    fault = {"JUNCTURE_TEST_FAULT": "ReadsText"}
    _, output = outcome(tmp_path, "faulty_files", "test_bytes_are_exact", **fault)
    assert "`read` returns has 7358 bytes where 4096 are right; from byte 1 on it is b'" in output


def test_an_outcome_is_compared_by_its_name_and_shown_with_its_reason():
    found = Outcome("Failed", saga.NoSuccess("there is no moon"))
    assert found == "NoSuccess"
    assert repr([found, Outcome("Done")]) == "['NoSuccess: there is no moon', 'Done']"


@pytest.mark.parametrize(
    ("kit", "first", "last"),
    [("TestFiles", FlagsKit, FileBulkKit), ("TestJobs", StatesKit, RecoveryKit)],
)
def test_what_is_simple_is_tested_first(kit, first, last, tmp_path):
    _, output = outcome(tmp_path, "faulty_files", kit, words=("--collect-only",))
    names = [line.partition(f"{kit}::")[2].partition("[")[0] for line in output.splitlines()]
    names = [name for name in names if name]
    assert names[0] in vars(first)
    assert names[-1] in vars(last)


def test_what_hangs_is_shown_where_it_does(tmp_path):
    fault = {"JUNCTURE_TEST_FAULT": "HangsInRun", "JUNCTURE_TEST_PATIENCE": "1"}
    status, output = outcome(tmp_path, "faulty_jobs", "test_a_job_runs_once", **fault)
    assert status == 1
    assert "Failed: this does not come back, and the test has only 10 s for all" in output
    assert "self.nothing.wait()" in output


def test_a_thread_that_ends_with_an_exception_is_told_at_once(tmp_path):
    fault = {"JUNCTURE_TEST_FAULT": "DiesInAThread", "JUNCTURE_TEST_PATIENCE": "1000"}
    status, output = outcome(tmp_path, "faulty_jobs", "test_times_are_in_their_order", **fault)
    assert status == 1
    assert "Failed: a thread ended with KeyError: 'status'" in output
    assert 'raise KeyError("status")' in output


def test_a_thread_that_ends_with_an_exception_unheard_is_told_at_the_end(tmp_path):
    (tmp_path / "test_kit.py").write_text(
        "import threading\n"
        "from juncture.testing.kit import Kit\n"
        "class TestKit(Kit):\n"
        "    def test_it(self):\n"
        "        thread = threading.Thread(target=lambda: 1 / 0)\n"
        "        thread.start()\n"
        "        thread.join()\n"
    )
    status, output = pytest_of(tmp_path, "test_kit.py")
    assert status == 1
    assert "Failed: a thread ended with ZeroDivisionError" in output


LOADS = """
import signal
import pytest
from juncture.saga.engine import getEngine
from juncture.testing.kit import Kit

class TestKit(Kit):
    def test_ours(self):
        getEngine().register_adaptor("waits")

    def test_theirs(self):
        signal.raise_signal(signal.SIGALRM)
"""


def test_what_hangs_is_ended_in_what_is_ours_alone(tmp_path):
    (tmp_path / "test_kit.py").write_text(LOADS)
    (tmp_path / "waits.py").write_text("import signal\nsignal.raise_signal(signal.SIGALRM)\n")
    _, output = pytest_of(tmp_path, "test_kit.py")
    assert "1 failed, 1 passed" in output
    assert "FAILED test_kit.py::TestKit::test_ours - Failed: this does not come back" in output


def test_a_callback_that_is_not_called_is_told(redis, tmp_path):
    named = {"JUNCTURE_TEST_FAULT": "TellsNothing", "JUNCTURE_TEST_URL": redis.url("/", prefix="t")}
    _, output = outcome(tmp_path, "faulty_advert", "test_a_change_is_told", **named)
    assert "a callback is called 2 times, and after 2 s was 0 times: []" in output


def test_a_kit_is_not_collected_by_itself(tmp_path):
    (tmp_path / "test_import.py").write_text("from juncture.testing import JobAdaptorKit\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_import.py"],
        cwd=tmp_path,
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert "no tests ran" in done.stdout
