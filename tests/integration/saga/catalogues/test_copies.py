"""The copies of logical files: locations, uploads, downloads, replicas, and which is nearest."""

import os

import pytest

import juncture.saga as rs
from juncture.saga.adaptors.sql_replica import copies
from juncture.saga.replica import (
    CREATE,
    CREATE_PARENTS,
    OVERWRITE,
    READ,
    READ_WRITE,
    LogicalFile,
)


def texts(urls):
    return [str(url) for url in urls]


@pytest.fixture
def file(root):
    return root.open("f", CREATE)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(b"\0\xff content\n")
    return path


def test_locations(file, root):
    for url in ("ssh://h/b", "file:///a", "http://h/c?x#y"):
        file.add_location(url)
    file.add_location("/plain path 100%")
    listed = texts(root.open("f").list_locations())
    assert listed == ["ssh://h/b", "file:///a", "http://h/c?x#y", "file:///plain path 100%25"]
    file.add_location("SSH://h/b")
    assert texts(file.list_locations()) == listed
    file.update_location("file:///a", "file:///a2")
    with pytest.raises(rs.AlreadyExists):
        file.update_location("file:///a2", "ssh://h/b")
    with pytest.raises(rs.DoesNotExist):
        file.update_location("file:///a", "file:///a3")
    file.remove_location(rs.Url("SSH://H/b"))
    with pytest.raises(rs.DoesNotExist, match="no location"):
        file.remove_location("ssh://h/b")
    assert texts(file.list_locations()) == ["file:///a2", *listed[2:]]


@pytest.mark.parametrize("url", ["relative/path", "", rs.Url("also/relative")])
def test_what_is_no_location(file, url):
    with pytest.raises(rs.BadParameter, match="absolute path"):
        file.add_location(url)


def test_no_password_comes_into_a_catalogue(file, oracle):
    with pytest.raises(rs.BadParameter, match="has a password") as caught:
        file.add_location("ftp://me:hunter2@h/x")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert oracle.sql("SELECT * FROM juncture_locations") == []


def test_a_file_that_is_open_for_reading_keeps_its_locations(file, root, source, tmp_path):
    file.add_location(str(source))
    reader = root.open("f", READ)
    for call in (
        lambda: reader.add_location("file:///y"),
        lambda: reader.remove_location(str(source)),
        lambda: reader.update_location(str(source), "file:///y"),
        lambda: reader.replicate(str(tmp_path / "r")),
        lambda: reader.upload(str(source), str(tmp_path / "u")),
    ):
        with pytest.raises(rs.PermissionDenied, match="reading alone"):
            call()
    assert texts(reader.list_locations()) == [f"file://{source}"]
    assert not {"r", "u"}.intersection(os.listdir(tmp_path))
    reader.download(str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == source.read_bytes()


def test_upload(file, source, tmp_path):
    target = tmp_path / "stock" / "x"
    with pytest.raises(rs.DoesNotExist):
        file.upload(str(source), str(target))
    assert file.list_locations() == []
    file.upload(str(source), str(target), CREATE_PARENTS)
    assert target.read_bytes() == source.read_bytes()
    assert texts(file.list_locations()) == [f"file://{target}"]
    target.unlink()
    assert file.size == source.stat().st_size  # which was recorded


def test_upload_into_a_directory_and_with_another_content(file, source, tmp_path):
    stock = tmp_path / "stock"
    stock.mkdir()
    file.upload(str(source), str(stock))
    assert texts(file.list_locations()) == [f"file://{stock}/f"]
    with pytest.raises(rs.AlreadyExists):
        file.upload(str(source), str(stock))
    source.write_bytes(b"longer than it was before")
    file.upload(str(source), str(stock), OVERWRITE)
    assert (file.size, (stock / "f").read_bytes()) == (25, source.read_bytes())
    file.add_location("file:///elsewhere")
    source.write_bytes(b"short")
    with pytest.raises(rs.BadParameter, match="has 5 bytes, the other copies of `/f` have 25"):
        file.upload(str(source), str(stock), OVERWRITE)
    assert (stock / "f").stat().st_size == 25


def test_upload_without_a_target(root, source, tmp_path, at):
    file = root.open("a b/f", CREATE | CREATE_PARENTS)
    with pytest.raises(rs.BadParameter, match="no target") as caught:
        file.upload(str(source))
    assert "upload_to" in caught.value.hint
    session = rs.Session()
    stock = f"file://{tmp_path}/stock/"
    session.options[f"juncture.replica.{at().scheme}"] = {"upload_to": stock}
    LogicalFile(at("/a b/f"), READ_WRITE, session).upload(str(source), None, CREATE_PARENTS)
    assert (tmp_path / "stock" / "a b" / "f").read_bytes() == source.read_bytes()
    assert texts(file.list_locations()) == [f"file://{tmp_path}/stock/a b/f"]


def test_uploads_that_are_none(file, source, tmp_path):
    with pytest.raises(rs.DoesNotExist):
        file.upload(str(tmp_path / "none"), str(tmp_path / "x"))
    with pytest.raises(rs.BadParameter, match="is a directory"):
        file.upload(str(tmp_path), str(tmp_path / "x"))
    with pytest.raises(rs.BadParameter, match="onto itself"):
        file.upload(str(source), str(source), OVERWRITE)
    with pytest.raises(rs.BadParameter, match="RECURSIVE"):
        file.upload(str(source), str(tmp_path / "x"), rs.replica.RECURSIVE)
    assert file.list_locations() == []
    assert source.read_bytes()


def test_download_takes_the_next_copy_when_one_cannot_be_read(file, source, tmp_path):
    file.add_location(f"file://{tmp_path}/none")
    file.add_location(f"file://{tmp_path}")
    file.add_location(str(source))
    file.download(str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == source.read_bytes()


def test_download_says_of_each_copy_why_not(file, source, tmp_path):
    with pytest.raises(rs.NoSuccess, match="has no copy") as caught:
        file.download(str(tmp_path / "down"))
    assert "upload" in caught.value.hint
    file.add_location(f"file://{tmp_path}/none")
    file.add_location(f"file://{tmp_path}")
    file.add_location("file://elsewhere.example/x")
    with pytest.raises(rs.NoSuccess) as caught:
        file.download(str(tmp_path / "down"))
    for reason in ("/none` is not there", "is a directory", "serves this host alone"):
        assert reason in str(caught.value)
    assert len(caught.value.exceptions) == 4
    assert not (tmp_path / "down").exists()


def test_a_copy_of_another_length_is_not_taken(file, source, tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    file.upload(str(source), str(bad))
    file.upload(str(source), str(good))
    bad.write_bytes(b"damaged")
    file.download(str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == source.read_bytes()
    good.unlink()
    with pytest.raises(rs.NoSuccess, match="7 bytes, the file was recorded with"):
        file.download(str(tmp_path / "down"), None, OVERWRITE)
    assert (tmp_path / "down").read_bytes() == source.read_bytes()


def test_download_of_one_location_and_onto_a_file(file, source, tmp_path):
    other = tmp_path / "other"
    other.write_text("other")
    file.add_location(str(source))
    file.add_location(str(other))
    target = tmp_path / "down"
    file.download(str(target), f"file://{other}")
    assert target.read_text() == "other"
    with pytest.raises(rs.AlreadyExists):
        file.download(str(target))
    assert target.read_text() == "other"
    file.download(str(target), None, OVERWRITE)
    assert target.read_bytes() == source.read_bytes()
    with pytest.raises(rs.DoesNotExist, match="no location"):
        file.download(str(target), "file:///none")


def test_paths_of_downloads_are_those_of_the_working_directory(file, source, tmp_path, monkeypatch):
    file.add_location(str(source))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    file.download("down 100%")
    file.download(".")
    assert sorted(os.listdir(folder)) == ["down 100%", "f"]


def test_replicate(file, source, tmp_path):
    file.add_location(f"file://{tmp_path}/none")
    file.add_location(str(source))
    file.replicate(f"file://{tmp_path}/r/x", CREATE_PARENTS)
    assert (tmp_path / "r" / "x").read_bytes() == source.read_bytes()
    file.replicate(str(tmp_path / "r"))
    listed = texts(file.list_locations())[2:]
    assert listed == [f"file://{tmp_path}/r/x", f"file://{tmp_path}/r/f"]
    with pytest.raises(rs.AlreadyExists):
        file.replicate(str(tmp_path / "r" / "x"))
    (tmp_path / "r" / "x").write_text("old")
    file.replicate(str(tmp_path / "r" / "x"), OVERWRITE)
    assert (tmp_path / "r" / "x").read_bytes() == source.read_bytes()
    assert texts(file.list_locations())[2:] == listed


def test_what_could_not_be_replicated_is_no_location(file, source, tmp_path):
    file.add_location(f"file://{tmp_path}/none")
    with pytest.raises(rs.NoSuccess, match="is not there"):
        file.replicate(str(tmp_path / "r"))
    assert texts(file.list_locations()) == [f"file://{tmp_path}/none"]


def test_sizes(root, source, tmp_path):
    one, two = root.open("d/one", CREATE | CREATE_PARENTS), root.open("d/two", CREATE)
    with pytest.raises(rs.NoSuccess, match="has no copy"):
        one.get_size()
    one.add_location(f"file://{tmp_path}/none")
    one.add_location(str(source))
    two.upload(str(source), str(tmp_path / "stock"))
    length = source.stat().st_size
    assert (one.size, two.size) == (length, length)
    assert (root.get_size(), root.get_size("d/one"), root.size) == (2 * length, length, 2 * length)


@pytest.mark.parametrize("bulk", [False, True])
def test_an_operator_reads_which_way_a_copy_went(root, tmp_path, caplog, bulk):
    pytest.importorskip("aiohttp")
    fsspec = pytest.importorskip("fsspec")
    fsspec.filesystem("memory").pipe_file("/good", b"content")
    file = root.open("f", CREATE | READ_WRITE)
    for url in ("/no/where", "http://bob@127.0.0.1:9/f?signature=s3cret", "memory:///good"):
        file.add_location(url)
    with caplog.at_level("DEBUG", "juncture.saga.adaptors.sql_replica"):
        if bulk:
            tasks = rs.task.Container()
            tasks.add(file.download(f"{tmp_path}/f", ttype=rs.TASK))
            tasks.run()
            tasks.wait()
        else:
            file.download(f"{tmp_path}/f")
    assert (tmp_path / "f").read_bytes() == b"content"
    ours = "juncture.saga.adaptors.sql_replica"
    first, second, way = [text for name, _, text in caplog.record_tuples if name.startswith(ours)]
    assert first.startswith("`/f` does not come from `file:///no/where`: ")
    assert second.startswith("`/f` does not come from `http://127.0.0.1:9/f`: ")
    if bulk:
        assert way == "1 files go from the nearest copy that is left of each"
    else:
        assert way == f"`/f` goes from `memory:///good` to `file://{tmp_path}/f`"
    assert "s3cret" not in caplog.text


def test_nearest_first():
    own = os.uname().nodename
    urls = [
        "https://example.org/x",
        "s3://bucket/x",
        "ssh://far.example.org/x",
        "file://elsewhere.example/x",
        "ftp://10.0.0.7/x",
        "http://near/x",
        "ssh://near/x",
        f"ssh://{own}/x",
        "http://localhost/x",
        "file:///b",
        f"file://{own}/a",
        "ssh://8.8.8.8/x",
        "ssh://[fd00::1]/x",
    ]
    assert texts(copies.nearest_first(map(rs.Url, urls))) == [
        "file:///b",
        f"file://{own}/a",
        f"ssh://{own}/x",
        "http://localhost/x",
        "ssh://near/x",
        "ssh://[fd00::1]/x",
        "ftp://10.0.0.7/x",
        "http://near/x",
        "ssh://far.example.org/x",
        "ssh://8.8.8.8/x",
        "s3://bucket/x",
        "https://example.org/x",
        "file://elsewhere.example/x",
    ]
    first = copies.nearest_first(map(rs.Url, urls), rs.Url("ssh://far.example.org/new"))[0]
    assert str(first) == "ssh://far.example.org/x"


def bulk(tasks):
    container = rs.task.Container()
    for task in tasks:
        container.add(task)
    container.run()
    container.wait()


def test_a_thousand_locations_are_one_transaction(root, oracle):
    files = [root.open(f"f{number}", CREATE) for number in range(1000)]
    root.link("f0", "l")
    files.append(root.open("l", READ_WRITE))
    tasks = [
        file.add_location(f"ssh://h/{number}", ttype=rs.TASK) for number, file in enumerate(files)
    ]
    files[6].add_location("ssh://other/6")
    again = files[7].add_location("SSH://H/7", ttype=rs.TASK)
    before = files[6].add_location("ssh://OTHER/6", ttype=rs.TASK)
    wrong = files[8].add_location("relative", ttype=rs.TASK)
    reader = root.open("f9").add_location("ssh://h/x", ttype=rs.TASK)
    files.pop(500).remove()
    gone = tasks.pop(500)
    bulk([*tasks, again, before, wrong, reader, gone])
    assert texts(files[7].list_locations()) == ["ssh://h/7"]
    assert texts(files[6].list_locations()) == ["ssh://other/6", "ssh://h/6"]
    files[6].remove_location("ssh://other/6")
    if oracle.scheme == "postgresql":  # which keeps with each row what transaction made it
        rows = "SELECT count(DISTINCT xmin::text) FROM juncture_locations"
        assert oracle.sql(rows) == [(1,)]
    assert {task.state for task in (*tasks, again, before)} == {"Done"}
    assert [type(task.get_exception()) for task in (wrong, reader, gone)] == [
        *(rs.BadParameter, rs.PermissionDenied, rs.DoesNotExist),
    ]
    assert oracle.sql("SELECT count(*) FROM juncture_locations") == [(1000,)]
    assert texts(root.open("f0").list_locations()) == ["ssh://h/0", "ssh://h/1000"]
    listings = [file.list_locations(ttype=rs.TASK) for file in files[:-1]]
    bulk(listings)
    assert texts(listings[1].get_result()) == ["ssh://h/1"]
    removals = [
        file.remove_location(url, ttype=rs.TASK)
        for file, listing in zip(files, listings, strict=False)
        for url in listing.get_result()
    ]
    none = files[3].remove_location("ssh://h/none", ttype=rs.TASK)
    bulk([*removals, none])
    assert isinstance(none.get_exception(), rs.DoesNotExist)
    assert oracle.sql("SELECT count(*) FROM juncture_locations") == [(0,)]


def test_many_copies_at_once(root, oracle, tmp_path):
    for name in ("stock", "replicas", "down"):
        (tmp_path / name).mkdir()
    files = [root.open(f"f{number}", CREATE) for number in range(50)]
    for number, file in enumerate(files):
        path = tmp_path / "stock" / f"f{number}"
        path.write_text(f"content {number}")
        if number % 3 == 0:  # whose first location does not do
            file.add_location(f"file://{tmp_path}/none")
        file.add_location(str(path))
    lost = root.open("lost", CREATE)
    lost.add_location(f"file://{tmp_path}/none")
    there = root.open("there", CREATE)
    there.add_location(f"file://{tmp_path}/stock/f0")
    (tmp_path / "replicas" / "there").write_text("before")
    reader = root.open("f1")
    replicas = str(tmp_path / "replicas")
    tasks = [file.replicate(replicas, ttype=rs.TASK) for file in (*files, lost, there, reader)]
    bulk(tasks)
    outcomes = [type(task.get_exception()) for task in tasks[-3:]]
    assert outcomes == [rs.NoSuccess, rs.AlreadyExists, rs.PermissionDenied]
    assert {task.state for task in tasks[:-3]} == {"Done"}
    for number, file in enumerate(files):
        path = tmp_path / "replicas" / f"f{number}"
        assert path.read_text() == f"content {number}"
        assert str(file.list_locations()[-1]) == f"file://{path}"
    assert [len(file.list_locations()) for file in (lost, there)] == [1, 1]
    assert (tmp_path / "replicas" / "there").read_text() == "before"
    down = str(tmp_path / "down")
    tasks = [file.download(down, ttype=rs.TASK) for file in (*files, lost)]
    tasks.append(files[0].download(f"{down}/x", f"file://{tmp_path}/stock/f0", ttype=rs.TASK))
    tasks.append(files[0].download(f"{down}/y", "file:///other", ttype=rs.TASK))
    bulk(tasks)
    outcomes = [type(task.get_exception()) for task in tasks[-3:]]
    assert outcomes == [rs.NoSuccess, type(None), rs.DoesNotExist]
    names = {f"f{number}" for number in range(50)}
    assert set(os.listdir(down)) == {*names, "x"}
    assert (tmp_path / "down" / "f7").read_text() == "content 7"


def test_many_uploads_at_once(root, tmp_path):
    for name in ("from", "stock"):
        (tmp_path / name).mkdir()
    tasks = []
    for number in range(30):
        (tmp_path / "from" / str(number)).write_text("x" * number)
        file = root.open(f"f{number}", CREATE)
        tasks.append(
            file.upload(
                str(tmp_path / "from" / str(number)), str(tmp_path / "stock"), ttype=rs.TASK
            )
        )
    other = root.open("other", CREATE)
    tasks += [
        other.upload(str(tmp_path / "none"), str(tmp_path / "stock"), ttype=rs.TASK),
        other.upload(str(tmp_path / "from" / "1"), ttype=rs.TASK),
        root.open("f1").upload(str(tmp_path / "from" / "1"), str(tmp_path / "y"), ttype=rs.TASK),
    ]
    bulk(tasks)
    outcomes = [type(task.get_exception()) for task in tasks]
    wrong = [rs.DoesNotExist, rs.BadParameter, rs.PermissionDenied]
    assert outcomes == [type(None)] * 30 + wrong
    assert len(os.listdir(tmp_path / "stock")) == 30
    for number in range(30):
        file = root.open(f"f{number}")
        assert file.size == number
        assert texts(file.list_locations()) == [f"file://{tmp_path}/stock/f{number}"]
    assert other.list_locations() == []


@pytest.mark.parametrize("in_bulk", [False, True])
@pytest.mark.parametrize("method", ["download", "replicate"])
def test_a_target_at_fault_is_not_blamed_on_the_copies(file, source, tmp_path, method, in_bulk):
    other = tmp_path / "other"
    other.write_bytes(source.read_bytes())
    for path in (source, other):
        file.add_location(str(path))
    missing = tmp_path / "none" / "x"
    (tmp_path / "plain").write_text("no directory")
    for target, what in ((missing, "none"), (tmp_path / "plain" / "x", "plain")):
        task = getattr(file, method)(str(target), ttype=rs.TASK)
        if in_bulk:
            bulk([task, getattr(file, method)(str(target), ttype=rs.TASK)])
        else:
            task.run()
            task.wait()
        assert "no copy" not in str(task.get_exception())
        assert f"{tmp_path}/{what}" in str(task.get_exception())
    assert len(file.list_locations()) == 2
    left = sorted(each for each in os.listdir(tmp_path) if ".db" not in each)
    assert left == ["other", "plain", "source"]
