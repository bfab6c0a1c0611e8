import os
import stat
import sys

import jsonschema
import pytest

from juncture import compat
from juncture.compat.adaptor_runner import AdaptorRunner
from juncture.compat.entry_point import EntryPoint, EntryPointError
from juncture.compat.secure_open import secure_open
from juncture.compat.validators import AdaptorDataValidator, AdaptorDataValidators
from juncture.errors import DataError, JunctureError
from juncture.runtime import Adaptor, AdaptorState, SemanticVersion
from juncture.runtime import outcome as outcomes


class Recorder(Adaptor):
    integration_data_interface_version = SemanticVersion(0, 1)

    def __init__(self):
        super().__init__({})
        self.calls = []

    def on_start(self):
        self.calls.append("start")

    def on_run(self, run_data):
        self.calls.append(run_data)

    def on_stop(self):
        self.calls.append("stop")

    def on_cleanup(self):
        self.calls.append("cleanup")


def test_pythonpath_has_our_directory_first_and_once():
    assert compat.pythonpath("") == compat.PATH
    before = os.pathsep.join(["/a", compat.PATH, "", "/b"])
    assert compat.pythonpath(before) == os.pathsep.join([compat.PATH, "/a", "/b"])


def start_with(monkeypatch, status):
    entry_point = EntryPoint(Recorder)
    monkeypatch.setattr(sys, "argv", ["program", "run"])
    monkeypatch.setattr(entry_point, "_run", lambda arguments, exe: status)
    entry_point.start(reentry_exe=None, timeout_in_seconds=3600)


def test_start_returns_when_the_command_is_done(monkeypatch):
    start_with(monkeypatch, 0)


FAILURES = [
    status
    for kind, (status, _) in outcomes.EXIT_STATUSES.items()
    if status and kind != outcomes.BAD_INPUT
]


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_is_an_exception_and_an_exit_status(monkeypatch, status):
    with pytest.raises(EntryPointError) as info:
        start_with(monkeypatch, status)
    error = info.value
    assert isinstance(error, Exception)
    assert isinstance(error, SystemExit)
    assert isinstance(error, JunctureError)
    assert error.code == error.exit_status == status
    assert str(error) == f"Recorder ended with exit status {status}, the reason is above"


@pytest.mark.parametrize("status", [2, 3, 137])
def test_bad_input_and_statuses_of_others_are_no_exception(monkeypatch, status):
    with pytest.raises(SystemExit) as info:
        start_with(monkeypatch, status)
    assert info.value.code == status
    assert not isinstance(info.value, Exception)


def test_a_wrong_command_line_exits_with_2(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["program", "daemon", "fly"])
    with pytest.raises(SystemExit) as info:
        EntryPoint(Recorder).start()
    assert info.value.code == 2
    assert not isinstance(info.value, Exception)
    assert "fly" in capsys.readouterr().err


def test_the_runner_has_the_private_names():
    adaptor = Recorder()
    runner = AdaptorRunner(adaptor=adaptor)
    runner._start()
    runner._run({"frame": 1})
    assert runner.state is AdaptorState.RUN
    runner._cancel()
    runner._stop()
    runner._cleanup()
    assert adaptor.calls == ["start", {"frame": 1}, "stop", "cleanup"]
    assert runner.state is AdaptorState.CLEANUP


def test_a_violation_is_an_error_of_both_worlds(tmp_path):
    for name in ("init_data", "run_data"):
        (tmp_path / f"{name}.schema.json").write_text('{"required": ["frame"]}')
    validators = AdaptorDataValidators.for_adaptor(str(tmp_path))
    validators.init_data.validate({"frame": 1})
    validators.run_data.validate('{"frame": 1}')
    with pytest.raises(jsonschema.ValidationError, match="run data violates its schema") as info:
        validators.run_data.validate({})
    assert isinstance(info.value, DataError)
    assert isinstance(info.value, ValueError)
    assert "`frame`" in str(info.value)
    assert info.value.hint


def test_a_faulty_schema_is_an_error_of_both_worlds():
    with pytest.raises(jsonschema.SchemaError) as info:
        AdaptorDataValidator({"type": 5}).validate({})
    assert isinstance(info.value, DataError)
    assert not isinstance(info.value, jsonschema.ValidationError)


@pytest.mark.parametrize(("mask", "mode"), [(0, 0o600), (0o040, 0o640)])
def test_a_new_file_is_the_owners(tmp_path, mask, mode):
    path = tmp_path / "secret"
    before = os.umask(0)
    try:
        with secure_open(path, "w", encoding="utf-8", newline="\n", mask=mask) as file:
            file.write("ñ\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    with secure_open(str(path), "rb") as file:
        assert file.read() == "ñ\n".encode()


def test_secure_open_keeps_the_mode_of_a_file_and_refuses_a_bad_one(tmp_path):
    path = tmp_path / "file"
    path.touch(mode=0o644)
    path.chmod(0o644)
    with secure_open(path, "a") as file:
        file.write("x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    with pytest.raises(ValueError, match="mode"):
        secure_open(path, "q")
