"""A program written for the existing runtime, run as a job does, on ours."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from processes import ENVIRONMENT, ends

from juncture import compat

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX is what is implemented")

PROGRAMS = Path(__file__).parent / "programs"

RULES = {
    "path_mapping_rules": [
        {"source_path_format": "POSIX", "source_path": "/show", "destination_path": "/mnt/show"}
    ]
}


class Program:
    """Runs commands of the adaptor in a directory of its own."""

    def __init__(self, directory, launcher, environment):
        self.directory = directory
        self.launcher = launcher
        self.environment = environment
        self.connection_file = directory / "connection.json"

    def open(self, *arguments):
        return subprocess.Popen(
            [*self.launcher, *arguments],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments):
        process = self.open(*arguments)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def daemon(self, command, *arguments):
        return self("daemon", command, "--connection-file", "connection.json", *arguments)

    def start(self, **init_data):
        (self.directory / "init.yaml").write_text(
            "".join(f"{key}: {json.dumps(value)}\n" for key, value in init_data.items())
        )
        (self.directory / "rules.json").write_text(json.dumps(RULES))
        return self.daemon(
            "start",
            "--init-data",
            "file://init.yaml",
            "--path-mapping-rules",
            "file://rules.json",
        )

    def run(self, **run_data):
        return self.daemon("run", "--run-data", json.dumps(run_data))

    def hold(self):
        """Begin a task that does not end, and return its command once it has begun."""
        data = json.dumps({"frame": 1, "how": "hold"})
        process = self.open(
            "daemon", "run", "--connection-file", "connection.json", "--run-data", data
        )
        for line in process.stdout:
            if "App: holding" in line:
                return process
        raise AssertionError(process.stderr.read())

    @property
    def daemon_pid(self):
        return int(json.loads(self.connection_file.read_text())["pid"])


def application_pid(lines):
    return next(int(found[1]) for line in lines if (found := re.search(r"App: pid (\d+)", line)))


def environment(**variables):
    path = compat.pythonpath(str(PROGRAMS))
    return {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "default", **variables}


@pytest.fixture
def make(tmp_path):
    programs = []

    def make(launcher=(sys.executable, "-m", "old_style"), env=None):
        programs.append(Program(tmp_path, list(launcher), env or environment()))
        return programs[-1]

    yield make
    for program in programs:
        if program.connection_file.exists():
            program.daemon("stop", "--force")


@pytest.fixture
def program(make):
    return make()


@pytest.fixture
def started(program):
    done = program.start(scene="/show/a.scene")
    assert done.returncode == 0, done.stdout + done.stderr
    # Its adaptor waits for what the application takes, not for what it says.
    with program.open(
        "daemon", "logs", "--follow", "--connection-file", "connection.json"
    ) as following:
        program.application = application_pid(following.stdout)
        following.terminate()
    return program


def test_a_job(program):
    start = program.start(scene="/show/a.scene", version="3.10")
    assert start.returncode == 0, start.stderr
    lines = start.stdout.splitlines()
    assert "openjd_progress: 0.0" in lines
    assert "openjd_status: Initializing" in lines
    assert "INFO: OldStyleAdaptor version: 4.2.dev1" in lines
    assert f"INFO: adaptor 4.2.dev1, runtime {compat.RUNTIME_VERSION}, 1 rules" in lines
    assert "openjd_env: OPENJD_ADAPTOR_SOCKET=" in start.stdout
    assert program.connection_file.exists()
    assert (program.directory / "scene.txt").read_text() == "/mnt/show/a.scene"
    first = program.run(frame=1)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-3:] == [
        "STDOUT: App: Finished Frame 1",
        "openjd_progress: 100.0",
        "INFO: Done main",
    ]
    assert "openjd_progress: 50.0" in first.stdout
    # The application may perform its first actions when the command that started it has returned.
    log = program.daemon("logs").stdout
    assert "STDOUT: App: scene /mnt/show/a.scene by ['Posix']" in log
    assert "STDOUT: App: version '3.10'" in log
    assert program.run(frame=2).returncode == 0
    stop = program.daemon("stop")
    assert stop.returncode == 0, stop.stderr
    assert "STDOUT: App: closing" in stop.stdout
    assert ends(application_pid(log.splitlines()))
    assert not program.connection_file.exists()


def test_one_task_in_one_command(program):
    done = program("run", "--init-data", '{"scene": "/x"}', "--run-data", '{"frame": 7}')
    assert done.returncode == 0, done.stderr
    assert "STDOUT: App: Finished Frame 7" in done.stdout
    assert ends(application_pid(done.stdout.splitlines()))


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("raise", "the application exited early. Exit code 1"),
        ("exit", "the application exited early. Exit code 3"),
        ("say error", "App Encountered an Error: Error: out of licences"),
    ],
)
def test_a_failed_task_is_caught_by_main(started, how, reason):
    done = started.run(frame=1, how=how)
    assert done.returncode == 1
    assert re.search(rf"^openjd_fail: .*{reason}", done.stdout, re.MULTILINE)
    assert reason in done.stderr.splitlines()[0]
    assert "ERROR: Entrypoint failed: OldStyleAdaptor ended with exit status 1" in done.stdout
    assert started.daemon("stop").returncode == 0


def test_data_that_violate_the_schema_fail_the_task(started):
    done = started.run(frame="one")
    assert done.returncode == 2
    assert "expected number, found string" in done.stderr
    assert started.run(frame=1).returncode == 0


def test_a_failed_start_leaves_nothing(program):
    done = program.start(version="3")
    assert done.returncode == 2
    assert "missing key `scene`" in done.stderr
    assert not program.connection_file.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["daemon", "fly"],
        ["run", "--init-data"],
        ["run", "--run-data", "[1]"],
        ["is-compatible", "--openjd-adaptor-cli-version", "9.9"],
    ],
)
def test_bad_usage_is_2_even_where_main_catches(program, arguments):
    done = program(*arguments)
    assert done.returncode == 2
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_canceled_task(started, number):
    process = started.hold()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "INFO: CANCEL REQUESTED" in out
    assert "canceled" in err
    assert ends(started.application)
    assert started.daemon("stop").returncode == 0


def test_a_document_on_stdout_is_nothing_else(program):
    done = program("version-info")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["OldStyleAdaptor Data Interface Version"] == "0.1"


CARELESS = [sys.executable, "-c", "from old_style.cli import careless_main; careless_main()"]


def test_who_catches_nothing_exits_with_the_status_of_what_happened(make):
    program = make(CARELESS)
    assert program.run(frame=1).returncode == 121
    started = program.start(scene="/x")
    assert started.returncode == 0, started.stderr
    process = program.hold()
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 119
    failed = program.run(frame=1)
    assert failed.returncode == 1
    assert "not running" in failed.stderr
    for text in (err, failed.stderr):
        assert text.count("error: ") == 1
        assert "Traceback" not in text
    assert program.daemon("stop").returncode == 0


def test_the_application_dies_with_a_killed_daemon(started):
    process = started.hold()
    os.kill(started.daemon_pid, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "daemon" in err
    assert ends(started.application)
    assert started.start(scene="/show/a.scene").returncode == 0
    assert started.daemon("stop").returncode == 0


def script(path, call):
    path.write_text(
        f"#!{sys.executable}\nimport sys\nfrom pathlib import Path\n"
        f"from old_style.cli import main\nsys.exit({call})\n"
    )
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("call", ["main()", "main(reentry_exe=Path(sys.argv[0]))"])
def test_a_console_script_starts_its_daemon(make, tmp_path, call):
    program = make([script(tmp_path / "old-style", call)])
    assert program.start(scene="/x").returncode == 0
    assert program.run(frame=1).returncode == 0
    assert program.daemon("stop").returncode == 0


COMPAT = [sys.executable, "-m", "juncture.cli", "compat"]


def with_juncture(*places):
    path = os.pathsep.join([*map(str, places), ENVIRONMENT["PYTHONPATH"]])
    return {**ENVIRONMENT, "PYTHONPATH": path}


def test_juncture_compat_runs_the_program(make):
    program = make([*COMPAT, "--", sys.executable, "-m", "old_style"], env=with_juncture(PROGRAMS))
    assert program.start(scene="/x").returncode == 0
    assert program.run(frame=1).returncode == 0
    failed = program.run(frame=1, how="raise")
    assert failed.returncode == 1
    assert program.daemon("stop").returncode == 0


def juncture_compat(*arguments):
    return subprocess.run(
        [*COMPAT, *arguments], env=with_juncture(), capture_output=True, text=True, check=False
    )


def test_juncture_compat_becomes_the_program():
    say = "print(os.getpid(), os.environ['PYTHONPATH'], flush=True)"
    code = f"import os; {say}; os.kill(os.getpid(), 15)"
    process = subprocess.Popen(
        [*COMPAT, "--", sys.executable, "-c", code],
        env=with_juncture(),
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate(timeout=60)
    pid, path = out.split()
    assert int(pid) == process.pid
    assert path.split(os.pathsep)[0] == compat.PATH
    assert process.returncode == -signal.SIGTERM


def test_juncture_compat_gives_the_arguments_and_default_signals_to_the_program():
    status = "grep SigIgn /proc/self/status"
    done = juncture_compat("--", "sh", "-c", f'echo "$@"; {status}; exit 7', "sh", "--x", "--", "y")
    assert done.returncode == 7
    arguments, ignored = done.stdout.splitlines()
    assert arguments == "--x -- y"
    assert not int(ignored.split()[1], 16) & 1 << (signal.SIGPIPE - 1)


def test_juncture_compat_prints_the_directory():
    done = juncture_compat("--path")
    assert (done.returncode, done.stdout) == (0, f"{compat.PATH}\n")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "needs either `--path` or a command"),
        (["--path", "--", "true"], 2, "needs either `--path` or a command"),
        (["--", "./no-such-program"], 127, "cannot start `./no-such-program`"),
    ],
)
def test_juncture_compat_explains_what_is_wrong(arguments, status, message):
    done = juncture_compat(*arguments)
    assert done.returncode == status
    assert message in done.stderr.splitlines()[0]
    assert "hint: " in done.stderr
