"""Configuration in layers."""

import json
import logging
import os
import subprocess
import sys
import types
from typing import ClassVar

import pytest

from juncture.errors import DataError
from juncture.runtime import configuration
from juncture.runtime.configuration import (
    AdaptorConfiguration,
    Configuration,
    ConfigurationManager,
    RuntimeConfiguration,
    config_manager_for,
    runtime_config_manager,
)


class RenderConfiguration(AdaptorConfiguration):
    defaults: ClassVar = {"samples": 16, "devices": ["cpu"]}

    @property
    def samples(self):
        return self.value("samples")


def write(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


def tree(path):
    return sorted(str(entry.relative_to(path)) for entry in path.rglob("*"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def system(tmp_path, monkeypatch):
    """The system's layer, away from that of this host."""
    folder = tmp_path / "etc"
    monkeypatch.setattr(configuration, "_system_folder", lambda: str(folder))
    return folder


@pytest.fixture
def adaptor(tmp_path, monkeypatch):
    """An adaptor class in a module of its own folder."""
    module = types.ModuleType("studio_adaptor")
    module.__file__ = str(tmp_path / "package" / "adaptor.py")
    monkeypatch.setitem(sys.modules, "studio_adaptor", module)
    for variable in ("STUDIOADAPTOR_CONFIG_PATH", "ADAPTOR_CONFIG_SCHEMA_PATH"):
        monkeypatch.delenv(variable, raising=False)
    return type("StudioAdaptor", (), {"__module__": "studio_adaptor"})


@pytest.fixture
def options():
    return types.SimpleNamespace(config_cls=None, config_path=None, schema_path=None)


def manager(tmp_path, **given):
    defaults = {
        "config_cls": AdaptorConfiguration,
        "default_config_path": str(tmp_path / "default.json"),
        "system_config_path": str(tmp_path / "system.json"),
        "user_config_rel_path": "user.json",
    }
    return ConfigurationManager(**{**defaults, **given})


def test_defaults_of_a_class_and_its_bases():
    config = RenderConfiguration({"log_level": "DEBUG", "other": [1]})

    assert config.config == {
        "log_level": "DEBUG",
        "samples": 16,
        "devices": ["cpu"],
        "other": [1],
    }
    assert (config.samples, config.log_level, config.value("other")) == (16, "DEBUG", [1])
    assert RuntimeConfiguration({}).config == {"log_level": "INFO", "deactivate_telemetry": False}
    assert RuntimeConfiguration({"deactivate_telemetry": True}).deactivate_telemetry is True
    assert AdaptorConfiguration({}).config == {"log_level": "INFO"}
    with pytest.raises(KeyError):
        config.value("missing")


def test_what_is_handed_out_is_a_copy():
    given = {"other": [1]}
    config = RenderConfiguration(given)

    config.config["other"].append(2)
    config.config["devices"].append("gpu")
    config.value("devices").append("gpu")
    given["more"] = 1

    assert config.config["other"] == [1]
    assert RenderConfiguration({}).config["devices"] == ["cpu"]
    assert "more" not in config.config


def test_override_replaces_top_level_keys_only():
    one = Configuration({"a": 1, "n": {"x": 1}})

    both = one.override(Configuration({"b": 2, "n": {"y": 1}}))

    assert both.config == {"a": 1, "b": 2, "n": {"y": 1}}
    assert one.config == {"a": 1, "n": {"x": 1}}
    assert isinstance(RenderConfiguration({}).override(Configuration({})), RenderConfiguration)


def test_layers_and_their_order(tmp_path, home):
    write(tmp_path / "default.json", {"a": "default", "b": "default", "c": "default", "list": [1]})
    write(tmp_path / "system.json", {"b": "system", "c": "system", "d": "system"})
    write(home / "user.json", {"c": "user", "d": "user"})
    extra = write(tmp_path / "extra.yaml", "d: extra\nlist: [2, 3]")

    made = manager(tmp_path, additional_config_paths=[extra])

    assert made.build_config().given == {
        "a": "default",
        "b": "system",
        "c": "user",
        "d": "extra",
        "list": [2, 3],
    }
    assert made.get_default_config().config["c"] == "default"
    assert made.get_system_config_path() == str(tmp_path / "system.json")
    assert made.get_system_config().config["c"] == "system"
    assert made.get_user_config_path() == str(home / "user.json")
    assert made.get_user_config().config["c"] == "user"


def test_layers_that_do_not_exist_are_empty_and_stay_so(tmp_path, home):
    before = tree(tmp_path)
    made = manager(tmp_path)

    assert made.build_config().config == {"log_level": "INFO"}
    assert made.get_default_config().given == {}
    assert made.get_system_config() is None
    assert made.get_user_config() is None
    assert tree(tmp_path) == before


@pytest.mark.parametrize("broken_home", ["/nonexistent/home", "/dev/null", "a" * 5000])
def test_a_home_that_is_none_has_no_layer(tmp_path, monkeypatch, broken_home):
    monkeypatch.setenv("HOME", broken_home)

    assert manager(tmp_path).build_config().config == {"log_level": "INFO"}


def test_a_user_without_a_home(tmp_path):
    made = manager(tmp_path)

    assert made.get_user_config("no-such-user-here") is None
    assert made.build_config("no-such-user-here").given == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")
def test_a_home_that_is_closed_has_no_layer_but_a_closed_file_is_an_error(tmp_path, home):
    path = home / "user.json"
    write(path, {"a": 1})
    path.chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        manager(tmp_path).build_config()

    home.chmod(0)
    try:
        assert manager(tmp_path).build_config().given == {}
    finally:
        home.chmod(0o700)


LAYERS = ("default.json", "system.json", "home/user.json", "extra.json")


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"a": 1,\n "b" 2}', "line 2, column 6"),
        ("[1]", "must be an object, found a list"),
        ('{"log_level": "NOPE"}', "`log_level` must be a log level, found 'NOPE'"),
        ('{"log_level": ["INFO"]}', "`log_level` must be a log level, found a list"),
        ('{"log_level": null}', "`log_level` must be a log level, found null"),
    ],
)
def test_a_bad_layer_is_named(tmp_path, home, layer, text, named):
    extra = write(tmp_path / "extra.json", {})
    path = write(tmp_path / layer, text)

    with pytest.raises(DataError) as caught:
        manager(tmp_path, additional_config_paths=[extra]).build_config()

    assert path in caught.value.message
    assert named in caught.value.message
    assert caught.value.hint
    assert "file://" not in caught.value.hint


def test_an_additional_file_must_exist(tmp_path, home):
    with pytest.raises(DataError, match=r"missing\.json, cannot be read: No such file"):
        manager(tmp_path, additional_config_paths=[str(tmp_path / "missing.json")]).build_config()


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_checked_against_the_schema(tmp_path, home, layer):
    schema = write(tmp_path / "x.schema.json", {"properties": {"samples": {"type": "integer"}}})
    extra = write(tmp_path / "extra.json", {})
    path = write(tmp_path / layer, {"samples": "hunter2"})

    with pytest.raises(DataError) as caught:
        manager(
            tmp_path, schema_path=["/dev/null", schema], additional_config_paths=[extra]
        ).build_config()

    assert path in caught.value.message
    assert "$.samples: expected integer, found string" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_required_keys_may_stand_in_any_layer(tmp_path, home):
    schema = write(tmp_path / "x.schema.json", {"required": ["a", "b"]})
    write(tmp_path / "default.json", {"a": 1})
    made = manager(tmp_path, schema_path=schema)

    with pytest.raises(DataError, match="missing key `b`"):
        made.build_config()
    write(home / "user.json", {"b": 1})

    assert made.build_config().given == {"a": 1, "b": 1}


def test_from_file_checks_against_a_schema(tmp_path):
    schema = write(tmp_path / "x.schema.json", {"required": ["a"]})
    path = write(tmp_path / "x.json", {"b": 1})

    assert Configuration.from_file(path).config == {"b": 1}
    with pytest.raises(DataError, match="missing key `a`"):
        Configuration.from_file(path, schema)


def test_a_subclass_adds_a_check(tmp_path):
    class Picky(RenderConfiguration):
        @classmethod
        def check(cls, config, source):
            super().check(config, source)
            if config.get("samples", 1) < 1:
                raise DataError(f"{source}: too few samples")

    path = write(tmp_path / "x.json", {"samples": 0})

    with pytest.raises(DataError, match=r"x\.json: too few samples"):
        Picky.from_file(path)


def test_changes_are_logged_by_key_in_a_stable_order(tmp_path, home, caplog):
    write(tmp_path / "default.json", {"z": "hunter2", "a": [1], "m": {}, "log_level": "INFO"})
    write(home / "user.json", {"m": {}, "a": [1, 2]})

    with caplog.at_level(logging.DEBUG, logger="juncture.runtime.configuration"):
        manager(tmp_path).build_config()

    assert caplog.messages == [
        f"configuration {tmp_path}/default.json sets a, m, z",
        f"configuration {home}/user.json sets a",
    ]


def test_where_an_adaptor_is_configured(tmp_path, home, system, adaptor, monkeypatch):
    name = "StudioAdaptor"
    write(tmp_path / "package" / f"{name}.json", {"a": "default", "b": "default"})
    write(system / name / f"{name}.json", {"b": "system", "c": "system"})
    write(home / ".openjd" / "adaptors" / name / f"{name}.json", {"c": "user", "d": "user"})
    monkeypatch.setenv("STUDIOADAPTOR_CONFIG_PATH", write(tmp_path / "env.json", {"d": "env"}))

    config = config_manager_for(adaptor).build_config()

    assert isinstance(config, AdaptorConfiguration)
    assert config.given == {"a": "default", "b": "system", "c": "user", "d": "env"}


def test_the_environment_names_a_file_that_is_checked(home, system, adaptor, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIOADAPTOR_CONFIG_PATH", write(tmp_path / "env.json", {"log_level": 1}))
    with pytest.raises(DataError, match=r"env\.json: `log_level`"):
        config_manager_for(adaptor).build_config()

    monkeypatch.setenv("STUDIOADAPTOR_CONFIG_PATH", "")
    assert config_manager_for(adaptor).build_config().given == {}


def test_which_schema_is_used(tmp_path, home, system, adaptor, monkeypatch):
    write(tmp_path / "package" / "StudioAdaptor.json", {"a": "x"})
    monkeypatch.setenv("ADAPTOR_CONFIG_SCHEMA_PATH", str(tmp_path / "schemas"))
    assert config_manager_for(adaptor).build_config().given == {"a": "x"}

    integer, boolean = ({"properties": {"a": {"type": t}}} for t in ("integer", "boolean"))
    write(tmp_path / "schemas" / "StudioAdaptor.schema.json", integer)
    with pytest.raises(DataError, match="expected integer"):
        config_manager_for(adaptor).build_config()

    write(tmp_path / "package" / "StudioAdaptor.schema.json", boolean)
    with pytest.raises(DataError, match="expected boolean"):
        config_manager_for(adaptor).build_config()


def test_options_replace_the_usual_places(tmp_path, home, system, adaptor, options):
    options.config_cls = RenderConfiguration
    options.config_path = write(tmp_path / "own.json", {"samples": 4})
    options.schema_path = write(tmp_path / "own.schema.json", {"required": ["samples"]})
    write(tmp_path / "package" / "StudioAdaptor.json", {"samples": 1})

    config = config_manager_for(adaptor, options).build_config()

    assert isinstance(config, RenderConfiguration)
    assert config.samples == 4


def test_a_class_without_a_file_has_no_default_layer(tmp_path, home, system, monkeypatch):
    nowhere = type("Nowhere", (), {"__module__": "no.such.module"})
    write(tmp_path / "Nowhere.json", {"a": 1})
    monkeypatch.chdir(tmp_path)

    assert config_manager_for(nowhere).build_config().given == {}


def test_where_the_runtime_is_configured(tmp_path, home, system, monkeypatch):
    monkeypatch.delenv("RUNTIME_CONFIG_PATH", raising=False)
    assert runtime_config_manager().build_config().config == {
        "log_level": "INFO",
        "deactivate_telemetry": False,
    }

    path = ".openjd/adaptors/runtime/configuration.json"
    write(system / "runtime" / "configuration.json", {"log_level": "ERROR", "x": 1})
    write(home / path, {"log_level": "DEBUG"})
    assert runtime_config_manager().build_config().log_level == "DEBUG"

    monkeypatch.setenv("RUNTIME_CONFIG_PATH", write(tmp_path / "r.json", {"log_level": "WARNING"}))
    assert runtime_config_manager().build_config().config["x"] == 1
    assert runtime_config_manager().build_config().log_level == "WARNING"

    write(tmp_path / "r.json", {"deactivate_telemetry": "yes"})
    with pytest.raises(DataError, match="`deactivate_telemetry` must be a boolean, found text"):
        runtime_config_manager().build_config()


def test_without_a_schema_file_no_schema_library_is_imported(tmp_path):
    code = (
        "import sys; from juncture.runtime.configuration import *\n"
        "from juncture.runtime import configuration as c\n"
        "c.runtime_config_manager().build_config()\n"
        "c.config_manager_for(type('X', (), {})).build_config()\n"
        "print({'jsonschema', 'yaml', 'pathlib', 'dataclasses'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "set()"
