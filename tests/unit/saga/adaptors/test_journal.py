import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture.saga.adaptors.shell_job.journal import Clock, Facts, Journal, is_native_id, read_line
from juncture.saga.constants import CANCELED, DONE, FAILED, RUNNING, SUSPENDED, UNKNOWN

OPEN = b"abc.0 open uptime 100.00 5000.25 boot host ."
RUN = b"abc.1 run 101.00 11 10 99 100.50 ."


def job(*lines):
    journal = Journal("abc")
    journal.take([OPEN, RUN, *lines])
    return journal.jobs[1]


@pytest.mark.parametrize(
    ("lines", "state", "exit_code", "termsig"),
    [
        ([], RUNNING, None, None),
        ([b"abc.1 end 102.00 0 ."], DONE, 0, None),
        ([b"abc.1 end 102.00 3 ."], FAILED, 3, None),
        ([b"abc.1 end 102.00 137 ."], FAILED, 137, 9),
        ([b"abc.1 stop 1 ."], SUSPENDED, None, None),
        ([b"abc.1 stop 1 .", b"abc.1 cont 1 ."], RUNNING, None, None),
        ([b"abc.1 cont 2 .", b"abc.1 stop 1 ."], RUNNING, None, None),
        ([b"abc.1 stop 3 .", b"abc.1 cont 2 .", b"abc.1 stop 1 ."], SUSPENDED, None, None),
        ([b"abc.1 cancel 1 .", b"abc.1 end 102.00 143 ."], CANCELED, 143, 15),
        ([b"abc.1 cancel 1 .", b"abc.1 gone 102.00 ."], CANCELED, None, None),
        ([b"abc.1 gone 102.00 ."], RUNNING, None, None),
        ([b"abc.1 limit 1 .", b"abc.1 end 102.00 143 ."], FAILED, 143, 15),
        ([b"abc.1 end 102.00 0"], RUNNING, None, None),
        ([b"abc.1 end 102.00 0 .", b"abc.1 end 103.00 1 ."], DONE, 0, None),
        ([b"abc.1 end 12abc.2 end 102.00 0 ."], RUNNING, None, None),
        ([b"abc.1 end 102.00 0abc.2 end 102.00 0 ."], RUNNING, None, None),
        ([b"abc.1 cancel 1 .", b"abc.1 gone 1abc.2 ."], RUNNING, None, None),
        ([b"abc.1 stop .", b"abc.1 run 1 .", b"abc.1 end 3 ."], RUNNING, None, None),
        ([b"abc.0 open uptime 1abc.1 end .", b"abc.1 end 102.00 0 ."], DONE, 0, None),
        ([b"abc.1 what 1 .", b"", b"noise .", b"abc.x end 1 0 ."], RUNNING, None, None),
    ],
)
def test_what_lines_make_of_a_job(lines, state, exit_code, termsig):
    facts = job(*lines)
    assert (facts.state, facts.exit_code, facts.termsig) == (state, exit_code, termsig)


def test_times_are_counted_from_the_clock_of_the_service():
    facts = job(b"abc.1 end 103.50 0 .")
    assert (facts.created, facts.started, facts.finished) == (5000.74, 5001.24, 5003.74)


def test_a_later_agent_does_not_move_times_unless_the_host_was_restarted():
    journal = Journal("abc")
    journal.take([OPEN, b"abc.0 open uptime 200.00 9999.00 boot host ."])
    assert journal.clock.epoch == 5000.25
    journal.take([b"abc.0 open uptime 1.00 9999.00 reboot host ."])
    assert journal.clock.epoch == 9999.0


@pytest.mark.parametrize("epoch", ["5000", "5000.N", "5000.%N"])
def test_a_clock_without_parts_of_a_second(epoch):
    assert Clock(("epoch", "5000", epoch, "none", "host")).epoch == 5000.0


def test_a_comma_may_stand_for_the_point():
    assert Clock(("epoch", "1,5", "1.5", "none", "host")).time("2,25") == 2.25


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("abc.1", True),
        ("abc.", False),
        (".1", False),
        ("a/b.1", False),
        ("a.b.1", False),
        ("é.1", False),
    ],
)
def test_native_ids(text, is_one):
    assert is_native_id(text) is is_one


@given(st.permutations([b"abc.1 end 102.00 0 .", RUN, b"abc.1 stop 1 .", b"abc.1 cancel 1 ."]))
def test_a_final_state_stays_in_every_order(lines):
    clock = Clock(("uptime", "100.00", "5000.25", "boot", "host"))
    facts = Facts()
    for raw in itertools.chain(lines, lines):
        before = facts.state
        facts.take(read_line(raw), clock)
        assert before not in (DONE, FAILED, CANCELED) or facts.state == before
    assert facts.final


@given(st.binary())
def test_any_bytes_are_a_line_or_none(raw):
    line = read_line(raw)
    assert line is None or line.number >= 0


def test_unknown_is_left_by_the_truth():
    facts = Facts()
    facts.state = UNKNOWN
    facts.take(read_line(RUN), Clock(("uptime", "1", "1", "b", "h")))
    assert facts.state == RUNNING
