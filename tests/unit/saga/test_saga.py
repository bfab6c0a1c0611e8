"""The public names of `juncture.saga`."""

import os
import subprocess
import sys

import pytest

import juncture.saga as rs
from juncture.saga import constants

HEAVY = {
    "asyncio",
    "concurrent",
    "dataclasses",
    "enum",
    "inspect",
    "json",
    "logging",
    "re",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
    "typing",
    "urllib",
}


def loaded_by(code):
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", sorted(rs._ROOMS))
def test_a_public_name_is_there(name):
    assert getattr(rs, name) is getattr(
        __import__(f"juncture.saga.{rs._ROOMS[name]}", fromlist=(name,)), name
    )


def test_every_public_name_is_listed():
    assert set(rs.__all__) == {*rs._ROOMS, *rs._PACKAGES}
    assert set(rs.__all__) <= set(dir(rs))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'nonsense'"):
        _ = rs.nonsense


def test_importing_the_package_loads_nothing_else():
    loaded = loaded_by("import juncture.saga")
    assert {name for name in loaded if name.startswith("juncture")} == {"juncture", "juncture.saga"}


def test_values_load_nothing_heavy():
    code = (
        "import juncture.saga as rs; rs.Url('ssh://h/'); rs.Session(); rs.Context('ssh'); rs.DONE"
    )
    assert not loaded_by(code) & HEAVY


def test_states_and_call_types_are_distinct():
    states = [constants.UNKNOWN, constants.NEW, constants.PENDING, constants.RUNNING]
    states += [constants.SUSPENDED, *constants.FINAL]
    assert len(set(states)) == 8
    assert len({rs.SYNC, rs.ASYNC, rs.TASK, rs.NOTASK}) == 4
    assert rs.NOTASK is None


def test_flags_can_be_told_apart():
    names = (
        "OVERWRITE RECURSIVE DEREFERENCE CREATE EXCLUSIVE LOCK CREATE_PARENTS "
        "TRUNCATE APPEND READ WRITE BINARY"
    )
    flags = [getattr(constants, name) for name in names.split()]
    assert flags == [1 << bit for bit in range(12)]
    assert constants.READ_WRITE == constants.READ | constants.WRITE
