"""The page of schemes and flags names tests that exist, and every flag and method there is."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from juncture.saga import filesystem as fs
from juncture.saga.stored import flags

ROOT = Path(__file__).resolve().parents[2]


def load_tables():
    spec = importlib.util.spec_from_file_location("doc_tables", ROOT / "tools" / "doc_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tables = load_tables()
PAGE = (ROOT / "docs" / "reference" / "data.md").read_text()


def known_tests():
    """Return the names of all tests, those of the kits too."""
    places = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "src/juncture/testing").rglob("*.py")]
    found = set()
    for path in places:
        found |= set(re.findall(r"^\s*def (test_\w+)", path.read_text(), re.MULTILINE))
    return found


def named_tests(page):
    """Return the tests that a page names."""
    return set(re.findall(r"`(test_\w+)`", page))


def test_every_test_that_is_named_exists():
    assert len(named_tests(PAGE)) > 20
    assert named_tests(PAGE) - known_tests() == set()


def test_a_test_that_went_away_is_noticed():
    assert named_tests("`test_of_the_moon`") - known_tests() == {"test_of_the_moon"}


def test_every_flag_is_on_the_page():
    composed = {"READ_WRITE"}
    names = {name for name in fs.__all__ if isinstance(getattr(fs, name), int)}
    assert names - composed == set(tables.VERIFIED_FLAGS)


def checks():
    """Return `{method: name of the flags}` of every check in the room of stored files."""
    found = {}
    for path in (ROOT / "src/juncture/saga/stored").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) != 3:
                continue
            *_, allowed, method = node.args
            is_check = ast.unparse(node.func).rpartition(".")[2] == "check"
            if is_check and isinstance(allowed, ast.Attribute) and isinstance(method, ast.Constant):
                found[method.value] = allowed.attr
    return found


@pytest.mark.parametrize("method", [name for name in tables.FLAGGED if name[0].islower()])
def test_methods_take_the_flags_that_the_table_says(method):
    named = checks()
    assert len(named) > 5
    if method in named:
        assert named[method] == tables.FLAGGED[method]
    else:
        assert getattr(flags, tables.FLAGGED[method])
        assert method in {"change_dir", "permissions_allow", "permissions_deny"}


def test_a_path_that_is_named_exists():
    for text in tables.VERIFIED_SCHEMES.values():
        for path in re.findall(r"`(tests/[^`]+)`", text):
            assert (ROOT / path).exists(), path
