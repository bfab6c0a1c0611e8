"""`juncture new`: what it writes works, passes the gates it brings along, and harms nothing."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from processes import ENVIRONMENT

from juncture.cli import new
from juncture.cli.__main__ import main

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "src" / "juncture" / "cli" / "templates"

SHARED_FILES = {
    *(".gitignore", "README.md", "pyproject.toml", "tests/conftest.py"),
    "tests/test_my_renderer.py",
    *(f"src/my_renderer/{name}.py" for name in ("__init__", "__main__", "adaptor")),
    "src/my_renderer/schemas/init_data.schema.json",
    "src/my_renderer/schemas/run_data.schema.json",
}
FILES = {
    "in-process": SHARED_FILES,
    "application": SHARED_FILES | {f"src/my_renderer/{n}.py" for n in ("application", "process")},
    "command": SHARED_FILES,
}


def tree(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def make(directory, kind, name="my-renderer"):
    return Path(new.write_skeleton(name, kind, str(directory)))


def python(directory, *arguments):
    """Run Python in a skeleton; its two streams come as one text."""
    source = str(ROOT / "src")
    environment = {**ENVIRONMENT, "PYTHONPATH": source, "MYPYPATH": source, "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", new.KINDS)
def test_a_skeleton_has_these_files_and_none_of_the_template_s_words(kind, tmp_path):
    made = make(tmp_path, kind)
    assert tree(made) == FILES[kind]
    for name in tree(made):
        assert not new._TOKEN.search((made / name).read_text())
    assert os.listdir(tmp_path) == ["my-renderer"]


@pytest.mark.parametrize("kind", new.KINDS)
def test_a_skeleton_passes_its_own_tests(kind, tmp_path):
    done = python(make(tmp_path, kind), "-m", "pytest", "-q", "-W", "error")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.parametrize("kind", new.KINDS)
@pytest.mark.parametrize("name", ["my-renderer", "a", "zoom-into-a-fractal-at-night"])
def test_a_skeleton_passes_ruff(kind, name, tmp_path):
    made = make(tmp_path, kind, name)
    for arguments in (["check"], ["format", "--check", "--diff"]):
        done = python(made, "-m", "ruff", *arguments)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", new.KINDS)
def test_a_skeleton_passes_mypy_strict(kind, tmp_path):
    done = python(make(tmp_path, kind), "-m", "mypy")
    assert done.returncode == 0, done.stdout


def test_a_task_that_fails_in_the_application_leaves_it_loaded(tmp_path):
    made = make(tmp_path, "application")
    application = made / "src" / "my_renderer" / "application.py"
    text = application.read_text()
    line = '        wanted = (args or {})["samples"]\n'
    assert line in text
    application.write_text(text.replace(line, f"{line}        print(1 / (13 - wanted))\n"))
    with (made / "tests" / "test_my_renderer.py").open("a") as file:
        file.write(
            "\n\ndef test_failing(daemon: CommandLine) -> None:\n"
            "    process = run_a_task(daemon)['process']\n"
            "    failed = daemon.run('daemon', 'run', '--run-data', '{\"samples\": 13}')\n"
            "    assert failed.returncode == 1\n"
            "    assert 'ZeroDivisionError: division by zero' in failed.stderr\n"
            "    assert run_a_task(daemon)['process'] == process\n"
        )
    done = python(made, "-m", "pytest", "-q", "-k", "test_failing")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_skeleton_s_wheel_holds_the_schemas_and_the_command(tmp_path):
    made = make(tmp_path, "application")
    done = python(made, "-m", "hatchling", "build", "-t", "wheel")
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(made / "dist" / "my_renderer-0.1.0-py3-none-any.whl") as wheel:
        names = {name for name in wheel.namelist() if name.startswith("my_renderer/")}
        entry_points = wheel.read("my_renderer-0.1.0.dist-info/entry_points.txt").decode()
    assert names == {
        name.removeprefix("src/") for name in FILES["application"] if name.startswith("src/")
    }
    assert "my-renderer = my_renderer.__main__:main" in entry_points


def test_juncture_s_wheel_ships_the_templates(tmp_path):
    done = python(ROOT, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert done.returncode == 0, done.stdout
    (wheel,) = tmp_path.glob("*.whl")
    prefix = "juncture/cli/templates/"
    with zipfile.ZipFile(wheel) as archive:
        shipped = {
            name.removeprefix(prefix) for name in archive.namelist() if name.startswith(prefix)
        }
    assert shipped == {name for name in tree(TEMPLATES) if "__pycache__" not in name}
    assert "application_adaptor/common/.gitignore" in shipped


def test_templates_are_found_as_resources_in_a_wheel(tmp_path):
    done = python(ROOT, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert done.returncode == 0, done.stdout
    (wheel,) = tmp_path.glob("*.whl")
    code = (
        f"import sys; sys.path.insert(0, {str(wheel)!r}); from juncture.cli import new; "
        f"assert {wheel.name!r} in new.__file__; new.write_skeleton('my-renderer')"
    )
    done = python(tmp_path, "-c", code)
    assert done.returncode == 0, done.stdout
    assert tree(tmp_path / "my-renderer") == FILES["in-process"]


def test_what_pip_compiles_is_not_copied(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    assert python(tmp_path, "-m", "compileall", "-q", str(source)).returncode == 0
    tests = source / "juncture/cli/templates/application_adaptor/common/tests"
    assert list(tests.glob("__pycache__/*.pyc"))
    code = (
        f"import sys; sys.path.insert(0, {str(source)!r}); from juncture.cli import new; "
        f"assert {str(source)!r} in new.__file__; new.write_skeleton('my-renderer')"
    )
    done = python(tmp_path, "-c", code)
    assert done.returncode == 0, done.stdout
    assert tree(tmp_path / "my-renderer") == FILES["in-process"]


def test_the_command_says_what_to_do_next(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my work").mkdir()
    status = main(["new", "application-adaptor", "my-renderer", "--directory", "my work"])
    assert status == 0
    out, errors = capsys.readouterr()
    assert errors == ""
    assert out == (
        "created my work/my-renderer, the application is a Python library, loaded in the "
        "adaptor's own process\n"
        "\n"
        "next:\n"
        "  cd 'my work/my-renderer'\n"
        "  python -m pip install -e '.[test]'\n"
        "  python -m pytest\n"
        "  my-renderer run --run-data '{\"samples\": 100000}' --result -\n"
    )


@pytest.mark.parametrize("kind", new.KINDS)
def test_the_first_task_that_the_command_proposes_runs(kind, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "application-adaptor", "my-renderer", "--kind", kind]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    command = line.replace("my-renderer run", f"'{sys.executable}' -m my_renderer run", 1)
    path = os.pathsep.join([str(ROOT / "src"), str(tmp_path / "my-renderer" / "src")])
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path / "my-renderer",
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["front-end", "x"], "error: `juncture new` cannot write `front-end`"),
        (
            ["backend-adaptor", "x", "--kind", "command"],
            "error: there is no kind `command` of back-end",
        ),
        (["backend-adaptor", "json"], "error: `json` cannot be the name of an adaptor"),
        (["application-adaptor", "a", "--kind", "magic"], "error: there is no kind `magic`"),
        (["application-adaptor", "My Name"], "error: `My Name` cannot be the name of a package"),
        (["application-adaptor", "class"], "error: `class` cannot be the name of an adaptor"),
        (["application-adaptor", "a", "--directory", "missing"], "error: cannot write `missing/a`"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(
    arguments, sentence, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(["new", *arguments]) in (1, 2)
    out, errors = capsys.readouterr()
    assert out == ""
    message, empty, hint = errors.splitlines()
    assert message.startswith(sentence)
    assert empty == ""
    assert hint.startswith("hint: ")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("found", ["directory", "file", "dangling link"])
def test_nothing_that_exists_is_overwritten(found, tmp_path, capsys):
    place = tmp_path / "my-renderer"
    if found == "directory":
        place.mkdir()
    elif found == "file":
        place.write_text("mine")
    else:
        place.symlink_to("nowhere")
    before = place.lstat()
    arguments = ["application-adaptor", "my-renderer", "--directory", str(tmp_path)]
    assert main(["new", *arguments]) == 2
    assert f"error: `{place}` exists already" in capsys.readouterr().err
    assert place.lstat() == before
    assert os.listdir(tmp_path) == ["my-renderer"]


def test_no_half_of_a_tree_is_left_when_writing_fails(tmp_path, monkeypatch):
    whole = new._write

    def fill_the_disk(directory, names, kind):
        whole(directory, names, kind)
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(new, "_write", fill_the_disk)
    with pytest.raises(new.JunctureError, match="No space left on device"):
        make(tmp_path, "in-process")
    assert os.listdir(tmp_path) == []


@pytest.fixture(params=new.BACKEND_KINDS)
def kind(request):
    return request.param


@pytest.fixture
def backend(tmp_path, kind):
    """Return the skeleton of a back-end adaptor of each kind."""
    return Path(new.write_backend_adaptor("my-queue", str(tmp_path), kind))


def test_a_backend_skeleton_has_these_files_and_none_of_the_template_s_words(backend, kind):
    assert tree(backend) == {
        *(".gitignore", "README.md", "pyproject.toml", "tests/test_my_queue.py"),
        *("src/my_queue/__init__.py", f"src/my_queue/{kind}.py"),
    }
    for name in tree(backend):
        assert not new._TOKEN.search((backend / name).read_text())


LACKS = {
    "job": ["my-queue does not run jobs yet"],
    "file": ["my-queue does not look at names yet"],
    "replica": [
        "my-queue does not open logical files yet",
        "my-queue does not keep locations yet",
        "the adaptor `my_queue.replica` does not implement `replica.LogicalFile.upload`",
    ],
    "advert": [
        "my-queue does not open entries yet",
        "my-queue does not keep attributes yet",
        "my-queue does not give objects back yet",
        "the adaptor `my_queue.advert` does not implement `advert.Entry.add_callback`",
    ],
    "resource": ["my-queue does not acquire resources yet", "my-queue does not list resources yet"],
    "context": ["my-queue does not check credentials yet"],
}


def test_a_backend_skeleton_is_loaded_and_its_kit_says_what_is_missing(backend, kind):
    done = python(backend, "-m", "pytest", "-q", "-W", "error", "--tb=line")
    assert done.returncode == 1, done.stdout
    for sentence in LACKS[kind]:
        assert sentence in done.stdout
    last = done.stdout.splitlines()[-1]
    assert ("error" in last) == (kind == "resource")  # what a test has is acquired before it
    assert (" passed" in last) == (kind in {"job", "context"})  # the others do nothing right


@pytest.mark.parametrize("name", ["my-queue", "a", "zoom-into-a-fractal-at-night"])
def test_a_backend_skeleton_passes_ruff(kind, name, tmp_path):
    made = new.write_backend_adaptor(name, str(tmp_path), kind)
    for arguments in (["check"], ["format", "--check", "--diff"]):
        done = python(made, "-m", "ruff", *arguments)
        assert done.returncode == 0, done.stdout


def test_a_backend_skeleton_passes_mypy_and_pyright_strict(backend):
    strict = {"typeCheckingMode": "strict", "include": ["src", "tests"]}
    (backend / "pyrightconfig.json").write_text(json.dumps(strict))
    for arguments in (["mypy"], ["pyright", "--pythonpath", sys.executable]):
        done = python(backend, "-m", *arguments)
        assert done.returncode == 0, done.stdout


def test_the_command_for_a_backend_says_what_to_do_next(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "backend-adaptor", "my-queue"]) == 0
    assert capsys.readouterr().out == (
        "created my-queue, whose tests say what is missing\n"
        "\n"
        "next:\n"
        "  cd my-queue\n"
        "  python -m pip install -e '.[test]'\n"
        "  python -m pytest\n"
        "  juncture adaptor list\n"
    )


OPENED = {
    "job": ("job.Service(url)", "<job service my-queue://localhost/>"),
    "file": ("filesystem.Directory(url)", "my-queue does not look at names yet"),
    "replica": (
        "replica.LogicalDirectory(url)",
        "<replica.LogicalDirectory my-queue://localhost/>",
    ),
    "advert": ("advert.Directory(url)", "<advert.Directory my-queue://localhost/>"),
    "resource": ("resource.Manager(url)", "<resource manager my-queue://localhost/>"),
    "context": (
        "Session(default=False).add_context(rs.Context('my-queue'))",
        "my-queue does not check credentials yet",
    ),
}
"""`kind: (what is opened, what that says)`."""


def test_an_installed_backend_is_found_by_its_scheme(backend, kind):
    target = backend / "installed"

    shutil.copytree(backend / "src", target)
    info = target / "my_queue-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-queue\nVersion: 0.1.0\n")
    project = (backend / "pyproject.toml").read_text()
    assert f'[project.entry-points."juncture.adaptors"]\nmy-queue = "my_queue.{kind}"\n' in project
    (info / "entry_points.txt").write_text(f"[juncture.adaptors]\nmy-queue = my_queue.{kind}\n")
    opened, said = OPENED[kind]
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r}); import juncture.saga as rs\n"
        "url = 'my-queue://localhost/'\n"
        f"try: print(rs.{opened})\n"
        "except rs.NotImplemented as error: print(error)"
    )
    done = python(backend, "-c", code)
    assert done.stdout == f"{said}\n"
