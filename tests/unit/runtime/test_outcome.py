import pytest

from juncture.runtime import outcome as outcomes
from juncture.runtime.outcome import EXIT_STATUSES, Outcome


@pytest.mark.parametrize("kind", EXIT_STATUSES)
def test_only_success_exits_with_0(kind):
    made = Outcome(kind)
    assert (made.exit_status == 0) is (kind == "done")
    assert made.ok is (kind == "done")


def test_statuses_of_our_own_are_distinct_and_named():
    fixed = [status for status, _ in EXIT_STATUSES.values() if status is not None]
    assert len(set(fixed)) == len(fixed)
    assert all(meaning for _, meaning in EXIT_STATUSES.values())


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        (None, "done", 0),
        (0, "done", 0),
        (False, "done", 0),
        (1, "exited", 1),
        (255, "exited", 255),
        (256, "exited", 1),
        (-1, "exited", 1),
        ("text", "exited", 1),
        ([], "exited", 1),
        ("", "exited", 1),
    ],
)
def test_sys_exit_keeps_its_status_where_that_is_one(code, kind, status):
    made = outcomes.of_exit(code, "on_run of X")
    assert (made.kind, made.exit_status) == (kind, status)
    assert bool(made.message) is (status != 0)


@pytest.mark.parametrize(
    ("returncode", "kind", "status", "said"),
    [
        (0, "done", 0, ""),
        (42, "child-failed", 42, "`x` exited with status 42"),
        (-11, "child-killed", 139, "`x` was ended by SIGSEGV"),
        (-9, "child-killed", 137, "`x` was ended by SIGKILL"),
        (-99, "child-killed", 227, "`x` was ended by signal 99"),
    ],
)
def test_status_of_a_child_is_passed_on(returncode, kind, status, said):
    made = outcomes.of_child(returncode, "x")
    assert (made.kind, made.exit_status, made.message) == (kind, status, said)


def test_result_is_decoded_where_it_is_wanted():
    assert Outcome("done").result is None
    assert Outcome("done", result_json='{"a": [1]}').result == {"a": [1]}


def test_a_typo_is_an_error():
    with pytest.raises(KeyError):
        Outcome("Done")
    with pytest.raises(AttributeError):
        Outcome("done").exit_state = 1
