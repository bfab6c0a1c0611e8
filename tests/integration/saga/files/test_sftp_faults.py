"""Full disks, cut wires and killed servers: nothing is half under its final name."""

import contextlib
import itertools
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from job_oracle import until
from processes import PATIENCE_S

from juncture.saga.exceptions import NoSuccess, PermissionDenied, SagaException
from juncture.saga.storage.failures import ConnectionLost
from juncture.saga.storage.parts import is_part

PATIENT = f"  ConnectTimeout {PATIENCE_S}\n"
IMPATIENT = "  ConnectTimeout 2\n"
NOTICES = ("Host *", "  ServerAliveInterval 1", "  ServerAliveCountMax 5", PATIENT.rstrip())
SMALL = 4096
ENOUGH = 64 << 20


def run(*argv):
    """Run a program and say how it ended."""
    return subprocess.run(argv, check=False)


def fill(writer):
    """Write more than can be on its way at a time."""
    for _ in range(ENOUGH // SMALL):
        writer.write(bytes(SMALL))
    writer.close()


@pytest.fixture
def far_place(place_on, testbed, far):
    """A place behind a wire; who connects is patient, but for when it is known to be cut."""
    config = Path(testbed.config(lines=NOTICES))
    place = place_on(far, config=str(config))
    text = config.read_text()

    def cut():
        config.write_text(text.replace(PATIENT, IMPATIENT))
        far.wire.cut()

    def mend():
        far.wire.mend()
        config.write_text(text)

    place.cut, place.mend = cut, mend
    yield place
    mend()
    if far.process is None:
        testbed.start(far)


@pytest.fixture
def full(place_on):
    """A place with a disk of its own, of one MiB."""
    place = place_on()
    disk = place.here / "disk"
    disk.mkdir()
    owner = f"size=1m,uid={disk.stat().st_uid},mode=777"
    mounted = run("mount", "-t", "tmpfs", "-o", owner, "none", disk)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    run("umount", "-l", disk)


def test_a_full_disk_is_named_and_nothing_is_left(full):
    data = os.urandom(SMALL)
    files = [(full.at(f"disk/{number}"), data, None) for number in range(400)]
    errors = [*full.store.write_many(files, replace=False)]
    written = {os.path.basename(path) for (path, _, _), error in zip(files, errors, strict=True)
               if error is None}  # fmt: skip
    assert 0 < len(written) < 400
    told = {str(error) for error in errors if error is not None}
    assert all("the disk is full" in text for text in told)
    assert {*os.listdir(full.here / "disk")} == written
    assert {full.get(f"disk/{name}") for name in written} == {data}


def test_a_full_disk_ends_a_large_file(full):
    writer = full.store.open_write(full.at("disk/large"))
    with pytest.raises(NoSuccess, match="the disk is full"):
        fill(writer)
    writer.abort()
    full.store.remove(full.at("disk/large"))
    full.put("large", bytes(2 << 20))
    (error,) = full.store.copy_within([(full.at("large"), full.at("disk/copy"))], replace=True)
    assert "the disk is full" in str(error)
    full.put("larger", bytes(9 << 20))
    (error,) = full.store.copy_within([(full.at("larger"), full.at("disk/copy"))], replace=True)
    assert "the disk is full" in str(error)
    assert os.listdir(full.here / "disk") == []


def test_a_disk_that_can_only_be_read(full):
    assert run("mount", "-o", "remount,ro", full.here / "disk").returncode == 0
    with pytest.raises(PermissionDenied, match="can only be read"):
        full.store.open_write(full.at("disk/file"))
    (error,) = full.store.write_many([(full.at("disk/file"), b"", None)], replace=True)
    assert isinstance(error, PermissionDenied)


def test_a_large_file_is_cut_while_it_is_written(far_place):
    writer = far_place.store.open_write(far_place.at("part"))
    writer.write(bytes(SMALL))
    far_place.cut()
    with pytest.raises(ConnectionLost):
        fill(writer)
    far_place.mend()
    writer.abort()
    assert far_place.store.stat(far_place.at("part")).size_bytes < ENOUGH


def test_a_large_file_is_cut_while_it_is_read(far_place):
    with (far_place.here / "large").open("wb") as file:
        file.truncate(ENOUGH)
    reader = far_place.store.open_read(far_place.at("large"))
    have = [len(reader.read(SMALL))]
    far_place.cut()
    with pytest.raises(ConnectionLost):
        have.extend(map(len, iter(lambda: reader.read(1 << 20), b"")))
    assert sum(have) < ENOUGH
    far_place.mend()
    reader.close()
    again = far_place.store.open_read(far_place.at("large"), sum(have))
    have.extend(map(len, iter(lambda: again.read(1 << 20), b"")))
    assert sum(have) == ENOUGH


@pytest.mark.parametrize("how", ["cut", "killed"])
def test_a_thousand_files_are_cut_in_the_middle(far_place, far, testbed, how):
    data = {f"file-{number}": os.urandom(SMALL) for number in range(1000)}

    def files():
        for number, (name, content) in enumerate(data.items()):
            if number == 500:
                if how == "cut":
                    far_place.cut()
                else:
                    testbed.stop(far)
            yield far_place.at(name), content, None

    errors = [*far_place.store.write_many(files(), replace=False)]
    assert len(errors) == 1000
    good = {name for name, error in zip(data, errors, strict=True) if error is None}
    assert 0 < len(good) < 1000
    assert {type(error) for error in errors} == {type(None), ConnectionLost}
    left = [name for name in far_place.names() if not is_part(name)]
    assert good <= {*left}
    assert all(far_place.get(name) == data[name] for name in left)
    if how == "cut":
        far_place.mend()
    else:
        testbed.start(far)
    missing = [name for name in data if name not in good]
    again = ((far_place.at(name), data[name], None) for name in missing)
    assert {*far_place.store.write_many(again, replace=True)} == {None}
    found = far_place.store.read_many(far_place.at(name) for name in data)
    assert dict(zip(data, found, strict=True)) == data


def test_a_thousand_files_are_cut_while_they_are_read(far_place):
    names = [f"file-{number}" for number in range(1000)]
    for name in names:
        far_place.put(name, name.encode())

    def paths():
        for number, name in enumerate(names):
            if number == 500:
                far_place.cut()
            yield far_place.at(name)

    found = [*far_place.store.read_many(paths())]
    assert len(found) == 1000
    for name, data in zip(names, found, strict=True):
        assert isinstance(data, NoSuccess) or data == name.encode()
    assert isinstance(found[-1], NoSuccess)


def test_everybody_is_told_when_the_server_is_killed(place_on, testbed):
    host = testbed.add_host()
    place = place_on(host)
    place.put("file", b"x")
    lost, ready = [], threading.Barrier(9)

    def work():
        place.store.stat(place.at("file"))
        ready.wait()
        try:
            for _ in itertools.count():
                place.store.stat(place.at("file"))
        except SagaException as error:
            lost.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    ready.wait()
    testbed.stop(host)
    for thread in threads:
        thread.join()
    assert len(lost) == 8
    testbed.start(host)
    assert place.store.stat(place.at("file")).size_bytes == 1
    testbed.stop(host)


def test_a_session_that_ended_while_nobody_looked_is_opened_again(place_on):
    place = place_on()
    place.put("file", b"x")
    assert place.store.exists(place.at("file"))
    place.store._session._process.kill()
    assert place.store.exists(place.at("file"))


def servers(place):
    """Return the SFTP servers that run for the account."""
    owner, found = place.here.stat().st_uid, set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            if process.stat().st_uid == owner and b"sftp" in (process / "cmdline").read_bytes():
                found.add(process)
    return found


def test_no_more_sessions_are_left_behind(place_on):
    place = place_on()
    others = servers(place)
    for _ in range(30):  # MaxSessions of an sshd is 10
        place.store.exists(place.path)
        assert servers(place) - others
        place.store.close()
        until(lambda: servers(place) <= others, "the server of a session that was closed ends")


def test_files_that_nobody_closed_are_closed(place_on):
    place = place_on()
    place.put("file", b"x")
    for _ in range(5000):  # an account may have 1024 open
        assert place.store.open_read(place.at("file")).read(1) == b"x"
    shutil.rmtree(place.here)
