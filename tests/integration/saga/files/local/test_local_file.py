"""`filesystem.File` on this host: every flag, every byte, every name."""

import os
from contextlib import suppress

import pytest

import juncture.saga as rs
from juncture.saga import filesystem as fs

EVERY_BYTE = bytes(range(256)) * 300

NAMES = [
    "a b",
    "-rf",
    "--",
    "new\nline",
    "'quoted'",
    '"double"',
    "back\\slash",
    "$HOME",
    "`id`",
    "a*b?[c]",
    "{a,b}",
    "a:b",
    "c:",
    "100%",
    "%41",
    "what?",
    "a#b",
    "~",
    ".hidden",
    "...",
    " ",
    "tab\t",
    "ümläut",
    "日本",
    b"\xff\xfe\x80".decode("utf-8", "surrogateescape"),
    "x" * 255,
    ";&|<>",
    "\x01\x7f",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_every_legal_name(here, tmp_path, name):
    content = os.fsencode(name)
    with here.open(name, fs.CREATE | fs.EXCLUSIVE | fs.WRITE) as file:
        file.write(content)
        assert file.name == name
        url = file.url
    assert os.listdir(tmp_path) == [name]
    (listed,) = here.list()
    (found,) = here.find("*")
    for known in (name, str(tmp_path / name), url, str(url), listed, found):
        assert here.exists(known)
        assert here.is_file(known)
        assert here.open(known).read() == content
    assert fs.File(url).read() == content
    here.make_dir("d")
    here.copy(listed, "d")
    assert os.listdir(tmp_path / "d") == [name]
    assert here.open_dir("d").open(listed).name == name
    here.move(listed, "d", fs.OVERWRITE)
    assert os.listdir(tmp_path) == ["d"]
    here.open_dir("d").remove(listed)
    assert os.listdir(tmp_path / "d") == []


@pytest.mark.parametrize("url", ["{}", "file://{}", "file://localhost{}", "local://{}"])
def test_ways_to_say_where(put, url):
    assert fs.File(url.format(put("f"))).read() == b"hallo"


def test_a_relative_path_is_of_the_directory_at_that_time(put, tmp_path, monkeypatch):
    put("f")
    monkeypatch.chdir(tmp_path)
    file = fs.File("f")
    monkeypatch.chdir("/")
    assert file.read() == b"hallo"
    assert str(file.url) == f"file://{tmp_path}/f"
    assert (file.name, str(file.cwd)) == ("f", f"file://{tmp_path}")


@pytest.mark.parametrize("url", ["file://other.example.org{}", "file://{}?x", "file://{}#x"])
def test_a_url_that_means_something_else_is_refused(put, url):
    with pytest.raises(rs.BadParameter):
        fs.File(url.format(put("f")))


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_no_path_can_be(here, name):
    with pytest.raises(rs.BadParameter):
        here.exists(name)


# Flags at open


@pytest.mark.parametrize(
    ("flags", "there", "expected"),
    [
        (fs.READ, False, rs.DoesNotExist),
        (fs.WRITE, False, rs.DoesNotExist),
        (fs.READ_WRITE, False, rs.DoesNotExist),
        (fs.TRUNCATE | fs.WRITE, False, rs.DoesNotExist),
        (fs.APPEND | fs.WRITE, False, rs.DoesNotExist),
        (fs.CREATE, False, b""),
        (fs.CREATE | fs.READ, False, b""),
        (fs.CREATE | fs.WRITE | fs.EXCLUSIVE, False, b""),
        (fs.CREATE | fs.EXCLUSIVE, True, rs.AlreadyExists),
        (fs.CREATE | fs.WRITE, True, b"hallo"),
        (fs.CREATE | fs.TRUNCATE, True, b""),
        (fs.TRUNCATE, True, b""),
        (fs.TRUNCATE | fs.READ, True, rs.BadParameter),
        (fs.APPEND | fs.READ, True, rs.BadParameter),
        (fs.EXCLUSIVE, True, rs.BadParameter),
        (fs.READ | fs.BINARY, True, b"hallo"),
        (fs.OVERWRITE, True, rs.BadParameter),
        (fs.RECURSIVE, True, rs.BadParameter),
        (1 << 20, True, rs.BadParameter),
        (-1, True, rs.BadParameter),
        ("READ", True, rs.BadParameter),
    ],
)
def test_flags_say_what_is_opened_and_made(put, tmp_path, flags, there, expected):
    path = put("f") if there else str(tmp_path / "f")
    if isinstance(expected, bytes):
        fs.File(path, flags).close()
        assert (tmp_path / "f").read_bytes() == expected
    else:
        with pytest.raises(expected):
            fs.File(path, flags)
        assert (tmp_path / "f").exists() is there
        assert not there or (tmp_path / "f").read_bytes() == b"hallo"


@pytest.mark.parametrize("flags", [fs.READ, fs.WRITE, fs.CREATE, fs.CREATE | fs.TRUNCATE])
def test_a_directory_is_no_file(tmp_path, flags):
    with pytest.raises(rs.BadParameter, match="directory"):
        fs.File(str(tmp_path), flags)


def test_parents_are_made_only_if_asked(tmp_path):
    path = str(tmp_path / "a" / "b" / "f")
    with pytest.raises(rs.DoesNotExist):
        fs.File(path, fs.CREATE)
    assert os.listdir(tmp_path) == []
    fs.File(path, fs.CREATE_PARENTS).close()
    assert os.path.exists(path)


@pytest.mark.parametrize(
    ("flags", "reads", "writes"),
    [(fs.READ, True, False), (fs.WRITE, False, True), (fs.READ_WRITE, True, True)],
)
def test_a_file_is_used_for_what_it_was_opened_for(put, flags, reads, writes):
    path = put("f")
    calls = {
        True: ["read", "read_v", "read_p"],
        False: ["write", "write_v", "write_p", "truncate"],
    }
    arguments = {
        "read": (3,),
        "read_v": ([(0, 1)],),
        "read_p": ("(0,0,1,1)",),
        "write": (b"x",),
        "write_v": ([(0, b"x")],),
        "write_p": ("(0,0,1,1)", b"x"),
        "truncate": (9,),
    }
    for is_read, names in calls.items():
        for name in names:
            call = getattr(fs.File(path, flags), name)
            if reads if is_read else writes:
                call(*arguments[name])
            else:
                with pytest.raises(rs.PermissionDenied, match="alone"):
                    call(*arguments[name])


# Bytes


def test_bytes_are_exact(tmp_path):
    path = str(tmp_path / "f")
    with fs.File(path, fs.CREATE | fs.READ_WRITE) as file:
        assert file.write(EVERY_BYTE) == len(EVERY_BYTE)
        assert file.seek(0) == 0
        assert file.read() == EVERY_BYTE
        assert file.size == file.get_size() == len(EVERY_BYTE)
    assert (tmp_path / "f").read_bytes() == EVERY_BYTE


@pytest.mark.parametrize("text", ["", "x", "ümläut\r\n日本\0", "\udcff\udc80", "a\n\nb\n" * 9999])
def test_text_is_utf_8_and_nothing_else(tmp_path, text):
    content = text.encode("utf-8", "surrogateescape")
    file = fs.File(str(tmp_path / "f"), fs.CREATE | fs.READ_WRITE)
    assert file.write(text) == len(content)
    assert (tmp_path / "f").read_bytes() == content
    file.seek(0)
    assert file.read() == content


@pytest.mark.parametrize("data", [1, None, ["x"], "\ud800"])
def test_what_cannot_be_written(put, data):
    path = put("f")
    with pytest.raises(rs.BadParameter):
        fs.File(path, fs.WRITE).write(data)
    assert fs.File(path).read() == b"hallo"


def test_reads_go_on_where_the_last_one_ended(put):
    file = fs.File(put("f", b"0123456789"))
    assert [file.read(3), file.read(3), file.read(0), file.read(99), file.read(1)] == [
        *(b"012", b"345", b"", b"6789", b"")
    ]
    assert file.seek(-4, fs.END) == 6
    assert file.read(2) == b"67"
    assert file.seek(-3, fs.CURRENT) == 5
    assert file.read(-1) == b"56789"
    assert file.seek(1, 0) == 1
    assert file.read(None) == b"123456789"
    assert file.seek(20) == 20
    assert file.read() == b""


@pytest.mark.parametrize("seek", [(-1,), (0, "Middle"), (0, 7), ("1",), (-11, fs.END)])
def test_a_seek_to_nowhere(put, seek):
    with pytest.raises(rs.BadParameter):
        fs.File(put("f", b"0123456789")).seek(*seek)


def test_writes_go_where_the_position_is(put):
    path = put("f", b"0123456789")
    file = fs.File(path, fs.READ_WRITE)
    file.read(2)
    assert file.write(b"ab") == 2
    assert file.read(2) == b"45"
    file.seek(12)
    file.write(b"z")
    file.seek(0)
    assert file.read() == b"01ab456789\0\0z"


def test_appended_bytes_are_at_the_end_whoever_else_writes(put):
    path = put("f", b"one")
    files = [fs.File(path, fs.APPEND | fs.READ_WRITE) for _ in range(2)]
    for number in range(6):
        files[number % 2].seek(0)
        files[number % 2].write(f",{number}")
    assert fs.File(path).read() == b"one,0,1,2,3,4,5"


def test_flags_of_a_write(put):
    file = fs.File(put("f", b"0123"), fs.READ_WRITE)
    file.write(b"45", fs.APPEND)
    file.seek(0)
    assert file.read() == b"012345"
    file.write(b"x", fs.TRUNCATE)
    assert file.size == 1
    with pytest.raises(rs.BadParameter, match="OVERWRITE"):
        file.write(b"x", fs.OVERWRITE)


def test_truncate(put):
    file = fs.File(put("f", b"0123456789"), fs.READ_WRITE)
    file.truncate(4)
    assert file.read() == b"0123"
    file.truncate(6)
    assert file.read() == b"\0\0"
    file.truncate()
    assert file.size == 0
    with pytest.raises(rs.BadParameter):
        file.truncate(-1)


def test_many_ranges_at_once(put):
    file = fs.File(put("f", b"0123456789"), fs.READ_WRITE)
    assert file.read_v([(8, 5), (0, 2), (3, 0), (50, 1)]) == [b"89", b"01", b"", b""]
    assert file.write_v([(9, "zz"), (1, b"A")]) == 3
    assert file.read() == b"0A2345678zz"
    for wrong in ([(-1, 2)], [(0, -2)], [(1,)], [7], [("0", 1)]):
        with pytest.raises(rs.BadParameter):
            file.read_v(wrong)
    with pytest.raises(rs.BadParameter):
        file.write_v([(0, b"kept out"), (-1, b"x")])
    file.seek(0)
    assert file.read() == b"0A2345678zz"


def test_patterns_of_ranges(put):
    file = fs.File(put("f", bytes(range(80))), fs.READ_WRITE)
    pattern = "(0,17,36,2,(0,0,2,3))"
    assert file.size_p(pattern) == 6
    assert file.read_p(pattern) == bytes([0, 2, 4, 36, 38, 40])
    assert file.write_p(pattern, b"abcdef") == 6
    assert file.read_p("(0,4,1,1)") == b"a\1b\3c"
    with pytest.raises(rs.BadParameter, match="6 bytes"):
        file.write_p(pattern, b"abc")
    for wrong in (
        "",
        "x",
        "(1,0,1,1)",
        "(0,9,5,2)",
        "(0,1,2)",
        "__import__('os')",
        "(0,1,2,1,(0,5,9,1))",
    ):
        with pytest.raises(rs.BadParameter):
            file.size_p(wrong)


def test_there_are_no_extended_modes(put):
    file = fs.File(put("f"), fs.READ_WRITE)
    assert file.modes_e() == []
    for call in (file.size_e, file.read_e):
        with pytest.raises(rs.BadParameter):
            call("gather", "x")
    with pytest.raises(rs.BadParameter):
        file.write_e("gather", "x", b"")


def test_a_file_object_of_python(put):
    path = put("f", b"one\ntwo\n")
    with fs.File(path, fs.READ_WRITE).as_file() as file:
        assert list(file) == [b"one\n", b"two\n"]
        file.write(b"three\n")
        file.seek(4)
        assert file.readline() == b"two\n"
    assert fs.File(path).read() == b"one\ntwo\nthree\n"
    with fs.File(path).as_file(buffering=0) as file, pytest.raises(rs.PermissionDenied):
        file.write(b"x")


@pytest.mark.parametrize(
    "call",
    [
        lambda file: file.read("3"),
        lambda file: file.read(1.5),
        lambda file: file.seek(1.5),
        lambda file: file.truncate("3"),
        lambda file: file.truncate(3.5),
        lambda file: file.read_v(5),
        lambda file: file.write_v(5),
        lambda file: file.set_mode("644"),
        lambda file: file.set_mtime("now"),
        lambda file: file.set_mtime(None),
        lambda file: file.set_mtime(float("nan")),
        lambda file: file.set_mtime(1e30),
        lambda file: fs.Directory(file.get_cwd()).get_entry("1"),
    ],
)
def test_what_is_no_number_is_refused(put, call):
    with pytest.raises(rs.BadParameter):
        call(fs.File(put("f"), fs.READ_WRITE))


def holders(path):
    """Return the descriptors with which this process has a file open."""
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the listing
            found += [fd] if os.readlink(f"/proc/self/fd/{fd}") == path else []
    return found


def test_a_closed_file_is_closed(put):
    path = put("f")
    file = fs.File(path, fs.READ_WRITE)
    file.read()
    file.write(b"x")
    assert holders(path)
    file.close()
    file.close()
    assert holders(path) == []
    for call in (file.read, file.get_size, lambda: file.copy("x"), lambda: file.seek(0)):
        with pytest.raises(rs.IncorrectState, match="closed"):
            call()


def test_a_forgotten_file_is_let_go_of(put):
    for _ in range(20):
        fs.File(put("f"), fs.READ_WRITE).write(b"x")
        fs.File(put("f")).read(1)
    assert holders(put("f")) == []


def test_reads_of_many_threads_have_each_their_part(put):
    content = b"".join(number.to_bytes(4, "big") for number in range(4000))
    file = fs.File(put("f", content))
    tasks = [file.read(8, ttype=rs.ASYNC) for _ in range(2000)]
    assert sorted(task.get_result() for task in tasks) == [
        content[start : start + 8] for start in range(0, len(content), 8)
    ]
    assert file.read() == b""


def test_a_lock_keeps_others_out(put):
    path = put("f")
    with fs.File(path, fs.LOCK | fs.WRITE), pytest.raises(rs.NoSuccess, match="locked"):
        fs.File(path, fs.LOCK | fs.READ)
    with fs.File(path, fs.LOCK | fs.READ) as file:
        fs.File(path, fs.LOCK | fs.READ).close()
        with pytest.raises(rs.NoSuccess, match="locked"):
            fs.File(path, fs.LOCK | fs.WRITE | fs.TRUNCATE)
        assert file.read() == b"hallo"


# What a file is


def test_what_a_name_is(put, tmp_path):
    path = put("f")
    os.symlink("f", tmp_path / "l")
    os.symlink("gone", tmp_path / "broken")
    file, link = fs.File(path), fs.File(str(tmp_path / "l"))
    assert [file.is_file(), file.is_dir(), file.is_link(), file.is_entry()] == [1, 0, 0, 1]
    assert [link.is_file(), link.is_dir(), link.is_link(), link.is_entry()] == [1, 0, 1, 0]
    assert str(link.read_link()) == "f"
    with pytest.raises(rs.BadParameter, match="no link"):
        file.read_link()
    with pytest.raises(rs.DoesNotExist):
        fs.File(str(tmp_path / "broken"))
    assert rs.namespace.Entry(str(tmp_path / "broken")).is_link()


def test_a_link_loop_is_told(here, tmp_path):
    os.symlink("b", tmp_path / "a")
    os.symlink("a", tmp_path / "b")
    with pytest.raises(rs.BadParameter, match="leads back"):
        here.open("a")
    assert here.exists("a")
    assert here.is_link("a")
    here.remove("a")
    assert os.listdir(tmp_path) == ["b"]


def test_times_modes_and_owners(put):
    file = fs.File(put("f"))
    file.mtime = 5.25
    file.mode = 0o640
    assert (file.mtime, file.mode) == (5.25, 0o640)
    assert os.stat(put("f")).st_mode & 0o777 == 0o640
    assert file.owner == f"user-{rs.namespace.Entry(file.url).owner.removeprefix('user-')}"
    assert file.group.startswith("group-")
    with pytest.raises(rs.BadParameter):
        file.set_mode(0o10000)


def test_permissions_are_the_bits_of_posix(put):
    file = fs.File(put("f"))
    file.mode = 0o600
    p = rs.permissions
    file.permissions_allow("*", p.READ)
    assert file.mode == 0o644
    file.permissions_allow(file.group, p.WRITE | p.EXEC)
    assert file.mode == 0o674
    file.permissions_deny("*", p.WRITE)
    assert file.mode == 0o454
    assert file.permissions_check(file.owner, p.READ | p.OWNER | p.QUERY)
    assert not file.permissions_check(file.owner, p.WRITE)
    assert not file.permissions_check(file.group, p.OWNER)
    assert file.permissions_check("*", p.READ)
    assert not file.permissions_check("*", p.EXEC)
    assert file.permissions_list() == {
        file.owner: p.QUERY | p.READ | p.OWNER,
        file.group: p.QUERY | p.READ | p.EXEC,
        "*": p.QUERY | p.READ,
    }
    with pytest.raises(rs.NotImplemented, match="user-stranger"):
        file.permissions_allow("user-stranger", p.READ)
    with pytest.raises(rs.NotImplemented):
        file.permissions_deny("*", p.QUERY)
    for who in ("stranger", "user-", "role-x", ""):
        with pytest.raises(rs.BadParameter):
            file.permissions_check(who, p.READ)
    with pytest.raises(rs.BadParameter):
        file.permissions_check("*", 99)


@pytest.mark.parametrize("ttype", [rs.SYNC, rs.ASYNC, rs.TASK])
def test_every_call_can_be_a_task(put, tmp_path, ttype):
    file = fs.File(put("f"), fs.READ_WRITE)
    for task, result in [
        (file.read(2, ttype=ttype), b"ha"),
        (file.copy(str(tmp_path / "g"), ttype=ttype), None),
        (file.get_size(ttype=ttype), 5),
        (fs.File.create(str(tmp_path / "f"), ttype=ttype), None),
    ]:
        if ttype == rs.TASK:
            task.run()
        task.wait()
        assert task.state == rs.DONE
        assert result is None or task.result == result
