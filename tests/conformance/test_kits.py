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
from processes import ENVIRONMENT
from testbed import redis_server

from juncture import saga
from juncture.testing import JobAdaptorKit, ResourceAdaptorKit


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

class TestFiles(FileAdaptorKit):
    patience_s = 10

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
    patience_s = 2

    @pytest.fixture
    def directory_url(self):
        return os.environ["JUNCTURE_TEST_URL"]

class TestJobs(JobAdaptorKit):
    patience_s = 3

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
    patience_s = 1

    @pytest.fixture
    def manager_url(self):
        return "faulty://localhost/"
"""


def outcome(directory, module, select, **environment):
    """Return the exit status and the output of pytest for some tests of an adopter."""
    (directory / "test_adopter.py").write_text(ADOPTER)
    (directory / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", select, "-p", "no:cacheprovider"],
        cwd=directory,
        env={**ENVIRONMENT, "JUNCTURE_SAGA_ADAPTORS": f"adaptors.saga.{module}", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("fault", faulty_jobs.FAULTS)
def test_a_fault_of_a_job_adaptor_is_found(fault, tmp_path):
    test = faulty_jobs.FAULTS[fault][2]
    status, output = outcome(tmp_path, "faulty_jobs", test, JUNCTURE_TEST_FAULT=fault)
    assert status == 1, output
    assert f"FAILED test_adopter.py::TestJobs::{test}" in output


def test_what_is_found_is_shown_with_what_is_right(tmp_path):
    fault = {"JUNCTURE_TEST_FAULT": "IsAlwaysDone"}
    _, output = outcome(tmp_path, "faulty_jobs", "test_the_exit_code_is_the_programs", **fault)
    assert "assert ('Done', 0) == ('Failed', 42)" in output


@pytest.mark.parametrize("fault", faulty_others.FAULTS)
def test_a_fault_of_a_context_or_resource_adaptor_is_found(fault, tmp_path):
    api_type, _, test = faulty_others.FAULTS[fault]
    status, output = outcome(tmp_path, "faulty_others", test, JUNCTURE_TEST_FAULT=fault)
    assert status == 1, output
    kit = "TestContexts" if api_type == "Context" else "TestResources"
    assert f"FAILED test_adopter.py::{kit}::{test}" in output


def test_the_same_adaptors_without_a_fault_are_right(tmp_path):
    tests = " or ".join(sorted({row[2] for row in faulty_others.FAULTS.values()}))
    status, output = outcome(tmp_path, "faulty_others", f"({tests}) and not TestJobs")
    assert status == 0, output
    assert "skipped" not in output


@pytest.mark.parametrize("fault", faulty_files.FAULTS)
def test_a_fault_of_a_file_adaptor_is_found(fault, tmp_path):
    test = faulty_files.FAULTS[fault][1]
    status, output = outcome(tmp_path, "faulty_files", test, JUNCTURE_TEST_FAULT=fault)
    assert status == 1, output
    assert f"FAILED test_adopter.py::TestFiles::{test}" in output


def test_the_same_file_adaptor_without_a_fault_is_right(tmp_path):
    status, output = outcome(tmp_path, "faulty_files", "TestFiles")
    assert status == 0, output


@pytest.mark.parametrize("fault", faulty_names.REPLICA_FAULTS)
def test_a_fault_of_a_replica_adaptor_is_found(fault, tmp_path):
    test = faulty_names.REPLICA_FAULTS[fault][1]
    status, output = outcome(tmp_path, "faulty_replica", test, JUNCTURE_TEST_FAULT=fault)
    assert status == 1, output
    assert f"FAILED test_adopter.py::TestReplicas::{test}" in output


@pytest.fixture(scope="module")
def redis():
    if reason := redis_server.why_not():
        pytest.skip(reason)
    server = redis_server.RedisServer()
    try:
        yield server.start()
    finally:
        server.close()


@pytest.mark.parametrize("fault", faulty_names.ADVERT_FAULTS)
def test_a_fault_of_an_advert_adaptor_is_found(fault, redis, tmp_path):
    test = faulty_names.ADVERT_FAULTS[fault][1]
    named = {"JUNCTURE_TEST_FAULT": fault, "JUNCTURE_TEST_URL": redis.url("/", prefix=fault)}
    status, output = outcome(tmp_path, "faulty_advert", f"{test} and TestAdverts", **named)
    assert status == 1, output
    assert f"FAILED test_adopter.py::TestAdverts::{test}" in output


def test_the_same_catalogue_without_a_fault_is_right(tmp_path):
    status, output = outcome(tmp_path, "faulty_replica", "TestReplicas")
    assert status == 0, output


def test_the_same_adverts_without_a_fault_are_right(redis, tmp_path):
    named = {"JUNCTURE_TEST_URL": redis.url("/", prefix="right")}
    test = "test_a_change_is_told"
    status, output = outcome(tmp_path, "faulty_advert", test, **named)
    assert status == 0, output


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
