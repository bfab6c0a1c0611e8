"""`filesystem.Directory` on this host: listings, searches, copies, moves, and what they refuse."""

import os
import threading

import pytest
from processes import PATIENCE_S

import juncture.saga as rs
from juncture.saga import filesystem as fs
from juncture.saga.storage.local import LocalStore
from juncture.saga.storage.pipe import Stop


def names(listing):
    return sorted(str(url) for url in listing)


@pytest.fixture
def tree(put, tmp_path):
    put("a.txt", b"1")
    put("b.txt", b"22")
    put("d/c.txt", b"333")
    put("d/e/f.dat", b"4444")
    os.symlink("d", tmp_path / "l")
    return tmp_path


@pytest.mark.parametrize(
    ("flags", "there", "expected"),
    [
        (0, False, rs.DoesNotExist),
        (fs.READ, False, rs.DoesNotExist),
        (fs.CREATE, False, None),
        (fs.CREATE, True, None),
        (fs.CREATE_PARENTS, True, None),
        (fs.CREATE | fs.EXCLUSIVE, False, None),
        (fs.CREATE | fs.EXCLUSIVE, True, rs.AlreadyExists),
        (fs.CREATE_PARENTS | fs.EXCLUSIVE, True, rs.AlreadyExists),
        (fs.EXCLUSIVE, True, rs.BadParameter),
        (fs.TRUNCATE, True, rs.BadParameter),
        (fs.LOCK, True, rs.NotImplemented),
    ],
)
def test_flags_say_what_is_opened_and_made(tmp_path, flags, there, expected):
    path = tmp_path / "d"
    if there:
        path.mkdir()
        (path / "kept").touch()
    if expected is None:
        fs.Directory(str(path), flags)
        assert path.is_dir()
    else:
        with pytest.raises(expected):
            fs.Directory(str(path), flags)
        assert path.exists() is there
    assert not there or os.listdir(path) == ["kept"]


def test_a_file_is_no_directory(put):
    with pytest.raises(rs.BadParameter, match="not a directory"):
        fs.Directory(put("f"))
    with pytest.raises(rs.BadParameter):
        fs.Directory(put("f") + "/x")


@pytest.mark.parametrize(
    ("flags", "there", "expected"),
    [
        (0, False, None),
        (0, True, rs.AlreadyExists),
        (fs.CREATE_PARENTS, True, None),
        (fs.CREATE_PARENTS | fs.EXCLUSIVE, True, rs.AlreadyExists),
        (fs.RECURSIVE, False, rs.BadParameter),
    ],
)
def test_make_dir(here, tmp_path, flags, there, expected):
    if there:
        (tmp_path / "d").mkdir()
    if expected is None:
        here.make_dir("d", flags)
    else:
        with pytest.raises(expected):
            here.make_dir("d", flags)
    assert (tmp_path / "d").exists() is (there or expected is None)


def test_make_dir_and_what_it_is_in(here, put):
    with pytest.raises(rs.DoesNotExist):
        here.make_dir("x/y/z")
    here.make_dir("x/y/z", fs.CREATE_PARENTS)
    assert here.is_dir("x/y/z")
    put("f")
    with pytest.raises(rs.BadParameter):
        here.make_dir("f/y", fs.CREATE_PARENTS)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, ["a.txt", "b.txt", "d", "l"]),
        ("*", ["a.txt", "b.txt", "d", "l"]),
        ("*.txt", ["a.txt", "b.txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("[!a]*", ["b.txt", "d", "l"]),
        ("{a,b}.txt", ["a.txt", "b.txt"]),
        ("{a,x{y,z}}.*", ["a.txt"]),
        ("A*", []),
        ("nothing", []),
        ("", ["a.txt", "b.txt", "d", "l"]),
        ("d/*", ["d/c.txt", "d/e"]),
        ("./d/c.txt", ["d/c.txt"]),
        ("[dl]/{c,x}.*", ["d/c.txt", "l/c.txt"]),
        ("*/*/*", ["d/e/f.dat", "l/e/f.dat"]),
        ("a.txt/*", []),
        ("x/*", []),
    ],
)
def test_a_listing_by_pattern(here, tree, pattern, expected):
    assert names(here.list(pattern)) == expected


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "d/../../*", ["*"]])
def test_a_pattern_that_leads_elsewhere_is_refused(here, tree, pattern):
    with pytest.raises(rs.BadParameter):
        here.list(pattern)


def test_a_listing_of_all_below(here, tree):
    below = ["a.txt", "b.txt", "d", "d/c.txt", "d/e", "d/e/f.dat", "l"]
    assert names(here.list(None, fs.RECURSIVE)) == below
    assert names(here.find("*.txt")) == ["a.txt", "b.txt", "d/c.txt"]
    assert names(here.find("*.txt", 0)) == ["a.txt", "b.txt"]
    assert names(here.find("d/*")) == ["d/c.txt", "d/e"]
    assert names(here.find("{d/e,x}/*.dat")) == ["d/e/f.dat"]
    followed = names(here.find("*.dat", fs.RECURSIVE | fs.DEREFERENCE))
    assert followed == ["d/e/f.dat", "l/e/f.dat"]
    for url in here.find("*", fs.RECURSIVE):
        assert here.exists(url)
    with pytest.raises(rs.BadParameter):
        here.list("*", fs.OVERWRITE)


def test_a_listing_is_a_sequence(here, tree):
    listing = here.list()
    assert len(listing) == 4
    assert names(listing[:]) == names(listing)
    assert listing[0] in listing
    assert "a.txt" in listing
    assert listing == here.list()
    assert names(listing) == eval(str(sorted(map(str, listing))))  # noqa: S307
    with pytest.raises(IndexError):
        listing[4]


def test_entries_have_numbers_that_stay(here, tree):
    assert here.get_num_entries() == 4
    assert [str(here.get_entry(number)) for number in range(4)] == ["a.txt", "b.txt", "d", "l"]
    assert str(here.get_entry(-1)) == "l"
    with pytest.raises(rs.BadParameter, match="4 names"):
        here.get_entry(4)


def test_the_size_of_a_directory_is_that_of_its_contents(here, tree):
    assert here.size == here.get_size() == 10
    assert here.get_size("d") == 7
    assert here.get_size("b.txt") == 2


def test_exists_is_false_only_if_it_is_known(here, tree, nobody):
    os.symlink("gone", tree / "broken")
    assert here.exists("broken")
    assert not here.exists("gone")
    assert not here.exists("a.txt/x")
    (tree / "secret").mkdir(mode=0o700)
    assert "PermissionDenied" in nobody(lambda: here.exists("secret/x"))


def test_change_dir_changes_everything(here, tree):
    here.change_dir("d")
    assert (here.name, str(here.url), str(here.cwd)) == ("d", *[f"file://{tree}/d"] * 2)
    assert names(here.list()) == ["c.txt", "e"]
    assert here.open("c.txt").read() == b"333"
    here.change_dir("../d/e")
    assert here.name == "e"
    here.change_dir(f"file://{tree}")
    assert here.exists("a.txt")
    for name, error in [("gone", rs.DoesNotExist), ("a.txt", rs.BadParameter)]:
        with pytest.raises(error):
            here.change_dir(name)
    assert here.exists("a.txt")
    here.change_dir("new", fs.CREATE)
    assert names(here.list()) == []


def test_objects_of_names(here, tree):
    assert isinstance(here.open("a.txt"), fs.File)
    assert isinstance(here.open_dir("d"), fs.Directory)
    space = rs.namespace.Directory(str(tree))
    assert isinstance(space.open("a.txt"), rs.namespace.Entry)
    assert isinstance(space.open_dir("d"), rs.namespace.Directory)
    assert [here.is_link("l"), here.is_dir("l"), here.is_entry("l"), here.is_dir()] == [1, 1, 0, 1]
    assert str(here.read_link("l")) == "d"


# Copies


def test_a_copy_needs_overwrite_to_replace(here, tree):
    with pytest.raises(rs.AlreadyExists):
        here.copy("a.txt", "b.txt")
    assert (tree / "b.txt").read_bytes() == b"22"
    here.copy("a.txt", "b.txt", fs.OVERWRITE)
    assert (tree / "b.txt").read_bytes() == b"1"
    here.copy("a.txt", "d")
    assert (tree / "d" / "a.txt").read_bytes() == b"1"
    with pytest.raises(rs.AlreadyExists):
        here.copy("a.txt", "d")


def test_what_is_no_file_is_never_replaced(here, tree):
    os.mkfifo(tree / "pipe")
    (tree / "from").mkdir()
    (tree / "from" / "pipe").write_bytes(b"new")
    (tree / "large").write_bytes(bytes(1 << 20))
    (tree / "to" / "from").mkdir(parents=True)
    os.mkfifo(tree / "to" / "from" / "pipe")
    memory = f"memory:///file-{os.urandom(8).hex()}"
    here.copy("a.txt", memory)
    for change in (
        lambda: here.copy("a.txt", "pipe", fs.OVERWRITE),
        lambda: here.copy("a.txt", "pipe", fs.OVERWRITE, checksum="md5"),
        lambda: here.copy("large", "pipe", fs.OVERWRITE),
        lambda: here.copy("l", "pipe", fs.OVERWRITE),
        lambda: here.copy(memory, "pipe", fs.OVERWRITE),
        lambda: here.copy("from", "to", fs.OVERWRITE | fs.RECURSIVE),
        lambda: here.move("a.txt", "pipe", fs.OVERWRITE),
        lambda: here.move(memory, "pipe", fs.OVERWRITE),
        lambda: here.link("a.txt", "pipe", fs.OVERWRITE),
    ):
        with pytest.raises(rs.BadParameter):
            change()
        assert (tree / "pipe").is_fifo()
        assert (tree / "to" / "from" / "pipe").is_fifo()
    assert here.exists("a.txt")


def test_a_copy_needs_create_parents_for_a_new_directory(here, tree):
    with pytest.raises(rs.DoesNotExist):
        here.copy("a.txt", "x/y/z")
    here.copy("a.txt", "x/y/z", fs.CREATE_PARENTS)
    assert (tree / "x" / "y" / "z").read_bytes() == b"1"


def test_a_copy_of_a_directory_needs_recursive(here, tree):
    with pytest.raises(rs.BadParameter, match="RECURSIVE"):
        here.copy("d", "copy")
    assert not (tree / "copy").exists()
    here.copy("d", "copy", fs.RECURSIVE)
    assert names(here.open_dir("copy").find("*")) == ["c.txt", "e", "e/f.dat"]
    here.copy("d", "copy", fs.RECURSIVE)
    assert (tree / "copy" / "d" / "e" / "f.dat").read_bytes() == b"4444"
    with pytest.raises(rs.SagaException):
        here.copy("d", "copy", fs.RECURSIVE)
    here.copy("d", "copy", fs.RECURSIVE | fs.OVERWRITE)


def test_links_are_copied_as_links_unless_followed(here, tree):
    os.symlink("a.txt", tree / "m")
    here.copy("m", "m2")
    assert os.readlink(tree / "m2") == "a.txt"
    here.copy("m", "m3", fs.DEREFERENCE)
    assert not (tree / "m3").is_symlink()
    here.copy("l", "l2")
    assert os.readlink(tree / "l2") == "d"
    here.copy("l", "l3", fs.DEREFERENCE | fs.RECURSIVE)
    assert not (tree / "l3").is_symlink()
    assert (tree / "l3" / "c.txt").read_bytes() == b"333"


@pytest.mark.parametrize("flags", [fs.RECURSIVE, fs.RECURSIVE | fs.OVERWRITE])
@pytest.mark.parametrize("method", ["copy", "move"])
@pytest.mark.parametrize(
    "names",
    [("a.txt", "a.txt"), ("a.txt", "."), ("a.txt", "d/../a.txt"), ("d", "d"), ("d", "d/e/x")],
)
def test_nothing_is_put_onto_or_into_itself(here, tree, method, names, flags):
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    with pytest.raises(rs.BadParameter, match="itself"):
        getattr(here, method)(*names, flags)
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before


def test_a_copy_compares_checksums_and_tells_how_far_it_is(here, tree):
    seen = []
    here.copy("d", "x", fs.RECURSIVE, checksum="sha256", on_progress=seen.append)
    assert seen[-1].bytes_done == seen[-1].bytes_total == 7
    here.copy("a.txt", "y", checksum="md5")
    assert (tree / "y").read_bytes() == b"1"


def test_a_container_of_copies_has_an_outcome_for_each(here, tree):
    bulk = rs.task.Container()
    tasks = [
        here.copy("a.txt", "d/1", rs.TASK),
        here.copy("gone", "d/2", rs.TASK),
        here.copy("b.txt", "d/c.txt", rs.TASK),
        here.copy("d", "n", rs.TASK),
        here.copy("d", "n2", fs.RECURSIVE, rs.TASK),
        here.open("b.txt").copy("d/6", ttype=rs.TASK),
        here.copy("b.txt", "d/7", 0, rs.TASK, checksum="sha1"),
        here.copy("b.txt", "d/8", fs.TRUNCATE, rs.TASK),
    ]
    for task in tasks:
        bulk.add(task)
    bulk.run()
    bulk.wait()
    kinds = [type(task.exception) for task in tasks]
    assert kinds == [
        *(type(None), rs.DoesNotExist, rs.AlreadyExists, rs.BadParameter),
        *(type(None), type(None), type(None), rs.BadParameter),
    ]
    assert (tree / "d" / "1").read_bytes() == b"1"
    assert (tree / "d" / "c.txt").read_bytes() == b"333"
    assert (tree / "d" / "7").read_bytes() == b"22"


@pytest.mark.parametrize("method", ["copy", "move", "link"])
def test_a_slash_at_the_end_means_a_directory(here, tree, method):
    put = getattr(here, method)
    with pytest.raises(rs.DoesNotExist):
        put("a.txt", "new/")
    put("a.txt", "new/", fs.CREATE_PARENTS)
    assert (tree / "new" / "a.txt").read_bytes() == b"1"
    put("b.txt", f"{here.url}/new/")
    assert (tree / "new" / "b.txt").read_bytes() == b"22"
    with pytest.raises(rs.BadParameter):
        put("l", "new/a.txt/", fs.OVERWRITE)
    task = here.copy("l", "later/", fs.CREATE_PARENTS, rs.SYNC)
    assert task.state == rs.DONE
    assert os.readlink(tree / "later" / "l") == "d"
    here.copy("d", "other/", fs.RECURSIVE)
    assert names(here.list("other/*")) == ["other/c.txt", "other/e"]


def test_a_search_that_follows_links_leaves_nothing_out_unsaid(here, tree, nobody):
    os.symlink("nowhere", tree / "dangling")
    assert "dangling" in names(here.find("*", fs.RECURSIVE | fs.DEREFERENCE))
    (tree / "d").chmod(0)
    for flags in (fs.RECURSIVE, fs.RECURSIVE | fs.DEREFERENCE):
        assert "PermissionDenied" in nobody(lambda flags=flags: len(here.find("*", flags)))


def test_nothing_is_copied_for_tasks_that_are_canceled(here, tree):
    (tree / "many").mkdir()
    for number in range(50):
        (tree / "many" / f"{number}").write_bytes(b"x")
    bulk = rs.task.Container()
    tasks = [here.copy(f"many/{number}", f"{number}", rs.TASK) for number in range(50)]
    kept = [tasks[7], tasks[23]]
    tasks.append(here.copy("many", "tree", fs.RECURSIVE, rs.TASK))
    for task in tasks:
        bulk.add(task)

    def cancel(*_):
        for task in tasks:
            if task not in kept:
                task.cancel()

    tasks[-1].add_callback("State", cancel)  # it is the last to be told that it runs
    bulk.run()
    for task in kept:
        task.wait()
    others = [thread for thread in threading.enumerate() if thread.name == "juncture-copy"]
    for thread in others:
        thread.join()
    assert {task.state for task in kept} == {rs.DONE}
    assert {task.state for task in tasks if task not in kept} == {rs.CANCELED}
    assert names(here.list()) == ["23", "7", "a.txt", "b.txt", "d", "l", "many"]


@pytest.mark.parametrize("scheme", ["", "memory"])
def test_a_copy_ends_where_it_is_when_it_is_canceled(here, put, scheme):
    put("large", os.urandom(32 << 20))
    target = f"memory:///{os.urandom(8).hex()}" if scheme else "copy"
    ended = threading.Event()
    seen = []

    def told(progress):
        seen.append(progress)
        task.cancel()
        if progress.files_done:
            ended.set()

    task = here.copy("large", target, rs.TASK, on_progress=told)
    task.run()
    assert ended.wait(PATIENCE_S)
    assert task.state == rs.CANCELED
    assert seen[-1].bytes_done < 32 << 20
    assert not here.exists(target)


def test_a_task_fails_with_what_its_on_progress_raises(here, tree):
    def told(_):
        raise ZeroDivisionError

    bulk = rs.task.Container()
    tasks = [here.copy("a.txt", "x", rs.TASK, on_progress=told), here.copy("b.txt", "y", rs.TASK)]
    for task in tasks:
        bulk.add(task)
    bulk.run()
    bulk.wait()
    assert [task.state for task in tasks] == [rs.FAILED, rs.DONE]
    assert str(tasks[0].exception).startswith("`on_progress` raised ZeroDivisionError")
    assert isinstance(tasks[0].exception.__cause__, ZeroDivisionError)
    assert "adaptor" not in f"{tasks[0].exception} {tasks[0].exception.hint}"


class NotMyDayError(Exception):
    pass


@pytest.fixture
def held(monkeypatch):
    """Return a function that keeps copies on this host waiting until they are to end."""
    stopped = threading.Event()
    ask, copy_within = Stop.set, LocalStore.copy_within

    def asked(stop):
        ask(stop)
        stopped.set()

    def late(pairs):
        for pair in pairs:
            assert stopped.wait(PATIENCE_S)
            yield pair

    def hold():
        monkeypatch.setattr(Stop, "set", asked)
        monkeypatch.setattr(
            LocalStore,
            "copy_within",
            lambda store, pairs, **options: copy_within(store, late(pairs), **options),
        )

    return hold


@pytest.mark.parametrize("kind", [NotMyDayError, rs.DoesNotExist])
@pytest.mark.parametrize("when", ["at once", "at the end"])
@pytest.mark.parametrize("what", ["file", "tree", "sync", "elsewhere"])
def test_what_on_progress_raises_comes_out_as_it_is(  # noqa: PLR0917 - fixtures
    here, put, held, kind, when, what
):
    put("d/large", os.urandom(32 << 20))
    calls = []
    mine = kind("today")
    mine.__cause__ = ValueError("why")

    def told(progress):
        calls.append(progress)
        if when == "at once" or progress.files_done == progress.files_total:
            raise mine

    if when == "at once":
        held()  # or all may be copied before the thread that tells of it has begun to
    target = f"memory:///{os.urandom(8).hex()}" if what == "elsewhere" else "x"
    calls_of = {"tree": ("copy", "d", fs.RECURSIVE), "sync": ("sync", "d", 0)}
    method, source, flags = calls_of.get(what, ("copy", "d/large", 0))
    with pytest.raises(kind) as caught:
        getattr(here, method)(source, target, flags, on_progress=told)
    assert caught.value is mine
    assert isinstance(mine.__cause__, ValueError)
    assert all(one.files_done < one.files_total for one in calls[:-1])  # none after it raised
    whole = f"{target}/large" if what in {"tree", "sync"} else target
    assert here.exists(whole) is (when == "at the end")


@pytest.mark.parametrize("method", ["copy", "sync"])
@pytest.mark.parametrize("wish", [{"on_progress": 5}, {"checksum": "nosuch"}, {"checksum": 5}])
def test_a_wish_that_nobody_can_fulfil_is_told_before_anything_is_done(here, tree, method, wish):
    with pytest.raises(rs.BadParameter, match=f"`{next(iter(wish))}` is .*, found"):
        getattr(here, method)("d", "x", fs.RECURSIVE if method == "copy" else 0, **wish)
    bulk = rs.task.Container()
    bulk.add(here.copy("a.txt", "x", rs.TASK, **wish))
    bulk.run()
    bulk.wait()
    assert isinstance(bulk.tasks[0].exception, rs.BadParameter)
    assert not here.exists("x")


def test_flags_may_be_none(here, tree):
    assert names(here.list("a*", None)) == ["a.txt"]
    here.copy("a.txt", "x", None)
    here.move("x", "y", None)
    here.remove("y", None)
    assert fs.File(f"{tree}/a.txt", None).read() == b"1"


def test_containers_of_moves_and_removals(here, tree):
    bulk = rs.task.Container()
    tasks = [
        here.move("a.txt", "moved", ttype=rs.TASK),
        here.remove("b.txt", ttype=rs.TASK),
        here.remove("gone", ttype=rs.TASK),
    ]
    for task in tasks:
        bulk.add(task)
    bulk.run()
    bulk.wait()
    assert [task.state for task in tasks] == [rs.DONE, rs.DONE, rs.FAILED]
    assert names(here.list()) == ["d", "l", "moved"]


def test_a_pattern_means_all_that_match(here, tree):
    with pytest.raises(rs.BadParameter, match="2 names"):
        here.copy("*.txt", "new")
    here.copy("{a,b}.txt", "d")
    assert names(here.find("d/*")) == ["d/a.txt", "d/b.txt", "d/c.txt", "d/e"]
    with pytest.raises(rs.AlreadyExists):
        here.copy("*.txt", "d")
    here.make_dir("x")
    with pytest.raises(rs.DoesNotExist):
        here.copy("*.dat", "x")
    here.move("d/*.txt", "x")
    assert names(here.find("x/*")) == ["x/a.txt", "x/b.txt", "x/c.txt"]
    here.remove("x/[ab].txt")
    assert names(here.open_dir("x").list()) == ["c.txt"]
    task = here.copy("?.txt", "x", ttype=rs.TASK)
    bulk = rs.task.Container()
    bulk.add(task)
    bulk.run()
    bulk.wait()
    assert task.state == rs.DONE
    assert names(here.open_dir("x").list()) == ["a.txt", "b.txt", "c.txt"]


def test_a_name_that_looks_like_a_pattern_is_a_name(here, tree, put):
    put("*.txt", b"star")
    here.copy("*.txt", "copy")
    assert (tree / "copy").read_bytes() == b"star"
    here.remove("*.txt")
    assert names(here.list("*.txt")) == ["a.txt", "b.txt"]
    with pytest.raises(rs.DoesNotExist):
        here.remove(rs.Url("*.txt"))


# Moves, links, removals


def test_a_move_replaces_only_if_asked(here, tree):
    with pytest.raises(rs.AlreadyExists):
        here.move("a.txt", "b.txt")
    assert (tree / "b.txt").read_bytes() == b"22"
    here.move("a.txt", "b.txt", fs.OVERWRITE)
    assert (tree / "b.txt").read_bytes() == b"1"
    here.move("b.txt", "d")
    here.move("d", "new/place", fs.CREATE_PARENTS)
    assert (tree / "new" / "place" / "b.txt").read_bytes() == b"1"


def test_an_object_goes_where_it_is_moved(here, tree):
    file = here.open("a.txt")
    file.read(1)
    file.move("d")
    assert (file.name, str(file.cwd)) == ("a.txt", f"file://{tree}/d")
    assert "d/a.txt" in repr(file)
    file.seek(0)
    assert file.read() == b"1"
    file.move(str(tree / "z"))
    file.remove()
    assert not (tree / "z").exists()
    folder = here.open_dir("d")
    here.move("d", "q")
    with pytest.raises(rs.DoesNotExist):
        folder.list()


def test_a_directory_never_replaces_another(here, tree):
    os.mkdir(tree / "x")
    os.mkdir(tree / "x" / "d")
    with pytest.raises(rs.AlreadyExists):
        here.move("d", "x", fs.OVERWRITE)
    assert (tree / "d" / "c.txt").exists()


def test_links_are_made(here, tree):
    here.link("a.txt", "k")
    assert os.readlink(tree / "k") == str(tree / "a.txt")
    assert here.open("k").read() == b"1"
    with pytest.raises(rs.AlreadyExists):
        here.link("b.txt", "k")
    here.link("b.txt", "k", fs.OVERWRITE)
    assert here.open("k").read() == b"22"
    here.open("a.txt").link("n/m", fs.CREATE_PARENTS)
    assert (tree / "n" / "m").read_bytes() == b"1"


def test_a_removal_of_a_full_directory_needs_recursive(here, tree):
    with pytest.raises(rs.BadParameter, match="not empty") as caught:
        here.remove("d")
    assert "RECURSIVE" in caught.value.hint
    assert (tree / "d" / "c.txt").exists()
    os.mkdir(tree / "empty")
    here.remove("empty")
    here.remove("l", fs.RECURSIVE)
    assert (tree / "d" / "c.txt").exists()
    here.remove("d", fs.RECURSIVE)
    assert names(here.list()) == ["a.txt", "b.txt"]


def test_a_removal_follows_links_if_asked(here, tree):
    here.remove("l", fs.RECURSIVE | fs.DEREFERENCE)
    assert names(here.list()) == ["a.txt", "b.txt", "l"]


def test_the_root_is_never_removed(here):
    with pytest.raises(rs.BadParameter, match="root"):
        here.remove("/", fs.RECURSIVE)


def test_permissions_below_a_directory(here, tree):
    here.set_mode("d", 0o750, fs.RECURSIVE)
    assert [here.get_mode(name) for name in ("d", "d/e/f.dat", "a.txt")][:2] == [0o750, 0o750]
    here.permissions_allow("d", "*", rs.permissions.READ, fs.RECURSIVE)
    assert here.get_mode("d/c.txt") == 0o754
    assert here.permissions_check("d/c.txt", "*", rs.permissions.READ)
    here.set_mtime("d/c.txt", 9.5)
    assert here.get_mtime("d/c.txt") == 9.5
    assert here.mode == here.get_mode()


# Sync


def test_one_directory_becomes_like_another(here, tree):
    def run(**wishes):
        planned = {(each.what, each.path) for each in here.sync("d", "s", dry_run=True, **wishes)}
        here.sync("d", "s", **wishes)
        assert list(here.sync("d", "s", dry_run=True, **wishes)) == []
        return planned

    assert run() == {("new", "c.txt"), ("new", "e"), ("new", "e/f.dat")}
    (tree / "d" / "c.txt").write_bytes(b"longer")
    (tree / "s" / "extra").touch()
    assert run() == {("changed", "c.txt")}
    assert (tree / "s" / "extra").exists()
    assert run(delete=True) == {("removed", "extra")}
    stat = os.stat(tree / "d" / "c.txt")
    (tree / "d" / "c.txt").write_bytes(b"LONGER")
    os.utime(tree / "d" / "c.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert run() == set()
    assert run(checksum=True) == {("changed", "c.txt")}
    assert (tree / "s" / "c.txt").read_bytes() == b"LONGER"


def test_other_schemes_are_the_same_store(here, tree):
    here.copy(f"local://{tree}/a.txt", f"file://localhost{tree}/x")
    assert (tree / "x").read_bytes() == b"1"
    with pytest.raises(rs.IncorrectURL):
        here.copy("a.txt", "nowhere://host/x")
    with pytest.raises(rs.BadParameter):
        here.copy("a.txt", "file://other.example.org/x")
