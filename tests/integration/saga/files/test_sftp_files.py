"""The files of a real sshd: names, links, modes, times, bytes; with a shell and without."""

import functools
import grp
import hashlib
import os
import pwd
import stat as modes
import threading

import pytest
from testbed.file_names import NAMES

from juncture.saga.exceptions import (
    AlreadyExists,
    BadParameter,
    DoesNotExist,
    IncorrectState,
    NoSuccess,
    PermissionDenied,
)
from juncture.saga.storage import sftp_accounts, stopping
from juncture.saga.storage.failures import Canceled, Changed
from juncture.saga.storage.pipe import Stop
from juncture.saga.storage.ssh import SshStore
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER, Stat

pytestmark = pytest.mark.usefixtures("testbed")


def test_every_legal_name_comes_back(place):
    store = place.store
    written = store.write_many([(place.at(name), name.encode("utf-8", "surrogateescape"), None)
                                for name in NAMES], replace=False)  # fmt: skip
    assert [*written] == [None] * len(NAMES)
    assert place.names() == sorted(NAMES)
    assert sorted(store.names(place.path)) == sorted(NAMES)
    assert sorted(name for name, _ in store.scan(place.path)) == sorted(NAMES)
    assert sorted(name for name, _ in store.walk(place.path)) == sorted(NAMES)
    found = store.read_many(place.at(name) for name in NAMES)
    assert [data.decode("utf-8", "surrogateescape") for data in found] == [*NAMES]
    (place.here / "copies").mkdir()
    place.own()
    pairs = [(place.at(name), place.at(f"copies/{name}")) for name in NAMES]
    assert [*store.copy_within(pairs, replace=False)] == [None] * len(NAMES)
    assert sorted(store.names(place.at("copies"))) == sorted(NAMES)
    store.remove_tree(place.at("copies"))
    for name in NAMES:
        assert store.checksum(place.at(name), "sha256") == (
            hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
        )
        store.rename(place.at(name), place.at("other"), replace=False)
        store.rename(place.at("other"), place.at(name), replace=True)
        store.remove(place.at(name))
        store.make_dir(place.at(name))
        store.remove_tree(place.at(name))
    assert place.names() == []


def test_what_is_known_of_a_name(place):
    place.put("file", b"12345", 0o640)
    os.utime(place.here / "file", (1, 1_600_000_000))
    os.symlink("file", place.here / "link")
    os.symlink("nothing", place.here / "dangling")
    os.mkfifo(place.here / "pipe")
    (place.here / "folder").mkdir()
    store = place.store
    stat = store.stat(place.at("file"))
    assert (stat.kind, stat.size_bytes, stat.mtime, stat.mode) == (FILE, 5, 1.6e9, 0o640)
    assert (stat.owner, stat.group) == (place.user, "root")
    assert store.stat(place.at("link")).kind == FILE
    assert store.stat(place.at("link"), follow=False).kind == LINK
    assert store.stat(place.at("pipe")).kind == OTHER
    assert store.read_link(place.at("link")) == "file"
    assert {name: stat.kind for name, stat in store.walk(place.path)} == {
        "file": FILE, "link": LINK, "dangling": LINK, "pipe": OTHER, "folder": DIRECTORY,
    }  # fmt: skip
    walked = dict(store.walk(place.path))["file"]
    assert repr(walked) == repr(stat)
    assert repr(dict(store.scan(place.path))["file"]) == repr(stat)
    assert store.exists(place.at("dangling"))
    assert not store.exists(place.at("missing"))
    with pytest.raises(DoesNotExist, match="dangling"):
        store.stat(place.at("dangling"))
    with pytest.raises(BadParameter):
        store.read_link(place.at("file"))


def test_the_home_directory(place):
    place.put("file", b"x")
    assert place.store.stat(f"/~/{place.here.name}/file").size_bytes == 1
    assert place.here.name in {*place.store.names("/~")}


def test_modes_and_times_and_links_are_set(place):
    store = place.store
    place.put("file")
    store.set_mode(place.at("file"), 0o600)
    store.set_times(place.at("file"), 1.5e9)
    store.make_link("file", place.at("link"))
    store.set_times(place.at("link"), 1.4e9)
    info = (place.here / "file").stat()
    assert (modes.S_IMODE(info.st_mode), info.st_mtime) == (0o600, 1.5e9)
    assert (place.here / "link").lstat().st_mtime == 1.4e9
    store.settle(place.at("file"), Stat(FILE, mtime=1.3e9, mode=0o751))
    info = (place.here / "file").stat()
    assert (modes.S_IMODE(info.st_mode), info.st_mtime) == (0o751, 1.3e9)
    with pytest.raises(BadParameter, match="1970"):
        store.set_times(place.at("file"), -1)


def test_bytes_are_the_same_however_long(place):
    store = place.store
    data = os.urandom((1 << 20) + 12345)
    for size in (0, 1, 32768, 261119, 261120, 261121, len(data)):
        writer = store.open_write(place.at("file"), mode=0o600)
        for at in range(0, size, 100_000):
            writer.write(data[at : min(at + 100_000, size)])
        writer.close()
        assert place.get("file") == data[:size]
        for step in (1 << 20, 77_777):
            reader = store.open_read(place.at("file"))
            found = b"".join(iter(lambda reader=reader, step=step: reader.read(step), b""))
            assert reader.read(10) == b""
            reader.close()
            assert found == data[:size]
        assert [*store.read_many([place.at("file")])] == [data[:size]]
        store.write_whole(place.at("whole"), data[:size], None, replace=True)
        assert place.get("whole") == data[:size]


def test_reading_begins_anywhere(place):
    place.put("file", b"0123456789")
    for offset in (0, 5, 9, 10, 11):
        reader = place.store.open_read(place.at("file"), offset)
        assert reader.read(3) + reader.read(100) + reader.read(100) == b"0123456789"[offset:]
        reader.close()
    with pytest.raises(IncorrectState):
        reader.read(1)


def test_files_without_a_length_are_read(place):
    """The length of those in /proc is 0, and they come in pieces."""
    with open("/proc/cpuinfo", "rb") as file:
        line = file.readline()
    reader = place.store.open_read("/proc/cpuinfo")
    assert reader.read(1 << 16).startswith(line)
    reader.close()
    assert next(place.store.read_many(["/proc/cpuinfo"])).startswith(line)


def test_writing_after_what_is_there(place):
    place.put("file", b"abc")
    writer = place.store.open_write(place.at("file"), append=True)
    writer.write(b"de")
    writer.write(b"f")
    writer.close()
    assert place.get("file") == b"abcdef"


def test_bytes_anywhere(place):
    place.put("file", b"0123456789")
    handle = place.store.open_update(place.at("file"))
    handle.write_at(12, b"xy")
    assert handle.read_at(8, 100) == b"89\0\0xy"
    assert handle.read_at(100, 1) == b""
    handle.truncate(3)
    assert handle.size() == 3
    large = os.urandom(5_000_000)
    handle.write_at(3, large)
    assert handle.read_at(3, len(large)) == large
    handle.close()
    with pytest.raises(IncorrectState):
        handle.read_at(0, 1)
    assert place.get("file") == b"012" + large


def test_a_file_appears_when_it_is_whole(place):
    store = place.store
    stat = Stat(FILE, mtime=1.6e9, mode=0o4751)
    assert [*store.write_many([(place.at("file"), b"one", stat)], replace=False)] == [None]
    info = (place.here / "file").stat()
    assert (modes.S_IMODE(info.st_mode), info.st_mtime) == (0o4751, 1.6e9)
    (error,) = store.write_many([(place.at("file"), b"two", None)], replace=False)
    assert isinstance(error, AlreadyExists)
    assert place.get("file") == b"one"
    store.write_whole(place.at("file"), b"three", None, replace=True)
    assert place.get("file") == b"three"
    assert place.names() == ["file"]


def test_each_of_many_has_its_own_outcome(place):
    place.put("there", b"old")
    (place.here / "folder").mkdir()
    place.put("secret", b"", 0o600)
    os.chown(place.here / "secret", 0, 0)
    os.mkfifo(place.here / "pipe")
    names = ["new", "there", "none/x", "folder", "there/x", "last"]
    store = place.store
    errors = [*store.write_many(((place.at(name), b"n", None) for name in names), replace=True)]
    kinds = [type(error) for error in errors]
    assert kinds == [type(None), type(None), DoesNotExist, BadParameter, BadParameter, type(None)]
    assert place.names() == ["folder", "last", "new", "pipe", "secret", "there"]
    names = ["new", "none", "folder", "secret", "pipe", "new/x", "last"]
    found = [*store.read_many(place.at(name) for name in names)]
    assert (found[0], found[-1]) == (b"n", b"n")
    assert [type(one) for one in found[1:-1]] == [
        DoesNotExist, BadParameter, PermissionDenied, BadParameter, BadParameter,
    ]  # fmt: skip
    assert [place.at(name) in str(one) for name, one in zip(names[1:-1], found[1:-1], strict=True)]
    pairs = [(place.at(name), place.at(f"copy-{number}")) for number, name in enumerate(names)]
    copied = [*store.copy_within(pairs, replace=False)]
    assert [type(one) for one in copied] == [
        type(None), DoesNotExist, BadParameter, PermissionDenied, BadParameter, BadParameter,
        type(None),
    ]  # fmt: skip
    assert place.get("copy-0") == place.get("copy-6") == b"n"
    assert len(place.names()) == 8


def test_large_copies_stay_on_the_host(place):
    data = os.urandom(9 << 20)
    place.put("large", data, 0o640)
    os.utime(place.here / "large", (1, 1_600_000_000))
    pairs = [(place.at("large"), place.at("copy")), (place.at("large"), place.at("large"))]
    assert [type(error) for error in place.store.copy_within(pairs, replace=False)] == [
        type(None),
        AlreadyExists,
    ]
    info = (place.here / "copy").stat()
    assert (modes.S_IMODE(info.st_mode), info.st_mtime) == (0o640, 1.6e9)
    assert place.get("copy") == place.get("large") == data
    assert place.names() == ["copy", "large"]


def test_what_is_wrong_is_told(place):
    store = place.store
    place.put("file")
    (place.here / "folder" / "sub").mkdir(parents=True)
    os.symlink("loop", place.here / "loop")
    place.own()
    for error, call in (
        (DoesNotExist, lambda: store.stat(place.at("none"))),
        (DoesNotExist, lambda: store.open_read(place.at("none"))),
        (DoesNotExist, lambda: store.open_write(place.at("none/x"))),
        (DoesNotExist, lambda: store.make_dir(place.at("none/x"))),
        (DoesNotExist, lambda: store.remove(place.at("none"))),
        (DoesNotExist, lambda: store.rename(place.at("none"), place.at("x"), replace=True)),
        (DoesNotExist, lambda: [*store.scan(place.at("none"))]),
        (DoesNotExist, lambda: [*store.names(place.at("none"))]),
        (DoesNotExist, lambda: [*store.walk(place.at("none"))]),
        (DoesNotExist, lambda: store.checksum(place.at("none"), "sha256")),
        (DoesNotExist, lambda: store.open_update(place.at("none"))),
        (AlreadyExists, lambda: store.make_dir(place.at("file"))),
        (AlreadyExists, lambda: store.make_dir(place.at("folder"))),
        (AlreadyExists, lambda: store.make_link("x", place.at("file"))),
        (AlreadyExists, lambda: store.open_write(place.at("file"), exclusive=True)),
        (AlreadyExists, lambda: store.rename(place.at("file"), place.at("loop"), replace=False)),
        (BadParameter, lambda: store.remove_dir(place.at("folder"))),
        (BadParameter, lambda: store.remove_dir(place.at("file"))),
        (BadParameter, lambda: store.remove(place.at("folder"))),
        (BadParameter, lambda: store.remove_tree(place.at("file"))),
        (BadParameter, lambda: store.open_read(place.at("folder"))),
        (BadParameter, lambda: store.open_write(place.at("folder"))),
        (BadParameter, lambda: store.rename(place.at("file"), place.at("folder"), replace=True)),
        (BadParameter, lambda: [*store.scan(place.at("file"))]),
        (BadParameter, lambda: [*store.walk(place.at("file"))]),
        (DoesNotExist, lambda: store.stat(place.at("file/x"))),
        (BadParameter, lambda: store.open_read(place.at("file/x"))),
        (BadParameter, lambda: store.make_dir(place.at("file/x"))),
        (BadParameter, lambda: store.stat(place.at("y" * 256))),
        (BadParameter, lambda: store.stat(place.at("a\0b"))),
        (PermissionDenied, lambda: store.open_write("/etc/passwd")),
        (PermissionDenied, lambda: store.open_read("/etc/shadow")),
        (PermissionDenied, lambda: store.make_dir("/root/x")),
        (PermissionDenied, lambda: store.stat("/root/x/y")),
        (PermissionDenied, lambda: store.set_mode("/etc/passwd", 0o777)),
    ):
        with pytest.raises(error):
            call()
    assert place.names() == ["file", "folder", "loop"]


def test_a_tree_is_removed_and_links_out_of_it_are_not_followed(place):
    place.put("kept", b"kept")
    tree = place.here / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    for number in range(300):
        (tree / "a" / f"file {number}").touch()
    os.symlink("..", tree / "a" / "up")
    os.symlink("../kept", tree / "link")
    place.own()
    assert len([*place.store.walk(place.at("tree"))]) == 304
    place.store.remove_tree(place.at("tree"))
    assert place.names() == ["kept"]


def test_a_directory_that_cannot_be_read_is_told_of(place):
    (place.here / "tree" / "closed").mkdir(parents=True)
    (place.here / "tree" / "file").touch()
    place.own()
    os.chown(place.here / "tree" / "closed", 0, 0)
    (place.here / "tree" / "closed").chmod(0o700)
    found = []
    with pytest.raises(PermissionDenied, match="closed"):
        found.extend(name for name, _ in place.store.walk(place.at("tree")))
    assert {"closed", "file"} <= {*found} or not found


def test_many_names_come_once_each(place):
    (place.here / "many").mkdir()
    wanted = {f"file\n{number}" for number in range(3000)}
    for name in wanted:
        (place.here / "many" / name).touch()
    assert sorted(place.store.names(place.at("many"))) == sorted(wanted)
    assert sorted(name for name, _ in place.store.scan(place.at("many"))) == sorted(wanted)
    names = place.store.names(place.at("many"))
    assert next(names) in wanted
    names.close()
    assert place.store.exists(place.at("many"))


def test_a_generator_that_is_given_up_leaves_nothing_half(place):
    files = ((place.at(f"file-{number}"), b"x" * 10_000, None) for number in range(500))
    writing = place.store.write_many(files, replace=False)
    assert next(writing) is None
    writing.close()
    assert {place.get(name) for name in place.names()} == {b"x" * 10_000}
    assert not [name for name in place.names() if name.endswith(".part")]


def test_many_threads_use_one_store(place):
    data = {number: os.urandom(300_000 + number) for number in range(24)}
    wrong = []

    def work(number):
        for turn in range(3):
            path = place.at(f"{number}-{turn}")
            writer = place.store.open_write(path)
            writer.write(data[number])
            writer.close()
            reader = place.store.open_read(path)
            found = b"".join(iter(functools.partial(reader.read, 50_000), b""))
            reader.close()
            if found != data[number] or place.store.stat(path).size_bytes != len(found):
                wrong.append(path)
            wrong.extend(one for one in place.store.read_many([path] * 3) if one != data[number])
            wrong.extend(filter(None, place.store.write_many([(path, b"", None)], replace=True)))

    threads = [threading.Thread(target=work, args=(number,)) for number in data]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(place.names()) == 72


def test_one_login_serves_all(place_on, testbed):
    before = testbed.hosts[0].logins()
    place = place_on()
    place.put("file", b"x")
    assert place.store.checksum(place.at("file"), "md5")
    again = SshStore(place.store.master)
    assert again.exists(place.at("file"))
    again.close()
    assert testbed.hosts[0].logins() == before + 1


def test_a_closed_store_opens_again(place):
    place.put("file", b"x")
    assert place.store.exists(place.at("file"))
    place.store.close()
    assert place.store.exists(place.at("file"))


def test_many_questions_at_once(place):
    for number in range(300):
        place.put(f"file {number}", bytes(number))
    paths = [place.at(f"file {number}") for number in range(300)]
    paths.insert(7, place.at("none"))
    stats = [*place.store.stat_many(paths)]
    assert isinstance(stats.pop(7), DoesNotExist)
    assert [stat.size_bytes for stat in stats] == [*range(300)]
    sums = [*place.store.checksum_many(paths, "sha512")]
    assert isinstance(sums.pop(7), DoesNotExist)
    assert sums == [hashlib.sha512(bytes(number)).hexdigest() for number in range(300)]
    os.symlink("nowhere", place.here / "link")
    (stat,) = place.store.stat_many([place.at("link")], follow=False)
    assert stat.kind == LINK


def test_large_copies_tell_how_far_they_are(place):
    place.put("large", os.urandom(1 << 20) * 40)
    told = []
    pair = [(place.at("large"), place.at("copy"))]
    assert [*place.store.copy_within(pair, replace=False, told=told.append)] == [None]
    assert sum(told) == 40 << 20

    def stop(_):
        raise KeyError

    with pytest.raises(KeyError):
        [*place.store.copy_within(pair, replace=True, told=stop)]
    assert place.names() == ["copy", "large"]
    assert place.get("copy") == place.get("large")


def test_a_source_that_changes_while_it_is_copied(place_on, bare):
    place = place_on(bare)
    place.put("large", bytes(40 << 20))
    pair = [(place.at("large"), place.at("copy"))]

    def change(_):
        os.utime(place.here / "large", (1, 1))

    (error,) = place.store.copy_within(pair, replace=False, told=change)
    assert isinstance(error, Changed)
    assert place.names() == ["large"]


def test_holes(place):
    writer = place.store.open_write(place.at("file"))
    writer.write(b"x")
    writer.skip(20 << 20)
    writer.write(b"y")
    writer.skip(5)
    writer.close()
    info = (place.here / "file").stat()
    assert info.st_size == (20 << 20) + 7
    assert info.st_blocks * 512 < 1 << 20
    assert place.get("file").strip(b"\0").startswith(b"x\0")


def test_a_forked_process_has_a_session_of_its_own(place):
    place.put("file", b"x")
    reader = place.store.open_read(place.at("file"))
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            place.store.write_whole(place.at("child"), b"y", None, replace=False)
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert reader.read(10) == b"x"
    assert place.get("child") == b"y"


def test_what_a_host_does_ends_when_nobody_wants_it(place_on):
    place = place_on()
    place.store.make_dir(place.at("tree"))
    os.mkfifo(place.here / "begun", 0o666)
    place.own()
    stop = Stop()

    def end():
        (place.here / "begun").read_bytes()
        stop.set()

    ender = threading.Thread(target=end)
    ender.start()
    with stopping.until(stop):
        # Were the `sleep` not ended, this would not return.
        assert not place.store._shell._ends(f"echo > {place.at('begun')}; sleep 100000")
        with pytest.raises(Canceled):
            place.store.remove_tree(place.at("tree"))
    ender.join()
    place.store.remove_tree(place.at("tree"))
    assert place.names() == ["begun"]


def test_accounts_are_asked_for_once_and_together(place, monkeypatch):
    asked = []
    real = sftp_accounts._asking
    monkeypatch.setattr(sftp_accounts, "_asking", lambda *some: asked.append(some) or real(*some))
    nobody = pwd.getpwnam("nobody")
    place.put("own")
    for number in range(30):
        place.put(f"{number}")
        os.chown(place.here / f"{number}", 54321, nobody.pw_gid)
    place.put("other")
    os.chown(place.here / "other", nobody.pw_uid, 54321)
    found = {name: (stat.owner, stat.group) for name, stat in place.store.scan(place.path)}
    group = grp.getgrgid(nobody.pw_gid).gr_name
    assert found.pop("own") == (place.user, "root")
    assert found.pop("other") == ("nobody", "54321")
    assert set(found.values()) == {("54321", group)}
    assert len(asked) == 1
    assert place.store.stat(place.at("3")).owner == "54321"
    (stat,) = place.store.stat_many([place.at("other")])
    assert stat.owner == "nobody"
    assert dict(place.store.walk(place.path))["other"].owner == "nobody"
    assert len(asked) == 1


def test_a_server_that_knows_no_names_leaves_numbers(place, monkeypatch):
    monkeypatch.setattr(sftp_accounts, "EXTENSION", b"another@example.org")
    place.put("file")
    number = str((place.here / "file").stat().st_uid)
    assert place.store.stat(place.at("file")).owner == number
    assert [stat.owner for _, stat in place.store.scan(place.path)] == [number]


@pytest.mark.parametrize("data", [b"", b"\0\0\0\5abc", b"\0\0\0\0\0\0"])
def test_names_that_are_cut_off_are_no_names(data):
    with pytest.raises(NoSuccess, match="end before their end"):
        sftp_accounts._lists(data)
