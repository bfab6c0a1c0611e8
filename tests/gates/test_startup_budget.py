"""The start-up budget, held by the names of the modules that an import loads, never by the clock.

What a command pays before it does anything may be only: our own modules, modules written in C, and
the few that `site` has loaded anyway. Everything else of the standard library is imported where it
is needed. The child runs with -I and -S, so that nothing on this machine loads a module beforehand
and hides ours.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

CHEAP = {
    "__future__",
    *("_collections_abc", "abc", "codecs", "genericpath", "io", "os", "os.path", "posixpath"),
    "stat",
}
"""Written in Python: one that is a list of names, and those of every interpreter's own start."""

BUDGET = {
    "the wire protocol": ("juncture_client.protocol",),
    "the application's side of a connection": ("juncture_client.transport",),
    "the package": ("juncture", "juncture.errors", "juncture.runtime"),
}

PROBE = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
for name in sys.argv[2:]:
    __import__(name)
for name in sorted(set(sys.modules) - before):
    file = getattr(sys.modules[name], "__file__", None) or ""
    if file.endswith(".py"):
        print(name)
"""


def over_budget(source, *modules):
    """Return the modules that importing `modules` loads and may not."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROBE, source, *modules],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [
        name
        for name in done.stdout.split()
        if name.split(".")[0] not in ("juncture", "juncture_client") and name not in CHEAP
    ]


@pytest.mark.parametrize("action", BUDGET)
def test_importing_stays_within_the_budget(action):
    assert over_budget(SOURCE, *BUDGET[action]) == []


HEAVY = [
    *("argparse", "asyncio", "contextlib", "dataclasses", "enum", "inspect", "json", "logging"),
    *("pathlib", "re", "socket", "subprocess", "tempfile", "threading", "typing"),
]


@pytest.mark.parametrize("module", HEAVY)
def test_a_heavy_import_is_named(tmp_path, module):
    shutil.copytree(SOURCE / "juncture_client", tmp_path / "juncture_client")
    with (tmp_path / "juncture_client" / "protocol.py").open("a") as file:
        file.write(f"import {module}\n")
    assert module in over_budget(tmp_path, "juncture_client.protocol")
