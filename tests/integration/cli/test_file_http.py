"""`juncture file` and job directives with a scheme that can only be read."""

import json
import signal
import subprocess
import sys
import threading

import pytest
from processes import ENVIRONMENT, PATIENCE_S
from testbed import web

from juncture.cli.__main__ import main


@pytest.fixture
def server(tmp_path, monkeypatch):
    pytest.importorskip("aiohttp")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    with web.serving() as running:
        yield running


@pytest.fixture
def file(server, capfdbinary):
    """Return a function that runs `juncture file …` and returns status, output and messages."""

    def call(*words):
        status = main(["file", *words])
        done = capfdbinary.readouterr()
        return status, done.out, done.err.decode("utf-8")

    return call


def test_from_a_server_to_here(file, server, tmp_path):
    data = bytes(range(256)) * 3000
    url = server.put("/d/a b", data)
    server.put("/d/e/x", b"x")
    assert file("cp", url, "copy") == (0, b"", "")
    assert (tmp_path / "copy").read_bytes() == data
    assert file("cat", url)[1] == data
    assert file("cp", "-r", f"{server.url}/d/", "d") == (0, b"", "")
    assert (tmp_path / "d" / "a b").read_bytes() == data
    assert (tmp_path / "d" / "e" / "x").read_bytes() == b"x"
    assert file("ls", f"{server.url}/d/") == (0, b"a b\ne\n", "")


def test_what_can_only_be_read(file, server, tmp_path):
    url = server.put("/x", b"x")
    (tmp_path / "here").write_text("here")
    for words in (("cp", "here", url), ("mv", url, "there"), ("rm", url), ("mkdir", f"{url}/y")):
        status, _, err = file(*words)
        assert status == 1, words
        assert err.startswith("error: ")
        assert ".part" not in err
    assert (tmp_path / "here").read_text() == "here"
    assert server.files == {"/x": b"x"}


def test_a_signature_is_used_and_not_shown(file, server):
    url = server.put("/x", b"x") + "?X-Amz-Signature=s3cr3t"
    status, out, _ = file("stat", url)
    assert status == 0
    assert b"s3cr3t" not in out
    assert file("cp", "-v", url, "copy")[1].endswith(b"/x?X-Amz-Signature=... -> copy\n")
    assert any("s3cr3t" in target for _, target in server.targets)
    _, _, err = file("cat", url.replace("/x?", "/none?"))
    assert err.startswith("error: ")
    assert "s3cr3t" not in err


def test_json_of_an_interrupted_copy(server, tmp_path):
    url = server.put("/x", b"x" * 100_000)
    begun, ended = threading.Event(), threading.Event()
    server.on_get = lambda _: (begun.set(), ended.wait())
    with subprocess.Popen(
        [sys.executable, "-m", "juncture.cli", "file", "cp", "--json", url, "copy"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert begun.wait(PATIENCE_S)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    ended.set()
    found = json.loads(out)
    assert running.returncode == 130
    assert err.decode() == f"interrupted: {found['interrupted']}\n"
    assert found == {"interrupted": found["interrupted"], "failed": 0, "failures": []}
    assert not (tmp_path / "copy").exists()


def test_a_job_takes_its_input_from_a_server(server, tmp_path):
    url = server.put("/in", b"data")
    assert (
        main(
            [
                *("job", "run", "--workdir", str(tmp_path / "w")),
                *("--transfer", f"{url} > in", "--transfer", f"{tmp_path}/out < in"),
                *("--", "true"),
            ]
        )
        == 0
    )
    assert (tmp_path / "out").read_bytes() == b"data"


def test_a_result_cannot_go_where_one_only_reads(server, tmp_path, capfd):
    words = ("--workdir", str(tmp_path / "w"), "--transfer", f"{server.url}/out < out")
    assert main(["job", "run", "--json", *words, "--", "touch", "out"]) == 1
    assert "a file was not brought back: " in capfd.readouterr().out
