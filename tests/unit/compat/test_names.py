import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import juncture.runtime
import juncture_client
from juncture import compat

NAMES = {
    "adaptor_runtime": ["EntryPoint"],
    "adaptor_runtime._version": ["version", "__version__"],
    "adaptor_runtime._utils": ["secure_open"],
    "adaptor_runtime.adaptors": [
        "Adaptor",
        "AdaptorConfigurationOptions",
        "AdaptorDataValidator",
        "AdaptorDataValidators",
        "AdaptorRunner",
        "AdaptorState",
        "BaseAdaptor",
        "CommandAdaptor",
        "PathMappingRule",
        "SemanticVersion",
    ],
    "adaptor_runtime.adaptors.configuration": [
        "AdaptorConfiguration",
        "Configuration",
        "ConfigurationManager",
        "RuntimeConfiguration",
    ],
    "adaptor_runtime.app_handlers": ["RegexCallback", "RegexHandler"],
    "adaptor_runtime.application_ipc": ["ActionsQueue", "AdaptorServer"],
    "adaptor_runtime.process": ["LoggingSubprocess", "ManagedProcess", "StreamLogger"],
    "adaptor_runtime_client": [
        "Action",
        "ClientInterface",
        "HTTPClientInterface",
        "PathMappingRule",
    ],
    "adaptor_runtime_client._version": ["version"],
    "adaptor_runtime_client.action": ["Action"],
    "adaptor_runtime_client.posix_client_interface": ["HTTPClientInterface"],
    "adaptor_runtime_client.win_client_interface": ["WinClientInterface"],
}
"""Every public name of openjd-adaptor-runtime 0.9.6, and the private ones that adaptors import."""

ALL = [(module, name) for module, names in NAMES.items() for name in names]

ALIASES = {"HTTPClientInterface": "ClientInterface", "WinClientInterface": "ClientInterface"}


@pytest.fixture
def on_path(monkeypatch):
    monkeypatch.syspath_prepend(compat.PATH)
    yield
    for name in list(sys.modules):
        if name.partition(".")[0] in ("openjd", "adaptor_runtime_client"):
            del sys.modules[name]


@pytest.mark.parametrize(("module", "name"), ALL)
def test_a_name_is_ours(on_path, module, name):
    found = getattr(importlib.import_module(f"openjd.{module}"), name)
    ours = juncture_client if module.startswith("adaptor_runtime_client") else juncture.runtime
    wanted = getattr(ours, ALIASES.get(name, name), None)
    if inspect.isclass(wanted):
        assert issubclass(found, wanted)
    else:
        assert isinstance(found, str) or callable(found)


def test_the_client_is_the_same_under_both_of_its_names(on_path, monkeypatch):
    client = importlib.import_module("openjd.adaptor_runtime_client")
    folder = os.path.dirname(os.path.dirname(client.__file__))
    assert folder == os.path.join(compat.PATH, "openjd")
    monkeypatch.syspath_prepend(folder)
    top_level = importlib.import_module("adaptor_runtime_client")
    assert top_level is not client
    assert top_level.ClientInterface is client.ClientInterface


def test_a_rule_is_read_as_programs_read_it(on_path):
    adaptors = importlib.import_module("openjd.adaptor_runtime.adaptors")
    rule = adaptors.PathMappingRule.from_dict(
        rule={"source_path_format": "posix", "source_path": "/a", "destination_path": "/b"}
    )
    assert rule.apply(path="/a/x") == (True, "/b/x")
    assert rule.to_dict()["source_path_format"] == "Posix"


def python(code, *places, cwd=None, options=()):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_an_application_sees_only_the_client():
    # -S: no site-packages, so that nothing else provides juncture_client.
    loaded = python(
        "import sys, adaptor_runtime_client as c\n"
        "print(c.ClientInterface.__module__, *sys.path)\n"
        "assert 'juncture' not in sys.modules",
        Path(compat.PATH, "openjd"),
        options=("-S",),
    )
    assert loaded[0] == "juncture_client.client_interface"
    assert str(Path(compat.__file__).parents[2]) not in loaded[1:]


KINDS = {
    "namespace": None,
    "pkgutil": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
    "package": "",
}


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("namespace", "before"),
        ("namespace", "current directory"),
        ("namespace", "behind"),
        ("pkgutil", "behind"),
        ("package", "behind"),
    ],
)
def test_ours_wins_over_another_runtime_and_its_neighbours_stay(tmp_path, kind, place):
    other = tmp_path / "openjd"
    for name in ("adaptor_runtime", "adaptor_runtime_client", "sessions"):
        (other / name).mkdir(parents=True)
        (other / name / "__init__.py").write_text("version = 'other'\n")
    if KINDS[kind] is not None:
        (other / "__init__.py").write_text(KINDS[kind])
    places = {"before": [tmp_path, compat.PATH], "behind": [compat.PATH, tmp_path]}
    found = python(
        "import openjd.adaptor_runtime as a, openjd.adaptor_runtime_client as b\n"
        "import openjd.sessions as c\n"
        "print(a.__file__, b.__file__, c.__file__)",
        *places.get(place, [compat.PATH]),
        cwd=tmp_path if place == "current directory" else None,
    )
    roots = [str(Path(file).parents[2]) for file in found]
    assert roots == [compat.PATH, compat.PATH, str(tmp_path)]


def test_a_neighbour_that_comes_later_is_found(tmp_path):
    (tmp_path / "openjd" / "model").mkdir(parents=True)
    assert python(
        "import sys, openjd.adaptor_runtime\n"
        f"sys.path.append({str(tmp_path)!r})\n"
        "import openjd.model\n"
        "print(openjd.model.__name__)",
        compat.PATH,
    ) == ["openjd.model"]


def test_our_juncture_is_loaded_though_another_is_installed(tmp_path):
    for name in ("juncture", "juncture_client"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the other one')\n")
    code = "import openjd.adaptor_runtime, juncture; print(juncture.__file__)"
    found = python(code, tmp_path, compat.PATH)
    assert found == [juncture.__file__]
