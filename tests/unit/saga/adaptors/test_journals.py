"""Journals are read on from where they were left; the shell and the files are real."""

import subprocess

import pytest

from juncture.saga.adaptors.shell_job import journals
from juncture.saga.adaptors.shell_job.journals import Journals

OPEN = b"abc.0 open uptime 100.00 5000.25 boot host .\n"


def run_line(number, service="abc"):
    return f"{service}.{number} run 10{number}.00 11 10 99 100.50 .\n".encode()


class Host:
    """A directory of records, and how much was read of it."""

    def __init__(self, folder):
        self.folder = folder
        self.read_bytes = 0
        self.journals = Journals(self.run, lambda: str(folder))

    def run(self, text):
        said = subprocess.run(["/bin/sh", "-c", text], stdout=subprocess.PIPE, check=False).stdout
        self.read_bytes += len(said)
        return said

    def write(self, data, service="abc", mode="ab"):
        (self.folder / service).mkdir(exist_ok=True)
        with (self.folder / service / "journal").open(mode) as stream:
            stream.write(data)

    def verbs(self, number, service="abc"):
        return [line.verb for line in self.journals.read(service).lines(number)]


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_only_what_was_added_is_read(host):
    host.write(OPEN + b"".join(run_line(number) for number in range(1, 1001)))
    assert host.verbs(7) == ["run"]
    first, host.read_bytes = host.read_bytes, 0
    host.write(b"abc.7 end 200.00 0 .\n")
    assert host.verbs(7) == ["run", "end"]
    assert host.verbs(8) == ["run"]
    assert host.read_bytes < 300 < first


def test_a_line_that_is_not_whole_comes_again(host):
    host.write(OPEN + b"abc.1 run 101.00 11 1")
    assert host.verbs(1) == []
    host.write(b"0 99 100.50 .\n")
    (line,) = host.journals.read("abc").lines(1)
    assert line.words == ("101.00", "11", "10", "99", "100.50")


def test_a_journal_that_was_replaced_is_read_from_its_beginning(host):
    host.write(OPEN + run_line(1) + run_line(2))
    assert host.verbs(1) == ["run"]
    host.write(OPEN.replace(b"5000", b"7000") + run_line(3) * 20, mode="wb")
    assert (host.verbs(1), host.verbs(3)) == ([], ["run"] * 20)
    assert host.journals.read("abc").clock.epoch == 7000.25


def test_a_journal_that_was_removed_is_empty(host):
    host.write(OPEN + run_line(1))
    assert host.verbs(1) == ["run"]
    (host.folder / "abc" / "journal").unlink()
    assert host.verbs(1) == []
    assert host.journals.read("abc").clock is None


def test_what_is_kept_is_bounded(host, monkeypatch):
    monkeypatch.setattr(journals, "_MOST_BYTES", 4000)
    for name in ("a", "b", "c"):
        host.write(OPEN + run_line(1, name) * 50, name)
        assert host.verbs(1, name)
    host.read_bytes = 0
    assert host.verbs(1, "c")
    assert host.read_bytes < 100
    assert len(host.verbs(1, "a")) == 50
    assert host.read_bytes > 1000


def test_a_job_is_found_with_its_record_in_one_go(host):
    host.write(OPEN + run_line(1))
    (host.folder / "abc" / "1.job").write_text('{"x": "a\\\\n b"}\n')
    journal, kept, is_staged = host.journals.find("abc.1")
    assert ([line.verb for line in journal.lines(1)], kept) == (["run"], '{"x": "a\\\\n b"}')
    assert not is_staged
    (host.folder / "abc" / "1.staged").touch()
    assert host.journals.find("abc.1")[2]
    assert host.journals.find("abc.2")[1:] == ("", False)
    assert host.journals.find("none.1")[0].clock is None
