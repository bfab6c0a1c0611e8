"""The line that says how far many jobs are."""

import io
import sys
import threading

import pytest
from processes import PATIENCE_S

import juncture.saga as rs
from juncture.cli.job_progress import Line


class Job:
    """Something that ends."""


@pytest.fixture
def jobs():
    return [Job() for _ in range(4)]


def filled(jobs, count, failed=0):
    found = Line(len(jobs))
    for number, job in enumerate(jobs[:count]):
        found.ended(job, "State", rs.job.FAILED if number < failed else rs.job.DONE)
    return found


def test_the_line(jobs):
    assert filled(jobs, 0).text(80) == "─" * 40 + " 0/4 jobs"
    assert filled(jobs, 2).text(80) == "━" * 20 + "─" * 20 + " 2/4 jobs"
    assert filled(jobs, 4, failed=1).text(80) == "━" * 40 + " 4/4 jobs, 1 failed"


@pytest.mark.parametrize("columns", [1, 5, 10, 20, 30, 40, 50, 80, 200])
def test_the_line_fits(jobs, columns):
    assert len(filled(jobs, 3, failed=2).text(columns)) < columns


def test_a_terminal_without_unicode(jobs, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stderr", stream)
    assert filled(jobs, 2).text(80) == "#" * 20 + "-" * 20 + " 2/4 jobs"


def test_a_job_counts_once_and_only_when_it_has_ended(jobs):
    found = Line(4)
    for state in (rs.job.RUNNING, rs.job.DONE, rs.job.DONE):
        assert found.ended(jobs[0], "State", state) is True
    assert found.text(80).endswith("1/4 jobs")


def test_words_take_the_place_of_the_line(jobs, capsys):
    found = filled(jobs, 4)
    capsys.readouterr()
    found.say("moon")
    assert capsys.readouterr().err == "\r\x1b[Kmoon\n\r\x1b[K" + found.text(80)
    found.close()
    assert capsys.readouterr().err.endswith(" 4/4 jobs\n")
    found.draw()
    assert capsys.readouterr().err == ""


def test_a_callback_does_not_wait_for_who_writes(jobs):
    found = Line(4)
    with found.aside():
        other = threading.Thread(target=found.ended, args=(jobs[0], "State", rs.job.DONE))
        other.start()
        other.join(PATIENCE_S)
        assert not other.is_alive()
    assert found.text(80).endswith("1/4 jobs")
