"""Words, times and lines of `juncture file`."""

import doctest
import os
import shlex
import time

import pytest

from juncture.cli import file, file_facts, file_options, file_progress, words
from juncture.cli.file_notes import Notes
from juncture.cli.file_places import Name, Names, shown
from juncture.cli.file_running import Run
from juncture.cli.parser import Parser
from juncture.saga.storage.progress import Progress
from juncture.saga.storage.values import DIRECTORY, FILE, LINK, OTHER, Stat
from juncture.saga.url import Url


def test_what_was_copied_when_nothing_was_begun():
    assert file_progress.so_far(Progress()) == "nothing was copied yet"


@pytest.mark.parametrize("module", [words, file_progress])
def test_the_examples(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain ü 文", "plain ü 文"),
        ("\x1b[31m\x07", "\\x1b[31m\\x07"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\udcff", "\\xff"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_what_a_terminal_gets(text, seen):
    assert words.printable(text) == seen


def test_lines_of_messages_stay_lines():
    assert words.message("error: a\x1bb\n\nhint: c\n") == "error: a\\x1bb\n\nhint: c\n"


@pytest.mark.parametrize(
    ("kind", "bits", "seen"),
    [
        (FILE, 0o640, "-rw-r-----"),
        (DIRECTORY, 0o1777, "drwxrwxrwt"),
        (LINK, 0o777, "lrwxrwxrwx"),
        (FILE, 0o6711, "-rws--s--x"),
        (FILE, 0o4600, "-rwS------"),
        (OTHER, None, "??????????"),
    ],
)
def test_modes(kind, bits, seen):
    assert file_facts.mode(Stat(kind, mode=bits)) == seen


def test_times_have_a_year_when_it_is_not_this_one():
    now = time.time()
    assert ":" in file_facts.when(Stat(FILE, mtime=now - 1000), now)
    assert ":" not in file_facts.when(Stat(FILE, mtime=now - 366 * 86400), now)
    assert ":" not in file_facts.when(Stat(FILE, mtime=now + 366 * 86400), now)
    assert file_facts.when(Stat(FILE), now) == "-"
    assert file_facts.when(Stat(FILE, mtime=1e30), now) == "?"


HALF = Progress(5, 10, 50 << 20, 100 << 20, 10.0, "/d/na\x1bme")


def test_the_line():
    line = file_progress.text(HALF, 100, utf8=True)
    bar = "━" * 12 + "─" * 12
    assert line == f"{bar} 5/10  50.0 MiB of 100.0 MiB  5.0 MiB/s  0:10 left  na\\x1bme"
    assert file_progress.text(HALF, 100, utf8=False).startswith("#" * 12 + "-" * 12 + " 5/10")
    assert "left" not in file_progress.text(Progress(1, 1, 5, 5, 2.0), 100, utf8=True)
    assert file_progress.text(Progress(), 100, utf8=True).endswith(" 0/0  0 B of 0 B  0 B/s")


@pytest.mark.parametrize("columns", [1, 5, 10, 20, 40, 60, 80, 81, 200])
def test_the_line_fits(columns):
    assert len(file_progress.text(HALF, columns, utf8=True)) < columns


def test_a_narrow_line_keeps_what_matters():
    seen = {columns: file_progress.text(HALF, columns, utf8=True) for columns in (40, 20, 8, 2)}
    assert seen == {
        40: "50%  5.0 MiB/s  0:10 left",
        20: "50%  0:10 left",
        8: "50%",
        2: "",
    }


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("ssh://me:s3cr3t@host/x", "ssh://me:***@host/x"),
        ("https://host/x?a=1&X-Amz-Signature=s3cr3t&token=s3cr3t", None),
        ("s3://b/x?secret_key=s3cr3t&region=x", None),
        ("file:///a%20b", "file:///a%20b"),
    ],
)
def test_secrets_are_not_shown(url, seen):
    found = shown(Url(url))
    assert "s3cr3t" not in found
    if seen is not None and ":***" not in seen:
        assert found == seen
    if "region" in url:
        assert found.endswith("region=x")


@pytest.mark.parametrize("name", file.COMMANDS)
def test_the_examples_of_the_help_are_command_lines(name):
    parser = Parser()
    file.add_options(parser)
    for _, words_ in file_options.EXAMPLES[name]:
        assert parser.parse_args(shlex.split(words_)).what == name


@pytest.fixture
def names(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    parser = Parser()
    file_options.add("cp", parser)
    return Names(Run(parser.parse_args(["a", "b"])))


def test_a_note_counts_for_a_week_and_for_one_target(names, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    source, target = names.find("a"), names.find("b")

    class Request:
        dereference = False
        walk = None

    Notes(target).begin(source, target, Request, None)
    begun = Notes(target).begun(source)
    assert isinstance(begun, Name)
    assert begun.path == target.path
    assert Notes(names.find("c")).begun(source) is None
    assert Notes(target).begun(names.find("b")) is None
    (note,) = (tmp_path / "state").rglob("*.tree")
    assert note.stat().st_mode & 0o777 == 0o600
    old = time.time() - 8 * 86400
    os.utime(note, (old, old))
    assert Notes(target).begun(source) is None
    os.utime(note)
    note.write_text("/somewhere/else")
    assert Notes(target).begun(source) is None
    Notes(target).begin(source, target, Request, None)
    (tmp_path / "b").rmdir()
    assert Notes(target).begun(source) is None
