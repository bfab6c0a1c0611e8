"""ARCHITECTURE.md names every room, every contract and every module, in the words of the code."""

import re
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
SAGA = ROOT / "src" / "juncture" / "saga"
SAGA_ROOMS = ("adaptors", "adaptors/shell_job", "shell")
TEXT = (ROOT / "ARCHITECTURE.md").read_text()
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]


def modules_without_a_word(text):
    """Return the modules whose name the text does not have between back-ticks."""
    named = set(re.findall(r"`([\w.]+)`", text))
    modules = [
        *(ROOT / "src" / "juncture" / "runtime").glob("*.py"),
        *(ROOT / "src" / "juncture_client").glob("*.py"),
        *(path for room in SAGA_ROOMS for path in (SAGA / room).glob("[!_]*")),
        *SAGA.glob("shell/_[!_]*.py"),
    ]
    return sorted({file.stem for file in modules} - named - {"__init__"})


def test_every_module_has_a_word():
    assert modules_without_a_word(TEXT) == []


def test_a_module_without_a_word_is_noticed():
    assert modules_without_a_word(TEXT.replace("`spool`", "")) == ["spool"]


def test_every_room_has_a_paragraph():
    layers = next(row["layers"] for row in CONTRACTS if row["id"] == "layers")
    rooms = [f"juncture.{room.strip()}" for layer in layers for room in layer.split("|")]
    paragraphs = re.findall(r"^\*\*`([\w.]+)`\*\*", TEXT, re.MULTILINE)
    assert paragraphs == [*rooms, "juncture_client"]


def test_the_layers_are_drawn_as_they_are():
    layers = next(row["layers"] for row in CONTRACTS if row["id"] == "layers")
    drawn = re.findall(r"^  ([\w| ]+?)(?:  .*)?$", TEXT.split("```")[1], re.MULTILINE)
    assert drawn == layers


def test_every_contract_is_in_the_table_with_its_words():
    rows = [f"| `{row['id']}` | {row['name']} |" for row in CONTRACTS]
    table = [line for line in TEXT.splitlines() if line.startswith("| `")][: len(rows)]
    assert table == rows
