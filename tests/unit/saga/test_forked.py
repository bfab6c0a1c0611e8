"""A fork comes while another thread has a lock: the child must not wait for a thread it lacks."""

import os
import signal
import threading
from contextlib import contextmanager

import pytest
from processes import PATIENCE_S

import juncture.saga as rs
from juncture.saga.adaptors.local_job import Adaptor
from juncture.saga.shell import _ssh_life
from juncture.saga.shell.ssh_config import Target
from juncture.saga.shell.ssh_master import Master
from juncture.saga.storage.ssh import SshStore


@contextmanager
def held(lock):
    """Have another thread hold a lock."""
    taken, let_go = threading.Event(), threading.Event()

    def hold():
        with lock:
            taken.set()
            let_go.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    try:
        yield
    finally:
        let_go.set()
        thread.join()


def check_in_child(call):
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE_S)
        status = 1
        try:
            call()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def master():
    return Master(Target("no.such.host"), rs.Session(default=False))


def test_a_connection_that_another_thread_makes(master):
    with held(master._lock):
        check_in_child(master.close)


def test_files_whose_session_another_thread_opens(master):
    store = SshStore(master)
    with held(store._lock), held(store._shell._lock):
        check_in_child(store.close)


def test_the_place_of_sockets_that_another_thread_makes(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(_ssh_life, "_directories", {})
    with held(_ssh_life._lock):
        check_in_child(_ssh_life._private_directory)


def test_jobs_of_a_host_whose_agent_another_thread_opens():
    adaptor = Adaptor()

    def open_none(**_):
        raise rs.NoSuccess("this host gives no shell")

    def ask():
        with pytest.raises(rs.NoSuccess):
            adaptor.agent("place", "h", open_none, 0)

    with held(adaptor._agents_lock):
        check_in_child(ask)
