"""What a type checker is told of the calls of back-end access: nothing comes back as `Any`.

`typed_program` is a user's program that says of each call what it returns, as a value and as a
task. mypy and pyright, both strict, hold the sources to it, and the tests here hold it to the
sources: a public method with a `ttype` that it lacks is named.
"""

import ast
import functools
import inspect
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from gates.typed_calls import PROGRAM, asserted, owner, parts, taking

import juncture.saga as rs
from juncture.saga.cpi.decorators import is_stub
from juncture.saga.engine import getEngine

ROOT = Path(__file__).parents[2]

PACKAGES = (rs.advert, rs.filesystem, rs.job, rs.namespace, rs.replica, rs.resource)
CLASSES = {
    getattr(package, name)
    for package in PACKAGES
    for name in package.__all__
    if inspect.isclass(getattr(package, name))
}

ANYTHING = {"Attributed.get_attribute", "Entry.retrieve_object"}
"""What returns whatever a program has stored."""


def faults(classes, text):
    """Return what a program fails to say of the classes, a sentence each."""
    said = asserted(text)
    found = []
    for method, call in taking(classes).items():
        plain = said.get(method, {}).get("" if default(call) is None else "None", [])
        tasks = said.get(method, {}).get("rs.TASK", [])
        if not plain or len(tasks) != 1:
            found.append(f"{method} is to be asserted as a value, and once as a task")
            continue
        values = set().union(*map(parts, plain))
        if "Any" in values and method.partition(":")[2] not in ANYTHING:
            found.append(f"{method} returns Any")
        if ast.unparse(tasks[0].value) != "rs.Task" or parts(tasks[0].slice) != values:
            found.append(f"{method}: a task of {values} is no {ast.unparse(tasks[0])}")
    return found


def default(call):
    """Return the task type that a call has when nobody gives one."""
    return inspect.signature(call).parameters["ttype"].default


def test_the_program_has_every_call():
    assert len(CLASSES) > 15
    assert faults(CLASSES, PROGRAM.read_text()) == []


class Odd:
    def odd(self, ttype=None):
        """Do something."""


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "is to be asserted"),
        (["assert_type(odd.odd(), int)"], "is to be asserted"),
        (["assert_type(odd.odd(ttype=rs.TASK), rs.Task[int])"], "is to be asserted"),
        (
            ["assert_type(odd.odd(), Any)", "assert_type(odd.odd(ttype=rs.TASK), rs.Task[Any])"],
            "returns Any",
        ),
        (
            ["assert_type(odd.odd(), int)", "assert_type(odd.odd(ttype=rs.TASK), rs.Task[str])"],
            "is no rs.Task[str]",
        ),
        (["assert_type(odd.odd(), int)", "assert_type(odd.odd(ttype=rs.TASK), rs.Task[int])"], ""),
    ],
)
def test_a_call_that_the_program_lacks_is_noticed(lines, fault, monkeypatch):
    monkeypatch.setattr(rs, "Odd", Odd, raising=False)
    text = "\n    ".join(["def program(odd: rs.Odd) -> None:", "pass", *lines])
    found = faults({Odd}, text)
    assert (fault in found[0]) if fault else not found


def untyped(classes):
    """Return the public properties of classes of which nothing is known."""
    return {
        owner(each, name)
        for each in classes
        for name in dir(each)
        if isinstance(getattr(each, name), property)
        and not name.startswith("_")
        and getattr(each, name).fget.__annotations__.get("return", "Any") == "Any"
    }


def test_properties_say_their_types():
    of_any_kind = {"advert.entry:Entry.object", "task.task:Task.object", "task.task:Task.cpi"}
    assert untyped({*CLASSES, rs.Task, rs.Container, rs.Session, rs.Context}) == of_any_kind


def test_a_property_without_a_type_is_noticed():
    class Holder:
        odd = property(lambda _: 1)

    assert len(untyped({Holder})) == 1


def test_nobody_gets_a_task_who_has_not_asked_for_one():
    others = {name for name, call in taking(CLASSES).items() if default(call) is not None}
    assert {name.rpartition(".")[2] for name in others} == {"create"}  # it is there to make one


def broken(api, cpi_class, said):
    """Return the methods of an adaptor class which say that something else comes back."""
    found = []
    for method, call in taking([api]).items():
        values = {
            part.replace("rs.", "") for kind in said[method].get("", []) for part in parts(kind)
        }
        form = getattr(cpi_class, call.__name__, None)
        says = inspect.signature(form).return_annotation if form and not is_stub(form) else "Any"
        if says != "Any" and values and not parts(ast.parse(says, mode="eval").body) <= values:
            found.append(f"{cpi_class.__module__}: {method} returns {values}, not {says}")
    return found


def shipped():
    """Return pairs of API class and adaptor class, of all adaptors that are shipped."""
    engine = getEngine()
    engine.adaptors()
    return {
        (functools.reduce(getattr, api.split(".")[1:], rs), entry.cpi_class)
        for api, schemes in engine.loaded_adaptors().items()
        for entries in schemes.values()
        for entry in entries
        if entry.cpi_class.__module__.startswith("juncture.saga.") and api != "rs.Context"
    }


def test_adaptors_return_what_the_calls_say():
    said = asserted(PROGRAM.read_text())
    pairs = shipped()
    assert {api for api, _ in pairs} > {rs.filesystem.File, rs.replica.LogicalFile, rs.advert.Entry}
    assert [fault for pair in sorted(pairs, key=str) for fault in broken(*pair, said)] == []


def test_an_adaptor_that_says_something_else_is_noticed():
    class Cpi:
        def odd(self) -> "str":
            """Do something."""

    said = {owner(Odd, "odd"): {"": [ast.parse("int", mode="eval").body]}}
    assert len(broken(Odd, Cpi, said)) == 1


def checked(tool, directory, text):
    """Have a strict type checker read a program that is none of ours; return what it says."""
    (directory / "program.py").write_text(text)
    (directory / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    options = {
        "mypy": ["--strict", "--config-file=", "program.py"],
        "pyright": ["--pythonpath", sys.executable],
    }
    return subprocess.run(
        [sys.executable, "-m", tool, *options[tool]],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_a_type_checker_agrees_with_the_program(tool, tmp_path):
    done = checked(tool, tmp_path, PROGRAM.read_text())
    assert done.returncode == 0, done.stdout


WRONG = """
import juncture.saga as rs


def program(file: rs.filesystem.File, entry: rs.namespace.Entry) -> None:
    size: str = file.get_size()
    task: rs.Task[str] = file.get_size(ttype=rs.TASK)
    text: str = file.read(ttype=rs.TASK).get_result()
    entry.copy("b", ttype=rs.TASK, checksums="sha256")
    entry.name = "b"
    print(size, task, text)
"""


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_a_type_checker_sees_what_is_wrong_with_a_program(tool, tmp_path):
    done = checked(tool, tmp_path, WRONG)
    assert done.returncode == 1
    found = re.findall(r"program\.py:(\d+)(?::\d+)?(?: -|:) error:", done.stdout)
    assert {*map(int, found)} == {6, 7, 8, 9, 10}


def test_a_wheel_says_that_it_is_typed(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "juncture/py.typed" in names
    assert "juncture_client/py.typed" in names
