import subprocess
import sys
from pathlib import Path

import pytest

import juncture_client

SOURCE = Path(juncture_client.__file__).parents[1]


def python(code):
    return subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n{code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()


def test_importing_the_package_imports_nothing_else():
    loaded = python(
        "before = set(sys.modules); import juncture_client; print(*set(sys.modules) - before)"
    )
    assert set(loaded) <= {"juncture_client", "__future__"}


def test_the_client_knows_nothing_of_juncture():
    loaded = python("from juncture_client import *; print(*sys.modules)")
    assert "juncture_client.client_interface" in loaded
    assert not [name for name in loaded if name.partition(".")[0] == "juncture"]


@pytest.mark.parametrize("name", juncture_client.__all__)
def test_every_public_name_resolves(name):
    assert getattr(juncture_client, name).__name__ == name
    assert name in dir(juncture_client)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Actoin'"):
        _ = juncture_client.Actoin
