"""What `juncture` says when its command line is wrong: a sentence, a hint, status 2."""

import subprocess
import sys

import pytest
from processes import ENVIRONMENT

MISTAKES = [
    ("", "the following arguments are required: <command>", "see `juncture --help`"),
    ("jbo list", "`juncture` has no command `jbo`", "`job` is the nearest; see `juncture --help`"),
    (
        "job lst",
        "`juncture job` has no command `lst`",
        "`list` is the nearest; see `juncture job --help`",
    ),
    (
        "job list --jsno",
        "`juncture job list` has no option `--jsno`",
        "`--json` is the nearest; see `juncture job list --help`",
    ),
    (
        "adaptor check fork --ulr=fork://localhost/ --url x",
        "`juncture adaptor check` has no option `--ulr`",
        "`--url` is the nearest; see `juncture adaptor check --help`",
    ),
    ("job list moon", "`juncture job list` does not take `moon`", "see `juncture job list --help`"),
    (
        "job run ls -l",
        "`juncture job run` has no option `-l`",
        "put `--` before the command if `-l` is its own",
    ),
    (
        "compat ls -l",
        "`juncture compat` has no option `-l`",
        "put `--` before the command if `-l` is its own",
    ),
    (
        "job wait --timeout soon x",
        "argument --timeout: invalid number of seconds value: 'soon'",
        "see `juncture job wait --help`",
    ),
    (
        "job run --cpus many -- true",
        "argument --cpus: invalid whole number value: 'many'",
        "see `juncture job run --help`",
    ),
    (
        "job run --tim 3 -- true",
        "`juncture job run` has no option `--tim`",
        "`--timeout` is the nearest; see `juncture job run --help`",
    ),
    (
        "job list --on moon",
        "no adaptor serves `job.Service` for an empty scheme",
        "write `scheme://` before the rest; `juncture adaptor list` shows what there is",
    ),
    (
        "adaptor check",
        "the following arguments are required: NAME, --url",
        "see `juncture adaptor check --help`",
    ),
]


def juncture(*words, env=ENVIRONMENT):
    return subprocess.run(
        [sys.executable, "-m", "juncture.cli", *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("words", "said", "hint"), MISTAKES, ids=[each[0] for each in MISTAKES])
def test_a_mistake_is_a_sentence_and_a_hint(words, said, hint):
    done = juncture(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {said}\n\nhint: {hint}\n"


def test_no_command_is_an_empty_word():
    done = juncture("compat", "--", "", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `juncture compat` needs either `--path` or a command\n")


def test_what_standard_output_cannot_say_is_spelled_out():
    ascii_alone = {**ENVIRONMENT, "PYTHONIOENCODING": "ascii"}
    done = juncture("job", "run", "--help", env=ascii_alone)
    assert (done.returncode, done.stderr) == (0, "")
    assert "-- COMMAND\\u2026\n" in done.stdout


def test_a_traceback_is_there_for_the_asking():
    assert "Traceback" in juncture("job", "--debug", "lst").stderr
    assert "Traceback" not in juncture("job", "lst", "--", "--debug").stderr


def test_the_list_of_commands_names_what_compat_is_for():
    (line,) = (line for line in juncture("--help").stdout.split("\n    ") if "compat" in line)
    assert "openjd.adaptor_runtime or radical.saga" in " ".join(line.split())


def test_the_log_is_there_for_the_asking(tmp_path):
    (tmp_path / "a").write_text("a")
    words = (str(tmp_path / "a"), str(tmp_path / "b\x1b[1m"))
    assert juncture("file", "cp", *words).stderr == ""
    done = juncture("file", "cp", "--debug", *words)
    assert done.returncode == 0
    assert "DEBUG: juncture.saga.storage.transfer: transfer begun" in done.stderr
    done = juncture("file", "cat", "--debug", words[1])
    assert (done.returncode, done.stdout) == (0, "a")
    assert "\x1b" not in done.stderr
