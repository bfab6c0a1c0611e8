"""The kits: silent about an adaptor that is right, and each fault is found by the test for it."""

import os
import subprocess
import sys

import pytest
from adaptors.saga import child_job, lent_hosts
from adaptors.saga.faulty_jobs import FAULTS
from processes import ENVIRONMENT

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
from juncture.testing import JobAdaptorKit

class TestFaulty(JobAdaptorKit):
    patience_s = 3

    @pytest.fixture
    def service_url(self):
        return "faulty://localhost/"
"""


def outcome(directory, test, **environment):
    """Return the exit status and the output of pytest for one test of an adopter."""
    (directory / "test_adopter.py").write_text(ADOPTER)
    (directory / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", test, "-p", "no:cacheprovider"],
        cwd=directory,
        env={**ENVIRONMENT, "JUNCTURE_SAGA_ADAPTORS": "adaptors.saga.faulty_jobs", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault, tmp_path):
    test = FAULTS[fault][2]
    status, output = outcome(tmp_path, test, JUNCTURE_TEST_FAULT=fault)
    assert status == 1, output
    assert f"FAILED test_adopter.py::TestFaulty::{test}" in output


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
