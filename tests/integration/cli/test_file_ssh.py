"""`juncture file` between this host and one behind ssh."""

import grp
import hashlib
import json
import os
import pty
import pwd
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from processes import is_pending

COMMAND = [sys.executable, "-m", "juncture.cli", "file"]
SIZE_BYTES = 96 << 20


@pytest.fixture
def file(far, tmp_path):
    """Return a function that runs `juncture file …` and returns status, output and messages."""
    _, _, environment = far

    def call(*words, **more):
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
            **more,
        )
        return done.returncode, done.stdout, done.stderr.decode()

    return call


def test_there_and_back(file, far, tmp_path):
    url, folder, _ = far
    (tmp_path / "d" / "s u b").mkdir(parents=True)
    for name in ("a b", "100%", "new\nline", "ü", "s u b/x"):
        (tmp_path / "d" / name).write_text(name)
    assert file("cp", "-r", "d", url) == (0, b"", "")
    assert (folder / "d" / "s u b" / "x").read_text() == "s u b/x"
    assert file("ls", "-0", f"{url}/d")[1].decode().split("\0")[:-1] == sorted(
        ["a b", "100%", "new\nline", "ü", "s u b"]
    )
    found = file("find", url, "--type", "f")[1].decode().splitlines()
    assert min(found) == f"{url}/d/100%25"
    for each in found:
        name = each.removeprefix(f"{url}/d/").replace("%25", "%").replace("%0A", "\n")
        assert file("cat", each) == (0, name.encode(), "")
    assert file("mv", f"{url}/d", "back") == (0, b"", "")
    assert not (folder / "d").exists()
    assert (tmp_path / "back" / "new\nline").read_text() == "new\nline"
    assert file("rm", "-r", url) == (0, b"", "")
    assert not folder.exists()
    folder.mkdir()


def test_patterns_in_urls(file, far):
    url, folder, _ = far
    for name in ("a.exr", "b.exr", "c.txt", ".d.exr"):
        (folder / name).write_text(name)
    assert file("cat", f"{url}/*.exr")[1] == b"a.exrb.exr"
    assert file("cat", f"{url}/*.moon")[0] == 1


def test_streams(file, far):
    url, folder, _ = far
    data = os.urandom(700_000)
    assert file("cp", "-", f"{url}/in", input=data) == (0, b"", "")
    assert (folder / "in").read_bytes() == data
    assert file("cp", f"{url}/in", "-") == (0, data, "")
    assert os.listdir(folder) == ["in"]


def test_sync_and_stat(file, far, tmp_path):
    url, _, _ = far
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_text("a")
    assert file("sync", "d", f"{url}/e")[0] == 0
    assert file("sync", "-v", "d", f"{url}/e") == (0, b"", "")
    (found,) = json.loads(file("stat", "--json", f"{url}/e/a")[1])
    assert (found["name"], found["size_bytes"]) == (f"{url}/e/a", 1)
    (tmp_path / "d" / "l").symlink_to("a")
    assert file("cp", "-r", "d/l", f"{url}/e")[0] == 0
    assert [
        {each["kind"]: each["size_bytes"] for each in json.loads(file("ls", "--json", where)[1])}
        for where in (".", "d", url, f"{url}/e")
    ] == [{"directory": None}, {"file": 1, "link": None}] * 2


def test_a_password_is_never_shown(file, far):
    url, _, _ = far
    secret = "s3cr3t-w0rd"
    with_secret = url.replace("@", f":{secret}@").replace("@h0", "@nowhere.invalid")
    for words in (("ls", with_secret), ("cat", f"{with_secret}/x"), ("rm", with_secret)):
        status, out, err = file(*words)
        assert status == 1
        assert secret not in err + out.decode()


def test_the_root_of_a_host_stays(file, far):
    url, folder, _ = far
    (folder / "x").touch()
    host = url.removesuffix(str(folder))
    for name in (host, f"{host}/", f"{host}/..", f"{host}/~", f"{host}/~/"):
        status, _, err = file("rm", f"{url}/x", name)
        assert (status, "root" in err) == (2, True), name
    assert (folder / "x").exists()


HALF_WAY = """
import os, socket, sys, threading

def back():
    while data := far.recv(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    os._exit(0)

host, port, left, gate = *sys.argv[1:3], int(sys.argv[3]), sys.argv[4]
far = socket.create_connection((host, int(port)))
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536):
    far.sendall(data)
    left -= len(data)
    if left < 0 and gate:
        open(gate, "rb").read()
        gate = ""
"""
"""A way to a host on which so many bytes go, and no more until somebody has opened the gate."""


def test_a_large_copy_goes_on_after_ctrl_c(file, far, testbed, tmp_path):
    url, folder, environment = far
    (tmp_path / "half_way.py").write_text(HALF_WAY)
    os.mkfifo(tmp_path / "gate")
    way = f"{sys.executable} {tmp_path}/half_way.py %h %p {SIZE_BYTES // 2} {tmp_path}/gate"
    lines = (f"IdentityFile {testbed.key}", f"ProxyCommand {way}")
    with open(tmp_path / "large", "wb") as source:
        source.writelines(os.urandom(1 << 20) for _ in range(SIZE_BYTES >> 20))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "cp", "large", url],
        cwd=tmp_path,
        env={**environment, "JUNCTURE_SSH_CONFIG": testbed.config(lines=lines)},
        stderr=theirs,
    ) as running:
        os.close(theirs)
        seen = b""
        while b"MiB of" not in seen:  # some of it is over there
            seen += os.read(ours, 4096)
        with open(tmp_path / "gate", "wb"):  # once it is half way
            running.send_signal(signal.SIGINT)
            while is_pending(running.pid, signal.SIGINT):
                pass
        while b"interrupted: " not in seen:
            seen += os.read(ours, 4096)
    os.close(ours)
    assert running.returncode == 130
    (part,) = os.listdir(folder)
    assert part != "large"
    begun = (folder / part).stat()
    assert 0 < begun.st_size < SIZE_BYTES
    assert file("cp", "large", url) == (0, b"", "")
    assert os.listdir(folder) == ["large"]
    assert (folder / "large").stat().st_ino == begun.st_ino
    assert (folder / "large").read_bytes() == (tmp_path / "large").read_bytes()


@pytest.mark.parametrize("into", [True, False])
def test_a_move_that_was_not_done_goes_on_with_the_same_command(file, far, tmp_path, into):
    url, folder, _ = far
    where = folder if into else folder / "e"
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "name").write_text("one")
    os.mkfifo(tmp_path / "d" / "pipe")
    words = ("mv", "d", url if into else f"{url}/e")
    status, _, err = file(*words)
    assert (status, "neither a file, a directory nor a link" in err) == (1, True)
    assert sorted(os.listdir(tmp_path / "d")) == ["name", "pipe"]
    (tmp_path / "d" / "pipe").unlink()
    assert file(*words) == (0, b"", "")
    assert not (tmp_path / "d").exists()
    assert os.listdir(where / "d" if into else where) == ["name"]
    shutil.rmtree(where / "d" if into else where)


def test_a_long_listing_names_the_accounts(file, far):
    url, folder, _ = far
    (folder / "name").touch()
    found = (folder / "name").stat()
    names = pwd.getpwuid(found.st_uid).pw_name, grp.getgrgid(found.st_gid).gr_name
    status, listed, _ = file("ls", "-l", url)
    assert status == 0
    (line,) = [line for line in listed.decode().splitlines() if line.endswith(" name")]
    assert tuple(line.split()[1:3]) == names


@pytest.fixture
def cut(testbed):
    """Return a function that kills the server and what it serves, and starts it anew."""

    def cut():
        host = testbed.hosts[0]
        testbed.lose(host)
        testbed.start(host)

    return cut


@pytest.fixture
def cat(far, tmp_path):
    """Return a function that starts `juncture file cat` of a file, and one for its messages."""
    url, _, environment = far

    def start():
        words = [*COMMAND, "cat", f"{url}/large"]
        with open(tmp_path / "messages", "wb") as messages:
            return subprocess.Popen(
                words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=messages
            )

    def errors():
        lines = (tmp_path / "messages").read_text().splitlines()
        return [line for line in lines if line.startswith("error: ")]

    return start, errors


def test_cat_goes_on_after_a_cut(far, cat, cut):
    _, folder, _ = far
    start, errors = cat
    data = os.urandom(SIZE_BYTES)
    (folder / "large").write_bytes(data)
    with start() as running:
        seen = running.stdout.read(5_000_001)
        cut()
        seen += running.stdout.read(20_000_003)
        cut()
        seen += running.stdout.read()
    assert (running.returncode, errors()) == (0, [])
    assert hashlib.sha256(seen).digest() == hashlib.sha256(data).digest()


def test_cat_does_not_go_on_in_another_file(far, cat, cut):
    url, folder, _ = far
    start, errors = cat
    (folder / "large").write_bytes(os.urandom(SIZE_BYTES))
    with start() as running:
        running.stdout.read(5_000_001)
        (folder / "new").write_bytes(os.urandom(SIZE_BYTES))
        (folder / "new").rename(folder / "large")
        cut()
        running.stdout.read()
    assert running.returncode == 1
    assert errors() == [f"error: `{url}/large` changed while it was read"]


@pytest.mark.parametrize("words", [("ls",), ("stat",), ("find",), ("cat",), ("rm",), ("mkdir",)])
def test_a_host_that_is_down_keeps_nobody_from_another(file, far, words):
    url, folder, _ = far
    (folder / "x").write_bytes(b"x")
    name = f"{url}/new" if words == ("mkdir",) else f"{url}/x"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        down = f"127.0.0.1:{taken.getsockname()[1]}"
        status, out, err = file(*words, f"ssh://{down}/x", name)
    assert status == 1
    assert err == f"error: {down} refuses connections (check the port, and sshd)\n"
    assert bool(out) is (words not in {("rm",), ("mkdir",)})
    assert sorted(os.listdir(folder)) == {("rm",): [], ("mkdir",): ["new", "x"]}.get(words, ["x"])


@pytest.mark.parametrize("words", [("cp", "-r"), ("mv",), ("sync",), ("cp", "-r", "--dry-run")])
def test_one_of_two_hosts_is_down(file, far, words):
    url, folder, _ = far
    (folder / "d").mkdir()
    (folder / "d" / "x").write_bytes(b"x")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        down = f"127.0.0.1:{taken.getsockname()[1]}"
        for names in ((f"{url}/d", f"ssh://{down}/d"), (f"ssh://{down}/d", f"{url}/d")):
            status, _, err = file(*words, *names)
            assert status == 1
            assert err == f"error: {down} refuses connections (check the port, and sshd)\n"
    assert os.listdir(folder / "d") == ["x"]
