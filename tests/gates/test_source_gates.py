"""ruff, mypy and pyright: clean code passes, and each kind of fault is named."""

import pytest

CLEAN = '''\
"""A room."""


def double(number: int) -> int:
    """Return twice the number."""
    return 2 * number
'''

BRANCHES = "".join(f"    if number == {n}:\n        return {n + 1}\n" for n in range(11))

FAULTS = {
    "print": ("T201", "print(double(1))\n"),
    "sleep": ("TID251", "import time\n\ntime.sleep(1)\n"),
    "popen": ("TID251", 'import subprocess\n\nsubprocess.Popen(["true"])\n'),
    "relative import": ("TID252", "from . import sibling\n"),
    "docstring": ("D103", "def triple(number: int) -> int:\n    return 3 * number\n"),
    "annotation": ("ANN001", 'def triple(number) -> int:\n    """Triple."""\n    return number\n'),
    "blind except": ("BLE001", "try:\n    double(1)\nexcept Exception:\n    double(2)\n"),
    "complexity": (
        "C901",
        f'def pick(number: int) -> int:\n    """Pick."""\n{BRANCHES}    return 0\n',
    ),
}


def test_ruff_passes_clean_code(copy):
    copy.write("src/juncture/room.py", CLEAN)
    copy.write("src/juncture/__init__.py", '"""Rooms."""\n')
    assert copy.run("ruff", "check").returncode == 0
    assert copy.run("ruff", "format", "--check").returncode == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_ruff_names_the_fault(copy, fault):
    rule, text = FAULTS[fault]
    copy.write("src/juncture/room.py", CLEAN + "\n\n" + text)
    done = copy.run("ruff", "check", "--output-format=concise")
    assert done.returncode == 1
    assert "room.py" in done.stdout
    assert rule in done.stdout


def test_ruff_holds_the_client_to_python_3_9(copy):
    text = CLEAN + "\n\nmatch double(1):\n    case 2:\n        double(2)\n"
    copy.write("src/juncture_client/room.py", text)
    done = copy.run("ruff", "check", "--output-format=concise")
    assert done.returncode == 1
    assert "on Python 3.9" in done.stdout


def test_ruff_format_names_the_file(copy):
    copy.write("src/juncture/room.py", CLEAN.replace("2 * number", "2*number"))
    done = copy.run("ruff", "format", "--check")
    assert done.returncode == 1
    assert "room.py" in done.stdout


TYPE_FAULTS = {
    "untyped": (
        "no-untyped-def",
        "reportMissingParameterType",
        "def triple(number):\n    return 3 * number\n",
    ),
    "wrong type": ("arg-type", "reportArgumentType", 'double("two")\n'),
    "any": (
        "type-arg",
        "reportMissingTypeArgument",
        "def first(items: list) -> int:\n    return len(items)\n",
    ),
}


def test_mypy_and_pyright_pass_clean_code(copy):
    copy.write("src/juncture/__init__.py")
    copy.write("src/juncture/room.py", CLEAN)
    for tool in ("mypy", "pyright"):
        done = copy.run(tool)
        assert done.returncode == 0, done.stdout


def test_mypy_and_pyright_name_every_fault(copy):
    copy.write("src/juncture/__init__.py")
    for number, (_, _, text) in enumerate(TYPE_FAULTS.values()):
        copy.write(f"src/juncture/room{number}.py", CLEAN + "\n\n" + text)
    for column, tool in enumerate(("mypy", "pyright")):
        done = copy.run(tool)
        assert done.returncode == 1
        for number, row in enumerate(TYPE_FAULTS.values()):
            assert f"room{number}.py" in done.stdout
            assert row[column] in done.stdout
