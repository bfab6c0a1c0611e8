"""`juncture file` on this host: what people and scripts that know `ls`, `cp` and `find` expect."""

import json
import os
import socket
import time

import pytest

from juncture.cli.__main__ import main

ODD = [
    "a b",
    "-dash",
    "new\nline",
    "e\x1b[31m",
    "per%20cent",
    "what?",
    "#",
    b"\xff".decode("utf-8", "surrogateescape"),
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def file(here, capfdbinary):
    """Return a function that runs `juncture file …` and returns status, output and messages."""

    def call(*words):
        status = main(["file", *words])
        done = capfdbinary.readouterr()
        return status, done.out, done.err.decode("utf-8")

    return call


@pytest.fixture
def tree(here):
    """A directory with a little of everything."""
    (here / "d" / "sub").mkdir(parents=True)
    (here / "d" / "one").write_bytes(b"1")
    (here / "d" / ".dot").write_bytes(b"dot")
    (here / "d" / "sub" / "two").write_bytes(bytes(range(256)) * 40)
    (here / "d" / "link").symlink_to("one")
    os.chmod(here / "d" / "one", 0o640)
    os.utime(here / "d" / "one", (1_000_000_000, 1_000_000_000))
    return here / "d"


def facts_below(folder):
    """Return what is below a directory, with contents and links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = None if path.is_dir() else path.read_bytes()
    return found


# ls, tree, stat, find


def test_ls_lists_names_as_bytes(file, here):
    for name in ODD:
        (here / name).touch()
    status, out, err = file("ls")
    assert (status, err) == (0, "")
    assert out == b"".join(os.fsencode(name) + b"\n" for name in sorted(ODD))
    assert file("ls", "-0")[1].split(b"\0")[:-1] == [os.fsencode(name) for name in sorted(ODD)]


def test_ls_leaves_dots_out_and_sorts(file, here):
    for name, size, age in (("b", 1, 30), ("a", 3, 20), ("c", 2, 10), (".x", 0, 0)):
        (here / name).write_bytes(b"x" * size)
        os.utime(here / name, (1e9 - age, 1e9 - age))
    assert file("ls")[1].split() == [b"a", b"b", b"c"]
    assert file("ls", "-a")[1].split() == [b".x", b"a", b"b", b"c"]
    assert file("ls", "-r")[1].split() == [b"c", b"b", b"a"]
    assert file("ls", "-t")[1].split() == [b"c", b"a", b"b"]
    assert file("ls", "-S")[1].split() == [b"a", b"c", b"b"]
    assert file("ls", "-Sr")[1].split() == [b"b", b"c", b"a"]


def test_ls_long(file, tree):
    status, out, _ = file("ls", "-l", "d")
    rows = [line.split() for line in out.decode().splitlines()]
    assert status == 0
    assert [row[0] for row in rows] == ["lrwxrwxrwx", "-rw-r-----", "drwxr-xr-x"]
    assert rows[0][-3:] == ["link", "->", "one"]
    assert rows[1][3:] == ["1", *time.strftime("%b %d %Y", time.localtime(1e9)).split(), "one"]
    assert b"10K" in file("ls", "-lh", "d/sub/two")[1]


def test_ls_of_several_names_each_of_them(file, tree):
    status, out, err = file("ls", "d", "nothing", "d/sub/two", f"file://{tree}/sub")
    assert status == 1
    assert out == f"d/sub/two\n\nd:\nlink\none\nsub\n\nfile://{tree}/sub:\ntwo\n".encode()
    assert err.startswith("error: ")
    assert "nothing" in err
    assert err.count("\n") == 1


def test_ls_json(file, tree):
    found = json.loads(file("ls", "--json", "d")[1])
    assert [(each["name"], each["kind"], each["size_bytes"]) for each in found] == [
        ("d/link", "link", None),
        ("d/one", "file", 1),
        ("d/sub", "directory", None),
    ]
    assert (found[0]["link"], found[1]["mode"], found[1]["mtime"]) == ("one", "0640", 1e9)
    assert found[1]["url"] == f"file://{tree}/one"


def test_names_of_json_are_exact(file, here):
    for name in ODD:
        (here / name).write_text("x")
    found = json.loads(file("ls", "--json")[1])
    assert {each["name"] for each in found} == {f"./{name}" for name in ODD}
    for each in found:
        assert file("cat", each["name"])[1] == file("cat", each["url"])[1] == b"x"


def test_tree(file, tree):
    drawn = "d\n├── link -> one\n├── one\n└── sub\n    └── two\n\n1 directory, 3 files\n"
    assert file("tree", "d") == (0, drawn.encode(), "")
    (found,) = json.loads(file("tree", "--json", "--depth", "1", "d")[1])
    assert [(child["name"], child.get("children")) for child in found["children"]] == [
        ("d/link", None),
        ("d/one", None),
        ("d/sub", []),
    ]


def test_stat(file, tree):
    status, out, _ = file("stat", "d/one")
    assert status == 0
    assert b"    mode: 0640 (-rw-r-----)\n" in out
    assert json.loads(file("stat", "--json", "d/link")[1])[0]["kind"] == "link"
    assert json.loads(file("stat", "--json", "-L", "d/link")[1])[0]["kind"] == "file"


def test_find(file, tree):
    def found(*words):
        status, out, err = file("find", *words)
        assert (status, err) == (0, "")
        return sorted(out.decode().splitlines())

    assert found("d") == ["d", "d/.dot", "d/link", "d/one", "d/sub", "d/sub/two"]
    assert found("d", "--type", "d") == ["d", "d/sub"]
    assert found("d", "--type", "l") == ["d/link"]
    assert found("d", "--name", "t*") == ["d/sub/two"]
    assert found("d", "--size", "+1K") == ["d/sub/two"]
    assert found("d", "--size", "-2") == ["d/one"]
    assert found("d", "--size", "10K") == ["d/sub/two"]
    assert found("d", "--type", "f", "--newer", "d/one") == ["d/.dot", "d/sub/two"]
    assert found(f"file://{tree}", "--name", "two") == [f"file://{tree}/sub/two"]
    assert file("find", "-0", "d/sub")[1] == b"d/sub\0d/sub/two\0"
    rows = [json.loads(line) for line in file("find", "--json", "d/sub")[1].splitlines()]
    assert [row["name"] for row in rows] == ["d/sub", "d/sub/two"]


@pytest.mark.parametrize("size", ["", "x", "+", "1.5K", "K", "++1"])
def test_find_refuses_a_size_that_is_none(file, size):
    status, _, err = file("find", f"--size={size}")
    assert status == 2
    assert "--size" in err


# cat


def test_cat_is_exact(file, tree):
    status, out, _ = file("cat", "d/sub/two", "d/one")
    assert (status, out) == (0, bytes(range(256)) * 40 + b"1")


def test_cat_goes_on_after_a_failure(file, tree):
    status, out, err = file("cat", "none", "d", "d/one")
    assert (status, out) == (1, b"1")
    assert err.count("error: ") == 2


def test_cat_json(file, tree):
    lines = file("cat", "--json", "d/one", "d/sub/two")[1].splitlines()
    one, two = map(json.loads, lines)
    assert (one["text"], one["size_bytes"], two["size_bytes"]) == ("1", 1, 10240)
    assert two["base64"].startswith("AAECAw")


# cp


def test_cp_of_a_directory_and_into_one(file, tree, here):
    assert file("cp", "-r", "d", "e") == (0, b"", "")
    assert facts_below(here / "e") == facts_below(tree)
    assert (here / "e" / "one").stat().st_mtime == 1e9
    assert (here / "e" / "one").stat().st_mode & 0o777 == 0o640
    assert file("cp", "-r", "d", "e") == (0, b"", "")
    assert facts_below(here / "e" / "d") == facts_below(tree)
    assert file("cp", "-r", "d/.", "f") == (0, b"", "")
    assert file("cp", "-r", "d/.", "f") == (0, b"", "")
    assert facts_below(here / "f") == facts_below(tree)
    assert list((here.parent / "state").rglob("*.tree")) == []


def test_cp_of_odd_names(file, here):
    for name in ODD:
        (here / name).write_text(name, errors="surrogateescape")
    (here / "to").mkdir()
    words = [f"./{name}" for name in ODD]
    assert file("cp", *words, "to") == (0, b"", "")
    assert {name: (here / "to" / name).read_bytes() for name in ODD} == {
        name: os.fsencode(name) for name in ODD
    }


def test_cp_follows_links_unless_it_copies_directories(file, tree, here):
    file("cp", "d/link", "copy")
    assert (here / "copy").read_bytes() == b"1"
    assert not (here / "copy").is_symlink()
    file("cp", "-r", "d/link", "same")
    assert (here / "same").is_symlink()
    file("cp", "-rL", "d", "followed")
    assert not (here / "followed" / "link").is_symlink()
    assert (here / "followed" / "link").read_bytes() == b"1"


def test_cp_replaces_unless_told_not_to(file, here):
    (here / "a").write_text("a")
    (here / "b").write_text("b")
    assert file("cp", "-n", "a", "b") == (0, b"", "")
    assert (here / "b").read_text() == "b"
    assert json.loads(file("cp", "-n", "--json", "a", "b")[1])["skipped"] == 1
    assert file("cp", "-f", "-v", "a", "b") == (0, b"a -> b\n", "")
    assert (here / "b").read_text() == "a"


def test_cp_leaves_what_is_there_in_a_tree_alone(file, tree, here):
    (here / "e").mkdir()
    (here / "e" / "one").write_text("mine")
    assert file("cp", "-rn", "d/.", "e") == (0, b"", "")
    assert facts_below(here / "e") == {**facts_below(tree), "one": b"mine"}


def test_cp_tells_each_failure_and_does_the_rest(file, tree, here):
    (here / "to" / "sub").mkdir(parents=True)
    (here / "sub").write_text("a file")
    status, _, err = file("cp", "none", "d/one", "d", "sub", "to")
    assert status == 1
    assert [line.startswith("error: ") for line in err.splitlines()] == [True] * 3
    assert "`-r` copies directories" in err
    assert "`to/sub` is a directory" in err
    assert facts_below(here / "to") == {"sub": None, "one": b"1"}


@pytest.mark.parametrize(
    "words",
    [
        ("cp", "d/one", "d/sub/two", "none"),
        ("mv", "d/one", "d/sub/two", "none"),
        ("cp", "-", "-"),
        ("cp", "d/one", ""),
        ("cp", "d/one"),
        ("ls", "moon://x/"),
        ("ls", "--moon"),
        ("moon",),
    ],
)
def test_what_cannot_be_meant(file, tree, words):
    before = facts_below(tree)
    status, out, err = file(*words)
    assert (status if words[0] != "ls" or words[1] == "--moon" else 2, out) == (2, b"")
    assert err.startswith("error: ")
    assert facts_below(tree) == before


def test_cp_of_a_file_to_a_directory_that_is_not_there(file, tree, here):
    status, _, err = file("cp", "d/one", "none/")
    assert status == 1
    assert "`none/` is no directory" in err
    assert not (here / "none").exists()


def test_cp_to_a_name_below_a_file(file, tree):
    status, out, err = file("cp", "--json", "d/sub/two", "d/one/x")
    assert (status, json.loads(out)["failed"]) == (1, 1)
    assert err == f"error: `{tree}/one/x` is not a directory, or is below something that is none\n"


@pytest.mark.parametrize("words", [("cp", "d/one"), ("mv", "d/one"), ("sync", "d"), ("mkdir",)])
def test_json_of_a_target_that_is_out_of_reach(file, tree, words):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x"
        status, out, err = file(*words, "--json", url)
    found = json.loads(out)
    assert (status, found["failed"], len(found["failures"]), err.count("error: ")) == (1, 1, 1, 1)


def test_json_says_of_what_kind_a_failure_is(file, tree):
    status, out, _ = file("rm", "--json", "d/none", "d")
    found = [failure["type"] for failure in json.loads(out)["failures"]]
    assert (status, found) == (1, ["DoesNotExist", "BadParameter"])


def test_cp_archive_is_recursive(file, tree, here):
    assert file("cp", "-a", "d", "e") == (0, b"", "")
    assert facts_below(here / "e") == facts_below(tree)


def test_cp_onto_itself_loses_nothing(file, tree):
    before = facts_below(tree)
    for words in (("d/one", "d/one"), ("d/one", "d"), ("-r", "d", "d/sub"), ("-r", "d/.", "d")):
        assert file("cp", *words)[0] == 1, words
    assert facts_below(tree) == before


def test_cp_dry_run_changes_nothing(file, tree, here):
    status, out, _ = file("cp", "-r", "--dry-run", "d", "e")
    assert status == 0
    assert sorted(out.decode().splitlines())[:3] == [
        "d -> e",
        "d/.dot -> e/.dot",
        "d/link -> e/link",
    ]
    assert not (here / "e").exists()
    found = json.loads(file("cp", "-r", "--dry-run", "--json", "d/sub", "e")[1])["copies"]
    assert found[1] == {
        "source": "d/sub/two",
        "target": "e/two",
        "kind": "file",
        "size_bytes": 10240,
    }


def test_cp_with_checksums(file, tree, here):
    assert file("cp", "--checksum", "d/sub/two", "copy") == (0, b"", "")
    assert (here / "copy").read_bytes() == (tree / "sub" / "two").read_bytes()


def test_a_parent_of_what_a_link_leads_to(file, here):
    (here / "far" / "deep").mkdir(parents=True)
    (here / "far" / "x").write_text("far")
    (here / "x").write_text("near")
    (here / "l").symlink_to("far/deep")
    assert file("cat", "l/../x")[1] == b"far"


def test_a_link_of_the_name_of_its_directory(file, here):
    (here / "d").mkdir()
    (here / "d" / "d").symlink_to("there")
    (here / "d" / "e").symlink_to("elsewhere")
    listed = file("ls", "-l", "d")[1].decode().splitlines()
    assert [line.partition(" -> ")[2] for line in listed] == ["there", "elsewhere"]
    found = json.loads(file("ls", "--json", "d")[1])
    assert [each["link"] for each in found] == ["there", "elsewhere"]
    assert file("tree", "d")[1].decode().splitlines()[1].endswith(" d -> there")
    (found,) = json.loads(file("tree", "--json", "d")[1])
    assert [each["link"] for each in found["children"]] == ["there", "elsewhere"]


# mv, rm, mkdir


def test_mv(file, tree, here):
    assert file("mv", "-v", "d/one", "d/uno") == (0, b"d/one -> d/uno\n", "")
    assert file("mv", "d/uno", "d/link", "d/sub") == (0, b"", "")
    assert sorted(os.listdir(tree / "sub")) == ["link", "two", "uno"]
    (here / "x").write_text("x")
    assert file("mv", "-n", "x", "d/sub/uno")[0] == 0
    assert (here / "x").exists()
    assert file("mv", "x", "d/sub/uno")[0] == 0
    assert (tree / "sub" / "uno").read_text() == "x"
    assert json.loads(file("mv", "--json", "none", "d")[1])["failed"] == 1


def test_mv_puts_no_directory_into_one_that_has_its_name(file, tree, here):
    (here / "sub").mkdir()
    (here / "sub" / "mine").touch()
    status, _, err = file("mv", "sub", "d")
    assert (status, "`d/sub` is there already" in err.replace(f"{here}/", "")) == (1, True)
    assert file("mv", "-nv", "sub", "d") == (0, b"", "")
    assert file("mv", "-nv", "sub", "d/one") == (0, b"", "")
    assert file("mv", "sub", "d/one")[0] == 1
    assert (tree / "one").read_bytes() == b"1"
    assert os.listdir(here / "sub") == ["mine"]
    assert sorted(os.listdir(tree / "sub")) == ["two"]


def test_rm(file, tree, here):
    status, _, err = file("rm", "d/one", "d/sub", "none")
    assert (status, err.count("error: ")) == (1, 2)
    assert not (tree / "one").exists()
    assert (tree / "sub").exists()
    assert file("rm", "-f", "none") == (0, b"", "")
    assert file("rm", "d/link/")[0] == 1
    assert file("rm", "-rv", "d") == (0, b"removed d\n", "")
    assert not tree.exists()


@pytest.mark.parametrize("name", ["/", "//", "/usr/..", "file:///", "file://localhost"])
def test_the_root_stays(file, tree, name):
    """Without -r nothing could go, whatever the test finds."""
    status, _, err = file("rm", "d/one", name)
    assert status == 2
    assert "root" in err
    assert (tree / "one").exists()


@pytest.mark.parametrize("name", [".", "..", "d/.", "./"])
def test_where_one_is_stays(file, tree, name):
    assert file("rm", name)[0] == 2
    assert tree.exists()


def test_mkdir(file, here):
    assert file("mkdir", "a", "b") == (0, b"", "")
    assert file("mkdir", "a")[0] == 1
    status, _, err = file("mkdir", "x/y")
    assert (status, "`-p` makes missing parents" in err) == (1, True)
    assert file("mkdir", "-pv", "x/y", "a") == (0, b"made x/y\nmade a\n", "")
    assert (here / "x" / "y").is_dir()
    assert json.loads(file("mkdir", "--json", "c")[1])["made"] == ["c"]


# sync


def test_sync(file, tree, here):
    assert file("sync", "d", "e") == (0, b"", "")
    assert facts_below(here / "e") == facts_below(tree)
    (tree / "one").write_text("new")
    (here / "e" / "extra").touch()
    wanted = b"changed one\nremoved extra\n"
    assert file("sync", "--delete", "--dry-run", "d", "e") == (0, wanted, "")
    assert (here / "e" / "extra").exists()
    assert file("sync", "-v", "--delete", "d", "e") == (0, wanted, "")
    assert facts_below(here / "e") == facts_below(tree)
    (here / "e" / "one").write_text("old")
    os.utime(here / "e" / "one", ns=(0, (tree / "one").stat().st_mtime_ns))
    assert file("sync", "-v", "d", "e") == (0, b"", "")
    found = json.loads(file("sync", "--json", "--checksum", "d", "e")[1])
    assert [(each["what"], each["path"]) for each in found["changes"]] == [("changed", "one")]
    assert (here / "e" / "one").read_text() == "new"
