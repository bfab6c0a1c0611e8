"""MyProxy contexts fetch proxies from a real server."""

import os
import signal
import socket
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from job_oracle import processes, until
from processes import PATIENCE_S
from testbed import myproxy

import juncture.saga as rs
from juncture.saga.adaptors.contexts.myproxy import fetch

PASSWORD = 'it\'s "quite" secret; $HOME'

pytestmark = pytest.mark.skipif(bool(myproxy.why_not()), reason=myproxy.why_not() or "-")


@pytest.fixture(scope="module")
def running(remains, tmp_path_factory):
    with myproxy.MyProxyServer(tmp_path_factory.mktemp("myproxy"), PASSWORD) as server:
        yield server


@pytest.fixture
def server(running, monkeypatch):
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    return running


def context(address, user="bob", password=PASSWORD, **more):
    return rs.Context("MyProxy", server=address, user_id=user, user_pass=password, **more)


def fetched(*given, **more):
    """Return the proxy that a session gets for a context."""
    session = rs.Session(default=False)
    session.add_context(context(*given, **more))
    (proxy,) = (each.user_proxy for each in session.contexts if each.type == "X509")
    return proxy


def openssl(*words):
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)  # noqa: S607
    return done.returncode, done.stdout


def test_a_proxy_is_valid_private_and_lives_as_long_as_was_asked(server):
    proxy = fetched(server.address, life_time=3601)
    authority = ("-CAfile", server.authority, "-untrusted", proxy)
    assert openssl("verify", "-allow_proxy_certs", *authority, proxy)[0] == 0
    _, subject = openssl("x509", "-in", proxy, "-noout", "-subject", "-nameopt", "RFC2253")
    assert subject.strip().endswith("CN=bob,O=Test")
    _, public = openssl("x509", "-in", proxy, "-noout", "-pubkey")
    assert openssl("pkey", "-in", proxy, "-pubout") == (0, public)
    assert openssl("x509", "-in", proxy, "-noout", "-checkend", "3601")[0] == 0
    assert openssl("x509", "-in", proxy, "-noout", "-checkend", "7201")[0] == 1
    assert stat.S_IMODE(os.stat(proxy).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(proxy)).st_mode) == 0o700
    session = rs.Session(default=False)
    session.add_context(rs.Context("X509", user_proxy=proxy))
    assert session.contexts[0].user_proxy == proxy


def test_a_wrong_password_is_refused_in_one_sentence(server):
    with pytest.raises(rs.NoSuccess) as caught:
        fetched(server.address, password="wrong guess")
    said = caught.value.message
    assert "invalid credential passphrase" in said
    assert server.address in said
    assert "\n" not in said
    assert "wrong guess" not in said


def test_a_user_who_is_not_known_is_told(server):
    with pytest.raises(rs.NoSuccess, match='No credentials exist for username "alice"'):
        fetched(server.address, "alice")


def test_a_server_that_is_not_there_is_told_in_one_sentence(server, nobody_listens):
    with pytest.raises(rs.NoSuccess) as caught:
        fetched(nobody_listens)
    said = caught.value.message
    assert "Connection refused" in said
    assert nobody_listens in said
    assert "\n" not in said


def test_a_server_that_does_not_answer(server, held):
    with pytest.raises(rs.Timeout, match=server.address):
        fetch(context(server.address), 0.2)


def test_the_password_is_in_no_command_line_and_no_environment(server, held):
    found = []
    thread = threading.Thread(target=lambda: found.append(fetched(server.address)))
    thread.start()
    line = f"myproxy-logon --stdin_pass --pshost localhost --psport {server.port} "
    (client,) = until(lambda: processes(line))
    seen = [until(Path(f"/proc/{client}/{name}").read_bytes) for name in ("cmdline", "environ")]
    server.signal(signal.SIGCONT)
    thread.join(PATIENCE_S)
    assert found
    for text in seen:
        assert PASSWORD.encode() not in text


@pytest.fixture
def nobody_listens():
    """Return an address that is taken and takes no connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"localhost:{bound.getsockname()[1]}"


@pytest.fixture
def held(server):
    """Let the server take connections and do nothing about them."""
    server.signal(signal.SIGSTOP)
    yield
    server.signal(signal.SIGCONT)
