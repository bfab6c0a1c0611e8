import pytest

from juncture.saga.context import Context
from juncture.saga.exceptions import BadParameter
from juncture.saga.session import Session
from juncture.saga.shell import ssh_failures
from juncture.saga.shell.ssh_config import Target, contexts_for


def session_of(**values):
    session = Session(default=False)
    session.contexts.append(Context("UserPass", user_pass="x", **values))
    return session


@pytest.mark.parametrize(
    ("limits", "target", "fits"),
    [
        ({}, Target("h", "u", 22), True),
        ({"user_id": "u"}, Target("h", "u"), True),
        ({"user_id": "u"}, Target("h"), True),
        ({"user_id": "u"}, Target("h", "v"), False),
        ({"remote_host": ["h", "i"]}, Target("h"), True),
        ({"remote_host": ["i"]}, Target("h"), False),
        ({"remote_port": ["22"]}, Target("h", None, 23), False),
        ({"remote_id": ["v"]}, Target("h", "u"), False),
    ],
)
def test_which_contexts_may_be_used(limits, target, fits):
    assert bool(contexts_for(session_of(**limits), target)) == fits


@pytest.mark.parametrize("host", ["", "-oProxyCommand=x", "a b", "a\nb", "a;b", "$(x)", "a/b", "*"])
def test_hosts_that_are_no_names(host):
    with pytest.raises(BadParameter):
        Target(host).check()


@pytest.mark.parametrize("user", ["", "-x", "a b", "a;b", "`x`", "a'b", "a\nb"])
def test_users_that_are_no_names(user):
    with pytest.raises(BadParameter):
        Target("h", user).check()


@pytest.mark.parametrize(
    "target", [Target("a.b-c_d"), Target("::1"), Target("10.0.0.1", "u@REALM")]
)
def test_names(target):
    target.check()


@pytest.mark.parametrize(
    ("said", "status", "kind", "text"),
    [
        ("x\nu@h: Permission denied (publickey).\n", 255, "AuthenticationFailed", "none of the"),
        ("ssh: Could not resolve hostname h: Name or service", 255, "BadParameter", "no host"),
        ("ssh: connect to host h port 22: Connection timed out", 255, "Timeout", "not answer"),
        ("ssh: connect to host h port 22: Connection refused", 255, "NoSuccess", "refuses"),
        ("something new\n\n", 255, "NoSuccess", "ssh to h failed: something new"),
        ("", -9, "NoSuccess", "ended with signal 9"),
        ("", None, "NoSuccess", "ended with status None"),
    ],
)
def test_why_ssh_ended(said, status, kind, text):
    error = ssh_failures.failure("h", said, status)
    assert type(error).__name__ == kind
    assert text in str(error)
    assert "\n" not in str(error)
