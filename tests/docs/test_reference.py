"""The reference is complete: what the code knows and a page does not say is named."""

import argparse
import importlib
import importlib.util
import pydoc
import re
from pathlib import Path

import griffe
import pytest

import juncture.runtime
import juncture.saga
import juncture.testing
import juncture_client
from juncture.cli import __main__ as main
from juncture.runtime import connection_file, spool
from juncture.runtime.commandline import COMMANDS

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def read(page):
    return (REFERENCE / page).read_text()


def load_tables():
    spec = importlib.util.spec_from_file_location("doc_tables", ROOT / "tools" / "doc_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tables = load_tables()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: p.stem)
def test_tables_are_those_of_the_code(page):
    text = page.read_text()
    assert tables.updated(text) == text, "run `make tables`"


def test_a_bar_in_code_is_one_in_a_table():
    assert tables.cell("take `a|b` | or `c`") == "take <code>a&#124;b</code> | or `c`"


def test_every_constant_is_in_the_table():
    text = tables.markdown(tables.constants())
    values = vars(juncture.saga.constants)
    names = {name for name in values if name.isupper() and name != "TYPE_CHECKING"}
    assert set(re.findall(r"`([A-Z_]+) = ", text)) == names


def test_every_table_is_on_a_page():
    pages = "".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
    assert set(re.findall(r"<!-- table: (\w+) -->", pages)) == set(tables.TABLES)


def test_a_status_that_the_code_gains_is_noticed(monkeypatch):
    from juncture.runtime import outcome

    monkeypatch.setitem(outcome.EXIT_STATUSES, "eclipsed", (118, "the moon was in the way"))
    assert tables.updated(read("exit-status.md")) != read("exit-status.md")


SAGA_ROOMS = ("job", "resource", "namespace", "filesystem", "replica", "advert", "engine")


def saga_names():
    """Return the classes and functions of `juncture.saga` that a program uses."""
    rooms = {"": juncture.saga, "cpi.": juncture.saga.cpi}
    rooms |= {f"{name}.": getattr(juncture.saga, name) for name in SAGA_ROOMS}
    return [
        f"juncture.saga.{room}{name}"
        for room, module in rooms.items()
        for name in module.__all__
        if callable(value := getattr(module, name))
        and not (isinstance(value, type) and issubclass(value, BaseException))
    ]


def undocumented_names(page):
    """Return the public names that a page of the Python API does not have."""
    public = [f"juncture.runtime.{name}" for name in juncture.runtime.__all__]
    public += [f"juncture_client.{name}" for name in juncture_client.__all__]
    public += [*saga_names(), "juncture.saga.exceptions", "juncture.saga.constants"]
    documented = set(re.findall(r"^::: (\S+)$", page, re.MULTILINE))
    return [name for name in public if name not in documented]


def test_every_public_name_is_documented():
    assert undocumented_names(read("python-api.md")) == []


def undocumented_bases(page):
    """Return the classes from which a class on a page has public names, and which it lacks."""
    shown = [pydoc.locate(name) for name in re.findall(r"^::: (\S+)$", page, re.MULTILINE)]
    classes = [value for value in shown if isinstance(value, type)]
    bases = {base for each in classes for base in each.__mro__[1:]}
    return sorted(
        base.__qualname__
        for base in bases.difference(classes)
        if base.__module__.startswith("juncture")
        and not base.__qualname__.startswith("_")
        and any(not name.startswith("_") and callable(getattr(base, name)) for name in vars(base))
    )


def test_what_a_class_has_from_others_is_documented():
    assert undocumented_bases(read("python-api.md")) == []


def test_what_a_class_has_from_an_undocumented_one_is_noticed():
    page = read("python-api.md").replace("::: juncture.saga.job.facts.JobFacts\n", "")
    assert undocumented_bases(page) == ["JobFacts"]


def test_every_kit_is_documented():
    named = set(re.findall(r"`?\b(?:juncture\.testing\.)?(\w+(?:Kit|Oracle))\b", read("stores.md")))
    assert named >= set(juncture.testing.__all__)


def test_an_undocumented_name_is_noticed():
    page = read("python-api.md").replace("::: juncture.runtime.EntryPoint\n", "")
    assert undocumented_names(page) == ["juncture.runtime.EntryPoint"]


def undocumented_cpis(page):
    """Return the CPIs that have no table on a page."""
    return [name for name in tables.cpi_names() if f"\n<!-- table: cpi {name} -->\n" not in page]


def test_every_cpi_is_documented():
    assert undocumented_cpis(read("cpi.md")) == []


def test_an_undocumented_cpi_is_noticed():
    page = read("cpi.md").replace("cpi job.Job", "cpi job.Service")
    assert undocumented_cpis(page) == ["job.Job"]


def undocumented_keys(page):
    """Return the keys that a module of an adaptor may declare and a page does not have."""
    from juncture.saga.cpi import declaration

    keys = declaration._INFO_KEYS | declaration._OPTION_KEYS
    rows = {
        word for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for word in row.split(", ")
    }
    return sorted(key for key in keys if f"`{key}`" not in rows)


def test_every_key_of_a_declaration_is_documented():
    assert undocumented_keys(read("cpi.md")) == []


def test_an_undocumented_key_is_noticed():
    page = read("cpi.md").replace("| `valid_options` |", "| |")
    assert undocumented_keys(page) == ["valid_options"]


def test_an_option_that_an_adaptor_gains_is_noticed(monkeypatch):
    (adaptor, capabilities), *others = tables.shipped()
    option = {
        "name": "moon",
        "type": "int",
        "default": 1,
        "valid_options": [1, 2],
        "env_variable": "MOON",
        "documentation": "which one",
    }
    adaptor = {**adaptor, "options": [*adaptor["options"], option]}
    monkeypatch.setattr(tables, "shipped", lambda: [(adaptor, capabilities), *others])
    assert tables.updated(read("adaptors.md")) != read("adaptors.md")


def undocumented_options(page, commands):
    """Return the commands and options that a page does not have under the command's heading."""
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    missing = []
    for command, (what, options) in commands.items():
        name = " ".join(command)
        if what and name not in sections:
            missing.append(name)
        elif what:
            missing += [
                f"{name} {option[0]}"
                for option in options
                if f"| `{option[0]}" not in sections[name]
            ]
    return missing


def test_every_command_and_option_is_documented():
    assert undocumented_options(read("command-line.md"), COMMANDS) == []


def test_an_undocumented_command_or_option_is_noticed():
    page = read("command-line.md")
    option = ("--moon", "flag", "", "reach for it")
    more = {**COMMANDS, ("dance",): ("dance", ()), ("run",): ("run", (option,))}
    assert undocumented_options(page, more) == ["run --moon", "dance"]


def juncture_s_commands():
    """Return the commands of `juncture`, and theirs, in the form of `COMMANDS`."""
    commands = {}
    for name, what in main.COMMANDS.items():
        parser = argparse.ArgumentParser()
        importlib.import_module(f"juncture.cli.{name}").add_options(parser)
        commands.update(commands_of(parser, what, "juncture", name))
    return commands


def commands_of(parser, what, *name):
    nested = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    found = {}
    for choices in (each.choices for each in nested):
        for word, command in choices.items():
            found.update(commands_of(command, command.description, *name, word))
    names = [text for action in parser._actions for text in action.option_strings]
    options = [(text,) for text in names if text.startswith("--") and text not in EVERYWHERE]
    return found if nested else {name: (what, options)}


EVERYWHERE = ("--help", "--debug")
"""Options of all commands, which the page has at its end."""


def test_commands_of_commands_are_among_them():
    assert ("juncture", "job", "run") in juncture_s_commands()
    assert ("--each",) in juncture_s_commands()["juncture", "job", "run"][1]


def test_every_command_and_option_of_juncture_is_documented():
    assert undocumented_options(read("command-line.md"), juncture_s_commands()) == []


VARIABLE = re.compile(r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["']([A-Z0-9_]+)["']""")
OURS = re.compile(r"\bJUNCTURE_[A-Z_]+[A-Z]\b")


def undocumented_variables(page):
    """Return the environment variables that the sources read and a page does not have."""
    found = {
        connection_file.VARIABLE,
        connection_file.SESSION_VARIABLE,
        spool.DIRECTORY_VARIABLE,
    }
    for folder in ("juncture", "juncture_client"):
        for file in (ROOT / "src" / folder).rglob("*.py"):
            if "templates" not in file.parts:
                found |= set(VARIABLE.findall(file.read_text()))
    for file in (ROOT / "src" / "juncture" / "saga").rglob("*.*"):
        if file.suffix in (".py", ".sh"):
            found |= set(OURS.findall(file.read_text()))
    return sorted(name for name in found if f"| `{name}` |" not in page)


def test_every_variable_is_documented():
    assert undocumented_variables(read("environment.md")) == []


def test_an_undocumented_variable_is_noticed():
    page = read("environment.md").replace("OPENJD_ADAPTOR_SOCKET", "")
    assert undocumented_variables(page) == ["OPENJD_ADAPTOR_SOCKET"]


READER = ROOT / "tools" / "griffe_reference.py"


def read_sources(module, *extensions):
    """Return a module as the reference reads it."""
    return griffe.load(
        module, search_paths=[ROOT / "src"], extensions=griffe.load_extensions(*extensions)
    )


def forms(function, *extensions):
    """Return what the forms of a function return which the reference shows."""
    module, _, rest = function.partition(":")
    read = read_sources(f"juncture.saga.{module}", *extensions)
    return [str(each.returns) for each in read[rest].overloads or ()]


def test_the_reference_shows_every_form_of_a_call():
    assert forms("filesystem.file:File.get_size", READER) == ["int", "Task[int]"]
    assert forms("filesystem.file:File.__init__", READER) == []


def test_without_the_extension_it_would_not():
    assert forms("filesystem.file:File.get_size") == []


def test_the_reference_says_what_the_value_of_a_call_is():
    assert str(read_sources("juncture.saga.job.job", READER)["Job.wait"].returns) == "bool"
    assert str(read_sources("juncture.saga.job.job")["Job.wait"].returns) == "Any"


def test_the_reference_has_no_private_name_for_a_type():
    assert forms("job.service:Service.list", READER) == ["list[str]", "Task[list[str]]"]
    jobs = read_sources("juncture.saga.job.service", READER)["Service.jobs"]
    assert str(jobs.annotation) == "list[str]"


def returns_that_are_no_type(module):
    """Return the functions of which the reference takes words of the docstring for a type."""
    options = {"returns_multiple_items": False, "returns_named_value": False}
    wrong, waiting = [], [read_sources(module, READER)]
    while waiting:
        members = [each for each in waiting.pop().members.values() if not each.is_alias]
        waiting += [each for each in members if each.is_class or each.is_module]
        for each in members:
            if each.is_function and each.docstring is not None:
                parts = each.docstring.parse("google", warnings=False, **options)
                told = [part.value[0] for part in parts if part.kind.value == "returns"]
                wrong += [each.path for part in told if str(part.annotation) != str(each.returns)]
    return wrong


@pytest.mark.parametrize("package", ["juncture", "juncture_client"])
def test_a_result_has_its_type_and_no_words_in_place_of_it(package):
    assert returns_that_are_no_type(package) == []


def test_words_in_place_of_a_type_are_noticed(tmp_path, monkeypatch):
    text = 'def f() -> int:\n    """Count.\n\n    Returns:\n        The count: a number.\n    """\n'
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "moon.py").write_text(text)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert returns_that_are_no_type("moon") == ["moon.f"]


def test_the_reference_shows_an_example_as_code():
    text = read_sources("juncture.saga.url", READER)["Url"].docstring.value
    assert "\n\n```pycon\n>>> url = " in text
    assert "top'\n```\n\nArgs:\n" in text
