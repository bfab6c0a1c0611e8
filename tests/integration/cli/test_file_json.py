"""What `juncture file … --json` prints is what the reference says, whatever becomes of it."""

import json
import re
from pathlib import Path

import pytest

from juncture.cli import file as commands
from juncture.cli.__main__ import main

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "command-line.md"
SOMETIMES = {"link", "version", "children", "text", "base64"}
"""Keys that not every object has."""
WORDS = {
    "ls": ("ls",),
    "stat": ("stat",),
    "find": ("find",),
    "tree": ("tree",),
    "cat": ("cat",),
    "cp": ("cp", "-r"),
    "cp --dry-run": ("cp", "-r", "--dry-run"),
    "cp -": ("cp",),
    "mv": ("mv",),
    "rm": ("rm", "-r"),
    "mkdir": ("mkdir",),
    "sync": ("sync",),
    "sync --dry-run": ("sync", "--dry-run"),
}
GOOD = {"cat": ["d/one"], "cp -": ["d/one"], "mkdir": ["new"]}
BAD = {"mkdir": ["d"]}
ONTO = {"cp": "e", "cp --dry-run": "e", "mv": "e", "sync": "e/f", "sync --dry-run": "e/f"}


def table():
    """Return of each command how it prints, and the keys of what it prints."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (`[a-z][^|]*) \| (an (?:array|object)[^|]*) \| ([^|]*) \|$", text, re.MULTILINE
    )
    found = {}
    for names, form, keys in rows:
        for name in re.findall("`([^`]+)`", names):
            known = set(re.findall("`([^`]+)`", re.sub(r"\([^)]*\)", "", keys)))
            known |= found["ls"][1] if "ls" in known else set()
            found[name] = form, known - {"ls"}
    return found


TABLE = table()


@pytest.fixture
def file(tmp_path, monkeypatch, capfdbinary):
    """Return a function that runs `juncture file … --json` and returns status and output."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "here" / "d" / "sub").mkdir(parents=True)
    (tmp_path / "here" / "e").mkdir()
    (tmp_path / "here" / "d" / "one").write_bytes(b"1")
    (tmp_path / "here" / "d" / "link").symlink_to("one")
    (tmp_path / "here" / "not-utf-8").write_bytes(b"\xff")
    monkeypatch.chdir(tmp_path / "here")

    def call(name, names):
        target = [ONTO[name]] if name in ONTO else ["-"] if name == "-" else []
        status = main(["file", *WORDS[name], "--json", *names, *target])
        return status, capfdbinary.readouterr().out

    return call


def objects(name, out):
    """Return what a command has printed, in the form that the page says."""
    form, _ = TABLE[name]
    if form.startswith("an object a line"):
        return [json.loads(line) for line in out.splitlines()]
    found = json.loads(out)
    assert isinstance(found, list if form.startswith("an array") else dict)
    return found if isinstance(found, list) else [found]


def below(found):
    for each in found:
        yield each
        yield from below(each.get("children", ()))


def check(name, found):
    _, keys = TABLE[name]
    for each in below(found):
        assert keys - SOMETIMES <= set(each) <= keys, name
        assert len(each.get("failures", ())) <= each.get("failed", 0)
        assert all(
            set(failure) == {"type", "error", "hint"} for failure in each.get("failures", ())
        )


def test_every_command_is_in_the_table():
    assert set(TABLE) == set(WORDS)
    assert {name.split()[0] for name in TABLE} == set(commands.COMMANDS)


@pytest.mark.parametrize("name", sorted(set(WORDS) - {"cp -"}))
def test_all_is_done(file, name):
    status, out = file(name, GOOD.get(name, ["d"]))
    found = objects(name, out)
    check(name, found)
    assert (status, bool(found)) == (0, True)
    assert all(not each.get("failed") for each in found)


@pytest.mark.parametrize("name", sorted(set(WORDS) - {"cp -", "sync", "sync --dry-run"}))
def test_some_is_not_done(file, name):
    status, out = file(name, [*BAD.get(name, ["none"]), *GOOD.get(name, ["d"])])
    found = objects(name, out)
    check(name, found)
    assert (status, bool(found)) == (1, True)
    assert [each["failed"] for each in found if "failed" in each] in ([1], [])


@pytest.mark.parametrize("name", sorted(set(WORDS) - {"cp -"}))
def test_nothing_is_done(file, name):
    status, out = file(name, BAD.get(name, ["none"]))
    found = objects(name, out)
    if name == "sync --dry-run":  # without a source nothing is begun
        assert set(found[0]) == {"failed", "failures"}
    else:
        check(name, found)
    assert status == 1
    assert [each["failed"] for each in found if "failed" in each] in ([1], [])


@pytest.mark.parametrize("name", sorted(ONTO))
def test_nothing_can_be_begun(file, name, monkeypatch):
    monkeypatch.setitem(ONTO, name, "zip:///none.zip/x")
    status, out = file(name, ["d"])
    (found,) = objects(name, out)
    assert (status, found["failed"]) == (1, 1)
    assert set(found) in ({"failed", "failures"}, TABLE[name][1])


def test_of_standard_input(file, tmp_path, monkeypatch):
    with open(tmp_path / "here" / "d" / "one", "rb") as source:
        monkeypatch.setattr("sys.stdin", source)
        status, out = file("cp -", ["-", "copy"])
    check("cp -", objects("cp -", out))
    assert (status, (tmp_path / "here" / "copy").read_bytes()) == (0, b"1")


def test_of_contents(file):
    _, out = file("cat", ["d/one", "not-utf-8"])
    assert [set(each) for each in objects("cat", out)] == [
        {"name", "size_bytes", "text"},
        {"name", "size_bytes", "base64"},
    ]
