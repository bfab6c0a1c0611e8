"""Interface versions."""

import copy
import os
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juncture.errors import DataError
from juncture.runtime.semantic_version import SemanticVersion

versions = st.builds(SemanticVersion, st.integers(0, 20), st.integers(0, 20))


@given(versions, versions)
def test_it_orders_and_hashes_as_its_pair(a, b):
    pair_a, pair_b = tuple(a), tuple(b)

    assert (a == b, a != b) == (pair_a == pair_b, pair_a != pair_b)
    assert (a < b, a <= b, a > b, a >= b) == (
        pair_a < pair_b,
        pair_a <= pair_b,
        pair_a > pair_b,
        pair_a >= pair_b,
    )
    assert len({a, b}) == len({pair_a, pair_b})


@given(versions)
def test_text_and_back(version):
    assert SemanticVersion.parse(str(version)) == version
    assert eval(repr(version)) == version  # noqa: S307


def test_it_unpacks():
    version = SemanticVersion(1, 10)

    major, minor = version

    assert (major, minor) == (1, 10) == (version.major, version.minor) == (version[0], version[1])


@pytest.mark.parametrize("foreign", [(1, 2), "1.2", 1.2, None, object()])
def test_it_equals_no_other_type(foreign):
    version = SemanticVersion(1, 2)

    assert version != foreign
    assert foreign != version
    with pytest.raises(TypeError):
        _ = version < foreign
    with pytest.raises(TypeError):
        _ = version >= foreign


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1",
        "1.",
        ".2",
        "1.2.3",
        "1.2\n",
        " 1.2",
        "01.2",
        "1.02",
        "00.1",
        "-1.2",
        "+1.2",
        "1,2",
        "a.b",
        "1_0.2",
        "\u0661.2",
        "\u00b2.1",
        "1" * 5000 + ".1",
    ],
)
def test_only_two_plain_numbers_are_a_version(text):
    with pytest.raises(DataError) as caught:
        SemanticVersion.parse(text)

    assert "MAJOR.MINOR" in caught.value.message
    assert "1.2" in caught.value.hint


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("0.1", "0.1", True),
        ("0.2", "0.1", False),
        ("0.1", "1.1", False),
        ("1.1", "0.1", False),
        ("1.2", "1.1", True),
        ("1.1", "1.1", True),
        ("1.1", "1.2", False),
        ("2.5", "1.1", False),
        ("1.10", "1.9", True),
    ],
)
def test_which_version_serves_which(ours, theirs, expected):
    parse = SemanticVersion.parse

    assert parse(ours).has_compatibility_with(parse(theirs)) is expected


def test_it_cannot_be_changed_but_copied():
    version = SemanticVersion(1, 2)

    with pytest.raises(AttributeError):
        version.major = 2
    with pytest.raises(AttributeError):
        version.patch = 2
    assert copy.deepcopy(version) == pickle.loads(pickle.dumps(version)) == version  # noqa: S301


def test_it_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules)\n"
        "import juncture.runtime.semantic_version\n"
        "print(*(set(sys.modules) - before))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = {name for name in done.stdout.split() if not name.startswith("juncture")}
    assert loaded <= {"__future__"}
