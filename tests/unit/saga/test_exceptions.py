"""The SAGA exceptions."""

import copy
import gc
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import juncture.saga as rs
from juncture.errors import JunctureError
from juncture.saga.exceptions import UnknownAttributeError

RANKED = [
    (rs.NotImplemented, NotImplementedError),
    (rs.IncorrectURL, ValueError),
    (rs.BadParameter, ValueError),
    (rs.AlreadyExists, ValueError),
    (rs.DoesNotExist, KeyError),
    (rs.IncorrectState, RuntimeError),
    (rs.PermissionDenied, RuntimeError),
    (rs.AuthorizationFailed, RuntimeError),
    (rs.AuthenticationFailed, RuntimeError),
    (rs.Timeout, RuntimeError),
    (rs.NoSuccess, RuntimeError),
]
"""Most specific first (GFD.90, section 3.1.1)."""

CLASSES = [cls for cls, _ in RANKED]


@pytest.mark.parametrize(("cls", "standard"), RANKED)
def test_each_is_a_standard_error_and_ours(cls, standard):
    assert issubclass(cls, standard)
    assert issubclass(cls, rs.SagaException)
    assert issubclass(cls, JunctureError)


@pytest.mark.parametrize("cls", [*CLASSES, rs.SagaException, UnknownAttributeError])
def test_text_is_the_message(cls):
    error = cls("the thing is not there", hint="look elsewhere")
    assert str(error) == "the thing is not there"
    assert error.message == error.get_message() == "the thing is not there"
    assert error.hint == "look elsewhere"
    assert error.type == error.get_type() == cls.__name__
    assert repr(error) == f"{cls.__name__}('the thing is not there')"


@pytest.mark.parametrize("cls", CLASSES)
def test_a_wrong_argument_is_bad_usage_and_all_else_a_failure(cls):
    assert cls("x").exit_status == (2 if cls in {rs.BadParameter, rs.IncorrectURL} else 1)


def test_the_standard_library_knows_a_timeout():
    assert issubclass(rs.Timeout, TimeoutError)


@given(st.permutations(CLASSES))
def test_the_most_specific_failure_wins_and_lists_all_others(classes):
    errors = [cls(cls.__name__) for cls in classes]
    first, *rest = errors
    for error in rest:
        first._add_exception(error)
    top = first._get_exception_stack()
    assert [type(error) for error in top.exceptions] == CLASSES
    assert top is top.exceptions[0]
    assert top.messages == top.get_all_messages() == [cls.__name__ for cls in CLASSES]
    assert set(top.get_all_exceptions()) == set(errors)
    assert top._get_exception_stack() is top


def test_among_equals_the_first_wins():
    first, second = rs.NoSuccess("one"), rs.NoSuccess("two")
    first._add_exception(second)
    assert first._get_exception_stack() is first
    assert first.exceptions == [first, second]


def test_an_error_of_nobody_we_know_comes_last():
    error = rs.SagaException("ours")
    foreign = OSError("theirs")
    error._add_exception(foreign)
    assert error._get_exception_stack() is error
    assert error.exceptions == [error, foreign]


def test_the_same_failure_is_listed_once():
    error = rs.NoSuccess("a")
    other = rs.NoSuccess("b")
    for each in (other, other, error):
        error._add_exception(each)
    assert error.exceptions == [error, other]


def test_a_traceback_shows_the_other_failures():
    error = rs.BadParameter("no such host")
    error._add_exception(rs.NoSuccess("no answer", adaptor="ssh_job"))
    error._get_exception_stack()
    assert error.__notes__ == ["also failed (ssh_job): NoSuccess: no answer"]


def test_a_parent_is_the_cause():
    cause = OSError("broken pipe")
    error = rs.NoSuccess("the job was not started", parent=cause)
    assert error.__cause__ is error.parent is cause
    assert "broken pipe" in error.traceback
    assert error.get_traceback() == error.traceback


def test_the_object_is_not_kept_alive():
    class Thing:
        pass

    thing = Thing()
    error = rs.NoSuccess("failed", api_object=thing)
    assert error.object is error.get_object() is thing
    del thing
    gc.collect()
    assert error.object is None


@pytest.mark.parametrize("thing", [None, 3, "text"])
def test_an_object_that_cannot_be_referred_to_weakly_is_none(thing):
    assert rs.NoSuccess("failed", api_object=thing).object is None


@pytest.mark.parametrize("cls", [*CLASSES, UnknownAttributeError])
def test_copies_and_pickles_keep_everything_but_the_object(cls):
    error = cls("failed", hint="try again", adaptor="fork", api_object=RANKED.__class__)
    error._add_exception(rs.NoSuccess("other"))
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(twin) is cls
        assert (str(twin), twin.hint, twin.adaptor) == ("failed", "try again", "fork")
        assert twin.messages == error.messages
        assert twin.object is None


def test_log_writes_and_returns(caplog):
    logger = logging.getLogger("test")
    with caplog.at_level("INFO", logger="test"):
        error = rs.BadParameter._log(logger, "not %s", OSError("why"), level="info")
    assert isinstance(error, rs.BadParameter)
    assert str(error.parent) == "why"
    assert [(entry.levelname, entry.getMessage()) for entry in caplog.records] == [
        ("INFO", "not %s")
    ]
