"""Connections to real servers: who gets in, who does not, and what happens when they break."""

import logging
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from job_oracle import end_sleeps, mark, sleeps, until
from processes import ENVIRONMENT, PATIENCE_S, ends
from testbed import sshd

from juncture.saga import Context, Session, Url
from juncture.saga.exceptions import (
    AuthenticationFailed,
    BadParameter,
    IncorrectURL,
    NoSuccess,
    Timeout,
)
from juncture.saga.job import Service
from juncture.saga.shell import Channel, _life, _ssh_life, places, quoting, ssh_master
from juncture.saga.shell.budget import Budget
from juncture.saga.shell.ssh_config import CONFIG_VARIABLE, Target


def password_of(user, value=None):
    return Context("UserPass", user_id=user.name, user_pass=value or user.password)


@pytest.mark.parametrize("shell", [*sshd.SHELLS, "noisy"])
def test_any_login_shell(connect, testbed, shell):
    if shell not in testbed.users:
        pytest.skip(f"`{shell}` is not installed")
    user = testbed.users[shell]
    with Channel.over(connect(shell)) as channel:
        assert channel.run("id -un; pwd; echo $0") == (
            0,
            f"{user.name}\n{user.home}\n/bin/sh\n".encode(),
            b"",
        )
        channel.write_file("file", bytes(range(256)) * 1000)
        assert channel.read_file("file") == bytes(range(256)) * 1000


@pytest.fixture
def start_up(testbed):
    """Return a function that sets the start-up file of the user `noisy`."""
    user = testbed.users["noisy"]
    path = user.home / ".bashrc"
    yield path.write_text
    path.write_text(sshd.NOISE)
    subprocess.run([shutil.which("pkill"), "-KILL", "-u", user.name, "sleep"], check=False)


@pytest.mark.parametrize(
    "text",
    [
        "set -x",
        "set -eu; set -o noclobber",
        "read line; read line",
        "stty sane echo",
        "trap 'echo trapped' EXIT DEBUG",
        "alias printf=echo; printf() { :; }; export -f printf",
        "sleep 1000 &",
        "yes '$ ' | head -100000; head -c 100000 /dev/urandom >&2",
        "exec zsh",
    ],
)
def test_any_start_up_file(connect, start_up, text):
    if not shutil.which(text.split()[-1]) and text.startswith("exec"):
        pytest.skip(f"`{text}` is not possible here")
    start_up(text + "\n")
    with Channel.over(connect("noisy")) as channel:
        assert channel.run("echo out; echo err >&2; (exit 5)") == (5, b"out\n", b"err\n")
        channel.write_file("file", bytes(range(256)) * 1000)
        assert channel.read_file("file") == bytes(range(256)) * 1000


def test_a_start_up_file_that_gives_no_shell_is_told(connect, start_up, monkeypatch):
    start_up("echo go away >&2; exit 3\n")
    with pytest.raises(NoSuccess, match="login shell ended with status 3: go away") as caught:
        Channel.over(connect("noisy"))
    assert "start-up files" in caught.value.hint
    monkeypatch.setattr(_life, "_OPEN_TIMEOUT_S", 1.0)
    for text in ("exec 2>/dev/null\n", "cat >/dev/null\n"):
        start_up(text)
        with pytest.raises(Timeout, match="does not answer") as caught:
            Channel.over(connect("noisy"))
        assert "start-up files" in caught.value.hint


def test_shells_share_one_connection(connect, testbed):
    before = testbed.hosts[0].logins()
    master = connect()
    channels = [Channel.over(master) for _ in range(4)]
    assert {channel.run("id -u").status for channel in channels} == {0}
    channels[0].write_file("big", b"x" * 100_000)
    assert testbed.hosts[0].logins() == before + 1


def test_files_go_over_the_same_connection(connect, testbed, tmp_path):
    host = testbed.hosts[0]
    before = host.logins()
    master = connect()
    assert Channel.over(master).run("true").status == 0
    process = master.open_subsystem("sftp")
    try:
        # draft-ietf-secsh-filexfer-02, section 4: INIT with version 3, answered by VERSION.
        os.write(process.stdin, struct.pack(">IBI", 5, 1, 3))
        length, kind, version = struct.unpack(">IBI", read_exactly(process.stdout, 9))
        assert (kind, version) == (2, 3)
        assert len(read_exactly(process.stdout, length - 5)) == length - 5
        os.close(process.stdin)
        process.stdin = -1
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.discard()
    done = subprocess.run(
        [*master.command_prefix(), "--", master.target.host, "cat; exit 3"],
        input=bytes(range(256)),
        stdout=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, bytes(range(256)))
    if rsync := shutil.which("rsync"):
        (tmp_path / "a file").write_bytes(bytes(range(256)) * 100)
        remote = quoting.command(master.command_prefix())
        subprocess.run(
            [rsync, "-e", remote, tmp_path / "a file", f"{master.target.host}:copied"], check=True
        )
        home = testbed.users["bash"].home
        assert (home / "copied").read_bytes() == bytes(range(256)) * 100
    assert host.logins() == before + 1


def test_a_subsystem_that_is_not_there_is_told(connect):
    master = connect()
    process = master.open_subsystem("no-such-thing")
    try:
        status = process.wait(PATIENCE_S)
        said = os.read(process.stderr, 4096).decode()
        reason = str(process.explain(said, status))
        assert "does not have the subsystem `no-such-thing`" in reason
    finally:
        process.discard()
    with pytest.raises(BadParameter):
        master.open_subsystem("-oProxyCommand=x")


def read_exactly(fd, size):
    data = b""
    while len(data) < size and (piece := os.read(fd, size - len(data))):
        data += piece
    return data


def test_a_lost_connection_gives_no_other_by_its_commands(connect, testbed):
    master = connect()
    prefix = master.command_prefix()
    before = testbed.hosts[0].logins()
    master.close()
    done = subprocess.run([*prefix, "--", "h0", "true"], capture_output=True, check=False)
    assert done.returncode == 255
    assert testbed.hosts[0].logins() == before


def test_a_password(connect, testbed):
    user = testbed.users["password"]
    master = connect("password", contexts=[password_of(user)])
    assert Channel.over(master).run("id -un").stdout == f"{user.name}\n".encode()


def test_a_wrong_password_is_sent_once(connect, testbed):
    host = testbed.hosts[0]
    before, others = host.log.count("Failed password"), host.connections()
    master = connect("password", contexts=[password_of(testbed.users["password"], "wrong")])
    with pytest.raises(AuthenticationFailed):
        master.start()
    until(lambda: host.connections() <= others, "the server has said all")
    assert host.log.count("Failed password") == before + 1


def test_no_secret_is_seen(connect, testbed, caplog):
    caplog.set_level(logging.DEBUG)
    user = testbed.users["password"]
    seen = []
    master = connect("password", contexts=[password_of(user)])
    channel = Channel.over(master)
    channel.run("true")
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                text = (process / name).read_bytes()
            except OSError:
                continue
            if user.password.encode() in text:
                seen.append((process.name, text))
    assert not seen
    assert user.password not in caplog.text
    for directory, _, names in os.walk(os.environ["XDG_RUNTIME_DIR"]):
        assert os.stat(directory).st_mode & 0o077 == 0 or "juncture-" not in directory
        for name in names:
            path = Path(directory, name)
            assert path.is_socket() or user.password not in path.read_text(errors="replace")


def test_a_second_factor_is_asked_for_once(connect, testbed):
    if reason := sshd.why_no_second_factor():
        pytest.skip(reason)
    asked = []

    def ask(text):
        asked.append(text)
        return testbed.totp()

    master = connect("code", contexts=[password_of(testbed.users["code"])], ask=ask)
    with Channel.over(master) as one, Channel.over(master) as two:
        assert one.run("id -u") == two.run("id -u")
    assert len(asked) == 1
    assert "Verification code" in asked[0]


def test_others_wait_while_somebody_is_asked(connect, testbed):
    if reason := sshd.why_no_second_factor():
        pytest.skip(reason)
    asked, go_on, results = threading.Event(), threading.Event(), []

    def ask(_):
        asked.set()
        assert go_on.wait(PATIENCE_S)
        return testbed.totp()

    master = connect("code", contexts=[password_of(testbed.users["code"])], ask=ask)
    threads = [
        threading.Thread(target=lambda: results.append(Channel.over(master).run("id -u").status))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    assert asked.wait(PATIENCE_S)
    assert not results
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert results == [0, 0, 0]


def test_a_key_with_a_passphrase(connect, testbed):
    key = str(testbed.locked_key)
    master = connect(contexts=[Context("ssh", user_key=key, user_pass="key passphrase")])
    assert Channel.over(master).run("true").status == 0
    asked = []
    master = connect(contexts=[Context("ssh", user_key=key)], ask=asked.append)
    with pytest.raises(AuthenticationFailed, match="Enter passphrase for key"):
        master.start()
    assert len(asked) == 1


def test_a_jump_host(connect, testbed):
    before = [host.logins() for host in testbed.hosts]
    with Channel.over(connect(host="behind")) as channel:
        assert channel.run("echo $SSH_CONNECTION").stdout.split()[2] == (
            testbed.hosts[1].address.encode()
        )
    assert [host.logins() for host in testbed.hosts[:2]] == [count + 1 for count in before[:2]]


def test_a_password_is_not_given_to_the_jump_host(connect, testbed):
    user = testbed.users["password"]
    config = Path(testbed.config())
    config.write_text(config.read_text().replace(testbed.users["bash"].name, user.name))
    key = Context("ssh", user_key=str(testbed.key))
    master = connect("bash", "behind", contexts=[key, password_of(user)], config=str(config))
    before = [host.log.count("password for") for host in testbed.hosts]
    with pytest.raises(AuthenticationFailed, match="no context of the session answers"):
        master.start()
    assert [host.log.count("password for") for host in testbed.hosts] == before


def test_an_unknown_host_key_needs_a_person(connect, testbed):
    with pytest.raises(AuthenticationFailed, match=r"host key of .* is unknown") as caught:
        connect(config=testbed.config(known=False)).start()
    assert "\n" not in str(caught.value)
    asked = []
    with pytest.raises(AuthenticationFailed, match=r"host key of .* is unknown"):
        connect(
            config=testbed.config(known=False), ask=lambda text: asked.append(text) or "no"
        ).start()
    assert "fingerprint" in asked[0]
    config = testbed.config(known=False)
    assert Channel.over(connect(config=config, ask=lambda _: "yes")).run("true").status == 0
    assert Channel.over(connect(config=config)).run("true").status == 0  # it is known now


def test_a_changed_host_key_is_refused(connect, testbed):
    host = testbed.add_host()
    config = testbed.config()
    testbed.stop(host)
    testbed.new_host_key(host)
    port = host.port
    testbed.start(host)
    assert host.port == port
    asked = []
    name = f"h{testbed.hosts.index(host)}"
    with pytest.raises(AuthenticationFailed, match="is not the one that is known") as caught:
        connect(host=name, config=config, ask=asked.append).start()
    assert not asked
    known = Path(config.replace("config-", "known-"))
    line = next(
        number
        for number, text in enumerate(known.read_text().splitlines(), 1)
        if text.startswith(f"[{host.address}]:{host.port} ")
    )
    assert f"`{known}:{line}`" in caught.value.hint
    assert "\n" not in str(caught.value)


def test_nobody_answers_and_no_such_host(connect, testbed):
    host = testbed.add_host()
    config = testbed.config()
    testbed.stop(host)
    name = f"h{testbed.hosts.index(host)}"
    with socket.socket() as held:  # nobody else listens there meanwhile
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((host.address, host.port))
        with pytest.raises(NoSuccess, match="refuses connections"):
            connect(host=name, config=config).start()
    with pytest.raises(BadParameter, match="no host called"):
        connect(host="no.such.host.invalid").start()
    for bad in ("-oProxyCommand=touch x", "a b", "a;b", ""):
        with pytest.raises(BadParameter, match="name of a host"):
            connect(host=bad).start()


def test_a_session_uses_its_own_credentials_alone(testbed, connect, tmp_path, monkeypatch):
    # The user's configuration and agent both have a key that would do.
    agent = tmp_path / "agent"
    program = subprocess.Popen(
        [shutil.which("ssh-agent"), "-D", "-a", str(agent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with program:
        try:
            program.stdout.readline()
            monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
            subprocess.run([shutil.which("ssh-add"), "-q", str(testbed.key)], check=True)
            config = testbed.config(
                lines=["IdentityFile " + str(testbed.key), f"IdentityAgent {agent}"]
            )
            with pytest.raises(AuthenticationFailed):
                connect(contexts=[], config=config).start()
            # The same user's default session gets in with them.
            target = Target("h0", testbed.users["bash"].name)
            master = ssh_master.Master(target, Session(), config=config)
            assert Channel.over(master).run("true").status == 0
            master.close()
        finally:
            program.terminate()


def test_sessions_with_other_credentials_have_other_connections(testbed):
    one, two, empty = Session(default=False), Session(default=False), Session(default=False)
    for session in (one, two):
        session.contexts.append(Context("ssh", user_key=str(testbed.key)))

    def master(session, **more):
        return ssh_master.master_for("h0", user="u", session=session, **more)

    assert master(one) is master(two)
    assert master(one) is not master(empty)
    assert master(one) is not master(one, port=2222)


def test_a_url_finds_its_host(connect, testbed, monkeypatch):
    del connect
    monkeypatch.setenv(CONFIG_VARIABLE, testbed.config())
    host, user = testbed.hosts[0], testbed.users["password"]
    url = Url(f"ssh://{user.name}:{user.password}@h0:{host.port}/")
    with places.open_channel(url, Session(default=False)) as channel:
        assert channel.run("id -un").stdout == f"{user.name}\n".encode()
    places.master_of(url, Session(default=False)).close()
    with places.open_channel("fork://localhost/") as channel:
        assert channel.run("id -u").status == 0
    with pytest.raises(BadParameter, match="another host"):
        places.open_channel("fork://elsewhere/")
    with pytest.raises(IncorrectURL):
        places.open_channel("slurm://localhost/")


def test_a_killed_master_is_lost_and_may_be_opened_again(connect, testbed, caplog):
    master = connect()
    lost = threading.Event()
    channel = Channel.over(master, on_lost=lambda _: lost.set())
    number = mark()
    waiting = channel.start(f"sleep {number}")
    until(lambda: sleeps(number))
    os.kill(master.pid, 9)
    with pytest.raises(NoSuccess, match="has ended"):
        waiting.result(PATIENCE_S)
    assert lost.wait(PATIENCE_S)
    until(lambda: f"the connection to {master.name} has ended: no reason" in caplog.messages)
    before = testbed.hosts[0].logins()
    with pytest.raises(NoSuccess):
        channel.run("true")
    assert testbed.hosts[0].logins() == before  # nothing connects by itself
    channel.reconnect()
    assert channel.run("echo again").stdout == b"again\n"
    assert testbed.hosts[0].logins() == before + 1
    end_sleeps(number)  # sshd leaves alone what has no terminal


def test_a_killed_server_is_noticed_and_found_again(connect, testbed):
    host = testbed.add_host()
    config = testbed.config()
    lost = threading.Event()
    name = f"h{testbed.hosts.index(host)}"
    channel = Channel.over(connect(host=name, config=config), on_lost=lambda _: lost.set())
    waiting = channel.start("sleep 1000")
    testbed.stop(host)
    with pytest.raises(NoSuccess):
        waiting.result(PATIENCE_S)
    assert lost.wait(PATIENCE_S)
    with pytest.raises(NoSuccess, match="refuses connections"):
        channel.reconnect()
    testbed.start(host)
    channel.reconnect()
    assert channel.run("echo again").stdout == b"again\n"


def test_too_many_shells_are_told(connect, testbed):
    host = testbed.add_host(MaxSessions=2)
    master = connect(host=f"h{testbed.hosts.index(host)}")
    held = [Channel.over(master) for _ in range(2)]
    before = host.logins()
    with pytest.raises(NoSuccess, match="gives no more shells"):
        Channel.over(master)
    assert host.logins() == before
    assert [channel.run("echo on").stdout for channel in held] == [b"on\n"] * 2


def test_connections_are_within_the_budget(connect, tmp_path):
    def budget():
        return Budget("h0", max_connections=1, directory=str(tmp_path / "budget"))

    first = connect(budget=budget())
    first.start()
    with pytest.raises(Timeout, match="1 connections to h0"):
        budget().take_connection(0.01)
    os.kill(first.pid, 9)
    first.close()
    connect(budget=budget()).start()


def test_the_limits_of_a_host_are_options(connect, testbed, monkeypatch):
    del connect
    monkeypatch.setenv(CONFIG_VARIABLE, testbed.config())
    session = Session(default=False)
    session.add_context(Context("ssh", user_key=str(testbed.key)))
    url = f"ssh://{testbed.users['bash'].name}@h0/"

    def limits(query):
        with Service(url + query, session) as service:
            held = service._adaptor.agent._channel._master.budget
            return held.max_connections, held.commands_per_minute

    session.options["juncture.job.ssh"] = {"host_commands_per_minute": {"elsewhere": 1}}
    assert limits("") == (8, None)
    session.options["juncture.job.ssh"] = {"host_commands_per_minute": {"h0": 5000}}
    assert limits("?max_connections=3") == (3, 5000)
    session.options.clear()
    assert limits("?commands_per_minute=4000") == (3, 4000)  # whoever shares keeps to it
    session.options["juncture.job.ssh"] = {"host_commands_per_minute": {"h0": "many"}}
    with pytest.raises(BadParameter, match="is a number, found 'many'"):
        limits("")


def test_nothing_is_left_of_a_client(connect, testbed, tmp_path):
    del connect
    program = """
import signal, sys
from juncture.saga import Context, Session
from juncture.saga.job import Service
from juncture.saga.shell import Channel, ssh_master
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[4] == "nohup" else signal.SIG_DFL)
session = Session(default=False)
session.contexts.append(Context("ssh", user_key=sys.argv[1]))
master = ssh_master.master_for("h0", user=sys.argv[2], config=sys.argv[3], session=session)
channel = Channel.over(master)
print(master.pid, channel.pid, flush=True)
sys.stdin.read()
"""
    argv = [testbed.key, testbed.users["bash"].name, testbed.config()]
    # The last one ends by itself.
    for kill, how in ((True, ""), (True, "nohup"), (False, "")):
        client = subprocess.Popen(
            [sys.executable, "-c", program, *argv, how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT | {"XDG_RUNTIME_DIR": str(tmp_path)},
        )
        with client:
            pids = [int(word) for word in client.stdout.readline().split()]
            if kill:
                client.kill()
            client.stdin.close()
            assert all(ends(pid) for pid in pids)
            client.wait()
    # The last client has also removed what those that were killed could not.
    assert not list(tmp_path.glob("juncture-*"))


def test_a_proxy_command_with_credentials_of_its_own_is_refused(connect, testbed):
    config = testbed.config(lines=["ProxyCommand ssh -W %h:%p elsewhere"])
    with pytest.raises(BadParameter, match="ProxyCommand"):
        connect(config=config).start()


def test_no_program_is_started_with_a_secret(connect, testbed, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("`strace` is not installed")
    del connect
    user = testbed.users["password"]
    program = """
import sys
from juncture.saga import Context, Session
from juncture.saga.shell import Channel, ssh_master
user, config, key = sys.argv[1:]
session = Session(default=False)
session.add_context(Context("UserPass", user_id=user, user_pass=sys.stdin.readline().strip()))
session.add_context(Context("ssh", user_key=key, user_pass="key " + "passphrase"))
master = ssh_master.master_for("h0", user=user, config=config, session=session)
print(Channel.over(master).run("id -un").stdout.decode().strip(), master, session, flush=True)
"""
    trace = tmp_path / "trace"
    done = subprocess.run(
        # Every program with all its words and variables, and every file and its mode.
        [
            *("strace", "-f", "-v", "-s", "100000", "-o", trace, "-e", "trace=execve,openat,creat"),
            *(sys.executable, "-c", program, user.name, testbed.config(), testbed.locked_key),
        ],
        input=f"{user.password}\n",
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"XDG_RUNTIME_DIR": str(tmp_path)},
        check=False,
    )
    assert done.stdout.split()[:1] == [user.name], done.stderr
    text = trace.read_text()
    assert "ssh" in text
    for secret in (user.password, "key passphrase"):
        assert secret not in text + done.stdout + done.stderr


@pytest.mark.parametrize("runtime", ["", "/no/such/directory", "/proc"])
def test_without_a_runtime_directory(connect, tmp_path, monkeypatch, runtime):
    master = connect()
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("long" * 40)))
    monkeypatch.setattr(_ssh_life, "_directories", {})
    assert Channel.over(master).run("true").status == 0
    place = Path(next(iter(_ssh_life._directories.values())))
    assert place.stat().st_mode & 0o777 == 0o700
    assert place.parent.name == "tmp"
    master.close()
    _ssh_life.remove_directory()
