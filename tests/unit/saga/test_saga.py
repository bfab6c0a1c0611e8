"""The public names of `juncture.saga`."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

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


def imported_for_type_checkers():
    """Return `{name: module}` of the imports that only type checkers see."""
    (block,) = (
        node for node in ast.parse(Path(rs.__file__).read_text()).body if type(node) is ast.If
    )
    return {each.name: line.module for line in block.body for each in line.names}


NAMES = imported_for_type_checkers()


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name_is_what_type_checkers_take_it_for(name):
    if NAMES[name] == "juncture.saga":
        assert getattr(rs, name) is importlib.import_module(f"juncture.saga.{name}")
    else:
        assert getattr(rs, name) is getattr(importlib.import_module(NAMES[name]), name)


def test_every_public_name_is_listed():
    assert sorted(rs.__all__) == sorted(NAMES)
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
