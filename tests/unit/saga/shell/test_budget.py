import os
import subprocess
import sys
import threading

import pytest
from processes import ENVIRONMENT

from juncture.saga.exceptions import BadParameter, Timeout
from juncture.saga.shell.budget import Budget


def budget(tmp_path, **limits):
    return Budget("host", directory=str(tmp_path), **limits)


def test_connections_are_limited(tmp_path):
    slots = [budget(tmp_path, max_connections=2).take_connection() for _ in range(2)]
    told = []
    with pytest.raises(Timeout, match="2 connections to host"):
        budget(tmp_path, max_connections=2).take_connection(0.01, told.append)
    assert told == ["2 connections to host are open; waiting for one to end"]
    slots[0].release()
    slots[1].release()
    budget(tmp_path, max_connections=2).take_connection(5).release()


def test_a_connection_that_ends_lets_the_next_begin(tmp_path):
    held = budget(tmp_path, max_connections=1).take_connection()
    told = threading.Event()
    taken = []

    def take():
        slot = budget(tmp_path, max_connections=1).take_connection(20, lambda _: told.set())
        taken.append(slot)

    thread = threading.Thread(target=take)
    thread.start()
    assert told.wait(20)
    assert not taken
    held.release()
    thread.join(20)
    assert len(taken) == 1
    taken[0].release()


def test_a_killed_process_gives_its_connection_back(tmp_path):
    program = (
        "import sys; from juncture.saga.shell.budget import Budget;"
        "s = Budget('host', directory=sys.argv[1], max_connections=1).take_connection();"
        "print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    with child:
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(Timeout):
            budget(tmp_path, max_connections=1).take_connection(0)
        child.kill()
        child.wait()
    budget(tmp_path, max_connections=1).take_connection(0).release()


def test_hosts_do_not_share(tmp_path):
    first = Budget("a", directory=str(tmp_path), max_connections=1).take_connection(0)
    Budget("b/../../x", directory=str(tmp_path), max_connections=1).take_connection(0).release()
    first.release()
    assert sorted(os.listdir(tmp_path)) == ["a", "b_.._.._x"]


def test_a_burst_is_free_and_then_commands_wait(tmp_path):
    told = []
    for _ in range(11):
        budget(tmp_path, commands_per_minute=6000).take_command(told.append)
    assert len(told) <= 1
    for _ in range(30):
        budget(tmp_path, commands_per_minute=6000).take_command(told.append)
    assert told
    assert told[-1].startswith("the budget of host is used up; waiting")


def test_without_a_limit_nothing_is_written(tmp_path):
    budget(tmp_path).take_command()
    assert not os.listdir(tmp_path)


def test_no_connection_at_all(tmp_path):
    with pytest.raises(BadParameter):
        budget(tmp_path, max_connections=0).take_connection()
