"""`juncture adaptor`: what there is, and whether it keeps its promises."""

import json
import subprocess
import sys

import pytest
from processes import ENVIRONMENT

FAULTY = "adaptors.saga.faulty_jobs"


def adaptor(*words, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-m", "juncture.cli", "adaptor", *words],
        cwd=cwd,
        env={**ENVIRONMENT, "XDG_STATE_HOME": str(cwd), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_list_names_adaptors_options_and_why_not(tmp_path):
    (tmp_path / "broken.py").write_text("import no_such_library\n")
    done = adaptor(
        "list",
        cwd=tmp_path,
        JUNCTURE_SAGA_ADAPTORS="broken",
        PYTHONPATH=f"{tmp_path}:{ENVIRONMENT['PYTHONPATH']}",
    )
    assert done.returncode == 0
    assert "fork:// local://  juncture.job.local" in done.stdout
    assert "$JUNCTURE_CANCEL_GRACE_S" in done.stdout
    assert "no_such_library" in done.stdout
    names = {
        each["name"]: each for each in json.loads(adaptor("list", "--json", cwd=tmp_path).stdout)
    }
    assert names["juncture.job.local"]["usable"] is True
    assert names["juncture.job.local"]["schemes"] == ["fork", "local"]


def test_check_runs_the_kit(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    done = adaptor(
        "check", "fork", "--url", "fork://localhost/", "--select", "exit_code", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout
    assert "7 passed" in done.stdout


def test_check_passes_a_failure_on(tmp_path):
    words = ("check", FAULTY, "--url", "faulty://localhost/", "--select", "exit_code")
    done = adaptor(*words, cwd=tmp_path, JUNCTURE_TEST_FAULT="IsAlwaysDone")
    assert done.returncode == 1, done.stdout
    assert "6 failed, 1 passed" in done.stdout


def test_check_of_contexts(tmp_path):
    done = adaptor("check", "userpass", "--url", "userpass://moon:secret@localhost/", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["no-moon", "moon", "no.moon", ".", ""])
def test_check_says_what_it_does_not_know(name, tmp_path):
    done = adaptor("check", name, "--url", "moon://", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout.splitlines()[0] == (
        f"error: there is no adaptor `{name}`, and no module of that name"
    )


def test_a_module_that_is_no_adaptor_is_told_from_none(tmp_path):
    (tmp_path / "half.py").write_text("raise RuntimeError('half done')\n")
    done = adaptor("check", "half", "--url", "half://", cwd=tmp_path)
    assert done.returncode == 2
    assert "error: the module `half` is no adaptor: " in done.stdout
    assert "half done" in done.stdout


def test_check_as_json(tmp_path):
    words = ("check", FAULTY, "--json", "--url", "faulty://localhost/", "--select", "exit_code")
    done = subprocess.run(
        [sys.executable, "-m", "juncture.cli", "adaptor", *words],
        cwd=tmp_path,
        env={**ENVIRONMENT, "XDG_STATE_HOME": str(tmp_path), "JUNCTURE_TEST_FAULT": "IsAlwaysDone"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "6 failed" in done.stderr
    found = json.loads(done.stdout)
    assert (found["passed"], found["failed"], found["skipped"]) == (1, 6, 0)
    assert found["module"] == FAULTY
    assert found["url"] == "faulty://localhost/"
    assert len(found["tests"]) == 7
    assert all("exit_code" in test["test"] for test in found["tests"])
    assert all(("why" in test) == (test["outcome"] == "failed") for test in found["tests"])


def test_a_skipped_test_says_why_in_json(tmp_path):
    words = ("check", "userpass", "--json", "--url", "userpass://moon:secret@localhost/")
    done = subprocess.run(
        [sys.executable, "-m", "juncture.cli", "adaptor", *words],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    skipped = [test for test in json.loads(done.stdout)["tests"] if test["outcome"] == "skipped"]
    assert "the context names no file" in [test["why"] for test in skipped]
    assert ":secret@" not in done.stdout
