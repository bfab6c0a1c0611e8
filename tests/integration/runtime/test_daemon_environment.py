# ruff: noqa: S103 - directories that others may use are what is tested
"""Hosts that are not as one would like: directories, variables, home, configuration."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def cycle(bench):
    """Run a task in a daemon from start to stop."""
    bench.start()
    ended = bench.run()
    assert ended.status == 0, ended
    assert bench.stop().status == 0
    assert bench.processes() == []


def test_temporary_directory_that_is_missing_or_too_long_is_passed_over(bench):
    long = bench.root / ("long" * 30)
    long.mkdir()
    for odd in (str(long), str(bench.root / "missing"), ""):
        bench.environment["TMPDIR"] = odd
        cycle(bench)
    assert os.listdir(long) == []


def test_directory_in_which_others_may_rename_is_not_used(bench):
    odd = bench.root / "odd"
    odd.mkdir()
    os.chmod(odd, 0o777)
    bench.environment["XDG_RUNTIME_DIR"] = str(odd)
    bench.start()
    assert os.listdir(odd) == []
    assert bench.stop().status == 0
    bench.environment["JUNCTURE_SPOOL_DIR"] = str(odd)
    bench.start()
    assert not bench.info()["log"].startswith(str(odd))
    assert bench.stop().status == 0


def test_runtime_directory_of_the_user_is_used_for_the_socket(bench):
    runtime = bench.root / "run"
    runtime.mkdir(mode=0o700)
    bench.environment["XDG_RUNTIME_DIR"] = str(runtime)
    bench.start()
    assert bench.info()["socket"].startswith(str(runtime))
    assert bench.stop().status == 0
    assert os.listdir(runtime) == []
    bench.environment["XDG_RUNTIME_DIR"] = str(bench.root / "missing")
    cycle(bench)
    bench.environment["XDG_RUNTIME_DIR"] = "run"  # relative
    cycle(bench)
    assert os.listdir(runtime) == []


def test_no_directory_at_all_is_one_error(bench):
    odd = bench.root / "odd"
    odd.mkdir()
    os.chmod(odd, 0o777)
    bench.environment["TMPDIR"] = str(odd)
    ended = bench.begin_start().end()
    assert ended.status in (1, 2), ended
    assert ended.err.startswith("error: no directory for the log")
    assert "without the sticky bit" in ended.err
    assert "\nhint: " in ended.err


def test_connection_file_that_cannot_be_written_is_one_error(bench):
    for path in ("/no/such/directory/c.json", "/proc/c.json", str(bench.root)):
        ended = bench.command("daemon", "start", "--connection-file", path)
        assert ended.status == 2, ended
        assert path in ended.err
        assert "\nhint: " in ended.err
        assert "Traceback" not in ended.err + ended.out
    assert bench.gone()


@pytest.mark.parametrize("home", ["/nonexistent", "/proc", ""])
def test_home_that_is_missing_or_read_only_does_not_matter(bench, home):
    bench.environment["HOME"] = home
    cycle(bench)
    assert bench.once().status == 0


def test_nothing_is_written_into_home_or_the_package(bench):
    before = _tree(os.path.join(os.path.dirname(__file__), "adaptors"))
    cycle(bench)
    bench.once()
    bench.command("show-config")
    assert os.listdir(bench.home) == []
    assert _tree(os.path.join(os.path.dirname(__file__), "adaptors")) == before


@pytest.mark.parametrize("variable", ["TESTBED_CONFIG_PATH", "RUNTIME_CONFIG_PATH"])
@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"log_level": "NOPE"}', '{"log_level": ["INFO"]}', "\xff"]
)
def test_configuration_that_is_malformed_is_one_error(bench, variable, text):
    path = bench.root / "config.json"
    path.write_bytes(text.encode("latin-1"))
    bench.environment[variable] = str(path)
    for ended in (bench.once(), bench.begin_start().end(), bench.command("show-config")):
        if "TESTBED" in variable and ended.status == 0:
            continue  # show-config shows that of the runtime
        assert ended.status == 2, ended
        assert ended.err.startswith("error: ")
        assert str(path) in ended.err
        assert "Traceback" not in ended.err + ended.out
    assert bench.gone()


def test_information_is_all_that_stands_on_stdout(bench):
    import yaml

    shown = bench.command("show-config")
    assert isinstance(yaml.safe_load(shown.out), dict)
    shown = bench.command("version-info")
    assert yaml.safe_load(shown.out)["Testbed Data Interface Version"] == "1.4"


@pytest.mark.parametrize(("version", "status"), [("1.4", 0), ("1.3", 0), ("1.5", 2), ("x", 2)])
def test_compatibility_is_an_exit_status(bench, version, status):
    ended = bench.command(
        "is-compatible",
        "--openjd-adaptor-cli-version",
        "0.1",
        "--integration-data-interface-version",
        version,
    )
    assert ended.status == status, ended


def test_command_line_that_is_wrong_is_refused_with_status_2(bench):
    for arguments in (
        (),
        ("daemon",),
        ("fly",),
        ("daemon", "run", "--timeout", "soon"),
        ("daemon", "_serve"),
        ("run", "--run-data"),
    ):
        ended = bench.command(*arguments)
        assert ended.status == 2, (arguments, ended)
        assert "Traceback" not in ended.err
    assert bench.command("--help").status == 0


def test_grace_of_no_seconds_is_none(bench):
    bench.start("--grace", "0")
    pid = bench.pid()
    run = bench.begin_run(["say", "begun"], ["hang"]).until("begun")
    os.kill(pid, 15)
    assert run.end().status == 123


def test_relative_paths_mean_the_directory_of_the_command(bench):
    (bench.root / "d.json").write_text(json.dumps({"result": 3}), encoding="ascii")
    where = ("--connection-file", "rel.json")
    assert bench.command("daemon", "start", *where).status == 0
    ended = bench.command("daemon", "run", *where, "--run-data", "file://d.json", "--result", "-")
    assert ended.out.endswith("3\n")
    assert bench.command("daemon", "stop", *where).status == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_two_users_of_one_host_do_not_meet(bench):
    from processes import ends

    bench.start()
    shared = bench.root / "shared"
    shared.mkdir()
    os.chmod(shared, 0o1777)
    os.chmod(bench.root, 0o755)
    bench.environment["TMPDIR"] = str(shared)
    second = str(shared / "c.json")
    options = {"user": 65534, "group": 65534, "extra_groups": []}
    bench.launcher[0] = _python_for_anybody(bench.environment)
    started = bench.begin("daemon", "start", "--connection-file", second, **options).end()
    assert started.status == 0, started
    with open(second, encoding="ascii") as file:
        pid = int(json.load(file)["pid"])
    assert bench.command("daemon", "run", "--connection-file", second).status == 2
    stopped = bench.begin("daemon", "stop", "--connection-file", second, **options).end()
    assert stopped.status == 0, stopped
    assert ends(pid)


def _python_for_anybody(environment):
    """Return an interpreter that another user may run and that finds what it must."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            subprocess.run(
                [python, "-c", "import juncture.runtime.entry_point, jsonschema, yaml"],
                env=environment,
                cwd="/",
                user=65534,
                group=65534,
                capture_output=True,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    return pytest.skip("another user cannot run a Python that has what it takes")


def _tree(path):
    return sorted(
        os.path.join(where, name)
        for where, _, names in os.walk(path)
        for name in names
        if "__pycache__" not in where
    )
