import json
import os
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture.errors import JunctureError
from juncture.runtime import connection_file
from juncture.runtime.connection_file import ConnectionFileError, NoDaemonError

INFO = {"socket": "/nowhere/socket", "token": "secret", "pid": "1"}
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "c.json")


@given(st.dictionaries(TEXT, TEXT).map(lambda more: {**more, "socket": more.get("socket") or "s"}))
def test_quick_way_reads_what_was_written_as_json_does(info):
    assert connection_file._parse("p", (json.dumps(info) + "\n").encode()) == info


@given(
    st.one_of(st.binary(max_size=80), st.text('{}": ,\\[]ab1socket', max_size=40).map(str.encode))
)
def test_any_content_is_read_as_json_does_or_refused(data):
    try:
        info = connection_file._parse("p", data)
    except ConnectionFileError:
        return
    document = json.loads(data.decode("utf-8", "replace"))
    assert info == {key: str(value) for key, value in document.items()}


def test_what_is_written_is_private_and_read_again(path):
    connection_file.write(path, INFO)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert connection_file.read(path) == INFO
    assert os.listdir(os.path.dirname(path)) == ["c.json"]


def test_nothing_is_ever_written_over(path):
    connection_file.write(path, INFO)
    with pytest.raises(ConnectionFileError, match="exists already"):
        connection_file.write(path, {**INFO, "token": "other"})
    assert connection_file.read(path) == INFO
    assert os.listdir(os.path.dirname(path)) == ["c.json"]


def test_dangling_link_is_not_written_through(path, tmp_path):
    os.symlink(tmp_path / "target", path)
    with pytest.raises(ConnectionFileError, match="exists already"):
        connection_file.write(path, INFO)
    assert not (tmp_path / "target").exists()


def test_of_many_writers_one_wins(path):
    barrier = threading.Barrier(8)
    won = []

    def write(token):
        barrier.wait()
        try:
            connection_file.write(path, {**INFO, "token": token})
        except ConnectionFileError:
            return
        won.append(token)

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert connection_file.read(path)["token"] == won[0]


def test_only_the_file_with_its_own_token_is_removed(path):
    connection_file.write(path, INFO)
    connection_file.remove(path, "other")
    assert os.path.exists(path)
    connection_file.remove(path, "secret")
    assert not os.path.exists(path)
    connection_file.remove(path, "secret")


def test_stale_file_makes_way_once_and_says_what_it_said(path):
    assert connection_file.make_way(path) is None
    connection_file.write(path, INFO)
    assert connection_file.make_way(path) == INFO
    assert not os.path.exists(path)


def test_file_that_another_start_has_replaced_is_left_alone(path, monkeypatch):
    connection_file.write(path, INFO)
    fresh = {**INFO, "token": "fresh"}

    def replaced(_):
        os.unlink(path)
        connection_file.write(path, fresh)
        raise NoDaemonError("it was stale when we looked")

    monkeypatch.setattr(connection_file, "connect", replaced)
    opened = os.open

    def open_then_replace(name, *args):
        fd = opened(name, *args)
        if name == path:
            monkeypatch.setattr(os, "open", opened)
            os.unlink(path)
            connection_file.write(path, fresh)
        return fd

    monkeypatch.setattr(os, "open", open_then_replace)
    connection_file.make_way(path)
    assert connection_file.read(path) == fresh


@pytest.mark.parametrize("call", ["unlink", "open"])
def test_stale_file_that_cannot_be_removed_is_said_so(path, monkeypatch, call):
    connection_file.write(path, INFO)
    real = getattr(os, call)

    def refuse(name, flags=0, *rest):
        if call == "open" and flags & os.O_NONBLOCK:  # it can be read to connect
            return real(name, flags, *rest)
        raise PermissionError(13, "Permission denied", name)

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(ConnectionFileError) as raised:
        connection_file.make_way(path)
    monkeypatch.undo()
    assert (
        str(raised.value) == f"cannot replace the stale connection file `{path}`: Permission denied"
    )
    assert os.path.exists(path)


def test_living_server_does_not_make_way(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path has little room
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        server.listen()
        connection_file.write(path, {**INFO, "socket": "s"})
        with pytest.raises(ConnectionFileError, match="is running"):
            connection_file.make_way(path)
        assert os.path.exists(path)


def test_missing_file_and_missing_server_are_no_daemon(path):
    with pytest.raises(NoDaemonError, match="there is no connection file"):
        connection_file.read(path)
    connection_file.write(path, INFO)
    with pytest.raises(NoDaemonError, match="is gone") as raised:
        connection_file.connect(path)
    assert raised.value.exit_status == 121
    assert raised.value.hint


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_file_that_others_can_use_is_refused(path, mode):
    connection_file.write(path, INFO)
    os.chmod(path, mode)
    with pytest.raises(ConnectionFileError, match="its mode is"):
        connection_file.read(path)


@given(st.text(max_size=30))
def test_any_socket_name_is_a_juncture_error(name):
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "c")
        connection_file.write(path, {**INFO, "socket": name})
        with pytest.raises(JunctureError):  # noqa: PT012
            sock, _ = connection_file.connect(path)
            sock.close()


def test_environment_names_the_file_when_nothing_else_does(monkeypatch):
    monkeypatch.delenv("JUNCTURE_CONNECTION_FILE", raising=False)
    monkeypatch.delenv("OPENJD_ADAPTOR_SOCKET", raising=False)
    with pytest.raises(JunctureError, match="no connection file was named"):
        connection_file.resolve(None)
    monkeypatch.setenv("OPENJD_ADAPTOR_SOCKET", "/b")
    assert connection_file.resolve(None) == "/b"
    monkeypatch.setenv("JUNCTURE_CONNECTION_FILE", "/a")
    assert connection_file.resolve(None) == "/a"
    assert connection_file.resolve("c") == os.path.abspath("c")
