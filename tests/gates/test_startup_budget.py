"""The start-up budget, held by the names of the modules that an import loads, never by the clock.

What a command pays before it does anything may be only: our own modules, modules written in C, and
the few that `site` has loaded anyway. Everything else of the standard library is imported where it
is needed. The child runs with -I and -S, so that nothing on this machine loads a module beforehand
and hides ours.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from juncture._util.private import NAME_PREFIX

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
    "back-end access": ("juncture.saga", "juncture.saga.constants"),
    "what an adaptor's author imports": (
        "juncture.runtime.adaptor",
        "juncture.runtime.semantic_version",
    ),
    "a command that talks to a daemon": (
        "juncture.runtime.entry_point",
        "juncture.runtime.commandline",
        "juncture.runtime.daemon_client",
        "juncture.runtime.daemon_commands",
    ),
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
    return excess(done.stdout.split())


def excess(names):
    """Return those of the modules written in Python that may not be loaded at start-up."""
    return [
        name
        for name in names
        if name.split(".")[0] not in ("juncture", "juncture_client") and name not in CHEAP
    ]


@pytest.mark.parametrize("action", BUDGET)
def test_importing_stays_within_the_budget(action):
    assert over_budget(SOURCE, *BUDGET[action]) == []


ADAPTOR = """
from juncture.runtime import Adaptor, SemanticVersion

class SmallAdaptor(Adaptor):
    integration_data_interface_version = SemanticVersion(0, 1)

    def on_run(self, run_data):
        return run_data
"""

COMMAND = """
import sys
sys.path[:0] = sys.argv[1:3]
del sys.argv[1:3]
before = set(sys.modules)
from juncture.runtime import EntryPoint
EntryPoint("small_adaptor:SmallAdaptor").start()
loaded = [n for n in set(sys.modules) - before
          if (getattr(sys.modules[n], "__file__", None) or "").endswith(".py")]
sys.stderr.write(" ".join(sorted(loaded)))
"""


@pytest.fixture
def command(tmp_path):
    """Return a function that calls the command line of a small adaptor; a daemon of it is up."""
    (tmp_path / "small_adaptor.py").write_text(ADAPTOR)

    def call(*arguments):
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", COMMAND, SOURCE, tmp_path, *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )

    call("daemon", "start", "--connection-file", "c.json")
    yield call
    call("daemon", "stop", "--connection-file", "c.json")


def test_a_whole_daemon_run_stays_within_the_budget(command):
    done = command("daemon", "run", "--connection-file", "c.json", "--run-data", '{"n": 1}')
    loaded = done.stderr.split()
    assert "juncture.runtime.daemon_client" in loaded
    assert "small_adaptor" not in loaded
    assert excess(loaded) == []


COPYING = {"copy"}
"""What contexts are copied with."""

THREADING = {
    *("_weakrefset", "collections", "functools", "keyword", "operator", "reprlib", "threading"),
    *("types", "weakref"),
}
"""What `threading` loads, without which there is no I/O thread."""

SERVICE = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import juncture.saga as rs
service = rs.job.Service("fork://localhost/")
for name in sorted(set(sys.modules) - before):
    if (getattr(sys.modules[name], "__file__", None) or "").endswith(".py"):
        print(name)
service.close()
"""


def test_the_first_job_service_stays_within_the_budget():
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SERVICE, SOURCE],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    loaded = done.stdout.split()
    assert "juncture.saga.adaptors.local_job" in loaded
    assert [name for name in excess(loaded) if name not in THREADING] == []


SSH = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import juncture.saga as rs

def show(event, arguments):
    if event in ("os.posix_spawn", "subprocess.Popen"):
        loaded = [name for name in set(sys.modules) - before
                  if (getattr(sys.modules[name], "__file__", None) or "").endswith(".py")]
        print(*arguments[1], *sorted(loaded), sep="\\t")

sys.addaudithook(show)
try:
    rs.job.Service(sys.argv[2])
except rs.NoSuccess as error:
    print("refused", error)
print(*sorted(set(sys.modules) - before), sep="\\t")
"""


@pytest.mark.skipif(not shutil.which("ssh"), reason="`ssh` is not installed")
def test_ssh_is_started_within_the_budget(tmp_path):
    left = tmp_path / f"{NAME_PREFIX}of-a-killed-process"  # is swept on the way
    left.mkdir(mode=0o700)
    (left / "ssh.lock").touch()
    with socket.socket() as nobody:  # bound, and not listening
        nobody.bind(("127.0.0.1", 0))
        url = f"ssh://someone@127.0.0.1:{nobody.getsockname()[1]}/"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", SSH, SOURCE, url],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        )
    asked, started, refused, meanwhile = (line.split("\t") for line in done.stdout.splitlines())
    assert "-G" in asked
    assert "-N" in started
    assert refused[0].startswith("refused")
    assert not left.exists()
    early = started[started.index("127.0.0.1") + 1 :]
    late = {"juncture.saga.adaptors.shell_job.agent", "juncture.saga.shell.channel"}
    assert [name for name in excess(early) if name not in THREADING | COPYING] == []
    assert late.isdisjoint(early)
    assert late <= set(meanwhile)


HEAVY = [
    *("argparse", "asyncio", "contextlib", "dataclasses", "enum", "inspect", "json", "logging"),
    *("pathlib", "re", "socket", "subprocess", "tempfile", "threading", "typing"),
]


@pytest.mark.parametrize("module", HEAVY)
def test_a_heavy_import_is_named(tmp_path, module):
    cached = shutil.ignore_patterns("__pycache__")  # where others write while this copies
    shutil.copytree(SOURCE / "juncture_client", tmp_path / "juncture_client", ignore=cached)
    with (tmp_path / "juncture_client" / "protocol.py").open("a") as file:
        file.write(f"import {module}\n")
    assert module in over_budget(tmp_path, "juncture_client.protocol")
