"""Contexts, and the adaptors that complete them."""

import copy
import os
import pickle
import shutil
import stat
import subprocess
import sys

import pytest
from processes import PATIENCE_S

import juncture.saga as rs
from juncture.saga.adaptors.contexts import _ssh_keys, myproxy, ssh, userpass, x509

PASSPHRASE = 'it\'s "quite" secret; $HOME'

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="`ssh-keygen` is not installed"
)


def make_key(path, *options):
    subprocess.run(
        ["ssh-keygen", "-q", "-C", "", "-f", path, *options],  # noqa: S607
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return str(path)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("X509_USER_PROXY", raising=False)
    (tmp_path / ".ssh").mkdir()
    return tmp_path


@pytest.fixture
def key(home):
    return make_key(home / ".ssh" / "id_ed25519", "-t", "ed25519", "-N", "")


# The value


def test_a_context_holds_its_attributes():
    context = rs.Context("ssh", user_id="bob")
    context.UserKey = "/k"
    context[rs.LIFE_TIME] = "3600"
    assert (context.type, context.user_id, context.user_key) == ("ssh", "bob", "/k")
    assert context.life_time == 3600
    assert rs.Context("ssh").life_time == -1


def test_its_type_and_its_names_are_fixed():
    context = rs.Context("ssh")
    with pytest.raises(rs.BadParameter):
        context.type = "x509"
    with pytest.raises(rs.DoesNotExist) as caught:
        context.user_passs = "geheim"
    assert "`user_pass`" in caught.value.hint
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("secret", ["user_pass", "token"])
def test_a_secret_is_read_and_not_shown(secret):
    context = rs.Context("UserPass", user_id="bob", **{secret: "geheim"})
    assert getattr(context, secret) == "geheim"
    for shown in (str(context), repr(context), str(context.as_dict()), context._attributes_dump()):
        assert "geheim" not in shown
        assert "***" in shown
        assert "bob" in shown


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda c: c.clone(), lambda c: pickle.loads(pickle.dumps(c))],  # noqa: S301
    ids=["copy", "deepcopy", "clone", "pickle"],
)
def test_a_copy_keeps_the_secret_and_is_bound_anew(duplicate):
    context = rs.Context("UserPass", user_id="bob", user_pass="geheim")
    context._initialize(rs.Session(default=False))
    twin = duplicate(context)
    assert (twin.type, twin.user_id, twin.user_pass) == ("UserPass", "bob", "geheim")
    assert context._adaptor is not None
    assert twin._adaptor is None


def test_an_unknown_type_is_refused_at_once():
    with pytest.raises(rs.BadParameter, match="'nonsense'"):
        rs.Context("nonsense")


def test_making_a_context_loads_no_engine():
    code = (
        "import sys, juncture.saga as rs\n"
        "rs.Context('ssh'); rs.Session(); rs.Session(default=False)\n"
        "assert not [name for name in sys.modules if 'engine' in name or 'adaptors' in name]"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


# The adaptor contract: the chapter's own X.509 adaptor, for a type that nobody else serves

_ADAPTOR_SCHEMAS = ["x509-of-the-chapter"]


class ChapterAdaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        info = {
            "name": "rs.adaptor.chapter.x509",
            "version": "v0.1",
            "cpis": [
                {"type": "rs.Context", "class": "ContextX509", "schemas": _ADAPTOR_SCHEMAS},
            ],
        }
        rs.cpi.AdaptorBase.__init__(self, info, [])

    def sanity_check(self):
        pass


class ContextX509(rs.cpi.Context):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor, "ContextX509")

    @rs.cpi.SYNC
    def init_instance(self, type):  # noqa: A002
        if type.lower() not in (schema.lower() for schema in _ADAPTOR_SCHEMAS):
            raise rs.exceptions.BadParameter(
                "the x509 context adaptor only handles x509 contexts - duh!"
            )

    @rs.cpi.SYNC
    def _initialize(self, session):
        if not self._api.user_proxy:
            self._api.user_proxy = f"x509up_u{os.getuid()}"  # fallback
        if not os.path.exists(self._api.user_proxy) or not os.path.isfile(self._api.user_proxy):
            raise rs.exceptions.BadParameter(f"X509 proxy does not exist: {self._api.user_proxy}")
        try:
            fh = open(self._api.user_proxy)  # noqa: SIM115
        except Exception as e:
            raise rs.exceptions.PermissionDenied(
                f"X509 proxy '{self._api.user_proxy}' not readable: {e}"
            ) from e
        else:
            fh.close()


def test_an_adaptor_as_the_chapter_writes_it_serves_its_type(tmp_path):
    rs.engine.getEngine().register_adaptor(ChapterAdaptor)
    (tmp_path / "proxy").touch()
    session = rs.Session(default=False)
    session.add_context(rs.Context("X509-of-the-Chapter", user_proxy=str(tmp_path / "proxy")))
    assert len(session.contexts) == 1
    with pytest.raises(rs.BadParameter, match="X509 proxy does not exist: /nowhere"):
        session.add_context(rs.Context("x509-of-the-chapter", user_proxy="/nowhere"))


def test_a_type_whose_adaptor_cannot_work_here_says_why(tmp_path, monkeypatch):
    code = (
        "import juncture.saga as rs\n"
        "try: rs.Session(default=False).add_context(rs.Context('MyProxy', user_pass='x'))\n"
        "except rs.BadParameter as error: print(error.hint, *error.messages)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "`myproxy-logon` is not installed" in done.stdout


# ssh


@needs_ssh_keygen
@pytest.mark.parametrize(
    "given",
    [
        {"user_key": "~/.ssh/id_ed25519"},
        {"user_key": "$HOME/.ssh/id_ed25519.pub"},
        {"user_cert": "${HOME}/.ssh/id_ed25519.pub"},
        {"user_key": "~/.ssh/id_ed25519", "user_cert": "~/.ssh/id_ed25519.pub"},
    ],
)
def test_either_half_of_a_key_pair_leads_to_the_other(key, given):
    context = rs.Context("ssh", **given)
    ssh.complete(context)
    assert (context.user_key, context.user_cert) == (key, key + ".pub")


@needs_ssh_keygen
def test_a_private_key_is_enough(key):
    os.unlink(key + ".pub")
    context = rs.Context("ssh", user_key=key)
    ssh.complete(context)
    assert (context.user_key, context.user_cert) == (key, None)


def test_without_a_key_a_context_says_who_to_be():
    context = rs.Context("ssh", user_id="bob")
    ssh.complete(context)
    assert context.user_key is None


@pytest.mark.parametrize("given", [{"user_key": "/nowhere/key"}, {"user_key": "/"}])
def test_a_key_that_is_not_there_is_named(given):
    with pytest.raises(rs.BadParameter, match=given["user_key"]):
        ssh.complete(rs.Context("ssh", **given))


@needs_ssh_keygen
def test_a_public_key_that_is_not_there_is_named(key):
    with pytest.raises(rs.BadParameter, match=r"/nowhere\.pub"):
        ssh.complete(rs.Context("ssh", user_key=key, user_cert="/nowhere.pub"))


@needs_ssh_keygen
def test_a_key_that_others_can_read_is_refused(key):
    os.chmod(key, 0o644)
    with pytest.raises(rs.PermissionDenied, match="0644") as caught:
        ssh.complete(rs.Context("ssh", user_key=key))
    assert "chmod 600" in caught.value.hint


@needs_ssh_keygen
@pytest.mark.parametrize(
    "options",
    [
        ["-t", "ed25519", "-a", "1"],
        ["-t", "ecdsa", "-m", "PEM"],
        ["-t", "ecdsa", "-m", "PKCS8"],
    ],
    ids=["OpenSSH", "PEM", "PKCS8"],
)
def test_a_passphrase_is_tried_without_being_shown(home, options):
    path = make_key(home / "key", *options, "-N", PASSPHRASE)
    plain = make_key(home / "plain", *options, "-N", "")
    assert _ssh_keys.is_encrypted(path)
    assert not _ssh_keys.is_encrypted(plain)
    ssh.complete(rs.Context("ssh", user_key=path, user_pass=PASSPHRASE))
    ssh.complete(rs.Context("ssh", user_key=plain, user_pass="not needed"))
    ssh.complete(rs.Context("ssh", user_key=path))  # an agent may have it
    with pytest.raises(rs.PermissionDenied) as caught:
        ssh.complete(rs.Context("ssh", user_key=path, user_pass="wrong guess"))
    assert "wrong guess" not in str(caught.value)


def test_the_passphrase_is_in_no_argument_variable_or_file(tmp_path, monkeypatch):
    """A tool in the place of ssh-keygen writes down what it can see."""
    seen = tmp_path / "seen"
    tool = tmp_path / "ssh-keygen"
    tool.write_text(
        f'#!/bin/sh\n{{ echo "$@"; env; cat "$SSH_ASKPASS"; }} > {seen}\n'
        f'"$SSH_ASKPASS" "Enter passphrase" > {seen}.answer\n'
    )
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert _ssh_keys.opens("/some/key", PASSPHRASE) is True
    assert PASSPHRASE not in seen.read_text()
    assert (tmp_path / "seen.answer").read_text() == PASSPHRASE + "\n"


def test_a_missing_tool_leaves_the_question_open(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _ssh_keys.opens("/some/key", PASSPHRASE) is None


@needs_ssh_keygen
def test_default_contexts_are_usable_key_pairs(home, key):
    folder = home / ".ssh"
    make_key(folder / "locked", "-t", "ed25519", "-a", "1", "-N", PASSPHRASE)
    make_key(folder / "alone", "-t", "ed25519", "-N", "")
    make_key(folder / "open", "-t", "ed25519", "-N", "")
    make_key(folder / "second", "-t", "ed25519", "-N", "")
    (folder / "alone.pub").unlink()
    (folder / "open").chmod(0o644)
    (folder / "config").write_text("Host *\n")
    (folder / "config.pub").write_text("odd\n")
    (folder / "folder").mkdir()
    (folder / "folder.pub").mkdir()
    found = ssh.find_default_contexts(str(folder))
    assert [context.user_key for context in found] == [key, str(folder / "second")]
    assert ssh.find_default_contexts(str(home / "nowhere")) == []


# UserPass


def test_a_password_is_needed():
    userpass.complete(rs.Context("UserPass", user_id="bob", user_pass=""))
    with pytest.raises(rs.BadParameter, match="no password"):
        userpass.complete(rs.Context("UserPass", user_id="bob"))
    with pytest.raises(rs.BadParameter, match="line end") as caught:
        userpass.complete(rs.Context("UserPass", user_pass="ge\nheim"))
    assert "heim" not in str(caught.value)


# X509


@pytest.fixture
def proxy(home):
    path = home / "proxy"
    path.write_text("-----BEGIN CERTIFICATE-----\n")
    path.chmod(0o600)
    return str(path)


def test_a_proxy_is_found(proxy, monkeypatch):
    context = rs.Context("X509", user_proxy="~/proxy")
    x509.complete(context)
    assert context.user_proxy == proxy
    monkeypatch.setenv("X509_USER_PROXY", proxy)
    context = rs.Context("X509")
    x509.complete(context)
    assert context.user_proxy == proxy
    assert [found.user_proxy for found in x509.find_default_contexts()] == [proxy]


def test_a_proxy_must_be_there_and_private(proxy, home):
    with pytest.raises(rs.BadParameter, match="nowhere"):
        x509.complete(rs.Context("X509", user_proxy=str(home / "nowhere")))
    os.chmod(proxy, 0o640)
    with pytest.raises(rs.PermissionDenied, match="0640"):
        x509.complete(rs.Context("X509", user_proxy=proxy))


def test_without_a_proxy_there_is_no_default(home, monkeypatch):
    monkeypatch.setenv("X509_USER_PROXY", str(home / "nowhere"))
    assert x509.find_default_contexts() == []


# MyProxy


@pytest.fixture
def server(engine, tmp_path, monkeypatch):
    """Put a tool in the place of myproxy-logon; it writes down what it is told."""
    del engine  # one that has not noticed yet that there is no such program here
    tool = tmp_path / "myproxy-logon"
    tool.write_text(
        "#!/bin/sh\n"
        f'printf "%s\\n" "$@" > {tmp_path}/arguments\n'
        f"env > {tmp_path}/environment\n"
        f'read -r word; printf %s "$word" > {tmp_path}/word\n'
        'if [ "$word" != geheim ]; then echo "failed with $word" >&2; exit 1; fi\n'
        'while [ "$1" != --out ]; do shift; done; echo proxy > "$2"\n'
    )
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def test_a_proxy_is_fetched_with_the_password_on_a_pipe(server):
    context = rs.Context(
        "MyProxy",
        server="grid.net:7513",
        user_id="bob",
        user_pass="geheim",
        user_vo="atlas",
        life_time=3601,
    )
    session = rs.Session(default=False)
    session.add_context(context)
    held = {each.type: each for each in session.contexts}
    assert (server / "arguments").read_text().split()[:-1] == [
        "--stdin_pass",
        "--pshost",
        "grid.net",
        "--psport",
        "7513",
        "--username",
        "bob",
        "--voms",
        "atlas",
        "--proxy_lifetime",
        "2",
        "--out",
    ]
    assert "geheim" not in (server / "arguments").read_text() + (server / "environment").read_text()
    path = held["X509"].user_proxy
    assert path == held["MyProxy"].user_proxy
    with open(path) as file:
        assert file.read() == "proxy\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700


def test_a_refusal_says_what_the_tool_said_without_the_password(server):
    context = rs.Context("MyProxy", server="h", user_pass="wrong-guess")
    with pytest.raises(rs.NoSuccess, match="failed with") as caught:
        myproxy.fetch(context, PATIENCE_S)
    assert "wrong-guess" not in str(caught.value)


def test_a_server_that_does_not_answer(server):
    (server / "myproxy-logon").write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(rs.Timeout):
        myproxy.fetch(rs.Context("MyProxy", server="h", user_pass="x"), 0.05)


def test_a_server_and_a_password_are_needed(monkeypatch):
    monkeypatch.delenv("MYPROXY_SERVER", raising=False)
    with pytest.raises(rs.BadParameter, match="server"):
        myproxy.arguments(rs.Context("MyProxy", user_pass="x"))
    with pytest.raises(rs.BadParameter, match="password"):
        myproxy.fetch(rs.Context("MyProxy", server="h"), 1)
    monkeypatch.setenv("MYPROXY_SERVER", "bob@[::1]:1")
    assert myproxy.arguments(rs.Context("MyProxy")) == (
        ["myproxy-logon", "--stdin_pass", "--pshost", "::1", "--psport", "1", "--username", "bob"]
    )
