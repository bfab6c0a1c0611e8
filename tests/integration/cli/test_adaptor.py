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


def test_check_shows_the_promise_that_was_not_kept(tmp_path):
    words = ("check", FAULTY, "--url", "faulty://localhost/", "--select", "exit_code")
    done = adaptor(*words, cwd=tmp_path, JUNCTURE_TEST_FAULT="IsAlwaysDone")
    assert "assert ('Done', 0) == ('Failed', 42)" in done.stdout
    assert "Exit status 0 is Done, any other is Failed, and the status is kept." in done.stdout


def test_check_says_once_that_a_url_cannot_be_opened(tmp_path):
    done = adaptor("check", "juncture.file.local", "--url", f"file://{tmp_path}/no", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == f"error: `{tmp_path}/no` is not there\n"


def test_check_says_once_that_a_folder_is_another_one(tmp_path):
    for name in ("here", "other"):
        (tmp_path / name).mkdir()
    words = ("check", "juncture.file.local", "--url", f"file://{tmp_path}/here", "--folder")
    done = adaptor(*words, str(tmp_path / "other"), cwd=tmp_path)
    assert done.returncode == 2
    wrong = f"what is made in file://{tmp_path}/here is not seen in the directory {tmp_path}/other"
    assert done.stdout.count(wrong) == 1
    done = adaptor(*words, "no", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith("error: `no` of `--folder` is no directory\n")


def test_check_is_as_patient_as_it_is_told(tmp_path):
    test = "test_what_is_destroyed_is_no_longer_listed"
    words = ("check", "adaptors.saga.faulty_others", "--url", "faulty://localhost/")
    words = (*words, "--patience", "0.5", "--select", test)
    done = adaptor(*words, cwd=tmp_path, JUNCTURE_TEST_FAULT="StaysListed")
    assert done.returncode == 1
    assert "after 0.5 s still not: it is unlisted" in done.stdout


READ_ONLY = """
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.store import Store
from juncture.saga.stored import Directory, Entry, File, FileAdaptor, Folder, info

class ReadOnly(LocalStore):
    make_dir, open_write = Store.make_dir, Store.open_write

class Adaptor(FileAdaptor):
    def __init__(self):
        super().__init__({**info("test.moon", ["moon"]), "capabilities": {"files": []}})

    def open_store(self, url, session):
        return ReadOnly()
"""


def test_a_store_that_is_read_only_is_checked_by_what_this_host_puts_there(tmp_path):
    (tmp_path / "moon.py").write_text(READ_ONLY)
    here = tmp_path / "here"
    here.mkdir()
    (here / "other").touch()
    words = ("check", "moon", "--url", f"moon://localhost{here}", "--folder", str(here))
    done = adaptor(*words, "--select", "test_an_empty or test_seek", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert [path.name for path in here.iterdir()] == ["other"]


def test_check_of_contexts(tmp_path):
    done = adaptor("check", "userpass", "--url", "userpass://moon:secret@localhost/", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_check_of_contexts_of_others(tmp_path):
    key = tmp_path / "key"
    key.touch()
    words = ("check", "adaptors.saga.faulty_others", "--url", f"faulty://{key}", "--select")
    done = adaptor(*words, "TestContexts and test_files_are_absolute", cwd=tmp_path)
    assert "1 passed" in done.stdout


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
