"""Sessions."""

import copy
import os
import subprocess
import sys
import threading

import fsspec
import pytest

import juncture.saga as rs
from juncture.saga.session import ContextList


def login(name="bob"):
    return rs.Context("UserPass", user_id=name, user_pass="geheim")


def users(session):
    return [context.user_id for context in session.contexts]


@pytest.fixture
def session():
    return rs.Session(default=False)


@pytest.fixture
def no_defaults(tmp_path, monkeypatch):
    """Let the default session of this process begin anew, in a home without credentials."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("X509_USER_PROXY", str(tmp_path / "nowhere"))
    monkeypatch.setattr(rs.DefaultSession, "_only", None)
    return tmp_path


def test_a_session_without_defaults_is_empty(session):
    assert session.contexts == []
    assert not session.is_default
    assert session.list_contexts() == []


def test_every_way_to_add_a_context_copies_and_completes_it(session):
    added = [login(name) for name in "abcdef"]
    session.contexts.append(added[0])
    session.contexts.insert(1, added[1])
    session.contexts.extend([added[2]])
    session.contexts += [added[3]]
    session.contexts[3:] = [added[3], added[4]]
    session.add_context(added[5])
    session.contexts[1] = added[0]
    assert users(session) == ["f", "a", "b", "c", "d", "e"]
    for held in session.contexts:
        assert held._adaptor is not None
        assert not any(held is context for context in added)
    added[0].user_id = "changed"
    assert users(session)[1] == "a"


def test_a_context_that_cannot_be_used_is_not_added(session):
    with pytest.raises(rs.BadParameter, match="no password"):
        session.contexts.append(rs.Context("UserPass"))
    with pytest.raises(rs.BadParameter, match="/nowhere"):
        session.add_context(rs.Context("ssh", user_key="/nowhere"))
    with pytest.raises(TypeError):
        session.contexts.append("ssh")
    assert len(session.contexts) == 0


def test_a_context_can_be_removed_by_what_was_added(session):
    first, second = login("a"), login("b")
    session.add_context(first)
    session.add_context(second)
    session.remove_context(first)
    session.remove_context(session.contexts[0])
    assert users(session) == []
    with pytest.raises(rs.DoesNotExist):
        session.remove_context(first)


def test_sessions_do_not_see_each_other(session, no_defaults):
    other, default = rs.Session(default=False), rs.Session()
    session.add_context(login())
    default.add_context(login("eve"))
    assert users(other) == []
    assert users(session) == ["bob"]
    assert users(rs.Session()) == []


def test_a_list_of_contexts_is_the_callers_own(session):
    session.add_context(login())
    session.list_contexts().clear()
    assert users(session) == ["bob"]


def test_copies_of_a_session_are_apart(session):
    session.add_context(login())
    session.options["ssh_job"] = {"share": False}
    for twin in (copy.deepcopy(session), copy.copy(session)):
        twin.contexts[0].user_id = "eve"
        twin.contexts.append(login("mallory"))
        twin.options["ssh_job"]["share"] = True
        assert users(twin) == ["eve", "mallory"]
        assert not twin.is_default
    assert users(session) == ["bob"]
    assert session.options == {"ssh_job": {"share": False}}


def test_contexts_can_be_copied_out_and_put_back(session):
    session.add_context(login())
    copied = copy.deepcopy(session.contexts)
    assert isinstance(copied, list)
    session.contexts = copied
    assert isinstance(session.contexts, ContextList)
    assert users(session) == ["bob"]


def test_no_text_of_a_session_shows_a_secret(session):
    session.add_context(login())
    for text in (str(session), repr(session), str(session.contexts), session.identity):
        assert "geheim" not in text
    assert "bob" in str(session)


def test_a_misspelled_member_is_an_error(session):
    with pytest.raises(AttributeError):
        session.context = [login()]


def test_equal_credentials_have_one_identity(session):
    other = rs.Session(default=False)
    assert session.identity == other.identity
    assert session.identity != rs.Session().identity
    session.add_context(login())
    assert session.identity != other.identity
    other.add_context(login())
    assert session.identity == other.identity
    other.contexts[0].user_pass = "other"
    assert session.identity != other.identity


def test_an_identity_means_nothing_elsewhere(session):
    code = "import juncture.saga as rs; print(rs.Session(default=False).identity)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() != session.identity


# The default session


def test_there_is_one_default_session(no_defaults):
    found = []
    threads = [threading.Thread(target=lambda: found.append(rs.DefaultSession())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(each is found[0] for each in found)
    assert found[0].is_default
    assert rs.DefaultSession("name").id == rs.DefaultSession().id == "name"


def test_the_users_credentials_are_found_when_first_asked_for(no_defaults, monkeypatch):
    session = rs.Session()
    proxy = no_defaults / "proxy"
    proxy.write_text("proxy")
    proxy.chmod(0o600)
    monkeypatch.setenv("X509_USER_PROXY", str(proxy))
    assert "not looked for" in repr(session)
    assert [context.user_proxy for context in session.contexts] == [str(proxy)]
    monkeypatch.delenv("X509_USER_PROXY")
    assert [context.user_proxy for context in rs.Session().contexts] == [str(proxy)]
    assert rs.Session(default=False).contexts == []


def test_what_is_added_to_the_default_session_is_in_later_ones(no_defaults):
    rs.DefaultSession().add_context(login())
    later = rs.Session()
    assert users(later) == ["bob"]
    del later.contexts[0]
    assert users(rs.DefaultSession()) == ["bob"]


def test_a_credential_that_cannot_be_used_is_passed_over(no_defaults):
    proxy = no_defaults / "nowhere"
    proxy.write_text("proxy")
    proxy.chmod(0o644)
    assert rs.Session().contexts == []


@pytest.mark.parametrize(
    "make",
    [
        lambda session: rs.filesystem.File("file:///etc/passwd", session=session),
        lambda session: rs.filesystem.Directory("/", session=session),
        lambda session: rs.replica.LogicalDirectory("sqlite:///none/c.db", session=session),
        lambda session: rs.advert.Entry("redis://127.0.0.1:1/x", session=session),
        lambda session: rs.job.Service("fork://localhost/", session),
        lambda session: rs.resource.Manager("fork://localhost/", session),
        lambda session: rs.filesystem.File.create("/etc/passwd", 0, session),
        lambda session: fsspec.filesystem("juncture+file", session=session),
    ],
)
@pytest.mark.parametrize("given", ["x", 5, rs.Session, {}])
def test_what_is_no_session(make, given):
    with pytest.raises(rs.BadParameter, match=f"Session or None, found {type(given).__name__}"):
        make(given)
